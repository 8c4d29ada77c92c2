/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-paths.h - where this user's machines, their sockets and our own programs are. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* $XDG_DATA_HOME/vitrine/machines. */
char *native_paths_dup_machines (void);

/* $XDG_RUNTIME_DIR/vitrine; where there is no such variable, below the user's cache folder. */
char *native_paths_dup_runtime (void);

/* The program NAME: in $VITRINE_LIBEXECDIR, in the build tree's FOLDER, or where it is installed to
 * (vitrine_paths_dup_own).  It may not be there. */
char *native_paths_dup_program (const char *folder, const char *name);

/* Makes PATH, a folder of the user's alone.  Returns 0 or -errno. */
int native_paths_make_folder (const char *path);

G_END_DECLS
