/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-log.c - a log file of bounded size, fed by hand or from a pipe. */
#include "keeper-log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

#define MAX_LINE_BYTES 400
#define READ_BYTES     4096
#define MAX_READS      64 /* of one turn of the loop */

struct _KeeperLog {
    char *path;
    gsize max_bytes;
    gsize n_bytes;
    int fd;      /* -1 when the log was given up */
    int pipe_fd; /* the end we read from, or -1 */
    guint pipe_watch;
    GString *line; /* of which no end was seen yet */
    char *last_line;
};

static void
give_up (KeeperLog *self, const char *what, int errnum)
{
    g_printerr ("vitrine-keeper: %s: %s: %s\n", self->path, what, g_strerror (errnum));
    fd_close (&self->fd);
}

static void
begin_file (KeeperLog *self)
{
    g_autofree char *old = g_strconcat (self->path, ".1", NULL);

    fd_close (&self->fd);
    g_rename (self->path, old);
    self->n_bytes = 0;
    self->fd =
        open (self->path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (self->fd < 0)
        give_up (self, "cannot be made", errno);
}

KeeperLog *
keeper_log_open (const char *folder, const char *name, gsize max_bytes)
{
    KeeperLog *self = g_new0 (KeeperLog, 1);

    g_mkdir (folder, 0700);
    self->path = g_build_filename (folder, name, NULL);
    self->max_bytes = max_bytes;
    self->fd = self->pipe_fd = -1;
    self->line = g_string_new (NULL);
    self->last_line = g_strdup ("");
    begin_file (self);
    return self;
}

static void
end_line (KeeperLog *self)
{
    gsize n = MIN (self->line->len, MAX_LINE_BYTES);

    if (n > 0) {
        g_free (self->last_line);
        self->last_line = g_utf8_make_valid (self->line->str + self->line->len - n, (gssize) n);
    }
    g_string_truncate (self->line, 0);
}

static void
note_lines (KeeperLog *self, const char *data, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        if (data[i] == '\n') {
            end_line (self);
            continue;
        }
        if (self->line->len == 2 * MAX_LINE_BYTES)
            g_string_erase (self->line, 0, MAX_LINE_BYTES);
        g_string_append_c (self->line, data[i]);
    }
}

void
keeper_log_write (KeeperLog *self, const void *data, gsize len)
{
    const char *p = data;

    note_lines (self, data, len);
    while (len > 0 && self->fd >= 0) {
        gsize room = self->max_bytes - self->n_bytes;
        ssize_t n = write (self->fd, p, MIN (len, room));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            give_up (self, "cannot be written", errno);
            return;
        }
        p += n;
        len -= (gsize) n;
        self->n_bytes += (gsize) n;
        if (self->n_bytes >= self->max_bytes)
            begin_file (self);
    }
}

/* --- the pipe -------------------------------------------------------------------------------- */

/* Returns FALSE when all writers are gone. */
static gboolean
read_pipe (KeeperLog *self)
{
    char buffer[READ_BYTES];

    for (guint i = 0; i < MAX_READS; i++) {
        ssize_t n = read (self->pipe_fd, buffer, sizeof buffer);

        if (n > 0)
            keeper_log_write (self, buffer, (gsize) n);
        else if (n == 0)
            return FALSE;
        else if (errno != EINTR)
            return errno == EAGAIN;
    }
    return TRUE;
}

static gboolean
pipe_cb (int fd, GIOCondition condition, gpointer user_data)
{
    KeeperLog *self = user_data;

    if (read_pipe (self))
        return G_SOURCE_CONTINUE;
    self->pipe_watch = 0;
    fd_close (&self->pipe_fd);
    end_line (self);
    return G_SOURCE_REMOVE;
}

int
keeper_log_make_pipe (KeeperLog *self, int *write_fd)
{
    int fds[2];

    keeper_log_drain (self);
    g_clear_handle_id (&self->pipe_watch, g_source_remove);
    fd_close (&self->pipe_fd);
    if (pipe2 (fds, O_CLOEXEC) < 0)
        return -errno;
    fd_set_nonblock (fds[0]);
    self->pipe_fd = fds[0];
    self->pipe_watch = g_unix_fd_add (fds[0], G_IO_IN | G_IO_HUP, pipe_cb, self);
    *write_fd = fds[1];
    return 0;
}

void
keeper_log_drain (KeeperLog *self)
{
    if (self->pipe_fd >= 0)
        read_pipe (self);
}

const char *
keeper_log_get_last_line (KeeperLog *self)
{
    if (self->line->len > 0)
        end_line (self);
    return self->last_line;
}

void
keeper_log_close (KeeperLog *self)
{
    if (!self)
        return;
    g_clear_handle_id (&self->pipe_watch, g_source_remove);
    fd_close (&self->pipe_fd);
    fd_close (&self->fd);
    g_string_free (self->line, TRUE);
    g_free (self->last_line);
    g_free (self->path);
    g_free (self);
}
