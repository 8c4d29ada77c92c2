/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-image-server.c - what a server says of its disk: a real one, qemu-nbd, on a socket of the test's own. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fd.h"
#include "image-server.h"
#include "test-listen.h"
#include "vitrine-error.h"

#define DISK_BYTES ((guint64) 3 << 20)
#define ACTIVATED  3 /* the number of the socket there */

typedef struct {
    char *folder, *disk;
    VitrineDefinitionServer server;
    GPid pid; /* 0: nobody listens */
} Fixture;

static void
child_setup_cb (gpointer user_data)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* OPTION is one of qemu-nbd's. */
static void
serve (Fixture *f, const char *option)
{
    const char *argv[] = {
        "sh",     "-c",   "LISTEN_PID=$$ LISTEN_FDS=1 exec qemu-nbd -t -f raw \"$@\"",
        "server", "-x",   "here",
        f->disk,  option, NULL
    };
    int listener = test_listen (f->server.socket), target = ACTIVATED;
    g_autoptr (GError) error = NULL;

    g_spawn_async_with_pipes_and_fds (
        NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, child_setup_cb, NULL, -1,
        -1, -1, &listener, &target, 1, &f->pid, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    fd_close (&listener);
}

static void
set_up (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->folder = g_dir_make_tmp ("vitrine-test-XXXXXX", &error);
    g_assert_no_error (error);
    f->disk = g_build_filename (f->folder, "disk", NULL);
    g_assert_true (g_file_set_contents (f->disk, "", 0, NULL));
    g_assert_cmpint (truncate (f->disk, DISK_BYTES), ==, 0);
    f->server.socket = g_build_filename (f->folder, "socket", NULL);
    f->server.name = (char *) "here";
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    if (f->pid) {
        kill (f->pid, SIGKILL);
        g_spawn_close_pid (f->pid);
    }
    g_unlink (f->server.socket);
    g_unlink (f->disk);
    g_assert_cmpint (g_rmdir (f->folder), ==, 0);
    g_free (f->server.socket);
    g_free (f->disk);
    g_free (f->folder);
}

static void
test_size (Fixture *f, gconstpointer data)
{
    const char *option = data;
    g_autoptr (GError) error = NULL;
    guint64 size_bytes = 0;
    gboolean read_only = -1;

    serve (f, option);
    image_server_look (&f->server, NULL, &size_bytes, &read_only, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (size_bytes, ==, DISK_BYTES);
    g_assert_cmpint (read_only, ==, g_str_equal (option, "-r"));
}

static void
test_other_name (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    guint64 size_bytes;
    gboolean read_only;

    serve (f, "-r");
    f->server.name = (char *) "\"a\\b\"";
    g_assert_false (image_server_look (&f->server, NULL, &size_bytes, &read_only, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (error->message, "The server does not offer the disk “nbd+unix://"));
    g_assert_nonnull (
        strstr (error->message, "'\"a\\b\"'")); /* the server was asked for just that */
}

static void
test_nobody (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    guint64 size_bytes;
    gboolean read_only;

    g_assert_false (image_server_look (&f->server, NULL, &size_bytes, &read_only, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_true (g_str_has_prefix (error->message, "The server of the disk “nbd+unix:///here?"));
    g_assert_nonnull (strstr (error->message, "” cannot be reached: "));
}

#define ADD(path, data, f) g_test_add ("/image/server/" path, Fixture, data, set_up, f, tear_down)

int
main (int argc, char **argv)
{
    g_autofree char *program = g_find_program_in_path ("qemu-nbd");

    g_test_init (&argc, &argv, NULL);
    if (!program) {
        g_print ("1..0 # SKIP qemu-nbd is not installed\n");
        return 0;
    }
    ADD ("a-disk-that-may-be-written-says-its-size", "-t", test_size);
    ADD ("a-disk-that-may-only-be-read-says-so", "-r", test_size);
    ADD ("a-disk-it-does-not-have-is-refused-by-name", NULL, test_other_name);
    ADD ("a-server-that-is-not-there-is-named", NULL, test_nobody);
    return g_test_run ();
}
