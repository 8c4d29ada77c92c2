/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-store.h - the machines folder: one folder a machine, named by its UUID.
 *
 *   UUID/machine.xml   the definition; a folder without one is no machine
 *   UUID/lock          held by the keeper while the machine runs
 *   UUID/last-run      how the last run ended, by the keeper
 *   UUID/logs/         by the keeper
 *   UUID/uefi-variables.fd   by the keeper
 *   UUID/volumes       which logical volumes were made for it: native-disk.h
 *   UUID/NAME.raw, …   disks, and whatever the user put there
 *   .lock              held while a machine is made, changed or deleted
 *   .new-UUID          a machine in the making: becomes UUID, or goes; a clone's lock is held meanwhile
 *   .xml-UUID          a definition on its way into or out of UUID
 *
 * That way is so that whoever watches the machines folder sees definitions come and go, and needs
 * no watch on each machine's own folder.
 *
 * All of this is plain files and blocks: any thread but the main one, except where it says
 * otherwise.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"
#include "vitrine-machine.h"

G_BEGIN_DECLS

#define NATIVE_STORE_XML      "machine.xml"
#define NATIVE_STORE_LOCK     "lock"
#define NATIVE_STORE_LAST_RUN "last-run"
#define NATIVE_STORE_LOGS     "logs"
#define NATIVE_STORE_NVRAM    "uefi-variables.fd"
#define NATIVE_STORE_XML_WAY  ".xml-"
#define NATIVE_STORE_NEW      ".new-"

/* What the list shows of a machine. */
typedef struct {
    char *uuid;
    char *name;
    guint vcpus;
    guint64 memory_bytes;
    VitrineFirmware firmware;
    char *os;                  /* libosinfo's id, or NULL */
    char *problem;             /* why the definition cannot be used, or "" */
    VitrineMachineState state; /* OFF or CRASHED, by the last run */
    char *reason;              /* of that; "" */
} NativeRecord;

void native_record_free (NativeRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NativeRecord, native_record_free)

/* Reads one machine; NULL when there is none.  One small file: the main thread may. */
NativeRecord *native_store_read (const char *machines, const char *uuid);

/* (transfer full): all of them, of NativeRecord; empty when there is no folder yet. */
GPtrArray *native_store_list (const char *machines, GCancellable *cancellable);

/* The UUID of the machine named NAME, or NULL. */
char *native_store_find_name (const char *machines, const char *name);

/* The name of another machine than UUID that has the disk PATH, by its path or as the same file, or whose disk is based
 * on it (*IS_BASE, which may be NULL); NULL when there is none. */
char *native_store_find_disk_user (const char *machines, const char *uuid, const char *path,
                                   gboolean *is_base);

/* A network card of DEFINITION whose address another machine's card has, as *MAC (transfer full) says;
 * returns that machine's name, or NULL when there is none. */
char *native_store_find_card_user (const char *machines, const VitrineDefinition *definition,
                                   char **mac);

/* FALSE with EXISTS, naming both, when there is one. */
gboolean native_store_check_cards (const char *machines, const VitrineDefinition *definition,
                                   GError **error);

/* The definition's text, or NULL.  One small file: the main thread may. */
char *native_store_dup_xml (const char *machines, const char *uuid, GError **error);

/* How the last run ended: OFF or CRASHED, and the reason in *REASON ("" for none).  The main thread
 * may. */
VitrineMachineState native_store_read_last_run (const char *machines, const char *uuid,
                                                char **reason);

/* Makes the machines folder and waits for its lock.  Returns the descriptor that holds it, or -1.
 */
int native_store_lock (const char *machines, GError **error);

/* Takes the lock that the file PATH is, made if need be.  Returns the descriptor that holds it, -EAGAIN when somebody
 * has it, or -errno. */
int native_store_take_lock (const char *path);

/* Whether somebody has the lock that PATH is, or has locked the image: 1, 0 (also where there is none), or -errno where
 * that cannot be told. */
int native_store_probe_lock (const char *path);

/* Takes UUID's own lock, which its keeper holds while it runs.  Returns the descriptor, or -1 with
 * BUSY when it runs; NAME is for the sentence. */
int native_store_lock_machine (const char *machines, const char *uuid, const char *name,
                               GError **error);

/* Whether a keeper holds that lock.  The main thread may. */
gboolean native_store_is_running (const char *machines, const char *uuid);

/* Writes TEXT to PATH and waits until the disk has it. */
gboolean native_store_write (const char *path, const char *text, GError **error);

/* Puts DEFINITION in the place of the one the machine with its UUID has.  Called with the machines
 * folder's lock; a machine that runs has read its own already. */
gboolean native_store_replace (const char *machines, VitrineDefinition *definition, GError **error);

/* Waits until the disk has the names in FOLDER. */
gboolean native_store_sync (const char *folder, GError **error);

/* Removes what a process that died has begun; what is long in the making has its own lock held.  Called with the
 * machines folder's lock. */
void native_store_sweep (const char *machines);

/* Sets NO_SPACE, DENIED or ENGINE by errno: PATH could not be written.  Returns FALSE. */
gboolean native_store_refuse_errno (const char *path, int err, GError **error);

G_END_DECLS
