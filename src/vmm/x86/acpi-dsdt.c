/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-dsdt.c - the DSDT: what is on the board, in AML.
 *
 *     \_PIC, \PICF       which interrupt controller the OS chose
 *     \_S5               how to switch off
 *     \_SB.PCI0          the host bridge: windows (_CRS) and interrupt routing (_PRT)
 *     \_SB.PCI0.ISA      the LPC bridge, its routing registers and the devices behind it
 *     \_SB.LNKA-LNKH     a PIRQ line each, for an OS that uses the 8259s
 *     \_SB.MBRD          addresses that nobody else may use
 *     \_SB.C000-…        processors; slots and events of hot-plugging: acpi-hotplug.c
 *
 * Control over PCI Express features (_OSC) is not offered: functions here are conventional PCI with
 * a larger configuration space, and hot-plugging is ACPI's.
 */
#include "acpi-private.h"

#include "bits.h"
#include "q35-irq.h"

#define LPC_SLOT          31
#define PIRQ_REGION_BYTES (Q35_PIRQ_REG_E + 4 - Q35_PIRQ_REG_A)

/* _STA: present and functioning, nothing for a user interface; decoding its resources or not. */
#define STA_DISABLED 0x09
#define STA_ENABLED  0x0b
#define STA_PRESENT  0x0f /* that, and something for a user interface */

struct io_range {
    uint16_t base;
    uint8_t bytes;
};

/* --- power and interrupt mode ---------------------------------------------------------------- */

static void
write_root (struct aml *aml)
{
    aml_name_integer (aml, "PICF", 0); /* 0: 8259s, 1: APICs */
    aml_begin_method (aml, "_PIC", 1, false);
    aml_store (aml, aml_path ("PICF"), aml_arg (0));
    aml_end (aml);

    aml_name (aml, "_S5"); /* SLP_TYP for the two control blocks, of which we have one */
    aml_begin_package (aml, 4);
    aml_put (aml, aml_integer (ACPI_S5_TYPE));
    for (unsigned i = 0; i < 3; i++)
        aml_put (aml, aml_integer (0));
    aml_end (aml);
}

/* --- the host bridge ------------------------------------------------------------------------- */

static void
write_window (struct aml *aml, const struct pci_window *window)
{
    if (window->bytes)
        aml_resource_memory_window (aml, window->base, window->bytes, false);
}

static void
write_windows (struct aml *aml, const struct memory_layout *layout)
{
    aml_name (aml, "_CRS");
    aml_begin_resources (aml);
    aml_resource_bus_window (aml, 0, Q35_N_BUSES - 1);
    aml_resource_io (aml, 0xcf8, 8);
    aml_resource_io_window (aml, 0x0000, 0x0cf7);
    aml_resource_io_window (aml, 0x0d00, 0xffff);
    aml_resource_memory_window (aml, Q35_VGA_BASE, Q35_VGA_BYTES, true);
    write_window (aml, &layout->pci_lower);
    write_window (aml, &layout->pci_upper);
    write_window (aml, &layout->pci_64bit);
    aml_end (aml);
}

/* One pin of one slot: {address, pin, link device or 0, its index or the GSI}. */
static void
write_route (struct aml *aml, unsigned slot, unsigned pin, bool apic)
{
    unsigned pirq = q35_pirq (slot, pin);
    char link[] = "\\_SB.LNKA";

    link[sizeof link - 2] = (char)('A' + pirq);
    aml_begin_package (aml, 4);
    aml_put (aml, aml_integer ((uint64_t)slot << 16 | 0xffff));
    aml_put (aml, aml_integer (pin));
    aml_put (aml, apic ? aml_integer (0) : aml_path (link));
    aml_put (aml, aml_integer (apic ? q35_pirq_gsi (pirq) : 0));
    aml_end (aml);
}

static void
write_routes (struct aml *aml, const char *name, bool apic)
{
    aml_name (aml, name);
    aml_begin_package (aml, Q35_N_SLOTS * 4);
    for (unsigned slot = 0; slot < Q35_N_SLOTS; slot++)
        for (unsigned pin = 0; pin < 4; pin++)
            write_route (aml, slot, pin, apic);
    aml_end (aml);
}

static void
write_routing (struct aml *aml)
{
    write_routes (aml, "PRTP", false);
    write_routes (aml, "PRTA", true);
    aml_begin_method (aml, "_PRT", 0, false);
    aml_begin_if (aml, aml_path ("PICF"), AML_EQUAL, aml_integer (0));
    aml_return (aml, aml_path ("PRTP"));
    aml_end (aml);
    aml_return (aml, aml_path ("PRTA"));
    aml_end (aml);
}

/* --- behind the LPC bridge ------------------------------------------------------------------- */

/* A device with an ID, ports and, unless it is negative, an interrupt. */
static void
write_isa_device (struct aml *aml, const char *name, const char *id, const struct io_range *io,
                  unsigned n_io, int irq)
{
    aml_begin_device (aml, name);
    aml_name_eisa_id (aml, "_HID", id);
    aml_name (aml, "_CRS");
    aml_begin_resources (aml);
    for (unsigned i = 0; i < n_io; i++)
        aml_resource_io (aml, io[i].base, io[i].bytes);
    if (irq >= 0)
        aml_resource_irq (aml, (unsigned)irq);
    aml_end (aml);
    aml_end (aml);
}

static void
write_dma (struct aml *aml)
{
    aml_begin_device (aml, "DMAC");
    aml_name_eisa_id (aml, "_HID", "PNP0200");
    aml_name (aml, "_CRS");
    aml_begin_resources (aml);
    aml_resource_io (aml, 0x00, 16);
    aml_resource_io (aml, 0x81, 15);
    aml_resource_io (aml, 0xc0, 32);
    aml_resource_dma (aml, 4);
    aml_end (aml);
    aml_end (aml);
}

static void
write_uart (struct aml *aml, unsigned n)
{
    static const struct {
        uint16_t base;
        uint8_t irq;
    } uarts[] = { { 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 4 }, { 0x2e8, 3 } };
    char name[] = "COM1";

    _Static_assert(ARRAY_SIZE (uarts) == ACPI_MAX_UARTS, "a row a port");
    name[3] = (char)('1' + n);
    aml_begin_device (aml, name);
    aml_name_eisa_id (aml, "_HID", "PNP0501");
    aml_name_integer (aml, "_UID", n + 1);
    aml_name (aml, "_CRS");
    aml_begin_resources (aml);
    aml_resource_io (aml, uarts[n].base, 8);
    aml_resource_irq (aml, uarts[n].irq);
    aml_end (aml);
    aml_end (aml);
}

/* The register where a guest tells of its panic; there is no EISA ID for it. */
static void
write_pvpanic (struct aml *aml, uint16_t port)
{
    aml_begin_device (aml, "PEVT");
    aml_name_string (aml, "_HID", "QEMU0001");
    aml_name (aml, "_CRS");
    aml_begin_resources (aml);
    aml_resource_io (aml, port, 1);
    aml_end (aml);
    aml_name_integer (aml, "_STA", STA_PRESENT);
    aml_end (aml);
}

/* The bridge's routing registers, as fields PRQA-PRQH. */
static void
write_pirq_registers (struct aml *aml)
{
    char name[] = "PRQA";

    aml_region (aml, "PIRQ", AML_SPACE_PCI_CONFIG, Q35_PIRQ_REG_A, PIRQ_REGION_BYTES);
    aml_begin_field (aml, "PIRQ", AML_ACCESS_BYTE, AML_UPDATE_PRESERVE);
    for (unsigned pirq = 0; pirq < Q35_PIRQ_N; pirq++) {
        if (pirq == Q35_PIRQ_E)
            aml_field_gap (aml, 8 * (Q35_PIRQ_REG_E - Q35_PIRQ_REG_A - Q35_PIRQ_E));
        name[3] = (char)('A' + pirq);
        aml_field (aml, name, 8);
    }
    aml_end (aml);
}

static void
write_lpc (struct aml *aml, const struct acpi_config *config)
{
    static const struct io_range kbd[] = { { 0x60, 1 }, { 0x64, 1 } };
    static const struct io_range rtc[] = { { 0x70, 2 } };
    static const struct io_range pic[] = { { 0x20, 2 }, { 0xa0, 2 } };
    static const struct io_range pit[] = { { 0x40, 4 } };
    static const struct io_range speaker[] = { { 0x61, 1 } };

    aml_begin_device (aml, "ISA");
    aml_name_integer (aml, "_ADR", LPC_SLOT << 16);
    write_pirq_registers (aml);
    write_isa_device (aml, "PIC", "PNP0000", pic, ARRAY_SIZE (pic), 2);
    write_isa_device (aml, "TIMR", "PNP0100", pit, ARRAY_SIZE (pit), 0);
    write_isa_device (aml, "SPKR", "PNP0800", speaker, ARRAY_SIZE (speaker), -1);
    write_isa_device (aml, "RTC", "PNP0B00", rtc, ARRAY_SIZE (rtc), 8);
    write_dma (aml);
    if (config->has_i8042) {
        write_isa_device (aml, "KBD", "PNP0303", kbd, ARRAY_SIZE (kbd), 1);
        write_isa_device (aml, "MOU", "PNP0F13", NULL, 0, 12);
    }
    for (unsigned n = 0; n < ACPI_MAX_UARTS; n++)
        if (config->uarts & BIT (n))
            write_uart (aml, n);
    if (config->pvpanic_port)
        write_pvpanic (aml, config->pvpanic_port);
    aml_end (aml);
}

static void
write_host_bridge (struct aml *aml, const struct acpi_config *config)
{
    aml_begin_device (aml, "PCI0");
    aml_name_eisa_id (aml, "_HID", "PNP0A08");
    aml_name_eisa_id (aml, "_CID", "PNP0A03");
    aml_name_integer (aml, "_UID", 0);
    aml_name_integer (aml, "_BBN", 0);
    write_windows (aml, config->layout);
    write_routing (aml);
    write_lpc (aml, config);
    acpi_write_pci_hotplug (aml, config);
    aml_end (aml);
}

/* --- PIRQ link devices ----------------------------------------------------------------------- */

/* RSRC is what _CRS returns: one interrupt, whose number is filled in when it is asked for. */
static void
write_link_resources (struct aml *aml)
{
    static const uint32_t none = 0;
    uint32_t choices[16];
    unsigned n = 0;

    for (unsigned irq = 0; irq < ARRAY_SIZE (choices); irq++)
        if (Q35_PIRQ_IRQS & BIT (irq))
            choices[n++] = irq;
    aml_name (aml, "_PRS");
    aml_begin_resources (aml);
    aml_resource_interrupt (aml, choices, n);
    aml_end (aml);
    aml_name (aml, "RSRC");
    aml_begin_resources (aml);
    aml_resource_interrupt (aml, &none, 1);
    aml_end (aml);
}

static void
write_link_methods (struct aml *aml, const char *reg)
{
    aml_begin_method (aml, "_STA", 0, false);
    aml_begin_if (aml, aml_path (reg), AML_AND, aml_integer (Q35_PIRQ_UNROUTED));
    aml_return (aml, aml_integer (STA_DISABLED));
    aml_end (aml);
    aml_return (aml, aml_integer (STA_ENABLED));
    aml_end (aml);

    aml_begin_method (aml, "_DIS", 0, false);
    aml_compute (aml, aml_path (reg), aml_path (reg), AML_OR, aml_integer (Q35_PIRQ_UNROUTED));
    aml_end (aml);

    aml_begin_method (aml, "_CRS", 0, true);
    aml_create_dword_field (aml, aml_path ("RSRC"), AML_INTERRUPT_NUMBER, "IRQN");
    aml_begin_if (aml, aml_path (reg), AML_AND, aml_integer (Q35_PIRQ_UNROUTED));
    aml_store (aml, aml_path ("IRQN"), aml_integer (0));
    aml_end (aml);
    aml_begin_else (aml);
    aml_compute (aml, aml_path ("IRQN"), aml_path (reg), AML_AND, aml_integer (Q35_PIRQ_IRQ_MASK));
    aml_end (aml);
    aml_return (aml, aml_path ("RSRC"));
    aml_end (aml);

    aml_begin_method (aml, "_SRS", 1, true);
    aml_create_dword_field (aml, aml_arg (0), AML_INTERRUPT_NUMBER, "IRQN");
    aml_store (aml, aml_path (reg), aml_path ("IRQN"));
    aml_end (aml);
}

static void
write_link (struct aml *aml, unsigned pirq)
{
    char name[] = "LNKA";
    char reg[] = "\\_SB.PCI0.ISA.PRQA";

    name[sizeof name - 2] = (char)('A' + pirq);
    reg[sizeof reg - 2] = (char)('A' + pirq);
    aml_begin_device (aml, name);
    aml_name_eisa_id (aml, "_HID", "PNP0C0F");
    aml_name_integer (aml, "_UID", pirq);
    write_link_resources (aml);
    write_link_methods (aml, reg);
    aml_end (aml);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void
write_board (struct aml *aml)
{
    static const struct io_range io[] = {
        { 0x092, 1 }, /* A20 and reset */
        { ACPI_SMI_COMMAND, 2 },
        { 0x4d0, 2 }, /* edge or level, of the 8259s */
        { ACPI_FWCFG_BASE, ACPI_FWCFG_BYTES },
        { ACPI_PM_BASE, ACPI_PM_BYTES },
        { ACPI_PCI_HOTPLUG_BASE, ACPI_PCI_HOTPLUG_BYTES },
        { ACPI_CPU_HOTPLUG_BASE, ACPI_CPU_HOTPLUG_BYTES },
    };

    aml_begin_device (aml, "MBRD");
    aml_name_eisa_id (aml, "_HID", "PNP0C02");
    aml_name (aml, "_CRS");
    aml_begin_resources (aml);
    for (unsigned i = 0; i < ARRAY_SIZE (io); i++)
        aml_resource_io (aml, io[i].base, io[i].bytes);
    aml_resource_memory (aml, Q35_ECAM_BASE, Q35_ECAM_BYTES);
    aml_resource_memory (aml, Q35_IOAPIC_BASE, Q35_IOAPIC_BYTES);
    aml_resource_memory (aml, Q35_RCBA_BASE, Q35_RCBA_BYTES);
    aml_resource_memory (aml, Q35_LAPIC_BASE, Q35_LAPIC_BYTES);
    aml_end (aml);
    aml_end (aml);
}

void
acpi_write_dsdt (struct aml *aml, const struct acpi_config *config)
{
    write_root (aml);
    aml_begin_scope (aml, "\\_SB");
    write_host_bridge (aml, config);
    for (unsigned pirq = 0; pirq < Q35_PIRQ_N; pirq++)
        write_link (aml, pirq);
    write_board (aml);
    acpi_write_processors (aml, config);
    aml_end (aml);
    acpi_write_events (aml);
}
