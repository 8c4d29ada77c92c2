/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-detail.c - what is said of each part of a machine that is there already.
 *
 * Theory of operation.  What can be set of a device when it is added (vitrine-hardware.c) can be set of one that is
 * there, by the same way to an attribute of its element; the table here has what machines have besides, what is set of
 * what runs as well, and what needs more than one attribute.  The way is gone in the definition's text, whichever
 * engine keeps it, so what an engine alone knows of stays as it is.
 */
#include "vitrine-detail-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-hardware-private.h"
#include "vitrine-private.h"

#define MIB        (G_GUINT64_CONSTANT (1) << 20)
#define VCPUS_MAX  1024
#define MEMORY_MAX ((G_GUINT64_CONSTANT (4) << 40) / MIB)
#define TEXT_MAX   4096

#define CHOICE VITRINE_SETTING_CHOICE
#define FLAG   VITRINE_SETTING_FLAG
#define NUMBER VITRINE_SETTING_NUMBER
#define TEXT   VITRINE_SETTING_TEXT

typedef struct {
    const char *part; /* VITRINE_PART_…, or a device's kind */
    const char *key, *way;
    VitrineDetailHow how;
    VitrineSettingType type;
    const char *title, *note;
    const char *group;   /* NULL: as the one before */
    const char *choices; /* "a|b", of a CHOICE; "yes|no" of a FLAG */
    guint64 min, max;
    const char *unit;
    gboolean off_only; /* not while the machine runs */
    gboolean no_run;   /* of no run: it holds at once */
} Row;

#define LIMITS N_ ("At most in a second")

static const Row rows[] = {
    { VITRINE_PART_OVERVIEW, "name", "name", VITRINE_DETAIL_TEXT, TEXT, N_ ("Name"), "", "",
      .max = 63, .off_only = TRUE },
    { VITRINE_PART_OVERVIEW, "description", "description", VITRINE_DETAIL_TEXT,
      VITRINE_SETTING_LINES, N_ ("Notes"), "", .max = TEXT_MAX, .no_run = TRUE },
    { VITRINE_PART_OVERVIEW, "firmware", NULL, VITRINE_DETAIL_FIRMWARE, CHOICE, N_ ("Firmware"),
      N_ ("A system that is installed starts with the one it was installed with"),
      .choices = "bios|uefi" },
    { VITRINE_PART_PROCESSORS, "vcpus", NULL, VITRINE_DETAIL_VCPUS, NUMBER, N_ ("Processors"),
      N_ ("Up to the maximum while the machine runs"), "", NULL, 1, VCPUS_MAX },
    { VITRINE_PART_PROCESSORS, "max-vcpus", NULL, VITRINE_DETAIL_MAX_VCPUS, NUMBER, N_ ("Maximum"),
      N_ ("So many can come while it runs"), NULL, NULL, 1, VCPUS_MAX },
    { VITRINE_PART_PROCESSORS, "model", NULL, VITRINE_DETAIL_CPU, TEXT, N_ ("Model"),
      N_ ("“host-passthrough”, or a name of libvirt’s such as Westmere"),
      N_ ("What the guest sees"), .max = 63 },
    { VITRINE_PART_PROCESSORS, "topology", NULL, VITRINE_DETAIL_TOPOLOGY, TEXT, N_ ("Topology"),
      N_ ("Sockets:cores:threads, such as 1:4:2; their product is the maximum"), NULL, .max = 32 },
    { VITRINE_PART_MEMORY, "memory", NULL, VITRINE_DETAIL_MEMORY, NUMBER, N_ ("Memory"),
      N_ ("Up to the maximum while the machine runs"), "", NULL, 8, MEMORY_MAX, "MiB" },
    { VITRINE_PART_MEMORY, "max-memory", NULL, VITRINE_DETAIL_MAX_MEMORY, NUMBER, N_ ("Maximum"),
      N_ ("The guest can get so much while it runs"), NULL, NULL, 8, MEMORY_MAX, "MiB" },
    { VITRINE_PART_BOOT, "order", NULL, VITRINE_DETAIL_BOOT, VITRINE_SETTING_ORDER, N_ ("Order"),
      N_ ("The first that can be started from is"), "" },
    { VITRINE_PART_BOOT, "menu", "os/bootmenu/@enable", VITRINE_DETAIL_SWITCH, FLAG,
      N_ ("Boot menu"), N_ ("The firmware waits a moment for a key"), N_ ("Firmware"),
      .choices = "yes|no" },
    { "interface", "plug", NULL, VITRINE_DETAIL_PLUG, VITRINE_SETTING_PLUG, N_ ("Connection"), "",
      "" },
    { "interface", "link", "link/@state", VITRINE_DETAIL_LINK, FLAG, N_ ("Cable plugged in"), "",
      .choices = "up|down" },
    { "disk", "size", NULL, VITRINE_DETAIL_SIZE, TEXT, N_ ("Grow to"),
      N_ ("Such as 20G; the guest then makes use of it"), "", .max = 24 },
    { "disk", "bandwidth", "iotune/total_bytes_sec", VITRINE_DETAIL_LIMIT, TEXT,
      N_ ("Read and written"), N_ ("Such as 10M; empty for no limit"), LIMITS, .max = 24 },
    { "disk", "read-bandwidth", "iotune/read_bytes_sec", VITRINE_DETAIL_LIMIT, TEXT, N_ ("Read"),
      N_ ("In place of both together"), LIMITS, .max = 24 },
    { "disk", "write-bandwidth", "iotune/write_bytes_sec", VITRINE_DETAIL_LIMIT, TEXT,
      N_ ("Written"), N_ ("In place of both together"), LIMITS, .max = 24 },
    { "disk", "iops", "iotune/total_iops_sec", VITRINE_DETAIL_LIMIT, TEXT, N_ ("Requests"),
      N_ ("Such as 500; empty for no limit"), LIMITS, .max = 24 },
    { "disk", "read-iops", "iotune/read_iops_sec", VITRINE_DETAIL_LIMIT, TEXT, N_ ("Read requests"),
      N_ ("In place of both together"), LIMITS, .max = 24 },
    { "disk", "write-iops", "iotune/write_iops_sec", VITRINE_DETAIL_LIMIT, TEXT,
      N_ ("Write requests"), N_ ("In place of both together"), LIMITS, .max = 24 },
    { "interface", "forwards", NULL, VITRINE_DETAIL_FORWARDS, TEXT, N_ ("Forwarded ports"),
      N_ ("This computer’s and the guest’s, such as tcp:2222:22 tcp:8080:80"),
      N_ ("From this computer to the guest"), .max = TEXT_MAX },
    { "video", "model", "model/@type", VITRINE_DETAIL_TEXT, CHOICE, N_ ("Model"), "", "",
      "vga|virtio" },
    { "graphics", "type", "@type", VITRINE_DETAIL_TEXT, CHOICE, N_ ("Protocol"),
      N_ ("By which the display is looked at"), "", "vnc|spice" },
};

/* What the table of hardware has and is not for a device that is there. */
static const struct {
    const char *kind, *key;
} skipped[] = {
    { "cdrom", "path" },        { "interface", "bridge" }, { "interface", "network" },
    { "interface", "macvtap" }, { "interface", "link" },   { "tablet", "type" },
    { "keyboard", "type" },
};

void
vitrine_detail_free (VitrineDetail *detail)
{
    g_strfreev (detail->setting.choices);
    g_free (detail->value);
    g_free (detail);
}

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

static gboolean
find_device (VitrinePart *self, const char *alias, GError **error)
{
    g_autoptr (GPtrArray) live = vitrine_machine_dup_devices_of (self->machine, VITRINE_SCOPE_LIVE);

    self->device = vitrine_device_info_find (self->devices, alias);
    self->element = self->device != NULL ? vitrine_part_get_device (self, alias) : NULL;
    self->is_live = self->runs && vitrine_device_info_find (live, alias) != NULL;
    return self->element != NULL
           || vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                              _ ("The definition of “%s” has no device %s of its own"),
                              vitrine_machine_get_name (self->machine), alias);
}

VitrinePart *
vitrine_part_new (VitrineMachine *machine, const char *part, GError **error)
{
    g_autoptr (VitrinePart) self = g_new0 (VitrinePart, 1);

    self->machine = machine;
    self->runs = self->is_live = vitrine_machine_runs (machine);
    self->devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_CONFIG);
    self->text = vitrine_machine_dup_xml (machine, error);
    self->document = self->text != NULL ? vitrine_xml_parse (self->text, error) : NULL;
    if (self->document == NULL)
        return NULL;
    self->domain = self->element = vitrine_xml_get_root (self->document);
    if (*part != '@' && !find_device (self, part, error))
        return NULL;
    return g_steal_pointer (&self);
}

static const Row *
find_row (const char *part, const char *key)
{
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        if (g_str_equal (rows[i].part, part) && g_str_equal (rows[i].key, key))
            return &rows[i];
    return NULL;
}

/* "target.bus" of the table of hardware is "target/@bus" here, and "readonly", which is a flag, "readonly/". */
static char *
make_way (const VitrinePart *self, const VitrineSetting *setting)
{
    const char *key = vitrine_hardware_find_key (self->element->name, setting->key);
    const char *dot = strrchr (key, '.');
    g_autofree char *children = dot != NULL ? g_strndup (key, dot - key) : NULL;

    if (dot == NULL)
        return g_strconcat (key, setting->type == FLAG ? "/" : "", NULL);
    if (g_str_equal (key, "source.file")
        && g_strcmp0 (vitrine_xml_get_attribute (self->element, "type"), "block") == 0)
        return g_strdup ("source/@dev");
    g_strdelimit (children, ".", '/');
    return g_strdup_printf ("%s/@%s", children, dot + 1);
}

gboolean
vitrine_part_find (const VitrinePart *self, const char *key, VitrineDetailHow *how, char **way)
{
    static const char *const parts[] = { VITRINE_PART_OVERVIEW, VITRINE_PART_PROCESSORS,
                                         VITRINE_PART_MEMORY, VITRINE_PART_BOOT };
    const Row *row = self->device != NULL ? find_row (self->device->kind, key) : NULL;
    g_autoptr (GPtrArray) list = NULL;
    GPtrArray *settings;

    for (gsize i = 0; self->device == NULL && row == NULL && i < G_N_ELEMENTS (parts); i++)
        row = find_row (parts[i], key);
    if (row != NULL) {
        *how = row->how;
        *way = g_strdup (row->way != NULL ? row->way : row->choices);
        return TRUE;
    }
    list = self->device != NULL ? vitrine_hardware_list (NULL) : NULL;
    settings = list != NULL ? vitrine_hardware_find_settings (list, self->device) : NULL;
    for (guint i = 0; settings != NULL && i < settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (settings, i);

        if (!g_str_equal (setting->key, key))
            continue;
        *how = g_str_equal (key, "bus") && g_str_equal (self->element->name, "disk")
                   ? VITRINE_DETAIL_BUS
                   : VITRINE_DETAIL_TEXT;
        *way = make_way (self, setting);
        return TRUE;
    }
    return FALSE;
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
    *max = (guint) CLAMP (read_number (self->domain, "vcpu", 1), 1, VCPUS_MAX);
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

static char *
dup_cpu (const VitrinePart *self)
{
    g_autofree char *model = vitrine_xml_dup (self->domain, "cpu/model");
    char *mode;

    if (model != NULL && *model != '\0')
        return g_steal_pointer (&model);
    mode = vitrine_xml_dup (self->domain, "cpu/@mode");
    return mode != NULL ? mode : g_strdup ("");
}

static char *
dup_topology (const VitrinePart *self)
{
    VitrineXml *topology =
        vitrine_xml_get_child (vitrine_xml_get_child (self->domain, "cpu"), "topology");

    return topology == NULL
               ? g_strdup ("")
               : g_strdup_printf ("%s:%s:%s", vitrine_xml_get_attribute (topology, "sockets"),
                                  vitrine_xml_get_attribute (topology, "cores"),
                                  vitrine_xml_get_attribute (topology, "threads"));
}

static char *
dup_plug (const VitrinePart *self)
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

static char *
dup_boot (const VitrinePart *self)
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

static char *
dup_firmware (const VitrinePart *self)
{
    VitrineXml *os = vitrine_xml_get_child (self->domain, "os");
    const char *firmware = vitrine_xml_get_attribute (os, "firmware");
    g_autofree char *type = vitrine_xml_dup (self->domain, "os/loader/@type");

    return g_strdup (g_strcmp0 (firmware, "efi") == 0 || g_strcmp0 (type, "pflash") == 0 ? "uefi"
                                                                                         : "bios");
}

static char *
format_number (guint64 number)
{
    return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

/* What WAY leads to; a limit of 0 is none. */
static char *
dup_text (const VitrinePart *self, const char *way, gboolean is_limit)
{
    char *text = vitrine_xml_dup (self->element, way);

    if (text != NULL && is_limit && g_str_equal (text, "0"))
        g_clear_pointer (&text, g_free);
    return text != NULL ? text : g_strdup ("");
}

/* A flag is its key or nothing: what WAY leads to says the first of WORDS, or, where the second is the rule, is not
 * the second. */
static char *
dup_switch (const VitrinePart *self, const char *key, const char *way)
{
    g_autofree char *text = vitrine_xml_dup (self->element, way);
    gboolean on = g_str_has_prefix (way, "link/") ? g_strcmp0 (text, "down") != 0
                                                  : g_strcmp0 (text, "yes") == 0;

    return g_strdup (on ? key : "");
}

static char *
dup_value (const VitrinePart *self, const char *key, VitrineSettingType type, VitrineDetailHow how,
           const char *way)
{
    guint64 max_mib, mib = vitrine_part_get_memory_mib (self, &max_mib);
    guint max_vcpus, vcpus = vitrine_part_get_vcpus (self, &max_vcpus);

    switch (how) {
    case VITRINE_DETAIL_SWITCH:
    case VITRINE_DETAIL_LINK:
        return dup_switch (self, key, way);
    case VITRINE_DETAIL_PLUG:
        return dup_plug (self);
    case VITRINE_DETAIL_FORWARDS:
        return vitrine_part_dup_forwards (self);
    case VITRINE_DETAIL_VCPUS:
        return format_number (vcpus);
    case VITRINE_DETAIL_MAX_VCPUS:
        return format_number (max_vcpus);
    case VITRINE_DETAIL_CPU:
        return dup_cpu (self);
    case VITRINE_DETAIL_TOPOLOGY:
        return dup_topology (self);
    case VITRINE_DETAIL_MEMORY:
        return format_number (mib);
    case VITRINE_DETAIL_MAX_MEMORY:
        return format_number (max_mib);
    case VITRINE_DETAIL_BOOT:
        return dup_boot (self);
    case VITRINE_DETAIL_FIRMWARE:
        return dup_firmware (self);
    case VITRINE_DETAIL_SIZE:
        return g_strdup ("");
    case VITRINE_DETAIL_TEXT:
    case VITRINE_DETAIL_LIMIT:
    case VITRINE_DETAIL_BUS:
    case VITRINE_DETAIL_N:
        break;
    }
    if (type == FLAG) {
        g_autofree char *there = vitrine_xml_dup (self->element, way);

        return g_strdup (there != NULL ? key : "");
    }
    return dup_text (self, way, how == VITRINE_DETAIL_LIMIT);
}

/* --- details ---------------------------------------------------------------------------------- */

/* Which of what can be set can be set of what runs. */
static VitrineScope
get_scope (const VitrinePart *self, VitrineDetailHow how)
{
    gboolean live = how == VITRINE_DETAIL_LINK || how == VITRINE_DETAIL_LIMIT
                    || how == VITRINE_DETAIL_SIZE || how == VITRINE_DETAIL_FORWARDS
                    || how == VITRINE_DETAIL_VCPUS || how == VITRINE_DETAIL_MEMORY;

    return VITRINE_SCOPE_CONFIG | (live && self->is_live ? VITRINE_SCOPE_LIVE : 0);
}

/* What it is now is always one of what it may be; what is not written down is the engine's choice. */
static void
complete_choices (VitrineDetail *detail)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    gboolean has_default =
        g_strv_contains ((const char *const *) detail->setting.choices, "default");

    if (*detail->value == '\0' && has_default) {
        g_free (detail->value);
        detail->value = g_strdup ("default");
    }
    if (!g_strv_contains ((const char *const *) detail->setting.choices, detail->value))
        g_strv_builder_add (builder, detail->value);
    g_strv_builder_addv (builder, (const char **) detail->setting.choices);
    g_strfreev (detail->setting.choices);
    detail->setting.choices = g_strv_builder_end (builder);
}

static void
add_detail (GPtrArray *details, const VitrinePart *self, const VitrineSetting *setting,
            const char *group)
{
    VitrineDetail *detail = g_new0 (VitrineDetail, 1);
    g_autofree char *way = NULL;
    VitrineDetailHow how = VITRINE_DETAIL_TEXT;
    guint max_vcpus;
    guint64 max_mib;

    vitrine_part_find (self, setting->key, &how, &way);
    detail->setting = *setting;
    detail->setting.choices = g_strdupv (setting->choices);
    detail->group = group;
    detail->value = dup_value (self, setting->key, setting->type, how, way);
    detail->scope = get_scope (self, how);
    if (setting->type == CHOICE)
        complete_choices (detail);
    if (how == VITRINE_DETAIL_VCPUS) {
        vitrine_part_get_vcpus (self, &max_vcpus);
        detail->live_max = max_vcpus;
    } else if (how == VITRINE_DETAIL_MEMORY) {
        vitrine_part_get_memory_mib (self, &max_mib);
        detail->live_max = max_mib;
    }
    detail->setting.fallback = detail->value;
    g_ptr_array_add (details, detail);
}

/* Whether the row is for this very part: forwards are for who has passt, limits and sizes for what has an image. */
static gboolean
is_for (const VitrinePart *self, const Row *row)
{
    VitrineXml *backend = vitrine_xml_get_child (self->element, "backend");

    if (row->how != VITRINE_DETAIL_FORWARDS)
        return TRUE;
    return VITRINE_MACHINE_GET_CLASS (self->machine)->can_set_cards
           && g_strcmp0 (vitrine_xml_get_attribute (self->element, "type"), "user") == 0
           && g_strcmp0 (vitrine_xml_get_attribute (backend, "type"), "passt") == 0;
}

static void
add_row (GPtrArray *details, const VitrinePart *self, const Row *row, const char *group)
{
    VitrineSetting setting = { .key = row->key,
                               .type = row->type,
                               .title = _ (row->title),
                               .note = *row->note != '\0' ? _ (row->note) : "",
                               .min = row->min,
                               .max = row->max,
                               .unit = row->unit != NULL ? row->unit : "" };
    g_auto (GStrv) choices = row->how == VITRINE_DETAIL_BOOT ? vitrine_part_dup_bootable (self)
                             : row->type == CHOICE           ? g_strsplit (row->choices, "|", -1)
                                                             : NULL;
    VitrineDetail *detail;

    setting.choices = choices;
    add_detail (details, self, &setting, group);
    detail = g_ptr_array_index (details, details->len - 1);
    if (row->no_run && self->runs)
        detail->scope |= VITRINE_SCOPE_LIVE;
    if (row->off_only && self->runs) {
        detail->scope = 0;
        detail->setting.note = _ ("Only while the machine is off");
    }
}

/* The rows of the table that are for PART, those in the first group or those in the others. */
static void
add_rows (GPtrArray *details, const VitrinePart *self, const char *part, gboolean first)
{
    const char *group = "";

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        const Row *row = &rows[i];

        if (!g_str_equal (row->part, part))
            continue;
        if (row->group != NULL)
            group = *row->group != '\0' ? _ (row->group) : "";
        if ((*group == '\0') == first && is_for (self, row))
            add_row (details, self, row, group);
    }
}

static gboolean
is_skipped (const char *kind, const char *key)
{
    for (gsize i = 0; i < G_N_ELEMENTS (skipped); i++)
        if (g_str_equal (skipped[i].kind, kind) && g_str_equal (skipped[i].key, key))
            return TRUE;
    return find_row (kind, key) != NULL;
}

static gboolean
add_settings (GPtrArray *details, const VitrinePart *self, GError **error)
{
    g_autoptr (GPtrArray) list = vitrine_hardware_list (error);
    GPtrArray *settings = list != NULL ? vitrine_hardware_find_settings (list, self->device) : NULL;

    for (guint i = 0; settings != NULL && i < settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (settings, i);

        if (!is_skipped (self->device->kind, setting->key))
            add_detail (details, self, setting, "");
    }
    return list != NULL;
}

GPtrArray *
vitrine_machine_dup_details (VitrineMachine *machine, const char *part, GError **error)
{
    g_autoptr (GPtrArray) details =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_detail_free);
    g_autoptr (VitrinePart) self = NULL;

    g_return_val_if_fail (VITRINE_IS_MACHINE (machine) && part != NULL, NULL);
    g_return_val_if_fail (VITRINE_IS_MAIN_THREAD (), NULL);

    self = vitrine_part_new (machine, part, error);
    if (self == NULL)
        return NULL;
    if (self->device != NULL)
        part = self->device->kind;
    add_rows (details, self, part, TRUE);
    if (self->device != NULL && !add_settings (details, self, error))
        return NULL;
    add_rows (details, self, part, FALSE);
    return g_steal_pointer (&details);
}

VitrineScope
vitrine_detail_get_scope (const VitrineDetail *detail, const char *value)
{
    guint64 number;

    if (detail->live_max > 0
        && (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &number, NULL)
            || number > detail->live_max))
        return detail->scope & VITRINE_SCOPE_CONFIG;
    return detail->scope;
}

/* A part that is no device is where the first of what it says is. */
static VitrineXml *
find_element (const VitrinePart *self, const char *part)
{
    static const struct {
        const char *part, *element;
    } places[] = {
        { VITRINE_PART_OVERVIEW, "name" },
        { VITRINE_PART_PROCESSORS, "vcpu" },
        { VITRINE_PART_MEMORY, "memory" },
        { VITRINE_PART_BOOT, "os" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
        if (g_str_equal (places[i].part, part))
            return vitrine_xml_get_child (self->domain, places[i].element);
    return self->element;
}

guint
vitrine_machine_find_line (VitrineMachine *machine, const char *part)
{
    g_autoptr (VitrinePart) self = NULL;
    VitrineXml *element;

    g_return_val_if_fail (VITRINE_IS_MACHINE (machine) && part != NULL, 0);

    self = vitrine_part_new (machine, part, NULL);
    element = self != NULL ? find_element (self, part) : NULL;
    return element != NULL ? element->line : 0;
}
