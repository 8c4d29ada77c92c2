/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.c - a dropped file is known for what it is, whatever it is called. */
#include <app-source.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;

static void
probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    *(AppSource **) user_data = app_source_probe_finish (result);
}

static AppSource *
probe (const char *path)
{
    AppSource *source = NULL;

    app_source_probe_async (path, NULL, probed_cb, &source);
    while (source == NULL)
        g_main_context_iteration (NULL, TRUE);
    return source;
}

/* A file of LEN bytes with MAGIC at OFFSET; NULL: without. */
static char *
make_file (const char *name, gsize len, gsize offset, const char *magic)
{
    char *path = g_build_filename (folder, name, NULL);
    g_autofree char *bytes = g_malloc0 (len + 1);

    if (magic != NULL)
        memcpy (bytes + offset, magic, strlen (magic));
    g_assert_true (g_file_set_contents (path, bytes, (gssize) len, NULL));
    return path;
}

static void
test_cd_is_known_by_its_descriptor (void)
{
    g_autofree char *path = make_file ("no-ending", 40000, 32769, "CD001");
    g_autoptr (AppSource) source = probe (path);

    g_assert_null (source->problem);
    g_assert_cmpint (source->kind, ==, APP_SOURCE_CD);
}

static void
test_anything_else_is_a_disk (void)
{
    g_autofree char *path = make_file ("disk.img", 4096, 510, "\x55\xaa");
    g_autoptr (AppSource) source = probe (path);

    g_assert_null (source->problem);
    g_assert_cmpint (source->kind, ==, APP_SOURCE_DISK);
}

static void
test_iso_by_name_alone_is_a_cd_in_doubt (void)
{
    g_autofree char *path = make_file ("cut-off.ISO", 100, 0, NULL);
    g_autoptr (AppSource) source = probe (path);

    g_assert_cmpint (source->kind, ==, APP_SOURCE_CD);
    g_assert_true (source->doubtful);
}

static void
test_unusable_files_say_why (void)
{
    g_autofree char *empty = make_file ("empty.iso", 0, 0, NULL);
    g_autofree char *missing = g_build_filename (folder, "missing.iso", NULL);
    g_autofree char *pipe_path = g_build_filename (folder, "pipe", NULL);
    g_autoptr (AppSource) empty_source = probe (empty);
    g_autoptr (AppSource) missing_source = probe (missing);
    g_autoptr (AppSource) folder_source = probe (folder);

    g_assert_nonnull (empty_source->problem);
    g_assert_nonnull (missing_source->problem);
    g_assert_nonnull (folder_source->problem);
    /* And a pipe does not hold the look for ever. */
    g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
    app_source_free (probe (pipe_path));
    g_unlink (pipe_path);
}

int
main (int argc, char **argv)
{
    int status;

    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("vitrine-source-XXXXXX", NULL);
    g_test_add_func ("/app/source/cd-is-known-by-its-descriptor",
                     test_cd_is_known_by_its_descriptor);
    g_test_add_func ("/app/source/anything-else-is-a-disk", test_anything_else_is_a_disk);
    g_test_add_func ("/app/source/iso-by-name-alone-is-a-cd-in-doubt",
                     test_iso_by_name_alone_is_a_cd_in_doubt);
    g_test_add_func ("/app/source/unusable-files-say-why", test_unusable_files_say_why);
    status = g_test_run ();
    for (const char *const *name =
             (const char *const[]){ "no-ending", "disk.img", "cut-off.ISO", "empty.iso", NULL };
         *name != NULL; name++) {
        g_autofree char *path = g_build_filename (folder, *name, NULL);

        g_unlink (path);
    }
    g_rmdir (folder);
    g_free (folder);
    return status;
}
