/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-search-bar.h - the bar to type a machine's name into. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_SEARCH_BAR (app_search_bar_get_type ())
G_DECLARE_FINAL_TYPE (AppSearchBar, app_search_bar, APP, SEARCH_BAR, GtkSearchBar)

AppSearchBar *app_search_bar_new (void);

/* Its "search-changed" and "activate" tell of what is typed.  Borrowed. */
GtkEntry *app_search_bar_get_entry (AppSearchBar *self);

G_END_DECLS
