/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic-fixture.c - a network card with a test at both ends, and frames. */
#include "nic-fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"

const uint8_t nic_mac[NIC_MAC_BYTES] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
const uint8_t nic_peer[NIC_MAC_BYTES] = { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0xcc };

void
nic_set_up (struct nic *nic, const struct device_class *class)
{
    struct device_args args;
    int pair[2];
    int size = 4 << 20;

    nic->m = test_machine_new ();
    nic->class = class;
    nic->net = net_create (nic->m->env.io_loop);
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
                     ==, 0);
    setsockopt (pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    nic->peer = pair[1];
    g_assert_cmpint (net_connect (nic->net, NET_PACKET, pair[0]), ==, 0);
    args = test_device_args (nic->m, class, "net0");
    args.net = nic->net;
    g_assert_cmpint (class->create (&args, &nic->device), ==, 0);
    nic->device->class = class;
    device_reset (nic->device);
}

void
nic_tear_down (struct nic *nic)
{
    device_destroy (nic->device);
    close (nic->peer);
    test_machine_free (nic->m);
}

uint32_t
nic_read (struct nic *nic, unsigned offset)
{
    return (uint32_t) test_mmio_read (nic->m, NIC_MMIO + offset, 4);
}

void
nic_write (struct nic *nic, unsigned offset, uint32_t value)
{
    test_mmio_write (nic->m, NIC_MMIO + offset, value, 4);
}

void
nic_settle (struct nic *nic)
{
    test_machine_settle (nic->m);
}

size_t
nic_take (struct nic *nic)
{
    ssize_t n;

    nic_settle (nic);
    n = recv (nic->peer, nic->frame, sizeof nic->frame, MSG_TRUNC);
    if (n < 0) {
        g_assert_cmpint (errno, ==, EAGAIN);
        return 0;
    }
    g_assert_cmpint (n, <=, sizeof nic->frame);
    return (size_t) n;
}

void
nic_give (struct nic *nic, const uint8_t *frame, size_t len)
{
    g_assert_cmpint (send (nic->peer, frame, len, 0), ==, len);
    nic_settle (nic);
}

bool
nic_offer (struct nic *nic, const uint8_t *frame, size_t len)
{
    return send (nic->peer, frame, len, 0) == (ssize_t) len;
}

/* --- frames ----------------------------------------------------------------------------------- */

static bool
is_tcp (enum nic_protocol protocol)
{
    return protocol == NIC_TCP4 || protocol == NIC_TCP6;
}

static bool
is_v4 (enum nic_protocol protocol)
{
    return protocol == NIC_TCP4 || protocol == NIC_UDP4;
}

size_t
nic_l4 (enum nic_protocol protocol)
{
    return is_v4 (protocol) ? 34 : 54;
}

size_t
nic_payload (enum nic_protocol protocol)
{
    return nic_l4 (protocol) + (is_tcp (protocol) ? 20 : 8);
}

size_t
nic_checksum_field (enum nic_protocol protocol)
{
    return nic_l4 (protocol) + (is_tcp (protocol) ? 16 : 6);
}

/* Slow and plain on purpose: the card's own code is what is tested. */
static uint32_t
add_up (uint32_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum += (uint32_t) data[i] << (i % 2 ? 0 : 8);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static uint32_t
pseudo_header (const uint8_t *frame, enum nic_protocol protocol, size_t len)
{
    uint32_t sum = (uint32_t) (len + (is_tcp (protocol) ? 6 : 17));

    sum = (sum & 0xffff) + (sum >> 16);
    return is_v4 (protocol) ? add_up (sum, frame + 26, 8) : add_up (sum, frame + 22, 32);
}

void
nic_put_pseudo_header (uint8_t *frame, enum nic_protocol protocol, size_t len)
{
    store_be16 (frame + nic_checksum_field (protocol),
                (uint16_t) pseudo_header (frame, protocol, len));
}

static void
make_ip (uint8_t *frame, enum nic_protocol protocol, size_t l4_bytes)
{
    uint8_t *ip = frame + 14;
    uint8_t next = is_tcp (protocol) ? 6 : 17;

    if (is_v4 (protocol)) {
        store_be16 (frame + 12, 0x0800);
        ip[0] = 0x45;
        store_be16 (ip + 2, (uint16_t) (20 + l4_bytes));
        store_be16 (ip + 4, 0x1234);
        ip[8] = 64;
        ip[9] = next;
        memcpy (ip + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
        store_be16 (ip + 10, (uint16_t) ~add_up (0, ip, 20));
    } else {
        store_be16 (frame + 12, 0x86dd);
        ip[0] = 0x60;
        store_be16 (ip + 4, (uint16_t) l4_bytes);
        ip[6] = next;
        ip[7] = 64;
        memcpy (ip + 8, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
        memcpy (ip + 24, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16);
    }
}

size_t
nic_make_frame (uint8_t *frame, enum nic_protocol protocol, const uint8_t *to, const uint8_t *from,
                size_t n)
{
    size_t l4 = nic_l4 (protocol), at = nic_payload (protocol), len = at + n;
    uint32_t sum;

    memset (frame, 0, at);
    memcpy (frame, to, 6);
    memcpy (frame + 6, from, 6);
    make_ip (frame, protocol, len - l4);
    store_be16 (frame + l4, 1000);
    store_be16 (frame + l4 + 2, 2000);
    if (is_tcp (protocol)) {
        store_be32 (frame + l4 + 4, 0xfffffff0); /* wraps soon */
        frame[l4 + 12] = 0x50;
        frame[l4 + 13] = 0x19; /* ACK, PSH, FIN */
    } else {
        store_be16 (frame + l4 + 4, (uint16_t) (len - l4));
    }
    for (size_t i = 0; i < n; i++)
        frame[at + i] = (uint8_t) (i * 7 + i / 256);
    sum = add_up (pseudo_header (frame, protocol, len - l4), frame + l4, len - l4);
    store_be16 (frame + nic_checksum_field (protocol), sum == 0xffff ? 0xffff : (uint16_t) ~sum);
    return len;
}

void
nic_assert_right (const uint8_t *frame, size_t len, enum nic_protocol protocol)
{
    const uint8_t *ip = frame + 14;
    size_t l4 = nic_l4 (protocol), end;

    if (is_v4 (protocol)) {
        g_assert_cmphex (add_up (0, ip, 20), ==, 0xffff);
        end = 14 + load_be16 (ip + 2);
    } else {
        end = l4 + load_be16 (ip + 4);
    }
    g_assert_cmpuint (end, <=, len);
    if (!is_tcp (protocol))
        g_assert_cmpuint (load_be16 (frame + l4 + 4), ==, end - l4);
    g_assert_cmphex (add_up (pseudo_header (frame, protocol, end - l4), frame + l4, end - l4), ==,
                     0xffff);
    if (len > end)
        g_assert_cmpuint (len, ==, 60);
    for (size_t i = end; i < len; i++)
        g_assert_cmphex (frame[i], ==, 0);
}
