/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci-remains.h - what is left where a function was that was pulled out of a running machine.
 *
 * What is gone reads as all ones, and most drivers take that for what it is.  One of virtio's resets its
 * device by a 0 in the status register and waits for the 0 to be read back, without end: Linux then notices
 * no other device that comes or goes, and does not power off.  So such a function's registers read as zeros
 * when it is gone, until something else is in its place or the machine is reset.
 */
#pragma once

#include "pci.h"

struct pci_remains {
    struct bus *mmio; /* NULL: nothing is left */
    struct bus_region region;
};

/* FUNCTION, which is on a bus whose memory-mapped registers are on MMIO, is about to be destroyed without its
 * driver's knowledge.  With all vCPUs parked, as what follows. */
void pci_remains_leave (struct pci_remains *remains, struct bus *mmio,
                        const struct pci_function *function);

/* Nothing is left; harmless when nothing was. */
void pci_remains_clear (struct pci_remains *remains);
