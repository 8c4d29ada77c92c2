/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-media.c - media that come and go, and disks that grow: files, locks, what clients see. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "keeper-fixture.h"
#include "vitrine-error.h"

#define DRIVE "/org/vitrine/devices/sata0_2d0_2d0"
#define DISK  "/org/vitrine/devices/virtio_2ddisk0"

typedef struct {
    Fixture f;
    char *first, *second;
} Machine;

static char *
make_file (Fixture *f, const char *name)
{
    char *path = g_build_filename (f->root, name, NULL);
    g_autofree char *bytes = g_malloc0 (65536);

    g_assert_true (g_file_set_contents (path, bytes, 65536, NULL));
    return path;
}

/* With a CD and a disk; the VMM behaves as MODE says. */
static void
set_up (Machine *m, gconstpointer mode)
{
    g_autofree char *devices = NULL;

    fixture_set_up (&m->f);
    m->first = make_file (&m->f, "first.iso");
    m->second = make_file (&m->f, "second.iso");
    devices = g_strdup_printf ("<disk type='file' device='cdrom'><source file='%s'/>"
                               "<target dev='sda' bus='sata'/></disk>",
                               m->first);
    fixture_define (&m->f, devices, "");
    if (mode)
        fixture_set_env (&m->f, "FAKE_VMM", mode);
    fixture_run (&m->f);
}

static void
tear_down (Machine *m, gconstpointer mode)
{
    fixture_tear_down (&m->f);
    g_free (m->first);
    g_free (m->second);
}

static gboolean
call (Machine *m, const char *path, const char *method, GVariant *arguments, GError **error)
{
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        m->f.connection, NULL, path, "org.vitrine.Device1", method, arguments, NULL,
        G_DBUS_CALL_FLAGS_NONE, FIXTURE_TIMEOUT_S * 1000, NULL, error);

    if (error && *error)
        g_dbus_error_strip_remote_error (*error);
    return answer != NULL;
}

static void
assert_source (Machine *m, const char *expected)
{
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        m->f.connection, NULL, DRIVE, "org.freedesktop.DBus.Properties", "Get",
        g_variant_new ("(ss)", "org.vitrine.Device1", "Source"), G_VARIANT_TYPE ("(v)"),
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    g_autoptr (GVariant) value = NULL;

    g_assert_nonnull (answer);
    g_variant_get (answer, "(v)", &value);
    g_assert_cmpstr (g_variant_get_string (value, NULL), ==, expected);
}

/* Whether somebody reads FILE and wants no writer. */
static gboolean
is_locked (const char *file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open (file, O_RDWR | O_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fcntl (fd, F_OFD_GETLK, &lock), ==, 0);
    close (fd);
    return lock.l_type != F_UNLCK;
}

/* The lock goes with the medium. */
static void
test_insert_and_eject (Machine *m, gconstpointer mode)
{
    g_autoptr (GError) error = NULL;

    assert_source (m, m->first);
    g_assert_true (call (m, DRIVE, "Insert", g_variant_new ("(sb)", m->second, FALSE), &error));
    g_assert_no_error (error);
    g_assert_true (is_locked (m->second));
    assert_source (m, m->second);
    g_assert_true (call (m, DRIVE, "Eject", g_variant_new ("(b)", FALSE), &error));
    g_assert_false (is_locked (m->second));
    assert_source (m, "");
}

static void
test_locked_tray (Machine *m, gconstpointer mode)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (call (m, DRIVE, "Eject", g_variant_new ("(b)", FALSE), &error));
    g_assert_nonnull (strstr (error->message, "tray locked"));
    g_clear_error (&error);
    assert_source (m, m->first);
    g_assert_false (call (m, DRIVE, "Insert", g_variant_new ("(sb)", m->second, FALSE), &error));
    g_assert_false (is_locked (m->second));
    g_clear_error (&error);
    g_assert_true (call (m, DRIVE, "Eject", g_variant_new ("(b)", TRUE), &error));
    assert_source (m, "");
}

static void
test_what_cannot_be_inserted (Machine *m, gconstpointer mode)
{
    static const struct {
        const char *path;
        int code;
    } media[] = {
        { "relative.iso", VITRINE_ERROR_INVALID },
        { "/does/not/exist.iso", VITRINE_ERROR_NOT_FOUND },
        { "/", VITRINE_ERROR_INVALID },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (media); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_false (
            call (m, DRIVE, "Insert", g_variant_new ("(sb)", media[i].path, FALSE), &error));
        g_assert_error (error, VITRINE_ERROR, media[i].code);
        assert_source (m, m->first);
    }
}

static void
test_only_where_it_makes_sense (Machine *m, gconstpointer mode)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (call (m, DISK, "Eject", g_variant_new ("(b)", TRUE), &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&error);
    g_assert_false (call (m, DRIVE, "Resize", g_variant_new ("(t)", (guint64) 1 << 20), &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
test_resize (Machine *m, gconstpointer mode)
{
    g_autoptr (GError) error = NULL;

    g_assert_true (call (m, DISK, "Resize", g_variant_new ("(t)", (guint64) 1 << 20), &error));
    g_assert_no_error (error);
    g_assert_false (call (m, DISK, "Resize", g_variant_new ("(t)", (guint64) 1000), &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_false (call (m, DISK, "Resize", g_variant_new ("(t)", (guint64) 1 << 40), &error));
    g_assert_nonnull (strstr (error->message, "so much space"));
}

#define ADD(path, mode, function)                                                                  \
    g_test_add ("/keeper/media/" path, Machine, mode, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    vitrine_error_quark (); /* known to D-Bus */
    ADD ("lock-and-source-go-with-the-medium", NULL, test_insert_and_eject);
    ADD ("guest-that-locks-the-tray-keeps-the-medium", "locked-tray", test_locked_tray);
    ADD ("what-cannot-be-inserted", NULL, test_what_cannot_be_inserted);
    ADD ("only-where-it-makes-sense", NULL, test_only_where_it_makes_sense);
    ADD ("disk-grows", NULL, test_resize);
    return g_test_run ();
}
