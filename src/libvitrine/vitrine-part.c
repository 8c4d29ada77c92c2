/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-part.c - a part of a machine as its definition has it, and what is said there in more than one place. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-detail-private.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* --- a part ----------------------------------------------------------------------------------- */

void
vitrine_part_free (VitrinePart *self)
{
    g_free (self->text);
    g_clear_pointer (&self->document, vitrine_xml_free);
    g_clear_pointer (&self->devices, g_ptr_array_unref);
    g_free (self);
}

VitrineXml *
vitrine_part_get_device (const VitrinePart *self, const char *alias)
{
    const VitrineDeviceInfo *device = vitrine_device_info_find (self->devices, alias);

    return device != NULL && device->element > 0 ? vitrine_xml_get_element (
               vitrine_xml_get_child (self->domain, "devices"), device->element)
                                                 : NULL;
}

/* What runs may have another device by an alias that is no more than a place in a list. */
static gboolean
is_same (const VitrineDeviceInfo *defined, const VitrineDeviceInfo *live)
{
    return defined != NULL && live != NULL
           && (defined->id == NULL || live->id == NULL || g_str_equal (defined->id, live->id));
}

static gboolean
find_device (VitrinePart *self, const char *alias, GError **error)
{
    g_autoptr (GPtrArray) live = vitrine_machine_dup_devices_of (self->machine, VITRINE_SCOPE_LIVE);

    self->device = vitrine_device_info_find (self->devices, alias);
    self->element = self->device != NULL ? vitrine_part_get_device (self, alias) : NULL;
    self->is_live = self->runs && is_same (self->device, vitrine_device_info_find (live, alias));
    return self->element != NULL
           || vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                              _ ("The definition of “%s” has no device %s of its own"),
                              vitrine_machine_get_name (self->machine), alias);
}

/* The devices are those of the text, by their number in it: not of what somebody wrote between the two. */
static gboolean
check_unchanged (const VitrinePart *self, GError **error)
{
    g_autofree char *text = vitrine_machine_dup_xml (self->machine, error);

    return text != NULL
           && (g_str_equal (text, self->text)
               || vitrine_rules_refuse_changed (vitrine_machine_get_name (self->machine), error));
}

VitrinePart *
vitrine_part_new (VitrineMachine *machine, const char *part, GError **error)
{
    g_autoptr (VitrinePart) self = g_new0 (VitrinePart, 1);

    self->machine = machine;
    self->runs = self->is_live = vitrine_machine_runs (machine);
    self->text = vitrine_machine_dup_xml (machine, error);
    self->devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_CONFIG);
    self->document = self->text != NULL ? vitrine_xml_parse (self->text, error) : NULL;
    if (self->document == NULL || !check_unchanged (self, error))
        return NULL;
    self->domain = self->element = vitrine_xml_get_root (self->document);
    if (*part != '@' && !find_device (self, part, error))
        return NULL;
    return g_steal_pointer (&self);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static guint64
read_number (VitrineXml *element, const char *way, guint64 fallback)
{
    g_autofree char *text = vitrine_xml_dup (element, way);
    guint64 number;

    return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL)
               ? number
               : fallback;
}

guint
vitrine_part_get_vcpus (const VitrinePart *self, guint *max)
{
    *max = (guint) CLAMP (read_number (self->domain, "vcpu", 1), 1, VITRINE_DETAIL_VCPUS_LIMIT);
    return (guint) CLAMP (read_number (self->domain, "vcpu/@current", *max), 1, *max);
}

/* By libvirt's words for units; without one it is KiB. */
static guint64
read_mib (VitrineXml *element, const char *way, guint64 fallback)
{
    static const struct {
        const char *word;
        guint64 bytes;
    } units[] = {
        { "b", 1 },
        { "bytes", 1 },
        { "KB", 1000 },
        { "k", 1024 },
        { "KiB", 1024 },
        { "MB", 1000000 },
        { "M", MIB },
        { "MiB", MIB },
        { "GB", 1000000000 },
        { "G", 1024 * MIB },
        { "GiB", 1024 * MIB },
        { "TB", 1000000000000 },
        { "T", 1048576 * MIB },
        { "TiB", 1048576 * MIB },
    };
    g_autofree char *unit_way = g_strconcat (way, "/@unit", NULL);
    g_autofree char *unit = vitrine_xml_dup (element, unit_way);
    guint64 number = read_number (element, way, G_MAXUINT64);
    guint64 bytes = 1024;

    for (gsize i = 0; unit != NULL && i < G_N_ELEMENTS (units); i++)
        if (g_ascii_strcasecmp (units[i].word, unit) == 0)
            bytes = units[i].bytes;
    return number > G_MAXUINT64 / bytes ? fallback : (number * bytes + MIB - 1) / MIB;
}

static VitrineXml *
get_pluggable (const VitrinePart *self)
{
    return vitrine_xml_get_child (vitrine_xml_get_child (self->domain, "devices"), "memory");
}

gboolean
vitrine_part_has_pluggable (const VitrinePart *self)
{
    return get_pluggable (self) != NULL;
}

guint64
vitrine_part_get_memory_mib (const VitrinePart *self, guint64 *max_mib)
{
    VitrineXml *pluggable = get_pluggable (self);
    guint64 size = pluggable != NULL ? read_mib (pluggable, "target/size", 0) : 0;
    guint64 requested = pluggable != NULL ? read_mib (pluggable, "target/requested", 0) : 0;
    guint64 base;

    *max_mib = read_mib (self->domain, "memory", 0);
    base = *max_mib > size ? *max_mib - size : *max_mib;
    return MIN (read_mib (self->domain, "currentMemory", base), base) + requested;
}

/* --- values ----------------------------------------------------------------------------------- */

char *
vitrine_part_dup_cpu (const VitrinePart *self)
{
    g_autofree char *model = vitrine_xml_dup (self->domain, "cpu/model");
    char *mode;

    if (model != NULL && *model != '\0')
        return g_steal_pointer (&model);
    mode = vitrine_xml_dup (self->domain, "cpu/@mode");
    return mode != NULL ? mode : g_strdup ("");
}

/* What a topology does not say is one. */
static const char *
get_count (VitrineXml *topology, const char *what)
{
    const char *count = vitrine_xml_get_attribute (topology, what);

    return count != NULL ? count : "1";
}

char *
vitrine_part_dup_topology (const VitrinePart *self)
{
    VitrineXml *topology =
        vitrine_xml_get_child (vitrine_xml_get_child (self->domain, "cpu"), "topology");

    return topology == NULL
               ? g_strdup ("")
               : g_strdup_printf ("%s:%s:%s", get_count (topology, "sockets"),
                                  get_count (topology, "cores"), get_count (topology, "threads"));
}

char *
vitrine_part_dup_plug (const VitrinePart *self)
{
    static const struct {
        const char *type, *word, *way;
    } plugs[] = {
        { "network", "network", "source/@network" },
        { "bridge", "bridge", "source/@bridge" },
        { "direct", "macvtap", "source/@dev" },
    };
    const char *type = vitrine_xml_get_attribute (self->element, "type");

    for (gsize i = 0; type != NULL && i < G_N_ELEMENTS (plugs); i++) {
        g_autofree char *name = g_str_equal (plugs[i].type, type)
                                    ? vitrine_xml_dup (self->element, plugs[i].way)
                                    : NULL;

        if (name != NULL)
            return g_strdup_printf ("%s=%s", plugs[i].word, name);
    }
    return g_strdup (type != NULL ? type : "");
}

/* Of one <portForward>; what is bound to an address has no short words and stays as it is. */
static void
add_forwards (GString *text, VitrineXml *forward)
{
    const char *proto = vitrine_xml_get_attribute (forward, "proto");
    VitrineXml *range;

    for (guint i = 1; (range = vitrine_xml_get_element (forward, i)) != NULL; i++) {
        const char *start = vitrine_xml_get_attribute (range, "start");
        const char *end = vitrine_xml_get_attribute (range, "end");
        const char *to = vitrine_xml_get_attribute (range, "to");

        if (proto == NULL || start == NULL || vitrine_xml_get_attribute (range, "exclude") != NULL
            || vitrine_xml_get_attribute (forward, "address") != NULL)
            continue;
        g_string_append_printf (text, "%s%s:%s%s%s:%s", text->len > 0 ? " " : "", proto, start,
                                end != NULL ? "-" : "", end != NULL ? end : "",
                                to != NULL ? to : start);
    }
}

char *
vitrine_part_dup_forwards (const VitrinePart *self)
{
    GString *text = g_string_new (NULL);
    VitrineXml *child;

    for (guint i = 1; (child = vitrine_xml_get_element (self->element, i)) != NULL; i++)
        if (vitrine_xml_is (child, "portForward"))
            add_forwards (text, child);
    return g_string_free (text, FALSE);
}

char **
vitrine_part_dup_bootable (const VitrinePart *self)
{
    static const char *const kinds[] = { "disk", "cdrom", "interface", NULL };
    g_autoptr (GStrvBuilder) aliases = g_strv_builder_new ();

    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (self->devices, i);
        VitrineXml *element = vitrine_part_get_device (self, device->alias);

        if (element != NULL
            && (g_strv_contains (kinds, device->kind)
                || vitrine_xml_get_child (element, "boot") != NULL))
            g_strv_builder_add (aliases, device->alias);
    }
    return g_strv_builder_end (aliases);
}

static guint64
get_boot_order (const VitrinePart *self, const char *alias)
{
    return read_number (vitrine_part_get_device (self, alias), "boot/@order", 0);
}

/* By the kinds of <os>, where no device has a number of its own. */
static void
add_booted_kind (const VitrinePart *self, char **aliases, const char *dev, GPtrArray *order)
{
    static const struct {
        const char *dev, *kind;
    } kinds[] = {
        { "hd", "disk" }, { "cdrom", "cdrom" }, { "network", "interface" }, { "fd", "floppy" }
    };

    for (gsize i = 0; dev != NULL && i < G_N_ELEMENTS (kinds); i++)
        for (guint j = 0; g_str_equal (kinds[i].dev, dev) && aliases[j] != NULL; j++)
            if (g_str_equal (vitrine_device_info_find (self->devices, aliases[j])->kind,
                             kinds[i].kind))
                g_ptr_array_add (order, aliases[j]);
}

static int
by_number (gconstpointer a, gconstpointer b, gpointer part)
{
    guint64 one = get_boot_order (part, *(char *const *) a);
    guint64 other = get_boot_order (part, *(char *const *) b);

    return one < other ? -1 : one > other;
}

char *
vitrine_part_dup_boot (const VitrinePart *self)
{
    g_auto (GStrv) aliases = vitrine_part_dup_bootable (self);
    g_autoptr (GPtrArray) order = g_ptr_array_new ();
    VitrineXml *os = vitrine_xml_get_child (self->domain, "os");
    VitrineXml *child;

    for (guint i = 0; aliases[i] != NULL; i++)
        if (get_boot_order (self, aliases[i]) > 0)
            g_ptr_array_add (order, aliases[i]);
    g_ptr_array_sort_with_data (order, by_number, (gpointer) self);
    for (guint i = 1, n = order->len; n == 0 && (child = vitrine_xml_get_element (os, i)) != NULL;
         i++)
        if (vitrine_xml_is (child, "boot"))
            add_booted_kind (self, aliases, vitrine_xml_get_attribute (child, "dev"), order);
    g_ptr_array_add (order, NULL);
    return g_strjoinv (",", (char **) order->pdata);
}

char *
vitrine_part_dup_firmware (const VitrinePart *self)
{
    VitrineXml *os = vitrine_xml_get_child (self->domain, "os");
    const char *firmware = vitrine_xml_get_attribute (os, "firmware");
    g_autofree char *type = vitrine_xml_dup (self->domain, "os/loader/@type");

    return g_strdup (g_strcmp0 (firmware, "efi") == 0 || g_strcmp0 (type, "pflash") == 0 ? "uefi"
                                                                                         : "bios");
}
