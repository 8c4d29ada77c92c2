/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-chain.c - an image and what it is based on, opened and locked. */
#include "image-chain.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <unistd.h>

#include "fd.h"
#include "image-head.h"
#include "vitrine-error.h"

#define CLOSING_US G_TIME_SPAN_SECOND
#define RETRY_US   (10 * G_TIME_SPAN_MILLISECOND)

static gboolean
refuse_errno (const char *path, int err, GError **error)
{
    gint code = err == ENOENT || err == ENOTDIR                 ? VITRINE_ERROR_NOT_FOUND
                : err == EACCES || err == EPERM || err == EROFS ? VITRINE_ERROR_DENIED
                                                                : VITRINE_ERROR_ENGINE;

    g_set_error (error, VITRINE_ERROR, code, _ ("The image “%s” cannot be opened: %s"), path,
                 g_strerror (err));
    return FALSE;
}

/* The kernel closes what a machine had open a while after that ended. */
static gboolean
lock (int fd, const char *path, gboolean exclusive, GError **error)
{
    gint64 deadline = g_get_monotonic_time () + CLOSING_US;
    int ret;

    while ((ret = fd_lock (fd, exclusive)) < 0) {
        if (ret != -EAGAIN)
            return TRUE; /* there are no locks on that file system */
        if (g_get_monotonic_time () >= deadline) {
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                         _ ("The image “%s” is in use by a machine or another program"), path);
            return FALSE;
        }
        g_usleep (RETRY_US);
    }
    return TRUE;
}

/* Looked at before it is opened, as opening can do things. */
static int
open_file (const char *path, gboolean writable, GError **error)
{
    struct stat st;
    int fd;

    if (stat (path, &st) != 0) {
        refuse_errno (path, errno, error);
        return -1;
    }
    if (!S_ISREG (st.st_mode) && !S_ISBLK (st.st_mode)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("“%s” is neither a file nor a block device"), path);
        return -1;
    }
    fd = open (path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        refuse_errno (path, errno, error);
    return fd;
}

static gboolean
is_there_already (const ImageChain *self, const char *path)
{
    for (guint i = 0; i < self->n_layers; i++)
        if (fd_is_at (self->layers[i].fd, path))
            return TRUE;
    return FALSE;
}

static gboolean
is_written (guint layer, ImageAccess access)
{
    return (access == IMAGE_WRITE && layer == 0) || (access == IMAGE_MERGE && layer <= 1);
}

/* Opens PATH as the next layer; *BASE is what comes after it. */
static gboolean
open_layer (ImageChain *self, const char *path, VitrineDefinitionFormat format, ImageAccess access,
            ImageBase *base, GError **error)
{
    gboolean writable = is_written (self->n_layers, access);
    ImageLayer *layer = &self->layers[self->n_layers];

    *base = (ImageBase){ 0 };
    if (self->n_layers == IMAGE_MAX_LAYERS || is_there_already (self, path)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     self->n_layers == IMAGE_MAX_LAYERS
                         ? _ ("The image “%s” is one of too many that are based on each other")
                         : _ ("The image “%s” is based on itself"),
                     path);
        return FALSE;
    }
    *layer = (ImageLayer){ .fd = open_file (path, writable, error), .format = format };
    if (layer->fd < 0)
        return FALSE;
    layer->path = g_strdup (path);
    self->n_layers++;
    return (access == IMAGE_LOOK || lock (layer->fd, path, writable, error))
           && (format == VITRINE_DEFINITION_FORMAT_RAW
               || image_head_read (layer->fd, 0, path, format, base, error));
}

ImageChain *
image_chain_new_for_part (int fd, const char *path, VitrineDefinitionFormat format, guint64 offset,
                          guint64 size_bytes, GError **error)
{
    g_autoptr (ImageChain) self = g_new0 (ImageChain, 1);
    ImageLayer *layer = &self->layers[0];
    ImageBase base = { 0 };

    *layer = (ImageLayer){ .path = g_strdup (path),
                           .fd = fcntl (fd, F_DUPFD_CLOEXEC, 3),
                           .format = format,
                           .offset = offset,
                           .size_bytes = size_bytes };
    self->n_layers = 1;
    if (layer->fd < 0) {
        refuse_errno (path, errno, error);
        return NULL;
    }
    if (format != VITRINE_DEFINITION_FORMAT_RAW
        && !image_head_read (layer->fd, offset, path, format, &base, error))
        return NULL;
    if (base.path) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("The image “%s” is based on another file, which does not come with it"),
                     path);
        g_free (base.path);
        return NULL;
    }
    return g_steal_pointer (&self);
}

ImageChain *
image_chain_open (const char *path, VitrineDefinitionFormat format, ImageAccess access,
                  GError **error)
{
    g_autoptr (ImageChain) self = g_new0 (ImageChain, 1);
    ImageBase base;

    if (!open_layer (self, path, format, access, &base, error))
        return NULL;
    while (base.path) {
        g_autofree char *below = g_steal_pointer (&base.path);

        if (!open_layer (self, below, base.format, access, &base, error))
            return NULL;
    }
    return g_steal_pointer (&self);
}

void
image_chain_set_passphrase (ImageChain *self, struct secret *passphrase)
{
    secret_unref (self->passphrase);
    self->passphrase = secret_ref (passphrase);
}

void
image_chain_free (ImageChain *self)
{
    if (!self)
        return;
    secret_unref (self->passphrase);
    for (guint i = 0; i < self->n_layers; i++) {
        fd_close (&self->layers[i].fd);
        g_free (self->layers[i].path);
    }
    g_free (self);
}

gboolean
image_chain_is_above (const char *path, VitrineDefinitionFormat format, const struct stat *st)
{
    g_autoptr (ImageChain) chain = NULL;
    struct stat layer;

    if (format == VITRINE_DEFINITION_FORMAT_RAW)
        return FALSE;
    chain = image_chain_open (path, format, IMAGE_LOOK, NULL);
    for (guint i = 1; chain && i < chain->n_layers; i++)
        if (fstat (chain->layers[i].fd, &layer) == 0 && layer.st_dev == st->st_dev
            && layer.st_ino == st->st_ino)
            return TRUE;
    return FALSE;
}

/* The locks are ours, and stay. */
static void
append_layer (GString *json, const ImageChain *self, guint index, int first_fd, ImageAccess access,
              gboolean alone)
{
    const ImageLayer *layer = &self->layers[index];
    const char *read_only = is_written (index, access) ? "false" : "true";
    g_autofree char *part =
        layer->size_bytes == 0
            ? g_strdup ("")
            : g_strdup_printf ("{\"driver\":\"raw\",\"read-only\":true,\"offset\":%" PRIu64
                               ",\"size\":%" PRIu64 ",\"file\":",
                               layer->offset, layer->size_bytes);
    struct stat st;

    g_string_append_printf (
        json,
        "{\"driver\":\"%s\",\"read-only\":%s,\"discard\":\"unmap\",\"file\":%s{\"driver\":\"%s\","
        "\"filename\":\"/proc/self/fd/%d\",\"read-only\":%s,\"locking\":\"off\","
        "\"discard\":\"unmap\"}%s",
        vitrine_definition_format_to_string (layer->format), read_only, part,
        fstat (layer->fd, &st) == 0 && S_ISBLK (st.st_mode) ? "host_device" : "file",
        first_fd + (int) index, read_only, *part ? "}" : "");
    if (layer->format == VITRINE_DEFINITION_FORMAT_LUKS)
        g_string_append (json, ",\"key-secret\":\"" IMAGE_CHAIN_SECRET "\"");
    if (!alone && index + 1 < self->n_layers) {
        g_string_append (json, ",\"backing\":");
        append_layer (json, self, index + 1, first_fd, access, FALSE);
    } else if (!alone
               && (layer->format == VITRINE_DEFINITION_FORMAT_QCOW2
                   || layer->format == VITRINE_DEFINITION_FORMAT_VMDK)) {
        g_string_append (json, ",\"backing\":null");
    }
    g_string_append_c (json, '}');
}

char *
image_chain_dup_json (const ImageChain *self, int first_fd, ImageAccess access, gboolean alone)
{
    GString *json = g_string_new ("json:");

    append_layer (json, self, 0, first_fd, access, alone);
    return g_string_free (json, FALSE);
}
