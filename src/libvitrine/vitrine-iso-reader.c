/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-iso-reader.c - finds one file on a CD image: its primary descriptor, and a directory for each part of the way.
 *
 * Everything that is read is somebody else's number: a directory is at most a MiB, a record stays in its sector, and what a
 * file says that it has lies within the image, or there is no such file.
 */
#include "vitrine-iso-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vitrine-error.h"

#define SECTOR          2048
#define AT_PRIMARY      16
#define MAX_DESCRIPTORS 32
#define MAX_DIRECTORY   (1024 * 1024)
#define MAX_DEPTH       8
#define MAX_NAME        255
#define CHUNK           (1024 * 1024)
#define RECORD_MIN      34
#define IS_DIRECTORY    2
#define IS_NO_FILE      (2 | 4 | 0x80) /* a directory, associated with another, one part of several */

static gboolean
refuse (GError **error, VitrineError code, const char *text)
{
    g_set_error_literal (error, VITRINE_ERROR, code, text);
    return FALSE;
}

static gboolean
refuse_damaged (GError **error)
{
    return refuse (error, VITRINE_ERROR_INVALID, _ ("The CD image is damaged"));
}

static gboolean
refuse_missing (const char *way, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                 _ ("There is no file “%s” on the CD image"), way);
    return FALSE;
}

int
vitrine_iso_open_any (const char *path, GError **error)
{
    /* A pipe with nobody at its other end must not hold us. */
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        g_set_error (error, VITRINE_ERROR,
                     errno == ENOENT || errno == ENOTDIR ? VITRINE_ERROR_NOT_FOUND
                     : errno == EACCES || errno == EPERM ? VITRINE_ERROR_DENIED
                                                         : VITRINE_ERROR_ENGINE,
                     _ ("“%s” cannot be read: %s"), path, g_strerror (errno));
    return fd;
}

int
vitrine_iso_open (const char *path, GError **error)
{
    int fd = vitrine_iso_open_any (path, error);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat (fd, &st) == 0 && S_ISREG (st.st_mode))
        return fd;
    close (fd);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("“%s” is no file"), path);
    return -1;
}

static guint32
get_32 (const guint8 *at)
{
    guint32 value;

    memcpy (&value, at, sizeof value);
    return GUINT32_FROM_LE (value);
}

/* All LEN bytes at OFFSET, or FALSE. */
static gboolean
read_at (int fd, guint8 *bytes, gsize len, guint64 offset)
{
    gsize done = 0;

    while (done < len) {
        ssize_t n = pread (fd, bytes + done, len - done, (off_t) (offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        done += (gsize) n;
    }
    return TRUE;
}

/* RECORD's extent, if all of it is within the image. */
static gboolean
take_extent (int fd, const guint8 *record, VitrineIsoExtent *extent)
{
    struct stat st;

    extent->offset = (guint64) get_32 (record + 2) * SECTOR;
    extent->size_bytes = get_32 (record + 10);
    return record[1] == 0 && fstat (fd, &st) == 0 && st.st_size >= 0
           && extent->offset <= (guint64) st.st_size
           && extent->size_bytes <= (guint64) st.st_size - extent->offset;
}

static gboolean
find_root (int fd, VitrineIsoExtent *root, GError **error)
{
    for (guint i = 0; i < MAX_DESCRIPTORS; i++) {
        guint8 sector[SECTOR];

        if (!read_at (fd, sector, sizeof sector, (guint64) (AT_PRIMARY + i) * SECTOR)
            || memcmp (sector + 1, "CD001", 5) != 0 || sector[0] == 255)
            break;
        if (sector[0] != 1)
            continue;
        if (sector[128] != 0 || sector[129] != SECTOR >> 8) /* the size of a block */
            return refuse_damaged (error);
        return take_extent (fd, sector + 156, root) || refuse_damaged (error);
    }
    return refuse (error, VITRINE_ERROR_INVALID, _ ("This is no CD image"));
}

/* --- names ------------------------------------------------------------------------------------------- */

/* "VMLINUZ.;1" is "vmlinuz". */
static gboolean
is_plain_name (const guint8 *name, gsize len, const char *wanted)
{
    const guint8 *version = memchr (name, ';', len);

    if (version != NULL)
        len = (gsize) (version - name);
    if (len > 0 && name[len - 1] == '.')
        len--;
    return len == strlen (wanted) && g_ascii_strncasecmp ((const char *) name, wanted, len) == 0;
}

/* Whether one of RECORD's fields of SUSP's, from AT on, is its whole name (RRIP 1.09, 4.1.4), and that WANTED. */
static gboolean
is_rock_ridge_name (const guint8 *record, gsize at, const char *wanted)
{
    gsize end = record[0], wanted_len = strlen (wanted);

    while (at + 4 <= end) {
        gsize len = record[at + 2];

        if (len < 4 || at + len > end)
            return FALSE;
        if (memcmp (record + at, "NM", 2) == 0)
            return len >= 5 && record[at + 4] == 0 && len - 5 == wanted_len
                   && memcmp (record + at + 5, wanted, wanted_len) == 0;
        at += len;
    }
    return FALSE;
}

static gboolean
is_named (const guint8 *record, const char *wanted)
{
    gsize len = record[32];

    return is_plain_name (record + 33, len, wanted)
           || is_rock_ridge_name (record, 33 + len + (len % 2 == 0 ? 1 : 0), wanted);
}

/* --- directories ------------------------------------------------------------------------------------- */

/* The record NAME in BYTES, LEN of a directory's, or NULL. */
static const guint8 *
find_record (const guint8 *bytes, gsize len, const char *name)
{
    gsize at = 0;

    while (at + RECORD_MIN <= len) {
        const guint8 *record = bytes + at;
        gsize left = MIN (len, (at / SECTOR + 1) * SECTOR) - at;

        if (record[0] == 0) { /* the rest of the sector has none */
            at = (at / SECTOR + 1) * SECTOR;
            continue;
        }
        if (record[0] < RECORD_MIN || record[0] > left || 33 + (gsize) record[32] > record[0])
            return NULL;
        if (is_named (record, name))
            return record;
        at += record[0];
    }
    return NULL;
}

/* What PART is in DIRECTORY, which it takes the place of. */
static gboolean
enter (int fd, const char *way, const char *part, gboolean is_last, VitrineIsoExtent *directory,
       GError **error)
{
    g_autofree guint8 *bytes = NULL;
    const guint8 *record;
    gsize len;

    if (directory->size_bytes > MAX_DIRECTORY)
        return refuse_damaged (error);
    len = (gsize) directory->size_bytes;
    bytes = g_malloc (len + 1);
    if (!read_at (fd, bytes, len, directory->offset))
        return refuse_damaged (error);
    record = find_record (bytes, len, part);
    if (record == NULL || (is_last ? (record[25] & IS_NO_FILE) != 0 : !(record[25] & IS_DIRECTORY)))
        return refuse_missing (way, error);
    return take_extent (fd, record, directory) || refuse_damaged (error);
}

gboolean
vitrine_iso_find (int fd, const char *way, VitrineIsoExtent *extent, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (way, "/", -1);
    guint n = g_strv_length (parts);

    if (n == 0 || n > MAX_DEPTH)
        return refuse_missing (way, error);
    if (!find_root (fd, extent, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        if (*parts[i] == '\0' || strlen (parts[i]) > MAX_NAME)
            return refuse_missing (way, error);
        if (!enter (fd, way, parts[i], i + 1 == n, extent, error))
            return FALSE;
    }
    return TRUE;
}

/* --- copying ----------------------------------------------------------------------------------------- */

static gboolean
write_all (int fd, const guint8 *bytes, gsize len, GError **error)
{
    while (len > 0) {
        ssize_t n = write (fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            g_set_error (error, VITRINE_ERROR,
                         errno == ENOSPC || errno == EDQUOT ? VITRINE_ERROR_NO_SPACE
                                                            : VITRINE_ERROR_ENGINE,
                         _ ("The installer cannot be copied from the CD image: %s"),
                         g_strerror (errno));
            return FALSE;
        }
        bytes += n;
        len -= (gsize) n;
    }
    return TRUE;
}

gboolean
vitrine_iso_copy (int fd, const VitrineIsoExtent *extent, guint64 max_bytes, int out,
                  GCancellable *cancellable, GError **error)
{
    g_autofree guint8 *chunk = g_malloc (CHUNK);
    guint64 done = 0;

    if (extent->size_bytes == 0 || extent->size_bytes > max_bytes)
        return refuse (error, VITRINE_ERROR_INVALID,
                       _ ("The installer on the CD image is not of a size that one has"));
    while (done < extent->size_bytes) {
        gsize len = (gsize) MIN (extent->size_bytes - done, CHUNK);

        if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        if (!read_at (fd, chunk, len, extent->offset + done))
            return refuse_damaged (error);
        if (!write_all (out, chunk, len, error))
            return FALSE;
        done += len;
    }
    return TRUE;
}
