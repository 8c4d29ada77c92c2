/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-medium.h - what a CD image says of itself. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Each is UTF-8 without white space at its ends, or "". */
typedef struct {
    char *system_id;
    char *volume_id;
    char *publisher_id;
    char *application_id;
    gint64 size_bytes; /* of the file system; 0: this is no CD image */
} OsinfoMedium;

/* Reads FD, whose contents may be anybody's, and which PATH led to; a file that is no CD image is no error.  ENGINE or
 * cancelled. */
OsinfoMedium *osinfo_medium_read (int fd, const char *path, GCancellable *cancellable,
                                  GError **error);

void osinfo_medium_free (OsinfoMedium *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OsinfoMedium, osinfo_medium_free)

G_END_DECLS
