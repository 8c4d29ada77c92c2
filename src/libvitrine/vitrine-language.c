/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-language.c - a program speaks the language of who runs it. */
#include "vitrine-language.h"

#include <libintl.h>
#include <locale.h>

/* BUILD/po, where the program is BUILD/src/FOLDER/NAME; NULL where it is not. */
static char *
find_in_build_tree (void)
{
    g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup ("");
    g_autofree char *mark = g_build_filename (folder, "..", "..", "build.ninja", NULL);

    if (!g_file_test (mark, G_FILE_TEST_EXISTS))
        return NULL;
    return g_build_filename (folder, "..", "..", "po", NULL);
}

void
vitrine_language_init (const char *domain, const char *installed)
{
    const char *override = g_getenv ("VITRINE_LOCALE_PATH");
    g_autofree char *built = find_in_build_tree ();

    setlocale (LC_ALL, "");
    bindtextdomain (domain, override != NULL ? override : built != NULL ? built : installed);
    bind_textdomain_codeset (domain, "UTF-8");
}
