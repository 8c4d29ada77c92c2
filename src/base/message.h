/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.h - one datagram with descriptors over an AF_UNIX SOCK_SEQPACKET socket.
 *
 * The transport of the VMM socket and of the display channel.  A message arrives whole or is
 * refused whole: a truncated one, in bytes or in descriptors, is an error, and no descriptor that
 * came with a refused message stays open.
 */
#pragma once

#include <stddef.h>

/* As many descriptors as one message may carry; the kernel's own limit (SCM_MAX_FD) is 253. */
#define MESSAGE_MAX_FDS 192

/* Sends LEN bytes and N_FDS descriptors (which stay the caller's).
 * Returns 0, -EAGAIN when a non-blocking socket is full, -EPIPE when the peer is gone, or -errno. */
int message_send (int sock, const void *buf, size_t len, const int *fds, unsigned n_fds);

/* Receives one message into BUF (CAP bytes) and its descriptors into FDS (room for MESSAGE_MAX_FDS),
 * each close-on-exec and the caller's to close; *N_FDS says how many.
 * Returns the length, 0 when the peer closed its end, -EBADMSG for a message that does not fit,
 * -EAGAIN when there is none, or -errno. */
int message_receive (int sock, void *buf, size_t cap, int *fds, unsigned *n_fds);
