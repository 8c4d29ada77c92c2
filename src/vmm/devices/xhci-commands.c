/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-commands.c - the command ring (xHCI 1.2 §4.6).  A command is done when it is read. */
#include "xhci-private.h"

#define MAX_EVENTS 2 /* of one command: Stop Endpoint tells of the TD it stops, too */

static void
post_completion (struct xhci *xhci, gpa_t at, enum xhci_code code, unsigned slot_id)
{
    const struct xhci_trb event = {
        .parameter = at,
        .status = (uint32_t) code << 24,
        .control = slot_id << 24 | TRB_COMMAND_COMPLETION << 10,
    };

    xhci_post_event (xhci, &event, false);
}

/* Commands about slot *SLOT_ID. */
static enum xhci_code
execute_for_slot (struct xhci *xhci, const struct xhci_trb *trb, unsigned slot_id)
{
    unsigned endpoint = TRB_ENDPOINT (trb->control);
    gpa_t input = trb->parameter & ~0xfull;

    if (slot_id == 0 || slot_id > XHCI_N_SLOTS || !xhci->slots[slot_id].is_enabled)
        return CODE_SLOT_NOT_ENABLED;
    switch (TRB_TYPE (trb->control)) {
    case TRB_DISABLE_SLOT:
        xhci_slot_disable (xhci, &xhci->slots[slot_id]);
        return CODE_SUCCESS;
    case TRB_ADDRESS_DEVICE:
        return xhci_slot_address (xhci, slot_id, input, trb->control & TRB_BSR);
    case TRB_CONFIGURE_ENDPOINT:
        return xhci_slot_configure (xhci, slot_id, input, trb->control & TRB_BSR);
    case TRB_EVALUATE_CONTEXT:
        return xhci_slot_evaluate (xhci, slot_id, input);
    case TRB_RESET_ENDPOINT:
        return xhci_endpoint_reset (xhci, slot_id, endpoint);
    case TRB_STOP_ENDPOINT:
        return xhci_endpoint_stop (xhci, slot_id, endpoint);
    case TRB_SET_DEQUEUE:
        return xhci_endpoint_set_dequeue (xhci, slot_id, endpoint, trb->parameter);
    default:
        return xhci_slot_reset (xhci, slot_id);
    }
}

static enum xhci_code
execute (struct xhci *xhci, const struct xhci_trb *trb, unsigned *slot_id)
{
    switch (TRB_TYPE (trb->control)) {
    case TRB_ENABLE_SLOT:
        return xhci_slot_enable (xhci, slot_id);
    case TRB_DISABLE_SLOT:
    case TRB_ADDRESS_DEVICE ... TRB_RESET_DEVICE:
        *slot_id = TRB_SLOT (trb->control);
        return execute_for_slot (xhci, trb, *slot_id);
    case TRB_NOOP_COMMAND:
        return CODE_SUCCESS;
    default: /* bandwidth, latency and virtualisation are for controllers that have them */
        return CODE_TRB;
    }
}

bool
xhci_run_command (struct xhci *xhci)
{
    struct xhci_trb trb;
    unsigned slot_id = 0;
    enum xhci_code code;
    gpa_t at;

    if (!xhci->commands_pending || !xhci->commands_run || !xhci_events_have_room (xhci, MAX_EVENTS))
        return false;
    switch (xhci_ring_read_trb (xhci, &xhci->commands, &trb, &at)) {
    case XHCI_READ_TD:
        code = execute (xhci, &trb, &slot_id);
        post_completion (xhci, at, code, slot_id);
        return true;
    case XHCI_READ_BAD:
        xhci_fail (xhci, "the command ring makes no sense");
        return false;
    default:
        xhci->commands_pending = false;
        return false;
    }
}

/* Stop and abort are the same, as no command is ever half done. */
static void
stop_commands (struct xhci *xhci)
{
    xhci->commands_run = xhci->commands_pending = false;
    if ((xhci->usbcmd & USBCMD_RS) && xhci_events_have_room (xhci, 1))
        post_completion (xhci, xhci->commands.dequeue, CODE_RING_STOPPED, 0);
}

/* §5.4.5: while the ring runs only its stop bits are heard.  A driver that writes the halves one after
 * the other does not mean the second for a ring that the first has just stopped. */
void
xhci_write_crcr (struct xhci *xhci, uint64_t value, uint64_t mask)
{
    bool is_low = mask & 0xff;

    if (is_low)
        xhci->crcr_is_locked = xhci->commands_run;
    if (xhci->commands_run && is_low && (value & (CRCR_CS | CRCR_CA)))
        stop_commands (xhci);
    if (xhci->crcr_is_locked || xhci->commands_run)
        return;
    if (is_low)
        xhci->commands.cycle = value & CRCR_RCS;
    xhci->commands.dequeue = ((xhci->commands.dequeue & ~mask) | (value & mask)) & ~0x3full;
}
