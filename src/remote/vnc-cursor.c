/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-cursor.c - the guest's cursor, in the shapes RFB knows.
 *
 * The picture is mapped read-only, so nobody here draws the cursor into it.  Viewers that know a cursor
 * get its shape and draw it themselves; others see none.  Most know only a mask: a pixel is there when
 * it covers more than half of what lies below.
 */
#include "vnc-cursor.h"

#include <string.h>

#include "bits.h"

#define ENCODING_RAW 0
#define HALF_COVERED 0x80u

/* The color without what its alpha took from it. */
static uint8_t
undo_alpha (uint32_t part, uint32_t alpha)
{
    return (uint8_t) MIN_OF (part * 255 / alpha, 255u);
}

/* One bit a pixel, the first is the highest; color bytes as the screen has them. */
static void
set_rich (struct vnc_cursor *cursor, const struct display_cursor *d)
{
    uint32_t row_bytes = (d->width + 7) / 8;

    memset (cursor->mask, 0, sizeof cursor->mask);
    for (uint32_t i = 0; i < d->width * d->height; i++) {
        uint32_t pixel = d->pixels[i], alpha = pixel >> 24, x = i % d->width, y = i / d->width;
        uint8_t *p = cursor->pixels + 4 * i;

        memset (p, 0, 4);
        if (alpha < HALF_COVERED)
            continue;
        cursor->mask[y * row_bytes + x / 8] |= (uint8_t) (0x80u >> x % 8);
        p[0] = undo_alpha (pixel & 0xff, alpha);
        p[1] = undo_alpha (pixel >> 8 & 0xff, alpha);
        p[2] = undo_alpha (pixel >> 16 & 0xff, alpha);
    }
    cursor->rich = (rfbCursor){
        .width = (unsigned short) d->width,
        .height = (unsigned short) d->height,
        .xhot = (unsigned short) d->hot_x,
        .yhot = (unsigned short) d->hot_y,
        .mask = cursor->mask,
        .richSource = cursor->pixels,
    };
}

/* One rectangle, its pixels raw: red, green, blue, alpha. */
static void
set_message (struct vnc_cursor *cursor, const struct display_cursor *d)
{
    uint8_t *m = cursor->message, *p = m + 20;

    memset (m, 0, 20);
    store_be16 (m + 2, 1);
    store_be16 (m + 4, (uint16_t) d->hot_x);
    store_be16 (m + 6, (uint16_t) d->hot_y);
    store_be16 (m + 8, (uint16_t) d->width);
    store_be16 (m + 10, (uint16_t) d->height);
    store_be32 (m + 12, (uint32_t) VNC_ENCODING_ALPHA_CURSOR);
    store_be32 (m + 16, ENCODING_RAW);
    for (uint32_t i = 0; i < d->width * d->height; i++, p += 4) {
        p[0] = (uint8_t) (d->pixels[i] >> 16);
        p[1] = (uint8_t) (d->pixels[i] >> 8);
        p[2] = (uint8_t) d->pixels[i];
        p[3] = (uint8_t) (d->pixels[i] >> 24);
    }
    cursor->message_bytes = (size_t) (p - m);
}

void
vnc_cursor_set (struct vnc_cursor *cursor, const struct display_cursor *display)
{
    set_rich (cursor, display);
    set_message (cursor, display);
}

rfbCursorPtr
vnc_cursor_rich (struct vnc_cursor *cursor)
{
    return cursor->rich.width > 0 ? &cursor->rich : NULL;
}
