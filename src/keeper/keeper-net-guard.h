/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-guard.h - what vitrine-net-helper is asked to do for a card's tap. */
#pragma once

#include "definition.h"
#include "net-protocol.h"

G_BEGIN_DECLS

/* What NETWORK, a card's, says of frames.  Addresses that it does not name are those its network always gives
 * it; FALSE with INVALID when that gives it none.  Any thread. */
gboolean keeper_net_fill_guard (const VitrineDefinitionNetwork *network, struct net_guard *guard,
                                GError **error);

G_END_DECLS
