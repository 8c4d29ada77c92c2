/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-lifecycle.c - a machine begins, runs and ends as its clients ask and its guest
 * wants. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper-fixture.h"
#include "vitrine-error.h"

static void
assert_nothing_left (Fixture *f)
{
    g_assert_false (g_file_test (f->runtime, G_FILE_TEST_EXISTS));
}

static void
power_off (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    vitrine_control_machine1_call_power_off_sync (f->machine, NULL, &error);
    g_assert_no_error (error);
}

/* Calls fail with the words of MESSAGE. */
static void
assert_busy (GError *error, const char *message)
{
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_dbus_error_strip_remote_error (error);
    g_assert_cmpstr (error->message, ==, message);
}

static void
test_properties (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_define (&f, "<graphics type='vnc'/>", "");
    fixture_run (&f);
    g_assert_cmpstr (vitrine_control_machine1_get_uuid (f.machine), ==, FIXTURE_UUID);
    g_assert_cmpstr (vitrine_control_machine1_get_name (f.machine), ==, "tester");
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==, "");
    g_assert_cmpint (ABS (vitrine_control_machine1_get_start_time (f.machine) - time (NULL)), <,
                     60);
    g_assert_cmpstr (vitrine_control_machine1_get_consoles (f.machine)[0], ==, "serial0");
    g_assert_null (vitrine_control_machine1_get_consoles (f.machine)[1]);
    g_assert_cmpstr (vitrine_control_machine1_get_displays (f.machine)[0], ==, "vnc");
    g_assert_cmpuint (fixture_process (&f, 0), ==, (guint) f.pid);
    g_assert_cmpuint (fixture_process (&f, 1), >, 0);
    g_assert_cmpuint (fixture_process (&f, 2), ==, 0);
    fixture_tear_down (&f);
}

static void
test_only_its_user_may_come_near (void)
{
    Fixture f;
    g_autofree char *control = NULL;
    GStatBuf st;

    fixture_set_up (&f);
    fixture_run (&f);
    control = g_build_filename (f.runtime, "control", NULL);
    g_assert_cmpint (g_stat (f.runtime, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0700);
    g_assert_cmpint (g_stat (control, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    fixture_tear_down (&f);
}

static void
test_power_off (void)
{
    Fixture f;
    g_autofree char *outcome = NULL;
    g_autofree char *reason = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    power_off (&f);
    assert_nothing_left (&f); /* before anybody hears that it is off */
    fixture_wait_state (&f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==, "Switched off");
    g_assert_cmpint (fixture_wait_end (&f), ==, 0);
    outcome = fixture_last_run (&f, "outcome");
    reason = fixture_last_run (&f, "reason");
    g_assert_cmpstr (outcome, ==, "off");
    g_assert_cmpstr (reason, ==, "Switched off");
    fixture_tear_down (&f);
}

static void
test_starts_again_as_soon_as_it_is_off (void)
{
    Fixture f;
    GPid first;

    fixture_set_up (&f);
    fixture_run (&f);
    first = f.pid;
    power_off (&f);
    fixture_run (&f); /* while the first may still be saying good-bye */
    g_assert_cmpint (f.pid, !=, first);
    g_assert_null (fixture_last_run (&f, "outcome"));
    fixture_tear_down (&f);
}

static void
test_sigterm (void)
{
    Fixture f;
    g_autofree char *reason = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    kill (f.pid, SIGTERM);
    g_assert_cmpint (fixture_wait_end (&f), ==, 0);
    reason = fixture_last_run (&f, "reason");
    g_assert_cmpstr (reason, ==, "Switched off with its host, or at the end of its session");
    assert_nothing_left (&f);
    fixture_tear_down (&f);
}

static void
test_guest_switches_off (void)
{
    Fixture f;
    g_autofree char *outcome = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!off");
    fixture_wait_state (&f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==,
                     "The guest switched itself off");
    g_assert_cmpint (fixture_wait_end (&f), ==, 0);
    outcome = fixture_last_run (&f, "outcome");
    g_assert_cmpstr (outcome, ==, "off");
    fixture_tear_down (&f);
}

static void
test_shutdown (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_shutdown_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "stopping");
    fixture_type (&f, "!off");
    fixture_wait_state (&f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==,
                     "The guest shut down");
    fixture_tear_down (&f);
}

static void
test_pause_and_resume (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    g_assert_false (vitrine_control_machine1_call_resume_sync (f.machine, NULL, &error));
    assert_busy (error, "“tester” is running already");
    g_clear_error (&error);
    vitrine_control_machine1_call_pause_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "paused");
    g_assert_false (vitrine_control_machine1_call_pause_sync (f.machine, NULL, &error));
    assert_busy (error, "“tester” is paused already");
    g_clear_error (&error);
    g_assert_false (vitrine_control_machine1_call_shutdown_sync (f.machine, NULL, &error));
    assert_busy (error, "“tester” is paused; resume it first");
    g_clear_error (&error);
    vitrine_control_machine1_call_resume_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "running");
    fixture_tear_down (&f);
}

static void
test_reset_takes_a_shutdown_back (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_shutdown_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "stopping");
    vitrine_control_machine1_call_reset_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "running");
    fixture_tear_down (&f);
}

/* <on_reboot>destroy: when the guest does it, not when its user does. */
static void
test_off_at_reboot (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_define (&f, "", "<on_reboot>destroy</on_reboot>");
    fixture_run (&f);
    vitrine_control_machine1_call_reset_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_type (&f, "!reset");
    fixture_wait_state (&f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==,
                     "The guest rebooted, which switches this machine off");
    fixture_tear_down (&f);
}

static gboolean
has_warning (Fixture *f, gconstpointer text)
{
    const char *const *warnings = vitrine_control_machine1_get_warnings (f->machine);

    return warnings && g_strv_contains (warnings, text);
}

static gboolean
lacks_warning (Fixture *f, gconstpointer text)
{
    return !has_warning (f, text);
}

static void
test_broken_device (void)
{
    static const char warning[] =
        "The device virtio-disk0 stopped working until the next reset: short request";
    Fixture f;
    g_autoptr (VitrineControlDevice1) disk = NULL;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!broken");
    fixture_wait (&f, has_warning, warning);
    disk = vitrine_control_device1_proxy_new_sync (f.connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
                                                   "/org/vitrine/devices/virtio_2ddisk0", NULL,
                                                   &error);
    g_assert_no_error (error);
    g_assert_cmpstr (vitrine_control_device1_get_broken (disk), ==, "short request");
    vitrine_control_machine1_call_reset_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait (&f, lacks_warning, warning);
    fixture_tear_down (&f);
}

static void
test_stuck (void)
{
    static const char reason[] = "The guest cannot go on and must be reset: emulation failed";
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!stuck");
    fixture_wait_state (&f, "paused");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==, reason);
    g_assert_false (vitrine_control_machine1_call_resume_sync (f.machine, NULL, &error));
    assert_busy (error, reason);
    g_clear_error (&error);
    vitrine_control_machine1_call_reset_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "running");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==, "");
    fixture_tear_down (&f);
}

static void
test_statistics (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) figures = NULL;
    guint64 value;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_get_statistics_sync (f.machine, &figures, NULL, NULL, NULL,
                                                       &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_variant_n_children (figures), ==, 15);
    g_assert_true (g_variant_lookup (figures, "exits", "t", &value));
    g_assert_cmpuint (value, ==, 0);
    fixture_tear_down (&f);
}

static void
test_objects (void)
{
    Fixture f;
    g_autoptr (GDBusObjectManager) manager = NULL;
    g_autolist (GDBusObject) objects = NULL;
    g_autoptr (VitrineControlDevice1) cd = NULL;
    g_autofree char *cdrom = NULL;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    cdrom = g_strdup_printf ("<disk type='file' device='cdrom'><source file='%s'/>"
                             "<target dev='sda'/></disk>",
                             f.iso);
    fixture_define (&f, cdrom, "");
    fixture_run (&f);
    manager = vitrine_control_object_manager_client_new_sync (
        f.connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, NULL, "/org/vitrine", NULL, &error);
    g_assert_no_error (error);
    objects = g_dbus_object_manager_get_objects (manager);
    g_assert_cmpuint (g_list_length (objects), ==, 4); /* machine, disk, CD drive, serial port */
    cd =
        vitrine_control_device1_proxy_new_sync (f.connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
                                                "/org/vitrine/devices/sata0_2d0_2d0", NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (vitrine_control_device1_get_alias (cd), ==, "sata0-0-0");
    g_assert_cmpstr (vitrine_control_device1_get_kind (cd), ==, "cdrom");
    g_assert_cmpstr (vitrine_control_device1_get_model (cd), ==, "atapi-cdrom");
    g_assert_cmpstr (vitrine_control_device1_get_source (cd), ==, f.iso);
    fixture_tear_down (&f);
}

static void
test_second_keeper_is_refused (void)
{
    Fixture f;
    GPid first;
    g_autofree char *elsewhere = NULL;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    first = f.pid;
    g_assert_false (fixture_start (&f));
    g_assert_cmpstr (f.ready, ==, "ERR org.vitrine.Error.Busy\n“tester” is already running\n");
    f.pid = first; /* and the first does not mind */
    vitrine_control_machine1_call_pause_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    elsewhere = g_build_filename (f.runtime, "control", NULL);
    g_assert_true (g_file_test (elsewhere, G_FILE_TEST_EXISTS));
    fixture_tear_down (&f);
}

/* A killed keeper takes its VMM along, and what it left is cleared away by the next. */
static void
test_killed_keeper (void)
{
    Fixture f;
    guint vmm;

    fixture_set_up (&f);
    fixture_run (&f);
    vmm = fixture_process (&f, 1);
    kill (f.pid, SIGKILL);
    fixture_wait_end (&f);
    fixture_wait (&f, fixture_is_gone, GINT_TO_POINTER (vmm));
    fixture_run (&f);
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_tear_down (&f);
}

/* The disk is still in use by a VMM that flushes: the new keeper waits for it. */
static void
test_waits_for_the_vmm_of_a_killed_keeper (void)
{
    Fixture f;
    guint vmm;

    fixture_set_up (&f);
    fixture_run (&f);
    vmm = fixture_process (&f, 1);
    kill ((pid_t) vmm, SIGSTOP);
    kill (f.pid, SIGKILL);
    fixture_wait_end (&f);
    if (fork () == 0) {
        usleep (300000); /* the one thing here that takes its time on purpose */
        kill ((pid_t) vmm, SIGCONT);
        _exit (0);
    }
    fixture_run (&f);
    fixture_tear_down (&f);
}

static void
test_detach (void)
{
    Fixture f;
    g_autofree char *log = NULL;

    fixture_set_up (&f);
    g_assert_true (fixture_start_with (&f, "--detach"));
    g_assert_cmpint (fixture_wait_end (&f), ==, 0); /* only the one that we started */
    fixture_connect (&f);
    g_assert_cmpint (getsid ((pid_t) fixture_process (&f, 0)), !=, getsid (0));
    log = g_build_filename (f.folder, "logs", "keeper.log", NULL);
    g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
    power_off (&f);
    assert_nothing_left (&f);
    fixture_tear_down (&f);
}

static void
test_detached_start_fails (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_set_env (&f, "FAKE_VMM", "create-fails");
    g_assert_false (fixture_start_with (&f, "--detach"));
    g_assert_true (g_str_has_prefix (f.ready, "ERR org.vitrine.Error.Engine\n“tester” could not be "
                                              "started: the display's BIOS is not an option ROM"));
    fixture_wait_end (&f);
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_assert_cmpuint (VITRINE_ERROR, !=, 0); /* registers the names of its errors */
    g_test_add_func ("/keeper/properties", test_properties);
    g_test_add_func ("/keeper/only-its-user-may-come-near", test_only_its_user_may_come_near);
    g_test_add_func ("/keeper/power-off", test_power_off);
    g_test_add_func ("/keeper/starts-again-as-soon-as-it-is-off",
                     test_starts_again_as_soon_as_it_is_off);
    g_test_add_func ("/keeper/sigterm-switches-off", test_sigterm);
    g_test_add_func ("/keeper/guest-switches-off", test_guest_switches_off);
    g_test_add_func ("/keeper/shutdown", test_shutdown);
    g_test_add_func ("/keeper/pause-and-resume", test_pause_and_resume);
    g_test_add_func ("/keeper/reset-takes-a-shutdown-back", test_reset_takes_a_shutdown_back);
    g_test_add_func ("/keeper/off-at-reboot", test_off_at_reboot);
    g_test_add_func ("/keeper/broken-device-is-shown-until-reset", test_broken_device);
    g_test_add_func ("/keeper/stuck-guest-can-be-reset", test_stuck);
    g_test_add_func ("/keeper/statistics", test_statistics);
    g_test_add_func ("/keeper/objects", test_objects);
    g_test_add_func ("/keeper/second-keeper-is-refused", test_second_keeper_is_refused);
    g_test_add_func ("/keeper/killed-keeper-leaves-nothing-in-the-way", test_killed_keeper);
    g_test_add_func ("/keeper/waits-for-the-vmm-of-a-killed-keeper",
                     test_waits_for_the_vmm_of_a_killed_keeper);
    g_test_add_func ("/keeper/detach", test_detach);
    g_test_add_func ("/keeper/detached-start-that-fails-says-why", test_detached_start_fails);
    return g_test_run ();
}
