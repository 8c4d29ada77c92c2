/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-luks.c - what the header of an encrypted image says. */
#include "image-luks.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "vitrine-refuse.h"

/* The header, big-endian. */
enum {
    VERSION = 6,   /* two bytes */
    PAYLOAD = 104, /* sectors */
    KEY_BYTES = 108,
    DIGEST_ITERATIONS = 164,
    UUID = 168, /* text */
    SLOTS = 208,
    SLOT_BYTES = 48,
    N_SLOTS = 8,
    SLOT_ITERATIONS = 4,
    SLOT_MATERIAL = 40, /* sectors */
    SLOT_STRIPES = 44,
};

#define MAGIC          "LUKS\xba\xbe"
#define SLOT_ENABLED   0x00ac71f3u
#define SLOT_DISABLED  0x0000deadu
#define STRIPES        4000
#define MIN_KEY_BYTES  16
#define MAX_KEY_BYTES  64
#define SECTOR_BYTES   512
#define MAX_ITERATIONS (1u << 30) /* of all slots: minutes of any processor's */
#define READ_BYTES     4096       /* O_DIRECT wants whole blocks */
#define UUID_BYTES     40

static gboolean
refuse_broken (const char *path, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("The header of the encrypted image “%s” is damaged"), path);
}

/* Adds what trying a passphrase on SLOT costs to *ITERATIONS. */
static gboolean
check_slot (const guint8 *slot, guint32 key_bytes, guint64 payload_bytes, guint64 *iterations)
{
    guint64 material = (guint64) load_be32 (slot + SLOT_MATERIAL) * SECTOR_BYTES;
    guint32 state = load_be32 (slot);

    if (state == SLOT_DISABLED)
        return TRUE;
    *iterations += load_be32 (slot + SLOT_ITERATIONS);
    return state == SLOT_ENABLED && load_be32 (slot + SLOT_ITERATIONS) > 0
           && load_be32 (slot + SLOT_STRIPES) == STRIPES && material >= IMAGE_LUKS_HEAD_BYTES
           && range_fits (material, (guint64) key_bytes * STRIPES, payload_bytes);
}

gboolean
image_luks_check (const guint8 *head, guint64 size_bytes, const char *path, guint64 *payload_bytes,
                  GError **error)
{
    guint32 key_bytes = load_be32 (head + KEY_BYTES);
    guint64 iterations = 0;
    guint version = (guint) head[VERSION] << 8 | head[VERSION + 1];

    *payload_bytes = (guint64) load_be32 (head + PAYLOAD) * SECTOR_BYTES;
    if (size_bytes < IMAGE_LUKS_HEAD_BYTES || memcmp (head, MAGIC, sizeof MAGIC - 1) != 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is not an encrypted image: it has no LUKS header"), path);
    if (version != 1)
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The image “%s” is encrypted by version %u of LUKS; only version 1 can be "
               "opened here"),
            path, version);
    if (key_bytes < MIN_KEY_BYTES || key_bytes > MAX_KEY_BYTES
        || load_be32 (head + DIGEST_ITERATIONS) == 0)
        return refuse_broken (path, error);
    for (guint i = 0; i < N_SLOTS; i++)
        if (!check_slot (head + SLOTS + i * SLOT_BYTES, key_bytes, *payload_bytes, &iterations))
            return refuse_broken (path, error);
    if (iterations == 0)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("No passphrase opens the encrypted image “%s”: its header has none"), path);
    if (iterations + load_be32 (head + DIGEST_ITERATIONS) > MAX_ITERATIONS)
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The encrypted image “%s” wants so much work for trying a passphrase that "
               "it cannot be opened in good time"),
            path);
    if (*payload_bytes >= size_bytes)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("The encrypted image “%s” is cut off: it has nothing after its header"), path);
    return TRUE;
}

/* With zeros where the file ends before; free() it.  NULL where nothing can be read. */
static guint8 *
read_head (int fd, guint64 offset)
{
    guint8 *head = aligned_alloc (READ_BYTES, READ_BYTES);

    g_assert (head != NULL);
    memset (head, 0, READ_BYTES);
    if (pread (fd, head, READ_BYTES, (off_t) offset) > 0)
        return head;
    free (head);
    return NULL;
}

gboolean
image_luks_read (int fd, guint64 offset, guint64 size_bytes, const char *path,
                 guint64 *payload_bytes, guint64 *disk_bytes, GError **error)
{
    guint8 *head = read_head (fd, offset);
    off_t end = lseek (fd, 0, SEEK_END);
    gboolean ok;

    if (size_bytes == 0)
        size_bytes = end > (off_t) offset ? (guint64) end - offset : 0;
    ok = head != NULL
             ? image_luks_check (head, size_bytes, path, payload_bytes, error)
             : vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The image “%s” cannot be read"), path);
    free (head);
    if (ok)
        *disk_bytes = size_bytes - *payload_bytes;
    return ok;
}

char *
image_luks_dup_uuid (int fd)
{
    guint8 *head = read_head (fd, 0);
    g_autofree char *text = NULL;

    if (head != NULL && memcmp (head, MAGIC, sizeof MAGIC - 1) == 0)
        text = g_strndup ((const char *) head + UUID, UUID_BYTES);
    free (head);
    return text != NULL && g_uuid_string_is_valid (text) ? g_ascii_strdown (text, -1) : NULL;
}

gboolean
image_luks_grow (int fd, const char *path, guint64 disk_bytes, GError **error)
{
    guint64 payload, now;

    if (!image_luks_read (fd, 0, 0, path, &payload, &now, error))
        return FALSE;
    if (disk_bytes < now || disk_bytes > (guint64) G_MAXINT64 - payload)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” can only grow, by whole sectors"), path);
    if (ftruncate (fd, (off_t) (payload + disk_bytes)) == 0)
        return TRUE;
    return vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("“%s” cannot be made larger: %s"), path,
                           g_strerror (errno));
}
