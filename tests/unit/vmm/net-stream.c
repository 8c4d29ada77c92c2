/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-stream.c - frames over a byte stream: cut anywhere, lengths that lie. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "net-fixture.h"

#define FRAME 1514

static void
give_bytes (struct net_fixture *f, const void *bytes, size_t len)
{
    g_assert_cmpint (send (f->peer, bytes, len, MSG_DONTWAIT), ==, len);
}

/* Length and frame, as the peer sends it; g_free() it. */
static guint8 *
on_the_wire (size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);
    guint8 *wire = g_malloc (4 + len);

    store_be32 (wire, (guint32) len);
    memcpy (wire + 4, frame, len);
    return wire;
}

static void
give (struct net_fixture *f, size_t len, unsigned seed)
{
    g_autofree guint8 *wire = on_the_wire (len, seed);

    give_bytes (f, wire, 4 + len);
}

/* Takes the frame off the peer's end, turning the loop as often as it takes. */
static void
take (struct net_fixture *f, size_t len, unsigned seed)
{
    g_autofree guint8 *wire = on_the_wire (len, seed);
    g_autofree guint8 *got = g_malloc (4 + len);
    size_t have = 0;

    while (have < 4 + len) {
        gssize n = recv (f->peer, got + have, 4 + len - have, MSG_DONTWAIT);

        if (n < 0) {
            g_assert_cmpint (errno, ==, EAGAIN);
            net_fixture_settle (f);
            n = recv (f->peer, got + have, 4 + len - have, MSG_DONTWAIT);
        }
        g_assert_cmpint (n, >, 0);
        have += (size_t) n;
    }
    g_assert_cmpmem (got, have, wire, 4 + len);
}

static void
test_frames_pass_whole (struct net_fixture *f, gconstpointer data)
{
    const size_t sizes[] = { NET_MIN_FRAME_BYTES, FRAME, NET_MAX_FRAME_BYTES };

    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_assert_cmpint (net_fixture_send (f, sizes[i], i), ==, 0);
        take (f, sizes[i], i);
        give (f, sizes[i], i);
        net_fixture_settle (f);
        g_assert_cmpuint (f->n_readable, >, 0);
        net_fixture_expect (f, sizes[i], i);
        net_fixture_expect_none (f);
    }
}

static void
test_many_frames_in_one_go (struct net_fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 40; i++)
        give (f, FRAME - i, i);
    net_fixture_settle (f);
    for (unsigned i = 0; i < 40; i++)
        net_fixture_expect (f, FRAME - i, i);
    net_fixture_expect_none (f);
}

static void
test_frames_cut_anywhere (struct net_fixture *f, gconstpointer data)
{
    g_autofree guint8 *wire = on_the_wire (64, 3);

    for (size_t cut = 1; cut < 68; cut++) {
        give_bytes (f, wire, cut);
        net_fixture_settle (f);
        net_fixture_expect_none (f);
        give_bytes (f, wire + cut, 68 - cut);
        f->n_readable = 0;
        net_fixture_settle (f);
        g_assert_cmpuint (f->n_readable, >, 0);
        net_fixture_expect (f, 64, 3);
    }
}

/* The stream takes part of a frame: the rest follows before anything else, and whole. */
static void
test_a_full_peer_gets_whole_frames (struct net_fixture *f, gconstpointer data)
{
    unsigned n = 0;

    while (net_fixture_send (f, 9000 + n, n) == 0)
        g_assert_cmpuint (++n, <, 100000);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 0);
    g_assert_cmpint (net_fixture_send (f, FRAME, 0), ==, -EAGAIN);
    for (unsigned i = 0; i < n; i++)
        take (f, 9000 + i, i);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1);
    g_assert_cmpint (net_fixture_send (f, FRAME, 1), ==, 0);
    take (f, FRAME, 1);
}

static void
test_a_length_that_lies_ends_the_peer (struct net_fixture *f, gconstpointer data)
{
    const guint32 lengths[] = { 0, NET_MAX_FRAME_BYTES + 1, UINT32_MAX };
    guint8 byte;

    for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++) {
        guint8 wire[4];

        store_be32 (wire, lengths[i]);
        give (f, FRAME, 1);
        give_bytes (f, wire, sizeof wire);
        net_fixture_settle (f);
        net_fixture_expect (f, FRAME, 1);
        net_fixture_expect_none (f);
        g_assert_cmpint (recv (f->peer, &byte, 1, MSG_DONTWAIT), ==, 0); /* closed */
        g_assert_cmpint (net_fixture_send (f, FRAME, 1), ==, 0);
        g_assert_cmpint (net_fixture_connect (f, NET_STREAM, SOCK_STREAM), ==, 0);
        net_fixture_settle (f);
    }
}

static void
test_short_frames_are_dropped (struct net_fixture *f, gconstpointer data)
{
    give (f, 1, 0);
    give (f, NET_MIN_FRAME_BYTES - 1, 0);
    give (f, FRAME, 1);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 1);
}

/* Half a frame each way is under way when the peer goes: the next one begins afresh. */
static void
test_another_peer_begins_afresh (struct net_fixture *f, gconstpointer data)
{
    g_autofree guint8 *wire = on_the_wire (FRAME, 3);

    give_bytes (f, wire, 700);
    while (net_fixture_send (f, 9000, 0) == 0)
        ;
    net_fixture_settle (f);
    net_fixture_expect_none (f);
    g_assert_cmpint (net_fixture_connect (f, NET_STREAM, SOCK_STREAM), ==, 0);
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1);
    g_assert_cmpint (net_fixture_send (f, FRAME, 5), ==, 0);
    take (f, FRAME, 5);
    give (f, FRAME, 6);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 6);
}

static void
test_peer_gone_lets_the_card_go_on (struct net_fixture *f, gconstpointer data)
{
    while (net_fixture_send (f, 9000, 0) == 0)
        ;
    close (f->peer);
    f->peer = -1;
    net_fixture_settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1);
    net_fixture_expect_none (f);
    g_assert_cmpint (net_fixture_send (f, FRAME, 0), ==, 0);
}

static void
test_link_down_keeps_the_stream_whole (struct net_fixture *f, gconstpointer data)
{
    g_autofree guint8 *wire = on_the_wire (FRAME, 3);

    give (f, FRAME, 2);
    give_bytes (f, wire, 700);
    net_set_link (f->net, false);
    net_fixture_settle (f);
    net_set_link (f->net, true);
    net_fixture_settle (f);
    give_bytes (f, wire + 700, 4 + FRAME - 700);
    net_fixture_settle (f);
    net_fixture_expect (f, FRAME, 3);
    net_fixture_expect_none (f);
}

static void
add (const char *path, void (*test) (struct net_fixture *, gconstpointer))
{
    g_test_add (path, struct net_fixture, GINT_TO_POINTER (SOCK_STREAM), net_fixture_setup, test,
                net_fixture_teardown);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/vmm/net/stream/frames-pass-whole", test_frames_pass_whole);
    add ("/vmm/net/stream/many-frames-in-one-go", test_many_frames_in_one_go);
    add ("/vmm/net/stream/frames-cut-anywhere", test_frames_cut_anywhere);
    add ("/vmm/net/stream/a-full-peer-gets-whole-frames", test_a_full_peer_gets_whole_frames);
    add ("/vmm/net/stream/a-length-that-lies-ends-the-peer", test_a_length_that_lies_ends_the_peer);
    add ("/vmm/net/stream/short-frames-are-dropped", test_short_frames_are_dropped);
    add ("/vmm/net/stream/another-peer-begins-afresh", test_another_peer_begins_afresh);
    add ("/vmm/net/stream/peer-gone-lets-the-card-go-on", test_peer_gone_lets_the_card_go_on);
    add ("/vmm/net/stream/link-down-keeps-the-stream-whole", test_link_down_keeps_the_stream_whole);
    return g_test_run ();
}
