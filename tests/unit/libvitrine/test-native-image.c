/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-image.c - images: who uses them, and what is not done to them for that. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "native-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *alpha; /* with the disk alpha.raw */
    char *disk;
    char *outside; /* a folder of the user's */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    g_autofree char *folder = NULL;

    native_fixture_clear ();
    f->host = await_host (NULL);
    f->alpha = native_fixture_create (f->host, "alpha");
    folder = vitrine_machine_dup_folder (f->alpha);
    f->disk = g_build_filename (folder, "alpha.raw", NULL);
    f->outside = test_folder_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_object_unref (f->alpha);
    await_gone (f->host);
    g_free (f->disk);
    test_folder_remove (f->outside);
}

static GPtrArray *
list (Fixture *f, const char *path)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GPtrArray *images;

    vitrine_host_list_images_async (f->host, path, NULL, await_cb, &slot);
    result = await_result (&slot);
    images = vitrine_host_list_images_finish (f->host, result, &error);
    g_assert_no_error (error);
    return images;
}

static gboolean
work (Fixture *f, const VitrineImageJob *job, GCancellable *cancellable, GError **error)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_image_async (f->host, job, NULL, NULL, cancellable, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_host_image_finish (f->host, result, error);
}

static void
assert_refused (Fixture *f, const VitrineImageJob *job, int code, const char *word)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (work (f, job, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, code);
    if (!strstr (error->message, word))
        g_error ("no “%s” in “%s”", word, error->message);
}

/* Expects "raw 1048576 <base's last part> alpha, beta (base)" of IMAGE. */
static void
assert_image (const VitrineImage *image, const char *expected)
{
    g_autofree char *users = g_strjoinv (", ", image->users);
    g_autofree char *base = *image->base ? g_path_get_basename (image->base) : g_strdup ("-");
    g_autofree char *text = g_strdup_printf ("%s %" G_GUINT64_FORMAT " %s %s", image->format,
                                             image->size_bytes, base, users);

    g_assert_cmpstr (image->problem, ==, "");
    g_assert_cmpstr (text, ==, expected);
}

static VitrineMachine *
make_linked (Fixture *f)
{
    g_autoptr (GError) error = NULL;
    VitrineMachine *beta =
        await_clone (f->host, f->alpha, "beta", VITRINE_CLONE_LINKED, NULL, &error);

    g_assert_no_error (error);
    return beta;
}

static void
test_list (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) beta = make_linked (f);
    g_autoptr (GPtrArray) all = NULL;
    g_autoptr (GPtrArray) one = NULL;
    const VitrineImage *first;
    g_autofree char *top = NULL;

    all = list (f, NULL);
    g_assert_cmpuint (all->len, ==, 2);
    for (guint i = 0; i < 2; i++) {
        const VitrineImage *image = g_ptr_array_index (all, i);

        if (*image->base)
            top = g_strdup (image->path);
    }
    one = list (f, top);
    g_assert_cmpuint (one->len, ==, 2);
    first = g_ptr_array_index (one, 0);
    assert_image (first, "qcow2 1048576 alpha.raw beta");
    first = g_ptr_array_index (one, 1);
    g_assert_true (g_strv_contains ((const char *const *) first->users, "alpha"));
    g_assert_true (g_strv_contains ((const char *const *) first->users, "beta (base)"));
    g_assert_cmpstr (first->format, ==, "raw");
}

static void
test_used_one_is_not_deleted (Fixture *f, gconstpointer data)
{
    const VitrineImageJob delete_it = { .action = VITRINE_IMAGE_DELETE, .path = f->disk };

    assert_refused (f, &delete_it, VITRINE_ERROR_BUSY, "alpha");
    g_assert_true (g_file_test (f->disk, G_FILE_TEST_EXISTS));
    g_assert_true (await_delete (f->alpha, NULL, NULL));
    g_assert_true (work (f, &delete_it, NULL, NULL));
    g_assert_false (g_file_test (f->disk, G_FILE_TEST_EXISTS));
}

static void
test_base_is_not_grown (Fixture *f, gconstpointer data)
{
    const VitrineImageJob grow = { .action = VITRINE_IMAGE_GROW,
                                   .path = f->disk,
                                   .size_bytes = 2 << 20 };
    const VitrineImageJob shrink = { .action = VITRINE_IMAGE_GROW,
                                     .path = f->disk,
                                     .size_bytes = 1 << 20 };
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) beta = NULL;
    struct stat st;

    g_assert_true (work (f, &grow, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpint (stat (f->disk, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, 2 << 20);
    assert_refused (f, &shrink, VITRINE_ERROR_INVALID, "grow");
    beta = make_linked (f);
    assert_refused (f, &grow, VITRINE_ERROR_BUSY, "beta (base)");
}

static void
test_what_is_no_image_stays (Fixture *f, gconstpointer data)
{
    g_autofree char *thesis = g_build_filename (f->outside, "thesis.doc", NULL);
    const VitrineImageJob delete_it = { .action = VITRINE_IMAGE_DELETE, .path = thesis };

    g_assert_true (g_file_set_contents (thesis, "mine", -1, NULL));
    assert_refused (f, &delete_it, VITRINE_ERROR_INVALID, "does not look like");
    g_assert_true (g_file_test (thesis, G_FILE_TEST_EXISTS));
}

static void
test_convert (Fixture *f, gconstpointer data)
{
    g_autofree char *target = g_build_filename (f->outside, "copy.qcow2", NULL);
    const VitrineImageJob convert = {
        .action = VITRINE_IMAGE_CONVERT, .path = f->disk, .target = target, .format = "qcow2"
    };
    const VitrineImageJob check = { .action = VITRINE_IMAGE_CHECK, .path = target };
    g_autoptr (GCancellable) cancelled = g_cancellable_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) images = NULL;

    g_cancellable_cancel (cancelled);
    g_assert_false (work (f, &convert, cancelled, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&error);
    g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
    g_assert_true (work (f, &convert, NULL, &error));
    g_assert_no_error (error);
    images = list (f, target);
    assert_image (g_ptr_array_index (images, 0), "qcow2 1048576 - ");
    g_assert_true (work (f, &check, NULL, &error));
    g_assert_no_error (error);
    assert_refused (f, &convert, VITRINE_ERROR_EXISTS, target);
}

static guint64
get_used (const char *path)
{
    struct stat st;

    g_assert_cmpint (stat (path, &st), ==, 0);
    return (guint64) st.st_blocks * 512;
}

/* What is to be taken is taken, the image is whole, and the disk is empty. */
static void
test_create (Fixture *f, gconstpointer data)
{
    static const struct {
        const char *format, *preallocation;
        gboolean takes_all;
    } cases[] = {
        { "raw", NULL, FALSE },      { "raw", "off", FALSE },   { "raw", "falloc", TRUE },
        { "raw", "full", TRUE },     { "qcow2", NULL, FALSE },  { "qcow2", "metadata", FALSE },
        { "qcow2", "falloc", TRUE }, { "qcow2", "full", TRUE },
    };
    const guint64 size = 32 << 20;

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("%s/new-%u", f->outside, (guint) i);
        const VitrineImageJob create = { .action = VITRINE_IMAGE_CREATE,
                                         .path = path,
                                         .format = cases[i].format,
                                         .preallocation = cases[i].preallocation,
                                         .size_bytes = size };
        const VitrineImageJob check = { .action = VITRINE_IMAGE_CHECK, .path = path };
        g_autofree char *expected = g_strdup_printf ("%s 33554432 - ", cases[i].format);
        g_autoptr (GPtrArray) images = NULL;
        g_autoptr (GError) error = NULL;

        work (f, &create, NULL, &error);
        g_assert_no_error (error);
        work (f, &check, NULL, &error);
        g_assert_no_error (error);
        images = list (f, path);
        assert_image (g_ptr_array_index (images, 0), expected);
        if (cases[i].takes_all)
            g_assert_cmpuint (get_used (path), >=, size);
        else
            g_assert_cmpuint (get_used (path), <, 2 << 20);
        assert_refused (f, &create, VITRINE_ERROR_EXISTS, path);
    }
}

static void
test_create_refused (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->outside, "new", NULL);
    VitrineImageJob create = {
        .action = VITRINE_IMAGE_CREATE, .path = path, .format = "raw", .size_bytes = 1 << 20
    };

    create.preallocation = "metadata";
    assert_refused (f, &create, VITRINE_ERROR_INVALID, "no metadata");
    create.preallocation = "some";
    assert_refused (f, &create, VITRINE_ERROR_INVALID, "“some”");
    create.preallocation = NULL;
    create.format = "vdi";
    assert_refused (f, &create, VITRINE_ERROR_INVALID, "raw, qcow2 or luks");
    create.format = "raw";
    create.size_bytes = 1000;
    assert_refused (f, &create, VITRINE_ERROR_INVALID, "whole sectors");
    create.size_bytes = 0;
    assert_refused (f, &create, VITRINE_ERROR_INVALID, "whole sectors");
    create.size_bytes = G_GUINT64_CONSTANT (8) << 40;
    create.preallocation = "falloc";
    assert_refused (f, &create, VITRINE_ERROR_NO_SPACE, path);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
cancel_cb (double fraction, gpointer user_data)
{
    g_assert_cmpfloat (fraction, <=, 1);
    g_cancellable_cancel (user_data);
}

/* In the middle of it. */
static void
test_create_cancelled (Fixture *f, gconstpointer data)
{
    static const char *const formats[] = { "raw", "qcow2" };

    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++) {
        g_autofree char *path = g_build_filename (f->outside, "new", NULL);
        const VitrineImageJob create = { .action = VITRINE_IMAGE_CREATE,
                                         .path = path,
                                         .format = formats[i],
                                         .preallocation = "full",
                                         .size_bytes = G_GUINT64_CONSTANT (2) << 30 };
        g_autoptr (GCancellable) cancellable = g_cancellable_new ();
        g_autoptr (GAsyncResult) result = NULL;
        g_autoptr (GError) error = NULL;
        GAsyncResult *slot = NULL;

        vitrine_host_image_async (f->host, &create, cancel_cb, cancellable, cancellable, await_cb,
                                  &slot);
        result = await_result (&slot);
        g_assert_false (vitrine_host_image_finish (f->host, result, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

/* A machine whose disk takes its space beforehand. */
static void
test_machine_with_space (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *folder = NULL, *disk = NULL;
    GAsyncResult *slot = NULL;

    vitrine_spec_set_name (spec, "gamma");
    vitrine_spec_add_disk (spec, vitrine_disk_spec_parse ("size=32M,preallocation=falloc", &error));
    g_assert_no_error (error);
    vitrine_host_create_full_async (f->host, spec, NULL, NULL, NULL, await_cb, &slot);
    result = await_result (&slot);
    machine = vitrine_host_create_finish (f->host, result, &error);
    g_assert_no_error (error);
    folder = vitrine_machine_dup_folder (machine);
    disk = g_build_filename (folder, "gamma.raw", NULL);
    g_assert_cmpuint (get_used (disk), >=, 32 << 20);
}

/* A qcow2 disk of a machine that is off grows where its size is: in the image. */
static void
test_disk_of_a_machine_grows (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->outside, "copy.qcow2", NULL);
    const VitrineImageJob convert = {
        .action = VITRINE_IMAGE_CONVERT, .path = f->disk, .target = path, .format = "qcow2"
    };
    g_autofree char *xml =
        native_fixture_dup_xml ("alpha", vitrine_machine_get_uuid (f->alpha), path);
    g_auto (GStrv) parts = g_strsplit (xml, "type='raw'", 2);
    g_autofree char *qcow2 = g_strjoinv ("type='qcow2'", parts);
    const VitrineChange change = { .kind = VITRINE_CHANGE_RESIZE,
                                   .scope = VITRINE_SCOPE_CONFIG,
                                   .what = "virtio-disk0",
                                   .size_bytes = 4 << 20 };
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) images = NULL;
    g_autoptr (VitrineMachine) machine = NULL;

    g_assert_true (work (f, &convert, NULL, &error));
    machine = await_define (f->host, qcow2, &error);
    g_assert_no_error (error);
    vitrine_machine_change_async (f->alpha, &change, NULL, await_cb, &slot);
    result = await_result (&slot);
    g_assert_true (vitrine_machine_change_finish (f->alpha, result, &error));
    g_assert_no_error (error);
    images = list (f, path);
    assert_image (g_ptr_array_index (images, 0), "qcow2 4194304 - alpha");
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/image/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_autofree char *program = g_find_program_in_path ("qemu-img");
    int status;

    g_test_init (&argc, &argv, NULL);
    if (program == NULL) {
        puts ("1..0 # SKIP qemu-img is not installed");
        return 0;
    }
    native_fixture_init ();
    ADD ("list-says-what-they-are-and-who-uses-them", test_list);
    ADD ("used-one-is-not-deleted", test_used_one_is_not_deleted);
    ADD ("grows-but-not-below-another", test_base_is_not_grown);
    ADD ("what-is-no-image-stays", test_what_is_no_image_stays);
    ADD ("converted-one-stands-by-itself-or-is-not-there", test_convert);
    ADD ("created-one-takes-what-it-is-to-take", test_create);
    ADD ("what-cannot-be-created-is-not-there", test_create_refused);
    ADD ("cancelled-creation-leaves-nothing", test_create_cancelled);
    ADD ("new-machines-disk-takes-its-space-beforehand", test_machine_with_space);
    ADD ("disk-of-a-machine-that-is-off-grows", test_disk_of_a_machine_grows);
    status = g_test_run ();
    native_fixture_end ();
    return status;
}
