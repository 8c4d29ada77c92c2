/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-stats.h - figures that move as those of machines that have something to do. */
#pragma once

#include "fake-faults.h"
#include "vitrine-stats.h"

G_BEGIN_DECLS

/* As vitrine_host_get_stats_async(), for HOST, whose faults are FAULTS. */
void fake_stats_get_async (VitrineHost *host, FakeFaults *faults, GPtrArray *machines,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);

G_END_DECLS
