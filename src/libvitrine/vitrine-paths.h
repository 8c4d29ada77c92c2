/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-paths.h - where our own programs and modules are. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Our own file NAME, in this order: in the folder that the environment's VARIABLE names, for tests and
 * odd installations; beside the running program's folder in a build tree, as BUILD/src/FOLDER/NAME; in
 * INSTALLED.  It may not be there. */
char *vitrine_paths_dup_own (const char *variable, const char *folder, const char *name,
                             const char *installed);

G_END_DECLS
