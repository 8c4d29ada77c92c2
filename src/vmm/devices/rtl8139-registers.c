/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-registers.c - the RTL8139C+'s registers (§6).
 *
 * Registers have one, two or four bytes and are accessed in any width, so each access is cut along them:
 * a handler is told the bits that were written by a mask.  What has no handler just keeps what is
 * written; what is not in the table reads as zero.
 */
#include "rtl8139-private.h"

#define MODE_CONFIG 0xc0u /* 9346CR: configuration may be written */

#define CONFIG1_MAPPED 0x0cu
#define CONFIG1_FIXED  0x0eu

#define TCR_WRITABLE   0x030617f0u
#define TCR_VERSION_C  0x74000000u
#define TCR_VERSION_CP 0x74800000u
#define RCR_WRITABLE   0x0f07ffffu
#define CPCR_WRITABLE  0x03ffu
#define TPPOLL_HIGH    0x80u
#define TPPOLL_NORMAL  0x40u
#define TPPOLL_SWINT   0x01u
#define DTCCR_DUMP     0x08u
#define DTCCR_RESET    0x01u

#define TSD_OWN BIT (13)

#define ALL 0xffffffffu

typedef uint32_t read_fn (struct rtl8139 *card, unsigned offset);
typedef void write_fn (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask);

struct rtl8139_register {
    uint8_t offset, size, n; /* N registers of SIZE bytes from OFFSET on */
    uint32_t writable;       /* without a write handler */
    read_fn *read;           /* NULL: what is stored */
    write_fn *write;         /* NULL: stored */
};

/* --- helpers ---------------------------------------------------------------------------------- */

static void
merge (struct rtl8139 *card, unsigned offset, unsigned size, uint32_t value, uint32_t mask)
{
    uint32_t old = (uint32_t) load_le (card->regs + offset, size);

    store_le (card->regs + offset, (old & ~mask) | (value & mask), size);
}

static bool
sends_by_descriptor (const struct rtl8139 *card)
{
    return card->is_c_plus && (rtl8139_get16 (card, R_CPCR) & CPCR_TX);
}

/* --- transmitter ------------------------------------------------------------------------------ */

static void
write_dtccr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 4, value, mask);
    if (offset != R_DTCCR)
        return;
    value = rtl8139_get32 (card, R_DTCCR);
    if (value & DTCCR_DUMP)
        rtl8139_dump_counters (card);
    if (value & DTCCR_RESET)
        card->counters = (struct rtl8139_counters){ 0 };
    merge (card, offset, 4, 0, 0x3f); /* done at once */
}

/* Clearing OWN hands the buffer to the card.  While the card has it nothing changes. */
static void
write_tsd (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    if (sends_by_descriptor (card)) {
        write_dtccr (card, offset, value, mask);
        return;
    }
    if (!(rtl8139_get32 (card, offset) & TSD_OWN))
        return;
    merge (card, offset, 4, value & 0x003fffff, mask | 0xff000000 | 0xc000);
    if (!(rtl8139_get32 (card, offset) & TSD_OWN))
        loop_work_queue (card->loop, &card->tx_work);
}

/* In C+ mode a ring's address, which begins it anew. */
static void
write_tsad (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 4, value, mask);
    if (!sends_by_descriptor (card))
        return;
    if (offset < R_THPDS)
        card->normal.index = 0;
    else
        card->high.index = 0;
}

static void
write_tppoll (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    if (!card->is_c_plus)
        return;
    card->high.is_polling |= !!(value & TPPOLL_HIGH);
    card->normal.is_polling |= !!(value & TPPOLL_NORMAL);
    if (value & TPPOLL_SWINT)
        rtl8139_raise (card, INT_SW);
    loop_work_queue (card->loop, &card->tx_work);
}

static uint32_t
read_tsads (struct rtl8139 *card, unsigned offset)
{
    return rtl8139_tsads (card);
}

static uint32_t
read_tcr (struct rtl8139 *card, unsigned offset)
{
    return rtl8139_get32 (card, R_TCR) | (card->is_c_plus ? TCR_VERSION_CP : TCR_VERSION_C);
}

/* --- receiver --------------------------------------------------------------------------------- */

static void
write_rbstart (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 4, value, mask);
    rtl8139_rx_reset (card);
}

static void
write_rdsar (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 4, value, mask);
    card->rx_index = 0;
}

static void
write_capr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 2, value, mask);
    loop_work_queue (card->loop, &card->rx_work);
}

static uint32_t
read_cbr (struct rtl8139 *card, unsigned offset)
{
    return card->rx_write;
}

static void
write_rcr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 4, value, mask & RCR_WRITABLE);
    loop_work_queue (card->loop, &card->rx_work);
}

static void
write_mpc (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    store_le32 (card->regs + R_MPC, 0);
}

/* --- commands and interrupts ------------------------------------------------------------------- */

static uint32_t
read_cr (struct rtl8139 *card, unsigned offset)
{
    return card->regs[R_CR] | (rtl8139_rx_is_empty (card) ? CR_EMPTY : 0);
}

static void
write_cr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    bool was_on = card->regs[R_CR] & CR_RE;

    if (value & CR_RST) {
        rtl8139_reset_registers (card);
        return;
    }
    card->regs[R_CR] = value & (CR_RE | CR_TE);
    if ((value & CR_RE) && !was_on)
        rtl8139_rx_reset (card);
    loop_work_queue (card->loop, &card->tx_work);
    loop_work_queue (card->loop, &card->rx_work);
}

static void
write_cpcr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    if (card->is_c_plus)
        merge (card, offset, 2, value, mask & CPCR_WRITABLE);
}

static uint32_t
read_isr (struct rtl8139 *card, unsigned offset)
{
    return card->isr;
}

/* Drivers acknowledge and unmask around looking at their ring: descriptors may be free again. */
static void
write_isr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    card->isr &= (uint16_t) ~value;
    rtl8139_update_irq (card);
    if (value & INT_ROK)
        rtl8139_rx_acknowledged (card);
    if (card->is_rx_stalled)
        loop_work_queue (card->loop, &card->rx_work);
}

static void
write_imr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 2, value, mask & INT_BITS);
    rtl8139_update_irq (card);
    if (card->is_rx_stalled)
        loop_work_queue (card->loop, &card->rx_work);
}

/* --- timer ------------------------------------------------------------------------------------ */

static uint32_t
read_tctr (struct rtl8139 *card, unsigned offset)
{
    return rtl8139_timer_now (card);
}

static void
write_tctr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    rtl8139_timer_start (card);
}

static void
write_timerint (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    merge (card, offset, 4, value, mask);
    rtl8139_timer_update (card);
}

/* --- EEPROM, configuration, PHY ---------------------------------------------------------------- */

static uint32_t
read_9346cr (struct rtl8139 *card, unsigned offset)
{
    return rtl8139_eeprom_read (card);
}

static void
write_9346cr (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    rtl8139_eeprom_write (card, (uint8_t) value);
}

/* Locked unless 9346CR says otherwise; some bits of CONFIG1 say what the board is. */
static void
write_config (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    if ((card->regs[R_9346CR] & MODE_CONFIG) != MODE_CONFIG)
        return;
    merge (card, offset, 1, value, offset == R_CONFIG1 ? mask & ~CONFIG1_FIXED : mask);
}

static uint32_t
read_config1 (struct rtl8139 *card, unsigned offset)
{
    return card->regs[offset] | CONFIG1_MAPPED;
}

static uint32_t
read_msr (struct rtl8139 *card, unsigned offset)
{
    return rtl8139_media_status (card);
}

static uint32_t
read_rerid (struct rtl8139 *card, unsigned offset)
{
    return card->is_c_plus ? 0x20 : 0x10;
}

static uint32_t
read_mii (struct rtl8139 *card, unsigned offset)
{
    return rtl8139_mii_read (card, offset);
}

static void
write_mii (struct rtl8139 *card, unsigned offset, uint32_t value, uint32_t mask)
{
    value = (value & mask) | (rtl8139_get16 (card, offset) & ~mask);
    rtl8139_mii_write (card, offset, (uint16_t) value);
}

/* --- the table -------------------------------------------------------------------------------- */

/* Sorted by offset. */
static const struct rtl8139_register registers[] = {
    { R_IDR, 1, 6, 0xff, NULL, NULL },
    { R_MAR, 1, 8, 0xff, NULL, NULL },
    { R_TSD, 4, 4, 0, NULL, write_tsd },
    { R_TSAD, 4, 4, 0, NULL, write_tsad },
    { R_RBSTART, 4, 1, 0, NULL, write_rbstart },
    { R_ERBCR, 2, 1, 0, NULL, NULL },
    { R_ERSR, 1, 1, 0, NULL, NULL },
    { R_CR, 1, 1, 0, read_cr, write_cr },
    { R_CAPR, 2, 1, 0, NULL, write_capr },
    { R_CBR, 2, 1, 0, read_cbr, NULL },
    { R_IMR, 2, 1, 0, NULL, write_imr },
    { R_ISR, 2, 1, 0, read_isr, write_isr },
    { R_TCR, 4, 1, TCR_WRITABLE, read_tcr, NULL },
    { R_RCR, 4, 1, 0, NULL, write_rcr },
    { R_TCTR, 4, 1, 0, read_tctr, write_tctr },
    { R_MPC, 4, 1, 0, NULL, write_mpc },
    { R_9346CR, 1, 1, 0, read_9346cr, write_9346cr },
    { R_CONFIG0, 1, 1, 0, NULL, NULL },
    { R_CONFIG1, 1, 1, 0, read_config1, write_config },
    { R_TIMERINT, 4, 1, 0, NULL, write_timerint },
    { R_MSR, 1, 1, 0, read_msr, NULL },
    { R_CONFIG3, 1, 2, 0, NULL, write_config },
    { R_MULINT, 2, 1, 0xffff, NULL, NULL },
    { R_RERID, 1, 1, 0, read_rerid, NULL },
    { R_TSADS, 2, 1, 0, read_tsads, NULL },
    { R_BMCR, 2, 10, 0, read_mii, write_mii },
    { R_NWAYTR + 8, 4, 3, ALL, NULL, NULL }, /* tuning of the PHY */
    { R_CONFIG5, 1, 1, 0xff, NULL, NULL },
    { R_TPPOLL, 1, 1, 0, NULL, write_tppoll },
    { R_CPCR, 2, 1, 0, NULL, write_cpcr },
    { R_RDSAR, 4, 2, 0, NULL, write_rdsar },
    { R_ETTHR, 1, 1, 0x3f, NULL, NULL },
};

/* The register with the byte at OFFSET, which becomes the register's; NULL when there is none. */
static const struct rtl8139_register *
find_register (unsigned *offset)
{
    for (size_t i = 0; i < ARRAY_SIZE (registers); i++) {
        const struct rtl8139_register *r = &registers[i];

        if (*offset >= r->offset && *offset < (unsigned) r->offset + r->size * r->n) {
            *offset -= (*offset - r->offset) % r->size;
            return r;
        }
    }
    return NULL;
}

uint32_t
rtl8139_read (struct rtl8139 *card, unsigned offset, unsigned size)
{
    uint64_t result = 0;

    for (unsigned at = offset; at < offset + size;) {
        unsigned start = at, skipped;
        const struct rtl8139_register *r = find_register (&start);
        uint64_t value;

        if (!r) {
            at++;
            continue;
        }
        skipped = at - start;
        value = r->read ? r->read (card, start) : load_le (card->regs + start, r->size);
        value = (value & ones (r->size)) >> (8 * skipped);
        result |= value << (8 * (at - offset));
        at = start + r->size;
    }
    return (uint32_t) (result & ones (size));
}

void
rtl8139_write (struct rtl8139 *card, unsigned offset, uint32_t value, unsigned size)
{
    for (unsigned at = offset; at < offset + size;) {
        unsigned start = at, skipped, n;
        const struct rtl8139_register *r = find_register (&start);
        uint64_t part, mask;

        if (!r) {
            at++;
            continue;
        }
        skipped = at - start;
        n = MIN_OF (r->size - skipped, offset + size - at);
        mask = ones (n) << (8 * skipped);
        part = (uint64_t) value >> (8 * (at - offset)) << (8 * skipped) & mask;
        if (r->write)
            r->write (card, start, (uint32_t) part, (uint32_t) mask);
        else
            merge (card, start, r->size, (uint32_t) part, (uint32_t) mask & r->writable);
        at += n;
    }
}
