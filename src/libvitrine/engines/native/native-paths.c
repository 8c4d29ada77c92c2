/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-paths.c - where this user's machines, their sockets and our own programs are. */
#include "native-paths.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "vitrine-paths.h"

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
    return vitrine_paths_dup_own ("VITRINE_LIBEXECDIR", folder, name, LIBEXECDIR);
}

int
native_paths_make_folder (const char *path)
{
    return g_mkdir_with_parents (path, 0700) == 0 ? 0 : -errno;
}
