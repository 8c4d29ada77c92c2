/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-allocate.c - a new image, and how much of its space is taken at once.
 *
 * A qcow2 image gets its tables from qemu-img, which leaves holes where data will be; what fills them is the same for
 * it and a raw image, and done here in steps, so that one can see how far it is and end it.
 */
#include "image-allocate.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fd.h"
#include "vitrine-error.h"

#define ASIDE_BYTES (256 << 20) /* set aside between two looks at whether it is still wanted */
#define ZERO_BYTES  (4 << 20)   /* written between them */

gboolean
image_allocation_from_string (const char *word, ImageAllocation *allocation)
{
    static const char *const words[] = {
        [IMAGE_ALLOCATION_OFF] = "off",
        [IMAGE_ALLOCATION_METADATA] = "metadata",
        [IMAGE_ALLOCATION_FALLOC] = "falloc",
        [IMAGE_ALLOCATION_FULL] = "full",
    };

    for (guint i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_str_equal (words[i], word)) {
            *allocation = (ImageAllocation) i;
            return TRUE;
        }
    return FALSE;
}

gboolean
image_allocation_check (ImageAllocation allocation, VitrineDefinitionFormat format, GError **error)
{
    gboolean is_raw =
        format == VITRINE_DEFINITION_FORMAT_RAW || format == VITRINE_DEFINITION_FORMAT_LUKS;

    if (allocation == IMAGE_ALLOCATION_OFF || format == VITRINE_DEFINITION_FORMAT_QCOW2
        || (is_raw && allocation != IMAGE_ALLOCATION_METADATA))
        return TRUE;
    if (is_raw)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("A raw disk has no metadata that could be made beforehand; say "
                        "preallocation=falloc or full, or format=qcow2"));
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("Only raw and qcow2 disks can take their space beforehand"));
    return FALSE;
}

typedef struct {
    int fd;
    gboolean all_holes; /* as is known without asking the file system */
    off_t size, at;
    const ImageWatch *watch;
} Filling;

/* From AT, or further on, to what is returned there is nothing yet. */
static off_t
find_hole (Filling *filling)
{
    off_t start, end;

    if (filling->all_holes)
        return filling->size;
    start = lseek (filling->fd, filling->at, SEEK_HOLE);
    filling->at = start < 0 ? filling->size : MIN (start, filling->size);
    end = lseek (filling->fd, filling->at, SEEK_DATA);
    return end < 0 ? filling->size : MIN (end, filling->size);
}

static int
write_zeros (int fd, off_t at, off_t len)
{
    static const guint8 zeros[1 << 16];
    int ret = 0;

    for (off_t done = 0; done < len && ret == 0; done += (off_t) sizeof zeros)
        ret = fd_pwrite_full (fd, zeros, (gsize) MIN (len - done, (off_t) sizeof zeros), at + done);
    return ret;
}

/* 0, or -ENOSPC for what the file system surely cannot hold: begun, it would leave no room for anybody else until it failed.
 * Whoever may not have all that is free, or is told too much, finds out later. */
static int
check_room (const Filling *filling)
{
    struct statvfs fs;
    struct stat file;
    guint64 taken;

    if (fstatvfs (filling->fd, &fs) < 0 || fstat (filling->fd, &file) < 0)
        return 0;
    if (fs.f_blocks == 0 || fs.f_frsize == 0)
        return 0; /* a file system that does not know how large it is */
    taken = (guint64) file.st_blocks * 512;
    return (guint64) filling->size > taken
                   && ((guint64) filling->size - taken) / fs.f_frsize > fs.f_bfree
               ? -ENOSPC
               : 0;
}

/* 0, -ECANCELED with ERROR, or -errno. */
static int
fill (Filling *filling, gboolean with_zeros, GError **error)
{
    while (filling->at < filling->size) {
        off_t end = with_zeros ? find_hole (filling) : filling->size;
        off_t step = MIN (end - filling->at, (off_t) (with_zeros ? ZERO_BYTES : ASIDE_BYTES));
        int ret = 0;

        if (g_cancellable_set_error_if_cancelled (filling->watch->cancellable, error))
            return -ECANCELED;
        if (step > 0 && with_zeros)
            ret = write_zeros (filling->fd, filling->at, step);
        else if (step > 0 && fallocate (filling->fd, 0, filling->at, step) < 0)
            ret = -errno;
        if (ret == -EINTR)
            continue; /* nothing was set aside */
        if (ret < 0)
            return ret;
        filling->at += step;
        if (filling->watch->progress)
            filling->watch->progress ((double) filling->at / (double) filling->size,
                                      filling->watch->user_data);
    }
    return 0;
}

static gboolean
refuse (const char *path, int ret, GError **error)
{
    if (ret == -EOPNOTSUPP)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The file system of “%s” sets no space aside; say preallocation=full, or "
                        "off"),
                     path);
    else
        g_set_error (error, VITRINE_ERROR,
                     ret == -ENOSPC || ret == -EDQUOT ? VITRINE_ERROR_NO_SPACE
                                                      : VITRINE_ERROR_ENGINE,
                     _ ("“%s” cannot be written: %s"), path, g_strerror (-ret));
    return FALSE;
}

gboolean
image_allocate (int fd, const char *path, VitrineDefinitionFormat format,
                ImageAllocation allocation, guint64 size_bytes, const struct secret *passphrase,
                const ImageWatch *watch, GError **error)
{
    gboolean is_raw = format == VITRINE_DEFINITION_FORMAT_RAW;
    Filling filling = { .fd = fd, .all_holes = is_raw, .watch = watch };
    int ret;

    if (!image_allocation_check (allocation, format, error))
        return FALSE;
    if (!is_raw
        && !image_tool_create (fd, format, size_bytes, allocation != IMAGE_ALLOCATION_OFF,
                               passphrase, watch, error))
        return FALSE;
    if (is_raw && ftruncate (fd, (off_t) size_bytes) < 0)
        return refuse (path, -errno, error);
    if (allocation < IMAGE_ALLOCATION_FALLOC)
        return TRUE;
    filling.size = lseek (fd, 0, SEEK_END);
    ret = check_room (&filling);
    if (ret == 0)
        ret = fill (&filling, allocation == IMAGE_ALLOCATION_FULL, error);
    return ret == 0 || (ret != -ECANCELED && refuse (path, ret, error));
}
