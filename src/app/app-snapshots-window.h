/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-snapshots-window.h - a machine's snapshots: which came of which, new ones, back to one, without one. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_SNAPSHOTS_WINDOW (app_snapshots_window_get_type ())
G_DECLARE_FINAL_TYPE (AppSnapshotsWindow, app_snapshots_window, APP, SNAPSHOTS_WINDOW, GtkWindow)

/* Brings the one of ITEM to the front, which is made above PARENT if there is none. */
void app_snapshots_window_show (GtkWindow *parent, AppMachineItem *item);

G_END_DECLS
