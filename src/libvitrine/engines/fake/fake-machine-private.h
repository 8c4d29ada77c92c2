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
    VitrineSpec *spec;             /* of which; else NULL */
    GPtrArray *disks;              /* of VitrineDiskInfo */
    GStrv consoles;                /* while running */
    FakeScreen *screen;            /* NULL: no display */
    guint next_state;
    GCancellable *power;
};

/* Takes the timer down, and hangs up on everybody when the machine goes off. */
void fake_machine_set_state (FakeMachine *self, VitrineMachineState state, const char *reason);

G_END_DECLS
