/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-console-keys.c - who has the keyboard: the guest or this desktop.
 *
 * Theory of operation
 *
 *   Keys are the guest's exactly while the display has the keyboard focus ("grabbed"): all of them, the
 *   window's own accelerators included.  A click on the display, or the pointer entering it while it has
 *   the focus, takes the window manager's keys as well.  The chord that releases them, pressed and let go
 *   with nothing in between, takes the focus away until the next click.
 *
 *   The display does what only it can: it holds the pointer of a guest whose mouse is relative.
 */
#include "app-console-private.h"

#include "app-release-chord.h"

static GdkSeat *
get_seat (GtkWidget *widget)
{
    return gdk_display_get_default_seat (gtk_widget_get_display (widget));
}

/* Takes the keys that a window manager would take; on Wayland this asks for its shortcuts. */
static void
take_all_keys (GtkWidget *display)
{
    gdk_seat_grab (get_seat (display), gtk_widget_get_window (display),
                   GDK_SEAT_CAPABILITY_KEYBOARD, FALSE, NULL, NULL, NULL, NULL);
}

void
app_console_give_keys_back (AppConsole *self, GtkWidget *display)
{
    if (!self->grabbed)
        return;
    if (display != NULL && gtk_widget_get_realized (display)) {
        app_display_release_pointer (APP_DISPLAY (display));
        gdk_seat_ungrab (get_seat (display));
    }
    app_console_set_grabbed (self, FALSE);
}

static void
has_focus_cb (GtkWidget *display, GParamSpec *pspec, AppConsole *self)
{
    if (display != self->display)
        return;
    self->chord = FALSE;
    if (gtk_widget_has_focus (display))
        app_console_set_grabbed (self, TRUE);
    else
        app_console_give_keys_back (self, display);
}

static gboolean
button_press_cb (GtkWidget *display, GdkEventButton *event, AppConsole *self)
{
    self->released = FALSE;
    gtk_widget_grab_focus (display);
    take_all_keys (display);
    return GDK_EVENT_PROPAGATE;
}

static gboolean
enter_cb (GtkWidget *display, GdkEventCrossing *event, AppConsole *self)
{
    if (event->mode == GDK_CROSSING_NORMAL && gtk_widget_has_focus (display))
        take_all_keys (display);
    return GDK_EVENT_PROPAGATE;
}

static gboolean
leave_cb (GtkWidget *display, GdkEventCrossing *event, AppConsole *self)
{
    if (event->mode == GDK_CROSSING_NORMAL && self->grabbed)
        gdk_seat_ungrab (get_seat (display));
    return GDK_EVENT_PROPAGATE;
}

static gboolean
key_cb (GtkWidget *display, GdkEventKey *event, AppConsole *self)
{
    const AppReleaseChord *chord = app_release_chord_get ();

    if (event->type == GDK_KEY_PRESS) {
        self->chord = app_release_chord_is_complete (chord, event);
    } else if (self->chord && app_release_chord_has (chord, event->keyval)) {
        self->chord = FALSE;
        self->released = TRUE;
        /* The guest is told of the release first, or it would hold the keys down for ever. */
        gtk_widget_event (display, (GdkEvent *) event);
        gtk_window_set_focus (GTK_WINDOW (gtk_widget_get_toplevel (display)), NULL);
        return GDK_EVENT_STOP;
    }
    return GDK_EVENT_PROPAGATE;
}

void
app_console_watch_keys (AppConsole *self, GtkWidget *display)
{
    g_signal_connect (display, "notify::has-focus", G_CALLBACK (has_focus_cb), self);
    g_signal_connect (display, "button-press-event", G_CALLBACK (button_press_cb), self);
    g_signal_connect (display, "enter-notify-event", G_CALLBACK (enter_cb), self);
    g_signal_connect (display, "leave-notify-event", G_CALLBACK (leave_cb), self);
    g_signal_connect (display, "key-press-event", G_CALLBACK (key_cb), self);
    g_signal_connect (display, "key-release-event", G_CALLBACK (key_cb), self);
}
