/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-balloon.c - fuzzing: a driver that gives memory, and a host that wants some. */
#include "balloon.h"

#include "fuzz-virtio.h"

#define MAX_PAGES 32

/* Page numbers, figures, or reported pages, as QUEUE would have it.  Few pages are the rings' own: the
 * guest may throw those away as well. */
static bool
compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    struct fuzz_script *s = &f->script;
    unsigned n = 1 + fuzz_pick (s, MAX_PAGES);

    if (queue <= VIRTIO_BALLOON_DEFLATE) {
        request->out_bytes = 4 * n;
        for (unsigned i = 0; i < n; i++)
            store_le32 (request->out + 4 * i, fuzz_once_in (s, 16) ? (uint32_t) fuzz_number (s)
                                                                   : 0x800 + fuzz_pick (s, 0x800));
    } else if (queue == VIRTIO_BALLOON_STATS_QUEUE) {
        request->out_bytes = VIRTIO_BALLOON_FIGURE_BYTES * n;
        for (unsigned i = 0; i < n; i++) {
            store_le16 (request->out + VIRTIO_BALLOON_FIGURE_BYTES * i,
                        (uint16_t) fuzz_pick (s, VIRTIO_BALLOON_FIGURE_N + 2));
            store_le64 (request->out + VIRTIO_BALLOON_FIGURE_BYTES * i + 2, fuzz_number (s));
        }
    } else {
        request->in_bytes = fuzz_pick (s, FUZZ_IN_BYTES);
    }
    return true;
}

static const struct fuzz_virtio balloon = { .compose = compose };

static void
set_up (struct fuzz *f)
{
    const struct device_class *class = &virtio_balloon_class;
    struct device_args args;
    unsigned options = fuzz_pick (&f->script, 8);

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "balloon0");
    for (unsigned i = 0; i < class->n_options; i++) {
        if (class->options[i].type == OPTION_BOOL && (options & BIT (i)))
            device_option_set (class, (void *) args.config, class->options[i].name, "on");
    }
    args.slot = FUZZ_SLOT;
    fuzz_add_device (f, 0, class, &args);
    fuzz_virtio_probe (f, FUZZ_SLOT);
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    struct virtio_balloon_state state;

    if (fuzz_once_in (s, 8))
        virtio_balloon_set_target (f->devices[0], fuzz_number (s));
    else if (fuzz_once_in (s, 8))
        virtio_balloon_get_state (f->devices[0], &state);
    else
        fuzz_virtio_act (f, &balloon);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place)
