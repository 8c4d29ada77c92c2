/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net.c - tests: frames through a virtio-net card, both ways, and
 * drivers that do it wrong. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "bits.h"
#include "virtio-net-fixture.h"

#define FRAME     1000
#define MERGEABLE BIT_ULL (VIRTIO_NET_F_MRG_RXBUF)

/* --- identity
 * --------------------------------------------------------------------------------
 */

static uint64_t
offloads (void)
{
    return BIT_ULL (VIRTIO_NET_F_CSUM) | BIT_ULL (VIRTIO_NET_F_HOST_TSO4)
           | BIT_ULL (VIRTIO_NET_F_HOST_TSO6) | BIT_ULL (VIRTIO_NET_F_HOST_ECN)
           | BIT_ULL (VIRTIO_NET_F_HOST_USO) | BIT_ULL (VIRTIO_NET_F_GUEST_CSUM)
           | BIT_ULL (VIRTIO_NET_F_GUEST_TSO4) | BIT_ULL (VIRTIO_NET_F_GUEST_TSO6)
           | BIT_ULL (VIRTIO_NET_F_GUEST_ECN) | BIT_ULL (VIRTIO_NET_F_GUEST_USO4)
           | BIT_ULL (VIRTIO_NET_F_GUEST_USO6) | BIT_ULL (VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
}

static void
test_identity (struct net_fixture *f, gconstpointer data)
{
    uint64_t offered = virtio_driver_offered (&f->d);

    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10411af4);
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_REVISION, 4) >> 8, ==,
                     0x020000);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config, 4), ==, 0x0a005452);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config + 4, 2), ==, 0x0c0b);
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);
    g_assert_cmphex (offered & NET_FIXTURE_FEATURES, ==, NET_FIXTURE_FEATURES);
    g_assert_cmphex (offered & offloads (), ==, data ? offloads () : 0);
    g_assert_cmphex (offered & BIT_ULL (VIRTIO_NET_F_MTU), ==, 0);
}

static void
test_options (struct net_fixture *f, gconstpointer data)
{
    static const char *const bad[] = { "",
                                       "52:54:00:12:34",
                                       "52:54:00:12:34:5g",
                                       "52:54:00:12:34:567",
                                       "01:00:5e:00:00:01",
                                       "00:00:00:00:00:00",
                                       "525400123456" };
    const struct device_class *class = &virtio_net_class;
    struct device_args args = test_device_args (f->m, class, "net1");
    struct virtio_driver d;
    struct device *device;

    args.slot = NET_FIXTURE_SLOT + 1;
    args.net = net_create (f->m->env.io_loop);
    for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++) {
        if (device_option_set (class, (void *) args.config, "mac", bad[i]) == 0)
            g_assert_cmpint (class->create (&args, &device), ==, -EINVAL);
    }
    g_assert_cmpint (device_option_set (class, (void *) args.config, "mac", NET_FIXTURE_MAC), ==,
                     0);
    g_assert_cmpint (device_option_set (class, (void *) args.config, "mtu", "65536"), <, 0);
    g_assert_cmpint (device_option_set (class, (void *) args.config, "mtu", "9000"), ==, 0);
    g_assert_cmpint (class->create (&args, &device), ==, 0);
    device_reset (device);
    virtio_driver_probe (&d, f->m, args.slot);
    g_assert_true (virtio_driver_offered (&d) & BIT_ULL (VIRTIO_NET_F_MTU));
    g_assert_cmpuint (test_mmio_read (f->m, d.config + VIRTIO_NET_CFG_MTU, 2), ==, 9000);
    device_destroy (device);
}

/* --- sending
 * ---------------------------------------------------------------------------------
 */

/* However the driver cuts header and frame into buffers. */
static void
test_frames_are_sent_whole (struct net_fixture *f, gconstpointer data)
{
    const uint32_t pieces[] = { 12, 5, 7, 100, 60000 };

    net_fixture_start (f, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS (pieces); i++) {
        uint16_t head = net_fixture_send (f, NULL, 100, i, pieces[i]);

        g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_NET_TX, head), ==, 0);
        net_fixture_take (f, NULL, 100, i);
    }
    net_fixture_send (f, NULL, 65000, 3, 40000);
    net_fixture_take (f, NULL, 65000, 3);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_lengths_that_are_no_frame_go_nowhere (struct net_fixture *f, gconstpointer data)
{
    const size_t sizes[] = { 0, 13, NET_MAX_FRAME_BYTES + 1 };

    net_fixture_start (f, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        uint16_t head = net_fixture_send (f, NULL, MAX (sizes[i], 6), i, 40000);

        virtio_driver_wait (&f->d, VIRTIO_NET_TX, head);
    }
    net_fixture_take_none (f);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_sent_frame_without_header_breaks_it (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer buffer = { 0x1000, VIRTIO_NET_HEADER_BYTES - 1, false };
    uint32_t id, len;

    net_fixture_start (f, 0);
    virtio_driver_send (&f->d, VIRTIO_NET_TX, &buffer, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "sent frame without a header");
    g_assert_false (virtio_driver_take (&f->d, VIRTIO_NET_TX, &id, &len));
    g_assert_cmphex (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    net_fixture_start (f, 0); /* a reset mends it */
    net_fixture_send (f, NULL, FRAME, 1, 40000);
    net_fixture_take (f, NULL, FRAME, 1);
}

static void
test_writable_buffer_in_a_sent_frame_breaks_it (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer buffers[] = { { 0x1000, 100, false }, { 0x2000, 100, true } };

    net_fixture_start (f, 0);
    virtio_driver_send (&f->d, VIRTIO_NET_TX, buffers, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    net_fixture_take_none (f);
}

/* The wire is full: frames wait in the ring, none is lost, none is sent twice.
 */
static void
test_a_full_wire_keeps_frames_in_the_ring (struct net_fixture *f, gconstpointer data)
{
    const int small = 8192;
    unsigned n_sent = 0, n_done = 0;
    uint32_t id, len;

    net_fixture_start (f, 0);
    g_assert_cmpint (setsockopt (f->wires[0], SOL_SOCKET, SO_RCVBUF, &small, sizeof small), ==, 0);
    while (n_sent < 2000 && n_sent - n_done < NET_FIXTURE_QUEUE / 2) {
        net_fixture_send (f, NULL, 4000, n_sent++, 60000);
        while (virtio_driver_take (&f->d, VIRTIO_NET_TX, &id, &len))
            n_done++;
    }
    g_assert_cmpuint (n_done, <, n_sent);
    for (unsigned i = 0; i < n_sent; i++) {
        net_fixture_take (f, NULL, 4000, i);
        test_machine_settle (f->m);
    }
    while (virtio_driver_take (&f->d, VIRTIO_NET_TX, &id, &len))
        n_done++;
    g_assert_cmpuint (n_done, ==, n_sent);
    net_fixture_take_none (f);
}

/* --- receiving
 * -------------------------------------------------------------------------------
 */

static void
test_a_frame_is_received (struct net_fixture *f, gconstpointer data)
{
    gpa_t gpa;

    net_fixture_start (f, 0);
    gpa = net_fixture_offer (f, 1526);
    net_fixture_give (f, NULL, FRAME, 1);
    g_assert_cmpuint (net_fixture_received (f), ==, VIRTIO_NET_HEADER_BYTES + FRAME);
    net_fixture_check (f, gpa, 1, FRAME, 1);
    g_assert_true (f->m->intx[NET_FIXTURE_SLOT][0]);
}

static void
test_a_frame_waits_for_a_buffer (struct net_fixture *f, gconstpointer data)
{
    gpa_t gpa[2];

    net_fixture_start (f, 0);
    net_fixture_give (f, NULL, FRAME, 1);
    net_fixture_give (f, NULL, FRAME, 2);
    g_assert_true (net_fixture_received_none (f));
    gpa[0] = net_fixture_offer (f, 1526);
    g_assert_cmpuint (net_fixture_received (f), >, 0);
    g_assert_true (net_fixture_received_none (f));
    gpa[1] = net_fixture_offer (f, 1526);
    g_assert_cmpuint (net_fixture_received (f), >, 0);
    net_fixture_check (f, gpa[0], 1, FRAME, 1);
    net_fixture_check (f, gpa[1], 1, FRAME, 2);
}

static void
test_a_frame_takes_several_buffers (struct net_fixture *f, gconstpointer data)
{
    gpa_t gpa[3];
    g_autofree guint8 *frame = net_fixture_frame (FRAME, 5);

    net_fixture_start (f, MERGEABLE);
    gpa[0] = net_fixture_offer (f, 400);
    gpa[1] = net_fixture_offer (f, 300);
    net_fixture_give (f, NULL, FRAME, 5);
    g_assert_true (net_fixture_received_none (f)); /* not enough: nothing is taken */
    gpa[2] = net_fixture_offer (f, 400);
    g_assert_cmpuint (net_fixture_received (f), ==, 400);
    g_assert_cmpuint (net_fixture_received (f), ==, 300);
    g_assert_cmpuint (net_fixture_received (f), ==, 12 + FRAME - 400 - 300);
    g_assert_true (net_fixture_received_none (f));
    net_fixture_check (f, gpa[0], 3, 388, 5);
    g_assert_cmpmem (f->m->ram + gpa[1], 300, frame + 388, 300);
    g_assert_cmpmem (f->m->ram + gpa[2], FRAME - 688, frame + 688, FRAME - 688);

    gpa[0] = net_fixture_offer (f, 1526); /* and the next one fits into one */
    net_fixture_give (f, NULL, 60, 6);
    g_assert_cmpuint (net_fixture_received (f), ==, 72);
    net_fixture_check (f, gpa[0], 1, 60, 6);
}

/* Buffers that were put back are still good after the reset that came
 * meanwhile. */
static void
test_a_reset_does_not_wait_for_buffers (struct net_fixture *f, gconstpointer data)
{
    gpa_t gpa;

    net_fixture_start (f, MERGEABLE);
    net_fixture_offer (f, 100);
    net_fixture_give (f, NULL, FRAME, 5);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
    test_machine_settle (f->m); /* what waited for the driver before is dropped */
    net_fixture_start (f, MERGEABLE);
    gpa = net_fixture_offer (f, 1526);
    net_fixture_give (f, NULL, 60, 6);
    g_assert_cmpuint (net_fixture_received (f), ==, 72);
    net_fixture_check (f, gpa, 1, 60, 6);
}

static void
test_a_frame_too_large_for_its_buffer_is_dropped (struct net_fixture *f, gconstpointer data)
{
    gpa_t gpa;

    net_fixture_start (f, 0); /* not mergeable */
    gpa = net_fixture_offer (f, 200);
    net_fixture_offer (f, 1526);
    net_fixture_give (f, NULL, FRAME, 1);
    net_fixture_give (f, NULL, 188, 2);
    g_assert_cmpuint (net_fixture_received (f), ==, 200);
    net_fixture_check (f, gpa, 1, 188, 2);
    g_assert_true (net_fixture_received_none (f));
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_bad_receive_buffers_break_it (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer readable = { 0x1000, 1526, false };

    net_fixture_start (f, MERGEABLE);
    virtio_driver_send (&f->d, VIRTIO_NET_RX, &readable, 1);
    net_fixture_give (f, NULL, FRAME, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "readable buffer for a received frame");

    net_fixture_start (f, MERGEABLE);
    net_fixture_offer (f, VIRTIO_NET_HEADER_BYTES - 1);
    net_fixture_give (f, NULL, FRAME, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "receive buffer shorter than a header");
    g_assert_cmpuint (f->m->n_broken, ==, 2);
    g_assert_true (net_fixture_received_none (f));
}

/* A whole ring that can never hold the frame ends in an error, not in waiting.
 */
static void
test_a_ring_of_crumbs_breaks_it (struct net_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, NET_FIXTURE_FEATURES | MERGEABLE, VIRTIO_NET_N_QUEUES, 256);
    for (unsigned i = 0; i < 256; i++)
        net_fixture_offer (f, 13);
    net_fixture_give (f, NULL, 9000, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "receive buffers too small for a frame");
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmpuint (virtio_driver_status (&f->d), ==, 0);
}

static void
test_frames_before_the_driver_are_dropped (struct net_fixture *f, gconstpointer data)
{
    gpa_t gpa;

    for (unsigned i = 0; i < 100; i++)
        net_fixture_give (f, NULL, FRAME, i);
    net_fixture_start (f, 0);
    gpa = net_fixture_offer (f, 1526);
    g_assert_true (net_fixture_received_none (f));
    net_fixture_give (f, NULL, FRAME, 7);
    g_assert_cmpuint (net_fixture_received (f), >, 0);
    net_fixture_check (f, gpa, 1, FRAME, 7);
}

/* --- offloads
 * --------------------------------------------------------------------------------
 */

static const struct net_header tso = { .flags = NET_HEADER_NEEDS_CSUM,
                                       .gso_type = NET_GSO_TCPV4,
                                       .hdr_len = 54,
                                       .gso_size = 1448,
                                       .csum_start = 34,
                                       .csum_offset = 16 };

static void
encode (const struct net_header *header, guint8 *out)
{
    memset (out, 0, VIRTIO_NET_HEADER_BYTES);
    out[0] = header->flags;
    out[1] = header->gso_type;
    store_le16 (out + 2, header->hdr_len);
    store_le16 (out + 4, header->gso_size);
    store_le16 (out + 6, header->csum_start);
    store_le16 (out + 8, header->csum_offset);
}

static void
test_offloads_are_passed_on (struct net_fixture *f, gconstpointer data)
{
    struct net_header got;
    guint8 header[VIRTIO_NET_HEADER_BYTES];
    gpa_t gpa;

    net_fixture_start (f, offloads () | MERGEABLE);
    encode (&tso, header);
    net_fixture_send (f, header, 20000, 1, 60000);
    net_fixture_take (f, &got, 20000, 1);
    g_assert_cmpmem (&got, sizeof got, &tso, sizeof tso);

    gpa = net_fixture_offer (f, 30000);
    net_fixture_give (f, &tso, 20000, 2);
    g_assert_cmpuint (net_fixture_received (f), ==, 20012);
    g_assert_cmpmem (f->m->ram + gpa, 10, header, 10);
    net_fixture_check (f, gpa, 1, 20000, 2);
}

static void
test_offloads_that_were_not_negotiated_go_nowhere (struct net_fixture *f, gconstpointer data)
{
    struct net_header checksum = tso;
    struct net_header bad[] = { tso, tso, tso, tso, tso };
    guint8 header[VIRTIO_NET_HEADER_BYTES];

    checksum.gso_type = NET_GSO_NONE;
    bad[0].gso_type = NET_GSO_TCPV6;               /* not negotiated */
    bad[1].gso_type = NET_GSO_TCPV4 | NET_GSO_ECN; /* not negotiated */
    bad[2].gso_type = 3;                           /* UFO: never offered */
    bad[3].gso_size = 0;
    bad[4].csum_start = 19999;
    net_fixture_start (f, BIT_ULL (VIRTIO_NET_F_CSUM) | BIT_ULL (VIRTIO_NET_F_HOST_TSO4));
    for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++) {
        encode (&bad[i], header);
        net_fixture_send (f, header, 20000, i, 60000);
    }
    net_fixture_take_none (f);
    encode (&checksum, header);
    net_fixture_send (f, header, FRAME, 1, 60000);
    net_fixture_take (f, NULL, FRAME, 1);

    net_fixture_start (f, 0);
    net_fixture_send (f, header, FRAME, 1, 60000);
    net_fixture_take_none (f);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

/* What is there already for a driver that does not take it: checksums are
 * finished, the rest goes. */
static void
test_a_driver_without_offloads_gets_finished_frames (struct net_fixture *f, gconstpointer data)
{
    struct net_header checksum = { NET_HEADER_NEEDS_CSUM, NET_GSO_NONE, 0, 0, 34, 16 };
    guint8 frame[60] = { 0x52, 0x54, 0x00, 0x0a, 0x0b, 0x0c };
    gpa_t gpa;

    frame[34] = 0x12;
    frame[35] = 0x34;
    frame[51] = 0x05; /* the pseudo-header's sum, where the checksum goes */
    net_fixture_start (f, 0);
    gpa = net_fixture_offer (f, 1526);
    net_fixture_give (f, &tso, FRAME, 1);
    net_fixture_give_bytes (f, &checksum, frame, sizeof frame);
    g_assert_cmpuint (net_fixture_received (f), ==, 72);
    g_assert_cmpmem (f->m->ram + gpa, 10, ((guint8[10]){ 0 }), 10);
    g_assert_cmphex (load_be16 (f->m->ram + gpa + 12 + 50), ==, (guint16) ~0x1239);
}

static void
test_offloads_are_switched_while_running (struct net_fixture *f, gconstpointer data)
{
    guint8 set[8];
    gpa_t gpa;

    net_fixture_start (f, (offloads () & ~BIT_ULL (VIRTIO_NET_F_GUEST_USO4)) | MERGEABLE);
    gpa = net_fixture_offer (f, 30000);
    store_le64 (set, 0);
    g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_OFFLOADS, 0, set, 8), ==,
                      VIRTIO_NET_OK);
    net_fixture_give (f, &tso, 20000, 1);
    g_assert_true (net_fixture_received_none (f));
    store_le64 (set, BIT_ULL (VIRTIO_NET_F_GUEST_USO4)); /* was not negotiated */
    g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_OFFLOADS, 0, set, 8), ==,
                      VIRTIO_NET_ERR);
    store_le64 (set, BIT_ULL (VIRTIO_NET_F_GUEST_CSUM) | BIT_ULL (VIRTIO_NET_F_GUEST_TSO4));
    g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_OFFLOADS, 0, set, 7), ==,
                      VIRTIO_NET_ERR);
    g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_OFFLOADS, 0, set, 8), ==,
                      VIRTIO_NET_OK);
    net_fixture_give (f, &tso, 20000, 2);
    g_assert_cmpuint (net_fixture_received (f), ==, 20012);
    net_fixture_check (f, gpa, 1, 20000, 2);
}

/* A card that cannot be made leaves nothing to be done. */
static void
test_taken_slot_is_refused (struct net_fixture *f, gconstpointer data)
{
    struct device_args args = test_device_args (f->m, &virtio_net_class, "net1");
    struct device *device = NULL;

    args.slot = NET_FIXTURE_SLOT;
    args.net = net_create (f->m->env.io_loop);
    g_assert_cmpint (virtio_net_class.create (&args, &device), ==, -EEXIST);
    test_machine_settle (f->m);
    net_destroy (args.net);
}

/* --- all ------------------------------------------------------------------------------------- */

static void
add (const char *name, void (*test) (struct net_fixture *, gconstpointer))
{
    g_autofree char *path = g_strdup_printf ("/virtio-net/%s", name);

    g_test_add (path, struct net_fixture, NULL, net_fixture_setup, test, net_fixture_teardown);
}

static void
add_tap (const char *name, void (*test) (struct net_fixture *, gconstpointer))
{
    g_autofree char *path = g_strdup_printf ("/virtio-net/offloads/%s", name);

    g_test_add (path, struct net_fixture, "tap", net_fixture_setup, test, net_fixture_teardown);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("identity", test_identity);
    add ("options", test_options);
    add ("taken-slot-is-refused", test_taken_slot_is_refused);
    add ("frames-are-sent-whole", test_frames_are_sent_whole);
    add ("lengths-that-are-no-frame-go-nowhere", test_lengths_that_are_no_frame_go_nowhere);
    add ("sent-frame-without-header-breaks-it", test_sent_frame_without_header_breaks_it);
    add ("writable-buffer-in-a-sent-frame-breaks-it",
         test_writable_buffer_in_a_sent_frame_breaks_it);
    add ("a-full-wire-keeps-frames-in-the-ring", test_a_full_wire_keeps_frames_in_the_ring);
    add ("a-frame-is-received", test_a_frame_is_received);
    add ("a-frame-waits-for-a-buffer", test_a_frame_waits_for_a_buffer);
    add ("a-frame-takes-several-buffers", test_a_frame_takes_several_buffers);
    add ("a-reset-does-not-wait-for-buffers", test_a_reset_does_not_wait_for_buffers);
    add ("a-frame-too-large-for-its-buffer-is-dropped",
         test_a_frame_too_large_for_its_buffer_is_dropped);
    add ("bad-receive-buffers-break-it", test_bad_receive_buffers_break_it);
    add ("a-ring-of-crumbs-breaks-it", test_a_ring_of_crumbs_breaks_it);
    add ("frames-before-the-driver-are-dropped", test_frames_before_the_driver_are_dropped);
    add_tap ("identity", test_identity);
    add_tap ("are-passed-on", test_offloads_are_passed_on);
    add_tap ("that-were-not-negotiated-go-nowhere",
             test_offloads_that_were_not_negotiated_go_nowhere);
    add_tap ("a-driver-without-them-gets-finished-frames",
             test_a_driver_without_offloads_gets_finished_frames);
    add_tap ("are-switched-while-running", test_offloads_are_switched_while_running);
    return g_test_run ();
}
