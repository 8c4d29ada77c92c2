/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-transfers.c - control and interrupt transfers (xHCI 1.2 §4.11).
 *
 * Theory of operation.  An interrupt TD waits at the head of its ring until the device has something;
 * then it is read anew, filled and reported.  A control transfer is three TDs, each done as it comes:
 * the setup stage is kept in the slot; an IN data stage asks the device and carries its answer; what
 * an OUT data stage brings is gathered, and the status stage hands it over.  Bulk and isochronous
 * endpoints can be set up, as no driver is refused what a device's descriptors may ask for, but none
 * of our devices answers there.
 *
 * Nothing is taken from a device before it is clear that the TD's buffers are memory.
 */
#include "xhci-private.h"

#define MAX_PACKET 64 /* of a full-speed interrupt endpoint (USB 2.0 §5.7.3) */

/* What a TD is worked on for. */
struct transfer {
    struct xhci *xhci;
    struct xhci_slot *slot;
    unsigned index; /* of the endpoint */
    struct xhci_endpoint *ep;
    struct xhci_td td;
};

static bool
is_data (const struct xhci_trb *trb)
{
    return TRB_TYPE (trb->control) == TRB_NORMAL || TRB_TYPE (trb->control) == TRB_DATA;
}

/* --- events ------------------------------------------------------------------------------------- */

static void
post (const struct transfer *t, const struct xhci_trb *trb, uint64_t pointer, enum xhci_code code,
      unsigned length)
{
    bool is_event_data = TRB_TYPE (trb->control) == TRB_EVENT_DATA;
    unsigned slot_id = (unsigned) (t->slot - t->xhci->slots);
    const struct xhci_trb event = {
        .parameter = is_event_data ? trb->parameter : pointer,
        .status = (uint32_t) code << 24 | length,
        .control = slot_id << 24 | t->index << 16 | TRB_TRANSFER_EVENT << 10
                   | (is_event_data ? TRB_ISP : 0),
    };

    xhci_post_event (t->xhci, &event, trb->control & TRB_BEI);
}

/* The TD is at fault, or the device: the endpoint stays where it is, in STATE. */
static bool
fail (const struct transfer *t, enum xhci_code code, enum xhci_endpoint_state state)
{
    const struct xhci_trb trb = { .control = TRB_NORMAL << 10 };
    unsigned length =
        t->td.n > 0 && is_data (&t->td.trbs[0]) ? TRB_LENGTH (t->td.trbs[0].status) : 0;

    post (t, &trb, t->td.n > 0 ? t->td.at[0] : t->ep->ring.dequeue, code, length);
    xhci_endpoint_set_state (t->xhci, t->slot, t->index, state);
    return true;
}

/* BYTES went over, from DATA to the guest where that is not NULL: reports the TD as its TRBs ask for it
 * (§4.10.1, §4.11.5.2) and goes on behind it.  A TD that is not filled ends where the data does; only
 * event data TRBs are looked at after that. */
static bool
complete (const struct transfer *t, const uint8_t *data, unsigned bytes)
{
    unsigned accumulated = 0; /* EDTLA: since the last event data */
    bool is_short = false;

    for (unsigned i = 0; i < t->td.n; i++) {
        const struct xhci_trb *trb = &t->td.trbs[i];
        unsigned room = is_data (trb) ? TRB_LENGTH (trb->status) : 0;
        unsigned n = MIN_OF (room, bytes);
        bool is_event_data = TRB_TYPE (trb->control) == TRB_EVENT_DATA;

        if (is_short && !is_event_data)
            continue;
        if (data && n > 0) {
            xhci_dma_write (t->xhci, trb->parameter, data, n);
            data += n;
        }
        bytes -= n;
        accumulated += n;
        is_short |= n < room;
        if ((trb->control & TRB_IOC) || (n < room && (trb->control & TRB_ISP)))
            post (t, trb, t->td.at[i], is_short ? CODE_SHORT_PACKET : CODE_SUCCESS,
                  is_event_data ? accumulated : room - n);
        if (is_event_data)
            accumulated = 0;
    }
    t->ep->ring = t->td.next;
    return true;
}

void
xhci_report_stopped (struct xhci *xhci, struct xhci_slot *slot, unsigned index)
{
    struct transfer t = { xhci, slot, index, &slot->endpoints[index] };

    if (xhci_ring_read_td (xhci, &t.ep->ring, &t.td) == XHCI_READ_TD)
        post (&t, &(struct xhci_trb){ .control = TRB_NORMAL << 10 }, t.td.at[0], CODE_STOPPED,
              TRB_LENGTH (t.td.trbs[0].status));
}

/* --- data --------------------------------------------------------------------------------------- */

/* Whether the TD's buffers are memory; *TOTAL is the bytes they have room for. */
static bool
measure (const struct transfer *t, unsigned *total)
{
    *total = 0;
    for (unsigned i = 0; i < t->td.n; i++) {
        const struct xhci_trb *trb = &t->td.trbs[i];
        unsigned len = TRB_LENGTH (trb->status);

        if (!is_data (trb))
            continue;
        if (!(trb->control & TRB_IDT) && !xhci_dma_is_ram (t->xhci, trb->parameter, len))
            return false;
        *total += len; /* at most 12 times 128 KiB */
    }
    return true;
}

/* Collects an OUT data stage's bytes in the slot.  False when they do not fit, or are no memory. */
static bool
gather (const struct transfer *t)
{
    struct xhci_slot *slot = t->slot;

    for (unsigned i = 0; i < t->td.n; i++) {
        const struct xhci_trb *trb = &t->td.trbs[i];
        unsigned len = TRB_LENGTH (trb->status);
        uint8_t *to = slot->data + slot->data_bytes;

        if (!is_data (trb))
            continue;
        if (!range_fits (slot->data_bytes, len, sizeof slot->data))
            return false;
        if (!(trb->control & TRB_IDT) && !xhci_dma_read (t->xhci, trb->parameter, to, len))
            return false;
        if (trb->control & TRB_IDT)
            store_le (to, trb->parameter, len = MIN_OF (len, 8u));
        slot->data_bytes += len;
    }
    return true;
}

/* --- control ------------------------------------------------------------------------------------ */

static bool
run_setup_stage (const struct transfer *t)
{
    const struct xhci_trb *trb = &t->td.trbs[0];
    uint8_t raw[8];

    if (t->td.n != 1 || !(trb->control & TRB_IDT) || TRB_LENGTH (trb->status) != sizeof raw)
        return fail (t, CODE_TRB, EP_ERROR);
    store_le64 (raw, trb->parameter);
    t->slot->setup = (struct usb_setup){
        .request_type = raw[0],
        .request = raw[1],
        .value = load_le16 (raw + 2),
        .index = load_le16 (raw + 4),
        .length = load_le16 (raw + 6),
    };
    t->slot->has_setup = true;
    t->slot->is_executed = false;
    t->slot->data_bytes = 0;
    return complete (t, NULL, 0);
}

static bool
run_data_stage (const struct transfer *t)
{
    struct xhci_slot *slot = t->slot;
    bool is_in = t->td.trbs[0].control & TRB_DIR_IN;
    unsigned total;
    int ret;

    if (!slot->has_setup || slot->is_executed
        || is_in != (bool) (slot->setup.request_type & USB_TYPE_IN))
        return fail (t, CODE_TRB, EP_ERROR);
    if (!measure (t, &total))
        return fail (t, CODE_DATA_BUFFER, EP_HALTED);
    if (!is_in)
        return gather (t) ? complete (t, NULL, total) : fail (t, CODE_STALL, EP_HALTED);
    ret = usb_device_control (slot->device, &slot->setup, slot->data,
                              MIN_OF (total, (unsigned) sizeof slot->data));
    if (ret < 0)
        return fail (t, CODE_STALL, EP_HALTED);
    slot->is_executed = true;
    return complete (t, slot->data, (unsigned) ret);
}

static bool
run_status_stage (const struct transfer *t)
{
    struct xhci_slot *slot = t->slot;
    const struct usb_setup *setup = &slot->setup;

    if (!slot->has_setup)
        return fail (t, CODE_TRB, EP_ERROR);
    if (!slot->is_executed) {
        bool is_in = setup->request_type & USB_TYPE_IN;

        if ((!is_in && setup->length != slot->data_bytes)
            || usb_device_control (slot->device, setup, slot->data, slot->data_bytes) < 0)
            return fail (t, CODE_STALL, EP_HALTED);
    }
    slot->has_setup = false;
    return complete (t, NULL, 0);
}

static bool
run_control (const struct transfer *t)
{
    switch (TRB_TYPE (t->td.trbs[0].control)) {
    case TRB_SETUP:
        return run_setup_stage (t);
    case TRB_DATA:
        return run_data_stage (t);
    case TRB_STATUS:
        return run_status_stage (t);
    default:
        return fail (t, CODE_TRB, EP_ERROR);
    }
}

/* --- interrupt ---------------------------------------------------------------------------------- */

static bool
run_interrupt_in (const struct transfer *t)
{
    uint8_t packet[MAX_PACKET];
    unsigned total;
    int ret;

    if (!is_data (&t->td.trbs[0]))
        return fail (t, CODE_TRB, EP_ERROR);
    if (!measure (t, &total))
        return fail (t, CODE_DATA_BUFFER, EP_HALTED);
    usb_device_set_listened_to (t->slot->device, true);
    ret = usb_device_interrupt_in (t->slot->device, t->index / 2, packet, sizeof packet);
    if (ret == USB_NAK) {
        t->slot->pending &= ~BIT (t->index);
        return false;
    }
    if (ret < 0)
        return fail (t, CODE_STALL, EP_HALTED);
    return (unsigned) ret > total ? fail (t, CODE_BABBLE, EP_HALTED)
                                  : complete (t, packet, (unsigned) ret);
}

/* --- one TD ------------------------------------------------------------------------------------- */

static bool
run_td (const struct transfer *t)
{
    unsigned type = TRB_TYPE (t->td.trbs[0].control);

    if (type == TRB_NOOP || type == TRB_EVENT_DATA)
        return complete (t, NULL, 0);
    if (!t->slot->device) /* nobody answers */
        return fail (t, CODE_TRANSACTION, EP_HALTED);
    if (t->ep->type == EP_CONTROL)
        return run_control (t);
    if (t->ep->type == EP_INTERRUPT_IN)
        return run_interrupt_in (t);
    return fail (t, CODE_TRANSACTION, EP_HALTED);
}

bool
xhci_run_endpoint (struct xhci *xhci, struct xhci_slot *slot, unsigned index)
{
    struct transfer t = { xhci, slot, index, &slot->endpoints[index] };
    enum xhci_read ret;

    if (!slot->is_enabled || (t.ep->state != EP_RUNNING && t.ep->state != EP_STOPPED)) {
        slot->pending &= ~BIT (index);
        return false;
    }
    if (t.ep->state == EP_STOPPED) /* the doorbell was rung: §4.8.3 */
        xhci_endpoint_set_state (xhci, slot, index, EP_RUNNING);
    ret = xhci_ring_read_td (xhci, &t.ep->ring, &t.td);
    if (ret == XHCI_READ_NOTHING) {
        slot->pending &= ~BIT (index);
        return false;
    }
    if (!xhci_events_have_room (xhci, XHCI_TD_TRBS))
        return false;
    return ret == XHCI_READ_TD ? run_td (&t) : fail (&t, CODE_TRB, EP_ERROR);
}
