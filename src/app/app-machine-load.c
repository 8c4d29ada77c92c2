/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-load.c - how busy a machine's processors are, small: the last minutes as a curve, and the figure of now. */
#include "app-machine-load.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-graph.h"
#include "app-stats.h"

#define GRAPH_WIDTH  92
#define GRAPH_HEIGHT 28
#define SPAN_S       120

struct _AppMachineLoad {
    GtkBox parent_instance;

    AppMachineItem *item;
    gboolean watched;
    AppGraph *graph;
    GtkLabel *label;
};

G_DEFINE_TYPE (AppMachineLoad, app_machine_load, GTK_TYPE_BOX)

static void
update (AppMachineLoad *self)
{
    VitrineStatsHistory *history =
        vitrine_stats_get_history (app_machine_item_get_machine (self->item));
    double percent = vitrine_stats_history_get_last (history, VITRINE_RATE_CPU);
    g_autofree char *text =
        isnan (percent) ? g_strdup ("–") : g_strdup_printf (_ ("%.0f %%"), percent);
    g_autofree char *spoken = g_strdup_printf (_ ("CPU %s"), text);

    gtk_label_set_label (self->label, text);
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->graph)), spoken);
}

static void
app_machine_load_dispose (GObject *object)
{
    AppMachineLoad *self = APP_MACHINE_LOAD (object);

    if (self->item != NULL)
        app_machine_load_set_watched (self, FALSE);
    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_machine_load_parent_class)->dispose (object);
}

static void
app_machine_load_class_init (AppMachineLoadClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_machine_load_dispose;
}

static void
app_machine_load_init (AppMachineLoad *self)
{
    GtkWidget *graph = g_object_new (APP_TYPE_GRAPH, "visible", TRUE, NULL);
    GtkWidget *label = gtk_label_new (NULL);

    gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
    gtk_box_set_spacing (GTK_BOX (self), 3);
    gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
    self->graph = APP_GRAPH (graph);
    app_graph_add_curve (self->graph, VITRINE_RATE_CPU);
    app_graph_set_range (self->graph, 100, 0);
    app_graph_set_span (self->graph, SPAN_S);
    gtk_widget_set_size_request (graph, GRAPH_WIDTH, GRAPH_HEIGHT);
    gtk_container_add (GTK_CONTAINER (self), graph);
    self->label = GTK_LABEL (label);
    gtk_label_set_xalign (self->label, 0);
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "small-figure");
    gtk_container_add (GTK_CONTAINER (self), label);
    gtk_widget_show (label);
}

AppMachineLoad *
app_machine_load_new (AppMachineItem *item)
{
    AppMachineLoad *self;
    VitrineStatsHistory *history;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_MACHINE_LOAD, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    history = vitrine_stats_get_history (app_machine_item_get_machine (item));
    app_graph_set_history (self->graph, history);
    g_signal_connect_object (history, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    update (self);
    return self;
}

void
app_machine_load_set_watched (AppMachineLoad *self, gboolean watched)
{
    g_return_if_fail (APP_IS_MACHINE_LOAD (self));

    if (self->watched == watched)
        return;
    self->watched = watched;
    if (watched)
        app_stats_watch (self->item);
    else
        app_stats_unwatch (self->item);
}
