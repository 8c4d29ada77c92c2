/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-nbd.c - disks that a server has: how long one waits for it, who has which, and until when. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-server.h"
#include "keeper-private.h"
#include "test-descriptors.h"
#include "test-listen.h"
#include "vitrine-error.h"

#define PATIENCE_MS 30000
#define SOURCE      "nbd+unix:///disk?socket=/server"

/* Answers the one question; when it is to end it tells the server, which has the last word. */
#define FAKE                                                                                       \
    "#!/usr/bin/python3\n"                                                                         \
    "import os, signal, socket, struct\n"                                                          \
    "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"                                 \
    "peer = socket.socket(fileno=3).accept()[0]\n"                                                 \
    "peer.recv(12)\n"                                                                              \
    "peer.send(struct.pack('<IIIQ', 1, 5, 8, 0))\n"                                                \
    "signal.sigwait([signal.SIGTERM])\n"                                                           \
    "os.set_blocking(4, True)\n"                                                                   \
    "os.write(4, b'w')\n"                                                                          \
    "os.read(4, 1)\n"

typedef struct {
    char *folder;
    VitrineDefinitionServer server;
    VitrineDefinitionDevice disks[2];
    GPtrArray *devices, *warnings;
    KeeperFiles files;
    int listener;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    f->folder = g_dir_make_tmp ("vitrine-nbd-XXXXXX", NULL);
    f->server.socket = g_build_filename (f->folder, "server", NULL);
    f->server.name = (char *) "disk";
    f->devices = g_ptr_array_new ();
    f->warnings = g_ptr_array_new_with_free_func (g_free);
    for (gsize i = 0; i < G_N_ELEMENTS (f->disks); i++) {
        f->disks[i] = (VitrineDefinitionDevice){
            .kind = VITRINE_DEFINITION_DISK,
            .alias = (char *) "virtio-disk0",
            .target = (char *) (i == 0 ? "vda" : "vdb"),
            .source = (char *) SOURCE,
            .server = &f->server,
            .format = VITRINE_DEFINITION_FORMAT_RAW,
            .detect_zeroes = "off",
        };
        g_ptr_array_add (f->devices, &f->disks[i]);
    }
    keeper_files_init (&f->files);
    f->listener = test_listen (f->server.socket);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    keeper_files_clear (&f->files);
    g_ptr_array_unref (f->devices);
    g_ptr_array_unref (f->warnings);
    fd_close (&f->listener);
    g_unlink (f->server.socket);
    g_assert_cmpint (g_rmdir (f->folder), ==, 0);
    g_free (f->server.socket);
    g_free (f->folder);
}

/* --- how long -------------------------------------------------------------------------------- */

static void
test_no_answer (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    int waiting[TEST_DEAF_WAITING];
    VitrineDefinitionServer deaf = { .host = (char *) "127.0.0.1", .name = (char *) "x" };
    int listener = test_listen_deaf (waiting, &deaf.port);
    gint64 start_us = g_get_monotonic_time ();
    guint n_descriptors;

    f->disks[0].server = &deaf;
    keeper_server_connect (&f->disks[0], NULL); /* what GLib opens once is open */
    n_descriptors = test_count_descriptors (getpid ());
    g_assert_cmpint (keeper_server_connect (&f->disks[0], &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_cmpstr (error->message, ==,
                     "The server of the disk “" SOURCE "” does not answer within 1 seconds; make "
                     "sure that it runs and can be reached from here, and try again");
    g_assert_cmpint (g_get_monotonic_time () - start_us, <, 8 * G_USEC_PER_SEC);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, n_descriptors);
    fd_close_all (waiting, G_N_ELEMENTS (waiting));
    fd_close (&listener);
}

static gboolean
count_cb (gpointer user_data)
{
    ++*(guint *) user_data;
    return G_SOURCE_REMOVE;
}

/* Who connects has a half-made change: nothing else may come between. */
static void
test_nothing_between (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    guint n_calls = 0;
    int fd;

    g_idle_add_full (G_PRIORITY_HIGH, count_cb, &n_calls, NULL);
    fd = keeper_server_connect (&f->disks[0], &error);
    g_assert_no_error (error);
    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpuint (n_calls, ==, 0);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (n_calls, ==, 1);
    fd_close (&fd);
}

/* --- who has which ---------------------------------------------------------------------------- */

static gboolean
open_second (Fixture *f, GError **error)
{
    return keeper_files_open_last (&f->files, f->devices, f->folder, 0, f->warnings, error);
}

static void
test_two_that_read (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->disks[0].read_only = f->disks[1].read_only = TRUE;
    open_second (f, &error);
    g_assert_no_error (error);
}

static void
test_two_of_which_one_writes (Fixture *f, gconstpointer data)
{
    for (guint i = 0; i < 3; i++) {
        g_autoptr (GError) error = NULL;

        f->disks[0].read_only = i == 1;
        f->disks[1].read_only = i == 2;
        g_assert_false (open_second (f, &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
        g_assert_cmpstr (error->message, ==,
                         "The disk “" SOURCE "” is in this machine twice, as vda and as vdb");
        keeper_files_clear (&f->files);
    }
}

/* --- until when ------------------------------------------------------------------------------- */

/* A keeper of which there are only the disks. */
static void
begin (Keeper *self, Fixture *f)
{
    g_autofree char *logs = g_build_filename (f->folder, "logs", NULL);
    g_autoptr (GError) error = NULL;

    g_mkdir (logs, 0700);
    self->folder = self->runtime_path = f->folder;
    self->disk_warnings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    keeper_hotplug_init (self);
    keeper_claims_open (&self->claims, f->folder, "one", &error);
    g_assert_no_error (error);
    keeper_files_open_last (&f->files, f->devices, f->folder, 0, f->warnings, &error);
    g_assert_no_error (error);
}

static void
end (Keeper *self, Fixture *f)
{
    g_autofree char *logs = g_build_filename (f->folder, "logs", NULL);
    g_autofree char *log = g_build_filename (logs, "storage.log", NULL);

    keeper_storage_free (self->storage);
    keeper_log_close (self->storage_log);
    keeper_claims_close (&self->claims);
    g_hash_table_unref (self->disk_warnings);
    keeper_hotplug_free (self);
    g_unlink (log);
    g_rmdir (logs);
}

/* Takes what is written last, and returns what is claimed then. */
static gpointer
server_thread (gpointer user_data)
{
    Fixture *f = user_data;
    g_autofree char *claims = g_build_filename (f->folder, "cards", NULL);
    int fd = accept4 (f->listener, NULL, NULL, SOCK_CLOEXEC);
    char *text = NULL, byte;

    g_assert_cmpint (read (fd, &byte, 1), ==, 1);
    g_file_get_contents (claims, &text, NULL, NULL);
    g_assert_cmpint (write (fd, &byte, 1), ==, 1);
    fd_close (&fd);
    return text;
}

/* Until its process ended, which may write until then, it is nobody else's. */
static void
test_claimed_to_the_end (Fixture *f, gconstpointer data)
{
    Keeper keeper = { 0 };
    g_autofree char *program = g_build_filename (f->folder, "daemon", NULL);
    g_autofree char *claims = g_build_filename (f->folder, "cards", NULL);
    g_autofree char *then = NULL, *after = NULL;
    GThread *server = g_thread_new ("server", server_thread, f);
    g_autoptr (GError) error = NULL;

    g_ptr_array_set_size (f->devices, 1);
    g_assert_true (
        g_file_set_contents_full (program, FAKE, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_setenv ("VITRINE_STORAGE_DAEMON", program, TRUE);
    begin (&keeper, f);
    keeper_start_disk (&keeper, &f->disks[0], &f->files.backings[0], PATIENCE_MS, &error);
    g_assert_no_error (error);
    g_assert_false (keeper_disk_gone (&keeper, f->disks[0].alias)); /* it is not waited for */
    then = g_thread_join (server);
    g_assert_cmpstr (then, ==, "one\n" SOURCE "\n");
    while (keeper_storage_is_leaving (keeper.storage, SOURCE))
        g_main_context_iteration (NULL, TRUE);
    g_assert_true (g_file_get_contents (claims, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, "one\n");
    end (&keeper, f);
    g_unsetenv ("VITRINE_STORAGE_DAEMON");
    g_unlink (program);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *promise;
        void (*test) (Fixture *f, gconstpointer data);
    } tests[] = {
        { "/keeper/nbd/server-that-does-not-answer-is-not-waited-for", test_no_answer },
        { "/keeper/nbd/nothing-happens-while-it-connects", test_nothing_between },
        { "/keeper/nbd/two-disks-that-read-one-export", test_two_that_read },
        { "/keeper/nbd/two-disks-of-which-one-writes", test_two_of_which_one_writes },
        { "/keeper/nbd/export-is-claimed-until-its-process-ended", test_claimed_to_the_end },
    };

    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
        g_test_add (tests[i].promise, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run ();
}
