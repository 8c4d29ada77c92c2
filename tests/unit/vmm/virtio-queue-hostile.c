/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-queue-hostile.c - tests: the ring parser refuses what a driver must not do, and survives
 * it. */
#include "virtio-queue-fixture.h"

#include <errno.h>

/* --- bad drivers ----------------------------------------------------------------------------- */

static void
expect_fault (struct fixture *f, const char *reason)
{
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, -EIO);
    g_assert_cmpstr (f->q.fault, ==, reason);
    g_assert_cmpuint (f->q.in_flight, ==, 0);
}

static void
test_enable_refuses (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint16_t size;
        uint64_t desc, avail, used;
        const char *reason;
    } cases[] = {
        { 0, DESC, AVAIL, USED, "queue size is not a power of two or too large" },
        { 6, DESC, AVAIL, USED, "queue size is not a power of two or too large" },
        { 512, DESC, AVAIL, USED, "queue size is not a power of two or too large" },
        { 8, DESC + 8, AVAIL, USED, "queue is misaligned" },
        { 8, DESC, AVAIL + 1, USED, "queue is misaligned" },
        { 8, DESC, AVAIL, USED + 2, "queue is misaligned" },
        { 8, RAM_BYTES - 112, AVAIL, USED, "queue is not in RAM" },
        { 8, DESC, RAM_BYTES - 20, USED, "queue is not in RAM" },
        { 8, DESC, AVAIL, RAM_BYTES - 68, "queue is not in RAM" },
        { 8, ~0xfull, AVAIL, USED, "queue is not in RAM" },
        { 8, DESC, AVAIL, RAM_BYTES + 0x10000, "queue is not in RAM" },
    };

    for (size_t i = 0; i < ARRAY_SIZE (cases); i++) {
        queue_reset (&f->q);
        f->q.size = cases[i].size;
        f->q.desc_gpa = cases[i].desc;
        f->q.avail_gpa = cases[i].avail;
        f->q.used_gpa = cases[i].used;
        g_assert_cmpint (queue_enable (&f->q), ==, -EIO);
        g_assert_cmpstr (f->q.fault, ==, cases[i].reason);
        g_assert_false (f->q.enabled);
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 0);
    }
}

/* The last byte of each area may be the last of RAM. */
static void
test_enable_takes_rings_that_just_fit (struct fixture *f, gconstpointer data)
{
    f->q.desc_gpa = HIGH_GPA + HIGH_BYTES - 128;
    f->q.avail_gpa = RAM_BYTES - 22;
    f->q.used_gpa = HIGH_GPA;
    enable (f);
}

static void
test_loop_ends (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, NEXT, 1);
    put_desc (f, DESC, 1, DATA, 16, NEXT, 0);
    make_available (f, 0);
    expect_fault (f, "chain is longer than the queue");
}

static void
test_loop_in_table_ends (struct fixture *f, gconstpointer data)
{
    f->q.indirect = true;
    enable (f);
    put_desc (f, DESC, 0, TABLE, 16, INDIRECT, 0);
    put_desc (f, TABLE, 0, DATA, 16, NEXT, 0);
    make_available (f, 0);
    expect_fault (f, "chain is longer than the queue");
}

static void
test_wild_head_is_refused (struct fixture *f, gconstpointer data)
{
    enable (f);
    make_available (f, 8);
    expect_fault (f, "descriptor index out of range");
}

static void
test_wild_link_is_refused (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, NEXT, 8);
    make_available (f, 0);
    expect_fault (f, "descriptor index out of range");
}

static void
test_link_out_of_table_is_refused (struct fixture *f, gconstpointer data)
{
    f->q.indirect = true;
    enable (f);
    put_desc (f, DESC, 0, TABLE, 32, INDIRECT, 0);
    put_desc (f, TABLE, 0, DATA, 16, NEXT, 2);
    make_available (f, 0);
    expect_fault (f, "descriptor index out of range");
}

static void
test_available_jump_is_refused (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    store_le16 (f->ram + AVAIL + 2, 9);
    expect_fault (f, "available index went too far");
    store_le16 (f->ram + AVAIL + 2, 0xffff); /* backwards */
    expect_fault (f, "available index went too far");
}

static void
test_buffers_outside_ram_are_refused (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint64_t address;
        uint32_t len;
    } cases[] = {
        { RAM_BYTES - 8, 9 },
        { RAM_BYTES, 1 },
        { HIGH_GPA - 1, 2 },
        { HIGH_GPA, HIGH_BYTES + 1 },
        { UINT64_MAX, 1 },
        { UINT64_MAX - 3, 8 },
        { 0xfffffffffffff000ull, 8192 },
        { 0, RAM_BYTES + 1 },
        { DATA, UINT32_MAX },
    };

    enable (f);
    make_available (f, 0);
    for (size_t i = 0; i < ARRAY_SIZE (cases); i++) {
        put_desc (f, DESC, 0, cases[i].address, cases[i].len, 0, 0);
        expect_fault (f, "buffer is not in RAM");
    }
}

static void
test_empty_buffer_is_refused (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 0, 0, 0);
    make_available (f, 0);
    expect_fault (f, "buffer of no bytes");
}

static void
test_readable_after_writable_is_refused (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, WRITE | NEXT, 1);
    put_desc (f, DESC, 1, DATA, 16, 0, 0);
    make_available (f, 0);
    expect_fault (f, "readable buffer after a writable one");
}

static void
test_byte_budget (struct fixture *f, gconstpointer data)
{
    /* The sum must pass 2^32 in one chain: the same megabyte again and again cannot, with 256
     * buffers, so the RAM for this test is bigger. */
    struct memory_block big;

    map_ram (f, &big, GIB (8), MIB (64));
    f->q.size = 256;
    enable (f);
    for (unsigned i = 0; i < 64; i++)
        put_desc (f, DESC, i, GIB (8), (uint32_t) MIB (64), i < 63 ? NEXT : 0, (uint16_t) (i + 1));
    make_available (f, 0);
    expect_fault (f, "chain has too many bytes");

    put_desc (f, DESC, 63, GIB (8), (uint32_t) MIB (64) - 1, 0, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    g_assert_cmpuint (f->chain.out_bytes, ==, UINT32_MAX);
    unmap_ram (f, &big);
}

static void
test_indirect_abuse_is_refused (struct fixture *f, gconstpointer data)
{
    f->q.indirect = true;
    enable (f);
    make_available (f, 0);

    put_desc (f, DESC, 0, TABLE, 16, INDIRECT | NEXT, 1);
    expect_fault (f, "indirect descriptor with a successor");
    put_desc (f, DESC, 0, TABLE, 24, INDIRECT, 0);
    expect_fault (f, "bad size of an indirect table");
    put_desc (f, DESC, 0, TABLE, 0, INDIRECT, 0);
    expect_fault (f, "bad size of an indirect table");
    put_desc (f, DESC, 0, TABLE, 257 * 16, INDIRECT, 0);
    expect_fault (f, "bad size of an indirect table");
    put_desc (f, DESC, 0, TABLE, 0xfffffff0, INDIRECT, 0);
    expect_fault (f, "bad size of an indirect table");
    put_desc (f, DESC, 0, RAM_BYTES - 16, 32, INDIRECT, 0);
    expect_fault (f, "indirect table is not in RAM");

    put_desc (f, DESC, 0, TABLE, 32, INDIRECT, 0);
    put_desc (f, TABLE, 0, TABLE, 32, INDIRECT, 0);
    expect_fault (f, "indirect table in an indirect table");
    put_desc (f, TABLE, 0, DATA, 32, NEXT, 1);
    put_desc (f, TABLE, 1, TABLE, 32, INDIRECT, 0);
    expect_fault (f, "indirect table in an indirect table");

    f->q.indirect = false;
    expect_fault (f, "indirect descriptor was not negotiated");
}

/* A driver that offers the same descriptors again while they are out cannot exceed a request pool.
 */
static void
test_no_more_chains_out_than_descriptors (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    for (unsigned i = 0; i < 8; i++) {
        make_available (f, 0);
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    }
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, -EIO);
    g_assert_cmpstr (f->q.fault, ==, "more chains than descriptors");
}

/* --- anything -------------------------------------------------------------------------------- */

static bool
in_ram (const struct fixture *f, const struct iovec *iov)
{
    const uint8_t *p = iov->iov_base;

    return (p >= f->low.host && range_fits ((uint64_t) (p - f->low.host), iov->iov_len, RAM_BYTES))
           || (p >= f->high.host
               && range_fits ((uint64_t) (p - f->high.host), iov->iov_len, HIGH_BYTES));
}

static uint64_t
random_address (GRand *rand)
{
    if (g_rand_int_range (rand, 0, 10))
        return (uint64_t) g_rand_int_range (rand, 0, RAM_BYTES);
    if (g_rand_boolean (rand))
        return HIGH_GPA + (uint64_t) g_rand_int_range (rand, 0, HIGH_BYTES);
    return (uint64_t) g_rand_int (rand) << 32;
}

/* Descriptors near enough to the truth to get somewhere. */
static void
scramble (struct fixture *f, GRand *rand)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t table = g_rand_boolean (rand) ? DESC : TABLE;
        uint64_t address = random_address (rand);
        uint16_t flags = (uint16_t) g_rand_int_range (rand, 0, 4);

        if (g_rand_int_range (rand, 0, 4) == 0) {
            flags |= INDIRECT;
            address = TABLE;
        }
        put_desc (f, table, (unsigned) g_rand_int_range (rand, 0, 8), address,
                  (uint32_t) g_rand_int_range (rand, 0, 12) * 16, flags,
                  (uint16_t) g_rand_int_range (rand, 0, 9));
    }
}

static void
test_random_rings_do_no_harm (struct fixture *f, gconstpointer data)
{
    GRand *rand = g_rand_new_with_seed (20240601);
    struct queue_ticket out[8];
    unsigned n_out = 0, n_chains = 0, n_faults = 0;

    f->q.indirect = true;
    enable (f);
    for (unsigned i = 0; i < 200000; i++) {
        int ret;

        scramble (f, rand);
        if (g_rand_int_range (rand, 0, 50) == 0)
            store_le16 (f->ram + AVAIL + 2, (uint16_t) g_rand_int (rand));
        else
            make_available (f, (uint16_t) g_rand_int_range (rand, 0, 9));
        ret = queue_pop (&f->q, &f->chain);
        if (ret == 1) {
            uint64_t bytes = 0;

            n_chains++;
            g_assert_cmpuint (f->chain.n_out + f->chain.n_in, <=, QUEUE_MAX_SIZE);
            for (unsigned k = 0; k < f->chain.n_out + f->chain.n_in; k++) {
                g_assert_true (in_ram (f, &f->chain.iov[k]));
                bytes += f->chain.iov[k].iov_len;
            }
            g_assert_cmpuint (bytes, ==, f->chain.out_bytes + f->chain.in_bytes);
            out[n_out++] = f->chain.ticket;
        }
        if (n_out && (n_out == 8 || g_rand_boolean (rand)))
            queue_push (&f->q, out[--n_out], g_rand_int (rand));
        queue_publish (&f->q);
        g_assert_cmpuint (f->q.in_flight, ==, n_out);
        if (ret < 0) {
            n_faults++;
            n_out = 0;
            queue_reset (&f->q);
            place (f);
            f->q.indirect = true;
            f->q.event_idx = g_rand_boolean (rand);
            f->avail_idx = 0;
            store_le16 (f->ram + AVAIL + 2, 0);
            enable (f);
        }
    }
    g_rand_free (rand);
    g_assert_cmpuint (n_chains, >, 10000); /* it was not all refused at the door */
    g_assert_cmpuint (n_faults, >, 10000);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/virtio-queue-hostile/enable-refuses-bad-places", test_enable_refuses);
    add ("/virtio-queue-hostile/enable-takes-rings-that-just-fit",
         test_enable_takes_rings_that_just_fit);
    add ("/virtio-queue-hostile/loop-ends", test_loop_ends);
    add ("/virtio-queue-hostile/loop-in-table-ends", test_loop_in_table_ends);
    add ("/virtio-queue-hostile/wild-head-is-refused", test_wild_head_is_refused);
    add ("/virtio-queue-hostile/wild-link-is-refused", test_wild_link_is_refused);
    add ("/virtio-queue-hostile/link-out-of-table-is-refused", test_link_out_of_table_is_refused);
    add ("/virtio-queue-hostile/available-jump-is-refused", test_available_jump_is_refused);
    add ("/virtio-queue-hostile/buffers-outside-ram-are-refused",
         test_buffers_outside_ram_are_refused);
    add ("/virtio-queue-hostile/empty-buffer-is-refused", test_empty_buffer_is_refused);
    add ("/virtio-queue-hostile/readable-after-writable-is-refused",
         test_readable_after_writable_is_refused);
    add ("/virtio-queue-hostile/byte-budget-holds", test_byte_budget);
    add ("/virtio-queue-hostile/indirect-abuse-is-refused", test_indirect_abuse_is_refused);
    add ("/virtio-queue-hostile/no-more-chains-out-than-descriptors",
         test_no_more_chains_out_than_descriptors);
    add ("/virtio-queue-hostile/random-rings-do-no-harm", test_random_rings_do_no_harm);
    return g_test_run ();
}
