/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-picture.h - a still picture of a display. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Pixels are XRGB8888, little-endian: bytes B, G, R, x; HEIGHT rows of STRIDE bytes. */
typedef struct {
    GBytes *pixels;
    guint width, height, stride;
} VitrinePicture;

#define VITRINE_TYPE_PICTURE (vitrine_picture_get_type ())
GType vitrine_picture_get_type (void);

/* Takes a reference on PIXELS; NULL when they are too few for the size. */
VitrinePicture *vitrine_picture_new (GBytes *pixels, guint width, guint height, guint stride);
VitrinePicture *vitrine_picture_copy (const VitrinePicture *picture);
void vitrine_picture_free (VitrinePicture *picture);

/* The file's bytes; (transfer full). */
GBytes *vitrine_picture_to_png (const VitrinePicture *picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrinePicture, vitrine_picture_free)

G_END_DECLS
