/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iso-fixture.c - for tests: CD images with files in folders. */
#include "iso-fixture.h"

#include <string.h>

#define AT_FIRST 20

static void
put_32 (guint8 *at, guint32 value)
{
    guint32 le = GUINT32_TO_LE (value), be = GUINT32_TO_BE (value);

    memcpy (at, &le, sizeof le);
    memcpy (at + 4, &be, sizeof be);
}

static guint32
get_32 (const guint8 *at)
{
    guint32 value;

    memcpy (&value, at, sizeof value);
    return GUINT32_FROM_LE (value);
}

/* A new sector at the image's end; its number. */
static guint32
add_sectors (GByteArray *image, gsize n)
{
    guint32 sector = image->len / ISO_SECTOR;
    guint old = image->len;

    g_byte_array_set_size (image, (guint) (old + n * ISO_SECTOR));
    memset (image->data + old, 0, n * ISO_SECTOR);
    return sector;
}

static void
put_record (guint8 *at, guint32 sector, guint32 size_bytes, guint8 flags, const char *name)
{
    gsize n = strlen (name);

    at[0] = (guint8) (33 + n + (n % 2 == 0 ? 1 : 0));
    put_32 (at + 2, sector);
    put_32 (at + 10, size_bytes);
    at[25] = flags;
    at[32] = (guint8) n;
    memcpy (at + 33, name, n);
}

/* The record NAME in the folder of SECTOR, which is made when it is not there; its sector. */
static guint32
enter (GByteArray *image, guint32 folder, const char *name)
{
    gsize at = (gsize) folder * ISO_SECTOR, n = strlen (name);
    guint32 sector;

    while (image->data[at] != 0) {
        if (image->data[at + 32] == n && memcmp (image->data + at + 33, name, n) == 0)
            return get_32 (image->data + at + 2);
        at += image->data[at];
    }
    sector = add_sectors (image, 1);
    put_record (image->data + at, sector, ISO_SECTOR, 2, name);
    return sector;
}

static void
add_file (GByteArray *image, guint32 folder, const char *name, const char *text)
{
    gsize at = (gsize) folder * ISO_SECTOR, len = strlen (text);
    g_autofree char *plain = g_strconcat (name, strchr (name, '.') != NULL ? ";1" : ".;1", NULL);
    guint32 sector = add_sectors (image, len / ISO_SECTOR + 1);

    memcpy (image->data + (gsize) sector * ISO_SECTOR, text, len);
    while (image->data[at] != 0)
        at += image->data[at];
    put_record (image->data + at, sector, (guint32) len, 0, plain);
}

GByteArray *
iso_fixture_new (const char *label, const IsoFixtureFile *files, gsize n)
{
    GByteArray *image = g_byte_array_new ();
    guint8 *primary;
    guint32 root;

    add_sectors (image, AT_FIRST);
    root = add_sectors (image, 1);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *way = g_ascii_strup (files[i].way, -1);
        g_auto (GStrv) parts = g_strsplit (way, "/", -1);
        guint last = g_strv_length (parts) - 1;
        guint32 folder = root;

        for (guint j = 0; j < last; j++)
            folder = enter (image, folder, parts[j]);
        add_file (image, folder, parts[last], files[i].text);
    }
    primary = image->data + 16 * ISO_SECTOR;
    memcpy (primary, "\1CD001\1", 7);
    memset (primary + 8, ' ', 64);
    memset (primary + 318, ' ', 384);
    memcpy (primary + 40, label, strlen (label));
    put_32 (primary + 80, image->len / ISO_SECTOR);
    primary[129] = ISO_SECTOR >> 8;
    primary[130] = ISO_SECTOR >> 8;
    put_record (primary + 156, root, ISO_SECTOR, 2, "");
    primary[156 + 32] = 1;
    memcpy (image->data + 17 * ISO_SECTOR, "\377CD001\1", 7);
    return image;
}

guint8 *
iso_fixture_find (GByteArray *image, const char *name)
{
    gsize n = strlen (name);

    for (gsize i = AT_FIRST * ISO_SECTOR; i + 33 + n <= image->len; i++)
        if (image->data[i + 32] == n && memcmp (image->data + i + 33, name, n) == 0)
            return image->data + i;
    g_assert_not_reached ();
}

void
iso_fixture_write (GByteArray *image, const char *path)
{
    g_assert_true (
        g_file_set_contents (path, (const char *) image->data, (gssize) image->len, NULL));
}
