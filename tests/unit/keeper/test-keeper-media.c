/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-media.c - media that come and go, and disks that grow: files, locks, what clients see. */
#include <string.h>

#include "keeper-fixture-devices.h"
#include "vitrine-error.h"

#define DRIVE "/org/vitrine/devices/sata0_2d0_2d0"
#define DISK  "/org/vitrine/devices/virtio_2ddisk0"

typedef struct {
    Fixture f;
    char *first, *second;
} Machine;

/* With a CD and a disk; the VMM behaves as MODE says. */
static void
set_up (Machine *m, gconstpointer mode)
{
    g_autofree char *devices = NULL;

    fixture_set_up (&m->f);
    m->first = fixture_make_image (&m->f, "first.iso");
    m->second = fixture_make_image (&m->f, "second.iso");
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
    return fixture_device_call (&m->f, path, method, arguments, error);
}

static void
assert_source (Machine *m, const char *expected)
{
    g_autofree char *source = fixture_device_dup_property (&m->f, DRIVE, "Source");

    g_assert_cmpstr (source, ==, expected);
}

/* The lock goes with the medium. */
static void
test_insert_and_eject (Machine *m, gconstpointer mode)
{
    g_autoptr (GError) error = NULL;

    assert_source (m, m->first);
    g_assert_true (call (m, DRIVE, "Insert", g_variant_new ("(sb)", m->second, FALSE), &error));
    g_assert_no_error (error);
    g_assert_true (fixture_is_locked (m->second));
    assert_source (m, m->second);
    g_assert_true (call (m, DRIVE, "Eject", g_variant_new ("(b)", FALSE), &error));
    g_assert_false (fixture_is_locked (m->second));
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
    g_assert_false (fixture_is_locked (m->second));
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
