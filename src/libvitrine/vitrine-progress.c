/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-progress.c - how far a thread's work is, told on the main thread.
 *
 * The thread only writes a number down; ten times a second it is looked at.  So a thread that is quick does not
 * flood the main loop, and nothing is told of work whose end has been.
 */
#include "vitrine-progress-private.h"

#define INTERVAL_MS 100
#define PARTS       10000

struct _VitrineReport {
    VitrineProgress progress;
    gpointer user_data;
    gint done; /* atomic, of PARTS */
    gint told;
    guint timer;
};

static gboolean
timer_cb (gpointer user_data)
{
    VitrineReport *report = user_data;
    gint done = g_atomic_int_get (&report->done);

    if (done != report->told)
        report->progress ((double) done / PARTS, report->user_data);
    report->told = done;
    return G_SOURCE_CONTINUE;
}

VitrineReport *
vitrine_report_new (VitrineProgress progress, gpointer user_data)
{
    VitrineReport *report = g_new0 (VitrineReport, 1);

    report->progress = progress;
    report->user_data = user_data;
    if (progress != NULL)
        report->timer = g_timeout_add (INTERVAL_MS, timer_cb, report);
    return report;
}

void
vitrine_report_set (double fraction, gpointer report)
{
    g_atomic_int_set (&((VitrineReport *) report)->done, (gint) (fraction * PARTS));
}

void
vitrine_report_free (VitrineReport *report)
{
    if (report == NULL)
        return;
    g_clear_handle_id (&report->timer, g_source_remove);
    g_free (report);
}
