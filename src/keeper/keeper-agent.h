/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-agent.h - asks the guest's agent (qemu-guest-agent) whether it is there. */
#pragma once

#include "keeper-console.h"

G_BEGIN_DECLS

#define KEEPER_AGENT_CHANNEL "org.qemu.guest_agent.0"

typedef struct _KeeperAgent KeeperAgent;

/* ERROR is NULL when it answered.  The agent may be freed in here. */
typedef void (*KeeperAgentDone) (const GError *error, gpointer user_data);

/* Pings the agent at the end of CHANNEL; DONE is called once, later, unless the agent is freed
 * first.  NULL with BUSY when somebody else is at the channel. */
KeeperAgent *keeper_agent_ping (KeeperConsole *channel, KeeperAgentDone done, gpointer user_data,
                                GError **error);

/* Gives up, if it still waits.  NULL is nothing. */
void keeper_agent_free (KeeperAgent *self);

G_END_DECLS
