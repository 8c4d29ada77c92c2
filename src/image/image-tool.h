/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-tool.h - what is done to images by qemu-img, which may open nothing but what it is handed.
 *
 * All of these wait for the program, in any thread but the main one, and end it when they are cancelled.  Errors are
 * UNSUPPORTED when it is not installed, NO_SPACE, PASSPHRASE when one is needed or opens nothing, or ENGINE with its
 * own words.
 */
#pragma once

#include <gio/gio.h>

#include "image-chain.h"

G_BEGIN_DECLS

/* How far something is, from 0 to 1; in the thread that does it. */
typedef void (*ImageProgress) (double fraction, gpointer user_data);

typedef struct {
    GCancellable *cancellable;
    ImageProgress progress; /* or NULL */
    gpointer user_data;
} ImageWatch;

/* What QEMU's programs say to a passphrase that opens nothing. */
#define IMAGE_WRONG_PASSPHRASE "Invalid password"

/* How large the disk is that CHAIN holds. */
gboolean image_tool_get_size (const ImageChain *chain, const ImageWatch *watch, guint64 *size_bytes,
                              GError **error);

/* Writes an empty image of FORMAT and SIZE_BYTES into FD, an empty file; WITH_TABLES: a qcow2 image with a place for all
 * of its data, which are holes.  PASSPHRASE opens it where FORMAT is an encrypted one, and is NULL else. */
gboolean image_tool_create (int fd, VitrineDefinitionFormat format, guint64 size_bytes,
                            gboolean with_tables, const struct secret *passphrase,
                            const ImageWatch *watch, GError **error);

/* Writes an empty qcow2 image, based on BASE of BASE_FORMAT, into FD, an empty file. */
gboolean image_tool_create_overlay (int fd, const char *base, VitrineDefinitionFormat base_format,
                                    guint64 size_bytes, const ImageWatch *watch, GError **error);

/* Copies the disk that CHAIN holds into FD, an empty file, as one image of FORMAT, which PASSPHRASE opens where it is an
 * encrypted one. */
gboolean image_tool_convert (const ImageChain *chain, int fd, VitrineDefinitionFormat format,
                             const struct secret *passphrase, const ImageWatch *watch,
                             GError **error);

/* Puts what CHAIN's first layer, opened with IMAGE_MERGE, has into the second, which then is the same disk.  The
 * first stays as it is. */
gboolean image_tool_merge (const ImageChain *chain, const ImageWatch *watch, GError **error);

/* Writes down that CHAIN's first layer, opened with IMAGE_WRITE, is based on BASE ("": on nothing), which is the same to
 * it as what it is based on now. */
gboolean image_tool_set_base (const ImageChain *chain, const char *base,
                              VitrineDefinitionFormat base_format, const ImageWatch *watch,
                              GError **error);

/* Makes the disk that CHAIN, opened with IMAGE_WRITE, holds SIZE_BYTES large, which is more than it is. */
gboolean image_tool_grow (const ImageChain *chain, guint64 size_bytes, const ImageWatch *watch,
                          GError **error);

/* Looks for contradictions within CHAIN's first layer: TRUE with how many there are, and how many clusters it takes
 * that nothing needs. */
gboolean image_tool_check (const ImageChain *chain, const ImageWatch *watch, guint64 *n_errors,
                           guint64 *n_leaks, GError **error);

G_END_DECLS
