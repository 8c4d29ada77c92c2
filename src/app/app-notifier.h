/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-notifier.h - tells the desktop what becomes of machines that nobody looks at. */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_NOTIFIER (app_notifier_get_type ())
G_DECLARE_FINAL_TYPE (AppNotifier, app_notifier, APP, NOTIFIER, GObject)

/* Borrows APPLICATION, which has the actions "open-machine" and "present". */
AppNotifier *app_notifier_new (GtkApplication *application, AppHosts *hosts);

/* The application ends: says what goes on without it. */
void app_notifier_say_still_running (AppNotifier *self);

/* The user looks at ITEM: what was said of it is of no use any more. */
void app_notifier_forget (AppNotifier *self, AppMachineItem *item);

G_END_DECLS
