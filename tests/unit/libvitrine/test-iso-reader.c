/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-iso-reader.c - one file of a CD image is found and copied, and nothing that a hostile one says leads out of it. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vitrine.h>

#include "iso-fixture.h"
#include "vitrine-iso-reader.h"
#include "vitrine-iso.h"

#define WAY "boot/x86_64/loader/linux"

static const IsoFixtureFile files[] = { { "install.amd/vmlinuz", "the kernel" },
                                        { "install.amd/initrd.gz", "the initrd" },
                                        { WAY, "another kernel" },
                                        { "empty", "" } };
static char *path;

static GByteArray *
make_image (void)
{
    return iso_fixture_new ("TEST", files, G_N_ELEMENTS (files));
}

/* Finds WAY in IMAGE, and copies at most MAX_BYTES of it; (transfer full) or NULL. */
static char *
copy_way (GByteArray *image, const char *way, guint64 max_bytes, GError **error)
{
    VitrineIsoExtent extent;
    char *text = NULL;
    int fd, out;

    iso_fixture_write (image, path);
    fd = vitrine_iso_open (path, error);
    g_assert_cmpint (fd, >=, 0);
    out = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    g_assert_cmpint (out, >=, 0);
    if (vitrine_iso_find (fd, way, &extent, error)
        && vitrine_iso_copy (fd, &extent, max_bytes, out, NULL, error)) {
        text = g_malloc0 (extent.size_bytes + 1);
        g_assert_cmpint (pread (out, text, extent.size_bytes, 0), ==, (gssize) extent.size_bytes);
    }
    close (out);
    close (fd);
    return text;
}

static void
assert_refused (GByteArray *image, const char *way, VitrineError code)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = copy_way (image, way, 1024, &error);

    g_assert_null (text);
    g_assert_error (error, VITRINE_ERROR, (int) code);
}

static void
test_files_are_found_whatever_the_case (void)
{
    g_autoptr (GByteArray) image = make_image ();
    static const char *const ways[] = { "install.amd/vmlinuz", "INSTALL.AMD/Vmlinuz", WAY };
    static const char *const texts[] = { "the kernel", "the kernel", "another kernel" };

    for (gsize i = 0; i < G_N_ELEMENTS (ways); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *text = copy_way (image, ways[i], 1024, &error);

        g_assert_no_error (error);
        g_assert_cmpstr (text, ==, texts[i]);
    }
}

static void
test_whole_names_are_found_too (void)
{
    const VitrineIsoFile long_ones[] = { { "meta-data-of-it", "one" }, { "user-data", "two" } };
    g_autoptr (GBytes) bytes = vitrine_iso_build ("cidata", long_ones, 2, 1024 * 1024);
    g_autoptr (GByteArray) image = g_bytes_unref_to_array (g_steal_pointer (&bytes));
    g_autoptr (GError) error = NULL;
    g_autofree char *text = copy_way (image, "meta-data-of-it", 1024, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (text, ==, "one");
}

static void
test_what_is_not_there_is_not_found (void)
{
    static const char *const ways[] = { "vmlinuz",
                                        "install.amd",
                                        "install.amd/vmlinu",
                                        "install.amd/vmlinuz/more",
                                        "install.amd//vmlinuz",
                                        "../install.amd/vmlinuz",
                                        "a/b/c/d/e/f/g/h/i",
                                        "/",
                                        "" };
    g_autoptr (GByteArray) image = make_image ();

    for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
        assert_refused (image, ways[i], VITRINE_ERROR_NOT_FOUND);
}

/* The record NAME as BYTES at OFFSET of it say, and what is made of WAY then. */
static void
assert_damaged (const char *name, gsize offset, const char *bytes, gsize len, VitrineError code)
{
    g_autoptr (GByteArray) image = make_image ();

    memcpy (iso_fixture_find (image, name) + offset, bytes, len);
    assert_refused (image, WAY, code);
}

static void
test_a_hostile_image_leads_nowhere (void)
{
    /* A file, and folders, behind the image's end; larger than it; of 4 GiB. */
    assert_damaged ("LINUX.;1", 2, "\377\377\377\177", 4, VITRINE_ERROR_INVALID);
    assert_damaged ("LINUX.;1", 10, "\377\377\377\377", 4, VITRINE_ERROR_INVALID);
    assert_damaged ("LOADER", 2, "\377\377\377\377", 4, VITRINE_ERROR_INVALID);
    assert_damaged ("LOADER", 10, "\377\377\377\377", 4, VITRINE_ERROR_INVALID);
    assert_damaged ("LOADER", 10, "\0\0\0\0", 4, VITRINE_ERROR_NOT_FOUND);
    /* A folder in place of the file, a part of one, another's; a file in place of the folder. */
    assert_damaged ("LINUX.;1", 25, "\2", 1, VITRINE_ERROR_NOT_FOUND);
    assert_damaged ("LINUX.;1", 25, "\200", 1, VITRINE_ERROR_NOT_FOUND);
    assert_damaged ("LINUX.;1", 25, "\4", 1, VITRINE_ERROR_NOT_FOUND);
    assert_damaged ("LOADER", 25, "\0", 1, VITRINE_ERROR_NOT_FOUND);
    /* Records that are too short, run into the next sector, or have a name that is longer than they are. */
    assert_damaged ("LINUX.;1", 0, "\41", 1, VITRINE_ERROR_NOT_FOUND);
    assert_damaged ("BOOT", 0, "\1", 1, VITRINE_ERROR_NOT_FOUND);
    assert_damaged ("LINUX.;1", 32, "\377", 1, VITRINE_ERROR_NOT_FOUND);
}

/* A folder that is in itself is no way to go on for ever. */
static void
test_a_folder_in_itself_ends (void)
{
    g_autoptr (GByteArray) image = make_image ();
    guint8 *boot = iso_fixture_find (image, "BOOT");

    memcpy (boot + 2, image->data + 16 * ISO_SECTOR + 156 + 2, 8);
    assert_refused (image, "boot/boot/boot/boot/boot/boot/boot/linux", VITRINE_ERROR_NOT_FOUND);
}

static void
test_what_is_copied_has_a_ceiling (void)
{
    g_autoptr (GByteArray) image = make_image ();
    g_autoptr (GError) error = NULL;

    g_assert_null (copy_way (image, "install.amd/vmlinuz", 9, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_null (copy_way (image, "empty", 9, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

static void
test_copying_is_given_up (void)
{
    g_autoptr (GByteArray) image = make_image ();
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GError) error = NULL;
    VitrineIsoExtent extent;
    int fd;

    iso_fixture_write (image, path);
    fd = vitrine_iso_open (path, &error);
    g_assert_true (vitrine_iso_find (fd, WAY, &extent, &error));
    g_cancellable_cancel (cancellable);
    g_assert_false (vitrine_iso_copy (fd, &extent, 1024, -1, cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    close (fd);
}

static void
test_what_is_no_image_is_refused (void)
{
    g_autoptr (GByteArray) image = g_byte_array_new ();
    g_autofree char *pipe_path = g_strconcat (path, ".pipe", NULL);
    g_autoptr (GError) error = NULL;

    assert_refused (image, WAY, VITRINE_ERROR_INVALID);
    g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
    g_assert_cmpint (vitrine_iso_open (pipe_path, &error), ==,
                     -1); /* and does not wait for anybody */
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_unlink (pipe_path);
    g_clear_error (&error);
    g_assert_cmpint (vitrine_iso_open ("/nowhere/at-all.iso", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
    g_autofree char *folder = g_dir_make_tmp ("iso-reader-XXXXXX", NULL);
    int status;

    g_test_init (&argc, &argv, NULL);
    path = g_build_filename (folder, "image.iso", NULL);
    g_test_add_func ("/iso-reader/files-are-found-whatever-the-case",
                     test_files_are_found_whatever_the_case);
    g_test_add_func ("/iso-reader/whole-names-are-found-too", test_whole_names_are_found_too);
    g_test_add_func ("/iso-reader/what-is-not-there-is-not-found",
                     test_what_is_not_there_is_not_found);
    g_test_add_func ("/iso-reader/a-hostile-image-leads-nowhere",
                     test_a_hostile_image_leads_nowhere);
    g_test_add_func ("/iso-reader/a-folder-in-itself-ends", test_a_folder_in_itself_ends);
    g_test_add_func ("/iso-reader/what-is-copied-has-a-ceiling", test_what_is_copied_has_a_ceiling);
    g_test_add_func ("/iso-reader/copying-is-given-up", test_copying_is_given_up);
    g_test_add_func ("/iso-reader/what-is-no-image-is-refused", test_what_is_no_image_is_refused);
    status = g_test_run ();
    g_unlink (path);
    g_rmdir (folder);
    g_free (path);
    return status;
}
