/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-sata.h - fuzzing: the AHCI controller with one drive, whose driver sends commands that are nearly
 * right, and storage that answers when and how it likes. */
#pragma once

#include "sata-fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"

#define FUZZ_TABLES 0x40000u /* 4 KiB a slot */

struct fuzz_sata {
    const struct device_class *class;
    uint64_t bytes;
    bool is_read_only;
    /* Fills in the command FIS and the packet of TABLE. */
    void (*compose) (struct fuzz_script *s, uint8_t *table);
};

static struct ahci *fuzz_ahci;
static struct held_block *fuzz_medium; /* NULL: none */

static inline void
fuzz_sata_place (struct fuzz *f)
{
    test_pci_place_bar (f->m, SATA_DEVFN, 5, SATA_ABAR);
}

static inline void
fuzz_sata_set (struct fuzz *f, unsigned reg, uint32_t value)
{
    test_mmio_write (f->m, SATA_ABAR + 0x100 + SATA_PORT * 0x80 + reg, value, 4);
}

static inline void
fuzz_sata_set_up (struct fuzz *f, const struct fuzz_sata *sata)
{
    struct device_args args;

    f->m = test_machine_new ();
    fuzz_medium = held_block_new (f->m->env.io_loop, sata->bytes, sata->is_read_only);
    args = test_device_args (f->m, sata->class, "sata0");
    args.block = &fuzz_medium->block;
    fuzz_add_device (f, 0, sata->class, &args);
    if (ahci_create (&f->m->env, SATA_DEVFN, &fuzz_ahci) < 0
        || ahci_attach (fuzz_ahci, SATA_PORT, f->devices[0]) < 0)
        abort ();
    f->devices[1] = ahci_device (fuzz_ahci); /* it goes first */
    device_reset (f->devices[1]);
    fuzz_add_space (f, FUZZ_MMIO, SATA_ABAR + 0x100 + SATA_PORT * 0x80, 0x48);
    fuzz_add_space (f, FUZZ_MMIO, SATA_ABAR, 0x30);
    fuzz_add_space (f, FUZZ_MMIO, SATA_ABAR, 0x1000);
    fuzz_add_space (f, FUZZ_CONFIG, SATA_DEVFN, PCI_CONFIG_SIZE);
}

/* As a driver brings the port up, or out of an error. */
static inline void
fuzz_sata_start (struct fuzz *f)
{
    fuzz_sata_place (f);
    fuzz_sata_set (f, P_CMD, CMD_FRE);
    fuzz_sata_set (f, P_SERR, UINT32_MAX);
    fuzz_sata_set (f, P_IS, UINT32_MAX);
    fuzz_sata_set (f, P_SCTL, 0);
    fuzz_sata_set (f, P_CLB, SATA_LISTS);
    fuzz_sata_set (f, P_CLB + 4, 0);
    fuzz_sata_set (f, P_FB, SATA_FISES);
    fuzz_sata_set (f, P_FB + 4, 0);
    fuzz_sata_set (f, P_IE, UINT32_MAX);
    fuzz_sata_set (f, P_CMD, CMD_FRE | CMD_CLO);
    fuzz_sata_set (f, P_CMD, CMD_FRE | CMD_ST);
    test_mmio_write (f->m, SATA_ABAR + H_GHC, GHC_AE | GHC_IE, 4);
}

/* Room for up to so many pieces of 512 bytes to 128 KiB; now and then in odd places. */
static inline unsigned
fuzz_sata_put_prds (struct fuzz_script *s, uint8_t *table)
{
    unsigned n = fuzz_pick (s, fuzz_once_in (s, 8) ? 200 : 5);

    for (unsigned i = 0; i < n; i++) {
        uint8_t *prd = table + 0x80 + 16 * i;
        unsigned kind = i < 4 ? fuzz_pick (s, 32) : 0;
        uint32_t bytes = 512u << (i < 4 ? fuzz_pick (s, 9) : 0);

        store_le64 (prd, kind == 1 ? fuzz_gpa (s) : SATA_BUFFER + 0x20000ull * (i % 64));
        store_le32 (prd + 12, kind == 2  ? (uint32_t) fuzz_number (s)
                              : kind < 6 ? 2 * fuzz_pick (s, 256) + 1
                                         : bytes - 1);
    }
    return n;
}

static inline void
fuzz_sata_command (struct fuzz *f, const struct fuzz_sata *sata)
{
    struct fuzz_script *s = &f->script;
    unsigned how = fuzz_pick (s, 32), slot = how < 24 ? fuzz_pick (s, 4) : fuzz_pick (s, 32);
    uint8_t *header = f->m->ram + SATA_LISTS + slot * 32;
    uint8_t *table = f->m->ram + FUZZ_TABLES + slot * 0x1000;
    bool is_packet = sata->class->name[3] == 'p'; /* "atapi-cdrom" */
    unsigned n_prds;

    memset (table, 0, 0x80);
    table[0] = 0x27;
    table[1] = 0x80;
    sata->compose (s, table);
    n_prds = fuzz_sata_put_prds (s, table);
    store_le32 (header, 5 | (is_packet ? 0x20u : 0) | n_prds << 16);
    store_le64 (header + 8, FUZZ_TABLES + slot * 0x1000);
    if (how == 0)
        store_le32 (header, (uint32_t) fuzz_number (s));
    else if (how == 1)
        store_le64 (header + 8, fuzz_gpa (s));
    else if (how == 2)
        table[fuzz_pick (s, 0x80)] = (uint8_t) fuzz_take (s, 1);
    if (table[2] == 0x60 || table[2] == 0x61)
        fuzz_sata_set (f, P_SACT, BIT (slot));
    fuzz_sata_set (f, P_CI, how == 3 ? (uint32_t) fuzz_number (s) : BIT (slot));
}

static inline void
fuzz_sata_end_one (struct fuzz *f)
{
    if (!fuzz_medium || fuzz_medium->n_held == 0)
        return;
    fuzz_medium->error = fuzz_once_in (&f->script, 8) ? -EIO : 0;
    held_block_end_first (fuzz_medium);
}

static inline void
fuzz_sata_act (struct fuzz *f, const struct fuzz_sata *sata)
{
    unsigned what = fuzz_pick (&f->script, 16);

    if (what == 0)
        fuzz_sata_start (f);
    else if (what < 6)
        fuzz_sata_end_one (f);
    else
        fuzz_sata_command (f, sata);
}

/* A machine's reset: drives, then the controller, nothing in flight. */
static inline void
fuzz_sata_reset (struct fuzz *f)
{
    device_reset (f->devices[1]);
    device_reset (f->devices[0]);
}
