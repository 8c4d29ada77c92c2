/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-allocate.h - a new image, and how much of its space is taken at once. */
#pragma once

#include "image-tool.h"

G_BEGIN_DECLS

typedef enum {
    IMAGE_ALLOCATION_OFF,      /* none: it grows as the guest writes */
    IMAGE_ALLOCATION_METADATA, /* its tables, of a qcow2 image */
    IMAGE_ALLOCATION_FALLOC,   /* all of it, set aside by the file system */
    IMAGE_ALLOCATION_FULL,     /* all of it, written with zeros */
    IMAGE_ALLOCATION_N
} ImageAllocation;

/* FALSE when WORD is none of "off", "metadata", "falloc", "full". */
gboolean image_allocation_from_string (const char *word, ImageAllocation *allocation);

/* Whether an image of FORMAT can be made so; FALSE with INVALID. */
gboolean image_allocation_check (ImageAllocation allocation, VitrineDefinitionFormat format,
                                 GError **error);

/* Makes FD, an empty file, an empty image of FORMAT and SIZE_BYTES, a file that PATH names in sentences, which PASSPHRASE opens where FORMAT is an
 * encrypted one.  Blocks; any
 * thread but the main one.  FALSE with NO_SPACE, UNSUPPORTED, ENGINE or CANCELLED; the file is the caller's to remove. */
gboolean image_allocate (int fd, const char *path, VitrineDefinitionFormat format,
                         ImageAllocation allocation, guint64 size_bytes,
                         const struct secret *passphrase, const ImageWatch *watch, GError **error);

G_END_DECLS
