/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vga.c - tests: one adapter, a VGA until a driver takes it over. */
#include <string.h>

#include "bits.h"
#include "gpu.h"
#include "test-viewer.h"
#include "virtio-driver.h"
#include "virtio-vga.h"

#define SLOT  1
#define DEVFN PCI_DEVFN (SLOT, 0)
#define BAR0  0xd0000000u
#define BAR2  0xd8000000u

struct fixture {
    struct test_machine *m;
    struct device *device;
    struct virtio_driver d;
    struct test_viewer viewer;
};

static void
setup (struct fixture *f, gconstpointer data)
{
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, &virtio_vga_class, "video0");
    args.slot = SLOT;
    g_assert_cmpint (virtio_vga_class.create (&args, &f->device), ==, 0);
    device_reset (f->device);
    test_pci_place_bar (f->m, DEVFN, 0, BAR0);
    test_pci_place_bar (f->m, DEVFN, 2, BAR2);
    test_viewer_open (&f->viewer, f->m);
    virtio_driver_probe (&f->d, f->m, SLOT);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    test_viewer_close (&f->viewer);
    device_destroy (f->device);
    test_machine_free (f->m);
}

static void
set_dispi (struct fixture *f, unsigned index, uint16_t value)
{
    test_out16 (f->m, 0x1ce, (uint16_t) index);
    test_out16 (f->m, 0x1cf, value);
}

/* 800×600, 32 bits a pixel, the first pixel is COLOR. */
static void
draw_as_vga (struct fixture *f, uint32_t color)
{
    set_dispi (f, 4, 0);
    set_dispi (f, 1, 800);
    set_dispi (f, 2, 600);
    set_dispi (f, 3, 32);
    set_dispi (f, 4, 0x41);
    test_out8 (f->m, 0x3c0, 0x20); /* the screen is on */
    test_mmio_write (f->m, 0xa0000, color, 4);
}

static uint32_t
send_command (struct fixture *f, uint32_t type, const uint32_t *body, unsigned n)
{
    gpa_t request = virtio_driver_alloc (&f->d, 64, 8), answer = virtio_driver_alloc (&f->d, 64, 8);
    struct virtio_buffer buffers[] = { { request, 24 + 4 * n, false }, { answer, 64, true } };

    store_le32 (f->m->ram + request, type);
    memcpy (f->m->ram + request + 24, body, 4 * n);
    virtio_driver_wait (&f->d, 0, virtio_driver_send (&f->d, 0, buffers, 2));
    return load_le32 (f->m->ram + answer);
}

/* 320×240, black, as a driver does it. */
static void
draw_as_virtio (struct fixture *f)
{
    const uint32_t create[] = { 1, VIRTIO_GPU_FORMAT_B8G8R8X8, 320, 240 };
    const uint32_t show[] = { 0, 0, 320, 240, 0, 1 };

    virtio_driver_start (&f->d, 0, 2, 16);
    g_assert_cmphex (send_command (f, VIRTIO_GPU_RESOURCE_CREATE_2D, create, 4), ==,
                     VIRTIO_GPU_OK_NODATA);
    g_assert_cmphex (send_command (f, VIRTIO_GPU_SET_SCANOUT, show, 6), ==, VIRTIO_GPU_OK_NODATA);
}

static void
test_identity (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, DEVFN, PCI_VENDOR_ID, 4), ==, 0x10501af4);
    g_assert_cmphex (pci_config_read (f->m->env.pci, DEVFN, PCI_CLASS + 1, 2), ==, 0x0300);
    /* What vgabios and firmware's driver look for: EDID and DISPI in BAR 2. */
    g_assert_cmphex (test_mmio_read (f->m, BAR2, 4), ==, 0xffffff00);
    g_assert_cmphex (test_mmio_read (f->m, BAR2 + 0x500, 2), ==, 0xb0c5);
    g_assert_cmphex (pci_config_read (f->m->env.pci, DEVFN, PCI_BAR0, 4), ==, BAR0 | 8);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_N_QUEUES, 2), ==, 2);
}

static void
test_takeover (struct fixture *f, gconstpointer data)
{
    g_assert_cmpuint (f->viewer.width, ==, 640);
    g_assert_false (f->viewer.resizes);
    draw_as_vga (f, 0x123456);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 800);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 0, 0), ==, 0x123456);

    draw_as_virtio (f);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 320);
    g_assert_true (f->viewer.resizes);
    draw_as_vga (f, 0x654321); /* somebody still draws there */
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 320);

    virtio_driver_reset (&f->d); /* the driver lets go */
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 800);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 0, 0), ==, 0x654321);
}

/* The driver switches its picture off: that is black, not what the VGA has. */
static void
test_driver_shows_nothing (struct fixture *f, gconstpointer data)
{
    const uint32_t off[] = { 0, 0, 0, 0, 0, 0 };

    draw_as_vga (f, 1);
    draw_as_virtio (f);
    g_assert_cmphex (send_command (f, VIRTIO_GPU_SET_SCANOUT, off, 6), ==, VIRTIO_GPU_OK_NODATA);
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 0);
}

static void
test_machine_reset (struct fixture *f, gconstpointer data)
{
    draw_as_vga (f, 0x123456);
    test_viewer_look (&f->viewer);
    draw_as_virtio (f);
    test_viewer_poll (&f->viewer);
    device_reset (f->device);
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 800); /* of the black between modes */
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 0, 0), ==, 0);
    g_assert_cmphex (pci_config_read (f->m->env.pci, DEVFN, PCI_BAR0, 4), ==, 8);
    g_assert_cmphex (pci_config_read (f->m->env.pci, DEVFN, PCI_COMMAND, 2), ==, 0);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/virtio-vga/" name, struct fixture, NULL, setup, test, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identity", test_identity);
    ADD ("a-driver-takes-it-over-and-lets-go", test_takeover);
    ADD ("a-driver-may-show-nothing", test_driver_shows_nothing);
    ADD ("a-reset-brings-the-vga-back", test_machine_reset);
    return g_test_run ();
}
