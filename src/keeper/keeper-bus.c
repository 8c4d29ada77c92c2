/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-bus.c - D-Bus from peer to peer: a socket, and objects for whoever connects.
 *
 * GDBusServer would do, were it not for peers that connect and say nothing: it starts a thread for
 * each before anybody can count them.  So we accept ourselves, and hand GDBus a stream of known
 * origin.
 */
#include "keeper-bus.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vitrine-error.h"

#ifndef HANDSHAKE_S /* tests are less patient */
#define HANDSHAKE_S 5
#endif
#define FLUSH_MS 1000

typedef struct {
    KeeperBus *bus; /* NULL once the bus let go of it */
    GCancellable *cancellable;
    guint timeout; /* runs during the handshake */
    GDBusConnection *connection;
    GDBusObjectManagerServer *manager;
    GPtrArray *objects; /* of GDBusObjectSkeleton, its own */
    gulong closed_handler;
} Peer;

struct _KeeperBus {
    GSocketService *service;
    char *root;
    KeeperBusMakeObjects make_objects;
    gpointer user_data;
    GPtrArray *peers; /* of Peer */
    char *guid;
    GDBusAuthObserver *observer;
};

/* Lets go of PEER.  While its handshake goes on, handshake_cb() frees it. */
static void
peer_release (Peer *peer)
{
    peer->bus = NULL;
    g_clear_handle_id (&peer->timeout, g_source_remove);
    if (!peer->connection) {
        g_cancellable_cancel (peer->cancellable);
        return;
    }
    g_clear_signal_handler (&peer->closed_handler, peer->connection);
    g_dbus_object_manager_server_set_connection (peer->manager, NULL);
    g_object_unref (peer->manager);
    g_ptr_array_unref (peer->objects);
    g_dbus_connection_close (peer->connection, NULL, NULL, NULL);
    g_object_unref (peer->connection);
    g_object_unref (peer->cancellable);
    g_free (peer);
}

static void
closed_cb (GDBusConnection *connection, gboolean remote, GError *error, gpointer user_data)
{
    Peer *peer = user_data;

    g_ptr_array_remove (peer->bus->peers, peer);
}

static void
show_objects (Peer *peer)
{
    peer->manager = g_dbus_object_manager_server_new (peer->bus->root);
    peer->objects = peer->bus->make_objects (peer->bus->user_data);
    for (guint i = 0; i < peer->objects->len; i++)
        g_dbus_object_manager_server_export (peer->manager, g_ptr_array_index (peer->objects, i));
    g_dbus_object_manager_server_set_connection (peer->manager, peer->connection);
    g_dbus_connection_set_exit_on_close (peer->connection, FALSE);
    peer->closed_handler =
        g_signal_connect (peer->connection, "closed", G_CALLBACK (closed_cb), peer);
    g_dbus_connection_start_message_processing (peer->connection);
}

static void
handshake_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Peer *peer = user_data;
    g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, NULL);
    guint index;

    g_clear_handle_id (&peer->timeout, g_source_remove);
    /* One that is closed already has said so before anybody could listen. */
    if (peer->bus && connection && !g_dbus_connection_is_closed (connection)) {
        peer->connection = g_steal_pointer (&connection);
        show_objects (peer);
        return;
    }
    if (peer->bus && g_ptr_array_find (peer->bus->peers, peer, &index))
        g_ptr_array_steal_index (peer->bus->peers, index);
    g_object_unref (peer->cancellable);
    g_free (peer);
}

static gboolean
handshake_timeout_cb (gpointer user_data)
{
    Peer *peer = user_data;

    peer->timeout = 0;
    g_cancellable_cancel (peer->cancellable);
    return G_SOURCE_REMOVE;
}

static gboolean
is_same_user (GSocketConnection *stream)
{
    GSocket *socket = g_socket_connection_get_socket (stream);
    g_autoptr (GCredentials) peer = g_socket_get_credentials (socket, NULL);

    return peer && g_credentials_get_unix_user (peer, NULL) == geteuid ();
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *stream, GObject *source,
             gpointer user_data)
{
    KeeperBus *self = user_data;
    Peer *peer;

    if (self->peers->len >= KEEPER_BUS_MAX_PEERS || !is_same_user (stream))
        return TRUE; /* the stream is closed with its last reference */
    peer = g_new0 (Peer, 1);
    peer->bus = self;
    peer->cancellable = g_cancellable_new ();
    peer->timeout = g_timeout_add_seconds (HANDSHAKE_S, handshake_timeout_cb, peer);
    g_ptr_array_add (self->peers, peer);
    g_dbus_connection_new (G_IO_STREAM (stream), self->guid,
                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                               | G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER
                               | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                           self->observer, peer->cancellable, handshake_cb, peer);
    return TRUE;
}

static gboolean
allow_mechanism_cb (GDBusAuthObserver *observer, const char *mechanism, gpointer user_data)
{
    return g_str_equal (mechanism, "EXTERNAL");
}

/* The socket is its user's alone from its first moment. */
static gboolean
listen_at (KeeperBus *self, const char *path, GError **error)
{
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
    g_autoptr (GError) local = NULL;
    mode_t umask_before = umask (0177);
    gboolean ok = g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address,
                                                 G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                                 NULL, NULL, &local);

    umask (umask_before);
    if (!ok)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The socket %s cannot be made: %s"), path, local->message);
    return ok;
}

KeeperBus *
keeper_bus_new (const char *path, const char *root, KeeperBusMakeObjects make_objects,
                gpointer user_data, GError **error)
{
    KeeperBus *self = g_new0 (KeeperBus, 1);

    self->service = g_socket_service_new ();
    g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), KEEPER_BUS_MAX_PEERS);
    self->root = g_strdup (root);
    self->make_objects = make_objects;
    self->user_data = user_data;
    self->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) peer_release);
    self->guid = g_dbus_generate_guid ();
    self->observer = g_dbus_auth_observer_new ();
    g_signal_connect (self->observer, "allow-mechanism", G_CALLBACK (allow_mechanism_cb), NULL);
    g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
    if (listen_at (self, path, error))
        return self;
    keeper_bus_free (self);
    return NULL;
}

void
keeper_bus_add_object (KeeperBus *self, KeeperBusMakeObject make, gpointer user_data)
{
    for (guint i = 0; i < self->peers->len; i++) {
        Peer *peer = g_ptr_array_index (self->peers, i);
        GDBusObjectSkeleton *object;

        if (!peer->connection)
            continue; /* it will get all there is then */
        object = make (user_data);
        g_ptr_array_add (peer->objects, object);
        g_dbus_object_manager_server_export (peer->manager, object);
    }
}

void
keeper_bus_remove_object (KeeperBus *self, const char *path)
{
    for (guint i = 0; i < self->peers->len; i++) {
        Peer *peer = g_ptr_array_index (self->peers, i);

        if (!peer->connection)
            continue;
        g_dbus_object_manager_server_unexport (peer->manager, path);
        for (guint k = 0; k < peer->objects->len; k++) {
            if (g_str_equal (g_dbus_object_get_object_path (g_ptr_array_index (peer->objects, k)),
                             path)) {
                g_ptr_array_remove_index_fast (peer->objects, k);
                break;
            }
        }
    }
}

void
keeper_bus_stop (KeeperBus *self)
{
    g_socket_service_stop (self->service);
    g_socket_listener_close (G_SOCKET_LISTENER (self->service));
}

/* --- words before others -------------------------------------------------------------------------- */

typedef struct {
    guint n_left; /* connections that did not say they are done */
    guint timeout;
    GSourceFunc done; /* NULL once it was called */
    gpointer user_data;
} Flush;

/* Calls back, once; the last one to come frees FLUSH. */
static void
flush_end (Flush *flush)
{
    GSourceFunc done = g_steal_pointer (&flush->done);
    gpointer user_data = flush->user_data;

    g_clear_handle_id (&flush->timeout, g_source_remove);
    if (flush->n_left == 0)
        g_free (flush);
    if (done)
        done (user_data);
}

static gboolean
flush_timeout_cb (gpointer user_data)
{
    Flush *flush = user_data;

    flush->timeout = 0;
    flush_end (flush);
    return G_SOURCE_REMOVE;
}

static void
flush_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Flush *flush = user_data;

    g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
    if (--flush->n_left == 0)
        flush_end (flush);
}

/* Property changes that GDBus still gathers. */
static void
flush_objects (Peer *peer)
{
    for (guint i = 0; i < peer->objects->len; i++) {
        GList *interfaces = g_dbus_object_get_interfaces (g_ptr_array_index (peer->objects, i));

        for (GList *link = interfaces; link; link = link->next)
            g_dbus_interface_skeleton_flush (link->data);
        g_list_free_full (interfaces, g_object_unref);
    }
}

void
keeper_bus_send_changes (KeeperBus *self)
{
    for (guint i = 0; i < self->peers->len; i++) {
        Peer *peer = g_ptr_array_index (self->peers, i);

        if (peer->connection)
            flush_objects (peer);
    }
}

void
keeper_bus_flush (KeeperBus *self, GSourceFunc done, gpointer user_data)
{
    Flush *flush = g_new0 (Flush, 1);

    flush->done = done;
    flush->user_data = user_data;
    for (guint i = 0; i < self->peers->len; i++) {
        Peer *peer = g_ptr_array_index (self->peers, i);

        if (!peer->connection)
            continue;
        flush_objects (peer);
        flush->n_left++;
        g_dbus_connection_flush (peer->connection, NULL, flush_cb, flush);
    }
    flush->timeout = g_timeout_add (flush->n_left > 0 ? FLUSH_MS : 0, flush_timeout_cb, flush);
}

void
keeper_bus_free (KeeperBus *self)
{
    if (!self)
        return;
    g_signal_handlers_disconnect_by_data (self->service, self);
    keeper_bus_stop (self);
    g_object_unref (self->service);
    g_ptr_array_unref (self->peers);
    g_object_unref (self->observer);
    g_free (self->root);
    g_free (self->guid);
    g_free (self);
}
