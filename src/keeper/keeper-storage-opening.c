/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-opening.c - the time until a process has its image: it is asked what any vhost-user process can tell,
 * which it does once that is open. */
#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/socket.h>

#include "fd.h"
#include "keeper-storage-private.h"

#define ANSWER_BYTES (3 * sizeof (guint32) + 8)

/* Asks the process at the other end of FD; FALSE when it has ended. */
static gboolean
ask (int fd)
{
    const guint32 question[3] = { 1 /* GET_FEATURES */, 1 /* version */, 0 };

    return send (fd, question, sizeof question, MSG_NOSIGNAL) == sizeof question;
}

/* Takes what there is of the answer, of which *N_IN bytes came before: 1 when that is all, 0 when there is more to come, or
 * -errno. */
static int
hear (int fd, gsize *n_in)
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

    if (!ask (fd))
        return -EPIPE;
    while (ret == 0) {
        gint64 left_us = MAX (deadline - g_get_monotonic_time (), 0);
        int ready = poll (&poll_fd, 1, (int) (left_us / G_TIME_SPAN_MILLISECOND));

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return -ETIMEDOUT;
        ret = hear (fd, &n_in);
    }
    return MIN (ret, 0);
}

/* --- not waiting for it ---------------------------------------------------------------------- */

void
storage_opening_stop (StorageDisk *disk)
{
    StorageOpening *opening = &disk->opening;

    g_clear_handle_id (&opening->watch, g_source_remove);
    g_clear_handle_id (&opening->timer, g_source_remove);
    fd_close (&opening->fd);
}

static void
end (StorageDisk *disk, int ret)
{
    int fd = ret == 0 ? fd_steal (&disk->opening.fd) : -1;

    storage_opening_stop (disk);
    disk->opening.opened (disk, fd, ret);
}

static gboolean
answer_cb (int fd, GIOCondition condition, gpointer user_data)
{
    StorageDisk *disk = user_data;
    int ret = hear (fd, &disk->opening.n_in);

    if (ret == 0)
        return G_SOURCE_CONTINUE;
    disk->opening.watch = 0;
    end (disk, MIN (ret, 0));
    return G_SOURCE_REMOVE;
}

static gboolean
too_late_cb (gpointer user_data)
{
    StorageDisk *disk = user_data;

    disk->opening.timer = 0;
    end (disk, -ETIMEDOUT);
    return G_SOURCE_REMOVE;
}

void
storage_opening_begin (StorageDisk *disk, int fd, guint patience_ms, StorageOpened opened)
{
    disk->opening = (StorageOpening){ .fd = fd, .patience_ms = patience_ms, .opened = opened };
    ask (fd); /* one that has ended is heard of as well */
    disk->opening.watch = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, answer_cb, disk);
    disk->opening.timer = g_timeout_add (patience_ms, too_late_cb, disk);
}
