/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-fixture.h - a display adapter in a machine without KVM, a driver's fingers, and a watcher. */
#pragma once

#include "test-machine.h"
#include "vga.h"
#include "vga-private.h"

#define VGA_DEVFN PCI_DEVFN (1, 0)
#define VGA_BAR0  0xe0000000u
#define VGA_BAR2  0xf0000000u

struct vga_fixture {
    struct test_machine *m;
    struct device *vga;

    /* The watcher. */
    int channel; /* -1: nobody watches */
    unsigned width, height, stride;
    uint8_t *map;
    size_t map_bytes;
    const uint8_t *pixels;
    struct {
        unsigned x, y, width, height;
    } damage;      /* the last */
    bool is_ready; /* damage was asked for */
};

void vga_fixture_setup (struct vga_fixture *f, gconstpointer data);
void vga_fixture_teardown (struct vga_fixture *f, gconstpointer data);

/* Indexed registers. */
void vga_set_seq (struct vga_fixture *f, unsigned index, uint8_t value);
void vga_set_gr (struct vga_fixture *f, unsigned index, uint8_t value);
void vga_set_crtc (struct vga_fixture *f, unsigned index, uint8_t value);
void vga_set_attr (struct vga_fixture *f, unsigned index, uint8_t value); /* screen on afterwards */
uint8_t vga_get_indexed (struct vga_fixture *f, uint16_t port, unsigned index);
void vga_set_dispi (struct vga_fixture *f, unsigned index, uint16_t value);
uint16_t vga_get_dispi (struct vga_fixture *f, unsigned index);
void vga_set_color (struct vga_fixture *f, unsigned index, unsigned r, unsigned g, unsigned b);

/* As a BIOS sets it; MODE is 00h (40×25, here with 9 dots) 03h 04h 0Dh 12h or 13h.  Colour I of the
 * DAC is vga_test_color (I). */
void vga_set_mode (struct vga_fixture *f, unsigned mode);
uint32_t vga_test_color (unsigned index);

/* DISPI mode, 32 bits a pixel and so on. */
void vga_set_dispi_mode (struct vga_fixture *f, unsigned width, unsigned height, unsigned bpp,
                         unsigned flags);

/* GLYPH is 16 lines of character CH of the font at OFFSET in plane 2; text registers are as before
 * afterwards. */
void vga_load_glyph (struct vga_fixture *f, uint32_t offset, unsigned ch, const uint8_t *glyph);
void vga_put_cell (struct vga_fixture *f, unsigned position, unsigned ch, unsigned attribute);

/* The watcher leaves; another one comes, which makes the device draw everything at once. */
void vga_unwatch (struct vga_fixture *f);
void vga_watch (struct vga_fixture *f);

/* The watcher's picture brought up to date; something must have changed. */
void vga_look_again (struct vga_fixture *f);
/* Asks for the picture if it is not asked for yet, takes what came; something may have changed or
 * not. */
void vga_poll (struct vga_fixture *f);
uint32_t vga_pixel (const struct vga_fixture *f, unsigned x, unsigned y);
