/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-fixture.c - a virtio-net card with a driver at one end and the
 * wire at the other. */
#define _GNU_SOURCE
#include "virtio-net-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "net-private.h"

/* --- a backend with offloads: as a tap, with a socket for the kernel
 * ---------------------------- */

static ssize_t
fake_tap_send (struct net *net, const struct net_header *header, struct iovec *iov, unsigned n,
               size_t len)
{
    memcpy (iov[0].iov_base, header, sizeof *header);
    return net_stream_send_bytes (net->fd, iov, n);
}

static int
fake_tap_receive (struct net *net)
{
    ssize_t n = recv (net->fd, net->in, sizeof net->in, MSG_DONTWAIT);

    if (n < (ssize_t) sizeof (struct net_header))
        return n >= 0 ? -EMSGSIZE : errno == EAGAIN ? 0 : -EPIPE;
    memcpy (&net->frame.header, net->in, sizeof (struct net_header));
    net->frame.data = net->in + sizeof (struct net_header);
    net->frame.len = (size_t) n - sizeof (struct net_header);
    return 1;
}

static const struct net_driver fake_tap = { .send = fake_tap_send,
                                            .receive = fake_tap_receive,
                                            .can_be_lent = true };

static void
plug_in (struct net_fixture *f, int fd)
{
    if (!f->has_offloads) {
        g_assert_cmpint (net_connect (f->net, NET_PACKET, fd), ==, 0);
        return;
    }
    g_assert_cmpint (fcntl (fd, F_SETFL, O_NONBLOCK), ==, 0);
    f->net->driver = &fake_tap;
    f->net->offloads =
        NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6 | NET_OFFLOAD_ECN | NET_OFFLOAD_USO;
    f->net->prefix_bytes = sizeof (struct net_header);
    f->net->next_fd = fd;
}

/* --- life
 * ------------------------------------------------------------------------------------
 */

void
net_fixture_setup (struct net_fixture *f, gconstpointer data)
{
    net_fixture_setup_with (f, data != NULL, -1);
}

void
net_fixture_setup_with (struct net_fixture *f, bool has_offloads, int vhost_fd)
{
    const struct device_class *class = &virtio_net_class;
    struct device_args args;
    int socks[2];

    f->has_offloads = has_offloads;
    f->m = test_machine_new ();
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), ==, 0);
    f->wire = socks[1];
    f->net = net_create (f->m->env.io_loop);
    plug_in (f, socks[0]);
    args = test_device_args (f->m, class, "net0");
    args.slot = NET_FIXTURE_SLOT;
    args.net = f->net;
    args.vhost_fd = vhost_fd;
    if (vhost_fd >= 0)
        f->net->prefix_bytes = VIRTIO_NET_HEADER_BYTES;
    g_assert_cmpint (device_option_set (class, (void *) args.config, "mac", NET_FIXTURE_MAC), ==,
                     0);
    g_assert_cmpint (class->create (&args, &f->device), ==, 0);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, NET_FIXTURE_SLOT);
    test_machine_settle (f->m);
}

void
net_fixture_teardown (struct net_fixture *f, gconstpointer data)
{
    device_destroy (f->device);
    test_machine_free (f->m);
    close (f->wire);
}

void
net_fixture_start (struct net_fixture *f, uint64_t more)
{
    virtio_driver_start (&f->d, NET_FIXTURE_FEATURES | more, VIRTIO_NET_N_QUEUES,
                         NET_FIXTURE_QUEUE);
    test_machine_settle (f->m);
}

/* --- the wire
 * --------------------------------------------------------------------------------
 */

guint8 *
net_fixture_frame (size_t len, unsigned seed)
{
    static const guint8 mac[] = { 0x52, 0x54, 0x00, 0x0a, 0x0b, 0x0c };
    guint8 *frame = g_malloc (len);

    for (size_t i = 0; i < len; i++)
        frame[i] = (guint8) (i * 31 + i / 251 + seed * 7);
    memcpy (frame, mac, sizeof mac);
    return frame;
}

void
net_fixture_give_bytes (struct net_fixture *f, const struct net_header *header, const void *frame,
                        size_t len)
{
    struct net_header plain = { 0 };
    struct iovec iov[] = {
        { header ? (void *) header : &plain, f->has_offloads ? sizeof plain : 0 },
        { (void *) frame, len },
    };
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };

    g_assert_cmpint (sendmsg (f->wire, &message, MSG_DONTWAIT), >, 0);
    test_machine_settle (f->m);
}

void
net_fixture_give (struct net_fixture *f, const struct net_header *header, size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);

    net_fixture_give_bytes (f, header, frame, len);
}

void
net_fixture_take (struct net_fixture *f, struct net_header *header, size_t len, unsigned seed)
{
    static guint8 got[sizeof (struct net_header) + NET_MAX_FRAME_BYTES];
    g_autofree guint8 *frame = net_fixture_frame (len, seed);
    size_t prefix = f->has_offloads ? sizeof (struct net_header) : 0;
    gssize n = recv (f->wire, got, sizeof got, MSG_DONTWAIT);

    g_assert_cmpint (n, ==, prefix + len);
    if (header)
        memcpy (header, got, prefix);
    g_assert_cmpmem (got + prefix, (size_t) n - prefix, frame, len);
}

void
net_fixture_take_none (struct net_fixture *f)
{
    guint8 byte;

    test_machine_settle (f->m);
    g_assert_cmpint (recv (f->wire, &byte, 1, MSG_DONTWAIT), ==, -1);
    g_assert_cmpint (errno, ==, EAGAIN);
}

/* --- the driver
 * ------------------------------------------------------------------------------
 */

uint16_t
net_fixture_send (struct net_fixture *f, const guint8 *header, size_t len, unsigned seed,
                  uint32_t piece)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);
    struct virtio_buffer buffers[NET_FIXTURE_QUEUE];
    uint32_t left = (uint32_t) len + VIRTIO_NET_HEADER_BYTES;
    gpa_t at = virtio_driver_alloc (&f->d, left, 1);
    unsigned n = 0;
    uint16_t head;

    if (header)
        memcpy (f->m->ram + at, header, VIRTIO_NET_HEADER_BYTES);
    memcpy (f->m->ram + at + VIRTIO_NET_HEADER_BYTES, frame, len);
    while (left > 0) {
        uint32_t bytes = MIN (left, piece);

        g_assert_cmpuint (n, <, G_N_ELEMENTS (buffers));
        buffers[n++] = (struct virtio_buffer){ at, bytes, false };
        at += bytes;
        left -= bytes;
    }
    head = virtio_driver_send (&f->d, VIRTIO_NET_TX, buffers, n);
    test_machine_settle (f->m);
    return head;
}

gpa_t
net_fixture_offer (struct net_fixture *f, uint32_t len)
{
    struct virtio_buffer buffer = { virtio_driver_alloc (&f->d, len, 1), len, true };

    virtio_driver_send (&f->d, VIRTIO_NET_RX, &buffer, 1);
    test_machine_settle (f->m);
    return buffer.gpa;
}

uint32_t
net_fixture_received (struct net_fixture *f)
{
    uint32_t id, len;

    g_assert_true (virtio_driver_take (&f->d, VIRTIO_NET_RX, &id, &len));
    return len;
}

bool
net_fixture_received_none (struct net_fixture *f)
{
    uint32_t id, len;

    test_machine_settle (f->m);
    return !virtio_driver_take (&f->d, VIRTIO_NET_RX, &id, &len);
}

void
net_fixture_check (struct net_fixture *f, gpa_t gpa, unsigned n_buffers, size_t len, unsigned seed)
{
    g_autofree guint8 *frame = net_fixture_frame (len, seed);

    g_assert_cmpuint (load_le16 (f->m->ram + gpa + VIRTIO_NET_HDR_BUFFERS), ==, n_buffers);
    g_assert_cmpmem (f->m->ram + gpa + VIRTIO_NET_HEADER_BYTES, len, frame, len);
}

uint8_t
net_fixture_command (struct net_fixture *f, uint8_t class, uint8_t command, const void *data,
                     uint32_t len)
{
    gpa_t at = virtio_driver_alloc (&f->d, VIRTIO_NET_CTRL_HEADER_BYTES + len + 1, 1);
    gpa_t ack = at + VIRTIO_NET_CTRL_HEADER_BYTES + len;
    struct virtio_buffer buffers[] = {
        { at, VIRTIO_NET_CTRL_HEADER_BYTES + len, false },
        { ack, 1, true },
    };
    uint16_t head;

    f->m->ram[at] = class;
    f->m->ram[at + 1] = command;
    if (len)
        memcpy (f->m->ram + at + VIRTIO_NET_CTRL_HEADER_BYTES, data, len);
    f->m->ram[ack] = 0xff;
    head = virtio_driver_send (&f->d, VIRTIO_NET_CONTROL, buffers, 2);
    g_assert_cmpuint (virtio_driver_wait (&f->d, VIRTIO_NET_CONTROL, head), ==, 1);
    return f->m->ram[ack];
}

uint16_t
net_fixture_status (struct net_fixture *f)
{
    return (uint16_t) test_mmio_read (f->m, f->d.config + VIRTIO_NET_CFG_STATUS, 2);
}
