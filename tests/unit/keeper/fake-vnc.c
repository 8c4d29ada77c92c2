/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-vnc.c - stands in for vitrine-vnc and vitrine-spice: greets each viewer with its machine's name and echoes.
 *
 * A viewer may send 'd' (it dies), 'h' (it hangs up on its keeper, says '-' and stays), 'l' (it says
 * that it lost its display), 'a' (its agent) or 'g' (it sends its keeper garbage); when a new display
 * comes after 'l' each viewer gets a '+', and a '*' for every agent.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "message.h"
#include "remote-protocol.h"

static int viewers[REMOTE_MAX_CLIENTS];
static unsigned n_viewers;
static int display_fd = -1, agent_fd = -1;
static char name[REMOTE_NAME_BYTES];

static void
tell_viewers (void)
{
    struct remote_clients message = {
        { REMOTE_EVENT_CLIENTS, REMOTE_PROTOCOL_VERSION, sizeof message }, n_viewers, 0
    };

    message_send (REMOTE_SOCKET_FD, &message, sizeof message, NULL, 0);
}

static void
take_display (const union remote_message *message, int fd)
{
    if (display_fd >= 0)
        for (unsigned i = 0; i < n_viewers; i++)
            dprintf (viewers[i], "+");
    fd_close (&display_fd);
    display_fd = fd;
    snprintf (name, sizeof name, "%s", message->display.name);
}

static void
take_viewer (int fd)
{
    if (n_viewers == ARRAY_SIZE (viewers)) {
        close (fd);
        return;
    }
    viewers[n_viewers++] = fd;
    dprintf (fd, "RFB %s%s%s\n", name, display_fd >= 0 ? "" : " without a display",
             agent_fd >= 0 ? " with an agent" : "");
    tell_viewers ();
}

static void
take_agent (int fd)
{
    for (unsigned i = 0; i < n_viewers; i++)
        dprintf (viewers[i], "*");
    fd_close (&agent_fd);
    agent_fd = fd;
}

static void
read_keeper (void)
{
    union remote_message message;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    int n = message_receive (REMOTE_SOCKET_FD, &message, sizeof message, fds, &n_fds);

    if (n <= 0)
        exit (0);
    if (n_fds != 1)
        exit (1);
    if (message.header.type == REMOTE_AGENT)
        take_agent (fds[0]);
    else if (message.header.type == REMOTE_DISPLAY)
        take_display (&message, fds[0]);
    else
        take_viewer (fds[0]);
}

static void
obey (char c, int fd)
{
    struct remote_event lost = { { REMOTE_EVENT_DISPLAY_LOST, REMOTE_PROTOCOL_VERSION, 8 } };

    if (c == 'a') {
        lost.header.type = REMOTE_EVENT_AGENT_LOST;
        fd_close (&agent_fd);
        c = 'l';
    }
    if (c == 'd')
        abort ();
    else if (c == 'h') {
        close (REMOTE_SOCKET_FD);
        dprintf (fd, "-");
        pause ();
    } else if (c == 'l')
        message_send (REMOTE_SOCKET_FD, &lost, sizeof lost, NULL, 0);
    else if (c == 'g')
        message_send (REMOTE_SOCKET_FD, "garbage", 7, NULL, 0);
    else
        dprintf (fd, "%c", c);
}

static void
read_viewer (unsigned index)
{
    char c;

    if (read (viewers[index], &c, 1) == 1) {
        obey (c, viewers[index]);
        return;
    }
    close (viewers[index]);
    viewers[index] = viewers[--n_viewers];
    tell_viewers ();
}

int
main (void)
{
    signal (SIGPIPE, SIG_IGN);
    for (;;) {
        struct pollfd polls[1 + REMOTE_MAX_CLIENTS] = { { REMOTE_SOCKET_FD, POLLIN, 0 } };
        unsigned n = n_viewers;

        for (unsigned i = 0; i < n; i++)
            polls[1 + i] = (struct pollfd){ viewers[i], POLLIN, 0 };
        if (poll (polls, 1 + n, -1) < 0)
            return 1;
        for (unsigned i = n; i > 0; i--)
            if (polls[i].revents)
                read_viewer (i - 1);
        if (polls[0].revents)
            read_keeper ();
    }
}
