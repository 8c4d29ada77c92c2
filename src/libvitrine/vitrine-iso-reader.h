/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-iso-reader.h - finds one file on a CD image (ECMA-119), which may be anybody's. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    guint64 offset; /* in the image; all of the file is within it */
    guint64 size_bytes;
} VitrineIsoExtent;

/* Opens the regular file PATH to be read; -1 with NOT_FOUND, DENIED, INVALID or ENGINE. */
int vitrine_iso_open (const char *path, GError **error);

/* The same for what may be a device, or anything else. */
int vitrine_iso_open_any (const char *path, GError **error);

/* Where the regular file WAY, "install.amd/vmlinuz", lies on the image FD: by its name of Rock Ridge's, or by the plain
 * one, whose case does not matter.  NOT_FOUND, or INVALID for an image that contradicts itself.  Blocks; any thread. */
gboolean vitrine_iso_find (int fd, const char *way, VitrineIsoExtent *extent, GError **error);

/* Copies it to the end of OUT.  INVALID when it is longer than MAX_BYTES, or shorter than it said; NO_SPACE, ENGINE, or
 * cancelled.  Blocks; any thread. */
gboolean vitrine_iso_copy (int fd, const VitrineIsoExtent *extent, guint64 max_bytes, int out,
                           GCancellable *cancellable, GError **error);

G_END_DECLS
