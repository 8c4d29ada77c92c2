/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-control.h - the control contract (data/dbus/org.vitrine.Machine1.xml): methods become the
 * keeper's actions, what happens becomes property changes.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"
#include "keeper-ports.h"
#include "keeper.h"

G_BEGIN_DECLS

typedef struct _KeeperControl KeeperControl;

/* Listens at PATH.  KEEPER gets what clients ask for. */
KeeperControl *keeper_control_new (const char *path, Keeper *keeper,
                                   const VitrineDefinition *definition, gint64 start_time,
                                   GError **error);

/* REASON is for people; "" when there is nothing to say. */
void keeper_control_set_state (KeeperControl *self, const char *state, const char *reason);

/* Of char *. */
void keeper_control_set_warnings (KeeperControl *self, GPtrArray *warnings);

/* Of guint32. */
void keeper_control_set_processes (KeeperControl *self, GArray *pids);

/* The device ALIAS stopped working; an alias there is none of is ignored. */
void keeper_control_set_broken (KeeperControl *self, const char *alias, const char *reason);

/* The network card ALIAS has its cable plugged in, or not. */
void keeper_control_set_link (KeeperControl *self, const char *alias, gboolean up);

/* The network card ALIAS is now as NETWORK says. */
void keeper_control_set_card (KeeperControl *self, const char *alias,
                              const VitrineDefinitionNetwork *network);

/* What is in the drive ALIAS now, "" for nothing. */
/* How far a merge is, from 0 to 1. */
void keeper_control_set_merge_progress (KeeperControl *self, double fraction);

void keeper_control_set_source (KeeperControl *self, const char *alias, const char *source);

/* All work again. */
void keeper_control_clear_broken (KeeperControl *self);

/* There is one device more, or less; how it goes on with one ("present", "leaving", "agreed"). */
void keeper_control_add_device (KeeperControl *self, const VitrineDefinitionDevice *device);
void keeper_control_remove_device (KeeperControl *self, const char *alias);
void keeper_control_set_device_state (KeeperControl *self, const char *alias, const char *state);

/* Of VitrineDefinitionDevice: all there are now. */
void keeper_control_set_devices (KeeperControl *self, GPtrArray *devices);

/* The consoles and channels there are now. */
void keeper_control_set_ports (KeeperControl *self, KeeperPorts *ports);

/* So many processors there are now. */
void keeper_control_set_vcpus (KeeperControl *self, guint n);

/* So much memory: what it began with, and what is plugged. */
void keeper_control_set_memory (KeeperControl *self, guint64 bytes);

/* Listens no more; who is connected stays. */
void keeper_control_stop (KeeperControl *self);

/* Tells the clients everything there is to tell, then calls DONE. */
void keeper_control_flush (KeeperControl *self, GSourceFunc done, gpointer user_data);

/* Hangs up.  NULL is nothing. */
void keeper_control_free (KeeperControl *self);

/* The object path of the device ALIAS: what is no letter or digit is written as _XX. */
char *keeper_control_device_path (const char *alias);

G_END_DECLS
