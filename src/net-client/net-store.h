/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-store.h - this user's networks, and which of this computer's run.
 *
 * A network is a text of libvirt's in the user's own folder, NAME.xml; it starts with the first machine that
 * needs it when NAME.autostart is beside it.  Starting and stopping take root, and a name that runs is one on
 * the whole computer.
 */
#pragma once

#include <gio/gio.h>

#include "definition-network.h"

G_BEGIN_DECLS

/* All names, sorted. */
GStrv net_store_list (void);

/* NOT_FOUND, or what is wrong with the text. */
VitrineNetwork *net_store_load (const char *name, GError **error);
char *net_store_dup_xml (const char *name, GError **error);

/* Writes what SELF is; EXISTS when there is one of the name and not REPLACE. */
gboolean net_store_save (const VitrineNetwork *self, gboolean replace, GError **error);
gboolean net_store_delete (const char *name, GError **error);

gboolean net_store_get_autostart (const char *name);
gboolean net_store_set_autostart (const char *name, gboolean autostart, GError **error);

/* The bridge of NAME while it runs, else NULL. */
char *net_store_dup_running_bridge (const char *name);

/* Has PROGRAM, the helper, start SELF, or stop NAME.  Wait; any thread. */
gboolean net_store_start (const char *program, const VitrineNetwork *self,
                          GCancellable *cancellable, GError **error);
gboolean net_store_stop (const char *program, const char *name, GCancellable *cancellable,
                         GError **error);

G_END_DECLS
