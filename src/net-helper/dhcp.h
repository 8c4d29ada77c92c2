/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dhcp.h - who gives a network's guests their addresses and answers their names: a confined dnsmasq. */
#pragma once

#include <stdio.h>

#include "helper.h"

/* Whether START has something for it to do. */
bool dhcp_is_needed (const struct net_start *start);

/* Writes its configuration to FILE. */
void dhcp_write (const struct net_start *start, const char *bridge, FILE *file);

/* Starts the one for the network NAME, whose folder has its configuration, and waits until it serves.
 * NET_NO_PROGRAM, NET_PROGRAM_FAILED, NET_SYSTEM. */
bool dhcp_start (const char *name, struct net_reply *reply);

bool dhcp_is_running (const char *name);

/* Ends it, and waits for that. */
bool dhcp_stop (const char *name, struct net_reply *reply);
