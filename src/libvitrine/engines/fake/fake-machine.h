/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine.h - a machine that only pretends. */
#pragma once

#include "definition.h"
#include "fake-faults.h"
#include "vitrine-machine.h"

G_BEGIN_DECLS

#define FAKE_TYPE_MACHINE (fake_machine_get_type ())
G_DECLARE_FINAL_TYPE (FakeMachine, fake_machine, FAKE, MACHINE, VitrineMachine)

/* Reads [GROUP] of FILE: see fake-host.h. */
FakeMachine *fake_machine_new_from_file (GKeyFile *file, const char *group, FakeFaults *faults);

/* The Nth of many (from 1) that nobody looks at one by one: all states, some sizes; its disk lies in FOLDER. */
FakeMachine *fake_machine_new_generated (guint n, const char *folder, FakeFaults *faults);

/* One that was made by the user. */
FakeMachine *fake_machine_new_from_definition (VitrineDefinition *definition, FakeFaults *faults);

/* Takes the place of what it was. */
void fake_machine_set_definition (FakeMachine *self, VitrineDefinition *definition);

/* Emitted by the machine when it was deleted: "deleted" (void). */

G_END_DECLS
