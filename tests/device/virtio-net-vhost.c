/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-vhost.c - tests: when the kernel serves a card's rings and has its tap, and when no longer. */
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <string.h>
#include <sys/socket.h>

#include "bits.h"
#include "fake-vhost.h"
#include "net-private.h"
#include "virtio-net-fixture.h"

#define FRAME     500
#define MERGEABLE BIT_ULL (VIRTIO_NET_F_MRG_RXBUF)
#define LOST      (BIT_ULL (VIRTIO_NET_F_CTRL_RX) | BIT_ULL (VIRTIO_NET_F_CTRL_RX_EXTRA))

static struct fake_vhost *vhost;

/* DATA: the request that fails, or NULL. */
static void
setup (struct net_fixture *f, gconstpointer data)
{
    int fd;

    vhost = fake_vhost_reset ();
    vhost->has_features |= MERGEABLE;
    vhost->failing = GPOINTER_TO_SIZE (data);
    fd = fake_vhost_open (vhost);
    net_fixture_setup_with (f, true, 1, &fd);
    f->device->ops->set_running (f->device, true);
}

static void
teardown (struct net_fixture *f, gconstpointer data)
{
    net_fixture_teardown (f, data);
    g_assert_false (vhost->is_running);
}

static void
start (struct net_fixture *f)
{
    net_fixture_start_with (f, (NET_FIXTURE_FEATURES & ~LOST) | MERGEABLE);
}

/* Whether a frame of the wire's stays there for the kernel. */
static void
assert_tap_is_lent (struct net_fixture *f, bool lent)
{
    char byte;

    net_fixture_give (f, NULL, FRAME, 1);
    g_assert_cmpint (recv (f->net->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0, ==, lent);
    if (lent)
        g_assert_cmpint (recv (f->net->fd, &byte, 1, MSG_DONTWAIT), >, 0);
}

/* What the driver sends is echoed to it by the kernel. */
static void
exchange (struct net_fixture *f)
{
    gpa_t at = net_fixture_offer (f, 2048);
    guint8 bytes[64];

    net_fixture_send (f, NULL, sizeof bytes, 7, 2048);
    test_machine_settle (f->m);
    g_assert_cmpuint (fake_vhost_echo (vhost, VIRTIO_NET_TX, VIRTIO_NET_RX), ==, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (net_fixture_received (f), >, VIRTIO_NET_HEADER_BYTES);
    g_assert_true (virtio_driver_at (&f->d, at) != NULL);
}

static void
test_kernel_has_rings_and_tap (struct net_fixture *f, gconstpointer data)
{
    g_assert_false (vhost->is_running);
    assert_tap_is_lent (f, false); /* what nobody hears is thrown away here */
    g_assert_cmphex (virtio_driver_offered (&f->d) & LOST, ==, 0);
    start (f);
    g_assert_true (vhost->is_running);
    g_assert_cmphex (vhost->features & ~vhost->has_features, ==, 0);
    g_assert_true (vhost->features & MERGEABLE);
    g_assert_cmpint (vhost->rings[VIRTIO_NET_RX].backend_fd, ==, f->net->fd);
    g_assert_cmpint (vhost->rings[VIRTIO_NET_TX].backend_fd, ==, f->net->fd);
    assert_tap_is_lent (f, true);
    exchange (f);
    exchange (f);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_cable (struct net_fixture *f, gconstpointer data)
{
    start (f);
    exchange (f);
    net_set_link (f->net, false);
    test_machine_settle (f->m);
    g_assert_false (vhost->is_running);
    g_assert_cmphex (net_fixture_status (f), ==, 0);
    assert_tap_is_lent (f, false);
    net_set_link (f->net, true);
    test_machine_settle (f->m);
    g_assert_true (vhost->is_running);
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);
    g_assert_cmpuint (vhost->rings[VIRTIO_NET_TX].next_avail, ==, 1); /* it goes on */
    exchange (f);
    assert_tap_is_lent (f, true);
}

static void
test_pause (struct net_fixture *f, gconstpointer data)
{
    start (f);
    exchange (f);
    f->device->ops->set_running (f->device, false);
    g_assert_false (vhost->is_running);
    f->device->ops->set_running (f->device, true);
    test_machine_settle (f->m);
    g_assert_true (vhost->is_running);
    g_assert_true (net_fixture_status (f) & VIRTIO_NET_S_ANNOUNCE);
    exchange (f);
    assert_tap_is_lent (f, true);
}

static void
test_reset (struct net_fixture *f, gconstpointer data)
{
    start (f);
    exchange (f);
    device_reset (f->device);
    test_machine_settle (f->m);
    g_assert_false (vhost->is_running);
    assert_tap_is_lent (f, false);
    virtio_driver_probe (&f->d, f->m, NET_FIXTURE_SLOT);
    start (f);
    g_assert_true (vhost->is_running);
    g_assert_cmpuint (vhost->rings[VIRTIO_NET_TX].next_avail, ==, 0);
    exchange (f);
}

static void
test_ring_that_makes_no_sense (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer nowhere = { GIB (900ull), 64, false };

    start (f);
    virtio_driver_send (&f->d, VIRTIO_NET_TX, &nowhere, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (fake_vhost_echo (vhost, VIRTIO_NET_TX, -1), ==, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_false (vhost->is_running);
    g_assert_false (f->net->is_lent);
}

/* The card's own way is as good as before. */
static void
test_kernel_that_has_none (struct net_fixture *f, gconstpointer data)
{
    int flags;

    g_assert_cmphex (virtio_driver_offered (&f->d) & LOST, ==, LOST);
    start (f);
    g_assert_false (vhost->is_running);
    assert_tap_is_lent (f, false);
    net_fixture_offer (f, 2048);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    /* It is closed, and its number is perhaps a doorbell's, which does not wait. */
    flags = fcntl (vhost->fd, F_GETFL);
    g_assert_true (flags < 0 || (flags & O_NONBLOCK));
}

static void
test_kernel_that_takes_no_tap (struct net_fixture *f, gconstpointer data)
{
    start (f);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_false (f->net->is_lent);
}

/* --- several pairs ------------------------------------------------------------------------------ */

#define PAIRS 3

/* DATA: as above, of the last pair's. */
static void
setup_pairs (struct net_fixture *f, gconstpointer data)
{
    int fds[PAIRS];

    vhost = fake_vhost_reset ();
    vhost[PAIRS - 1].failing = GPOINTER_TO_SIZE (data);
    for (unsigned i = 0; i < PAIRS; i++) {
        vhost[i].has_features |= MERGEABLE;
        fds[i] = fake_vhost_open (&vhost[i]);
    }
    net_fixture_setup_with (f, true, PAIRS, fds);
    f->device->ops->set_running (f->device, true);
}

static void
teardown_pairs (struct net_fixture *f, gconstpointer data)
{
    net_fixture_teardown (f, data);
    for (unsigned i = 0; i < PAIRS; i++) {
        g_assert_false (vhost[i].is_running);
        g_assert_cmpint (fcntl (vhost[i].fd, F_GETFD), ==, -1);
    }
}

static void
start_pairs (struct net_fixture *f, uint16_t n)
{
    net_fixture_start_with (f,
                            (NET_FIXTURE_FEATURES & ~LOST) | MERGEABLE | BIT_ULL (VIRTIO_NET_F_MQ));
    g_assert_cmpuint (net_fixture_use_pairs (f, n), ==, VIRTIO_NET_OK);
}

/* The first N pairs are the kernel's, and what is sent by one is its own kernel's. */
static void
assert_serves (struct net_fixture *f, unsigned n)
{
    for (unsigned i = 0; i < PAIRS; i++) {
        g_assert_cmpint (vhost[i].is_running, ==, i < n);
        g_assert_cmpint (net_get_pair (f->net, i)->is_lent, ==, i < n);
        g_assert_cmpint (net_fixture_is_attached (f, i), ==, i < MAX (n, 1));
        if (i >= n)
            continue;
        f->pair = i;
        net_fixture_offer (f, 2048);
        net_fixture_send (f, NULL, FRAME, i, 4096);
        g_assert_cmpuint (fake_vhost_echo (&vhost[i], VIRTIO_NET_TX, VIRTIO_NET_RX), ==, 1);
        test_machine_settle (f->m);
        g_assert_cmpuint (net_fixture_received (f), ==, FRAME + VIRTIO_NET_HEADER_BYTES);
    }
}

static void
test_kernel_has_the_pairs_that_are_used (struct net_fixture *f, gconstpointer data)
{
    static const uint16_t numbers[] = { 1, 3, 2, 3, 1 };

    start_pairs (f, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS (numbers); i++) {
        g_assert_cmpuint (net_fixture_use_pairs (f, numbers[i]), ==, VIRTIO_NET_OK);
        assert_serves (f, numbers[i]);
    }
    g_assert_cmpuint (vhost[2].n_starts, ==, 2);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_pairs_stop_and_go_on_together (struct net_fixture *f, gconstpointer data)
{
    start_pairs (f, PAIRS);
    assert_serves (f, PAIRS);
    net_set_link (f->net, false);
    test_machine_settle (f->m);
    for (unsigned i = 0; i < PAIRS; i++)
        g_assert_false (vhost[i].is_running);
    net_set_link (f->net, true);
    test_machine_settle (f->m);
    assert_serves (f, PAIRS);
    f->device->ops->set_running (f->device, false);
    for (unsigned i = 0; i < PAIRS; i++)
        g_assert_false (vhost[i].is_running);
    f->device->ops->set_running (f->device, true);
    test_machine_settle (f->m);
    assert_serves (f, PAIRS);
    g_assert_cmpuint (vhost[1].rings[VIRTIO_NET_TX].next_avail, ==, 3);
    start_pairs (f, 1); /* after a reset they begin anew */
    assert_serves (f, 1);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    assert_serves (f, PAIRS);
    g_assert_cmpuint (vhost[1].rings[VIRTIO_NET_TX].next_avail, ==, 1);
}

static void
test_high_ring_that_makes_no_sense (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer nowhere = { GIB (900ull), 64, false };

    start_pairs (f, PAIRS);
    virtio_driver_send (&f->d, 2 * 2 + VIRTIO_NET_TX, &nowhere, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (fake_vhost_echo (&vhost[2], VIRTIO_NET_TX, -1), ==, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    for (unsigned i = 0; i < PAIRS; i++)
        g_assert_false (vhost[i].is_running);
}

/* All pairs or none. */
static void
test_kernel_that_has_not_all (struct net_fixture *f, gconstpointer data)
{
    g_assert_cmphex (virtio_driver_offered (&f->d) & LOST, ==, LOST);
    start_pairs (f, PAIRS);
    for (unsigned i = 0; i < PAIRS; i++) {
        g_assert_false (vhost[i].is_running);
        g_assert_false (net_get_pair (f->net, i)->is_lent);
    }
    f->pair = 2;
    net_fixture_offer (f, 2048);
    net_fixture_give (f, NULL, FRAME, 1);
    g_assert_false (net_fixture_received_none (f));
}

static void
add_pairs (const char *name, unsigned long failing,
           void (*test) (struct net_fixture *, gconstpointer))
{
    g_autofree char *path = g_strdup_printf ("/device/virtio-net-vhost/pairs/%s", name);

    g_test_add (path, struct net_fixture, GSIZE_TO_POINTER (failing), setup_pairs, test,
                failing ? net_fixture_teardown : teardown_pairs);
}

#define ADD(name, data, test)                                                                      \
    g_test_add ("/device/virtio-net-vhost/" name, struct net_fixture, (gconstpointer) (data),      \
                setup, test, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("kernel-has-rings-and-tap", NULL, test_kernel_has_rings_and_tap);
    ADD ("only-while-the-cable-is-in", NULL, test_cable);
    ADD ("not-while-the-machine-is-paused", NULL, test_pause);
    ADD ("not-after-a-reset", NULL, test_reset);
    ADD ("ring-that-makes-no-sense-breaks-the-card", NULL, test_ring_that_makes_no_sense);
    ADD ("kernel-that-has-none-is-done-without", VHOST_SET_OWNER, test_kernel_that_has_none);
    ADD ("kernel-that-takes-no-tap-breaks-the-card", VHOST_NET_SET_BACKEND,
         test_kernel_that_takes_no_tap);
    add_pairs ("kernel-has-those-that-are-used", 0, test_kernel_has_the_pairs_that_are_used);
    add_pairs ("they-stop-and-go-on-together", 0, test_pairs_stop_and_go_on_together);
    add_pairs ("high-ring-that-makes-no-sense-breaks-the-card", 0,
               test_high_ring_that_makes_no_sense);
    add_pairs ("kernel-that-has-not-all-has-none", VHOST_SET_OWNER, test_kernel_that_has_not_all);
    return g_test_run ();
}
