/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.h - makes the tap that a machine's network card is on. */
#pragma once

#include "helper.h"

/* Makes a tap for the card MAC of the user OWNER, with the header that carries offloads, on the bridge
 * named BRIDGE, and switches it on; LINK of REPLY becomes its name.  It has N_QUEUES, whose descriptors are put into
 * FDS (0: one, and can have no more), and is gone when the last copy of the last of them is closed.  False with
 * NET_NO_BRIDGE, NET_NOT_A_BRIDGE, NET_NO_RIGHT or NET_SYSTEM, and nothing in FDS but -1. */
bool tap_make (const char *bridge, const uint8_t mac[6], uid_t owner, unsigned n_queues,
               int fds[NET_MAX_QUEUES], struct net_reply *reply);
