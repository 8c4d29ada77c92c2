/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-events.c - what a watchdog or a panic device noticed reaches whoever looks at the
 * machine. */
#include <string.h>

#include "keeper-fixture.h"

static void
set_up (Fixture *f)
{
    fixture_set_up (f);
    fixture_define (f, "<watchdog model='i6300esb'/><panic model='isa'/>", "");
    fixture_run (f);
}

static gboolean
has_warning (Fixture *f, gconstpointer sentence)
{
    const char *const *warnings = vitrine_control_machine1_get_warnings (f->machine);

    return warnings && g_strv_contains (warnings, sentence);
}

static void
test_reset_by_watchdog_is_a_warning (void)
{
    Fixture f;

    set_up (&f);
    fixture_type (&f, "!watchdog-reset");
    fixture_wait (&f, has_warning, "The guest stopped feeding its watchdog and was reset");
    fixture_wait_state (&f, "running");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==, "");
    fixture_tear_down (&f);
}

static void
test_paused_after_panic_says_why (void)
{
    g_autoptr (GError) error = NULL;
    Fixture f;

    set_up (&f);
    fixture_type (&f, "!panic-pause");
    fixture_wait_state (&f, "paused");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==,
                     "The guest's kernel panicked and was paused");
    g_assert_true (vitrine_control_machine1_call_resume_sync (f.machine, NULL, &error));
    fixture_wait_state (&f, "running");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==, "");
    g_assert_true (has_warning (&f, "The guest's kernel panicked and was paused"));
    fixture_tear_down (&f);
}

static void
test_switched_off_after_panic_says_why (void)
{
    g_autofree char *reason = NULL;
    g_autofree char *outcome = NULL;
    Fixture f;

    set_up (&f);
    fixture_type (&f, "!panic-off");
    fixture_wait_state (&f, "off");
    fixture_wait_end (&f);
    reason = fixture_last_run (&f, "reason");
    outcome = fixture_last_run (&f, "outcome");
    g_assert_cmpstr (reason, ==, "The guest's kernel panicked and was switched off");
    g_assert_cmpstr (outcome, !=, "crashed");
    fixture_tear_down (&f);
}

/* A VMM that a guest took over cannot fill the keeper with devices there are none of. */
static void
test_events_of_unknown_devices_are_dropped (void)
{
    Fixture f;

    set_up (&f);
    fixture_type (&f, "!foreign-events");
    fixture_type (&f, "!watchdog-reset");
    fixture_wait (&f, has_warning, "The guest stopped feeding its watchdog and was reset");
    g_assert_false (has_warning (&f, "The guest stopped feeding its watchdog"));
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/events/reset-by-watchdog-is-a-warning",
                     test_reset_by_watchdog_is_a_warning);
    g_test_add_func ("/keeper/events/paused-after-panic-says-why",
                     test_paused_after_panic_says_why);
    g_test_add_func ("/keeper/events/switched-off-after-panic-says-why",
                     test_switched_off_after_panic_says_why);
    g_test_add_func ("/keeper/events/of-unknown-devices-are-dropped",
                     test_events_of_unknown_devices_are_dropped);
    return g_test_run ();
}
