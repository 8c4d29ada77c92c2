/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi.c - the ACPI tables of a machine.
 *
 * Theory of operation
 *
 * All tables but the RSDP are in one file, one behind the other.  Pointers between them hold
 * offsets into that file, and the loader's script makes addresses of them (see acpi-loader.c).
 * Tables are written leaves first, so that an offset is known when it is needed:
 *
 *     RSDP ─┬─ RSDT ─┬─ FADT ─┬─ FACS
 *           └─ XSDT ─┤        └─ DSDT
 *                    ├─ MADT
 *                    ├─ MCFG
 *                    ├─ WAET
 *                    └─ SRAT, where memory may be plugged
 */
#include "acpi.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "acpi-private.h"
#include "acpi-tables.h"
#include "bits.h"

#define TABLES_ALIGN 64 /* the FACS, which comes first, needs it */
#define RSDP_ALIGN   16
#define MAX_TABLES   8

struct table {
    uint32_t offset; /* in the file */
    uint32_t length;
    bool is_listed; /* the RSDT and the XSDT point at it */
};

/* While the tables are written. */
struct builder {
    const struct acpi_config *config;
    struct blob *tables;
    struct blob *rsdp;
    struct blob *script;
    struct table written[MAX_TABLES]; /* those that begin with a header */
    unsigned n_written;
};

static struct acpi_header
make_header (const char *signature, uint8_t revision, size_t length)
{
    struct acpi_header h = {
        .length = (uint32_t)length,
        .revision = revision,
        .oem_id = "VITRIN",
        .oem_table_id = "Q35LITE ",
        .oem_revision = 1,
        .creator_id = "VTRN",
        .creator_revision = 1,
    };

    memcpy (h.signature, signature, sizeof h.signature);
    return h;
}

/* Takes note of the table that reaches from OFFSET to the end of the file. */
static void
end_table (struct builder *b, size_t offset, bool is_listed)
{
    assert (b->n_written < MAX_TABLES);
    b->written[b->n_written++] = (struct table){
        .offset = (uint32_t)offset,
        .length = (uint32_t)(b->tables->size - offset),
        .is_listed = is_listed,
    };
}

/* The same of one that began, but for its header, before its records: now its length is known. */
static void
end_table_of_records (struct builder *b, size_t offset, const char *signature, uint8_t revision)
{
    struct acpi_header header = make_header (signature, revision, b->tables->size - offset);

    if (!b->tables->failed)
        memcpy (b->tables->data + offset, &header, sizeof header);
    end_table (b, offset, true);
}

/* The SIZE bytes at OFFSET of file IN are a pointer into the tables' file. */
static void
add_pointer (struct builder *b, const char *in, size_t offset, uint8_t size)
{
    loader_add_pointer (b->script, in, ACPI_TABLES_FILE, (uint32_t)offset, size);
}

/* --- the tables ------------------------------------------------------------------------------ */

static size_t
write_facs (struct builder *b)
{
    struct acpi_facs facs = { .signature = "FACS", .length = sizeof facs, .version = 2 };

    return blob_append (b->tables, &facs, sizeof facs);
}

static size_t
write_dsdt (struct builder *b)
{
    struct acpi_header header;
    struct aml aml;
    size_t offset;

    aml_init (&aml);
    acpi_write_dsdt (&aml, b->config);
    if (aml_finish (&aml) < 0)
        b->tables->failed = true;
    header = make_header ("DSDT", DSDT_REVISION, sizeof header + aml.code.size);
    offset = blob_append (b->tables, &header, sizeof header);
    blob_append (b->tables, aml.code.data, aml.code.size);
    aml_clear (&aml);
    end_table (b, offset, false);
    return offset;
}

static struct acpi_address
port (uint16_t base, unsigned bytes, enum acpi_access access)
{
    return (struct acpi_address){
        .space = ACPI_SPACE_IO,
        .bits = (uint8_t)(8 * bytes),
        .access = (uint8_t)access,
        .address = base,
    };
}

static uint32_t
fadt_flags (const struct acpi_config *config)
{
    uint32_t flags = FADT_WBINVD | FADT_PROC_C1 | FADT_NO_SLEEP_BUTTON | FADT_NO_RTC_WAKE
                     | FADT_RESET_REGISTER | FADT_USE_PLATFORM_CLOCK;

    if (config->max_vcpus > FLAT_APIC_MAX_VCPUS)
        flags |= FADT_APIC_CLUSTER;
    return flags;
}

static void
fill_fadt (struct acpi_fadt *fadt, const struct acpi_config *config)
{
    *fadt = (struct acpi_fadt){
        .header = make_header ("FACP", FADT_REVISION, sizeof *fadt),
        .minor_revision = FADT_MINOR,
        .profile = FADT_PROFILE_DESKTOP,
        .sci_irq = ACPI_SCI_IRQ,
        .smi_command = ACPI_SMI_COMMAND,
        .acpi_enable = ACPI_SMI_ENABLE,
        .acpi_disable = ACPI_SMI_DISABLE,
        .pm1a_event = ACPI_PM1_EVENT,
        .pm1_event_bytes = 4,
        .x_pm1a_event = port (ACPI_PM1_EVENT, 4, ACPI_ACCESS_WORD),
        .pm1a_control = ACPI_PM1_CONTROL,
        .pm1_control_bytes = 2,
        .x_pm1a_control = port (ACPI_PM1_CONTROL, 2, ACPI_ACCESS_WORD),
        .pm_timer = ACPI_PM_TIMER,
        .pm_timer_bytes = 4,
        .x_pm_timer = port (ACPI_PM_TIMER, 4, ACPI_ACCESS_DWORD),
        .gpe0 = ACPI_GPE0,
        .gpe0_bytes = ACPI_GPE0_BYTES,
        .x_gpe0 = port (ACPI_GPE0, ACPI_GPE0_BYTES, ACPI_ACCESS_BYTE),
        .c2_latency = FADT_NO_C2,
        .c3_latency = FADT_NO_C3,
        .century = ACPI_CENTURY,
        .boot_flags = FADT_BOOT_LEGACY_DEVICES | (config->has_i8042 ? FADT_BOOT_8042 : 0),
        .flags = fadt_flags (config),
        .reset = port (ACPI_RESET_PORT, 1, ACPI_ACCESS_BYTE),
        .reset_value = ACPI_RESET_VALUE,
    };
}

static void
write_fadt (struct builder *b, size_t facs, size_t dsdt)
{
    struct acpi_fadt fadt;
    size_t offset;

    fill_fadt (&fadt, b->config);
    fadt.facs = (uint32_t)facs;
    fadt.dsdt = (uint32_t)dsdt;
    offset = blob_append (b->tables, &fadt, sizeof fadt);
    add_pointer (b, ACPI_TABLES_FILE, offset + offsetof (struct acpi_fadt, facs), 4);
    add_pointer (b, ACPI_TABLES_FILE, offset + offsetof (struct acpi_fadt, dsdt), 4);
    end_table (b, offset, true);
}

static void
write_lapics (struct builder *b)
{
    struct acpi_madt_lapic_nmi nmi = {
        .type = MADT_LAPIC_NMI, .length = sizeof nmi, .processor_uid = 0xff, .lint = 1
    };

    for (unsigned n = 0; n < b->config->max_vcpus; n++) {
        struct acpi_madt_lapic lapic = {
            .type = MADT_LAPIC,
            .length = sizeof lapic,
            .processor_uid = (uint8_t)n,
            .apic_id = (uint8_t)n,
            .flags = b->config->has_vcpu[n] ? LAPIC_ENABLED : LAPIC_ONLINE_CAPABLE,
        };

        blob_append (b->tables, &lapic, sizeof lapic);
    }
    blob_append (b->tables, &nmi, sizeof nmi);
}

/* How ISA interrupts that are not simply "edge-triggered, pin n for IRQ n" reach the I/O APIC: the
 * timer, and those that PIRQs and the SCI may use. */
static void
write_overrides (struct builder *b)
{
    static const struct {
        uint8_t irq, gsi;
        uint16_t flags;
    } overrides[] = {
        { 0, 2, IRQ_AS_ON_BUS },           { 5, 5, IRQ_LEVEL_ACTIVE_HIGH },
        { 9, 9, IRQ_LEVEL_ACTIVE_HIGH },   { 10, 10, IRQ_LEVEL_ACTIVE_HIGH },
        { 11, 11, IRQ_LEVEL_ACTIVE_HIGH },
    };

    for (unsigned i = 0; i < ARRAY_SIZE (overrides); i++) {
        struct acpi_madt_override entry = {
            .type = MADT_OVERRIDE,
            .length = sizeof entry,
            .irq = overrides[i].irq,
            .gsi = overrides[i].gsi,
            .flags = overrides[i].flags,
        };

        blob_append (b->tables, &entry, sizeof entry);
    }
}

static void
write_madt (struct builder *b)
{
    struct acpi_madt_ioapic ioapic = { .type = MADT_IOAPIC,
                                       .length = sizeof ioapic,
                                       .address = Q35_IOAPIC_BASE };
    struct acpi_madt madt = { .lapic_address = Q35_LAPIC_BASE, .flags = MADT_HAS_8259 };
    size_t offset = blob_append (b->tables, &madt, sizeof madt);

    write_lapics (b);
    blob_append (b->tables, &ioapic, sizeof ioapic);
    write_overrides (b);
    end_table_of_records (b, offset, "APIC", MADT_REVISION);
}

static void
write_mcfg (struct builder *b)
{
    struct acpi_mcfg mcfg = {
        .header = make_header ("MCFG", 1, sizeof mcfg),
        .base = Q35_ECAM_BASE,
        .last_bus = Q35_N_BUSES - 1,
    };

    end_table (b, blob_append (b->tables, &mcfg, sizeof mcfg), true);
}

static void
write_waet (struct builder *b)
{
    struct acpi_waet waet = {
        .header = make_header ("WAET", 1, sizeof waet),
        .flags = WAET_PM_TIMER_GOOD,
    };

    end_table (b, blob_append (b->tables, &waet, sizeof waet), true);
}

static void
write_srat_memory (struct builder *b, gpa_t base, uint64_t bytes, uint32_t flags)
{
    struct acpi_srat_memory memory = {
        .type = SRAT_MEMORY,
        .length = sizeof memory,
        .base = base,
        .bytes = bytes,
        .flags = SRAT_ENABLED | flags,
    };

    if (bytes)
        blob_append (b->tables, &memory, sizeof memory);
}

/* One domain for all.  By this table a system knows before memory comes how far up it can be. */
static void
write_srat (struct builder *b)
{
    const struct memory_layout *layout = b->config->layout;
    struct acpi_srat srat = { .reserved = 1 };
    size_t offset;

    if (layout->pluggable_bytes == 0)
        return;
    offset = blob_append (b->tables, &srat, sizeof srat);
    for (unsigned n = 0; n < b->config->max_vcpus; n++) {
        struct acpi_srat_lapic lapic = {
            .type = SRAT_LAPIC,
            .length = sizeof lapic,
            .apic_id = (uint8_t) n,
            .flags = SRAT_ENABLED,
        };

        blob_append (b->tables, &lapic, sizeof lapic);
    }
    write_srat_memory (b, 0, layout->low_bytes, 0);
    write_srat_memory (b, Q35_HIGH_BASE, layout->high_bytes, 0);
    write_srat_memory (b, layout->pluggable_base, layout->pluggable_bytes, SRAT_HOT_PLUGGABLE);
    end_table_of_records (b, offset, "SRAT", SRAT_REVISION);
}

/* --- what points at them --------------------------------------------------------------------- */

/* The RSDT (WIDTH 4) or XSDT (WIDTH 8): a header and a pointer to each listed table. */
static size_t
write_root_table (struct builder *b, const char *signature, uint8_t width)
{
    size_t pointers[MAX_TABLES];
    unsigned n = 0;
    struct acpi_header header;
    size_t offset;

    for (unsigned i = 0; i < b->n_written; i++)
        if (b->written[i].is_listed)
            pointers[n++] = b->written[i].offset;
    header = make_header (signature, 1, sizeof header + (size_t)n * width);
    offset = blob_append (b->tables, &header, sizeof header);
    for (unsigned i = 0; i < n; i++) {
        uint8_t pointer[8];

        store_le (pointer, pointers[i], width);
        add_pointer (b, ACPI_TABLES_FILE, blob_append (b->tables, pointer, width), width);
    }
    end_table (b, offset, false);
    return offset;
}

static void
write_rsdp (struct builder *b, size_t rsdt, size_t xsdt)
{
    struct acpi_rsdp rsdp = {
        .signature = "RSD PTR ",
        .oem_id = "VITRIN",
        .revision = 2,
        .rsdt = (uint32_t)rsdt,
        .length = sizeof rsdp,
        .xsdt = xsdt,
    };

    blob_append (b->rsdp, &rsdp, sizeof rsdp);
    add_pointer (b, ACPI_RSDP_FILE, offsetof (struct acpi_rsdp, rsdt), sizeof rsdp.rsdt);
    add_pointer (b, ACPI_RSDP_FILE, offsetof (struct acpi_rsdp, xsdt), sizeof rsdp.xsdt);
}

/* All pointers are in the script by now. */
static void
write_checksums (struct builder *b)
{
    for (unsigned i = 0; i < b->n_written; i++)
        loader_add_checksum (b->script, ACPI_TABLES_FILE,
                             b->written[i].offset + offsetof (struct acpi_header, checksum),
                             b->written[i].offset, b->written[i].length);
    loader_add_checksum (b->script, ACPI_RSDP_FILE, offsetof (struct acpi_rsdp, checksum), 0,
                         RSDP_V1_BYTES);
    loader_add_checksum (b->script, ACPI_RSDP_FILE, offsetof (struct acpi_rsdp, extended_checksum),
                         0, sizeof (struct acpi_rsdp));
}

int
acpi_build (struct acpi_tables *tables, const struct acpi_config *config)
{
    struct builder b = {
        .config = config,
        .tables = &tables->tables,
        .rsdp = &tables->rsdp,
        .script = &tables->loader,
    };
    size_t facs, dsdt, rsdt, xsdt;

    assert (config->max_vcpus >= 1 && config->max_vcpus <= ACPI_MAX_VCPUS);
    blob_init (b.tables);
    blob_init (b.rsdp);
    blob_init (b.script);

    loader_allocate (b.script, ACPI_TABLES_FILE, TABLES_ALIGN, LOADER_ZONE_HIGH);
    loader_allocate (b.script, ACPI_RSDP_FILE, RSDP_ALIGN, LOADER_ZONE_FSEG);
    facs = write_facs (&b);
    dsdt = write_dsdt (&b);
    write_fadt (&b, facs, dsdt);
    write_madt (&b);
    write_mcfg (&b);
    write_waet (&b);
    write_srat (&b);
    rsdt = write_root_table (&b, "RSDT", 4);
    xsdt = write_root_table (&b, "XSDT", 8);
    write_rsdp (&b, rsdt, xsdt);
    write_checksums (&b);

    if (!b.tables->failed && !b.rsdp->failed && !b.script->failed)
        return 0;
    acpi_clear (tables);
    return -ENOMEM;
}

void
acpi_clear (struct acpi_tables *tables)
{
    blob_clear (&tables->rsdp);
    blob_clear (&tables->tables);
    blob_clear (&tables->loader);
}
