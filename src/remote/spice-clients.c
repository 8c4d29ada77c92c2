/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-clients.c - the sockets that the SPICE library has of viewers.
 *
 * The library tells of channels, not of sockets that never came so far; so whether one is still there is
 * looked up, which costs a system call each when the loop has something to do.
 */
#define _GNU_SOURCE
#include "spice-clients.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_open (int fd, ino_t inode)
{
    struct stat st;

    return fstat (fd, &st) == 0 && S_ISSOCK (st.st_mode) && st.st_ino == inode;
}

unsigned
spice_clients_count (struct spice_clients *clients)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < clients->n_sockets; i++) {
        if (is_open (clients->sockets[i].fd, clients->sockets[i].inode))
            clients->sockets[kept++] = clients->sockets[i];
    }
    clients->n_sockets = kept;
    return kept;
}

void
spice_clients_add (struct spice_clients *clients, int sock)
{
    struct stat st;

    if (spice_clients_count (clients) == REMOTE_MAX_CLIENTS || fstat (sock, &st) < 0
        || spice_server_add_client (clients->server, sock, 0) != 0) {
        close (sock);
        return;
    }
    clients->sockets[clients->n_sockets].fd = sock;
    clients->sockets[clients->n_sockets].inode = st.st_ino;
    clients->n_sockets++;
}

void
spice_clients_drop_deaf (struct spice_clients *clients)
{
    spice_clients_count (clients);
    for (unsigned i = 0; i < clients->n_sockets; i++) {
        int fd = clients->sockets[i].fd, unread = 0;

        if (ioctl (fd, SIOCOUTQ, &unread) == 0 && unread > 0)
            shutdown (fd, SHUT_RDWR);
    }
}
