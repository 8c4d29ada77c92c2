/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chardev.h - a byte stream between a guest's port and a socket the keeper holds.
 *
 * Output goes into a fixed ring and from there to the socket as it takes it; a full ring means "not
 * now", which the device shows to the guest as a transmitter that is still busy.  Input is offered
 * to the device when it says that it has room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chardev;
struct loop;

struct chardev_ops {
    /* The socket has input: the device takes what it can with chardev_read().  Loop thread. */
    void (*readable) (void *opaque);
    /* There is room for output again after chardev_write() came up short.  Loop thread. */
    void (*writable) (void *opaque);
};

/* FD, a stream socket or a pipe for output only, is taken over (also on failure).
 * Returns NULL with errno set. */
struct chardev *chardev_open (struct loop *loop, int fd);

/* Flushes what the socket takes without waiting.  With the loop stopped, or on its thread. */
void chardev_close (struct chardev *chardev);

/* Who is told; before the machine runs. */
void chardev_set_ops (struct chardev *chardev, const struct chardev_ops *ops, void *opaque);

/* Queues up to LEN bytes and returns how many were taken.  CHARDEV may be NULL: takes all, to nowhere.
 * Any thread. */
size_t chardev_write (struct chardev *chardev, const void *buf, size_t len);

/* Takes up to LEN bytes of input; 0 when there is none now (readable() will tell).  NULL has none.
 * Any thread. */
size_t chardev_read (struct chardev *chardev, void *buf, size_t len);
