/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-silent.c - a server's disk that is to come to a machine that runs, while its server says nothing. */
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-fixture-asker.h"
#include "keeper-fixture-devices.h"
#include "test-listen.h"
#include "vitrine-error.h"

#define DISK       "/org/vitrine/devices/virtio_2ddisk1"
#define AT_ONCE_US G_USEC_PER_SEC /* a server's patience is ten times that */

/* Has the connection, and never says that it has the disk. */
#define SILENT                                                                                     \
    "#!/usr/bin/python3\n"                                                                         \
    "import time\n"                                                                                \
    "while True: time.sleep(60)\n"

/* Has the disk, and does not end, as a server that says nothing any more makes one. */
#define STAYS                                                                                      \
    "#!/usr/bin/python3\n"                                                                         \
    "import signal, socket, struct, time\n"                                                        \
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"                                              \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "while True: time.sleep(60)\n"

typedef struct {
    Fixture f;
    char *socket_path, *program, *element;
    int listener, connection, waiting[TEST_DEAF_WAITING];
    FixtureAsker asker;
} Server;

/* As an NBD server that accepts, or has no room for, connections. */
static void
set_up (Server *self, const char *keeper)
{
    *self = (Server){ .listener = -1, .connection = -1 };
    fd_init_all (self->waiting, TEST_DEAF_WAITING);
    fixture_set_up (&self->f);
    if (keeper) {
        g_free (self->f.keeper);
        self->f.keeper = g_strdup (keeper);
    }
    self->socket_path = g_build_filename (self->f.root, "server", NULL);
    self->program = g_build_filename (self->f.root, "daemon", NULL);
    g_assert_true (
        g_file_set_contents_full (self->program, SILENT, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    fixture_set_env (&self->f, "VITRINE_STORAGE_DAEMON", self->program);
    self->listener = test_listen (self->socket_path);
    self->element = g_strdup_printf (
        "<disk type='network'><source protocol='nbd' name='x'><host transport='unix' socket='%s'/>"
        "</source><target dev='vdb'/></disk>",
        self->socket_path);
    fixture_run (&self->f);
    fixture_asker_set_up (&self->asker, &self->f);
}

/* A port at which no more connections can wait takes the place of the server. */
static void
be_deaf (Server *self)
{
    guint port;

    close (self->listener);
    self->listener = test_listen_deaf (self->waiting, &port);
    g_free (self->element);
    self->element = g_strdup_printf (
        "<disk type='network'><source protocol='nbd' name='x'><host name='127.0.0.1' port='%u'/>"
        "</source><target dev='vdb'/></disk>",
        port);
}

static void
tear_down (Server *self)
{
    fixture_asker_tear_down (&self->asker);
    close (self->listener);
    if (self->connection >= 0)
        close (self->connection);
    fd_close_all (self->waiting, TEST_DEAF_WAITING);
    g_unlink (self->socket_path);
    g_unlink (self->program);
    g_free (self->socket_path);
    g_free (self->program);
    g_free (self->element);
    fixture_tear_down (&self->f);
}

static void
ask (Server *self)
{
    fixture_asker_ask (&self->asker, "/org/vitrine/Machine", "org.vitrine.Machine1.Attach",
                       g_variant_new ("(s)", self->element), NULL);
}

/* Until the keeper is connected. */
static void
accept_one (Server *self)
{
    g_dbus_connection_flush_sync (self->asker.connection, NULL, NULL);
    self->connection = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint (self->connection, >=, 0);
}

static gboolean
has_hung_up (Fixture *f, gconstpointer data)
{
    char byte;

    return recv (((const Server *) data)->connection, &byte, 1, MSG_DONTWAIT) == 0;
}

static char *
attach_file (gpointer server, GError **error)
{
    Server *self = server;
    g_autofree char *file = fixture_make_image (&self->f, "more.img");
    g_autofree char *element = g_strdup_printf (
        "<disk type='file'><source file='%s'/><target dev='vdb' bus='virtio'/></disk>", file);
    char *path = NULL;

    vitrine_control_machine1_call_attach_sync (self->f.machine, element, &path, NULL, error);
    return path;
}

/* Who asked is gone, and so is what he asked for. */
static void
assert_forgotten (Server *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    GError *busy = NULL;

    do { /* the keeper hears of it in its own time */
        g_clear_error (&busy);
        path = attach_file (self, &busy);
    } while (g_error_matches (busy, VITRINE_ERROR, VITRINE_ERROR_BUSY));
    g_assert_no_error (busy);
    g_assert_cmpstr (path, ==, DISK); /* its name is free again */
    fixture_wait (&self->f, fixture_has_device, "virtio-disk1");
}

static void
test_answers_meanwhile (void)
{
    Server s;

    set_up (&s, NULL);
    ask (&s);
    accept_one (&s);
    fixture_asker_assert_waits (&s.asker, &s.f, attach_file, &s, AT_ONCE_US);
    tear_down (&s);
}

static void
test_who_goes_takes_it_along (void)
{
    Server s;

    set_up (&s, NULL);
    ask (&s);
    accept_one (&s);
    g_dbus_connection_close_sync (s.asker.connection, NULL, NULL);
    fixture_wait (&s.f, has_hung_up, &s); /* the process and the keeper have let go */
    assert_forgotten (&s);
    tear_down (&s);
}

static void
test_who_goes_while_nobody_answers (void)
{
    Server s;

    set_up (&s, NULL);
    be_deaf (&s);
    ask (&s);
    g_dbus_connection_flush_sync (s.asker.connection, NULL, NULL);
    g_dbus_connection_close_sync (s.asker.connection, NULL, NULL);
    assert_forgotten (&s);
    tear_down (&s);
}

static void
test_says_in_the_end_what_is_wrong (void)
{
    Server s;

    set_up (&s, HASTY_KEEPER);
    ask (&s);
    accept_one (&s);
    fixture_wait (&s.f, fixture_asker_is_answered, &s.asker);
    g_assert_error (s.asker.error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (s.asker.error->message, "does not offer the disk within 1 seconds"));
    g_clear_error (&s.asker.error);
    be_deaf (&s);
    ask (&s);
    fixture_wait (&s.f, fixture_asker_is_answered, &s.asker);
    g_assert_error (s.asker.error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (s.asker.error->message, "does not answer within 1 seconds"));
    assert_forgotten (&s);
    tear_down (&s);
}

static void
test_machine_that_ends_meanwhile (void)
{
    Server s;

    set_up (&s, NULL);
    ask (&s);
    accept_one (&s);
    g_assert_true (vitrine_control_machine1_call_power_off_sync (s.f.machine, NULL, NULL));
    fixture_wait (&s.f, fixture_asker_is_answered, &s.asker);
    g_assert_nonnull (s.asker.error);
    fixture_wait_end (&s.f);
    fixture_wait (&s.f, has_hung_up, &s);
    tear_down (&s);
}

static gboolean
has_process (Fixture *f, gconstpointer data)
{
    return fixture_process (f, 2) != 0;
}

/* Takes the disk away, which the machine has, and waits until it is gone from there. */
static void
take_away (Server *self)
{
    g_autofree char *path = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (self->program, STAYS, -1, NULL));
    g_assert_cmpint (g_chmod (self->program, 0700), ==, 0);
    vitrine_control_machine1_call_attach_sync (self->f.machine, self->element, &path, NULL, &error);
    g_assert_no_error (error);
    fixture_wait (&self->f, has_process, NULL);
    fixture_wait (&self->f, fixture_has_device, "virtio-disk1");
    self->asker.may_succeed = TRUE;
    fixture_asker_ask (&self->asker, DISK, "org.vitrine.Device1.Detach",
                       g_variant_new ("(b)", TRUE), NULL);
    fixture_wait (&self->f, fixture_has_no_device, "virtio-disk1");
}

static void
test_taken_away (void)
{
    Server s;
    gint64 start_us;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL, *other = NULL;
    guint pid;

    set_up (&s, NULL);
    start_us = g_get_monotonic_time ();
    take_away (&s);
    pid = fixture_process (&s.f, 2);
    g_assert_true (vitrine_control_machine1_call_pause_sync (s.f.machine, NULL, NULL));
    g_assert_true (vitrine_control_machine1_call_resume_sync (s.f.machine, NULL, NULL));
    vitrine_control_machine1_call_attach_sync (s.f.machine, s.element, &path, NULL, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_nonnull (strstr (error->message, "still written to"));
    g_clear_error (&error);
    other = attach_file (&s, &error); /* its name and place are free */
    g_assert_no_error (error);
    g_assert_cmpstr (other, ==, DISK);
    g_assert_false (fixture_is_gone (&s.f, GUINT_TO_POINTER (pid)));
    g_assert_false (s.asker.answered);
    fixture_wait (&s.f, fixture_asker_is_answered, &s.asker);
    g_assert_no_error (s.asker.error);
    g_assert_true (fixture_is_gone (&s.f, GUINT_TO_POINTER (pid)));
    g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 5 * G_USEC_PER_SEC);
    g_assert_true (fixture_has_device (&s.f, "virtio-disk1"));
    tear_down (&s);
}

static void
test_machine_that_ends_without_it (void)
{
    Server s;

    set_up (&s, NULL);
    take_away (&s);
    g_assert_true (vitrine_control_machine1_call_power_off_sync (s.f.machine, NULL, NULL));
    fixture_wait (&s.f, fixture_asker_is_answered, &s.asker);
    fixture_wait_end (&s.f);
    tear_down (&s);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    vitrine_error_quark (); /* so that answers are of it */
    g_test_add_func ("/keeper/silent/all-else-is-answered-while-it-says-nothing",
                     test_answers_meanwhile);
    g_test_add_func ("/keeper/silent/disk-is-not-added-for-who-goes-away",
                     test_who_goes_takes_it_along);
    g_test_add_func ("/keeper/silent/connection-is-given-up-for-who-goes-away",
                     test_who_goes_while_nobody_answers);
    g_test_add_func ("/keeper/silent/what-is-wrong-is-said-in-the-end",
                     test_says_in_the_end_what_is_wrong);
    g_test_add_func ("/keeper/silent/machine-that-ends-waits-for-no-server",
                     test_machine_that_ends_meanwhile);
    g_test_add_func ("/keeper/silent/disk-that-is-taken-away-holds-nobody-up", test_taken_away);
    g_test_add_func ("/keeper/silent/machine-ends-while-a-disk-leaves",
                     test_machine_that_ends_without_it);
    return g_test_run ();
}
