/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-console-scaling.c - how large the picture is, and whether the guest follows the window.
 *
 * A picture fits the window, or has its own size and can be scrolled.  Apart from that the guest may be
 * asked for a picture as large as the window: once the window has kept its size for a moment, as each
 * change makes the guest draw everything anew.  The display server says no to guests that cannot; until
 * a guest has followed, and for those that do not, the picture is shown as above.
 */
#include "app-console-private.h"

#define SETTLE_MS 300

static void
forget_wish (AppConsole *self)
{
    g_clear_handle_id (&self->wish_id, g_source_remove);
}

/* In device pixels, as the guest draws. */
static gboolean
wish_cb (gpointer user_data)
{
    AppConsole *self = user_data;
    GtkWidget *room = GTK_WIDGET (self->scroller);
    int scale = gtk_widget_get_scale_factor (room);
    int width = gtk_widget_get_allocated_width (room) * scale;
    int height = gtk_widget_get_allocated_height (room) * scale;

    self->wish_id = 0;
    if (self->display != NULL && width > 1 && height > 1)
        app_display_request_size (APP_DISPLAY (self->display), width, height);
    return G_SOURCE_REMOVE;
}

/* The window's size, the picture's or the guest may be another. */
void
app_console_wish_size (AppConsole *self)
{
    forget_wish (self);
    if (self->resizes_guest && self->display != NULL)
        self->wish_id = g_timeout_add (SETTLE_MS, wish_cb, self);
}

void
app_console_apply_scaling (AppConsole *self, GtkWidget *display)
{
    GtkPolicyType policy = self->original_size ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER;

    gtk_scrolled_window_set_policy (self->scroller, policy, policy);
    if (display == NULL)
        return;
    app_display_set_fits (APP_DISPLAY (display), !self->original_size);
    gtk_widget_set_halign (display, self->original_size ? GTK_ALIGN_CENTER : GTK_ALIGN_FILL);
    gtk_widget_set_valign (display, self->original_size ? GTK_ALIGN_CENTER : GTK_ALIGN_FILL);
}

void
app_console_set_original_size (AppConsole *self, gboolean original_size)
{
    g_return_if_fail (APP_IS_CONSOLE (self));

    if (self->original_size == original_size)
        return;
    self->original_size = original_size;
    app_console_apply_scaling (self, self->display);
}

void
app_console_set_resizes_guest (AppConsole *self, gboolean resizes_guest)
{
    g_return_if_fail (APP_IS_CONSOLE (self));

    if (self->resizes_guest == resizes_guest)
        return;
    self->resizes_guest = resizes_guest;
    app_console_wish_size (self);
}
