/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-picture.c - reads the pictures that a libvirt host sends: QEMU's are PPM, other drivers' PNG. */
#include "libvirt-picture.h"

#include <png.h>
#include <string.h>

#define BYTES_PER_PIXEL 4

static gboolean
is_size (gsize width, gsize height)
{
    return width > 0 && height > 0 && width <= LIBVIRT_PICTURE_SIDE_MAX
           && height <= LIBVIRT_PICTURE_SIDE_MAX;
}

/* PIXELS are taken. */
static VitrinePicture *
make (guint8 *pixels, guint width, guint height)
{
    guint stride = width * BYTES_PER_PIXEL;
    g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, (gsize) stride * height);

    return vitrine_picture_new (bytes, width, height, stride);
}

/* --- PPM -------------------------------------------------------------------------------------- */

/* The next number of a header, after spaces and comments; 0 for none.  *P moves behind it. */
static guint
read_number (const guint8 **p, const guint8 *end)
{
    guint number = 0;

    while (*p < end && (g_ascii_isspace (**p) || **p == '#')) {
        gboolean comment = **p == '#';

        while (comment && *p < end && **p != '\n')
            (*p)++;
        if (*p < end)
            (*p)++;
    }
    for (; *p < end && g_ascii_isdigit (**p) && number <= LIBVIRT_PICTURE_SIDE_MAX; (*p)++)
        number = number * 10 + (guint) (**p - '0');
    return number;
}

static VitrinePicture *
read_ppm (const guint8 *data, gsize len)
{
    const guint8 *p = data + 2, *end = data + len;
    guint width = read_number (&p, end);
    guint height = read_number (&p, end);
    guint max = read_number (&p, end);
    gsize n_pixels = (gsize) width * height;
    guint8 *pixels;

    if (!is_size (width, height) || max != 255 || p == end)
        return NULL;
    p++; /* the one space before the pixels */
    if ((gsize) (end - p) < n_pixels * 3)
        return NULL;
    pixels = g_malloc (n_pixels * BYTES_PER_PIXEL);
    for (gsize i = 0; i < n_pixels; i++) {
        pixels[i * 4] = p[i * 3 + 2];
        pixels[i * 4 + 1] = p[i * 3 + 1];
        pixels[i * 4 + 2] = p[i * 3];
        pixels[i * 4 + 3] = 0xff;
    }
    return make (pixels, width, height);
}

/* --- PNG -------------------------------------------------------------------------------------- */

static VitrinePicture *
read_png (const guint8 *data, gsize len)
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    const png_color black = { 0 };
    guint8 *pixels;

    if (!png_image_begin_read_from_memory (&image, data, len))
        return NULL;
    image.format = PNG_FORMAT_BGRA;
    if (!is_size (image.width, image.height)) {
        png_image_free (&image);
        return NULL;
    }
    pixels = g_malloc (PNG_IMAGE_SIZE (image));
    if (png_image_finish_read (&image, &black, pixels, 0, NULL))
        return make (pixels, image.width, image.height);
    g_free (pixels);
    return NULL;
}

VitrinePicture *
libvirt_picture_read (const guint8 *data, gsize len)
{
    static const guint8 png[] = { 0x89, 'P', 'N', 'G' };

    if (len > 2 && memcmp (data, "P6", 2) == 0)
        return read_ppm (data, len);
    if (len > sizeof png && memcmp (data, png, sizeof png) == 0)
        return read_png (data, len);
    return NULL;
}
