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

/* Writes what rules_add_guard() has nftables do for what comes from the interface INDEX, the tap of the card
 * with the address MAC, in a table of that NUMBER.  Returns TEXT. */
const char *rules_write_guard (int index, const uint8_t mac[6], const struct net_guard *guard,
                               uint32_t number, char text[RULES_BYTES]);

/* Returns the socket that owns the rules, which go when it is closed (Linux 5.12: NFT_TABLE_F_OWNER), or -1.
 * Interfaces' numbers are not given out again soon, as names are: what is closed a moment after its tap
 * meets no other. */
int rules_add_guard (int index, const uint8_t mac[6], const struct net_guard *guard,
                     struct net_reply *reply);
