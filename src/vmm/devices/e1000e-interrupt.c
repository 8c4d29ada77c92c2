/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-interrupt.c - the 82574L's causes, masks, vectors and throttles (§7.4).
 *
 * Theory of operation.  Causes gather in ICR; those in ICR and IMS make interrupts.  With INTx the line
 * is up while there are any.  With MSI and MSI-X a message goes out for each cause that the guest was
 * not told of: `signalled` are those it was, and a cause that happens again leaves that set, so that an
 * event between a message and its handler's look at the ring is never lost.
 *
 * Throttles (ITR, EITR, in units of 256 ns) put a distance between two interrupts of a vector: what
 * comes too early waits for the timer, which just looks again.
 *
 * Automatic clearing: with MSI-X a message takes its causes out of ICR where EIAC says so, and out of
 * IMS where IAM says so while CTRL_EXT.EIAME is set.  Without MSI-X, touching ICR masks what IAM says
 * while CTRL_EXT.IAME is set, and reading it clears it if an interrupt was pending or nothing is
 * enabled; so a handler that shares its line does not lose causes that are not its own.
 */
#include "e1000e-private.h"

#define INT_ASSERTED BIT (31)
#define NS_PER_TICK  256

#define IVAR_VALID       8u
#define IVAR_OTHER_SHIFT 16

static bool
uses_msix (struct e1000e *card)
{
    return pci_msix_enabled (&card->pci);
}

/* Which causes MSI-X vector VECTOR stands for (§10.2.4.9). */
static uint32_t
causes_of_vector (const struct e1000e *card, unsigned vector)
{
    static const struct {
        unsigned shift;
        uint32_t causes;
    } fields[] = {
        { 0, CAUSE_RXQ0 },
        { 4, CAUSE_RXQ0 << 1 },
        { 8, CAUSE_TXQ0 },
        { 12, CAUSE_TXQ0 << 1 },
        { IVAR_OTHER_SHIFT, CAUSE_OTHER | CAUSES_OTHER },
    };
    uint32_t ivar = e1000e_get (card, R_IVAR), causes = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (fields); i++) {
        if ((ivar >> fields[i].shift & 0xf) == (IVAR_VALID | vector))
            causes |= fields[i].causes;
    }
    return causes;
}

/* Whether *NEXT_NS has come; then it moves on by INTERVAL.  Else the timer will look again. */
static bool
may_fire (struct e1000e *card, int64_t *next_ns, uint32_t interval)
{
    int64_t now;

    if (interval == 0)
        return true;
    now = loop_now_ns ();
    if (now < *next_ns) {
        if (*next_ns < card->irq_timer_ns)
            loop_timer_arm (&card->irq_timer, card->irq_timer_ns = *next_ns);
        return false;
    }
    *next_ns = now + (int64_t) interval * NS_PER_TICK;
    return true;
}

static void
update_msix (struct e1000e *card)
{
    for (unsigned i = 0; i < E1000E_N_VECTORS; i++) {
        uint32_t causes = card->icr & card->ims & causes_of_vector (card, i);

        if (!(causes & ~card->signalled)
            || !may_fire (card, &card->vector_ns[i], e1000e_get (card, R_EITR + 4 * i) & 0xffff))
            continue;
        card->signalled |= causes;
        card->icr &= ~(causes & e1000e_get (card, R_EIAC));
        if (e1000e_get (card, R_CTRL_EXT) & CTRL_EXT_EIAME)
            card->ims &= ~(causes & e1000e_get (card, R_IAM));
        pci_send_msix (&card->pci, i);
    }
}

/* MSI or INTx. */
static void
update_line (struct e1000e *card)
{
    uint32_t pending = card->icr & card->ims;
    bool msi = pci_msi_enabled (&card->pci);
    bool is_new = !card->line_level || (msi && (pending & ~card->signalled));

    if (pending && is_new && may_fire (card, &card->line_ns, e1000e_get (card, R_ITR) & 0xffff)) {
        card->line_level = true;
        card->signalled |= pending;
        if (msi)
            pci_send_msi (&card->pci);
    }
    if (!pending)
        card->line_level = false;
    pci_set_intx (&card->pci, card->line_level && !msi);
}

void
e1000e_update_irq (struct e1000e *card)
{
    card->signalled &= card->icr & card->ims;
    if (uses_msix (card)) {
        card->line_level = false;
        pci_set_intx (&card->pci, false);
        update_msix (card);
        card->signalled &= card->icr & card->ims;
    } else {
        update_line (card);
    }
}

void
e1000e_raise (struct e1000e *card, uint32_t causes)
{
    if (causes & CAUSES_OTHER)
        causes |= CAUSE_OTHER;
    card->icr |= causes;
    card->signalled &= ~causes;
    e1000e_update_irq (card);
}

void
e1000e_irq_reset (struct e1000e *card)
{
    loop_timer_disarm (&card->irq_timer);
    card->irq_timer_ns = INT64_MAX;
    card->icr = card->ims = card->signalled = 0;
    card->line_ns = 0;
    for (unsigned i = 0; i < E1000E_N_VECTORS; i++)
        card->vector_ns[i] = 0;
    e1000e_update_irq (card);
}

void
e1000e_irq_timer_cb (void *opaque)
{
    struct e1000e *card = opaque;

    pthread_mutex_lock (&card->lock);
    card->irq_timer_ns = INT64_MAX;
    e1000e_update_irq (card);
    pthread_mutex_unlock (&card->lock);
}

/* --- registers -------------------------------------------------------------------------------- */

/* Touching ICR masks, if the guest wants that. */
static void
mask_automatically (struct e1000e *card)
{
    if (!uses_msix (card) && (e1000e_get (card, R_CTRL_EXT) & CTRL_EXT_IAME))
        card->ims &= ~e1000e_get (card, R_IAM);
}

uint32_t
e1000e_read_icr (struct e1000e *card, unsigned offset)
{
    bool is_asserted = card->icr & card->ims;
    uint32_t value = card->icr | (is_asserted ? INT_ASSERTED : 0);

    if (is_asserted || card->ims == 0 || uses_msix (card))
        card->icr = 0;
    if (is_asserted)
        mask_automatically (card);
    e1000e_update_irq (card);
    return value;
}

void
e1000e_write_icr (struct e1000e *card, unsigned offset, uint32_t value)
{
    card->icr &= ~value;
    mask_automatically (card);
    e1000e_update_irq (card);
}

void
e1000e_write_ics (struct e1000e *card, unsigned offset, uint32_t value)
{
    e1000e_raise (card, value & CAUSE_BITS);
}

uint32_t
e1000e_read_ims (struct e1000e *card, unsigned offset)
{
    return card->ims;
}

void
e1000e_write_ims (struct e1000e *card, unsigned offset, uint32_t value)
{
    card->ims |= value & CAUSE_BITS;
    e1000e_update_irq (card);
}

void
e1000e_write_imc (struct e1000e *card, unsigned offset, uint32_t value)
{
    card->ims &= ~value;
    e1000e_update_irq (card);
}
