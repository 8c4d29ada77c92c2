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

G_END_DECLS
