/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-describe.c - vitrinectl attach --describe: the kinds of devices there are, and their settings. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "table.h"

/* "virtio|sata|scsi", "1-15 bytes", "text": what the setting may be. */
static char *
format_values (const VitrineSetting *setting)
{
    if (setting->choices != NULL)
        return g_strjoinv ("|", setting->choices);
    if (setting->type == VITRINE_SETTING_NUMBER)
        return g_strdup_printf ("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "%s%s", setting->min,
                                setting->max, *setting->unit != '\0' ? " " : "", setting->unit);
    return g_strdup (vitrine_setting_type_to_string (setting->type));
}

static void
print_settings (const VitrineHardware *hardware)
{
    const char *const heads[] = { _ ("SETTING"), _ ("VALUES"), _ ("DEFAULT"), _ ("MEANING") };
    struct table table;

    printf ("%s: %s\n", hardware->title, hardware->note);
    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < hardware->settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (hardware->settings, i);
        g_autofree char *values = format_values (setting);

        table_add (&table, setting->key);
        table_add (&table, values);
        table_add (&table, *setting->fallback != '\0' ? setting->fallback
                           : setting->required        ? _ ("(needed)")
                                                      : "-");
        table_add_printf (&table, "%s%s%s", setting->title, *setting->note != '\0' ? ": " : "",
                          setting->note);
    }
    table_print (&table);
}

static void
print_kinds (GPtrArray *list)
{
    const char *const heads[] = { _ ("KIND"), _ ("MEANING") };
    struct table table;

    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < list->len; i++) {
        const VitrineHardware *hardware = g_ptr_array_index (list, i);

        table_add (&table, hardware->kind);
        table_add_printf (&table, "%s: %s", hardware->title, hardware->note);
    }
    table_print (&table);
}

static void
add_json (struct json *json, const VitrineHardware *hardware)
{
    json_begin_object (json);
    json_member_string (json, "kind", hardware->kind);
    json_member_string (json, "title", hardware->title);
    json_key (json, "settings");
    json_begin_array (json);
    for (guint i = 0; i < hardware->settings->len; i++) {
        const VitrineSetting *setting = g_ptr_array_index (hardware->settings, i);

        json_begin_object (json);
        json_member_string (json, "key", setting->key);
        json_member_string (json, "type", vitrine_setting_type_to_string (setting->type));
        json_member_string (json, "title", setting->title);
        json_member_string (json, "default", setting->fallback);
        json_key (json, "required");
        json_boolean (json, setting->required);
        if (setting->choices != NULL) {
            json_key (json, "choices");
            json_strv (json, (const char *const *) setting->choices);
        }
        if (setting->type == VITRINE_SETTING_NUMBER)
            json_member_uint (json, "min", setting->min);
        if (setting->max > 0)
            json_member_uint (json, "max", setting->max);
        json_end_object (json);
    }
    json_end_array (json);
    json_end_object (json);
}

/* Those of LIST that are KIND; all for NULL. */
static GPtrArray *
choose (GPtrArray *list, const char *kind)
{
    GPtrArray *chosen = g_ptr_array_new ();

    for (guint i = 0; i < list->len; i++) {
        VitrineHardware *hardware = g_ptr_array_index (list, i);

        if (kind == NULL || g_str_equal (hardware->kind, kind))
            g_ptr_array_add (chosen, hardware);
    }
    return chosen;
}

static void
print_json (GPtrArray *chosen)
{
    struct json json;

    json_init (&json);
    json_begin_array (&json);
    for (guint i = 0; i < chosen->len; i++)
        add_json (&json, g_ptr_array_index (chosen, i));
    json_end_array (&json);
    json_print (&json);
}

int
cmd_attach_describe (const char *kind)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = vitrine_hardware_list (&error);
    g_autoptr (GPtrArray) chosen = NULL;

    if (list == NULL)
        return cli_fail (error);
    chosen = choose (list, kind);
    if (chosen->len == 0)
        return cli_usage (_ ("“%s” is no kind of device; “attach --describe” lists them"), kind);
    if (cli_json)
        print_json (chosen);
    else if (kind != NULL)
        print_settings (g_ptr_array_index (chosen, 0));
    else
        print_kinds (chosen);
    return CLI_OK;
}
