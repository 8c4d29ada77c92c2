/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci.c - an xHCI USB controller (xHCI 1.2; version 1.0 as far as it says of itself).
 *
 * Theory of operation.  The controller has as many ports for USB 2 as for USB 3, one interrupter, and
 * as many slots as devices fit.  It works on the thread that gives it something to do: a vCPU that
 * rings a doorbell, the main loop when a device has something to say, under its one lock.  What is to
 * be done is noted, in commands_pending and in a bit an endpoint, and xhci_run() does it: as long as
 * there is room for the events, everybody in turn, and no more than about BUDGET TDs at once.  What is
 * left goes on a frame later by a timer, so a ring that is tied to itself costs what a busy device
 * would, and no thread gets lost in it.
 *
 * A driver whose structures make no sense (rings, segment tables, contexts outside of memory) finds
 * the controller stopped with Host Controller Error, from which it recovers by a reset (§4.24.1);
 * a transfer that makes no sense stops its endpoint only.
 *
 * Locks: the controller's, then one device's.  The ports' devices change on the main loop's thread.
 */
#include "xhci.h"

#include <errno.h>
#include <stdlib.h>

#include "xhci-private.h"

#define BUDGET   64
#define FRAME_NS 1000000ll

#define REGISTER_BAR 0 /* and 1, its upper half */
#define MSIX_BAR     2

/* USB's own registers in configuration space (§5.2) */
#define PCI_SBRN  0x60
#define PCI_FLADJ 0x61

struct xhci_config {
    uint64_t ports;
};

static struct xhci *
xhci_from_device (struct device *device)
{
    return container_of (device, struct xhci, device);
}

/* --- memory ------------------------------------------------------------------------------------- */

bool
xhci_dma_read (struct xhci *xhci, gpa_t gpa, void *buf, size_t len)
{
    return pci_is_master (&xhci->pci) && memory_read (xhci->device.env->memory, gpa, buf, len);
}

bool
xhci_dma_write (struct xhci *xhci, gpa_t gpa, const void *buf, size_t len)
{
    return pci_is_master (&xhci->pci) && memory_write (xhci->device.env->memory, gpa, buf, len);
}

bool
xhci_dma_is_ram (const struct xhci *xhci, gpa_t gpa, size_t len)
{
    return len == 0
           || (pci_is_master (&xhci->pci) && memory_at (xhci->device.env->memory, gpa, len));
}

/* --- running ------------------------------------------------------------------------------------ */

/* A command and a TD of each endpoint, as far as there are any and no longer than the controller runs.
 * Returns how many it was. */
static int
run_round (struct xhci *xhci)
{
    int n = xhci_run_command (xhci);

    for (unsigned i = 1; i <= XHCI_N_SLOTS; i++) {
        struct xhci_slot *slot = &xhci->slots[i];

        for (uint32_t left = slot->pending; left != 0; left &= left - 1) {
            if (!(xhci->usbcmd & USBCMD_RS))
                return 0;
            n += xhci_run_endpoint (xhci, slot, (unsigned) __builtin_ctz (left));
        }
    }
    return n;
}

void
xhci_run (struct xhci *xhci)
{
    if (!(xhci->usbcmd & USBCMD_RS))
        return;
    xhci_ports_post_events (xhci);
    for (int done = 0; done < BUDGET && (xhci->usbcmd & USBCMD_RS);) {
        int n = run_round (xhci);

        if (n == 0)
            return;
        done += n;
    }
    loop_timer_arm (&xhci->timer, loop_now_ns () + FRAME_NS);
}

static void
timer_cb (void *opaque)
{
    struct xhci *xhci = opaque;

    pthread_mutex_lock (&xhci->lock);
    xhci_run (xhci);
    pthread_mutex_unlock (&xhci->lock);
}

/* Nobody asks the devices any more. */
static void
halt (struct xhci *xhci)
{
    xhci->usbcmd &= ~USBCMD_RS;
    xhci->usbsts |= USBSTS_HCH;
    xhci->commands_run = xhci->commands_pending = false;
    for (unsigned i = 1; i <= xhci->n_ports; i++) {
        if (xhci->ports[i].device)
            usb_device_set_listened_to (xhci->ports[i].device, false);
    }
}

void
xhci_set_running (struct xhci *xhci, bool run)
{
    bool runs = xhci->usbcmd & USBCMD_RS;

    if (runs && !run) {
        halt (xhci);
    } else if (run && !runs && !(xhci->usbsts & USBSTS_HCE)) {
        xhci->usbcmd |= USBCMD_RS;
        xhci->usbsts &= ~USBSTS_HCH;
        xhci->started_ns = loop_now_ns ();
        xhci_slots_wake (xhci, NULL);
        xhci_run (xhci);
    }
}

void
xhci_fail (struct xhci *xhci, const char *reason)
{
    halt (xhci);
    xhci->usbsts |= USBSTS_HCE;
    device_mark_broken (&xhci->device, reason);
}

/* --- resets ------------------------------------------------------------------------------------- */

/* HCRST (§5.4.1), and what is the same after power-on. */
void
xhci_reset_controller (struct xhci *xhci)
{
    loop_timer_disarm (&xhci->timer);
    for (unsigned i = 1; i <= XHCI_N_SLOTS; i++)
        xhci_slot_disable (xhci, &xhci->slots[i]);
    xhci->usbcmd = xhci->dnctrl = xhci->config = 0;
    xhci->usbsts = USBSTS_HCH;
    xhci->dcbaap = 0;
    xhci->commands = (struct xhci_ring){ 0 };
    xhci->commands_run = xhci->commands_pending = xhci->crcr_is_locked = false;
    xhci_events_reset (xhci);
    for (unsigned i = 1; i <= 2 * xhci->n_ports; i++) {
        if (xhci->ports[i].device)
            usb_device_reset_bus (xhci->ports[i].device);
        xhci_port_reset (xhci, i);
    }
    xhci->device.is_broken = false;
}

static void
xhci_reset (struct device *device)
{
    struct xhci *xhci = xhci_from_device (device);

    pci_function_reset (&xhci->pci);
    pthread_mutex_lock (&xhci->lock);
    xhci_reset_controller (xhci);
    pthread_mutex_unlock (&xhci->lock);
}

/* --- the devices' side -------------------------------------------------------------------------- */

static void
plug_cb (void *controller, unsigned port, struct usb_device *device)
{
    struct xhci *xhci = controller;

    pthread_mutex_lock (&xhci->lock);
    xhci_port_update (xhci, port, device);
    xhci_run (xhci);
    pthread_mutex_unlock (&xhci->lock);
}

static void
unplug_cb (void *controller, unsigned port, struct usb_device *device)
{
    struct xhci *xhci = controller;

    pthread_mutex_lock (&xhci->lock);
    xhci_slots_forget (xhci, device);
    xhci_port_update (xhci, port, NULL);
    xhci_run (xhci);
    pthread_mutex_unlock (&xhci->lock);
}

static void
wake_cb (void *controller, struct usb_device *device)
{
    struct xhci *xhci = controller;

    pthread_mutex_lock (&xhci->lock);
    xhci_slots_wake (xhci, device);
    xhci_run (xhci);
    pthread_mutex_unlock (&xhci->lock);
}

static const struct usb_controller_ops controller_ops = {
    .plug = plug_cb,
    .unplug = unplug_cb,
    .wake = wake_cb,
};

/* --- the device --------------------------------------------------------------------------------- */

static void
xhci_destroy (struct device *device)
{
    struct xhci *xhci = xhci_from_device (device);

    usb_bus_clear_controller (device->env->usb, xhci);
    pci_function_destroy (&xhci->pci);
    loop_timer_disarm (&xhci->timer);
    pthread_mutex_destroy (&xhci->lock);
    free (xhci);
}

static const struct device_ops xhci_ops = { .reset = xhci_reset, .destroy = xhci_destroy };

static int
create_function (struct xhci *xhci, const struct device_args *args)
{
    /* The identity says which quirks a driver need not fear. */
    static const struct pci_identity identity = {
        .vendor = 0x1b36,
        .device = 0x000d,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_code = 0x0c0330,
        .revision = 1,
        .interrupt_pin = 1,
    };
    int ret = pci_function_init (&xhci->pci, args->env->pci, PCI_DEVFN (args->slot, 0), "xhci",
                                 &identity, NULL);

    if (ret < 0)
        return ret;
    xhci->pci.config[PCI_SBRN] = 0x30;
    xhci->pci.config[PCI_FLADJ] = 0x20;
    pci_add_register_bar (&xhci->pci, REGISTER_BAR, PCI_BAR_MEM64, XHCI_BAR_BYTES, &xhci_region_ops,
                          xhci);
    return pci_add_msix (&xhci->pci, MSIX_BAR, 1);
}

static int
xhci_create (const struct device_args *args, struct device **out)
{
    const struct xhci_config *config = args->config;
    struct xhci *xhci = calloc (1, sizeof *xhci);
    int ret;

    if (!xhci)
        return -ENOMEM;
    device_init (&xhci->device, &xhci_ops, args);
    pthread_mutex_init (&xhci->lock, NULL);
    loop_timer_init (&xhci->timer, args->env->loop, timer_cb, xhci);
    xhci->n_ports = (unsigned) config->ports;
    ret = create_function (xhci, args);
    if (ret == 0) {
        xhci_reset_controller (xhci);
        ret = usb_bus_set_controller (args->env->usb, &controller_ops, xhci, xhci->n_ports);
    }
    if (ret < 0) {
        xhci_destroy (&xhci->device);
        return ret;
    }
    *out = &xhci->device;
    return 0;
}

static const struct option options[] = {
    { "ports", OPTION_UINT, offsetof (struct xhci_config, ports), 1, USB_MAX_PORTS, "4",
      "ports for USB 2; there are as many for USB 3" },
};

const struct device_class xhci_class = {
    .name = "qemu-xhci",
    .summary = "xHCI USB controller",
    .bus = DEVICE_BUS_PCI,
    .options = options,
    .n_options = ARRAY_SIZE (options),
    .config_size = sizeof (struct xhci_config),
    .create = xhci_create,
};
