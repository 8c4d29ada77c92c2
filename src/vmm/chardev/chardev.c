/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chardev.c - a byte stream between a guest's port and a socket the keeper holds.
 *
 * Theory of operation.  A vCPU only copies into the ring and, if the ring was idle, queues work:
 * all sending happens on the loop's thread, which takes as many bytes at a time as have gathered. A
 * guest that prints byte by byte thus costs one send a burst, and never waits in one.
 *
 * The descriptor is watched edge-triggered.  Input that the device has no room for stays in the
 * socket without waking the loop again; the device fetches it with chardev_read() when the guest
 * has made room, and once it has found the socket empty, the next arrival is a new edge.  EPOLLOUT
 * is asked for only while the socket refuses what the ring holds.
 *
 * When the peer hangs up, output is swallowed from then on, as by a serial cable pulled out; what
 * the peer had sent before can still be read.
 */
#include "chardev.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "loop.h"

#define RING_BYTES 65536u /* a power of two: head and tail run freely and are masked on use */

struct chardev {
    struct loop *loop;
    int fd; /* owned */
    bool is_socket;
    struct loop_watch watch; /* loop thread */
    bool wants_out;          /* EPOLLOUT is asked for; loop thread */
    struct loop_work flush_work;
    const struct chardev_ops *ops; /* NULL until set */
    void *opaque;

    pthread_mutex_t lock; /* guards what follows */
    bool is_gone;         /* the peer hung up: output is swallowed */
    bool is_starved;      /* a write came up short: writable() is owed */
    uint32_t head, tail;  /* bytes ever put in and taken out */
    uint8_t ring[RING_BYTES];
};

static uint32_t
input_events (const struct chardev *chardev)
{
    return EPOLLET | (chardev->is_socket ? EPOLLIN : 0);
}

/* Sends the ring's first contiguous run.  Returns what the socket took, or -errno. */
static ssize_t
send_run_locked (struct chardev *chardev)
{
    uint32_t at = chardev->tail % RING_BYTES;
    size_t len = MIN_OF (chardev->head - chardev->tail, RING_BYTES - at);
    ssize_t n;

    do {
        n = chardev->is_socket ? send (chardev->fd, chardev->ring + at, len, MSG_NOSIGNAL)
                               : write (chardev->fd, chardev->ring + at, len);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static void
hang_up_locked (struct chardev *chardev)
{
    chardev->is_gone = true;
    chardev->tail = chardev->head;
}

/* Sends what the socket takes without waiting; every error but "full" is the peer's end. */
static void
drain_locked (struct chardev *chardev)
{
    while (chardev->head != chardev->tail) {
        ssize_t n = send_run_locked (chardev);

        if (n == -EAGAIN || n == -EWOULDBLOCK)
            return;
        if (n <= 0) {
            hang_up_locked (chardev);
            return;
        }
        chardev->tail += (uint32_t)n;
    }
}

static void
watch_out (struct chardev *chardev, bool on)
{
    if (chardev->wants_out == on || chardev->watch.fd < 0)
        return;
    chardev->wants_out = on;
    loop_watch_change (chardev->loop, &chardev->watch,
                       input_events (chardev) | (on ? EPOLLOUT : 0));
}

/* Sends, then tells the device if it waits and there is room. */
static void
flush_cb (void *opaque)
{
    struct chardev *chardev = opaque;
    bool tell, is_left;

    pthread_mutex_lock (&chardev->lock);
    drain_locked (chardev);
    is_left = chardev->head != chardev->tail;
    tell = chardev->is_starved && chardev->head - chardev->tail < RING_BYTES;
    if (tell)
        chardev->is_starved = false;
    pthread_mutex_unlock (&chardev->lock);

    watch_out (chardev, is_left);
    if (tell && chardev->ops)
        chardev->ops->writable (chardev->opaque);
}

static void
watch_cb (void *opaque, uint32_t events)
{
    struct chardev *chardev = opaque;

    if (events & (EPOLLHUP | EPOLLERR)) {
        pthread_mutex_lock (&chardev->lock);
        hang_up_locked (chardev);
        pthread_mutex_unlock (&chardev->lock);
        loop_watch_remove (chardev->loop, &chardev->watch);
    }
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        flush_cb (chardev);
    if (chardev->is_socket && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && chardev->ops)
        chardev->ops->readable (chardev->opaque);
}

struct chardev *
chardev_open (struct loop *loop, int fd)
{
    struct chardev *chardev = calloc (1, sizeof *chardev);
    struct stat st;
    int ret;

    if (!chardev) {
        fd_close (&fd);
        errno = ENOMEM;
        return NULL;
    }
    chardev->loop = loop;
    chardev->fd = fd;
    chardev->watch = (struct loop_watch)LOOP_WATCH_INIT;
    loop_work_init (&chardev->flush_work, flush_cb, chardev);
    pthread_mutex_init (&chardev->lock, NULL);

    ret = fstat (fd, &st) < 0 ? -errno : fd_set_nonblock (fd);
    if (ret == 0) {
        chardev->is_socket = S_ISSOCK (st.st_mode);
        ret = loop_watch_add (loop, &chardev->watch, fd, input_events (chardev), watch_cb, chardev);
    }
    if (ret < 0) {
        chardev_close (chardev);
        errno = -ret;
        return NULL;
    }
    return chardev;
}

void
chardev_close (struct chardev *chardev)
{
    if (!chardev)
        return;
    pthread_mutex_lock (&chardev->lock);
    drain_locked (chardev);
    pthread_mutex_unlock (&chardev->lock);
    loop_work_cancel (chardev->loop, &chardev->flush_work);
    loop_watch_remove (chardev->loop, &chardev->watch);
    fd_close (&chardev->fd);
    pthread_mutex_destroy (&chardev->lock);
    free (chardev);
}

void
chardev_set_ops (struct chardev *chardev, const struct chardev_ops *ops, void *opaque)
{
    chardev->ops = ops;
    chardev->opaque = opaque;
    if (chardev->watch.fd >= 0) /* makes an edge of what came before somebody listened */
        loop_watch_change (chardev->loop, &chardev->watch,
                           input_events (chardev) | (chardev->wants_out ? EPOLLOUT : 0));
}

size_t
chardev_write (struct chardev *chardev, const void *buf, size_t len)
{
    uint32_t at, n, first;
    bool was_idle;

    if (!chardev || len == 0)
        return len;

    pthread_mutex_lock (&chardev->lock);
    if (chardev->is_gone) {
        pthread_mutex_unlock (&chardev->lock);
        return len;
    }
    was_idle = chardev->head == chardev->tail;
    n = RING_BYTES - (chardev->head - chardev->tail);
    if (len < n)
        n = (uint32_t)len;
    else if (len > n)
        chardev->is_starved = true;
    at = chardev->head % RING_BYTES;
    first = MIN_OF (n, RING_BYTES - at);
    memcpy (chardev->ring + at, buf, first);
    memcpy (chardev->ring, (const uint8_t *)buf + first, n - first);
    chardev->head += n;
    pthread_mutex_unlock (&chardev->lock);

    if (was_idle)
        loop_work_queue (chardev->loop, &chardev->flush_work);
    return n;
}

size_t
chardev_read (struct chardev *chardev, void *buf, size_t len)
{
    ssize_t n;

    if (!chardev || !chardev->is_socket || len == 0)
        return 0;
    do {
        n = recv (chardev->fd, buf, len, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? 0 : (size_t)n;
}
