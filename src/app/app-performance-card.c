/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-performance-card.c - one thing that a machine uses: what it is called, how much now, and how it was lately. */
#include "app-performance-card.h"

#include <glib/gi18n.h>
#include <math.h>

#define SWATCH_WIDTH  18
#define SWATCH_HEIGHT 10

typedef struct {
    VitrineRate rate;
    char *name; /* or NULL */
    GtkLabel *label;
} Curve;

struct _AppPerformanceCard {
    GtkBox parent_instance;

    VitrineStatsHistory *history;
    AppGraphFormat format;
    Curve curves[APP_GRAPH_MAX_CURVES];
    guint n_curves;

    GtkLabel *title_label;
    GtkLabel *note_label;
    GtkBox *figures_box;
    AppGraph *graph;
};

G_DEFINE_TYPE (AppPerformanceCard, app_performance_card, GTK_TYPE_BOX)

/* The line of a curve beside its figure. */
static gboolean
draw_swatch_cb (GtkWidget *swatch, cairo_t *cr, gpointer index)
{
    const double dashes[] = { 4, 2 };
    double y = gtk_widget_get_allocated_height (swatch) / 2.0;
    GdkRGBA color;

    app_graph_get_color (swatch, GPOINTER_TO_UINT (index), &color);
    gdk_cairo_set_source_rgba (cr, &color);
    cairo_set_line_width (cr, 3);
    cairo_set_dash (cr, dashes, GPOINTER_TO_UINT (index) > 0 ? 2 : 0, 0);
    cairo_move_to (cr, 0, y);
    cairo_line_to (cr, gtk_widget_get_allocated_width (swatch), y);
    cairo_stroke (cr);
    return GDK_EVENT_PROPAGATE;
}

static char *
dup_figure (AppPerformanceCard *self, const Curve *curve)
{
    double value = vitrine_stats_history_get_last (self->history, curve->rate);
    g_autofree char *text = isnan (value) ? g_strdup ("–") : self->format (value);

    return curve->name != NULL ? g_strdup_printf ("%s %s", curve->name, text)
                               : g_steal_pointer (&text);
}

/* Who cannot see the graph hears what is under its title. */
static void
update (AppPerformanceCard *self)
{
    g_autoptr (GString) spoken = g_string_new (gtk_label_get_text (self->title_label));

    for (guint i = 0; i < self->n_curves; i++) {
        g_autofree char *figure = dup_figure (self, &self->curves[i]);

        gtk_label_set_label (self->curves[i].label, figure);
        g_string_append_printf (spoken, "%s %s", i == 0 ? ":" : ",", figure);
    }
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->graph)), spoken->str);
}

static void
app_performance_card_finalize (GObject *object)
{
    AppPerformanceCard *self = APP_PERFORMANCE_CARD (object);

    for (guint i = 0; i < self->n_curves; i++)
        g_free (self->curves[i].name);
    g_clear_object (&self->history);
    G_OBJECT_CLASS (app_performance_card_parent_class)->finalize (object);
}

static void
app_performance_card_class_init (AppPerformanceCardClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->finalize = app_performance_card_finalize;

    g_type_ensure (APP_TYPE_GRAPH);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-performance-card.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPerformanceCard, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppPerformanceCard, note_label);
    gtk_widget_class_bind_template_child (widget_class, AppPerformanceCard, figures_box);
    gtk_widget_class_bind_template_child (widget_class, AppPerformanceCard, graph);
}

static void
app_performance_card_init (AppPerformanceCard *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppPerformanceCard *
app_performance_card_new (const char *title, AppGraphFormat format, VitrineStatsHistory *history)
{
    AppPerformanceCard *self = g_object_new (APP_TYPE_PERFORMANCE_CARD, NULL);

    self->format = format;
    self->history = g_object_ref (history);
    gtk_label_set_label (self->title_label, title);
    app_graph_set_history (self->graph, history);
    app_graph_set_grid (self->graph, format);
    g_signal_connect_object (history, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    return self;
}

void
app_performance_card_add_curve (AppPerformanceCard *self, VitrineRate rate, const char *name)
{
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *swatch = gtk_drawing_area_new ();
    GtkWidget *label = gtk_label_new (NULL);
    guint index = self->n_curves;

    g_return_if_fail (APP_IS_PERFORMANCE_CARD (self));
    g_return_if_fail (index < APP_GRAPH_MAX_CURVES);

    app_graph_add_curve (self->graph, rate);
    gtk_widget_set_size_request (swatch, SWATCH_WIDTH, SWATCH_HEIGHT);
    gtk_widget_set_valign (swatch, GTK_ALIGN_CENTER);
    g_signal_connect (swatch, "draw", G_CALLBACK (draw_swatch_cb), GUINT_TO_POINTER (index));
    if (name != NULL)
        gtk_container_add (GTK_CONTAINER (box), swatch);
    else
        g_object_unref (g_object_ref_sink (swatch)); /* one curve needs no telling apart */
    gtk_container_add (GTK_CONTAINER (box), label);
    gtk_widget_show_all (box);
    gtk_container_add (GTK_CONTAINER (self->figures_box), box);
    self->curves[index] = (Curve){ rate, g_strdup (name), GTK_LABEL (label) };
    self->n_curves++;
    update (self);
}

void
app_performance_card_set_note (AppPerformanceCard *self, const char *note)
{
    g_return_if_fail (APP_IS_PERFORMANCE_CARD (self));
    gtk_label_set_label (self->note_label, note);
}

AppGraph *
app_performance_card_get_graph (AppPerformanceCard *self)
{
    g_return_val_if_fail (APP_IS_PERFORMANCE_CARD (self), NULL);
    return self->graph;
}
