/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-network-disk.c - <disk type='network'>: an export of an NBD server, as libvirt's "Disks" has it. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_PORT 65535

static gboolean
read_host (VitrineDefinitionNbd *nbd, const char *target, xmlNode *host, GError **error)
{
    gboolean is_unix = definition_attribute_is (host, "transport", "unix");
    g_autofree char *port = definition_attribute (host, "port");
    guint64 number = VITRINE_DEFINITION_NBD_PORT;

    nbd->host = definition_attribute (host, "name");
    nbd->socket = definition_attribute (host, "socket");
    if (!host || is_unix != (nbd->socket != NULL) || is_unix == (nbd->host != NULL)
        || (is_unix && port))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The <source> of disk %s wants a <host name='…'>, or a <host "
                                     "transport='unix' socket='/…'>"),
                                  target);
    if (port && !definition_value_uint ("<host port>", port, 1, MAX_PORT, &number, error))
        return FALSE;
    nbd->port = (guint) number;
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
    return definition_nbd_check (disk->nbd, error);
}

gboolean
definition_network_disk_read (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *source = definition_child (node, "source");

    if (!definition_attribute_is (source, "protocol", "nbd"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<disk type='network'> wants <source protocol='nbd'>"));
    disk->nbd = g_new0 (VitrineDefinitionNbd, 1);
    disk->nbd->export_name = definition_attribute (source, "name");
    if (!disk->nbd->export_name)
        disk->nbd->export_name = g_strdup ("");
    if (!read_host (disk->nbd, disk->target, definition_child (source, "host"), error)
        || !read_policy (disk, definition_child (node, "driver"), error) || !check (disk, error))
        return FALSE;
    disk->source = vitrine_definition_nbd_to_uri (disk->nbd);
    return TRUE;
}

static void
set_attribute (xmlNode *node, const char *name, const char *value)
{
    xmlSetProp (node, (const xmlChar *) name, (const xmlChar *) value);
}

void
definition_network_disk_write (xmlNode *disk, const VitrineDefinitionNbd *nbd)
{
    xmlNode *source = definition_child (disk, "source"), *host;
    g_autofree char *port = g_strdup_printf ("%u", nbd->port);

    set_attribute (disk, "type", "network");
    xmlUnsetProp (source, (const xmlChar *) "file");
    set_attribute (source, "protocol", "nbd");
    set_attribute (source, "name", nbd->export_name);
    host = xmlNewChild (source, NULL, (const xmlChar *) "host", NULL);
    if (nbd->socket) {
        set_attribute (host, "transport", "unix");
        set_attribute (host, "socket", nbd->socket);
    } else {
        set_attribute (host, "name", nbd->host);
        set_attribute (host, "port", port);
    }
}
