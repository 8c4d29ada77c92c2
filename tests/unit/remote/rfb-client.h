/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rfb-client.h - as little of an RFB viewer as tests need: bytes out, bytes in, each with a
 * deadline. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Reads exactly LEN bytes; fails the test when they do not come within 10 s. */
void rfb_read (int fd, void *buf, size_t len);
void rfb_write (int fd, const void *buf, size_t len);

/* Fails the test unless the server hangs up within 10 s; what still comes is thrown away. */
void rfb_expect_hangup (int fd);

/* RFC 6143 §7.1-7.3: version 3.8, no security, shared.  WIDTH, HEIGHT and NAME (at least 128 bytes)
 * are the server's. */
void rfb_handshake (int fd, unsigned *width, unsigned *height, char *name);

void rfb_set_encodings (int fd, const int32_t *encodings, unsigned n);
void rfb_request (int fd, bool incremental, unsigned x, unsigned y, unsigned w, unsigned h);
void rfb_key (int fd, bool down, uint32_t keysym);
void rfb_extended_key (int fd, bool down, uint32_t keysym, uint32_t number);
void rfb_pointer (int fd, unsigned buttons, unsigned x, unsigned y);

struct rfb_rectangle {
    unsigned x, y, width, height;
    int32_t encoding;
    uint32_t *pixels; /* of raw ones, as the server has them; g_free() */
};

/* Reads one update, which must have exactly one rectangle: raw or without a body. */
struct rfb_rectangle rfb_read_update (int fd);
