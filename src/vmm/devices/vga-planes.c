/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-planes.c - the way of a byte through the graphics controller into the four planes, and back.
 *
 * A plane's byte lies beside the same byte of the other three: byte O of plane P is at 4·O + P of
 * video memory, so that one 32-bit load fills the latches.  Three addressing modes choose planes
 * and offset for an address A (IBM's Technical Reference, "Sequencer" and "Graphics Controller"):
 *
 *   planar    all planes of the map mask, offset A
 *   odd/even  even planes for even A, odd ones for odd A; bit 0 of the offset is then 0
 *   chain 4   plane A mod 4, bits 0 and 1 of the offset are then 0
 */
#include "vga-private.h"

/* A byte per plane, FFh where MASK has the plane's bit. */
static uint32_t
spread (unsigned mask)
{
    return (mask & 1 ? 0xffu : 0) | (mask & 2 ? 0xff00u : 0) | (mask & 4 ? 0xff0000u : 0)
           | (mask & 8 ? 0xff000000u : 0);
}

static uint32_t
replicate (uint8_t value)
{
    return value * 0x01010101u;
}

/* Where the latches' worth of memory at plane offset O is; NULL past the end.  With the display
 * interface's 4-bit modes the bank extends the 16 bits that the window gives. */
static uint8_t *
planes_at (struct vga *vga, uint32_t o)
{
    uint64_t at = (o & (VGA_PLANE_BYTES - 1)) * 4ull;

    if (vga_dispi_is_enabled (vga))
        at += vga->r.dispi[DISPI_BANK] * 4ull * VGA_BANK_BYTES;
    return range_fits (at, 4, vga->vram_bytes) ? vga->vram + at : NULL;
}

uint8_t
vga_planes_read (struct vga *vga, uint32_t a)
{
    struct vga_registers *r = &vga->r;
    unsigned plane = r->gr[GR_READ_MAP] & 3;
    uint32_t o = a, differs;
    const uint8_t *p;

    if (r->seq[SEQ_MEMORY] & SEQ_MEMORY_CHAIN4) {
        plane = a & 3;
        o = a & ~3u;
    } else if (r->gr[GR_MODE] & GR_MODE_ODD_EVEN) {
        plane = (plane & 2) | (a & 1);
        o = a & ~1u;
    }
    p = planes_at (vga, o);
    if (!p)
        return 0xff;
    r->latch = load_le32 (p);
    if (!(r->gr[GR_MODE] & GR_MODE_READ))
        return (uint8_t) (r->latch >> (8 * plane));
    /* Read mode 1: a bit is set where all planes that are cared for have the colour compared to. */
    differs = (r->latch ^ spread (r->gr[GR_COMPARE])) & spread (r->gr[GR_DONT_CARE]);
    return (uint8_t) ~(differs | differs >> 8 | differs >> 16 | differs >> 24);
}

static uint8_t
rotate_right (uint8_t value, unsigned n)
{
    return (uint8_t) (value >> n | value << (8 - n));
}

/* What the CPU's byte, the latches and the registers make of one another, a byte a plane. */
static uint32_t
combine (const struct vga_registers *r, uint8_t value)
{
    unsigned mode = r->gr[GR_MODE] & 3;
    uint8_t rotated = rotate_right (value, r->gr[GR_FUNCTION] & 7);
    uint32_t mask = replicate (r->gr[GR_BIT_MASK]);
    uint32_t set = spread (r->gr[GR_SET_RESET]);
    uint32_t enable = spread (r->gr[GR_ENABLE_SET_RESET]);
    uint32_t data;

    switch (mode) {
    case 0:
        data = (replicate (rotated) & ~enable) | (set & enable);
        break;
    case 1:
        return r->latch;
    case 2:
        data = spread (value);
        break;
    default:
        data = set;
        mask &= replicate (rotated);
        break;
    }
    switch (r->gr[GR_FUNCTION] >> 3 & 3) {
    case 1:
        data &= r->latch;
        break;
    case 2:
        data |= r->latch;
        break;
    case 3:
        data ^= r->latch;
        break;
    }
    return (data & mask) | (r->latch & ~mask);
}

void
vga_planes_write (struct vga *vga, uint32_t a, uint8_t value)
{
    const struct vga_registers *r = &vga->r;
    unsigned planes = r->seq[SEQ_MAP_MASK];
    uint32_t o = a, keep;
    uint8_t *p;

    if (r->seq[SEQ_MEMORY] & SEQ_MEMORY_CHAIN4) {
        planes &= 1u << (a & 3);
        o = a & ~3u;
    } else if (!(r->seq[SEQ_MEMORY] & SEQ_MEMORY_LINEAR)) {
        planes &= a & 1 ? 0xa : 0x5;
        if (r->gr[GR_MISC] & GR_MISC_CHAIN)
            o = a & ~1u;
    }
    p = planes_at (vga, o);
    if (!p || planes == 0)
        return;
    keep = ~spread (planes);
    store_le32 (p, (load_le32 (p) & keep) | (combine (r, value) & ~keep));
    vga_mark_dirty (vga, (uint64_t) (p - vga->vram), 4);
}
