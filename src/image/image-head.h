/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-head.h - what the first blocks of an image say of it.
 *
 * Headers are read to find and refuse, never to be believed: the program that opens the image reads them again,
 * and is confined to what was opened for it.
 */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

/* What an image says it is based on. */
typedef struct {
    char *path; /* absolute, the reader's to free; NULL: nothing */
    VitrineDefinitionFormat format;
} ImageBase;

/* Reads what the image PATH, at OFFSET of what is open at FD, says as one of FORMAT, which is not raw: on what it is based, a plain
 * path whose format it names.  FALSE with UNSUPPORTED and a sentence for one that is not whole by itself: a base
 * that is no file or of no format, data in another file or in several, encryption.  Any thread. */
gboolean image_head_read (int fd, guint64 offset, const char *path, VitrineDefinitionFormat format,
                          ImageBase *base, GError **error);

G_END_DECLS
