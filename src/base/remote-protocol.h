/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remote-protocol.h - the control socket of a display server: between a keeper and the process that
 * speaks one remote protocol (vitrine-vnc, vitrine-spice).
 *
 * SOCK_SEQPACKET; the server finds its end at descriptor REMOTE_SOCKET_FD and needs no arguments.
 * Each datagram is one fixed-size struct below in host byte order that begins with a struct
 * remote_header.  A message of unknown type, other version, wrong size or wrong number of
 * descriptors ends the server.
 *
 * The keeper sends REMOTE_DISPLAY first: its end of a display channel (base/display-protocol.h) and
 * the name viewers see.  Once more whenever there is a new channel, for example after the server
 * said REMOTE_EVENT_DISPLAY_LOST; viewers stay connected.  Then REMOTE_CLIENT for each viewer: a
 * connected stream socket, nothing read from it yet.  Whoever is handed over is let in: the keeper
 * checked it.  A client is a connection: a SPICE viewer has several.
 *
 * REMOTE_AGENT is vitrine-spice's alone: a stream socket to the port of the guest where its agent is
 * (com.redhat.spice.0), in place of the one before; once more after REMOTE_EVENT_AGENT_LOST.
 *
 * The server sends events, without blocking; one that finds the socket full is sent later, of
 * REMOTE_EVENT_CLIENTS only the last.
 *
 * Descriptors that were sent are the server's; the keeper closes its copies.  When the keeper's end
 * closes, the server drops its viewers and exits with status 0.
 */
#pragma once

#include <stdint.h>

#define REMOTE_PROTOCOL_VERSION 1
#define REMOTE_SOCKET_FD        3
#define REMOTE_NAME_BYTES       64
#define REMOTE_MAX_CLIENTS      16 /* one more is hung up on */

enum remote_message_type {
    /* keeper → server */
    REMOTE_DISPLAY = 1, /* struct remote_display, one fd */
    REMOTE_CLIENT,      /* struct remote_client, one fd */
    REMOTE_AGENT,       /* struct remote_agent, one fd */

    /* server → keeper, no fds */
    REMOTE_EVENT_CLIENTS = 0x100, /* struct remote_clients: somebody came or went */
    REMOTE_EVENT_DISPLAY_LOST,    /* struct remote_event: the display channel ended */
    REMOTE_EVENT_AGENT_LOST, /* struct remote_event: the agent's socket ended, or was of no more use */
};

struct remote_header {
    uint16_t type;
    uint16_t version; /* REMOTE_PROTOCOL_VERSION */
    uint32_t size;    /* of the whole message, header included */
};

struct remote_display {
    struct remote_header header;
    char name[REMOTE_NAME_BYTES]; /* UTF-8, NUL-terminated */
};

struct remote_client {
    struct remote_header header;
};

struct remote_agent {
    struct remote_header header;
};

struct remote_clients {
    struct remote_header header;
    uint32_t n_clients;
    uint32_t reserved;
};

struct remote_event {
    struct remote_header header;
};

union remote_message {
    struct remote_header header;
    struct remote_display display;
    struct remote_client client;
    struct remote_agent agent;
    struct remote_clients clients;
    struct remote_event event;
};
