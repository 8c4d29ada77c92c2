/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-console-private.h - the console's parts, for the files it is split into. */
#pragma once

#include "app-console.h"
#include "app-display.h"
#include "app-stream.h"

G_BEGIN_DECLS

struct _AppConsole {
    GtkBin parent_instance;

    AppMachineItem *item;
    AppStream *stream;
    GtkWidget *display; /* AppDisplay that is connected, or NULL */
    GtkWidget *last;    /* AppDisplay whose picture is still shown, or NULL */
    gboolean grabbed;
    gboolean released; /* by the user, until the next click */
    gboolean chord;    /* what releases the keyboard is down, and nothing else was pressed since */
    char *summary;
    char *locks;
    gboolean original_size;
    gboolean resizes_guest;
    AppClipboard clipboard;
    guint wish_id; /* the guest is to be asked for the window's size */

    GtkStack *stack;
    GtkOverlay *overlay;
    GtkScrolledWindow *scroller;
    GtkStack *display_stack;
    GtkRevealer *note_revealer;
    GtkLabel *note_label;
    GtkLabel *off_title;
    GtkLabel *off_text;
    GtkButton *start_button;
    GtkSpinner *spinner;
    GtkLabel *waiting_label;
    GtkLabel *none_label;
};

void app_console_set_grabbed (AppConsole *self, gboolean grabbed);

/* app-console-keys.c: who has the keyboard.  DISPLAY is an AppDisplay that was just made. */
void app_console_watch_keys (AppConsole *self, GtkWidget *display);

/* The guest has the keys no longer; DISPLAY had them, or is NULL. */
void app_console_give_keys_back (AppConsole *self, GtkWidget *display);

/* app-console-scaling.c: DISPLAY is an AppDisplay that was just made, or NULL. */
void app_console_apply_scaling (AppConsole *self, GtkWidget *display);

/* Something changed that the guest's picture may have to follow. */
void app_console_wish_size (AppConsole *self);

G_END_DECLS
