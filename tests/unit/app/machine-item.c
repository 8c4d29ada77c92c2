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
    g_test_add_func ("/app/machine-item/being-told-to-stop-counts-until-it-runs-again",
                     test_being_told_to_stop_counts_until_it_runs_again);
    g_test_add_func ("/app/machine-item/trouble-names-the-latest-first",
                     test_trouble_names_the_latest_first);
    g_test_add_func ("/app/machine-item/a-machine-has-one-item", test_a_machine_has_one_item);
    g_test_add_func ("/app/machine-item/picture-is-taken-while-it-runs",
                     test_picture_is_taken_while_it_runs);
    return g_test_run ();
}
