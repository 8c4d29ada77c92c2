/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-image.h - an image that is not raw: its file, and those it is based on, opened and locked.
 *
 * What is in an image may come from anywhere, and it says which files it is made of.  So the format is what the
 * definition says, a base is followed only by a plain path whose format the image names, and an image
 * that keeps its data elsewhere is refused: the process that reads it gets these descriptors, and no path.
 */
#pragma once

#include <glib.h>

#include "definition.h"

G_BEGIN_DECLS

/* Files that one image is made of. */
#define KEEPER_IMAGE_MAX_LAYERS 32

typedef struct {
    char *path;
    int fd; /* close-on-exec */
    VitrineDefinitionFormat format;
    gboolean direct;   /* opened with O_DIRECT */
    gboolean is_block; /* a block device */
    gboolean is_network; /* a connection to a server; FD is -1 while there is none */
} KeeperLayer;

typedef struct {
    guint n_layers;
    KeeperLayer layers
        [KEEPER_IMAGE_MAX_LAYERS]; /* the guest writes to the first; each is based on the next */
} KeeperImage;

/* Opens and locks DEVICE's source, whose format is not raw or which is a server's, as keeper_disk_open() does, and what it is based
 * on, for reading.  NULL with one sentence; NOT_FOUND means that its own file is not there. */
KeeperImage *keeper_image_open (const VitrineDefinitionDevice *device, const char *folder,
                                guint patience_ms, GPtrArray *warnings, GError **error);

/* DEVICE's source is a server's, and FD a connection to that (keeper-server.h), which is taken over. */
KeeperImage *keeper_image_new_server (const VitrineDefinitionDevice *device, int fd);

/* FD, an empty qcow2 image that says of no base, is on top of SELF, and taken over; PATH is for sentences.  FALSE when
 * there are too many layers. */
gboolean keeper_image_add_top (KeeperImage *self, int fd, const char *path, GError **error);

/* Closes all; NULL is nothing. */
void keeper_image_free (KeeperImage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeeperImage, keeper_image_free)

G_END_DECLS
