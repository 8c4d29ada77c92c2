/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-mem.c - fuzzing: a driver that plugs and unplugs, and a host that wants more and less. */
#include "virtio-mem.h"

#include "fuzz-virtio.h"

#define REGION_GPA   GIB (4)
#define REGION_BYTES GIB (1)
#define BLOCK_BYTES  MIB (2)
#define N_BLOCKS     (REGION_BYTES / BLOCK_BYTES)

/* Most requests are about blocks that are there. */
static bool
compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    struct fuzz_script *s = &f->script;
    uint64_t address = REGION_GPA + fuzz_pick (s, N_BLOCKS) * BLOCK_BYTES;

    store_le16 (request->out + VIRTIO_MEM_REQUEST_TYPE,
                (uint16_t) fuzz_pick (s, VIRTIO_MEM_REQUEST_N + 1));
    store_le64 (request->out + VIRTIO_MEM_REQUEST_ADDRESS,
                fuzz_once_in (s, 8) ? fuzz_number (s) : address);
    store_le16 (request->out + VIRTIO_MEM_REQUEST_COUNT,
                fuzz_once_in (s, 8) ? (uint16_t) fuzz_number (s) : (uint16_t) fuzz_pick (s, 100));
    request->out_bytes = VIRTIO_MEM_REQUEST_BYTES;
    request->in_bytes = VIRTIO_MEM_ANSWER_BYTES;
    return true;
}

static const struct fuzz_virtio mem = { .compose = compose };

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    test_machine_add_pluggable (f->m, REGION_GPA, REGION_BYTES);
    fuzz_add_device (f, 0, &virtio_mem_class, NULL);
    fuzz_virtio_probe (f, FUZZ_SLOT);
}

/* What says that it is plugged can be reached. */
static void
check (struct fuzz *f)
{
    struct memory_range ranges[MEMORY_MAX_RANGES];
    unsigned n = memory_get_ram (f->m->env.memory, ranges);
    struct virtio_mem_state state;
    uint64_t bytes = 0;

    virtio_mem_get_state (f->devices[0], &state);
    for (unsigned i = 0; i < n; i++)
        bytes += ranges[i].gpa >= REGION_GPA ? ranges[i].size_bytes : 0;
    g_assert_cmpuint (state.plugged_bytes, <=, bytes);
    g_assert_cmpuint (bytes, <=, REGION_BYTES);
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;

    if (fuzz_once_in (s, 6))
        virtio_mem_set_requested (f->devices[0], fuzz_once_in (s, 4)
                                                     ? fuzz_number (s)
                                                     : fuzz_pick (s, N_BLOCKS) * BLOCK_BYTES);
    else
        fuzz_virtio_act (f, &mem);
    check (f);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place)
