/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-fixture-asker.c - a client who asks for something and does not wait for it. */
#include "keeper-fixture-asker.h"

#include <string.h>

#include "keeper-fixture-devices.h"
#include "vitrine-error.h"

void
fixture_asker_set_up (FixtureAsker *self, Fixture *fixture)
{
    *self = (FixtureAsker){ .connection = fixture_new_connection (fixture) };
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    FixtureAsker *self = user_data;
    g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (
        G_DBUS_CONNECTION (source), NULL, result, &self->error);

    g_assert_true (self->may_succeed || answer == NULL);
    if (self->error)
        g_dbus_error_strip_remote_error (self->error);
    self->answered = TRUE;
}

void
fixture_asker_ask (FixtureAsker *self, const char *path, const char *method, GVariant *arguments,
                   GUnixFDList *fds)
{
    const char *name = strrchr (method, '.');
    g_autofree char *interface = g_strndup (method, (gsize) (name - method));

    g_assert_true (!self->asked || self->answered);
    self->asked = TRUE;
    self->answered = FALSE;
    g_dbus_connection_call_with_unix_fd_list (self->connection, NULL, path, interface, name + 1,
                                              arguments, NULL, G_DBUS_CALL_FLAGS_NONE,
                                              FIXTURE_TIMEOUT_S * 1000, fds, NULL, answered_cb,
                                              self);
}

gboolean
fixture_asker_is_answered (Fixture *fixture, gconstpointer asker)
{
    return ((const FixtureAsker *) asker)->answered;
}

void
fixture_asker_assert_waits (FixtureAsker *self, Fixture *fixture,
                            char *(*attach) (gpointer data, GError **error), gpointer data,
                            gint64 at_once_us)
{
    gint64 start_us = g_get_monotonic_time ();
    g_autoptr (GError) error = NULL;

    g_assert_true (vitrine_control_machine1_call_pause_sync (fixture->machine, NULL, NULL));
    g_assert_true (vitrine_control_machine1_call_resume_sync (fixture->machine, NULL, NULL));
    g_assert_null (attach (data, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_nonnull (strstr (error->message, "is being added"));
    g_assert_cmpint (g_get_monotonic_time () - start_us, <, at_once_us);
    g_assert_false (self->answered);
    g_assert_true (fixture_has_no_device (fixture, "virtio-disk1"));
}

void
fixture_asker_tear_down (FixtureAsker *self)
{
    g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    while (self->asked && !self->answered) /* at the latest now, that it is closed */
        g_main_context_iteration (NULL, TRUE);
    g_clear_object (&self->connection);
    g_clear_error (&self->error);
}
