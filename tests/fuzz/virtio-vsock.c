/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vsock.c - fuzzing: a driver of a vsock, a kernel that serves it or does not, a machine that pauses
 * and whose memory changes. */
#include "virtio-vsock.h"

#include "fake-vhost.h"
#include "fuzz-virtio.h"

#define MORE_GPA 0x80000000u

static struct fake_vhost *vhost;
static struct memory_block more;
static uint8_t more_bytes[0x4000] __attribute__ ((aligned (4096)));

static bool
compose (struct fuzz *f, unsigned queue, struct fuzz_request *request)
{
    request->out_bytes = queue == VIRTIO_VSOCK_TX ? 1 + fuzz_pick (&f->script, 128) : 0;
    request->in_bytes = queue == VIRTIO_VSOCK_TX ? 0 : 1 + fuzz_pick (&f->script, 128);
    return true;
}

static const struct fuzz_virtio vsock = { .compose = compose };

static void
set_up (struct fuzz *f)
{
    struct device_args args;

    f->m = test_machine_new ();
    more = (struct memory_block){ .name = "more",
                                  .kind = MEMORY_RAM,
                                  .host = more_bytes,
                                  .size_bytes = sizeof more_bytes,
                                  .slot = -1 };
    list_init (&more.node);
    vhost = fake_vhost_reset ();
    args = test_device_args (f->m, &virtio_vsock_class, "vsock0");
    args.slot = FUZZ_SLOT;
    args.vhost_fd = fake_vhost_open (vhost);
    fuzz_add_device (f, 0, &virtio_vsock_class, &args);
    fuzz_virtio_probe (f, FUZZ_SLOT);
}

static void
change_memory (struct fuzz *f)
{
    if (list_is_empty (&more.node))
        memory_map (f->m->env.memory, &more, MORE_GPA);
    else
        memory_unmap (f->m->env.memory, &more);
}

static void
act (struct fuzz *f)
{
    static const unsigned long requests[] = {
        0, 0, 0, VHOST_SET_MEM_TABLE, VHOST_SET_VRING_ADDR, VHOST_VSOCK_SET_RUNNING
    };
    struct fuzz_script *s = &f->script;

    switch (fuzz_pick (s, 12)) {
    case 0:
        f->devices[0]->ops->set_running (f->devices[0], !fuzz_once_in (s, 4));
        break;
    case 1:
        vhost->failing = requests[fuzz_pick (s, ARRAY_SIZE (requests))];
        break;
    case 2:
        change_memory (f);
        break;
    case 3:
    case 4:
        fake_vhost_echo (vhost, VIRTIO_VSOCK_TX, VIRTIO_VSOCK_RX);
        break;
    default:
        fuzz_virtio_act (f, &vsock);
    }
}

static void
tear_down (struct fuzz *f)
{
    vhost->failing = 0;
    memory_unmap (f->m->env.memory, &more);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place, .tear_down = tear_down)
