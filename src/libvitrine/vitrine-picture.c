/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-picture.c - a still picture of a display, and its PNG. */
#include "vitrine-picture.h"

#include <png.h>

/* Larger than any display, small enough that no product of the sizes overflows. */
#define SIDE_MAX 65535

G_DEFINE_BOXED_TYPE (VitrinePicture, vitrine_picture, vitrine_picture_copy, vitrine_picture_free)

VitrinePicture *
vitrine_picture_new (GBytes *pixels, guint width, guint height, guint stride)
{
    VitrinePicture *picture;

    g_return_val_if_fail (pixels != NULL, NULL);

    if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX || stride / 4 < width)
        return NULL;
    if (g_bytes_get_size (pixels) < (guint64) stride * (height - 1) + (guint64) width * 4)
        return NULL;
    picture = g_new (VitrinePicture, 1);
    picture->pixels = g_bytes_ref (pixels);
    picture->width = width;
    picture->height = height;
    picture->stride = stride;
    return picture;
}

VitrinePicture *
vitrine_picture_copy (const VitrinePicture *picture)
{
    VitrinePicture *copy = g_new (VitrinePicture, 1);

    *copy = *picture;
    g_bytes_ref (copy->pixels);
    return copy;
}

void
vitrine_picture_free (VitrinePicture *picture)
{
    if (picture == NULL)
        return;
    g_bytes_unref (picture->pixels);
    g_free (picture);
}

static void
append_cb (png_structp png, png_bytep data, png_size_t len_bytes)
{
    g_byte_array_append (png_get_io_ptr (png), data, (guint) len_bytes);
}

static void
flush_cb (png_structp png)
{
}

/* Sizes are checked and memory cannot run out, so that nothing libpng does here can fail. */
static void
fail_cb (png_structp png, png_const_charp message)
{
    g_error ("libpng: %s", message);
}

static void
warn_cb (png_structp png, png_const_charp message)
{
    g_debug ("libpng: %s", message);
}

GBytes *
vitrine_picture_to_png (const VitrinePicture *picture)
{
    const guint8 *pixels = g_bytes_get_data (picture->pixels, NULL);
    GByteArray *file = g_byte_array_new ();
    png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, fail_cb, warn_cb);
    png_infop info = png_create_info_struct (png);

    png_set_write_fn (png, file, append_cb, flush_cb);
    png_set_IHDR (png, info, picture->width, picture->height, 8, PNG_COLOR_TYPE_RGB,
                  PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level (png, 3); /* a screen of flat areas: more is slower, not smaller */
    png_write_info (png, info);
    png_set_bgr (png);
    png_set_filler (png, 0, PNG_FILLER_AFTER);
    for (guint y = 0; y < picture->height; y++)
        png_write_row (png, pixels + (gsize) y * picture->stride);
    png_write_end (png, info);
    png_destroy_write_struct (&png, &info);
    return g_byte_array_free_to_bytes (file);
}
