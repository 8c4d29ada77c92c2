/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-dispi.c - Bochs's display interface: modes of any size with 4 to 32 bits a pixel.
 *
 * Registers may be written at any time, in any order, also while the interface is on; each write is
 * taken as it comes, and what they all say together is judged when somebody asks for the mode. Only
 * switching on is judged at once: with values that make no picture the interface stays off, and
 * reads back so.  Moves of the visible part (x, y) that would leave video memory are ignored.
 */
#include "vga-private.h"

#define ID_FIRST   0xb0c0
#define ID_LAST    0xb0c5
#define MAX_WIDTH  7680
#define MAX_HEIGHT 4320
#define MAX_BPP    32

bool
vga_dispi_is_enabled (const struct vga *vga)
{
    return vga->r.dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

/* Bytes that PIXELS of BPP bits take; for 4 bpp in one plane.  0: there are no such pixels. */
static uint32_t
bytes_of (uint32_t pixels, uint32_t bpp)
{
    switch (bpp) {
    case 4:
        return pixels / 8;
    case 8:
        return pixels;
    case 15:
    case 16:
        return pixels * 2;
    case 24:
        return pixels * 3;
    case 32:
        return pixels * 4;
    default:
        return 0;
    }
}

/* Planes lie byte beside byte, so that each takes a quarter of video memory. */
static uint64_t
memory_for (const struct vga *vga, uint32_t bpp)
{
    return bpp == 4 ? vga->vram_bytes / 4 : vga->vram_bytes;
}

/* The mode as if the interface were on. */
static bool
evaluate (const struct vga *vga, struct vga_dispi_mode *mode)
{
    const uint16_t *dispi = vga->r.dispi;
    uint32_t row;

    *mode = (struct vga_dispi_mode){
        .width = dispi[DISPI_WIDTH],
        .height = dispi[DISPI_HEIGHT],
        .bpp = dispi[DISPI_BPP],
    };
    row = bytes_of (mode->width, mode->bpp);
    if (row == 0 || mode->height == 0 || mode->width > MAX_WIDTH || mode->height > MAX_HEIGHT)
        return false;
    mode->stride = MAX_OF (row, bytes_of (dispi[DISPI_VIRTUAL_WIDTH], mode->bpp));
    mode->offset = (uint64_t) dispi[DISPI_Y] * mode->stride + bytes_of (dispi[DISPI_X], mode->bpp);
    return range_fits (mode->offset, (mode->height - 1ull) * mode->stride + row,
                       memory_for (vga, mode->bpp));
}

bool
vga_dispi_get_mode (const struct vga *vga, struct vga_dispi_mode *mode)
{
    return vga_dispi_is_enabled (vga) && evaluate (vga, mode);
}

/* How many rows of the virtual width video memory holds. */
static uint16_t
virtual_height (const struct vga *vga)
{
    const uint16_t *dispi = vga->r.dispi;
    uint32_t width = MAX_OF (dispi[DISPI_WIDTH], dispi[DISPI_VIRTUAL_WIDTH]);
    uint32_t stride = bytes_of (width, dispi[DISPI_BPP]);

    if (stride == 0)
        return 0;
    return (uint16_t) MIN_OF (memory_for (vga, dispi[DISPI_BPP]) / stride, UINT16_MAX);
}

uint16_t
vga_dispi_read (const struct vga *vga, unsigned index)
{
    const uint16_t *dispi = vga->r.dispi;
    bool maxima = dispi[DISPI_ENABLE] & DISPI_GET_MAXIMA;

    switch (index) {
    case DISPI_WIDTH:
        return maxima ? MAX_WIDTH : dispi[index];
    case DISPI_HEIGHT:
        return maxima ? MAX_HEIGHT : dispi[index];
    case DISPI_BPP:
        return maxima ? MAX_BPP : dispi[index];
    case DISPI_VIRTUAL_HEIGHT:
        return virtual_height (vga);
    case DISPI_MEMORY:
        return (uint16_t) (vga->vram_bytes / VGA_BANK_BYTES);
    default:
        return index < DISPI_N ? dispi[index] : 0xffff;
    }
}

/* Switching on starts from a picture of the plain width at the start of memory, black unless asked
 * otherwise. */
static void
switch_on (struct vga *vga, bool keep_memory)
{
    uint16_t *dispi = vga->r.dispi;
    struct vga_dispi_mode mode;

    dispi[DISPI_VIRTUAL_WIDTH] = dispi[DISPI_WIDTH];
    dispi[DISPI_X] = dispi[DISPI_Y] = 0;
    if (!evaluate (vga, &mode)) {
        dispi[DISPI_ENABLE] &= ~DISPI_ENABLED;
        return;
    }
    vga_window_update (vga); /* first: leaving a text window writes it back */
    if (!keep_memory)
        vga_clear (vga, 0, (uint64_t) mode.height * mode.stride * (mode.bpp == 4 ? 4 : 1));
}

static void
write_enable (struct vga *vga, uint16_t value)
{
    bool was_on = vga_dispi_is_enabled (vga);

    vga->r.dispi[DISPI_BANK] = 0;
    vga->r.dispi[DISPI_ENABLE] = value;
    if ((value & DISPI_ENABLED) && !was_on)
        switch_on (vga, value & DISPI_KEEP_MEMORY);
}

/* A virtual width that memory cannot hold becomes the largest that it can. */
static void
write_virtual_width (struct vga *vga, uint16_t value)
{
    uint16_t *dispi = vga->r.dispi;
    uint32_t bytes_of_8 = bytes_of (8, dispi[DISPI_BPP]);
    uint64_t most = UINT16_MAX;

    if (bytes_of_8 && dispi[DISPI_HEIGHT])
        most = memory_for (vga, dispi[DISPI_BPP]) / dispi[DISPI_HEIGHT] / bytes_of_8 * 8;
    dispi[DISPI_VIRTUAL_WIDTH] = (uint16_t) MIN_OF (value, most);
}

static void
write_position (struct vga *vga, unsigned index, uint16_t value)
{
    uint16_t before = vga->r.dispi[index];
    struct vga_dispi_mode mode;

    vga->r.dispi[index] = value;
    if (!evaluate (vga, &mode))
        vga->r.dispi[index] = before;
}

void
vga_dispi_write (struct vga *vga, unsigned index, uint16_t value)
{
    switch (index) {
    case DISPI_ID:
        if (value < ID_FIRST || value > ID_LAST)
            return;
        vga->r.dispi[index] = value;
        break;
    case DISPI_WIDTH:
    case DISPI_HEIGHT:
    case DISPI_BPP:
    case DISPI_BANK:
        vga->r.dispi[index] = value;
        break;
    case DISPI_ENABLE:
        write_enable (vga, value);
        break;
    case DISPI_VIRTUAL_WIDTH:
        write_virtual_width (vga, value);
        break;
    case DISPI_X:
    case DISPI_Y:
        write_position (vga, index, value);
        break;
    default:
        return;
    }
    vga_window_update (vga);
}

void
vga_dispi_reset (struct vga *vga)
{
    vga->r.dispi[DISPI_ID] = ID_LAST;
}
