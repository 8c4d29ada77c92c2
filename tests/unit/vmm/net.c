/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.c - what a network card may rely on of its plug, with packets behind it. */
#define _GNU_SOURCE
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net-checksum.h"
#include "net-fixture.h"

#define FRAME 600

static void
give (struct net_fixture *f, size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);

    g_assert_cmpint (send (f->peer, frame, len, MSG_DONTWAIT), ==, len);
}

static void
take (struct net_fixture *f, size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);
    guint8 got[NET_MAX_FRAME_BYTES];
    gssize n = recv (f->peer, got, sizeof got, MSG_DONTWAIT);

    g_assert_cmpint (n, ==, len);
    g_assert_cmpmem (got, (size_t) n, frame, len);
}

static void
take_none (struct net_fixture *f)
{
    guint8 byte;

    g_assert_cmpint (recv (f->peer, &byte, 1, MSG_DONTWAIT), ==, -1);
    g_assert_cmpint (errno, ==, EAGAIN);
}

static void
test_frames_pass_whole (struct net_fixture *f, gconstpointer data)
{
    const size_t sizes[] = { NET_MIN_FRAME_BYTES, 60, 1514, 9000, NET_MAX_FRAME_BYTES };

    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_assert_cmpint (net_fixture_send (f, sizes[i], i), ==, 0);
        take (f, sizes[i], i);
        give (f, sizes[i], i);
        net_fixture_settle (f);
        g_assert_cmpuint (f->n_readable, >, 0);
        f->n_readable = 0;
        net_fixture_expect (f, sizes[i], i);
        net_fixture_expect_none (f);
    }
}

static void
test_lengths_that_are_no_frame (struct net_fixture *f, gconstpointer data)
{
    struct net_statistics s;
    struct iovec iov[NET_MAX_IOV + 1] = { { 0 } };
    guint8 bytes[NET_MIN_FRAME_BYTES] = { 0 };
    g_autofree guint8 *large = g_malloc0 (NET_MAX_FRAME_BYTES + 1);

    g_assert_cmpint (net_fixture_send (f, NET_MIN_FRAME_BYTES - 1, 0), ==, 0);
    g_assert_cmpint (net_fixture_send (f, NET_MAX_FRAME_BYTES + 1, 0), ==, 0);
    iov[0] = (struct iovec){ bytes, sizeof bytes };
    g_assert_cmpint (net_send (f->net, NULL, iov, NET_MAX_IOV + 1), ==, 0);
    iov[1].iov_len = SIZE_MAX; /* the sum wraps */
    g_assert_cmpint (net_send (f->net, NULL, iov, 2), ==, 0);
    take_none (f);

    give (f, 0, 0);
    give (f, NET_MIN_FRAME_BYTES - 1, 0);
    g_assert_cmpint (send (f->peer, large, NET_MAX_FRAME_BYTES + 1, 0), >, 0);
    give (f, FRAME, 1);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 1);
    net_get_statistics (f->net, &s);
    g_assert_cmpuint (s.dropped_frames, ==, 4 + 3);
    g_assert_cmpuint (s.received_frames, ==, 1);
    g_assert_cmpuint (s.received_bytes, ==, FRAME);
    g_assert_cmpuint (s.sent_frames, ==, 0);
}

/* A frame that the card peeks at twice came once, and one it is refused did not go. */
static void
test_counts_what_it_moves (struct net_fixture *f, gconstpointer data)
{
    struct net_statistics s;

    g_assert_cmpint (net_fixture_send (f, FRAME, 1), ==, 0);
    g_assert_cmpint (net_fixture_send (f, NET_MIN_FRAME_BYTES, 2), ==, 0);
    g_assert_cmpint (net_fixture_send (f, NET_MIN_FRAME_BYTES - 1, 3), ==, 0);
    take (f, FRAME, 1);
    take (f, NET_MIN_FRAME_BYTES, 2);
    give (f, FRAME, 4);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 4);
    net_fixture_expect_none (f);
    net_get_statistics (f->net, &s);
    g_assert_cmpuint (s.sent_frames, ==, 2);
    g_assert_cmpuint (s.sent_bytes, ==, FRAME + NET_MIN_FRAME_BYTES);
    g_assert_cmpuint (s.received_frames, ==, 1);
    g_assert_cmpuint (s.received_bytes, ==, FRAME);
    g_assert_cmpuint (s.dropped_frames, ==, 1);
}

static void
test_a_frame_waits_for_the_card (struct net_fixture *f, gconstpointer data)
{
    struct net_frame first, again;

    give (f, FRAME, 1);
    give (f, FRAME, 2);
    net_fixture_settle (f);
    g_assert_true (net_peek (f->net, &first));
    g_assert_true (net_peek (f->net, &again));
    g_assert_true (first.data == again.data && first.len == again.len);
    f->n_readable = 0;
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_readable, ==, 0); /* nothing turns in circles */
    net_fixture_expect (f, FRAME, 1);
    net_fixture_expect (f, FRAME, 2);
    net_consume (f->net);
    net_fixture_expect_none (f);
}

/* A flood, taken up late: what the host kept is all there, in order. */
static void
test_a_full_peer_says_so_and_when_not (struct net_fixture *f, gconstpointer data)
{
    unsigned n = 0;

    while (net_fixture_send (f, FRAME, n) == 0)
        g_assert_cmpuint (++n, <, 100000);
    g_assert_cmpuint (n, >, 1);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 0);
    for (unsigned i = 0; i < n; i++)
        take (f, FRAME, i);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1);
    g_assert_cmpint (net_fixture_send (f, FRAME, 7), ==, 0);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1);
    take (f, FRAME, 7);
}

static void
test_link_down_swallows_both_ways (struct net_fixture *f, gconstpointer data)
{
    give (f, FRAME, 1);
    net_fixture_settle (f);
    g_assert_true (net_link_is_up (f->net));
    net_set_link (f->net, false);
    g_assert_false (net_link_is_up (f->net));
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_link_changed, ==, 1);
    g_assert_cmpint (net_fixture_send (f, FRAME, 2), ==, 0);
    take_none (f);
    for (unsigned i = 0; i < 200; i++) {
        give (f, FRAME, i);
        if (i % 16 == 0)
            net_fixture_settle (f);
    }
    net_fixture_expect_none (f);
    net_fixture_settle (f);

    net_set_link (f->net, true);
    f->n_readable = 0;
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_link_changed, ==, 2);
    g_assert_cmpuint (f->n_readable, >, 0);
    net_fixture_expect_none (f); /* nothing of what came meanwhile */
    give (f, FRAME, 3);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 3);
}

static void
test_link_told_once (struct net_fixture *f, gconstpointer data)
{
    net_set_link (f->net, true); /* as it was */
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_link_changed, ==, 0);
}

static void
test_peer_gone_swallows (struct net_fixture *f, gconstpointer data)
{
    give (f, FRAME, 1);
    close (f->peer);
    f->peer = -1;
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 1); /* what it had sent before */
    net_fixture_expect_none (f);
    g_assert_cmpint (net_fixture_send (f, FRAME, 2), ==, 0);
    g_assert_cmpint (net_fixture_send (f, FRAME, 2), ==, 0);
    f->n_readable = 0;
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_readable, ==, 0);
    g_assert_true (net_link_is_up (f->net));
}

static void
test_another_peer (struct net_fixture *f, gconstpointer data)
{
    struct net_frame lent;
    g_autofree guint8 *frame = net_fixture_frame (FRAME, 1);

    give (f, FRAME, 1);
    net_fixture_settle (f);
    g_assert_true (net_peek (f->net, &lent));
    while (net_fixture_send (f, FRAME, 0) == 0)
        ;
    g_assert_cmpint (net_fixture_connect (f, NET_PACKET, GPOINTER_TO_INT (data)), ==, 0);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1); /* the old one's back-pressure is not the new one's */
    g_assert_cmpmem (lent.data, lent.len, frame, FRAME);
    net_consume (f->net);
    g_assert_cmpint (net_fixture_send (f, FRAME, 2), ==, 0);
    take (f, FRAME, 2);
    give (f, FRAME, 3);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 3);
}

static void
test_peer_of_another_kind_is_refused (struct net_fixture *f, gconstpointer data)
{
    int old = f->peer, null = open ("/dev/null", O_RDWR | O_CLOEXEC);

    g_assert_cmpint (null, >=, 0);
    f->peer = -1;
    g_assert_cmpint (net_fixture_connect (f, NET_STREAM, SOCK_STREAM), ==, -EINVAL);
    g_assert_cmpint (net_fixture_connect (f, NET_PACKET, SOCK_STREAM), ==, -ENOTSUP);
    g_assert_cmpint (net_fixture_connect (f, NET_STREAM, GPOINTER_TO_INT (data)), ==, -ENOTSUP);
    g_assert_cmpint (net_fixture_connect (f, NET_TAP, SOCK_STREAM), ==, -ENOTSUP);
    g_assert_cmpint (net_connect (f->net, NET_TAP, null), ==, -ENOTSUP);
    close (f->peer);
    f->peer = old;
    give (f, FRAME, 1); /* the first is still there */
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 1);
}

static void
test_headers_a_packet_peer_cannot_take (struct net_fixture *f, gconstpointer data)
{
    const struct net_header headers[] = {
        { .flags = NET_HEADER_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16 },
        { .flags = NET_HEADER_NEEDS_CSUM, .gso_type = NET_GSO_TCPV4, .gso_size = 100 },
        { .gso_type = 2, .gso_size = 100 },
        { .gso_type = NET_GSO_ECN },
    };
    guint8 frame[FRAME] = { 0 };
    struct iovec iov = { frame, sizeof frame };

    g_assert_cmpuint (net_offloads (f->net), ==, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS (headers); i++)
        g_assert_cmpint (net_send (f->net, &headers[i], &iov, 1), ==, 0);
    take_none (f);
}

static void
test_without_a_peer (void)
{
    struct net_fixture f = { .peer = -1 };

    f.loop = loop_create ();
    f.net = net_create (f.loop);
    g_assert_cmpint (net_fixture_send (&f, FRAME, 0), ==, 0);
    net_fixture_expect_none (&f);
    net_set_link (f.net, false);
    net_fixture_settle (&f);
    net_consume (f.net);
    net_fixture_teardown (&f, NULL);
    net_destroy (NULL);
}

static void
test_checksum (void)
{
    /* RFC 1071, section 3: the sum of these is ddf2h. */
    const guint8 example[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
    const guint8 odd[] = { 0x01, 0x02, 0x03 };
    guint8 frame[] = { 9, 9, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0, 0 };
    guint8 zero[] = { 0xff, 0xff, 0, 0 };

    g_assert_cmphex (net_checksum_fold (net_checksum_add (0, example, sizeof example)), ==,
                     (guint16) ~0xddf2);
    g_assert_cmphex (net_checksum_fold (net_checksum_add (0, odd, 3)), ==, (guint16) ~0x0402);
    g_assert_cmphex (net_checksum_fold (net_checksum_add (0, odd, 1)), ==, (guint16) ~0x0100);
    net_checksum_finish (frame, sizeof frame, 2, 8);
    g_assert_cmphex (frame[10], ==, 0x22);
    g_assert_cmphex (frame[11], ==, 0x0d);
    net_checksum_finish (zero, sizeof zero, 0, 2);
    g_assert_cmphex (zero[2] << 8 | zero[3], ==, 0xffff);
}

static void
add (const char *name, int type, void (*test) (struct net_fixture *, gconstpointer))
{
    g_autofree char *path =
        g_strdup_printf ("/vmm/net/%s/%s", type == SOCK_DGRAM ? "dgram" : "seqpacket", name);

    g_test_add (path, struct net_fixture, GINT_TO_POINTER (type), net_fixture_setup, test,
                net_fixture_teardown);
}

int
main (int argc, char **argv)
{
    const int types[] = { SOCK_SEQPACKET, SOCK_DGRAM };

    g_test_init (&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS (types); i++) {
        add ("frames-pass-whole", types[i], test_frames_pass_whole);
        add ("lengths-that-are-no-frame-are-dropped", types[i], test_lengths_that_are_no_frame);
        add ("counts-what-it-moves", types[i], test_counts_what_it_moves);
        add ("a-frame-waits-for-the-card", types[i], test_a_frame_waits_for_the_card);
        add ("a-full-peer-says-so-and-when-not", types[i], test_a_full_peer_says_so_and_when_not);
        add ("link-down-swallows-both-ways", types[i], test_link_down_swallows_both_ways);
        add ("link-is-told-once", types[i], test_link_told_once);
        add ("peer-gone-swallows", types[i], test_peer_gone_swallows);
        add ("another-peer-takes-over", types[i], test_another_peer);
        add ("a-peer-of-another-kind-is-refused", types[i], test_peer_of_another_kind_is_refused);
        add ("headers-nobody-can-honour-are-dropped", types[i],
             test_headers_a_packet_peer_cannot_take);
    }
    g_test_add_func ("/vmm/net/without-a-peer", test_without_a_peer);
    g_test_add_func ("/vmm/net/checksum", test_checksum);
    return g_test_run ();
}
