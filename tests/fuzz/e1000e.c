/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e.c - fuzzing: a driver of the 82574L, and a wire. */
#include "e1000e.h"

#include "e1000e-private.h"
#include "fuzz-nic.h"

#define RING_SIZE      16u
#define TX_RING(queue) (FUZZ_ARENA + 0x1000u * (queue))
#define RX_RING(queue) (FUZZ_ARENA + 0x4000u + 0x1000u * (queue))
#define TX_DATA        0x200000u
#define RX_BUFFER(i)   (0x100000u + 0x4000u * (i))
#define IO_BASE        0xc000u

static unsigned tx_tail[2];

static void
place (struct fuzz *f)
{
    test_pci_place_bar (f->m, FUZZ_DEVFN, 0, FUZZ_BAR (0));
    test_pci_place_bar (f->m, FUZZ_DEVFN, 2, IO_BASE);
    test_pci_place_bar (f->m, FUZZ_DEVFN, 3, FUZZ_BAR (3));
}

static void
set_up (struct fuzz *f)
{
    tx_tail[0] = tx_tail[1] = 0;
    fuzz_nic_set_up (f, &e1000e_class);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (0), 0x20000);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (0), 0x200);
    fuzz_add_space (f, FUZZ_PORTS, IO_BASE, 8);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (3), 0x100);
}

static void
set (struct fuzz *f, uint32_t reg, uint32_t value)
{
    test_mmio_write (f->m, FUZZ_BAR (0) + reg, value, 4);
}

/* As a driver does, with one or another choice more. */
static void
start (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;

    place (f);
    for (unsigned i = 0; i < 2; i++) {
        set (f, R_TDBAL + QUEUE_STRIDE * i, TX_RING (i));
        set (f, R_TDLEN + QUEUE_STRIDE * i, RING_SIZE * 16);
        set (f, R_TDH + QUEUE_STRIDE * i, 0);
        set (f, R_TDT + QUEUE_STRIDE * i, 0);
        set (f, R_RDBAL + QUEUE_STRIDE * i, RX_RING (i));
        set (f, R_RDLEN + QUEUE_STRIDE * i, RING_SIZE * 16);
        set (f, R_RDH + QUEUE_STRIDE * i, 0);
        tx_tail[i] = 0;
        for (unsigned k = 0; k < RING_SIZE; k++)
            store_le64 (f->m->ram + RX_RING (i) + 16 * k, RX_BUFFER (k));
    }
    set (f, R_RFCTL, fuzz_once_in (s, 3) ? (uint32_t) fuzz_number (s) : RFCTL_EXTEN);
    set (f, R_RXCSUM, (uint32_t) fuzz_take (s, 2));
    set (f, R_MRQC, (uint32_t) fuzz_take (s, 1));
    set (f, R_PSRCTL, fuzz_once_in (s, 2) ? (uint32_t) fuzz_take (s, 4) : 0x00040402);
    set (f, R_IVAR, (uint32_t) fuzz_take (s, 4));
    set (f, R_IMS, (uint32_t) fuzz_number (s));
    set (f, R_TCTL, TCTL_EN);
    set (f, R_RCTL, RCTL_EN | RCTL_BAM | (fuzz_once_in (s, 2) ? (uint32_t) fuzz_take (s, 4) : 0));
    for (unsigned i = 0; i < 2; i++)
        set (f, R_RDT + QUEUE_STRIDE * i, RING_SIZE - 1);
}

/* Some descriptors: contexts, data and such of old; the last ends the frame. */
static void
transmit (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    unsigned queue = fuzz_once_in (s, 4), n = 1 + fuzz_pick (s, 5);

    fuzz_frame (s, f->m->ram + TX_DATA, 2048);
    for (unsigned i = 0; i < n; i++) {
        uint8_t *d = f->m->ram + TX_RING (queue) + 16 * (tx_tail[queue]++ % RING_SIZE);
        unsigned kind = fuzz_pick (s, 8);
        uint32_t len =
            fuzz_once_in (s, 8) ? (uint32_t) fuzz_take (s, 3) & 0xfffff : fuzz_pick (s, 2048);
        uint32_t bits = (uint32_t) fuzz_take (s, 1) << 24 & ~BIT (29);
        uint32_t options = fuzz_once_in (s, 2) ? (uint32_t) fuzz_take (s, 4) : 3u << 8;

        if (kind == 0) { /* a context */
            store_le64 (d, 14 | 24 << 8 | 33 << 16
                               | (uint64_t) (34 | (fuzz_once_in (s, 2) ? 50u : 40u) << 8) << 32);
            if (fuzz_once_in (s, 4))
                store_le64 (d, fuzz_take (s, 8));
            store_le32 (d + 8, BIT (29) | bits | fuzz_pick (s, 2048));
            store_le32 (d + 12, 54u << 8 | (uint32_t) fuzz_take (s, 2) << 16);
            continue;
        }
        store_le64 (d, fuzz_once_in (s, 16) ? fuzz_gpa (s)
                                            : TX_DATA + (kind & 4 ? 0 : fuzz_pick (s, 64)));
        if (i + 1 == n)
            bits |= BIT (24);
        store_le32 (d + 8, kind & 1 ? bits | (len & 0xffff) : BIT (29) | BIT (20) | bits | len);
        store_le32 (d + 12, options);
    }
    set (f, R_TDT + QUEUE_STRIDE * queue,
         fuzz_once_in (s, 16) ? (uint32_t) fuzz_number (s) : tx_tail[queue] % RING_SIZE);
    loop_iterate (f->m->env.loop, 0);
}

static void
use_register (struct fuzz *f)
{
    static const uint32_t registers[] = {
        R_CTRL,    R_STATUS,  R_EECD,    R_EERD,     R_CTRL_EXT,   R_FLA,  R_MDIC,   R_ICR,
        R_ITR,     R_ICS,     R_IMS,     R_IMC,      R_EIAC,       R_IAM,  R_IVAR,   R_EITR,
        R_RCTL,    R_TCTL,    R_EEWR,    R_RDH,      R_RDT,        R_RDTR, R_RADV,   R_TDH,
        R_TDT,     R_TIDV,    R_TADV,    R_RXCSUM,   R_RFCTL,      R_MRQC, R_PSRCTL, R_SWSM,
        R_SYSTIML, R_SYSTIMH, R_TIMINCA, R_EEMNGCTL, R_STATISTICS, R_MTA,  R_RA,     R_VFTA,
        R_RETA,    R_RSSRK,   R_RXDCTL,  R_TXDCTL,
    };
    struct fuzz_script *s = &f->script;
    uint32_t at = registers[fuzz_pick (s, ARRAY_SIZE (registers))];

    if (fuzz_once_in (s, 4))
        at += 4 * fuzz_pick (s, 80);
    if (at == R_MDIC) /* a write or a read of a register of the PHY */
        set (f, at,
             1u << 21 | (1 + fuzz_pick (s, 2)) << 26 | (uint32_t) fuzz_take (s, 3) % 0x200000);
    else if (!fuzz_once_in (s, 3))
        set (f, at, (uint32_t) fuzz_number (s));
    test_mmio_read (f->m, FUZZ_BAR (0) + at, 4);
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 16);

    if (what == 0)
        start (f);
    else if (what < 5)
        fuzz_nic_use_wire (f);
    else if (what < 10)
        transmit (f);
    else
        use_register (f);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place, .finish = fuzz_nic_finish)
