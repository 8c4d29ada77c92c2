/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-storage.c - what is behind disks that are not raw: its words, its life and its deaths. */
#include <glib/gstdio.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "storage-fixture.h"
#include "test-listen.h"
#include "test-wait.h"
#include "vitrine-error.h"

/* Answers the one question, and stays until it is told to go. */
#define FAKE                                                                                       \
    "#!/usr/bin/python3\n"                                                                         \
    "import socket, struct, sys, time\n"                                                           \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "while True: time.sleep(60)\n"
/* Opens its image anew, and what lies beside it. */
#define FAKE_THAT_IS_CURIOUS                                                                      \
    "#!/usr/bin/python3\n"                                                                        \
    "import os, sys\n"                                                                            \
    "os.open('/proc/self/fd/4', os.O_RDWR)\n"                                                     \
    "try:\n"                                                                                      \
    "    os.open(os.path.join(os.path.dirname(sys.argv[0]), 'log'), os.O_RDONLY)\n"               \
    "    sys.exit('it may')\n"                                                                    \
    "except PermissionError:\n"                                                                   \
    "    sys.exit('it may not')\n"
/* Wants to speak to somebody else. */
#define FAKE_THAT_CALLS                                                                            \
    "#!/usr/bin/python3\n"                                                                         \
    "import socket, sys\n"                                                                         \
    "for family in socket.AF_UNIX, socket.AF_INET, socket.AF_INET6:\n"                             \
    "    try:\n"                                                                                   \
    "        socket.socket(family)\n"                                                              \
    "        sys.exit('it may')\n"                                                                 \
    "    except PermissionError:\n"                                                                \
    "        pass\n"                                                                               \
    "sys.exit('it may not')\n"
#define FAKE_THAT_IS_SILENT                                                                        \
    "#!/usr/bin/python3\n"                                                                         \
    "import time\n"                                                                                \
    "while True: time.sleep(60)\n"
/* Answers the one question, and goes for nobody. */
#define FAKE_THAT_STAYS                                                                            \
    "#!/usr/bin/python3\n"                                                                         \
    "import signal, socket, struct, time\n"                                                        \
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"                                              \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "while True: time.sleep(60)\n"
#define FAKE_THAT_CANNOT                                                                           \
    "#!/bin/sh\n"                                                                                  \
    "echo 'qemu-storage-daemon: --blockdev {\"a\":\"}\"}: It is all wrong' >&2\n"                  \
    "exit 1\n"

typedef struct {
    StorageFixture s;
    VitrineDefinitionServer server; /* of a server that is this program itself */
    int listener, connection;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    storage_fixture_set_up (&f->s);
    storage_fixture_make_image (&f->s, VITRINE_DEFINITION_FORMAT_QCOW2);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    storage_fixture_tear_down (&f->s);
}

static void
set_program (Fixture *f, const char *script)
{
    storage_fixture_set_program (&f->s, script);
}

/* --- waiting ----------------------------------------------------------------------------------- */

static gboolean
has_peer (gpointer data)
{
    return ((Fixture *) data)->s.n_peers > 0;
}

static gboolean
has_two_peers (gpointer data)
{
    return ((Fixture *) data)->s.n_peers > 1;
}

static gboolean
is_given_up (gpointer data)
{
    Fixture *f = data;

    return f->s.n_peers > 0 && f->s.peer < 0;
}

static gboolean
is_released (gpointer data)
{
    return ((Fixture *) data)->s.n_released > 0;
}

static gboolean
is_away (gpointer data)
{
    return strstr (((Fixture *) data)->s.warnings->str, "is away") != NULL;
}

static gboolean
is_there_again (gpointer data)
{
    return strstr (((Fixture *) data)->s.warnings->str, "is there again") != NULL;
}

static GPid
the_process (Fixture *f)
{
    GPid pid = storage_fixture_process (&f->s);

    g_assert_cmpint (pid, >, 0);
    return pid;
}

static void
start (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    storage_fixture_start (&f->s, &error);
    g_assert_no_error (error);
    g_assert_cmpint (f->s.backing.fd, >=, 0);
    g_assert_null (f->s.backing.image);
}

static void
test_words (Fixture *f, gconstpointer data)
{
    g_auto (GStrv) argv = NULL;
    KeeperImage image = { .n_layers = 2,
                          .layers = {
                              { .format = VITRINE_DEFINITION_FORMAT_QCOW2, .direct = TRUE },
                              { .format = VITRINE_DEFINITION_FORMAT_RAW, .is_block = TRUE } } };

    f->s.device.cache = VITRINE_DEFINITION_CACHE_WRITETHROUGH;
    f->s.device.detect_zeroes = "unmap";
    f->s.device.keeps_space = TRUE;
    argv = keeper_storage_arguments (&f->s.device, &image, "/x/qsd");
    g_assert_cmpuint (g_strv_length (argv), ==, 9);
    g_assert_cmpstr (argv[0], ==, "/x/qsd");
    g_assert_cmpstr (argv[1], ==, "--blockdev");
    g_assert_cmpstr (
        argv[2], ==,
        "{\"driver\":\"qcow2\",\"node-name\":\"disk\",\"detect-zeroes\":\"on\",\"read-only\":false,"
        "\"discard\":\"ignore\",\"cache\":{\"direct\":true,\"no-flush\":false},\"file\":{"
        "\"driver\":"
        "\"file\",\"filename\":\"/proc/self/fd/4\",\"locking\":\"off\",\"aio\":\"threads\","
        "\"read-only\":false,\"discard\":\"ignore\",\"cache\":{\"direct\":true,\"no-flush\":false}}"
        ","
        "\"backing\":{\"driver\":\"raw\",\"node-name\":\"layer1\",\"read-only\":true,\"discard\":"
        "\"ignore\",\"cache\":"
        "{\"direct\":false,\"no-flush\":false},\"file\":{\"driver\":\"host_device\",\"filename\":"
        "\"/proc/self/fd/5\",\"locking\":\"off\",\"aio\":\"threads\",\"read-only\":true,"
        "\"discard\":\"ignore\",\"cache\":{\"direct\":false,\"no-flush\":false}}}}");
    g_assert_cmpstr (argv[4], ==,
                     "{\"type\":\"vhost-user-blk\",\"id\":\"disk\",\"node-name\":\"disk\",\"addr\":"
                     "{\"type\":\"fd\",\"str\":\"3\"},\"writable\":true,\"writethrough\":true}");
    g_assert_cmpstr (argv[6], ==, "socket,id=qmp,fd=6");
}

static void
test_dies_and_is_replaced (Fixture *f, gconstpointer data)
{
    GPid first;

    set_program (f, FAKE);
    start (f);
    first = the_process (f);
    kill (first, SIGKILL);
    test_wait (has_peer, f);
    g_assert_cmpint (f->s.peer, >=, 0);
    g_assert_cmpint (the_process (f), !=, first);
    g_assert_nonnull (strstr (f->s.warnings->str, "was killed by signal 9"));
}

/* What the VMM says of one that is gone already is not about the next. */
static void
test_only_the_lost_one_is_ended (Fixture *f, gconstpointer data)
{
    GPid second;

    set_program (f, FAKE);
    start (f);
    keeper_storage_lost (f->s.storage, STORAGE_ALIAS, 0);
    test_wait (has_peer, f);
    second = the_process (f);
    keeper_storage_lost (f->s.storage, STORAGE_ALIAS, 0);
    keeper_storage_lost (f->s.storage, "other", 1);
    g_assert_cmpint (kill (second, 0), ==, 0);
    keeper_storage_lost (f->s.storage, STORAGE_ALIAS, 1);
    test_wait (has_two_peers, f);
    g_assert_cmpint (the_process (f), !=, second);
}

static void
test_is_given_up (Fixture *f, gconstpointer data)
{
    set_program (f, FAKE);
    start (f);
    set_program (f, FAKE_THAT_CANNOT);
    kill (the_process (f), SIGKILL);
    test_wait (is_given_up, f);
    g_assert_nonnull (strstr (f->s.warnings->str, "(It is all wrong)"));
    g_assert_nonnull (strstr (f->s.warnings->str, "does not work until"));
}

static void
test_cannot_be_opened (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *sentence =
        g_strdup_printf ("The disk “%s” cannot be opened: It is all wrong", f->s.image);

    set_program (f, FAKE_THAT_CANNOT);
    g_assert_false (storage_fixture_start (&f->s, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_cmpstr (error->message, ==, sentence);
}

static void
test_opens_nothing_else (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    if (syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        g_test_skip ("this kernel has no landlock");
        return;
    }
    set_program (f, FAKE_THAT_IS_CURIOUS);
    g_assert_false (storage_fixture_start (&f->s, &error));
    g_assert_true (g_str_has_suffix (error->message, ": it may not"));
}

static void
test_makes_no_socket (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    set_program (f, FAKE_THAT_CALLS);
    g_assert_false (storage_fixture_start (&f->s, &error));
    g_assert_true (g_str_has_suffix (error->message, ": it may not"));
}

/* --- a server's disk --------------------------------------------------------------------------- */

static void
listen_as_server (Fixture *f)
{
    f->listener = test_listen (f->server.socket);
}

/* No new connection is answered, and the one there is ends. */
static void
leave_as_server (Fixture *f)
{
    fd_close (&f->connection);
    fd_close (&f->listener);
    g_unlink (f->server.socket);
}

static void
accept_as_server (Fixture *f)
{
    f->connection = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint (f->connection, >=, 0);
}

static void
open_server (Fixture *f)
{
    g_autoptr (GPtrArray) warnings = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;

    f->listener = f->connection = -1;
    f->server.name = (char *) "a\"b";
    f->server.socket = g_build_filename (f->s.folder, "server", NULL);
    f->s.device.server = &f->server;
    f->s.device.format = VITRINE_DEFINITION_FORMAT_RAW;
    f->s.device.source = (char *) "nbd+unix:///x?socket=/server";
    keeper_image_free (g_steal_pointer (&f->s.backing.image));
    listen_as_server (f);
    f->s.backing.image = keeper_image_open (&f->s.device, f->s.folder, 0, warnings, &error);
    g_assert_no_error (error);
    accept_as_server (f);
}

static void
close_server (Fixture *f)
{
    leave_as_server (f);
    g_clear_pointer (&f->server.socket, g_free);
}

static void
test_server_words (Fixture *f, gconstpointer data)
{
    g_auto (GStrv) argv = NULL;

    open_server (f);
    argv = keeper_storage_arguments (&f->s.device, f->s.backing.image, "/x/qsd");
    g_assert_cmpstr (argv[2], ==,
                     "{\"driver\":\"raw\",\"node-name\":\"disk\",\"detect-zeroes\":\"off\","
                     "\"read-only\":false,\"discard\":\"unmap\",\"cache\":{\"direct\":false,"
                     "\"no-flush\":false},\"file\":{\"driver\":\"nbd\",\"server\":{\"type\":"
                     "\"fd\",\"str\":\"4\"},\"export\":\"a\\\"b\",\"reconnect-delay\":3600,"
                     "\"read-only\":false,\"discard\":\"unmap\",\"cache\":{\"direct\":false,"
                     "\"no-flush\":false}}}");
    close_server (f);
}

/* The next process gets the next connection, and the guest never hears of it. */
static void
test_server_comes_back (Fixture *f, gconstpointer data)
{
    GPid first;

    open_server (f);
    set_program (f, FAKE);
    start (f);
    first = the_process (f);
    leave_as_server (f);
    test_wait (is_away, f);
    g_assert_nonnull (strstr (f->s.warnings->str, "waits until it is back"));
    g_assert_cmpuint (f->s.n_peers, ==, 0);
    listen_as_server (f);
    test_wait (has_peer, f);
    g_assert_cmpint (f->s.peer, >=, 0);
    g_assert_cmpint (the_process (f), !=, first);
    test_wait (is_there_again, f);
    accept_as_server (f);
    close_server (f);
}

/* It never is given up for good. */
static void
test_server_that_is_reported (Fixture *f, gconstpointer data)
{
    f->s.device.reports_errors = TRUE;
    open_server (f);
    set_program (f, FAKE);
    start (f);
    leave_as_server (f);
    test_wait (has_peer, f);
    g_assert_cmpint (f->s.peer, ==, -1);
    g_assert_nonnull (strstr (f->s.warnings->str, "fails until it is back"));
    listen_as_server (f);
    test_wait (has_two_peers, f);
    g_assert_cmpint (f->s.peer, >=, 0);
    keeper_storage_lost (f->s.storage, STORAGE_ALIAS, 1); /* the number of what was given up */
    g_assert_cmpint (kill (the_process (f), 0), ==, 0);
    close_server (f);
}

static void
test_server_that_is_not_there (Fixture *f, gconstpointer data)
{
    g_autoptr (GPtrArray) warnings = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;

    open_server (f);
    leave_as_server (f);
    g_assert_null (keeper_image_open (&f->s.device, f->s.folder, 0, warnings, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_true (g_str_has_prefix (
        error->message,
        "The server of the disk “nbd+unix:///x?socket=/server” cannot be reached: "));
    close_server (f);
}

static void
test_server_of_a_disk_that_goes (Fixture *f, gconstpointer data)
{
    open_server (f);
    set_program (f, FAKE);
    start (f);
    leave_as_server (f);
    test_wait (is_away, f);
    g_assert_false (keeper_storage_remove (f->s.storage, STORAGE_ALIAS)); /* there is no process */
    listen_as_server (f);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (f->s.n_peers, ==, 0);
    close_server (f);
}

/* It took the connection, and says nothing. */
static void
test_server_that_is_silent (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    gint64 start_us = g_get_monotonic_time ();

    open_server (f);
    set_program (f, FAKE_THAT_IS_SILENT);
    g_assert_false (
        keeper_storage_start (f->s.storage, &f->s.device, &f->s.backing, f->s.log, 200, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (
        error->message, ==,
        "The server of the disk “nbd+unix:///x?socket=/server” takes the connection, "
        "but does not offer the disk within 1 seconds; make sure that an NBD server is "
        "at that address, and try again");
    g_assert_cmpint (g_get_monotonic_time () - start_us, <, 10 * G_USEC_PER_SEC);
    close_server (f);
}

/* Each try has a connection of its own, and gives it back. */
static void
test_server_without_a_process (Fixture *f, gconstpointer data)
{
    g_autofree char *in_its_way = g_build_filename (f->s.folder, "storage", NULL);
    guint timer = g_timeout_add (TEST_PATIENCE_MS, test_too_long_cb, NULL);

    open_server (f);
    set_program (f, FAKE);
    start (f);
    g_assert_cmpint (g_mkdir (in_its_way, 0700), ==, 0); /* where its socket is to be */
    fd_close (&f->connection);
    for (guint i = 0; i < 3; i++) {
        struct pollfd next = { .fd = f->listener, .events = POLLIN };
        char byte;

        while (poll (&next, 1, 0) == 0)
            g_main_context_iteration (NULL, FALSE);
        accept_as_server (f);
        while (recv (f->connection, &byte, 1, MSG_DONTWAIT) != 0)
            g_main_context_iteration (NULL, FALSE);
        fd_close (&f->connection);
    }
    g_source_remove (timer);
    g_assert_cmpuint (f->s.n_peers, ==, 0);
    g_rmdir (in_its_way);
    test_wait (has_peer, f);
    close_server (f);
}

/* --- a target's disk, whose library makes its connection itself --------------------------------- */

/* Any address is the one connection, which is not closed by whoever wants another; there is no other kind of socket. */
#define FAKE_THAT_CONNECTS                                                                         \
    "#!/usr/bin/python3\n"                                                                         \
    "import os, socket, struct, time\n"                                                            \
    "for address in ('192.0.2.1', 1), ('192.0.2.2', 2):\n"                                         \
    "    one = socket.socket()\n"                                                                  \
    "    one.connect(address); one.send(b'hello'); one.close()\n"                                  \
    "try:\n"                                                                                       \
    "    os.write(0, socket.socket(socket.AF_UNIX) and b'it may')\n"                               \
    "except PermissionError:\n"                                                                    \
    "    os.write(0, b'may not')\n"                                                                \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "time.sleep(3600)\n"

static void
open_target (Fixture *f)
{
    int pair[2];

    f->server = (VitrineDefinitionServer){ .protocol = VITRINE_DEFINITION_ISCSI,
                                           .host = (char *) "127.0.0.1",
                                           .port = 1,
                                           .name = (char *) "iqn.2026-01.example:disk",
                                           .lun = 7 };
    f->s.device.server = &f->server;
    f->s.device.format = VITRINE_DEFINITION_FORMAT_RAW;
    f->s.device.source = (char *) "iscsi://127.0.0.1:1/iqn.2026-01.example:disk/7";
    keeper_image_free (g_steal_pointer (&f->s.backing.image));
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    f->connection = pair[0];
    f->s.backing.image = keeper_image_new_server (&f->s.device, pair[1]);
}

static void
test_target_words (Fixture *f, gconstpointer data)
{
    g_auto (GStrv) argv = NULL;

    open_target (f);
    f->s.device.read_only = TRUE;
    argv = keeper_storage_arguments (&f->s.device, f->s.backing.image, "/x/qsd");
    g_assert_cmpstr (argv[2], ==,
                     "{\"driver\":\"raw\",\"node-name\":\"disk\",\"detect-zeroes\":\"off\","
                     "\"read-only\":true,\"discard\":\"unmap\",\"cache\":{\"direct\":false,"
                     "\"no-flush\":false},\"file\":{\"driver\":\"iscsi\",\"transport\":\"tcp\","
                     "\"portal\":\"127.0.0.1\",\"target\":\"iqn.2026-01.example:disk\",\"lun\":7,"
                     "\"initiator-name\":\"iqn.2008-11.org.linux-kvm\",\"read-only\":true,"
                     "\"discard\":\"unmap\",\"cache\":{\"direct\":false,\"no-flush\":false}}}");
    fd_close (&f->connection);
}

static void
test_target_connection (Fixture *f, gconstpointer data)
{
    static const char expected[] = "hellohellomay not";
    char said[sizeof expected] = "";

    open_target (f);
    set_program (f, FAKE_THAT_CONNECTS);
    start (f);
    g_assert_cmpint (recv (f->connection, said, sizeof said - 1, MSG_WAITALL), ==,
                     (int) sizeof said - 1);
    g_assert_cmpstr (said, ==, expected);
    fd_close (&f->connection);
    test_wait (is_away, f); /* it is watched here, whoever speaks on it */
    g_assert_cmpuint (f->s.n_peers, ==, 0);
}

/* What a target's process complains of is said in words that tell what to do. */
static void
test_target_complaints (Fixture *f, gconstpointer data)
{
    static const struct {
        const char *complaint;
        int code;
        const char *sentence;
    } cases[] = {
        { "Cannot open a write protected LUN as read-write", VITRINE_ERROR_DENIED, "read-only" },
        { "Status: Authentication failure(513)", VITRINE_ERROR_DENIED,
          "initiator's name, iqn.2008-11.org.linux-kvm" },
        { "Unknown driver 'iscsi'", VITRINE_ERROR_UNSUPPORTED, "qemu-block-extra" },
        { "Status: Target not found(515)", VITRINE_ERROR_INVALID, "Target not found(515)" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *script =
            g_strdup_printf ("#!/bin/sh\necho \"x: {}: %s\" >&2\nexit 1\n", cases[i].complaint);
        g_autoptr (GError) error = NULL;

        open_target (f);
        set_program (f, script);
        g_assert_false (storage_fixture_start (&f->s, &error));
        g_assert_error (error, VITRINE_ERROR, cases[i].code);
        g_assert_nonnull (strstr (error->message, cases[i].sentence));
        fd_close (&f->connection);
    }
}

/* --- the rest ---------------------------------------------------------------------------------- */

static void
test_is_not_installed (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_strdup (g_getenv ("PATH"));

    g_setenv ("PATH", f->s.folder, TRUE);
    g_assert_false (storage_fixture_start (&f->s, &error));
    g_setenv ("PATH", path, TRUE);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "qemu-system-common"));
}

static void
wait_for_release (Fixture *f)
{
    test_wait (is_released, f);
    g_assert_cmpuint (f->s.n_released, ==, 1);
    g_assert_false (keeper_storage_is_leaving (f->s.storage, f->s.device.source));
}

static void
test_ends_with_its_disk (Fixture *f, gconstpointer data)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));
    GPid pid;

    set_program (f, FAKE);
    start (f);
    pid = the_process (f);
    g_assert_true (keeper_storage_remove (f->s.storage, STORAGE_ALIAS));
    g_assert_null (keeper_storage_get_source (f->s.storage, STORAGE_ALIAS));
    g_assert_true (keeper_storage_is_leaving (f->s.storage, f->s.device.source));
    g_assert_cmpint (the_process (f), ==, pid); /* it may write yet */
    wait_for_release (f);
    g_assert_cmpint (kill (pid, 0), ==, -1);
    keeper_storage_add_processes (f->s.storage, pids);
    g_assert_cmpuint (pids->len, ==, 0);
}

/* As that of a server that says nothing any more. */
static void
test_stays_when_its_disk_goes (Fixture *f, gconstpointer data)
{
    gint64 start_us;
    GPid pid;

    open_server (f);
    set_program (f, FAKE_THAT_STAYS);
    start (f);
    pid = the_process (f);
    start_us = g_get_monotonic_time ();
    g_assert_true (keeper_storage_remove (f->s.storage, STORAGE_ALIAS));
    g_assert_cmpint (g_get_monotonic_time () - start_us, <, G_USEC_PER_SEC / 4);
    g_assert_cmpint (kill (pid, 0), ==, 0);
    g_assert_cmpuint (f->s.n_released, ==, 0);
    wait_for_release (f);
    g_assert_cmpint (g_get_monotonic_time () - start_us, >=, G_USEC_PER_SEC / 2);
    g_assert_cmpint (kill (pid, 0), ==, -1);
    close_server (f);
}

/* Nobody is told of it any more. */
static void
test_all_end_while_one_leaves (Fixture *f, gconstpointer data)
{
    GPid pid;

    set_program (f, FAKE);
    start (f);
    pid = the_process (f);
    g_assert_true (keeper_storage_remove (f->s.storage, STORAGE_ALIAS));
    keeper_storage_free (g_steal_pointer (&f->s.storage));
    g_assert_cmpint (kill (pid, 0), ==, -1);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (f->s.n_released, ==, 0);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *promise;
        void (*test) (Fixture *f, gconstpointer data);
    } tests[] = {
        { "/keeper/storage/words", test_words },
        { "/keeper/storage/dies-and-is-replaced", test_dies_and_is_replaced },
        { "/keeper/storage/only-the-lost-one-is-ended", test_only_the_lost_one_is_ended },
        { "/keeper/storage/one-that-never-comes-up-is-given-up", test_is_given_up },
        { "/keeper/storage/image-that-cannot-be-opened", test_cannot_be_opened },
        { "/keeper/storage/opens-nothing-but-its-image", test_opens_nothing_else },
        { "/keeper/storage/makes-no-socket", test_makes_no_socket },
        { "/keeper/storage/server-words", test_server_words },
        { "/keeper/storage/server-that-comes-back", test_server_comes_back },
        { "/keeper/storage/server-whose-absence-is-reported", test_server_that_is_reported },
        { "/keeper/storage/server-that-is-not-there", test_server_that_is_not_there },
        { "/keeper/storage/server-that-says-nothing", test_server_that_is_silent },
        { "/keeper/storage/server-gets-back-what-no-process-has", test_server_without_a_process },
        { "/keeper/storage/server-of-a-disk-that-goes", test_server_of_a_disk_that_goes },
        { "/keeper/storage/target-words", test_target_words },
        { "/keeper/storage/target-gets-the-one-connection", test_target_connection },
        { "/keeper/storage/target-that-complains", test_target_complaints },
        { "/keeper/storage/program-that-is-not-installed", test_is_not_installed },
        { "/keeper/storage/ends-with-its-disk", test_ends_with_its_disk },
        { "/keeper/storage/one-that-stays-is-not-waited-for", test_stays_when_its_disk_goes },
        { "/keeper/storage/all-end-while-one-leaves", test_all_end_while_one_leaves },
    };

    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
        g_test_add (tests[i].promise, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run ();
}
