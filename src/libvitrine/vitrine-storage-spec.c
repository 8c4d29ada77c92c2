/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-storage-spec.c - new storage pools and volumes of libvirt hosts, as libvirt's XML says them. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-storage.h"

static const VitrinePoolKind kinds[] = {
    { .type = "dir",
      .title = N_ ("Folder"),
      .fields = VITRINE_POOL_PATH,
      .needs = VITRINE_POOL_PATH,
      .has_files = TRUE },
    { .type = "fs",
      .title = N_ ("Disk or partition that is mounted"),
      .fields = VITRINE_POOL_DEVICE | VITRINE_POOL_PATH | VITRINE_POOL_FORMAT,
      .needs = VITRINE_POOL_DEVICE | VITRINE_POOL_PATH,
      .formats = "auto ext4 xfs btrfs vfat",
      .has_files = TRUE,
      .can_build = TRUE },
    { .type = "netfs",
      .title = N_ ("Shared folder (NFS, CIFS)"),
      .fields = VITRINE_POOL_HOST | VITRINE_POOL_FOLDER | VITRINE_POOL_PATH | VITRINE_POOL_FORMAT,
      .needs = VITRINE_POOL_HOST | VITRINE_POOL_FOLDER | VITRINE_POOL_PATH,
      .formats = "auto nfs cifs glusterfs",
      .has_files = TRUE },
    { .type = "logical",
      .title = N_ ("Volume group of LVM"),
      .fields = VITRINE_POOL_GROUP | VITRINE_POOL_DEVICE,
      .needs = VITRINE_POOL_GROUP,
      .target = "/dev",
      .can_build = TRUE },
    { .type = "disk",
      .title = N_ ("Partitions of a disk"),
      .fields = VITRINE_POOL_DEVICE | VITRINE_POOL_FORMAT,
      .needs = VITRINE_POOL_DEVICE,
      .formats = "gpt dos",
      .target = "/dev",
      .can_build = TRUE },
    { .type = "iscsi",
      .title = N_ ("iSCSI target"),
      .fields = VITRINE_POOL_HOST | VITRINE_POOL_DEVICE,
      .needs = VITRINE_POOL_HOST | VITRINE_POOL_DEVICE,
      .target = "/dev/disk/by-path" },
    { .type = "rbd",
      .title = N_ ("Ceph (RBD)"),
      .fields = VITRINE_POOL_HOST | VITRINE_POOL_GROUP,
      .needs = VITRINE_POOL_HOST | VITRINE_POOL_GROUP },
    { .type = "gluster",
      .title = N_ ("Gluster"),
      .fields = VITRINE_POOL_HOST | VITRINE_POOL_GROUP | VITRINE_POOL_FOLDER,
      .needs = VITRINE_POOL_HOST | VITRINE_POOL_GROUP },
};

const VitrinePoolKind *
vitrine_pool_kinds (guint *n)
{
    *n = G_N_ELEMENTS (kinds);
    return kinds;
}

const VitrinePoolKind *
vitrine_pool_kind_find (const char *type)
{
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (g_str_equal (kinds[i].type, type))
            return &kinds[i];
    return NULL;
}

/* --- pools ------------------------------------------------------------------------------------ */

static const char *
get_field (const VitrinePoolSpec *spec, VitrinePoolField field)
{
    const char *text = field == VITRINE_POOL_PATH     ? spec->path
                       : field == VITRINE_POOL_HOST   ? spec->host
                       : field == VITRINE_POOL_FOLDER ? spec->folder
                       : field == VITRINE_POOL_DEVICE ? spec->device
                       : field == VITRINE_POOL_GROUP  ? spec->group
                                                      : spec->format;

    return text != NULL && *text != '\0' ? text : NULL;
}

const char *
vitrine_pool_field_get_title (const VitrinePoolKind *kind, VitrinePoolField field)
{
    switch (field) {
    case VITRINE_POOL_PATH:
        return g_str_equal (kind->type, "dir") ? _ ("Folder") : _ ("Where it is mounted");
    case VITRINE_POOL_HOST:
        return _ ("Server");
    case VITRINE_POOL_FOLDER:
        return _ ("Folder on the server");
    case VITRINE_POOL_DEVICE:
        return g_str_equal (kind->type, "iscsi") ? _ ("Target’s name (IQN)") : _ ("Device");
    case VITRINE_POOL_GROUP:
        return g_str_equal (kind->type, "logical") ? _ ("Volume group")
               : g_str_equal (kind->type, "rbd")   ? _ ("Ceph’s pool")
                                                   : _ ("Gluster’s volume");
    case VITRINE_POOL_FORMAT:
        return g_str_equal (kind->type, "disk") ? _ ("Partition table") : _ ("File system");
    }
    return "";
}

static gboolean
check_path (const char *path, GError **error)
{
    return path == NULL || *path == '/'
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s”: say the whole path on the host, from / on"), path);
}

/* "HOST" or "HOST:PORT"; an IPv6 address with a port is in brackets. */
static gboolean
add_host (GString *xml, const char *text, GError **error)
{
    const char *colon = strrchr (text, ':');
    gboolean has_port = colon != NULL && (strchr (text, ':') == colon || colon[-1] == ']');
    g_autofree char *host = has_port ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
    gboolean in_brackets = *host == '[' && g_str_has_suffix (host, "]");
    g_autofree char *address =
        in_brackets ? g_strndup (host + 1, strlen (host + 1) - 1) : g_strdup (host);
    g_autofree char *element = NULL;
    guint64 port = 0;

    if (has_port && !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a server is HOST or HOST:PORT"), text);
    element = has_port
                  ? g_markup_printf_escaped ("<host name='%s' port='%u'/>", address, (guint) port)
                  : g_markup_printf_escaped ("<host name='%s'/>", address);
    g_string_append (xml, element);
    return TRUE;
}

static void
add (GString *xml, const char *format, const char *text)
{
    g_autofree char *element = NULL;

    if (text == NULL)
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    element = g_markup_printf_escaped (format, text);
#pragma GCC diagnostic pop
    g_string_append (xml, element);
}

static gboolean
check_pool (const VitrinePoolSpec *spec, const VitrinePoolKind *kind, GError **error)
{
    if (spec->name == NULL || *spec->name == '\0')
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("A storage pool needs a name"));
    for (guint field = 1; field <= VITRINE_POOL_FORMAT; field <<= 1)
        if ((kind->needs & field) != 0 && get_field (spec, field) == NULL)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   /* Translators: a pool's kind and what it needs: "Folder on the server" */
                                   _ ("A pool of the type %s needs this: %s"), kind->type,
                                   vitrine_pool_field_get_title (kind, field));
    for (guint field = 1; field <= VITRINE_POOL_FORMAT; field <<= 1)
        if ((kind->fields & field) == 0 && get_field (spec, field) != NULL)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("A pool of the type %s has nothing of that sort: “%s”"),
                                   kind->type, get_field (spec, field));
    return check_path (get_field (spec, VITRINE_POOL_PATH), error)
           && (g_str_equal (kind->type, "iscsi") || check_path (get_field (spec, VITRINE_POOL_DEVICE), error));
}

/* The place of the volumes' devices, where the kind does not ask for one. */
static char *
dup_target (const VitrinePoolSpec *spec, const VitrinePoolKind *kind)
{
    if (get_field (spec, VITRINE_POOL_PATH) != NULL)
        return g_strdup (spec->path);
    if (kind->target != NULL && g_str_equal (kind->type, "logical"))
        return g_build_filename (kind->target, spec->group, NULL);
    return g_strdup (kind->target);
}

static gboolean
add_source (GString *xml, const VitrinePoolSpec *spec, const char *type, GError **error)
{
    const char *folder = get_field (spec, VITRINE_POOL_FOLDER);
    const char *format = get_field (spec, VITRINE_POOL_FORMAT);

    if (get_field (spec, VITRINE_POOL_HOST) != NULL && !add_host (xml, spec->host, error))
        return FALSE;
    if (folder == NULL && g_str_equal (type, "gluster"))
        folder = "/";
    if (format == NULL && g_str_equal (type, "disk"))
        format = "gpt";
    add (xml, "<device path='%s'/>", get_field (spec, VITRINE_POOL_DEVICE));
    add (xml, "<dir path='%s'/>", folder);
    add (xml, "<name>%s</name>", get_field (spec, VITRINE_POOL_GROUP));
    add (xml, "<format type='%s'/>", format);
    return TRUE;
}

char *
vitrine_pool_spec_to_xml (const VitrinePoolSpec *spec, GError **error)
{
    const char *type = spec->type != NULL ? spec->type : "dir";
    const VitrinePoolKind *kind = vitrine_pool_kind_find (type);
    g_autoptr (GString) xml = g_string_new (NULL);
    g_autofree char *target = NULL;

    if (kind == NULL) {
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                        _ ("“%s”: a pool of that type is made by its XML"), type);
        return NULL;
    }
    if (!check_pool (spec, kind, error))
        return NULL;
    target = dup_target (spec, kind);
    add (xml, "<pool type='%s'>", type);
    add (xml, "<name>%s</name>", spec->name);
    if (kind->fields != VITRINE_POOL_PATH) {
        g_string_append (xml, "<source>");
        if (!add_source (xml, spec, type, error))
            return NULL;
        g_string_append (xml, "</source>");
    }
    add (xml, "<target><path>%s</path></target>", target);
    g_string_append (xml, "</pool>");
    return g_string_free (g_steal_pointer (&xml), FALSE);
}

/* --- volumes ---------------------------------------------------------------------------------- */

gboolean
vitrine_volume_check_name (const char *name, GError **error)
{
    if (name == NULL || *name == '\0')
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("A volume needs a name"));
    if (strchr (name, '/') != NULL || g_str_equal (name, ".") || g_str_equal (name, ".."))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a volume’s name has no / and is not . or .."), name);
    return TRUE;
}

char *
vitrine_volume_spec_to_xml (const VitrineVolumeSpec *spec, GError **error)
{
    gboolean based = spec->backing != NULL && *spec->backing != '\0';
    g_autoptr (GString) xml = g_string_new (NULL);

    if (!vitrine_volume_check_name (spec->name, error))
        return NULL;
    if (spec->size_bytes == 0 && !based) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("A volume needs a size"));
        return NULL;
    }
    if (spec->allocation_bytes > spec->size_bytes && spec->size_bytes > 0) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("A volume cannot take more space than its size"));
        return NULL;
    }
    if (based && g_strcmp0 (spec->format, "raw") == 0) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("A raw image is based on nothing: choose qcow2"));
        return NULL;
    }
    add (xml, "<volume><name>%s</name>", spec->name);
    g_string_append_printf (xml, "<allocation unit='bytes'>%" G_GUINT64_FORMAT "</allocation>",
                            spec->allocation_bytes);
    if (spec->size_bytes > 0)
        g_string_append_printf (xml, "<capacity unit='bytes'>%" G_GUINT64_FORMAT "</capacity>",
                                spec->size_bytes);
    if (spec->format != NULL && *spec->format != '\0')
        add (xml, "<target><format type='%s'/></target>", spec->format);
    if (based) {
        add (xml, "<backingStore><path>%s</path>", spec->backing);
        add (xml, "<format type='%s'/>",
             spec->backing_format != NULL && *spec->backing_format != '\0' ? spec->backing_format
                                                                           : NULL);
        g_string_append (xml, "</backingStore>");
    }
    g_string_append (xml, "</volume>");
    return g_string_free (g_steal_pointer (&xml), FALSE);
}
