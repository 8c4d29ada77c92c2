/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pvpanic.c - where a guest's kernel says that it crashed.
 *
 * One register of a byte, at port 505h or at the beginning of a PCI function's BAR 0.  Guests of
 * every age drive the port (its ACPI device is QEMU0001); the PCI function is for those without
 * ACPI.  Each event is told once until the next reset: a kernel panics once, and a guest that says
 * so again and again shall not keep the keeper busy.
 *
 * A guest whose crash kernel takes over wants to write its dump: that event has no consequence.
 */
#include "pvpanic.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bits.h"
#include "bus.h"
#include "pci.h"

struct pvpanic {
    struct device device;
    enum device_action action;
    struct bus_region region;     /* the port's */
    struct pci_function function; /* of the PCI kind; zero for the other */
    _Atomic uint8_t told;         /* PVPANIC_…; alone, so it needs no partner */
};

static void
tell (struct pvpanic *self, enum device_event event, enum device_action action)
{
    self->device.env->report_event (self->device.env->machine, &self->device, event, action);
}

static uint64_t
pvpanic_read (void *opaque, uint64_t offset, unsigned size)
{
    return offset == 0 ? PVPANIC_EVENTS : 0;
}

static void
pvpanic_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct pvpanic *self = opaque;
    uint8_t events = offset == 0 ? value & PVPANIC_EVENTS : 0;
    uint8_t added = (uint8_t) (events & ~atomic_fetch_or (&self->told, events));

    if (added & PVPANIC_PANICKED)
        tell (self, DEVICE_EVENT_PANICKED, self->action);
    else if (added)
        tell (self, DEVICE_EVENT_CRASH_LOADED, DEVICE_ACTION_NONE);
}

static const struct bus_region_ops register_ops = {
    .read = pvpanic_read,
    .write = pvpanic_write,
    .max_size = 1,
};

/* --- life ------------------------------------------------------------------------------------ */

static void
pvpanic_reset (struct device *device)
{
    struct pvpanic *self = container_of (device, struct pvpanic, device);

    self->told = 0;
}

static void
pvpanic_pci_reset (struct device *device)
{
    struct pvpanic *self = container_of (device, struct pvpanic, device);

    self->told = 0;
    pci_function_reset (&self->function);
}

static void
pvpanic_destroy (struct device *device)
{
    struct pvpanic *self = container_of (device, struct pvpanic, device);

    bus_remove (device->env->ports, &self->region);
    free (self);
}

static void
pvpanic_pci_destroy (struct device *device)
{
    struct pvpanic *self = container_of (device, struct pvpanic, device);

    pci_function_destroy (&self->function);
    free (self);
}

static const struct device_ops port_ops = {
    .reset = pvpanic_reset,
    .destroy = pvpanic_destroy,
};

static const struct device_ops pci_ops = {
    .reset = pvpanic_pci_reset,
    .destroy = pvpanic_pci_destroy,
};

static struct pvpanic *
new_device (const struct device_args *args, const struct device_ops *ops)
{
    const struct pvpanic_config *config = args->config;
    struct pvpanic *self = calloc (1, sizeof *self);

    if (!self)
        return NULL;
    device_init (&self->device, ops, args);
    self->action = config->action;
    return self;
}

static int
pvpanic_create (const struct device_args *args, struct device **out)
{
    struct pvpanic *self = new_device (args, &port_ops);
    int ret;

    if (!self)
        return -ENOMEM;
    bus_region_init (&self->region, self->device.alias, &register_ops, self, 1, BUS_PRIORITY_FIXED);
    ret = bus_add (args->env->ports, &self->region, PVPANIC_PORT);
    if (ret < 0) {
        free (self);
        return ret;
    }
    *out = &self->device;
    return 0;
}

static int
pvpanic_pci_create (const struct device_args *args, struct device **out)
{
    static const struct pci_identity identity = {
        .vendor = 0x1b36,
        .device = 0x0011,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x088000, /* a system peripheral of no particular kind */
        .revision = 1,
    };
    struct pvpanic *self = new_device (args, &pci_ops);
    int ret;

    if (!self)
        return -ENOMEM;
    ret = pci_function_init (&self->function, args->env->pci, PCI_DEVFN (args->slot, 0),
                             self->device.alias, &identity, NULL);
    if (ret < 0) {
        free (self);
        return ret;
    }
    pci_add_register_bar (&self->function, 0, PCI_BAR_MEM32, PVPANIC_BAR_BYTES, &register_ops,
                          self);
    *out = &self->device;
    return 0;
}

static const struct option pvpanic_options[] = {
    { .name = "action",
      .type = OPTION_CHOICE,
      .offset = offsetof (struct pvpanic_config, action),
      .fallback = "none",
      .help = "What the machine does once the guest panicked",
      .choices = device_action_names },
};

const struct device_class pvpanic_class = {
    .name = "pvpanic",
    .summary = "Port where the guest tells of its panic",
    .bus = DEVICE_BUS_PLATFORM,
    .backend = BACKEND_NONE,
    .options = pvpanic_options,
    .n_options = ARRAY_SIZE (pvpanic_options),
    .config_size = sizeof (struct pvpanic_config),
    .create = pvpanic_create,
};

const struct device_class pvpanic_pci_class = {
    .name = "pvpanic-pci",
    .summary = "PCI function where the guest tells of its panic",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NONE,
    .options = pvpanic_options,
    .n_options = ARRAY_SIZE (pvpanic_options),
    .config_size = sizeof (struct pvpanic_config),
    .create = pvpanic_pci_create,
};
