/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xhci-ring.c - reading TRBs and TDs out of a guest's rings (xHCI 1.2 §4.9).
 *
 * A TD is copied as a whole before anything is done with it.  However a ring is wired, reading ends
 * after XHCI_TD_TRBS TRBs or after MAX_LINKS links, whatever comes first.
 */
#include "xhci-private.h"

#define MAX_LINKS 4 /* between two TRBs that are none; a ring's segments are 16 TRBs at least */

static bool
read_trb (struct xhci *xhci, gpa_t gpa, struct xhci_trb *trb)
{
    uint8_t raw[16];

    if (!xhci_dma_read (xhci, gpa, raw, sizeof raw))
        return false;
    trb->parameter = load_le64 (raw);
    trb->status = load_le32 (raw + 8);
    trb->control = load_le32 (raw + 12);
    return true;
}

static void
follow_link (struct xhci_ring *ring, const struct xhci_trb *link)
{
    ring->dequeue = link->parameter & ~0xfull;
    if (link->control & TRB_TOGGLE)
        ring->cycle = !ring->cycle;
}

enum xhci_read
xhci_ring_read_trb (struct xhci *xhci, struct xhci_ring *ring, struct xhci_trb *trb, gpa_t *at)
{
    for (int i = 0; i <= MAX_LINKS; i++) {
        *at = ring->dequeue;
        if (!read_trb (xhci, *at, trb))
            return XHCI_READ_BAD;
        if ((bool) (trb->control & TRB_CYCLE) != ring->cycle)
            return XHCI_READ_NOTHING;
        if (TRB_TYPE (trb->control) != TRB_LINK) {
            ring->dequeue += sizeof *trb;
            return XHCI_READ_TD;
        }
        follow_link (ring, trb);
    }
    return XHCI_READ_BAD;
}

enum xhci_read
xhci_ring_read_td (struct xhci *xhci, const struct xhci_ring *ring, struct xhci_td *td)
{
    td->next = *ring;
    for (td->n = 0; td->n < XHCI_TD_TRBS;) {
        struct xhci_trb *trb = &td->trbs[td->n];
        enum xhci_read ret = xhci_ring_read_trb (xhci, &td->next, trb, &td->at[td->n]);

        if (ret != XHCI_READ_TD)
            return ret;
        td->n++;
        if (!(trb->control & TRB_CHAIN))
            return XHCI_READ_TD;
    }
    return XHCI_READ_BAD;
}
