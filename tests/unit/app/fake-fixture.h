/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-fixture.h - a connected host that only pretends, from the text of its key file. */
#pragma once

#include <glib/gstdio.h>
#include <vitrine.h>

static inline gboolean
fixture_tick_cb (gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

/* Runs the main loop until CONDITION holds; fails after some seconds. */
#define fixture_wait(condition)                                                                    \
    do {                                                                                           \
        gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;                           \
        guint tick = g_timeout_add (5, fixture_tick_cb, NULL);                                     \
        while (!(condition)) {                                                                     \
            if (g_get_monotonic_time () > deadline)                                                \
                g_error ("not in time: %s", #condition);                                           \
            g_main_context_iteration (NULL, TRUE);                                                 \
        }                                                                                          \
        g_source_remove (tick);                                                                    \
    } while (0)

static inline void
fixture_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    vitrine_host_connect_finish (VITRINE_HOST (source), result, &error);
    g_assert_no_error (error);
    *(gboolean *) user_data = TRUE;
}

static inline void
fixture_connect (VitrineHost *host)
{
    gboolean connected = FALSE;

    vitrine_host_connect_async (host, NULL, fixture_connected_cb, &connected);
    fixture_wait (connected);
}

/* Not connected yet.  (transfer full). */
static inline VitrineHost *
fixture_new_host (const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *uri = NULL;
    VitrineHost *host;
    int fd = g_file_open_tmp ("vitrine-XXXXXX.fake", &path, &error);

    g_assert_no_error (error);
    g_close (fd, NULL);
    g_file_set_contents (path, text, -1, &error);
    g_assert_no_error (error);
    uri = g_strconcat ("fake:", path, NULL);
    host = vitrine_host_new (uri, &error);
    g_assert_no_error (error);
    g_unlink (path);
    return host;
}

/* (transfer full). */
static inline VitrineHost *
fixture_host (const char *text)
{
    VitrineHost *host = fixture_new_host (text);

    fixture_connect (host);
    return host;
}

static inline void
fixture_acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    vitrine_machine_act_finish (VITRINE_MACHINE (source), result, &error);
    g_assert_no_error (error);
    *(gboolean *) user_data = TRUE;
}

/* Done when this returns. */
static inline void
fixture_act (VitrineMachine *machine, VitrineAction action)
{
    gboolean done = FALSE;

    vitrine_machine_act_async (machine, action, NULL, fixture_acted_cb, &done);
    fixture_wait (done);
}

/* --- lists ------------------------------------------------------------------------------------ */

static inline void
fixture_follow_cb (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
    GPtrArray *copy = user_data;

    if (removed > 0)
        g_ptr_array_remove_range (copy, position, removed);
    for (guint i = 0; i < added; i++)
        g_ptr_array_insert (copy, (int) (position + i), g_list_model_get_item (list, position + i));
}

/* A copy of LIST that is kept only by what "items-changed" says.  (transfer full). */
static inline GPtrArray *
fixture_follow (GListModel *list)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);

    fixture_follow_cb (list, 0, 0, g_list_model_get_n_items (list), copy);
    g_signal_connect (list, "items-changed", G_CALLBACK (fixture_follow_cb), copy);
    return copy;
}

static inline void
fixture_assert_same (GListModel *list, GPtrArray *copy)
{
    g_assert_cmpuint (copy->len, ==, g_list_model_get_n_items (list));
    for (guint i = 0; i < copy->len; i++) {
        g_autoptr (GObject) item = g_list_model_get_item (list, i);

        g_assert_true (item == g_ptr_array_index (copy, i));
    }
}
