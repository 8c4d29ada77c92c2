/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine-private.h - what the files of a fake machine share. */
#pragma once

#include "fake-machine.h"
#include "fake-screen.h"
#include "vitrine-spec.h"

G_BEGIN_DECLS

struct _FakeMachine {
    VitrineMachine parent_instance;
    char *group;
    FakeFaults *faults;
    VitrineDefinition *definition; /* made when it is first asked for */
    VitrineDefinition *live;       /* of what runs, once it is another; else NULL */
    GHashTable *device_states;     /* alias to VitrineDeviceState, of those that are leaving */
    VitrineSpec *spec;             /* of which; else NULL */
    GPtrArray *disks;              /* of VitrineDiskInfo */
    GStrv consoles;                /* while running */
    FakeScreen *screen;            /* NULL: no display */
    GStrv server; /* its protocol and its socket's path; or NULL: the screen is shown by VNC */
    GPtrArray *snapshots;          /* of VitrineSnapshot; NULL: none yet */
    GHashTable *passphrases;       /* target to VitrinePassphrase: those of the next start */
    guint next_state;
    GCancellable *power;
};

/* Takes the timer down, and hangs up on everybody when the machine goes off. */
void fake_machine_set_state (FakeMachine *self, VitrineMachineState state, const char *reason);

/* --- fake-machine-change.c -------------------------------------------------------------------- */

char *fake_machine_dup_xml (VitrineMachine *machine, GError **error);
GPtrArray *fake_machine_dup_devices (VitrineMachine *machine, VitrineScope scope);
void fake_machine_change_async (VitrineMachine *machine, const VitrineChange *change,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);

void fake_machine_set_link_async (VitrineMachine *machine, const char *card, gboolean up,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);

/* --- fake-machine-passphrase.c ---------------------------------------------------------------- */

GPtrArray *fake_machine_dup_encrypted (VitrineMachine *machine);
void fake_machine_give_passphrase (VitrineMachine *machine, const char *target,
                                   VitrinePassphrase *passphrase);
void fake_machine_identify_image_async (VitrineMachine *machine, const char *path,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Whether they open the disks; they are forgotten. */
gboolean fake_machine_unlock (FakeMachine *self, GError **error);
/* Whether the disk that CHANGE adds to what runs is opened by what it says, or needs no passphrase. */
gboolean fake_machine_open_disk (FakeMachine *self, const VitrineChange *change, GError **error);

/* --- fake-machine-snapshot.c ------------------------------------------------------------------ */

void fake_machine_list_snapshots_async (VitrineMachine *machine, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
void fake_machine_snapshot_async (VitrineMachine *machine, VitrineSnapshotAction action,
                                  const char *name, const char *description,
                                  VitrineProgress progress, gpointer progress_data,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);

G_END_DECLS
