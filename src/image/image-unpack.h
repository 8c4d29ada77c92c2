/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-unpack.h - what gzip or xz has packed, unpacked by those programs, which may open nothing.
 *
 * Wait for the program: any thread but the main one.  Errors are UNSUPPORTED when it is not installed, INVALID for what
 * is damaged, cut off or larger than any disk, NO_SPACE, ENGINE or CANCELLED.
 */
#pragma once

#include "image-tool.h"

G_BEGIN_DECLS

typedef enum {
    IMAGE_PACKING_NONE,
    IMAGE_PACKING_GZIP,
    IMAGE_PACKING_XZ,
} ImagePacking;

/* How the file FD is packed, by its first bytes. */
ImagePacking image_packing_find (int fd);

/* The first LEN bytes of what is packed in the file FROM, called PATH; zeros after its end. */
gboolean image_unpack_head (int from, const char *path, ImagePacking packing, guint8 *head,
                            gsize len, GError **error);

/* Unpacks FROM, called PATH, into TO, an empty file, with holes where there are zeros; at most MAX_BYTES. */
gboolean image_unpack (int from, const char *path, ImagePacking packing, int to, guint64 max_bytes,
                       const ImageWatch *watch, GError **error);

G_END_DECLS
