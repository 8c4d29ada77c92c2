/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-module.h - our own modules: parts whose libraries not every start of a program shall pay for. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The function ENTRY of the module NAME, which is never unloaded again: in the folder that the environment's
 * VITRINE_MODULEDIR names, in BUILD/src/FOLDER, or where modules are installed (vitrine_paths_dup_own).
 * NULL with UNSUPPORTED and a sentence that says what to do when it is not there or of no use.  Any thread. */
gpointer vitrine_module_load (const char *folder, const char *name, const char *entry,
                              GError **error);

/* Sets that error for a module that is no use for REASON, or (NULL) because it is of another version: a running
 * program may find the modules of the one that was installed meanwhile. */
void vitrine_module_refuse (const char *name, const char *reason, GError **error);

G_END_DECLS
