/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-disk.c - opens and locks one disk image, CD image or block device.
 *
 * A path is looked at before it is opened, because opening can do things (a pipe waits for its
 * other end, a device may act), and once more after, because it may have become something else
 * meanwhile.
 */
#include "keeper-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-lock.h"
#include "vitrine-refuse.h"

#define SECTOR_BYTES 512
#define PEEK_BYTES   4096
#define RETRY_MS     50

typedef struct {
    const VitrineDefinitionDevice *device;
    const char *folder;
    const char *path;
    char *noun; /* "The disk “/x”", for sentences */
    guint patience_ms;
    gboolean direct;
    GPtrArray *warnings;
} Opening;

/* --- before opening -------------------------------------------------------------------------- */

static gboolean
explain_stat (const Opening *o, int errnum, GError **error)
{
    if (errnum == ENOENT || errnum == ENOTDIR)
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("%s does not exist"), o->noun);
    if (errnum == EACCES)
        return vitrine_refuse (error, VITRINE_ERROR_DENIED,
                               _ ("%s is in a folder that you have no right to enter"), o->noun);
    return vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("%s cannot be looked at: %s"), o->noun,
                           g_strerror (errnum));
}

static gboolean
check_kind (const Opening *o, mode_t mode, GError **error)
{
    if (S_ISDIR (mode))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is a folder, not an image"),
                               o->noun);
    if (o->device->block && !S_ISBLK (mode))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("%s is not a block device, as its definition says"), o->noun);
    if (!S_ISREG (mode) && !S_ISBLK (mode))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("%s is neither a file nor a block device"), o->noun);
    return TRUE;
}

/* --- opening --------------------------------------------------------------------------------- */

static gboolean
explain_open (const Opening *o, int errnum, GError **error)
{
    g_autofree char *quoted = g_shell_quote (o->path);
    gboolean writes = !o->device->read_only;

    switch (errnum) {
    case EACCES:
    case EPERM:
        if (writes && access (o->path, R_OK) == 0)
            return vitrine_refuse (
                error, VITRINE_ERROR_DENIED,
                _ ("%s may be read by you, but not written; run “sudo chown $USER %s” or "
                   "make the disk read-only"),
                o->noun, quoted);
        return vitrine_refuse (
            error, VITRINE_ERROR_DENIED,
            _ ("%s cannot be opened: you have no right to; run “sudo chown $USER %s”"), o->noun,
            quoted);
    case EROFS:
        return vitrine_refuse (
            error, VITRINE_ERROR_DENIED,
            _ ("%s is on a read-only file system; move it or make the disk read-only"), o->noun);
    case EBUSY:
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("%s is in use by this computer itself; unmount it first"),
                               o->noun);
    case ETXTBSY:
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("%s is in use as swap space or as a program"), o->noun);
    default:
        return vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("%s cannot be opened: %s"), o->noun,
                               g_strerror (errnum));
    }
}

static int
open_flags (const Opening *o, mode_t mode)
{
    int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

    flags |= o->device->read_only ? O_RDONLY : O_RDWR;
    if (o->device->cache == VITRINE_DEFINITION_CACHE_WRITETHROUGH)
        flags |= O_DSYNC;
    if (S_ISBLK (mode) && !o->device->read_only)
        flags |= O_EXCL; /* not while the host has it mounted */
    return flags;
}

static int
open_path (Opening *o, mode_t mode, GError **error)
{
    int flags = open_flags (o, mode);
    int fd = -1;

    o->direct = o->device->cache == VITRINE_DEFINITION_CACHE_NONE;
    if (o->direct)
        fd = open (o->path, flags | O_DIRECT);
    if (fd < 0 && o->direct && (errno == EINVAL || errno == EOPNOTSUPP)) {
        o->direct = FALSE;
        g_ptr_array_add (o->warnings,
                         g_strdup_printf (_ ("%s is on a file system that cannot do cache='none'; "
                                             "it is used with the host's cache"),
                                          o->noun));
    }
    if (fd < 0 && !o->direct)
        fd = open (o->path, flags);
    if (fd < 0)
        explain_open (o, errno, error);
    return fd;
}

/* --- after opening --------------------------------------------------------------------------- */

typedef struct {
    gsize offset;
    const char *magic;
    gsize len;
    const char *name;               /* for people */
    VitrineDefinitionFormat format; /* _N: one that Vitrine cannot do */
} Magic;

/* What is in a file that is no raw image, by its first bytes. */
static const Magic *
recognise (const guint8 *bytes, gsize len)
{
    static const Magic formats[] = {
        { 0, "QFI\xfb", 4, "qcow2", VITRINE_DEFINITION_FORMAT_QCOW2 },
        { 0, "KDMV", 4, "VMDK", VITRINE_DEFINITION_FORMAT_VMDK },
        { 0, "vhdxfile", 8, "VHDX", VITRINE_DEFINITION_FORMAT_VHDX },
        { 0, "conectix", 8, "VHD", VITRINE_DEFINITION_FORMAT_VPC },
        { 64, "\x7f\x10\xda\xbe", 4, "VDI", VITRINE_DEFINITION_FORMAT_VDI },
        { 0, "QED", 4, "QED", VITRINE_DEFINITION_FORMAT_N },
        { 0, "LUKS\xba\xbe", 6, "LUKS", VITRINE_DEFINITION_FORMAT_LUKS },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        if (len >= formats[i].offset + formats[i].len
            && memcmp (bytes + formats[i].offset, formats[i].magic, formats[i].len) == 0)
            return &formats[i];
    return NULL;
}

/* Up to PEEK_BYTES of what is at OFFSET, a multiple of it. */
static gssize
peek (int fd, off_t offset, guint8 bytes[PEEK_BYTES])
{
    void *aligned = aligned_alloc (PEEK_BYTES, PEEK_BYTES); /* O_DIRECT wants it so */
    gssize n = aligned ? pread (fd, aligned, PEEK_BYTES, offset) : -1;

    if (n > 0)
        memcpy (bytes, aligned, (gsize) n);
    free (aligned);
    return n;
}

/* A VHD of fixed size is a raw image but for its last sector. */
static gboolean
ends_as_vhd (int fd)
{
    off_t size = lseek (fd, 0, SEEK_END), last = size - SECTOR_BYTES;
    guint8 bytes[PEEK_BYTES];
    gssize n = peek (fd, last & ~(off_t) (PEEK_BYTES - 1), bytes);

    last &= PEEK_BYTES - 1;
    return n >= last + 8 && memcmp (bytes + last, "conectix", 8) == 0;
}

/* The definition says what an image is, and what is in it must agree. */
static gboolean
check_declared (const Opening *o, int fd, const Magic *magic, GError **error)
{
    VitrineDefinitionFormat format = o->device->format;

    if ((magic && magic->format == format)
        || (format == VITRINE_DEFINITION_FORMAT_VPC && ends_as_vhd (fd)))
        return TRUE;
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("%s is not a %s image, as its definition says"), o->noun,
                           vitrine_definition_format_to_string (format));
}

static gboolean
refuse_as_raw (const Opening *o, const Magic *magic, GError **error)
{
    g_autofree char *quoted = g_shell_quote (o->path);

    if (magic->format < VITRINE_DEFINITION_FORMAT_N && o->device->kind == VITRINE_DEFINITION_DISK)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("%s is a %s image, which its definition does not say; write <driver "
               "name='qemu' type='%s'/> there"),
            o->noun, magic->name, vitrine_definition_format_to_string (magic->format));
    return vitrine_refuse (
        error, VITRINE_ERROR_UNSUPPORTED,
        _ ("%s is a %s image, which Vitrine cannot do; convert it with “qemu-img "
           "convert -O raw %s NEW”"),
        o->noun, magic->name, quoted);
}

/* A guest that installs itself into an image of another format would ruin it: refused unless the
 * definition says in so many words that it is raw. */
static gboolean
check_format (const Opening *o, int fd, GError **error)
{
    guint8 bytes[PEEK_BYTES];
    gssize n = peek (fd, 0, bytes);
    const Magic *magic = n > 0 ? recognise (bytes, (gsize) n) : NULL;

    if (o->device->format != VITRINE_DEFINITION_FORMAT_RAW)
        return check_declared (o, fd, magic, error);
    if (!magic)
        return TRUE;
    /* A guest may encrypt the whole of a raw disk itself, so that is said and not refused. */
    if (!o->device->explicit_raw && magic->format != VITRINE_DEFINITION_FORMAT_LUKS)
        return refuse_as_raw (o, magic, error);
    g_ptr_array_add (
        o->warnings,
        g_strdup_printf (_ ("%s looks like a %s image, but is used as raw"), o->noun, magic->name));
    return TRUE;
}

static gboolean
check_size (const Opening *o, int fd, GError **error)
{
    off_t size = lseek (fd, 0, SEEK_END);

    if (size < 0)
        return vitrine_refuse (error, VITRINE_ERROR_ENGINE,
                               _ ("%s does not say how large it is: %s"), o->noun,
                               g_strerror (errno));
    if (size == 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is empty (0 bytes)"), o->noun);
    if (size < SECTOR_BYTES)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("%s has only %d bytes, less than one sector"), o->noun,
                               (int) size);
    return TRUE;
}

static gboolean
check_same_file (const Opening *o, int fd, const struct stat *before, struct stat *now,
                 GError **error)
{
    if (fstat (fd, now) < 0)
        return explain_stat (o, errno, error);
    if (now->st_dev != before->st_dev || now->st_ino != before->st_ino)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("%s became another file while it was opened; try again"),
                               o->noun);
    return TRUE;
}

/* --- locking --------------------------------------------------------------------------------- */

static gboolean
explain_lock (const Opening *o, const struct stat *st, GError **error)
{
    g_autofree char *user = keeper_lock_find_user (o->folder, st, FALSE);

    if (user)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY, _ ("%s is in use by the machine “%s”"),
                               o->noun, user);
    return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                           _ ("%s is in use by another machine or program"), o->noun);
}

static gboolean
is_used_by_machine (const Opening *o, const struct stat *st)
{
    g_autofree char *user = keeper_lock_find_user (o->folder, st, TRUE);

    return user != NULL;
}

/* A machine that has its disks is not waited for, only what does not say who it is: it may be about
 * to end.  One that asks for the disk as well may be waiting for the same, and one of both gets it. */
static gboolean
lock (const Opening *o, int fd, const struct stat *st, GError **error)
{
    gint64 deadline = g_get_monotonic_time () + o->patience_ms * G_TIME_SPAN_MILLISECOND;
    int ret;

    while ((ret = fd_lock (fd, !o->device->read_only)) == -EAGAIN
           && g_get_monotonic_time () < deadline && !is_used_by_machine (o, st))
        g_usleep (RETRY_MS * G_TIME_SPAN_MILLISECOND);
    if (ret == 0)
        return TRUE;
    if (ret == -EAGAIN)
        return explain_lock (o, st, error);
    g_ptr_array_add (
        o->warnings,
        g_strdup_printf (_ ("%s cannot be locked here (%s): take care that nothing else "
                            "uses it"),
                         o->noun, g_strerror (-ret)));
    return TRUE;
}

int
keeper_disk_open (const VitrineDefinitionDevice *device, const char *folder, guint patience_ms,
                  gboolean *direct, GPtrArray *warnings, GError **error)
{
    g_autofree char *noun = g_strdup_printf (
        device->kind == VITRINE_DEFINITION_CDROM ? _ ("The CD image “%s”") : _ ("The disk “%s”"),
        device->source);
    Opening o = { .device = device,
                  .folder = folder,
                  .path = device->source,
                  .noun = noun,
                  .patience_ms = patience_ms,
                  .warnings = warnings };
    struct stat before, now;
    int fd;

    if (stat (o.path, &before) < 0) {
        explain_stat (&o, errno, error);
        return -1;
    }
    if (!check_kind (&o, before.st_mode, error) || (fd = open_path (&o, before.st_mode, error)) < 0)
        return -1;
    if (!check_same_file (&o, fd, &before, &now, error) || !check_size (&o, fd, error)
        || !lock (&o, fd, &now, error) || !check_format (&o, fd, error))
        fd_close (&fd);
    *direct = o.direct;
    return fd;
}
