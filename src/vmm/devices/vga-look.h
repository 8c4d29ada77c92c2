/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-look.h - what the display adapter's registers say is to be seen: a snapshot that can be
 * rendered without any lock, and lines of pixels made from it.
 *
 * A unit is one character clock of the CRT controller: a character in text, eight pixels of a
 * planar picture, four of a 256-colour one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vga-private.h"

#define VGA_FONT_BYTES 8192u /* 256 characters, 32 bytes each */

/* A line buffer holds what a line can have, and a whole unit more on either side for panning. */
#define VGA_LINE_PIXELS (VGA_SHADOW_WIDTH + 64)

enum vga_picture {
    VGA_PICTURE_BLANK,
    VGA_PICTURE_TEXT,
    VGA_PICTURE_PLANAR, /* a bit a plane */
    VGA_PICTURE_CGA,    /* two bits of a byte, two planes */
    VGA_PICTURE_256,    /* a byte a plane */
    VGA_PICTURE_PACKED, /* 8, 15, 16, 24 or 32 bits a pixel, rendered */
    VGA_PICTURE_DIRECT, /* 32 bits a pixel, shown as it is */
    VGA_PICTURE_N
};

/* Filled from zero, so that two can be compared as memory. */
struct vga_look {
    enum vga_picture picture;
    uint32_t width, height; /* pixels; of BLANK 0 */

    /* PACKED, DIRECT */
    uint32_t bpp;
    uint32_t stride; /* bytes */
    uint64_t offset; /* bytes */

    /* TEXT, PLANAR, CGA, 256 */
    uint32_t columns;      /* units a line */
    uint32_t start, pitch; /* units */
    uint32_t offset_mask;  /* of offsets in a plane */
    uint32_t unit_shift;   /* offset = unit << this: byte, word, doubleword mode */
    uint32_t wrap_bit;     /* word mode: the bit of the unit that becomes bit 0 */
    bool scan_is_bit_13, scan_is_bit_14;
    uint32_t row_lines; /* lines a row of units */
    bool lines_doubled, dots_doubled;
    uint32_t line_compare; /* after this line the picture starts from unit 0 */
    uint32_t preset_line;  /* of the first row */
    uint32_t pan;          /* dots */
    bool pan_ends_at_compare;

    /* TEXT */
    uint32_t dots;    /* a character: 8 or 9 */
    uint32_t font[2]; /* offsets in plane 2; the first for attributes without bit 3 */
    uint32_t cursor_first, cursor_last; /* lines; first > last: none */
    uint32_t underline;
    bool line_graphics, blink;

    uint32_t colors[256]; /* XRGB8888, by what a pixel's bits are; planar and text use 16 */
};

/* Where one line of a legacy picture starts. */
struct vga_line {
    uint32_t unit;
    uint16_t row; /* counts the rows of units from the top */
    uint8_t scan; /* line within the row */
    uint8_t pan;
};

/* One character as drawn; two cells that are equal look the same. */
typedef uint32_t vga_cell;
#define VGA_CELL_CHAR(cell)      ((cell) &0xff)
#define VGA_CELL_ATTRIBUTE(cell) ((cell) >> 8 & 0xff)
#define VGA_CELL_CURSOR          0x10000u
#define VGA_CELL_HIDDEN          0x20000u /* blinks, and is off now */

struct vga_text_cursor {
    uint32_t unit;
    bool is_shown;    /* on, and not blinked off now */
    bool text_hidden; /* blinking characters are off now */
};

/* Snapshots; the caller holds the adapter's lock. */
void vga_look_build (const struct vga *vga, struct vga_look *look);
void vga_look_cursor (const struct vga *vga, int64_t now_ns, struct vga_text_cursor *cursor);

/* Fills LINES, look->height of them, for a legacy picture. */
void vga_look_lines (const struct vga_look *look, struct vga_line *lines);

/* Offset in each plane of UNIT in line SCAN of its row. */
uint32_t vga_look_unit_offset (const struct vga_look *look, uint32_t unit, uint32_t scan);

/* Renderers write look->width pixels and perhaps some more into BUFFER (VGA_LINE_PIXELS) and return
 * where the first is.  VRAM is as large as VRAM_BYTES says; what would lie past its end is black.
 */
const uint32_t *vga_render_text (const struct vga_look *look,
                                 const uint8_t fonts[2][VGA_FONT_BYTES],
                                 const struct vga_line *line, const vga_cell *cells,
                                 uint32_t *buffer);
const uint32_t *vga_render_planes (const struct vga_look *look, const uint8_t *vram,
                                   uint64_t vram_bytes, const struct vga_line *line,
                                   uint32_t *buffer);
const uint32_t *vga_render_packed (const struct vga_look *look, const uint8_t *row,
                                   uint32_t *buffer);
