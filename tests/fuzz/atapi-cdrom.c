/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi-cdrom.c - fuzzing: a SATA CD drive behind the AHCI controller, and hands at the drive. */
#include "atapi.h"

#include "fuzz-sata.h"

#define CD_SECTORS 300u

static void
compose (struct fuzz_script *s, uint8_t *table)
{
    static const uint8_t opcodes[] = {
        0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x2f, 0x35, 0x42, 0x43, 0x46,
        0x4a, 0x51, 0x52, 0x55, 0x5a, 0xa0, 0xa8, 0xa4, 0xad, 0xb9, 0xbb, 0xbd, 0xbe,
    };
    static const uint8_t commands[] = { 0xa0, 0xa1, 0xec, 0x08, 0xef, 0xe7, 0xe5 };
    uint8_t *cdb = table + 0x40;

    table[2] = fuzz_once_in (s, 16) ? commands[fuzz_pick (s, ARRAY_SIZE (commands))] : 0xa0;
    table[3] = (uint8_t) (fuzz_once_in (s, 4) ? fuzz_take (s, 1) : fuzz_pick (s, 2));
    store_le16 (table + 5, (uint16_t) (fuzz_once_in (s, 4) ? fuzz_number (s) : 0xfffe));
    cdb[0] = fuzz_once_in (s, 16) ? (uint8_t) fuzz_take (s, 1)
                                  : opcodes[fuzz_pick (s, ARRAY_SIZE (opcodes))];
    if (fuzz_once_in (s, 2)) {
        store_be32 (cdb + 2, fuzz_pick (s, CD_SECTORS + 4));
        store_be16 (cdb + 7, (uint16_t) fuzz_pick (s, 40));
        if (cdb[0] >= 0xa0)
            store_be32 (cdb + 6, fuzz_pick (s, 40));
        cdb[1] = (uint8_t) fuzz_pick (s, 4);
    } else {
        fuzz_fill (s, cdb + 1, 11);
    }
}

static const struct fuzz_sata cd = { &atapi_cdrom_class, CD_SECTORS * 2048, true, compose };

/* The drive closes what it lets go of. */
static void
change_medium (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    struct device *drive = f->devices[0];
    unsigned how = fuzz_pick (s, 4);

    if (how < 2) {
        if (drive->ops->eject (drive, how) == 0)
            fuzz_medium = NULL;
        return;
    }
    struct held_block *next =
        held_block_new (f->m->env.io_loop, fuzz_pick (s, 3) * 512 + CD_SECTORS * 2048, true);

    if (drive->ops->insert (drive, &next->block, how & 1) == 0)
        fuzz_medium = next;
    else
        block_close (&next->block);
}

static void
set_up (struct fuzz *f)
{
    fuzz_sata_set_up (f, &cd);
}

static void
act (struct fuzz *f)
{
    if (fuzz_once_in (&f->script, 16))
        change_medium (f);
    else
        fuzz_sata_act (f, &cd);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_sata_place, .reset = fuzz_sata_reset)
