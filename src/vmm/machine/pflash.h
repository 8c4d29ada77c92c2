/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pflash.h - the flash chip with a machine's UEFI variables.
 *
 * The bytes are in memory that the keeper shares (base/vmm-protocol.h, struct vmm_variables): it
 * writes them to their file, here nothing is opened.
 */
#pragma once

#include <stdint.h>

#include "device.h"
#include "memory.h"
#include "vmm-protocol.h"

#define PFLASH_BLOCK_BYTES 4096 /* what an erase clears: OVMF is built for no other */

struct pflash_config {
    struct vmm_variables *shared; /* valid as long as the chip */
    uint8_t *bytes;               /* page-aligned, the same */
    uint64_t size_bytes;          /* a multiple of PFLASH_BLOCK_BYTES */
    gpa_t gpa;
    /* There is something to save.  Main loop, not more often than every PFLASH_TELL_NS. */
    void (*changed) (void *opaque);
    void *opaque;
};

#define PFLASH_TELL_NS 50000000ll

/* Returns 0 or -errno. */
int pflash_create (const struct device_env *env, const struct pflash_config *config,
                   struct device **out);
