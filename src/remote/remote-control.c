/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remote-control.c - a display server's end of its control socket. */
#define _GNU_SOURCE
#include "remote-control.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "fd.h"
#include "log.h"
#include "message.h"
#include "remote-protocol.h"

static bool
is_stream_socket (int fd)
{
    int type = 0;
    socklen_t len = sizeof type;

    return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

/* Acts on a message of LEN bytes with its descriptors, which it takes as far as it sets them to -1.
 * Returns false when it is none of the protocol's. */
static bool
take (struct remote_control *control, union remote_message *m, size_t len, int *fds, unsigned n_fds)
{
    if (len < sizeof m->header || m->header.size != len
        || m->header.version != REMOTE_PROTOCOL_VERSION || n_fds != 1)
        return false;
    switch (m->header.type) {
    case REMOTE_DISPLAY:
        if (len != sizeof m->display)
            return false;
        m->display.name[sizeof m->display.name - 1] = '\0';
        control->lost_display = false;
        control->ops->display (control->opaque, m->display.name, fd_steal (&fds[0]));
        return true;
    case REMOTE_CLIENT:
        if (len != sizeof m->client || !is_stream_socket (fds[0]))
            return false;
        control->ops->client (control->opaque, fd_steal (&fds[0]));
        return true;
    case REMOTE_AGENT:
        if (len != sizeof m->agent || !control->ops->agent || !is_stream_socket (fds[0]))
            return false;
        control->lost_agent = false;
        control->ops->agent (control->opaque, fd_steal (&fds[0]));
        return true;
    default:
        return false;
    }
}

bool
remote_control_read (struct remote_control *control)
{
    union remote_message message;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    int len = message_receive (control->sock, &message, sizeof message, fds, &n_fds);
    bool good = len > 0 && take (control, &message, (size_t) len, fds, n_fds);

    fd_close_all (fds, n_fds);
    if (len > 0 && !good) {
        log_error ("a message from the keeper makes no sense");
        exit (EXIT_FAILURE);
    }
    return good || len == -EAGAIN;
}

static bool
send_event (struct remote_control *control, union remote_message *m, uint16_t type, uint32_t size)
{
    m->header = (struct remote_header){ type, REMOTE_PROTOCOL_VERSION, size };
    return message_send (control->sock, m, size, NULL, 0) != -EAGAIN;
}

bool
remote_control_tell (struct remote_control *control, unsigned n_clients)
{
    union remote_message m = { 0 };

    if (control->lost_display) {
        if (!send_event (control, &m, REMOTE_EVENT_DISPLAY_LOST, sizeof m.event))
            return true;
        control->lost_display = false;
    }
    if (control->lost_agent) {
        if (!send_event (control, &m, REMOTE_EVENT_AGENT_LOST, sizeof m.event))
            return true;
        control->lost_agent = false;
    }
    if (control->told_clients != n_clients) {
        m.clients.n_clients = n_clients;
        if (!send_event (control, &m, REMOTE_EVENT_CLIENTS, sizeof m.clients))
            return true;
        control->told_clients = n_clients;
    }
    return false;
}

bool
remote_control_init (struct remote_control *control, const struct remote_control_ops *ops,
                     void *opaque)
{
    *control = (struct remote_control){ .ops = ops, .opaque = opaque, .sock = REMOTE_SOCKET_FD };
    return fd_set_nonblock (control->sock) >= 0 && fd_set_cloexec (control->sock) >= 0;
}
