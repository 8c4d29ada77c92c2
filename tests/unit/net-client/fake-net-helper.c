/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-net-helper.c - answers with the status FAKE_NET_STATUS and the detail FAKE_NET_DETAIL, or is killed;
 * makes no tap, but hands a socket over where a queue of one is expected, or FAKE_NET_QUEUES of them, and writes what it was asked for into the file
 * FAKE_NET_LOG. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"
#include "net-protocol.h"

static const char *
setting (const char *name)
{
    const char *value = getenv (name);

    return value ? value : "";
}

static void
write_log (const char *argument, const struct net_tap *tap)
{
    FILE *log = *setting ("FAKE_NET_LOG") ? fopen (setting ("FAKE_NET_LOG"), "a") : NULL;

    if (!log)
        return;
    fprintf (log, "%s", argument);
    if (tap->header.op == NET_TAP)
        fprintf (log, " bridge=%s network=%s %02x:%02x", tap->bridge, tap->network, tap->mac[0],
                 tap->mac[5]);
    if (tap->header.op == NET_TAP && tap->n_queues)
        fprintf (log, " queues=%u", tap->n_queues);
    fprintf (log, "\n");
    fclose (log);
}

int
main (int argc, char **argv)
{
    static _Alignas(struct net_start) char request[256 * 1024];
    struct net_reply reply = { .version = NET_VERSION,
                               .status = (unsigned) atoi (setting ("FAKE_NET_STATUS")) };
    const struct net_header *header = (const struct net_header *) request;
    int fds[MESSAGE_MAX_FDS], sockets[2 * NET_MAX_QUEUES];
    unsigned n_taps = 1;
    unsigned n_fds;

    if (argc != 2 || message_receive (STDIN_FILENO, request, sizeof request, fds, &n_fds) <= 0)
        return EXIT_FAILURE;
    if (strcmp (setting ("FAKE_NET_STATUS"), "killed") == 0)
        raise (SIGKILL);
    write_log (argv[1], (const struct net_tap *) request);
    snprintf (reply.link, sizeof reply.link, "vtap0");
    snprintf (reply.detail, sizeof reply.detail, "%s", setting ("FAKE_NET_DETAIL"));
    if (reply.status != NET_OK || header->op != NET_TAP)
        return message_send (STDIN_FILENO, &reply, sizeof reply, NULL, 0);
    n_taps += ((const struct net_tap *) request)->n_queues;
    n_taps -= n_taps > 1;
    if (atoi (setting ("FAKE_NET_QUEUES")) > 0)
        n_taps = (unsigned) atoi (setting ("FAKE_NET_QUEUES"));
    for (unsigned i = 0; i < n_taps; i += 2)
        if (socketpair (AF_UNIX, SOCK_STREAM, 0, sockets + i) < 0)
            return EXIT_FAILURE;
    return message_send (STDIN_FILENO, &reply, sizeof reply, sockets, n_taps);
}
