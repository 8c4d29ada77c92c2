/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-encrypted.c - an encrypted disk that is to come to a machine that runs, and its passphrase. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "keeper-fixture-asker.h"
#include "keeper-fixture-devices.h"
#include "luks-head.h"
#include "vitrine-error.h"

#define DISK       "/org/vitrine/devices/virtio_2ddisk1"
#define AT_ONCE_US (10 * G_USEC_PER_SEC) /* trying a passphrase may take 45 seconds */
#define RIGHT      "sesame\n"
#define WRONG      "barley\n"
#define SLOW       "slow\n"

/* Opens with "sesame", and with "slow" not in our time. */
#define FAKE                                                                                       \
    "#!/usr/bin/python3\n"                                                                         \
    "import socket, struct, sys, time\n"                                                           \
    "secret = open(sys.argv[sys.argv.index('--object') + 1].split('file=')[1]).read()\n"           \
    "while secret == 'slow': time.sleep(60)\n"                                                     \
    "if secret != 'sesame': sys.exit('qemu-storage-daemon: x: Invalid password, cannot unlock')\n" \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "while True: time.sleep(60)\n"

typedef struct {
    Fixture f;
    char *program, *image, *element;
    FixtureAsker asker;
} Test;

/* --- an image ---------------------------------------------------------------------------------- */

/* A good header, and nothing behind it. */
static void
make_luks (const char *path)
{
    guint8 head[4096];

    luks_head_make (head, sizeof head);
    g_assert_true (g_file_set_contents (path, (const char *) head, sizeof head, NULL));
    g_assert_cmpint (truncate (path, 4 << 20), ==, 0);
}

static void
set_up (Test *self)
{
    *self = (Test){ 0 };
    fixture_set_up (&self->f);
    self->program = g_build_filename (self->f.root, "daemon", NULL);
    self->image = g_build_filename (self->f.root, "disk.luks", NULL);
    g_assert_true (
        g_file_set_contents_full (self->program, FAKE, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    make_luks (self->image);
    fixture_set_env (&self->f, "VITRINE_STORAGE_DAEMON", self->program);
    self->element =
        g_strdup_printf ("<disk type='file'><source file='%s'><encryption format='luks'/></source>"
                         "<target dev='vdb' bus='virtio'/></disk>",
                         self->image);
    fixture_run (&self->f);
    fixture_asker_set_up (&self->asker, &self->f);
}

static void
tear_down (Test *self)
{
    fixture_asker_tear_down (&self->asker);
    g_free (self->program);
    g_free (self->image);
    g_free (self->element);
    fixture_tear_down (&self->f);
}

/* --- asking ------------------------------------------------------------------------------------ */

/* The reading end of a pipe with TEXT in it; *WRITER is the other end, or NULL: it is closed. */
static int
make_pipe (const char *text, int *writer)
{
    int fds[2];

    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    g_assert_cmpint (write (fds[1], text, strlen (text)), ==, (gssize) strlen (text));
    if (writer)
        *writer = fds[1];
    else
        close (fds[1]);
    return fds[0];
}

/* With descriptor FD, which is taken over, or none, as HANDLE; (transfer full): the device's path. */
static char *
attach_fd (Test *self, const char *element, int fd, gint32 handle, GError **error)
{
    g_autoptr (GUnixFDList) fds = fd >= 0 ? g_unix_fd_list_new_from_array (&fd, 1) : NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_sync (
        self->f.connection, NULL, "/org/vitrine/Machine", "org.vitrine.Machine1", "AttachEncrypted",
        g_variant_new ("(sh)", element, handle), G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE,
        FIXTURE_TIMEOUT_S * 1000, fds, NULL, NULL, error);
    char *path = NULL;

    if (answer)
        g_variant_get (answer, "(o)", &path);
    else if (error)
        g_dbus_error_strip_remote_error (*error);
    return path;
}

static char *
attach (Test *self, const char *line, GError **error)
{
    return attach_fd (self, self->element, make_pipe (line, NULL), 0, error);
}

/* By the other connection, with a passphrase that takes its time, until it is tried. */
static void
ask (Test *self)
{
    int fd = make_pipe (SLOW, NULL);
    g_autoptr (GUnixFDList) fds = g_unix_fd_list_new_from_array (&fd, 1);

    fixture_asker_ask (&self->asker, "/org/vitrine/Machine", "org.vitrine.Machine1.AttachEncrypted",
                       g_variant_new ("(sh)", self->element, 0), fds);
}

static gboolean
has_process (Fixture *f, gconstpointer not_this)
{
    guint pid = fixture_process (f, 2);

    return pid != 0 && pid != GPOINTER_TO_UINT (not_this);
}

static gboolean
has_no_process (Fixture *f, gconstpointer data)
{
    return fixture_process (f, 2) == 0;
}

static gboolean
is_free (Fixture *f, gconstpointer file)
{
    return !fixture_is_locked (file);
}

/* Nothing of a disk that did not come is left, and it may come yet. */
static void
assert_nothing_left (Test *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;

    g_assert_false (fixture_is_locked (self->image));
    fixture_wait (&self->f, has_no_process, NULL);
    g_assert_true (fixture_has_no_device (&self->f, "virtio-disk1"));
    path = attach (self, RIGHT, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (path, ==, DISK);
}

/* --- tests ------------------------------------------------------------------------------------- */

static void
test_comes_and_goes (void)
{
    Test t;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL, *arguments = NULL, *where = NULL;
    gsize len;
    guint pid;

    set_up (&t);
    path = attach (&t, RIGHT, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (path, ==, DISK);
    g_assert_true (fixture_is_locked (t.image));
    fixture_wait (&t.f, fixture_has_device, "virtio-disk1");
    fixture_wait (&t.f, has_process, NULL);
    pid = fixture_process (&t.f, 2);
    where = g_strdup_printf ("/proc/%u/cmdline", pid);
    g_assert_true (g_file_get_contents (where, &arguments, &len, NULL));
    g_assert_null (memmem (arguments, len, "sesame", 6));
    g_assert_true (
        fixture_device_call (&t.f, DISK, "Detach", g_variant_new ("(b)", FALSE), &error));
    g_assert_no_error (error);
    g_assert_true (fixture_is_gone (&t.f, GUINT_TO_POINTER (pid)));
    g_assert_false (fixture_is_locked (t.image));
    tear_down (&t);
}

static void
test_needs_its_passphrase (void)
{
    Test t;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL, *sentence = NULL;

    set_up (&t);
    vitrine_control_machine1_call_attach_sync (t.f.machine, t.element, &path, NULL, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
    g_dbus_error_strip_remote_error (error);
    sentence =
        g_strdup_printf ("The disk vdb, “%s”, is encrypted: it needs its passphrase", t.image);
    g_assert_cmpstr (error->message, ==, sentence);
    assert_nothing_left (&t);
    tear_down (&t);
}

static void
test_wrong_one_leaves_nothing (void)
{
    Test t;
    g_autoptr (GError) error = NULL;
    g_autofree char *sentence = NULL;

    set_up (&t);
    g_assert_null (attach (&t, WRONG, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);
    sentence = g_strdup_printf ("That is not the passphrase of the disk vdb, “%s”", t.image);
    g_assert_cmpstr (error->message, ==, sentence); /* as at the start */
    assert_nothing_left (&t);
    tear_down (&t);
}

static char *
attach_the_same (gpointer test, GError **error)
{
    return attach (test, RIGHT, error);
}

static void
test_answers_meanwhile (void)
{
    Test t;

    set_up (&t);
    ask (&t);
    fixture_wait (&t.f, has_process, NULL);
    fixture_asker_assert_waits (&t.asker, &t.f, attach_the_same, &t, AT_ONCE_US);
    tear_down (&t);
}

static void
test_who_goes_takes_it_along (void)
{
    Test t;
    guint pid;

    set_up (&t);
    ask (&t);
    fixture_wait (&t.f, has_process, NULL);
    pid = fixture_process (&t.f, 2);
    g_dbus_connection_close_sync (t.asker.connection, NULL, NULL);
    fixture_wait (&t.f, fixture_is_gone, GUINT_TO_POINTER (pid));
    fixture_wait (&t.f, is_free, t.image);
    assert_nothing_left (&t);
    tear_down (&t);
}

static gboolean
cancel (GDBusConnection *connection, GError **error)
{
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        connection, NULL, "/org/vitrine/Machine", "org.vitrine.Machine1", "CancelAttach", NULL,
        NULL, G_DBUS_CALL_FLAGS_NONE, FIXTURE_TIMEOUT_S * 1000, NULL, error);

    return answer != NULL;
}

static void
test_who_thinks_better_of_it (void)
{
    Test t;
    g_autoptr (GError) error = NULL;
    guint pid;

    set_up (&t);
    ask (&t);
    fixture_wait (&t.f, has_process, NULL);
    pid = fixture_process (&t.f, 2);
    g_assert_false (cancel (t.f.connection, &error)); /* it is not his */
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&error);
    g_assert_true (cancel (t.asker.connection, &error));
    fixture_wait (&t.f, fixture_asker_is_answered, &t.asker);
    g_assert_error (t.asker.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    fixture_wait (&t.f, fixture_is_gone, GUINT_TO_POINTER (pid));
    fixture_wait (&t.f, is_free, t.image);
    g_assert_false (cancel (t.asker.connection, &error)); /* there is none any more */
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    assert_nothing_left (&t);
    tear_down (&t);
}

static void
test_next_process_has_it (void)
{
    Test t;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    guint pid;

    set_up (&t);
    path = attach (&t, RIGHT, &error);
    g_assert_no_error (error);
    fixture_wait (&t.f, has_process, NULL);
    pid = fixture_process (&t.f, 2);
    kill ((GPid) pid, SIGKILL);
    fixture_wait (&t.f, has_process, GUINT_TO_POINTER (pid));
    g_assert_true (fixture_device_call (&t.f, DISK, "Detach", g_variant_new ("(b)", TRUE), &error));
    tear_down (&t);
}

static void
test_machine_that_ends_meanwhile (void)
{
    Test t;

    set_up (&t);
    ask (&t);
    fixture_wait (&t.f, has_process, NULL);
    g_assert_true (vitrine_control_machine1_call_power_off_sync (t.f.machine, NULL, NULL));
    fixture_wait (&t.f, fixture_asker_is_answered, &t.asker);
    g_assert_nonnull (t.asker.error);
    fixture_wait_end (&t.f);
    g_assert_false (fixture_is_locked (t.image));
    tear_down (&t);
}

/* Whatever comes in place of a pipe with a passphrase is refused at once. */
static void
test_odd_descriptors (void)
{
    Test t;
    gint64 start_us;
    int writer, file, fds[4];

    set_up (&t);
    file = open (t.image, O_RDONLY | O_CLOEXEC);
    fds[0] = make_pipe ("", &writer); /* somebody may write into it yet */
    fds[1] = make_pipe ("no line", NULL);
    fds[2] = make_pipe ("", NULL);
    fds[3] = file;
    start_us = g_get_monotonic_time ();
    for (gsize i = 0; i < G_N_ELEMENTS (fds); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (attach_fd (&t, t.element, fds[i], 0, &error));
        g_assert_true (error->domain == VITRINE_ERROR);
        g_assert_nonnull (strstr (error->message, "passphrase"));
    }
    for (gint32 handle = -1; handle <= 1; handle++) {
        g_autoptr (GError) error = NULL;
        int fd = handle == 0 ? -1 : make_pipe (RIGHT, NULL);

        g_assert_null (attach_fd (&t, t.element, fd, handle, &error));
        g_assert_nonnull (error);
    }
    g_assert_cmpint (g_get_monotonic_time () - start_us, <, 3 * AT_ONCE_US);
    close (writer);
    assert_nothing_left (&t);
    tear_down (&t);
}

static void
test_disk_that_needs_none (void)
{
    Test t;
    g_autoptr (GError) error = NULL;
    g_autofree char *file = NULL, *element = NULL, *path = NULL;

    set_up (&t);
    file = fixture_make_image (&t.f, "more.img");
    element = g_strdup_printf (
        "<disk type='file'><source file='%s'/><target dev='vdb' bus='virtio'/></disk>", file);
    path = attach_fd (&t, element, make_pipe (RIGHT, NULL), 0, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (path, ==, DISK);
    tear_down (&t);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    vitrine_error_quark (); /* so that answers are of it */
    g_test_add_func ("/keeper/encrypted/comes-with-its-passphrase-and-goes", test_comes_and_goes);
    g_test_add_func ("/keeper/encrypted/needs-its-passphrase", test_needs_its_passphrase);
    g_test_add_func ("/keeper/encrypted/wrong-passphrase-is-told-as-at-start-and-leaves-nothing",
                     test_wrong_one_leaves_nothing);
    g_test_add_func ("/keeper/encrypted/all-else-is-answered-while-it-is-tried",
                     test_answers_meanwhile);
    g_test_add_func ("/keeper/encrypted/is-not-added-for-who-goes-away",
                     test_who_goes_takes_it_along);
    g_test_add_func ("/keeper/encrypted/is-given-up-for-who-asked-and-nobody-else",
                     test_who_thinks_better_of_it);
    g_test_add_func ("/keeper/encrypted/next-process-has-the-passphrase", test_next_process_has_it);
    g_test_add_func ("/keeper/encrypted/machine-that-ends-waits-for-no-passphrase",
                     test_machine_that_ends_meanwhile);
    g_test_add_func ("/keeper/encrypted/odd-descriptors-are-refused-at-once", test_odd_descriptors);
    g_test_add_func ("/keeper/encrypted/disk-that-needs-no-passphrase-comes-with-one",
                     test_disk_that_needs_none);
    return g_test_run ();
}
