/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-express.c - a machine whose system installs itself: what its installer is given is its user's alone, is no part of
 * its definition, and goes with it. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "iso-fixture.h"
#include "native-fixture.h"

#define SECRET "a secret word"

typedef struct {
    VitrineHost *host;
    VitrineSpec *spec;
    char *folder, *iso;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    static const IsoFixtureFile files[] = { { "install.amd/vmlinuz", "the kernel" },
                                            { "install.amd/initrd.gz", "the initrd" } };
    const VitrineExpress express = { .user = (char *) "ann", .password = (char *) SECRET };
    g_autoptr (GByteArray) image = iso_fixture_new ("DEBIAN", files, G_N_ELEMENTS (files));
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    native_fixture_clear ();
    f->folder = test_folder_new ();
    f->iso = g_build_filename (f->folder, "cd.iso", NULL);
    iso_fixture_write (image, f->iso);
    f->host = await_host ("vitrine:");
    f->spec = vitrine_spec_new ();
    vitrine_spec_set_name (f->spec, "by itself");
    vitrine_spec_set_vcpus (f->spec, 1);
    vitrine_spec_set_memory_mib (f->spec, 32);
    vitrine_spec_set_iso (f->spec, f->iso);
    vitrine_spec_set_os (f->spec, "http://debian.org/debian/11");
    disk->size_bytes = 1024 * 1024;
    vitrine_spec_add_disk (f->spec, disk);
    vitrine_spec_set_express (f->spec, &express);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_object_unref (f->spec);
    await_gone (f->host);
    g_free (f->iso);
    test_folder_remove (f->folder);
}

static void
assert_refused (Fixture *f, VitrineError code)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (await_create (f->host, f->spec, &error));
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_test_message ("%s", error->message);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

/* Whether WORDS are among the LEN bytes of DATA, whatever else is. */
static gboolean
has (const char *data, gsize len, const char *words)
{
    gsize n = strlen (words);

    for (gsize i = 0; i + n <= len; i++)
        if (memcmp (data + i, words, n) == 0)
            return TRUE;
    return FALSE;
}

static void
test_what_it_is_given_is_its_users_alone (Fixture *f, gconstpointer data)
{
    static const char *const files[] = { "install.ini", "install-kernel", "install-initrd" };
    g_autoptr (VitrineMachine) machine = await_created (f->host, f->spec);
    g_autofree char *folder = vitrine_machine_dup_folder (machine);
    g_autofree char *xml = vitrine_machine_dup_xml (machine, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree char *path = g_build_filename (folder, files[i], NULL);
        g_autofree char *text = NULL;
        struct stat st;
        gsize len;

        g_assert_cmpint (stat (path, &st), ==, 0);
        g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
        g_assert_true (g_file_get_contents (path, &text, &len, NULL));
        g_assert_false (has (text, len, SECRET));
        if (i == 2) {
            g_assert_cmpint (memcmp (text,
                                     "the initrd\0\0"
                                     "070701",
                                     18),
                             ==, 0);
            g_assert_true (has (text, len, "passwd/username string ann"));
        }
    }
    g_assert_null (strstr (xml, "install"));
    g_assert_null (strstr (xml, SECRET));
    g_assert_null (strstr (xml, "<kernel>"));
}

static void
test_it_goes_with_the_machine (Fixture *f, gconstpointer data)
{
    VitrineMachine *machine = await_created (f->host, f->spec);
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = vitrine_machine_dup_folder (machine);
    g_autofree char *disk = g_build_filename (folder, "by itself.raw", NULL);

    g_assert_true (await_delete (machine, (const char *const[]){ disk, NULL }, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
    g_object_unref (machine);
}

static void
test_a_cd_is_made_for_windows (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = NULL;
    g_autofree char *folder = NULL, *path = NULL, *text = NULL;
    struct stat st;
    gsize len;

    vitrine_spec_set_os (f->spec, "http://microsoft.com/win/10");
    machine = await_created (f->host, f->spec);
    folder = vitrine_machine_dup_folder (machine);
    path = g_build_filename (folder, "install.iso", NULL);
    g_assert_cmpint (stat (path, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    g_assert_true (g_file_get_contents (path, &text, &len, NULL));
    g_assert_true (has (text, len, "autounattend.xml"));
    g_assert_true (has (text, len, "<Name>ann</Name>"));
}

static void
test_a_disk_with_something_on_it_is_not_overwritten (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->folder, "old.raw", NULL);
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    g_assert_true (g_file_set_contents (path, (char[4096]){ 0 }, 4096, NULL));
    disk->path = g_strdup (path);
    disk->format = g_strdup ("raw");
    vitrine_spec_add_disk (f->spec, disk);
    assert_refused (f, VITRINE_ERROR_INVALID);
    disk->read_only = TRUE; /* nothing of it is lost */
    g_object_unref (await_created (f->host, f->spec));
}

/* Which is the one that it is told of. */
static void
test_the_first_disk_is_a_new_one (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->folder, "old.raw", NULL);
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    g_assert_true (g_file_set_contents (path, (char[4096]){ 0 }, 4096, NULL));
    disk->path = g_strdup (path);
    disk->format = g_strdup ("raw");
    disk->read_only = TRUE;
    g_ptr_array_insert (vitrine_spec_get_disks (f->spec), 0, disk);
    assert_refused (f, VITRINE_ERROR_INVALID);
}

static void
test_it_must_lead_to_the_disk (Fixture *f, gconstpointer data)
{
    vitrine_spec_set_boot (f->spec, "cdrom,hd");
    assert_refused (f, VITRINE_ERROR_INVALID);
    vitrine_spec_set_boot (f->spec, "hd");
    g_object_unref (await_created (f->host, f->spec));
}

static void
test_what_is_missing_is_said (Fixture *f, gconstpointer data)
{
    vitrine_spec_set_os (f->spec, NULL);
    assert_refused (f, VITRINE_ERROR_INVALID);
    vitrine_spec_set_os (f->spec, "http://freebsd.org/freebsd/13.0");
    assert_refused (f, VITRINE_ERROR_UNSUPPORTED);
    vitrine_spec_set_os (f->spec, "http://debian.org/debian/11");
    g_ptr_array_set_size (vitrine_spec_get_disks (f->spec), 0);
    assert_refused (f, VITRINE_ERROR_INVALID);
}

/* The kernel is there, and all of an initrd that no machine could take. */
static void
test_a_hostile_medium_leaves_nothing (Fixture *f, gconstpointer data)
{
    static const IsoFixtureFile files[] = { { "install.amd/vmlinuz", "the kernel" },
                                            { "install.amd/initrd.gz", "" } };
    g_autoptr (GByteArray) image = iso_fixture_new ("DEBIAN", files, G_N_ELEMENTS (files));

    iso_fixture_write (image, f->iso);
    assert_refused (f, VITRINE_ERROR_INVALID);
}

static void
test_it_is_given_up (Fixture *f, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    vitrine_host_create_full_async (f->host, f->spec, NULL, NULL, cancellable, await_cb, &slot);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_null (vitrine_host_create_finish (f->host, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run) (Fixture *f, gconstpointer data);
    } tests[] = {
        { "what-it-is-given-is-its-users-alone", test_what_it_is_given_is_its_users_alone },
        { "it-goes-with-the-machine", test_it_goes_with_the_machine },
        { "a-cd-is-made-for-windows", test_a_cd_is_made_for_windows },
        { "a-disk-with-something-on-it-is-not-overwritten",
          test_a_disk_with_something_on_it_is_not_overwritten },
        { "the-first-disk-is-a-new-one", test_the_first_disk_is_a_new_one },
        { "it-must-lead-to-the-disk", test_it_must_lead_to_the_disk },
        { "what-is-missing-is-said", test_what_is_missing_is_said },
        { "a-hostile-medium-leaves-nothing", test_a_hostile_medium_leaves_nothing },
        { "it-is-given-up", test_it_is_given_up },
    };
    int status;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *name = g_strconcat ("/native/express/", tests[i].name, NULL);

        g_test_add (name, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
    status = g_test_run ();
    native_fixture_end ();
    return status;
}
