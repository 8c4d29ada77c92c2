/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-iso.c - writes an ISO 9660 file system (ECMA-119) with Rock Ridge (SUSP and RRIP 1.09) and Joliet.
 *
 * Sectors 16 to 18 have the descriptors, 19 to 22 the path tables, 23 and 24 the root as ISO 9660 and Rock Ridge have it and
 * as Joliet does, each in one sector; then come the files.  A guest's kernel knows one of the two for certain, and so do
 * Windows and the BSDs; a program for it would be one more to depend on for these few bytes.
 */
#include "vitrine-iso.h"

#include <string.h>

#define SECTOR         VITRINE_ISO_SECTOR_BYTES
#define AT_PRIMARY     16
#define AT_JOLIET      17
#define AT_TERMINATOR  18
#define AT_PATHS       19 /* four of them, each of one sector */
#define AT_ROOT        23
#define AT_JOLIET_ROOT 24
#define AT_FILES       25
#define PATHS_BYTES    10 /* the root alone */
#define IS_DIRECTORY   2
#define NAME_MAX_LEN   64

/* Both byte orders, one after the other (ECMA-119, 7.2.3 and 7.3.3). */
static void
put_both_16 (guint8 *at, guint16 value)
{
    guint16 le = GUINT16_TO_LE (value), be = GUINT16_TO_BE (value);

    memcpy (at, &le, sizeof le);
    memcpy (at + 2, &be, sizeof be);
}

static void
put_both_32 (guint8 *at, guint32 value)
{
    guint32 le = GUINT32_TO_LE (value), be = GUINT32_TO_BE (value);

    memcpy (at, &le, sizeof le);
    memcpy (at + 4, &be, sizeof be);
}

/* TEXT in a field of LEN, filled with spaces; in UCS-2 for Joliet. */
static void
put_text (guint8 *at, gsize len, const char *text, gboolean joliet)
{
    gsize n = strlen (text);

    for (gsize i = 0; i < (joliet ? len / 2 : len); i++) {
        guint8 letter = i < n ? (guint8) text[i] : ' ';

        if (joliet) {
            at[2 * i] = 0;
            at[2 * i + 1] = letter;
        } else {
            at[i] = letter;
        }
    }
}

/* --- directories ------------------------------------------------------------------------------------- */

/* A directory's record (9.1) of the N bytes of NAME; returns where its system use begins. */
static guint8 *
put_record (guint8 *at, guint32 sector, guint32 size_bytes, guint8 flags, const guint8 *name,
            guint8 n)
{
    gsize len = 33 + (gsize) n + (n % 2 == 0 ? 1 : 0);

    put_both_32 (at + 2, sector);
    put_both_32 (at + 10, size_bytes);
    at[18] = 120; /* years from 1900 on: the same files make the same image */
    at[19] = 1;
    at[20] = 1;
    at[25] = flags;
    put_both_16 (at + 28, 1);
    at[32] = n;
    memcpy (at + 33, name, n);
    at[0] = (guint8) len;
    return at + len;
}

/* A field of SUSP's: signature, length, version. */
static guint8 *
put_field (guint8 *at, const char *signature, guint8 len)
{
    memcpy (at, signature, 2);
    at[2] = len;
    at[3] = 1;
    return at + len;
}

/* RRIP 1.09, 4.1.1: mode, links, owner and group. */
static guint8 *
put_mode (guint8 *at, guint32 mode)
{
    put_both_32 (at + 4, mode);
    put_both_32 (at + 12, 1);
    put_both_32 (at + 20, 0);
    put_both_32 (at + 28, 0);
    return put_field (at, "PX", 36);
}

/* Says once that Rock Ridge is here: SUSP's SP and ER. */
static guint8 *
put_extensions (guint8 *at)
{
    static const char id[] = "RRIP_1991A";

    at[4] = 0xbe;
    at[5] = 0xef;
    at = put_field (at, "SP", 7);
    at[4] = sizeof id - 1;
    at[7] = 1;
    memcpy (at + 8, id, sizeof id - 1);
    return put_field (at, "ER", 8 + sizeof id - 1);
}

/* "." and ".."; returns where the next record goes. */
static guint8 *
put_dots (guint8 *at, guint32 sector, gboolean rock_ridge)
{
    for (guint8 which = 0; which < 2; which++) {
        guint8 *end = put_record (at, sector, SECTOR, IS_DIRECTORY, &which, 1);

        if (rock_ridge && which == 0)
            end = put_extensions (end);
        if (rock_ridge)
            end = put_mode (end, 0040555);
        at[0] = (guint8) ((end - at + 1) & ~1);
        at += at[0];
    }
    return at;
}

/* "META_DAT.;1" of "meta-data", as level 1 has it (10.1). */
static guint8
make_plain_name (const char *name, char *plain)
{
    const char *dot = strrchr (name, '.');
    gsize n = 0;

    for (const char *p = name; *p != '\0' && p != dot && n < 8; p++)
        plain[n++] = g_ascii_isalnum (*p) ? g_ascii_toupper (*p) : '_';
    plain[n++] = '.';
    for (gsize i = 1; dot != NULL && dot[i] != '\0' && i <= 3; i++)
        plain[n++] = g_ascii_isalnum (dot[i]) ? g_ascii_toupper (dot[i]) : '_';
    memcpy (plain + n, ";1", 2);
    return (guint8) (n + 2);
}

static guint8 *
put_plain_file (guint8 *at, const VitrineIsoFile *file, guint32 sector)
{
    char plain[16];
    guint8 len = make_plain_name (file->name, plain);
    guint8 *end =
        put_record (at, sector, (guint32) strlen (file->text), 0, (const guint8 *) plain, len);
    gsize n = strlen (file->name);

    end = put_mode (end, 0100444);
    memcpy (end + 5, file->name, n);
    end = put_field (end, "NM", (guint8) (5 + n));
    at[0] = (guint8) ((end - at + 1) & ~1);
    return at + at[0];
}

static guint8 *
put_joliet_file (guint8 *at, const VitrineIsoFile *file, guint32 sector)
{
    guint8 name[2 * NAME_MAX_LEN];
    gsize n = strlen (file->name);

    put_text (name, 2 * n, file->name, TRUE);
    put_record (at, sector, (guint32) strlen (file->text), 0, name, (guint8) (2 * n));
    return at + at[0];
}

/* Records are in the order of their names (9.3). */
static int
compare (gconstpointer a, gconstpointer b)
{
    return strcmp ((*(const VitrineIsoFile *const *) a)->name,
                   (*(const VitrineIsoFile *const *) b)->name);
}

/* --- the whole --------------------------------------------------------------------------------------- */

static void
put_descriptor (guint8 *at, guint8 type, const char *label, guint32 n_sectors, guint32 paths,
                guint32 root)
{
    gboolean joliet = type == 2;
    guint32 le = GUINT32_TO_LE (paths), be = GUINT32_TO_BE (paths + 1);
    const guint8 self = 0;

    at[0] = type;
    memcpy (at + 1, "CD001\1", 6);
    put_text (at + 8, 32, joliet ? "" : "LINUX", joliet);
    put_text (at + 40, 32, label, joliet);
    put_both_32 (at + 80, n_sectors);
    if (joliet)
        memcpy (at + 88, "%/E", 3); /* UCS-2, level 3 */
    put_both_16 (at + 120, 1);
    put_both_16 (at + 124, 1);
    put_both_16 (at + 128, SECTOR);
    put_both_32 (at + 132, PATHS_BYTES);
    memcpy (at + 140, &le, sizeof le);
    memcpy (at + 148, &be, sizeof be);
    put_record (at + 156, root, SECTOR, IS_DIRECTORY, &self, 1);
    put_text (at + 190, 623, "", joliet); /* names of publisher and others */
    if (joliet)
        at[812] = ' '; /* the odd one */
    for (guint i = 0; i < 4; i++) {
        memset (at + 813 + 17 * i, '0', 16); /* no date */
    }
    at[881] = 1;
}

static void
put_paths (guint8 *at, guint32 root)
{
    guint32 le = GUINT32_TO_LE (root), be = GUINT32_TO_BE (root);

    at[0] = at[SECTOR] = 1;
    memcpy (at + 2, &le, sizeof le);
    memcpy (at + SECTOR + 2, &be, sizeof be);
    at[6] = 1;
    at[SECTOR + 7] = 1;
}

GBytes *
vitrine_iso_build (const char *label, const VitrineIsoFile *files, gsize n, gsize size_bytes)
{
    g_autofree guint8 *image = g_malloc0 (size_bytes);
    const VitrineIsoFile *sorted[VITRINE_ISO_MAX_FILES];
    guint8 *plain, *joliet;
    guint32 sector = AT_FILES;

    g_return_val_if_fail (n <= VITRINE_ISO_MAX_FILES && size_bytes >= AT_FILES * SECTOR, NULL);
    for (gsize i = 0; i < n; i++) {
        g_return_val_if_fail (strlen (files[i].name) <= NAME_MAX_LEN, NULL);
        sorted[i] = &files[i];
    }
    qsort (sorted, n, sizeof *sorted, compare);
    put_descriptor (image + AT_PRIMARY * SECTOR, 1, label, (guint32) (size_bytes / SECTOR),
                    AT_PATHS, AT_ROOT);
    put_descriptor (image + AT_JOLIET * SECTOR, 2, label, (guint32) (size_bytes / SECTOR),
                    AT_PATHS + 2, AT_JOLIET_ROOT);
    image[AT_TERMINATOR * SECTOR] = 255;
    memcpy (image + AT_TERMINATOR * SECTOR + 1, "CD001\1", 6);
    put_paths (image + AT_PATHS * SECTOR, AT_ROOT);
    put_paths (image + (AT_PATHS + 2) * SECTOR, AT_JOLIET_ROOT);
    plain = put_dots (image + AT_ROOT * SECTOR, AT_ROOT, TRUE);
    joliet = put_dots (image + AT_JOLIET_ROOT * SECTOR, AT_JOLIET_ROOT, FALSE);
    for (gsize i = 0; i < n; i++) {
        gsize len = strlen (sorted[i]->text), n_sectors = MAX ((len + SECTOR - 1) / SECTOR, 1);

        if (n_sectors > size_bytes / SECTOR - sector)
            return NULL;
        plain = put_plain_file (plain, sorted[i], sector);
        joliet = put_joliet_file (joliet, sorted[i], sector);
        memcpy (image + (gsize) sector * SECTOR, sorted[i]->text, len);
        sector += (guint32) n_sectors;
    }
    return g_bytes_new_take (g_steal_pointer (&image), size_bytes);
}
