/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-opening.c - the time until a process has its image: it is asked what any vhost-user process can tell,
 * which it does once that is open. */
#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "fd.h"
#include "keeper-storage-private.h"

#define ANSWER_BYTES (3 * sizeof (guint32) + 8)

gboolean
storage_opening_ask (int fd)
{
    const guint32 question[3] = { 1 /* GET_FEATURES */, 1 /* version */, 0 };

    return send (fd, question, sizeof question, MSG_NOSIGNAL) == sizeof question;
}

int
storage_opening_hear (int fd, gsize *n_in)
{
    guint8 answer[ANSWER_BYTES];
    gssize n = recv (fd, answer, sizeof answer - *n_in, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return -EPIPE;
    *n_in += (gsize) n;
    return *n_in == ANSWER_BYTES;
}

int
storage_opening_wait (int fd, guint patience_ms)
{
    gint64 deadline = g_get_monotonic_time () + patience_ms * G_TIME_SPAN_MILLISECOND;
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    gsize n_in = 0;
    int ret = 0;

    if (!storage_opening_ask (fd))
        return -EPIPE;
    while (ret == 0) {
        gint64 left_us = MAX (deadline - g_get_monotonic_time (), 0);
        int ready = poll (&poll_fd, 1, (int) (left_us / G_TIME_SPAN_MILLISECOND));

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return -ETIMEDOUT;
        ret = storage_opening_hear (fd, &n_in);
    }
    return MIN (ret, 0);
}

/* --- while the machine runs ------------------------------------------------------------------- */

void
storage_opening_stop (StorageDisk *disk)
{
    g_clear_handle_id (&disk->opening_watch, g_source_remove);
    g_clear_handle_id (&disk->opening_deadline, g_source_remove);
    fd_close (&disk->opening_fd);
}

static gboolean
answer_cb (int fd, GIOCondition condition, gpointer user_data)
{
    StorageDisk *disk = user_data;
    int ret = storage_opening_hear (fd, &disk->n_answer), own;

    if (ret == 0)
        return G_SOURCE_CONTINUE;
    disk->opening_watch = 0;
    own = fd_steal (&disk->opening_fd);
    storage_opening_stop (disk);
    if (ret > 0) {
        disk->start_us = g_get_monotonic_time ();
        storage_disk_tell (disk, own);
        return G_SOURCE_REMOVE;
    }
    fd_close (&own); /* it ends, and the next one is tried */
    return G_SOURCE_REMOVE;
}

static gboolean
late_cb (gpointer user_data)
{
    StorageDisk *disk = user_data;

    disk->opening_deadline = 0;
    if (disk->pid)
        kill (disk->pid, SIGKILL);
    return G_SOURCE_REMOVE;
}

void
storage_opening_begin (StorageDisk *disk, int fd)
{
    KeeperStorage *self = disk->storage;

    disk->opening_fd = fd;
    disk->n_answer = 0;
    disk->start_us = G_MAXINT64; /* it is not well before it has its image */
    self->ops->processes (self->owner);
    if (!storage_opening_ask (fd))
        return; /* it has ended already, which is heard of */
    disk->opening_watch = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, answer_cb, disk);
    disk->opening_deadline = g_timeout_add (KEEPER_STORAGE_SECRET_MS, late_cb, disk);
}
