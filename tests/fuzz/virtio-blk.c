/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-blk.c - fuzzing: a disk's driver, and a disk that answers when and how it likes. */
#include <errno.h>

#include "virtio-blk-fixture.h"
#include "fuzz-virtio.h"

static struct blk_fixture fixture;

static void
finish_all (struct fuzz *f)
{
    fake_block_finish_all (fixture.disk);
}

static bool
compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    static const uint8_t types[] = {
        VIRTIO_BLK_T_IN,
        VIRTIO_BLK_T_OUT,
        VIRTIO_BLK_T_FLUSH,
        VIRTIO_BLK_T_GET_ID,
        VIRTIO_BLK_T_DISCARD,
        VIRTIO_BLK_T_WRITE_ZEROES,
        2,
    };
    struct fuzz_script *s = &f->script;
    uint8_t type = types[fuzz_pick (s, ARRAY_SIZE (types))];
    uint64_t sector = fuzz_once_in (s, 8) ? fuzz_number (s) : fuzz_pick (s, DISK_SECTORS + 2);

    store_le32 (request->out, type);
    store_le64 (request->out + 8, sector);
    request->out_bytes = VIRTIO_BLK_HEADER_BYTES;
    request->in_bytes = 1;
    if (type == VIRTIO_BLK_T_OUT) {
        request->out_bytes += 512 * fuzz_pick (s, 4);
    } else if (type >= VIRTIO_BLK_T_DISCARD) {
        unsigned n = fuzz_pick (s, 4);

        for (unsigned i = 0; i < n; i++) {
            uint8_t *range = request->out + request->out_bytes + i * VIRTIO_BLK_RANGE_BYTES;

            store_le64 (range, fuzz_once_in (s, 4) ? fuzz_number (s) : fuzz_pick (s, DISK_SECTORS));
            store_le32 (range + 8, (uint32_t) fuzz_number (s));
            store_le32 (range + 12, fuzz_pick (s, 4));
        }
        request->out_bytes += n * VIRTIO_BLK_RANGE_BYTES;
    } else {
        request->in_bytes +=
            type == VIRTIO_BLK_T_GET_ID ? fuzz_pick (s, 24) : 512 * fuzz_pick (s, 4);
    }
    return true;
}

static const struct fuzz_virtio blk = { .compose = compose, .release = finish_all };

static void
set_up (struct fuzz *f)
{
    static const struct block_info infos[] = {
        { .can_discard = true },
        { .can_discard = true, .discard_zeroes = true },
        { .read_only = true },
        { 0 },
    };

    memset (&fixture, 0, sizeof fixture);
    blk_setup (&fixture, &infos[fuzz_pick (&f->script, ARRAY_SIZE (infos))]);
    f->m = fixture.m;
    f->devices[0] = fixture.device;
    fuzz_virtio_probe (f, BLK_SLOT);
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    unsigned n = fixture.disk->n_pending;

    if (n > FAKE_MAX_PENDING / 2)
        finish_all (f);
    else if (n > 0 && fuzz_once_in (s, 4))
        fake_block_finish (fixture.disk, fuzz_pick (s, n), fuzz_once_in (s, 4) ? -EIO : 0);
    else if (fuzz_once_in (s, 64))
        f->devices[0]->ops->resized (f->devices[0]);
    else
        fuzz_virtio_act (f, &blk);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place)
