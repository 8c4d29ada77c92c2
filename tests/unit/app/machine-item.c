/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-item.c - what was asked of a machine, and what became of it. */
#include <app-machine-item.h>

#include "fake-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *machine;
    AppMachineItem *item;
} Fixture;

static Fixture *
fixture_new (const char *text)
{
    Fixture *fixture = g_new0 (Fixture, 1);

    fixture->host = fixture_host (text);
    fixture->machine = vitrine_host_find (fixture->host, "vm");
    fixture->item = app_machine_item_new (fixture->machine);
    return fixture;
}

static void
fixture_free (Fixture *fixture)
{
    g_object_unref (fixture->item);
    g_object_unref (fixture->machine);
    g_object_unref (fixture->host);
    g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
test_failure_stays_until_the_next_try (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nfail-start=the firmware is missing\n"
                                         "fail-start-times=1\n");

    app_machine_item_act (f->item, VITRINE_ACTION_START);
    g_assert_true (app_machine_item_get_busy (f->item));
    fixture_wait (!app_machine_item_get_busy (f->item));
    g_assert_cmpstr (app_machine_item_get_problem (f->item), ==, "The firmware is missing.");
    app_machine_item_act (f->item, VITRINE_ACTION_START);
    g_assert_cmpstr (app_machine_item_get_problem (f->item), ==, "");
    fixture_wait (!app_machine_item_get_busy (f->item));
    g_assert_cmpint (app_machine_item_get_state (f->item), ==, VITRINE_MACHINE_RUNNING);
}

static void
test_giving_up_is_silent (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nhang-start=true\n");

    app_machine_item_act (f->item, VITRINE_ACTION_START);
    fixture_wait (app_machine_item_get_state (f->item) == VITRINE_MACHINE_STARTING);
    app_machine_item_cancel (f->item);
    g_assert_false (app_machine_item_get_busy (f->item));
    fixture_wait (app_machine_item_get_state (f->item) == VITRINE_MACHINE_OFF);
    g_assert_cmpstr (app_machine_item_get_problem (f->item), ==, "");
}

/* Force off has to work on a machine whose shutdown hangs; the old answer must not spoil the new one. */
static void
test_the_last_wish_counts (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\nhang-shutdown=true\n");

    app_machine_item_act (f->item, VITRINE_ACTION_SHUTDOWN);
    app_machine_item_act (f->item, VITRINE_ACTION_POWER_OFF);
    g_assert_true (app_machine_item_get_busy (f->item));
    fixture_wait (!app_machine_item_get_busy (f->item));
    g_assert_cmpint (app_machine_item_get_state (f->item), ==, VITRINE_MACHINE_OFF);
    g_assert_cmpstr (app_machine_item_get_problem (f->item), ==, "");
}

/* Nothing that came before an action is of use once it is given up, or the action has begun. */
static void
test_what_comes_before_is_given_up_with_it (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\n");
    g_autoptr (GCancellable) first = app_machine_item_prepare (f->item);
    g_autoptr (GCancellable) second = NULL;

    g_assert_true (app_machine_item_get_busy (f->item));
    app_machine_item_cancel (f->item);
    g_assert_true (g_cancellable_is_cancelled (first));
    g_assert_false (app_machine_item_get_busy (f->item));
    second = app_machine_item_prepare (f->item);
    app_machine_item_act_then (f->item, VITRINE_ACTION_START, NULL, NULL, NULL);
    g_assert_true (g_cancellable_is_cancelled (second));
    fixture_wait (!app_machine_item_get_busy (f->item));
    g_assert_cmpint (app_machine_item_get_state (f->item), ==, VITRINE_MACHINE_RUNNING);
}

static gboolean
done_cb (AppMachineItem *item, const GError *error, gpointer user_data)
{
    *(char **) user_data = g_strdup (error != NULL ? error->message : "done");
    return TRUE;
}

static void
test_who_asked_deals_with_the_error (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nfail-start=the firmware is missing\n"
                                         "fail-start-times=1\n");
    g_autofree char *first = NULL, *second = NULL;

    app_machine_item_act_then (f->item, VITRINE_ACTION_START, done_cb, &first, NULL);
    fixture_wait (!app_machine_item_get_busy (f->item));
    g_assert_cmpstr (first, ==, "the firmware is missing");
    g_assert_cmpstr (app_machine_item_get_problem (f->item), ==, "");
    app_machine_item_act_then (f->item, VITRINE_ACTION_START, done_cb, &second, NULL);
    fixture_wait (!app_machine_item_get_busy (f->item));
    g_assert_cmpstr (second, ==, "done");
}

/* It is started again by somebody else: what becomes of it then was not asked for here. */
static void
test_being_told_to_stop_counts_until_it_runs_again (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nstate=running\n");

    app_machine_item_act (f->item, VITRINE_ACTION_SHUTDOWN);
    fixture_wait (app_machine_item_get_state (f->item) == VITRINE_MACHINE_OFF);
    g_assert_true (app_machine_item_get_told_to_stop (f->item));
    fixture_act (f->machine, VITRINE_ACTION_START);
    g_assert_cmpint (app_machine_item_get_state (f->item), ==, VITRINE_MACHINE_RUNNING);
    g_assert_false (app_machine_item_get_told_to_stop (f->item));
}

static void
test_trouble_names_the_latest_first (void)
{
    g_autoptr (Fixture) f =
        fixture_new ("[machine vm]\nstate=crashed\nstate-reason=out of memory\n");
    g_autofree char *crash = app_machine_item_dup_trouble (f->item);
    g_autofree char *failure = NULL;

    g_assert_cmpstr (crash, ==, "Out of memory.");
    app_machine_item_set_problem (f->item, "It cannot start.");
    failure = app_machine_item_dup_trouble (f->item);
    g_assert_cmpstr (failure, ==, "It cannot start.");
}

static void
test_a_machine_has_one_item (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\n");
    g_autoptr (AppMachineItem) again = app_machine_item_new (f->machine);

    g_assert_true (again == f->item);
}

static void
test_picture_is_taken_while_it_runs (void)
{
    g_autoptr (Fixture) f = fixture_new ("[machine vm]\nscreen=bars\n");

    app_machine_item_take_picture (f->item, 2);
    g_assert_null (app_machine_item_get_picture (f->item));
    fixture_act (f->machine, VITRINE_ACTION_START);
    app_machine_item_take_picture (f->item, 2);
    fixture_wait (app_machine_item_get_picture (f->item) != NULL);
    g_assert_cmpint (cairo_image_surface_get_width (app_machine_item_get_picture (f->item)), ==,
                     2 * APP_PICTURE_WIDTH);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/machine-item/failure-stays-until-the-next-try",
                     test_failure_stays_until_the_next_try);
    g_test_add_func ("/app/machine-item/giving-up-is-silent", test_giving_up_is_silent);
    g_test_add_func ("/app/machine-item/the-last-wish-counts", test_the_last_wish_counts);
    g_test_add_func ("/app/machine-item/what-comes-before-is-given-up-with-it",
                     test_what_comes_before_is_given_up_with_it);
    g_test_add_func ("/app/machine-item/who-asked-deals-with-the-error",
                     test_who_asked_deals_with_the_error);
    g_test_add_func ("/app/machine-item/being-told-to-stop-counts-until-it-runs-again",
                     test_being_told_to_stop_counts_until_it_runs_again);
    g_test_add_func ("/app/machine-item/trouble-names-the-latest-first",
                     test_trouble_names_the_latest_first);
    g_test_add_func ("/app/machine-item/a-machine-has-one-item", test_a_machine_has_one_item);
    g_test_add_func ("/app/machine-item/picture-is-taken-while-it-runs",
                     test_picture_is_taken_while_it_runs);
    return g_test_run ();
}
