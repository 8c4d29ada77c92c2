/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-bus.h - D-Bus from peer to peer: a socket, and objects for whoever connects.
 *
 * Only processes of the same user are let in, at most KEEPER_BUS_MAX_PEERS at a time, counted from
 * the moment they connect; one that does not say who it is within a few seconds is hung up on.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEPER_BUS_MAX_PEERS 64

typedef struct _KeeperBus KeeperBus;

/* Makes the objects one more peer shall see: an array of GDBusObjectSkeleton, (transfer full).
 * Each peer has its own, because GDBus takes an object away from all connections when one of them
 * ends. */
typedef GPtrArray *(*KeeperBusMakeObjects) (gpointer user_data);

/* Listens at PATH (which must not exist) and shows each peer what MAKE_OBJECTS makes below the
 * object manager at ROOT. */
KeeperBus *keeper_bus_new (const char *path, const char *root, KeeperBusMakeObjects make_objects,
                           gpointer user_data, GError **error);

/* Shows each peer one object more, its own copy of which MAKE makes; takes the object at PATH away. */
typedef GDBusObjectSkeleton *(*KeeperBusMakeObject) (gpointer user_data);
void keeper_bus_add_object (KeeperBus *self, KeeperBusMakeObject make, gpointer user_data);
void keeper_bus_remove_object (KeeperBus *self, const char *path);

/* Listens no more. */
void keeper_bus_stop (KeeperBus *self);

/* Changes of properties, which GDBus gathers, come before what is sent from now on. */
void keeper_bus_send_changes (KeeperBus *self);

/* Sends what is queued for the peers, then calls DONE: also when some do not read, after a
 * second. */
void keeper_bus_flush (KeeperBus *self, GSourceFunc done, gpointer user_data);

/* Hangs up on everybody.  NULL is nothing. */
void keeper_bus_free (KeeperBus *self);

G_END_DECLS
