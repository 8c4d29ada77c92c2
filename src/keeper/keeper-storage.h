/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage.h - what is behind disks that are not raw, or a server's: a qemu-storage-daemon each.
 *
 * A disk has a process of its own, which gets the descriptors of that image and nothing else: what a bad image
 * does to it is no other disk's trouble.  It opens the image and waits for the VMM at a socket, the VMM's end
 * of which is made here (vhost-user-blk).  One that ends while the machine lives is started anew, at once the
 * first time, then after a while that doubles; the guest waits meanwhile.  One that never comes up is given up
 * after some tries: then the guest's requests fail.
 *
 * No two of them ever have an image at the same time: the next one is started when the last one was reaped.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"
#include "keeper-files.h"
#include "keeper-log.h"
#include "keeper-secrets.h"

G_BEGIN_DECLS

typedef struct _KeeperStorage KeeperStorage;

/* Called with the owner that keeper_storage_new() was given, from the main loop. */
typedef struct {
    /* The process behind the disk ALIAS is gone, and there is another: FD, the callee's to close, is the VMM's
     * end; -1: there is none, or not for now. */
    void (*peer) (gpointer owner, const char *alias, int fd);
    /* What to know of the disk ALIAS, in place of what was said before. */
    void (*warn) (gpointer owner, const char *alias, const char *text);
    /* Processes came or went. */
    void (*processes) (gpointer owner);
    /* The disk ALIAS is SIZE_BYTES large now; ops->peer with its process follows. */
    void (*resized) (gpointer owner, const char *alias, guint64 size_bytes);
    /* How far a merge is. */
    void (*merging) (gpointer owner, double fraction);
    /* The process behind the disk ALIAS, which was removed, has ended: nothing of it uses SOURCE any more. */
    void (*released) (gpointer owner, const char *alias, const char *source);
} KeeperStorageOps;

/* Sockets are made, for a moment, in the folder RUNTIME, which only its user can enter. */
KeeperStorage *keeper_storage_new (const char *runtime, const KeeperStorageOps *ops,
                                   gpointer owner);

/* What encrypted disks are opened with, each time one's process is started; SECRETS (NULL: nothing) is there as long as
 * SELF. */
void keeper_storage_set_secrets (KeeperStorage *self, const KeeperSecrets *secrets);

#define KEEPER_STORAGE_OPENING_MS 30000 /* an image that is checked first may take a while */
#define KEEPER_STORAGE_SECRET_MS  45000 /* trying a passphrase is slow on purpose */
#ifndef KEEPER_STORAGE_SERVER_MS        /* tests are less patient */
#define KEEPER_STORAGE_SERVER_MS 5000   /* a server, for who waits for the answer */
#endif

/* How long a process may take until it has the image of DEVICE. */
guint keeper_storage_patience_ms (const VitrineDefinitionDevice *device);

/* Starts the process for DEVICE, a disk that is not raw or a server's, which is there as long as it: takes BACKING's image over, and its descriptor becomes
 * the VMM's end of the socket.  What the process complains of goes to LOG, which outlives this.  Waits until
 * the image is open, for PATIENCE_MS, in which nothing of the main loop happens.  FALSE with UNSUPPORTED when the program is not installed, INVALID with the program's own
 * words when it cannot open the image, PASSPHRASE when it is encrypted and its passphrase is not known or opens nothing,
 * or ENGINE when it takes too long. */
gboolean keeper_storage_start (KeeperStorage *self, const VitrineDefinitionDevice *device,
                               KeeperBacking *backing, KeeperLog *log, guint patience_ms,
                               GError **error);

/* The same without waiting, for a disk on IMAGE, which is taken over, as are SECRETS (NULL: those of all disks), which open
 * it: DONE is called with the VMM's end, which is the callee's, or with -1 and what is said above; from the main loop, or
 * before this returns.  In either case, and before that, the disk is one of those here: keeper_storage_remove() forgets it,
 * and DONE is not called any more. */
typedef void (*KeeperStorageStarted) (int fd, const GError *error, gpointer user_data);
void keeper_storage_start_async (KeeperStorage *self, const VitrineDefinitionDevice *device,
                                 KeeperImage *image, KeeperSecrets *secrets, KeeperLog *log,
                                 guint patience_ms, KeeperStorageStarted done, gpointer user_data);

/* What the disk ALIAS is on, or NULL when it has no process here. */
const char *keeper_storage_get_source (KeeperStorage *self, const char *alias);

/* The VMM says that process NUMBER behind ALIAS, counted by what ops->peer said of it, is of no use: ends it, and
 * all goes on as if it had ended by itself, as it may have. */
void keeper_storage_lost (KeeperStorage *self, const char *alias, guint number);

/* The disk ALIAS, which has a process here, gets the image that WANTED says, from a machine in FOLDER; the VMM must hold
 * its requests back.  ops->peer is called with what becomes of it.  FALSE when it has its old image again, or none. */
gboolean keeper_storage_switch (KeeperStorage *self, const char *alias,
                                const VitrineDefinitionDevice *wanted, const char *folder,
                                GError **error);

/* Makes the image of the disk ALIAS SIZE_BYTES large; the VMM must hold its requests back.  FALSE when it is as it was. */
gboolean keeper_storage_grow (KeeperStorage *self, const char *alias, const char *folder,
                              guint64 size_bytes, GError **error);

/* What the image of the disk ALIAS is based on is copied into it, while it is used.  DONE is called when it is, with the
 * machine to be held and keeper_storage_skip_base() to be called; or with the reason why it is not, and all is as it
 * was. */
typedef void (*KeeperStorageMergeDone) (const GError *error, gpointer user_data);
void keeper_storage_merge (KeeperStorage *self, const char *alias, KeeperStorageMergeDone done,
                           gpointer user_data);
void keeper_storage_cancel_merges (KeeperStorage *self);

/* The image of the disk ALIAS has all that is in its base: from now on it is based on what that is based on.  The VMM
 * must hold its requests back.  FALSE when it could not be written down. */
gboolean keeper_storage_skip_base (KeeperStorage *self, const char *alias, const char *folder,
                                   GError **error);

/* The disk ALIAS is gone from the VMM, and from here: its process ends, once the image is written, which is not waited for.
 * TRUE: ops->released follows, from the main loop, unless SELF is freed first; FALSE: there is no process. */
gboolean keeper_storage_remove (KeeperStorage *self, const char *alias);

/* Whether the process of a disk that was removed, and was on SOURCE, has yet to end. */
gboolean keeper_storage_is_leaving (KeeperStorage *self, const char *source);

/* Appends the ids of all processes, guint32 each. */
void keeper_storage_add_processes (KeeperStorage *self, GArray *pids);

/* Ends all processes, once their images are written: the VMM is gone.  NULL is nothing. */
void keeper_storage_free (KeeperStorage *self);

/* --- keeper-storage-arguments.c --------------------------------------------------------------- */

#define KEEPER_STORAGE_SOCKET_FD 3

/* What the program is started with for DEVICE, its listening socket being that descriptor; IMAGE's layers
 * and the socket where it is asked follow, and then, for an encrypted image, a pipe with its passphrase. */
GStrv keeper_storage_arguments (const VitrineDefinitionDevice *device, const KeeperImage *image,
                                const char *program);

G_END_DECLS
