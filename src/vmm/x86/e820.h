/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e820.h - where things are in guest-physical memory, and the maps that tell firmware and kernels.
 *
 * The one place that decides the address map: machine code lays out RAM and bridges by it, ACPI
 * publishes it, e820 maps repeat it.  All of it is fixed when the machine is made and does not
 * depend on what a guest does.
 *
 *     0           low RAM; its A0000h-BFFFFh are the VGA's
 *     low_bytes   PCI window, up to B0000000h
 *     B0000000h   ECAM, 256 MiB
 *     C0000000h   PCI window, up to FEC00000h
 *     FEC00000h   I/O APIC, chipset, local APIC, KVM's own pages, firmware
 *     4 GiB       high RAM, then room for memory that is plugged later, then the 64-bit PCI window up to
 *                 the processor's last address
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

#define Q35_LOW_SPLIT       0xb0000000u /* from this much RAM on, … */
#define Q35_LOW_SPLIT_TOP   0x80000000u /* … low RAM ends here and the rest is high */
#define Q35_HIGH_BASE       0x100000000ull
#define Q35_VGA_BASE        0x000a0000u
#define Q35_VGA_BYTES       0x00020000u
#define Q35_BIOS_BASE       0x000e0000u /* the last 128 KiB of the first MiB: BIOS, tables */
#define Q35_BIOS_BYTES      0x00020000u
#define Q35_FSEG_BASE       0x000f0000u /* where an OS looks for the RSDP and SMBIOS */
#define Q35_FSEG_SMBIOS     0x000f1000u /* SMBIOS goes here when there is no firmware */
#define Q35_ECAM_BASE       0xb0000000u
#define Q35_ECAM_BYTES      0x10000000u
#define Q35_N_BUSES         1 /* that there are */
#define Q35_PCI32_BASE      0xc0000000u
#define Q35_PCI32_END       0xfec00000u
#define Q35_IOAPIC_BASE     0xfec00000u
#define Q35_IOAPIC_BYTES    0x00001000u
#define Q35_RCBA_BASE       0xfed1c000u
#define Q35_RCBA_BYTES      0x00004000u
#define Q35_LAPIC_BASE      0xfee00000u
#define Q35_LAPIC_BYTES     0x00001000u
#define Q35_KVM_PAGES_BASE  0xfeffc000u /* identity map and TSS, never seen by the guest */
#define Q35_KVM_PAGES_BYTES 0x00004000u

/* Where PCI functions may be placed; no window when bytes is 0. */
struct pci_window {
    gpa_t base;
    uint64_t bytes;
};

struct memory_layout {
    uint64_t low_bytes;          /* RAM from 0 on */
    uint64_t high_bytes;         /* RAM from 4 GiB on; often 0 */
    gpa_t pluggable_base;        /* of memory that comes and goes: in no e820 map */
    uint64_t pluggable_bytes;    /* often 0 */
    struct pci_window pci_lower; /* between low RAM and ECAM */
    struct pci_window pci_upper; /* above ECAM: where firmware puts 32-bit BARs */
    struct pci_window pci_64bit;
};

/* Lays out RAM_BYTES (a multiple of 1 MiB, at least one), and PLUGGABLE_BYTES (the same, or none) of
 * memory that may come later, for a processor with PHYS_BITS address bits (CPUID 80000008h's).  Returns 0,
 * -EINVAL for an odd size, or -ERANGE when it does not fit. */
int memory_layout_init (struct memory_layout *layout, uint64_t ram_bytes, uint64_t pluggable_bytes,
                        unsigned phys_bits);

enum e820_type {
    E820_RAM = 1,
    E820_RESERVED = 2,
};

struct e820_entry {
    gpa_t base;
    uint64_t bytes;
    enum e820_type type;
};

#define E820_MAX_ENTRIES 8

/* In ascending order, without overlaps. */
struct e820_map {
    struct e820_entry entries[E820_MAX_ENTRIES];
    unsigned n;
};

/* For fw_cfg's etc/e820: all RAM as if there were no holes, and what firmware cannot know.  SeaBIOS
 * and OVMF cut out the first MiB's holes and reserve ECAM themselves; telling them twice makes two
 * overlapping entries in what they pass on. */
void e820_for_firmware (const struct memory_layout *layout, struct e820_map *map);

/* For a kernel booted without firmware: the map as the kernel shall see it. */
void e820_for_kernel (const struct memory_layout *layout, struct e820_map *map);

#define E820_RECORD_BYTES 20 /* base, size, type; little-endian, packed */

/* Writes MAP as records, of which BUF has room for E820_MAX_ENTRIES; returns the bytes written. */
size_t e820_encode (const struct e820_map *map, void *buf);
