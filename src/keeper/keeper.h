/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper.h - one running machine: its files, its VMM, its doors.
 *
 * Theory of operation.  A keeper goes one way:
 *
 *   keeper_new - keeper_start: reads the definition, locks the folder, opens and locks every file,
 *   makes the runtime folder, starts the VMM, listens - CREATED - RUN - "started" - the machine
 *   lives - the VMM is gone and reaped - last run written, every file closed, runtime folder
 *   removed, folder's lock given up - clients told "off" - "ended".
 *
 * In that order, so that whoever hears "off" may start it again at once.  A start that fails takes
 * the same way out.  All of it on the main context, nothing waits.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"
#include "vmm-protocol.h"

G_BEGIN_DECLS

typedef struct _Keeper Keeper;

typedef struct {
    /* The machine's folder is this keeper's until it ends; before the others. */
    void (*locked) (gpointer owner);
    /* The machine runs; or ERROR says why it does not, and ended follows. */
    void (*started) (gpointer owner, const GError *error);
    /* Nothing is left to do.  BEGINS_ANEW: its installer has restarted it, and another keeper shall start it from its
     * disk. */
    void (*ended) (gpointer owner, gboolean crashed, gboolean begins_anew);
} KeeperOps;

Keeper *keeper_new (const char *folder, const char *runtime, const KeeperOps *ops, gpointer owner);

/* Before it begins: UEFI variables are made anew. */
void keeper_set_reset_nvram (Keeper *self, gboolean reset_nvram);

/* The same: what the machine writes to disks and UEFI variables is dropped when it ends. */
void keeper_set_disposable (Keeper *self, gboolean disposable);

struct _KeeperSecrets; /* keeper-secrets.h */

/* The same: SECRETS, which outlive the keeper, are the passphrases of its encrypted disks; NULL: none. */
void keeper_set_secrets (Keeper *self, const struct _KeeperSecrets *secrets);

/* Begins.  FALSE when it failed already; nothing is left behind then, and of OPS none but locked was called. */
gboolean keeper_start (Keeper *self, GError **error);

/* Switches the machine off, as when the host shuts down; ops->ended follows. */
void keeper_quit (Keeper *self);

void keeper_free (Keeper *self);

/* --- what the door asks for ------------------------------------------------------------------ */

typedef void (*KeeperDone) (const GError *error, gpointer user_data);

void keeper_pause (Keeper *self, KeeperDone done, gpointer user_data);
void keeper_resume (Keeper *self, KeeperDone done, gpointer user_data);
void keeper_shutdown (Keeper *self, KeeperDone done, gpointer user_data);
void keeper_reset (Keeper *self, KeeperDone done, gpointer user_data);
/* Done when it is off. */
void keeper_power_off (Keeper *self, KeeperDone done, gpointer user_data);
void keeper_send_keys (Keeper *self, GVariant *events, KeeperDone done, gpointer user_data);

/* The guest shall have BYTES of memory: what is more than the machine began with is plugged, what is less it
 * is asked to give back.  Done when it is asked. */
void keeper_set_memory (Keeper *self, guint64 bytes, KeeperDone done, gpointer user_data);

/* Pulls the cable of the network card ALIAS, or puts it back. */
void keeper_set_link (Keeper *self, const char *alias, gboolean up, KeeperDone done,
                      gpointer user_data);

/* Of the network card ALIAS: see the door's Set. */
void keeper_set_card (Keeper *self, const char *alias, const char *const *settings, KeeperDone done,
                      gpointer user_data);

/* ELEMENT is of a domain's <devices>; SECRETS, taken over, are what opens an encrypted disk, or NULL.  ALIAS is what the new
 * device is called. */
typedef void (*KeeperAttachDone) (const char *alias, const GError *error, gpointer user_data);
void keeper_attach (Keeper *self, const char *element, struct _KeeperSecrets *secrets,
                    KeeperAttachDone done, gpointer user_data);
/* The USER_DATA of who asked for a disk whose server or passphrase takes its time, and was not answered yet; or NULL. */
gpointer keeper_get_attacher (Keeper *self);
/* Whoever asked with USER_DATA is gone, or thinks better of it: such a disk is given up, and DONE called with
 * G_IO_ERROR_CANCELLED.  Nothing otherwise. */
void keeper_cancel_attach (Keeper *self, gpointer user_data);
/* Both done when it is so, or when it is known that it will not be; a disk is gone when nothing of it uses what it is on. */
void keeper_detach (Keeper *self, const char *alias, gboolean force, KeeperDone done,
                    gpointer user_data);
void keeper_set_vcpus (Keeper *self, guint n, KeeperDone done, gpointer user_data);

/* Of the drive or disk ALIAS: see the door's Eject, Insert and Resize. */
void keeper_eject (Keeper *self, const char *alias, gboolean force, KeeperDone done,
                   gpointer user_data);
void keeper_insert (Keeper *self, const char *alias, const char *path, gboolean force,
                    KeeperDone done, gpointer user_data);
void keeper_resize (Keeper *self, const char *alias, guint64 size_bytes, KeeperDone done,
                    gpointer user_data);

/* IMAGES, an a(ss), are disks' aliases and the qcow2 images they get: see the door's SwitchImages. */
void keeper_switch_images (Keeper *self, GVariant *images, KeeperDone done, gpointer user_data);
/* The image of the disk ALIAS takes up what it is based on; done when it has. */
void keeper_merge_disk (Keeper *self, const char *alias, KeeperDone done, gpointer user_data);
void keeper_cancel_merge (Keeper *self, KeeperDone done, gpointer user_data);

/* keeper-statistics.c: FIGURES, floating, is what the door's GetStatistics answers; NULL with ERROR. */
typedef void (*KeeperStatisticsDone) (GVariant *figures, const GError *error, gpointer user_data);
void keeper_get_statistics (Keeper *self, KeeperStatisticsDone done, gpointer user_data);

/* STILL as in keeper-screenshot.h: its descriptor is the callee's. */
typedef void (*KeeperStillDone) (int fd, guint width, guint height, guint stride,
                                 const GError *error, gpointer user_data);
void keeper_take_screenshot (Keeper *self, KeeperStillDone done, gpointer user_data);

/* A descriptor for the client, or -1. */
int keeper_open_display (Keeper *self, const char *protocol, GError **error);
int keeper_open_console (Keeper *self, const char *name, GError **error);

/* Whether the guest's agent answers. */
void keeper_ping_guest (Keeper *self, KeeperDone done, gpointer user_data);

G_END_DECLS
