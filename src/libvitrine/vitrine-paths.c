/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-paths.c - where our own programs and modules are. */
#include "vitrine-paths.h"

#include <unistd.h>

char *
vitrine_paths_dup_own (const char *variable, const char *folder, const char *name,
                       const char *installed)
{
    const char *override = g_getenv (variable);
    g_autofree char *self = NULL;
    g_autofree char *self_folder = NULL;
    g_autofree char *sibling = NULL;

    if (override != NULL && *override != '\0')
        return g_build_filename (override, name, NULL);
    self = g_file_read_link ("/proc/self/exe", NULL);
    if (self != NULL) {
        self_folder = g_path_get_dirname (self);
        sibling = g_build_filename (self_folder, "..", folder, name, NULL);
        if (access (sibling, X_OK) == 0)
            return g_steal_pointer (&sibling);
    }
    return g_build_filename (installed, name, NULL);
}
