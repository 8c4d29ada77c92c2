/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-chain.h - an image and what it is based on, opened and locked for a program that reads or writes it.
 *
 * For images that no machine has: a keeper opens those of its machine itself.  Paths are followed as
 * image-head.h allows, files and block devices only.  Any thread; what blocks is said.
 */
#pragma once

#include <sys/stat.h>

#include "definition.h"
#include "secret.h"

G_BEGIN_DECLS

#define IMAGE_MAX_LAYERS 32

typedef struct {
    char *path;
    int fd; /* close-on-exec, and the lock's */
    VitrineDefinitionFormat format;
    guint64 offset, size_bytes; /* where in FD it lies; SIZE_BYTES 0: it is all of it */
} ImageLayer;

/* Each layer is based on the next. */
typedef struct {
    guint n_layers;
    ImageLayer layers[IMAGE_MAX_LAYERS];
    struct secret *passphrase; /* of the first, where that is encrypted; NULL: not known */
} ImageChain;

typedef enum {
    IMAGE_LOOK,  /* to read only, while anybody may write it: no lock */
    IMAGE_READ,  /* while nobody writes it */
    IMAGE_WRITE, /* the first; what it is based on is read */
    IMAGE_MERGE, /* the first, and the one it is based on */
} ImageAccess;

/* Opens PATH, which is of FORMAT, and all below it.  NULL with NOT_FOUND (also for something below it), DENIED,
 * BUSY when a machine or another program has it, UNSUPPORTED or INVALID. */
ImageChain *image_chain_open (const char *path, VitrineDefinitionFormat format, ImageAccess access,
                              GError **error);

/* The SIZE_BYTES at OFFSET of FD, which is duplicated, or all of it (0), as an image of FORMAT that stands by itself: one
 * that is based on another is refused.  PATH is for sentences.  NULL with UNSUPPORTED or INVALID. */
ImageChain *image_chain_new_for_part (int fd, const char *path, VitrineDefinitionFormat format,
                                      guint64 offset, guint64 size_bytes, GError **error);

/* PASSPHRASE (NULL: none) is what opens SELF, when it is encrypted. */
void image_chain_set_passphrase (ImageChain *self, struct secret *passphrase);

void image_chain_free (ImageChain *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageChain, image_chain_free)

/* Whether ST, the file of some image, is below PATH; FALSE as well where that cannot be known. */
gboolean image_chain_is_above (const char *path, VitrineDefinitionFormat format,
                               const struct stat *st);

/* SELF as QEMU's block layer is told of it: layer 0's descriptor is number FIRST_FD of the program, and so on.  The
 * first one, or with IMAGE_MERGE two, may be written.  ALONE: the first, of a program that opens no other. */
#define IMAGE_CHAIN_SECRET                                                                         \
    "source" /* what an encrypted layer calls the object that has its passphrase */
char *image_chain_dup_json (const ImageChain *self, int first_fd, ImageAccess access,
                            gboolean alone);

G_END_DECLS
