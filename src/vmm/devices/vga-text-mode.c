/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-text-mode.c - what a video BIOS leaves behind: mode 3, 80 by 25 characters, with a font.
 *
 * For machines whose kernel is started without firmware: a kernel that is told of a text screen
 * writes characters to B8000h and takes the mode for granted.  The register values are those that
 * every VGA BIOS loads for this mode.
 */
#include <errno.h>
#include <string.h>

#include "pci-rom.h"
#include "vga-private.h"
#include "vga.h"

#define GLYPH_BYTES  16 /* eight pixels by sixteen lines */
#define FONT_BYTES   (256 * GLYPH_BYTES)
#define GLYPH_STRIDE 32 /* bytes a glyph takes in plane 2 */
#define COLUMNS      80
#define ROWS         25
#define BLANK        ' '
#define GREY         0x07

static const uint8_t sequencer[] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
static const uint8_t crtc[] = { 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00,
                                0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
                                0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff };
static const uint8_t graphics[] = { 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff };
static const uint8_t attributes[] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14,
                                      0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
                                      0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00 };

#define MISC_MODE_3     0x67
#define CRTC_PROTECT_AT 0x11 /* its top bit guards the registers before it */

static void
write_indexed (struct vga *vga, uint16_t port, const uint8_t *values, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        vga_register_write (vga, port, (uint8_t) i);
        vga_register_write (vga, port + 1, values[i]);
    }
}

/* The 64 colours of the EGA: two bits each of red, green and blue. */
static void
write_palette (struct vga *vga)
{
    vga_register_write (vga, 0x3c6, 0xff);
    vga_register_write (vga, 0x3c8, 0);
    for (unsigned i = 0; i < 64; i++) {
        for (unsigned part = 0; part < 3; part++) {
            unsigned strong = i >> (2 - part) & 1, weak = i >> (5 - part) & 1;

            vga_register_write (vga, 0x3c9, (uint8_t) (strong * 0x2a + weak * 0x15));
        }
    }
}

static void
write_registers (struct vga *vga)
{
    vga_register_write (vga, 0x3c2, MISC_MODE_3);
    write_indexed (vga, 0x3c4, sequencer, sizeof sequencer);
    vga_register_write (vga, 0x3d4, CRTC_PROTECT_AT);
    vga_register_write (vga, 0x3d5, 0);
    write_indexed (vga, 0x3d4, crtc, sizeof crtc);
    write_indexed (vga, 0x3ce, graphics, sizeof graphics);
    vga_register_read (vga, 0x3da); /* the next write to 3C0h is an index */
    for (unsigned i = 0; i < sizeof attributes; i++) {
        vga_register_write (vga, 0x3c0, (uint8_t) i);
        vga_register_write (vga, 0x3c0, attributes[i]);
    }
    vga_register_write (vga, 0x3c0, 0x20); /* and the picture is shown */
    write_palette (vga);
}

/* The option ROM's font: known by its capital A, and by its space having no ink. */
static const uint8_t *
find_font (const struct vga *vga)
{
    static const uint8_t capital_a[GLYPH_BYTES]
        = { 0x00, 0x00, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0xc6, 0xc6 };
    static const uint8_t no_ink[GLYPH_BYTES] = { 0 };
    uint64_t size;
    const uint8_t *rom = vga->rom ? pci_rom_get_bytes (vga->rom, &size) : NULL;

    if (!rom)
        return NULL;
    for (uint64_t at = 0; at + FONT_BYTES <= size; at++) {
        if (memcmp (rom + at + 'A' * GLYPH_BYTES, capital_a, sizeof capital_a) == 0
            && memcmp (rom + at + BLANK * GLYPH_BYTES, no_ink, sizeof no_ink) == 0)
            return rom + at;
    }
    return NULL;
}

/* Planes 0 and 1 get blanks in grey, plane 2 the font. */
static void
write_planes (struct vga *vga)
{
    const uint8_t *font = find_font (vga);

    for (unsigned i = 0; i < COLUMNS * ROWS; i++) {
        vga->vram[i * 8] = BLANK;
        vga->vram[i * 8 + 1] = GREY;
    }
    for (unsigned i = 0; font && i < 256 * GLYPH_BYTES; i++)
        vga->vram[(i / GLYPH_BYTES * GLYPH_STRIDE + i % GLYPH_BYTES) * 4 + 2] = font[i];
    vga_mark_dirty (vga, 0, VGA_LEGACY_BYTES);
}

int
vga_enter_text_mode (struct device *device)
{
    struct vga *vga = container_of (device, struct vga, device);

    pthread_mutex_lock (&vga->lock);
    vga_window_drop (vga);
    write_planes (vga);
    write_registers (vga);
    vga_window_update (vga);
    pthread_mutex_unlock (&vga->lock);
    return find_font (vga) ? 0 : -ENOENT;
}
