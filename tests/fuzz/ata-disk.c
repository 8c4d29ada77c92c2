/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata-disk.c - fuzzing: a SATA disk behind the AHCI controller. */
#include "ata-disk.h"

#include "fuzz-sata.h"

#define DISK_BYTES (1u << 20)

static void
compose (struct fuzz_script *s, uint8_t *table)
{
    static const uint8_t commands[] = {
        0x25, 0x35, 0xc8, 0xca, 0x60, 0x61, 0x06, 0x20, 0x24, 0x29, 0x30, 0x34, 0x39, 0x40, 0x42,
        0x08, 0x2f, 0x47, 0x57, 0x10, 0x70, 0x90, 0x91, 0xa1, 0xb0, 0xc4, 0xc5, 0xc6, 0xe0, 0xe1,
        0xe2, 0xe3, 0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xef, 0xf5, 0xf8, 0xf9, 0x27, 0x37, 0xa0,
    };
    uint64_t lba = fuzz_once_in (s, 8) ? fuzz_number (s) : fuzz_pick (s, DISK_BYTES / 512 + 2);

    table[2] = fuzz_once_in (s, 16) ? (uint8_t) fuzz_take (s, 1)
                                    : commands[fuzz_pick (s, ARRAY_SIZE (commands))];
    table[3] = (uint8_t) (fuzz_once_in (s, 4) ? fuzz_take (s, 1) : fuzz_pick (s, 3));
    store_le (table + 4, lba, 3);
    table[7] = (uint8_t) (fuzz_once_in (s, 8) ? fuzz_take (s, 1) : 0x40);
    store_le (table + 8, lba >> 24, 3);
    store_le16 (table + 12, (uint16_t) (fuzz_once_in (s, 8) ? fuzz_number (s) : fuzz_pick (s, 10)));
    if (fuzz_once_in (s, 16)) { /* a control FIS, maybe a soft reset */
        table[1] = 0;
        table[15] = (uint8_t) (4 * fuzz_pick (s, 2));
    }
}

static const struct fuzz_sata disk = { &ata_disk_class, DISK_BYTES, false, compose };

static void
set_up (struct fuzz *f)
{
    fuzz_sata_set_up (f, &disk);
}

static void
act (struct fuzz *f)
{
    if (fuzz_once_in (&f->script, 64))
        f->devices[0]->ops->resized (f->devices[0]);
    else
        fuzz_sata_act (f, &disk);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_sata_place, .reset = fuzz_sata_reset)
