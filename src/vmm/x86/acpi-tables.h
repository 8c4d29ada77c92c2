/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-tables.h - ACPI tables as they are in memory (ACPI Specification 6.3, chapter 5).
 *
 * Little-endian, as is every host that runs x86 guests.  For acpi.c and the tests.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "bits.h"

#define PACKED __attribute__ ((packed))

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem_id[6];
    char oem_table_id[8];
    uint32_t oem_revision;
    char creator_id[4];
    uint32_t creator_revision;
} PACKED;

enum acpi_space {
    ACPI_SPACE_IO = 1,
};

enum acpi_access {
    ACPI_ACCESS_BYTE = 1,
    ACPI_ACCESS_WORD = 2,
    ACPI_ACCESS_DWORD = 3,
};

/* Generic Address Structure (§5.2.3.2). */
struct acpi_address {
    uint8_t space;
    uint8_t bits;
    uint8_t offset;
    uint8_t access;
    uint64_t address;
} PACKED;

struct acpi_rsdp {
    char signature[8];
    uint8_t checksum; /* of the first RSDP_V1_BYTES */
    char oem_id[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t extended_checksum; /* of all */
    uint8_t reserved[3];
} PACKED;

#define RSDP_V1_BYTES 20

struct acpi_facs {
    char signature[4];
    uint32_t length;
    uint32_t hardware_signature;
    uint32_t waking_vector;
    uint32_t global_lock;
    uint32_t flags;
    uint64_t x_waking_vector;
    uint8_t version;
    uint8_t reserved[31];
} PACKED;

struct acpi_fadt {
    struct acpi_header header;
    uint32_t facs;
    uint32_t dsdt;
    uint8_t reserved0;
    uint8_t profile;
    uint16_t sci_irq;
    uint32_t smi_command;
    uint8_t acpi_enable;
    uint8_t acpi_disable;
    uint8_t s4bios_request;
    uint8_t pstate_control;
    uint32_t pm1a_event;
    uint32_t pm1b_event;
    uint32_t pm1a_control;
    uint32_t pm1b_control;
    uint32_t pm2_control;
    uint32_t pm_timer;
    uint32_t gpe0;
    uint32_t gpe1;
    uint8_t pm1_event_bytes;
    uint8_t pm1_control_bytes;
    uint8_t pm2_control_bytes;
    uint8_t pm_timer_bytes;
    uint8_t gpe0_bytes;
    uint8_t gpe1_bytes;
    uint8_t gpe1_base;
    uint8_t cstate_control;
    uint16_t c2_latency;
    uint16_t c3_latency;
    uint16_t flush_size;
    uint16_t flush_stride;
    uint8_t duty_offset;
    uint8_t duty_width;
    uint8_t day_alarm;
    uint8_t month_alarm;
    uint8_t century;
    uint16_t boot_flags;
    uint8_t reserved1;
    uint32_t flags;
    struct acpi_address reset;
    uint8_t reset_value;
    uint16_t arm_boot_flags;
    uint8_t minor_revision;
    uint64_t x_facs; /* 0: the 32-bit pointers are good, and one pointer to a table is enough */
    uint64_t x_dsdt;
    struct acpi_address x_pm1a_event;
    struct acpi_address x_pm1b_event;
    struct acpi_address x_pm1a_control;
    struct acpi_address x_pm1b_control;
    struct acpi_address x_pm2_control;
    struct acpi_address x_pm_timer;
    struct acpi_address x_gpe0;
    struct acpi_address x_gpe1;
    struct acpi_address sleep_control;
    struct acpi_address sleep_status;
    uint64_t hypervisor;
} PACKED;

_Static_assert(sizeof (struct acpi_header) == 36, "§5.2.6");
_Static_assert(sizeof (struct acpi_rsdp) == 36, "§5.2.5.3");
_Static_assert(sizeof (struct acpi_facs) == 64, "§5.2.10");
_Static_assert(sizeof (struct acpi_fadt) == 276, "§5.2.9");

#define FADT_REVISION 6
#define FADT_MINOR    3
#define DSDT_REVISION 2 /* integers have 64 bits */
#define MADT_REVISION 5 /* knows "online capable" */

#define FADT_PROFILE_DESKTOP 1
#define FADT_NO_C2           101 /* microseconds: more than 100 and 1000 mean "not there" */
#define FADT_NO_C3           1001

#define FADT_BOOT_LEGACY_DEVICES BIT (0)
#define FADT_BOOT_8042           BIT (1)

#define FADT_WBINVD             BIT (0)
#define FADT_PROC_C1            BIT (2)
#define FADT_NO_SLEEP_BUTTON    BIT (5)
#define FADT_NO_RTC_WAKE        BIT (6)
#define FADT_RESET_REGISTER     BIT (10)
#define FADT_USE_PLATFORM_CLOCK BIT (15)
#define FADT_APIC_CLUSTER       BIT (18)
#define FLAT_APIC_MAX_VCPUS     8 /* more do not fit the flat logical mode */

struct acpi_madt {
    struct acpi_header header;
    uint32_t lapic_address;
    uint32_t flags;
} PACKED;

#define MADT_HAS_8259 BIT (0)

enum acpi_madt_type {
    MADT_LAPIC = 0,
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
    MADT_LAPIC_NMI = 4,
};

struct acpi_madt_lapic {
    uint8_t type, length;
    uint8_t processor_uid;
    uint8_t apic_id;
    uint32_t flags;
} PACKED;

#define LAPIC_ENABLED        BIT (0)
#define LAPIC_ONLINE_CAPABLE BIT (1)

struct acpi_madt_ioapic {
    uint8_t type, length;
    uint8_t id;
    uint8_t reserved;
    uint32_t address;
    uint32_t gsi_base;
} PACKED;

struct acpi_madt_override {
    uint8_t type, length;
    uint8_t bus; /* 0: ISA */
    uint8_t irq;
    uint32_t gsi;
    uint16_t flags;
} PACKED;

#define IRQ_AS_ON_BUS         0x0000
#define IRQ_LEVEL_ACTIVE_HIGH 0x000d

struct acpi_madt_lapic_nmi {
    uint8_t type, length;
    uint8_t processor_uid; /* FFh: all */
    uint16_t flags;
    uint8_t lint;
} PACKED;

struct acpi_mcfg {
    struct acpi_header header;
    uint64_t reserved;
    uint64_t base;
    uint16_t segment;
    uint8_t first_bus;
    uint8_t last_bus;
    uint32_t reserved1;
} PACKED;

struct acpi_waet {
    struct acpi_header header;
    uint32_t flags;
} PACKED;

#define WAET_PM_TIMER_GOOD BIT (1) /* one read is enough */

/* System Resource Affinity Table (§5.2.16). */
struct acpi_srat {
    struct acpi_header header;
    uint32_t reserved; /* 1 */
    uint64_t reserved1;
} PACKED;

#define SRAT_REVISION 3

enum acpi_srat_type {
    SRAT_LAPIC = 0,
    SRAT_MEMORY = 1,
};

struct acpi_srat_lapic {
    uint8_t type, length;
    uint8_t domain; /* bits 7-0 */
    uint8_t apic_id;
    uint32_t flags;
    uint8_t sapic_eid;
    uint8_t domain_high[3];
    uint32_t clock_domain;
} PACKED;

struct acpi_srat_memory {
    uint8_t type, length;
    uint32_t domain;
    uint16_t reserved;
    uint64_t base;
    uint64_t bytes;
    uint32_t reserved1;
    uint32_t flags;
    uint64_t reserved2;
} PACKED;

#define SRAT_ENABLED       BIT (0)
#define SRAT_HOT_PLUGGABLE BIT (1) /* of memory: it may be there or not */

_Static_assert(sizeof (struct acpi_srat) == 48, "§5.2.16");
_Static_assert(sizeof (struct acpi_srat_lapic) == 16, "§5.2.16.1");
_Static_assert(sizeof (struct acpi_srat_memory) == 40, "§5.2.16.2");

#undef PACKED
