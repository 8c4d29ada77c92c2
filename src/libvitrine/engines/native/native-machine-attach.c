/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-attach.c - a device that comes to a machine that runs.
 *
 * What opens an encrypted disk goes to the keeper by a pipe, and is in no message.  Whoever wants the device no more says so
 * to the keeper, and is answered when that has given it up, or else was quicker: whose disk it is is known then.  Of what
 * the keeper cannot give up, only the waiting is.
 */
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "native-machine-private.h"
#include "secret.h"
#include "vitrine-private.h"

#define PATH      "/org/vitrine/Machine"
#define INTERFACE "org.vitrine.Machine1"

typedef struct {
    GDBusConnection *connection;
    GCancellable *calling; /* ends the waiting for the answer */
    GSource *unwanted;     /* waits for whoever wants it no more; or NULL */
} Attaching;

static void
stop_following (Attaching *attaching)
{
    if (attaching->unwanted != NULL)
        g_source_destroy (attaching->unwanted);
    g_clear_pointer (&attaching->unwanted, g_source_unref);
}

static void
attaching_free (gpointer data)
{
    Attaching *attaching = data;

    stop_following (attaching);
    g_object_unref (attaching->connection);
    g_object_unref (attaching->calling);
    g_free (attaching);
}

/* --- giving it up ----------------------------------------------------------------------------- */

/* The answer to the other call, which comes with this one, says that it was given up. */
static void
given_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Attaching *attaching = g_task_get_task_data (task);
    g_autoptr (GVariant) answer =
        g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

    if (answer == NULL)
        g_cancellable_cancel (attaching->calling);
}

static gboolean
unwanted_cb (GCancellable *cancellable, gpointer user_data)
{
    GTask *task = user_data;
    Attaching *attaching = g_task_get_task_data (task);

    stop_following (attaching);
    g_dbus_connection_call (attaching->connection, NULL, PATH, INTERFACE, "CancelAttach", NULL,
                            NULL, G_DBUS_CALL_FLAGS_NONE, NATIVE_SETTLE_MS, NULL, given_up_cb,
                            g_object_ref (task));
    return G_SOURCE_REMOVE;
}

static void
follow_caller (GTask *task)
{
    Attaching *attaching = g_task_get_task_data (task);
    GCancellable *cancellable = g_task_get_cancellable (task);

    if (cancellable == NULL)
        return;
    attaching->unwanted = g_cancellable_source_new (cancellable);
    g_source_set_callback (attaching->unwanted, G_SOURCE_FUNC (unwanted_cb), task, NULL);
    g_source_attach (attaching->unwanted, NULL);
}

/* --- asking for it ---------------------------------------------------------------------------- */

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Attaching *attaching = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (
        G_DBUS_CONNECTION (source), NULL, result, &error);

    stop_following (attaching);
    if (answer != NULL) {
        g_task_return_boolean (task, TRUE);
    } else if (g_task_return_error_if_cancelled (task)) {
        g_error_free (error);
    } else {
        g_task_return_error (task, error);
    }
}

/* A list with the pipe in which PASSPHRASE waits, and nothing else; or NULL. */
static GUnixFDList *
make_pipe (const VitrinePassphrase *passphrase, GError **error)
{
    struct secret *line = secret_new (secret_bytes (passphrase), secret_len (passphrase));
    int fd = line != NULL && secret_append (line, "\n", 1) == 0
                 ? secret_make_pipe (line, 0, secret_len (line))
                 : -1;

    secret_unref (line);
    if (fd >= 0)
        return g_unix_fd_list_new_from_array (&fd, 1);
    vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("The passphrase cannot be handed on"));
    return NULL;
}

void
native_machine_attach_async (NativeMachine *self, const VitrineChange *change,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
    gboolean opens = change->passphrase != NULL;
    g_autoptr (GUnixFDList) fds = NULL;
    Attaching *attaching = g_new0 (Attaching, 1);
    GError *error = NULL;

    attaching->connection = g_object_ref (g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)));
    attaching->calling = g_cancellable_new ();
    g_task_set_task_data (task, attaching, attaching_free);
    g_task_set_check_cancellable (task, FALSE); /* the keeper says what is so */
    if (opens && (fds = make_pipe (change->passphrase, &error)) == NULL) {
        g_task_return_error (task, error);
        return;
    }
    g_dbus_connection_call_with_unix_fd_list (
        attaching->connection, NULL, PATH, INTERFACE, opens ? "AttachEncrypted" : "Attach",
        opens ? g_variant_new ("(sh)", change->what, 0) : g_variant_new ("(s)", change->what), NULL,
        G_DBUS_CALL_FLAGS_NONE, NATIVE_CHANGE_MS, fds, attaching->calling, answered_cb,
        g_object_ref (task));
    follow_caller (task);
}
