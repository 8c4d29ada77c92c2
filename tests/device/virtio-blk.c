/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-blk.c - tests: a disk's requests, good and bad. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "virtio-blk-fixture.h"

#define FLUSH      BIT_ULL (VIRTIO_BLK_F_FLUSH)
#define CONFIG_WCE BIT_ULL (VIRTIO_BLK_F_CONFIG_WCE)
#define DISCARD    BIT_ULL (VIRTIO_BLK_F_DISCARD)
#define ZEROES     BIT_ULL (VIRTIO_BLK_F_WRITE_ZEROES)

static const struct block_info read_only = { .read_only = true };
static const struct block_info no_discard = { .can_discard = false };

/* --- what it says of itself ------------------------------------------------------------------ */

static void
test_configuration (struct blk_fixture *f, gconstpointer info)
{
    uint64_t offered = virtio_driver_offered (&f->d);

    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10421af4);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_CAPACITY, 8), ==, DISK_SECTORS);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_SEG_MAX, 4), ==, 254);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_BLK_SIZE, 4), ==, 512);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_N_QUEUES, 2), ==, 1);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_WRITEBACK, 1), ==, 1);
    g_assert_cmphex (offered & 0xffffff, ==,
                     BIT (VIRTIO_BLK_F_SEG_MAX) | BIT (VIRTIO_BLK_F_BLK_SIZE)
                         | BIT (VIRTIO_BLK_F_TOPOLOGY) | FLUSH | CONFIG_WCE | DISCARD | ZEROES);
}

static void
test_read_only_disk (struct blk_fixture *f, gconstpointer info)
{
    uint8_t sector[512] = { 0 };
    uint64_t offered = virtio_driver_offered (&f->d);
    struct blk_call call;

    g_assert_true (offered & BIT (VIRTIO_BLK_F_RO));
    g_assert_false (offered & (DISCARD | ZEROES));
    blk_start (f, BIT (VIRTIO_BLK_F_RO) | FLUSH);
    call = blk_send_bytes (f, VIRTIO_BLK_T_OUT, 0, sector, sizeof sector);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_WRITE], ==, 0);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);
}

static void
test_create_needs_a_disk (struct blk_fixture *f, gconstpointer info)
{
    struct device_args args = test_device_args (f->m, &virtio_blk_class, "other");
    struct device *device = NULL;
    struct fake_block *disk;

    args.slot = BLK_SLOT + 1;
    g_assert_cmpint (virtio_blk_class.create (&args, &device), ==, -EINVAL);
    /* A taken slot leaves the disk with the caller. */
    args.slot = BLK_SLOT;
    disk = fake_block_new (f->m->env.io_loop, &no_discard);
    args.block = &disk->block;
    g_assert_cmpint (virtio_blk_class.create (&args, &device), ==, -EEXIST);
    g_assert_null (device);
    block_close (&disk->block);
}

/* --- reading and writing --------------------------------------------------------------------- */

static void
test_read_fills_the_buffers (struct blk_fixture *f, gconstpointer info)
{
    struct blk_call call;
    uint32_t len;

    blk_start (f, FLUSH);
    call = blk_send (f, VIRTIO_BLK_T_IN, 10, 3 * 512);
    g_assert_cmpuint (f->disk->n_pending, ==, 1);
    g_assert_cmpuint (f->disk->pending[0]->n_iov, ==, 3);
    g_assert_cmpuint (blk_answer (f, &call, &len), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (len, ==, 3 * 512 + 1);
    g_assert_cmpmem (virtio_driver_at (&f->d, call.data), 3 * 512, f->disk->contents + 10 * 512,
                     3 * 512);
}

static void
test_write_reaches_the_disk (struct blk_fixture *f, gconstpointer info)
{
    uint8_t bytes[1024];
    struct blk_call call;
    uint32_t len;

    memset (bytes, 0x5a, sizeof bytes);
    blk_start (f, FLUSH);
    call = blk_send_bytes (f, VIRTIO_BLK_T_OUT, DISK_SECTORS - 2, bytes, sizeof bytes);
    g_assert_cmpuint (blk_answer (f, &call, &len), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (len, ==, 1);
    g_assert_cmpmem (f->disk->contents + DISK_BYTES - 1024, 1024, bytes, 1024);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_FLUSH], ==, 0); /* writeback */
}

/* §2.7.4.1: a device makes no assumption on how a request is cut into buffers. */
static void
test_framing_is_free (struct blk_fixture *f, gconstpointer info)
{
    gpa_t page = virtio_driver_alloc (&f->d, 4096, 4096);
    struct virtio_buffer read[] = {
        { page, 3, false },        { page + 3, 13, false },  { page + 16, 100, true },
        { page + 200, 412, true }, { page + 1000, 1, true },
    };
    struct virtio_buffer joined[] = { { page + 2000, 16 + 512, false }, { page + 3000, 1, true } };
    struct virtio_buffer tail[] = { { page, 16, false }, { page + 1024, 513, true } };
    uint16_t head;

    blk_start (f, FLUSH);
    store_le32 (f->m->ram + page, VIRTIO_BLK_T_IN);
    store_le64 (f->m->ram + page + 8, 1);
    head = virtio_driver_send (&f->d, 0, read, ARRAY_SIZE (read));
    test_machine_settle (f->m);
    fake_block_finish_all (f->disk);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, head), ==, 513);
    g_assert_cmpmem (f->m->ram + page + 16, 100, f->disk->contents + 512, 100);
    g_assert_cmpmem (f->m->ram + page + 200, 412, f->disk->contents + 612, 412);

    /* Header and data in one buffer. */
    store_le32 (f->m->ram + page + 2000, VIRTIO_BLK_T_OUT);
    store_le64 (f->m->ram + page + 2008, 5);
    memset (f->m->ram + page + 2016, 0x77, 512);
    head = virtio_driver_send (&f->d, 0, joined, ARRAY_SIZE (joined));
    test_machine_settle (f->m);
    fake_block_finish_all (f->disk);
    virtio_driver_wait (&f->d, 0, head);
    g_assert_cmphex (f->disk->contents[5 * 512], ==, 0x77);
    g_assert_cmphex (f->disk->contents[6 * 512 - 1], ==, 0x77);

    /* Data and status in one buffer. */
    f->m->ram[page + 1536] = 0xff;
    head = virtio_driver_send (&f->d, 0, tail, ARRAY_SIZE (tail));
    test_machine_settle (f->m);
    fake_block_finish_all (f->disk);
    virtio_driver_wait (&f->d, 0, head);
    g_assert_cmphex (f->m->ram[page + 1536], ==, VIRTIO_BLK_S_OK);
}

static void
test_largest_request (struct blk_fixture *f, gconstpointer info)
{
    blk_start (f, FLUSH);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 254 * 512), ==, VIRTIO_BLK_S_OK);
}

static void
test_requests_complete_out_of_order (struct blk_fixture *f, gconstpointer info)
{
    struct blk_call calls[3];
    uint32_t id, len;

    blk_start (f, FLUSH);
    for (unsigned i = 0; i < 3; i++)
        calls[i] = blk_send (f, VIRTIO_BLK_T_IN, 20 + i, 512);
    fake_block_finish (f->disk, 1, 0);
    test_machine_settle (f->m);
    g_assert_true (virtio_driver_take (&f->d, 0, &id, &len));
    g_assert_cmpuint (id, ==, calls[1].head);
    g_assert_cmpuint (blk_status (f, &calls[0]), ==, 0xff);
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    fake_block_finish (f->disk, 1, 0);
    fake_block_finish (f->disk, 0, 0);
    virtio_driver_wait (&f->d, 0, calls[2].head);
    virtio_driver_wait (&f->d, 0, calls[0].head);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpmem (virtio_driver_at (&f->d, calls[i].data), 512,
                         f->disk->contents + (20 + i) * 512, 512);
}

static void
test_backend_error_is_reported (struct blk_fixture *f, gconstpointer info)
{
    struct blk_call call;
    uint32_t len;

    blk_start (f, FLUSH);
    call = blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    fake_block_finish (f->disk, 0, -EIO);
    g_assert_cmpuint (blk_answer (f, &call, &len), ==, VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (len, ==, 1);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

/* --- other requests -------------------------------------------------------------------------- */

static void
test_serial_number (struct blk_fixture *f, gconstpointer info)
{
    static const char expected[20] = "VIT-0001";
    struct blk_call call;
    uint32_t len;

    blk_start (f, FLUSH);
    call = blk_send (f, VIRTIO_BLK_T_GET_ID, 0, 20);
    g_assert_cmpuint (blk_answer (f, &call, &len), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (len, ==, 21);
    g_assert_cmpmem (virtio_driver_at (&f->d, call.data), 20, expected, 20);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_GET_ID, 0, 19), ==, VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_GET_ID, 0, 0), ==, VIRTIO_BLK_S_IOERR);
}

static void
test_unknown_requests_are_unsupported (struct blk_fixture *f, gconstpointer info)
{
    static const uint32_t types[] = { 2, 3, 5, 6, 7, 9, 10, 12, 14, 15, 0x80000000, 0xffffffff };

    blk_start (f, FLUSH);
    for (size_t i = 0; i < ARRAY_SIZE (types); i++)
        g_assert_cmpuint (blk_call (f, types[i], 0, 512), ==, VIRTIO_BLK_S_UNSUPP);
    /* Known, but not negotiated. */
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_DISCARD, 0, 16), ==, VIRTIO_BLK_S_UNSUPP);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_WRITE_ZEROES, 0, 16), ==, VIRTIO_BLK_S_UNSUPP);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static uint8_t
call_range (struct blk_fixture *f, uint32_t type, uint64_t sector, uint32_t n, uint32_t flags)
{
    uint8_t range[16];
    struct blk_call call;

    store_le64 (range, sector);
    store_le32 (range + 8, n);
    store_le32 (range + 12, flags);
    call = blk_send_bytes (f, type, 0, range, sizeof range);
    return blk_answer (f, &call, NULL);
}

static void
test_discard_and_write_zeroes (struct blk_fixture *f, gconstpointer info)
{
    uint8_t two[32] = { [8] = 1, [24] = 1 }; /* ranges of a sector each */
    struct blk_call call;

    blk_start (f, FLUSH | DISCARD | ZEROES);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_DISCARD, 8, 16, 0), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_DISCARD], ==, 1);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_WRITE_ZEROES, 8, 16, 1), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_WRITE_ZEROES, 8, 16, 0), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_WRITE_ZEROES], ==, 2);

    /* §5.2.6.2: unmap makes no sense for a discard, and other flags are not known. */
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_DISCARD, 8, 16, 1), ==, VIRTIO_BLK_S_UNSUPP);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_WRITE_ZEROES, 8, 16, 2), ==, VIRTIO_BLK_S_UNSUPP);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_DISCARD, DISK_SECTORS - 1, 2, 0), ==,
                      VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_DISCARD, UINT64_MAX / 512 + 1, 1, 0), ==,
                      VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_DISCARD, 0, UINT32_MAX, 0), ==,
                      VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (call_range (f, VIRTIO_BLK_T_DISCARD, 0, 0, 0), ==, VIRTIO_BLK_S_IOERR);
    /* One range each, as the configuration says. */
    call = blk_send_bytes (f, VIRTIO_BLK_T_DISCARD, 0, two, sizeof two);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_IOERR);
    call = blk_send_bytes (f, VIRTIO_BLK_T_DISCARD, 0, two, 15);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_IOERR);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_DISCARD], ==, 1);
}

static void
test_discard_is_only_offered_where_it_works (struct blk_fixture *f, gconstpointer info)
{
    g_assert_false (virtio_driver_offered (&f->d) & DISCARD);
    g_assert_true (virtio_driver_offered (&f->d) & ZEROES);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_ZEROES_MAY_UNMAP, 1), ==, 0);
}

/* --- the cache ------------------------------------------------------------------------------- */

/* Sends a write and checks that it is answered only after a flush. */
static void
assert_writes_through (struct blk_fixture *f)
{
    uint8_t sector[512] = { 1 };
    struct blk_call call = blk_send_bytes (f, VIRTIO_BLK_T_OUT, 0, sector, sizeof sector);
    uint32_t id, len;

    g_assert_cmpuint (f->disk->pending[0]->op, ==, BLOCK_WRITE);
    fake_block_finish (f->disk, 0, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (blk_status (f, &call), ==, 0xff);
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    g_assert_cmpuint (f->disk->n_pending, ==, 1);
    g_assert_cmpuint (f->disk->pending[0]->op, ==, BLOCK_FLUSH);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_OK);
}

static void
test_driver_that_cannot_flush_is_written_through (struct blk_fixture *f, gconstpointer info)
{
    uint8_t sector[512] = { 1 };
    struct blk_call call;

    blk_start (f, 0);
    assert_writes_through (f);

    /* A flush that fails is a write that failed. */
    call = blk_send_bytes (f, VIRTIO_BLK_T_OUT, 0, sector, sizeof sector);
    fake_block_finish (f->disk, 0, 0);
    fake_block_finish (f->disk, 0, -EIO);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_IOERR);

    /* And a write that fails is not flushed. */
    call = blk_send_bytes (f, VIRTIO_BLK_T_OUT, 0, sector, sizeof sector);
    fake_block_finish (f->disk, 0, -ENOSPC);
    g_assert_cmpuint (f->disk->n_pending, ==, 0);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_IOERR);
}

static void
test_driver_switches_the_cache (struct blk_fixture *f, gconstpointer info)
{
    uint64_t wce = f->d.config + VIRTIO_BLK_CFG_WRITEBACK;
    unsigned n_flushes;

    blk_start (f, FLUSH | CONFIG_WCE);
    g_assert_cmpuint (test_mmio_read (f->m, wce, 1), ==, 1);
    test_mmio_write (f->m, wce, 0, 1);
    g_assert_cmpuint (test_mmio_read (f->m, wce, 1), ==, 0);
    assert_writes_through (f);
    test_mmio_write (f->m, wce, 1, 1);
    n_flushes = f->disk->n_submitted[BLOCK_FLUSH];
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_FLUSH, 0, 0), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_FLUSH], ==, n_flushes + 1);
    /* Other bytes are not the driver's to write. */
    test_mmio_write (f->m, f->d.config, 0, 4);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_CAPACITY, 8), ==, DISK_SECTORS);

    /* §5.2.5.2: without FLUSH the field starts as 0, and cannot say otherwise. */
    blk_start (f, CONFIG_WCE);
    g_assert_cmpuint (test_mmio_read (f->m, wce, 1), ==, 0);
    test_mmio_write (f->m, wce, 1, 1);
    g_assert_cmpuint (test_mmio_read (f->m, wce, 1), ==, 0);
    assert_writes_through (f);

    /* The next driver finds the cache on again; without the feature it cannot change it. */
    blk_start (f, FLUSH);
    test_mmio_write (f->m, wce, 0, 1);
    g_assert_cmpuint (test_mmio_read (f->m, wce, 1), ==, 1);
}

/* --- bad requests ---------------------------------------------------------------------------- */

static void
test_places_outside_the_disk_are_errors (struct blk_fixture *f, gconstpointer info)
{
    static const struct {
        uint64_t sector;
        uint32_t len;
    } cases[] = {
        { DISK_SECTORS, 512 },
        { DISK_SECTORS - 1, 1024 },
        { UINT64_MAX, 512 },
        { UINT64_MAX / 512 + 1, 512 },
        { 1ull << 55, 512 },
        { 0, 511 },
        { 0, 513 },
        { 0, 0 },
    };
    uint8_t bytes[1024] = { 0 };

    blk_start (f, FLUSH);
    for (size_t i = 0; i < ARRAY_SIZE (cases); i++) {
        struct blk_call call;

        g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, cases[i].sector, cases[i].len), ==,
                          VIRTIO_BLK_S_IOERR);
        call = blk_send_bytes (f, VIRTIO_BLK_T_OUT, cases[i].sector, bytes, cases[i].len);
        g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_IOERR);
    }
    g_assert_cmpuint (f->disk->n_submitted[BLOCK_READ] + f->disk->n_submitted[BLOCK_WRITE], ==, 0);
}

/* Nowhere to answer: the device is broken, until the driver resets it. */
static void
test_requests_without_header_or_status (struct blk_fixture *f, gconstpointer info)
{
    static const struct virtio_buffer bad[][2] = {
        { { 0x1000, 15, false }, { 0x2000, 1, true } },
        { { 0x1000, 16, false }, { 0x2000, 16, false } },
        { { 0x1000, 16, true }, { 0x2000, 1, true } },
    };

    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        blk_start (f, FLUSH);
        virtio_driver_send (&f->d, 0, bad[i], 2);
        test_machine_settle (f->m);
        g_assert_cmpuint (f->m->n_broken, ==, i + 1);
        g_assert_cmpstr (f->m->broken_reason, ==, "request without header or status");
        g_assert_true (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET);
    }
    blk_start (f, FLUSH);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);
}

/* What the driver does to a request in flight does not reach us. */
static void
test_request_rewritten_in_flight (struct blk_fixture *f, gconstpointer info)
{
    struct blk_call call;

    blk_start (f, FLUSH);
    call = blk_send (f, VIRTIO_BLK_T_IN, 3, 512);
    memset (virtio_driver_at (&f->d, call.header), 0xff, VIRTIO_BLK_HEADER_BYTES);
    memset (virtio_driver_at (&f->d, f->d.queues[0].desc), 0xff, 16 * BLK_QUEUE_SIZE);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_OK);
    g_assert_cmpmem (virtio_driver_at (&f->d, call.data), 512, f->disk->contents + 3 * 512, 512);
}

/* One chain offered again and again while it is in flight uses up no more than the ring's share. */
static void
test_same_chain_over_and_over (struct blk_fixture *f, gconstpointer info)
{
    struct blk_call call;

    blk_start (f, FLUSH);
    call = blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    for (unsigned i = 1; i < BLK_QUEUE_SIZE; i++)
        virtio_driver_offer (&f->d, 0, call.head);
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->disk->n_pending, ==, BLK_QUEUE_SIZE);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    virtio_driver_offer (&f->d, 0, call.head);
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_cmpuint (f->disk->n_pending, ==, BLK_QUEUE_SIZE);
    fake_block_finish_all (f->disk);
    blk_start (f, FLUSH);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);
}

/* --- reset ----------------------------------------------------------------------------------- */

static void
test_reset_waits_for_the_disk (struct blk_fixture *f, gconstpointer info)
{
    gpa_t old_used;

    blk_start (f, 0);
    blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    blk_send_bytes (f, VIRTIO_BLK_T_OUT, 0, f->disk->contents, 512);
    old_used = f->d.queues[0].used;
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmpuint (virtio_driver_status (&f->d), !=, 0);
    fake_block_finish (f->disk, 0, 0);
    g_assert_cmpuint (virtio_driver_status (&f->d), !=, 0);
    fake_block_finish (f->disk, 0, 0); /* the write; its flush follows */
    g_assert_cmpuint (virtio_driver_status (&f->d), !=, 0);
    fake_block_finish (f->disk, 0, 0);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (load_le16 (f->m->ram + old_used + 2), ==, 0);
    blk_start (f, FLUSH);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);
}

static void
test_machine_reset_drains (struct blk_fixture *f, gconstpointer info)
{
    blk_start (f, 0);
    blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    blk_send_bytes (f, VIRTIO_BLK_T_OUT, 0, f->disk->contents, 512);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1); /* one of the guest under way */
    device_reset (f->device);
    g_assert_cmpuint (f->disk->n_pending, ==, 0);
    virtio_driver_probe (&f->d, f->m, BLK_SLOT);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
    blk_start (f, FLUSH);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);
}

static void
test_destroyed_with_requests_in_flight (struct blk_fixture *f, gconstpointer info)
{
    blk_start (f, FLUSH);
    blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    blk_send (f, VIRTIO_BLK_T_IN, 1, 512);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    /* teardown does it */
}

/* §5.2.4: capacity, generation, interrupt; and what is new can be read. */
static void
test_grows (struct blk_fixture *f, gconstpointer info)
{
    uint8_t generation;
    unsigned rises;

    blk_start (f, FLUSH);
    generation = (uint8_t) virtio_driver_read (&f->d, VIRTIO_COMMON_CONFIG_GENERATION, 1);
    rises = f->m->intx_rises;
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, DISK_SECTORS, 512), ==, VIRTIO_BLK_S_IOERR);
    f->disk->block.info.size_bytes += 8 * 512;
    f->device->ops->resized (f->device);
    g_assert_cmpuint (blk_config (f, VIRTIO_BLK_CFG_CAPACITY, 8), ==, DISK_SECTORS + 8);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_CONFIG_GENERATION, 1), ==,
                      (uint8_t) (generation + 1));
    g_assert_cmpuint (f->m->intx_rises, >, rises);
}

static void
test_broken_with_requests_in_flight (struct blk_fixture *f, gconstpointer info)
{
    uint32_t id, len;

    blk_start (f, FLUSH);
    blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    virtio_driver_offer (&f->d, 0, 0xffff);
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    fake_block_finish_all (f->disk);
    test_machine_settle (f->m);
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    blk_start (f, FLUSH);
    g_assert_cmpuint (blk_call (f, VIRTIO_BLK_T_IN, 0, 512), ==, VIRTIO_BLK_S_OK);
}

/* --- how it is told -------------------------------------------------------------------------- */

static int rung_fd;
static uint64_t rung_address;

/* As KVM would: what is written there is written to the descriptor instead. */
static int
ring_cb (void *opaque, uint64_t address, int fd, bool on)
{
    g_assert_true (on || fd == rung_fd);
    rung_fd = on ? fd : -1;
    rung_address = address;
    return 0;
}

static void
test_doorbell (struct blk_fixture *f, gconstpointer info)
{
    static const struct bus_doorbell_ops ringer = { .ring = ring_cb };
    struct blk_call call;

    rung_fd = -1;
    bus_set_ringer (f->m->env.mmio, &ringer, NULL);
    blk_start (f, FLUSH);
    g_assert_cmpint (rung_fd, >=, 0);
    g_assert_cmphex (rung_address, ==, f->d.notify);
    call = blk_send (f, VIRTIO_BLK_T_IN, 0, 512);
    g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_OK);
    for (unsigned i = 2; i < 5; i++) { /* each time anew */
        virtio_driver_offer (&f->d, 0, call.head);
        fd_event_signal (rung_fd);
        test_machine_settle (f->m);
        g_assert_cmpuint (f->disk->n_submitted[BLOCK_READ], ==, i);
        g_assert_cmpuint (blk_answer (f, &call, NULL), ==, VIRTIO_BLK_S_OK);
    }
    virtio_driver_reset (&f->d);
    g_assert_cmpint (rung_fd, ==, -1);
    blk_start (f, FLUSH);
    g_assert_cmpint (rung_fd, >=, 0);
    device_reset (f->device);
    g_assert_cmpint (rung_fd, ==, -1);
}

static void
test_told_together (struct blk_fixture *f, gconstpointer info)
{
    struct blk_call calls[4];

    blk_start (f, FLUSH);
    for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
        calls[i] = blk_send (f, VIRTIO_BLK_T_IN, i, 512);
    g_assert_cmpuint (f->disk->most_together, ==, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
        g_assert_cmpuint (blk_answer (f, &calls[i], NULL), ==, VIRTIO_BLK_S_OK);
    for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
        virtio_driver_offer (&f->d, 0, calls[i].head);
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->disk->most_together, ==, G_N_ELEMENTS (calls));
    g_assert_cmpuint (f->disk->n_together, ==, 0);
}

static void
add (const char *path, const struct block_info *info,
     void (*test) (struct blk_fixture *, gconstpointer))
{
    g_test_add (path, struct blk_fixture, info, blk_setup, test, blk_teardown);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/virtio-blk/grows", NULL, test_grows);
    add ("/virtio-blk/configuration", NULL, test_configuration);
    add ("/virtio-blk/read-only-disk-is-not-written", &read_only, test_read_only_disk);
    add ("/virtio-blk/create-needs-a-disk", NULL, test_create_needs_a_disk);
    add ("/virtio-blk/read-fills-the-buffers", NULL, test_read_fills_the_buffers);
    add ("/virtio-blk/write-reaches-the-disk", NULL, test_write_reaches_the_disk);
    add ("/virtio-blk/framing-is-free", NULL, test_framing_is_free);
    add ("/virtio-blk/largest-request", NULL, test_largest_request);
    add ("/virtio-blk/requests-complete-out-of-order", NULL, test_requests_complete_out_of_order);
    add ("/virtio-blk/backend-error-is-reported", NULL, test_backend_error_is_reported);
    add ("/virtio-blk/serial-number", NULL, test_serial_number);
    add ("/virtio-blk/unknown-requests-are-unsupported", NULL,
         test_unknown_requests_are_unsupported);
    add ("/virtio-blk/discard-and-write-zeroes", NULL, test_discard_and_write_zeroes);
    add ("/virtio-blk/discard-is-only-offered-where-it-works", &no_discard,
         test_discard_is_only_offered_where_it_works);
    add ("/virtio-blk/driver-that-cannot-flush-is-written-through", NULL,
         test_driver_that_cannot_flush_is_written_through);
    add ("/virtio-blk/driver-switches-the-cache", NULL, test_driver_switches_the_cache);
    add ("/virtio-blk/places-outside-the-disk-are-errors", NULL,
         test_places_outside_the_disk_are_errors);
    add ("/virtio-blk/requests-without-header-or-status", NULL,
         test_requests_without_header_or_status);
    add ("/virtio-blk/request-rewritten-in-flight", NULL, test_request_rewritten_in_flight);
    add ("/virtio-blk/same-chain-over-and-over", NULL, test_same_chain_over_and_over);
    add ("/virtio-blk/reset-waits-for-the-disk", NULL, test_reset_waits_for_the_disk);
    add ("/virtio-blk/machine-reset-drains", NULL, test_machine_reset_drains);
    add ("/virtio-blk/destroyed-with-requests-in-flight", NULL,
         test_destroyed_with_requests_in_flight);
    add ("/virtio-blk/broken-with-requests-in-flight", NULL, test_broken_with_requests_in_flight);
    add ("/virtio-blk/doorbell-rings-while-the-driver-is-up", NULL, test_doorbell);
    add ("/virtio-blk/requests-of-one-turn-are-started-together", NULL, test_told_together);
    return g_test_run ();
}
