/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-picture.c - what a watcher sees of the display adapter, mode by mode. */
#include <errno.h>

#include "bits.h"
#include "pci-rom.h"
#include "vga-fixture.h"

static const uint8_t glyph_frame[16] = {
    0xff, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0xff,
};
static const uint8_t glyph_left[16] = {
    0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0,
};
static const uint8_t glyph_full[16] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

/* Attribute controller: colours 0-5 and 7 are DAC 0-5 and 7, 6 is 14h, 8 and up are 38h and up. */
static uint32_t
text_color (unsigned index)
{
    if (index == 6)
        return vga_test_color (0x14);
    return vga_test_color (index < 8 ? index : index + 0x30);
}

static void
assert_pixel (const struct vga_fixture *f, unsigned x, unsigned y, uint32_t color)
{
    if (vga_pixel (f, x, y) != color)
        g_error ("pixel %u,%u is %06x, not %06x", x, y, vga_pixel (f, x, y), color);
}

/* --- text ---------------------------------------------------------------------------- */

static void
set_text (struct vga_fixture *f)
{
    vga_set_mode (f, 3);
    vga_load_glyph (f, 0, 'A', glyph_frame);
}

static void
test_glyph (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 80 * 3 + 5, 'A', 0x1e); /* row 3, column 5 */
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 720);
    g_assert_cmpuint (f->height, ==, 400);
    for (unsigned y = 0; y < 16; y++) {
        for (unsigned x = 0; x < 9; x++) {
            bool set = x < 8 && (glyph_frame[y] & (0x80 >> x));

            assert_pixel (f, 5 * 9 + x, 3 * 16 + y, text_color (set ? 14 : 1));
        }
    }
    assert_pixel (f, 4 * 9 + 8, 3 * 16, text_color (0));
}

/* A kernel that was started without firmware finds the mode and the font there. */
static void
test_text_without_firmware (struct vga_fixture *f, gconstpointer data)
{
    static uint8_t bytes[16384];
    struct pci_rom *rom;
    const uint32_t grey = 0xaaaaaa;

    memcpy (bytes + 512 + 'A' * 16, "\0\0\x10\x38\x6c\xc6\xc6\xfe\xc6\xc6\xc6\xc6", 12);
    memcpy (bytes + 512 + 'B' * 16, glyph_frame, 16);
    g_assert_cmpint (vga_enter_text_mode (f->vga), ==, -ENOENT);
    rom = test_pci_rom (bytes, sizeof bytes);
    vga_set_rom (f->vga, rom);
    g_assert_cmpint (vga_enter_text_mode (f->vga), ==, 0);
    test_mmio_write (f->m, 0xb8000 + 2 * 82, 'B', 1);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 720);
    g_assert_cmpuint (f->height, ==, 400);
    for (unsigned y = 0; y < 16; y++) {
        for (unsigned x = 0; x < 8; x++)
            assert_pixel (f, 2 * 9 + x, 16 + y, glyph_frame[y] & (0x80 >> x) ? grey : 0);
    }
    vga_set_rom (f->vga, NULL);
    pci_rom_free (rom);
}

static void
test_damage_is_the_cell (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_look_again (f);
    vga_put_cell (f, 80 * 3 + 5, 'A', 0x1e);
    vga_look_again (f);
    g_assert_cmpuint (f->damage.x, ==, 45);
    g_assert_cmpuint (f->damage.y, ==, 48);
    g_assert_cmpuint (f->damage.width, ==, 9);
    g_assert_cmpuint (f->damage.height, ==, 16);
}

/* Line-drawing characters go on into the ninth dot, others do not. */
static void
test_ninth_dot (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_load_glyph (f, 0, 0xc4, glyph_full);
    vga_load_glyph (f, 0, 0xe0, glyph_full);
    vga_put_cell (f, 0, 0xc4, 7);
    vga_put_cell (f, 1, 0xe0, 7);
    vga_look_again (f);
    assert_pixel (f, 8, 0, text_color (7));
    assert_pixel (f, 17, 0, text_color (0));
    vga_set_attr (f, 0x10, 0x08); /* line graphics off */
    vga_look_again (f);
    assert_pixel (f, 8, 0, text_color (0));
}

static void
test_eight_dots (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_set_seq (f, 1, 1);
    vga_put_cell (f, 1, 'A', 7);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 640);
    assert_pixel (f, 7, 1, text_color (0));
    assert_pixel (f, 8, 1, text_color (7));
    assert_pixel (f, 9, 1, text_color (0));
    assert_pixel (f, 15, 1, text_color (7));
}

static void
test_40_columns (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0);
    vga_load_glyph (f, 0, 'A', glyph_left);
    vga_put_cell (f, 40 + 1, 'A', 7); /* row 1, column 1 */
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 720);
    g_assert_cmpuint (f->height, ==, 400);
    assert_pixel (f, 17, 16, text_color (0));
    assert_pixel (f, 18, 16, text_color (7));
    assert_pixel (f, 25, 16, text_color (7)); /* four dots, each twice */
    assert_pixel (f, 26, 16, text_color (0));
}

static void
test_50_lines (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_set_crtc (f, 9, 0x47); /* eight lines a row */
    vga_put_cell (f, 80 * 49, 'A', 7);
    vga_look_again (f);
    g_assert_cmpuint (f->height, ==, 400);
    assert_pixel (f, 0, 391, text_color (0));
    assert_pixel (f, 0, 392, text_color (7));
}

static void
test_two_fonts (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_load_glyph (f, 0x4000, 'A', glyph_left); /* font 1 */
    vga_set_seq (f, 3, 0x04);                    /* for characters with attribute bit 3 */
    vga_put_cell (f, 0, 'A', 0x07);
    vga_put_cell (f, 1, 'A', 0x0f);
    vga_look_again (f);
    assert_pixel (f, 2, 1, text_color (0)); /* the frame's inside */
    assert_pixel (f, 9 + 2, 1, text_color (15));
    assert_pixel (f, 9 + 5, 1, text_color (0));
    vga_set_seq (f, 3, 0x24); /* font 5 at 6000h: empty */
    vga_look_again (f);
    assert_pixel (f, 9 + 2, 1, text_color (0));
}

static void
test_font_change (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 0, 'A', 7);
    vga_look_again (f);
    vga_load_glyph (f, 0, 'A', glyph_left);
    vga_look_again (f);
    assert_pixel (f, 2, 1, text_color (7));
}

static void
test_background (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_set_attr (f, 0x10, 0x04); /* bit 7 is bright background */
    vga_put_cell (f, 0, ' ', 0xb7);
    vga_look_again (f);
    assert_pixel (f, 0, 0, text_color (11));
    vga_set_attr (f, 0x10, 0x0c); /* bit 7 blinks */
    vga_look_again (f);
    assert_pixel (f, 0, 0, text_color (3));
}

static void
wait_for_pixel (struct vga_fixture *f, unsigned x, unsigned y, uint32_t color)
{
    while (vga_pixel (f, x, y) != color)
        vga_look_again (f);
}

static void
test_blink (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 0, 'A', 0x87);
    vga_look_again (f);
    wait_for_pixel (f, 0, 0, text_color (7));
    wait_for_pixel (f, 0, 0, text_color (0));
    g_assert_cmpuint (f->damage.width, ==, 8);
    g_assert_cmpuint (f->damage.height, ==, 16);
}

static void
test_cursor (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 2, ' ', 0x07);
    vga_set_crtc (f, 0x0a, 0x0d);
    vga_set_crtc (f, 0x0b, 0x0e);
    vga_set_crtc (f, 0x0f, 2);
    vga_look_again (f);
    wait_for_pixel (f, 18, 13, text_color (7));
    assert_pixel (f, 18, 12, text_color (0));
    assert_pixel (f, 26, 14, text_color (7));
    assert_pixel (f, 18, 15, text_color (0));
    wait_for_pixel (f, 18, 13, text_color (0));
    wait_for_pixel (f, 18, 13, text_color (7));
    vga_set_crtc (f, 0x0a, 0x2d); /* off */
    wait_for_pixel (f, 18, 13, text_color (0));
}

static void
test_scrolling (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 80 * 10 + 2, 'A', 7);
    vga_set_crtc (f, 0x0d, 80); /* one row up */
    vga_look_again (f);
    assert_pixel (f, 18, 9 * 16, text_color (7));
    vga_set_crtc (f, 8, 5); /* and five lines */
    vga_look_again (f);
    assert_pixel (f, 18, 9 * 16 - 5, text_color (7));
    assert_pixel (f, 18, 9 * 16 - 6, text_color (0));
    vga_set_crtc (f, 8, 0);
    vga_set_attr (f, 0x13, 2); /* and three dots to the left: 8 is none */
    vga_look_again (f);
    assert_pixel (f, 15, 9 * 16, text_color (7));
    assert_pixel (f, 14, 9 * 16, text_color (0));
}

/* Below the line of the line compare register memory is shown from its start. */
static void
test_split_screen (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 0, 'A', 7);
    vga_set_crtc (f, 0x0c, 8); /* above: cells 2048 on, empty */
    vga_set_crtc (f, 0x07, 0x0f);
    vga_set_crtc (f, 0x09, 0x0f);
    vga_set_crtc (f, 0x18, 199);
    vga_look_again (f);
    assert_pixel (f, 0, 0, text_color (0));
    assert_pixel (f, 0, 199, text_color (0));
    assert_pixel (f, 0, 200, text_color (7));
    assert_pixel (f, 1, 201, text_color (0));
    assert_pixel (f, 0, 215, text_color (7));
}

/* --- graphics ------------------------------------------------------------------------ */

static void
test_mode_13h (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x13);
    test_mmio_write (f->m, 0xa0000 + 320 * 10 + 7, 0xc5, 1);
    test_mmio_write (f->m, 0xa0000 + 320 * 199 + 316, 0x04030201, 4);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 640);
    g_assert_cmpuint (f->height, ==, 400);
    for (unsigned y = 20; y < 22; y++) {
        assert_pixel (f, 13, y, vga_test_color (0));
        assert_pixel (f, 14, y, vga_test_color (0xc5));
        assert_pixel (f, 15, y, vga_test_color (0xc5));
        assert_pixel (f, 16, y, vga_test_color (0));
    }
    assert_pixel (f, 639, 399, vga_test_color (4));
    assert_pixel (f, 633, 399, vga_test_color (1));
    test_mmio_write (f->m, 0xa0000, 0xff, 1);
    vga_look_again (f);
    g_assert_cmpuint (f->damage.width, ==, 2);
    g_assert_cmpuint (f->damage.height, ==, 2);
}

/* "Mode X": four pixels an address, as planes. */
static void
test_unchained (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x13);
    vga_set_seq (f, 4, 6);
    vga_set_crtc (f, 0x14, 0);
    vga_set_crtc (f, 0x17, 0xe3);
    vga_set_seq (f, 2, 1 << 2);
    test_mmio_write (f->m, 0xa0000 + 80 * 3 + 1, 0x77, 1); /* x = 4 + 2, y = 3 */
    vga_look_again (f);
    assert_pixel (f, 11, 6, vga_test_color (0));
    assert_pixel (f, 12, 6, vga_test_color (0x77));
    assert_pixel (f, 14, 6, vga_test_color (0));
    vga_set_crtc (f, 0x0d, 80); /* panning by a line */
    vga_look_again (f);
    assert_pixel (f, 12, 4, vga_test_color (0x77));
}

static void
test_mode_12h (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x12);
    vga_set_gr (f, 0, 0x0b); /* set/reset colour 11 in all planes */
    vga_set_gr (f, 1, 0x0f);
    vga_set_gr (f, 8, 0x18);
    test_mmio_read (f->m, 0xa0000 + 80 * 100 + 2, 1);
    test_mmio_write (f->m, 0xa0000 + 80 * 100 + 2, 0, 1);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 640);
    g_assert_cmpuint (f->height, ==, 480);
    assert_pixel (f, 18, 100, text_color (0));
    assert_pixel (f, 19, 100, text_color (11));
    assert_pixel (f, 20, 100, text_color (11));
    assert_pixel (f, 21, 100, text_color (0));
    vga_set_attr (f, 0x12, 0x07); /* plane 3 is not looked at */
    vga_look_again (f);
    assert_pixel (f, 19, 100, text_color (3));
    vga_set_attr (f, 0x12, 0x0f);
    vga_set_attr (f, 0x13, 3); /* panning */
    vga_look_again (f);
    assert_pixel (f, 16, 100, text_color (11));
    assert_pixel (f, 15, 100, text_color (0));
}

static void
test_mode_0dh (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x0d);
    vga_set_seq (f, 2, 4);
    test_mmio_write (f->m, 0xa0000 + 40 * 50, 0x40, 1);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 640);
    g_assert_cmpuint (f->height, ==, 400);
    for (unsigned y = 100; y < 102; y++) {
        assert_pixel (f, 1, y, text_color (0));
        assert_pixel (f, 2, y, text_color (4));
        assert_pixel (f, 3, y, text_color (4));
        assert_pixel (f, 4, y, text_color (0));
    }
}

/* CGA: two bits a pixel, odd lines 8 KiB further up. */
static void
test_mode_4 (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 4);
    test_mmio_write (f->m, 0xb8000 + 80 * 2 + 3, 0x1b, 1); /* line 4, pixels 12-15: 0 1 2 3 */
    test_mmio_write (f->m, 0xba000, 0xc0, 1);              /* line 1, pixel 0: 3 */
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 640);
    g_assert_cmpuint (f->height, ==, 400);
    for (unsigned i = 0; i < 4; i++)
        assert_pixel (f, 2 * (12 + i), 2 * 4, vga_test_color (i));
    assert_pixel (f, 0, 2, vga_test_color (3));
    assert_pixel (f, 0, 0, vga_test_color (0));
}

/* --- the display interface ----------------------------------------------------------- */

static void
test_32_bpp (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 1024, 768, 32, 0x40);
    /* The window is a bank of 64 KiB: the picture's second one. */
    vga_set_dispi (f, DISPI_BANK, 1);
    test_mmio_write (f->m, 0xa0000 + 8, 0x00123456, 4);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 1024);
    g_assert_cmpuint (f->height, ==, 768);
    g_assert_cmpuint (f->stride, ==, 4096);
    g_assert_cmpuint (f->map_bytes, ==, 16 << 20); /* video memory itself */
    assert_pixel (f, 2, 16, 0x123456);
    assert_pixel (f, 1, 16, 0);
}

static void
test_offsets (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 640, 480, 32, 0x40);
    vga_set_dispi (f, DISPI_VIRTUAL_WIDTH, 1000);
    vga_set_dispi (f, DISPI_X, 20);
    vga_set_dispi (f, DISPI_Y, 30);
    vga_set_dispi (f, DISPI_BANK, 1);
    /* 65536 + 54560 = 120080 = 4000 * 30 + 4 * 20 */
    test_mmio_write (f->m, 0xa0000 + 54544, 0x00aabbcc, 4);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 640);
    g_assert_cmpuint (f->stride, ==, 4000);
    assert_pixel (f, 0, 0, 0xaabbcc);
}

static void
test_packed (struct vga_fixture *f, gconstpointer data)
{
    static const struct {
        unsigned bpp;
        uint32_t value, color;
    } cases[] = {
        { 15, 0x7c00, 0xff0000 },   { 15, 0x001f, 0x0000ff },     { 15, 0x0210, 0x008484 },
        { 16, 0xf800, 0xff0000 },   { 16, 0x07e0, 0x00ff00 },     { 16, 0x8410, 0x848284 },
        { 24, 0xfedcba, 0xfedcba }, { 32, 0xf1e2d3c4, 0xe2d3c4 }, { 8, 9, 0 },
    };

    container_of (f->vga, struct vga, device)->can_show_memory = false;
    vga_set_mode (f, 0x13); /* for its colours */
    for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++) {
        unsigned bytes = (cases[i].bpp + 7) / 8;

        vga_set_dispi_mode (f, 640, 480, cases[i].bpp, 0x40);
        for (unsigned b = 0; b < bytes; b++)
            test_mmio_write (f->m, 0xa0000 + 640 * bytes + 3 * bytes + b, cases[i].value >> (8 * b),
                             1);
        vga_look_again (f);
        g_assert_cmpuint (f->width, ==, 640);
        g_assert_cmpuint (f->height, ==, 480);
        assert_pixel (f, 3, 1, cases[i].bpp == 8 ? vga_test_color (9) : cases[i].color);
        assert_pixel (f, 4, 1, cases[i].bpp == 8 ? vga_test_color (0) : 0);
    }
}

static void
test_4_bpp (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x12);
    vga_set_dispi_mode (f, 800, 600, 4, 0x40);
    vga_set_seq (f, 2, 5);
    test_mmio_write (f->m, 0xa0000 + 100 * 599 + 99, 0x01, 1);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 800);
    g_assert_cmpuint (f->height, ==, 600);
    assert_pixel (f, 799, 599, text_color (5));
    assert_pixel (f, 798, 599, text_color (0));
}

static void
test_8_bit_dac (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 640, 480, 8, 0x60);
    vga_set_color (f, 0, 0x12, 0xfe, 0x81);
    vga_look_again (f);
    assert_pixel (f, 0, 0, 0x12fe81);
}

/* Larger than can be rendered: the top left of it is. */
static void
test_too_large (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 4096, 2000, 16, 0x40);
    test_mmio_write (f->m, 0xa0000, 0xffff, 2);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 2560);
    g_assert_cmpuint (f->height, ==, 1600);
    assert_pixel (f, 0, 0, 0xffffff);
}

/* --- everywhere ---------------------------------------------------------------------- */

static void
test_blank (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 0, 'A', 0x17);
    vga_look_again (f);
    assert_pixel (f, 0, 0, text_color (7));
    vga_set_seq (f, 1, 0x20);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 720);
    g_assert_cmpuint (f->height, ==, 400);
    assert_pixel (f, 0, 0, 0);
    assert_pixel (f, 1, 1, 0);
    vga_set_seq (f, 1, 0);
    vga_look_again (f);
    assert_pixel (f, 0, 0, text_color (7));
    test_in8 (f->m, 0x3da);
    test_out8 (f->m, 0x3c0, 0); /* the palette is the CPU's */
    vga_look_again (f);
    assert_pixel (f, 0, 0, 0);
}

/* Black is rendered, so it is cut like all that is. */
static void
test_blank_after_large (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 4096, 1020, 32, 0x40);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 4096);
    test_in8 (f->m, 0x3da);
    test_out8 (f->m, 0x3c0, 0);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 2560);
    g_assert_cmpuint (f->height, ==, 1020);
    assert_pixel (f, 2559, 1019, 0);
}

static void
test_palette_change (struct vga_fixture *f, gconstpointer data)
{
    set_text (f);
    vga_put_cell (f, 0, 'A', 0x17);
    vga_look_again (f);
    vga_set_color (f, 7, 0x3f, 0, 0x3f);
    vga_look_again (f);
    assert_pixel (f, 0, 0, 0xff00ff);
    test_out8 (f->m, 0x3c6, 0xf8); /* mask */
    vga_look_again (f);
    assert_pixel (f, 0, 0, vga_test_color (0));
}

/* Whoever comes sees what is there, also what changed while nobody watched. */
static void
test_mode_changes (struct vga_fixture *f, gconstpointer data)
{
    static const unsigned modes[] = { 3, 0x13, 0x12, 0x0d, 3, 4 };

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < G_N_ELEMENTS (modes); i++) {
            vga_set_mode (f, modes[i]);
            vga_look_again (f);
            g_assert_cmpuint (f->height, ==, modes[i] == 0x12 ? 480 : 400);
        }
        vga_set_dispi_mode (f, 800, 600, 32, 0x40);
        vga_look_again (f);
        g_assert_cmpuint (f->height, ==, 600);
    }
}

#define ADD(name, test)                                                                            \
    g_test_add (name, struct vga_fixture, NULL, vga_fixture_setup, test, vga_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/vga/text/a-glyph-is-drawn", test_glyph);
    ADD ("/vga/text/damage-is-the-cell", test_damage_is_the_cell);
    ADD ("/vga/text/line-characters-fill-the-ninth-dot", test_ninth_dot);
    ADD ("/vga/text/eight-dots", test_eight_dots);
    ADD ("/vga/text/40-columns", test_40_columns);
    ADD ("/vga/text/50-lines", test_50_lines);
    ADD ("/vga/text/two-fonts", test_two_fonts);
    ADD ("/vga/text/a-changed-font-is-redrawn", test_font_change);
    ADD ("/vga/text/bright-background", test_background);
    ADD ("/vga/text/characters-blink", test_blink);
    ADD ("/vga/text/is-there-without-firmware", test_text_without_firmware);
    ADD ("/vga/text/cursor-blinks", test_cursor);
    ADD ("/vga/text/scrolls-by-rows-lines-and-dots", test_scrolling);
    ADD ("/vga/text/split-screen", test_split_screen);
    ADD ("/vga/graphics/mode-13h", test_mode_13h);
    ADD ("/vga/graphics/unchained", test_unchained);
    ADD ("/vga/graphics/mode-12h", test_mode_12h);
    ADD ("/vga/graphics/mode-0dh", test_mode_0dh);
    ADD ("/vga/graphics/mode-4", test_mode_4);
    ADD ("/vga/dispi/32-bits-are-shown-from-video-memory", test_32_bpp);
    ADD ("/vga/dispi/offsets-move-the-picture", test_offsets);
    ADD ("/vga/dispi/packed-pixels", test_packed);
    ADD ("/vga/dispi/4-bits-are-planes", test_4_bpp);
    ADD ("/vga/dispi/8-bit-colours", test_8_bit_dac);
    ADD ("/vga/dispi/too-large-is-cut", test_too_large);
    ADD ("/vga/blank-is-black", test_blank);
    ADD ("/vga/blank-is-no-larger-than-can-be-rendered", test_blank_after_large);
    ADD ("/vga/palette-changes-are-seen", test_palette_change);
    ADD ("/vga/modes-follow-each-other", test_mode_changes);
    return g_test_run ();
}
