/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-list.c - the list shows what was asked for, in the order asked for, and says so in full. */
#include <app-machine-list.h>

#include "fake-fixture.h"

#define SOME                                                                                       \
    "[machine vm10]\nstate=off\n[machine vm2]\nstate=running\nstart-time=100\n"                    \
    "[machine Élan]\nstate=paused\nstart-time=300\n[machine alpha]\nstate=crashed\n"

static char *
names (AppMachineList *list)
{
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++) {
        g_autoptr (AppMachineItem) item = g_list_model_get_item (G_LIST_MODEL (list), i);

        g_string_append_printf (text, "%s%s", i > 0 ? " " : "", app_machine_item_get_name (item));
    }
    return g_string_free (text, FALSE);
}

static void
assert_names (AppMachineList *list, const char *expected)
{
    g_autofree char *found = names (list);

    g_assert_cmpstr (found, ==, expected);
}

static void
test_names_sort_as_people_count (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);

    assert_names (list, "alpha vm2 vm10 Élan");
    app_machine_list_set_sort (list, APP_SORT_NAME, TRUE);
    assert_names (list, "Élan vm10 vm2 alpha");
}

static void
test_other_orders_fall_back_on_names (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);

    app_machine_list_set_sort (list, APP_SORT_STATE, FALSE);
    assert_names (list, "alpha vm2 Élan vm10");
    app_machine_list_set_sort (list, APP_SORT_STARTED, FALSE);
    assert_names (list, "Élan vm2 alpha vm10");
    app_machine_list_set_sort (list, APP_SORT_STARTED, TRUE);
    assert_names (list, "alpha vm10 vm2 Élan");
}

/* NAME's machine, of one processor, was so busy in its last second. */
static void
set_load (VitrineHost *host, const char *name, guint percent)
{
    g_autoptr (VitrineMachine) machine = vitrine_host_find (host, name);
    VitrineStatsHistory *history = vitrine_stats_get_history (machine);
    VitrineStats *last = vitrine_stats_history_get_stats (history);
    gint64 begin_us = last != NULL ? last->time_us : 0;
    guint64 begin_ns = last != NULL ? last->guest_cpu_ns : 0;

    for (guint i = 1; i <= 2; i++) {
        g_autoptr (VitrineStats) stats = vitrine_stats_new ();

        stats->time_us = begin_us + i * G_USEC_PER_SEC;
        stats->n_vcpus = 1;
        stats->guest_cpu_ns = begin_ns + (guint64) i * percent * 10000000;
        vitrine_stats_history_add (history, stats);
    }
}

/* The order is that of one moment until it is asked for again, and nothing moves that is in order. */
static void
test_loads_sort_when_they_are_asked_to (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);
    g_autoptr (GPtrArray) copy = NULL;

    set_load (host, "vm2", 10);
    set_load (host, "Élan", 90);
    app_machine_list_set_sort (list, APP_SORT_LOAD, FALSE);
    assert_names (list, "Élan vm2 alpha vm10");
    copy = fixture_follow (G_LIST_MODEL (list));
    set_load (host, "vm2", 95);
    assert_names (list, "Élan vm2 alpha vm10");
    app_machine_list_sort_again (list);
    assert_names (list, "vm2 Élan alpha vm10");
    fixture_assert_same (G_LIST_MODEL (list), copy);
    g_ptr_array_set_size (copy, 0); /* who would be told anything now would notice */
    set_load (host, "vm2", 97);
    app_machine_list_sort_again (list);
    g_assert_cmpuint (copy->len, ==, 0);
    g_signal_handlers_disconnect_by_data (list, copy);
    app_machine_list_set_sort (list, APP_SORT_LOAD, TRUE);
    assert_names (list, "alpha vm10 Élan vm2");
}

static void
test_search_ignores_case_and_accents (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);

    app_machine_list_set_search (list, "ELA");
    assert_names (list, "Élan");
    app_machine_list_set_search (list, "vm");
    assert_names (list, "vm2 vm10");
    app_machine_list_set_search (list, "nobody");
    assert_names (list, "");
    g_assert_cmpuint (app_machine_list_get_n_machines (list), ==, 4);
    app_machine_list_set_search (list, "");
    assert_names (list, "alpha vm2 vm10 Élan");
}

static void
test_a_state_moves_its_machine_alone (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);
    g_autoptr (VitrineMachine) machine = vitrine_host_find (host, "vm10");
    g_autoptr (GPtrArray) copy = NULL;

    app_machine_list_set_sort (list, APP_SORT_STATE, FALSE);
    copy = fixture_follow (G_LIST_MODEL (list));
    g_assert_cmpuint (app_machine_list_get_n_running (list), ==, 2);
    fixture_act (machine, VITRINE_ACTION_START);
    assert_names (list, "alpha vm2 vm10 Élan");
    fixture_assert_same (G_LIST_MODEL (list), copy);
    g_assert_cmpuint (app_machine_list_get_n_running (list), ==, 3);
}

static void
count_cb (AppMachineList *list, GParamSpec *pspec, gpointer user_data)
{
    ++*(guint *) user_data;
}

static void
test_a_listing_is_told_of_once (void)
{
    g_autoptr (VitrineHost) host = fixture_new_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);
    guint n_told = 0;

    g_signal_connect (list, "notify::n-running", G_CALLBACK (count_cb), &n_told);
    fixture_connect (host);
    assert_names (list, "alpha vm2 vm10 Élan");
    g_assert_cmpuint (app_machine_list_get_n_running (list), ==, 2);
    g_assert_cmpuint (n_told, ==, 1);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    vitrine_machine_delete_finish (VITRINE_MACHINE (source), result, &error);
    g_assert_no_error (error);
    *(gboolean *) user_data = TRUE;
}

static void
test_a_deleted_machine_goes_from_any_order (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);
    g_autoptr (VitrineMachine) machine = vitrine_host_find (host, "alpha");
    g_autoptr (GPtrArray) copy = NULL;
    gboolean done = FALSE;

    app_machine_list_set_sort (list, APP_SORT_STARTED, TRUE);
    copy = fixture_follow (G_LIST_MODEL (list));
    vitrine_machine_delete_async (machine, NULL, NULL, deleted_cb, &done);
    fixture_wait (done);
    assert_names (list, "vm10 vm2 Élan");
    fixture_assert_same (G_LIST_MODEL (list), copy);
    g_assert_null (app_machine_list_find (list, machine));
}

/* What an action left on a machine is not lost by sorting. */
static void
test_items_outlive_orders_and_searches (void)
{
    g_autoptr (VitrineHost) host = fixture_host (SOME);
    g_autoptr (AppMachineList) list = app_machine_list_new (host);
    g_autoptr (VitrineMachine) machine = vitrine_host_find (host, "vm2");
    AppMachineItem *item = app_machine_list_find (list, machine);

    app_machine_item_set_problem (item, "It did not work.");
    app_machine_list_set_search (list, "alpha");
    app_machine_list_set_sort (list, APP_SORT_STATE, TRUE);
    app_machine_list_set_search (list, "");
    g_assert_true (app_machine_list_find (list, machine) == item);
    g_assert_cmpstr (app_machine_item_get_problem (item), ==, "It did not work.");
}

/* Whatever happens in whatever order, a follower of the signals has what the model has, sorted. */
static void
test_random_events_keep_followers_right (void)
{
    g_autoptr (VitrineHost) host = fixture_host ("[host]\ngenerate=60\n");
    g_autoptr (AppMachineList) list = app_machine_list_new (host);
    g_autoptr (GPtrArray) copy = fixture_follow (G_LIST_MODEL (list));
    static const char *const searches[] = { "", "machine", "1", "00", "machine-005", "zzz" };

    for (guint i = 0; i < 3000; i++) {
        guint n = g_list_model_get_n_items (G_LIST_MODEL (host));
        g_autoptr (VitrineMachine) machine =
            g_list_model_get_item (G_LIST_MODEL (host), (guint) g_test_rand_int_range (0, (int) n));
        VitrineMachineState state = (VitrineMachineState) g_test_rand_int_range (0, 6);

        switch (g_test_rand_int_range (0, 10)) {
        case 0:
            app_machine_list_set_search (
                list, searches[g_test_rand_int_range (0, G_N_ELEMENTS (searches))]);
            break;
        case 1:
            app_machine_list_set_sort (list, (AppSort) g_test_rand_int_range (0, 3),
                                       g_test_rand_bit ());
            break;
        case 2:
            vitrine_machine_set_start_time (machine, g_test_rand_int_range (0, 50));
            break;
        default:
            vitrine_machine_set_state (machine, state, NULL);
        }
        if (i % 50 == 0)
            fixture_assert_same (G_LIST_MODEL (list), copy);
    }
    app_machine_list_set_search (list, "");
    app_machine_list_set_sort (list, APP_SORT_NAME, FALSE);
    fixture_assert_same (G_LIST_MODEL (list), copy);
    g_assert_cmpuint (copy->len, ==, 60);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/machine-list/names-sort-as-people-count",
                     test_names_sort_as_people_count);
    g_test_add_func ("/app/machine-list/other-orders-fall-back-on-names",
                     test_other_orders_fall_back_on_names);
    g_test_add_func ("/app/machine-list/loads-sort-when-they-are-asked-to",
                     test_loads_sort_when_they_are_asked_to);
    g_test_add_func ("/app/machine-list/search-ignores-case-and-accents",
                     test_search_ignores_case_and_accents);
    g_test_add_func ("/app/machine-list/a-state-moves-its-machine-alone",
                     test_a_state_moves_its_machine_alone);
    g_test_add_func ("/app/machine-list/a-listing-is-told-of-once", test_a_listing_is_told_of_once);
    g_test_add_func ("/app/machine-list/a-deleted-machine-goes-from-any-order",
                     test_a_deleted_machine_goes_from_any_order);
    g_test_add_func ("/app/machine-list/items-outlive-orders-and-searches",
                     test_items_outlive_orders_and_searches);
    g_test_add_func ("/app/machine-list/random-events-keep-followers-right",
                     test_random_events_keep_followers_right);
    return g_test_run ();
}
