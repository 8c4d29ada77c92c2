/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-copy.c - a file's bytes in another file. */
#include "image-copy.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fd.h"
#include "vitrine-error.h"

#define STEP_BYTES (4 << 20) /* between two looks at whether it is still wanted */

typedef struct {
    int from, to;
    guint8 *buffer; /* STEP_BYTES, until the kernel copies by itself */
    gboolean by_hand;
    off_t size, at;
    const ImageWatch *watch;
} Copy;

static gboolean
is_zero (const guint8 *bytes, gsize len)
{
    return len == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, len - 1) == 0);
}

/* LEN bytes from where we are, by a buffer.  Returns 0 or -errno. */
static int
copy_by_hand (Copy *copy, gsize len)
{
    int ret;

    if (!copy->buffer)
        copy->buffer = g_malloc (STEP_BYTES);
    ret = fd_pread_full (copy->from, copy->buffer, len, copy->at);
    if (ret == 0 && !is_zero (copy->buffer, len))
        ret = fd_pwrite_full (copy->to, copy->buffer, len, copy->at);
    if (ret == 0)
        copy->at += (off_t) len;
    return ret;
}

static int
copy_step (Copy *copy, gsize len)
{
    off_t from_at = copy->at, to_at = copy->at;
    ssize_t n;

    if (copy->by_hand)
        return copy_by_hand (copy, len);
    n = copy_file_range (copy->from, &from_at, copy->to, &to_at, len, 0);
    if (n > 0) {
        copy->at += n;
        return 0;
    }
    if (n == 0)
        return -EIO; /* it became shorter */
    if (errno == EINTR)
        return 0;
    if (errno == ENOSPC || errno == EDQUOT || errno == EIO)
        return -errno;
    copy->by_hand = TRUE; /* the kernel cannot, between these two */
    return 0;
}

/* Where the data go on from, and where they end; a file system or a device without holes is all data. */
static off_t
find_data (Copy *copy)
{
    off_t start = lseek (copy->from, copy->at, SEEK_DATA);
    off_t end;

    if (start < 0 && errno == ENXIO) {
        copy->at = copy->size;
        return copy->size;
    }
    if (start < 0)
        return copy->size;
    copy->at = start;
    end = lseek (copy->from, start, SEEK_HOLE);
    return end > start ? end : copy->size;
}

static int
copy_all (Copy *copy, GError **error)
{
    while (copy->at < copy->size) {
        off_t end = MIN (find_data (copy), copy->size);

        while (copy->at < end) {
            int ret;

            if (g_cancellable_set_error_if_cancelled (copy->watch->cancellable, error))
                return -ECANCELED;
            ret = copy_step (copy, (gsize) MIN (end - copy->at, (off_t) STEP_BYTES));
            if (ret < 0)
                return ret;
            if (copy->watch->progress)
                copy->watch->progress ((double) copy->at / (double) copy->size,
                                       copy->watch->user_data);
        }
    }
    return 0;
}

gboolean
image_copy (int from, int to, const char *path, const ImageWatch *watch, GError **error)
{
    Copy copy = { .from = from, .to = to, .size = lseek (from, 0, SEEK_END), .watch = watch };
    int ret;

    if (ioctl (to, FICLONE, from) == 0)
        return TRUE;
    ret = copy.size < 0 || ftruncate (to, copy.size) != 0 ? -errno : copy_all (&copy, error);
    g_free (copy.buffer);
    if (ret == 0)
        return TRUE;
    if (ret != -ECANCELED)
        g_set_error (error, VITRINE_ERROR,
                     ret == -ENOSPC || ret == -EDQUOT ? VITRINE_ERROR_NO_SPACE
                                                      : VITRINE_ERROR_ENGINE,
                     _ ("“%s” cannot be written: %s"), path, g_strerror (-ret));
    return FALSE;
}
