/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-wait.h - what comes by the main loop, and does not come too late. */
#pragma once

#include <glib.h>

#define TEST_PATIENCE_MS 30000

static inline gboolean
test_too_long_cb (gpointer user_data)
{
    g_error ("what the test waits for does not come");
    return G_SOURCE_REMOVE;
}

/* Until IS_SO (DATA). */
static inline void
test_wait (gboolean (*is_so) (gpointer data), gpointer data)
{
    guint timer = g_timeout_add (TEST_PATIENCE_MS, test_too_long_cb, NULL);

    while (!is_so (data))
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (timer);
}
