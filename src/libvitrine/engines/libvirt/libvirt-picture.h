/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-picture.h - reads the pictures that a libvirt host sends. */
#pragma once

#include "vitrine-picture.h"

G_BEGIN_DECLS

/* The most bytes that are taken from a host, and the most pixels on a side. */
#define LIBVIRT_PICTURE_BYTES_MAX (256u << 20)
#define LIBVIRT_PICTURE_SIDE_MAX  16384

/* A binary PPM or a PNG; NULL for anything else.  Any thread. */
VitrinePicture *libvirt_picture_read (const guint8 *data, gsize len);

G_END_DECLS
