/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-server.c - the connection to the server that has a disk. */
#include "keeper-server.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "image-connection.h"
#include "vitrine-error.h"

#define CONNECT_S 10 /* for an address at which nobody answers */

/* A server whose computer is gone says nothing any more: how soon that is noticed. */
#define IDLE_S     10 /* of silence before it is asked */
#define INTERVAL_S 5
#define N_PROBES   3
#define SILENCE_MS 20000 /* of data that nobody takes */

static void
set_option (int fd, int level, int name, int value)
{
    setsockopt (fd, level, name, &value, sizeof value); /* else it is noticed later */
}

static void
prepare (int fd, gboolean is_tcp)
{
    if (fd < 0 || !is_tcp)
        return;
    set_option (fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option (fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option (fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_S);
    set_option (fd, IPPROTO_TCP, TCP_KEEPINTVL, INTERVAL_S);
    set_option (fd, IPPROTO_TCP, TCP_KEEPCNT, N_PROBES);
    set_option (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_MS);
}

typedef struct {
    char *source;
    gboolean is_tcp;
    GCancellable *cancellable; /* our own, which follows the caller's */
    GCancellable *callers;     /* or NULL */
    gulong follows;
    guint patience_ms;
    GSource *timer; /* NULL: it is as patient as the network is */
    gboolean too_late;
} Connecting;

static void
connecting_free (gpointer data)
{
    Connecting *connecting = data;

    if (connecting->timer) {
        g_source_destroy (connecting->timer);
        g_source_unref (connecting->timer);
    }
    if (connecting->callers)
        g_signal_handler_disconnect (connecting->callers, connecting->follows);
    g_clear_object (&connecting->callers);
    g_object_unref (connecting->cancellable);
    g_free (connecting->source);
    g_free (connecting);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Connecting *connecting = g_task_get_task_data (task);
    GError *local = NULL, *error = NULL;
    GSocketConnection *connection =
        g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &local);
    int fd = image_connection_take_fd (connection, connecting->source, local, &error);

    prepare (fd, connecting->is_tcp);
    if (fd >= 0)
        g_task_return_int (task, fd);
    else if (connecting->too_late && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_task_return_new_error (
            task, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
            _ ("The server of the disk “%s” does not answer within %d seconds; make sure "
               "that it runs and can be reached from here, and try again"),
            connecting->source, (int) (connecting->patience_ms + 999) / 1000);
    else
        g_task_return_error (task, g_steal_pointer (&error));
    g_clear_error (&error);
}

static gboolean
too_late_cb (gpointer user_data)
{
    Connecting *connecting = user_data;

    connecting->too_late = TRUE;
    g_cancellable_cancel (connecting->cancellable);
    return G_SOURCE_REMOVE;
}

/* A signal's handler: one that is connected to what is cancelled already is not called by it. */
static void
cancelled_cb (GCancellable *callers, gpointer user_data)
{
    g_cancellable_cancel (user_data);
}

static Connecting *
connecting_new (const VitrineDefinitionDevice *device, guint patience_ms, GCancellable *callers)
{
    Connecting *connecting = g_new0 (Connecting, 1);

    connecting->source = g_strdup (device->source);
    connecting->is_tcp = device->server->host != NULL;
    connecting->cancellable = g_cancellable_new ();
    if (callers) {
        connecting->callers = g_object_ref (callers);
        connecting->follows = g_signal_connect (callers, "cancelled", G_CALLBACK (cancelled_cb),
                                                connecting->cancellable);
        if (g_cancellable_is_cancelled (callers))
            g_cancellable_cancel (connecting->cancellable);
    }
    connecting->patience_ms = patience_ms;
    if (patience_ms > 0) {
        connecting->timer = g_timeout_source_new (patience_ms);
        g_source_set_callback (connecting->timer, too_late_cb, connecting, NULL);
        g_source_attach (connecting->timer, g_main_context_get_thread_default ());
    }
    return connecting;
}

void
keeper_server_connect_async (const VitrineDefinitionDevice *device, guint patience_ms,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_autoptr (GSocketClient) client = image_connection_new_client (CONNECT_S);
    g_autoptr (GSocketConnectable) address = image_connection_new_address (device->server);
    Connecting *connecting = connecting_new (device, patience_ms, cancellable);
    GTask *task = g_task_new (NULL, NULL, callback, user_data);

    g_task_set_task_data (task, connecting, connecting_free);
    g_socket_client_connect_async (client, address, connecting->cancellable, connected_cb, task);
}

int
keeper_server_connect_finish (GAsyncResult *result, GError **error)
{
    return (int) g_task_propagate_int (G_TASK (result), error);
}

/* --- waiting for it -------------------------------------------------------------------------- */

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Nothing but the connection happens meanwhile: the main loop's own sources are another context's. */
int
keeper_server_connect (const VitrineDefinitionDevice *device, GError **error)
{
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_autoptr (GAsyncResult) result = NULL;

    g_main_context_push_thread_default (context);
    keeper_server_connect_async (device, KEEPER_SERVER_PATIENCE_MS, NULL, result_cb, &result);
    while (!result)
        g_main_context_iteration (context, TRUE);
    while (g_main_context_iteration (context, FALSE)) /* what was tried beside it lets go */
        ;
    g_main_context_pop_thread_default (context);
    return keeper_server_connect_finish (result, error);
}

/* --- watching it ----------------------------------------------------------------------------- */

typedef struct {
    void (*lost) (gpointer user_data);
    gpointer user_data;
} Watch;

static gboolean
lost_cb (gint fd, GIOCondition condition, gpointer user_data)
{
    const Watch *watch = user_data;

    watch->lost (watch->user_data);
    return G_SOURCE_REMOVE;
}

guint
keeper_server_watch (int fd, void (*lost) (gpointer user_data), gpointer user_data)
{
    Watch *watch = g_new0 (Watch, 1);

    watch->lost = lost;
    watch->user_data = user_data;
    /* What comes is the other process's to read; its end is told beside it. */
    return g_unix_fd_add_full (G_PRIORITY_DEFAULT, fd,
                               (GIOCondition) (POLLRDHUP | POLLHUP | POLLERR), lost_cb, watch,
                               g_free);
}
