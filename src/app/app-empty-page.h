/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-empty-page.h - what the main window shows to whoever has no machine yet. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_EMPTY_PAGE (app_empty_page_get_type ())
G_DECLARE_FINAL_TYPE (AppEmptyPage, app_empty_page, APP, EMPTY_PAGE, GtkBox)

GtkWidget *app_empty_page_new (void);

G_END_DECLS
