/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine.h - a machine of this computer: a folder, and while it runs a keeper to talk to.
 */
#pragma once

#include "native-store.h"
#include "vitrine-machine.h"

G_BEGIN_DECLS

#define NATIVE_TYPE_MACHINE (native_machine_get_type ())
G_DECLARE_FINAL_TYPE (NativeMachine, native_machine, NATIVE, MACHINE, VitrineMachine)

/* RUNTIME is the folder of all machines' sockets.  Nothing is contacted yet. */
NativeMachine *native_machine_new (const char *machines, const char *runtime,
                                   const NativeRecord *record);

/* Takes over what was read anew; the state only while no keeper tells it. */
void native_machine_update (NativeMachine *self, const NativeRecord *record);

/* Something may have happened in the machine's runtime folder: follows its keeper when there is
 * one. Idempotent.  FALSE when there is none. */
gboolean native_machine_check_runtime (NativeMachine *self);

/* Done when it is known whether a keeper is there and what it says, or after a deadline. */
void native_machine_settle_async (NativeMachine *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean native_machine_settle_finish (NativeMachine *self, GAsyncResult *result, GError **error);

/* Emitted when the machine is forgotten: "deleted" (void). */

G_END_DECLS
