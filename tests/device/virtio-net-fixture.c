/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-fixture.c - a virtio-net card with a driver at one end and the
 * wire at the other. */
#define _GNU_SOURCE
#include "virtio-net-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "bits.h"
#include "fd.h"
#include "net-private.h"

/* --- a backend with offloads: as a tap, with a socket for the kernel
 * ---------------------------- */

#define FDS 1024

static bool detached[FDS]; /* by descriptor */

static ssize_t
fake_tap_send (struct net *net, const struct net_header *header, struct iovec *iov, unsigned n,
               size_t len)
{
    if (detached[net->fd])
        return -EBADFD;
    memcpy (iov[0].iov_base, header, sizeof *header);
    return net_stream_send_bytes (net->fd, iov, n);
}

static int
fake_tap_receive (struct net *net)
{
    ssize_t n = recv (net->fd, net->in, sizeof net->in, MSG_DONTWAIT);

    if (detached[net->fd])
        return -EBADFD;
    if (n < (ssize_t) sizeof (struct net_header))
        return n >= 0 ? -EMSGSIZE : errno == EAGAIN ? 0 : -EPIPE;
    memcpy (&net->frame.header, net->in, sizeof (struct net_header));
    net->frame.data = net->in + sizeof (struct net_header);
    net->frame.len = (size_t) n - sizeof (struct net_header);
    return 1;
}

static unsigned n_attached;
static bool attaching_fails;

static int
fake_tap_enable (int fd, bool on)
{
    g_assert_cmpint (fd, <, FDS);
    if (on && attaching_fails) {
        attaching_fails = false;
        return -E2BIG;
    }
    if (detached[fd] == !on) /* as the kernel has it */
        return -EINVAL;
    detached[fd] = !on;
    n_attached += on;
    return 0;
}

bool
net_fixture_is_attached (struct net_fixture *f, unsigned pair)
{
    return !detached[net_get_pair (f->net, pair)->fd];
}

unsigned
net_fixture_n_attached (void)
{
    return n_attached;
}

void
net_fixture_fail_to_attach (void)
{
    attaching_fails = true;
}

static const struct net_driver fake_tap = { .send = fake_tap_send,
                                            .receive = fake_tap_receive,
                                            .enable = fake_tap_enable,
                                            .can_be_lent = true };

static void
plug_in (struct net_fixture *f, struct net *net, int fd)
{
    if (!f->has_offloads) {
        g_assert_cmpint (net_connect (net, NET_PACKET, fd), ==, 0);
        return;
    }
    g_assert_cmpint (fcntl (fd, F_SETFL, O_NONBLOCK), ==, 0);
    g_assert_cmpint (fd, <, FDS);
    detached[fd] = false;
    net->driver = &fake_tap;
    net->offloads =
        NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6 | NET_OFFLOAD_ECN | NET_OFFLOAD_USO;
    net->prefix_bytes = sizeof (struct net_header);
    net->next_fd = fd;
}

/* --- life
 * ------------------------------------------------------------------------------------
 */

void
net_fixture_setup (struct net_fixture *f, gconstpointer data)
{
    net_fixture_setup_with (f, data != NULL, 1, NULL);
}

void
net_fixture_setup_with (struct net_fixture *f, bool has_offloads, unsigned n_pairs,
                        const int *vhost_fds)
{
    const struct device_class *class = &virtio_net_class;
    struct device_args args;
    int socks[2];

    f->has_offloads = has_offloads;
    f->n_pairs = n_pairs;
    f->pair = 0;
    f->control = VIRTIO_NET_CONTROL;
    f->m = test_machine_new ();
    n_attached = 0;
    attaching_fails = false;
    for (unsigned i = 0; i < n_pairs; i++) {
        struct net *net = net_create (f->m->env.io_loop);

        g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), ==, 0);
        f->wires[i] = socks[1];
        plug_in (f, net, socks[0]);
        if (vhost_fds) {
            net->prefix_bytes = VIRTIO_NET_HEADER_BYTES;
            net_set_vhost (net, vhost_fds[i]);
        }
        if (i == 0)
            f->net = net;
        else
            g_assert_cmpint (net_add_pair (f->net, net), ==, 0);
    }
    args = test_device_args (f->m, class, "net0");
    args.slot = NET_FIXTURE_SLOT;
    args.net = f->net;
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
    fd_close_all (f->wires, f->n_pairs);
}

void
net_fixture_start (struct net_fixture *f, uint64_t more)
{
    net_fixture_start_with (f, NET_FIXTURE_FEATURES | more);
}

void
net_fixture_start_with (struct net_fixture *f, uint64_t features)
{
    unsigned n_pairs = features & BIT_ULL (VIRTIO_NET_F_MQ) ? f->n_pairs : 1;

    f->control = VIRTIO_NET_A_PAIR * n_pairs;
    virtio_driver_start (&f->d, features, f->control + 1, NET_FIXTURE_QUEUE);
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

    g_assert_cmpint (sendmsg (f->wires[f->pair], &message, MSG_DONTWAIT), >, 0);
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
    gssize n = recv (f->wires[f->pair], got, sizeof got, MSG_DONTWAIT);

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
    g_assert_cmpint (recv (f->wires[f->pair], &byte, 1, MSG_DONTWAIT), ==, -1);
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
    head = virtio_driver_send (&f->d, VIRTIO_NET_A_PAIR * f->pair + VIRTIO_NET_TX, buffers, n);
    test_machine_settle (f->m);
    return head;
}

gpa_t
net_fixture_offer (struct net_fixture *f, uint32_t len)
{
    struct virtio_buffer buffer = { virtio_driver_alloc (&f->d, len, 1), len, true };

    virtio_driver_send (&f->d, VIRTIO_NET_A_PAIR * f->pair + VIRTIO_NET_RX, &buffer, 1);
    test_machine_settle (f->m);
    return buffer.gpa;
}

uint32_t
net_fixture_received (struct net_fixture *f)
{
    uint32_t id, len;

    g_assert_true (
        virtio_driver_take (&f->d, VIRTIO_NET_A_PAIR * f->pair + VIRTIO_NET_RX, &id, &len));
    return len;
}

bool
net_fixture_received_none (struct net_fixture *f)
{
    uint32_t id, len;

    test_machine_settle (f->m);
    return !virtio_driver_take (&f->d, VIRTIO_NET_A_PAIR * f->pair + VIRTIO_NET_RX, &id, &len);
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
    head = virtio_driver_send (&f->d, f->control, buffers, 2);
    g_assert_cmpuint (virtio_driver_wait (&f->d, f->control, head), ==, 1);
    return f->m->ram[ack];
}

uint8_t
net_fixture_use_pairs (struct net_fixture *f, uint16_t n)
{
    uint8_t bytes[2], ack;

    store_le16 (bytes, n);
    ack = net_fixture_command (f, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_PAIRS_SET, bytes,
                               sizeof bytes);
    test_machine_settle (f->m);
    return ack;
}

uint16_t
net_fixture_status (struct net_fixture *f)
{
    return (uint16_t) test_mmio_read (f->m, f->d.config + VIRTIO_NET_CFG_STATUS, 2);
}
