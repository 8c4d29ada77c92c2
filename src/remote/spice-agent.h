/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-agent.h - the guest's agent (spice-vdagent), on a stream socket, as the SPICE library's device.
 *
 * Nobody tells when the agent is there; it is once it has said something, which it does first of all.  Until then
 * one stands in for it (spice-stand-in.h) while the display follows viewers' wishes for a size.  Such a display is told
 * of what the agent is told, too: which of the two a guest's desktop listens to, nobody knows.
 */
#pragma once

#include <stdbool.h>
#include <spice.h>

#include "display-client.h"
#include "spice-messages.h"
#include "spice-stand-in.h"

struct spice_agent {
    SpiceServer *server;
    struct display_client *display; /* borrowed */
    SpiceCharDeviceInstance device;
    bool is_attached; /* the library has it */
    struct spice_messages messages; /* what it is told */
    SpiceCharDeviceInstance stand_in_device;
    bool is_stood_in; /* the library has that */
    struct spice_stand_in stand_in;
    bool is_lost;     /* the socket ended: to be told, and then to be cleared */
    int sock;         /* owned; -1: none */
    SpiceWatch *watch;
    int events; /* what is waited for */
};

void spice_agent_init (struct spice_agent *agent, SpiceServer *server,
                       struct display_client *display);

/* Talks over SOCK, which is taken over, from now on. */
void spice_agent_set_socket (struct spice_agent *agent, int sock);

/* Whether one is to stand in for an agent that is not there. */
void spice_agent_set_stand_in (struct spice_agent *agent, bool wanted);
