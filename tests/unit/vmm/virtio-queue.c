/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-queue.c - tests: the device's side of a ring works as the specification says. */
#include "virtio-queue-fixture.h"

#include <string.h>

/* --- good drivers ---------------------------------------------------------------------------- */

static void
test_chain_is_followed (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 5, DATA, 16, NEXT, 2);
    put_desc (f, DESC, 2, DATA + 0x100, 512, NEXT, 7);
    put_desc (f, DESC, 7, DATA + 0x400, 1, WRITE, 0);
    make_available (f, 5);

    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    g_assert_cmpuint (f->chain.n_out, ==, 2);
    g_assert_cmpuint (f->chain.n_in, ==, 1);
    g_assert_cmpuint (f->chain.out_bytes, ==, 528);
    g_assert_cmpuint (f->chain.in_bytes, ==, 1);
    assert_iov (f, 0, DATA, 16);
    assert_iov (f, 1, DATA + 0x100, 512);
    assert_iov (f, 2, DATA + 0x400, 1);
    g_assert_cmpuint (f->q.in_flight, ==, 1);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 0);

    queue_push (&f->q, f->chain.ticket, 77);
    g_assert_cmpuint (used_idx (f), ==, 0); /* not before it is published */
    queue_publish (&f->q);
    g_assert_cmpuint (used_idx (f), ==, 1);
    assert_used (f, 0, 5, 77);
    g_assert_cmpuint (f->q.in_flight, ==, 0);
}

/* §2.7.5.3.2: normal descriptors may come before the one that refers to a table. */
static void
test_indirect_table_is_followed (struct fixture *f, gconstpointer data)
{
    f->q.indirect = true;
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, NEXT, 1);
    put_desc (f, DESC, 1, TABLE, 48, INDIRECT | WRITE, 0);
    put_desc (f, TABLE, 0, DATA + 16, 32, NEXT, 2);
    put_desc (f, TABLE, 2, DATA + 64, 64, WRITE, 0);
    make_available (f, 0);

    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    g_assert_cmpuint (f->chain.n_out, ==, 2);
    g_assert_cmpuint (f->chain.n_in, ==, 1);
    assert_iov (f, 1, DATA + 16, 32);
    assert_iov (f, 2, DATA + 64, 64);
}

static void
test_indirect_table_may_be_longer_than_a_shrunk_ring (struct fixture *f, gconstpointer data)
{
    f->q.indirect = true;
    enable (f);
    put_desc (f, DESC, 0, TABLE, 16 * 256, INDIRECT, 0);
    for (unsigned i = 0; i < 256; i++)
        put_desc (f, TABLE, i, DATA, 4, i < 255 ? NEXT : 0, (uint16_t) (i + 1));
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    g_assert_cmpuint (f->chain.n_out, ==, 256);
}

static void
test_high_memory_is_reached (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, HIGH_GPA + HIGH_BYTES - 8, 8, 0, 0);
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    g_assert_true (f->chain.iov[0].iov_base == f->high.host + HIGH_BYTES - 8);
}

static void
test_indices_wrap (struct fixture *f, gconstpointer data)
{
    enable (f);
    for (unsigned i = 0; i < 70000; i++) {
        uint16_t head = i % 8;

        put_desc (f, DESC, head, DATA + i, 1, 0, 0);
        make_available (f, head);
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
        assert_iov (f, 0, DATA + i, 1);
        queue_push (&f->q, f->chain.ticket, i);
        queue_publish (&f->q);
        g_assert_cmpuint (used_idx (f), ==, (uint16_t) (i + 1));
        assert_used (f, i, head, i);
    }
}

static void
test_chains_are_put_back (struct fixture *f, gconstpointer data)
{
    struct queue_ticket tickets[2];

    f->q.event_idx = true;
    enable (f);
    for (uint16_t i = 0; i < 3; i++) {
        put_desc (f, DESC, i, DATA + i, 1, 0, 0);
        make_available (f, i);
    }
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
        tickets[i] = f->chain.ticket;
    }
    queue_unpop (&f->q, tickets[1]);
    queue_unpop (&f->q, tickets[0]);
    g_assert_cmpuint (f->q.in_flight, ==, 0);
    g_assert_false (queue_publish (&f->q)); /* the driver sees nothing of it */
    for (uint16_t i = 0; i < 3; i++) {
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
        assert_iov (f, 0, DATA + i, 1);
    }
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 0);

    tickets[0] = f->chain.ticket;
    queue_reset (&f->q);
    queue_unpop (&f->q, tickets[0]); /* stale: of the ring before */
    g_assert_cmpuint (f->q.in_flight, ==, 0);
}

static void
test_chains_come_back_in_any_order (struct fixture *f, gconstpointer data)
{
    struct queue_ticket tickets[3];

    enable (f);
    for (uint16_t i = 0; i < 3; i++) {
        put_desc (f, DESC, i, DATA, 1, 0, 0);
        make_available (f, i);
    }
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
        tickets[i] = f->chain.ticket;
    }
    queue_push (&f->q, tickets[1], 1);
    queue_push (&f->q, tickets[2], 2);
    queue_push (&f->q, tickets[0], 0);
    queue_publish (&f->q);
    assert_used (f, 0, 1, 1);
    assert_used (f, 1, 2, 2);
    assert_used (f, 2, 0, 0);
}

static void
test_what_was_popped_stays (struct fixture *f, gconstpointer data)
{
    struct queue_chain before;

    enable (f);
    put_desc (f, DESC, 0, DATA, 512, NEXT, 1);
    put_desc (f, DESC, 1, DATA + 512, 1, WRITE, 0);
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    before = f->chain;
    memset (f->ram + DESC, 0xff, 128);
    memset (f->ram + AVAIL, 0xff, 64);
    g_assert_cmpmem (&before, sizeof before, &f->chain, sizeof f->chain);
    queue_push (&f->q, f->chain.ticket, 1);
    queue_publish (&f->q);
    assert_used (f, 0, 0, 1);
}

/* --- reset ----------------------------------------------------------------------------------- */

static void
test_stopped_queue_is_silent (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    make_available (f, 0);
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    queue_stop (&f->q);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 0);
    g_assert_cmpuint (f->q.in_flight, ==, 1);
    queue_push (&f->q, f->chain.ticket, 16);
    g_assert_cmpuint (f->q.in_flight, ==, 0);
    g_assert_false (queue_publish (&f->q));
    g_assert_cmpuint (used_idx (f), ==, 0);
    g_assert_false (queue_notify_enable (&f->q));
}

static void
test_stop_keeps_back_what_was_pushed (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    queue_push (&f->q, f->chain.ticket, 16);
    queue_stop (&f->q);
    g_assert_false (queue_publish (&f->q));
    g_assert_cmpuint (used_idx (f), ==, 0);
}

static void
test_stale_ticket_is_ignored (struct fixture *f, gconstpointer data)
{
    struct queue_ticket old;

    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    old = f->chain.ticket;

    queue_reset (&f->q);
    g_assert_cmpuint (f->q.size, ==, 256);
    place (f);
    enable (f);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
    queue_push (&f->q, old, 99);
    g_assert_cmpuint (f->q.in_flight, ==, 1);
    queue_push (&f->q, f->chain.ticket, 16);
    queue_publish (&f->q);
    g_assert_cmpuint (used_idx (f), ==, 1);
    assert_used (f, 0, 0, 16);
}

/* --- notifications --------------------------------------------------------------------------- */

/* Lets N chains go through and returns whether the driver is to be interrupted. */
static bool
turn (struct fixture *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        make_available (f, 0);
        g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);
        queue_push (&f->q, f->chain.ticket, 0);
    }
    return queue_publish (&f->q);
}

static void
test_flags_suppress_interrupts (struct fixture *f, gconstpointer data)
{
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    g_assert_true (turn (f, 1));
    g_assert_true (turn (f, 3));
    g_assert_false (turn (f, 0));
    store_le16 (f->ram + AVAIL, 1);
    g_assert_false (turn (f, 2));
    store_le16 (f->ram + AVAIL, 0);
    g_assert_true (turn (f, 1));
}

/* One interrupt, exactly when the entry the driver named is there; flags do not matter. */
static void
test_event_index_says_when (struct fixture *f, gconstpointer data)
{
    uint8_t *used_event = f->ram + AVAIL + 4 + 2 * 8;

    f->q.event_idx = true;
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    store_le16 (f->ram + AVAIL, 1);
    store_le16 (used_event, 2);
    g_assert_false (turn (f, 1)); /* used 1: entry 0 */
    g_assert_false (turn (f, 1)); /* used 2: entry 1 */
    g_assert_true (turn (f, 1));  /* used 3: entry 2, the named one */
    g_assert_false (turn (f, 1));
    g_assert_false (turn (f, 4));
    store_le16 (used_event, 10);
    g_assert_true (turn (f, 8)); /* entries 8 to 15 in one go */

    /* Over the wrap: from used 16 to 65534, asking for entry 0 of the next round. */
    store_le16 (used_event, 0);
    for (unsigned i = 16; i < 65534; i++)
        g_assert_false (turn (f, 1));
    g_assert_false (turn (f, 2)); /* 65536: entries up to 65535 */
    g_assert_true (turn (f, 1));  /* entry 0 */
}

static void
test_notify_by_flags (struct fixture *f, gconstpointer data)
{
    enable (f);
    queue_notify_disable (&f->q);
    g_assert_cmpuint (load_le16 (f->ram + USED), ==, 1);
    g_assert_false (queue_notify_enable (&f->q));
    g_assert_cmpuint (load_le16 (f->ram + USED), ==, 0);
    make_available (f, 0);
    g_assert_true (queue_notify_enable (&f->q));
}

static void
test_notify_by_event_index (struct fixture *f, gconstpointer data)
{
    uint8_t *avail_event = f->ram + USED + 4 + 8 * 8;

    f->q.event_idx = true;
    enable (f);
    put_desc (f, DESC, 0, DATA, 16, 0, 0);
    turn (f, 5);
    queue_notify_disable (&f->q);
    g_assert_cmpuint (load_le16 (f->ram + USED), ==, 0);
    g_assert_cmpuint (load_le16 (avail_event), ==, 0);
    g_assert_false (queue_notify_enable (&f->q));
    g_assert_cmpuint (load_le16 (avail_event), ==, 5);
    make_available (f, 0);
    g_assert_true (queue_notify_enable (&f->q));
}

/* --- buffers --------------------------------------------------------------------------------- */

static void
test_buffers_are_one_run_of_bytes (struct fixture *f, gconstpointer data)
{
    struct iovec iov[QUEUE_MAX_SIZE];
    char text[16] = { 0 };

    enable (f);
    memcpy (f->ram + DATA, "abc", 3);
    memcpy (f->ram + DATA + 0x100, "defgh", 5);
    put_desc (f, DESC, 0, DATA, 3, NEXT, 1);
    put_desc (f, DESC, 1, DATA + 0x100, 5, NEXT, 2);
    put_desc (f, DESC, 2, DATA + 0x200, 4, WRITE | NEXT, 3);
    put_desc (f, DESC, 3, DATA + 0x300, 2, WRITE, 0);
    make_available (f, 0);
    g_assert_cmpint (queue_pop (&f->q, &f->chain), ==, 1);

    g_assert_cmpuint (queue_chain_read (&f->chain, 2, text, 3), ==, 3);
    g_assert_cmpstr (text, ==, "cde");
    g_assert_cmpuint (queue_chain_read (&f->chain, 6, text, 10), ==, 2);
    g_assert_cmpuint (queue_chain_read (&f->chain, 8, text, 1), ==, 0);
    g_assert_cmpuint (queue_chain_read (&f->chain, UINT64_MAX, text, 1), ==, 0);

    g_assert_cmpuint (queue_chain_write (&f->chain, 3, "XYZW", 4), ==, 3);
    g_assert_cmpint (f->ram[DATA + 0x203], ==, 'X');
    g_assert_cmpmem (f->ram + DATA + 0x300, 3, "YZ", 3);

    g_assert_cmpuint (queue_chain_slice_out (&f->chain, 1, 7, iov), ==, 2);
    g_assert_true (iov[0].iov_base == f->ram + DATA + 1 && iov[0].iov_len == 2);
    g_assert_true (iov[1].iov_base == f->ram + DATA + 0x100 && iov[1].iov_len == 5);
    g_assert_cmpuint (queue_chain_slice_out (&f->chain, 3, 5, iov), ==, 1);
    g_assert_cmpuint (queue_chain_slice_out (&f->chain, 3, 6, iov), ==, 0);
    g_assert_cmpuint (queue_chain_slice_in (&f->chain, 0, 5, iov), ==, 2);
    g_assert_true (iov[1].iov_base == f->ram + DATA + 0x300 && iov[1].iov_len == 1);
    g_assert_cmpuint (queue_chain_slice_in (&f->chain, UINT64_MAX, 2, iov), ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/virtio-queue/chain-is-followed", test_chain_is_followed);
    add ("/virtio-queue/indirect-table-is-followed", test_indirect_table_is_followed);
    add ("/virtio-queue/indirect-table-may-be-longer-than-a-shrunk-ring",
         test_indirect_table_may_be_longer_than_a_shrunk_ring);
    add ("/virtio-queue/high-memory-is-reached", test_high_memory_is_reached);
    add ("/virtio-queue/indices-wrap", test_indices_wrap);
    add ("/virtio-queue/chains-come-back-in-any-order", test_chains_come_back_in_any_order);
    add ("/virtio-queue/chains-are-put-back", test_chains_are_put_back);
    add ("/virtio-queue/what-was-popped-stays", test_what_was_popped_stays);
    add ("/virtio-queue/stopped-queue-is-silent", test_stopped_queue_is_silent);
    add ("/virtio-queue/stop-keeps-back-what-was-pushed", test_stop_keeps_back_what_was_pushed);
    add ("/virtio-queue/stale-ticket-is-ignored", test_stale_ticket_is_ignored);
    add ("/virtio-queue/flags-suppress-interrupts", test_flags_suppress_interrupts);
    add ("/virtio-queue/event-index-says-when", test_event_index_says_when);
    add ("/virtio-queue/notify-by-flags", test_notify_by_flags);
    add ("/virtio-queue/notify-by-event-index", test_notify_by_event_index);
    add ("/virtio-queue/buffers-are-one-run-of-bytes", test_buffers_are_one_run_of_bytes);
    return g_test_run ();
}
