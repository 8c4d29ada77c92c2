/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-clone.c - machines made of others: what they have, and what is left of those that fail. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *alpha; /* with the disk alpha.raw */
    char *disk;
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
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_object_unref (f->alpha);
    await_gone (f->host);
    g_free (f->disk);
}

static char *
machine_path (VitrineMachine *machine, const char *name)
{
    g_autofree char *folder = vitrine_machine_dup_folder (machine);

    return g_build_filename (folder, name, NULL);
}

/* TEXT at OFFSET of the disk PATH. */
static void
write_at (const char *path, const char *text, off_t offset)
{
    int fd = open (path, O_RDWR | O_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (pwrite (fd, text, strlen (text), offset), ==, strlen (text));
    close (fd);
}

static void
assert_at (const char *path, const char *text, off_t offset)
{
    char bytes[64] = "";
    int fd = open (path, O_RDONLY | O_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (pread (fd, bytes, strlen (text), offset), ==, strlen (text));
    g_assert_cmpstr (bytes, ==, text);
    close (fd);
}

static void
redefine (Fixture *f, const char *xml)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = await_define (f->host, xml, &error);

    g_assert_no_error (error);
}

static void run (const char *command, ...) G_GNUC_PRINTF (1, 2);

static void
run (const char *command, ...)
{
    g_autofree char *line = NULL;
    g_autoptr (GError) error = NULL;
    va_list args;
    int status;

    va_start (args, command);
    line = g_strdup_vprintf (command, args);
    va_end (args);
    g_assert_true (g_spawn_command_line_sync (line, NULL, NULL, &status, &error));
    g_assert_no_error (error);
    g_assert_cmpint (status, ==, 0);
}

static gboolean
has_qemu_img (void)
{
    g_autofree char *program = g_find_program_in_path ("qemu-img");

    if (!program)
        g_test_skip ("qemu-img is not installed");
    return program != NULL;
}

static VitrineMachine *
make_clone (Fixture *f, const char *name, VitrineCloneKind kind)
{
    g_autoptr (GError) error = NULL;
    VitrineMachine *machine = await_clone (f->host, f->alpha, name, kind, NULL, &error);

    g_assert_no_error (error);
    return machine;
}

static void
assert_refused (Fixture *f, VitrineMachine *original, const char *name, VitrineCloneKind kind,
                int code, const char *word)
{
    guint n = native_fixture_count_entries ();
    g_autoptr (GError) error = NULL;

    g_assert_null (await_clone (f->host, original, name, kind, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, code);
    if (!strstr (error->message, word))
        g_error ("no “%s” in “%s”", word, error->message);
    g_assert_cmpuint (native_fixture_count_entries (), ==, n);
}

/* --- full -------------------------------------------------------------------------------------- */

static void
test_full (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) beta = NULL;
    g_autofree char *disk = NULL, *xml = NULL, *log = machine_path (f->alpha, "last-run");
    g_autofree char *variables = machine_path (f->alpha, "uefi-variables.fd");
    g_autofree char *their_log = NULL, *their_variables = NULL;
    struct stat st;

    write_at (f->disk, "data", 70000);
    g_assert_true (g_file_set_contents (log, "x", -1, NULL));
    g_assert_true (g_file_set_contents (variables, "variables", -1, NULL));
    beta = make_clone (f, "beta", VITRINE_CLONE_FULL);
    disk = machine_path (beta, "beta.raw");
    xml = vitrine_machine_dup_xml (beta, NULL);
    their_log = machine_path (beta, "last-run");
    their_variables = machine_path (beta, "uefi-variables.fd");
    g_assert_cmpstr (vitrine_machine_get_uuid (beta), !=, vitrine_machine_get_uuid (f->alpha));
    g_assert_cmpstr (vitrine_machine_get_name (beta), ==, "beta");
    g_assert_nonnull (strstr (xml, disk));
    g_assert_null (strstr (xml, f->disk));
    assert_at (disk, "data", 70000);
    assert_at (their_variables, "variables", 0);
    g_assert_false (g_file_test (their_log, G_FILE_TEST_EXISTS));
    g_assert_cmpint (stat (disk, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, 1 << 20);
    g_assert_cmpint (st.st_blocks * 512, <, 1 << 19); /* holes stay holes */
    write_at (disk, "DATA", 70000);
    assert_at (f->disk, "data", 70000);
}

static void
test_cards_get_other_addresses (Fixture *f, gconstpointer data)
{
    static const char address[] = "52:54:00:11:22:33";
    g_autoptr (VitrineMachine) beta = NULL;
    g_autofree char *old = vitrine_machine_dup_xml (f->alpha, NULL), *xml = NULL, *with = NULL;
    char *end = strstr (old, "</devices>");

    *end = '\0';
    with = g_strdup_printf ("%s<interface type='user'><mac address='%s'/><model type='virtio'/>"
                            "<backend type='passt'/></interface></devices>%s",
                            old, address, end + strlen ("</devices>"));
    redefine (f, with);
    beta = make_clone (f, "beta", VITRINE_CLONE_FULL);
    xml = vitrine_machine_dup_xml (beta, NULL);
    g_assert_nonnull (strstr (xml, "<interface"));
    g_assert_null (strstr (xml, address));
}

/* A disk that is based on others becomes one file. */
static void
test_chain_becomes_one (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) beta = NULL;
    g_autofree char *top = NULL, *disk = NULL, *raw = NULL, *xml = NULL;

    if (!has_qemu_img ())
        return;
    top = machine_path (f->alpha, "top.qcow2");
    write_at (f->disk, "below", 0);
    run ("qemu-img create -q -f qcow2 -b %s -F raw %s", f->disk, top);
    run ("qemu-io -f qcow2 -c 'write -q -P 65 65536 512' %s", top);
    xml = g_strdup_printf (
        "<domain type='kvm'><name>alpha</name><uuid>%s</uuid><memory unit='MiB'>256</memory>"
        "<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><disk type='file' "
        "device='disk'><driver name='qemu' type='qcow2'/><source file='%s'/><target dev='vda' "
        "bus='virtio'/></disk></devices></domain>",
        vitrine_machine_get_uuid (f->alpha), top);
    redefine (f, xml);
    beta = make_clone (f, "beta", VITRINE_CLONE_FULL);
    disk = machine_path (beta, "beta-top.qcow2");
    raw = machine_path (beta, "raw");
    run ("qemu-img convert -O raw %s %s", disk, raw);
    assert_at (raw, "below", 0);
    assert_at (raw, "AAAA", 65536);
    g_assert_cmpint (g_unlink (f->disk), ==, 0);
    run ("qemu-img convert -O raw %s %s", disk, raw);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
    assert_refused (f, f->alpha, "alpha", VITRINE_CLONE_FULL, VITRINE_ERROR_EXISTS, "alpha");
    assert_refused (f, f->alpha, "a/b", VITRINE_CLONE_FULL, VITRINE_ERROR_INVALID, "/");
    g_assert_cmpint (g_unlink (f->disk), ==, 0);
    assert_refused (f, f->alpha, "beta", VITRINE_CLONE_FULL, VITRINE_ERROR_NOT_FOUND, f->disk);
}

static void
test_disk_in_use_is_not_copied (Fixture *f, gconstpointer data)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open (f->disk, O_RDWR | O_CLOEXEC);

    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
    assert_refused (f, f->alpha, "beta", VITRINE_CLONE_FULL, VITRINE_ERROR_BUSY, f->disk);
    close (fd);
}

static void
test_running_machine_is_not_copied (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    native_fixture_script (f->alpha, "");
    g_assert_true (await_act (f->alpha, VITRINE_ACTION_START, &error));
    g_assert_no_error (error);
    assert_refused (f, f->alpha, "beta", VITRINE_CLONE_FULL, VITRINE_ERROR_BUSY, "alpha");
    g_assert_true (await_act (f->alpha, VITRINE_ACTION_POWER_OFF, NULL));
}

/* --- cancelled --------------------------------------------------------------------------------- */

static void
cancel_cb (double fraction, gpointer cancellable)
{
    g_cancellable_cancel (cancellable);
}

static void
test_cancelled_leaves_nothing (Fixture *f, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    GAsyncResult *slot = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *megabyte = g_strnfill (1 << 20, 'x');
    int fd = open (f->disk, O_RDWR | O_CLOEXEC);

    for (off_t at = 0; at < (off_t) 512 << 20; at += 1 << 20)
        g_assert_cmpint (pwrite (fd, megabyte, 1 << 20, at), ==, 1 << 20);
    close (fd);
    vitrine_host_clone_async (f->host, f->alpha, "beta", VITRINE_CLONE_FULL, cancel_cb, cancellable,
                              cancellable, await_cb, &slot);
    result = await_result (&slot);
    if (!g_cancellable_is_cancelled (cancellable)) {
        g_test_skip ("the file system shares blocks: nothing took long");
        return;
    }
    g_assert_null (vitrine_host_clone_finish (f->host, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint (native_fixture_count_entries (), ==, 1);
}

/* What a process left that died goes; what another is at, stays. */
static void
test_left_clone_is_swept (Fixture *f, gconstpointer data)
{
    g_autofree char *uuid = g_uuid_string_random ();
    g_autofree char *folder = g_strdup_printf ("%s/.new-%s", native_fixture_get_machines (), uuid);
    g_autofree char *path = g_build_filename (folder, "lock", NULL);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    g_autoptr (VitrineMachine) beta = NULL;
    g_autoptr (VitrineMachine) gamma = NULL;
    int fd;

    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
    beta = make_clone (f, "beta", VITRINE_CLONE_FULL);
    g_assert_true (g_file_test (folder, G_FILE_TEST_IS_DIR));
    close (fd);
    gamma = make_clone (f, "gamma", VITRINE_CLONE_FULL);
    g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

/* --- linked ------------------------------------------------------------------------------------ */

static void
test_linked (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) beta = NULL;
    g_autofree char *disk = NULL, *xml = NULL, *raw = NULL;

    if (!has_qemu_img ())
        return;
    write_at (f->disk, "below", 4096);
    beta = make_clone (f, "beta", VITRINE_CLONE_LINKED);
    disk = machine_path (beta, "beta.qcow2");
    raw = machine_path (beta, "raw");
    xml = vitrine_machine_dup_xml (beta, NULL);
    g_assert_nonnull (strstr (xml, disk));
    run ("qemu-img convert -O raw %s %s", disk, raw);
    assert_at (raw, "below", 4096);
}

/* The original's disk is a base: that is said, and it is not removed. */
static void
test_base_is_not_removed (Fixture *f, gconstpointer data)
{
    const char *paths[] = { f->disk, NULL };
    g_autoptr (VitrineMachine) beta = NULL;
    g_autoptr (VitrineMachine) gamma = NULL;
    g_autoptr (GPtrArray) disks = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *disk = NULL;
    VitrineDiskInfo *info;

    if (!has_qemu_img ())
        return;
    beta = make_clone (f, "beta", VITRINE_CLONE_LINKED);
    disks = await_list_disks (f->alpha, &error);
    g_assert_no_error (error);
    info = g_ptr_array_index (disks, 0);
    g_assert_false (info->removable);
    g_assert_cmpstr (info->reason, ==, "a disk of “beta” is based on it");
    g_assert_false (await_delete (f->alpha, paths, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED);
    g_assert_true (g_file_test (f->disk, G_FILE_TEST_EXISTS));
    disk = machine_path (beta, "beta.qcow2");
    g_assert_true (await_delete (beta, (const char *[]){ disk, NULL }, NULL));
    g_assert_true (await_delete (f->alpha, paths, NULL));
    g_assert_false (g_file_test (f->disk, G_FILE_TEST_EXISTS));
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/clone/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int status;

    g_test_init (&argc, &argv, NULL);
    native_fixture_init ();
    ADD ("has-all-that-the-original-has-but-its-identity", test_full);
    ADD ("cards-get-other-addresses", test_cards_get_other_addresses);
    ADD ("disk-based-on-others-becomes-one-that-stands-by-itself", test_chain_becomes_one);
    ADD ("refused-leaves-nothing", test_refusals);
    ADD ("disk-in-use-is-not-copied", test_disk_in_use_is_not_copied);
    ADD ("running-machine-is-not-copied", test_running_machine_is_not_copied);
    ADD ("cancelled-leaves-nothing", test_cancelled_leaves_nothing);
    ADD ("left-by-a-process-that-died-is-removed-later", test_left_clone_is_swept);
    ADD ("linked-holds-what-differs", test_linked);
    ADD ("base-of-a-linked-clone-is-not-removed", test_base_is_not_removed);
    status = g_test_run ();
    native_fixture_end ();
    return status;
}
