/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-cursor.h - the guest's cursor, in the shapes RFB knows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <rfb/rfb.h>

#include "display-protocol.h"

/* "Cursor with alpha"; RFC 6143 §7.8.1's has a mask only. */
#define VNC_ENCODING_ALPHA_CURSOR (-314)

#define VNC_CURSOR_MESSAGE_BYTES (4 + 12 + 4 + DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE * 4)

struct vnc_cursor {
    /* For the library: points into the rest. */
    rfbCursor rich;
    uint8_t pixels[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE * 4];
    uint8_t mask[DISPLAY_CURSOR_SIDE / 8 * DISPLAY_CURSOR_SIDE];

    /* A whole framebuffer update with the cursor and its alpha, for viewers that want that. */
    uint8_t message[VNC_CURSOR_MESSAGE_BYTES];
    size_t message_bytes;
};

/* Makes CURSOR what DISPLAY says; 0×0 is no cursor. */
void vnc_cursor_set (struct vnc_cursor *cursor, const struct display_cursor *display);

/* What the library sends: NULL when there is none. */
rfbCursorPtr vnc_cursor_rich (struct vnc_cursor *cursor);
