/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-events.c - the event ring and the interrupt (xHCI 1.2 §4.9.4, §4.17).
 *
 * There is one interrupter, and its event ring has one segment (HCSPARAMS2 says so); what TRBs and
 * contexts say about interrupters so has no meaning.  Nobody works on anything before there is room
 * for what it will say, so that no event is lost and none has to wait.
 */
#include "xhci-private.h"

#define SEGMENT_MIN 16
#define SEGMENT_MAX 4096

/* Reads the segment table's entry (§6.5) when ERSTBA has changed since the last time. */
static bool
find_segment (struct xhci *xhci)
{
    uint8_t entry[16];

    if (xhci->is_segment_known)
        return true;
    if (xhci->erstsz == 0 || !xhci_dma_read (xhci, xhci->erstba, entry, sizeof entry))
        return false;
    xhci->segment = load_le64 (entry) & ~0x3full;
    xhci->n_events = load_le16 (entry + 8);
    xhci->enqueue = 0;
    xhci->event_cycle = true;
    xhci->is_segment_known = xhci->n_events >= SEGMENT_MIN && xhci->n_events <= SEGMENT_MAX;
    return xhci->is_segment_known;
}

bool
xhci_events_have_room (struct xhci *xhci, unsigned n)
{
    uint64_t offset, dequeue;

    if (!find_segment (xhci)) {
        xhci_fail (xhci, "the event ring's segment table makes no sense");
        return false;
    }
    offset = (xhci->erdp & ~0xfull) - xhci->segment; /* wraps when it lies before */
    dequeue = offset / sizeof (struct xhci_trb);
    if (dequeue >= xhci->n_events) {
        xhci_fail (xhci, "the event ring's dequeue pointer is outside of it");
        return false;
    }
    return (dequeue + xhci->n_events - xhci->enqueue - 1) % xhci->n_events >= n;
}

/* A message is sent once, and takes IP back; the pin stays as long as IP does (§4.17.5). */
void
xhci_update_interrupt (struct xhci *xhci)
{
    bool level = (xhci->iman & IMAN_IP) && (xhci->iman & IMAN_IE) && (xhci->usbcmd & USBCMD_INTE);

    if (!pci_msix_enabled (&xhci->pci)) {
        pci_set_intx (&xhci->pci, level);
        return;
    }
    pci_set_intx (&xhci->pci, false);
    if (!level)
        return;
    xhci->iman &= ~IMAN_IP;
    pci_send_msix (&xhci->pci, 0);
}

/* The driver is called unless it is at work (EHB): then it looks before it leaves. */
static void
raise_interrupt (struct xhci *xhci)
{
    if (xhci->erdp & ERDP_EHB)
        return;
    xhci->erdp |= ERDP_EHB;
    xhci->iman |= IMAN_IP;
    xhci->usbsts |= USBSTS_EINT;
    xhci_update_interrupt (xhci);
}

void
xhci_post_event (struct xhci *xhci, const struct xhci_trb *event, bool block_interrupt)
{
    uint8_t raw[16];

    store_le64 (raw, event->parameter);
    store_le32 (raw + 8, event->status);
    store_le32 (raw + 12, event->control | (xhci->event_cycle ? TRB_CYCLE : 0));
    if (!xhci_dma_write (xhci, xhci->segment + xhci->enqueue * sizeof raw, raw, sizeof raw)) {
        xhci_fail (xhci, "the event ring is not in memory");
        return;
    }
    if (++xhci->enqueue == xhci->n_events) {
        xhci->enqueue = 0;
        xhci->event_cycle = !xhci->event_cycle;
    }
    if (!block_interrupt)
        raise_interrupt (xhci);
}

/* Writing EHB clears it; what came while the driver was about to leave calls it again. */
void
xhci_write_erdp (struct xhci *xhci, uint64_t value)
{
    uint64_t busy = xhci->erdp & ~value & ERDP_EHB;

    xhci->erdp = (value & ~(uint64_t) ERDP_EHB) | busy;
    if (xhci->is_segment_known
        && (value & ~0xfull) != xhci->segment + xhci->enqueue * sizeof (struct xhci_trb))
        raise_interrupt (xhci);
}

void
xhci_events_reset (struct xhci *xhci)
{
    xhci->iman = xhci->imod = xhci->erstsz = 0;
    xhci->erstba = xhci->erdp = 0;
    xhci->is_segment_known = false;
    xhci_update_interrupt (xhci);
}
