/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-pci-hotplug.c - the registers at CC0h by which devices on PCI bus 0 come and go. */
#include "acpi-pci-hotplug.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "acpi.h"
#include "bits.h"
#include "bus.h"

/* Offsets of the registers. */
#define UP        0x00
#define DOWN      0x04
#define EJECT     0x08
#define REMOVABLE 0x0c
#define BUS       0x10
#define VANISHED  0x14 /* read */
#define STATUS    0x14 /* write */

struct acpi_pci_hotplug {
    const struct device_env *env;
    struct pm *pm;
    const struct acpi_pci_hotplug_ops *ops;
    void *opaque;
    struct bus_region region;

    pthread_mutex_t lock; /* guards what follows */
    uint32_t up, down, vanished, removable;
    uint32_t bus;
};

static uint32_t
take (uint32_t *slots)
{
    uint32_t value = *slots;

    *slots = 0;
    return value;
}

static uint32_t
read_locked (struct acpi_pci_hotplug *h, uint64_t offset)
{
    if (offset == BUS)
        return h->bus;
    if (h->bus != 0)
        return 0;
    switch (offset) {
    case UP:
        return take (&h->up);
    case DOWN:
        return h->down;
    case REMOVABLE:
        return h->removable;
    case VANISHED:
        return take (&h->vanished);
    default:
        return 0;
    }
}

/* Registers are doublewords; a smaller access would clear what it does not see, and reads nothing. */
static uint64_t
hotplug_read (void *opaque, uint64_t offset, unsigned size)
{
    struct acpi_pci_hotplug *h = opaque;
    uint32_t value;

    if (size != 4 || offset % 4)
        return 0;
    pthread_mutex_lock (&h->lock);
    value = read_locked (h, offset);
    pthread_mutex_unlock (&h->lock);
    return value;
}

/* Returns which slots the guest gives up and may. */
static uint32_t
eject_locked (struct acpi_pci_hotplug *h, uint32_t slots)
{
    if (h->bus != 0)
        return 0;
    slots &= h->removable;
    h->up &= ~slots;
    h->down &= ~slots;
    h->removable &= ~slots; /* a second write for the same device finds nothing */
    return slots;
}

static void
hotplug_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct acpi_pci_hotplug *h = opaque;
    uint32_t ejected = 0;

    if (size != 4 || offset % 4)
        return;
    pthread_mutex_lock (&h->lock);
    if (offset == BUS)
        h->bus = (uint32_t) value;
    else if (offset == EJECT)
        ejected = eject_locked (h, (uint32_t) value);
    pthread_mutex_unlock (&h->lock);
    if (ejected)
        h->ops->eject (h->opaque, ejected);
    if (offset == STATUS)
        h->ops->status (h->opaque, value & 0x1f, value >> 8 & 0xffff, value >> 24 & 0xff);
}

static const struct bus_region_ops region_ops = {
    .read = hotplug_read,
    .write = hotplug_write,
    .max_size = 4,
};

/* --- the machine's side --------------------------------------------------------------------------- */

/* Sets SLOT's bit in SLOTS, one of the fields, and lets the guest look. */
static void
tell (struct acpi_pci_hotplug *h, uint32_t *slots, unsigned slot)
{
    pthread_mutex_lock (&h->lock);
    *slots |= BIT (slot);
    pthread_mutex_unlock (&h->lock);
    pm_raise_gpe (h->pm, PM_GPE_PCI_HOTPLUG);
}

void
acpi_pci_hotplug_plugged (struct acpi_pci_hotplug *h, unsigned slot)
{
    tell (h, &h->up, slot);
}

void
acpi_pci_hotplug_ask_to_eject (struct acpi_pci_hotplug *h, unsigned slot)
{
    tell (h, &h->down, slot);
}

void
acpi_pci_hotplug_vanished (struct acpi_pci_hotplug *h, unsigned slot)
{
    tell (h, &h->vanished, slot);
}

void
acpi_pci_hotplug_stop_asking (struct acpi_pci_hotplug *h, unsigned slot)
{
    pthread_mutex_lock (&h->lock);
    h->down &= ~BIT (slot);
    pthread_mutex_unlock (&h->lock);
}

void
acpi_pci_hotplug_set_removable (struct acpi_pci_hotplug *h, unsigned slot, bool removable)
{
    pthread_mutex_lock (&h->lock);
    h->up &= ~BIT (slot);
    h->down &= ~BIT (slot);
    h->removable &= ~BIT (slot);
    if (removable)
        h->removable |= BIT (slot);
    pthread_mutex_unlock (&h->lock);
}

bool
acpi_pci_hotplug_guest_listens (struct acpi_pci_hotplug *h)
{
    return pm_gpe_is_enabled (h->pm, PM_GPE_PCI_HOTPLUG);
}

/* --- life ----------------------------------------------------------------------------------------- */

void
acpi_pci_hotplug_reset (struct acpi_pci_hotplug *h)
{
    pthread_mutex_lock (&h->lock);
    h->up = h->down = h->vanished = h->bus = 0;
    pthread_mutex_unlock (&h->lock);
}

int
acpi_pci_hotplug_create (const struct device_env *env, struct pm *pm,
                         const struct acpi_pci_hotplug_ops *ops, void *opaque,
                         struct acpi_pci_hotplug **out)
{
    struct acpi_pci_hotplug *h = calloc (1, sizeof *h);

    if (!h)
        return -ENOMEM;
    h->env = env;
    h->pm = pm;
    h->ops = ops;
    h->opaque = opaque;
    pthread_mutex_init (&h->lock, NULL);
    bus_region_init (&h->region, "acpi-pci-hotplug", &region_ops, h, ACPI_PCI_HOTPLUG_BYTES,
                     BUS_PRIORITY_FIXED);
    if (bus_add (env->ports, &h->region, ACPI_PCI_HOTPLUG_BASE) < 0) {
        acpi_pci_hotplug_destroy (h);
        return -ENOMEM;
    }
    *out = h;
    return 0;
}

void
acpi_pci_hotplug_destroy (struct acpi_pci_hotplug *h)
{
    if (!h)
        return;
    bus_remove (h->env->ports, &h->region);
    pthread_mutex_destroy (&h->lock);
    free (h);
}
