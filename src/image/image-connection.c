/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-connection.c - the connection to the server that has a disk, and what QEMU's programs are told and say of it. */
#include "image-connection.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"

#define FIRST_FREE    3 /* descriptors below are the standard ones */
#define ISCSI_PACKAGE "qemu-block-extra"

GSocketClient *
image_connection_new_client (guint timeout_s)
{
    GSocketClient *client = g_socket_client_new ();

    g_socket_client_set_timeout (client, timeout_s);
    g_socket_client_set_enable_proxy (client, FALSE);
    return client;
}

GSocketConnectable *
image_connection_new_address (const VitrineDefinitionServer *server)
{
    return server->socket ? G_SOCKET_CONNECTABLE (g_unix_socket_address_new (server->socket))
                          : g_network_address_new (server->host, (guint16) server->port);
}

int
image_connection_take_fd (GSocketConnection *connection, const char *uri, GError *local,
                          GError **error)
{
    int fd = -1;

    if (connection) {
        fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC,
                    FIRST_FREE);
        if (fd < 0)
            local = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, g_strerror (errno));
        g_object_unref (connection);
    }
    if (fd >= 0)
        return fd;
    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error (error, local);
        return -1;
    }
    g_set_error (error, VITRINE_ERROR,
                 g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? VITRINE_ERROR_NOT_FOUND
                                                                           : VITRINE_ERROR_ENGINE,
                 _ ("The server of the disk “%s” cannot be reached: %s"), uri, local->message);
    g_error_free (local);
    return -1;
}

/* Appends TEXT, which has no control characters, as a string of JSON's. */
static void
append_string (GString *json, const char *text)
{
    g_string_append_c (json, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c (json, '\\');
        g_string_append_c (json, *text);
    }
    g_string_append_c (json, '"');
}

void
image_connection_append_node (GString *json, const VitrineDefinitionServer *server, guint fd)
{
    if (server->protocol == VITRINE_DEFINITION_ISCSI) {
        /* A name would have to be looked up. */
        g_string_append (json, "\"driver\":\"iscsi\",\"transport\":\"tcp\","
                               "\"portal\":\"127.0.0.1\",\"target\":");
        append_string (json, server->name);
        g_string_append_printf (json, ",\"lun\":%u,\"initiator-name\":\"%s\"", server->lun,
                                VITRINE_DEFINITION_INITIATOR);
        return;
    }
    g_string_append_printf (
        json, "\"driver\":\"nbd\",\"server\":{\"type\":\"fd\",\"str\":\"%u\"},\"export\":", fd);
    append_string (json, server->name);
}

gboolean
image_connection_is_read_only (const char *complaint)
{
    return strstr (complaint, "Permission denied") || strstr (complaint, "write protected");
}

gboolean
image_connection_refuse_package (const char *complaint, const char *uri, GError **error)
{
    if (!strstr (complaint, "Unknown driver") && !strstr (complaint, "Unknown protocol"))
        return FALSE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("The disk “%s” is an iSCSI target's, which needs the package “%s”; install it"),
                 uri, ISCSI_PACKAGE);
    return TRUE;
}
