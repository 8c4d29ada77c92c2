/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-poke.c - tests: a driver that does anything at all harms nothing but itself.
 *
 * Random register accesses, ring contents and disk completions, from a fixed seed; run it with the
 * address sanitizer.  In between, the driver starts properly and sends good requests, or else it
 * would hardly get past the first check.
 */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "rng.h"
#include "virtio-blk-fixture.h"

#define N_OPS    200000
#define RNG_SLOT 5

struct poke {
    struct blk_fixture blk;
    struct device *rng;
    struct virtio_driver drivers[2]; /* the disk's and the generator's */
    GRand *rand;
    unsigned n_starts, n_answers, n_finished;
};

static uint32_t
pick (struct poke *p, uint32_t n)
{
    return test_pick (p->rand, n);
}

/* Numbers that are near some edge. */
static uint64_t
wild (struct poke *p)
{
    static const uint64_t edges[] = {
        0,
        1,
        2,
        4,
        15,
        16,
        255,
        256,
        257,
        0x7fff,
        0x8000,
        0xfffe,
        0xffff,
        0x10000,
        TEST_MACHINE_RAM_BYTES - 1,
        TEST_MACHINE_RAM_BYTES,
        0x7fffffff,
        0xfffffff0,
        UINT32_MAX,
        1ull << 32,
        UINT64_MAX / 512,
        UINT64_MAX / 512 + 1,
        UINT64_MAX - 15,
        UINT64_MAX,
    };

    switch (pick (p, 3)) {
    case 0:
        return edges[pick (p, ARRAY_SIZE (edges))];
    case 1:
        return pick (p, TEST_MACHINE_RAM_BYTES);
    default:
        return (uint64_t) g_rand_int (p->rand) << 32 | g_rand_int (p->rand);
    }
}

static struct virtio_driver *
pick_driver (struct poke *p)
{
    return &p->drivers[pick (p, 4) == 0];
}

static unsigned
pick_size (struct poke *p)
{
    static const unsigned sizes[] = { 1, 2, 4, 8, 3 };

    return sizes[pick (p, ARRAY_SIZE (sizes))];
}

/* --- things a driver may do ------------------------------------------------------------------ */

static void
poke_register (struct poke *p)
{
    struct virtio_driver *d = pick_driver (p);
    /* Mostly where something is: the four blocks, their first bytes and their ends. */
    uint64_t at = d->common + pick (p, 4) * VIRTIO_PCI_BLOCK_BYTES;

    at += pick (p, 8) ? pick (p, 0x40) : pick (p, 0x1008);
    if (pick (p, 3))
        test_mmio_write (p->blk.m, at, wild (p), pick_size (p));
    else
        test_mmio_read (p->blk.m, at, pick_size (p));
}

static void
poke_config_space (struct poke *p)
{
    struct virtio_driver *d = pick_driver (p);
    struct pci_bus *pci = p->blk.m->env.pci;
    unsigned size = 1u << pick (p, 3);
    unsigned offset = align_down (pick (p, PCI_CONFIG_SIZE), size);

    /* The BARs stay, or nothing would be reached any more. */
    if (offset >= PCI_BAR0 && offset < PCI_BAR0 + 24)
        return;
    if (pick (p, 3))
        pci_config_write (pci, d->devfn, offset, (uint32_t) wild (p), size);
    else
        pci_config_read (pci, d->devfn, offset, size);
    if (pick (p, 4))
        pci_config_write (pci, d->devfn, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

static void
poke_msix_table (struct poke *p)
{
    struct virtio_driver *d = pick_driver (p);

    test_mmio_write (p->blk.m, VIRTIO_DRIVER_MSIX + (PCI_SLOT (d->devfn) << 20) + pick (p, 0x840),
                     wild (p), pick_size (p));
}

/* Somewhere in the rings, or in any memory. */
static void
poke_memory (struct poke *p)
{
    struct virtio_driver *d = pick_driver (p);
    const struct virtio_driver_queue *q = &d->queues[0];
    gpa_t at;

    switch (pick (p, 4)) {
    case 0:
        at = q->desc + pick (p, 16u * q->size + 1);
        break;
    case 1:
        at = q->avail + pick (p, 2u * q->size + 6);
        break;
    case 2:
        at = q->used + pick (p, 8u * q->size + 6);
        break;
    default:
        at = pick (p, TEST_MACHINE_RAM_BYTES - 8);
        break;
    }
    store_le64 (virtio_driver_at (d, at), wild (p));
}

static void
start_properly (struct poke *p)
{
    struct virtio_driver *d = pick_driver (p);
    uint64_t features;

    pci_config_write (p->blk.m->env.pci, d->devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    features = virtio_driver_offered (d) & ~(uint64_t) g_rand_int (p->rand);
    /* A reset may have to wait for the disk. */
    virtio_driver_write (d, VIRTIO_COMMON_STATUS, 0, 1);
    fake_block_finish_all (p->blk.disk);
    d->next_free = 0x100000 + pick (p, 0x10000);
    virtio_driver_start (d, features, 1, (uint16_t) (1u << (2 + pick (p, 5))));
    p->n_starts++;
}

/* A good request; now and then one of its descriptors is spoilt before the device sees it. */
static void
send_request (struct poke *p)
{
    static const uint32_t types[] = { 0, 0, 1, 1, 4, 8, 11, 13, 2 };
    struct virtio_driver *d = pick_driver (p);
    struct virtio_driver_queue *q = &d->queues[0];
    uint32_t type = types[pick (p, ARRAY_SIZE (types))];
    gpa_t page = 0x800000 + (gpa_t) pick (p, 256) * 8192;
    bool out = type == VIRTIO_BLK_T_OUT || type >= 11;
    struct virtio_buffer buffers[] = {
        { page, 16, false },
        { page + 64, type >= 11 ? 16 : 512 * (1 + pick (p, 4)), !out },
        { page + 4096, 1, true },
    };
    uint16_t head;

    if (d == &p->drivers[1]) {
        buffers[0].device_writes = buffers[1].device_writes = true;
    } else {
        store_le32 (virtio_driver_at (d, page), type);
        store_le64 (virtio_driver_at (d, page + 8), pick (p, DISK_SECTORS + 4));
        if (type >= 11) {
            store_le64 (virtio_driver_at (d, page + 64), pick (p, DISK_SECTORS));
            store_le64 (virtio_driver_at (d, page + 72),
                        pick (p, 16) | (uint64_t) pick (p, 4) << 32);
        }
    }
    head = virtio_driver_describe (d, 0, buffers, 3);
    if (pick (p, 8) == 0)
        store_le64 (virtio_driver_at (d, q->desc + 16u * head + 8 * pick (p, 2)), wild (p));
    virtio_driver_offer (d, 0, head);
    virtio_driver_kick (d, 0);
}

static void
finish_some_request (struct poke *p)
{
    struct fake_block *disk = p->blk.disk;

    if (disk->n_pending == 0)
        return;
    fake_block_finish (disk, pick (p, disk->n_pending), pick (p, 4) ? 0 : -EIO);
    p->n_finished++;
}

static void
take_answers (struct poke *p)
{
    struct virtio_driver *d = pick_driver (p);
    uint32_t id, len;

    loop_iterate (p->blk.m->env.loop, 0);
    for (unsigned i = 0; i < 8 && virtio_driver_take (d, 0, &id, &len); i++)
        p->n_answers++;
}

/* --- the test -------------------------------------------------------------------------------- */

static void
poke (struct poke *p)
{
    static const struct {
        unsigned weight;
        void (*op) (struct poke *p);
    } ops[] = {
        { 30, poke_register },       { 10, poke_config_space }, { 5, poke_msix_table },
        { 15, poke_memory },         { 3, start_properly },     { 30, send_request },
        { 20, finish_some_request }, { 20, take_answers },
    };
    unsigned total = 0, at;

    for (size_t i = 0; i < ARRAY_SIZE (ops); i++)
        total += ops[i].weight;
    at = pick (p, total);
    for (size_t i = 0; i < ARRAY_SIZE (ops); i++) {
        if (at < ops[i].weight) {
            ops[i].op (p);
            return;
        }
        at -= ops[i].weight;
    }
}

/* After all that a driver that behaves is served as ever. */
static void
assert_still_works (struct poke *p)
{
    struct blk_fixture *f = &p->blk;
    struct virtio_buffer buffer = { 0x2000, 32, true };
    uint16_t head;

    device_reset (f->device);
    device_reset (p->rng);
    virtio_driver_probe (&f->d, f->m, BLK_SLOT);
    blk_start (f, BIT_ULL (VIRTIO_BLK_F_FLUSH));
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);

    virtio_driver_probe (&p->drivers[1], f->m, RNG_SLOT);
    virtio_driver_start (&p->drivers[1], 0, 1, 8);
    head = virtio_driver_send (&p->drivers[1], 0, &buffer, 1);
    g_assert_cmpuint (virtio_driver_wait (&p->drivers[1], 0, head), ==, 32);
}

static void
test_anything_goes (void)
{
    struct poke p = { .rand = g_rand_new_with_seed (19990401) };
    struct device_args args;

    blk_setup (&p.blk, NULL);
    args = test_device_args (p.blk.m, &virtio_rng_class, "rng0");
    args.slot = RNG_SLOT;
    device_option_set (&virtio_rng_class, (void *) args.config, "max-bytes", "1073741824");
    g_assert_cmpint (virtio_rng_class.create (&args, &p.rng), ==, 0);
    device_reset (p.rng);
    virtio_driver_probe (&p.drivers[0], p.blk.m, BLK_SLOT);
    virtio_driver_probe (&p.drivers[1], p.blk.m, RNG_SLOT);
    for (unsigned i = 0; i < 2; i++) {
        virtio_driver_start (&p.drivers[i], 0, 1, 64);
        g_assert_cmpuint (p.drivers[i].queues[0].size, ==, 64);
    }

    for (unsigned i = 0; i < N_OPS; i++)
        poke (&p);

    assert_still_works (&p);
    /* It got everywhere: starts, answers, completions, breakages. */
    g_test_message ("%u starts, %u answers, %u completions, %u breakages", p.n_starts, p.n_answers,
                    p.n_finished, p.blk.m->n_broken);
    g_assert_cmpuint (p.n_starts, >, 1000);
    g_assert_cmpuint (p.n_answers, >, 1000);
    g_assert_cmpuint (p.n_finished, >, 1000);
    g_assert_cmpuint (p.blk.m->n_broken, >, 1000);
    device_destroy (p.rng);
    blk_teardown (&p.blk, NULL);
    g_rand_free (p.rand);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/virtio-poke/anything-goes", test_anything_goes);
    return g_test_run ();
}
