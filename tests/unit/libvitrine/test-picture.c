/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-picture.c - a picture of a display: its sizes are checked, and its PNG shows the same
 * pixels. */
#include <png.h>
#include <string.h>
#include <vitrine.h>

static VitrinePicture *
make (gsize bytes, guint width, guint height, guint stride)
{
    g_autoptr (GBytes) pixels = g_bytes_new_take (g_malloc0 (bytes), bytes);

    return vitrine_picture_new (pixels, width, height, stride);
}

static void
test_sizes_that_fit (void)
{
    g_autoptr (VitrinePicture) exact = make (4 * 3 * 2, 3, 2, 12);
    g_autoptr (VitrinePicture) padded =
        make (64 + 12, 3, 2, 64); /* the last row needs no padding */

    g_assert_nonnull (exact);
    g_assert_nonnull (padded);
}

static void
test_sizes_that_do_not_fit (void)
{
    g_assert_null (make (100, 0, 1, 4));
    g_assert_null (make (100, 1, 0, 4));
    g_assert_null (make (23, 3, 2, 12));
    g_assert_null (make (100, 3, 2, 11));
    g_assert_null (make (100, 65536, 1, 65536 * 4));
    g_assert_null (make (100, 1, 65536, 4));
    g_assert_null (make (100, 1, 2, G_MAXUINT));
    g_assert_null (make (100, 0x40000001, 1, 4)); /* four times it overflows to 4 */
}

static void
test_copy_shares_pixels (void)
{
    g_autoptr (VitrinePicture) picture = make (24, 3, 2, 12);
    g_autoptr (VitrinePicture) copy = vitrine_picture_copy (picture);

    g_assert_true (copy->pixels == picture->pixels);
    g_assert_cmpuint (copy->width, ==, 3);
}

/* libpng's own reading of BYTES, as RGB. */
static guint8 *
decode (GBytes *bytes, guint *width, guint *height)
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    guint8 *rgb;

    g_assert_true (png_image_begin_read_from_memory (&image, g_bytes_get_data (bytes, NULL),
                                                     g_bytes_get_size (bytes)));
    image.format = PNG_FORMAT_RGB;
    rgb = g_malloc (PNG_IMAGE_SIZE (image));
    g_assert_true (png_image_finish_read (&image, NULL, rgb, 0, NULL));
    *width = image.width;
    *height = image.height;
    return rgb;
}

static void
test_png_shows_the_same (void)
{
    /* B, G, R, x; rows of 16 bytes, of which 12 count */
    static const guint8 pixels[2][16] = {
        { 0, 0, 255, 9, 0, 255, 0, 9, 255, 0, 0, 9, 77, 77, 77, 77 },
        { 1, 2, 3, 9, 255, 255, 255, 9, 0, 0, 0, 9, 77, 77, 77, 77 },
    };
    static const guint8 expected[] = { 255, 0, 0, 0,   255, 0,   0, 0, 255,
                                       3,   2, 1, 255, 255, 255, 0, 0, 0 };
    g_autoptr (GBytes) bytes = g_bytes_new_static (pixels, sizeof pixels);
    g_autoptr (VitrinePicture) picture = vitrine_picture_new (bytes, 3, 2, 16);
    g_autoptr (GBytes) png = vitrine_picture_to_png (picture);
    guint width, height;
    g_autofree guint8 *rgb = decode (png, &width, &height);

    g_assert_cmpuint (width, ==, 3);
    g_assert_cmpuint (height, ==, 2);
    g_assert_cmpmem (rgb, sizeof expected, expected, sizeof expected);
}

static void
test_png_of_a_whole_display (void)
{
    g_autoptr (VitrinePicture) picture = make (1920 * 1080 * 4, 1920, 1080, 1920 * 4);
    g_autoptr (GBytes) png = vitrine_picture_to_png (picture);
    guint width, height;
    g_autofree guint8 *rgb = decode (png, &width, &height);

    g_assert_cmpuint (width, ==, 1920);
    g_assert_cmpuint (height, ==, 1080);
    g_assert_cmpuint (g_bytes_get_size (png), <, 100000);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/picture/sizes-that-fit", test_sizes_that_fit);
    g_test_add_func ("/picture/sizes-that-do-not-fit", test_sizes_that_do_not_fit);
    g_test_add_func ("/picture/copy-shares-pixels", test_copy_shares_pixels);
    g_test_add_func ("/picture/png-shows-the-same", test_png_shows_the_same);
    g_test_add_func ("/picture/png-of-a-whole-display", test_png_of_a_whole_display);
    return g_test_run ();
}
