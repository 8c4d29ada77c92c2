/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-hotplug.c - the DSDT's part in devices and processors coming and going.
 *
 *     \_GPE._E01         a PCI slot was filled or is to be emptied: \_SB.PCI0.PCHK looks which
 *     \_SB.PCI0.Snn      a slot: _SUN, and _EJ0 and _OST where it may be filled or emptied
 *     \_GPE._E02         the same for processors: \_SB.CSCN
 *     \_SB.Cnnn          a processor: _STA, _MAT, _OST, and _EJ0 for all but the first
 *
 * The registers are those of machine/acpi-pci-hotplug.h and machine/acpi-cpu-hotplug.h.  What is done
 * in several accesses (a selector, then what it selects) is done under a mutex: _STA of one
 * processor and _EJ0 of another may run at the same time.
 */
#include "acpi-private.h"

#include <assert.h>
#include <stdio.h>

#include "acpi-tables.h"
#include "bits.h"

#define NOTIFY_BUS_CHECK    0
#define NOTIFY_DEVICE_CHECK 1
#define NOTIFY_EJECT        3

#define STA_ALL 0x0f /* present, enabled, shown, functioning */

#define FIRST_SLOT 1
#define LAST_SLOT  30

/* --- PCI ------------------------------------------------------------------------------------- */

static void
write_pci_registers (struct aml *aml)
{
    aml_region (aml, "PHPR", AML_SPACE_IO, ACPI_PCI_HOTPLUG_BASE, ACPI_PCI_HOTPLUG_BYTES);
    aml_begin_field (aml, "PHPR", AML_ACCESS_DWORD, AML_UPDATE_ZEROS);
    aml_field (aml, "PCIU", 32);
    aml_field (aml, "PCID", 32);
    aml_field (aml, "PCEJ", 32);
    aml_field_gap (aml, 32);
    aml_field (aml, "PBUS", 32);
    aml_field (aml, "PVAN", 32); /* written: _OST's report */
    aml_end (aml);
    aml_mutex (aml, "PLCK");
}

static void
slot_name (char name[5], unsigned slot)
{
    snprintf (name, 5, "S%02X", slot & 0xff);
}

static void
write_eject (struct aml *aml, unsigned slot)
{
    aml_begin_method (aml, "_EJ0", 1, false);
    aml_acquire (aml, "PLCK");
    aml_store (aml, aml_path ("PBUS"), aml_integer (0));
    aml_store (aml, aml_path ("PCEJ"), aml_integer (BIT (slot)));
    aml_release (aml, "PLCK");
    aml_end (aml);
}

/* slot | event << 8 | status << 24 */
static void
write_pci_status (struct aml *aml, unsigned slot)
{
    aml_begin_method (aml, "_OST", 3, false);
    aml_compute (aml, aml_local (0), aml_arg (0), AML_AND, aml_integer (0xffff));
    aml_compute (aml, aml_local (0), aml_local (0), AML_SHIFT_LEFT, aml_integer (8));
    aml_compute (aml, aml_local (1), aml_arg (1), AML_AND, aml_integer (0xff));
    aml_compute (aml, aml_local (1), aml_local (1), AML_SHIFT_LEFT, aml_integer (24));
    aml_compute (aml, aml_local (0), aml_local (0), AML_OR, aml_local (1));
    aml_compute (aml, aml_local (0), aml_local (0), AML_OR, aml_integer (slot));
    aml_store (aml, aml_path ("PVAN"), aml_local (0));
    aml_end (aml);
}

static void
write_slot (struct aml *aml, unsigned slot)
{
    char name[5];

    slot_name (name, slot);
    aml_begin_device (aml, name);
    aml_name_integer (aml, "_ADR", slot << 16);
    aml_name_integer (aml, "_SUN", slot);
    write_eject (aml, slot);
    write_pci_status (aml, slot);
    aml_end (aml);
}

static void
notify_slot (struct aml *aml, unsigned slot, struct aml_value which, unsigned event)
{
    char name[5];

    slot_name (name, slot);
    aml_begin_if (aml, which, AML_AND, aml_integer (BIT (slot)));
    aml_notify (aml, name, aml_integer (event));
    aml_end (aml);
}

static void
write_pci_check (struct aml *aml, uint32_t slots)
{
    aml_begin_method (aml, "PCHK", 0, true);
    aml_acquire (aml, "PLCK");
    aml_store (aml, aml_path ("PBUS"), aml_integer (0));
    aml_store (aml, aml_local (0), aml_path ("PCIU"));
    aml_store (aml, aml_local (1), aml_path ("PCID"));
    aml_store (aml, aml_local (2), aml_path ("PVAN"));
    aml_release (aml, "PLCK");
    for (unsigned slot = FIRST_SLOT; slot <= LAST_SLOT; slot++) {
        if (!(slots & BIT (slot)))
            continue;
        notify_slot (aml, slot, aml_local (0), NOTIFY_DEVICE_CHECK);
        notify_slot (aml, slot, aml_local (1), NOTIFY_EJECT);
    }
    aml_begin_if (aml, aml_local (2), AML_GREATER, aml_integer (0));
    aml_notify (aml, "\\_SB.PCI0", aml_integer (NOTIFY_BUS_CHECK));
    aml_end (aml);
    aml_end (aml);
}

void
acpi_write_pci_hotplug (struct aml *aml, const struct acpi_config *config)
{
    write_pci_registers (aml);
    for (unsigned slot = FIRST_SLOT; slot <= LAST_SLOT; slot++)
        if (config->hotplug_slots & BIT (slot))
            write_slot (aml, slot);
    write_pci_check (aml, config->hotplug_slots);
}

/* --- processors ------------------------------------------------------------------------------ */

static void
write_cpu_registers (struct aml *aml)
{
    aml_region (aml, "CHPR", AML_SPACE_IO, ACPI_CPU_HOTPLUG_BASE, ACPI_CPU_HOTPLUG_BYTES);
    aml_begin_field (aml, "CHPR", AML_ACCESS_BYTE, AML_UPDATE_ZEROS);
    aml_field_gap (aml, 32);
    aml_field (aml, "CPEN", 1);
    aml_field (aml, "CINS", 1);
    aml_field (aml, "CRMV", 1);
    aml_field (aml, "CEJ0", 1);
    aml_field_gap (aml, 4);
    aml_field (aml, "CCMD", 8);
    aml_end (aml);
    aml_begin_field (aml, "CHPR", AML_ACCESS_DWORD, AML_UPDATE_PRESERVE);
    aml_field (aml, "CSEL", 32);
    aml_field_gap (aml, 32);
    aml_field (aml, "CDAT", 32);
    aml_end (aml);
    aml_mutex (aml, "CLCK");
}

/* CSTA (processor): its _STA. */
static void
write_cpu_presence (struct aml *aml)
{
    aml_begin_method (aml, "CSTA", 1, true);
    aml_acquire (aml, "CLCK");
    aml_store (aml, aml_path ("CSEL"), aml_arg (0));
    aml_store (aml, aml_local (0), aml_integer (0));
    aml_begin_if (aml, aml_path ("CPEN"), AML_EQUAL, aml_integer (1));
    aml_store (aml, aml_local (0), aml_integer (STA_ALL));
    aml_end (aml);
    aml_release (aml, "CLCK");
    aml_return (aml, aml_local (0));
    aml_end (aml);
}

/* CEJC (processor): it may go.  CRPT (processor, event, status): what became of a request. */
static void
write_cpu_commands (struct aml *aml)
{
    aml_begin_method (aml, "CEJC", 1, true);
    aml_acquire (aml, "CLCK");
    aml_store (aml, aml_path ("CSEL"), aml_arg (0));
    aml_store (aml, aml_path ("CEJ0"), aml_integer (1));
    aml_release (aml, "CLCK");
    aml_end (aml);

    aml_begin_method (aml, "CRPT", 3, true);
    aml_acquire (aml, "CLCK");
    aml_store (aml, aml_path ("CSEL"), aml_arg (0));
    aml_store (aml, aml_path ("CCMD"), aml_integer (ACPI_CPU_COMMAND_OST_EVENT));
    aml_store (aml, aml_path ("CDAT"), aml_arg (1));
    aml_store (aml, aml_path ("CCMD"), aml_integer (ACPI_CPU_COMMAND_OST_STATUS));
    aml_store (aml, aml_path ("CDAT"), aml_arg (2));
    aml_release (aml, "CLCK");
    aml_end (aml);
}

static void
cpu_name (char name[5], unsigned n)
{
    assert (n <= 0xfff);
    snprintf (name, 5, "C%03X", n & 0xfff);
}

/* CNTF (processor, event) */
static void
write_cpu_notify (struct aml *aml, unsigned n_cpus)
{
    char name[5];

    aml_begin_method (aml, "CNTF", 2, false);
    for (unsigned n = 0; n < n_cpus; n++) {
        cpu_name (name, n);
        aml_begin_if (aml, aml_arg (0), AML_EQUAL, aml_integer (n));
        aml_notify (aml, name, aml_arg (1));
        aml_end (aml);
    }
    aml_end (aml);
}

/* When FIELD of the selected processor is set: tells the system EVENT, clears it, and goes on. */
static void
scan_event (struct aml *aml, const char *field, unsigned event)
{
    const struct aml_value args[] = { aml_path ("CDAT"), aml_integer (event) };

    aml_begin_if (aml, aml_path (field), AML_EQUAL, aml_integer (1));
    aml_call (aml, "CNTF", args, ARRAY_SIZE (args));
    aml_store (aml, aml_path (field), aml_integer (1));
    aml_store (aml, aml_local (0), aml_integer (1));
    aml_end (aml);
}

/* CSCN: walks through all processors with something to tell. */
static void
write_cpu_scan (struct aml *aml)
{
    aml_begin_method (aml, "CSCN", 0, true);
    aml_acquire (aml, "CLCK");
    aml_store (aml, aml_local (0), aml_integer (1));
    aml_begin_while (aml, aml_local (0), AML_EQUAL, aml_integer (1));
    aml_store (aml, aml_local (0), aml_integer (0));
    aml_store (aml, aml_path ("CCMD"), aml_integer (ACPI_CPU_COMMAND_NEXT));
    scan_event (aml, "CINS", NOTIFY_DEVICE_CHECK);
    scan_event (aml, "CRMV", NOTIFY_EJECT);
    aml_end (aml);
    aml_release (aml, "CLCK");
    aml_end (aml);
}

/* Its entry of the MADT, as it is when the processor is there. */
static void
write_cpu_entry (struct aml *aml, unsigned n)
{
    const struct acpi_madt_lapic lapic = {
        .type = MADT_LAPIC,
        .length = sizeof lapic,
        .processor_uid = (uint8_t) n,
        .apic_id = (uint8_t) n,
        .flags = LAPIC_ENABLED,
    };

    aml_name (aml, "_MAT");
    aml_put_buffer (aml, &lapic, sizeof lapic);
}

static void
write_cpu (struct aml *aml, unsigned n)
{
    const struct aml_value number = aml_integer (n);
    const struct aml_value report[] = { number, aml_arg (0), aml_arg (1) };
    char name[5];

    cpu_name (name, n);
    aml_begin_device (aml, name);
    aml_name_string (aml, "_HID", "ACPI0007");
    aml_name_integer (aml, "_UID", n); /* as in the MADT */
    write_cpu_entry (aml, n);
    aml_begin_method (aml, "_STA", 0, false);
    aml_return_call (aml, "CSTA", &number, 1);
    aml_end (aml);
    if (n > 0) {
        aml_begin_method (aml, "_EJ0", 1, false);
        aml_call (aml, "CEJC", &number, 1);
        aml_end (aml);
    }
    aml_begin_method (aml, "_OST", 3, false);
    aml_call (aml, "CRPT", report, ARRAY_SIZE (report));
    aml_end (aml);
    aml_end (aml);
}

void
acpi_write_processors (struct aml *aml, const struct acpi_config *config)
{
    write_cpu_registers (aml);
    write_cpu_presence (aml);
    write_cpu_commands (aml);
    for (unsigned n = 0; n < config->max_vcpus; n++)
        write_cpu (aml, n);
    write_cpu_notify (aml, config->max_vcpus);
    write_cpu_scan (aml);
}

/* --- events ---------------------------------------------------------------------------------- */

void
acpi_write_events (struct aml *aml)
{
    aml_begin_scope (aml, "\\_GPE");
    aml_begin_method (aml, "_E01", 0, false);
    aml_call (aml, "\\_SB.PCI0.PCHK", NULL, 0);
    aml_end (aml);
    aml_begin_method (aml, "_E02", 0, false);
    aml_call (aml, "\\_SB.CSCN", NULL, 0);
    aml_end (aml);
    aml_end (aml);
}
