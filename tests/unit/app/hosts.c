/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts.c - machines of several hosts are one list, whatever becomes of which of them. */
#include <app-hosts.h>

#include "fake-fixture.h"

#define N_HOSTS 4

static AppHost *
new_host (guint n_machines)
{
    g_autofree char *text = g_strdup_printf ("[host]\ngenerate=%u\n", n_machines);
    g_autoptr (VitrineHost) host = fixture_host (text);

    return app_host_new_fixed (host);
}

static void
test_one_host_alone_does_not_stand_in_its_list (void)
{
    g_autoptr (AppHosts) hosts = app_hosts_new ();
    g_autoptr (AppHost) first = new_host (3);
    g_autoptr (AppHost) second = new_host (2);

    app_hosts_add (hosts, first);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (hosts)), ==, 3);
    app_hosts_add (hosts, second);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (hosts)), ==, 7);
    g_assert_cmpuint (app_hosts_get_n_machines (hosts), ==, 5);
    app_hosts_remove (hosts, second);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (hosts)), ==, 3);
    g_assert_cmpuint (app_hosts_get_n_machines (hosts), ==, 3);
}

static void
test_a_host_that_comes_late_is_searched_and_sorted_as_the_others (void)
{
    g_autoptr (AppHosts) hosts = app_hosts_new ();
    g_autoptr (AppHost) first = new_host (3);
    g_autoptr (AppHost) second = new_host (12);
    g_autoptr (AppMachineItem) shown = NULL;

    app_hosts_add (hosts, first);
    app_hosts_set_search (hosts, "001");
    app_hosts_set_sort (hosts, APP_SORT_NAME, TRUE);
    app_hosts_add (hosts, second);
    /* The first's one of that name, and the second's four, downwards. */
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (hosts)), ==, 2 + 1 + 4);
    shown = g_list_model_get_item (G_LIST_MODEL (hosts), 3);
    g_assert_cmpstr (app_machine_item_get_name (shown), ==, "machine-0012");
}

static void
change_one (AppHosts *hosts, AppHost *host)
{
    GListModel *machines = G_LIST_MODEL (app_host_get_host (host));
    guint n = g_list_model_get_n_items (machines);
    g_autoptr (VitrineMachine) machine =
        g_list_model_get_item (machines, (guint) g_test_rand_int_range (0, (int) n));

    vitrine_machine_set_state (machine, (VitrineMachineState) g_test_rand_int_range (0, 6), NULL);
}

static void
test_random_events_keep_followers_right (void)
{
    static const char *const searches[] = { "", "machine", "1", "0012", "zzz" };
    g_autoptr (AppHosts) hosts = app_hosts_new ();
    g_autoptr (GPtrArray) copy = fixture_follow (G_LIST_MODEL (hosts));
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

    for (guint i = 0; i < N_HOSTS; i++) {
        g_ptr_array_add (all, new_host (4 + 5 * i));
        app_hosts_add (hosts, g_ptr_array_index (all, i));
    }
    for (guint i = 0; i < 2000; i++) {
        AppHost *host = g_ptr_array_index (all, (guint) g_test_rand_int_range (0, N_HOSTS));
        gboolean there = app_hosts_find_uri (hosts, app_host_get_uri (host)) == host;

        switch (g_test_rand_int_range (0, 12)) {
        case 0:
            app_hosts_set_search (hosts, searches[g_test_rand_int_range (0, 5)]);
            break;
        case 1:
            app_hosts_set_sort (hosts, (AppSort) g_test_rand_int_range (0, 3), g_test_rand_bit ());
            break;
        case 2:
            if (there)
                app_hosts_remove (hosts, host);
            else
                app_hosts_add (hosts, host);
            break;
        default:
            change_one (hosts, host);
        }
        fixture_assert_same (G_LIST_MODEL (hosts), copy);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/hosts/one-host-alone-does-not-stand-in-its-list",
                     test_one_host_alone_does_not_stand_in_its_list);
    g_test_add_func ("/app/hosts/a-host-that-comes-late-is-searched-and-sorted-as-the-others",
                     test_a_host_that_comes_late_is_searched_and_sorted_as_the_others);
    g_test_add_func ("/app/hosts/random-events-keep-followers-right",
                     test_random_events_keep_followers_right);
    return g_test_run ();
}
