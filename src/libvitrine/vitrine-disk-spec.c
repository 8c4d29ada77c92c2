/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-disk-spec.c - what one disk of a new machine shall be, and its form on the command line.
 */
#include <glib/gi18n-lib.h>

#include "definition.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-spec.h"

#define FORMAT_LVM "lvm" /* of no image */

const char *
vitrine_disk_bus_to_string (VitrineDiskBus bus)
{
    static const char *const names[] = { [VITRINE_DISK_BUS_VIRTIO] = "virtio",
                                         [VITRINE_DISK_BUS_SATA] = "sata",
                                         [VITRINE_DISK_BUS_SCSI] = "scsi" };

    return names[bus];
}

gboolean
vitrine_disk_spec_is_new (const VitrineDiskSpec *spec)
{
    return spec->size_bytes > 0 || spec->source != NULL;
}

gboolean
vitrine_disk_spec_needs_passphrase (const VitrineDiskSpec *spec)
{
    return g_strcmp0 (spec->format, "luks") == 0 && spec->size_bytes > 0;
}

gboolean
vitrine_disk_is_made_as (const char *format)
{
    static const char *const formats[] = { "raw", "qcow2", "luks", NULL };

    return g_strv_contains (formats, format);
}

VitrineDiskSpec *
vitrine_disk_spec_new (void)
{
    return g_new0 (VitrineDiskSpec, 1);
}

VitrineDiskSpec *
vitrine_disk_spec_copy (const VitrineDiskSpec *spec)
{
    VitrineDiskSpec *copy = g_new (VitrineDiskSpec, 1);

    *copy = *spec;
    copy->passphrase = vitrine_passphrase_ref (spec->passphrase);
    copy->path = g_strdup (spec->path);
    copy->server = g_strdup (spec->server);
    copy->preallocation = g_strdup (spec->preallocation);
    copy->cache = g_strdup (spec->cache);
    copy->discard = g_strdup (spec->discard);
    copy->format = g_strdup (spec->format);
    copy->group = g_strdup (spec->group);
    copy->pool = g_strdup (spec->pool);
    copy->volume = g_strdup (spec->volume);
    copy->source = g_strdup (spec->source);
    copy->member = g_strdup (spec->member);
    return copy;
}

void
vitrine_disk_spec_free (VitrineDiskSpec *spec)
{
    if (spec == NULL)
        return;
    vitrine_passphrase_unref (spec->passphrase);
    g_free (spec->path);
    g_free (spec->server);
    g_free (spec->preallocation);
    g_free (spec->cache);
    g_free (spec->discard);
    g_free (spec->format);
    g_free (spec->group);
    g_free (spec->pool);
    g_free (spec->volume);
    g_free (spec->source);
    g_free (spec->member);
    g_free (spec);
}

/* "10G", "512M", "2T", "65536K", each also with "iB" after it. */
gboolean
vitrine_size_parse (const char *text, guint64 *size_bytes, GError **error)
{
    static const struct {
        char letter;
        unsigned shift;
    } units[] = { { 'K', 10 }, { 'M', 20 }, { 'G', 30 }, { 'T', 40 } };
    char *rest = NULL;
    guint64 number;

    /* g_ascii_strtoull() takes a sign and blanks; a size has neither. */
    if (!g_ascii_isdigit (*text))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“size=%s” is not a size; say for example size=10G"), text);
    number = g_ascii_strtoull (text, &rest, 10);
    for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
        if (g_ascii_toupper (*rest) != units[i].letter
            || (rest[1] != '\0' && !g_str_equal (rest + 1, "iB")))
            continue;
        if (number == 0)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“size=%s”: a disk cannot be empty"), text);
        if (number > G_MAXUINT64 >> units[i].shift)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“size=%s” is more than any disk holds"), text);
        *size_bytes = number << units[i].shift;
        return TRUE;
    }
    if (*rest == '\0')
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“size=%s” has no unit; say for example size=10G"), text);
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“size=%s” is not a size; say for example size=10G"), text);
}

static gboolean
parse_switch (const char *part, const char *value, gboolean *on, GError **error)
{
    *on = g_str_equal (value, "on");
    return *on || g_str_equal (value, "off")
           || vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s”: say on or off"), part);
}

static gboolean
parse_bus (VitrineDiskSpec *spec, const char *part, const char *value, GError **error)
{
    for (VitrineDiskBus bus = 0; bus <= VITRINE_DISK_BUS_SCSI; bus++)
        if (g_str_equal (value, vitrine_disk_bus_to_string (bus))) {
            spec->bus = bus;
            return TRUE;
        }
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“%s”: a disk's bus is virtio, sata or scsi"), part);
}

static gboolean
parse_format (VitrineDiskSpec *spec, const char *part, const char *value, GError **error)
{
    VitrineDefinitionFormat format;

    g_free (spec->format);
    spec->format = g_strdup (value);
    if (g_str_equal (value, FORMAT_LVM))
        return TRUE;
    return vitrine_definition_format_from_string (value, &format)
           || vitrine_refuse (
               error, VITRINE_ERROR_INVALID,
               _ ("“%s”: a disk's format is raw, qcow2, luks, vmdk, vdi, vpc, vhdx or lvm"), part);
}

/* "off" is what nothing said is. */
static gboolean
parse_allocation (VitrineDiskSpec *spec, const char *part, const char *value, GError **error)
{
    static const char *const words[] = { "metadata", "falloc", "full", NULL };

    g_clear_pointer (&spec->preallocation, g_free);
    if (g_str_equal (value, "off"))
        return TRUE;
    spec->preallocation = g_strdup (value);
    return g_strv_contains (words, value) || vitrine_rules_refuse_allocation (part, error);
}

/* Only a new file has space that could be taken beforehand, and only qcow2 has tables. */
static gboolean
check_allocation (const VitrineDiskSpec *spec, const char *text, GError **error)
{
    gboolean is_qcow2 = spec->format != NULL && g_str_equal (spec->format, "qcow2");

    if (spec->preallocation == NULL)
        return TRUE;
    if (spec->size_bytes == 0 || spec->group != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: preallocation is for a new file"), text);
    if (!is_qcow2 && g_str_equal (spec->preallocation, "metadata"))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: preallocation=metadata is for format=qcow2"), text);
    return TRUE;
}

/* A volume is raw to whoever reads it. */
static gboolean
check_volume (VitrineDiskSpec *spec, const char *text, GError **error)
{
    gboolean is_volume = spec->format != NULL && g_str_equal (spec->format, FORMAT_LVM);

    if (is_volume != (spec->group != NULL)
        || (!is_volume && (spec->pool != NULL || spec->volume != NULL)))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a logical volume is said as size=5G,format=lvm,vg=GROUP, "
                                  "with thin=POOL and volume=NAME if you like"),
                               text);
    if (!is_volume)
        return TRUE;
    if (spec->size_bytes == 0 || spec->path != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a new logical volume needs a size, and no path; one that "
                                  "exists is path=/dev/GROUP/NAME"),
                               text);
    g_free (spec->format);
    spec->format = g_strdup ("raw");
    return TRUE;
}

gboolean
vitrine_disk_spec_set_server (VitrineDiskSpec *spec, const char *uri, GError **error)
{
    g_autoptr (VitrineDefinitionServer) server = vitrine_definition_server_parse (uri, error);

    if (server == NULL)
        return FALSE;
    g_free (spec->server);
    spec->server = vitrine_definition_server_to_uri (server);
    return TRUE;
}

char *
vitrine_rules_dup_server_source (const VitrineDiskSpec *spec)
{
    g_autoptr (VitrineDefinitionServer) server =
        spec->server != NULL ? vitrine_definition_server_parse (spec->server, NULL) : NULL;
    g_autofree char *name = NULL;
    const char *protocol;

    if (server == NULL)
        return NULL;
    protocol = vitrine_definition_protocol_to_string (server->protocol);
    name = vitrine_definition_server_dup_source_name (server);
    if (server->socket != NULL)
        return g_markup_printf_escaped ("<source protocol='%s' name='%s'>"
                                        "<host transport='unix' socket='%s'/></source>",
                                        protocol, name, server->socket);
    return g_markup_printf_escaped (
        "<source protocol='%s' name='%s'><host name='%s' port='%u'/></source>", protocol, name,
        server->host, server->port);
}

/* What a server has is as it is; its address is from here on as all compare it. */
static gboolean
check_server (VitrineDiskSpec *spec, const char *text, GError **error)
{
    g_autofree char *uri = g_strdup (spec->server);

    if (spec->path != NULL || spec->size_bytes > 0 || spec->force
        || (spec->format != NULL && !g_str_equal (spec->format, "raw")))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: an export of a server is there already and is raw: say no "
                                  "size, path or format"),
                               text);
    return vitrine_disk_spec_set_server (spec, uri, error);
}

/* Parts that go together only in some ways. */
static gboolean
check_parts (VitrineDiskSpec *spec, const char *text, GError **error)
{
    if (!check_volume (spec, text, error))
        return FALSE;
    if (spec->server != NULL)
        return check_server (spec, text, error);
    if (spec->path == NULL && spec->size_bytes == 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a disk needs a size or a path"), text);
    if (spec->size_bytes > 0 && spec->read_only)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a new disk that cannot be written is of no use"), text);
    if (spec->size_bytes > 0 && spec->format != NULL && !vitrine_disk_is_made_as (spec->format))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a new disk is raw, qcow2 or luks"), text);
    return check_allocation (spec, text, error);
}

/* What is taken as it is said. */
static char **
find_text (VitrineDiskSpec *spec, const char *key)
{
    const struct {
        const char *key;
        char **text;
    } texts[] = {
        { "path", &spec->path },     { "server", &spec->server }, { "nbd", &spec->server },
        { "iscsi", &spec->server },  { "vg", &spec->group },      { "thin", &spec->pool },
        { "volume", &spec->volume },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        if (g_str_equal (texts[i].key, key))
            return texts[i].text;
    return NULL;
}

static gboolean
parse_part (VitrineDiskSpec *spec, const char *part, GError **error)
{
    static const char *const caches[] = { "none", "writeback", "unsafe", NULL };
    const char *value;
    g_autofree char *key = vitrine_split_setting (part, &value, error);
    char **text;

    if (key == NULL)
        return FALSE;
    if (g_str_equal (key, "size"))
        return vitrine_size_parse (value, &spec->size_bytes, error);
    text = find_text (spec, key);
    if (text != NULL) {
        g_free (*text);
        *text = g_strdup (value);
        return TRUE;
    }
    if (g_str_equal (key, "preallocation"))
        return parse_allocation (spec, part, value, error);
    if (g_str_equal (key, "bus"))
        return parse_bus (spec, part, value, error);
    if (g_str_equal (key, "discard")) {
        g_free (spec->discard);
        spec->discard = g_strdup (value);
        return g_str_equal (value, "ignore") || g_str_equal (value, "unmap")
               || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s”: discard is unmap or ignore"), part);
    }
    if (g_str_equal (key, "cache")) {
        g_free (spec->cache);
        spec->cache = g_strdup (value);
        return g_strv_contains (caches, value)
               || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s”: a cache is none, writeback or unsafe"), part);
    }
    if (g_str_equal (key, "readonly"))
        return parse_switch (part, value, &spec->read_only, error);
    if (g_str_equal (key, "force"))
        return parse_switch (part, value, &spec->force, error);
    if (g_str_equal (key, "format"))
        return parse_format (spec, part, value, error);
    return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” says nothing a disk knows"),
                           part);
}

VitrineDiskSpec *
vitrine_disk_spec_parse (const char *text, GError **error)
{
    g_autoptr (VitrineDiskSpec) spec = vitrine_disk_spec_new ();
    g_auto (GStrv) parts = vitrine_split_settings (text);

    for (guint i = 0; parts[i] != NULL; i++)
        if (!parse_part (spec, parts[i], error))
            return NULL;
    if (!check_parts (spec, text, error))
        return NULL;
    return g_steal_pointer (&spec);
}
