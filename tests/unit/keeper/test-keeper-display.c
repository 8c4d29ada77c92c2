/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-display.c - display servers come and go without the machine noticing; screenshots. */
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-fixture.h"
#include "vitrine-error.h"

static void
set_up (Fixture *f)
{
    fixture_set_up (f);
    fixture_define (f, "<graphics type='vnc'/>", "");
}

static int
open_by (Fixture *f, const char *protocol)
{
    g_autoptr (GUnixFDList) fds = NULL;
    g_autoptr (GVariant) handle = NULL;
    g_autoptr (GError) error = NULL;

    vitrine_control_machine1_call_open_display_sync (f->machine, protocol, NULL, &handle, &fds,
                                                     NULL, &error);
    g_assert_no_error (error);
    return g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);
}

static int
open_display (Fixture *f)
{
    return open_by (f, "vnc");
}

static gboolean
has_n_processes (Fixture *f, gconstpointer n)
{
    GVariant *processes = vitrine_control_machine1_get_processes (f->machine);

    return processes && g_variant_n_children (processes) == GPOINTER_TO_UINT (n);
}

static void
test_viewers_share_a_server (void)
{
    Fixture f;
    g_autofree char *greeting = NULL;
    int one, two;

    set_up (&f);
    fixture_run (&f);
    g_assert_true (has_n_processes (&f, GUINT_TO_POINTER (2))); /* none before somebody asks */
    one = open_display (&f);
    greeting = fixture_read_until (one, "\n");
    g_assert_cmpstr (greeting, ==, "RFB tester\n");
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (3));
    two = open_display (&f);
    g_free (fixture_read_until (two, "RFB tester\n"));
    g_assert_true (has_n_processes (&f, GUINT_TO_POINTER (3)));
    fd_close (&one);
    fd_close (&two);
    fixture_tear_down (&f);
}

static gboolean
has_warning (Fixture *f, gconstpointer prefix)
{
    const char *const *warnings = vitrine_control_machine1_get_warnings (f->machine);

    for (; warnings && *warnings; warnings++)
        if (g_str_has_prefix (*warnings, prefix))
            return TRUE;
    return FALSE;
}

/* How it dies: by itself, or by what it says. */
static void
test_server_dies (gconstpointer how)
{
    Fixture f;
    g_autofree char *greeting = NULL;
    int fd;

    set_up (&f);
    fixture_run (&f);
    fd = open_display (&f);
    g_assert_cmpint (write (fd, how, 1), ==, 1);
    fixture_wait (&f, has_warning, "The VNC server was killed by signal");
    fd_close (&fd);
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (2));
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fd = open_display (&f);
    greeting = fixture_read_until (fd, "\n");
    g_assert_cmpstr (greeting, ==, "RFB tester\n");
    fd_close (&fd);
    fixture_tear_down (&f);
}

/* Its end is told, too, where a viewer comes before it is known. */
static void
test_server_hangs_up (void)
{
    Fixture f;
    int fd, next;

    set_up (&f);
    fixture_run (&f);
    fd = open_display (&f);
    g_free (fixture_read_until (fd, "RFB tester\n"));
    g_assert_cmpint (write (fd, "h", 1), ==, 1);
    g_free (fixture_read_until (fd, "-"));
    next = open_display (&f);
    g_free (fixture_read_until (next, "RFB tester\n"));
    fixture_wait (&f, has_warning, "The VNC server was killed by signal");
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (3));
    fd_close (&next);
    fd_close (&fd);
    fixture_tear_down (&f);
}

/* Whatever the definition calls for, either can be asked for, and neither knows of the other. */
static void
test_two_protocols (void)
{
    Fixture f;
    int vnc, spice;

    set_up (&f);
    fixture_set_env (&f, "VITRINE_SPICE", FAKE_VNC);
    fixture_run (&f);
    vnc = open_display (&f);
    g_free (fixture_read_until (vnc, "RFB tester\n"));
    spice = open_by (&f, "spice");
    g_free (fixture_read_until (spice, "RFB tester\n"));
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (4));
    g_assert_cmpint (write (spice, "d", 1), ==, 1);
    fixture_wait (&f, has_warning, "The SPICE server was killed by signal");
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (3));
    g_assert_false (has_warning (&f, "The VNC server"));
    fd_close (&spice);
    spice = open_by (&f, "spice");
    g_free (fixture_read_until (spice, "RFB tester\n"));
    fd_close (&spice);
    fd_close (&vnc);
    fixture_tear_down (&f);
}

/* SPICE gets the port of the guest's agent, and a new connection to it when it lost one; VNC never. */
static void
test_agent (void)
{
    Fixture f;
    int vnc, spice;

    fixture_set_up (&f);
    fixture_define (&f,
                    "<graphics type='spice'/><channel type='spicevmc'>"
                    "<target type='virtio' name='com.redhat.spice.0'/></channel>",
                    "");
    fixture_set_env (&f, "VITRINE_SPICE", FAKE_VNC);
    fixture_run (&f);
    g_assert_cmpstr (vitrine_control_machine1_get_displays (f.machine)[0], ==, "spice");
    vnc = open_display (&f);
    g_free (fixture_read_until (vnc, "RFB tester\n"));
    spice = open_by (&f, "spice");
    g_free (fixture_read_until (spice, "RFB tester with an agent\n"));
    g_assert_cmpint (write (spice, "a", 1), ==, 1);
    g_free (fixture_read_until (spice, "*"));
    fd_close (&spice);
    fd_close (&vnc);
    fixture_tear_down (&f);
}

static void
test_lost_display_is_replaced (void)
{
    Fixture f;
    int fd;

    set_up (&f);
    fixture_run (&f);
    fd = open_display (&f);
    g_assert_cmpint (write (fd, "l", 1), ==, 1);
    g_free (fixture_read_until (fd, "+"));
    fd_close (&fd);
    fixture_tear_down (&f);
}

static void
test_idle_server_leaves (void)
{
    Fixture f;
    int fd;

    set_up (&f);
    g_free (f.keeper);
    f.keeper = g_strdup (HASTY_KEEPER); /* idle is one second there */
    fixture_run (&f);
    fd = open_display (&f);
    g_free (fixture_read_until (fd, "RFB tester\n"));
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (3));
    fd_close (&fd);
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (2));
    g_assert_false (has_warning (&f, "The VNC server"));
    fd = open_display (&f);
    g_free (fixture_read_until (fd, "RFB tester\n"));
    fd_close (&fd);
    fixture_tear_down (&f);
}

static void
test_no_server (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    set_up (&f);
    fixture_set_env (&f, "VITRINE_VNC", "/nonexistent/vitrine-vnc");
    fixture_run (&f);
    vitrine_control_machine1_call_open_display_sync (f.machine, "vnc", NULL, NULL, NULL, NULL,
                                                     &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (error->message, "/nonexistent/vitrine-vnc"));
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_tear_down (&f);
}

static void
test_server_ends_with_the_machine (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    guint vnc;
    char byte;
    int fd;

    set_up (&f);
    fixture_run (&f);
    fd = open_display (&f);
    g_free (fixture_read_until (fd, "RFB tester\n"));
    fixture_wait (&f, has_n_processes, GUINT_TO_POINTER (3));
    vnc = fixture_process (&f, 2);
    vitrine_control_machine1_call_power_off_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_end (&f);
    fixture_wait (&f, fixture_is_gone, GUINT_TO_POINTER (vnc));
    g_assert_cmpint (read (fd, &byte, 1), <=, 0);
    fd_close (&fd);
    fixture_tear_down (&f);
}

/* --- screenshots ----------------------------------------------------------------------------- */

static void
test_screenshot (void)
{
    Fixture f;
    g_autoptr (GUnixFDList) fds = NULL;
    g_autoptr (GVariant) handle = NULL;
    g_autoptr (GError) error = NULL;
    guint width, height, stride;
    struct stat st;
    guint8 *pixels;
    int fd;

    set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_screenshot_sync (f.machine, NULL, &handle, &width, &height,
                                                   &stride, &fds, NULL, &error);
    g_assert_no_error (error);
    fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);
    g_assert_cmpuint (width, ==, 64);
    g_assert_cmpuint (height, ==, 32);
    g_assert_cmpuint (stride, ==, 256);
    g_assert_cmpint (fstat (fd, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, 256 * 32);
    g_assert_cmpint (fcntl (fd, F_GET_SEALS), ==,
                     F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    pixels = mmap (NULL, 256 * 32, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true (pixels != MAP_FAILED);
    for (guint i = 0; i < 256 * 32; i++)
        g_assert_cmpuint (pixels[i], ==, i / 256);
    munmap (pixels, 256 * 32);
    fd_close (&fd);
    fixture_tear_down (&f);
}

typedef struct {
    guint n_done, n_busy, n_other;
} Outcomes;

static void
shot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Outcomes *outcomes = user_data;
    g_autoptr (GError) error = NULL;

    outcomes->n_done++;
    if (vitrine_control_machine1_call_screenshot_finish (VITRINE_CONTROL_MACHINE1 (source), NULL,
                                                         NULL, NULL, NULL, NULL, result, &error))
        return;
    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_BUSY))
        outcomes->n_busy++;
    else
        outcomes->n_other++;
}

static gboolean
forty_are_done (Fixture *f, gconstpointer outcomes)
{
    return ((const Outcomes *) outcomes)->n_done == 40;
}

static void
test_many_screenshots (void)
{
    Fixture f;
    Outcomes outcomes = { 0 };

    set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < 40; i++)
        vitrine_control_machine1_call_screenshot (f.machine, NULL, NULL, shot_cb, &outcomes);
    fixture_wait (&f, forty_are_done, &outcomes);
    g_assert_cmpuint (outcomes.n_busy, <, 40);
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_assert_cmpuint (VITRINE_ERROR, !=, 0); /* registers the names of its errors */
    g_test_add_func ("/keeper/display/viewers-share-a-server", test_viewers_share_a_server);
    g_test_add_data_func ("/keeper/display/server-dies", "d", test_server_dies);
    g_test_add_data_func ("/keeper/display/server-talks-garbage", "g", test_server_dies);
    g_test_add_func ("/keeper/display/server-hangs-up", test_server_hangs_up);
    g_test_add_func ("/keeper/display/two-protocols-are-two-servers", test_two_protocols);
    g_test_add_func ("/keeper/display/spice-gets-the-agents-port", test_agent);
    g_test_add_func ("/keeper/display/lost-display-is-replaced", test_lost_display_is_replaced);
    g_test_add_func ("/keeper/display/idle-server-leaves", test_idle_server_leaves);
    g_test_add_func ("/keeper/display/no-server-is-an-error", test_no_server);
    g_test_add_func ("/keeper/display/server-ends-with-the-machine",
                     test_server_ends_with_the_machine);
    g_test_add_func ("/keeper/display/screenshot", test_screenshot);
    g_test_add_func ("/keeper/display/many-screenshots", test_many_screenshots);
    return g_test_run ();
}
