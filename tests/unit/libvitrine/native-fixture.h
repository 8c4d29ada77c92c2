/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-fixture.h - for tests: a user of their own for the native engine, with folders of their
 * own. */
#pragma once

#include "await.h"

G_BEGIN_DECLS

/* Gives the process new, empty $XDG_DATA_HOME and $XDG_RUNTIME_DIR and a /dev/kvm that answers; to
 * be called first in main().  The tests' own keeper is the one found. */
void native_fixture_init (void);

/* Removes what native_fixture_init() made. */
void native_fixture_end (void);

/* Each test begins with no machine. */
void native_fixture_clear (void);

const char *native_fixture_get_machines (void);
const char *native_fixture_get_runtime (void);

/* A machine with a disk of 1 MiB, made through HOST. */
VitrineMachine *native_fixture_create (VitrineHost *host, const char *name);

/* What the keeper of MACHINE shall do: see fake-keeper.c. */
void native_fixture_script (VitrineMachine *machine, const char *script);

/* The text of a definition. */
char *native_fixture_dup_xml (const char *name, const char *uuid, const char *disk);

/* How many entries the machines folder has, but for its lock. */
guint native_fixture_count_entries (void);

G_END_DECLS
