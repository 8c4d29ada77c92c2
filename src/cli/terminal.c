/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal.c - what is asked for on the user's terminal, and is not shown as it is typed. */
#include "terminal.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

gboolean
terminal_open (struct terminal *self)
{
    self->fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (self->fd >= 0 && tcgetattr (self->fd, &self->shown) == 0)
        return TRUE;
    terminal_close (self);
    return FALSE;
}

void
terminal_close (struct terminal *self)
{
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

static gboolean
ready_cb (int fd, GIOCondition condition, gpointer user_data)
{
    *(gboolean *) user_data = TRUE;
    return G_SOURCE_REMOVE;
}

static gboolean
wait_for_line (struct cli *cli, int fd, GError **error)
{
    gboolean is_ready = FALSE;
    guint source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, ready_cb, &is_ready);

    while (!is_ready && !g_cancellable_is_cancelled (cli->cancellable))
        g_main_context_iteration (NULL, TRUE);
    if (!is_ready)
        g_source_remove (source);
    return is_ready || !g_cancellable_set_error_if_cancelled (cli->cancellable, error);
}

gpointer
terminal_ask (struct terminal *self, struct cli *cli, const char *question,
              gpointer (*read) (int fd, GError **error), GError **error)
{
    struct termios quiet = self->shown;
    gpointer line = NULL;

    quiet.c_lflag = (quiet.c_lflag & ~(tcflag_t) (ECHO | ECHOE | ECHOK)) | ECHONL | ICANON | ISIG;
    tcsetattr (self->fd, TCSAFLUSH, &quiet);
    dprintf (self->fd, "%s", question);
    if (wait_for_line (cli, self->fd, error))
        line = read (self->fd, error);
    tcsetattr (self->fd, TCSAFLUSH, &self->shown);
    return line;
}
