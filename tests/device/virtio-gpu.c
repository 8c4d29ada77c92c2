/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-gpu.c - tests: pictures, cursor and monitor as a driver and a viewer see them. */
#include <string.h>

#include "bits.h"
#include "edid.h"
#include "virtio-gpu-fixture.h"

#define BGRX VIRTIO_GPU_FORMAT_B8G8R8X8
#define BGRA VIRTIO_GPU_FORMAT_B8G8R8A8
#define OK   VIRTIO_GPU_OK_NODATA

/* --- helpers --------------------------------------------------------------------------------- */

/* The pixel that fill() puts at X, Y. */
static uint32_t
color_at (unsigned x, unsigned y)
{
    return (x * 7 + 1) << 16 | (y * 5 + 2) << 8 | ((x + y) & 0xff);
}

/* Draws WIDTH × HEIGHT pixels into guest memory that lies in pieces. */
static void
fill (struct gpu_fixture *f, gpa_t first, uint32_t piece, uint32_t step, unsigned width,
      unsigned height)
{
    for (unsigned i = 0; i < width * height * 4; i++) {
        unsigned pixel = i / 4;
        uint32_t color = color_at (pixel % width, pixel / width);

        f->m->ram[first + i / piece * step + i % piece] = (uint8_t) (color >> (i % 4 * 8));
    }
}

/* A resource 16 × 8 with its picture in guest memory in one piece. */
static gpa_t
make_picture (struct gpu_fixture *f, uint32_t id)
{
    gpa_t first = virtio_driver_alloc (&f->d, 16 * 8 * 4, 16);

    g_assert_cmphex (gpu_create (f, id, BGRX, 16, 8), ==, OK);
    g_assert_cmphex (gpu_attach (f, id, first, 16 * 8 * 4), ==, OK);
    fill (f, first, 512, 512, 16, 8);
    return first;
}

static uint32_t
events (struct gpu_fixture *f)
{
    return (uint32_t) test_mmio_read (f->m, f->d.config + VIRTIO_GPU_CFG_EVENTS_READ, 4);
}

/* --- identity, monitor ----------------------------------------------------------------------- */

static void
test_identity (struct gpu_fixture *f, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_VENDOR_ID, 4), ==, 0x10501af4);
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_CLASS, 1), ==, 0);
    g_assert_cmphex (pci_config_read (f->m->env.pci, f->d.devfn, PCI_CLASS + 1, 2), ==, 0x0380);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_N_QUEUES, 2), ==, 2);
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config + VIRTIO_GPU_CFG_N_SCANOUTS, 4), ==, 1);
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config + VIRTIO_GPU_CFG_N_CAPSETS, 4), ==, 0);
    g_assert_cmphex (virtio_driver_offered (&f->d) & 0xffffff, ==, BIT (VIRTIO_GPU_F_EDID));
}

static void
expect_mode (struct gpu_fixture *f, unsigned width, unsigned height)
{
    const uint8_t *info = gpu_answer (f) + VIRTIO_GPU_HDR_BYTES, *edid = info + 8;
    uint32_t scanout[2] = { 0 };
    uint8_t sum = 0;

    g_assert_cmphex (gpu_command_send (f, VIRTIO_GPU_GET_DISPLAY_INFO, NULL, 0), ==,
                     VIRTIO_GPU_OK_DISPLAY_INFO);
    g_assert_cmpuint (f->answer_bytes, ==, VIRTIO_GPU_HDR_BYTES + 16 * 24);
    g_assert_cmpuint (load_le32 (info + 8), ==, width);
    g_assert_cmpuint (load_le32 (info + 12), ==, height);
    g_assert_cmpuint (load_le32 (info + 16), ==, 1);
    g_assert_cmpuint (load_le32 (info + 24 + 16), ==, 0);

    g_assert_cmphex (gpu_command_send (f, VIRTIO_GPU_GET_EDID, scanout, sizeof scanout), ==,
                     VIRTIO_GPU_OK_EDID);
    g_assert_cmpuint (load_le32 (info), ==, EDID_BYTES);
    g_assert_cmpuint (edid[56] | (edid[58] & 0xf0u) << 4, ==, width);
    g_assert_cmpuint (edid[59] | (edid[61] & 0xf0u) << 4, ==, height);
    for (unsigned i = 0; i < EDID_BYTES; i++)
        sum = (uint8_t) (sum + edid[i]);
    g_assert_cmpuint (sum, ==, 0);
}

static void
test_resize (struct gpu_fixture *f, gconstpointer data)
{
    unsigned before = f->m->intx_rises;

    expect_mode (f, 1280, 800);
    test_viewer_resize (&f->viewer, 1001, 777);
    g_assert_cmphex (events (f), ==, VIRTIO_GPU_EVENT_DISPLAY);
    g_assert_cmpuint (f->m->intx_rises, >=, before);
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1) & VIRTIO_ISR_CONFIG, !=, 0);
    expect_mode (f, 1001, 777);
    test_mmio_write (f->m, f->d.config + VIRTIO_GPU_CFG_EVENTS_CLEAR, VIRTIO_GPU_EVENT_DISPLAY, 4);
    g_assert_cmphex (events (f), ==, 0);
    test_mmio_read (f->m, f->d.isr, 1);
    test_viewer_resize (&f->viewer, 1001, 777); /* is so already */
    g_assert_cmphex (events (f), ==, 0);
    test_viewer_resize (&f->viewer, 16384, 1);
    expect_mode (f, 4095, 200);
}

/* The monitor outlives the guest: a reset machine comes up in the viewer's size. */
static void
test_monitor_outlives_reset (struct gpu_fixture *f, gconstpointer data)
{
    test_viewer_resize (&f->viewer, 1600, 900);
    device_reset (f->gpu);
    virtio_driver_probe (&f->d, f->m, GPU_SLOT);
    g_assert_cmphex (events (f), ==, 0);
    gpu_start (f);
    expect_mode (f, 1600, 900);
}

/* --- pictures -------------------------------------------------------------------------------- */

static void
test_picture (struct gpu_fixture *f, gconstpointer data)
{
    unsigned scanouts = f->viewer.n_scanouts;

    g_assert_cmpuint (f->viewer.width, ==, 0);
    make_picture (f, 5);
    g_assert_cmphex (gpu_copy (f, 5, 0, 0, 0, 16, 8), ==, OK);
    g_assert_cmpuint (f->viewer.n_scanouts, ==, scanouts);
    g_assert_cmphex (gpu_show (f, 0, 5, 0, 0, 16, 8), ==, OK);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 16);
    g_assert_cmpuint (f->viewer.height, ==, 8);
    g_assert_true (f->viewer.resizes);
    for (unsigned y = 0; y < 8; y++)
        for (unsigned x = 0; x < 16; x++)
            g_assert_cmphex (test_viewer_pixel (&f->viewer, x, y), ==, color_at (x, y));
}

/* A part of the resource is shown, a part of that is flushed. */
static void
test_rectangles (struct gpu_fixture *f, gconstpointer data)
{
    gpa_t first = make_picture (f, 5);

    gpu_copy (f, 5, 0, 0, 0, 16, 8);
    g_assert_cmphex (gpu_show (f, 0, 5, 4, 2, 8, 4), ==, OK);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 8);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 0, 0), ==, color_at (4, 2));
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 7, 3), ==, color_at (11, 5));

    /* New pixels in one row and a half: only the rectangle comes over. */
    memset (f->m->ram + first, 0x55, 512);
    g_assert_cmphex (gpu_copy (f, 5, 4 * (3 * 16 + 5), 5, 3, 2, 2), ==, OK);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 1, 1), ==, 0x555555);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 2, 2), ==, 0x555555);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 3, 1), ==, color_at (7, 3));
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 0, 1), ==, color_at (4, 3));
    test_viewer_poll (&f->viewer);
    g_assert_cmphex (gpu_flush_rect (f, 5, 0, 0, 6, 16), ==, VIRTIO_GPU_ERR_INVALID_PARAMETER);
    g_assert_cmphex (gpu_flush_rect (f, 5, 0, 3, 6, 2), ==, OK);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.damage.x, ==, 0);
    g_assert_cmpuint (f->viewer.damage.y, ==, 1);
    g_assert_cmpuint (f->viewer.damage.width, ==, 2);
    g_assert_cmpuint (f->viewer.damage.height, ==, 2);
}

/* What is flushed but not shown is nobody's news. */
static void
test_flush_elsewhere (struct gpu_fixture *f, gconstpointer data)
{
    unsigned damages;

    make_picture (f, 5);
    make_picture (f, 6);
    gpu_show (f, 0, 5, 0, 0, 8, 8);
    test_viewer_look (&f->viewer);
    test_viewer_poll (&f->viewer);
    damages = f->viewer.n_damages;
    g_assert_cmphex (gpu_flush_rect (f, 6, 0, 0, 16, 8), ==, OK);
    g_assert_cmphex (gpu_flush_rect (f, 5, 8, 0, 8, 8), ==, OK); /* beside what is shown */
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.n_damages, ==, damages);
}

/* Guest memory chopped in ways that fit no line. */
static void
test_scattered_backing (struct gpu_fixture *f, gconstpointer data)
{
    static const uint32_t pieces[] = { 4096, 4100, 4099 };
    uint32_t width = 100, height = 60; /* 24000 bytes: six pages */

    for (uint32_t i = 0; i < ARRAY_SIZE (pieces); i++) {
        uint32_t id = 10 + i, n = (width * height * 4 + pieces[i] - 1) / pieces[i], step;
        gpa_t first;

        g_assert_cmphex (gpu_create (f, id, BGRX, width, height), ==, OK);
        g_assert_cmphex (gpu_attach_pieces (f, id, n, pieces[i], &first, &step), ==, OK);
        fill (f, first, pieces[i], step, width, height);
        g_assert_cmphex (gpu_copy (f, id, 0, 0, 0, width, height), ==, OK);
        g_assert_cmphex (gpu_show (f, 0, id, 0, 0, width, height), ==, OK);
        test_viewer_look (&f->viewer);
        for (unsigned y = 0; y < height; y++)
            for (unsigned x = 0; x < width; x++)
                g_assert_cmphex (test_viewer_pixel (&f->viewer, x, y), ==,
                                 color_at (x, y) & 0xffffff);
    }
}

/* Every format ends as the same picture. */
static void
test_formats (struct gpu_fixture *f, gconstpointer data)
{
    static const struct {
        uint32_t format;
        uint8_t bytes[4]; /* of red 11, green 22, blue 33 */
    } formats[] = {
        { VIRTIO_GPU_FORMAT_B8G8R8A8, { 0x33, 0x22, 0x11, 0xff } },
        { VIRTIO_GPU_FORMAT_B8G8R8X8, { 0x33, 0x22, 0x11, 0 } },
        { VIRTIO_GPU_FORMAT_A8R8G8B8, { 0xff, 0x11, 0x22, 0x33 } },
        { VIRTIO_GPU_FORMAT_X8R8G8B8, { 0, 0x11, 0x22, 0x33 } },
        { VIRTIO_GPU_FORMAT_R8G8B8A8, { 0x11, 0x22, 0x33, 0xff } },
        { VIRTIO_GPU_FORMAT_X8B8G8R8, { 0, 0x33, 0x22, 0x11 } },
        { VIRTIO_GPU_FORMAT_A8B8G8R8, { 0xff, 0x33, 0x22, 0x11 } },
        { VIRTIO_GPU_FORMAT_R8G8B8X8, { 0x11, 0x22, 0x33, 0 } },
    };

    for (uint32_t i = 0; i < ARRAY_SIZE (formats); i++) {
        gpa_t gpa = virtio_driver_alloc (&f->d, 64, 16);

        for (unsigned p = 0; p < 16; p++)
            memcpy (f->m->ram + gpa + 4 * p, formats[i].bytes, 4);
        g_assert_cmphex (gpu_create (f, 1 + i, formats[i].format, 4, 4), ==, OK);
        g_assert_cmphex (gpu_attach (f, 1 + i, gpa, 64), ==, OK);
        g_assert_cmphex (gpu_copy (f, 1 + i, 0, 0, 0, 4, 4), ==, OK);
        gpu_show (f, 0, 1 + i, 0, 0, 4, 4);
        test_viewer_look (&f->viewer);
        g_assert_cmphex (test_viewer_pixel (&f->viewer, 3, 3), ==, 0x112233);
    }
}

static void
test_scanout_off (struct gpu_fixture *f, gconstpointer data)
{
    make_picture (f, 5);
    gpu_show (f, 0, 5, 0, 0, 16, 8);
    test_viewer_look (&f->viewer);
    g_assert_cmphex (gpu_show (f, 0, 0, 0, 0, 0, 0), ==, OK);
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 0);
    gpu_show (f, 0, 5, 0, 0, 16, 8);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 16);
    g_assert_cmphex (gpu_unref (f, 5), ==, OK); /* goes while it is shown */
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 0);
}

static void
test_reset (struct gpu_fixture *f, gconstpointer data)
{
    make_picture (f, 5);
    gpu_show (f, 0, 5, 0, 0, 16, 8);
    test_viewer_look (&f->viewer);
    virtio_driver_reset (&f->d);
    test_viewer_poll (&f->viewer);
    g_assert_cmpuint (f->viewer.width, ==, 0);
    gpu_start (f);
    g_assert_cmphex (gpu_unref (f, 5), ==, VIRTIO_GPU_ERR_INVALID_RESOURCE);
    /* Nothing of the old picture is in a new one. */
    g_assert_cmphex (gpu_create (f, 5, BGRX, 16, 8), ==, OK);
    gpu_show (f, 0, 5, 0, 0, 16, 8);
    test_viewer_look (&f->viewer);
    g_assert_cmphex (test_viewer_pixel (&f->viewer, 3, 3), ==, 0);
}

static void
test_fence (struct gpu_fixture *f, gconstpointer data)
{
    struct virtio_buffer buffers[] = { { f->request, VIRTIO_GPU_HDR_BYTES, false },
                                       { f->answer, 512, true } };
    uint8_t *p = virtio_driver_at (&f->d, f->request);
    uint16_t head;

    store_le32 (p, VIRTIO_GPU_GET_DISPLAY_INFO);
    store_le32 (p + VIRTIO_GPU_HDR_FLAGS, VIRTIO_GPU_FLAG_FENCE | 0xfff0);
    store_le64 (p + VIRTIO_GPU_HDR_FENCE_ID, 0x123456789abcull);
    store_le32 (p + VIRTIO_GPU_HDR_CTX_ID, 7);
    head = virtio_driver_send (&f->d, VIRTIO_GPU_CONTROL_QUEUE, buffers, 2);
    virtio_driver_wait (&f->d, VIRTIO_GPU_CONTROL_QUEUE, head);
    g_assert_cmphex (load_le32 (gpu_answer (f) + VIRTIO_GPU_HDR_FLAGS), ==, VIRTIO_GPU_FLAG_FENCE);
    g_assert_cmphex (load_le64 (gpu_answer (f) + VIRTIO_GPU_HDR_FENCE_ID), ==, 0x123456789abcull);
    g_assert_cmphex (load_le32 (gpu_answer (f) + VIRTIO_GPU_HDR_CTX_ID), ==, 7);
    gpu_command_send (f, VIRTIO_GPU_GET_DISPLAY_INFO, NULL, 0);
    g_assert_cmphex (load_le32 (gpu_answer (f) + VIRTIO_GPU_HDR_FLAGS), ==, 0);
}

/* --- the cursor ------------------------------------------------------------------------------ */

static void
test_cursor (struct gpu_fixture *f, gconstpointer data)
{
    gpa_t gpa = virtio_driver_alloc (&f->d, 32 * 24 * 4, 16);

    make_picture (f, 5);
    gpu_show (f, 0, 5, 0, 0, 16, 8);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.n_cursors, ==, 0); /* no cursor is no news */

    g_assert_cmphex (gpu_create (f, 9, BGRA, 32, 24), ==, OK);
    gpu_attach (f, 9, gpa, 32 * 24 * 4);
    for (unsigned i = 0; i < 32 * 24; i++)
        store_le32 (f->m->ram + gpa + 4 * i, 0x80402010 + i);
    gpu_copy (f, 9, 0, 0, 0, 32, 24);
    gpu_cursor (f, VIRTIO_GPU_UPDATE_CURSOR, 9, 3, 4, 100, 50);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.cursor.width, ==, 32);
    g_assert_cmpuint (f->viewer.cursor.height, ==, 24);
    g_assert_cmpuint (f->viewer.cursor.hot_x, ==, 3);
    g_assert_cmpuint (f->viewer.cursor.hot_y, ==, 4);
    for (unsigned i = 0; i < 32 * 24; i++)
        g_assert_cmphex (f->viewer.cursor.pixels[i], ==, 0x80402010 + i);
    g_assert_cmpint (f->viewer.cursor_x, ==, 100);
    g_assert_cmpint (f->viewer.cursor_y, ==, 50);
    g_assert_cmpuint (f->viewer.damage.width, ==, 0); /* the picture is the same */

    gpu_cursor (f, VIRTIO_GPU_MOVE_CURSOR, 0, 0, 0, 7, (uint32_t) -2);
    test_viewer_look (&f->viewer);
    g_assert_cmpint (f->viewer.cursor_x, ==, 7);
    g_assert_cmpint (f->viewer.cursor_y, ==, -2);
    g_assert_cmpuint (f->viewer.n_cursors, ==, 1);

    gpu_cursor (f, VIRTIO_GPU_UPDATE_CURSOR, 0, 0, 0, 7, 7);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.cursor.width, ==, 0);
}

static void
test_cursor_nonsense (struct gpu_fixture *f, gconstpointer data)
{
    struct virtio_buffer tiny = { f->request, 3, false }, answer = { f->answer, 64, true };
    uint16_t head;

    make_picture (f, 5);
    gpu_show (f, 0, 5, 0, 0, 16, 8);
    test_viewer_look (&f->viewer);
    g_assert_cmphex (gpu_create (f, 9, BGRA, 65, 8), ==, OK);
    gpu_cursor (f, VIRTIO_GPU_UPDATE_CURSOR, 9, 0, 0, 1, 1);  /* too wide: none */
    gpu_cursor (f, VIRTIO_GPU_UPDATE_CURSOR, 77, 0, 0, 1, 1); /* no such resource */
    gpu_cursor (f, VIRTIO_GPU_RESOURCE_UNREF, 5, 5, 5, 5, 5); /* not on this queue */
    g_assert_cmphex (gpu_create (f, 8, BGRA, 64, 64), ==, OK);
    gpu_cursor (f, VIRTIO_GPU_UPDATE_CURSOR, 8, UINT32_MAX, UINT32_MAX, 1, 1);
    test_viewer_look (&f->viewer);
    g_assert_cmpuint (f->viewer.cursor.width, ==, 64);
    g_assert_cmpuint (f->viewer.cursor.hot_x, ==, 63); /* inside */
    head = virtio_driver_send (&f->d, VIRTIO_GPU_CURSOR_QUEUE, &tiny, 1);
    virtio_driver_wait (&f->d, VIRTIO_GPU_CURSOR_QUEUE, head);
    head = virtio_driver_send (&f->d, VIRTIO_GPU_CURSOR_QUEUE, &answer, 1);
    virtio_driver_wait (&f->d, VIRTIO_GPU_CURSOR_QUEUE, head);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    g_assert_cmphex (gpu_flush_rect (f, 5, 0, 0, 1, 1), ==, OK); /* the picture is still there */
}

#define ADD(name, test)                                                                            \
    g_test_add ("/virtio-gpu/" name, struct gpu_fixture, NULL, gpu_fixture_setup, test,            \
                gpu_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("identity", test_identity);
    ADD ("a-viewers-wish-is-the-monitors-mode", test_resize);
    ADD ("the-monitor-outlives-a-reset", test_monitor_outlives_reset);
    ADD ("a-picture-is-seen", test_picture);
    ADD ("rectangles-are-kept", test_rectangles);
    ADD ("what-is-not-shown-is-no-damage", test_flush_elsewhere);
    ADD ("guest-memory-may-lie-scattered", test_scattered_backing);
    ADD ("formats-are-converted", test_formats);
    ADD ("the-scanout-goes-off", test_scanout_off);
    ADD ("a-reset-forgets-everything", test_reset);
    ADD ("fences-come-back", test_fence);
    ADD ("the-cursor-travels-beside-the-picture", test_cursor);
    ADD ("nonsense-about-the-cursor-is-harmless", test_cursor_nonsense);
    return g_test_run ();
}
