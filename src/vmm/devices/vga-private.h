/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-private.h - what the parts of the display adapter share; see vga.c for how they work
 * together. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bits.h"
#include "bus.h"
#include "device.h"
#include "edid.h"
#include "memory.h"
#include "pci.h"
#include "vga.h"

#define VGA_PAGE_BYTES   4096u
#define VGA_PLANE_BYTES  0x10000u
#define VGA_BANK_BYTES   0x10000u
#define VGA_LEGACY_BYTES (4 * VGA_PLANE_BYTES) /* of video memory that the four planes take */

/* The window of the legacy address space. */
#define VGA_WINDOW_BASE  0xa0000u
#define VGA_WINDOW_BYTES 0x20000u

/* The largest picture that is rendered; what video memory holds as it is shown may be larger. */
#define VGA_SHADOW_WIDTH  2560u
#define VGA_SHADOW_HEIGHT 1600u
#define VGA_SHADOW_BYTES  (VGA_SHADOW_WIDTH * VGA_SHADOW_HEIGHT * 4)

/* What legacy registers can ask for: 256 characters of 9 dots, each perhaps doubled, in 1024 lines.
 */
#define VGA_MAX_COLUMNS 256u
#define VGA_MAX_LINES   1024u

/* Sequencer. */
#define SEQ_RESET         0
#define SEQ_CLOCKING      1
#define SEQ_CLOCKING_8DOT 0x01
#define SEQ_CLOCKING_HALF 0x08
#define SEQ_CLOCKING_OFF  0x20
#define SEQ_MAP_MASK      2
#define SEQ_FONT          3
#define SEQ_MEMORY        4
#define SEQ_MEMORY_LINEAR 0x04 /* not odd/even */
#define SEQ_MEMORY_CHAIN4 0x08
#define SEQ_N             5

/* Graphics controller. */
#define GR_SET_RESET        0
#define GR_ENABLE_SET_RESET 1
#define GR_COMPARE          2
#define GR_FUNCTION         3
#define GR_READ_MAP         4
#define GR_MODE             5
#define GR_MODE_READ        0x08
#define GR_MODE_ODD_EVEN    0x10
#define GR_MODE_CGA         0x20
#define GR_MODE_256         0x40
#define GR_MISC             6
#define GR_MISC_GRAPHICS    0x01
#define GR_MISC_CHAIN       0x02
#define GR_DONT_CARE        7
#define GR_BIT_MASK         8
#define GR_N                9

/* CRT controller. */
#define CRTC_H_TOTAL      0x00
#define CRTC_H_END        0x01
#define CRTC_V_TOTAL      0x06
#define CRTC_OVERFLOW     0x07
#define CRTC_PRESET_ROW   0x08
#define CRTC_ROW_HEIGHT   0x09
#define CRTC_CURSOR_START 0x0a
#define CRTC_CURSOR_END   0x0b
#define CRTC_START_HIGH   0x0c
#define CRTC_START_LOW    0x0d
#define CRTC_CURSOR_HIGH  0x0e
#define CRTC_CURSOR_LOW   0x0f
#define CRTC_V_SYNC_START 0x10
#define CRTC_V_SYNC_END   0x11
#define CRTC_V_END        0x12
#define CRTC_OFFSET       0x13
#define CRTC_UNDERLINE    0x14
#define CRTC_MODE         0x17
#define CRTC_LINE_COMPARE 0x18
#define CRTC_N            0x19

/* Attribute controller. */
#define ATTR_MODE         0x10
#define ATTR_MODE_LINE    0x04 /* line graphics: the ninth dot repeats the eighth */
#define ATTR_MODE_BLINK   0x08
#define ATTR_MODE_PAN     0x20 /* panning ends at the line compare */
#define ATTR_MODE_COLOR54 0x80 /* the colour select register gives bits 5 and 4 too */
#define ATTR_PLANES       0x12
#define ATTR_PANNING      0x13
#define ATTR_COLOR_SELECT 0x14
#define ATTR_N            0x15
#define ATTR_INDEX_SHOW   0x20 /* in the index: the palette is the screen's, not the CPU's */

/* Miscellaneous output. */
#define MISC_COLOR 0x01 /* CRTC and status at 3Dxh, not 3Bxh */
#define MISC_RAM   0x02

/* Bochs's display interface. */
enum vga_dispi {
    DISPI_ID,
    DISPI_WIDTH,
    DISPI_HEIGHT,
    DISPI_BPP,
    DISPI_ENABLE,
    DISPI_BANK,
    DISPI_VIRTUAL_WIDTH,
    DISPI_VIRTUAL_HEIGHT,
    DISPI_X,
    DISPI_Y,
    DISPI_MEMORY, /* in 64 KiB */
    DISPI_N
};

#define DISPI_ENABLED     0x01
#define DISPI_GET_MAXIMA  0x02
#define DISPI_DAC_8BIT    0x20
#define DISPI_KEEP_MEMORY 0x80

struct vga_registers {
    uint8_t misc, feature, enable;
    uint8_t seq_index, gr_index, crtc_index, attr_index;
    uint8_t seq[SEQ_N], gr[GR_N], crtc[CRTC_N], attr[ATTR_N];
    bool attr_wants_data; /* the flip-flop of 3C0h */
    uint8_t dac_mask;
    uint8_t dac_index; /* the colour that is read or written next */
    uint8_t dac_part;  /* 0 red, 1 green, 2 blue */
    bool dac_reads;
    uint8_t dac_latch[3];
    uint8_t dac[256][3];
    uint32_t latch; /* a byte a plane, plane 0 lowest */
    uint16_t dispi_index;
    uint16_t dispi[DISPI_N];
};

/* How a part of the legacy window can be read and written as plain memory. */
enum vga_window_kind {
    VGA_WINDOW_NONE,
    VGA_WINDOW_ODD_EVEN, /* text: even bytes are plane 0, odd ones plane 1 */
    VGA_WINDOW_CHAIN4,   /* the low address bits choose the plane */
    VGA_WINDOW_BANK,     /* 64 KiB of video memory */
    VGA_WINDOW_N
};

/* What a window is; compared as a whole. */
struct vga_window_shape {
    enum vga_window_kind kind;
    uint32_t base, bytes;
    uint32_t bank; /* BANK: the offset in video memory */
};

struct vga_window {
    struct vga_window_shape wanted; /* by the registers */
    struct vga_window_shape shape;  /* what is; NONE where mapping was refused */
    struct memory_block block;      /* mapped while shape.kind is not NONE */
    uint8_t *linear;                /* VGA_BANK_BYTES: the memory of ODD_EVEN and CHAIN4 */
    uint64_t dirty;                 /* pages of the block written by handlers */
};

struct vga_display;

struct vga {
    struct device device;
    struct pci_function *pci;    /* where the guest finds it: own_pci, or another device's */
    struct pci_function own_pci; /* not on a bus when it is not the one */
    struct bus_region color_ports, mono_ports, dispi_ports, window_region;
    struct memory_block vram_block;
    const struct pci_rom *rom; /* the function's, borrowed; NULL: none */
    uint8_t *vram;
    uint64_t vram_bytes;
    int vram_fd; /* read-only where /proc lets us; for watchers */
    uint8_t edid[EDID_BYTES];
    struct vga_display *display; /* NULL when the machine shows nothing */
    /* Pixels are shown from where the guest writes them, if they are such as everybody knows.  That
     * takes an exact record of what it wrote, else all of the picture would be damaged each time. */
    bool can_show_memory;

    pthread_mutex_t lock; /* guards everything below */
    struct vga_registers r;
    struct vga_window window;
    bool is_watched;
    uint64_t *dirty; /* a bit a page of video memory: written by us, not by the guest's memory */
};

/* What the DISPI registers ask for, once checked. */
struct vga_dispi_mode {
    uint32_t width, height, bpp; /* bpp: 4, 8, 15, 16, 24 or 32 */
    uint32_t stride;             /* bytes; for 4 bpp, of one plane */
    uint64_t offset;             /* bytes; likewise */
};

/* Unless said otherwise the caller holds the lock. */

/* vga-registers.c: one byte-wide register of the legacy ports 3B0h-3DFh. */
uint8_t vga_register_read (struct vga *vga, uint16_t port);
void vga_register_write (struct vga *vga, uint16_t port, uint8_t value);

/* vga-dispi.c */
void vga_dispi_reset (struct vga *vga);
uint16_t vga_dispi_read (const struct vga *vga, unsigned index);
void vga_dispi_write (struct vga *vga, unsigned index, uint16_t value);
bool vga_dispi_is_enabled (const struct vga *vga);
/* Returns false when the interface is off, or on with values that make no picture. */
bool vga_dispi_get_mode (const struct vga *vga, struct vga_dispi_mode *mode);

/* vga-planes.c: one byte through the graphics controller, A an offset in the decoded window. */
uint8_t vga_planes_read (struct vga *vga, uint32_t a);
void vga_planes_write (struct vga *vga, uint32_t a, uint8_t value);

/* vga-window.c */
extern const struct bus_region_ops vga_window_ops; /* takes the lock */
int vga_window_init (struct vga *vga);
void vga_window_finish (struct vga *vga);
/* Makes the window what the registers ask for. */
void vga_window_update (struct vga *vga);
/* Brings video memory and vga->dirty up to date with what the guest wrote into a mapped window. */
void vga_window_sync (struct vga *vga);
/* Unmaps it; what was in it is lost. */
void vga_window_drop (struct vga *vga);

/* vga.c */
void vga_mark_dirty (struct vga *vga, uint64_t offset, uint64_t len);
/* Zeroes video memory, giving whole pages back to the host. */
void vga_clear (struct vga *vga, uint64_t offset, uint64_t len);
/* Makes a sealed memfd of SIZE bytes, maps it at *MAP and returns a descriptor of it that watchers
 * may get, or -errno.  No lock. */
int vga_make_memory (const char *name, uint64_t size, uint8_t **map);

/* vga-display.c: ties the picture to env->scanout; no lock. */
int vga_display_create (struct vga *vga);
void vga_display_destroy (struct vga *vga);
