/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-ports.c - root hub ports (xHCI 1.2 §4.19, §5.4.8).
 *
 * A reset or a change of the link's state is over at once.  The USB 3 ports are there because every
 * driver expects some; no device of ours is for them.
 */
#include "xhci-private.h"

#define PORTSC_CCS        BIT (0) /* connected */
#define PORTSC_PED        BIT (1) /* enabled */
#define PORTSC_PR         BIT (4) /* reset */
#define PORTSC_PLS(state) ((uint32_t) (state) << 5)
#define PORTSC_GET_PLS(v) ((v) >> 5 & 0xf)
#define PORTSC_PP         BIT (9) /* power: always on */
#define PORTSC_SPEED(id)  ((uint32_t) (id) << 10)
#define PORTSC_LWS        BIT (16) /* PLS is written, too */
#define PORTSC_CSC        BIT (17) /* changes: connection, */
#define PORTSC_PEC        BIT (18)
#define PORTSC_PRC        BIT (21) /* reset, */
#define PORTSC_PLC        BIT (22) /* link state */
#define PORTSC_CHANGES    0x00fe0000u
#define PORTSC_KEPT       0x0e00c000u /* what the driver only stores: PIC, WCE, WDE, WOE */
#define PORTSC_WARM_RESET BIT (31)

enum link_state {
    LINK_U0 = 0,
    LINK_U3 = 3,
    LINK_RX_DETECT = 5,
    LINK_POLLING = 7,
    LINK_RESUME = 15
};

static uint32_t
with_link_state (uint32_t portsc, enum link_state state)
{
    return (portsc & ~PORTSC_PLS (0xf)) | PORTSC_PLS (state);
}

static bool
is_usb3 (const struct xhci *xhci, unsigned port)
{
    return port > xhci->n_ports;
}

/* Sets change bits; the driver hears of the first that comes to a port without any. */
static void
note_changes (struct xhci *xhci, struct xhci_port *port, uint32_t changes)
{
    if (!(port->portsc & PORTSC_CHANGES))
        port->is_event_due = true;
    port->portsc |= changes;
    xhci->usbsts |= USBSTS_PCD;
}

void
xhci_ports_post_events (struct xhci *xhci)
{
    for (unsigned i = 1; i <= 2 * xhci->n_ports; i++) {
        struct xhci_trb event = {
            .parameter = (uint64_t) i << 24,
            .status = (uint32_t) CODE_SUCCESS << 24,
            .control = TRB_PORT_STATUS_CHANGE << 10,
        };

        if (!xhci->ports[i].is_event_due)
            continue;
        if (!xhci_events_have_room (xhci, 1))
            return;
        xhci->ports[i].is_event_due = false;
        xhci_post_event (xhci, &event, false);
    }
}

void
xhci_port_reset (struct xhci *xhci, unsigned number)
{
    struct xhci_port *port = &xhci->ports[number];

    port->is_event_due = false;
    port->portsc = PORTSC_PP | PORTSC_PLS (LINK_RX_DETECT);
    if (!port->device)
        return;
    port->portsc =
        PORTSC_PP | PORTSC_PLS (LINK_POLLING) | PORTSC_CCS | PORTSC_SPEED (port->device->speed);
    note_changes (xhci, port, PORTSC_CSC);
}

void
xhci_port_update (struct xhci *xhci, unsigned number, struct usb_device *device)
{
    struct xhci_port *port = &xhci->ports[number];
    uint32_t kept = port->portsc & (PORTSC_KEPT | PORTSC_CHANGES | PORTSC_PP);

    port->device = device;
    if (device)
        port->portsc = kept | PORTSC_CCS | PORTSC_PLS (LINK_POLLING) | PORTSC_SPEED (device->speed);
    else
        port->portsc = kept | PORTSC_PLS (LINK_RX_DETECT);
    note_changes (xhci, port, PORTSC_CSC);
}

struct usb_device *
xhci_port_get_device (const struct xhci *xhci, unsigned number)
{
    const struct xhci_port *port = &xhci->ports[number];

    return port->portsc & PORTSC_PED ? port->device : NULL;
}

/* --- registers ---------------------------------------------------------------------------------- */

static void
reset_link (struct xhci *xhci, struct xhci_port *port)
{
    if (!port->device)
        return;
    usb_device_reset_bus (port->device);
    port->portsc = with_link_state (port->portsc, LINK_U0) | PORTSC_PED;
    note_changes (xhci, port, PORTSC_PRC);
}

/* Suspends and resumes; other states are not the driver's to choose here. */
static void
set_link_state (struct xhci *xhci, struct xhci_port *port, unsigned state)
{
    unsigned old = PORTSC_GET_PLS (port->portsc);

    if (!(port->portsc & PORTSC_PED))
        return;
    if (state == LINK_U0 && (old == LINK_U3 || old == LINK_RESUME)) {
        port->portsc = with_link_state (port->portsc, LINK_U0);
        note_changes (xhci, port, PORTSC_PLC);
    } else if ((state == LINK_U3 && old == LINK_U0) || (state == LINK_RESUME && old == LINK_U3)) {
        port->portsc = with_link_state (port->portsc, state);
    }
}

uint32_t
xhci_port_read (const struct xhci *xhci, unsigned number, unsigned reg)
{
    return reg == 0 ? xhci->ports[number].portsc : 0; /* PORTPMSC, PORTLI: no power management */
}

void
xhci_port_write (struct xhci *xhci, unsigned number, unsigned reg, uint32_t value)
{
    struct xhci_port *port = &xhci->ports[number];

    if (reg != 0)
        return;
    port->portsc = (port->portsc & ~PORTSC_KEPT) | (value & PORTSC_KEPT);
    port->portsc &= ~(value & PORTSC_CHANGES);
    if ((value & PORTSC_PR) || ((value & PORTSC_WARM_RESET) && is_usb3 (xhci, number))) {
        reset_link (xhci, port);
        return;
    }
    if (value & port->portsc & PORTSC_PED) /* writing 1 disables */
        port->portsc = with_link_state (port->portsc & ~PORTSC_PED, LINK_POLLING);
    if (value & PORTSC_LWS)
        set_link_state (xhci, port, PORTSC_GET_PLS (value));
}
