/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-image.h - the disk images of a host: what they are, who uses them, and what can be done to them. */
#pragma once

#include "vitrine-host.h"
#include "vitrine-passphrase.h"

G_BEGIN_DECLS

typedef struct {
    char *path;
    char *format; /* "raw", "qcow2", …: what its definition or its user says, else what is in it */
    guint64 size_bytes; /* of the disk it holds; 0: it cannot be read, see problem */
    guint64 used_bytes; /* what it takes on the host */
    char *base;         /* the path of the image that it is based on, or "" */
    GStrv users;   /* machines, and how they use it where it is not their disk: "alpha (base)" */
    char *problem; /* why it cannot be read, or "" */
    gboolean read_only; /* of a server's: it may only be read, as that says */
    char *
        contents; /* of a disk or partition of the host's: what is on it, "ext4 “data” on sdb1"; else "" */
    char *
        host_users; /* of such a one: how the host itself uses it, "sdb1 is mounted at /home"; else "" */
} VitrineImage;

void vitrine_image_free (VitrineImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineImage, vitrine_image_free)

/* Whether only a passphrase opens it. */
gboolean vitrine_image_is_encrypted (const VitrineImage *image);

/* (transfer full): an array of VitrineImage: with PATH, that one and those it is based on, from the first on, or what a server
 * says of its disk where PATH is an address as vitrine_disk_spec_set_server() makes it; else all
 * that the host's machines have, their snapshots included. */
void vitrine_host_list_images_async (VitrineHost *self, const char *path, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *vitrine_host_list_images_finish (VitrineHost *self, GAsyncResult *result,
                                            GError **error);

typedef enum {
    VITRINE_IMAGE_CHECK,   /* look for contradictions in it: INVALID with how many there are */
    VITRINE_IMAGE_GROW,    /* make its disk SIZE_BYTES large */
    VITRINE_IMAGE_CONVERT, /* copy its disk to TARGET, a new file, as one image of FORMAT */
    VITRINE_IMAGE_DELETE,
    VITRINE_IMAGE_CREATE, /* make PATH, a new file, an empty image of FORMAT and SIZE_BYTES */
} VitrineImageAction;

typedef struct _VitrineImageJob {
    VitrineImageAction action;
    const char *path, *target; /* absolute */
    const char *format;
    guint64 size_bytes;
    const char *preallocation; /* CREATE: as a VitrineDiskSpec has it; or NULL */
    VitrinePassphrase *passphrase; /* CONVERT: what opens PATH, where that is encrypted */
    VitrinePassphrase
        *new_passphrase; /* CREATE, CONVERT: what shall open the new one, of FORMAT "luks" */
} VitrineImageJob;

/* Does JOB, which is copied.  BUSY while a machine has it or an image is based on it, where that forbids it, with who
 * it is.  What is cancelled or fails leaves no TARGET, and no PATH that it was to create.  PASSPHRASE when one
 * is needed or opens nothing.  PROGRESS may be NULL. */
void vitrine_host_image_async (VitrineHost *self, const VitrineImageJob *job,
                               VitrineProgress progress, gpointer progress_data,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean vitrine_host_image_finish (VitrineHost *self, GAsyncResult *result, GError **error);

G_END_DECLS
