/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga-fixture.c - a display adapter in a machine without KVM, a driver's fingers, and a watcher. */
#define _GNU_SOURCE
#include "vga-fixture.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "display-protocol.h"
#include "fd.h"
#include "message.h"
#include "scanout.h"

/* --- registers ----------------------------------------------------------------------- */

void
vga_set_seq (struct vga_fixture *f, unsigned index, uint8_t value)
{
    test_out16 (f->m, 0x3c4, (uint16_t) (value << 8 | index));
}

void
vga_set_gr (struct vga_fixture *f, unsigned index, uint8_t value)
{
    test_out16 (f->m, 0x3ce, (uint16_t) (value << 8 | index));
}

void
vga_set_crtc (struct vga_fixture *f, unsigned index, uint8_t value)
{
    test_out16 (f->m, 0x3d4, (uint16_t) (value << 8 | index));
}

void
vga_set_attr (struct vga_fixture *f, unsigned index, uint8_t value)
{
    test_in8 (f->m, 0x3da);
    test_out8 (f->m, 0x3c0, (uint8_t) index);
    test_out8 (f->m, 0x3c0, value);
    test_out8 (f->m, 0x3c0, 0x20);
}

uint8_t
vga_get_indexed (struct vga_fixture *f, uint16_t port, unsigned index)
{
    if (port == 0x3c0)
        test_in8 (f->m, 0x3da);
    test_out8 (f->m, port, (uint8_t) index);
    return test_in8 (f->m, port + 1);
}

void
vga_set_dispi (struct vga_fixture *f, unsigned index, uint16_t value)
{
    test_out16 (f->m, 0x1ce, (uint16_t) index);
    test_out16 (f->m, 0x1cf, value);
}

uint16_t
vga_get_dispi (struct vga_fixture *f, unsigned index)
{
    test_out16 (f->m, 0x1ce, (uint16_t) index);
    return test_in16 (f->m, 0x1cf);
}

void
vga_set_color (struct vga_fixture *f, unsigned index, unsigned r, unsigned g, unsigned b)
{
    test_out8 (f->m, 0x3c8, (uint8_t) index);
    test_out8 (f->m, 0x3c9, (uint8_t) r);
    test_out8 (f->m, 0x3c9, (uint8_t) g);
    test_out8 (f->m, 0x3c9, (uint8_t) b);
}

/* --- modes --------------------------------------------------------------------------- */

struct mode {
    unsigned number;
    uint8_t misc;
    uint8_t seq[5];
    uint8_t crtc[25];
    uint8_t gr[9];
    uint8_t attr[21];
};

#define ATTR_16  0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
#define ATTR_256 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

static const struct mode modes[] = {
    { 0x00,
      0x67,
      { 3, 0x08, 3, 0, 2 },
      { 0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0, 0xbf, 0x1f, 0,    0x4f, 0x2d, 0x0e, 0,
        0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff },
      { ATTR_16, 0x0c, 0, 0x0f, 8, 0 } },
    { 0x03,
      0x67,
      { 3, 0, 3, 0, 2 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0,    0x4f, 0x2d, 0x0e, 0,
        0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff },
      { 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff },
      { ATTR_16, 0x0c, 0, 0x0f, 8, 0 } },
    { 0x04,
      0x63,
      { 3, 9, 3, 0, 2 },
      { 0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0,    0xc1, 0,    0,   0,
        0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0,    0x96, 0xb9, 0xa2, 0xff },
      { 0, 0, 0, 0, 0, 0x30, 0x0f, 0x0f, 0xff },
      { ATTR_256, 1, 0, 3, 0, 0 } },
    { 0x0d,
      0x63,
      { 3, 9, 0x0f, 0, 6 },
      { 0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80, 0xbf, 0x1f, 0,    0xc0, 0,    0,   0,
        0,    0,    0,    0x9c, 0x8e, 0x8f, 0x14, 0,    0x96, 0xb9, 0xe3, 0xff },
      { 0, 0, 0, 0, 0, 0, 5, 0x0f, 0xff },
      { ATTR_16, 1, 0, 0x0f, 0, 0 } },
    { 0x12,
      0xe3,
      { 3, 1, 0x0f, 0, 6 },
      { 0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0,    0x40, 0,    0,   0,
        0,    0,    0,    0xea, 0x8c, 0xdf, 0x28, 0,    0xe7, 0x04, 0xe3, 0xff },
      { 0, 0, 0, 0, 0, 0, 5, 0x0f, 0xff },
      { ATTR_16, 1, 0, 0x0f, 0, 0 } },
    { 0x13,
      0x63,
      { 3, 1, 0x0f, 0, 0x0e },
      { 0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0,    0x41, 0,    0,   0,
        0,    0,    0,    0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff },
      { 0, 0, 0, 0, 0, 0x40, 5, 0x0f, 0xff },
      { ATTR_256, 0x41, 0, 0x0f, 0, 0 } },
};

uint32_t
vga_test_color (unsigned index)
{
    unsigned r = index & 0x3f, g = (index * 3) & 0x3f, b = 0x3f - (index & 0x3f);

    r = r << 2 | r >> 4;
    g = g << 2 | g >> 4;
    b = b << 2 | b >> 4;
    return r << 16 | g << 8 | b;
}

static void
load_mode (struct vga_fixture *f, const struct mode *mode)
{
    vga_set_dispi (f, DISPI_ENABLE, 0);
    test_out8 (f->m, 0x3c2, mode->misc);
    for (unsigned i = 0; i < 5; i++)
        vga_set_seq (f, i, mode->seq[i]);
    vga_set_crtc (f, 0x11, 0);
    for (unsigned i = 0; i < 25; i++)
        vga_set_crtc (f, i, mode->crtc[i]);
    for (unsigned i = 0; i < 9; i++)
        vga_set_gr (f, i, mode->gr[i]);
    for (unsigned i = 0; i < 21; i++)
        vga_set_attr (f, i, mode->attr[i]);
    for (unsigned i = 0; i < 256; i++)
        vga_set_color (f, i, i & 0x3f, (i * 3) & 0x3f, 0x3f - (i & 0x3f));
}

void
vga_set_mode (struct vga_fixture *f, unsigned number)
{
    for (unsigned i = 0; i < G_N_ELEMENTS (modes); i++) {
        if (modes[i].number == number) {
            load_mode (f, &modes[i]);
            return;
        }
    }
    g_assert_not_reached ();
}

void
vga_set_dispi_mode (struct vga_fixture *f, unsigned width, unsigned height, unsigned bpp,
                    unsigned flags)
{
    vga_set_dispi (f, DISPI_ENABLE, 0);
    vga_set_dispi (f, DISPI_WIDTH, (uint16_t) width);
    vga_set_dispi (f, DISPI_HEIGHT, (uint16_t) height);
    vga_set_dispi (f, DISPI_BPP, (uint16_t) bpp);
    vga_set_dispi (f, DISPI_ENABLE, (uint16_t) (1 | flags));
    test_out8 (f->m, 0x3c2, 0x67);
    test_in8 (f->m, 0x3da);
    test_out8 (f->m, 0x3c0, 0x20);
}

void
vga_load_glyph (struct vga_fixture *f, uint32_t offset, unsigned ch, const uint8_t *glyph)
{
    vga_set_seq (f, 2, 4);
    vga_set_seq (f, 4, 6);
    vga_set_gr (f, 5, 0);
    vga_set_gr (f, 6, 4);
    for (unsigned i = 0; i < 16; i++)
        test_mmio_write (f->m, 0xa0000 + offset + ch * 32 + i, glyph[i], 1);
    vga_set_seq (f, 2, 3);
    vga_set_seq (f, 4, 2);
    vga_set_gr (f, 5, 0x10);
    vga_set_gr (f, 6, 0x0e);
}

void
vga_put_cell (struct vga_fixture *f, unsigned position, unsigned ch, unsigned attribute)
{
    test_mmio_write (f->m, 0xb8000 + 2 * position, ch | attribute << 8, 2);
}

/* --- watcher ------------------------------------------------------------------------- */

static void
take_scanout (struct vga_fixture *f, const struct display_scanout *s, int fd)
{
    struct stat st;

    if (f->map)
        munmap (f->map, f->map_bytes);
    g_assert_cmpint (fstat (fd, &st), ==, 0);
    /* Whatever the guest did, what we are told lies inside the memory. */
    g_assert_cmpuint (s->width, >, 0);
    g_assert_cmpuint (s->width, <=, DISPLAY_MAX_SIDE);
    g_assert_cmpuint (s->height, <=, DISPLAY_MAX_SIDE);
    g_assert_cmpuint (s->stride, >=, s->width * 4);
    g_assert_cmpuint (s->offset + (s->height - 1ull) * s->stride + s->width * 4ull, <=,
                      (uint64_t) st.st_size);
    f->map_bytes = (size_t) st.st_size;
    f->map = mmap (NULL, f->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true (f->map != MAP_FAILED);
    f->width = s->width;
    f->height = s->height;
    f->stride = s->stride;
    f->pixels = f->map + s->offset;
}

/* Takes what the channel has; returns whether damage was among it. */
static bool
take_messages (struct vga_fixture *f)
{
    union display_message m;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    bool damaged = false;

    while (message_receive (f->channel, &m, sizeof m, fds, &n_fds) > 0) {
        if (m.type == DISPLAY_MESSAGE_SCANOUT)
            take_scanout (f, &m.scanout, fds[0]);
        if (m.type == DISPLAY_MESSAGE_DAMAGE) {
            damaged = true;
            f->is_ready = false;
            f->damage.x = m.damage.x;
            f->damage.y = m.damage.y;
            f->damage.width = m.damage.width;
            f->damage.height = m.damage.height;
        }
        fd_close_all (fds, n_fds);
    }
    return damaged;
}

static bool
is_damaged (void *opaque)
{
    return take_messages (opaque);
}

static void
ask (struct vga_fixture *f)
{
    const struct display_ready ready = { DISPLAY_MESSAGE_READY };

    if (f->is_ready)
        return;
    g_assert_cmpint (message_send (f->channel, &ready, sizeof ready, NULL, 0), ==, 0);
    f->is_ready = true;
}

void
vga_look_again (struct vga_fixture *f)
{
    ask (f);
    test_machine_wait (f->m, is_damaged, f);
}

void
vga_unwatch (struct vga_fixture *f)
{
    fd_close (&f->channel);
    f->is_ready = false;
    test_machine_settle (f->m);
}

void
vga_watch (struct vga_fixture *f)
{
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
                     ==, 0);
    f->channel = pair[0];
    g_assert_cmpint (scanout_add_channel (f->m->env.scanout, pair[1]), ==, 0);
    vga_look_again (f); /* all that a newcomer has not seen */
}

void
vga_poll (struct vga_fixture *f)
{
    ask (f);
    loop_iterate (f->m->env.loop, 0);
    take_messages (f);
}

uint32_t
vga_pixel (const struct vga_fixture *f, unsigned x, unsigned y)
{
    g_assert_cmpuint (x, <, f->width);
    g_assert_cmpuint (y, <, f->height);
    return load_le32 (f->pixels + (size_t) y * f->stride + 4ul * x) & 0xffffff;
}

/* --- life ---------------------------------------------------------------------------- */

void
vga_fixture_setup (struct vga_fixture *f, gconstpointer data)
{
    struct device_args args;

    f->m = test_machine_new ();
    /* A PC has no RAM at A0000h; this one gets by without any. */
    memory_unmap (f->m->env.memory, &f->m->ram_block);
    args = test_device_args (f->m, &vga_class, "video0");
    args.slot = 1;
    g_assert_cmpint (vga_class.create (&args, &f->vga), ==, 0);
    /* As where KVM can tell what the guest wrote. */
    container_of (f->vga, struct vga, device)->can_show_memory = true;
    device_reset (f->vga);
    test_pci_place_bar (f->m, VGA_DEVFN, 0, VGA_BAR0);
    test_pci_place_bar (f->m, VGA_DEVFN, 2, VGA_BAR2);
    vga_watch (f);
}

void
vga_fixture_teardown (struct vga_fixture *f, gconstpointer data)
{
    vga_unwatch (f);
    device_destroy (f->vga);
    if (f->map)
        munmap (f->map, f->map_bytes);
    test_machine_free (f->m);
}
