/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-image.h - the disk images of this user's machines, and any other.  All of it blocks: any thread but the main
 * one. */
#pragma once

#include "image-tool.h"
#include "vitrine-image.h"

G_BEGIN_DECLS

/* As vitrine_host_list_images_async() says. */
GPtrArray *native_image_list (const char *machines, const char *path, const ImageWatch *watch,
                              GError **error);

gboolean native_image_work (const char *machines, const VitrineImageJob *job,
                            const ImageWatch *watch, GError **error);

/* Makes the disk in CHAIN, opened with IMAGE_WRITE, SIZE_BYTES large. */
gboolean native_image_grow (const ImageChain *chain, guint64 size_bytes, const ImageWatch *watch,
                            GError **error);

G_END_DECLS
