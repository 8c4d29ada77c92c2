/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-performance-card.h - one thing that a machine uses: what it is called, how much now, and how it was lately. */
#pragma once

#include <gtk/gtk.h>

#include "app-graph.h"

G_BEGIN_DECLS

#define APP_TYPE_PERFORMANCE_CARD (app_performance_card_get_type ())
G_DECLARE_FINAL_TYPE (AppPerformanceCard, app_performance_card, APP, PERFORMANCE_CARD, GtkBox)

/* TITLE is translated; values are shown by FORMAT. */
AppPerformanceCard *app_performance_card_new (const char *title, AppGraphFormat format,
                                              VitrineStatsHistory *history);

/* One more curve, and its figure under the title: NAME, translated, and the value; NULL: the value alone. */
void app_performance_card_add_curve (AppPerformanceCard *self, VitrineRate rate, const char *name);

/* What stands opposite the title. */
void app_performance_card_set_note (AppPerformanceCard *self, const char *note);

AppGraph *app_performance_card_get_graph (AppPerformanceCard *self);

G_END_DECLS
