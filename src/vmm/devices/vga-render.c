/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-render.c - a line of pixels from a snapshot of the display adapter.
 *
 * Each renderer makes whole units from the left edge of BUFFER on, one unit more than is seen, and
 * returns the pixel panning says is the first.  Dots that the sequencer halves in frequency are
 * doubled afterwards.
 */
#include "vga-look.h"

/* Writes each of the first N pixels of BUFFER twice, from the last on. */
static void
double_pixels (uint32_t *buffer, uint32_t n)
{
    while (n-- > 0)
        buffer[2 * n] = buffer[2 * n + 1] = buffer[n];
}

static const uint32_t *
finish (const struct vga_look *look, const struct vga_line *line, uint32_t *buffer, uint32_t n)
{
    if (!look->dots_doubled)
        return buffer + line->pan;
    double_pixels (buffer, n);
    return buffer + 2 * line->pan;
}

/* --- text ---------------------------------------------------------------------------- */

/* The dots of CELL in its line SCAN, the leftmost in bit 8. */
static unsigned
glyph_dots (const struct vga_look *look, const uint8_t fonts[2][VGA_FONT_BYTES], vga_cell cell,
            unsigned scan)
{
    unsigned ch = VGA_CELL_CHAR (cell), attribute = VGA_CELL_ATTRIBUTE (cell);
    unsigned dots;

    if ((cell & VGA_CELL_CURSOR) && scan >= look->cursor_first && scan <= look->cursor_last)
        return 0x1ff;
    if (cell & VGA_CELL_HIDDEN)
        return 0;
    if (scan == look->underline && (attribute & 7) == 1)
        return 0x1ff;
    dots = fonts[attribute >> 3 & 1][ch * 32 + (scan & 31)] * 2u;
    /* Line-drawing characters reach over the gap between two characters. */
    if (look->line_graphics && (ch & 0xe0) == 0xc0)
        dots |= dots >> 1 & 1;
    return dots;
}

const uint32_t *
vga_render_text (const struct vga_look *look, const uint8_t fonts[2][VGA_FONT_BYTES],
                 const struct vga_line *line, const vga_cell *cells, uint32_t *buffer)
{
    uint32_t *out = buffer;

    for (uint32_t column = 0; column <= look->columns; column++) {
        unsigned attribute = VGA_CELL_ATTRIBUTE (cells[column]);
        unsigned dots = glyph_dots (look, fonts, cells[column], line->scan);
        uint32_t front = look->colors[attribute & 0xf];
        uint32_t back = look->colors[attribute >> 4 & (look->blink ? 7 : 0xf)];

        for (uint32_t i = 0; i < look->dots; i++)
            *out++ = dots & (0x100 >> i) ? front : back;
    }
    return finish (look, line, buffer, (look->columns + 1) * look->dots);
}

/* --- planes -------------------------------------------------------------------------- */

/* Eight pixels, a bit from each plane; plane 0 is the lowest byte of PLANES. */
static void
unit_planar (const struct vga_look *look, uint32_t planes, uint32_t *out)
{
    for (int bit = 7; bit >= 0; bit--) {
        uint32_t p = planes >> bit;

        *out++ = look->colors[(p & 1) | (p >> 7 & 2) | (p >> 14 & 4) | (p >> 21 & 8)];
    }
}

/* Eight pixels of two bits: four from planes 0 and 2, then four from planes 1 and 3. */
static void
unit_cga (const struct vga_look *look, uint32_t planes, uint32_t *out)
{
    for (int half = 0; half < 2; half++) {
        for (int shift = 6; shift >= 0; shift -= 2) {
            uint32_t p = planes >> (8 * half + shift);

            *out++ = look->colors[(p & 3) | (p >> 14 & 0xc)];
        }
    }
}

/* Four pixels of two dots each. */
static void
unit_256 (const struct vga_look *look, uint32_t planes, uint32_t *out)
{
    for (int plane = 0; plane < 4; plane++, out += 2)
        out[0] = out[1] = look->colors[planes >> (8 * plane) & 0xff];
}

const uint32_t *
vga_render_planes (const struct vga_look *look, const uint8_t *vram, uint64_t vram_bytes,
                   const struct vga_line *line, uint32_t *buffer)
{
    for (uint32_t column = 0; column <= look->columns; column++) {
        uint64_t at = 4ull * vga_look_unit_offset (look, line->unit + column, line->scan);
        uint32_t planes = range_fits (at, 4, vram_bytes) ? load_le32 (vram + at) : 0;
        uint32_t *out = buffer + 8 * column;

        if (look->picture == VGA_PICTURE_256)
            unit_256 (look, planes, out);
        else if (look->picture == VGA_PICTURE_CGA)
            unit_cga (look, planes, out);
        else
            unit_planar (look, planes, out);
    }
    return finish (look, line, buffer, (look->columns + 1) * 8);
}

/* --- packed pixels ------------------------------------------------------------------- */

/* An N-bit part of a colour as 8 bits, the high ones repeated below. */
static uint32_t
widen (uint32_t part, unsigned n)
{
    part &= BIT (n) - 1;
    return part << (8 - n) | part >> (2 * n - 8);
}

const uint32_t *
vga_render_packed (const struct vga_look *look, const uint8_t *row, uint32_t *buffer)
{
    for (uint32_t x = 0; x < look->width; x++) {
        uint32_t v;

        switch (look->bpp) {
        case 8:
            buffer[x] = look->colors[row[x]];
            break;
        case 15:
            v = load_le16 (row + 2 * x);
            buffer[x] = widen (v >> 10, 5) << 16 | widen (v >> 5, 5) << 8 | widen (v, 5);
            break;
        case 16:
            v = load_le16 (row + 2 * x);
            buffer[x] = widen (v >> 11, 5) << 16 | widen (v >> 5, 6) << 8 | widen (v, 5);
            break;
        case 32:
            buffer[x] = load_le32 (row + 4 * x) & 0xffffff;
            break;
        default:
            buffer[x] = (uint32_t) load_le (row + 3 * x, 3);
            break;
        }
    }
    return buffer;
}
