/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-selection-bar.h - what can be done to all selected machines; its buttons are "win" actions. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_SELECTION_BAR (app_selection_bar_get_type ())
G_DECLARE_FINAL_TYPE (AppSelectionBar, app_selection_bar, APP, SELECTION_BAR, GtkRevealer)

AppSelectionBar *app_selection_bar_new (void);

void app_selection_bar_set_text (AppSelectionBar *self, const char *text);

/* Whether the start button would resume, and says so. */
void app_selection_bar_set_resumes (AppSelectionBar *self, gboolean resumes);

/* The button beside which is asked before something is lost.  Borrowed. */
GtkWidget *app_selection_bar_get_anchor (AppSelectionBar *self);

G_END_DECLS
