/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-application.h - the one application of a user and his hosts, and its windows. */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

#include "app-hosts.h"

G_BEGIN_DECLS

/* Also the application's id. */
#define APP_ICON_NAME "org.vitrine.Vitrine"

#define APP_TYPE_APPLICATION (app_application_get_type ())
G_DECLARE_FINAL_TYPE (AppApplication, app_application, APP, APPLICATION, GtkApplication)

AppApplication *app_application_new (void);

/* Borrowed; the first of them is this computer, or what the command line says. */
AppHosts *app_application_get_hosts (AppApplication *self);

/* Whether its host still has MACHINE. */
gboolean app_application_has_machine (AppApplication *self, VitrineMachine *machine);

/* Connects those hosts but the first that the user wants: their engine may have to be loaded.  The main window asks
 * for it, and for the first itself: see app-window-begin.c. */
void app_application_connect_others (AppApplication *self);

/* Shows what runs in the desktop's tray from here on, if it has one; the main window asks for it when there is
 * nothing left to do for itself. */
void app_application_use_tray (AppApplication *self);

/* Brings the window of ITEM to the front; borrowed. */
GtkWindow *app_application_open_machine (AppApplication *self, AppMachineItem *item);

/* The same for the machine of UUID, once it is listed; until then the main window is shown.  It is waited for no longer
 * than a minute, nor once another machine is opened. */
void app_application_open_uuid (AppApplication *self, const char *uuid);

/* Shows the help without being asked for it: the first time only. */
void app_application_explain (AppApplication *self);

/* Asks above PARENT for the name and the kind of a clone of ITEM, which is shown when it is there. */
void app_application_clone_machine (AppApplication *self, GtkWindow *parent, AppMachineItem *item);

/* Opens the create sheet, with the file PATH filled in unless it is NULL. */
void app_application_new_machine (AppApplication *self, const char *path);

G_END_DECLS
