/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-clients.h - the sockets that the SPICE library has of viewers, several a viewer. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <spice.h>

#include "remote-protocol.h"

struct spice_clients {
    SpiceServer *server;
    struct {
        int fd; /* the library's; known by its inode, as a number is soon used again */
        ino_t inode;
    } sockets[REMOTE_MAX_CLIENTS];
    unsigned n_sockets;
};

/* Gives SERVER the viewer's SOCK, which is taken over; one too many is hung up on. */
void spice_clients_add (struct spice_clients *clients, int sock);

/* How many the library has not closed. */
unsigned spice_clients_count (struct spice_clients *clients);

/* Hangs up on those that have not read what was sent. */
void spice_clients_drop_deaf (struct spice_clients *clients);
