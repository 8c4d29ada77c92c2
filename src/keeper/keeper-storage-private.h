/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-private.h - what the files of keeper-storage share: a disk with its process. */
#pragma once

#include <gio/gio.h>

#include "keeper-merge.h"
#include "keeper-storage.h"

G_BEGIN_DECLS

#define STORAGE_PROGRAM "qemu-storage-daemon"

typedef struct _StorageDisk StorageDisk;

/* What became of the question whether a process has its image: RET is 0, and FD, the callee's, the VMM's end; or -ETIMEDOUT,
 * or -EPIPE.  DISK may be no more afterwards. */
typedef void (*StorageOpened) (StorageDisk *disk, int fd, int ret);

/* That question, while nobody waits with us for the answer. */
typedef struct {
    int fd;     /* the VMM's end, where it was asked; -1: nothing is asked */
    gsize n_in; /* bytes of the answer */
    guint watch, timer;
    guint patience_ms;
    StorageOpened opened;
} StorageOpening;

struct _StorageDisk {
    KeeperStorage *storage;
    const VitrineDefinitionDevice *device; /* which is there until this is removed */
    char *alias;
    char *path; /* the image's, or the export's URI, for sentences */
    GStrv arguments;
    KeeperImage *image;
    KeeperSecrets *secrets; /* what opens it; NULL: what opens all of them */
    KeeperLog *log;
    GPid pid;    /* 0 when none runs */
    guint watch; /* for its end */
    guint retry; /* the timer that starts the next one */
    guint delay_ms;
    guint n_tries;   /* since one that lived */
    guint number;    /* of what was told last */
    gint64 start_us; /* of the one that runs */
    int qmp_fd;      /* where it is asked, or -1 */
    gboolean greeted;
    StorageOpening opening;
    KeeperStorageStarted
        started; /* whom the first process's answer is for; NULL: nobody, any more */
    gpointer started_data;
    KeeperMerge *merge; /* while it takes up its base */
    KeeperStorageMergeDone merge_done;
    gpointer merge_data;
    guint server_watch;       /* with a server: for the end of the connection to it */
    gboolean server_lost;     /* it is why the process has to end */
    gboolean server_away;     /* what was last said of it */
    gboolean told_gone;       /* the guest's requests fail meanwhile */
    GCancellable *connecting; /* to it, or NULL */
    guint ending_deadline;    /* once it was removed, until its process is killed */
};

struct _KeeperStorage {
    char *runtime;
    const KeeperStorageOps *ops;
    gpointer owner;
    const KeeperSecrets *secrets; /* or NULL */
    char *program;    /* NULL until a disk needs it */
    GPtrArray *disks; /* of StorageDisk */
    GPtrArray *leaving; /* the same: those that were removed, until their processes have ended */
};

/* The VMM is told of the process that is there now: FD is its end, -1: there is none. */
void storage_disk_tell (StorageDisk *disk, int fd);

/* Starts the next process, and says so; after a failure it is tried again later. */
void storage_disk_start_next (StorageDisk *disk);

/* Starts a process on what DISK says, which is not waited for; returns the VMM's end, or -1. */
int storage_disk_spawn (StorageDisk *disk, GError **error);

/* The program's last words, without its name and the arguments it repeats. */
char *storage_disk_dup_complaint (StorageDisk *disk);

/* Has retry_cb() called after the time that is due. */
void storage_disk_try_again (StorageDisk *disk);

/* Whoever waits for the merge is told that there is no more to come of it. */
void storage_disk_fail_merge (StorageDisk *disk);

/* --- keeper-storage-end.c: the last of a process ----------------------------------------------- */

/* Lets the process write what it has to, and waits for its end, which must come before anybody else has the image. */
void storage_disk_end_process (StorageDisk *disk);

/* A GDestroyNotify. */
void storage_disk_free (gpointer disk);

/* --- keeper-storage-opening.c: the time until a process has its image --------------------------- */

/* Waits until the process at the other end of FD says that it has, for PATIENCE_MS: 0, or -errno. */
int storage_opening_wait (int fd, guint patience_ms);

/* The same without waiting: FD, taken over, is the VMM's end of DISK's process, and OPENED is called from the main loop. */
void storage_opening_begin (StorageDisk *disk, int fd, guint patience_ms, StorageOpened opened);

/* The process's end is closed, and OPENED is not called any more; nothing where nothing is asked. */
void storage_opening_stop (StorageDisk *disk);

/* --- keeper-storage-start.c: the first process ------------------------------------------------- */

/* Starts a process for IMAGE, which is taken over, and waits until it has it, for PATIENCE_MS; returns the VMM's end,
 * or -1. */
int storage_disk_start_on (StorageDisk *disk, const VitrineDefinitionDevice *device,
                           KeeperImage *image, guint patience_ms, GError **error);

/* The first process ended before it had the image: DISK->started is called.  DISK may be no more. */
void storage_start_ended (StorageDisk *disk);

/* --- keeper-storage-server.c: disks that are a server's ---------------------------------------- */

/* Whether DISK is one. */
gboolean storage_server_has (const StorageDisk *disk);

/* The connection that the process behind DISK would make itself, or -1: by NBD it is told of a descriptor. */
int storage_server_find_connection (const StorageDisk *disk);

/* A process that speaks on the connection has begun: watches it. */
void storage_server_begin (StorageDisk *disk);

/* It ended, and the connection with it; COMPLAINT is what it said last.  Says what becomes of the guest. */
void storage_server_ended (StorageDisk *disk, const char *complaint);

/* Closes the connection, on which nobody speaks; nothing for a disk that is no server's. */
void storage_server_close (StorageDisk *disk);

/* Connects anew, and starts the next process then. */
void storage_server_connect (StorageDisk *disk);

/* Nothing of the above happens any more. */
void storage_server_stop (StorageDisk *disk);

G_END_DECLS
