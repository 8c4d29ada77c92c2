/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-info.c - vitrinectl info: all there is to say of one machine. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "table.h"

const GOptionEntry cmd_info_options[] = {
    CLI_JSON_OPTION,
    { NULL },
};

/* The machine's disks; empty when they cannot be known. */
static GPtrArray *
list_disks (struct cli *cli, VitrineMachine *machine)
{
    g_autoptr (GAsyncResult) result = NULL;
    GPtrArray *disks;

    vitrine_machine_list_disks_async (machine, cli->cancellable, cli_async_cb, &result);
    disks = vitrine_machine_list_disks_finish (machine, cli_await (&result), NULL);
    return disks != NULL ? disks : g_ptr_array_new ();
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* "iops=500" and so on, as numbers. */
static void
add_limits_json (struct json *json, char **limits)
{
    json_key (json, "limits");
    json_begin_object (json);
    for (; *limits != NULL; limits++) {
        const char *equals = strchr (*limits, '=');
        g_autofree char *name = g_strndup (*limits, equals - *limits);

        json_member_uint (json, name, g_ascii_strtoull (equals + 1, NULL, 10));
    }
    json_end_object (json);
}

static void
add_devices_json (struct json *json, GPtrArray *devices)
{
    json_key (json, "devices");
    json_begin_array (json);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        g_autofree char *address = vitrine_network_dup_address (device->source);

        json_begin_object (json);
        json_member_string (json, "alias", device->alias);
        json_member_string (json, "kind", device->kind);
        json_member_string (json, "model", device->model);
        json_member_string (json, "source", device->source);
        if (address != NULL)
            json_member_string (json, "address", address);
        if (device->limits != NULL && *device->limits != NULL)
            add_limits_json (json, device->limits);
        json_end_object (json);
    }
    json_end_array (json);
}

static void
add_disks_json (struct json *json, GPtrArray *disks)
{
    json_key (json, "disks");
    json_begin_array (json);
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskInfo *disk = g_ptr_array_index (disks, i);

        json_begin_object (json);
        json_member_string (json, "path", disk->path);
        json_member_uint (json, "size_bytes", disk->size_bytes);
        json_key (json, "removable");
        json_boolean (json, disk->removable);
        json_member_string (json, "reason", disk->reason);
        json_end_object (json);
    }
    json_end_array (json);
}

static void
print_json (VitrineMachine *machine, GPtrArray *devices, GPtrArray *disks)
{
    g_autofree char *folder = vitrine_machine_dup_folder (machine);
    struct json json;

    json_init (&json);
    json_begin_object (&json);
    json_member_string (&json, "name", vitrine_machine_get_name (machine));
    json_member_string (&json, "uuid", vitrine_machine_get_uuid (machine));
    json_member_string (&json, "state",
                        vitrine_machine_state_to_string (vitrine_machine_get_state (machine)));
    json_member_string (&json, "state_reason", vitrine_machine_get_state_reason (machine));
    json_key (&json, "start_time");
    json_int (&json, vitrine_machine_get_start_time (machine));
    json_member_uint (&json, "vcpus", vitrine_machine_get_vcpus (machine));
    json_member_uint (&json, "memory_bytes", vitrine_machine_get_memory_bytes (machine));
    json_member_string (&json, "firmware",
                        vitrine_firmware_to_string (vitrine_machine_get_firmware (machine)));
    json_member_string (&json, "os", vitrine_machine_get_os (machine));
    json_member_string (&json, "problem", vitrine_machine_get_problem (machine));
    json_key (&json, "warnings");
    json_strv (&json, vitrine_machine_get_warnings (machine));
    json_key (&json, "consoles");
    json_strv (&json, vitrine_machine_get_consoles (machine));
    json_member_string (&json, "folder", folder);
    add_devices_json (&json, devices);
    add_disks_json (&json, disks);
    json_end_object (&json);
    json_print (&json);
}

/* --- for people ------------------------------------------------------------------------------- */

static void
add_fact (struct table *table, const char *label, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    table_add (table, label);
    table_add (table, value);
}

static void
add_state (struct table *table, VitrineMachine *machine)
{
    gint64 start_time = vitrine_machine_get_start_time (machine);

    add_fact (table, _ ("State:"),
              vitrine_machine_state_to_string (vitrine_machine_get_state (machine)));
    add_fact (table, _ ("Reason:"), vitrine_machine_get_state_reason (machine));
    if (start_time > 0) {
        g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (start_time);
        g_autofree char *text = time != NULL ? g_date_time_format (time, "%F %T") : NULL;

        add_fact (table, _ ("Since:"), text);
    }
}

static void
print_facts (VitrineMachine *machine)
{
    g_autofree char *vcpus = g_strdup_printf ("%u", vitrine_machine_get_vcpus (machine));
    g_autofree char *memory = cli_format_size (vitrine_machine_get_memory_bytes (machine));
    g_autofree char *folder = vitrine_machine_dup_folder (machine);
    g_autofree char *os = vitrine_os_dup_name (vitrine_machine_get_os (machine));
    g_autofree char *consoles = g_strjoinv (" ", (char **) vitrine_machine_get_consoles (machine));
    const char *const *warnings = vitrine_machine_get_warnings (machine);
    struct table table;

    table_init (&table, 2, NULL);
    add_fact (&table, _ ("Name:"), vitrine_machine_get_name (machine));
    add_fact (&table, _ ("UUID:"), vitrine_machine_get_uuid (machine));
    add_state (&table, machine);
    add_fact (&table, _ ("Problem:"), vitrine_machine_get_problem (machine));
    for (gsize i = 0; warnings[i] != NULL; i++)
        add_fact (&table, _ ("Warning:"), warnings[i]);
    if (*vitrine_machine_get_problem (machine) == '\0') {
        add_fact (&table, _ ("System:"), os);
        add_fact (&table, _ ("CPUs:"), vcpus);
        add_fact (&table, _ ("Memory:"), memory);
        add_fact (&table, _ ("Firmware:"),
                  vitrine_machine_get_firmware (machine) == VITRINE_FIRMWARE_UEFI ? _ ("UEFI")
                                                                                  : _ ("BIOS"));
    }
    add_fact (&table, _ ("Consoles:"), consoles);
    add_fact (&table, _ ("Folder:"), folder);
    table_print (&table);
}

/* What disks may do in a second, if any is limited. */
static void
print_limits (GPtrArray *devices)
{
    const char *const heads[] = { _ ("DISK"), _ ("LIMITS, A SECOND") };
    struct table table;
    gboolean any = FALSE;

    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        g_autofree char *text = device->limits ? g_strjoinv (", ", device->limits) : g_strdup ("");

        if (*text == '\0')
            continue;
        any = TRUE;
        table_add (&table, device->alias);
        table_add (&table, text);
    }
    if (any)
        putchar ('\n');
    table_print (&table);
}

static void
print_devices (GPtrArray *devices)
{
    const char *const heads[] = { _ ("DEVICE"), _ ("KIND"), _ ("MODEL"), _ ("SOURCE") };
    struct table table;

    if (devices->len > 0)
        putchar ('\n');
    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        g_autofree char *address = vitrine_network_dup_address (device->source);

        table_add (&table, device->alias);
        table_add (&table, device->kind);
        table_add (&table, device->model);
        if (address != NULL)
            table_add_printf (&table, "%s %s", device->source, address);
        else
            table_add (&table, device->source);
    }
    table_print (&table);
}

static void
print_disks (GPtrArray *disks)
{
    const char *const heads[] = { _ ("DISK"), _ ("ON THE HOST") };
    struct table table;

    if (disks->len > 0)
        putchar ('\n');
    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskInfo *disk = g_ptr_array_index (disks, i);
        g_autofree char *size = cli_format_size (disk->size_bytes);

        table_add (&table, disk->path);
        table_add (&table, size);
    }
    table_print (&table);
}

int
cmd_info (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    g_autoptr (GPtrArray) devices = NULL;
    g_autoptr (GPtrArray) disks = NULL;

    if (machine == NULL)
        return cli_fail (error);
    devices = vitrine_machine_dup_devices (machine);
    disks = list_disks (cli, machine);
    if (cli_json) {
        print_json (machine, devices, disks);
        return CLI_OK;
    }
    print_facts (machine);
    print_devices (devices);
    print_limits (devices);
    print_disks (disks);
    return CLI_OK;
}
