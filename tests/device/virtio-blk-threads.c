/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-blk-threads.c - tests: a disk on its own loop's thread, driven from another as by a vCPU,
 * with the real backend below. */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "bits.h"
#include "blk.h"
#include "block.h"
#include "fd.h"
#include "virtio-driver.h"

#define SLOT          4
#define QUEUE_SIZE    32
#define DISK_BYTES    (1u << 20)
#define REQUEST_BYTES 1024u
#define N_REQUESTS    4000
#define DEADLINE_NS   (20ll * 1000000000ll)

struct fixture {
    struct test_machine *m;
    struct device *device;
    struct virtio_driver d;
    GThread *thread;
    gpa_t headers, data, statuses; /* one of each per slot of the ring's third */
};

static gpointer
loop_thread (gpointer opaque)
{
    loop_run (opaque);
    return NULL;
}

static void
setup (struct fixture *f, gconstpointer data)
{
    struct device_args args;
    int fd = fd_memfd_create ("disk", DISK_BYTES);

    g_assert_cmpint (fd, >=, 0);
    f->m = test_machine_new ();
    args = test_device_args (f->m, &virtio_blk_class, "disk0");
    args.slot = SLOT;
    g_assert_cmpint (block_raw_open (f->m->env.io_loop, fd, 0, &args.block), ==, 0);
    g_assert_cmpint (virtio_blk_class.create (&args, &f->device), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, SLOT);
    f->thread = g_thread_new ("io", loop_thread, f->m->env.io_loop);
}

static void
stop_thread (struct fixture *f)
{
    loop_quit (f->m->env.io_loop);
    g_thread_join (f->thread);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
}

/* As a driver: resets and polls until the device says that it is done. */
static void
reset (struct fixture *f)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;

    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    while (virtio_driver_status (&f->d) != 0) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        sched_yield ();
    }
}

static void
start (struct fixture *f, uint64_t features)
{
    f->d.next_free = 0x100000;
    reset (f);
    g_assert_true (virtio_driver_negotiate (&f->d, features | BIT_ULL (VIRTIO_F_VERSION_1)));
    g_assert_true (virtio_driver_make_queue (&f->d, 0, QUEUE_SIZE));
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0x0f, 1);
    f->headers = virtio_driver_alloc (&f->d, 16 * QUEUE_SIZE, 16);
    f->data = virtio_driver_alloc (&f->d, REQUEST_BYTES * QUEUE_SIZE, 16);
    f->statuses = virtio_driver_alloc (&f->d, QUEUE_SIZE, 1);
}

/* Sends a request in ring place I: a write of bytes made from SEED, or a read. */
static uint16_t
send (struct fixture *f, unsigned i, uint32_t type, uint64_t sector, uint8_t seed)
{
    bool write = type == VIRTIO_BLK_T_OUT;
    struct virtio_buffer buffers[3] = {
        { f->headers + 16 * i, 16, false },
        { f->data + REQUEST_BYTES * i, REQUEST_BYTES, !write },
        { f->statuses + i, 1, true },
    };
    uint8_t *header = virtio_driver_at (&f->d, buffers[0].gpa);
    uint16_t old_idx = f->d.queues[0].avail_idx;
    uint16_t head = virtio_driver_describe (&f->d, 0, buffers, 3);

    store_le32 (header, type);
    store_le64 (header + 8, sector);
    memset (virtio_driver_at (&f->d, buffers[1].gpa), write ? seed : 0, REQUEST_BYTES);
    *virtio_driver_at (&f->d, buffers[2].gpa) = 0xff;
    atomic_thread_fence (memory_order_seq_cst);
    virtio_driver_offer (&f->d, 0, head);
    atomic_thread_fence (memory_order_seq_cst);
    if (virtio_driver_must_kick (&f->d, 0, old_idx))
        virtio_driver_kick (&f->d, 0);
    return head;
}

/* Polls for the next used chain. */
static uint32_t
take (struct fixture *f)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;
    uint32_t id, len;

    while (!virtio_driver_take (&f->d, 0, &id, &len)) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        sched_yield ();
        atomic_thread_fence (memory_order_seq_cst);
    }
    atomic_thread_fence (memory_order_seq_cst);
    return id;
}

/* Writes, then reads back, with as many requests under way as the ring takes chains of three. */
static void
test_data_comes_back (struct fixture *f, gconstpointer data)
{
    static const uint32_t types[] = { VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_IN };
    const unsigned depth = 8;
    uint64_t features = GPOINTER_TO_UINT (data) ? BIT_ULL (VIRTIO_F_EVENT_IDX) : 0;

    start (f, features | BIT_ULL (VIRTIO_BLK_F_FLUSH));
    for (size_t t = 0; t < ARRAY_SIZE (types); t++) {
        for (unsigned round = 0; round < N_REQUESTS / depth / 2; round++) {
            uint32_t heads = 0, used = 0;

            for (unsigned i = 0; i < depth; i++) {
                unsigned n = (round * depth + i) % (DISK_BYTES / REQUEST_BYTES);

                heads += send (f, i, types[t], n * (REQUEST_BYTES / 512), (uint8_t) (n * 7));
            }
            for (unsigned i = 0; i < depth; i++)
                used += take (f);
            g_assert_cmpuint (used, ==, heads);
            for (unsigned i = 0; i < depth; i++) {
                unsigned n = (round * depth + i) % (DISK_BYTES / REQUEST_BYTES);
                const uint8_t *got = virtio_driver_at (&f->d, f->data + REQUEST_BYTES * i);

                g_assert_cmpuint (*virtio_driver_at (&f->d, f->statuses + i), ==, 0);
                g_assert_cmphex (got[0], ==, (uint8_t) (n * 7));
                g_assert_cmphex (got[REQUEST_BYTES - 1], ==, (uint8_t) (n * 7));
            }
        }
    }
    stop_thread (f);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

/* Resets with requests under way: when status reads 0 nothing is written to memory any more. */
static void
test_reset_under_load (struct fixture *f, gconstpointer data)
{
    for (unsigned round = 0; round < 200; round++) {
        uint8_t *memory;

        start (f, round & 1 ? BIT_ULL (VIRTIO_BLK_F_FLUSH) : 0);
        for (unsigned i = 0; i < 8; i++)
            send (f, i, i & 1 ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, 2 * i, 1);
        reset (f);
        memory = virtio_driver_at (&f->d, f->headers);
        memset (memory, 0x5a, (16 + REQUEST_BYTES + 1) * QUEUE_SIZE);
        sched_yield ();
        for (unsigned i = 0; i < (16 + REQUEST_BYTES + 1) * QUEUE_SIZE; i++)
            g_assert_cmphex (memory[i], ==, 0x5a);
    }
    stop_thread (f);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/virtio-blk-threads/data-comes-back", struct fixture, GUINT_TO_POINTER (0), setup,
                test_data_comes_back, teardown);
    g_test_add ("/virtio-blk-threads/data-comes-back-with-event-index", struct fixture,
                GUINT_TO_POINTER (1), setup, test_data_comes_back, teardown);
    g_test_add ("/virtio-blk-threads/reset-under-load", struct fixture, NULL, setup,
                test_reset_under_load, teardown);
    return g_test_run ();
}
