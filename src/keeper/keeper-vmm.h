/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-vmm.h - the VMM process and the keeper's end of its socket.
 *
 * The VMM is not trusted: it runs what a guest may have taken over.  Every message of its is
 * checked for size, version, kind and serial; the first that is wrong ends the VMM.  Requests never
 * wait: their answer is given to a callback, exactly once, also when the VMM ends or does not
 * answer in time.
 */
#pragma once

#include <glib.h>

#include "vmm-protocol.h"

G_BEGIN_DECLS

typedef struct _KeeperVmm KeeperVmm;

/* How a VMM ended. */
typedef enum {
    KEEPER_VMM_END_GUEST,   /* the guest switched itself off */
    KEEPER_VMM_END_HOST,    /* it was asked to */
    KEEPER_VMM_END_ERROR,   /* KVM could not go on */
    KEEPER_VMM_END_CRASHED, /* anything else */
} KeeperVmmEnd;

/* Events; none is called before keeper_vmm_start() returned. */
typedef struct {
    void (*state) (gpointer owner, gboolean running);
    void (*reset) (gpointer owner);
    void (*broken) (gpointer owner, const char *alias, const char *reason);
    /* Process NUMBER behind the disk ALIAS is of no use any more (vmm-protocol.h); REASON is a sentence
     * without its subject. */
    void (*block_lost) (gpointer owner, const char *alias, guint number, const char *reason);
    void (*stuck) (gpointer owner, const char *text);
    /* The device ALIAS noticed something about the guest, and the VMM does ACTION about it next. */
    void (*device_event) (gpointer owner, const char *alias, enum vmm_device_event_kind event,
                          enum vmm_device_action action);
    void (*variables) (gpointer owner); /* the guest's UEFI variables changed */
    /* How it goes on with a device that shall go; with processors, of which there are N. */
    void (*unplug) (gpointer owner, const char *alias, enum vmm_unplug_state state);
    void (*vcpus) (gpointer owner, guint n, enum vmm_unplug_state state);
    /* So much memory is plugged, and so much shall be. */
    void (*memory) (gpointer owner, guint64 plugged_bytes, guint64 requested_bytes);
    /* The process is gone and reaped, its files are closed; the last event.  TEXT is for people, ""
     * when there is nothing to say; WAIT_STATUS as wait(2) has it.  SELF may be freed in here. */
    void (*ended) (gpointer owner, KeeperVmmEnd end, const char *text, int wait_status);
} KeeperVmmOps;

/* REPLY, SIZE bytes with its header, is NULL when ERROR is set: ENGINE with the VMM's own sentence
 * or because it does not answer, BUSY because too much waits for it, NOT_FOUND because it is
 * gone. */
typedef void (*KeeperVmmDone) (const void *reply, gsize size, const GError *error,
                               gpointer user_data);

/* Starts the VMM, its standard error going to STDERR_FD (the caller's).  OPS are called with
 * OWNER. */
KeeperVmm *keeper_vmm_start (int stderr_fd, const KeeperVmmOps *ops, gpointer owner,
                             GError **error);

/* 0 once it is gone. */
GPid keeper_vmm_get_pid (KeeperVmm *self);

/* Sends MESSAGE, LEN bytes that begin with a struct vmm_header, whose type the caller filled in
 * (the rest of it is done here), and descriptors, which stay the caller's. */
void keeper_vmm_request (KeeperVmm *self, void *message, gsize len, const int *fds, guint n_fds,
                         KeeperVmmDone done, gpointer user_data);

/* A request that is a header alone. */
void keeper_vmm_request_plain (KeeperVmm *self, enum vmm_message_type type, KeeperVmmDone done,
                               gpointer user_data);

/* Ends it at once, because of TEXT, which ops->ended gets. */
void keeper_vmm_kill (KeeperVmm *self, const char *text);

/* Kills it if it still runs, without a word to the owner; requests that are still open are dropped,
 * not called.  NULL is nothing. */
void keeper_vmm_free (KeeperVmm *self);

G_END_DECLS
