/* SPDX-License-Identifier: GPL-2.0-or-later */
/* head-list.c - the first items of a list, then all of them, and no change is told wrongly. */
#include <app-head-list.h>

#define N 5

typedef struct {
    GListStore *list;
    AppHeadList *head;
    GPtrArray *seen; /* what somebody has who only follows the signal */
    guint n_told;
} Fixture;

static void
changed_cb (GListModel *head, guint position, guint removed, guint added, Fixture *fixture)
{
    fixture->n_told++;
    if (removed > 0)
        g_ptr_array_remove_range (fixture->seen, position, removed);
    for (guint i = 0; i < added; i++)
        g_ptr_array_insert (fixture->seen, (int) (position + i),
                            g_list_model_get_item (head, position + i));
}

static void
insert (Fixture *fixture, guint position)
{
    g_autoptr (GObject) item = g_object_new (G_TYPE_OBJECT, NULL);

    g_list_store_insert (fixture->list, position, item);
}

static Fixture *
fixture_new (guint n_items)
{
    Fixture *fixture = g_new0 (Fixture, 1);

    fixture->list = g_list_store_new (G_TYPE_OBJECT);
    for (guint i = 0; i < n_items; i++)
        insert (fixture, 0);
    fixture->head = app_head_list_new (G_LIST_MODEL (fixture->list), N);
    fixture->seen = g_ptr_array_new_with_free_func (g_object_unref);
    changed_cb (G_LIST_MODEL (fixture->head), 0, 0,
                g_list_model_get_n_items (G_LIST_MODEL (fixture->head)), fixture);
    g_signal_connect (fixture->head, "items-changed", G_CALLBACK (changed_cb), fixture);
    return fixture;
}

static void
fixture_free (Fixture *fixture)
{
    g_object_unref (fixture->head);
    g_object_unref (fixture->list);
    g_ptr_array_unref (fixture->seen);
    g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* Both who follows and who asks has the first N_ITEMS of the list. */
static void
assert_has (Fixture *fixture, guint n_items)
{
    g_assert_cmpuint (fixture->seen->len, ==, n_items);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->head)), ==, n_items);
    for (guint i = 0; i < n_items; i++) {
        g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (fixture->list), i);
        g_autoptr (GObject) ours = g_list_model_get_item (G_LIST_MODEL (fixture->head), i);

        g_assert_true (item == ours);
        g_assert_true (item == g_ptr_array_index (fixture->seen, i));
    }
    g_assert_null (g_list_model_get_item (G_LIST_MODEL (fixture->head), n_items));
}

static void
test_begins_with_the_first (void)
{
    g_autoptr (Fixture) few = fixture_new (N - 1);
    g_autoptr (Fixture) many = fixture_new (3 * N);

    assert_has (few, N - 1);
    assert_has (many, N);
    insert (many, 2 * N);
    g_assert_cmpuint (many->n_told, ==, 1);
}

static void
test_all_come_at_once_and_once (void)
{
    g_autoptr (Fixture) f = fixture_new (3 * N);

    app_head_list_show_all (f->head);
    assert_has (f, 3 * N);
    g_assert_cmpuint (f->n_told, ==, 2);
    app_head_list_show_all (f->head);
    g_assert_cmpuint (f->n_told, ==, 2);
    /* An item alone then moves alone. */
    insert (f, 2 * N);
    assert_has (f, 3 * N + 1);
}

static void
test_follows_any_change (void)
{
    for (guint round = 0; round < 20; round++) {
        g_autoptr (Fixture) f = fixture_new (g_test_rand_int_range (0, 3 * N));

        for (guint i = 0; i < 60; i++) {
            guint n = g_list_model_get_n_items (G_LIST_MODEL (f->list));
            gboolean all = i >= 40;

            if (i == 40)
                app_head_list_show_all (f->head);
            if (n == 0 || g_test_rand_bit ())
                insert (f, g_test_rand_int_range (0, (gint) n + 1));
            else if (g_test_rand_int_range (0, 10) == 0)
                g_list_store_remove_all (f->list);
            else
                g_list_store_remove (f->list, g_test_rand_int_range (0, (gint) n));
            n = g_list_model_get_n_items (G_LIST_MODEL (f->list));
            assert_has (f, all ? n : MIN (n, N));
        }
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/head-list/begins-with-the-first", test_begins_with_the_first);
    g_test_add_func ("/app/head-list/all-come-at-once-and-once", test_all_come_at_once_and_once);
    g_test_add_func ("/app/head-list/follows-any-change", test_follows_any_change);
    return g_test_run ();
}
