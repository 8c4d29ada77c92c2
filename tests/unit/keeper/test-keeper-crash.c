/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-crash.c - a VMM that fails, lies or hangs ends its machine in order, and says why. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "keeper-fixture.h"
#include "vitrine-error.h"

static void
assert_last_run (Fixture *f, const char *key, const char *expected)
{
    g_autofree char *value = fixture_last_run (f, key);

    g_assert_cmpstr (value, ==, expected);
}

/* After the machine ended: the reason is told and written down, nothing is left, it can run
 * again. */
static void
assert_crashed (Fixture *f, const char *reason)
{
    fixture_wait_state (f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f->machine), ==, reason);
    fixture_wait_end (f);
    g_assert_cmpint (WEXITSTATUS (f->wait_status), ==, 1);
    assert_last_run (f, "outcome", "crashed");
    assert_last_run (f, "reason", reason);
    g_assert_false (g_file_test (f->runtime, G_FILE_TEST_EXISTS));
    g_ptr_array_set_size (f->env, 4);
    fixture_run (f);
}

static void
test_killed (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!die");
    fixture_wait_state (&f, "off");
    fixture_wait_end (&f);
    assert_last_run (&f, "signal", "9");
    assert_last_run (&f, "log", "fake-vmm: the last line");
    assert_crashed (&f, "The machine's process was killed by signal 9 (Killed)");
    fixture_tear_down (&f);
}

static void
test_killed_from_outside (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    kill ((pid_t) fixture_process (&f, 1), SIGKILL);
    assert_crashed (&f, "The machine's process was killed by signal 9 (Killed)");
    fixture_tear_down (&f);
}

static void
test_exits (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!exit");
    fixture_wait_state (&f, "off");
    fixture_wait_end (&f);
    assert_last_run (&f, "status", "7");
    assert_crashed (&f, "The machine's process ended with status 7");
    fixture_tear_down (&f);
}

static void
test_error (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!error");
    assert_crashed (&f, "The machine could not go on: KVM said no");
    fixture_tear_down (&f);
}

/* One message that makes no sense is enough. */
static void
test_garbage (gconstpointer cue)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, cue);
    assert_crashed (&f, "The machine's process failed: it sent a message that makes no sense");
    fixture_tear_down (&f);
}

/* Calls that were on their way when the VMM went get an answer. */
static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GError **error = user_data;
    g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, error);
}

static gboolean
has_error (Fixture *f, gconstpointer error)
{
    return *(GError *const *) error != NULL;
}

static void
test_calls_are_answered (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    pid_t vmm;

    fixture_set_up (&f);
    fixture_run (&f);
    vmm = (pid_t) fixture_process (&f, 1);
    kill (vmm, SIGSTOP);
    vitrine_control_machine1_call_pause (f.machine, NULL, called_cb, &error);
    g_dbus_connection_flush_sync (f.connection, NULL, NULL);
    kill (vmm, SIGKILL);
    fixture_wait (&f, has_error, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_nonnull (strstr (error->message, "no longer running"));
    fixture_tear_down (&f);
}

/* What the VMM said last counts, though it read nothing more of what came. */
static void
test_end_with_a_request_unread (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!end-unread");
    fixture_wait_state (&f, "paused"); /* it waits for what it will not read */
    vitrine_control_machine1_call_resume (f.machine, NULL, called_cb, &error);
    fixture_wait_state (&f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==,
                     "The guest switched itself off");
    fixture_wait (&f, has_error, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    fixture_wait_end (&f);
    g_assert_cmpint (WEXITSTATUS (f.wait_status), ==, 0);
    fixture_tear_down (&f);
}

/* --- patience, with the keeper that has little ----------------------------------------------- */

static void
set_up_hasty (Fixture *f, const char *mode)
{
    fixture_set_up (f);
    g_free (f->keeper);
    f->keeper = g_strdup (HASTY_KEEPER);
    fixture_set_env (f, "FAKE_VMM", mode);
}

static void
test_deaf_to_quit (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    set_up_hasty (&f, "deaf-to-quit");
    fixture_run (&f);
    vitrine_control_machine1_call_power_off_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    assert_crashed (&f, "The machine's process failed: it did not switch off and had to be killed");
    fixture_tear_down (&f);
}

static void
test_does_not_end (void)
{
    Fixture f;

    set_up_hasty (&f, "lingers");
    fixture_run (&f);
    fixture_type (&f, "!off");
    assert_crashed (&f, "The machine's process failed: it did not end and had to be killed");
    fixture_tear_down (&f);
}

static void
test_hangs_up (void)
{
    Fixture f;

    set_up_hasty (&f, "");
    fixture_run (&f);
    fixture_type (&f, "!hang-up");
    assert_crashed (&f, "The machine's process failed: it did not end and had to be killed");
    fixture_tear_down (&f);
}

static void
test_does_not_answer (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    pid_t vmm;

    set_up_hasty (&f, "");
    fixture_run (&f);
    vmm = (pid_t) fixture_process (&f, 1);
    kill (vmm, SIGSTOP);
    g_assert_false (vitrine_control_machine1_call_pause_sync (f.machine, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_dbus_error_strip_remote_error (error);
    g_assert_cmpstr (error->message, ==, "The machine does not answer");
    g_clear_error (&error);
    kill (vmm, SIGCONT); /* it was only slow: the late answer is none that makes no sense */
    fixture_wait_state (&f, "paused");
    vitrine_control_machine1_call_resume_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_tear_down (&f);
}

/* --- starts that fail ------------------------------------------------------------------------ */

typedef struct {
    const char *mode, *ready;
} FailingStart;

static const FailingStart failing_starts[] = {
    { "create-fails", "ERR org.vitrine.Error.Engine\n“tester” could not be started: the display's "
                      "BIOS is not an option ROM\n" },
    { "create-dies", "ERR org.vitrine.Error.Engine\n“tester” could not be started: The machine's "
                     "process was killed by signal 9 (Killed) (fake-vmm: the last line)\n" },
    { "create-hangs", "ERR org.vitrine.Error.Engine\n“tester” could not be started: The machine "
                      "does not answer\n" },
    { "run-fails",
      "ERR org.vitrine.Error.Engine\n“tester” could not be started: the guest cannot go on\n" },
};

static void
test_failing_start (gconstpointer data)
{
    const FailingStart *c = data;
    Fixture f;

    set_up_hasty (&f, c->mode);
    g_assert_false (fixture_start (&f));
    g_assert_cmpstr (f.ready, ==, c->ready);
    fixture_wait_end (&f);
    g_assert_cmpint (WEXITSTATUS (f.wait_status), ==, 1);
    g_assert_false (g_file_test (f.runtime, G_FILE_TEST_EXISTS));
    g_assert_null (fixture_last_run (&f, "outcome")); /* it never ran */
    fixture_tear_down (&f);
}

static void
test_no_vmm (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_set_env (&f, "VITRINE_VMM", "/nonexistent/vitrine-vmm");
    g_assert_false (fixture_start (&f));
    g_assert_true (g_str_has_prefix (
        f.ready, "ERR org.vitrine.Error.Engine\nThe program /nonexistent/vitrine-vmm cannot be "
                 "started: "));
    fixture_wait_end (&f);
    g_assert_false (g_file_test (f.runtime, G_FILE_TEST_EXISTS));
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    static const char *const garbage[] = {
        "!unknown-type",  "!wrong-version", "!wrong-size",
        "!short",         "!huge",          "!foreign-reply",
        "!wrong-reply",   "!descriptors",   "!hidden-descriptors",
        "!after-stopped", "!unknown-event", "!unknown-action",
    };

    g_test_init (&argc, &argv, NULL);
    g_assert_cmpuint (VITRINE_ERROR, !=, 0); /* registers the names of its errors */
    g_test_add_func ("/keeper/crash/killed", test_killed);
    g_test_add_func ("/keeper/crash/killed-from-outside", test_killed_from_outside);
    g_test_add_func ("/keeper/crash/exits", test_exits);
    g_test_add_func ("/keeper/crash/kvm-error", test_error);
    for (gsize i = 0; i < G_N_ELEMENTS (garbage); i++) {
        g_autofree char *path = g_strdup_printf ("/keeper/crash/garbage/%s", garbage[i] + 1);

        g_test_add_data_func (path, garbage[i], test_garbage);
    }
    g_test_add_func ("/keeper/crash/calls-are-answered", test_calls_are_answered);
    g_test_add_func ("/keeper/crash/end-with-a-request-unread", test_end_with_a_request_unread);
    g_test_add_func ("/keeper/crash/deaf-to-quit", test_deaf_to_quit);
    g_test_add_func ("/keeper/crash/does-not-end", test_does_not_end);
    g_test_add_func ("/keeper/crash/hangs-up", test_hangs_up);
    g_test_add_func ("/keeper/crash/does-not-answer", test_does_not_answer);
    for (gsize i = 0; i < G_N_ELEMENTS (failing_starts); i++) {
        g_autofree char *path = g_strdup_printf ("/keeper/crash/start/%s", failing_starts[i].mode);

        g_test_add_data_func (path, &failing_starts[i], test_failing_start);
    }
    g_test_add_func ("/keeper/crash/start/no-vmm", test_no_vmm);
    return g_test_run ();
}
