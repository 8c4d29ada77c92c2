/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-clients.c - clients that ask nonsense, say nothing, or never stop get errors; the
 * machine goes on. */
#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "fd.h"
#include "keeper-fixture.h"
#include "vitrine-error.h"

/* The machine answers, and runs. */
static void
assert_well (Fixture *f)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) figures = NULL;

    vitrine_control_machine1_call_get_statistics_sync (f->machine, &figures, NULL, NULL, NULL,
                                                       &error);
    g_assert_no_error (error);
    g_assert_cmpstr (vitrine_control_machine1_get_state (f->machine), ==, "running");
}

typedef struct {
    const char *promise;
    const char *path, *interface, *method;
    const char *arguments; /* a GVariant's text, or NULL */
    const char *error;     /* the D-Bus name */
} Nonsense;

#define MACHINE "/org/vitrine/Machine", "org.vitrine.Machine1"

static const Nonsense nonsense[] = {
    { "unknown-method", MACHINE, "Explode", NULL, "org.freedesktop.DBus.Error.UnknownMethod" },
    { "unknown-interface", "/org/vitrine/Machine", "org.example.X", "Pause", NULL,
      "org.freedesktop.DBus.Error.UnknownMethod" },
    { "unknown-object", "/org/vitrine/Machines", "org.vitrine.Machine1", "Pause", NULL,
      "org.freedesktop.DBus.Error.UnknownMethod" },
    { "argument-where-none-belongs", MACHINE, "Pause", "('x',)",
      "org.freedesktop.DBus.Error.InvalidArgs" },
    { "no-argument", MACHINE, "OpenConsole", NULL, "org.freedesktop.DBus.Error.InvalidArgs" },
    { "wrong-type", MACHINE, "OpenConsole", "(5,)", "org.freedesktop.DBus.Error.InvalidArgs" },
    { "keys-of-wrong-type", MACHINE, "SendKeys", "([('a', true)],)",
      "org.freedesktop.DBus.Error.InvalidArgs" },
    { "set-read-only-property", "/org/vitrine/Machine", "org.freedesktop.DBus.Properties", "Set",
      "('org.vitrine.Machine1', 'State', <'off'>)", "org.freedesktop.DBus.Error.InvalidArgs" },
    { "unknown-property", "/org/vitrine/Machine", "org.freedesktop.DBus.Properties", "Get",
      "('org.vitrine.Machine1', 'Colour')", "org.freedesktop.DBus.Error.InvalidArgs" },
    { "unknown-console", MACHINE, "OpenConsole", "('../../etc/passwd',)",
      "org.vitrine.Error.NotFound" },
    { "unknown-display", MACHINE, "OpenDisplay", "('x11',)", "org.vitrine.Error.Unsupported" },
    { "no-display", MACHINE, "OpenDisplay", "('vnc',)", "org.vitrine.Error.Unsupported" },
    { "screenshot-of-nothing", MACHINE, "Screenshot", NULL, "org.vitrine.Error.Unsupported" },
    { "key-zero", MACHINE, "SendKeys", "([(uint32 0, true)],)", "org.vitrine.Error.Invalid" },
    { "key-out-of-range", MACHINE, "SendKeys", "([(uint32 30, true), (uint32 4294967295, true)],)",
      "org.vitrine.Error.Invalid" },
};

static void
test_nonsense (gconstpointer data)
{
    const Nonsense *n = data;
    Fixture f;
    g_autoptr (GError) error = NULL;
    g_autofree char *name = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    g_assert_null (
        g_dbus_connection_call_sync (f.connection, NULL, n->path, n->interface, n->method,
                                     n->arguments ? g_variant_new_parsed (n->arguments) : NULL,
                                     NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error));
    name = g_dbus_error_encode_gerror (error);
    g_assert_cmpstr (name, ==, n->error);
    assert_well (&f);
    fixture_tear_down (&f);
}

/* --- keys ------------------------------------------------------------------------------------ */

static GVariant *
make_keys (guint n)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ub)"));
    for (guint i = 0; i < n; i++)
        g_variant_builder_add (&builder, "(ub)", 30 + i % 2, i % 2 == 0);
    return g_variant_builder_end (&builder);
}

static guint64
figure (Fixture *f, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) figures = NULL;
    guint64 value = 0;

    vitrine_control_machine1_call_get_statistics_sync (f->machine, &figures, NULL, NULL, NULL,
                                                       &error);
    g_assert_no_error (error);
    g_assert_true (g_variant_lookup (figures, name, "t", &value));
    return value;
}

static void
test_keys_are_paced (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_send_keys_sync (f.machine, make_keys (41), NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (figure (&f, "exits"), ==, 41); /* all, by the time of the answer */
    g_assert_cmpuint (figure (&f, "written-bytes"), ==, 21);
    g_assert_cmpuint (figure (&f, "read-bytes"), ==, 30);
    g_assert_cmpuint (figure (&f, "vcpu-ns"), >=, 5000000); /* no two within 5 ms */
    fixture_tear_down (&f);
}

static void
test_no_keys (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_send_keys_sync (f.machine, make_keys (0), NULL, &error);
    g_assert_no_error (error);
    fixture_tear_down (&f);
}

static void
test_too_many_keys (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_send_keys_sync (f.machine, make_keys (4097), NULL, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    vitrine_control_machine1_call_send_keys_sync (f.machine, make_keys (100000), NULL, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_cmpuint (figure (&f, "exits"), ==, 0);
    fixture_tear_down (&f);
}

typedef struct {
    guint n_done, n_busy, n_gone;
} Outcomes;

static void
keys_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Outcomes *outcomes = user_data;
    g_autoptr (GError) error = NULL;

    vitrine_control_machine1_call_send_keys_finish (VITRINE_CONTROL_MACHINE1 (source), result,
                                                    &error);
    outcomes->n_done++;
    outcomes->n_busy += g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    outcomes->n_gone += g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static gboolean
outcomes_are (Fixture *f, gconstpointer data)
{
    const Outcomes *const *pair = data;

    return pair[0]->n_done == pair[1]->n_done;
}

/* Two long batches wait, a third is too much; all are answered when the machine goes. */
static void
test_keys_of_many_callers (void)
{
    Fixture f;
    Outcomes outcomes = { 0 };
    const Outcomes one = { .n_done = 1 }, three = { .n_done = 3 };
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < 3; i++)
        vitrine_control_machine1_call_send_keys (f.machine, make_keys (4096), NULL, keys_cb,
                                                 &outcomes);
    fixture_wait (&f, outcomes_are, (const Outcomes *[]){ &outcomes, &one });
    g_assert_cmpuint (outcomes.n_busy, ==, 1);
    vitrine_control_machine1_call_power_off_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait (&f, outcomes_are, (const Outcomes *[]){ &outcomes, &three });
    g_assert_cmpuint (outcomes.n_gone, ==, 2);
    fixture_tear_down (&f);
}

/* --- many, silent, loud ---------------------------------------------------------------------- */

static GSocket *
connect_socket (Fixture *f)
{
    g_autofree char *control = g_build_filename (f->runtime, "control", NULL);
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (control);
    GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

    while (!g_socket_connect (socket, address, NULL, NULL))
        g_usleep (1000); /* as many wait already as the keeper lets wait */
    return socket;
}

/* Whether the keeper hung up on SOCKET within SECONDS. */
static gboolean
is_hung_up (GSocket *socket, guint seconds)
{
    char byte;

    g_socket_set_timeout (socket, seconds);
    return g_socket_receive (socket, &byte, 1, NULL, NULL) == 0;
}

static void
test_too_many_connections (void)
{
    Fixture f;
    g_autoptr (GPtrArray) connections = g_ptr_array_new_with_free_func (g_object_unref);
    g_autoptr (GSocket) one_more = NULL;
    GDBusConnection *connection;

    fixture_set_up (&f);
    fixture_run (&f); /* has one */
    for (guint i = 0; i < 63; i++) {
        connection = fixture_new_connection (&f);
        g_assert_nonnull (connection);
        g_ptr_array_add (connections, connection);
    }
    one_more = connect_socket (&f);
    g_assert_true (is_hung_up (one_more, 2));
    assert_well (&f);
    g_dbus_connection_close_sync (g_ptr_array_index (connections, 7), NULL, NULL);
    do /* the keeper hears of it in its own time */
        connection = fixture_new_connection (&f);
    while (!connection);
    g_object_unref (connection);
    fixture_tear_down (&f);
}

static void
test_connections_come_and_go (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < 1000; i++)
        g_object_unref (connect_socket (&f));
    assert_well (&f);
    fixture_tear_down (&f);
}

static void
test_silent_connections (void)
{
    Fixture f;
    g_autoptr (GPtrArray) silent = g_ptr_array_new_with_free_func (g_object_unref);

    fixture_set_up (&f);
    g_free (f.keeper);
    f.keeper = g_strdup (HASTY_KEEPER); /* a second for the handshake */
    fixture_run (&f);
    for (guint i = 0; i < 30; i++)
        g_ptr_array_add (silent, connect_socket (&f));
    assert_well (&f);
    for (guint i = 0; i < silent->len; i++)
        g_assert_true (is_hung_up (g_ptr_array_index (silent, i), 10));
    fixture_connect (&f);
    assert_well (&f);
    fixture_tear_down (&f);
}

static void
test_no_dbus (void)
{
    static const char *const greetings[] = { "GET / HTTP/1.0\r\n\r\n", "AUTH EXTERNAL 30\r\n",
                                             "\xff\xff\xff\xff\xff\xff\xff\xff",
                                             "AUTH ANONYMOUS\r\nBEGIN\r\n", "\n\n\n\n" };
    Fixture f;

    fixture_set_up (&f);
    g_free (f.keeper);
    f.keeper = g_strdup (HASTY_KEEPER);
    fixture_run (&f);
    for (gsize i = 0; i < G_N_ELEMENTS (greetings); i++) {
        g_autoptr (GSocket) socket = connect_socket (&f);
        char bytes[512];

        g_socket_send (socket, "", 1, NULL, NULL); /* where the credentials go */
        g_socket_send (socket, greetings[i], strlen (greetings[i]), NULL, NULL);
        g_socket_set_timeout (socket, 10);
        while (g_socket_receive (socket, bytes, sizeof bytes, NULL, NULL) > 0)
            ;
    }
    assert_well (&f);
    fixture_tear_down (&f);
}

/* After a good handshake: bytes that are no message. */
static void
test_garbage_message (void)
{
    Fixture f;
    g_autoptr (GDBusConnection) connection = NULL;
    GOutputStream *out;

    fixture_set_up (&f);
    fixture_run (&f);
    connection = fixture_new_connection (&f);
    out = g_io_stream_get_output_stream (g_dbus_connection_get_stream (connection));
    g_output_stream_write (out, "Xl\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16,
                           NULL, NULL);
    assert_well (&f);
    fixture_tear_down (&f);
}

static void
figures_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Outcomes *outcomes = user_data;
    g_autoptr (GVariant) figures = NULL;
    g_autoptr (GError) error = NULL;

    vitrine_control_machine1_call_get_statistics_finish (VITRINE_CONTROL_MACHINE1 (source),
                                                         &figures, NULL, NULL, result, &error);
    outcomes->n_done++;
    if (error) {
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
        outcomes->n_busy++;
    }
}

static void
test_flood (void)
{
    Fixture f;
    Outcomes outcomes = { 0 };
    const Outcomes all = { .n_done = 5000 };

    fixture_set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < all.n_done; i++)
        vitrine_control_machine1_call_get_statistics (f.machine, NULL, figures_cb, &outcomes);
    fixture_wait (&f, outcomes_are, (const Outcomes *[]){ &outcomes, &all });
    g_assert_cmpuint (outcomes.n_busy, <, all.n_done);
    assert_well (&f);
    fixture_tear_down (&f);
}

/* A client that leaves in the middle of its calls. */
static void
test_leaves_early (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    for (guint i = 0; i < 20; i++) {
        g_autoptr (GDBusConnection) connection = fixture_new_connection (&f);

        g_dbus_connection_call (connection, NULL, MACHINE, "SendKeys",
                                g_variant_new ("(@a(ub))", make_keys (2)), NULL,
                                G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
        g_dbus_connection_call (connection, NULL, MACHINE, "OpenConsole",
                                g_variant_new ("(s)", "serial0"), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                                NULL, NULL, NULL);
        g_dbus_connection_flush_sync (connection, NULL, NULL);
        g_dbus_connection_close_sync (connection, NULL, NULL);
    }
    assert_well (&f);
    fixture_tear_down (&f);
}

/* Everybody connected hears of it. */
static gboolean
other_is_paused (Fixture *f, gconstpointer machine)
{
    return g_strcmp0 (
               vitrine_control_machine1_get_state ((VitrineControlMachine1 *) (guintptr) machine),
               "paused")
           == 0;
}

static void
test_all_clients_are_told (void)
{
    Fixture f;
    g_autoptr (GDBusConnection) connection = NULL;
    g_autoptr (VitrineControlMachine1) other = NULL;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    connection = fixture_new_connection (&f);
    other = vitrine_control_machine1_proxy_new_sync (connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
                                                     "/org/vitrine/Machine", NULL, &error);
    g_assert_no_error (error);
    vitrine_control_machine1_call_pause_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "paused");
    fixture_wait (&f, other_is_paused, other);
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_assert_cmpuint (VITRINE_ERROR, !=, 0); /* registers the names of its errors */
    for (gsize i = 0; i < G_N_ELEMENTS (nonsense); i++) {
        g_autofree char *path = g_strdup_printf ("/keeper/clients/%s", nonsense[i].promise);

        g_test_add_data_func (path, &nonsense[i], test_nonsense);
    }
    g_test_add_func ("/keeper/clients/keys-are-paced", test_keys_are_paced);
    g_test_add_func ("/keeper/clients/no-keys-are-none", test_no_keys);
    g_test_add_func ("/keeper/clients/too-many-keys", test_too_many_keys);
    g_test_add_func ("/keeper/clients/keys-of-many-callers", test_keys_of_many_callers);
    g_test_add_func ("/keeper/clients/too-many-connections", test_too_many_connections);
    g_test_add_func ("/keeper/clients/connections-come-and-go", test_connections_come_and_go);
    g_test_add_func ("/keeper/clients/silent-connections-are-hung-up-on", test_silent_connections);
    g_test_add_func ("/keeper/clients/no-dbus", test_no_dbus);
    g_test_add_func ("/keeper/clients/garbage-message", test_garbage_message);
    g_test_add_func ("/keeper/clients/flood-of-calls", test_flood);
    g_test_add_func ("/keeper/clients/leaves-early", test_leaves_early);
    g_test_add_func ("/keeper/clients/all-are-told", test_all_clients_are_told);
    return g_test_run ();
}
