/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-silent.c - keepers that do not answer hold nobody up for ever.  Built with
 * little patience. */
#include <string.h>

#include "native-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *machine;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    f->host = await_host (NULL);
    f->machine = native_fixture_create (f->host, "alpha");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    if (vitrine_machine_can (f->machine, VITRINE_ACTION_POWER_OFF))
        await_act (f->machine, VITRINE_ACTION_POWER_OFF, NULL);
    g_object_unref (f->machine);
    await_gone (f->host);
}

static void
start (Fixture *f, const char *script)
{
    g_autoptr (GError) error = NULL;

    native_fixture_script (f->machine, script);
    await_act (f->machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
}

static void
assert_silent (const GError *error)
{
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (error->message, "does not answer"));
}

static void
test_call_has_a_deadline (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    start (f, "hang-on=Pause\n");
    g_assert_false (await_act (f->machine, VITRINE_ACTION_PAUSE, &error));
    assert_silent (error);
}

static void
test_stream_has_a_deadline (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    start (f, "hang-on=OpenDisplay\n");
    g_assert_cmpint (await_open_display (f->machine, "vnc", &error), ==, -1);
    assert_silent (error);
}

static void
test_call_can_be_cancelled (Fixture *f, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;

    start (f, "hang-on=Pause\n");
    vitrine_machine_act_async (f->machine, VITRINE_ACTION_PAUSE, cancellable, await_cb, &slot);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_false (vitrine_machine_act_finish (f->machine, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_off_means_off (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    start (f, "hang-on=PowerOff\n");
    await_act (f->machine, VITRINE_ACTION_POWER_OFF, &error); /* the keeper is killed */
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (f->machine), ==, VITRINE_MACHINE_OFF);
}

static void
test_start_has_a_deadline (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    native_fixture_script (f->machine, "starts-forever=true\n");
    g_assert_false (await_act (f->machine, VITRINE_ACTION_START, &error));
    assert_silent (error);
    await_state (f->machine, VITRINE_MACHINE_OFF); /* it was undone */
}

static void
test_deaf_keeper_does_not_hold_up_the_list (Fixture *f, gconstpointer data)
{
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    VitrineHost *late;

    native_fixture_script (f->machine, "deaf=true\n");
    g_assert_false (await_act (f->machine, VITRINE_ACTION_START, &error));
    g_clear_error (&error);
    late = await_host (NULL); /* and it is ready */
    machine = vitrine_host_find (late, "alpha");
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_RUNNING);
    g_assert_cmpstr (vitrine_machine_get_state_reason (machine), !=, "");
    g_assert_false (await_act (machine, VITRINE_ACTION_PAUSE, &error));
    assert_silent (error);
    g_clear_error (&error);
    await_act (machine, VITRINE_ACTION_POWER_OFF, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, VITRINE_MACHINE_OFF);
    g_clear_object (&machine);
    await_gone (late);
}

#define ADD(path, function)                                                                        \
    g_test_add ("/native/silent/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    int ret;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    ADD ("call-has-a-deadline", test_call_has_a_deadline);
    ADD ("stream-has-a-deadline", test_stream_has_a_deadline);
    ADD ("call-can-be-cancelled", test_call_can_be_cancelled);
    ADD ("off-means-off", test_off_means_off);
    ADD ("start-has-a-deadline", test_start_has_a_deadline);
    ADD ("deaf-keeper-does-not-hold-up-the-list", test_deaf_keeper_does_not_hold_up_the_list);
    ret = g_test_run ();
    native_fixture_end ();
    return ret;
}
