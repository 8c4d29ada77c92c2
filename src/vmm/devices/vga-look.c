/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-look.c - what registers say is to be seen, as a snapshot. */
#include "vga-look.h"

#define CURSOR_BLINK_NS 266000000ll /* 16 frames on, 16 off */
#define TEXT_BLINK_NS   533000000ll

#define CRTC_MODE_SCAN_13   0x01 /* set: bit 13 of the address is the address's own */
#define CRTC_MODE_SCAN_14   0x02
#define CRTC_MODE_WRAP_15   0x20
#define CRTC_MODE_BYTE      0x40
#define CRTC_MODE_SYNC      0x80
#define CRTC_UNDERLINE_WORD 0x40 /* doubleword mode */
#define CRTC_CURSOR_OFF     0x20

/* --- colours ------------------------------------------------------------------------- */

static uint32_t
dac_color (const struct vga_registers *r, unsigned index)
{
    const uint8_t *rgb = r->dac[index & r->dac_mask];
    uint32_t color = 0;

    for (unsigned i = 0; i < 3; i++) {
        unsigned part = rgb[i];

        if (!(r->dispi[DISPI_ENABLE] & DISPI_DAC_8BIT))
            part = (part & 0x3f) << 2 | (part & 0x3f) >> 4;
        color = color << 8 | part;
    }
    return color;
}

/* The attribute controller's way from four bits to a DAC index. */
static unsigned
attr_color (const struct vga_registers *r, unsigned index)
{
    unsigned palette = r->attr[index & r->attr[ATTR_PLANES] & 0xf];
    unsigned select = r->attr[ATTR_COLOR_SELECT];

    if (r->attr[ATTR_MODE] & ATTR_MODE_COLOR54)
        return (select & 0x0f) << 4 | (palette & 0x0f);
    return (select & 0x0c) << 4 | (palette & 0x3f);
}

static void
fill_colors (const struct vga_registers *r, struct vga_look *look, bool through_palette)
{
    for (unsigned i = 0; i < (through_palette ? 16 : 256); i++)
        look->colors[i] = dac_color (r, through_palette ? attr_color (r, i) : i);
}

/* --- legacy modes -------------------------------------------------------------------- */

static void
fill_addressing (const struct vga_registers *r, struct vga_look *look)
{
    uint8_t mode = r->crtc[CRTC_MODE];

    if (r->crtc[CRTC_UNDERLINE] & CRTC_UNDERLINE_WORD)
        look->unit_shift = 2;
    else
        look->unit_shift = mode & CRTC_MODE_BYTE ? 0 : 1;
    look->wrap_bit = mode & CRTC_MODE_WRAP_15 ? 15 : 13;
    look->offset_mask = VGA_PLANE_BYTES - 1;
    look->scan_is_bit_13 = !(mode & CRTC_MODE_SCAN_13);
    look->scan_is_bit_14 = !(mode & CRTC_MODE_SCAN_14);
    look->start = (uint32_t) (r->crtc[CRTC_START_HIGH] << 8 | r->crtc[CRTC_START_LOW])
                  + (r->crtc[CRTC_PRESET_ROW] >> 5 & 3);
    look->pitch = r->crtc[CRTC_OFFSET] * 2u;
}

static void
fill_geometry (const struct vga_registers *r, struct vga_look *look)
{
    const uint8_t *crtc = r->crtc;
    uint8_t over = crtc[CRTC_OVERFLOW], row = crtc[CRTC_ROW_HEIGHT];
    uint32_t unit_pixels;

    look->dots_doubled = r->seq[SEQ_CLOCKING] & SEQ_CLOCKING_HALF;
    unit_pixels = look->dots * (look->dots_doubled ? 2 : 1);
    look->columns = MIN_OF (crtc[CRTC_H_END] + 1u, VGA_SHADOW_WIDTH / unit_pixels);
    look->width = look->columns * unit_pixels;
    look->height = (crtc[CRTC_V_END] | (over & 0x02u) << 7 | (over & 0x40u) << 3) + 1;
    look->row_lines = (row & 0x1fu) + 1;
    look->lines_doubled = row & 0x80;
    look->preset_line = crtc[CRTC_PRESET_ROW] & 0x1fu;
    look->line_compare = crtc[CRTC_LINE_COMPARE] | (over & 0x10u) << 4 | (row & 0x40u) << 3;
    look->pan_ends_at_compare = r->attr[ATTR_MODE] & ATTR_MODE_PAN;
}

/* Sequencer register 3: two bits each, and a third one further up. */
static uint32_t
font_offset (unsigned select, unsigned high)
{
    return (select & 3) * 0x4000u + (high & 1) * 0x2000u;
}

static void
fill_text (const struct vga_registers *r, struct vga_look *look)
{
    uint8_t fonts = r->seq[SEQ_FONT], cursor = r->crtc[CRTC_CURSOR_START];
    uint32_t pan = r->attr[ATTR_PANNING];

    look->picture = VGA_PICTURE_TEXT;
    look->dots = r->seq[SEQ_CLOCKING] & SEQ_CLOCKING_8DOT ? 8 : 9;
    /* With nine dots 8 is the middle, and 0 already one to the left. */
    look->pan = look->dots == 9 ? (pan + 1) % 9 : pan & 7;
    look->font[0] = font_offset (fonts, fonts >> 4);
    look->font[1] = font_offset (fonts >> 2, fonts >> 5);
    look->cursor_first = cursor & CRTC_CURSOR_OFF ? 0xff : cursor & 0x1f;
    look->cursor_last = r->crtc[CRTC_CURSOR_END] & 0x1f;
    look->underline = r->crtc[CRTC_UNDERLINE] & 0x1f;
    look->line_graphics = r->attr[ATTR_MODE] & ATTR_MODE_LINE;
    look->blink = r->attr[ATTR_MODE] & ATTR_MODE_BLINK;
    fill_colors (r, look, true);
}

static void
fill_graphics (const struct vga_registers *r, struct vga_look *look)
{
    if (r->gr[GR_MODE] & GR_MODE_256)
        look->picture = VGA_PICTURE_256;
    else
        look->picture = r->gr[GR_MODE] & GR_MODE_CGA ? VGA_PICTURE_CGA : VGA_PICTURE_PLANAR;
    look->dots = 8;
    look->pan = r->attr[ATTR_PANNING] & 7;
    fill_colors (r, look, look->picture != VGA_PICTURE_256);
}

static bool
is_blanked (const struct vga_registers *r)
{
    return !(r->attr_index & ATTR_INDEX_SHOW) || (r->seq[SEQ_CLOCKING] & SEQ_CLOCKING_OFF)
           || r->seq[SEQ_RESET] != 3 || !(r->crtc[CRTC_MODE] & CRTC_MODE_SYNC);
}

/* --- modes of the display interface -------------------------------------------------- */

static void
fill_dispi (const struct vga *vga, const struct vga_dispi_mode *mode, struct vga_look *look)
{
    look->width = mode->width;
    look->height = mode->height;
    if (mode->bpp == 32 && vga->can_show_memory) {
        look->picture = VGA_PICTURE_DIRECT;
    } else {
        look->picture = VGA_PICTURE_PACKED;
        look->width = MIN_OF (look->width, VGA_SHADOW_WIDTH);
        look->height = MIN_OF (look->height, VGA_SHADOW_HEIGHT);
    }
    look->bpp = mode->bpp;
    look->stride = mode->stride;
    look->offset = mode->offset;
    if (mode->bpp == 8)
        fill_colors (&vga->r, look, false);
}

/* 4 bits a pixel are a planar picture with the display interface's geometry. */
static void
fill_dispi_planar (const struct vga_registers *r, const struct vga_dispi_mode *mode,
                   struct vga_look *look)
{
    look->picture = VGA_PICTURE_PLANAR;
    look->columns = MIN_OF (mode->width, VGA_SHADOW_WIDTH) / 8;
    look->width = look->columns * 8;
    look->height = MIN_OF (mode->height, VGA_MAX_LINES);
    look->dots = 8;
    look->start = (uint32_t) mode->offset;
    look->pitch = mode->stride;
    look->offset_mask = UINT32_MAX;
    look->row_lines = 1;
    look->line_compare = UINT32_MAX;
    fill_colors (r, look, true);
}

void
vga_look_build (const struct vga *vga, struct vga_look *look)
{
    const struct vga_registers *r = &vga->r;
    struct vga_dispi_mode mode;

    memset (look, 0, sizeof *look);
    if (vga_dispi_is_enabled (vga)) {
        if (!(r->attr_index & ATTR_INDEX_SHOW) || !vga_dispi_get_mode (vga, &mode))
            return;
        if (mode.bpp == 4)
            fill_dispi_planar (r, &mode, look);
        else
            fill_dispi (vga, &mode, look);
        return;
    }
    if (is_blanked (r))
        return;
    if (r->gr[GR_MISC] & GR_MISC_GRAPHICS)
        fill_graphics (r, look);
    else
        fill_text (r, look);
    fill_addressing (r, look);
    fill_geometry (r, look);
}

void
vga_look_cursor (const struct vga *vga, int64_t now_ns, struct vga_text_cursor *cursor)
{
    const uint8_t *crtc = vga->r.crtc;

    cursor->unit = (uint32_t) (crtc[CRTC_CURSOR_HIGH] << 8 | crtc[CRTC_CURSOR_LOW]);
    cursor->is_shown = now_ns / CURSOR_BLINK_NS % 2 == 0;
    cursor->text_hidden = now_ns / TEXT_BLINK_NS % 2 == 1;
}

/* --- geometry ------------------------------------------------------------------------ */

void
vga_look_lines (const struct vga_look *look, struct vga_line *lines)
{
    uint32_t unit = look->start, scan = look->preset_line, pan = look->pan;
    uint16_t row = 0;
    bool again = look->lines_doubled; /* the second of two equal lines is still to come */

    for (uint32_t y = 0; y < look->height; y++) {
        lines[y] = (struct vga_line){ unit, row, (uint8_t) scan, (uint8_t) pan };
        if (y == look->line_compare) {
            unit = scan = 0;
            row++;
            again = look->lines_doubled;
            if (look->pan_ends_at_compare)
                pan = 0;
            continue;
        }
        if (again) {
            again = false;
            continue;
        }
        again = look->lines_doubled;
        if (++scan >= look->row_lines) {
            scan = 0;
            row++;
            unit += look->pitch;
        }
    }
}

uint32_t
vga_look_unit_offset (const struct vga_look *look, uint32_t unit, uint32_t scan)
{
    uint32_t a = unit & look->offset_mask, offset = a;

    if (look->unit_shift == 1)
        offset = a << 1 | (a >> look->wrap_bit & 1);
    else if (look->unit_shift == 2)
        offset = a << 2; /* bits 0 and 1 are 0, as they are for the CPU in chain 4 */
    if (look->scan_is_bit_13)
        offset = (offset & ~0x2000u) | (scan & 1) << 13;
    if (look->scan_is_bit_14)
        offset = (offset & ~0x4000u) | (scan >> 1 & 1) << 14;
    return offset & look->offset_mask;
}
