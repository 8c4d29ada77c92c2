/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvtap.h - makes a machine's network card a neighbour of one of this computer's, on the same wire. */
#pragma once

#include "helper.h"

/* Makes a macvtap beside MACVTAP's card, with the header that carries offloads, and switches it on.  The descriptors
 * of its queues are put into FDS; it is gone when the last copy of the last of them is closed.  False with
 * NET_NO_UPLINK, NET_NIC_WIRELESS, NET_NIC_TAKEN, NET_NIC_OTHER, NET_NIC_DOWN, NET_NO_RIGHT or NET_SYSTEM, and
 * nothing in FDS but -1. */
bool macvtap_make (const struct net_macvtap *macvtap, int fds[NET_MAX_QUEUES],
                   struct net_reply *reply);
