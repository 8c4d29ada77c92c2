/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-progress-private.h - how far a thread's work is, told on the main thread. */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

typedef struct _VitrineReport VitrineReport;

/* PROGRESS, which may be NULL, is called with USER_DATA on the main thread while this lives, when there is something
 * new to say. */
VitrineReport *vitrine_report_new (VitrineProgress progress, gpointer user_data);

/* FRACTION is done.  Any thread. */
void vitrine_report_set (double fraction, gpointer report);

/* Main thread; the work has ended. */
void vitrine_report_free (VitrineReport *report);

G_END_DECLS
