/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi.c - the ACPI tables are whole, agree with the machine, and ACPICA takes them as they are. */
#include "acpi.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "acpi-tables.h"
#include "acpica.h"
#include "bits.h"
#include "q35-irq.h"

/* The first MiB of a guest without firmware, with the tables installed. */
struct fixture {
    struct memory_layout layout;
    struct acpi_config config;
    struct acpi_tables tables;
    struct memory *memory;
    struct memory_block block;
    gpa_t rsdp;
};

static void
setup (struct fixture *f, unsigned n_vcpus, unsigned max_vcpus, uint64_t ram_bytes)
{
    g_assert_cmpint (memory_layout_init (&f->layout, ram_bytes, 0, 40), ==, 0);
    f->config = (struct acpi_config){
        .max_vcpus = max_vcpus,
        .hotplug_slots = BIT (30) | BIT (2) | BIT (1),
        .uarts = 1,
        .has_i8042 = true,
        .layout = &f->layout,
    };
    for (unsigned n = 0; n < n_vcpus; n++)
        f->config.has_vcpu[n] = true;
    g_assert_cmpint (acpi_build (&f->tables, &f->config), ==, 0);

    f->memory = memory_create (NULL);
    f->block = (struct memory_block){
        .name = "ram",
        .kind = MEMORY_RAM,
        .host = g_malloc0 (MIB (1)),
        .size_bytes = MIB (1),
    };
    list_init (&f->block.node);
    g_assert_cmpint (memory_map (f->memory, &f->block, 0), ==, 0);
    g_assert_cmpint (acpi_install (&f->tables, f->memory, &f->rsdp), ==, 0);
}

static void
teardown (struct fixture *f)
{
    memory_unmap (f->memory, &f->block);
    memory_destroy (f->memory);
    g_free (f->block.host);
    acpi_clear (&f->tables);
}

static uint8_t
sum_of (const void *data, size_t size)
{
    const uint8_t *p = data;
    uint8_t sum = 0;

    while (size--)
        sum += *p++;
    return sum;
}

static const struct acpi_rsdp *
get_rsdp (struct fixture *f)
{
    const struct acpi_rsdp *rsdp = memory_at (f->memory, f->rsdp, sizeof *rsdp);

    g_assert_nonnull (rsdp);
    return rsdp;
}

/* The table at GPA, which must be whole and sum up to 0. */
static const struct acpi_header *
get_table (struct fixture *f, gpa_t gpa)
{
    const struct acpi_header *header = memory_at (f->memory, gpa, sizeof *header);

    g_assert_nonnull (header);
    g_assert_cmpuint (header->length, >=, sizeof *header);
    g_assert_nonnull (memory_at (f->memory, gpa, header->length));
    g_assert_cmpuint (sum_of (header, header->length), ==, 0);
    g_assert_cmpuint (gpa, >=, Q35_BIOS_BASE);
    g_assert_cmpuint (gpa + header->length, <=, Q35_FSEG_BASE);
    return header;
}

static unsigned
count_entries (const struct acpi_header *root, unsigned width)
{
    return (unsigned)((root->length - sizeof *root) / width);
}

/* Looks it up in the XSDT, as an OS does. */
static const void *
find_table (struct fixture *f, const char *signature)
{
    const struct acpi_header *xsdt = get_table (f, get_rsdp (f)->xsdt);

    for (unsigned i = 0; i < count_entries (xsdt, 8); i++) {
        const struct acpi_header *h = get_table (f, load_le64 ((uint8_t *)(xsdt + 1) + 8 * i));

        if (memcmp (h->signature, signature, 4) == 0)
            return h;
    }
    g_error ("no %s", signature);
}

static const struct acpi_header *
get_dsdt (struct fixture *f)
{
    const struct acpi_fadt *fadt = find_table (f, "FACP");

    return get_table (f, fadt->dsdt);
}

static void
test_rsdp (void)
{
    struct fixture f;
    const struct acpi_rsdp *rsdp;

    setup (&f, 1, 1, MIB (512));
    rsdp = get_rsdp (&f);
    g_assert_cmpuint (f.rsdp % 16, ==, 0);
    g_assert_cmpuint (f.rsdp, >=, Q35_FSEG_BASE);
    g_assert_cmpuint (f.rsdp, <=, 0xfffff);
    g_assert_cmpmem (rsdp->signature, 8, "RSD PTR ", 8);
    g_assert_cmpuint (sum_of (rsdp, RSDP_V1_BYTES), ==, 0);
    g_assert_cmpuint (sum_of (rsdp, sizeof *rsdp), ==, 0);
    g_assert_cmpmem (get_table (&f, rsdp->rsdt)->signature, 4, "RSDT", 4);
    g_assert_cmpmem (get_table (&f, rsdp->xsdt)->signature, 4, "XSDT", 4);
    teardown (&f);
}

static void
test_roots (void)
{
    static const char *const expected[] = { "FACP", "APIC", "MCFG", "WAET" };
    struct fixture f;
    const struct acpi_header *rsdt, *xsdt;

    setup (&f, 1, 1, MIB (512));
    rsdt = get_table (&f, get_rsdp (&f)->rsdt);
    xsdt = get_table (&f, get_rsdp (&f)->xsdt);
    g_assert_cmpuint (count_entries (rsdt, 4), ==, G_N_ELEMENTS (expected));
    g_assert_cmpuint (count_entries (xsdt, 8), ==, G_N_ELEMENTS (expected));
    for (unsigned i = 0; i < G_N_ELEMENTS (expected); i++) {
        gpa_t gpa = load_le32 ((uint8_t *)(rsdt + 1) + 4 * i);

        g_assert_cmphex (gpa, ==, load_le64 ((uint8_t *)(xsdt + 1) + 8 * i));
        g_assert_cmpmem (get_table (&f, gpa)->signature, 4, expected[i], 4);
    }
    teardown (&f);
}

static void
test_fadt (void)
{
    struct fixture f;
    const struct acpi_fadt *fadt;
    const struct acpi_facs *facs;

    setup (&f, 1, 1, MIB (512));
    fadt = find_table (&f, "FACP");
    facs = memory_at (f.memory, fadt->facs, sizeof *facs);
    g_assert_nonnull (facs);
    g_assert_cmpuint (fadt->facs % 64, ==, 0);
    g_assert_cmpmem (facs->signature, 4, "FACS", 4);
    g_assert_cmpmem (get_table (&f, fadt->dsdt)->signature, 4, "DSDT", 4);
    g_assert_cmpuint (fadt->sci_irq, ==, 9);
    g_assert_cmphex (fadt->pm1a_event, ==, 0x600);
    g_assert_cmphex (fadt->pm1a_control, ==, 0x604);
    g_assert_cmphex (fadt->pm_timer, ==, 0x608);
    g_assert_cmphex (fadt->gpe0, ==, 0x620);
    g_assert_cmphex (fadt->smi_command, ==, 0xb2);
    g_assert_cmphex (fadt->reset.address, ==, 0xcf9);
    g_assert_cmphex (fadt->reset_value, ==, 0x0f);
    g_assert_cmphex (fadt->boot_flags, ==, FADT_BOOT_LEGACY_DEVICES | FADT_BOOT_8042);
    g_assert_true (fadt->flags & FADT_RESET_REGISTER);
    g_assert_true (fadt->flags & FADT_NO_SLEEP_BUTTON);
    g_assert_false (fadt->flags & BIT (4));  /* the power button is a fixed one */
    g_assert_false (fadt->flags & BIT (20)); /* not hardware-reduced */
    g_assert_false (fadt->flags & FADT_APIC_CLUSTER);
    teardown (&f);

    setup (&f, 1, 9, MIB (512));
    fadt = find_table (&f, "FACP");
    g_assert_true (fadt->flags & FADT_APIC_CLUSTER);
    teardown (&f);
}

/* What a walk over the MADT finds. */
struct madt_facts {
    unsigned n_enabled, n_online_capable, n_ioapics, n_nmis;
    unsigned level_irqs; /* a bit an IRQ */
    bool timer_is_gsi2;
};

static void
note_entry (struct madt_facts *facts, const uint8_t *entry)
{
    const struct acpi_madt_lapic *lapic = (const void *)entry;
    const struct acpi_madt_override *override = (const void *)entry;

    switch (entry[0]) {
    case MADT_LAPIC:
        g_assert_cmpuint (lapic->apic_id, ==, facts->n_enabled + facts->n_online_capable);
        g_assert_cmpuint (lapic->processor_uid, ==, lapic->apic_id);
        facts->n_enabled += lapic->flags == LAPIC_ENABLED;
        facts->n_online_capable += lapic->flags == LAPIC_ONLINE_CAPABLE;
        break;
    case MADT_IOAPIC:
        facts->n_ioapics++;
        break;
    case MADT_OVERRIDE:
        if (override->irq == 0)
            facts->timer_is_gsi2 = override->gsi == 2 && override->flags == 0;
        else if (override->flags == IRQ_LEVEL_ACTIVE_HIGH && override->gsi == override->irq)
            facts->level_irqs |= BIT (override->irq);
        break;
    case MADT_LAPIC_NMI:
        facts->n_nmis++;
        break;
    default:
        g_assert_not_reached ();
    }
}

static void
test_madt (void)
{
    struct fixture f;
    const struct acpi_madt *madt;
    struct madt_facts facts = { 0 };
    const uint8_t *p;

    setup (&f, 3, 5, MIB (512));
    madt = find_table (&f, "APIC");
    g_assert_cmphex (madt->lapic_address, ==, 0xfee00000);
    for (p = (const uint8_t *)(madt + 1); p < (const uint8_t *)madt + madt->header.length;
         p += p[1]) {
        g_assert_cmpuint (p[1], >=, 2);
        note_entry (&facts, p);
    }
    g_assert_true (p == (const uint8_t *)madt + madt->header.length);
    g_assert_cmpuint (facts.n_enabled, ==, 3);
    g_assert_cmpuint (facts.n_online_capable, ==, 2);
    g_assert_cmpuint (facts.n_ioapics, ==, 1);
    g_assert_cmpuint (facts.n_nmis, ==, 1);
    g_assert_true (facts.timer_is_gsi2);
    g_assert_cmphex (facts.level_irqs, ==, BIT (ACPI_SCI_IRQ) | Q35_PIRQ_IRQS);
    teardown (&f);
}

static void
test_mcfg (void)
{
    struct fixture f;
    const struct acpi_mcfg *mcfg;

    setup (&f, 1, 1, MIB (512));
    mcfg = find_table (&f, "MCFG");
    g_assert_cmphex (mcfg->base, ==, 0xb0000000);
    g_assert_cmpuint (mcfg->first_bus, ==, 0);
    g_assert_cmpuint (mcfg->last_bus, ==, 0);
    teardown (&f);
}

static void
test_most_vcpus (void)
{
    struct fixture f;

    setup (&f, ACPI_MAX_VCPUS, ACPI_MAX_VCPUS, GIB (4));
    g_assert_nonnull (find_table (&f, "WAET"));
    teardown (&f);
}

static void
test_reinstall (void)
{
    struct fixture f;
    g_autofree uint8_t *before = NULL;
    gpa_t rsdp;

    setup (&f, 2, 2, MIB (512));
    before = g_memdup2 (f.block.host, MIB (1));
    memset (f.block.host + Q35_BIOS_BASE, 0x5a, Q35_FSEG_SMBIOS - Q35_BIOS_BASE);
    g_assert_cmpint (acpi_install (&f.tables, f.memory, &rsdp), ==, 0);
    g_assert_cmphex (rsdp, ==, f.rsdp);
    g_assert_cmpmem (f.block.host + Q35_BIOS_BASE, f.tables.tables.size, before + Q35_BIOS_BASE,
                     f.tables.tables.size);
    teardown (&f);
}

static void
test_no_ram (void)
{
    struct fixture f;
    gpa_t rsdp;

    setup (&f, 1, 1, MIB (512));
    memory_unmap (f.memory, &f.block);
    g_assert_cmpint (acpi_install (&f.tables, f.memory, &rsdp), ==, -ENOSPC);
    teardown (&f);
}

/* --- the loader's script, as firmware reads it ----------------------------------------------- */

/* Commands come in the order allocate, pointer, checksum; no two pointers are at the same place,
 * and none points past its file. */
static void
test_script (void)
{
    struct fixture f;
    uint32_t stage = 1;
    g_autoptr (GHashTable) places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    setup (&f, 2, 2, MIB (512));
    g_assert_cmpuint (f.tables.loader.size % 128, ==, 0);
    for (size_t at = 0; at < f.tables.loader.size; at += 128) {
        const uint8_t *record = f.tables.loader.data + at;
        const char *file = (const char *)record + 4;
        uint32_t command = load_le32 (record);

        g_assert_cmpuint (command, >=, stage);
        g_assert_cmpuint (command, <=, 3);
        stage = command;
        if (command == 2) {
            const struct blob *in =
                strcmp (file, ACPI_RSDP_FILE) == 0 ? &f.tables.rsdp : &f.tables.tables;
            uint32_t offset = load_le32 (record + 116);
            uint8_t size = record[120];

            g_assert_cmpstr ((const char *)record + 60, ==, ACPI_TABLES_FILE);
            g_assert_true (range_fits (offset, size, in->size));
            g_assert_cmpuint (load_le (in->data + offset, size), <, f.tables.tables.size);
            g_assert_true (g_hash_table_add (places, g_strdup_printf ("%s+%u", file, offset)));
        }
    }
    g_assert_cmpuint (stage, ==, 3);
    g_assert_cmpuint (g_hash_table_size (places), ==, 2 + 2 + 4 + 4);
    teardown (&f);
}

/* --- ACPICA ---------------------------------------------------------------------------------- */

static void
test_roundtrip (void)
{
    static const uint64_t sizes[] = { MIB (128), GIB (4), GIB (64) };

    if (!acpica_is_there ())
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        static const char *const signatures[] = { "FACP", "APIC", "MCFG", "WAET" };
        struct fixture f;
        const struct acpi_header *dsdt;
        char *text;

        setup (&f, 2, 4, sizes[i]);
        for (unsigned k = 0; k < G_N_ELEMENTS (signatures); k++) {
            const struct acpi_header *h = find_table (&f, signatures[k]);

            text = acpica_roundtrip (h, h->length);
            g_free (text);
        }
        dsdt = get_dsdt (&f);
        text = acpica_roundtrip (dsdt, dsdt->length);
        g_free (text);
        teardown (&f);
    }
}

static char *
execute (struct fixture *f, const char *commands)
{
    const struct acpi_header *dsdt = get_dsdt (f);

    return acpica_execute (dsdt, dsdt->length, commands);
}

static void
assert_prints (struct fixture *f, const char *commands, const char *expected)
{
    g_autofree char *out = execute (f, commands);

    if (!strstr (out, expected))
        g_error ("%s\nhas no %s", out, expected);
}

/* An interrupt resource for IRQ, as an OS passes to _SRS and gets from _CRS. */
#define RESOURCE(irq) "89 06 00 09 01 " irq " 00 00 00 79 00"

static void
test_links (void)
{
    struct fixture f;

    if (!acpica_is_there ())
        return;
    setup (&f, 1, 1, MIB (512));
    assert_prints (&f, "execute \\_SB.LNKA._DIS;execute \\_SB.LNKA._STA",
                   "[Integer] = 0000000000000009");
    assert_prints (&f, "execute \\_SB.LNKA._DIS;execute \\_SB.LNKA._CRS", RESOURCE ("00"));
    assert_prints (&f,
                   "execute \\_SB.LNKH._DIS;execute \\_SB.LNKH._SRS (" RESOURCE (
                       "0B") ");execute \\_SB.LNKH._CRS",
                   RESOURCE ("0B"));
    assert_prints (&f, "execute \\_SB.LNKE._SRS (" RESOURCE ("0A") ");execute \\_SB.PCI0.ISA.PRQE",
                   "[Integer] = 000000000000000A");
    assert_prints (&f, "execute \\_SB.LNKE._SRS (" RESOURCE ("0A") ");execute \\_SB.LNKE._STA",
                   "[Integer] = 000000000000000B");
    teardown (&f);
}

/* Reads the next "[Integer] = …" at *TEXT. */
static uint64_t
next_integer (const char **text)
{
    const char *tag = "[Integer] = ";

    *text = strstr (*text, tag);
    g_assert_nonnull (*text);
    *text += strlen (tag);
    return g_ascii_strtoull (*text, NULL, 16);
}

static void
test_apic_routing (void)
{
    struct fixture f;
    g_autofree char *out = NULL;
    const char *p;

    if (!acpica_is_there ())
        return;
    setup (&f, 1, 1, MIB (512));
    out = execute (&f, "execute \\_PIC 1;execute \\_SB.PCI0._PRT");
    p = strstr (out, "Contains 128 Elements");
    g_assert_nonnull (p);
    for (unsigned slot = 0; slot < Q35_N_SLOTS; slot++) {
        for (unsigned pin = 0; pin < 4; pin++) {
            g_assert_cmphex (next_integer (&p), ==, slot << 16 | 0xffff);
            g_assert_cmpuint (next_integer (&p), ==, pin);
            g_assert_cmpuint (next_integer (&p), ==, 0);
            g_assert_cmpuint (next_integer (&p), ==, q35_pirq_gsi (q35_pirq (slot, pin)));
        }
    }
    teardown (&f);
}

/* The same through link devices, read from the disassembly: acpiexec prints no references. */
static void
test_pic_routing (void)
{
    struct fixture f;
    const struct acpi_header *dsdt;
    g_autofree char *text = NULL;
    const char *p;

    if (!acpica_is_there ())
        return;
    setup (&f, 1, 1, MIB (512));
    dsdt = get_dsdt (&f);
    text = acpica_roundtrip (dsdt, dsdt->length);
    p = strstr (text, "Name (PRTP, Package (0x80)");
    g_assert_nonnull (p);
    for (unsigned slot = 0; slot < Q35_N_SLOTS; slot++) {
        for (unsigned pin = 0; pin < 4; pin++) {
            p = strstr (p, "\\_SB.LNK");
            g_assert_nonnull (p);
            p += strlen ("\\_SB.LNK");
            g_assert_cmpint (*p, ==, 'A' + (int)q35_pirq (slot, pin));
        }
    }
    teardown (&f);
}

static void
test_devices (void)
{
    struct fixture f;
    const struct acpi_header *dsdt;
    g_autofree char *text = NULL;

    if (!acpica_is_there ())
        return;
    setup (&f, 2, 4, GIB (4));
    dsdt = get_dsdt (&f);
    text = acpica_roundtrip (dsdt, dsdt->length);
    g_assert_nonnull (strstr (text, "Device (COM1)"));
    g_assert_null (strstr (text, "Device (COM2)"));
    g_assert_nonnull (strstr (text, "Device (KBD)"));
    g_assert_nonnull (strstr (text, "Device (C003)")); /* may come later */
    g_assert_null (strstr (text, "Device (C004)"));
    g_assert_nonnull (strstr (text, "Device (S1E)")); /* slots as the configuration says */
    g_assert_null (strstr (text, "Device (S03)"));
    /* The windows end where the layout says. */
    g_assert_nonnull (strstr (text, "0x80000000,         // Range Minimum"));
    g_assert_nonnull (strstr (text, "0xAFFFFFFF,         // Range Maximum"));
    g_assert_nonnull (strstr (text, "0xFEBFFFFF,         // Range Maximum"));
    g_assert_nonnull (strstr (text, "0x0000000180000000, // Range Minimum"));
    g_assert_nonnull (strstr (text, "0x000000FFFFFFFFFF, // Range Maximum"));
    teardown (&f);
}

/* acpiexec keeps what is written to ports in memory, so methods that only write show what they wrote. */
static void
test_hotplug (void)
{
    struct fixture f;

    if (!acpica_is_there ())
        return;
    setup (&f, 2, 4, MIB (512));
    assert_prints (&f, "execute \\_SB.PCI0.S1E._SUN", "[Integer] = 000000000000001E");
    assert_prints (&f, "execute \\_SB.PCI0.S02._EJ0 1;execute \\_SB.PCI0.PCEJ",
                   "[Integer] = 0000000000000004");
    assert_prints (&f, "execute \\_SB.PCI0.S02._OST 259 132 (00);execute \\_SB.PCI0.PVAN",
                   "[Integer] = 0000000084010302");
    assert_prints (&f, "execute \\_SB.C003._MAT", "00 08 03 03 01 00 00 00");
    assert_prints (&f, "execute \\_SB.C003._OST 3 129 (00);execute \\_SB.CDAT",
                   "[Integer] = 0000000000000081");
    assert_prints (&f, "execute \\_SB.C002._STA;execute \\_SB.CSEL", "[Integer] = 0000000000000002");
    assert_prints (&f, "execute \\_GPE._E01;execute \\_GPE._E02;execute \\_SB.PCI0.PBUS",
                   "[Integer] = 0000000000000000");
    teardown (&f);
}

/* The second of three was removed while the machine ran. */
static void
test_madt_of_some (void)
{
    struct fixture f;
    const struct acpi_madt *madt;
    struct madt_facts facts = { 0 };

    setup (&f, 1, 3, MIB (512));
    f.config.has_vcpu[2] = true;
    acpi_clear (&f.tables);
    g_assert_cmpint (acpi_build (&f.tables, &f.config), ==, 0);
    g_assert_cmpint (acpi_install (&f.tables, f.memory, &f.rsdp), ==, 0);
    madt = find_table (&f, "APIC");
    for (const uint8_t *p = (const uint8_t *)(madt + 1);
         p < (const uint8_t *)madt + madt->header.length; p += p[1])
        note_entry (&facts, p);
    g_assert_cmpuint (facts.n_enabled, ==, 2);
    g_assert_cmpuint (facts.n_online_capable, ==, 1);
    teardown (&f);
}

/* What a SRAT says: how many processors, and memory by whether it is plugged later. */
struct srat_facts {
    unsigned n_lapics, n_memories;
    uint64_t bytes, pluggable_base, pluggable_bytes;
};

static void
note_affinity (struct srat_facts *facts, const uint8_t *p)
{
    const struct acpi_srat_lapic *lapic = (const void *) p;
    const struct acpi_srat_memory *memory = (const void *) p;

    if (p[0] == SRAT_LAPIC) {
        g_assert_cmpuint (p[1], ==, sizeof *lapic);
        g_assert_cmpuint (lapic->apic_id, ==, facts->n_lapics++);
        g_assert_cmpuint (lapic->domain, ==, 0);
        g_assert_cmphex (lapic->flags, ==, SRAT_ENABLED);
        return;
    }
    g_assert_cmpuint (p[0], ==, SRAT_MEMORY);
    g_assert_cmpuint (p[1], ==, sizeof *memory);
    g_assert_cmpuint (memory->domain, ==, 0);
    facts->n_memories++;
    if (memory->flags == (SRAT_ENABLED | SRAT_HOT_PLUGGABLE)) {
        facts->pluggable_base = memory->base;
        facts->pluggable_bytes = memory->bytes;
    } else {
        g_assert_cmphex (memory->flags, ==, SRAT_ENABLED);
        facts->bytes += memory->bytes;
    }
}

static void
test_srat (void)
{
    struct fixture f;
    const struct acpi_srat *srat;
    struct srat_facts facts = { 0 };

    setup (&f, 2, 3, GIB (4));
    g_assert_cmpint (memory_layout_init (&f.layout, GIB (4), GIB (2), 40), ==, 0);
    acpi_clear (&f.tables);
    g_assert_cmpint (acpi_build (&f.tables, &f.config), ==, 0);
    g_assert_cmpint (acpi_install (&f.tables, f.memory, &f.rsdp), ==, 0);
    srat = find_table (&f, "SRAT");
    g_assert_nonnull (srat);
    g_assert_cmpuint (srat->reserved, ==, 1);
    for (const uint8_t *p = (const uint8_t *) (srat + 1);
         p < (const uint8_t *) srat + srat->header.length; p += p[1])
        note_affinity (&facts, p);
    g_assert_cmpuint (facts.n_lapics, ==, 3); /* those that may come as well */
    g_assert_cmpuint (facts.n_memories, ==, 3);
    g_assert_cmpuint (facts.bytes, ==, GIB (4));
    g_assert_cmphex (facts.pluggable_base, ==, f.layout.pluggable_base);
    g_assert_cmpuint (facts.pluggable_bytes, ==, GIB (2));
    teardown (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/acpi/rsdp-is-where-an-os-looks", test_rsdp);
    g_test_add_func ("/acpi/rsdt-and-xsdt-list-the-same-tables", test_roots);
    g_test_add_func ("/acpi/fadt-says-what-the-chipset-does", test_fadt);
    g_test_add_func ("/acpi/madt-lists-processors-and-overrides", test_madt);
    g_test_add_func ("/acpi/mcfg-covers-the-ecam", test_mcfg);
    g_test_add_func ("/acpi/tables-of-the-most-vcpus-fit", test_most_vcpus);
    g_test_add_func ("/acpi/installing-again-gives-the-same", test_reinstall);
    g_test_add_func ("/acpi/no-ram-for-tables-is-an-error", test_no_ram);
    g_test_add_func ("/acpi/script-has-an-order-firmware-takes", test_script);
    g_test_add_func ("/acpi/tables-come-apart-and-together-again", test_roundtrip);
    g_test_add_func ("/acpi/links-route-and-unroute-pirqs", test_links);
    g_test_add_func ("/acpi/prt-agrees-with-the-lpc-in-apic-mode", test_apic_routing);
    g_test_add_func ("/acpi/prt-agrees-with-the-lpc-in-pic-mode", test_pic_routing);
    g_test_add_func ("/acpi/dsdt-has-the-devices-that-are-there", test_devices);
    g_test_add_func ("/acpi/hot-plugging-reaches-its-registers", test_hotplug);
    g_test_add_func ("/acpi/madt-tells-who-is-there", test_madt_of_some);
    g_test_add_func ("/acpi/srat-says-where-memory-may-come", test_srat);
    return g_test_run ();
}
