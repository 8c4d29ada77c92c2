/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-graph.c - a curve or two of what was sampled of a machine, the newest where the line of writing ends.
 *
 * Where nothing was sampled there is a gap.  Nothing moves by itself: it is drawn anew when there is more to see.
 */
#include "app-graph.h"

#include <math.h>

#define US_PER_S      G_TIME_SPAN_SECOND
#define PIXELS_A_BIN  3
#define MAX_BINS      512
#define N_GRID_LINES  1 /* inside */
#define LABEL_MARGIN  4
#define FILL_ALPHA    0.22
#define LINE_WIDTH    1.5
#define NICE_FRACTION 0.9 /* of the height, at most, for the highest point */
#define SAMPLES_APART                                                                              \
    (VITRINE_STATS_INTERVAL_MS * 1.5 / 1000) /* a bin is no shorter: each has a sample */

struct _AppGraph {
    GtkDrawingArea parent_instance;

    VitrineStatsHistory *history;
    VitrineRate rates[APP_GRAPH_MAX_CURVES];
    guint n_curves;
    guint span_s;
    double max; /* 0: as the curves need */
    double lowest;
    AppGraphFormat format; /* NULL: no grid */
};

G_DEFINE_TYPE (AppGraph, app_graph, GTK_TYPE_DRAWING_AREA)

/* --- colours ------------------------------------------------------------------------------------- */

static void
look_up (GtkStyleContext *style, const char *name, const char *fallback, GdkRGBA *color)
{
    if (!gtk_style_context_lookup_color (style, name, color))
        gdk_rgba_parse (color, fallback);
}

void
app_graph_get_color (GtkWidget *widget, guint index, GdkRGBA *color)
{
    GtkStyleContext *style = gtk_widget_get_style_context (widget);

    if (index == 0)
        look_up (style, "vitrine_first", "#3584e4", color);
    else
        look_up (style, "vitrine_second", "#c64600", color);
}

static void
set_color (cairo_t *cr, const GdkRGBA *color, double alpha)
{
    cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * alpha);
}

/* --- what is drawn ------------------------------------------------------------------------------- */

static guint
count_bins (AppGraph *self, int width)
{
    guint by_pixels = (guint) MAX (width / PIXELS_A_BIN, 2);
    guint by_time = (guint) MAX (self->span_s / SAMPLES_APART, 2);

    return MIN (MIN (by_pixels, by_time), MAX_BINS);
}

/* 1, 2 or 5 times a power of ten that is not less than VALUE. */
static double
round_up (double value)
{
    double step = pow (10, floor (log10 (value)));

    for (guint i = 0; i < 4; i++) {
        static const double factors[] = { 1, 2, 5, 10 };

        if (factors[i] * step >= value)
            return factors[i] * step;
    }
    return value;
}

/* The same for bytes: so many of the unit that they are shown in. */
static double
round_up_bytes (double value)
{
    double unit = 1;

    while (value / unit >= 1024)
        unit *= 1024;
    return value / unit > 500 ? 1024 * unit : unit * round_up (value / unit);
}

static double
find_max (AppGraph *self, double values[APP_GRAPH_MAX_CURVES][MAX_BINS], guint n_bins)
{
    double highest = 0;

    if (self->max > 0)
        return self->max;
    for (guint c = 0; c < self->n_curves; c++)
        for (guint i = 0; i < n_bins; i++)
            if (!isnan (values[c][i]))
                highest = MAX (highest, values[c][i]);
    return MAX (round_up_bytes (MAX (highest / NICE_FRACTION, 1)), self->lowest);
}

/* One stretch without a gap, of values[FIRST] to values[LAST]. */
static void
draw_stretch (cairo_t *cr, const double *values, guint first, guint last, double step,
              double height, double max, const GdkRGBA *color, gboolean is_second)
{
    const double dashes[] = { 4, 2 };

    for (guint pass = 0; pass < 2; pass++) { /* what is below, then the line */
        if (pass == 0)
            cairo_move_to (cr, first * step, height);
        for (guint i = first; i <= last; i++)
            cairo_line_to (cr, i * step,
                           (height - LINE_WIDTH) * (1 - MIN (values[i] / max, 1)) + LINE_WIDTH / 2);
        if (pass == 0) {
            cairo_line_to (cr, last * step, height);
            cairo_close_path (cr);
            set_color (cr, color, is_second ? FILL_ALPHA / 2 : FILL_ALPHA);
            cairo_fill (cr);
            continue;
        }
        if (first == last)
            cairo_rel_line_to (cr, step / 2, 0);
        cairo_set_dash (cr, dashes, is_second ? 2 : 0, 0);
        set_color (cr, color, 1);
        cairo_stroke (cr);
    }
}

static void
draw_curve (cairo_t *cr, const double *values, guint n_bins, double width, double height,
            double max, const GdkRGBA *color, gboolean is_second)
{
    double step = width / (n_bins - 1);

    cairo_set_line_width (cr, LINE_WIDTH);
    cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
    for (guint i = 0; i < n_bins; i++) {
        guint first = i;

        if (isnan (values[i]))
            continue;
        while (i + 1 < n_bins && !isnan (values[i + 1]))
            i++;
        draw_stretch (cr, values, first, i, step, height, max, color, is_second);
    }
}

static void
draw_ground (GtkWidget *widget, cairo_t *cr, double width, double height)
{
    GdkRGBA color;

    gtk_style_context_get_color (gtk_widget_get_style_context (widget),
                                 gtk_widget_get_state_flags (widget), &color);
    set_color (cr, &color, 0.25);
    cairo_rectangle (cr, 0, height - 1, width, 1);
    cairo_fill (cr);
}

static void
draw_grid (GtkWidget *widget, cairo_t *cr, double width, double height)
{
    GdkRGBA color;

    gtk_style_context_get_color (gtk_widget_get_style_context (widget),
                                 gtk_widget_get_state_flags (widget), &color);
    set_color (cr, &color, 0.14);
    cairo_set_line_width (cr, 1);
    for (guint i = 1; i <= N_GRID_LINES; i++) {
        double y = floor (height * i / (N_GRID_LINES + 1)) + 0.5;

        cairo_move_to (cr, 0, y);
        cairo_line_to (cr, width, y);
    }
    cairo_stroke (cr);
    set_color (cr, &color, 0.3);
    cairo_rectangle (cr, 0.5, 0.5, width - 1, height - 1);
    cairo_stroke (cr);
}

/* What is at the top, where the oldest is. */
static void
draw_label (AppGraph *self, cairo_t *cr, double width, double max, gboolean is_rtl)
{
    GtkWidget *widget = GTK_WIDGET (self);
    g_autofree char *text = self->format (max);
    g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
    PangoAttrList *attributes = pango_attr_list_new ();
    int text_width;
    GdkRGBA color;

    pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
    pango_layout_set_attributes (layout, attributes);
    pango_attr_list_unref (attributes);
    pango_layout_get_pixel_size (layout, &text_width, NULL);
    gtk_style_context_get_color (gtk_widget_get_style_context (widget),
                                 gtk_widget_get_state_flags (widget), &color);
    set_color (cr, &color, 0.7);
    cairo_move_to (cr, is_rtl ? width - text_width - LABEL_MARGIN : LABEL_MARGIN, LABEL_MARGIN - 1);
    pango_cairo_show_layout (cr, layout);
}

/* On a multiple of BIN_US, so that what is in a bin stays together as time goes on. */
static gint64
get_end (AppGraph *self, gint64 bin_us)
{
    VitrineStats *last = vitrine_stats_history_get_stats (self->history);
    gint64 end_us = last != NULL ? last->time_us : g_get_monotonic_time ();

    return (end_us / bin_us + 1) * bin_us;
}

static gboolean
app_graph_draw (GtkWidget *widget, cairo_t *cr)
{
    AppGraph *self = APP_GRAPH (widget);
    double values[APP_GRAPH_MAX_CURVES][MAX_BINS], max;
    double width = gtk_widget_get_allocated_width (widget);
    double height = gtk_widget_get_allocated_height (widget);
    gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
    guint n_bins = count_bins (self, (int) width);
    gint64 bin_us = self->span_s * US_PER_S / n_bins;

    if (self->history == NULL)
        return GDK_EVENT_PROPAGATE;
    for (guint c = 0; c < self->n_curves; c++)
        vitrine_stats_history_read (self->history, self->rates[c], get_end (self, bin_us),
                                    bin_us * n_bins, values[c], n_bins);
    max = find_max (self, values, n_bins);
    draw_ground (widget, cr, width, height);
    if (self->format != NULL)
        draw_grid (widget, cr, width, height);
    cairo_save (cr);
    if (is_rtl) {
        cairo_translate (cr, width, 0);
        cairo_scale (cr, -1, 1);
    }
    for (guint c = 0; c < self->n_curves; c++) {
        GdkRGBA color;

        app_graph_get_color (widget, c, &color);
        draw_curve (cr, values[c], n_bins, width, height, max, &color, c > 0);
    }
    cairo_restore (cr);
    if (self->format != NULL)
        draw_label (self, cr, width, max, is_rtl);
    return GDK_EVENT_PROPAGATE;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_graph_dispose (GObject *object)
{
    AppGraph *self = APP_GRAPH (object);

    g_clear_object (&self->history);
    G_OBJECT_CLASS (app_graph_parent_class)->dispose (object);
}

static void
app_graph_class_init (AppGraphClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_graph_dispose;
    GTK_WIDGET_CLASS (klass)->draw = app_graph_draw;
    gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), ATK_ROLE_CHART);
}

static void
app_graph_init (AppGraph *self)
{
    self->span_s = 60;
}

void
app_graph_set_history (AppGraph *self, VitrineStatsHistory *history)
{
    g_return_if_fail (APP_IS_GRAPH (self));
    g_return_if_fail (self->history == NULL);

    self->history = g_object_ref (history);
    g_signal_connect_object (history, "changed", G_CALLBACK (gtk_widget_queue_draw), self,
                             G_CONNECT_SWAPPED);
}

void
app_graph_add_curve (AppGraph *self, VitrineRate rate)
{
    g_return_if_fail (APP_IS_GRAPH (self));
    g_return_if_fail (self->n_curves < APP_GRAPH_MAX_CURVES);
    self->rates[self->n_curves++] = rate;
}

void
app_graph_set_span (AppGraph *self, guint span_s)
{
    g_return_if_fail (APP_IS_GRAPH (self));
    self->span_s = span_s;
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
app_graph_set_range (AppGraph *self, double max, double lowest)
{
    g_return_if_fail (APP_IS_GRAPH (self));
    self->max = max;
    self->lowest = lowest;
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
app_graph_set_grid (AppGraph *self, AppGraphFormat format)
{
    g_return_if_fail (APP_IS_GRAPH (self));
    self->format = format;
}
