/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-archive.c - where the files in a tar archive lie.
 *
 * Headers are those of POSIX (pax(1), "ustar Interchange Format") with GNU's long names and large numbers.
 */
#include "image-archive.h"

#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "vitrine-error.h"

#define BLOCK       512
#define MAX_MEMBERS 1024
#define MAX_EXTRA   65536 /* bytes of a long name, or of a pax header */

enum {
    NAME = 0,
    NAME_LEN = 100,
    SIZE = 124,
    SIZE_LEN = 12,
    CHECKSUM = 148,
    CHECKSUM_LEN = 8,
    TYPE = 156,
    MAGIC = 257,
};

typedef struct {
    int fd;
    const char *path;
    guint64 size_bytes, at;
    GPtrArray *members;
    char *long_name;   /* of the next member, or NULL */
    guint64 long_size; /* of the next member, or G_MAXUINT64 */
} Reading;

static gboolean refuse (const Reading *reading, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
refuse (const Reading *reading, GError **error, const char *format, ...)
{
    g_autofree char *why = NULL;
    va_list args;

    va_start (args, format);
    why = g_strdup_vprintf (format, args);
    va_end (args);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("“%s” is no archive that is imported: %s"), reading->path, why);
    return FALSE;
}

static void
member_free (gpointer data)
{
    ImageMember *member = data;

    g_free (member->name);
    g_free (member);
}

/* Octal digits, or with the first bit set a big-endian number; FALSE for anything else. */
static gboolean
parse_number (const guint8 *field, gsize len, guint64 *number)
{
    gsize i = 0;

    *number = 0;
    if (field[0] & 0x80) {
        if (field[0] != 0x80)
            return FALSE;
        for (i = 1; i < len; i++) {
            if (*number >> 55)
                return FALSE;
            *number = *number << 8 | field[i];
        }
        return TRUE;
    }
    while (i < len && field[i] == ' ')
        i++;
    for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
        *number = *number << 3 | (guint64) (field[i] - '0');
    return i == len || field[i] == '\0' || field[i] == ' ';
}

/* The sum of all bytes, those of the sum itself as blanks. */
static gboolean
is_header (const guint8 *block)
{
    guint64 said, sum = 0;

    for (guint i = 0; i < BLOCK; i++)
        sum += i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LEN ? ' ' : block[i];
    return parse_number (block + CHECKSUM, CHECKSUM_LEN, &said) && said == sum;
}

gboolean
image_archive_is_one (int fd)
{
    guint8 block[BLOCK];

    return fd_pread_full (fd, block, sizeof block, 0) == 0
           && memcmp (block + MAGIC, "ustar", 5) == 0 && is_header (block);
}

/* What LEN bytes after the header say, NUL-terminated; or NULL. */
static char *
dup_extra (const Reading *reading, guint64 offset, guint64 len)
{
    g_autofree char *extra = len <= MAX_EXTRA ? g_malloc0 (len + 1) : NULL;

    if (!extra || !range_fits (offset, len, reading->size_bytes)
        || fd_pread_full (reading->fd, extra, len, (off_t) offset) != 0)
        return NULL;
    return g_steal_pointer (&extra);
}

/* "27 path=a name\n12 size=99\n". */
static gboolean
read_pax (Reading *reading, char *extra, gsize len, GError **error)
{
    char *at = extra;

    while (at < extra + len) {
        char *rest = NULL;
        guint64 record = g_ascii_strtoull (at, &rest, 10);
        const char *text = rest + 1;

        if (record < 5 || record > (guint64) (extra + len - at) || *rest != ' '
            || at[record - 1] != '\n' || text >= at + record)
            return refuse (reading, error, _ ("its headers contradict themselves"));
        at[record - 1] = '\0';
        if (g_str_has_prefix (text, "path=")) {
            g_free (reading->long_name);
            reading->long_name = g_strdup (text + strlen ("path="));
        } else if (g_str_has_prefix (text, "size=")
                   && !g_ascii_string_to_unsigned (text + strlen ("size="), 10, 0, G_MAXINT64,
                                                   &reading->long_size, NULL)) {
            return refuse (reading, error, _ ("its headers contradict themselves"));
        }
        at += record;
    }
    return TRUE;
}

static gboolean
read_extra (Reading *reading, char type, guint64 len, GError **error)
{
    char *extra = dup_extra (reading, reading->at + BLOCK, len);
    gboolean ok = TRUE;

    if (!extra)
        return refuse (reading, error, _ ("its headers contradict themselves"));
    if (type == 'L') {
        g_free (reading->long_name);
        reading->long_name = extra;
        return TRUE;
    }
    if (type == 'x')
        ok = read_pax (reading, extra, (gsize) len, error);
    g_free (extra);
    return ok;
}

/* A file of an OVA lies beside the others: one that would go elsewhere is no file of an OVA. */
static gboolean
check_name (const Reading *reading, const char *name, GError **error)
{
    if (!g_utf8_validate (name, -1, NULL))
        return refuse (reading, error, _ ("a name in it is not UTF-8"));
    if (*name == '\0' || strchr (name, '/') || g_str_equal (name, ".") || g_str_equal (name, ".."))
        return refuse (reading, error, _ ("“%s” in it is no plain file name"), name);
    if (image_archive_find (reading->members, name))
        return refuse (reading, error, _ ("“%s” is in it twice"), name);
    return TRUE;
}

static gboolean
add_member (Reading *reading, const guint8 *block, guint64 size_bytes, GError **error)
{
    g_autofree char *short_name = g_strndup ((const char *) block + NAME, NAME_LEN);
    const char *name = reading->long_name ? reading->long_name : short_name;
    ImageMember *member;

    if (g_str_has_prefix (name, "./"))
        name += 2;
    if (!check_name (reading, name, error))
        return FALSE;
    if (!range_fits (reading->at + BLOCK, size_bytes, reading->size_bytes))
        return refuse (reading, error, _ ("“%s” in it is cut off; download it again"), name);
    if (reading->members->len == MAX_MEMBERS)
        return refuse (reading, error, _ ("it has too many files in it"));
    member = g_new0 (ImageMember, 1);
    member->name = g_strdup (name);
    member->offset = reading->at + BLOCK;
    member->size_bytes = size_bytes;
    g_ptr_array_add (reading->members, member);
    g_clear_pointer (&reading->long_name, g_free);
    reading->long_size = G_MAXUINT64;
    return TRUE;
}

/* The header at AT, and what it is of. */
static gboolean
read_header (Reading *reading, const guint8 *block, GError **error)
{
    char type = (char) block[TYPE];
    guint64 len, next;

    if (!is_header (block) || !parse_number (block + SIZE, SIZE_LEN, &len))
        return refuse (reading, error, _ ("its headers contradict themselves"));
    if (type == 'x' || type == 'g' || type == 'L') {
        if (!read_extra (reading, type, len, error))
            return FALSE;
    } else if (type == '0' || type == '\0') {
        if (reading->long_size != G_MAXUINT64)
            len = reading->long_size;
        if (!add_member (reading, block, len, error))
            return FALSE;
    } else {
        g_autofree char *name = g_strndup ((const char *) block + NAME, NAME_LEN);
        g_autofree char *valid = g_utf8_make_valid (name, -1);

        return refuse (reading, error, _ ("“%s” in it is a link or a device, no file"), valid);
    }
    if (add_overflows (reading->at + BLOCK, (len + BLOCK - 1) / BLOCK * BLOCK, &next))
        return refuse (reading, error, _ ("its headers contradict themselves"));
    reading->at = next;
    return TRUE;
}

static gboolean
read_all (Reading *reading, GError **error)
{
    static const guint8 nothing[BLOCK] = { 0 };
    guint8 block[BLOCK];

    while (range_fits (reading->at, BLOCK, reading->size_bytes)) {
        if (fd_pread_full (reading->fd, block, BLOCK, (off_t) reading->at) != 0)
            return refuse (reading, error, _ ("it cannot be read"));
        if (memcmp (block, nothing, BLOCK) == 0)
            return TRUE;
        if (!read_header (reading, block, error))
            return FALSE;
    }
    return TRUE;
}

GPtrArray *
image_archive_list (int fd, const char *path, GError **error)
{
    g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func (member_free);
    Reading reading = { .fd = fd, .path = path, .members = members, .long_size = G_MAXUINT64 };
    struct stat st = { 0 };
    gboolean ok;

    fstat (fd, &st);
    reading.size_bytes = (guint64) st.st_size;
    ok = read_all (&reading, error);
    g_free (reading.long_name);
    return ok ? g_steal_pointer (&members) : NULL;
}

const ImageMember *
image_archive_find (GPtrArray *members, const char *name)
{
    for (guint i = 0; i < members->len; i++) {
        const ImageMember *member = g_ptr_array_index (members, i);

        if (g_str_equal (member->name, name))
            return member;
    }
    return NULL;
}
