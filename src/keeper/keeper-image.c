/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-image.c - an image that is not raw: its file, and those it is based on, opened and locked. */
#include "keeper-image.h"

#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "fd.h"
#include "image-head.h"
#include "keeper-disk.h"
#include "keeper-server.h"
#include "vitrine-error.h"

/* Whether PATH is a layer of SELF: its lock, which is ours, is no other machine's. */
static gboolean
is_there_already (const KeeperImage *self, const char *path)
{
    for (guint i = 0; i < self->n_layers; i++)
        if (fd_is_at (self->layers[i].fd, path))
            return TRUE;
    return FALSE;
}

/* FD is the connection to DEVICE's server. */
static void
add_server (KeeperImage *self, const VitrineDefinitionDevice *device, int fd)
{
    self->layers[self->n_layers++] = (KeeperLayer){
        .path = g_strdup (device->source), .fd = fd, .format = device->format, .is_network = TRUE
    };
}

static gboolean
open_server (KeeperImage *self, const VitrineDefinitionDevice *device, GError **error)
{
    int fd = keeper_server_connect (device, error);

    if (fd >= 0)
        add_server (self, device, fd);
    return fd >= 0;
}

KeeperImage *
keeper_image_new_server (const VitrineDefinitionDevice *device, int fd)
{
    KeeperImage *self = g_new0 (KeeperImage, 1);

    add_server (self, device, fd);
    return self;
}

/* Opens DEVICE's source as the next layer; *BASE is what comes after it. */
static gboolean
open_layer (KeeperImage *self, const VitrineDefinitionDevice *device, const char *folder,
            guint patience_ms, GPtrArray *warnings, ImageBase *base, GError **error)
{
    KeeperLayer layer = { .format = device->format };
    struct stat st;

    if (device->server)
        return open_server (self, device, error);
    if (self->n_layers == KEEPER_IMAGE_MAX_LAYERS) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The image “%s” is one of more than %d that are based on each other"),
                     device->source, KEEPER_IMAGE_MAX_LAYERS);
        return FALSE;
    }
    if (is_there_already (self, device->source)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The image “%s” is based on itself"), device->source);
        return FALSE;
    }
    layer.fd = keeper_disk_open (device, folder, patience_ms, &layer.direct, warnings, error);
    if (layer.fd < 0)
        return FALSE;
    layer.is_block = fstat (layer.fd, &st) == 0 && S_ISBLK (st.st_mode);
    layer.path = g_strdup (device->source);
    self->layers[self->n_layers++] = layer;
    return device->format == VITRINE_DEFINITION_FORMAT_RAW
           || image_head_read (layer.fd, 0, device->source, layer.format, base, error);
}

/* What PATH, on which an image is based, would be as a disk. */
static VitrineDefinitionDevice
base_device (const VitrineDefinitionDevice *device, const ImageBase *base)
{
    return (VitrineDefinitionDevice){
        .kind = VITRINE_DEFINITION_DISK,
        .source = base->path,
        .format = base->format,
        .explicit_raw = base->format == VITRINE_DEFINITION_FORMAT_RAW,
        .read_only = TRUE,
        .cache = device->cache,
    };
}

/* An error about a base names the disk it is for. */
static gboolean
explain_base (const VitrineDefinitionDevice *device, GError **error)
{
    g_prefix_error (error, _ ("The disk “%s” is based on another: "), device->source);
    if (error && *error && g_error_matches (*error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        (*error)->code = VITRINE_ERROR_INVALID; /* its own file is there */
    return FALSE;
}

KeeperImage *
keeper_image_open (const VitrineDefinitionDevice *device, const char *folder, guint patience_ms,
                   GPtrArray *warnings, GError **error)
{
    g_autoptr (KeeperImage) self = g_new0 (KeeperImage, 1);
    ImageBase base = { 0 };

    if (!open_layer (self, device, folder, patience_ms, warnings, &base, error))
        return NULL;
    while (base.path) {
        g_autofree char *path = g_steal_pointer (&base.path);
        VitrineDefinitionDevice next =
            base_device (device, &(ImageBase){ .path = path, .format = base.format });

        if (!open_layer (self, &next, folder, patience_ms, warnings, &base, error)) {
            explain_base (device, error);
            return NULL;
        }
    }
    return g_steal_pointer (&self);
}

gboolean
keeper_image_add_top (KeeperImage *self, int fd, const char *path, GError **error)
{
    if (self->n_layers == KEEPER_IMAGE_MAX_LAYERS) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The image “%s” is one of more than %d that are based on each other"), path,
                     KEEPER_IMAGE_MAX_LAYERS);
        return FALSE;
    }
    for (guint i = self->n_layers++; i > 0; i--)
        self->layers[i] = self->layers[i - 1];
    self->layers[0] = (KeeperLayer){ .path = g_strdup (path),
                                     .fd = fd,
                                     .format = VITRINE_DEFINITION_FORMAT_QCOW2 };
    return TRUE;
}

static void
close_layer (KeeperLayer *layer)
{
    fd_close (&layer->fd);
    g_free (layer->path);
}

void
keeper_image_free (KeeperImage *self)
{
    if (!self)
        return;
    for (guint i = 0; i < self->n_layers; i++)
        close_layer (&self->layers[i]);
    g_free (self);
}
