/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-display.c - a guest's picture as a widget, whatever protocol brings it. */
#include "app-display.h"

G_DEFINE_INTERFACE (AppDisplay, app_display, GTK_TYPE_WIDGET)

static void
app_display_default_init (AppDisplayInterface *iface)
{
    static const char *const names[] = { "wants-fd", "ready", "closed", "resized" };

    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        g_signal_new (names[i], APP_TYPE_DISPLAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 0);
    g_signal_new ("leds", APP_TYPE_DISPLAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  G_TYPE_UINT);
}

void
app_display_open_fd (AppDisplay *self, int fd)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->open_fd (self, fd);
}

void
app_display_close (AppDisplay *self)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->close (self);
}

void
app_display_get_size (AppDisplay *self, int *width, int *height)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->get_size (self, width, height);
}

void
app_display_request_size (AppDisplay *self, int width, int height)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->request_size (self, width, height);
}

void
app_display_set_fits (AppDisplay *self, gboolean fits)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->set_fits (self, fits);
}

void
app_display_release_pointer (AppDisplay *self)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->release_pointer (self);
}

void
app_display_set_clipboard (AppDisplay *self, AppClipboard direction)
{
    g_return_if_fail (APP_IS_DISPLAY (self));
    APP_DISPLAY_GET_IFACE (self)->set_clipboard (self, direction);
}

gboolean
app_display_takes_files (AppDisplay *self)
{
    g_return_val_if_fail (APP_IS_DISPLAY (self), FALSE);

    return APP_DISPLAY_GET_IFACE (self)->takes_files != NULL
           && APP_DISPLAY_GET_IFACE (self)->takes_files (self);
}

void
app_display_send_files_async (AppDisplay *self, GFile **files, AppDisplayProgress progress,
                              gpointer progress_data, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *answer;

    g_return_if_fail (app_display_takes_files (self));

    answer = g_task_new (self, cancellable, callback, user_data);
    g_task_set_source_tag (answer, app_display_send_files_async);
    APP_DISPLAY_GET_IFACE (self)->send_files (self, files, progress, progress_data, answer);
}

gboolean
app_display_send_files_finish (AppDisplay *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
    return g_task_propagate_boolean (G_TASK (result), error);
}
