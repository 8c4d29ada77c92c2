/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-medium.c - what a CD image says of itself: the texts of its primary volume descriptor (ECMA-119, 8.4). */
#include "osinfo-medium.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "vitrine-error.h"

#define SECTOR_BYTES      2048
#define FIRST_DESCRIPTOR  16
#define MAX_DESCRIPTORS   32 /* that are looked through: real media have four at most */
#define TYPE_PRIMARY      1
#define TYPE_END          255
#define MAGIC             "CD001"
#define AT_SYSTEM_ID      8
#define AT_VOLUME_ID      40
#define AT_SPACE_SIZE     80 /* in blocks, little-endian */
#define AT_BLOCK_SIZE     128
#define AT_PUBLISHER_ID   318
#define AT_APPLICATION_ID 574

static char *
dup_text (const guint8 *at, gsize len)
{
    g_autofree char *raw = g_strndup ((const char *) at, len);
    char *valid = g_utf8_make_valid (raw, -1);

    for (char *p = valid; *p != '\0'; p++)
        if (g_ascii_iscntrl (*p))
            *p = ' ';
    return g_strstrip (valid);
}

static void
take (OsinfoMedium *self, const guint8 *sector)
{
    guint32 blocks;
    guint16 block_bytes;

    memcpy (&blocks, sector + AT_SPACE_SIZE, sizeof blocks);
    memcpy (&block_bytes, sector + AT_BLOCK_SIZE, sizeof block_bytes);
    self->system_id = dup_text (sector + AT_SYSTEM_ID, 32);
    self->volume_id = dup_text (sector + AT_VOLUME_ID, 32);
    self->publisher_id = dup_text (sector + AT_PUBLISHER_ID, 128);
    self->application_id = dup_text (sector + AT_APPLICATION_ID, 128);
    self->size_bytes = (gint64) GUINT32_FROM_LE (blocks) * MAX (GUINT16_FROM_LE (block_bytes), 1);
}

/* FALSE with an error, or TRUE whatever the file is. */
static gboolean
find_primary (OsinfoMedium *self, int fd, const char *path, GCancellable *cancellable,
              GError **error)
{
    for (guint i = 0; i < MAX_DESCRIPTORS && self->volume_id == NULL; i++) {
        guint8 sector[SECTOR_BYTES];
        ssize_t n;

        if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        do
            n = pread (fd, sector, sizeof sector,
                       (off_t) (FIRST_DESCRIPTOR + i) * (off_t) sizeof sector);
        while (n < 0 && errno == EINTR);
        if (n < 0 && errno != ESPIPE) {
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("“%s” cannot be read: %s"),
                         path, g_strerror (errno));
            return FALSE;
        }
        if (n != sizeof sector || memcmp (sector + 1, MAGIC, 5) != 0 || sector[0] == TYPE_END)
            return TRUE;
        if (sector[0] == TYPE_PRIMARY)
            take (self, sector);
    }
    return TRUE;
}

OsinfoMedium *
osinfo_medium_read (int fd, const char *path, GCancellable *cancellable, GError **error)
{
    g_autoptr (OsinfoMedium) self = g_new0 (OsinfoMedium, 1);

    if (!find_primary (self, fd, path, cancellable, error))
        return NULL;
    if (self->volume_id == NULL) {
        self->system_id = g_strdup ("");
        self->volume_id = g_strdup ("");
        self->publisher_id = g_strdup ("");
        self->application_id = g_strdup ("");
    }
    return g_steal_pointer (&self);
}

void
osinfo_medium_free (OsinfoMedium *self)
{
    if (self == NULL)
        return;
    g_free (self->system_id);
    g_free (self->volume_id);
    g_free (self->publisher_id);
    g_free (self->application_id);
    g_free (self);
}
