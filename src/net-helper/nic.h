/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic.h - a network card of this computer: whether machines may share it, and how it goes onto a bridge and back. */
#pragma once

#include "helper.h"
#include "link.h"

struct nl_sock;

/* What is written down of a card is at most so long: a computer with more routes than that is a router. */
#define NIC_STATE_BYTES (128u * 1024)

/* Finds the card NAME that machines are to share.  NET_NO_UPLINK, NET_NIC_WIRELESS, NET_NIC_TAKEN,
 * NET_NIC_OTHER. */
bool nic_find (struct nl_sock *sock, const char *name, struct link_facts *facts,
               struct net_reply *reply);

/* Whether all of what the card NAME has may be moved to a bridge.  NET_NIC_MANAGED, NET_NIC_LEASED. */
bool nic_check_movable (struct nl_sock *sock, const char *name, int index, struct net_reply *reply);

/* Writes the addresses and routes of the interface INDEX, as the kernel says them, into STATE, *LEN bytes. */
bool nic_save (struct nl_sock *sock, int index, uint8_t state[NIC_STATE_BYTES], size_t *len,
               struct net_reply *reply);

/* An interface that has it, or gets it. */
struct nic_end {
    int index;
    const char *name;
};

/* Takes what STATE says from the card FROM, and gives it to the bridge TO, for use at once. */
bool nic_move (struct nl_sock *sock, const uint8_t *state, size_t len, const struct nic_end *from,
               const struct nic_end *to, struct net_reply *reply);

/* Gives what STATE says to NIC, which has none of it, or some, or is gone. */
bool nic_give_back (struct nl_sock *sock, const uint8_t *state, size_t len,
                    const struct nic_end *nic, struct net_reply *reply);

/* The bridge answers routers as the card did, which it stands for from now on.  Best effort. */
void nic_copy_settings (const char *nic, const char *bridge);
