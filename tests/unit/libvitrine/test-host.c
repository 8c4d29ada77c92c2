/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-host.c - a host is a sorted list that stays one, whatever its machines do. */
#include <string.h>

#include "await.h"

/* A host and machines with no engine behind them. */

#define TEST_TYPE_HOST (test_host_get_type ())
G_DECLARE_FINAL_TYPE (TestHost, test_host, TEST, HOST, VitrineHost)

struct _TestHost {
    VitrineHost parent_instance;
};

G_DEFINE_FINAL_TYPE (TestHost, test_host, VITRINE_TYPE_HOST)

static void
test_host_class_init (TestHostClass *klass)
{
}

static void
test_host_init (TestHost *self)
{
}

#define TEST_TYPE_MACHINE (test_machine_get_type ())
G_DECLARE_FINAL_TYPE (TestMachine, test_machine, TEST, MACHINE, VitrineMachine)

struct _TestMachine {
    VitrineMachine parent_instance;
};

G_DEFINE_FINAL_TYPE (TestMachine, test_machine, VITRINE_TYPE_MACHINE)

static int n_alive;

static void
test_machine_finalize (GObject *object)
{
    n_alive--;
    G_OBJECT_CLASS (test_machine_parent_class)->finalize (object);
}

static void
test_machine_class_init (TestMachineClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = test_machine_finalize;
}

static void
test_machine_init (TestMachine *self)
{
    n_alive++;
}

static VitrineMachine *
make_machine (const char *name)
{
    g_autofree char *uuid = g_uuid_string_random ();
    VitrineMachine *machine = g_object_new (TEST_TYPE_MACHINE, "uuid", uuid, NULL);

    vitrine_machine_set_name (machine, name);
    return machine;
}

static VitrineHost *
make_host (void)
{
    return g_object_new (TEST_TYPE_HOST, "uri", "test:", "title", "Test", NULL);
}

static VitrineMachine *
add_machine (VitrineHost *host, const char *name)
{
    VitrineMachine *machine = make_machine (name);

    vitrine_host_add (host, machine);
    return machine;
}

/* All names with commas between. */
static char *
describe (VitrineHost *host)
{
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (host)); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (G_LIST_MODEL (host), i);

        g_string_append_printf (text, "%s%s", i > 0 ? "," : "", vitrine_machine_get_name (machine));
    }
    return g_string_free (text, FALSE);
}

static void
assert_order (VitrineHost *host, const char *expected)
{
    g_autofree char *order = describe (host);

    g_assert_cmpstr (order, ==, expected);
}

static void
test_names_are_sorted_as_people_do (void)
{
    static const char *const names[] = { "web 10", "Web 9", "alpha", "Beta",
                                         "web 1",  "beta",  "z",     "1" };
    g_autoptr (VitrineHost) host = make_host ();

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        g_object_unref (add_machine (host, names[i]));
    assert_order (host, "1,alpha,Beta,beta,web 1,Web 9,web 10,z");
}

static void
test_renamed_machine_moves (void)
{
    g_autoptr (VitrineHost) host = make_host ();
    g_autoptr (VitrineMachine) a = add_machine (host, "a");
    g_autoptr (VitrineMachine) c = add_machine (host, "c");
    g_autoptr (VitrineMachine) e = add_machine (host, "e");
    g_autoptr (VitrineMachine) found = NULL;

    vitrine_machine_set_name (a, "f");
    assert_order (host, "c,e,f");
    vitrine_machine_set_name (e, "b");
    assert_order (host, "b,c,f");
    vitrine_machine_set_name (c, "d"); /* where it is */
    assert_order (host, "b,d,f");
    found = vitrine_host_find (host, "d");
    g_assert_true (found == c);
    g_assert_null (vitrine_host_find (host, "c"));
}

static void
test_find (void)
{
    g_autoptr (VitrineHost) host = make_host ();
    g_autoptr (VitrineMachine) a = add_machine (host, "Alpha");
    g_autoptr (VitrineMachine) by_uuid = vitrine_host_find (host, vitrine_machine_get_uuid (a));
    g_autoptr (VitrineMachine) by_name = vitrine_host_find (host, "Alpha");

    g_assert_true (by_uuid == a);
    g_assert_true (by_name == a);
    g_assert_null (vitrine_host_find (host, "alpha"));
    g_assert_null (vitrine_host_find (host, ""));
    vitrine_host_remove (host, a);
    g_assert_null (vitrine_host_find (host, "Alpha"));
    g_assert_null (g_list_model_get_item (G_LIST_MODEL (host), 0));
}

struct change {
    guint position, removed, added, count;
};

static void
changed_cb (GListModel *model, guint position, guint removed, guint added, struct change *change)
{
    *change = (struct change){ position, removed, added, change->count + 1 };
}

static void
test_first_listing_is_one_change (void)
{
    g_autoptr (VitrineHost) host = make_host ();
    g_autoptr (GPtrArray) machines = g_ptr_array_new_with_free_func (g_object_unref);
    struct change change = { 0 };

    for (guint i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf ("m%u", i * 37 % 100);

        g_ptr_array_add (machines, make_machine (name));
    }
    g_signal_connect (host, "items-changed", G_CALLBACK (changed_cb), &change);
    vitrine_host_add_all (host, machines);
    g_assert_cmpuint (change.count, ==, 1);
    g_assert_cmpuint (change.added, ==, 100);
}

static void
test_ready_and_problem_are_told_once (void)
{
    g_autoptr (VitrineHost) host = make_host ();

    g_assert_cmpstr (vitrine_host_get_uri (host), ==, "test:");
    g_assert_cmpstr (vitrine_host_get_problem (host), ==, "");
    vitrine_host_set_problem (host, "gone");
    g_assert_cmpstr (vitrine_host_get_problem (host), ==, "gone");
    vitrine_host_set_problem (host, NULL);
    g_assert_cmpstr (vitrine_host_get_problem (host), ==, "");
    vitrine_host_set_ready (host, TRUE);
    g_assert_true (vitrine_host_get_ready (host));
}

/* --- any order of events ---------------------------------------------------------------------- */

/* What a widget sees: it knows the list by its signals alone. */
static void
mirror_cb (GListModel *model, guint position, guint removed, guint added, GPtrArray *mirror)
{
    g_assert_cmpuint (position + removed, <=, mirror->len);
    g_ptr_array_remove_range (mirror, position, removed);
    for (guint i = 0; i < added; i++)
        g_ptr_array_insert (mirror, (gint) (position + i),
                            g_list_model_get_item (model, position + i));
    g_assert_cmpuint (mirror->len, ==, g_list_model_get_n_items (model));
}

static void
assert_sorted_and_mirrored (VitrineHost *host, GPtrArray *mirror)
{
    g_autofree char *last = NULL;

    for (guint i = 0; i < mirror->len; i++) {
        VitrineMachine *machine = g_ptr_array_index (mirror, i);
        g_autoptr (VitrineMachine) there = g_list_model_get_item (G_LIST_MODEL (host), i);
        g_autofree char *folded = g_utf8_casefold (vitrine_machine_get_name (machine), -1);
        g_autofree char *key = g_utf8_collate_key_for_filename (folded, -1);

        g_assert_true (machine == there);
        g_assert_cmpint (g_strcmp0 (last, key), <=, 0);
        g_free (last);
        last = g_steal_pointer (&key);
    }
}

static VitrineMachine *
pick (VitrineHost *host)
{
    guint n = g_list_model_get_n_items (G_LIST_MODEL (host));

    return n > 0 ? g_list_model_get_item (G_LIST_MODEL (host),
                                          (guint) g_test_rand_int_range (0, (gint) n))
                 : NULL;
}

static char *
make_name (void)
{
    static const char letters[] = "aAbB09 äÖz-";
    GString *name = g_string_new ("m");

    for (int i = g_test_rand_int_range (0, 6); i > 0; i--)
        g_string_append_unichar (
            name, g_utf8_get_char (g_utf8_offset_to_pointer (
                      letters, g_test_rand_int_range (0, (gint) g_utf8_strlen (letters, -1)))));
    return g_string_free (name, FALSE);
}

static void
do_something (VitrineHost *host)
{
    g_autofree char *name = make_name ();
    g_autoptr (VitrineMachine) machine = pick (host);
    int what = g_test_rand_int_range (0, 10);

    if (machine == NULL || what < 3)
        g_object_unref (add_machine (host, name));
    else if (what < 5)
        vitrine_host_remove (host, machine);
    else if (what < 8)
        vitrine_machine_set_name (machine, name);
    else
        vitrine_machine_set_state (
            machine, (VitrineMachineState) g_test_rand_int_range (0, VITRINE_MACHINE_CRASHED + 1),
            name);
}

static void
test_any_events_keep_it_sorted (void)
{
    VitrineHost *host = make_host ();
    g_autoptr (GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);
    gint64 longest_us = 0;

    n_alive = 0;
    g_signal_connect (host, "items-changed", G_CALLBACK (mirror_cb), mirror);
    for (guint i = 0; i < 10000; i++) {
        gint64 before_us = g_get_monotonic_time ();

        do_something (host);
        longest_us = MAX (longest_us, g_get_monotonic_time () - before_us);
        if (i % 500 == 0)
            assert_sorted_and_mirrored (host, mirror);
    }
    assert_sorted_and_mirrored (host, mirror);
    g_test_message ("the longest event took %d us", (int) longest_us);
    g_object_unref (host);
    g_ptr_array_set_size (mirror, 0);
    g_assert_cmpint (n_alive, ==, 0);
}

static void
test_states_have_words (void)
{
    g_autoptr (VitrineMachine) machine = make_machine ("a");
    VitrineMachineState state;

    for (int i = VITRINE_MACHINE_OFF; i <= VITRINE_MACHINE_CRASHED; i++) {
        g_assert_true (vitrine_machine_state_from_string (
            vitrine_machine_state_to_string ((VitrineMachineState) i), &state));
        g_assert_cmpint (state, ==, i);
    }
    g_assert_false (vitrine_machine_state_from_string ("asleep", &state));
    g_assert_false (vitrine_machine_state_from_string (NULL, &state));
}

static void
test_engine_that_can_nothing_says_so (void)
{
    g_autoptr (VitrineHost) host = make_host ();
    g_autoptr (VitrineMachine) machine = add_machine (host, "a");
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);
    g_autoptr (GError) error = NULL;

    g_assert_false (await_act (machine, VITRINE_ACTION_START, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_false (await_delete (machine, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_null (await_list_disks (machine, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_null (vitrine_machine_dup_xml (machine, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_cmpuint (devices->len, ==, 0);
    g_assert_null (vitrine_machine_dup_folder (machine));
    vitrine_machine_set_state (machine, VITRINE_MACHINE_RUNNING, NULL);
    g_clear_error (&error);
    g_assert_cmpint (await_open_display (machine, "vnc", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/host/names-are-sorted-as-people-do", test_names_are_sorted_as_people_do);
    g_test_add_func ("/host/renamed-machine-moves", test_renamed_machine_moves);
    g_test_add_func ("/host/find", test_find);
    g_test_add_func ("/host/first-listing-is-one-change", test_first_listing_is_one_change);
    g_test_add_func ("/host/ready-and-problem-are-told-once", test_ready_and_problem_are_told_once);
    g_test_add_func ("/host/any-events-keep-it-sorted", test_any_events_keep_it_sorted);
    g_test_add_func ("/machine/states-have-words", test_states_have_words);
    g_test_add_func ("/machine/engine-that-can-nothing-says-so",
                     test_engine_that_can_nothing_says_so);
    return g_test_run ();
}
