/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-runtime.c - the folder of a running machine's sockets. */
#include "keeper-runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"
#include "vitrine-error.h"

#define MAX_TRIES 10

static gboolean
refuse (GError **error, const char *path, int errnum)
{
    g_set_error (error, VITRINE_ERROR,
                 errnum == EACCES ? VITRINE_ERROR_DENIED : VITRINE_ERROR_ENGINE,
                 _ ("The folder %s cannot be used: %s"), path, g_strerror (errnum));
    return FALSE;
}

static gboolean
check_folder (const char *path, int fd, GError **error)
{
    struct stat st;

    if (fstat (fd, &st) < 0)
        return refuse (error, path, errno);
    if (st.st_uid != geteuid () || (st.st_mode & 077) != 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("Others than you may enter the folder %s; remove it"), path);
        return FALSE;
    }
    return TRUE;
}

static int
lock_folder (const char *path, const char *name, GError **error)
{
    for (guint i = 0; i < MAX_TRIES; i++) {
        int fd;

        if (g_mkdir_with_parents (path, 0700) < 0
            || (fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0) {
            refuse (error, path, errno);
            return -1;
        }
        if (!check_folder (path, fd, error)) {
            fd_close (&fd);
            return -1;
        }
        if (flock (fd, LOCK_EX | LOCK_NB) < 0) {
            fd_close (&fd);
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("“%s” is already running"),
                         name);
            return -1;
        }
        if (fd_is_at (fd, path)) /* a keeper that ended may have removed it since */
            return fd;
        fd_close (&fd);
    }
    refuse (error, path, EBUSY);
    return -1;
}

gboolean
keeper_runtime_open (KeeperRuntime *self, const char *path, const char *name, GError **error)
{
    self->path = g_strdup (path);
    self->control = g_build_filename (path, "control", NULL);
    self->lock_fd = -1;
    if (strlen (self->control) >= sizeof ((struct sockaddr_un *) NULL)->sun_path) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("The path %s is too long for a socket"), self->control);
        return FALSE;
    }
    self->lock_fd = lock_folder (path, name, error);
    if (self->lock_fd < 0)
        return FALSE;
    self->was_killed = g_unlink (self->control) == 0;
    return TRUE;
}

void
keeper_runtime_close (KeeperRuntime *self)
{
    if (self->lock_fd >= 0) {
        g_unlink (self->control);
        g_rmdir (self->path);
    }
    fd_close (&self->lock_fd);
    g_clear_pointer (&self->path, g_free);
    g_clear_pointer (&self->control, g_free);
}
