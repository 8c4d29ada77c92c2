/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-delete.c - what is removed with a machine, and what never is. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "native-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *machine; /* "alpha", with one disk */
    char *folder;            /* its own */
    char *disk;
    char *outside; /* a folder of the user's */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    f->host = await_host (NULL);
    f->machine = native_fixture_create (f->host, "alpha");
    f->folder = vitrine_machine_dup_folder (f->machine);
    f->disk = g_build_filename (f->folder, "alpha.raw", NULL);
    f->outside = test_folder_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_object_unref (f->machine);
    await_gone (f->host);
    g_free (f->folder);
    g_free (f->disk);
    test_folder_remove (f->outside);
}

static gboolean
exists (const char *path)
{
    return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
write_file (const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
}

/* Gives "alpha" the disks of XML instead. */
static void
redefine (Fixture *f, const char *disk)
{
    g_autofree char *xml =
        native_fixture_dup_xml ("alpha", vitrine_machine_get_uuid (f->machine), disk);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = await_define (f->host, xml, &error);

    g_assert_no_error (error);
}

/* The only disk there is. */
static VitrineDiskInfo *
get_disk (Fixture *f)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) disks = await_list_disks (f->machine, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (disks->len, ==, 1);
    return vitrine_disk_info_copy (g_ptr_array_index (disks, 0));
}

static void
assert_not_removable (Fixture *f, const char *word)
{
    g_autoptr (VitrineDiskInfo) disk = get_disk (f);
    const char *paths[] = { disk->path, NULL };
    g_autoptr (GError) error = NULL;

    g_assert_false (disk->removable);
    if (strstr (disk->reason, word) == NULL)
        g_error ("“%s” does not speak of “%s”", disk->reason, word);
    g_assert_false (await_delete (f->machine, paths, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->host)), ==, 1);
}

static void delete (Fixture *f, gboolean with_disk)
{
    const char *paths[] = { f->disk, NULL };
    g_autoptr (GError) error = NULL;

    await_delete (f->machine, with_disk ? paths : NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->host)), ==, 0);
}

static void
test_all_goes_when_all_is_ours (Fixture *f, gconstpointer data)
{
    g_autofree char *logs = g_build_filename (f->folder, "logs", NULL);

    g_mkdir (logs, 0700);
    write_file (logs, "vmm.log");
    write_file (logs, "vmm.log.1");
    write_file (f->folder, "last-run");
    write_file (f->folder, "lock");
    write_file (f->folder, "uefi-variables.fd");
    write_file (f->folder, ".uefi-variables.fd.new");
    delete (f, TRUE);
    g_assert_false (exists (f->folder));
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

static void
test_disk_that_is_not_named_stays (Fixture *f, gconstpointer data)
{
    g_autofree char *xml = g_build_filename (f->folder, "machine.xml", NULL);
    VitrineHost *late;

    delete (f, FALSE);
    g_assert_true (exists (f->disk));
    g_assert_false (exists (xml));
    late = await_host (NULL);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (late)), ==, 0);
    await_gone (late);
}

static void
test_files_of_the_user_stay (Fixture *f, gconstpointer data)
{
    static const char *const names[] = { "notes.txt", "snapshot.raw", "alpha.raw.bak", "x.log" };
    g_autofree char *logs = g_build_filename (f->folder, "logs", NULL);

    g_mkdir (logs, 0700);
    write_file (logs, "thesis.doc");
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        write_file (f->folder, names[i]);
    delete (f, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_build_filename (f->folder, names[i], NULL);

        g_assert_true (exists (path));
    }
    g_assert_true (exists (logs));
    g_assert_false (exists (f->disk));
}

static void
test_disk_elsewhere_is_not_removable (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->outside, "data.raw", NULL);

    write_file (f->outside, "data.raw");
    redefine (f, path);
    assert_not_removable (f, "folder");
    g_assert_true (exists (path));
}

static void
test_link_is_not_removable (Fixture *f, gconstpointer data)
{
    g_autofree char *target = g_build_filename (f->outside, "data.raw", NULL);

    write_file (f->outside, "data.raw");
    g_unlink (f->disk);
    g_assert_cmpint (symlink (target, f->disk), ==, 0);
    assert_not_removable (f, "ordinary");
    g_assert_true (exists (target));
}

static void
test_missing_disk_is_not_removable (Fixture *f, gconstpointer data)
{
    g_unlink (f->disk);
    assert_not_removable (f, "not there");
}

static void
test_disk_of_another_machine_is_not_removable (Fixture *f, gconstpointer data)
{
    g_autofree char *uuid = g_uuid_string_random ();
    g_autofree char *xml = native_fixture_dup_xml ("beta", uuid, f->disk);
    g_autoptr (VitrineMachine) beta = await_define (f->host, xml, NULL);
    g_autoptr (VitrineDiskInfo) disk = get_disk (f);

    g_assert_nonnull (beta);
    g_assert_false (disk->removable);
    g_assert_nonnull (strstr (disk->reason, "beta"));
    await_delete (f->machine, NULL, NULL);
    g_assert_true (exists (f->disk));
}

static void
test_disk_that_only_looks_inside_is_not_removable (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_strdup_printf ("%s/../../../%s", f->folder, "data.raw");
    g_autofree char *real = g_canonicalize_filename (path, NULL);

    g_assert_true (g_file_set_contents (real, "mine", -1, NULL));
    redefine (f, path);
    assert_not_removable (f, "folder");
    g_assert_true (exists (real));
}

static void
test_path_of_no_disk_is_refused (Fixture *f, gconstpointer data)
{
    static const char *const paths[] = { "/etc/passwd", NULL };
    g_autoptr (GError) error = NULL;

    g_assert_false (await_delete (f->machine, paths, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_true (exists (f->disk));
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

static void
test_removable_disk_tells_its_size (Fixture *f, gconstpointer data)
{
    g_autofree char *megabyte = g_strnfill (1 << 20, 'x');
    g_autoptr (VitrineDiskInfo) disk = NULL;

    g_assert_true (g_file_set_contents (f->disk, megabyte, 1 << 20, NULL));
    disk = get_disk (f);
    g_assert_true (disk->removable);
    g_assert_cmpstr (disk->reason, ==, "");
    g_assert_cmpstr (disk->path, ==, f->disk);
    g_assert_cmpuint (disk->size_bytes, >=, 1 << 20);
}

static void
test_broken_definition_can_be_forgotten (Fixture *f, gconstpointer data)
{
    write_file (f->folder, "machine.xml");
    delete (f, FALSE);
    g_assert_true (exists (f->disk));
}

static void
test_deleted_folder_is_gone_for_everybody (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    test_folder_remove (g_strdup (f->folder));
    while (g_list_model_get_n_items (G_LIST_MODEL (f->host)) > 0)
        g_main_context_iteration (NULL, TRUE);
    g_assert_false (await_delete (f->machine, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
test_kept_folder_takes_its_machine_back (Fixture *f, gconstpointer data)
{
    g_autofree char *xml = vitrine_machine_dup_xml (f->machine, NULL);
    g_autoptr (VitrineMachine) back = NULL;
    g_autoptr (GError) error = NULL;

    delete (f, FALSE);
    back = await_define (f->host, xml, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
    g_assert_true (exists (f->disk));
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/delete/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int ret;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("all-goes-when-all-is-ours", test_all_goes_when_all_is_ours);
    ADD ("disk-that-is-not-named-stays", test_disk_that_is_not_named_stays);
    ADD ("files-of-the-user-stay", test_files_of_the_user_stay);
    ADD ("disk-elsewhere-is-not-removable", test_disk_elsewhere_is_not_removable);
    ADD ("link-is-not-removable", test_link_is_not_removable);
    ADD ("missing-disk-is-not-removable", test_missing_disk_is_not_removable);
    ADD ("disk-of-another-machine-is-not-removable", test_disk_of_another_machine_is_not_removable);
    ADD ("disk-that-only-looks-inside-is-not-removable",
         test_disk_that_only_looks_inside_is_not_removable);
    ADD ("path-of-no-disk-is-refused", test_path_of_no_disk_is_refused);
    ADD ("removable-disk-tells-its-size", test_removable_disk_tells_its_size);
    ADD ("broken-definition-can-be-forgotten", test_broken_definition_can_be_forgotten);
    ADD ("deleted-folder-is-gone-for-everybody", test_deleted_folder_is_gone_for_everybody);
    ADD ("kept-folder-takes-its-machine-back", test_kept_folder_takes_its_machine_back);
    ret = g_test_run ();
    native_fixture_end ();
    return ret;
}
