/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-buses.c - what sits on a controller: where it is plugged in, and what firmware calls it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ahci.h"
#include "bits.h"
#include "console.h"
#include "machine-private.h"
#include "virtio-scsi.h"
#include "xhci.h"

/* --- controllers --------------------------------------------------------------------------------- */

static struct device *
find_controller (struct machine *m, const struct device_class *class, unsigned number)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->class == class && device->number == number)
            return device;
    }
    return NULL;
}

static struct device *
find_scsi_controller (struct machine *m, unsigned number)
{
    return find_controller (m, &virtio_scsi_class, number);
}

int
machine_check_controller (struct machine *m, const struct device_config *d,
                          const struct device_class *class)
{
    if (class == &virtio_scsi_class && find_scsi_controller (m, d->record.controller))
        return machine_fail (m, -EEXIST, "device %s: there is a SCSI controller %u already",
                             d->record.alias, d->record.controller);
    if (class == &virtio_serial_class && m->serial)
        return machine_fail (m, -EEXIST, "device %s: there is a virtio-serial controller already",
                             d->record.alias);
    return 0;
}

struct device *
machine_find_on_controller (struct machine *m, const struct device *controller)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->controller == controller)
            return device;
    }
    return NULL;
}

/* The controller comes with the first drive. */
static int
attach_sata (struct machine *m, const struct device_config *d, struct device *drive)
{
    int ret = 0;

    if (!m->ahci) {
        ret = ahci_create (&m->env, Q35_DEVFN_SATA, &m->ahci);
        if (ret < 0)
            return machine_fail (m, ret, "the SATA controller cannot be made: %s", strerror (-ret));
    }
    ret = ahci_attach (m->ahci, d->record.unit, drive);
    if (ret < 0)
        return machine_fail (m, ret, "device %s: SATA port %u is taken or does not exist",
                             d->record.alias, d->record.unit);
    return 0;
}

static unsigned
scsi_target (const struct device_config *d)
{
    return d->record.unit >> 16;
}

static unsigned
scsi_lun (const struct device_config *d)
{
    return d->record.unit & 0xffff;
}

/* The keeper's list has controllers before their drives. */
static int
attach_scsi (struct machine *m, const struct device_config *d, struct device *drive)
{
    struct device *controller = find_scsi_controller (m, d->record.controller);
    int ret;

    if (!controller)
        return machine_fail (m, -ENODEV, "device %s: there is no SCSI controller %u",
                             d->record.alias, d->record.controller);
    ret = virtio_scsi_attach (controller, scsi_target (d), scsi_lun (d), drive);
    if (ret < 0)
        return machine_fail (m, ret,
                             "device %s: SCSI target %u, unit %u is taken or does not exist",
                             d->record.alias, scsi_target (d), scsi_lun (d));
    drive->controller = controller;
    return 0;
}

static int
attach_port (struct machine *m, const struct device_config *d, struct device *port)
{
    int ret;

    if (!m->serial)
        return machine_fail (m, -ENODEV, "device %s: there is no virtio-serial controller for it",
                             d->record.alias);
    ret = virtio_serial_attach (m->serial, d->record.unit, port);
    if (ret < 0)
        return machine_fail (m, ret, "device %s: port %u is taken or does not exist",
                             d->record.alias, d->record.unit);
    port->controller = m->serial;
    return 0;
}

int
machine_attach_to_bus (struct machine *m, const struct device_config *d, struct device *device)
{
    switch (device->class->bus) {
    case DEVICE_BUS_SATA:
        return attach_sata (m, d, device);
    case DEVICE_BUS_SCSI:
        return attach_scsi (m, d, device);
    case DEVICE_BUS_VIRTIO_SERIAL:
        return attach_port (m, d, device);
    case DEVICE_BUS_USB: /* it has shown itself to the only one there can be as it was made */
        device->controller = find_controller (m, &xhci_class, 0);
        return 0;
    default:
        return 0;
    }
}

/* Firmware's name for a drive that it can boot from (an OpenFirmware path, as SeaBIOS and OVMF spell them). */
static void
name_drive (const struct device_config *d, const struct device *device, char *path, size_t size)
{
    switch (device->class->bus) {
    case DEVICE_BUS_SATA:
        snprintf (path, size, "/pci@i0cf8/pci8086,2922@1f,2/drive@%x/disk@0", d->record.unit);
        break;
    case DEVICE_BUS_SCSI:
        snprintf (path, size, "/pci@i0cf8/scsi@%x/channel@0/disk@%x,%x", device->controller->slot,
                  scsi_target (d), scsi_lun (d));
        break;
    default:
        snprintf (path, size, "/pci@i0cf8/scsi@%x/disk@0,0", device->slot);
        break;
    }
}

void
machine_note_boot_order (struct machine *m, const struct device_config *d,
                         const struct device *device)
{
    char *path = m->boot_order[m->n_boot_order].path;
    size_t size = sizeof m->boot_order[0].path;

    if (d->record.boot_index == 0)
        return;
    if (device->class->backend == BACKEND_NET)
        snprintf (path, size, "/pci@i0cf8/ethernet@%x/ethernet-phy@0", device->slot);
    else if (device->class->backend == BACKEND_BLOCK)
        name_drive (d, device, path, size);
    else
        return;
    m->boot_order[m->n_boot_order++].index = d->record.boot_index;
}
