/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.c - one datagram with descriptors over an AF_UNIX SOCK_SEQPACKET socket. */
#define _GNU_SOURCE
#include "message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"

#define CONTROL_BYTES CMSG_SPACE (MESSAGE_MAX_FDS * sizeof (int))

int
message_send (int sock, const void *buf, size_t len, const int *fds, unsigned n_fds)
{
    _Alignas (struct cmsghdr) char control[CONTROL_BYTES];
    struct iovec iov = { .iov_base = (void *) buf, .iov_len = len };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    ssize_t n;

    if (n_fds > MESSAGE_MAX_FDS)
        return -EINVAL;
    if (n_fds > 0) {
        struct cmsghdr *cmsg;

        memset (control, 0, sizeof control);
        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
        cmsg = CMSG_FIRSTHDR (&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
        memcpy (CMSG_DATA (cmsg), fds, n_fds * sizeof (int));
    }
    do
        n = sendmsg (sock, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return (size_t) n == len ? 0 : -EMSGSIZE;
}

/* Collects the descriptors of MSG; more than fit are closed.  Returns false when any was dropped. */
static bool
collect_fds (struct msghdr *msg, int *fds, unsigned *n_fds)
{
    bool all = true;

    *n_fds = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR (msg); c; c = CMSG_NXTHDR (msg, c)) {
        size_t count;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        count = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy (&fd, CMSG_DATA (c) + i * sizeof fd, sizeof fd);
            if (*n_fds < MESSAGE_MAX_FDS) {
                fds[(*n_fds)++] = fd;
            } else {
                close (fd);
                all = false;
            }
        }
    }
    return all;
}

int
message_receive (int sock, void *buf, size_t cap, int *fds, unsigned *n_fds)
{
    _Alignas (struct cmsghdr) char control[CONTROL_BYTES];
    struct iovec iov = { .iov_base = buf, .iov_len = cap };
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t n;

    *n_fds = 0;
    do
        n = recvmsg (sock, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (!collect_fds (&msg, fds, n_fds) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        fd_close_all (fds, *n_fds);
        *n_fds = 0;
        return -EBADMSG;
    }
    return (int) n;
}
