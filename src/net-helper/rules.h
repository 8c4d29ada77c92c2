/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.h - what may pass between a network and the rest of the world: a table of nftables of its own. */
#pragma once

#include "helper.h"

/* Room for the text of a network's rules. */
#define RULES_BYTES 4096

/* Writes what rules_add() has nftables do for START on BRIDGE.  Returns TEXT. */
const char *rules_write (const struct net_start *start, const char *bridge, char text[RULES_BYTES]);

/* All of them come at once, or none.  NET_SYSTEM. */
bool rules_add (const struct net_start *start, const char *bridge, struct net_reply *reply);

/* True as well when there are none. */
bool rules_remove (const char *bridge, struct net_reply *reply);
