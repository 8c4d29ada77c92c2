/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-image-luks.c - the headers of encrypted images: those that are good, and those that lie. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "image-luks.h"
#include "luks-head.h"
#include "vitrine-error.h"

#define DISK_BYTES      ((guint64) 1 << 20)
#define SIZE_BYTES      ((guint64) LUKS_HEAD_PAYLOAD_SECTORS * 512 + DISK_BYTES)

static void
test_good (void)
{
    guint8 head[IMAGE_LUKS_HEAD_BYTES];
    guint64 payload, disk;
    int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    luks_head_make (head, IMAGE_LUKS_HEAD_BYTES);
    g_assert_cmpint (pwrite (fd, head, sizeof head, 0), ==, sizeof head);
    g_assert_cmpint (ftruncate (fd, (off_t) SIZE_BYTES), ==, 0);
    g_assert_true (image_luks_read (fd, 0, 0, "/x", &payload, &disk, NULL));
    g_assert_cmpuint (payload, ==, SIZE_BYTES - DISK_BYTES);
    g_assert_cmpuint (disk, ==, DISK_BYTES);
    g_assert_true (image_luks_grow (fd, "/x", 2 * DISK_BYTES, NULL));
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (off_t) (SIZE_BYTES + DISK_BYTES));
    g_assert_false (image_luks_grow (fd, "/x", DISK_BYTES, NULL));
    g_assert_false (image_luks_grow (fd, "/x", G_MAXUINT64 - 511, NULL));
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (off_t) (SIZE_BYTES + DISK_BYTES));
    close (fd);
}

static char *
dup_uuid (const char *text, guint8 magic)
{
    guint8 head[IMAGE_LUKS_HEAD_BYTES];
    int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char *uuid;

    luks_head_make (head, IMAGE_LUKS_HEAD_BYTES);
    head[0] = magic;
    memcpy (head + 168, text, strlen (text));
    g_assert_cmpint (pwrite (fd, head, sizeof head, 0), ==, sizeof head);
    uuid = image_luks_dup_uuid (fd);
    close (fd);
    return uuid;
}

static void
test_uuid (void)
{
    static const char *const none[] = { "", "not-a-uuid", "b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2dx",
                                        "b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2dxxxx" };
    g_autofree char *uuid = dup_uuid ("B7A0A5F6-77d5-4c0b-9a0f-4f4d9a7a1c2d", 'L');

    g_assert_cmpstr (uuid, ==, "b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2d");
    for (guint i = 0; i < G_N_ELEMENTS (none); i++)
        g_assert_null (dup_uuid (none[i], 'L'));
    g_assert_null (dup_uuid ("b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2d", 'l'));
    g_assert_null (image_luks_dup_uuid (-1));
}

static void
test_lies (void)
{
    static const struct {
        gsize offset;
        guint32 value;
        const char *word;
    } lies[] = {
        { 0, 0x4c554b00, "no LUKS header" },
        { 4, 0xbabe0002, "version 2" },
        { 104, 0xffffffff, "cut off" },
        { 104, 0, "damaged" }, /* what opens it would be in the disk */
        { 108, 0, "damaged" },
        { 108, 0xffffffff, "damaged" },
        { 164, 0, "damaged" },
        { 164, 0xffffffff, "good time" },
        { 208, 1, "damaged" },
        { 208, 0x0000dead, "No passphrase" },
        { 212, 0, "damaged" },
        { 212, 0xffffffff, "good time" },
        { 248, 0, "damaged" },
        { 248, 0xfffffff0, "damaged" },
        { 252, 0xffffffff, "damaged" },
        { 252, 0, "damaged" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (lies); i++) {
        guint8 head[IMAGE_LUKS_HEAD_BYTES];
        g_autoptr (GError) error = NULL;
        guint64 payload;

        luks_head_make (head, IMAGE_LUKS_HEAD_BYTES);
        g_assert_true (image_luks_check (head, SIZE_BYTES, "/x", &payload, NULL));
        luks_head_store (head, lies[i].offset, lies[i].value);
        g_assert_false (image_luks_check (head, SIZE_BYTES, "/x", &payload, &error));
        g_assert_nonnull (strstr (error->message, "/x"));
        if (!strstr (error->message, lies[i].word))
            g_error ("lie %u: %s", (guint) i, error->message);
    }
}

static void
test_short (void)
{
    static const gsize sizes[] = { 0, 1, IMAGE_LUKS_HEAD_BYTES - 1, 4096, SIZE_BYTES - DISK_BYTES };
    guint8 head[IMAGE_LUKS_HEAD_BYTES];
    guint64 payload, disk;

    luks_head_make (head, IMAGE_LUKS_HEAD_BYTES);
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
        int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        g_autoptr (GError) error = NULL;

        g_assert_cmpint (pwrite (fd, head, sizeof head, 0), ==, sizeof head);
        g_assert_cmpint (ftruncate (fd, (off_t) sizes[i]), ==, 0);
        g_assert_false (image_luks_read (fd, 0, 0, "/x", &payload, &disk, &error));
        g_assert_nonnull (error);
        close (fd);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/image/luks/disk-is-what-comes-after-the-header", test_good);
    g_test_add_func ("/image/luks/uuid-is-what-the-header-calls-it-and-nothing-else", test_uuid);
    g_test_add_func ("/image/luks/headers-that-lie-are-refused", test_lies);
    g_test_add_func ("/image/luks/files-that-are-cut-off-are-refused", test_short);
    return g_test_run ();
}
