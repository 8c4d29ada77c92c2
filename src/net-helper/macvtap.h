/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvtap.h - makes a machine's network card a neighbour of one of this computer's, on the same wire. */
#pragma once

#include "helper.h"

/* Makes a macvtap beside MACVTAP's card, with the header that carries offloads, and switches it on.  It is gone
 * when the last copy of its descriptor is closed.  Returns the descriptor, or -1 with NET_NO_UPLINK,
 * NET_NIC_WIRELESS, NET_NIC_TAKEN, NET_NIC_OTHER, NET_NIC_DOWN, NET_NO_RIGHT or NET_SYSTEM. */
int macvtap_make (const struct net_macvtap *macvtap, struct net_reply *reply);
