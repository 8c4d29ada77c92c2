/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-performance-page.h - what a machine uses, now and lately: processors, memory, disks, network. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_PERFORMANCE_PAGE (app_performance_page_get_type ())
G_DECLARE_FINAL_TYPE (AppPerformancePage, app_performance_page, APP, PERFORMANCE_PAGE, GtkBox)

/* Figures are read while it is on a screen, and at no other time. */
AppPerformancePage *app_performance_page_new (AppMachineItem *item);

G_END_DECLS
