/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-private.h - the main window's parts, for the files it is split into. */
#pragma once

#include "app-machine-view.h"
#include "app-note-bar.h"
#include "app-search-bar.h"
#include "app-selection-bar.h"
#include "app-window.h"

G_BEGIN_DECLS

/* What a new window waits for: see app-window-begin.c. */
typedef enum {
    APP_WINDOW_STEP_FRAME, /* its first frame, with no machines yet */
    APP_WINDOW_STEP_LIST,  /* the frame with the machines */
    APP_WINDOW_STEP_REST,  /* nothing */
} AppWindowStep;

struct _AppWindow {
    GtkApplicationWindow parent_instance;

    AppHosts *hosts;
    AppNoteBar *host_note;  /* why the host is of no use, or NULL; weak */
    GCancellable *check;    /* the host's check under way, or NULL */
    gboolean checks_failed; /* look again when the user comes back, perhaps having mended it */
    AppWindowStep step;
    guint patience;         /* with the step's end */
    guint picture_timer;    /* runs only while somebody is there and something moves */
    guint load_timer;       /* runs while loads are read, to know when that ends */
    gint64 attention_end;   /* when he is taken to have gone; monotonic, in µs */

    /* Made when they are first needed: the first frame is sooner there without them. */
    AppSearchBar *search_bar;
    AppSelectionBar *selection_bar;
    AppMachineView *view; /* with the first machine, but not before the first frame */

    GtkHeaderBar *header_bar;
    GtkToggleButton *search_button;
    GtkMenuButton *menu_button;
    GtkBox *body_box;
    GtkBox *notes_box;
    GtkBox *check_box; /* the notes of the last check */
    GtkStack *stack;
    GtkLabel *no_match_label;
    GtkWidget *drop_cover;
};

/* app-window.c */
AppMachineView *app_window_get_view (AppWindow *self);
/* Shows the machines that the list has, with the keyboard in them. */
void app_window_update_list (AppWindow *self);
/* As app_machine_view_get_selected(). */
GPtrArray *app_window_dup_selected (AppWindow *self);
void app_window_begin_search (AppWindow *self);

/* app-window-actions.c: the "win" actions, on the selection. */
void app_window_add_actions (AppWindow *self);
void app_window_update_actions (AppWindow *self);

/* app-window-begin.c: the steps, from a window that was made to one that has all. */
void app_window_begin (AppWindow *self);

/* app-window-dnd.c: files dropped anywhere. */
void app_window_accept_drops (AppWindow *self);

/* app-window-notes.c: what is wrong with the host. */
void app_window_check_host (AppWindow *self);
void app_window_update_host_problem (AppWindow *self);

/* app-window-pictures.c: pictures of running machines, while somebody is there to see them. */
void app_window_watch_user (AppWindow *self);

/* Whether he has done something in it lately. */
gboolean app_window_has_attention (AppWindow *self);

/* Whether the window is active, or whether any machine runs, may have changed. */
void app_window_follow_pictures (AppWindow *self);

/* app-window-loads.c: how busy the machines in sight are, while somebody is there to see it.  Whether he is, whether the
 * window can be seen, or whether any machine runs, may have changed. */
void app_window_follow_loads (AppWindow *self);
void app_window_watch_loads (AppWindow *self);

G_END_DECLS
