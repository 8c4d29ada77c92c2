/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-console.c - consoles: what was printed, live output, input, and clients that are
 * slow. */
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-fixture.h"
#include "vitrine-error.h"

static int
open_console (Fixture *f)
{
    g_autoptr (GError) error = NULL;
    int fd = fixture_open_console (f, &error);

    g_assert_no_error (error);
    return fd;
}

static void
type (int fd, const char *text)
{
    g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
}

static void
test_history_comes_first (void)
{
    Fixture f;
    g_autofree char *text = NULL;
    g_autofree char *again = NULL;
    int one, two;

    fixture_set_up (&f);
    fixture_run (&f);
    one = open_console (&f);
    type (one, "first\n");
    text = fixture_read_until (one, "echo first");
    g_assert_true (g_str_has_prefix (text, "hello\r\n"));
    two = open_console (&f);
    again = fixture_read_until (two, "echo first");
    g_assert_true (g_str_has_prefix (again, "hello\r\n"));
    fd_close (&one);
    fd_close (&two);
    fixture_tear_down (&f);
}

static void
test_all_clients_see_and_type (void)
{
    Fixture f;
    int fds[3];

    fixture_set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
        fds[i] = open_console (&f);
    type (fds[0], "from zero\n");
    g_free (fixture_read_until (fds[2], "echo from zero"));
    type (fds[1], "from one\n");
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++) {
        g_free (fixture_read_until (fds[i], "echo from one"));
        fd_close (&fds[i]);
    }
    fixture_tear_down (&f);
}

/* `echo command | vitrinectl console M`: typed, then gone. */
static void
test_typed_before_leaving (void)
{
    Fixture f;
    int watcher, fd;

    fixture_set_up (&f);
    fixture_run (&f);
    watcher = open_console (&f);
    for (guint i = 0; i < 50; i++) {
        g_autofree char *line = g_strdup_printf ("line %u\n", i);
        g_autofree char *echo = g_strdup_printf ("echo line %u\r\n", i);

        fd = open_console (&f);
        type (fd, line);
        fd_close (&fd);
        g_free (fixture_read_until (watcher, echo));
    }
    fd_close (&watcher);
    fixture_tear_down (&f);
}

static void
test_half_closed_goes_on_reading (void)
{
    Fixture f;
    int fd;

    fixture_set_up (&f);
    fixture_run (&f);
    fd = open_console (&f);
    type (fd, "last words\n");
    shutdown (fd, SHUT_WR);
    g_free (fixture_read_until (fd, "echo last words"));
    fixture_type (&f, "later");
    g_free (fixture_read_until (fd, "echo later"));
    fd_close (&fd);
    fixture_tear_down (&f);
}

/* The guest prints a MiB: a client that does not read loses the oldest, everybody else goes on. */
static void
test_slow_client_loses (void)
{
    Fixture f;
    g_autofree char *all = NULL;
    g_autofree char *late = NULL;
    int slow, quick;

    fixture_set_up (&f);
    fixture_run (&f);
    slow = open_console (&f);
    quick = open_console (&f);
    type (quick, "!flood\n");
    all = fixture_read_until (quick, "echo !flood");
    g_assert_cmpuint (strlen (all), >, 64 * 1024);
    late = fixture_read_until (slow, "echo !flood");
    g_assert_cmpuint (strlen (late), <, 1024 * 1024);
    g_assert_true (g_str_has_prefix (late, "hello\r\n")); /* what its socket held */
    fd_close (&slow);
    fd_close (&quick);
    fixture_tear_down (&f);
}

static void
test_too_many_clients (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    int fds[16], fd;

    fixture_set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
        fds[i] = open_console (&f);
    g_assert_cmpint (fixture_open_console (&f, &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_dbus_error_strip_remote_error (error);
    g_assert_cmpstr (error->message, ==,
                     "The console serial0 is open 16 times already; close one first");
    fd_close (&fds[3]);
    do { /* the keeper hears of it in its own time */
        g_clear_error (&error);
        fd = fixture_open_console (&f, &error);
    } while (fd < 0 && g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_BUSY));
    g_assert_no_error (error);
    fd_close (&fd);
    fd_close_all (fds, G_N_ELEMENTS (fds));
    fixture_tear_down (&f);
}

/* A guest that does not read holds its typists up, and nobody else; those who left make room. */
static void
test_deaf_guest (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) figures = NULL;

    fixture_set_up (&f);
    fixture_set_env (&f, "FAKE_VMM", "deaf-to-console");
    fixture_run (&f);
    for (guint i = 0; i < 40; i++) {
        static const char bytes[65536];
        int fd = open_console (&f);

        fd_set_nonblock (fd);
        while (write (fd, bytes, sizeof bytes) > 0)
            ;
        g_assert_cmpint (errno, ==, EAGAIN);
        fd_close (&fd);
    }
    vitrine_control_machine1_call_get_statistics_sync (f.machine, &figures, NULL, NULL, NULL,
                                                       &error);
    g_assert_no_error (error);
    fixture_tear_down (&f);
}

static void
test_ends_with_the_machine (void)
{
    Fixture f;
    g_autofree char *text = NULL;
    g_autofree char *reason = NULL;
    int fd;
    char byte;

    fixture_set_up (&f);
    fixture_run (&f);
    fd = open_console (&f);
    g_free (fixture_read_until (fd, "hello\r\n"));
    fixture_type (&f, "!off");
    fixture_wait_end (&f);
    g_assert_cmpint (read (fd, &byte, 1), ==, 0);
    fd_close (&fd);
    fixture_tear_down (&f);
}

static char *
read_log (Fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename (f->folder, "logs", name, NULL);
    char *text = NULL;

    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    return text;
}

static gboolean
log_is_bounded (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->folder, "logs", "serial0.log.1", NULL);
    GStatBuf st;

    return g_stat (path, &st) == 0 && st.st_size == 1024 * 1024;
}

static void
test_logs (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    g_autofree char *serial = NULL;
    g_autofree char *firmware = NULL;
    g_autofree char *old = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_power_off_sync (f.machine, NULL, &error);
    serial = read_log (&f, "serial0.log");
    firmware = read_log (&f, "firmware.log");
    g_assert_cmpstr (serial, ==, "hello\r\n");
    g_assert_cmpstr (firmware, ==, "firmware speaks\n");
    fixture_run (&f); /* the logs of the run before are kept */
    old = read_log (&f, "firmware.log.1");
    g_assert_cmpstr (old, ==, "firmware speaks\n");
    fixture_type (&f, "!flood");
    fixture_wait (&f, log_is_bounded, NULL);
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_assert_cmpuint (VITRINE_ERROR, !=, 0); /* registers the names of its errors */
    g_test_add_func ("/keeper/console/history-comes-first", test_history_comes_first);
    g_test_add_func ("/keeper/console/all-clients-see-and-type", test_all_clients_see_and_type);
    g_test_add_func ("/keeper/console/typed-before-leaving", test_typed_before_leaving);
    g_test_add_func ("/keeper/console/half-closed-goes-on-reading",
                     test_half_closed_goes_on_reading);
    g_test_add_func ("/keeper/console/slow-client-loses", test_slow_client_loses);
    g_test_add_func ("/keeper/console/too-many-clients", test_too_many_clients);
    g_test_add_func ("/keeper/console/deaf-guest", test_deaf_guest);
    g_test_add_func ("/keeper/console/ends-with-the-machine", test_ends_with_the_machine);
    g_test_add_func ("/keeper/console/logs-are-kept-and-bounded", test_logs);
    return g_test_run ();
}
