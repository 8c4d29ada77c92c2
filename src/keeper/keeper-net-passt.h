/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-passt.h - how passt is called, whether it will have the ports it is to listen on, and where the
 * guest is told to it.
 */
#pragma once

#include <glib.h>

#include "definition.h"

G_BEGIN_DECLS

/* What passt is started with for a card of MODEL that is as NETWORK says, its socket being descriptor FD. */
GStrv keeper_net_passt_arguments (const char *model, const VitrineDefinitionNetwork *network,
                                  const char *program, int fd);

/* Whether each port that NETWORK forwards can be listened on, but for those that a passt started for HELD (or
 * NULL) has: BUSY, or DENIED, naming the first that cannot.  One that is taken is tried for PATIENCE_MS. */
gboolean keeper_net_check_ports (const VitrineDefinitionNetwork *network,
                                 const VitrineDefinitionNetwork *held, guint patience_ms,
                                 GError **error);

/* Says to the passt at FD, the VMM's end of its socket, that the guest is at MAC, as a switch would be told by
 * RARP (RFC 903): passt knows only from the guest's frames where it is, and one that took over from another
 * would lead nobody in until the guest said something. */
void keeper_net_announce (int fd, const char *mac);

G_END_DECLS
