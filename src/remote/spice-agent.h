/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-agent.h - the guest's agent (spice-vdagent), on a stream socket, as the SPICE library's device.
 *
 * Nobody tells when the agent is there; it is once it has said something, which it does first of all.
 */
#pragma once

#include <stdbool.h>
#include <spice.h>

struct spice_agent {
    SpiceServer *server;
    SpiceCharDeviceInstance device;
    bool is_attached; /* the library has it */
    bool is_lost;     /* the socket ended: to be told, and then to be cleared */
    int sock;         /* owned; -1: none */
    SpiceWatch *watch;
    int events; /* what is waited for */
};

void spice_agent_init (struct spice_agent *agent, SpiceServer *server);

/* Talks over SOCK, which is taken over, from now on. */
void spice_agent_set_socket (struct spice_agent *agent, int sock);
