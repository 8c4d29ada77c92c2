/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-stats-history.c - what was sampled of a machine in the last hour. */
#include <math.h>

#include "vitrine-stats.h"

/* Nobody looked for so long: what was before is no neighbour of what comes. */
#define MAX_GAP_US (5 * VITRINE_STATS_INTERVAL_MS * G_TIME_SPAN_MILLISECOND)

/* More than what is kept, so that not each new one moves all others. */
#define SPARE_POINTS 256

typedef struct {
    gint64 time_us;
    float rates[VITRINE_RATE_N];
} Point;

struct _VitrineStatsHistory {
    GObject parent_instance;
    GArray *points;              /* of Point, the oldest first */
    VitrineStats *before, *last; /* the last two; NULL: none */
};

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VitrineStatsHistory, vitrine_stats_history, G_TYPE_OBJECT)

static void
vitrine_stats_history_finalize (GObject *object)
{
    VitrineStatsHistory *self = VITRINE_STATS_HISTORY (object);

    g_array_unref (self->points);
    g_clear_pointer (&self->before, vitrine_stats_unref);
    g_clear_pointer (&self->last, vitrine_stats_unref);
    G_OBJECT_CLASS (vitrine_stats_history_parent_class)->finalize (object);
}

static void
vitrine_stats_history_class_init (VitrineStatsHistoryClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = vitrine_stats_history_finalize;
    signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
vitrine_stats_history_init (VitrineStatsHistory *self)
{
    self->points = g_array_new (FALSE, FALSE, sizeof (Point));
}

VitrineStatsHistory *
vitrine_stats_history_new (void)
{
    return g_object_new (VITRINE_TYPE_STATS_HISTORY, NULL);
}

/* The first point that is not before TIME_US, by halving. */
static guint
find_point (VitrineStatsHistory *self, gint64 time_us)
{
    guint low = 0, high = self->points->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (g_array_index (self->points, Point, middle).time_us < time_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void
drop_old (VitrineStatsHistory *self, gint64 now_us)
{
    guint n = find_point (self, now_us - VITRINE_STATS_HISTORY_S * G_TIME_SPAN_SECOND);

    if (n > SPARE_POINTS)
        g_array_remove_range (self->points, 0, n);
}

void
vitrine_stats_history_add (VitrineStatsHistory *self, VitrineStats *stats)
{
    double rates[VITRINE_RATE_N];
    Point point = { .time_us = stats->time_us };

    g_return_if_fail (VITRINE_IS_STATS_HISTORY (self));
    if (self->last != NULL && stats->time_us <= self->last->time_us)
        return;
    if (self->last != NULL && stats->time_us - self->last->time_us > MAX_GAP_US)
        g_clear_pointer (&self->last, vitrine_stats_unref);
    g_clear_pointer (&self->before, vitrine_stats_unref);
    self->before = g_steal_pointer (&self->last);
    self->last = vitrine_stats_ref (stats);
    vitrine_stats_get_rates (self->before, stats, rates);
    for (guint i = 0; i < VITRINE_RATE_N; i++)
        point.rates[i] = (float) rates[i];
    drop_old (self, stats->time_us);
    g_array_append_val (self->points, point);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
vitrine_stats_history_break (VitrineStatsHistory *self)
{
    g_return_if_fail (VITRINE_IS_STATS_HISTORY (self));
    if (self->last == NULL)
        return;
    g_clear_pointer (&self->before, vitrine_stats_unref);
    g_clear_pointer (&self->last, vitrine_stats_unref);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

double
vitrine_stats_history_get_last (VitrineStatsHistory *self, VitrineRate rate)
{
    g_return_val_if_fail (VITRINE_IS_STATS_HISTORY (self), NAN);
    g_return_val_if_fail (rate < VITRINE_RATE_N, NAN);
    if (self->last == NULL)
        return NAN;
    return (double) g_array_index (self->points, Point, self->points->len - 1).rates[rate];
}

VitrineStats *
vitrine_stats_history_get_stats (VitrineStatsHistory *self)
{
    g_return_val_if_fail (VITRINE_IS_STATS_HISTORY (self), NULL);
    return self->last;
}

double
vitrine_stats_history_get_last_vcpu (VitrineStatsHistory *self, guint index)
{
    g_return_val_if_fail (VITRINE_IS_STATS_HISTORY (self), NAN);
    return self->last != NULL ? vitrine_stats_get_vcpu_rate (self->before, self->last, index) : NAN;
}

void
vitrine_stats_history_read (VitrineStatsHistory *self, VitrineRate rate, gint64 end_us,
                            gint64 span_us, double *values, guint n)
{
    gint64 start_us = end_us - span_us;
    guint at;

    g_return_if_fail (VITRINE_IS_STATS_HISTORY (self));
    g_return_if_fail (rate < VITRINE_RATE_N && span_us > 0);
    at = find_point (self, start_us);
    for (guint i = 0; i < n; i++) {
        gint64 until_us = start_us + span_us * (i + 1) / n;
        double sum = 0;
        guint counted = 0;

        for (; at < self->points->len; at++) {
            const Point *point = &g_array_index (self->points, Point, at);

            if (point->time_us >= until_us)
                break;
            if (!isnan (point->rates[rate])) {
                sum += (double) point->rates[rate];
                counted++;
            }
        }
        values[i] = counted > 0 ? sum / counted : NAN;
    }
}
