/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-private.h - what keeper.c (its life), keeper-actions.c (what is asked of it) and keeper-hotplug.c
 * (devices and processors that come and go) share. */
#pragma once

#include "keeper-agent.h"
#include "keeper-claims.h"
#include "keeper-control.h"
#include "keeper-display.h"
#include "keeper-files.h"
#include "keeper-keys.h"
#include "keeper-log.h"
#include "keeper-net.h"
#include "keeper-ports.h"
#include "keeper-runtime.h"
#include "keeper-screenshot.h"
#include "keeper-secrets.h"
#include "keeper-storage.h"
#include "keeper-variables.h"
#include "keeper-vmm.h"
#include "keeper.h"

G_BEGIN_DECLS

/* A screenshot on its way. */
typedef struct {
    Keeper *keeper;
    KeeperScreenshot *screenshot;
    KeeperStillDone done;
    gpointer user_data;
} KeeperShot;

/* A client who wants to know whether the guest's agent is there. */
typedef struct {
    Keeper *keeper;
    KeeperAgent *agent;
    KeeperDone done;
    gpointer user_data;
} KeeperPing;

/* Someone who waits until something is done. */
typedef struct {
    KeeperDone done;
    gpointer user_data;
} KeeperWaiter;

/* Somebody who waits until a device is gone. */
typedef struct {
    guint id;
    char *alias;
    KeeperDone done;
    gpointer user_data;
    gboolean is_gone; /* from the machine; its process has yet to end */
} KeeperDetach;

/* A device on its way to the VMM (keeper-hotplug.c). */
typedef struct _KeeperAttach KeeperAttach;

struct _Keeper {
    char *folder;
    char *runtime_path;
    const KeeperOps *ops;
    gpointer owner;

    VitrineDefinition *definition;
    int lock_fd; /* of the folder */
    KeeperRuntime runtime;
    KeeperFiles files; /* empty again once the VMM has them */
    gboolean reset_nvram, disposable;
    gboolean is_install;        /* this is the run in which its system is installed … */
    gboolean by_kernel;         /* … by a kernel that is started directly */
    gboolean begins_anew;       /* it is switched off to be started from its disk */
    const KeeperSecrets *secrets; /* NULL: none were given */
    KeeperVariables *variables; /* NULL without UEFI */
    gint64 start_time;          /* seconds since the epoch */
    gint64 start_us;            /* the same moment, by the monotonic clock */

    KeeperLog *vmm_log, *firmware_log, *display_log, *net_log, *storage_log;
    KeeperVmm *vmm;         /* NULL once it is gone */
    KeeperPorts *ports;     /* consoles and channels */
    KeeperDisplay *displays[KEEPER_N_DISPLAYS]; /* NULL until somebody asks */
    KeeperClaims claims; /* the cards' addresses */
    KeeperNet *net;
    KeeperStorage *storage; /* NULL until a disk needs it */
    KeeperKeys *keys;
    KeeperControl *control;

    GPtrArray *devices;  /* of VitrineDefinitionDevice: those it has now */
    GPtrArray *attached; /* those of them that came later, owned */
    gboolean adding_card; /* what is to be behind it is being made */
    KeeperAttach *adding_disk; /* whose server or passphrase is waited for; NULL: there is none */
    gpointer attacher;         /* who asked for it, until he is answered */
    GPtrArray *detaches; /* of KeeperDetach: devices that somebody waits for to go */
    guint last_detach_id;
    GArray *vcpu_waiters; /* of KeeperWaiter: for the number of processors that was asked for */

    gboolean started;       /* the guest ran */
    GError *start_error;    /* why it will not run */
    gboolean running;       /* it runs now */
    gboolean asked_to_stop; /* the power button was pressed */
    guint n_resets_by_us;   /* requests on their way */
    char *stuck;            /* why it can only be reset, or NULL */
    char *pause_reason;     /* why it paused by itself, or NULL */
    char *off_reason;       /* why it is about to switch itself off, or NULL */
    char *quit_reason;      /* why we switched it off, or NULL */
    guint quit_timeout;
    gboolean crashed;

    GPtrArray *warnings; /* of char * */
    GHashTable *broken;  /* alias → reason */
    GHashTable *events;  /* alias → what that device noticed last, a sentence */
    GHashTable *net_warnings, *disk_warnings; /* alias → text */
    GPtrArray *shots;    /* of KeeperShot */
    GPtrArray *pings;    /* of KeeperPing */
    GArray *waiters;     /* of KeeperWaiter: for the machine to be off */
};

/* For the kernel, in milliseconds: it closes an io_uring's file a while after whoever had it did. */
#define KEEPER_CLOSING_MS 1000

/* The machine's name, for sentences. */
const char *keeper_name (Keeper *self);

/* The device of that alias that it has now, or NULL. */
VitrineDefinitionDevice *keeper_find_device (Keeper *self, const char *alias);

/* Tells the clients what state it is in; which processes there are; what to know. */
void keeper_update_state (Keeper *self);
void keeper_update_processes (Keeper *self);
void keeper_update_warnings (Keeper *self);

/* The ids of all its processes, guint32 each: this one, the VMM, then the others; (transfer full). */
GArray *keeper_list_processes (Keeper *self);

/* What those who start processes for the machine call when one came or went; nothing before there are clients. */
void keeper_processes_changed (gpointer owner);

/* The VMM's answer to a new peer for one of its devices. */
void keeper_peer_done_cb (const void *reply, gsize size, const GError *error, gpointer user_data);

/* keeper-events.c: a device noticed something about the guest. */
void keeper_device_event (gpointer owner, const char *alias, enum vmm_device_event_kind event,
                          enum vmm_device_action action);

/* keeper-install.c: the definition is what the run is to be in which the system is installed, if there is one to come; that
 * run has begun; the guest was reset. */
gboolean keeper_install_begin (Keeper *self, GError **error);
void keeper_install_started (Keeper *self);
void keeper_install_reset (Keeper *self);

/* keeper-cards.c: no other machine that runs has an address of these cards. */
gboolean keeper_claim_cards (Keeper *self, GError **error);

/* keeper-cards.c: what is behind the network cards, from the first to the last. */
gboolean keeper_start_net (Keeper *self, GError **error);
/* DEVICE, a card, comes to the machine that runs; it goes, or was not taken, and nothing behind it remains. */
void keeper_add_card (Keeper *self, const VitrineDefinitionDevice *device, KeeperNetDone done,
                      gpointer user_data);
void keeper_remove_card (Keeper *self, const VitrineDefinitionDevice *device);

/* keeper-disks.c: what is behind disks that are not raw, from the first to the last; behind DEVICE, for which
 * BACKING was opened, for which it waits PATIENCE_MS.  Do nothing for others. */
gboolean keeper_start_disks (Keeper *self, GError **error);
gboolean keeper_start_disk (Keeper *self, const VitrineDefinitionDevice *device,
                            KeeperBacking *backing, guint patience_ms, GError **error);
/* The same without waiting for DEVICE, which is on IMAGE and opened by SECRETS (NULL: by the machine's); both are taken
 * over.  DONE is as keeper_storage_start_async() has it; keeper_disk_gone() takes all of it back. */
void keeper_start_disk_async (Keeper *self, const VitrineDefinitionDevice *device,
                              KeeperImage *image, KeeperSecrets *secrets, KeeperStorageStarted done,
                              gpointer user_data);
/* The VMM no longer has the disk ALIAS.  FALSE: what it is on is in use until keeper_hotplug_released(). */
gboolean keeper_disk_gone (Keeper *self, const char *alias);
/* keeper-snapshot.c: the disk ALIAS, which has a process, becomes SIZE_BYTES large. */
void keeper_grow_image (Keeper *self, const char *alias, guint64 size_bytes, KeeperDone done,
                        gpointer user_data);
/* KeeperVmmOps.block_lost. */
void keeper_block_lost (gpointer owner, const char *alias, guint number, const char *reason);

/* Asks the VMM to switch off, and kills it if it does not; REASON is for people. */
void keeper_begin_quit (Keeper *self, const char *reason);

/* keeper-uefi.c; all do nothing for a BIOS machine.  Opens the file the definition names, else one in
 * the machine's folder. */
gboolean keeper_open_variables (Keeper *self, GError **error);
/* KeeperVmmOps.variables. */
void keeper_variables_event (gpointer owner);
/* The VMM is gone.  FALSE when what it changed last could not be saved. */
gboolean keeper_close_variables (Keeper *self, GError **error);

/* The error for whoever asks something of a machine that is gone. */
GError *keeper_gone_error (Keeper *self);

/* NULL when the machine is up, running or paused; NULL when the guest runs. */
GError *keeper_check_up (Keeper *self);
GError *keeper_check_running (Keeper *self);

/* keeper-hotplug.c: how it begins and ends, and what the VMM says. */
void keeper_hotplug_init (Keeper *self);
void keeper_hotplug_begin (Keeper *self); /* the definition is there */
void keeper_hotplug_unplug (gpointer owner, const char *alias, enum vmm_unplug_state state);
void keeper_hotplug_vcpus (gpointer owner, guint n, enum vmm_unplug_state state);
void keeper_hotplug_released (Keeper *self,
                              const char *alias); /* what the disk was on is not in use any more */
void keeper_hotplug_end (Keeper *self); /* whoever waits is told */
void keeper_hotplug_free (Keeper *self);

/* KeeperVmmOps.memory. */
void keeper_memory_changed (gpointer owner, guint64 plugged_bytes, guint64 requested_bytes);

/* Whoever waits for a screenshot is told that there will be none. */
void keeper_fail_shots (Keeper *self);

/* The same for whoever waits for the guest's agent. */
void keeper_fail_pings (Keeper *self);
void keeper_ping_free (gpointer ping);

/* --- keeper-limits.c ------------------------------------------------------------------------- */

/* Tells the VMM what DEVICE may do in a second, if it is a disk that has limits. */
void keeper_tell_limits (Keeper *self, const VitrineDefinitionDevice *device);

/* Changes them by SETTINGS, as vitrine_definition_limits_set() takes them. */
void keeper_set_limits (Keeper *self, const VitrineDefinitionDevice *disk,
                        const char *const *settings, KeeperDone done, gpointer user_data);

G_END_DECLS
