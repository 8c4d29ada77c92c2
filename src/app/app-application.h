/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-application.h - the one application of a user and a host, and its windows. */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

/* Also the application's id. */
#define APP_ICON_NAME "org.vitrine.Vitrine"

#define APP_TYPE_APPLICATION (app_application_get_type ())
G_DECLARE_FINAL_TYPE (AppApplication, app_application, APP, APPLICATION, GtkApplication)

AppApplication *app_application_new (void);

/* Borrowed; NULL before the options were looked at. */
VitrineHost *app_application_get_host (AppApplication *self);

/* Whether the host still has MACHINE. */
gboolean app_application_has_machine (AppApplication *self, VitrineMachine *machine);

/* Looks for machines, again if it has to.  The main window asks for it: see app-window-begin.c. */
void app_application_connect_host (AppApplication *self);

/* Shows what runs in the desktop's tray from here on, if it has one; the main window asks for it when there is
 * nothing left to do for itself. */
void app_application_use_tray (AppApplication *self);

/* Brings the window of ITEM to the front. */
void app_application_open_machine (AppApplication *self, AppMachineItem *item);

/* Opens the create sheet, with the file PATH filled in unless it is NULL. */
void app_application_new_machine (AppApplication *self, const char *path);

G_END_DECLS
