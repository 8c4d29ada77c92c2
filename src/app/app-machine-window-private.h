/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-private.h - the machine window's parts, for the files it is split into. */
#pragma once

#include "app-cd-popover.h"
#include "app-hardware-window.h"
#include "app-machine-window.h"
#include "app-note-bar.h"
#include "app-work-line.h"
#include "display/app-console.h"
#include "display/app-terminal.h"

G_BEGIN_DECLS

struct _AppMachineWindow {
    GtkApplicationWindow parent_instance;

    AppMachineItem *item;
    AppNoteBar *problem_note;    /* the last action's failure, or NULL; weak */
    AppNoteBar *screenshot_note; /* where the last screenshot is, or NULL; weak */
    AppNoteBar *drop_note;       /* what to do with a file that was dropped, or NULL; weak */
    AppNoteBar *send_note;       /* what became of files that were sent, or NULL; weak */
    AppNoteBar *undo_note;       /* whether to keep what a run wrote, or NULL; weak */
    GCancellable *undoing;       /* of keeping or dropping it, or NULL */
    AppCdPopover *cd_popover;    /* the cd_button's, or NULL; weak */
    AppHardwareWindow *hardware; /* the list of devices while it is open, or NULL; weak */
    guint n_drives;              /* for CDs */
    gboolean resizes_guest;      /* the display can have the guest follow the window */
    GCancellable *cancellable;   /* of everything this window asked for on its own */
    AppTerminal *terminal;       /* made when it is first looked at */
    guint gone_id;               /* the host is to be asked whether the machine is still there */
    guint hide_bar_id;           /* the full screen's bar is to go */
    gboolean fullscreen;

    GtkHeaderBar *header_bar;
    GtkButton *primary_button;
    GtkImage *primary_image;
    GtkMenuButton *power_button;
    GtkButton *cd_button;
    GtkMenuButton *keys_button;
    GtkMenuButton *display_button;
    GtkBox *notes_box;
    GtkStack *stack;
    AppConsole *console;
    AppWorkLine *work_line; /* files on their way to the guest */
    GtkWidget *status_bar;
    GtkLabel *summary_label;
    GtkLabel *locks_label;
    GtkBox *warning_box;
    GtkLabel *warning_label;
    GtkLabel *hint_label;
    GtkWidget *hot_edge;
    GtkRevealer *bar_revealer;
    GtkLabel *bar_title;
    GtkLabel *bar_hint;
    GtkMenuButton *bar_power_button;
    GtkButton *bar_cd_button;
    GtkMenuButton *bar_keys_button;
    GtkWidget *drop_cover;
};

/* app-machine-window-actions.c: the "win" actions. */
void app_machine_window_add_actions (AppMachineWindow *self);
void app_machine_window_update_actions (AppMachineWindow *self);
void app_machine_window_show_problem (AppMachineWindow *self, const char *problem);

/* Replaces *NOTE, a weak pointer, by a new one; text "" only removes it. */
void app_machine_window_set_note (AppMachineWindow *self, AppNoteBar **note, GtkMessageType type,
                                  const char *text);

/* app-machine-window-undo.c: a run that is decided on afterwards. */
void app_machine_window_start_undo (AppMachineWindow *self);
/* Asks whether to keep what such a run wrote, if there was one. */
void app_machine_window_look_for_undo (AppMachineWindow *self);

/* app-machine-window-display.c: how large the display is shown, and which way the clipboard goes. */
void app_machine_window_add_display_actions (AppMachineWindow *self);
void app_machine_window_update_display_actions (AppMachineWindow *self, gboolean shows);
void app_machine_window_update_display (AppMachineWindow *self);

/* app-machine-window-media.c: CDs. */
void app_machine_window_add_media (AppMachineWindow *self);
void app_machine_window_update_media (AppMachineWindow *self);

/* app-machine-window-files.c: sends FILES, of GFile, at least one, to the guest, and says what becomes of it. */
void app_machine_window_send_files (AppMachineWindow *self, GPtrArray *files);

/* app-machine-window-fullscreen.c: the bar at the hot edge. */
void app_machine_window_watch_fullscreen (AppMachineWindow *self);

G_END_DECLS
