/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.h - makes the tap that a machine's network card is on. */
#pragma once

#include "helper.h"

/* Makes a tap for the card MAC of the user OWNER, with the header that carries offloads, on the bridge
 * named BRIDGE, and switches it on; LINK of REPLY becomes its name.  It is gone when the last copy of its
 * descriptor is closed.  Returns the descriptor, or -1 with NET_NO_BRIDGE, NET_NOT_A_BRIDGE, NET_NO_RIGHT
 * or NET_SYSTEM. */
int tap_make (const char *bridge, const uint8_t mac[6], uid_t owner, struct net_reply *reply);
