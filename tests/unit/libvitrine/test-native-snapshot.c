/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-snapshot.c - snapshots of a machine that is off: what they keep, and what is left wherever it ends. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "native-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *alpha; /* with the disk alpha.raw */
    char *folder;
    char *disk;
} Fixture;

/* The call of rename() that fails, counted from 1; 0: none. */
static int failing, n_renames;

int __real_rename (const char *from, const char *to);
int __wrap_rename (const char *from, const char *to);

int
__wrap_rename (const char *from, const char *to)
{
    if (failing > 0 && ++n_renames >= failing) {
        errno = EIO;
        return -1;
    }
    return __real_rename (from, to);
}

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    f->host = await_host (NULL);
    f->alpha = native_fixture_create (f->host, "alpha");
    f->folder = vitrine_machine_dup_folder (f->alpha);
    f->disk = g_build_filename (f->folder, "alpha.raw", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    failing = 0;
    g_object_unref (f->alpha);
    await_gone (f->host);
    g_free (f->folder);
    g_free (f->disk);
}

static char *run (const char *command, ...) G_GNUC_PRINTF (1, 2);

static char *
run (const char *command, ...)
{
    g_autofree char *line = NULL;
    g_autoptr (GError) error = NULL;
    char *out = NULL;
    va_list args;
    int status;

    va_start (args, command);
    line = g_strdup_vprintf (command, args);
    va_end (args);
    g_assert_true (g_spawn_command_line_sync (line, &out, NULL, &status, &error));
    g_assert_no_error (error);
    g_assert_cmpint (status, ==, 0);
    return out;
}

/* The image that the machine would write to, and its format in *FORMAT. */
static char *
get_image (Fixture *f, const char **format)
{
    g_autofree char *xml = vitrine_machine_dup_xml (f->alpha, NULL);
    const char *at = strstr (xml, "file=");

    g_assert_nonnull (at);
    at += strlen ("file=") + 1;
    *format = strstr (xml, ".qcow2") != NULL ? "qcow2" : "raw";
    return g_strndup (at, strcspn (at, "'\""));
}

/* The guest writes the byte WHAT at block N. */
static void
guest_writes (Fixture *f, int what, int n)
{
    const char *format;
    g_autofree char *image = get_image (f, &format);

    g_free (run ("qemu-io -f %s -c 'write -q -P %d %d 4096' %s", format, what, n * 65536, image));
}

/* The guest would read WHAT at block N. */
static void
assert_reads (Fixture *f, int what, int n)
{
    const char *format;
    g_autofree char *image = get_image (f, &format);
    g_autofree char *out =
        run ("qemu-io -r -f %s -c 'read -P %d %d 4096' %s", format, what, n * 65536, image);

    if (strstr (out, "verification failed"))
        g_error ("block %d is not %d: %s", n, what, out);
}

static void
snapshot (Fixture *f, VitrineSnapshotAction action, const char *name)
{
    g_autoptr (GError) error = NULL;

    await_snapshot (f->alpha, action, name, &error);
    g_assert_no_error (error);
}

static void
assert_refused (Fixture *f, VitrineSnapshotAction action, const char *name, int code,
                const char *word)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (await_snapshot (f->alpha, action, name, &error));
    g_assert_error (error, VITRINE_ERROR, code);
    if (!strstr (error->message, word))
        g_error ("no “%s” in “%s”", word, error->message);
}

/* "a(b) c*": names, the parents of those that have one, and the current one. */
static void
assert_list (Fixture *f, const char *expected)
{
    g_autoptr (GPtrArray) list = await_list_snapshots (f->alpha, NULL);
    g_autoptr (GString) text = g_string_new (NULL);

    g_assert_nonnull (list);
    for (guint i = 0; i < list->len; i++) {
        const VitrineSnapshot *one = g_ptr_array_index (list, i);

        g_string_append_printf (text, "%s%s", i ? " " : "", one->name);
        if (*one->parent)
            g_string_append_printf (text, "(%s)", one->parent);
        if (one->current)
            g_string_append_c (text, '*');
    }
    g_assert_cmpstr (text->str, ==, expected);
}

/* How many images are in the folder. */
static guint
count_images (Fixture *f)
{
    g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
    const char *name;
    guint n = 0;

    while ((name = g_dir_read_name (dir)) != NULL)
        n += g_str_has_suffix (name, ".qcow2") || g_str_has_suffix (name, ".raw");
    return n;
}

/* --- what they keep ----------------------------------------------------------------------------- */

static void
test_revert (Fixture *f, gconstpointer data)
{
    guest_writes (f, 1, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    guest_writes (f, 2, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    guest_writes (f, 3, 0);
    assert_list (f, "a b(a)*");
    snapshot (f, VITRINE_SNAPSHOT_REVERT, "a");
    assert_reads (f, 1, 0);
    assert_list (f, "a* b(a)");
    guest_writes (f, 4, 0);
    snapshot (f, VITRINE_SNAPSHOT_REVERT, "b");
    assert_reads (f, 2, 0);
    assert_list (f, "a b(a)*");
    g_assert_cmpuint (count_images (f), ==, 3);
}

static void
test_variables (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->folder, "uefi-variables.fd", NULL);
    g_autofree char *text = NULL;

    g_assert_true (g_file_set_contents (path, "before", -1, NULL));
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    g_assert_true (g_file_set_contents (path, "later!", -1, NULL));
    snapshot (f, VITRINE_SNAPSHOT_REVERT, "a");
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "before");
}

/* The machine ends where it began, with the last data and one raw disk. */
static void
test_delete_merges (Fixture *f, gconstpointer data)
{
    const char *format;
    g_autofree char *image = NULL;

    guest_writes (f, 1, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    guest_writes (f, 2, 1);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    guest_writes (f, 3, 2);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "c");
    guest_writes (f, 4, 2);
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "b");
    assert_list (f, "a c(a)*");
    assert_reads (f, 2, 1);
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "a");
    assert_list (f, "c*");
    snapshot (f, VITRINE_SNAPSHOT_REVERT, "c");
    assert_reads (f, 3, 2);
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "c");
    assert_list (f, "");
    assert_reads (f, 1, 0);
    assert_reads (f, 2, 1);
    assert_reads (f, 3, 2);
    image = get_image (f, &format);
    g_assert_cmpstr (image, ==, f->disk);
    g_assert_cmpuint (count_images (f), ==, 1);
}

static void
test_fork (Fixture *f, gconstpointer data)
{
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    guest_writes (f, 2, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    snapshot (f, VITRINE_SNAPSHOT_REVERT, "a");
    guest_writes (f, 3, 0);
    assert_refused (f, VITRINE_SNAPSHOT_DELETE, "a", VITRINE_ERROR_BUSY, "“b”");
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "b");
    assert_list (f, "a*");
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "a");
    assert_reads (f, 3, 0);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
    assert_refused (f, VITRINE_SNAPSHOT_REVERT, "a", VITRINE_ERROR_NOT_FOUND, "“a”");
    assert_refused (f, VITRINE_SNAPSHOT_DELETE, "a", VITRINE_ERROR_NOT_FOUND, "“a”");
    assert_refused (f, VITRINE_SNAPSHOT_CREATE, "", VITRINE_ERROR_INVALID, "name");
    assert_refused (f, VITRINE_SNAPSHOT_CREATE, "a/b", VITRINE_ERROR_INVALID, "slash");
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    assert_refused (f, VITRINE_SNAPSHOT_CREATE, "a", VITRINE_ERROR_EXISTS, "“a”");
}

/* A linked clone of the machine is based on what a snapshot keeps. */
static void
test_linked_clone_keeps_a_snapshot (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) beta =
        await_clone (f->host, f->alpha, "beta", VITRINE_CLONE_LINKED, NULL, &error);

    g_assert_no_error (error);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    assert_refused (f, VITRINE_SNAPSHOT_DELETE, "a", VITRINE_ERROR_BUSY, "“beta”");
    assert_list (f, "a*");
}

static void
test_all_goes_with_the_machine (Fixture *f, gconstpointer data)
{
    g_autoptr (GPtrArray) disks = NULL;
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;

    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    disks = await_list_disks (f->alpha, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (disks->len, ==, 3);
    for (guint i = 0; i < disks->len; i++)
        g_ptr_array_add (paths, ((VitrineDiskInfo *) g_ptr_array_index (disks, i))->path);
    g_ptr_array_add (paths, NULL);
    g_assert_true (await_delete (f->alpha, (const char *const *) paths->pdata, &error));
    g_assert_cmpuint (native_fixture_count_entries (), ==, 0);
}

/* --- wherever it ends --------------------------------------------------------------------------- */

/* ACTION fails at each point in turn, as if the computer had gone off there; the data are there, and in the end it is
 * done, with nothing left behind. */
static void
fail_everywhere (Fixture *f, VitrineSnapshotAction action, const char *name)
{
    for (failing = 1; failing < 20; failing++) {
        g_autoptr (GError) error = NULL;
        gboolean done;

        n_renames = 0;
        done = await_snapshot (f->alpha, action, name, &error);
        if (done || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_EXISTS)
            || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
            break; /* or the last time it was, but for what is tidied up later */
        assert_reads (f, 1, 0);
        assert_reads (f, 2, 1);
    }
    g_assert_cmpint (failing, >, 2);
    g_assert_cmpint (failing, <, 20);
    failing = 0;
    assert_reads (f, 1, 0);
    assert_reads (f, 2, 1);
}

static void
test_create_ends_anywhere (Fixture *f, gconstpointer data)
{
    guest_writes (f, 1, 0);
    guest_writes (f, 2, 1);
    fail_everywhere (f, VITRINE_SNAPSHOT_CREATE, "a");
    assert_list (f, "a*");
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "b");
    g_assert_cmpuint (count_images (f), ==, 2);
}

static void
test_delete_ends_anywhere (Fixture *f, gconstpointer data)
{
    guest_writes (f, 1, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    guest_writes (f, 2, 1);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    fail_everywhere (f, VITRINE_SNAPSHOT_DELETE, "a");
    assert_list (f, "b*");
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "c");
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "c");
    g_assert_cmpuint (count_images (f), ==, 2);
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "b");
    assert_reads (f, 1, 0);
    assert_reads (f, 2, 1);
}

/* What is partly deleted cannot be gone back to. */
static void
test_partly_deleted (Fixture *f, gconstpointer data)
{
    guest_writes (f, 1, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    guest_writes (f, 2, 0);
    failing = 2;
    n_renames = 0;
    g_assert_false (await_snapshot (f->alpha, VITRINE_SNAPSHOT_DELETE, "a", NULL));
    failing = 0;
    assert_refused (f, VITRINE_SNAPSHOT_REVERT, "a", VITRINE_ERROR_INVALID, "partly");
    assert_reads (f, 2, 0);
    snapshot (f, VITRINE_SNAPSHOT_DELETE, "a");
    assert_reads (f, 2, 0);
}

/* An image that nothing names goes with the next change, but not from under a machine that has it. */
static void
test_what_runs_keeps_its_image (Fixture *f, gconstpointer data)
{
    g_autofree char *left = g_build_filename (f->folder, "vda.1.qcow2", NULL);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd;

    failing = 2;
    n_renames = 0;
    g_assert_false (await_snapshot (f->alpha, VITRINE_SNAPSHOT_CREATE, "a", NULL));
    failing = 0;
    fd = g_open (left, O_RDWR | O_CLOEXEC, 0);
    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "b");
    g_assert_true (g_file_test (left, G_FILE_TEST_EXISTS));
    close (fd);
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "c");
    g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
}

/* The list is a file like any other.  What it says is to be tidied up is an image, or stays. */
static void
test_no_list_removes_what_is_no_image (Fixture *f, gconstpointer data)
{
    static const char *const names[] = { "machine.xml",    "uefi-variables.fd",
                                         "last-run",       "lock",
                                         "logs",           "snapshots",
                                         "snapshots.lock", ".mine" };
    g_autofree char *list = g_build_filename (f->folder, "snapshots", NULL);
    g_autofree char *outside = g_build_filename (f->folder, "..", "outside.raw", NULL);
    g_autoptr (GString) text = g_string_new ("[snapshots]\ncurrent=0\nlast=0\npending=");

    g_assert_true (g_file_set_contents (outside, "mine", -1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_build_filename (f->folder, names[i], NULL);

        if (!g_file_test (path, G_FILE_TEST_EXISTS))
            g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
        g_string_append_printf (text, "%s;merged:%s;", names[i], names[i]);
    }
    g_string_append (text, "../outside.raw;merged:../outside.raw;merged:alpha.raw;\n");
    g_assert_true (g_file_set_contents (list, text->str, -1, NULL));
    snapshot (f, VITRINE_SNAPSHOT_CREATE, "a");
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_build_filename (f->folder, names[i], NULL);

        if (!g_file_test (path, G_FILE_TEST_EXISTS))
            g_error ("%s is gone", names[i]);
    }
    g_assert_true (g_file_test (outside, G_FILE_TEST_EXISTS));
    g_assert_true (g_file_test (f->disk, G_FILE_TEST_EXISTS));
    g_unlink (outside);
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/snapshot/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_autofree char *program = g_find_program_in_path ("qemu-io");
    int status;

    g_test_init (&argc, &argv, NULL);
    if (program == NULL) {
        puts ("1..0 # SKIP qemu-img and qemu-io are not installed");
        return 0;
    }
    native_fixture_init ();
    ADD ("goes-back-and-forth-in-a-tree", test_revert);
    ADD ("uefi-variables-are-part-of-it", test_variables);
    ADD ("deleted-one-is-merged-with-what-came-of-it", test_delete_merges);
    ADD ("one-of-which-two-came-is-not-deleted", test_fork);
    ADD ("refusals", test_refusals);
    ADD ("one-that-a-linked-clone-is-based-on-is-not-deleted", test_linked_clone_keeps_a_snapshot);
    ADD ("all-goes-with-the-machine", test_all_goes_with_the_machine);
    ADD ("made-one-may-end-anywhere", test_create_ends_anywhere);
    ADD ("deleted-one-may-end-anywhere", test_delete_ends_anywhere);
    ADD ("what-runs-keeps-its-image", test_what_runs_keeps_its_image);
    ADD ("no-list-removes-what-is-no-image", test_no_list_removes_what_is_no_image);
    ADD ("partly-deleted-one-is-not-gone-back-to", test_partly_deleted);
    status = g_test_run ();
    native_fixture_end ();
    return status;
}
