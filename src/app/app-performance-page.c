/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-performance-page.c - what a machine uses, now and lately: processors, memory, disks, network. */
#include "app-performance-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-performance-card.h"
#include "app-stats.h"

#define MINUTE_S 60
#define LEAST_IO 1024.0 /* bytes a second: less is no curve */
#define N_CARDS  4

struct _AppPerformancePage {
    GtkBox parent_instance;

    AppMachineItem *item;
    VitrineStatsHistory *history; /* borrowed from the machine */
    AppPerformanceCard *cpu, *memory, *disk, *network;

    GtkBox *cards_box;
    GtkBox *span_box;
    GtkLabel *off_label;
    GtkLabel *host_label;
};

G_DEFINE_TYPE (AppPerformancePage, app_performance_page, GTK_TYPE_BOX)

/* --- figures ------------------------------------------------------------------------------------- */

static char *
format_percent (double value)
{
    return g_strdup_printf (_ ("%.0f %%"), value);
}

static char *
format_bytes (double value)
{
    return app_format_size ((guint64) MAX (value, 0));
}

static char *
format_bytes_a_second (double value)
{
    g_autofree char *size = format_bytes (value);

    return g_strdup_printf (_ ("%s/s"), size);
}

/* "1 h 05 min"; (transfer full) */
static char *
format_uptime (guint64 uptime_us)
{
    guint minutes = (guint) (uptime_us / G_USEC_PER_SEC / 60), hours = minutes / 60;

    if (hours >= 24)
        return g_strdup_printf (_ ("%u d %u h"), hours / 24, hours % 24);
    if (hours > 0)
        return g_strdup_printf (_ ("%u h %02u min"), hours, minutes % 60);
    return g_strdup_printf (_ ("%u min"), minutes);
}

/* What it is to the host. */
static void
update_host (AppPerformancePage *self, const VitrineStats *stats)
{
    double cpu = vitrine_stats_history_get_last (self->history, VITRINE_RATE_HOST_CPU);
    g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
    g_autofree char *text = NULL;

    if (stats->uptime_us != VITRINE_STATS_UNKNOWN) {
        g_autofree char *time = format_uptime (stats->uptime_us);

        g_ptr_array_add (parts, g_strdup_printf (_ ("On for %s"), time));
    }
    if (!isnan (cpu))
        g_ptr_array_add (parts,
                         g_strdup_printf (_ ("%.0f %% of one of the host's processors"), cpu));
    g_ptr_array_add (parts, NULL);
    text = g_strjoinv (" · ", (char **) parts->pdata);
    gtk_label_set_label (self->host_label, text);
}

static void
update_notes (AppPerformancePage *self, const VitrineStats *stats)
{
    VitrineMachine *machine = app_machine_item_get_machine (self->item);
    guint n = stats->n_vcpus > 0 ? stats->n_vcpus : vitrine_machine_get_vcpus (machine);
    guint64 bytes = stats->memory_bytes != VITRINE_STATS_UNKNOWN
                        ? stats->memory_bytes
                        : vitrine_machine_get_memory_bytes (machine);
    g_autofree char *size = app_format_size (bytes);
    g_autofree char *processors =
        g_strdup_printf (ngettext ("%u processor", "%u processors", n), n);
    g_autofree char *disks =
        g_strdup_printf (ngettext ("%u disk", "%u disks", stats->disks->len), stats->disks->len);
    g_autofree char *cards = g_strdup_printf (
        ngettext ("%u network card", "%u network cards", stats->nics->len), stats->nics->len);

    app_performance_card_set_note (self->cpu, processors);
    app_performance_card_set_note (self->memory, size);
    app_performance_card_set_note (self->disk, disks);
    app_performance_card_set_note (self->network, cards);
    app_graph_set_range (app_performance_card_get_graph (self->memory), (double) bytes, 0);
}

static void
update (AppPerformancePage *self)
{
    VitrineStats *stats = vitrine_stats_history_get_stats (self->history);
    gboolean runs = vitrine_machine_runs (app_machine_item_get_machine (self->item));

    gtk_widget_set_visible (GTK_WIDGET (self->off_label), !runs);
    gtk_widget_set_visible (GTK_WIDGET (self->cards_box), runs);
    gtk_widget_set_sensitive (GTK_WIDGET (self->span_box), runs);
    gtk_widget_set_visible (GTK_WIDGET (self->host_label), runs);
    if (stats == NULL)
        return;
    update_notes (self, stats);
    update_host (self, stats);
}

/* --- what is shown ------------------------------------------------------------------------------- */

static void
set_span (AppPerformancePage *self, guint span_s)
{
    AppPerformanceCard *const cards[N_CARDS] = { self->cpu, self->memory, self->disk,
                                                 self->network };

    for (guint i = 0; i < N_CARDS; i++)
        app_graph_set_span (app_performance_card_get_graph (cards[i]), span_s);
}

static void
minute_toggled_cb (GtkToggleButton *button, AppPerformancePage *self)
{
    if (self->item != NULL && gtk_toggle_button_get_active (button))
        set_span (self, MINUTE_S);
}

static void
minutes_toggled_cb (GtkToggleButton *button, AppPerformancePage *self)
{
    if (self->item != NULL && gtk_toggle_button_get_active (button))
        set_span (self, 5 * MINUTE_S);
}

static void
hour_toggled_cb (GtkToggleButton *button, AppPerformancePage *self)
{
    if (self->item != NULL && gtk_toggle_button_get_active (button))
        set_span (self, VITRINE_STATS_HISTORY_S);
}

static AppPerformanceCard *
add_card (AppPerformancePage *self, const char *title, AppGraphFormat format)
{
    AppPerformanceCard *card = app_performance_card_new (title, format, self->history);

    gtk_container_add (GTK_CONTAINER (self->cards_box), GTK_WIDGET (card));
    return card;
}

static void
add_cards (AppPerformancePage *self)
{
    self->cpu = add_card (self, _ ("CPU"), format_percent);
    app_performance_card_add_curve (self->cpu, VITRINE_RATE_CPU, NULL);
    app_graph_set_range (app_performance_card_get_graph (self->cpu), 100, 0);
    self->memory = add_card (self, _ ("Memory"), format_bytes);
    app_performance_card_add_curve (self->memory, VITRINE_RATE_GUEST_MEMORY, _ ("In the guest"));
    app_performance_card_add_curve (self->memory, VITRINE_RATE_HOST_MEMORY, _ ("On the host"));
    self->disk = add_card (self, _ ("Disk"), format_bytes_a_second);
    app_performance_card_add_curve (self->disk, VITRINE_RATE_READ, _ ("Read"));
    app_performance_card_add_curve (self->disk, VITRINE_RATE_WRITTEN, _ ("Written"));
    app_graph_set_range (app_performance_card_get_graph (self->disk), 0, LEAST_IO);
    self->network = add_card (self, _ ("Network"), format_bytes_a_second);
    app_performance_card_add_curve (self->network, VITRINE_RATE_RECEIVED, _ ("Received"));
    app_performance_card_add_curve (self->network, VITRINE_RATE_SENT, _ ("Sent"));
    app_graph_set_range (app_performance_card_get_graph (self->network), 0, LEAST_IO);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_performance_page_dispose (GObject *object)
{
    AppPerformancePage *self = APP_PERFORMANCE_PAGE (object);

    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_performance_page_parent_class)->dispose (object);
}

static void
app_performance_page_class_init (AppPerformancePageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_performance_page_dispose;

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-performance-page.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPerformancePage, cards_box);
    gtk_widget_class_bind_template_child (widget_class, AppPerformancePage, span_box);
    gtk_widget_class_bind_template_child (widget_class, AppPerformancePage, off_label);
    gtk_widget_class_bind_template_child (widget_class, AppPerformancePage, host_label);
    gtk_widget_class_bind_template_callback (widget_class, minute_toggled_cb);
    gtk_widget_class_bind_template_callback (widget_class, minutes_toggled_cb);
    gtk_widget_class_bind_template_callback (widget_class, hour_toggled_cb);
}

static void
app_performance_page_init (AppPerformancePage *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppPerformancePage *
app_performance_page_new (AppMachineItem *item)
{
    AppPerformancePage *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_PERFORMANCE_PAGE, NULL);
    self->item = g_object_ref (item);
    self->history = vitrine_stats_get_history (app_machine_item_get_machine (item));
    add_cards (self);
    g_signal_connect_object (self->history, "changed", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (app_machine_item_get_machine (item), "notify::state",
                             G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    app_stats_watch_while_seen (GTK_WIDGET (self), item);
    update (self);
    return self;
}
