/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-private.h - what the files of a native machine share. */
#pragma once

#include <vitrine-control.h>

#include "native-machine.h"
#include "vitrine-error.h"

G_BEGIN_DECLS

#ifndef NATIVE_SECOND_MS /* tests are less patient */
#define NATIVE_SECOND_MS 1000
#endif
#define NATIVE_SETTLE_MS (5 * NATIVE_SECOND_MS)  /* for a keeper's first word */
#define NATIVE_CALL_MS   (10 * NATIVE_SECOND_MS) /* for an answer */
#define NATIVE_STATE_MS  (20 * NATIVE_SECOND_MS) /* for the state that was asked for */
#define NATIVE_OFF_MS    (25 * NATIVE_SECOND_MS) /* for disks to come to rest */
#define NATIVE_UNDO_MS   (30 * NATIVE_SECOND_MS)
#define NATIVE_CHANGE_MS (90 * NATIVE_SECOND_MS) /* for a guest that has to give something back */
#define NATIVE_START_MS  (60 * NATIVE_SECOND_MS) /* a slow disk, a busy host */

struct _NativeMachine {
    VitrineMachine parent_instance;
    char *machines;           /* the folder of all machines */
    char *runtime_folder;     /* this one's */
    GFileMonitor *monitor;    /* of runtime_folder, while it is there */
    GCancellable *connecting; /* while a connection is in the making */
    guint retry_source;       /* while waiting to try again */
    guint n_retries;
    guint deadline_source;         /* for those who wait to know */
    GPtrArray *settling;           /* their tasks */
    VitrineControlMachine1 *proxy; /* while a keeper is followed */
    guint devices_subscription;    /* to what its devices say */
    GHashTable *device_states;     /* D-Bus path to VitrineDeviceState, of those that may go */
    gboolean starting;             /* we have started a keeper and wait for its word */
    struct secret *passphrases;    /* of the next start, as keeper-secrets.h has them; or NULL */
    gboolean unwanted; /* that start was given up: off with it as soon as it can be told */
};

/* --- native-machine-follow.c ------------------------------------------------------------------ */

/* Stops following. */
void native_machine_unfollow (NativeMachine *self);

/* The keeper is gone: how it ended is in the folder. */
void native_machine_set_ended (NativeMachine *self);

/* Tells the keeper to switch off, now or as soon as it is there to be told. */
void native_machine_tell_off (NativeMachine *self);

/* Ends a keeper that does not answer, with its machine. */
void native_machine_kill_keeper (NativeMachine *self);

/* --- native-machine-devices.c ----------------------------------------------------------------- */

/* The D-Bus path of the device ALIAS; (transfer full). */
char *native_machine_make_device_path (const char *alias);

/* Follows the keeper's devices, from when its proxy is there until unfollow_devices(). */
void native_machine_follow_devices (NativeMachine *self);
void native_machine_unfollow_devices (NativeMachine *self, GDBusConnection *connection);

/* The keeper has another list of devices. */
void native_machine_list_changed (NativeMachine *self);

/* What the disk ALIAS of a machine that runs may do in a second, or NULL; (transfer full). */
char **native_machine_dup_limits (NativeMachine *self, const char *alias);

/* As the keeper said last. */
VitrineDeviceState native_machine_get_device_state (NativeMachine *self, const char *alias);

/* --- native-machine-wait.c -------------------------------------------------------------------- */

/* What a machine is waited for to become. */
typedef enum {
    NATIVE_WAIT_RUNS, /* any state but OFF, STARTING and CRASHED; ending instead is an error */
    NATIVE_WAIT_RUNNING,
    NATIVE_WAIT_PAUSED,
    NATIVE_WAIT_ENDED,
} NativeWaitFor;

/* Answers TASK (taken over; its source is the machine) with TRUE when the state is reached, else
 * with the reason it cannot be, or ENGINE after DEADLINE_MS. */
void native_wait_for (GTask *task, NativeWaitFor wanted, guint deadline_ms);

/* The sentence of a machine that is silent. */
void native_set_silent_error (NativeMachine *self, GError **error);

/* --- native-start.c --------------------------------------------------------------------------- */

/* Starts a keeper and answers TASK (taken over; its source is the machine) when the machine runs.
 */
void native_start (GTask *task, VitrineAction action);

/* --- native-machine-actions.c ----------------------------------------------------------------- */

void native_machine_act_async (VitrineMachine *machine, VitrineAction action,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
void native_machine_open_async (VitrineMachine *machine, gboolean display, const char *name,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
void native_machine_screenshot_async (VitrineMachine *machine, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* ERROR, taken over, as one of ours, whatever went wrong on the way. */
GError *native_machine_map_error (NativeMachine *self, GError *error);

void native_machine_send_keys_async (VitrineMachine *machine, GVariant *keys,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
void native_machine_set_link_async (VitrineMachine *machine, const char *card, gboolean up,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);

/* --- native-machine-change.c ------------------------------------------------------------------ */

void native_machine_change_async (VitrineMachine *machine, const VitrineChange *change,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);

/* --- native-machine-attach.c ------------------------------------------------------------------ */

/* Adds what CHANGE says to what runs, whose keeper is followed.  A disk whose server or passphrase is waited for is given up
 * with CANCELLABLE, so that the answer says what is so.  Answered by a GTask with a boolean. */
void native_machine_attach_async (NativeMachine *self, const VitrineChange *change,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);

/* --- native-machine-disk.c -------------------------------------------------------------------- */

void native_machine_add_disk_async (VitrineMachine *machine, const struct _VitrineDiskSpec *disk,
                                    VitrineScope scope, VitrineProgress progress,
                                    gpointer progress_data, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);

/* --- native-machine-identify.c ---------------------------------------------------------------- */

void native_machine_identify_image_async (VitrineMachine *machine, const char *path,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);

/* --- native-machine-snapshot.c ---------------------------------------------------------------- */

void native_machine_list_snapshots_async (VitrineMachine *machine, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
void native_machine_snapshot_async (VitrineMachine *machine, VitrineSnapshotAction action,
                                    const char *name, const char *description,
                                    VitrineProgress progress, gpointer progress_data,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);

G_END_DECLS
