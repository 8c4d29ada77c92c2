/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-fixture.c - a plug with a test at both ends. */
#define _GNU_SOURCE
#include "net-fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void
readable_cb (void *opaque)
{
    ((struct net_fixture *) opaque)->n_readable++;
}

static void
writable_cb (void *opaque)
{
    ((struct net_fixture *) opaque)->n_writable++;
}

static void
link_changed_cb (void *opaque)
{
    ((struct net_fixture *) opaque)->n_link_changed++;
}

static const struct net_ops ops = {
    .readable = readable_cb,
    .writable = writable_cb,
    .link_changed = link_changed_cb,
};

void
net_fixture_settle (struct net_fixture *f)
{
    for (int i = 0; i < 16; i++)
        loop_iterate (f->loop, 0);
}

int
net_fixture_connect (struct net_fixture *f, enum net_kind kind, int type)
{
    int socks[2];

    g_assert_cmpint (socketpair (AF_UNIX, type | SOCK_CLOEXEC, 0, socks), ==, 0);
    if (f->peer >= 0)
        close (f->peer);
    f->peer = socks[1];
    return net_connect (f->net, kind, socks[0]);
}

void
net_fixture_setup (struct net_fixture *f, gconstpointer data)
{
    int type = GPOINTER_TO_INT (data);

    signal (SIGPIPE, SIG_IGN);
    f->peer = -1;
    f->loop = loop_create ();
    f->net = net_create (f->loop);
    g_assert_cmpint (net_fixture_connect (f, type == SOCK_STREAM ? NET_STREAM : NET_PACKET, type),
                     ==, 0);
    net_set_ops (f->net, &ops, f);
    net_fixture_settle (f);
    f->n_readable = 0;
}

void
net_fixture_teardown (struct net_fixture *f, gconstpointer data)
{
    net_destroy (f->net);
    loop_destroy (f->loop);
    if (f->peer >= 0)
        close (f->peer);
}

guint8 *
net_fixture_frame (size_t len, unsigned seed)
{
    guint8 *frame = g_malloc (len);

    for (size_t i = 0; i < len; i++)
        frame[i] = (guint8) (i * 31 + i / 251 + seed * 7);
    return frame;
}

int
net_fixture_send (struct net_fixture *f, size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);
    size_t first = MIN (len, 14), second = (len - first) / 2;
    struct iovec iov[] = {
        { frame, first },
        { frame + first, second },
        { frame + first + second, len - first - second },
    };

    return net_send (f->net, NULL, iov, G_N_ELEMENTS (iov));
}

void
net_fixture_expect (struct net_fixture *f, size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);
    struct net_frame got;

    g_assert_true (net_peek (f->net, &got));
    g_assert_cmpmem (got.data, got.len, frame, len);
    g_assert_cmpuint (got.header.flags, ==, 0);
    g_assert_cmpuint (got.header.gso_type, ==, NET_GSO_NONE);
    net_consume (f->net);
}

void
net_fixture_expect_none (struct net_fixture *f)
{
    struct net_frame frame;

    g_assert_false (net_peek (f->net, &frame));
}
