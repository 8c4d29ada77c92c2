/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci-rom.h - a PCI function's expansion ROM: code for the firmware, from a file.
 *
 * PCI Local Bus Specification 3.0 §6.3.  Whether the code in it is for this function's vendor and device
 * is the firmware's to look at.
 */
#pragma once

#include "pci.h"

#define PCI_ROM_MAX_BYTES (1u << 20) /* of a file; what there is has a quarter of it */

struct pci_rom;

/* Reads the image that is all of FD, which stays the caller's.  Returns 0; -EINVAL when FD is no file, or
 * none that begins as such an image does; -EFBIG; or -errno. */
int pci_rom_load (int fd, struct pci_rom **out);

/* Shows ROM, which must outlive FUNCTION, in FUNCTION's ROM register: before the machine runs, or with all
 * vCPUs parked. */
void pci_rom_add (struct pci_rom *rom, struct pci_function *function);

/* All of it, *SIZE_BYTES; filled up with zeros to a power of two. */
const uint8_t *pci_rom_get_bytes (const struct pci_rom *rom, uint64_t *size_bytes);

/* NULL is nothing. */
void pci_rom_free (struct pci_rom *rom);
