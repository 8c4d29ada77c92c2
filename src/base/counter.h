/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counter.h - figures that one thread, or whoever holds one lock, adds to, and any thread may read.
 *
 * Both are plain loads and stores: nobody else adds, so there is nothing to lose that an atomic sum would keep, and
 * the bus is not locked for a figure that is rarely looked at.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

static inline void
counter_add (_Atomic uint64_t *counter, uint64_t n)
{
    uint64_t now = atomic_load_explicit (counter, memory_order_relaxed);

    atomic_store_explicit (counter, now + n, memory_order_relaxed);
}

static inline uint64_t
counter_get (const _Atomic uint64_t *counter)
{
    return atomic_load_explicit (counter, memory_order_relaxed);
}
