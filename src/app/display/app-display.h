/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-display.h - a guest's picture as a widget, whatever protocol brings it.
 *
 * What a console needs of such a widget; one class for each protocol implements it, in a module
 * (app-module.h).  While it has the keyboard focus all keys go to the guest, without a grab; a relative
 * pointer it holds by itself, after a click.
 *
 * Signals: "wants-fd", it needs one more connection, for app_display_open_fd(); "ready", the first picture is
 * there; "closed", the server hung up, or never spoke; "resized", the picture has another size; "leds" (an
 * AppLeds), these lock keys are lit in the guest: of servers that tell.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_DISPLAY (app_display_get_type ())
G_DECLARE_INTERFACE (AppDisplay, app_display, APP, DISPLAY, GtkWidget)

/* Which way what is copied goes. */
typedef enum {
    APP_CLIPBOARD_OFF,
    APP_CLIPBOARD_TO_GUEST,
    APP_CLIPBOARD_BOTH,
} AppClipboard;

/* The guest's lock keys that are lit. */
typedef enum {
    APP_LED_CAPS = 1 << 0,
    APP_LED_NUM = 1 << 1,
    APP_LED_SCROLL = 1 << 2,
} AppLeds;

/* How much of what is sent has gone: from 0 to 1. */
typedef void (*AppDisplayProgress) (double fraction, gpointer data);

struct _AppDisplayInterface {
    GTypeInterface parent;

    void (*open_fd) (AppDisplay *self, int fd);
    void (*close) (AppDisplay *self);
    void (*get_size) (AppDisplay *self, int *width, int *height);
    void (*request_size) (AppDisplay *self, int width, int height);
    void (*set_fits) (AppDisplay *self, gboolean fits);
    void (*release_pointer) (AppDisplay *self);
    void (*set_clipboard) (AppDisplay *self, AppClipboard direction);
    /* Both or none; without them, the guest takes no files.  ANSWER is theirs, and holds what cancels. */
    gboolean (*takes_files) (AppDisplay *self);
    void (*send_files) (AppDisplay *self, GFile **files, AppDisplayProgress progress, gpointer data,
                        GTask *answer);
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

/* APP_CLIPBOARD_OFF to begin with.  What crossed before is no more offered to whom it may not go now. */
void app_display_set_clipboard (AppDisplay *self, AppClipboard direction);

/* Whether files can be sent to the guest now: an agent in it takes them. */
gboolean app_display_takes_files (AppDisplay *self);

/* Sends FILES, which NULL ends, to the guest, whose agent decides where they are put.  PROGRESS is called with
 * PROGRESS_DATA now and then, until the answer.  The answer is an error when one of them did not get there. */
void app_display_send_files_async (AppDisplay *self, GFile **files, AppDisplayProgress progress,
                                   gpointer progress_data, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean app_display_send_files_finish (AppDisplay *self, GAsyncResult *result, GError **error);

G_END_DECLS
