/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-luks.h - what the header of an encrypted image says: LUKS, version 1, of the LUKS1 On-Disk Format
 * Specification.
 *
 * It is looked at before any other program reads it, because it may come from anywhere: what would keep one busy for
 * ever, or lies outside the file, is refused.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define IMAGE_LUKS_HEAD_BYTES 592

/* Looks at HEAD, IMAGE_LUKS_HEAD_BYTES of the image PATH, which has SIZE_BYTES altogether: *PAYLOAD_BYTES is where the
 * disk begins, whose size is what is left of it.  FALSE with UNSUPPORTED or INVALID.  Any thread. */
gboolean image_luks_check (const guint8 *head, guint64 size_bytes, const char *path,
                           guint64 *payload_bytes, GError **error);

/* The same of what is open at FD, from OFFSET on, SIZE_BYTES of it or (0) all there is. */
gboolean image_luks_read (int fd, guint64 offset, guint64 size_bytes, const char *path,
                          guint64 *payload_bytes, guint64 *disk_bytes, GError **error);

/* The UUID in the header of the image that is open at FD, in lower case: it goes wherever the image goes, and a copy has
 * it, too.  NULL where there is no header or no UUID in it.  (transfer full).  Any thread. */
char *image_luks_dup_uuid (int fd);

/* Makes the disk in the file FD, which is not opened by anybody, DISK_BYTES large, which is more than it is. */
gboolean image_luks_grow (int fd, const char *path, guint64 disk_bytes, GError **error);

G_END_DECLS
