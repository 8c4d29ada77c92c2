/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-nvram.c - the file that keeps a machine's UEFI variables, whole at every moment.
 *
 * What is in it: a firmware volume (UEFI Platform Initialization 1.7, volume 3, §3.2.1) as long as
 * the file.  Its first half holds the variables, its second half is spare: firmware that moves
 * variables writes them there first, and finds them there if the power fails meanwhile.  So what a
 * machine leaves behind has the volume's header at the beginning of one of both; a file that has it
 * in neither place was torn or never was one, and firmware would make it anew without a word.
 */
#include "keeper-nvram.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "keeper-lock.h"
#include "vitrine-error.h"
#include "vmm-protocol.h"

#define VOLUME_LENGTH      0x20
#define VOLUME_SIGNATURE   0x28
#define VOLUME_HEADER_SIZE 0x30
#define VOLUME_HEADER_MIN  0x38

#define MAX_TRIES 8

/* --- what is in it --------------------------------------------------------------------------- */

/* Whether a header of a volume of SIZE bytes is at HEADER, where LEN bytes are. */
static gboolean
is_volume (const guint8 *header, gsize len, gsize size)
{
    guint header_size;
    guint16 sum = 0;

    if (len < VOLUME_HEADER_MIN || memcmp (header + VOLUME_SIGNATURE, "_FVH", 4) != 0
        || load_le64 (header + VOLUME_LENGTH) != size)
        return FALSE;
    header_size = load_le16 (header + VOLUME_HEADER_SIZE);
    if (header_size < VOLUME_HEADER_MIN || header_size > len || header_size % 2)
        return FALSE;
    for (guint i = 0; i < header_size; i += 2)
        sum = (guint16) (sum + load_le16 (header + i));
    return sum == 0;
}

gboolean
keeper_nvram_check (const char *path, const guint8 *data, gsize size, GError **error)
{
    gsize half = size / 2;

    if (size >= 2 * VMM_VARIABLES_BLOCK && size <= KEEPER_NVRAM_MAX_BYTES
        && size % VMM_VARIABLES_BLOCK == 0
        && (is_volume (data, half, size) || is_volume (data + half, half, size)))
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("The file “%s” holds no UEFI variables, or they are damaged; “vitrinectl start "
                    "--reset-nvram” makes them anew"),
                 path);
    return FALSE;
}

/* --- reading --------------------------------------------------------------------------------- */

static void
explain (const char *path, int errnum, GError **error)
{
    gint code = errnum == ENOENT || errnum == ENOTDIR                    ? VITRINE_ERROR_NOT_FOUND
                : errnum == EACCES || errnum == EPERM || errnum == EROFS ? VITRINE_ERROR_DENIED
                : errnum == ENOSPC || errnum == EDQUOT                   ? VITRINE_ERROR_NO_SPACE
                                                                         : VITRINE_ERROR_ENGINE;

    g_set_error (error, VITRINE_ERROR, code, _ ("The UEFI variables “%s” cannot be used: %s"), path,
                 g_strerror (errnum));
}

/* All of FD, which is PATH. */
static GBytes *
read_all (int fd, const char *path, GError **error)
{
    g_autofree guint8 *data = NULL;
    struct stat st;
    gsize size;
    int ret;

    if (fstat (fd, &st) < 0) {
        explain (path, errno, error);
        return NULL;
    }
    size = S_ISREG (st.st_mode) && st.st_size <= KEEPER_NVRAM_MAX_BYTES ? (gsize) st.st_size : 0;
    data = g_malloc (size + 1);
    ret = fd_pread_full (fd, data, size, 0);
    if (ret < 0) {
        explain (path, -ret, error);
        return NULL;
    }
    if (!keeper_nvram_check (path, data, size, error))
        return NULL;
    return g_bytes_new_take (g_steal_pointer (&data), size);
}

static GBytes *
read_template (const KeeperNvram *self, GError **error)
{
    GBytes *bytes;
    int fd;

    if (!self->template) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                     _ ("There is nothing to make the UEFI variables “%s” from; name a file with "
                        "<nvram template='…'>"),
                     self->path);
        return NULL;
    }
    fd = open (self->template, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        explain (self->template, errno, error);
        return NULL;
    }
    bytes = read_all (fd, self->template, error);
    fd_close (&fd);
    return bytes;
}

/* --- the file and its lock ------------------------------------------------------------------- */

static gboolean
refuse_busy (const KeeperNvram *self, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                 _ ("The UEFI variables “%s” are in use by another machine"), self->path);
    return FALSE;
}

/* Opens and locks the file; lock_fd stays -1, and TRUE is returned, when there is none.  Whoever has
 * the lock may put another file in its place before it lets go: then the lock of that is asked for.
 */
static gboolean
open_locked (KeeperNvram *self, GError **error)
{
    for (guint i = 0; i < MAX_TRIES; i++) {
        int fd = open (self->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        int ret;

        if (fd < 0 && errno == ENOENT)
            return TRUE;
        if (fd < 0) {
            explain (self->path, errno, error);
            return FALSE;
        }
        ret = fd_lock (fd, true);
        if (ret == 0 && fd_is_at (fd, self->path)) {
            self->lock_fd = fd;
            return TRUE;
        }
        fd_close (&fd);
        if (ret == -EAGAIN)
            return refuse_busy (self, error);
        if (ret < 0) {
            explain (self->path, -ret, error);
            return FALSE;
        }
    }
    return refuse_busy (self, error);
}

GBytes *
keeper_nvram_open (KeeperNvram *self, const char *path, const char *template, gboolean reset,
                   GError **error)
{
    g_autoptr (GBytes) bytes = NULL;

    self->path = realpath (path, NULL); /* a link stays one: what it leads to is replaced */
    if (!self->path)
        self->path = g_strdup (path);
    self->template = g_strdup (template);
    self->lock_fd = -1;
    if (!open_locked (self, error))
        return NULL;
    if (self->lock_fd >= 0 && !reset)
        return read_all (self->lock_fd, self->path, error);
    bytes = read_template (self, error);
    if (!bytes || !keeper_nvram_save (self, bytes, error))
        return NULL;
    return g_steal_pointer (&bytes);
}

/* --- writing --------------------------------------------------------------------------------- */

/* Makes WAY, locked and with BYTES in it, on the disk.  Returns the descriptor or -errno. */
static int
make_locked (const char *way, GBytes *bytes)
{
    gsize size;
    const void *data = g_bytes_get_data (bytes, &size);
    int fd = open (way, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int ret;

    if (fd < 0)
        return -errno;
    ret = fd_lock (fd, true);
    if (ret == 0)
        ret = fd_pwrite_full (fd, data, size, 0);
    if (ret == 0 && fsync (fd) < 0)
        ret = -errno;
    if (ret < 0)
        fd_close (&fd);
    return ret < 0 ? ret : fd;
}

/* That a file has a new name is in its folder. */
static void
sync_folder (const char *path)
{
    g_autofree char *folder = g_path_get_dirname (path);
    int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0)
        fsync (fd);
    fd_close (&fd);
}

gboolean
keeper_nvram_save (KeeperNvram *self, GBytes *bytes, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (self->path);
    g_autofree char *name = g_path_get_basename (self->path);
    g_autofree char *way_name = g_strdup_printf (".%s.new", name);
    g_autofree char *way = g_build_filename (folder, way_name, NULL);
    int fd = make_locked (way, bytes);

    if (fd >= 0 && rename (way, self->path) < 0) {
        int saved = errno;

        fd_close (&fd);
        fd = -saved;
    }
    if (fd < 0) {
        unlink (way);
        explain (self->path, -fd, error);
        return FALSE;
    }
    sync_folder (self->path);
    fd_close (&self->lock_fd); /* of the file that is no more */
    self->lock_fd = fd;
    return TRUE;
}

void
keeper_nvram_close (KeeperNvram *self)
{
    if (self->path)
        fd_close (&self->lock_fd);
    g_clear_pointer (&self->path, g_free);
    g_clear_pointer (&self->template, g_free);
}
