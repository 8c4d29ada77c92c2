/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-head.c - what the first blocks of an image say of it. */
#include "image-head.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "image-luks.h"
#include "vitrine-refuse.h"

#define HEAD_BYTES 65536 /* of an image, where everything is that is looked at */
#define HEAD_ALIGN 4096  /* O_DIRECT wants that */

/* The qcow2 header, version 3 (docs/interop/qcow2.txt of QEMU); big-endian. */
enum {
    QCOW2_VERSION = 4,
    QCOW2_BACKING_OFFSET = 8,
    QCOW2_BACKING_SIZE = 16,
    QCOW2_CRYPT_METHOD = 32,
    QCOW2_V2_HEADER_LENGTH = 72,
    QCOW2_INCOMPATIBLE = 72,
    QCOW2_HEADER_LENGTH = 100,
    QCOW2_V3_HEADER_LENGTH = 104,
};

#define QCOW2_INCOMPATIBLE_DATA_FILE (1u << 2)
#define QCOW2_EXTENSION_FORMAT       0xe2792acau
#define QCOW2_MAX_BACKING            1023

enum {
    VMDK_CAPACITY = 12, /* little-endian */
    VMDK_DESCRIPTOR = 512,
    VMDK_DESCRIPTOR_BYTES = 20 * 512,
    VHD_TYPE = 60, /* big-endian */
    VHD_DIFFERENCING = 4,
};

typedef struct {
    const char *path;
    const guint8 *bytes; /* HEAD_BYTES, zeros after the end of the file */
    guint64 size_bytes;  /* of all of it */
} Head;

/* --- qcow2 ----------------------------------------------------------------------------------- */

/* The text at OFFSET, LEN bytes of it, or NULL when it is not within the head or no text. */
static char *
dup_text (const Head *head, guint64 offset, guint64 len)
{
    if (!range_fits (offset, len, HEAD_BYTES) || memchr (head->bytes + offset, '\0', (gsize) len)
        || !g_utf8_validate ((const char *) head->bytes + offset, (gssize) len, NULL))
        return NULL;
    return g_strndup ((const char *) head->bytes + offset, (gsize) len);
}

/* What the header's extension says the base's format is, or NULL. */
static char *
dup_base_format (const Head *head)
{
    guint64 at = load_be32 (head->bytes + QCOW2_VERSION) >= 3
                     ? load_be32 (head->bytes + QCOW2_HEADER_LENGTH)
                     : QCOW2_V2_HEADER_LENGTH;

    while (range_fits (at, 8, HEAD_BYTES)) {
        guint32 type = load_be32 (head->bytes + at);
        guint64 len = load_be32 (head->bytes + at + 4);

        if (type == 0)
            break;
        if (type == QCOW2_EXTENSION_FORMAT)
            return dup_text (head, at + 8, len);
        at += 8 + ((len + 7) & ~(guint64) 7);
    }
    return NULL;
}

/* A name like "nbd:…" or "json:{…}" is no path. */
static gboolean
is_path (const char *name)
{
    const char *colon = strchr (name, ':'), *slash = strchr (name, '/');

    return !colon || (slash && slash < colon);
}

static gboolean
read_base (const Head *head, ImageBase *base, GError **error)
{
    guint64 offset = load_be64 (head->bytes + QCOW2_BACKING_OFFSET);
    guint32 len = load_be32 (head->bytes + QCOW2_BACKING_SIZE);
    g_autofree char *name = NULL, *format = NULL, *folder = NULL;

    if (offset == 0 || len == 0)
        return TRUE;
    name = len <= QCOW2_MAX_BACKING ? dup_text (head, offset, len) : NULL;
    if (!name)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The image “%s” is based on a file whose name cannot be read"),
                               head->path);
    if (!is_path (name))
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The image “%s” is based on “%s”, which is not a file on this computer"), head->path,
            name);
    format = dup_base_format (head);
    if (!format)
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The image “%s” does not say of which format “%s” is, on which it is "
               "based; “qemu-img rebase -u -b FILE -F FORMAT” says it"),
            head->path, name);
    if (!vitrine_definition_format_from_string (format, &base->format)
        || base->format
               == VITRINE_DEFINITION_FORMAT_LUKS) /* whose data would be in the clear here */
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The image “%s” is based on a %s image, which Vitrine cannot open"), head->path,
            format);
    folder = g_path_get_dirname (head->path);
    base->path = g_canonicalize_filename (name, folder);
    return TRUE;
}

static gboolean
check_qcow2 (const Head *head, ImageBase *base, GError **error)
{
    guint32 version = load_be32 (head->bytes + QCOW2_VERSION);

    if (version != 2 && version != 3)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The image “%s” is of version %u of its format, not 2 or 3"),
                               head->path, version);
    if (load_be32 (head->bytes + QCOW2_CRYPT_METHOD) != 0)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The image “%s” is encrypted, which Vitrine cannot do yet"),
                               head->path);
    if (version == 3
        && (load_be64 (head->bytes + QCOW2_INCOMPATIBLE) & QCOW2_INCOMPATIBLE_DATA_FILE))
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The image “%s” keeps its data in another file, which Vitrine "
                                  "does not open"),
                               head->path);
    return read_base (head, base, error);
}

/* --- the others ------------------------------------------------------------------------------ */

/* One that has its parts in other files begins with a text, or has no capacity of its own. */
static gboolean
check_vmdk (const Head *head, GError **error)
{
    g_autofree char *descriptor =
        g_strndup ((const char *) head->bytes + VMDK_DESCRIPTOR, VMDK_DESCRIPTOR_BYTES);
    const char *parent = strstr (descriptor, "parentCID=");

    if (load_le64 (head->bytes + VMDK_CAPACITY) == 0)
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The image “%s” consists of several files, which Vitrine does not open; "
               "“qemu-img convert” makes one of them"),
            head->path);
    if (parent && g_ascii_strncasecmp (parent + strlen ("parentCID="), "ffffffff", 8) != 0)
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The image “%s” is based on another, which Vitrine does not open; "
               "“qemu-img convert” makes one of both"),
            head->path);
    return TRUE;
}

static gboolean
check_vhd (const Head *head, GError **error)
{
    if (memcmp (head->bytes, "conectix", 8) != 0
        || load_be32 (head->bytes + VHD_TYPE) != VHD_DIFFERENCING)
        return TRUE;
    return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                           _ ("The image “%s” is based on another, which Vitrine does not open"),
                           head->path);
}

static gboolean
check_head (const Head *head, VitrineDefinitionFormat format, ImageBase *base, GError **error)
{
    guint64 payload_bytes;

    switch (format) {
    case VITRINE_DEFINITION_FORMAT_LUKS:
        return image_luks_check (head->bytes, head->size_bytes, head->path, &payload_bytes, error);
    case VITRINE_DEFINITION_FORMAT_QCOW2:
        return check_qcow2 (head, base, error);
    case VITRINE_DEFINITION_FORMAT_VMDK:
        return check_vmdk (head, error);
    case VITRINE_DEFINITION_FORMAT_VPC:
        return check_vhd (head, error);
    default:
        return TRUE; /* whoever opens it finds no way from it to other files */
    }
}

/* --- reading --------------------------------------------------------------------------------- */

gboolean
image_head_read (int fd, guint64 offset, const char *path, VitrineDefinitionFormat format,
                 ImageBase *base, GError **error)
{
    guint8 *bytes = aligned_alloc (HEAD_ALIGN, HEAD_BYTES);
    off_t end = lseek (fd, 0, SEEK_END);
    const Head head = { path, bytes, end > (off_t) offset ? (guint64) end - offset : 0 };
    gssize n = 0;
    gboolean ok;

    g_assert (bytes != NULL);
    memset (bytes, 0, HEAD_BYTES);
    *base = (ImageBase){ 0 };
    n = pread (fd, bytes, HEAD_BYTES, (off_t) offset);
    ok = n > 0 ? check_head (&head, format, base, error)
               : vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("The image “%s” cannot be read"), path);
    free (bytes);
    return ok;
}
