/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-devices.c - the machine's chipset and the devices its keeper asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ahci.h"
#include "balloon.h"
#include "bits.h"
#include "block.h"
#include "chardev.h"
#include "console.h"
#include "debugcon.h"
#include "fd.h"
#include "i8042.h"
#include "machine-private.h"
#include "mc146818.h"
#include "net.h"
#include "pci-rom.h"
#include "pflash.h"
#include "registry.h"
#include "usb.h"
#include "vga.h"
#include "virtio-mem.h"
#include "virtio-scsi.h"
#include "virtio-vga.h"

#define FIRST_FREE_SLOT 2
#define VGA_SLOT        1

static void
add_device (struct machine *m, struct device *device)
{
    list_append (&m->devices, &device->node);
}

/* --- the chipset -------------------------------------------------------------------------------- */

static int
create_rtc (struct machine *m)
{
    struct mc146818_config config = {
        .low_bytes = m->layout.low_bytes,
        .high_bytes = m->layout.high_bytes,
        .n_vcpus = m->record.n_vcpus,
        .offset_s = m->record.rtc_offset_s,
    };
    struct device *device;
    int ret = mc146818_create (&m->env, &config, &device);

    if (ret == 0) {
        add_device (m, device);
        m->rtc = device;
    }
    return ret;
}

static void
variables_changed_cb (void *opaque)
{
    struct machine *m = opaque;

    m->ops->variables_changed (m->opaque);
}

/* Ends where the firmware begins. */
static int
create_flash (struct machine *m)
{
    struct pflash_config config = { .changed = variables_changed_cb, .opaque = m };
    struct device *device;
    int ret;

    if (!m->variables)
        return 0;
    config.shared = m->variables;
    config.bytes = (uint8_t *) m->variables + VMM_VARIABLES_OFFSET;
    config.size_bytes = m->variables_bytes - VMM_VARIABLES_OFFSET;
    config.gpa = m->firmware.gpa - config.size_bytes;
    ret = pflash_create (&m->env, &config, &device);
    if (ret == 0)
        add_device (m, device);
    return ret;
}

static int
create_chipset (struct machine *m, struct machine_config *config)
{
    struct device *device;
    int ret = q35_create (&m->env, &m->q35);

    if (ret == 0)
        ret = machine_hotplug_create (m);
    if (ret == 0)
        ret = machine_vcpus_create_chip (m);
    if (ret == 0)
        ret = create_rtc (m);
    if (ret == 0)
        ret = i8042_create (&m->env, &device);
    if (ret == 0) {
        add_device (m, device);
        ret = debugcon_create (&m->env, fd_steal (&config->debug_fd), &device);
    }
    if (ret == 0) {
        add_device (m, device);
        ret = create_flash (m);
    }
    if (ret < 0)
        return machine_fail (m, ret, "the chipset cannot be made: %s", strerror (-ret));
    m->slots_taken = BIT (0) | BIT (Q35_SLOT_LPC);
    return 0;
}

/* --- one device --------------------------------------------------------------------------------- */

/* Gives ARGS what stands behind the device. */
static int
open_backend (struct machine *m, struct device_config *d, const struct device_class *class,
              struct device_args *args)
{
    static const enum vmm_backend wanted[] = {
        [BACKEND_NONE] = VMM_BACKEND_NONE,
        [BACKEND_BLOCK] = VMM_BACKEND_N, /* one of two: machine-block.c */
        [BACKEND_CHAR] = VMM_BACKEND_SOCKET,
        [BACKEND_NET] = VMM_BACKEND_N, /* one of several: machine-net.c */
        [BACKEND_VHOST] = VMM_BACKEND_VHOST,
    };

    _Static_assert(ARRAY_SIZE (wanted) == BACKEND_N, "a row for each kind");
    if (class->backend == BACKEND_NET)
        return machine_net_open (m, d, class, &args->net);
    if (d->fd < 0 && !d->opened)
        return 0;
    if (class->backend == BACKEND_BLOCK)
        return machine_block_open (m, d, &args->block);
    if (class->backend == BACKEND_NONE || d->record.backend != wanted[class->backend])
        return machine_fail (m, -EINVAL, "device %s: a %s takes no backend of that kind",
                             d->record.alias, class->name);
    if (class->backend == BACKEND_VHOST) {
        args->vhost_fd = fd_steal (&d->fd);
        return 0;
    }
    args->chardev = chardev_open (m->env.loop, fd_steal (&d->fd));
    if (!args->chardev)
        return machine_fail (m, -errno, "device %s: its socket cannot be used: %s", d->record.alias,
                             strerror (errno));
    return 0;
}

static void
close_backend (struct machine *m, struct device_args *args)
{
    block_close (args->block);
    if (args->chardev)
        chardev_close (args->chardev);
    machine_net_close (m, args->net);
    fd_close (&args->vhost_fd);
}

/* The code for the firmware, if the keeper has some for the device. */
static int
load_rom (struct machine *m, const struct device_config *d, const struct device_class *class,
          struct pci_rom **rom)
{
    int ret;

    *rom = NULL;
    if (d->rom_fd < 0)
        return 0;
    if (class->bus != DEVICE_BUS_PCI)
        return machine_fail (m, -EINVAL, "device %s: a %s takes no ROM", d->record.alias,
                             class->name);
    ret = pci_rom_load (d->rom_fd, rom);
    if (ret == -EINVAL)
        return machine_fail (m, ret, "device %s: its ROM is no expansion ROM of a PCI device",
                             d->record.alias);
    if (ret < 0)
        return machine_fail (m, ret, "device %s: its ROM cannot be read: %s", d->record.alias,
                             strerror (-ret));
    return 0;
}

static bool
is_display (const struct device_class *class)
{
    return class == &vga_class || class == &virtio_vga_class;
}

static int
take_slot (struct machine *m, const struct device_config *d, const struct device_class *class,
           unsigned *slot)
{
    *slot = d->record.slot;
    if (*slot == VMM_SLOT_AUTO && is_display (class) && !(m->slots_taken & BIT (VGA_SLOT)))
        *slot = VGA_SLOT;
    for (unsigned i = FIRST_FREE_SLOT; *slot == VMM_SLOT_AUTO && i < Q35_SLOT_LPC; i++) {
        if (!(m->slots_taken & BIT (i)))
            *slot = i;
    }
    if (*slot == VMM_SLOT_AUTO)
        return machine_fail (m, -ENOSPC, "device %s: there is no free PCI slot", d->record.alias);
    if (m->slots_taken & BIT (*slot))
        return machine_fail (m, -EEXIST, "device %s: PCI slot %u is taken", d->record.alias, *slot);
    m->slots_taken |= BIT (*slot);
    return 0;
}

static int
set_options (struct machine *m, const struct device_config *d, const struct device_class *class,
             void *config)
{
    device_options_init (class, config);
    for (uint32_t i = 0; i < d->record.n_options; i++) {
        const struct vmm_option *o = &d->options[i];
        int ret = device_option_set (class, config, o->name, o->value);

        if (ret == -ENOENT)
            return machine_fail (m, ret, "device %s: a %s has no option “%s”", d->record.alias,
                                 class->name, o->name);
        if (ret < 0)
            return machine_fail (m, ret, "device %s: option “%s” cannot be “%s”", d->record.alias,
                                 o->name, o->value);
    }
    return 0;
}

/* Makes the device of CLASS with what it needs, which goes again when that fails. */
static int
create_with_backend (struct machine *m, struct device_config *d, const struct device_class *class,
                     struct device_args *args, struct device **out)
{
    struct pci_rom *rom;
    int ret = load_rom (m, d, class, &rom);

    if (ret < 0)
        return ret;
    ret = open_backend (m, d, class, args);
    if (ret < 0) {
        fd_close (&args->vhost_fd);
        pci_rom_free (rom);
        return ret;
    }
    ret = class->create (args, out);
    if (ret < 0) {
        close_backend (m, args);
        pci_rom_free (rom);
        return machine_fail (m, ret, "device %s cannot be made: %s", d->record.alias,
                             strerror (-ret));
    }
    (*out)->class = class;
    (*out)->slot = args->slot;
    machine_block_belongs_to (args->block, *out);
    (*out)->rom = rom;
    if (rom)
        pci_rom_add (rom, pci_bus_get_function (m->env.pci, PCI_DEVFN (args->slot, 0)));
    add_device (m, *out);
    return 0;
}

/* What the machine has to find again. */
static void
note_part (struct machine *m, const struct device_config *d, struct device *device)
{
    if (device->class == &virtio_balloon_class && !m->balloon)
        m->balloon = device;
    else if (device->class == &virtio_serial_class)
        m->serial = device;
    else if (device->class == &virtio_scsi_class)
        device->number = d->record.controller;
}

static void
forget_part (struct machine *m, const struct device *device)
{
    if (m->balloon == device)
        m->balloon = NULL;
    else if (m->serial == device)
        m->serial = NULL;
}

int
machine_device_create (struct machine *m, struct device_config *d, struct device **out)
{
    const struct device_class *class = registry_find (d->record.model);
    _Alignas(max_align_t) char config[1024];
    struct device_args args = {
        .env = &m->env,
        .alias = d->record.alias,
        .unit = d->record.unit,
        .config = config,
        .vhost_fd = -1,
    };
    int ret;

    if (!class)
        return machine_fail (m, -ENOENT, "device %s: there is no device model “%s”",
                             d->record.alias, d->record.model);
    if (class->config_size > sizeof config)
        return machine_fail (m, -E2BIG, "device %s: its options do not fit", d->record.alias);
    if (class->bus == DEVICE_BUS_USB && !usb_bus_has_controller (m->env.usb))
        return machine_fail (m, -ENODEV, "device %s: there is no USB controller to plug it into",
                             d->record.alias);
    ret = machine_check_controller (m, d, class);
    if (ret == 0)
        ret = set_options (m, d, class, config);
    if (ret == 0 && class->bus == DEVICE_BUS_PCI)
        ret = take_slot (m, d, class, &args.slot);
    if (ret < 0)
        return ret;
    ret = create_with_backend (m, d, class, &args, out);
    if (ret < 0 && args.slot)
        m->slots_taken &= ~BIT (args.slot);
    if (ret == 0)
        note_part (m, d, *out);
    return ret;
}

struct device *
machine_find_device (struct machine *m, const char *alias)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->class && strcmp (device->alias, alias) == 0)
            return device;
    }
    return NULL;
}

static void
destroy_with_rom (struct device *device)
{
    struct pci_rom *rom = device->rom;

    device_destroy (device);
    pci_rom_free (rom);
}

void
machine_device_destroy (struct machine *m, struct device *device)
{
    if (device->block) {
        block_drain (device->block); /* before it is counted */
        m->gone_read_bytes += device->block->read_bytes;
        m->gone_written_bytes += device->block->written_bytes;
    }
    if (device->slot)
        m->slots_taken &= ~BIT (device->slot);
    forget_part (m, device);
    list_remove (&device->node);
    machine_net_forget (m, device->alias);
    destroy_with_rom (device);
}

/* One of the devices the machine begins with. */
static int
create_device (struct machine *m, struct device_config *d)
{
    struct device *device = NULL;
    int ret = machine_device_create (m, d, &device);

    if (ret < 0)
        return ret;
    if (device->class == &vga_class)
        m->vga = device;
    else if (device->class == &virtio_vga_class)
        m->vga = virtio_vga_adapter (device);
    if (device->class == &virtio_mem_class)
        machine_memory_watch (m, device);
    if (m->vga && device->rom && is_display (device->class))
        vga_set_rom (m->vga, device->rom);
    ret = machine_attach_to_bus (m, d, device);
    if (ret == 0)
        machine_note_boot_order (m, d, device);
    return ret;
}

int
machine_devices_create (struct machine *m, struct machine_config *config)
{
    int ret = create_chipset (m, config);

    for (unsigned i = 0; i < config->n_devices && ret == 0; i++)
        ret = create_device (m, &config->devices[i]);
    if (ret == 0)
        machine_hotplug_note_devices (m);
    return ret;
}

void
machine_devices_destroy (struct machine *m)
{
    /* The controller lets go of its drives before they go. */
    if (m->ahci)
        device_destroy (ahci_device (m->ahci));
    while (!list_is_empty (&m->devices)) {
        struct device *device = container_of (m->devices.prev, struct device, node);

        list_remove (&device->node);
        destroy_with_rom (device);
    }
    machine_hotplug_destroy (m);
    machine_vcpus_destroy_chip (m);
    if (m->q35)
        q35_destroy (m->q35);
}

void
machine_devices_reset (struct machine *m)
{
    q35_reset (m->q35);
    if (m->ahci)
        device_reset (ahci_device (m->ahci));
    list_for_each (node, &m->devices) device_reset (container_of (node, struct device, node));
}

void
machine_devices_set_running (struct machine *m, bool running)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->ops->set_running)
            device->ops->set_running (device, running);
    }
}

int
machine_set_connected (struct machine *m, const char *alias, bool connected)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (device->ops->set_connected && strcmp (device->alias, alias) == 0) {
            device->ops->set_connected (device, connected);
            return 0;
        }
    }
    return -ENOENT;
}
