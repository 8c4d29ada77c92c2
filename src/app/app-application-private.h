/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-application-private.h - the application's parts, for the files it is split into. */
#pragma once

#include "app-application.h"
#include "app-create-dialog.h"
#include "app-help-window.h"
#include "app-host-dialog.h"
#include "app-images-window.h"
#include "app-inhibitor.h"
#include "app-networks-window.h"
#include "app-storage-window.h"
#include "app-notifier.h"
#include "app-preferences-window.h"
#include "app-search-provider.h"
#include "app-tray.h"

G_BEGIN_DECLS

struct _AppApplication {
    GtkApplication parent_instance;

    AppHosts *hosts;
    gboolean remembers;                /* hosts, from run to run */
    AppCreateDialog *create_sheet;     /* weak */
    AppHostDialog *host_sheet;         /* weak */
    AppImagesWindow *images;           /* weak */
    AppNetworksWindow *networks;       /* weak */
    AppStorageWindow *storage;         /* weak */
    AppPreferencesWindow *preferences; /* weak */
    AppHelpWindow *help;               /* weak */
    GtkWindow *shortcuts;              /* weak */
    AppNotifier *notifier;
    AppInhibitor *inhibitor;
    AppSearchProvider *search; /* NULL without a session bus */
    char *wanted_uuid;         /* of the machine that is to be opened once it is listed, or NULL */
    guint forget_wanted;       /* the timer after which it is wanted no more */
    gboolean had_window;
    gboolean has_explained;    /* help was shown by itself */
    AppTray *tray;             /* NULL before the first window is complete */
    gboolean in_background;    /* started without a window */
    guint wait_for_tray;       /* the timer of one that was started so */
    gboolean is_held;          /* runs on when the last window closes */
};

/* app-application.c */
GtkWindow *app_application_show_main_window (AppApplication *self);
/* Ends it, unless a window has something that was not applied, and says so. */
void app_application_quit (AppApplication *self);

/* app-application-actions.c: the "app" actions, and the keys of all of them. */
void app_application_add_actions (AppApplication *self);

/* app-application-desktop.c: what the desktop has of it: an icon in the tray, search, and what holds it. */
void app_application_start_in_background (AppApplication *self);
void app_application_end_wait_for_tray (AppApplication *self);
void app_application_offer_search (AppApplication *self, GDBusConnection *bus);

G_END_DECLS
