/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-storage.c - what is behind disks that are not raw: its words, its life and its deaths. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-image.h"
#include "keeper-storage.h"
#include "vitrine-error.h"

#define PATIENCE_MS 30000
#define ALIAS       "virtio-disk0"

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
    char *folder, *program, *image;
    VitrineDefinitionDevice device;
    KeeperBacking backing;
    KeeperLog *log;
    KeeperStorage *storage;
    GString *warnings;
    guint n_peers, n_released;
    gboolean given_up;
    VitrineDefinitionServer server; /* of a server that is this program itself */
    int listener, connection;
} Fixture;

static void
peer (gpointer owner, const char *alias, int fd)
{
    Fixture *f = owner;

    g_assert_cmpstr (alias, ==, ALIAS);
    f->given_up = fd < 0;
    f->n_peers++;
    fd_close (&fd);
}

static void
warn (gpointer owner, const char *alias, const char *text)
{
    g_string_append_printf (((Fixture *) owner)->warnings, "%s\n", text);
}

static void
processes (gpointer owner)
{
}

static void
resized (gpointer owner, const char *alias, guint64 size_bytes)
{
}

static void
merging (gpointer owner, double fraction)
{
}

static void
released (gpointer owner, const char *alias, const char *source)
{
    Fixture *f = owner;

    g_assert_cmpstr (alias, ==, ALIAS);
    g_assert_cmpstr (source, ==, f->device.source);
    f->n_released++;
}

static const KeeperStorageOps ops = { peer, warn, processes, resized, merging, released };

static void
set_program (Fixture *f, const char *script)
{
    g_assert_true (
        g_file_set_contents_full (f->program, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_setenv ("VITRINE_STORAGE_DAEMON", f->program, TRUE);
}

/* One layer, of which nobody looks into the file. */
static void
make_image (Fixture *f)
{
    f->backing = (KeeperBacking){ .fd = -1, .rom_fd = -1, .image = g_new0 (KeeperImage, 1) };
    f->backing.image->n_layers = 1;
    f->backing.image->layers[0].format = VITRINE_DEFINITION_FORMAT_QCOW2;
    f->backing.image->layers[0].fd = open (f->image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (f->backing.image->layers[0].fd, >=, 0);
}

static void
set_up (Fixture *f, gconstpointer data)
{
    f->folder = g_dir_make_tmp ("vitrine-storage-XXXXXX", NULL);
    f->program = g_build_filename (f->folder, "daemon", NULL);
    f->image = g_build_filename (f->folder, "image", NULL);
    f->warnings = g_string_new (NULL);
    f->device = (VitrineDefinitionDevice){
        .kind = VITRINE_DEFINITION_DISK,
        .alias = (char *) ALIAS,
        .source = f->image,
        .format = VITRINE_DEFINITION_FORMAT_QCOW2,
        .detect_zeroes = "off",
    };
    make_image (f);
    f->log = keeper_log_open (f->folder, "log", 65536);
    f->storage = keeper_storage_new (f->folder, &ops, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_autofree char *log = g_build_filename (f->folder, "log", NULL);

    keeper_storage_free (f->storage);
    keeper_log_close (f->log);
    keeper_image_free (f->backing.image);
    fd_close (&f->backing.fd);
    g_unsetenv ("VITRINE_STORAGE_DAEMON");
    g_unlink (f->program);
    g_unlink (f->image);
    g_unlink (log);
    g_assert_cmpint (g_rmdir (f->folder), ==, 0); /* no socket is left */
    g_free (f->folder);
    g_free (f->program);
    g_free (f->image);
    g_string_free (f->warnings, TRUE);
}

static gboolean
too_long_cb (gpointer user_data)
{
    g_error ("what the test waits for does not come");
    return G_SOURCE_REMOVE;
}

static void
wait_for_peers (Fixture *f, guint n)
{
    guint timer = g_timeout_add (PATIENCE_MS, too_long_cb, NULL);

    while (f->n_peers < n)
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (timer);
    g_assert_cmpuint (f->n_peers, ==, n);
}

static GPid
the_process (Fixture *f)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));

    keeper_storage_add_processes (f->storage, pids);
    g_assert_cmpuint (pids->len, ==, 1);
    return (GPid) g_array_index (pids, guint32, 0);
}

static void
start (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    keeper_storage_start (f->storage, &f->device, &f->backing, f->log, PATIENCE_MS, &error);
    g_assert_no_error (error);
    g_assert_cmpint (f->backing.fd, >=, 0);
    g_assert_null (f->backing.image);
}

static void
test_words (Fixture *f, gconstpointer data)
{
    g_auto (GStrv) argv = NULL;
    KeeperImage image = { .n_layers = 2,
                          .layers = {
                              { .format = VITRINE_DEFINITION_FORMAT_QCOW2, .direct = TRUE },
                              { .format = VITRINE_DEFINITION_FORMAT_RAW, .is_block = TRUE } } };

    f->device.cache = VITRINE_DEFINITION_CACHE_WRITETHROUGH;
    f->device.detect_zeroes = "unmap";
    f->device.keeps_space = TRUE;
    argv = keeper_storage_arguments (&f->device, &image, "/x/qsd");
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
    wait_for_peers (f, 1);
    g_assert_false (f->given_up);
    g_assert_cmpint (the_process (f), !=, first);
    g_assert_nonnull (strstr (f->warnings->str, "was killed by signal 9"));
}

/* What the VMM says of one that is gone already is not about the next. */
static void
test_only_the_lost_one_is_ended (Fixture *f, gconstpointer data)
{
    GPid second;

    set_program (f, FAKE);
    start (f);
    keeper_storage_lost (f->storage, ALIAS, 0);
    wait_for_peers (f, 1);
    second = the_process (f);
    keeper_storage_lost (f->storage, ALIAS, 0);
    keeper_storage_lost (f->storage, "other", 1);
    g_assert_cmpint (kill (second, 0), ==, 0);
    keeper_storage_lost (f->storage, ALIAS, 1);
    wait_for_peers (f, 2);
    g_assert_cmpint (the_process (f), !=, second);
}

static void
test_is_given_up (Fixture *f, gconstpointer data)
{
    set_program (f, FAKE);
    start (f);
    set_program (f, FAKE_THAT_CANNOT);
    kill (the_process (f), SIGKILL);
    while (!f->given_up)
        wait_for_peers (f, f->n_peers + 1);
    g_assert_nonnull (strstr (f->warnings->str, "(It is all wrong)"));
    g_assert_nonnull (strstr (f->warnings->str, "does not work until"));
}

static void
test_cannot_be_opened (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *sentence =
        g_strdup_printf ("The disk “%s” cannot be opened: It is all wrong", f->image);

    set_program (f, FAKE_THAT_CANNOT);
    g_assert_false (
        keeper_storage_start (f->storage, &f->device, &f->backing, f->log, PATIENCE_MS, &error));
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
    g_assert_false (
        keeper_storage_start (f->storage, &f->device, &f->backing, f->log, PATIENCE_MS, &error));
    g_assert_true (g_str_has_suffix (error->message, ": it may not"));
}

static void
test_makes_no_socket (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    set_program (f, FAKE_THAT_CALLS);
    g_assert_false (
        keeper_storage_start (f->storage, &f->device, &f->backing, f->log, PATIENCE_MS, &error));
    g_assert_true (g_str_has_suffix (error->message, ": it may not"));
}

/* --- a server's disk --------------------------------------------------------------------------- */

static void
listen_as_server (Fixture *f)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    g_strlcpy (address.sun_path, f->server.socket, sizeof address.sun_path);
    f->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint (bind (f->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
    g_assert_cmpint (listen (f->listener, 4), ==, 0);
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
    f->server.socket = g_build_filename (f->folder, "server", NULL);
    f->device.server = &f->server;
    f->device.format = VITRINE_DEFINITION_FORMAT_RAW;
    f->device.source = (char *) "nbd+unix:///x?socket=/server";
    keeper_image_free (g_steal_pointer (&f->backing.image));
    listen_as_server (f);
    f->backing.image = keeper_image_open (&f->device, f->folder, 0, warnings, &error);
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
wait_for_warning (Fixture *f, const char *text)
{
    guint timer = g_timeout_add (PATIENCE_MS, too_long_cb, NULL);

    while (!strstr (f->warnings->str, text))
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (timer);
}

static void
test_server_words (Fixture *f, gconstpointer data)
{
    g_auto (GStrv) argv = NULL;

    open_server (f);
    argv = keeper_storage_arguments (&f->device, f->backing.image, "/x/qsd");
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
    wait_for_warning (f, "away (");
    g_assert_nonnull (strstr (f->warnings->str, "waits until it is back"));
    g_assert_cmpuint (f->n_peers, ==, 0);
    listen_as_server (f);
    wait_for_peers (f, 1);
    g_assert_false (f->given_up);
    g_assert_cmpint (the_process (f), !=, first);
    wait_for_warning (f, "is there again");
    accept_as_server (f);
    close_server (f);
}

/* It never is given up for good. */
static void
test_server_that_is_reported (Fixture *f, gconstpointer data)
{
    f->device.reports_errors = TRUE;
    open_server (f);
    set_program (f, FAKE);
    start (f);
    leave_as_server (f);
    wait_for_peers (f, 1);
    g_assert_true (f->given_up);
    g_assert_nonnull (strstr (f->warnings->str, "fails until it is back"));
    listen_as_server (f);
    wait_for_peers (f, 2);
    g_assert_false (f->given_up);
    keeper_storage_lost (f->storage, ALIAS, 1); /* the number of what was given up */
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
    g_assert_null (keeper_image_open (&f->device, f->folder, 0, warnings, &error));
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
    wait_for_warning (f, "away");
    g_assert_false (keeper_storage_remove (f->storage, ALIAS)); /* there is no process */
    listen_as_server (f);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (f->n_peers, ==, 0);
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
        keeper_storage_start (f->storage, &f->device, &f->backing, f->log, 200, &error));
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
    g_autofree char *in_its_way = g_build_filename (f->folder, "storage", NULL);
    guint timer = g_timeout_add (PATIENCE_MS, too_long_cb, NULL);

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
    g_assert_cmpuint (f->n_peers, ==, 0);
    g_rmdir (in_its_way);
    wait_for_peers (f, 1);
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
    f->device.server = &f->server;
    f->device.format = VITRINE_DEFINITION_FORMAT_RAW;
    f->device.source = (char *) "iscsi://127.0.0.1:1/iqn.2026-01.example:disk/7";
    keeper_image_free (g_steal_pointer (&f->backing.image));
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    f->connection = pair[0];
    f->backing.image = keeper_image_new_server (&f->device, pair[1]);
}

static void
test_target_words (Fixture *f, gconstpointer data)
{
    g_auto (GStrv) argv = NULL;

    open_target (f);
    f->device.read_only = TRUE;
    argv = keeper_storage_arguments (&f->device, f->backing.image, "/x/qsd");
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
    wait_for_warning (f, "is away"); /* it is watched here, whoever speaks on it */
    g_assert_cmpuint (f->n_peers, ==, 0);
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
        g_assert_false (keeper_storage_start (f->storage, &f->device, &f->backing, f->log,
                                              PATIENCE_MS, &error));
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

    g_setenv ("PATH", f->folder, TRUE);
    g_assert_false (
        keeper_storage_start (f->storage, &f->device, &f->backing, f->log, PATIENCE_MS, &error));
    g_setenv ("PATH", path, TRUE);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "qemu-system-common"));
}

static void
wait_for_release (Fixture *f)
{
    guint timer = g_timeout_add (PATIENCE_MS, too_long_cb, NULL);

    while (f->n_released == 0)
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (timer);
    g_assert_cmpuint (f->n_released, ==, 1);
    g_assert_false (keeper_storage_is_leaving (f->storage, f->device.source));
}

static void
test_ends_with_its_disk (Fixture *f, gconstpointer data)
{
    g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));
    GPid pid;

    set_program (f, FAKE);
    start (f);
    pid = the_process (f);
    g_assert_true (keeper_storage_remove (f->storage, ALIAS));
    g_assert_null (keeper_storage_get_source (f->storage, ALIAS));
    g_assert_true (keeper_storage_is_leaving (f->storage, f->device.source));
    g_assert_cmpint (the_process (f), ==, pid); /* it may write yet */
    wait_for_release (f);
    g_assert_cmpint (kill (pid, 0), ==, -1);
    keeper_storage_add_processes (f->storage, pids);
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
    g_assert_true (keeper_storage_remove (f->storage, ALIAS));
    g_assert_cmpint (g_get_monotonic_time () - start_us, <, G_USEC_PER_SEC / 4);
    g_assert_cmpint (kill (pid, 0), ==, 0);
    g_assert_cmpuint (f->n_released, ==, 0);
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
    g_assert_true (keeper_storage_remove (f->storage, ALIAS));
    keeper_storage_free (g_steal_pointer (&f->storage));
    g_assert_cmpint (kill (pid, 0), ==, -1);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (f->n_released, ==, 0);
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
