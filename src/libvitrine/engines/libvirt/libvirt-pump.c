/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-pump.c - moves bytes between a stream of libvirt's and a socket.
 *
 * Theory of operation.  What has arrived of a stream is taken on the main thread, which never waits: it is in
 * libvirt's memory by then.  Sending may wait for the host, and saying good-bye does, so these two are calls
 * in the link's threads; one send is under way at a time, and only then is more read from the socket, so a
 * host that takes nothing leaves the user's bytes where they are.  What the socket does not take at once is
 * kept, at most one piece, and the stream is not asked for more until it is gone.
 */
#include "libvirt-pump.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vitrine-private.h"

#define PIECE_BYTES 65536
/* What virStreamRecv() and virStreamSend() answer when they would have to wait. */
#define WOULD_WAIT (-2)

typedef struct {
    guint refs; /* main thread: until stop(), a send's, and that of an end that is to come */
    LibvirtLink *link;
    virStreamPtr stream; /* NULL once it is over */
    int fd;
    int watched;       /* of the stream's events */
    GSource *readable; /* the socket's, while nothing is being sent */
    GSource *writable; /* while there is something left to write */
    char left[PIECE_BYTES];
    gsize left_at, left_len;
} Pump;

static void
unref (void *data)
{
    Pump *self = data;

    if (--self->refs > 0)
        return;
    libvirt_link_unref (self->link);
    g_free (self);
}

static void
clear_source (GSource **source)
{
    if (*source != NULL)
        g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void
abort_thread (virConnectPtr connection, GTask *answer, gpointer stream)
{
    virStreamAbort (stream);
    g_task_return_boolean (answer, TRUE);
}

static void
free_stream (gpointer stream)
{
    virStreamFree (stream);
}

static void
aborted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;

    g_task_return_boolean (task, TRUE);
}

/* Idempotent; drops the pump's own reference. */
static void
stop (Pump *self)
{
    virStreamPtr stream = g_steal_pointer (&self->stream);

    if (stream == NULL)
        return;
    clear_source (&self->readable);
    clear_source (&self->writable);
    vitrine_fd_clear (&self->fd);
    virStreamEventRemoveCallback (stream);
    libvirt_link_run (self->link, g_task_new (NULL, NULL, NULL, NULL), LIBVIRT_READ_S, abort_thread,
                      stream, free_stream, aborted_cb);
    unref (self);
}

/* --- from the stream to the socket ------------------------------------------------------------ */

static void
watch_stream (Pump *self, int events)
{
    if (self->watched != events && virStreamEventUpdateCallback (self->stream, events) == 0)
        self->watched = events;
}

static gboolean writable_cb (int fd, GIOCondition condition, gpointer user_data);

/* Writes what is left; FALSE when the socket has ended. */
static gboolean
flush (Pump *self)
{
    while (self->left_at < self->left_len) {
        ssize_t n = send (self->fd, self->left + self->left_at, self->left_len - self->left_at,
                          MSG_NOSIGNAL);

        if (n > 0)
            self->left_at += (gsize) n;
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            break;
        else
            return FALSE;
    }
    if (self->left_at < self->left_len && self->writable == NULL) {
        self->writable = g_unix_fd_source_new (self->fd, G_IO_OUT);
        g_source_set_callback (self->writable, G_SOURCE_FUNC (writable_cb), self, NULL);
        g_source_attach (self->writable, NULL);
        watch_stream (self, self->watched & ~VIR_STREAM_EVENT_READABLE);
    }
    return TRUE;
}

static gboolean
writable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    Pump *self = user_data;

    if (!flush (self)) {
        stop (self);
        return G_SOURCE_REMOVE;
    }
    if (self->left_at < self->left_len)
        return G_SOURCE_CONTINUE;
    clear_source (&self->writable);
    watch_stream (self, self->watched | VIR_STREAM_EVENT_READABLE);
    return G_SOURCE_REMOVE;
}

/* FALSE at the end of either. */
static gboolean
receive (Pump *self)
{
    while (self->left_at == self->left_len) {
        int n = virStreamRecv (self->stream, self->left, sizeof self->left);

        if (n == WOULD_WAIT)
            return TRUE;
        if (n <= 0)
            return FALSE;
        self->left_at = 0;
        self->left_len = (gsize) n;
        if (!flush (self))
            return FALSE;
    }
    return TRUE;
}

/* --- from the socket to the stream ------------------------------------------------------------ */

typedef struct {
    virStreamPtr stream;
    char bytes[PIECE_BYTES];
    gsize at, len;
} Piece;

static void
piece_free (gpointer data)
{
    Piece *piece = data;

    virStreamFree (piece->stream);
    g_free (piece);
}

static void watch_socket (Pump *self);

/* Answers with how much could not be sent yet, and what. */
static void
send_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    Piece *piece = data;
    int n = 0;

    while (piece->at < piece->len) {
        n = virStreamSend (piece->stream, piece->bytes + piece->at, piece->len - piece->at);
        if (n < 0)
            break;
        piece->at += (gsize) n;
    }
    if (n < 0 && n != WOULD_WAIT)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_ENGINE, "%s",
                                 virGetLastErrorMessage ());
    else
        g_task_return_pointer (answer,
                               g_bytes_new (piece->bytes + piece->at, piece->len - piece->at),
                               (GDestroyNotify) g_bytes_unref);
}

static void send_bytes (Pump *self, const char *bytes, gsize len);

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Pump *self = g_task_get_task_data (task);
    g_autoptr (GBytes) rest = g_task_propagate_pointer (G_TASK (result), NULL);
    gsize len;
    const char *bytes = rest != NULL ? g_bytes_get_data (rest, &len) : NULL;

    g_task_return_boolean (task, TRUE);
    if (self->stream == NULL)
        return;
    if (rest == NULL)
        stop (self);
    else if (len > 0)
        send_bytes (self, bytes, len);
    else
        watch_socket (self);
}

static void
send_bytes (Pump *self, const char *bytes, gsize len)
{
    GTask *task = g_task_new (NULL, NULL, NULL, NULL);
    Piece *piece = g_new0 (Piece, 1);

    virStreamRef (self->stream);
    piece->stream = self->stream;
    piece->len = len;
    memcpy (piece->bytes, bytes, len);
    self->refs++;
    g_task_set_task_data (task, self, unref);
    libvirt_link_run (self->link, task, LIBVIRT_READ_S, send_thread, piece, piece_free, sent_cb);
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
    Pump *self = user_data;
    char bytes[PIECE_BYTES];
    ssize_t n = read (fd, bytes, sizeof bytes);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        stop (self);
        return G_SOURCE_REMOVE;
    }
    clear_source (&self->readable);
    send_bytes (self, bytes, (gsize) n);
    return G_SOURCE_REMOVE;
}

static void
watch_socket (Pump *self)
{
    self->readable = g_unix_fd_source_new (self->fd, G_IO_IN);
    g_source_set_callback (self->readable, G_SOURCE_FUNC (readable_cb), self, NULL);
    g_source_attach (self->readable, NULL);
}

/* --- the stream's events ---------------------------------------------------------------------- */

static gboolean
stop_cb (gpointer user_data)
{
    stop (user_data);
    return G_SOURCE_REMOVE;
}

/* Ends outside of the stream's own callback, which holds locks of its. */
static void
event_cb (virStreamPtr stream, int events, void *user_data)
{
    Pump *self = user_data;
    gboolean goes_on = self->stream != NULL;

    if (goes_on && (events & VIR_STREAM_EVENT_READABLE))
        goes_on = receive (self);
    else if (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP))
        goes_on = FALSE;
    if (goes_on || self->stream == NULL)
        return;
    self->refs++;
    g_idle_add_full (G_PRIORITY_DEFAULT, stop_cb, self, unref);
}

void
libvirt_pump_start (LibvirtLink *link, virStreamPtr stream, int fd)
{
    Pump *self = g_new0 (Pump, 1);

    self->refs = 1;
    self->link = libvirt_link_ref (link);
    self->stream = stream;
    self->fd = fd;
    self->watched = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;
    fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
    /* Taken back by stop(), on the thread that calls it; libvirt's remote driver frees nothing itself. */
    if (virStreamEventAddCallback (stream, self->watched, event_cb, self, NULL) < 0) {
        stop (self);
        return;
    }
    watch_socket (self);
}
