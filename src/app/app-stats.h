/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-stats.h - whose live figures are read: those of machines that somebody looks at, and no others. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

/* The figures of ITEM's machine are read from now on, until unwatch was called as often.  They come to
 * vitrine_stats_get_history(). */
void app_stats_watch (AppMachineItem *item);
void app_stats_unwatch (AppMachineItem *item);

/* Does that for ITEM as long as WIDGET, which is not mapped yet, is on a screen: mapped, and its window no icon. */
void app_stats_watch_while_seen (GtkWidget *widget, AppMachineItem *item);

/* Whether WIDGET's window is mapped and no icon. */
gboolean app_stats_window_is_seen (GtkWidget *widget);

G_END_DECLS
