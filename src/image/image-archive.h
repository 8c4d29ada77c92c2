/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-archive.h - where the files in a tar archive lie: that of an OVA, which is flat and not packed.
 *
 * Nothing is ever extracted: who wants a member reads it where it is.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *name; /* without a folder */
    guint64 offset, size_bytes;
} ImageMember;

/* Whether the file FD begins as a tar archive does. */
gboolean image_archive_is_one (int fd);

/* (transfer full): of ImageMember, in the archive's order.  NULL with INVALID for what no OVA is: links, devices, names
 * with folders in them, headers that contradict themselves, members that end after the file.  PATH is for sentences. */
GPtrArray *image_archive_list (int fd, const char *path, GError **error);

/* The one called NAME, or NULL. */
const ImageMember *image_archive_find (GPtrArray *members, const char *name);

G_END_DECLS
