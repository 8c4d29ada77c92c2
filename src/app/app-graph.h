/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-graph.h - a curve or two of what was sampled of a machine, the newest where the line of writing ends.
 *
 * It says nothing to who cannot see it: its name is for whoever shows it to set, with the figure of now.
 */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_GRAPH_MAX_CURVES 2

#define APP_TYPE_GRAPH (app_graph_get_type ())
G_DECLARE_FINAL_TYPE (AppGraph, app_graph, APP, GRAPH, GtkDrawingArea)

/* Where the curves come from; once.  The graph follows it. */
void app_graph_set_history (AppGraph *self, VitrineStatsHistory *history);

/* One more curve; the second one is drawn in another colour, and dashed. */
void app_graph_add_curve (AppGraph *self, VitrineRate rate);

/* Seconds from one side to the other; 60 to begin with. */
void app_graph_set_span (AppGraph *self, guint span_s);

/* What is at the top: MAX, or, with 0, bytes, as many as the highest point of the time shown asks for, at least LOWEST. */
void app_graph_set_range (AppGraph *self, double max, double lowest);

/* With lines behind the curves, and what is at the top as FORMAT says it; without: a small one in a row. */
typedef char *(*AppGraphFormat) (double value);
void app_graph_set_grid (AppGraph *self, AppGraphFormat format);

/* The colour of curve INDEX in the theme of WIDGET. */
void app_graph_get_color (GtkWidget *widget, guint index, GdkRGBA *color);

G_END_DECLS
