/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-ready.c - going into the background, and telling whoever started us how it went. */
#include "keeper-ready.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "vitrine-error.h"

void
keeper_ready_init (KeeperReady *self, int fd)
{
    self->fd = fd;
    if (fd >= 0)
        fd_set_cloexec (fd);
}

static void
write_all (int fd, const char *text)
{
    gsize len = strlen (text);

    while (len > 0) {
        ssize_t n = write (fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return; /* nobody waits any more */
        text += n;
        len -= (gsize) n;
    }
}

void
keeper_ready_tell (KeeperReady *self, const GError *error)
{
    g_autofree char *name = error ? g_dbus_error_encode_gerror (error) : NULL;
    g_autofree char *sentence = error ? g_strdup (error->message) : NULL;
    g_autofree char *text = NULL;

    if (error)
        g_printerr ("vitrine-keeper: %s\n", error->message);
    if (self->fd < 0)
        return;
    if (error)
        g_strdelimit (sentence, "\n", ' ');
    text = error ? g_strdup_printf ("ERR %s\n%s\n", name, sentence) : g_strdup ("OK\n");
    write_all (self->fd, text);
    fd_close (&self->fd);
}

static void
redirect (int error_fd)
{
    int null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);

    dup2 (null_fd, STDIN_FILENO);
    dup2 (null_fd, STDOUT_FILENO);
    dup2 (error_fd >= 0 ? error_fd : null_fd, STDERR_FILENO);
    if (null_fd > STDERR_FILENO)
        fd_close (&null_fd);
}

void
keeper_ready_log (const char *folder)
{
    g_autofree char *logs = g_build_filename (folder, "logs", NULL);
    g_autofree char *log = g_build_filename (logs, "keeper.log", NULL);
    g_autofree char *old = g_strconcat (log, ".1", NULL);
    int log_fd;

    g_mkdir (logs, 0700);
    g_rename (log, old);
    log_fd = open (log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    redirect (log_fd);
    fd_close (&log_fd);
}

gboolean
keeper_ready_detach (void)
{
    pid_t pid = fork ();

    if (pid < 0)
        return TRUE; /* no background then, but a machine */
    if (pid > 0) {
        while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return FALSE;
    }
    setsid ();
    pid = fork ();
    if (pid > 0)
        _exit (0);
    redirect (-1);
    return TRUE;
}
