/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-hotplug.c - devices that come and go while the machine runs.
 *
 * Theory of operation.  A device that comes is made with all vCPUs parked and the I/O loop stopped, so
 * that nobody sees half of it; then the guest gets an event.  One that shall go is first asked for:
 *
 *     none ── machine_detach() ──> asked ── the guest writes the eject register ──> gone
 *       ^                            │
 *       └── the guest says no (_OST), or nothing for MACHINE_PATIENCE_S; a reset makes it gone ──┘
 *
 * Some systems say beforehand that they agree; Linux does not, for PCI devices.
 *
 * The eject register may be written for any removable slot at any time, asked or not.  The vCPU that
 * writes it parks all vCPUs, itself included, and wakes the main loop, which takes the device away:
 * so the guest finds the slot empty at its next instruction, as on hardware.
 *
 * What a guest says comes from a vCPU's thread as a bit of an atomic mask; saying it a thousand times
 * is saying it once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acpi-pci-hotplug.h"
#include "bits.h"
#include "block.h"
#include "machine-private.h"
#include "pci-remains.h"
#include "registry.h"

#define N_DISKS 4 /* that may come and be as fast as those of the start */

struct unplug {
    struct machine *machine;
    unsigned slot;
    bool asked, agreed;
    struct loop_timer patience;
    struct pci_remains remains; /* of what was pulled out of the slot */
};

struct machine_hotplug {
    struct acpi_pci_hotplug *chip;
    struct unplug unplugs[PCI_N_SLOTS];
    atomic_uint ejected;         /* slots the guest gave up; main loop takes them */
    atomic_uint agreed, refused; /* the same, of what it said */
    struct loop_work said;       /* looks at the latter */
};

/* Whether devices of CLASS come and go while the machine runs, by ACPI, by a USB plug or on their
 * controller. */
static bool
is_hot_class (const struct device_class *class)
{
    return !class->is_fixed
           && (class->bus == DEVICE_BUS_PCI || class->bus == DEVICE_BUS_USB
               || class->bus == DEVICE_BUS_SCSI || class->bus == DEVICE_BUS_VIRTIO_SERIAL);
}

static bool
is_in_slot (const struct device *device)
{
    return device->class && device->class->bus == DEVICE_BUS_PCI && !device->class->is_fixed;
}

static struct device *
find_in_slot (struct machine *m, unsigned slot)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (is_in_slot (device) && device->slot == slot)
            return device;
    }
    return NULL;
}

/* --- going ---------------------------------------------------------------------------------------- */

static void
forget_request (struct unplug *unplug)
{
    loop_timer_disarm (&unplug->patience);
    unplug->asked = unplug->agreed = false;
}

/* Nothing is in SLOT any more: what the guest said of it, and nobody has looked at yet, is not said of what
 * comes there next.  The machine is held. */
static void
forget_slot (struct machine_hotplug *hotplug, unsigned slot)
{
    forget_request (&hotplug->unplugs[slot]);
    atomic_fetch_and (&hotplug->ejected, ~BIT (slot));
    atomic_fetch_and (&hotplug->agreed, ~BIT (slot));
    atomic_fetch_and (&hotplug->refused, ~BIT (slot));
    acpi_pci_hotplug_set_removable (hotplug->chip, slot, false);
}

/* Takes DEVICE away.  The machine is held. */
static void
remove_one (struct machine *m, struct device *device)
{
    char alias[DEVICE_ALIAS_BYTES];
    unsigned slot = device->slot;

    memcpy (alias, device->alias, sizeof alias);
    machine_device_destroy (m, device);
    if (slot)
        forget_slot (m->hotplug, slot);
    m->ops->unplug (m->opaque, alias, VMM_UNPLUG_GONE);
}

/* The same with all that sits on it: a guest may give up a controller with its drives. */
static void
remove_device (struct machine *m, struct device *device)
{
    struct device *one;

    while ((one = machine_find_on_controller (m, device)))
        remove_one (m, one);
    remove_one (m, device);
}

static void
remove_slots (struct machine *m, uint32_t slots)
{
    for (unsigned slot = 0; slot < PCI_N_SLOTS; slot++) {
        struct device *device = slots & BIT (slot) ? find_in_slot (m, slot) : NULL;

        if (device)
            remove_device (m, device);
    }
}

void
machine_hotplug_eject (struct machine *m)
{
    machine_hold (m);
    remove_slots (m, atomic_exchange (&m->hotplug->ejected, 0));
    machine_go_on (m);
}

static void
end_request (struct unplug *unplug, enum vmm_unplug_state state)
{
    struct machine *m = unplug->machine;
    struct device *device = find_in_slot (m, unplug->slot);

    forget_request (unplug);
    acpi_pci_hotplug_stop_asking (m->hotplug->chip, unplug->slot);
    if (device)
        m->ops->unplug (m->opaque, device->alias, state);
}

/* A guest that does not run cannot answer. */
static void
patience_cb (void *opaque)
{
    struct unplug *unplug = opaque;

    if (unplug->machine->is_running)
        end_request (unplug, VMM_UNPLUG_TIMED_OUT);
    else
        loop_timer_arm (&unplug->patience, loop_now_ns () + MACHINE_PATIENCE_S * 1000000000ll);
}

/* --- what the guest says -------------------------------------------------------------------------- */

static void
eject_cb (void *opaque, uint32_t slots)
{
    struct machine *m = opaque;

    atomic_fetch_or (&m->hotplug->ejected, slots);
    machine_ask (m, PENDING_EJECT);
}

static void
status_cb (void *opaque, unsigned slot, unsigned event, unsigned status)
{
    struct machine *m = opaque;
    struct machine_hotplug *hotplug = m->hotplug;

    if ((event & 0xff) != ACPI_OST_EJECTION || status == 0)
        return; /* success shows in the slot */
    atomic_fetch_or (status == ACPI_OST_IN_PROGRESS ? &hotplug->agreed : &hotplug->refused,
                     BIT (slot));
    loop_work_queue (m->env.loop, &hotplug->said);
}

static void
said_cb (void *opaque)
{
    struct machine *m = opaque;
    uint32_t agreed = atomic_exchange (&m->hotplug->agreed, 0);
    uint32_t refused = atomic_exchange (&m->hotplug->refused, 0);

    for (unsigned slot = 0; slot < PCI_N_SLOTS; slot++) {
        struct unplug *unplug = &m->hotplug->unplugs[slot];
        struct device *device = unplug->asked ? find_in_slot (m, slot) : NULL;

        if (!device)
            continue;
        if (refused & BIT (slot)) {
            end_request (unplug, VMM_UNPLUG_REFUSED);
        } else if ((agreed & BIT (slot)) && !unplug->agreed) {
            unplug->agreed = true;
            m->ops->unplug (m->opaque, device->alias, VMM_UNPLUG_AGREED);
        }
    }
}

static const struct acpi_pci_hotplug_ops chip_ops = { .eject = eject_cb, .status = status_cb };

/* --- what the keeper asks for --------------------------------------------------------------------- */

static int
check_attach (struct machine *m, const struct device_config *d)
{
    const struct device_class *class = registry_find (d->record.model);

    if (machine_find_device (m, d->record.alias))
        return machine_fail (m, -EEXIST, "there is a device %s already", d->record.alias);
    if (class && !is_hot_class (class))
        return machine_fail (m, -ENOTSUP,
                             "device %s: a %s cannot be added while the machine runs, only before "
                             "it is started",
                             d->record.alias, class->name);
    return 0; /* a class that does not exist is found out where devices are made */
}

static void
announce (struct machine *m, struct device *device)
{
    pci_remains_clear (&m->hotplug->unplugs[device->slot].remains);
    acpi_pci_hotplug_set_removable (m->hotplug->chip, device->slot, true);
    acpi_pci_hotplug_plugged (m->hotplug->chip, device->slot);
}

/* What sits on a controller is told of by that. */
static int
plug_in (struct machine *m, const struct device_config *d, struct device *device)
{
    int ret = 0;

    if (device->class->bus == DEVICE_BUS_PCI)
        announce (m, device);
    else
        ret = machine_attach_to_bus (m, d, device);
    if (ret < 0)
        machine_device_destroy (m, device);
    return ret;
}

int
machine_attach_begin (struct machine *m, struct device_config *d, int *fd, int64_t *until_ns,
                      char why[VMM_TEXT_BYTES])
{
    int ret;

    why[0] = '\0';
    m->why = why;
    ret = check_attach (m, d);
    if (ret == 0)
        ret = machine_block_begin (m, d, fd, until_ns);
    m->why = NULL;
    return ret;
}

int
machine_attach_hear (struct machine *m, struct device_config *d, char why[VMM_TEXT_BYTES])
{
    int ret;

    why[0] = '\0';
    m->why = why;
    ret = machine_block_hear (m, d);
    m->why = NULL;
    return ret;
}

int
machine_attach (struct machine *m, struct device_config *d, char why[VMM_TEXT_BYTES])
{
    struct device *device;
    int ret;

    why[0] = '\0';
    m->why = why;
    ret = check_attach (m, d);
    if (ret == 0) {
        machine_hold (m);
        ret = machine_device_create (m, d, &device);
        if (ret == 0) {
            device_reset (device);
            if (device->ops->set_running && m->is_running)
                device->ops->set_running (device, true);
            ret = plug_in (m, d, device);
        }
        machine_go_on (m);
    }
    m->why = NULL;
    return ret;
}

/* It is gone at once, whatever the guest does with it. */
static void
pull_out (struct machine *m, struct device *device)
{
    unsigned slot = device->slot;

    machine_hold (m);
    if (slot)
        pci_remains_leave (&m->hotplug->unplugs[slot].remains, m->env.mmio,
                           pci_bus_get_function (m->env.pci, PCI_DEVFN (slot, 0)));
    remove_device (m, device);
    if (slot)
        acpi_pci_hotplug_vanished (m->hotplug->chip, slot);
    machine_go_on (m);
}

static int
ask_guest (struct machine *m, struct device *device)
{
    struct unplug *unplug = &m->hotplug->unplugs[device->slot];
    const struct device *user = machine_find_on_controller (m, device);

    if (user)
        return machine_fail (m, -EBUSY, "%s has %s on it; take that away first", device->alias,
                             user->alias);
    if (unplug->asked)
        return machine_fail (m, -EALREADY, "the guest was already asked to give %s back",
                             device->alias);
    if (!acpi_pci_hotplug_guest_listens (m->hotplug->chip))
        return machine_fail (m, -EAGAIN,
                             "the guest's system is not ready to give %s back: it is starting, or "
                             "it does not do ACPI hot-plugging",
                             device->alias);
    unplug->asked = true;
    loop_timer_arm (&unplug->patience, loop_now_ns () + MACHINE_PATIENCE_S * 1000000000ll);
    acpi_pci_hotplug_ask_to_eject (m->hotplug->chip, device->slot);
    return 0;
}

int
machine_detach (struct machine *m, const char *alias, bool force, char why[VMM_TEXT_BYTES])
{
    struct device *device = machine_find_device (m, alias);
    int ret = 0;

    why[0] = '\0';
    m->why = why;
    if (!device)
        ret = machine_fail (m, -ENOENT, "there is no device %s", alias);
    else if (!is_hot_class (device->class))
        ret = machine_fail (m, -ENOTSUP, "%s, a %s, cannot be removed while the machine runs",
                            alias, device->class->name);
    else if (force || !device->slot)
        pull_out (m, device); /* what is in no slot is pulled, nobody asks */
    else
        ret = ask_guest (m, device);
    m->why = NULL;
    return ret;
}

/* --- life ----------------------------------------------------------------------------------------- */

/* Devices the machine began with are in place by now, and those may go as well. */
void
machine_hotplug_note_devices (struct machine *m)
{
    list_for_each (node, &m->devices)
    {
        struct device *device = container_of (node, struct device, node);

        if (is_in_slot (device))
            acpi_pci_hotplug_set_removable (m->hotplug->chip, device->slot, true);
    }
}

uint32_t
machine_hotplug_get_slots (struct machine *m)
{
    uint32_t slots = 0;

    for (unsigned slot = 1; slot < Q35_SLOT_LPC; slot++) {
        if (!(m->slots_taken & BIT (slot)) || find_in_slot (m, slot))
            slots |= BIT (slot);
    }
    return slots;
}

void
machine_hotplug_reset (struct machine *m)
{
    struct machine_hotplug *hotplug = m->hotplug;
    uint32_t slots = atomic_exchange (&hotplug->ejected, 0);

    for (unsigned slot = 0; slot < PCI_N_SLOTS; slot++) {
        if (hotplug->unplugs[slot].asked)
            slots |= BIT (slot);
        pci_remains_clear (&hotplug->unplugs[slot].remains);
    }
    remove_slots (m, slots);
    atomic_store (&hotplug->agreed, 0);
    atomic_store (&hotplug->refused, 0);
    acpi_pci_hotplug_reset (hotplug->chip);
}

int
machine_hotplug_create (struct machine *m)
{
    struct machine_hotplug *hotplug = calloc (1, sizeof *hotplug);

    if (!hotplug)
        return -ENOMEM;
    for (unsigned slot = 0; slot < PCI_N_SLOTS; slot++) {
        struct unplug *unplug = &hotplug->unplugs[slot];

        unplug->machine = m;
        unplug->slot = slot;
        loop_timer_init (&unplug->patience, m->env.loop, patience_cb, unplug);
    }
    loop_work_init (&hotplug->said, said_cb, m);
    block_raw_set_aside (N_DISKS);
    m->hotplug = hotplug;
    return acpi_pci_hotplug_create (&m->env, q35_get_pm (m->q35), &chip_ops, m, &hotplug->chip);
}

void
machine_hotplug_destroy (struct machine *m)
{
    struct machine_hotplug *hotplug = m->hotplug;

    if (!hotplug)
        return;
    for (unsigned slot = 0; slot < PCI_N_SLOTS; slot++) {
        loop_timer_disarm (&hotplug->unplugs[slot].patience);
        pci_remains_clear (&hotplug->unplugs[slot].remains);
    }
    loop_work_cancel (m->env.loop, &hotplug->said);
    acpi_pci_hotplug_destroy (hotplug->chip);
    block_raw_set_aside (0);
    free (hotplug);
    m->hotplug = NULL;
}
