/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network.h - starts and stops networks, and takes back what a start that did not end has left. */
#pragma once

#include "helper.h"

/* On success LINK of REPLY is the bridge; else nothing of it is left. */
bool network_start (const struct net_start *start, uid_t caller, struct net_reply *reply);

/* NET_NOT_RUNNING, NET_NOT_OWNER. */
bool network_stop (const char *name, uid_t caller, struct net_reply *reply);

/* Writes the bridge of the running network NAME, of which CALLER may have taps, to BRIDGE; whoever gives out
 * its addresses is started anew when it has ended.  *OWNED: it is the caller's network, who needs nobody's
 * word for its bridge. */
bool network_find_bridge (const char *name, uid_t caller, char bridge[NET_LINK_BYTES], bool *owned,
                          struct net_reply *reply);
