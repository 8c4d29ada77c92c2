/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forwarding.h - whether this computer passes packets on between its interfaces.
 *
 * That is one switch for all of them.  What it and the interfaces' own were before is written down when the
 * first network turns it on, and put back when the last one that needs it is gone.
 */
#pragma once

#include "helper.h"

/* FAMILY is AF_INET or AF_INET6.  NET_IPV6_AUTOMATIC, NET_SYSTEM. */
bool forwarding_turn_on (int family, struct net_reply *reply);

/* No network needs it any more. */
bool forwarding_put_back (int family, struct net_reply *reply);
