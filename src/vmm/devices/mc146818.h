/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mc146818.h - the real-time clock and its CMOS memory, ports 70h and 71h, IRQ8. */
#pragma once

#include "device.h"

/* What firmware looks for in CMOS memory, and how the clock is set. */
struct mc146818_config {
    uint64_t low_bytes;  /* RAM below 4 GiB, from 0 */
    uint64_t high_bytes; /* RAM from 4 GiB on */
    unsigned n_vcpus;    /* 1 to 256 */
    int64_t offset_s; /* guest's clock minus UTC: 0, or the time zone's for guests that keep local
                         time */
};

/* CONFIG is copied.  Returns 0 or -errno. */
int mc146818_create (const struct device_env *env, const struct mc146818_config *config,
                     struct device **out);

/* What firmware finds at the next start: so many processors (1 to 256).  vCPUs are parked. */
void mc146818_set_vcpus (struct device *device, unsigned n_vcpus);

/* The guest's clock minus UTC as it is now, to be kept for the next start.  Any thread. */
int64_t mc146818_get_offset_s (struct device *device);
