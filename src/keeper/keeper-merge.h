/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-merge.h - what an image is based on is copied into it, while a guest uses it.
 *
 * The qemu-storage-daemon that has the image does it, asked by QMP (docs/interop/qmp-spec.txt of QEMU).  It may be
 * taken over by what it reads: all it says is that it is done, and how far.
 *
 * It is not let write down that the image needs its base no more: it would do so while it has in its memory only
 * where the copied data are, and whoever killed it then would lose them.  That is done to the image when the process
 * has ended, which brings all it has to the disk.
 */
#pragma once

#include "keeper-image.h"

G_BEGIN_DECLS

typedef struct _KeeperMerge KeeperMerge;

/* From the main loop, with the owner that keeper_merge_new() was given. */
typedef struct {
    void (*progress) (gpointer owner, double fraction);
    /* The end, and the last call: all is copied, and the process waits to be ended; or CANCELLED when it was asked
     * for, or ENGINE with the program's own words.  The image is still based on what it was. */
    void (*done) (gpointer owner, const GError *error);
} KeeperMergeOps;

/* What is in the base of IMAGE, and not in what that is based on, is copied into it.  FD, a connection to the program
 * on which nothing was said yet when GREET, stays the caller's. */
KeeperMerge *keeper_merge_new (int fd, gboolean greet, const KeeperImage *image,
                               const KeeperMergeOps *ops, gpointer owner);

/* ops->done follows. */
void keeper_merge_cancel (KeeperMerge *self);

/* Without another word; NULL is nothing. */
void keeper_merge_free (KeeperMerge *self);

G_END_DECLS
