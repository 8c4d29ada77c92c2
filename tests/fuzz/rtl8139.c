/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139.c - fuzzing: a driver of the RTL8139C+, in both of its ways, and a wire. */
#include "rtl8139.h"

#include "fuzz-nic.h"
#include "rtl8139-private.h"

#define RX_RING   FUZZ_ARENA
#define TX_RING   (FUZZ_ARENA + 0x1000u)
#define HIGH_RING (FUZZ_ARENA + 0x2000u)
#define RING_SIZE 8u
#define BUFFER    0x40000u
#define TX_DATA   0x200000u
#define IO_BASE   0xc000u

static unsigned tx_next;

static void
place (struct fuzz *f)
{
    test_pci_place_bar (f->m, FUZZ_DEVFN, 0, IO_BASE);
    test_pci_place_bar (f->m, FUZZ_DEVFN, 1, FUZZ_BAR (1));
}

static void
set_up (struct fuzz *f)
{
    tx_next = 0;
    fuzz_nic_set_up (f, &rtl8139_class);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (1), RTL8139_N_REGS);
    fuzz_add_space (f, FUZZ_PORTS, IO_BASE, RTL8139_N_REGS);
}

static void
set (struct fuzz *f, unsigned reg, uint32_t value, unsigned size)
{
    test_mmio_write (f->m, FUZZ_BAR (1) + reg, value, size);
}

/* Receive descriptors of C+ are given to the card. */
static void
fill_rx (struct fuzz *f)
{
    for (unsigned i = 0; i < RING_SIZE; i++) {
        uint8_t *d = f->m->ram + RX_RING + 16 * i;

        store_le64 (d + 8, BUFFER + 0x4000u * i);
        store_le32 (d,
                    DESC_OWN | (i == RING_SIZE - 1 ? DESC_END_OF_RING : 0)
                        | (fuzz_once_in (&f->script, 8) ? fuzz_pick (&f->script, 0x2000) : 1536));
    }
}

static void
start (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    bool is_plus = !fuzz_once_in (s, 3);

    place (f);
    fill_rx (f);
    tx_next = 0;
    set (f, R_CPCR,
         is_plus ? CPCR_TX | CPCR_RX | ((uint32_t) fuzz_take (s, 1) & (CPCR_SUM | CPCR_VLAN)) : 0,
         2);
    set (f, R_THPDS, HIGH_RING, 4);
    set (f, R_TNPDS, TX_RING, 4);
    set (f, R_TNPDS + 4, 0, 4);
    set (f, R_RDSAR, RX_RING, 4);
    set (f, R_RDSAR + 4, 0, 4);
    set (f, R_RBSTART, BUFFER, 4);
    set (f, R_CR, CR_RE | CR_TE, 1);
    set (f, R_RCR, RCR_PHYSICAL | RCR_BROADCAST | (uint32_t) fuzz_take (s, 2), 4);
    set (f, R_TCR, (uint32_t) fuzz_number (s), 4);
    set (f, R_IMR, (uint32_t) fuzz_take (s, 2), 2);
}

/* By the four slots. */
static void
transmit (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    unsigned slot = tx_next++ % RTL8139_N_TSD;
    unsigned len = fuzz_frame (s, f->m->ram + TX_DATA, 2048);

    set (f, R_TSAD + 4 * slot, fuzz_once_in (s, 16) ? (uint32_t) fuzz_gpa (s) : TX_DATA, 4);
    set (f, R_TSD + 4 * slot, fuzz_once_in (s, 16) ? (uint32_t) fuzz_number (s) : len, 4);
    loop_iterate (f->m->env.loop, 0);
}

/* By descriptors: some pieces of a frame, with whatever offloads. */
static void
transmit_plus (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    bool is_high = fuzz_once_in (s, 8);
    unsigned n = 1 + fuzz_pick (s, 4), len = fuzz_frame (s, f->m->ram + TX_DATA, 2048);

    for (unsigned i = 0; i < n; i++) {
        unsigned index = tx_next++ % RING_SIZE;
        uint8_t *d = f->m->ram + (is_high ? HIGH_RING : TX_RING) + 16 * index;
        uint32_t flags = DESC_OWN | (index == RING_SIZE - 1 ? DESC_END_OF_RING : 0)
                         | (i == 0 ? DESC_FIRST : 0) | (i + 1 == n ? DESC_LAST : 0);

        store_le64 (d + 8, fuzz_once_in (s, 16) ? fuzz_gpa (s) : TX_DATA + i * (len / n));
        store_le32 (d + 4, fuzz_once_in (s, 4) ? (uint32_t) fuzz_take (s, 4) : 0);
        if (fuzz_once_in (s, 3)) /* LGSEN with its MSS, and sums */
            flags |= (uint32_t) fuzz_take (s, 2) << 16 & 0x0fff0000;
        if (fuzz_once_in (s, 16))
            flags ^= (uint32_t) fuzz_take (s, 1) << 24;
        store_le32 (d, flags | (fuzz_once_in (s, 16) ? (uint32_t) fuzz_take (s, 2) : len / n + 1));
    }
    set (f, R_TPPOLL, is_high ? 0x80 : 0x40, 1);
    loop_iterate (f->m->env.loop, 0);
}

static void
use_register (struct fuzz *f)
{
    static const struct {
        uint8_t at, size;
    } registers[] = {
        { R_IDR, 4 },     { R_MAR, 4 },     { R_DTCCR, 4 },   { R_CR, 1 },       { R_CAPR, 2 },
        { R_IMR, 2 },     { R_ISR, 2 },     { R_TCR, 4 },     { R_RCR, 4 },      { R_TCTR, 4 },
        { R_MPC, 4 },     { R_9346CR, 1 },  { R_CONFIG1, 1 }, { R_TIMERINT, 4 }, { R_MSR, 1 },
        { R_CONFIG3, 1 }, { R_CONFIG4, 1 }, { R_MULINT, 2 },  { R_BMCR, 2 },     { R_ANAR, 2 },
        { R_CONFIG5, 1 }, { R_TPPOLL, 1 },  { R_CPCR, 2 },    { R_ETTHR, 1 },
    };
    struct fuzz_script *s = &f->script;
    unsigned i = fuzz_pick (s, ARRAY_SIZE (registers));

    if (registers[i].at == R_DTCCR && fuzz_once_in (s, 2))
        set (f, R_DTCCR, FUZZ_ARENA + 64 * fuzz_pick (s, 64) + 8 + fuzz_pick (s, 2), 4);
    else if (!fuzz_once_in (s, 3))
        set (f, registers[i].at, (uint32_t) fuzz_number (s), registers[i].size);
    test_mmio_read (f->m, FUZZ_BAR (1) + registers[i].at, registers[i].size);
}

/* The EEPROM, bit by bit: a command and an answer. */
static void
use_eeprom (struct fuzz *f)
{
    unsigned command = (unsigned) fuzz_take (&f->script, 2) | 0x8000;

    set (f, R_9346CR, 0x80, 1);
    set (f, R_9346CR, 0x88, 1);
    for (unsigned i = 0; i < 28; i++) {
        uint32_t bit = i < 16 ? command >> (15 - i) & 1 : 0;

        set (f, R_9346CR, 0x88 | bit << 1, 1);
        set (f, R_9346CR, 0x8c | bit << 1, 1);
        test_mmio_read (f->m, FUZZ_BAR (1) + R_9346CR, 1);
    }
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 16);

    if (what == 0)
        start (f);
    else if (what < 5)
        fuzz_nic_use_wire (f);
    else if (what < 7)
        transmit (f);
    else if (what < 10)
        transmit_plus (f);
    else if (what == 10)
        use_eeprom (f);
    else if (what == 11)
        fill_rx (f);
    else
        use_register (f);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place, .finish = fuzz_nic_finish)
