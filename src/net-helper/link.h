/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - this computer's network interfaces, over rtnetlink.
 *
 * Functions return 0, or an errno.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct nl_sock;

struct link_facts {
    int index;
    unsigned mtu;
    bool is_bridge;
};

/* For nl_socket_free(). */
int link_open (struct nl_sock **sock);

/* ENODEV when there is none of that name. */
int link_find (struct nl_sock *sock, const char *name, struct link_facts *facts);

/* Puts the interface INDEX, whose address becomes MAC, onto BRIDGE, with its MTU, and switches it on. */
int link_join (struct nl_sock *sock, int index, const struct link_facts *bridge,
               const uint8_t mac[6]);
