/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remote-control.h - a display server's end of its control socket (base/remote-protocol.h). */
#pragma once

#include <stdbool.h>

struct remote_control_ops {
    /* Each takes FD over. */
    void (*display) (void *opaque, const char *name, int fd);
    void (*client) (void *opaque, int fd); /* a stream socket */
    /* NULL: this server has no use for it, and the message none of the protocol's. */
    void (*agent) (void *opaque, int fd); /* a stream socket */
};

struct remote_control {
    const struct remote_control_ops *ops;
    void *opaque;
    int sock;
    bool lost_display, lost_agent; /* to be told */
    unsigned told_clients;         /* how many the keeper knows of */
};

/* Takes the socket that the keeper left at REMOTE_SOCKET_FD.  Returns false when there is none. */
bool remote_control_init (struct remote_control *control, const struct remote_control_ops *ops,
                          void *opaque);

/* Handles one message, without blocking.  Returns false when the keeper is gone; a message that makes no
 * sense ends the process. */
bool remote_control_read (struct remote_control *control);

/* Tells the keeper what it does not know yet: that there are N_CLIENTS, that the display, or the agent, was lost.  Returns
 * whether some of it has to wait: call again when the socket is writable. */
bool remote_control_tell (struct remote_control *control, unsigned n_clients);
