/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-registers.c - the 82574L's register file: a table that says what can be written, and what
 * happens then (§10.1).
 *
 * What the table does not list reads as zero and swallows writes.  Registers without a handler just
 * keep what is written: much of what drivers set (FIFO sizes, gaps, LEDs, descriptor prefetch) has no
 * meaning without a wire.
 */
#include "e1000e-private.h"

#define STATUS_GIO_MASTER BIT (19)
#define EEMNGCTL_DONE     BIT (18)
#define SWSM_SMBI         BIT (0)
#define CLOCK_NS          40 /* SYSTIM's clock runs at 25 MHz */

#define ALL 0xffffffffu

typedef uint32_t read_fn (struct e1000e *card, unsigned offset);
typedef void write_fn (struct e1000e *card, unsigned offset, uint32_t value);

struct e1000e_register {
    unsigned offset, n; /* N words from OFFSET on */
    uint32_t writable;  /* without a write handler */
    read_fn *read;      /* NULL: what is stored */
    write_fn *write;    /* NULL: stored */
};

/* --- handlers --------------------------------------------------------------------------------- */

static void
write_ctrl (struct e1000e *card, unsigned offset, uint32_t value)
{
    if (value & CTRL_RST) {
        e1000e_reset_registers (card);
        return;
    }
    e1000e_set (card, R_CTRL, value & ~CTRL_PHY_RST);
    if (value & CTRL_PHY_RST)
        e1000e_phy_reset (card);
    e1000e_update_link (card);
}

static uint32_t
read_ctrl (struct e1000e *card, unsigned offset)
{
    return e1000e_get (card, R_CTRL);
}

static uint32_t
read_status (struct e1000e *card, unsigned offset)
{
    bool is_master = !(e1000e_get (card, R_CTRL) & CTRL_GIO_OFF);

    return e1000e_link_status (card) | (is_master ? STATUS_GIO_MASTER : 0);
}

static void
write_ctrl_ext (struct e1000e *card, unsigned offset, uint32_t value)
{
    e1000e_set (card, R_CTRL_EXT, value & ~CTRL_EXT_EE_RST);
    e1000e_update_irq (card);
}

static uint32_t
read_eemngctl (struct e1000e *card, unsigned offset)
{
    return EEMNGCTL_DONE;
}

/* Reading takes the semaphore for who finds it free (§10.2.5.5). */
static uint32_t
read_swsm (struct e1000e *card, unsigned offset)
{
    uint32_t value = e1000e_get (card, R_SWSM);

    e1000e_set (card, R_SWSM, value | SWSM_SMBI);
    return value;
}

static void
write_ivar (struct e1000e *card, unsigned offset, uint32_t value)
{
    e1000e_set (card, R_IVAR, value);
    e1000e_update_irq (card);
}

/* Switches of the receiver, and new buffers. */
static void
write_receive (struct e1000e *card, unsigned offset, uint32_t value)
{
    bool is_tail = offset == R_RDT || offset == R_RDT + QUEUE_STRIDE;

    e1000e_set (card, offset, is_tail ? value & 0xffff : value);
    loop_work_queue (card->loop, &card->rx_work);
}

static void
write_transmit (struct e1000e *card, unsigned offset, uint32_t value)
{
    bool is_tail = offset == R_TDT || offset == R_TDT + QUEUE_STRIDE;

    e1000e_set (card, offset, is_tail ? value & 0xffff : value);
    loop_work_queue (card->loop, &card->tx_work);
}

/* --- the clock of IEEE 1588 -------------------------------------------------------------------- */

static uint64_t
clock_now (const struct e1000e *card)
{
    uint32_t timinca = e1000e_get (card, R_TIMINCA);
    uint32_t period = MAX_OF (timinca >> 24, 1u), increment = timinca & 0xffffff;
    uint64_t ticks = (uint64_t) (loop_now_ns () - card->clock_start_ns) / CLOCK_NS / period;

    return card->clock_start + ticks * increment;
}

static void
set_clock (struct e1000e *card, uint64_t value)
{
    card->clock_start = value;
    card->clock_start_ns = loop_now_ns ();
}

/* The high half is kept from when the low one was read. */
static uint32_t
read_systiml (struct e1000e *card, unsigned offset)
{
    uint64_t now = clock_now (card);

    e1000e_set (card, R_SYSTIMH, (uint32_t) (now >> 32));
    return (uint32_t) now;
}

static void
write_systim (struct e1000e *card, unsigned offset, uint32_t value)
{
    uint64_t now = clock_now (card);

    if (offset == R_SYSTIML)
        set_clock (card, (now & ~0xffffffffull) | value);
    else
        set_clock (card, (uint32_t) now | (uint64_t) value << 32);
}

static void
write_timinca (struct e1000e *card, unsigned offset, uint32_t value)
{
    set_clock (card, clock_now (card));
    e1000e_set (card, R_TIMINCA, value);
}

/* --- the table -------------------------------------------------------------------------------- */

/* Just keeps what is written. */
#define KEPT(offset, n, writable)                                                                  \
    {                                                                                              \
        offset, n, writable, NULL, NULL                                                            \
    }

/* clang-format off */
#define RX_QUEUE(base)                                                                            \
    KEPT (base + R_RDBAL, 1, 0xfffffff0), KEPT (base + R_RDBAH, 1, ALL),                          \
    KEPT (base + R_RDLEN, 1, 0x000fff80), KEPT (base + R_RDH, 1, 0xffff),                         \
    { base + R_RDT, 1, 0, NULL, write_receive },                                                  \
    KEPT (base + R_RDTR, 1, 0xffff), KEPT (base + R_RXDCTL, 1, ALL),                              \
    KEPT (base + R_RADV, 1, 0xffff)

#define TX_QUEUE(base)                                                                            \
    KEPT (base + R_TDBAL, 1, 0xfffffff0), KEPT (base + R_TDBAH, 1, ALL),                          \
    KEPT (base + R_TDLEN, 1, 0x000fff80), KEPT (base + R_TDH, 1, 0xffff),                         \
    { base + R_TDT, 1, 0, NULL, write_transmit },                                                 \
    KEPT (base + R_TIDV, 1, 0xffff), KEPT (base + R_TXDCTL, 1, ALL),                              \
    KEPT (base + R_TADV, 1, 0xffff), KEPT (base + R_TARC, 1, ALL)
/* clang-format on */

/* Sorted by offset. */
static const struct e1000e_register registers[] = {
    { R_CTRL, 1, 0, NULL, write_ctrl },
    { R_CTRL_COPY, 1, 0, read_ctrl, write_ctrl },
    { R_STATUS, 1, 0, read_status, NULL },
    { R_EECD, 1, ALL, e1000e_read_eecd, NULL },
    { R_EERD, 1, 0, NULL, e1000e_write_eerd },
    { R_CTRL_EXT, 1, 0, NULL, write_ctrl_ext },
    KEPT (R_FLA, 1, ALL),
    { R_MDIC, 1, 0, NULL, e1000e_write_mdic },
    KEPT (R_FCAL, 3, ALL),
    KEPT (R_VET, 1, 0xffff),
    { R_ICR, 1, 0, e1000e_read_icr, e1000e_write_icr },
    KEPT (R_ITR, 1, 0xffff),
    { R_ICS, 1, 0, NULL, e1000e_write_ics },
    { R_IMS, 1, 0, e1000e_read_ims, e1000e_write_ims },
    { R_IMC, 1, 0, e1000e_read_ims, e1000e_write_imc },
    KEPT (R_EIAC, 1, 0x01f00000),
    KEPT (R_IAM, 1, ALL),
    { R_IVAR, 1, 0, NULL, write_ivar },
    KEPT (R_EITR, E1000E_N_VECTORS, 0xffff),
    { R_RCTL, 1, 0, NULL, write_receive },
    KEPT (R_FCTTV, 1, 0xffff),
    KEPT (R_TXCW, 1, ALL),
    { R_TCTL, 1, 0, NULL, write_transmit },
    KEPT (R_TCTL + 4, 1, ALL),
    KEPT (R_TIPG, 1, 0x3fffffff),
    KEPT (R_AIT, 1, 0xffff),
    KEPT (R_LEDCTL, 1, ALL),
    KEPT (R_EXTCNF_CTRL, 1, ALL),
    KEPT (R_EXTCNF_SIZE, 1, ALL),
    KEPT (R_PHY_CTRL, 1, ALL),
    KEPT (R_PBA, 1, ALL),
    KEPT (R_PBS, 1, 0x3f),
    { R_EEMNGCTL, 1, 0, read_eemngctl, NULL },
    { R_EEWR, 1, 0, NULL, e1000e_write_eewr },
    KEPT (R_FLOP, 1, ALL),
    KEPT (R_PBA_ECC, 1, ALL),
    KEPT (R_ERT, 1, ALL),
    KEPT (R_FCRTL, 1, ALL),
    KEPT (R_FCRTH, 1, ALL),
    KEPT (R_PSRCTL, 1, 0x3f3f3f7f),
    KEPT (R_RDFH, 9, ALL),
    RX_QUEUE (0),
    RX_QUEUE (QUEUE_STRIDE),
    KEPT (R_RSRPD, 1, 0xfff),
    KEPT (R_RAID, 1, ALL),
    KEPT (R_TDFH, 9, ALL),
    TX_QUEUE (0),
    TX_QUEUE (QUEUE_STRIDE),
    { R_STATISTICS, 0x128 / 4, 0, e1000e_read_statistics, NULL },
    KEPT (R_RXCSUM, 1, ALL),
    KEPT (R_RFCTL, 1, ALL),
    KEPT (R_MTA, 128, ALL),
    KEPT (R_RA, 32, ALL),
    KEPT (R_VFTA, 128, ALL),
    KEPT (R_WUC, 1, ALL),
    KEPT (R_WUFC, 1, ALL),
    KEPT (R_WUS, 1, ALL),
    KEPT (R_MRQC, 1, ALL),
    KEPT (R_MANC, 1, ALL),
    KEPT (R_IPAV, 1, ALL),
    KEPT (R_IP4AT, 8, ALL),
    KEPT (R_MANC2H, 1, ALL),
    KEPT (R_IP6AT, 4, ALL),
    KEPT (R_MDEF, 8, ALL),
    KEPT (R_GCR, 1, ALL),
    KEPT (R_FUNCTAG, 1, ALL),
    KEPT (R_GSCL, 4, ALL),
    KEPT (R_FACTPS, 1, 0),
    { R_SWSM, 1, 0xf, read_swsm, NULL },
    KEPT (R_FWSM, 1, 0),
    KEPT (R_SW_FW_SYNC, 1, ALL),
    KEPT (R_GCR2, 1, ALL),
    KEPT (R_RETA, 32, ALL),
    KEPT (R_RSSRK, 10, ALL),
    KEPT (R_FFLT, 8, ALL),
    { R_SYSTIML, 1, 0, read_systiml, write_systim },
    { R_SYSTIMH, 1, 0, NULL, write_systim },
    { R_TIMINCA, 1, 0, NULL, write_timinca },
};

static const struct e1000e_register *
find_register (unsigned offset)
{
    size_t low = 0, high = ARRAY_SIZE (registers);

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct e1000e_register *r = &registers[middle];

        if (offset < r->offset)
            high = middle;
        else if (offset >= r->offset + 4 * r->n)
            low = middle + 1;
        else
            return r;
    }
    return NULL;
}

uint32_t
e1000e_read (struct e1000e *card, unsigned offset)
{
    const struct e1000e_register *r = find_register (offset);

    if (!r)
        return 0;
    return r->read ? r->read (card, offset) : e1000e_get (card, offset);
}

void
e1000e_write (struct e1000e *card, unsigned offset, uint32_t value)
{
    const struct e1000e_register *r = find_register (offset);

    if (!r)
        return;
    if (r->write)
        r->write (card, offset, value);
    else
        e1000e_set (card, offset,
                    (e1000e_get (card, offset) & ~r->writable) | (value & r->writable));
}
