/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-cloud.c - a machine of a cloud image: what it is told is a file of its user's alone, and comes and goes with it. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native-fixture.h"

#define KEY  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"
#define SEED "cloud-init.iso"

typedef struct {
    VitrineHost *host;
    VitrineSpec *spec;
    char *folder;
    char *image;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    const VitrineCloud cloud = { .user = (char *) "ana", .password = (char *) "secret word" };
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    native_fixture_clear ();
    f->folder = test_folder_new ();
    f->image = g_build_filename (f->folder, "image.raw", NULL);
    g_assert_true (g_file_set_contents (f->image, (char[4096]){ 0 }, 4096, NULL));
    f->host = await_host ("vitrine:");
    f->spec = vitrine_spec_new ();
    vitrine_spec_set_name (f->spec, "cloudy");
    vitrine_spec_set_vcpus (f->spec, 1);
    vitrine_spec_set_memory_mib (f->spec, 32);
    vitrine_spec_set_os (f->spec, "http://debian.org/debian/12");
    disk->path = g_strdup (f->image);
    disk->format = g_strdup ("raw");
    disk->bus = VITRINE_DISK_BUS_SATA;
    vitrine_spec_add_disk (f->spec, disk);
    vitrine_spec_add_nic (f->spec, vitrine_nic_spec_new ());
    vitrine_spec_set_cloud (f->spec, &cloud);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_object_unref (f->spec);
    await_gone (f->host);
    g_free (f->image);
    test_folder_remove (f->folder);
}

static char *
dup_seed (VitrineMachine *machine)
{
    g_autofree char *folder = vitrine_machine_dup_folder (machine);

    return g_build_filename (folder, SEED, NULL);
}

/* The address of its card, as the seed has to have it. */
static char *
dup_mac_line (const char *xml)
{
    const char *at = strstr (xml, "<mac address=\"");

    g_assert_nonnull (at);
    return g_strdup_printf ("macaddress: \"%.17s\"", at + strlen ("<mac address=\""));
}

static void
test_it_is_there_for_its_user_alone (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = await_created (f->host, f->spec);
    g_autofree char *seed = dup_seed (machine);
    g_autofree char *xml = vitrine_machine_dup_xml (machine, NULL);
    g_autofree char *text = NULL, *mac = dup_mac_line (xml);
    struct stat st;
    gsize len;

    g_assert_cmpint (stat (seed, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    g_assert_cmpint (st.st_size, ==, 1024 * 1024);
    g_assert_nonnull (strstr (xml, SEED));
    g_assert_nonnull (strstr (xml, "<readonly/>"));
    g_assert_nonnull (strstr (xml, "<target dev=\"sdb\" bus=\"sata\"/>")); /* like the image */
    g_assert_null (strstr (xml, "secret word"));
    g_assert_cmpstr (vitrine_machine_get_os (machine), ==, "http://debian.org/debian/12");
    g_assert_true (g_file_get_contents (seed, &text, &len, NULL));
    g_assert_null (g_strstr_len (text, (gssize) len, "secret word"));
    for (gsize i = 0; i < len; i++)
        text[i] = text[i] == '\0' ? ' ' : text[i];
    g_assert_nonnull (strstr (text, mac));
    g_assert_nonnull (strstr (text, vitrine_machine_get_uuid (machine)));
}

static void
test_it_goes_with_the_machine_and_the_image_stays (Fixture *f, gconstpointer data)
{
    VitrineMachine *machine = await_created (f->host, f->spec);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) disks = await_list_disks (machine, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (disks->len, ==, 1); /* nobody is asked about it */
    g_assert_true (await_delete (machine, (const char *const[]){ NULL }, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
    g_assert_true (g_file_test (f->image, G_FILE_TEST_EXISTS));
    g_object_unref (machine);
}

/* Whether the machine's list of disks has PATH. */
static gboolean
is_listed (VitrineMachine *machine, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) disks = await_list_disks (machine, &error);

    g_assert_no_error (error);
    for (guint i = 0; i < disks->len; i++)
        if (g_str_equal (((VitrineDiskInfo *) g_ptr_array_index (disks, i))->path, path))
            return TRUE;
    return FALSE;
}

static void
write_bytes (const char *path, gsize len)
{
    g_autofree char *bytes = g_malloc0 (len);

    g_assert_true (g_file_set_contents (path, bytes, (gssize) len, NULL));
}

/* What is called like it, but is not what was made: a file of another size, one that is no disk of the machine's any
 * more, one that it may write to. */
static void
test_the_users_own_of_that_name_stays (Fixture *f, gconstpointer data)
{
    static const char *const cases[] = { "bigger", "no-disk", "written" };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        VitrineMachine *machine = await_created (f->host, f->spec);
        g_autofree char *seed = dup_seed (machine);
        g_autofree char *xml = vitrine_machine_dup_xml (machine, NULL);
        g_autofree char *other = g_strdup (xml);
        g_autoptr (VitrineMachine) redefined = NULL;
        g_autoptr (GError) error = NULL;
        char *at = strstr (other, SEED);

        g_test_message ("%s", cases[i]);
        if (i == 0) {
            write_bytes (seed, 1024 * 1024 + 512);
        } else if (i == 1) {
            memcpy (at, "other-file.iso", strlen (SEED));
        } else {
            at = strstr (at, "<readonly/>");
            memset (at, ' ', strlen ("<readonly/>"));
        }
        if (i > 0)
            redefined = await_define (f->host, other, &error);
        g_assert_no_error (error);
        g_assert_true (is_listed (machine, seed) == (i != 1));
        g_assert_true (await_delete (machine, (const char *const[]){ NULL }, &error));
        g_assert_no_error (error);
        g_assert_true (g_file_test (seed, G_FILE_TEST_EXISTS));
        g_clear_object (&redefined);
        g_object_unref (machine);
        native_fixture_clear ();
    }
}

/* A link in its place leads to what is somebody's, and is no work of ours. */
static void
test_a_link_in_its_place_is_listed_and_stays (Fixture *f, gconstpointer data)
{
    VitrineMachine *machine = await_created (f->host, f->spec);
    g_autofree char *seed = dup_seed (machine);
    g_autofree char *own = g_build_filename (f->folder, "own.iso", NULL);
    g_autoptr (GError) error = NULL;

    write_bytes (own, 1024 * 1024);
    g_assert_cmpint (g_unlink (seed), ==, 0);
    g_assert_cmpint (symlink (own, seed), ==, 0);
    g_assert_true (is_listed (machine, seed));
    g_assert_true (await_delete (machine, (const char *const[]){ NULL }, &error));
    g_assert_no_error (error);
    g_assert_true (g_file_test (seed, G_FILE_TEST_IS_SYMLINK));
    g_object_unref (machine);
}

/* A clone, full or linked, has what its system is told by in its own folder, for its user alone. */
static void
test_a_clone_has_its_own (Fixture *f, gconstpointer data)
{
    VitrineCloneKind kind = (VitrineCloneKind) GPOINTER_TO_INT (data);
    VitrineMachine *machine = await_created (f->host, f->spec);
    g_autofree char *seed = dup_seed (machine), *their_seed = NULL, *their_xml = NULL;
    g_autofree char *bytes = NULL, *their_bytes = NULL;
    g_autoptr (GError) error = NULL;
    VitrineMachine *clone = await_clone (f->host, machine, "clone", kind, NULL, &error);
    gsize len, their_len;
    struct stat st;

    if (error != NULL && strstr (error->message, "qemu-img") != NULL) {
        g_test_skip ("qemu-img is not installed");
        g_object_unref (machine);
        return;
    }
    g_assert_no_error (error);
    their_seed = dup_seed (clone);
    their_xml = vitrine_machine_dup_xml (clone, NULL);
    g_assert_nonnull (strstr (their_xml, their_seed));
    g_assert_null (strstr (their_xml, seed));
    g_assert_nonnull (strstr (their_xml, "<readonly/>"));
    g_assert_cmpint (stat (their_seed, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    g_assert_true (g_file_get_contents (seed, &bytes, &len, NULL));
    g_assert_true (g_file_get_contents (their_seed, &their_bytes, &their_len, NULL));
    g_assert_cmpmem (bytes, len, their_bytes, their_len);
    /* Nobody else reads the original's, so it goes; and the clone's with the clone. */
    g_assert_false (is_listed (clone, their_seed));
    g_assert_true (await_delete (machine, (const char *const[]){ NULL }, &error));
    g_assert_no_error (error);
    g_assert_false (g_file_test (seed, G_FILE_TEST_EXISTS));
    g_assert_true (g_file_test (their_seed, G_FILE_TEST_EXISTS));
    g_assert_true (await_delete (clone, (const char *const[]){ NULL }, &error));
    g_assert_no_error (error);
    g_assert_false (g_file_test (their_seed, G_FILE_TEST_EXISTS));
    g_object_unref (clone);
    g_object_unref (machine);
}

static void
test_it_stays_while_another_machine_reads_it (Fixture *f, gconstpointer data)
{
    VitrineMachine *machine = await_created (f->host, f->spec);
    g_autoptr (GError) error = NULL;
    g_autofree char *seed = dup_seed (machine);
    g_autoptr (VitrineMachine) other = NULL;
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    disk->path = g_strdup (seed);
    disk->format = g_strdup ("raw");
    disk->read_only = TRUE;
    g_ptr_array_set_size (vitrine_spec_get_disks (f->spec), 0);
    vitrine_spec_set_cloud (f->spec, NULL);
    vitrine_spec_set_name (f->spec, "reader");
    vitrine_spec_add_disk (f->spec, disk);
    other = await_created (f->host, f->spec);
    g_assert_true (await_delete (machine, (const char *const[]){ NULL }, &error));
    g_assert_no_error (error);
    g_assert_true (g_file_test (seed, G_FILE_TEST_EXISTS));
    g_object_unref (machine);
}

static void
assert_nothing_is_made (Fixture *f, const char *word)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (await_create (f->host, f->spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, word));
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

static void
test_what_is_refused_leaves_nothing (Fixture *f, gconstpointer data)
{
    const VitrineCloud nobody = { .user = (char *) "ana" };
    const VitrineCloud ana = { .user = (char *) "ana", .keys = (char *) KEY };

    vitrine_spec_set_cloud (f->spec, &nobody);
    assert_nothing_is_made (f, "Nobody could log in");
    vitrine_spec_set_cloud (f->spec, &ana);
    g_ptr_array_set_size (vitrine_spec_get_disks (f->spec), 0);
    assert_nothing_is_made (f, "cloud image");
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/cloud/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int ret;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("it-is-there-for-its-user-alone", test_it_is_there_for_its_user_alone);
    ADD ("it-goes-with-the-machine-and-the-image-stays",
         test_it_goes_with_the_machine_and_the_image_stays);
    ADD ("the-users-own-of-that-name-stays", test_the_users_own_of_that_name_stays);
    ADD ("a-link-in-its-place-is-listed-and-stays", test_a_link_in_its_place_is_listed_and_stays);
    g_test_add ("/native/cloud/a-clone-has-its-own", Fixture, GINT_TO_POINTER (VITRINE_CLONE_FULL),
                set_up, test_a_clone_has_its_own, tear_down);
    g_test_add ("/native/cloud/a-linked-clone-has-its-own", Fixture,
                GINT_TO_POINTER (VITRINE_CLONE_LINKED), set_up, test_a_clone_has_its_own,
                tear_down);
    ADD ("it-stays-while-another-machine-reads-it", test_it_stays_while_another_machine_reads_it);
    ADD ("what-is-refused-leaves-nothing", test_what_is_refused_leaves_nothing);
    ret = g_test_run ();
    native_fixture_end ();
    return ret;
}
