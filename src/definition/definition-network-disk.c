/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-network-disk.c - <disk type='network'>: what an NBD server or an iSCSI target has, as libvirt's "Disks" has it.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_PORT 65535

static gboolean
read_host (VitrineDefinitionServer *server, const char *target, xmlNode *host, GError **error)
{
    gboolean is_iscsi = server->protocol == VITRINE_DEFINITION_ISCSI;
    gboolean is_unix = definition_attribute_is (host, "transport", "unix");
    g_autofree char *port = definition_attribute (host, "port");
    guint64 number = is_iscsi ? VITRINE_DEFINITION_ISCSI_PORT : VITRINE_DEFINITION_NBD_PORT;

    server->host = definition_attribute (host, "name");
    server->socket = definition_attribute (host, "socket");
    if (is_iscsi && (!server->host || server->socket || is_unix))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <source> of disk %s wants a <host name='…'>"), target);
    if (!host || is_unix != (server->socket != NULL) || is_unix == (server->host != NULL)
        || (is_unix && port))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <source> of disk %s wants a <host name='…'>, or a <host "
                                     "transport='unix' socket='/…'>"),
                                  target);
    if (port && !definition_value_uint ("<host port>", port, 1, MAX_PORT, &number, error))
        return FALSE;
    server->port = (guint) number;
    return TRUE;
}

/* What the guest is told while the server is away: nothing, it waits; or that its requests failed. */
static gboolean
read_policy (VitrineDefinitionDevice *disk, xmlNode *driver, GError **error)
{
    gboolean writes = definition_attribute_is (driver, "error_policy", "report");
    gboolean reads = definition_attribute_is (driver, "rerror_policy", "report");

    if (writes != reads && !definition_attribute_is (driver, "rerror_policy", NULL))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do an error_policy that is not the "
                                     "rerror_policy, too (in <disk> %s)"),
                                  disk->target);
    disk->reports_errors = writes;
    return TRUE;
}

static gboolean
check (const VitrineDefinitionDevice *disk, GError **error)
{
    if (disk->kind != VITRINE_DEFINITION_DISK)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do a CD drive of type 'network', only a disk, "
                                     "which may be <readonly/>"));
    if (disk->format != VITRINE_DEFINITION_FORMAT_RAW)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do <driver type='%s'> for a disk of type 'network', only: raw"),
            vitrine_definition_format_to_string (disk->format));
    return definition_server_check (disk->server, error);
}

/* A secret has no safe place here: a definition is read by whoever may read the folder. */
gboolean
definition_network_disk_check_auth (const VitrineDefinitionDevice *disk, xmlNode *node,
                                    GError **error)
{
    if (!definition_child (node, "auth")
        && !definition_child (definition_child (node, "source"), "auth"))
        return TRUE;
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("Vitrine cannot do <auth> (in <disk> %s), as it has no place for "
                                 "the password; have the target let this computer in by its "
                                 "initiator's name, %s"),
                              disk->target, VITRINE_DEFINITION_INITIATOR);
}

static gboolean
read_name (VitrineDefinitionDevice *disk, xmlNode *source, GError **error)
{
    g_autofree char *name = definition_attribute (source, "name");

    if (definition_server_set_source_name (disk->server, name ? name : ""))
        return TRUE;
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("The <source name> of disk %s is a target's name, a slash and the "
                                 "number of its unit"),
                              disk->target);
}

gboolean
definition_network_disk_read (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *source = definition_child (node, "source");
    gboolean is_iscsi = definition_attribute_is (source, "protocol", "iscsi");

    if (!is_iscsi && !definition_attribute_is (source, "protocol", "nbd"))
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("<disk type='network'> wants <source protocol='nbd'>, or 'iscsi'"));
    disk->server = g_new0 (VitrineDefinitionServer, 1);
    disk->server->protocol = is_iscsi ? VITRINE_DEFINITION_ISCSI : VITRINE_DEFINITION_NBD;
    if (!read_name (disk, source, error)
        || !read_host (disk->server, disk->target, definition_child (source, "host"), error)
        || !read_policy (disk, definition_child (node, "driver"), error) || !check (disk, error))
        return FALSE;
    disk->source = vitrine_definition_server_to_uri (disk->server);
    return TRUE;
}

static void
set_attribute (xmlNode *node, const char *name, const char *value)
{
    xmlSetProp (node, (const xmlChar *) name, (const xmlChar *) value);
}

void
definition_network_disk_write (xmlNode *disk, const VitrineDefinitionServer *server)
{
    xmlNode *source = definition_child (disk, "source"), *host;
    g_autofree char *name = vitrine_definition_server_dup_source_name (server);
    g_autofree char *port = g_strdup_printf ("%u", server->port);

    set_attribute (disk, "type", "network");
    xmlUnsetProp (source, (const xmlChar *) "file");
    set_attribute (source, "protocol", vitrine_definition_protocol_to_string (server->protocol));
    set_attribute (source, "name", name);
    host = xmlNewChild (source, NULL, (const xmlChar *) "host", NULL);
    if (server->socket) {
        set_attribute (host, "transport", "unix");
        set_attribute (host, "socket", server->socket);
    } else {
        set_attribute (host, "name", server->host);
        set_attribute (host, "port", port);
    }
}
