/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-gpu.c - fuzzing: a driver of a virtio-gpu, and somebody who looks. */
#include "fuzz-gpu.h"

#include "virtio-gpu-fixture.h"

static struct gpu_fixture fixture;

static const struct fuzz_virtio gpu = { .compose = fuzz_gpu_compose };

static void
set_up (struct fuzz *f)
{
    memset (&fixture, 0, sizeof fixture);
    gpu_fixture_setup (&fixture, "16");
    f->m = fixture.m;
    f->devices[0] = fixture.gpu;
    fuzz_virtio_probe (f, GPU_SLOT);
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 16);

    if (what == 0) {
        fuzz_world_advance (20000000);
        test_viewer_poll (&fixture.viewer);
    } else if (what == 1 && fuzz_once_in (s, 4)) {
        test_viewer_resize (&fixture.viewer, 1 + fuzz_pick (s, 4096), 1 + fuzz_pick (s, 4096));
    } else {
        fuzz_virtio_act (f, &gpu);
    }
}

static void
tear_down (struct fuzz *f)
{
    test_viewer_poll (&fixture.viewer);
    test_viewer_close (&fixture.viewer);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place, .tear_down = tear_down)
