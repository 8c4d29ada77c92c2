/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rfb-client.c - as little of an RFB viewer as tests need. */
#include "rfb-client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"

#define DEADLINE_MS 10000

static void
wait_for (int fd, short events)
{
    struct pollfd p = { .fd = fd, .events = events };

    g_assert_cmpint (poll (&p, 1, DEADLINE_MS), ==, 1);
}

void
rfb_read (int fd, void *buf, size_t len)
{
    uint8_t *p = buf;

    while (len > 0) {
        ssize_t n;

        wait_for (fd, POLLIN);
        n = read (fd, p, len);
        g_assert_cmpint (n, >, 0);
        p += n;
        len -= (size_t) n;
    }
}

void
rfb_write (int fd, const void *buf, size_t len)
{
    const uint8_t *p = buf;

    while (len > 0) {
        ssize_t n;

        wait_for (fd, POLLOUT);
        n = send (fd, p, len, MSG_NOSIGNAL);
        g_assert_cmpint (n, >, 0);
        p += n;
        len -= (size_t) n;
    }
}

void
rfb_expect_hangup (int fd)
{
    char junk[4096];

    for (;;) {
        wait_for (fd, POLLIN);
        if (read (fd, junk, sizeof junk) <= 0)
            return;
    }
}

void
rfb_handshake (int fd, unsigned *width, unsigned *height, char *name)
{
    uint8_t buf[128];
    uint32_t len;

    rfb_read (fd, buf, 12);
    g_assert_cmpint (memcmp (buf, "RFB 003.008\n", 12), ==, 0);
    rfb_write (fd, buf, 12);
    rfb_read (fd, buf, 1);
    g_assert_cmpuint (buf[0], ==, 1);
    rfb_read (fd, buf, 1);
    g_assert_cmpuint (buf[0], ==, 1); /* none */
    rfb_write (fd, buf, 1);
    rfb_read (fd, buf, 4);
    g_assert_cmpuint (load_be32 (buf), ==, 0);
    buf[0] = 1;
    rfb_write (fd, buf, 1);
    rfb_read (fd, buf, 24);
    *width = load_be16 (buf);
    *height = load_be16 (buf + 2);
    g_assert_cmpuint (buf[4], ==, 32); /* bits a pixel, red at 16, green at 8, blue at 0 */
    g_assert_cmpuint (buf[7], !=, 0);
    g_assert_cmpuint (buf[14], ==, 16);
    g_assert_cmpuint (buf[15], ==, 8);
    g_assert_cmpuint (buf[16], ==, 0);
    len = load_be32 (buf + 20);
    g_assert_cmpuint (len, <, 128);
    rfb_read (fd, name, len);
    name[len] = '\0';
}

void
rfb_set_encodings (int fd, const int32_t *encodings, unsigned n)
{
    uint8_t m[4 + 4 * 16] = { 2 };

    g_assert_cmpuint (n, <=, 16);
    store_be16 (m + 2, (uint16_t) n);
    for (unsigned i = 0; i < n; i++)
        store_be32 (m + 4 + 4 * i, (uint32_t) encodings[i]);
    rfb_write (fd, m, 4 + 4 * n);
}

void
rfb_request (int fd, bool incremental, unsigned x, unsigned y, unsigned w, unsigned h)
{
    uint8_t m[10] = { 3, incremental };

    store_be16 (m + 2, (uint16_t) x);
    store_be16 (m + 4, (uint16_t) y);
    store_be16 (m + 6, (uint16_t) w);
    store_be16 (m + 8, (uint16_t) h);
    rfb_write (fd, m, sizeof m);
}

void
rfb_key (int fd, bool down, uint32_t keysym)
{
    uint8_t m[8] = { 4, down };

    store_be32 (m + 4, keysym);
    rfb_write (fd, m, sizeof m);
}

void
rfb_extended_key (int fd, bool down, uint32_t keysym, uint32_t number)
{
    uint8_t m[12] = { 255, 0, 0, down };

    store_be32 (m + 4, keysym);
    store_be32 (m + 8, number);
    rfb_write (fd, m, sizeof m);
}

void
rfb_pointer (int fd, unsigned buttons, unsigned x, unsigned y)
{
    uint8_t m[6] = { 5, (uint8_t) buttons };

    store_be16 (m + 2, (uint16_t) x);
    store_be16 (m + 4, (uint16_t) y);
    rfb_write (fd, m, sizeof m);
}

struct rfb_rectangle
rfb_read_update (int fd)
{
    struct rfb_rectangle r = { 0 };
    uint8_t head[16];

    rfb_read (fd, head, sizeof head);
    g_assert_cmpuint (head[0], ==, 0);
    g_assert_cmpuint (load_be16 (head + 2), ==, 1);
    r.x = load_be16 (head + 4);
    r.y = load_be16 (head + 6);
    r.width = load_be16 (head + 8);
    r.height = load_be16 (head + 10);
    r.encoding = (int32_t) load_be32 (head + 12);
    if (r.encoding == 0) {
        r.pixels = g_new (uint32_t, r.width * r.height);
        rfb_read (fd, r.pixels, 4ul * r.width * r.height);
    }
    return r;
}
