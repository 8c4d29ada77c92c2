/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vga.c - the display adapter's registers and memory, as a driver finds them. */
#include "bits.h"
#include "scanout.h"
#include "vga-fixture.h"

#define POKES 200000

static uint32_t
config (struct vga_fixture *f, unsigned offset, unsigned size)
{
    return pci_config_read (f->m->env.pci, VGA_DEVFN, offset, size);
}

static uint32_t
bar_size (struct vga_fixture *f, unsigned offset)
{
    uint32_t before = config (f, offset, 4), mask;

    pci_config_write (f->m->env.pci, VGA_DEVFN, offset, 0xffffffff, 4);
    mask = config (f, offset, 4) & (offset == PCI_ROM ? 0xfffff800 : 0xfffffff0);
    pci_config_write (f->m->env.pci, VGA_DEVFN, offset, before, 4);
    return mask ? ~mask + 1 : 0;
}

static void
test_config_space (struct vga_fixture *f, gconstpointer data)
{
    g_assert_cmphex (config (f, 0, 4), ==, 0x11111234);
    g_assert_cmphex (config (f, PCI_CLASS, 2) | config (f, PCI_CLASS + 2, 1) << 16, ==, 0x030000);
    g_assert_cmphex (config (f, PCI_SUBSYSTEM_VENDOR, 4), ==, 0x11001af4);
    g_assert_cmphex (config (f, PCI_BAR0, 4) & 0xf, ==, 8); /* prefetchable, 32 bits */
    g_assert_cmphex (bar_size (f, PCI_BAR0), ==, 16 << 20);
    g_assert_cmphex (bar_size (f, PCI_BAR0 + 8), ==, 4096);
    g_assert_cmphex (bar_size (f, PCI_ROM), ==, 0);
    g_assert_true (test_is_mapped (f->m, VGA_BAR0 + (16 << 20) - 4096));
}

static void
test_edid (struct vga_fixture *f, gconstpointer data)
{
    uint8_t edid[256], sum = 0;
    const uint8_t *timing = edid + 54;

    for (unsigned i = 0; i < 256; i++)
        edid[i] = (uint8_t) test_mmio_read (f->m, VGA_BAR2 + i, 1);
    for (unsigned i = 0; i < 128; i++)
        sum = (uint8_t) (sum + edid[i]);
    g_assert_cmpuint (sum, ==, 0);
    g_assert_cmphex (load_be64 (edid), ==, 0x00ffffffffffff00);
    g_assert_cmpuint (edid[18], ==, 1);
    g_assert_cmpuint (edid[126], ==, 0); /* no more blocks */
    g_assert_cmpuint (timing[2] | (timing[4] & 0xf0) << 4, ==, 1280);
    g_assert_cmpuint (timing[5] | (timing[7] & 0xf0) << 4, ==, 800);
    g_assert_cmpuint (edid[128], ==, 0);
}

static void
test_options (struct vga_fixture *f, gconstpointer data)
{
    struct device_args args = test_device_args (f->m, &vga_class, "video1");
    struct device *second = NULL;

    args.slot = 5;
    g_assert_cmpint (device_option_set (&vga_class, (void *) args.config, "vram-mib", "24"), ==, 0);
    g_assert_cmpint (vga_class.create (&args, &second), <, 0);
    g_assert_cmpint (device_option_set (&vga_class, (void *) args.config, "vram-mib", "512"), <, 0);
    g_assert_null (second);
}

/* --- registers ----------------------------------------------------------------------- */

static void
test_indexed_registers (struct vga_fixture *f, gconstpointer data)
{
    vga_set_seq (f, 2, 0xff);
    g_assert_cmphex (vga_get_indexed (f, 0x3c4, 2), ==, 0x0f);
    vga_set_gr (f, 8, 0xa5);
    g_assert_cmphex (vga_get_indexed (f, 0x3ce, 8), ==, 0xa5);
    vga_set_gr (f, 99, 0xa5);
    g_assert_cmphex (vga_get_indexed (f, 0x3ce, 99), ==, 0);
    test_out8 (f->m, 0x3c2, 1);
    vga_set_crtc (f, 0x13, 0x28);
    g_assert_cmphex (vga_get_indexed (f, 0x3d4, 0x13), ==, 0x28);
    g_assert_cmphex (vga_get_indexed (f, 0x3d4, 0x3f), ==, 0);
}

static void
test_crtc_protection (struct vga_fixture *f, gconstpointer data)
{
    test_out8 (f->m, 0x3c2, 1);
    vga_set_crtc (f, 0, 0x5f);
    vga_set_crtc (f, 7, 0x0f);
    vga_set_crtc (f, 0x11, 0x80);
    vga_set_crtc (f, 0, 0x00);
    vga_set_crtc (f, 7, 0xf0);
    g_assert_cmphex (vga_get_indexed (f, 0x3d4, 0), ==, 0x5f);
    g_assert_cmphex (vga_get_indexed (f, 0x3d4, 7), ==, 0x1f); /* bit 8 of the line compare */
    vga_set_crtc (f, 0x11, 0);
    vga_set_crtc (f, 0, 0x11);
    g_assert_cmphex (vga_get_indexed (f, 0x3d4, 0), ==, 0x11);
}

static void
test_attribute_flipflop (struct vga_fixture *f, gconstpointer data)
{
    test_out8 (f->m, 0x3c2, 1);
    test_in8 (f->m, 0x3da);
    test_out8 (f->m, 0x3c0, 0x10);
    test_out8 (f->m, 0x3c0, 0x0c);
    test_out8 (f->m, 0x3c0, 0x12);
    test_in8 (f->m, 0x3da); /* an index again comes next */
    test_out8 (f->m, 0x3c0, 0x10);
    g_assert_cmphex (test_in8 (f->m, 0x3c1), ==, 0x0c);
    /* While the screen is on its colours stay. */
    vga_set_attr (f, 3, 0x2a);
    test_in8 (f->m, 0x3da);
    test_out8 (f->m, 0x3c0, 0x23);
    test_out8 (f->m, 0x3c0, 0x15);
    g_assert_cmphex (test_in8 (f->m, 0x3c1), ==, 0x2a);
}

static void
test_mono_ports (struct vga_fixture *f, gconstpointer data)
{
    test_out8 (f->m, 0x3c2, 0);
    test_out16 (f->m, 0x3b4, 0x280a);
    g_assert_cmphex (test_in8 (f->m, 0x3d5), ==, 0xff);
    g_assert_cmphex (test_in8 (f->m, 0x3b5), ==, 0x28);
    g_assert_cmphex (test_in8 (f->m, 0x3da), ==, 0xff);
    g_assert_cmphex (test_in8 (f->m, 0x3ba) & 0xf6, ==, 0);
    test_out8 (f->m, 0x3c2, 1);
    g_assert_cmphex (test_in8 (f->m, 0x3b5), ==, 0xff);
    g_assert_cmphex (test_in8 (f->m, 0x3d5), ==, 0x28);
}

static void
test_dac (struct vga_fixture *f, gconstpointer data)
{
    test_out8 (f->m, 0x3c8, 254);
    for (unsigned i = 0; i < 9; i++)
        test_out8 (f->m, 0x3c9, (uint8_t) (0xc0 + i)); /* runs on into colour 0 */
    test_out8 (f->m, 0x3c7, 254);
    g_assert_cmphex (test_in8 (f->m, 0x3c7), ==, 3);
    for (unsigned i = 0; i < 9; i++)
        g_assert_cmphex (test_in8 (f->m, 0x3c9), ==, i);
    g_assert_cmphex (test_in8 (f->m, 0x3c8), ==, 1);
    /* Two thirds of a colour change nothing. */
    test_out8 (f->m, 0x3c8, 0);
    test_out8 (f->m, 0x3c9, 0x3f);
    test_out8 (f->m, 0x3c9, 0x3f);
    test_out8 (f->m, 0x3c7, 0);
    g_assert_cmphex (test_in8 (f->m, 0x3c9), ==, 6);
}

static void
test_retrace (struct vga_fixture *f, gconstpointer data)
{
    unsigned seen = 0;

    vga_set_mode (f, 3);
    while (seen != 3)
        seen |= test_in8 (f->m, 0x3da) & 8 ? 1 : 2;
    while ((test_in8 (f->m, 0x3da) & 9) != 0)
        ;
    while ((test_in8 (f->m, 0x3da) & 9) != 1)
        ;
}

/* --- the display interface ----------------------------------------------------------- */

static void
test_dispi (struct vga_fixture *f, gconstpointer data)
{
    g_assert_cmphex (vga_get_dispi (f, DISPI_ID), ==, 0xb0c5);
    vga_set_dispi (f, DISPI_ID, 0xb0c2);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ID), ==, 0xb0c2);
    vga_set_dispi (f, DISPI_ID, 0x1234);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ID), ==, 0xb0c2);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_MEMORY), ==, 256);
    vga_set_dispi (f, DISPI_ENABLE, 2);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_WIDTH), >=, 3840);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_BPP), ==, 32);
    g_assert_cmphex (vga_get_dispi (f, 200), ==, 0xffff);
}

static void
test_dispi_enable (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 1024, 768, 32, 0x40);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ENABLE), ==, 0x41);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_VIRTUAL_WIDTH), ==, 1024);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_VIRTUAL_HEIGHT), ==, 4096);
    vga_set_dispi_mode (f, 1024, 768, 17, 0x40); /* no such pixels */
    g_assert_cmphex (vga_get_dispi (f, DISPI_ENABLE), ==, 0x40);
    vga_set_dispi_mode (f, 3000, 3000, 32, 0x40); /* more than there is */
    g_assert_cmphex (vga_get_dispi (f, DISPI_ENABLE), ==, 0x40);
    vga_set_dispi_mode (f, 0, 768, 32, 0x40);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ENABLE), ==, 0x40);
    vga_set_dispi_mode (f, 65535, 65535, 8, 0x40);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ENABLE), ==, 0x40);
}

static void
test_dispi_limits (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 1024, 768, 32, 0x40);
    vga_set_dispi (f, DISPI_VIRTUAL_WIDTH, 65535);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_VIRTUAL_WIDTH), ==,
                      5456); /* 16 MiB / 768 / 32, × 8 */
    vga_set_dispi (f, DISPI_VIRTUAL_WIDTH, 1024);
    vga_set_dispi (f, DISPI_Y, 4096 - 768);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_Y), ==, 4096 - 768);
    vga_set_dispi (f, DISPI_Y, 4096 - 767);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_Y), ==, 4096 - 768);
    vga_set_dispi (f, DISPI_X, 1);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_X), ==, 0);
}

static void
test_dispi_memory (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 640, 480, 32, 0x40);
    test_mmio_write (f->m, 0xa0000 + 1000, 0x1234, 2);
    vga_set_dispi_mode (f, 640, 480, 32, 0xc0); /* keep it */
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000 + 1000, 2), ==, 0x1234);
    vga_set_dispi_mode (f, 640, 480, 32, 0x40);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000 + 1000, 2), ==, 0);
}

/* A text window that is memory is written back when it is left: before all is made black. */
static void
test_dispi_after_text (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 3);
    for (unsigned i = 0; i < 0x8000; i += 8)
        test_mmio_write (f->m, 0xb8000 + i, 0x0741074107410741, 8);
    vga_set_dispi_mode (f, 640, 480, 32, 0x40);
    for (unsigned i = 0; i < 0x10000; i += 8)
        g_assert_cmphex (test_mmio_read (f->m, 0xa0000 + i, 8), ==, 0);
}

/* BAR 2 has the same registers. */
static void
test_mmio_registers (struct vga_fixture *f, gconstpointer data)
{
    test_mmio_write (f->m, VGA_BAR2 + 0x500 + 2 * DISPI_WIDTH, 800, 2);
    g_assert_cmpuint (vga_get_dispi (f, DISPI_WIDTH), ==, 800);
    g_assert_cmphex (test_mmio_read (f->m, VGA_BAR2 + 0x500, 2), ==, 0xb0c5);
    g_assert_cmphex (test_mmio_read (f->m, VGA_BAR2 + 0x501, 1), ==, 0xb0);
    g_assert_cmphex (test_mmio_read (f->m, VGA_BAR2 + 0x500, 4), ==, 0x0320b0c5);
    test_mmio_write (f->m, VGA_BAR2 + 0x40e, 0xa508, 2); /* 3CEh */
    g_assert_cmphex (vga_get_indexed (f, 0x3ce, 8), ==, 0xa5);
    g_assert_cmphex (test_mmio_read (f->m, VGA_BAR2 + 0x40f, 1), ==, 0xa5);
    g_assert_cmphex (test_mmio_read (f->m, VGA_BAR2 + 0x600, 4), ==, 0xffffffff);
}

static void
test_banks (struct vga_fixture *f, gconstpointer data)
{
    vga_set_dispi_mode (f, 640, 480, 8, 0x40);
    for (unsigned bank = 0; bank < 256; bank++) {
        vga_set_dispi (f, DISPI_BANK, (uint16_t) bank);
        test_mmio_write (f->m, 0xa0000 + 0xfffe, bank + 1, 2);
    }
    for (unsigned bank = 0; bank < 256; bank++) {
        vga_set_dispi (f, DISPI_BANK, (uint16_t) bank);
        g_assert_true (test_is_mapped (f->m, 0xaf000));
        g_assert_cmpuint (test_mmio_read (f->m, 0xa0000 + 0xfffe, 2), ==, bank + 1);
    }
    vga_set_dispi (f, DISPI_BANK, 256); /* past the end */
    g_assert_false (test_is_mapped (f->m, 0xaf000));
    test_mmio_write (f->m, 0xa0000, 0x55, 1);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000, 4), ==, 0xffffffff);
}

/* --- planes -------------------------------------------------------------------------- */

static uint8_t
plane (struct vga_fixture *f, unsigned n, uint32_t offset)
{
    vga_set_gr (f, 4, (uint8_t) n);
    return (uint8_t) test_mmio_read (f->m, 0xa0000 + offset, 1);
}

static void
assert_planes (struct vga_fixture *f, uint32_t offset, unsigned p0, unsigned p1, unsigned p2,
               unsigned p3)
{
    g_assert_cmphex (plane (f, 0, offset), ==, p0);
    g_assert_cmphex (plane (f, 1, offset), ==, p1);
    g_assert_cmphex (plane (f, 2, offset), ==, p2);
    g_assert_cmphex (plane (f, 3, offset), ==, p3);
}

static void
test_write_mode_0 (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x12);
    vga_set_seq (f, 2, 0x0a);
    test_mmio_write (f->m, 0xa0000, 0x3c, 1);
    assert_planes (f, 0, 0, 0x3c, 0, 0x3c);
    vga_set_seq (f, 2, 0x0f);
    vga_set_gr (f, 3, 2); /* rotate right by two */
    test_mmio_write (f->m, 0xa0001, 0x81, 1);
    assert_planes (f, 1, 0x60, 0x60, 0x60, 0x60);
    vga_set_gr (f, 3, 0);
    vga_set_gr (f, 0, 0x05); /* planes 0 and 2 set, plane 1 reset, plane 3 the byte */
    vga_set_gr (f, 1, 0x07);
    test_mmio_write (f->m, 0xa0002, 0x99, 1);
    assert_planes (f, 2, 0xff, 0x00, 0xff, 0x99);
}

static void
test_bit_mask_and_functions (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x12);
    test_mmio_write (f->m, 0xa0000, 0xcc, 1);
    test_mmio_read (f->m, 0xa0000, 1);
    vga_set_gr (f, 8, 0x0f);
    test_mmio_write (f->m, 0xa0000, 0x33, 1);
    g_assert_cmphex (plane (f, 0, 0), ==, 0xc3);
    vga_set_gr (f, 8, 0xff);
    for (unsigned function = 1; function < 4; function++) {
        static const uint8_t results[] = { 0, 0xc3 & 0xaa, 0xc3 | 0xaa, 0xc3 ^ 0xaa };

        test_mmio_read (f->m, 0xa0000, 1);
        vga_set_gr (f, 3, (uint8_t) (function << 3));
        test_mmio_write (f->m, 0xa0010 + function, 0xaa, 1);
        g_assert_cmphex (plane (f, 3, 0x10 + function), ==, results[function]);
    }
}

static void
test_write_modes_1_to_3 (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x12);
    vga_set_gr (f, 5, 2);
    test_mmio_write (f->m, 0xa0000, 0x09, 1); /* mode 2: colour 9 */
    assert_planes (f, 0, 0xff, 0, 0, 0xff);
    vga_set_gr (f, 5, 1);
    test_mmio_read (f->m, 0xa0000, 1);
    test_mmio_write (f->m, 0xa0100, 0x55, 1); /* mode 1: the latches, whatever is written */
    assert_planes (f, 0x100, 0xff, 0, 0, 0xff);
    vga_set_gr (f, 5, 3);
    vga_set_gr (f, 0, 0x06);
    vga_set_gr (f, 8, 0x3f);
    test_mmio_read (f->m, 0xa0000, 1);
    test_mmio_write (f->m, 0xa0000, 0xf0, 1); /* mode 3: colour 6 where byte and mask have bits */
    assert_planes (f, 0, 0xcf, 0x30, 0x30, 0xcf);
}

static void
test_read_mode_1 (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x12);
    vga_set_gr (f, 5, 2);
    vga_set_gr (f, 8, 0xf0);
    test_mmio_write (f->m, 0xa0000, 0x0d, 1); /* left half colour 13 */
    vga_set_gr (f, 5, 8);
    vga_set_gr (f, 2, 0x0d);
    vga_set_gr (f, 7, 0x0f);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000, 1), ==, 0xf0);
    vga_set_gr (f, 2, 0x0f);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000, 1), ==, 0x00);
    vga_set_gr (f, 7, 0x0d); /* plane 1 does not matter */
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000, 1), ==, 0xf0);
}

/* --- the window ---------------------------------------------------------------------- */

static void
test_decoding (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 3);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0000, 2), ==, 0xffff);
    g_assert_cmphex (test_mmio_read (f->m, 0xb0000, 2), ==, 0xffff);
    g_assert_cmphex (test_mmio_read (f->m, 0xb8000, 2), ==, 0);
    test_out8 (f->m, 0x3c2, 0x65); /* memory off */
    g_assert_cmphex (test_mmio_read (f->m, 0xb8000, 2), ==, 0xffff);
    test_mmio_write (f->m, 0xb8000, 0x4141, 2);
    test_out8 (f->m, 0x3c2, 0x67);
    g_assert_cmphex (test_mmio_read (f->m, 0xb8000, 2), ==, 0);
}

/* In text mode the guest writes memory; leaving it, that is in planes 0 and 1. */
static void
test_text_is_memory (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 3);
    g_assert_true (test_is_mapped (f->m, 0xb8000));
    g_assert_true (test_is_mapped (f->m, 0xbf000));
    g_assert_false (test_is_mapped (f->m, 0xb7000));
    g_assert_false (test_is_mapped (f->m, 0xa0000));
    test_mmio_write (f->m, 0xb8000, 0x1741, 2);
    test_mmio_write (f->m, 0xb8000 + 0x7ffe, 0x5a42, 2);

    vga_set_seq (f, 4, 6);
    vga_set_gr (f, 5, 0);
    vga_set_gr (f, 6, 4);
    g_assert_false (test_is_mapped (f->m, 0xb8000));
    assert_planes (f, 0, 0x41, 0x17, 0, 0);
    assert_planes (f, 0x7ffe, 0x42, 0x5a, 0, 0);
    vga_set_seq (f, 2, 1);
    test_mmio_write (f->m, 0xa0002, 0x43, 1); /* the second character, in plane 0 */
    vga_set_seq (f, 2, 3);
    vga_set_gr (f, 4, 0);

    vga_set_seq (f, 4, 2);
    vga_set_gr (f, 5, 0x10);
    vga_set_gr (f, 6, 0x0e);
    g_assert_true (test_is_mapped (f->m, 0xb8000));
    g_assert_cmphex (test_mmio_read (f->m, 0xb8000, 4), ==, 0x00431741);
    g_assert_cmphex (test_mmio_read (f->m, 0xb8000 + 0x7ffe, 2), ==, 0x5a42);
}

static void
test_mono_text_is_memory (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 3);
    test_mmio_write (f->m, 0xb8004, 0x0742, 2);
    vga_set_gr (f, 6, 0x0a);
    g_assert_true (test_is_mapped (f->m, 0xb0000));
    g_assert_false (test_is_mapped (f->m, 0xb8000));
    g_assert_cmphex (test_mmio_read (f->m, 0xb0004, 2), ==, 0x0742);
}

static void
test_chain_4_is_memory (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 0x13);
    g_assert_true (test_is_mapped (f->m, 0xa0000));
    g_assert_true (test_is_mapped (f->m, 0xaf000));
    test_mmio_write (f->m, 0xa0004, 0x44332211, 4);
    test_mmio_write (f->m, 0xafffc, 0x88776655, 4);
    vga_set_seq (f, 4, 6);
    assert_planes (f, 4, 0x11, 0x22, 0x33, 0x44);
    assert_planes (f, 0xfffc, 0x55, 0x66, 0x77, 0x88);
    vga_set_gr (f, 4, 0);
    vga_set_seq (f, 4, 0x0e);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0004, 4), ==, 0x44332211);
    /* With a function or mask of the graphics controller a byte is not just a byte. */
    vga_set_gr (f, 8, 0x0f);
    g_assert_false (test_is_mapped (f->m, 0xa0000));
    test_mmio_read (f->m, 0xa0004, 1);
    test_mmio_write (f->m, 0xa0004, 0xff, 1);
    g_assert_cmphex (test_mmio_read (f->m, 0xa0004, 4), ==, 0x4433221f);
    vga_set_gr (f, 8, 0xff);
    g_assert_true (test_is_mapped (f->m, 0xa0000));
    g_assert_cmphex (test_mmio_read (f->m, 0xa0004, 4), ==, 0x4433221f);
}

/* --- life ---------------------------------------------------------------------------- */

static void
test_reset (struct vga_fixture *f, gconstpointer data)
{
    vga_set_mode (f, 3);
    test_mmio_write (f->m, 0xb8000, 0x1741, 2);
    vga_set_dispi_mode (f, 640, 480, 32, 0xc0);
    vga_look_again (f);
    device_reset (f->vga);
    vga_look_again (f); /* black */
    g_assert_cmpuint (vga_pixel (f, 0, 0), ==, 0);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ENABLE), ==, 0);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ID), ==, 0xb0c5);
    g_assert_cmphex (vga_get_indexed (f, 0x3ce, 6), ==, 0);
    g_assert_cmphex (config (f, PCI_BAR0, 4), ==, 8);
    g_assert_false (test_is_mapped (f->m, 0xb8000));
    g_assert_false (test_is_mapped (f->m, VGA_BAR0));
    vga_set_mode (f, 3);
    g_assert_cmphex (test_mmio_read (f->m, 0xb8000, 8), ==, 0);
}

/* What a poke may hit; each register block often enough to get somewhere. */
static void
poke (struct vga_fixture *f, GRand *random)
{
    uint64_t value = (uint64_t) g_rand_int (random) << 32 | g_rand_int (random);
    unsigned size = 1u << g_rand_int_range (random, 0, 4);
    unsigned small = (unsigned) g_rand_int_range (random, 0, 32);

    switch (g_rand_int_range (random, 0, 12)) {
    case 0:
        vga_set_seq (f, small % 8, (uint8_t) value);
        break;
    case 1:
        vga_set_gr (f, small % 12, (uint8_t) value);
        break;
    case 2:
        vga_set_crtc (f, small, (uint8_t) value);
        break;
    case 3:
        vga_set_attr (f, small, (uint8_t) value);
        break;
    case 4:
        test_out8 (f->m, (uint16_t) (0x3b0 + value % 0x30), (uint8_t) (value >> 32));
        test_in8 (f->m, (uint16_t) (0x3b0 + value % 0x30));
        break;
    case 5:
        vga_set_dispi (f, small % 12, (uint16_t) (value >> (value & 15)));
        vga_get_dispi (f, small % 12);
        break;
    case 6:
        test_mmio_write (f->m, VGA_BAR2 + value % 0x1000, value >> 16, size);
        test_mmio_read (f->m, VGA_BAR2 + value % 0x1000, size);
        break;
    case 7:
        bus_write (f->m->env.ports, 0x1ce + value % 4, value >> 32, MIN (size, 4));
        bus_read (f->m->env.ports, 0x1ce + value % 4, MIN (size, 4));
        break;
    default:
        test_mmio_write (f->m, 0xa0000 + value % 0x20000, value >> 20, size);
        test_mmio_read (f->m, 0xa0000 + value % 0x20000, size);
        break;
    }
}

static void
set_some_mode (struct vga_fixture *f, GRand *random)
{
    static const unsigned modes[] = { 0, 3, 4, 0x0d, 0x12, 0x13 };
    static const unsigned bpp[] = { 4, 8, 15, 16, 24, 32 };

    if (g_rand_boolean (random))
        vga_set_mode (f, modes[g_rand_int_range (random, 0, G_N_ELEMENTS (modes))]);
    else
        vga_set_dispi_mode (f, (unsigned) g_rand_int_range (random, 1, 1500),
                            (unsigned) g_rand_int_range (random, 1, 1000),
                            bpp[g_rand_int_range (random, 0, G_N_ELEMENTS (bpp))], 0xc0);
}

static void
test_random_pokes (struct vga_fixture *f, gconstpointer data)
{
    g_autoptr (GRand) random = g_rand_new_with_seed (1987);

    for (unsigned i = 0; i < POKES; i++) {
        if (i % 100 == 0)
            set_some_mode (f, random);
        poke (f, random);
        if (i % 50 == 49)
            vga_poll (f);
        if (i % 100 == 40) { /* while something may still be seen */
            vga_unwatch (f);
            vga_watch (f);
        }
        if (i % 20000 == 19999)
            device_reset (f->vga);
    }
    device_reset (f->vga);
    vga_set_mode (f, 3);
    test_mmio_write (f->m, 0xb8000, 0x1720, 2);
    vga_look_again (f);
    g_assert_cmpuint (f->width, ==, 720);
    g_assert_cmpuint (vga_pixel (f, 0, 0), ==, vga_test_color (1));
}

struct poker {
    struct vga_fixture *f;
    guint32 seed;
    gint *n_running;
};

static gpointer
poke_thread (gpointer data)
{
    struct poker *poker = data;
    g_autoptr (GRand) random = g_rand_new_with_seed (poker->seed);

    for (unsigned i = 0; i < POKES / 10; i++) {
        if (i % 100 == 0)
            set_some_mode (poker->f, random);
        poke (poker->f, random);
    }
    g_atomic_int_add (poker->n_running, -1);
    return NULL;
}

/* Several vCPUs at once, while the main loop draws. */
static void
test_threads (struct vga_fixture *f, gconstpointer data)
{
    gint n_running = 2;
    struct poker pokers[2] = { { f, 1, &n_running }, { f, 2, &n_running } };
    GThread *threads[2];

    for (unsigned i = 0; i < 2; i++)
        threads[i] = g_thread_new ("vcpu", poke_thread, &pokers[i]);
    while (g_atomic_int_get (&n_running) > 0)
        vga_poll (f);
    for (unsigned i = 0; i < 2; i++)
        g_thread_join (threads[i]);
    device_reset (f->vga);
    g_assert_cmphex (vga_get_dispi (f, DISPI_ID), ==, 0xb0c5);
}

/* A machine that shows nothing has the adapter all the same, if it is asked for. */
static void
test_no_scanout (struct vga_fixture *f, gconstpointer data)
{
    struct device_args args = test_device_args (f->m, &vga_class, "video1");
    struct device_env env = f->m->env;
    struct device *second = NULL;

    env.scanout = NULL;
    args.env = &env;
    args.slot = 5;
    g_assert_cmpint (vga_class.create (&args, &second), ==, 0);
    device_reset (second);
    device_destroy (second);
}

#define ADD(name, test)                                                                            \
    g_test_add (name, struct vga_fixture, NULL, vga_fixture_setup, test, vga_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/vga/config-space-is-a-std-vgas", test_config_space);
    ADD ("/vga/edid-is-valid", test_edid);
    ADD ("/vga/senseless-options-are-refused", test_options);
    ADD ("/vga/registers/indexed-ones-keep-what-exists", test_indexed_registers);
    ADD ("/vga/registers/crtc-protects-its-timing", test_crtc_protection);
    ADD ("/vga/registers/attribute-flip-flop", test_attribute_flipflop);
    ADD ("/vga/registers/mono-ports", test_mono_ports);
    ADD ("/vga/registers/dac-runs-through-colours", test_dac);
    ADD ("/vga/registers/retrace-comes-and-goes", test_retrace);
    ADD ("/vga/dispi/registers", test_dispi);
    ADD ("/vga/dispi/impossible-modes-stay-off", test_dispi_enable);
    ADD ("/vga/dispi/memory-is-the-limit", test_dispi_limits);
    ADD ("/vga/dispi/memory-is-kept-when-asked", test_dispi_memory);
    ADD ("/vga/dispi/nothing-of-the-text-before-is-seen", test_dispi_after_text);
    ADD ("/vga/dispi/bar-2-has-the-registers", test_mmio_registers);
    ADD ("/vga/dispi/banks-reach-all-of-memory", test_banks);
    ADD ("/vga/planes/write-mode-0", test_write_mode_0);
    ADD ("/vga/planes/bit-mask-and-functions", test_bit_mask_and_functions);
    ADD ("/vga/planes/write-modes-1-to-3", test_write_modes_1_to_3);
    ADD ("/vga/planes/read-mode-1", test_read_mode_1);
    ADD ("/vga/window/answers-where-decoded", test_decoding);
    ADD ("/vga/window/text-is-memory", test_text_is_memory);
    ADD ("/vga/window/mono-text-is-memory", test_mono_text_is_memory);
    ADD ("/vga/window/chain-4-is-memory", test_chain_4_is_memory);
    ADD ("/vga/reset-is-power-on", test_reset);
    ADD ("/vga/vcpus-poke-while-it-is-watched", test_threads);
    ADD ("/vga/nothing-need-be-shown", test_no_scanout);
    ADD ("/vga/random-pokes-are-survived", test_random_pokes);
    return g_test_run ();
}
