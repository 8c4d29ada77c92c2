/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-fixture-devices.c - the devices of a fixture's machine over D-Bus, and the files behind them. */
#include "keeper-fixture-devices.h"

#include <fcntl.h>
#include <unistd.h>

#define IMAGE_BYTES 65536

gboolean
fixture_device_call (Fixture *self, const char *path, const char *method, GVariant *arguments,
                     GError **error)
{
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        self->connection, NULL, path, "org.vitrine.Device1", method, arguments, NULL,
        G_DBUS_CALL_FLAGS_NONE, FIXTURE_TIMEOUT_S * 1000, NULL, error);

    if (error && *error)
        g_dbus_error_strip_remote_error (*error);
    return answer != NULL;
}

char *
fixture_device_dup_property (Fixture *self, const char *path, const char *name)
{
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        self->connection, NULL, path, "org.freedesktop.DBus.Properties", "Get",
        g_variant_new ("(ss)", "org.vitrine.Device1", name), G_VARIANT_TYPE ("(v)"),
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    g_autoptr (GVariant) value = NULL;

    if (!answer)
        return NULL;
    g_variant_get (answer, "(v)", &value);
    return g_variant_dup_string (value, NULL);
}

char *
fixture_make_image (Fixture *self, const char *name)
{
    char *path = g_build_filename (self->root, name, NULL);
    g_autofree char *bytes = g_malloc0 (IMAGE_BYTES);

    g_assert_true (g_file_set_contents (path, bytes, IMAGE_BYTES, NULL));
    return path;
}

gboolean
fixture_is_locked (const char *file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open (file, O_RDWR | O_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fcntl (fd, F_OFD_GETLK, &lock), ==, 0);
    close (fd);
    return lock.l_type != F_UNLCK;
}

gboolean
fixture_has_device (Fixture *self, gconstpointer alias)
{
    GVariantIter iter;
    const char *one;

    g_variant_iter_init (&iter, vitrine_control_machine1_get_devices (self->machine));
    while (g_variant_iter_next (&iter, "(&sss&s)", &one, NULL, NULL, NULL))
        if (g_str_equal (one, alias))
            return TRUE;
    return FALSE;
}

gboolean
fixture_has_no_device (Fixture *self, gconstpointer alias)
{
    return !fixture_has_device (self, alias);
}
