/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-delete.h - forgetting a machine, and only what is Vitrine's of it.  For threads.
 *
 * A disk may be removed when it is an ordinary file inside the machine's own folder, or a logical volume that was
 * made for the machine, and no other machine's definition names it.  The machine is forgotten when its definition is gone; what
 * Vitrine keeps for itself (lock, last run, logs) goes with it.  The folder goes too when nothing
 * is left in it. Disks that were not to be removed, and whatever the user put there, stay where
 * they are, in a folder that no longer is a machine's.
 */
#pragma once

#include "native-store.h"

G_BEGIN_DECLS

/* (transfer full): of VitrineDiskInfo; NULL when the definition cannot be read.  A definition that
 * can be read and not used has no disks to speak of. */
GPtrArray *native_list_disks (const char *machines, const char *uuid, GError **error);

/* Removes the disks whose paths are in REMOVE_DISKS, having checked all of them first, and forgets
 * the machine, which must be off.  NAME is for sentences. */
gboolean native_delete (const char *machines, const char *uuid, const char *name,
                        const char *const *remove_disks, GError **error);

G_END_DECLS
