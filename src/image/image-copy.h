/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-copy.h - a file's bytes in another file. */
#pragma once

#include "image-tool.h"

G_BEGIN_DECLS

/* Makes TO, an empty file, what FROM is, a file or a block device: by sharing its blocks where the file system can,
 * else by copying them; what is a hole, or zeros of a block device, is a hole.  PATH is TO's, for sentences.  Blocks;
 * any thread but the main one.  FALSE with NO_SPACE, ENGINE or CANCELLED. */
gboolean image_copy (int from, int to, const char *path, const ImageWatch *watch, GError **error);

G_END_DECLS
