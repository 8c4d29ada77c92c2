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

#define MEMORY_MAX (4 * 1024 * 1024) /* MiB */
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
      N_ ("Up to the maximum while the machine runs"), "", NULL, 1, VITRINE_DETAIL_VCPUS_LIMIT },
    { VITRINE_PART_PROCESSORS, "max-vcpus", NULL, VITRINE_DETAIL_MAX_VCPUS, NUMBER, N_ ("Maximum"),
      N_ ("So many can come while it runs"), NULL, NULL, 1, VITRINE_DETAIL_VCPUS_LIMIT },
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
    { "video", "model", "model/@type", VITRINE_DETAIL_CHOICE, CHOICE, N_ ("Model"), "", "",
      "vga|virtio" },
    { "graphics", "type", "@type", VITRINE_DETAIL_CHOICE, CHOICE, N_ ("Protocol"),
      N_ ("By which the display is looked at"), "", "vnc|spice" },
};

/* What the table of hardware has and is not for a device that is there. */
static const struct {
    const char *kind, *key;
} skipped[] = {
    { "cdrom", "path" },        { "disk", "server" },       { "interface", "bridge" },
    { "interface", "network" }, { "interface", "macvtap" }, { "interface", "link" },
    { "tablet", "type" },       { "keyboard", "type" },
};

void
vitrine_detail_free (VitrineDetail *detail)
{
    g_strfreev (detail->setting.choices);
    g_free (detail->value);
    g_free (detail);
}

/* --- what can be set -------------------------------------------------------------------------- */

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
               : setting->type == CHOICE ? VITRINE_DETAIL_CHOICE
                                         : VITRINE_DETAIL_TEXT;
        *way = make_way (self, setting);
        return TRUE;
    }
    return FALSE;
}

/* --- values ----------------------------------------------------------------------------------- */

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
        return vitrine_part_dup_plug (self);
    case VITRINE_DETAIL_FORWARDS:
        return vitrine_part_dup_forwards (self);
    case VITRINE_DETAIL_VCPUS:
        return format_number (vcpus);
    case VITRINE_DETAIL_MAX_VCPUS:
        return format_number (max_vcpus);
    case VITRINE_DETAIL_CPU:
        return vitrine_part_dup_cpu (self);
    case VITRINE_DETAIL_TOPOLOGY:
        return vitrine_part_dup_topology (self);
    case VITRINE_DETAIL_MEMORY:
        return format_number (mib);
    case VITRINE_DETAIL_MAX_MEMORY:
        return format_number (max_mib);
    case VITRINE_DETAIL_BOOT:
        return vitrine_part_dup_boot (self);
    case VITRINE_DETAIL_FIRMWARE:
        return vitrine_part_dup_firmware (self);
    case VITRINE_DETAIL_SIZE:
        return g_strdup ("");
    case VITRINE_DETAIL_TEXT:
    case VITRINE_DETAIL_CHOICE:
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

/* What is not written down is the default, and what a libvirt host has may be more than is offered. */
static void
complete_number (VitrineDetail *detail)
{
    guint64 number;

    if (*detail->value == '\0') {
        g_free (detail->value);
        detail->value = g_strdup (detail->setting.fallback);
    }
    if (g_ascii_string_to_unsigned (detail->value, 10, 0, G_MAXUINT32, &number, NULL)) {
        detail->setting.min = MIN (detail->setting.min, number);
        detail->setting.max = MAX (detail->setting.max, number);
    }
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
    else if (setting->type == NUMBER && how == VITRINE_DETAIL_TEXT)
        complete_number (detail);
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

/* A disk that is on a server, in a pool or in a folder has no path of its own. */
static gboolean
has_path (const VitrinePart *self)
{
    const char *type = vitrine_xml_get_attribute (self->element, "type");

    return type == NULL || g_str_equal (type, "file") || g_str_equal (type, "block");
}

static gboolean
is_skipped (const VitrinePart *self, const char *key)
{
    const char *kind = self->device->kind;

    if (g_str_equal (kind, "disk") && g_str_equal (key, "path") && !has_path (self))
        return TRUE;
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

        if (!is_skipped (self, setting->key))
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
