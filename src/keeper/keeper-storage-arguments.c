/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-arguments.c - what a qemu-storage-daemon is told at its start. */
#include <string.h>

#include "image-connection.h"
#include "keeper-storage.h"

#define SERVER_PATIENCE_S 3600
#define SECRET            "passphrase"

static const char *
on_off (gboolean on)
{
    return on ? "true" : "false";
}

/* What a node of either kind can be told. */
static void
append_common (GString *json, const VitrineDefinitionDevice *device, gboolean writable,
               gboolean direct)
{
    g_string_append_printf (
        json, "\"read-only\":%s,\"discard\":\"%s\",\"cache\":{\"direct\":%s,\"no-flush\":%s}",
        on_off (!writable), device->keeps_space ? "ignore" : "unmap", on_off (direct),
        on_off (device->cache == VITRINE_DEFINITION_CACHE_UNSAFE));
}

/* The connection is made and watched by the keeper, who kills the process when it is lost: until then its requests are
 * kept. */
static void
append_server (GString *json, const VitrineDefinitionDevice *device, guint index)
{
    g_string_append_c (json, '{');
    image_connection_append_node (json, device->server, KEEPER_STORAGE_SOCKET_FD + 1 + index);
    if (device->server->protocol != VITRINE_DEFINITION_ISCSI)
        g_string_append_printf (json, ",\"reconnect-delay\":%u", SERVER_PATIENCE_S);
    g_string_append_c (json, ',');
    append_common (json, device, index == 0 && !device->read_only, FALSE);
    g_string_append_c (json, '}');
}

/* The locks are the keeper's (keeper-lock.h), and go with the descriptor. */
static void
append_file (GString *json, const VitrineDefinitionDevice *device, const KeeperLayer *layer,
             guint index)
{
    g_string_append_printf (
        json,
        "{\"driver\":\"%s\",\"filename\":\"/proc/self/fd/%u\",\"locking\":\"off\",\"aio\":\"%s\",",
        layer->is_block ? "host_device" : "file", KEEPER_STORAGE_SOCKET_FD + 1 + index,
        device->uses_io_uring ? "io_uring" : "threads");
    append_common (json, device, index == 0 && !device->read_only, layer->direct);
    g_string_append_c (json, '}');
}

/* Layer INDEX and those below it.  What an image is based on is said here, so that it is not asked itself. */
static void
append_layer (GString *json, const VitrineDefinitionDevice *device, const KeeperImage *image,
              guint index)
{
    const KeeperLayer *layer = &image->layers[index];
    gboolean has_base = layer->format == VITRINE_DEFINITION_FORMAT_QCOW2
                        || layer->format == VITRINE_DEFINITION_FORMAT_VMDK;

    g_string_append_printf (json, "{\"driver\":\"%s\",",
                            vitrine_definition_format_to_string (layer->format));
    if (index > 0)
        g_string_append_printf (json, "\"node-name\":\"layer%u\",", index);
    else
        g_string_append_printf (json, "\"node-name\":\"disk\",\"detect-zeroes\":\"%s\",",
                                device->keeps_space && strcmp (device->detect_zeroes, "unmap") == 0
                                    ? "on" /* what would be given back is kept */
                                    : device->detect_zeroes);
    append_common (json, device, index == 0 && !device->read_only, layer->direct);
    if (layer->format == VITRINE_DEFINITION_FORMAT_LUKS)
        g_string_append (json, ",\"key-secret\":\"" SECRET "\"");
    g_string_append (json, ",\"file\":");
    if (layer->is_network)
        append_server (json, device, index);
    else
        append_file (json, device, layer, index);
    if (has_base && index + 1 < image->n_layers) {
        g_string_append (json, ",\"backing\":");
        append_layer (json, device, image, index + 1);
    } else if (has_base) {
        g_string_append (json, ",\"backing\":null");
    }
    g_string_append_c (json, '}');
}

GStrv
keeper_storage_arguments (const VitrineDefinitionDevice *device, const KeeperImage *image,
                          const char *program)
{
    GPtrArray *argv = g_ptr_array_new ();
    GString *json = g_string_new (NULL);

    append_layer (json, device, image, 0);
    g_ptr_array_add (argv, g_strdup (program));
    if (vitrine_definition_device_is_encrypted (device)) {
        g_ptr_array_add (argv, g_strdup ("--object"));
        g_ptr_array_add (argv, g_strdup_printf ("secret,id=" SECRET ",file=/proc/self/fd/%u",
                                                KEEPER_STORAGE_SOCKET_FD + 2 + image->n_layers));
    }
    g_ptr_array_add (argv, g_strdup ("--blockdev"));
    g_ptr_array_add (argv, g_string_free (json, FALSE));
    g_ptr_array_add (argv, g_strdup ("--export"));
    g_ptr_array_add (
        argv, g_strdup_printf (
                  "{\"type\":\"vhost-user-blk\",\"id\":\"disk\",\"node-name\":\"disk\","
                  "\"addr\":{\"type\":\"fd\",\"str\":\"%d\"},\"writable\":%s,\"writethrough\":%s}",
                  KEEPER_STORAGE_SOCKET_FD, on_off (!device->read_only),
                  on_off (device->cache == VITRINE_DEFINITION_CACHE_WRITETHROUGH)));
    g_ptr_array_add (argv, g_strdup ("--chardev"));
    g_ptr_array_add (argv, g_strdup_printf ("socket,id=qmp,fd=%u",
                                            KEEPER_STORAGE_SOCKET_FD + 1 + image->n_layers));
    g_ptr_array_add (argv, g_strdup ("--monitor"));
    g_ptr_array_add (argv, g_strdup ("chardev=qmp"));
    g_ptr_array_add (argv, NULL);
    return (GStrv) g_ptr_array_free (argv, FALSE);
}
