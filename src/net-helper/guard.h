/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard.h - what may pass a tap, and how much of it. */
#pragma once

#include "helper.h"

/* Has what GUARD says done for the tap LINK of the card with the address MAC, in place of what was done for
 * what comes to the guest; what comes from it is besides, until the descriptor of that is closed.  *RULES
 * becomes that descriptor, or -1 where nothing has to be looked at. */
bool guard_set (const char *link, const uint8_t mac[6], const struct net_guard *guard, int *rules,
                struct net_reply *reply);

/* Whether LINK is a tap that CALLER may have. NET_NOT_A_TAP. */
bool guard_check_owner (const char *link, uid_t caller, struct net_reply *reply);
