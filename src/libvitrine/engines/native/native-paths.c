/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-paths.c - where this user's machines, their sockets and our own programs are. */
#include "native-paths.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

char *
native_paths_dup_machines (void)
{
    g_autofree char *path = g_build_filename (g_get_user_data_dir (), "vitrine", "machines", NULL);

    return g_canonicalize_filename (path, NULL); /* definitions have it in them */
}

char *
native_paths_dup_runtime (void)
{
    g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "vitrine", NULL);

    return g_canonicalize_filename (path, NULL);
}

char *
native_paths_dup_program (const char *folder, const char *name)
{
    const char *override = g_getenv ("VITRINE_LIBEXECDIR");
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
    return g_build_filename (LIBEXECDIR, name, NULL);
}

int
native_paths_make_folder (const char *path)
{
    return g_mkdir_with_parents (path, 0700) == 0 ? 0 : -errno;
}
