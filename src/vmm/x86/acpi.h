/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi.h - the ACPI tables of a machine, for firmware and for kernels booted without any.
 *
 * The constants are the machine's: chipset code answers at them, the tables publish them.
 *
 * Tables are made once, when the machine is made, and say nothing that can change while it runs, so
 * they are the same before and after a reset or a restored snapshot.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blob.h"
#include "e820.h"

#define ACPI_SCI_IRQ     9
#define ACPI_SMI_COMMAND 0x0b2 /* port */
#define ACPI_SMI_ENABLE  0x02  /* written there: set SCI_EN */
#define ACPI_SMI_DISABLE 0x03
#define ACPI_PM_BASE     0x600
#define ACPI_PM_BYTES    0x80
#define ACPI_PM1_EVENT   (ACPI_PM_BASE + 0x00) /* 2 bytes status, 2 bytes enable */
#define ACPI_PM1_CONTROL (ACPI_PM_BASE + 0x04) /* 2 bytes */
#define ACPI_PM_TIMER    (ACPI_PM_BASE + 0x08) /* 24 bits at 3.579545 MHz */
#define ACPI_GPE0        (ACPI_PM_BASE + 0x20) /* 8 bytes status, 8 bytes enable */
#define ACPI_GPE0_BYTES  16
#define ACPI_S5_TYPE     0 /* SLP_TYP that switches off; OVMF has it built in */
#define ACPI_RESET_PORT  0xcf9
#define ACPI_RESET_VALUE 0x0f
#define ACPI_CENTURY     0x32 /* CMOS byte */
#define ACPI_FWCFG_BASE  0x510
#define ACPI_FWCFG_BYTES 12
#define ACPI_PCI_HOTPLUG_BASE  0xcc0 /* machine/acpi-pci-hotplug.h */
#define ACPI_PCI_HOTPLUG_BYTES 24
#define ACPI_CPU_HOTPLUG_BASE  0xcd8 /* machine/acpi-cpu-hotplug.h */
#define ACPI_CPU_HOTPLUG_BYTES 12
#define ACPI_MAX_VCPUS   255 /* local APIC IDs are 8 bits wide in the tables: 0-254 */
#define ACPI_MAX_UARTS   4   /* 3F8h IRQ4, 2F8h IRQ3, 3E8h IRQ4, 2E8h IRQ3 */

/* What the CPU block's command register takes. */
enum acpi_cpu_command {
    ACPI_CPU_COMMAND_NEXT,       /* select the next processor with something to tell */
    ACPI_CPU_COMMAND_OST_EVENT,  /* data written next is _OST's event, */
    ACPI_CPU_COMMAND_OST_STATUS, /* and its status */
    ACPI_CPU_COMMAND_APIC_ID,    /* data reads as the selected processor's APIC ID */
    ACPI_CPU_COMMAND_N
};

struct acpi_config {
    unsigned max_vcpus;             /* 1 to ACPI_MAX_VCPUS; vCPU n has APIC ID n */
    bool has_vcpu[ACPI_MAX_VCPUS];  /* there at power-on; the others may come later */
    uint32_t hotplug_slots; /* a bit a PCI slot, 1 to 30, whose device may come or go */
    unsigned uarts;     /* a bit a COM port that is there, COM1 lowest */
    bool has_i8042;     /* keyboard and mouse */
    uint16_t pvpanic_port; /* where the guest tells of its panic; 0: nowhere */
    const struct memory_layout *layout;
};

/* The files that fw_cfg hands to firmware. */
#define ACPI_RSDP_FILE   "etc/acpi/rsdp"
#define ACPI_TABLES_FILE "etc/acpi/tables"
#define ACPI_LOADER_FILE "etc/table-loader"

struct acpi_tables {
    struct blob rsdp;
    struct blob tables;
    struct blob loader; /* says where the others go and what to patch: see acpi-loader.c */
};

/* Makes the tables.  Returns 0, or -ENOMEM with nothing to clear. */
int acpi_build (struct acpi_tables *tables, const struct acpi_config *config);

/* Frees them; harmless a second time. */
void acpi_clear (struct acpi_tables *tables);

/* Puts the tables into guest RAM the way firmware would, in the area that e820_for_kernel()
 * reserves: for direct kernel boot, at every reset, after anything else wrote to that area. Returns
 * 0 with *RSDP set, or -ENOSPC when the area is too small or no RAM. */
int acpi_install (const struct acpi_tables *tables, struct memory *memory, gpa_t *rsdp);
