/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-display.h - a guest's picture as a widget, whatever protocol brings it.
 *
 * What a console needs of such a widget; one class for each protocol implements it, in a module
 * (app-module.h).  While it has the keyboard focus all keys go to the guest, without a grab; a relative
 * pointer it holds by itself, after a click.
 *
 * Signals: "wants-fd", it needs one more connection, for app_display_open_fd(); "ready", the first picture is there; "closed", the server hung up, or never spoke; "resized",
 * the picture has another size.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_DISPLAY (app_display_get_type ())
G_DECLARE_INTERFACE (AppDisplay, app_display, APP, DISPLAY, GtkWidget)

struct _AppDisplayInterface {
    GTypeInterface parent;

    void (*open_fd) (AppDisplay *self, int fd);
    void (*close) (AppDisplay *self);
    void (*get_size) (AppDisplay *self, int *width, int *height);
    void (*request_size) (AppDisplay *self, int width, int height);
    void (*set_fits) (AppDisplay *self, gboolean fits);
    void (*release_pointer) (AppDisplay *self);
};

/* Once, realized, and once more for each "wants-fd".  FD, a connected socket, is the display's from here on,
 * whatever comes of it; -1: none can be had, and the display closes. */
void app_display_open_fd (AppDisplay *self, int fd);
void app_display_close (AppDisplay *self);

/* Of the guest's picture, in its pixels; 0 × 0 until there is one. */
void app_display_get_size (AppDisplay *self, int *width, int *height);

/* Asks the guest for a picture of that size; it may have none. */
void app_display_request_size (AppDisplay *self, int width, int height);

/* The picture fits the widget and keeps its proportions, or has its own size. */
void app_display_set_fits (AppDisplay *self, gboolean fits);

/* Gives up the pointer, should it be held. */
void app_display_release_pointer (AppDisplay *self);

G_END_DECLS
