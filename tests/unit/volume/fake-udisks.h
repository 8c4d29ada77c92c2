/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-udisks.h - UDisks2 with one volume group, on a bus of the test's own. */
#pragma once

#include <glib.h>

/* Begins to serve, in a thread, as "system bus" of this process. */
void fake_udisks_start (void);
void fake_udisks_stop (void);

/* What was asked for since the last time, a line each: "EnableModule lvm2", "CreatePlainVolume disk 4096" (transfer
 * full). */
char *fake_udisks_dup_calls (void);

/* How often all that is there was read since the last time. */
guint fake_udisks_count_readings (void);

/* From now on the module is there before it is asked for, as long as LOADED. */
void fake_udisks_be_loaded (gboolean loaded);

/* From now on changes are refused, as polkit does. */
void fake_udisks_deny (gboolean deny);

/* The next two readings find a disk of LVM's whose group the module has not found yet. */
void fake_udisks_be_late (void);

/* From now on a new volume is said to be made, and not to be there yet. */
void fake_udisks_be_slow (gboolean slow);
