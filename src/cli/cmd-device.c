/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-device.c - vitrinectl attach, detach and set: what a machine has, while it runs and in its
 * definition. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "passphrase.h"

static gboolean live, config, force, describe;
static char *xml_path;

#define SCOPE_OPTIONS                                                                              \
    { "live", 0, 0, G_OPTION_ARG_NONE, &live, N_ ("Change the machine that runs"), NULL },         \
    {                                                                                              \
        "config", 0, 0, G_OPTION_ARG_NONE, &config,                                                \
            N_ ("Change the definition, for the next start"), NULL                                 \
    }

const GOptionEntry cmd_attach_options[] = {
    { "xml", 0, 0, G_OPTION_ARG_FILENAME, &xml_path,
      N_ ("Take the device from FILE, an element of libvirt's domain XML"), N_ ("FILE") },
    { "describe", 0, 0, G_OPTION_ARG_NONE, &describe,
      N_ ("Say which kinds of devices there are, or what can be said of KIND"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_ ("Even a disk that this computer itself uses"),
      NULL },
    PASSPHRASE_OPTION,
    CLI_JSON_OPTION,
    SCOPE_OPTIONS,
    { NULL },
};

const GOptionEntry cmd_detach_options[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_ ("Take it away without asking the guest"),
      NULL },
    SCOPE_OPTIONS,
    { NULL },
};

const GOptionEntry cmd_eject_options[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_ ("Even if the guest keeps the tray locked"),
      NULL },
    SCOPE_OPTIONS,
    { NULL },
};

const GOptionEntry cmd_set_options[] = {
    SCOPE_OPTIONS,
    { NULL },
};

/* What was asked for; with neither, the machine that runs, or the definition of one that is off. */
static VitrineScope
choose_scope (VitrineMachine *machine)
{
    VitrineMachineState state = vitrine_machine_get_state (machine);
    gboolean off = state == VITRINE_MACHINE_OFF || state == VITRINE_MACHINE_CRASHED;

    if (live || config)
        return (live ? VITRINE_SCOPE_LIVE : 0) | (config ? VITRINE_SCOPE_CONFIG : 0);
    return off ? VITRINE_SCOPE_CONFIG : VITRINE_SCOPE_LIVE;
}

static gboolean
make_change (struct cli *cli, VitrineMachine *machine, VitrineChange *change, GError **error)
{
    change->scope = choose_scope (machine);
    return change->kind == VITRINE_CHANGE_ATTACH ? passphrase_attach (cli, machine, change, error)
                                                 : cli_change (cli, machine, change, error);
}

/* --- attach and detach ------------------------------------------------------------------------ */

/* Prints the alias of what is there now and was not in BEFORE. */
static void
print_new (VitrineMachine *machine, GPtrArray *before)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (vitrine_device_info_find (before, device->alias) == NULL)
            puts (device->alias);
    }
}

/* "disk size=5G,…", or "new-disk …": a disk that is yet to be made. */
static gboolean
is_new_disk (int argc, char **argv)
{
    if (argc > 2 && g_str_equal (argv[1], "new-disk"))
        return TRUE;
    return argc > 2 && g_str_equal (argv[1], "disk")
           && (g_str_has_prefix (argv[2], "size=") || strstr (argv[2], ",size=") != NULL);
}

static int
add_disk (struct cli *cli, VitrineMachine *machine, const char *text, GPtrArray *before)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineDiskSpec) disk = vitrine_disk_spec_parse (text, &error);
    gboolean done;

    if (disk == NULL)
        return cli_usage ("%s", error->message);
    if (!passphrase_for_disk (cli, disk, &error))
        return cli_fail (error);
    vitrine_machine_add_disk_async (machine, disk, choose_scope (machine), cli_progress, NULL,
                                    cli->cancellable, cli_async_cb, &result);
    done = vitrine_machine_add_disk_finish (machine, cli_await (&result), &error);
    cli_progress_end ();
    if (!done)
        return cli_fail (error);
    print_new (machine, before);
    return CLI_OK;
}

static char *
get_element (VitrineMachine *machine, int argc, char **argv, GError **error)
{
    if (xml_path != NULL)
        return cli_read_xml (xml_path, error);
    return vitrine_device_spec_to_element (machine, argv[1], argc > 2 ? argv[2] : "", error);
}

int
cmd_attach (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GPtrArray) before = NULL;
    g_autofree char *element = NULL;
    VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH };

    if (describe)
        return argc > 1 ? cli_usage (_ ("Say one kind to be described, or none"))
                        : cmd_attach_describe (argc > 0 ? argv[0] : NULL);
    if (argc == 0)
        return cli_usage (_ ("Say which machine"));
    if ((xml_path != NULL) == (argc > 1))
        return cli_usage (_ ("Say what to attach: KIND [SETTINGS], or --xml FILE"));
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL)
        return cli_fail (error);
    before = vitrine_machine_dup_devices (machine);
    if (xml_path == NULL && is_new_disk (argc, argv))
        return add_disk (cli, machine, argv[2], before);
    element = get_element (machine, argc, argv, &error);
    if (element == NULL)
        return cli_fail (error);
    change.what = element;
    change.force = force;
    if (!make_change (cli, machine, &change, &error))
        return cli_fail (error);
    print_new (machine, before);
    return CLI_OK;
}

int
cmd_detach (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    VitrineChange change = { .kind = VITRINE_CHANGE_DETACH, .what = argv[1], .force = force };

    if (machine == NULL || !make_change (cli, machine, &change, &error))
        return cli_fail (error);
    return CLI_OK;
}

/* --- media and sizes -------------------------------------------------------------------------- */

int
cmd_eject (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    VitrineChange change = { .kind = VITRINE_CHANGE_EJECT, .what = argv[1], .force = force };

    if (machine == NULL || !make_change (cli, machine, &change, &error))
        return cli_fail (error);
    return CLI_OK;
}

int
cmd_insert (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_canonicalize_filename (argv[2], NULL);
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    VitrineChange change = {
        .kind = VITRINE_CHANGE_INSERT, .what = argv[1], .path = path, .force = force
    };

    if (machine == NULL || !make_change (cli, machine, &change, &error))
        return cli_fail (error);
    return CLI_OK;
}

int
cmd_resize (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    VitrineChange change = { .kind = VITRINE_CHANGE_RESIZE, .what = argv[1] };

    if (!vitrine_size_parse (argv[2], &change.size_bytes, &error))
        return cli_usage ("%s", error->message);
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL || !make_change (cli, machine, &change, &error))
        return cli_fail (error);
    return CLI_OK;
}

/* --- set -------------------------------------------------------------------------------------- */

/* What shall be of processors and of memory; 0: as it is; and of a network card; NULL: as it is. */
typedef struct {
    VitrineChange vcpus, memory, card;
} Settings;

/* "vcpus=4", "max-vcpus=8", "memory=2G", "max-memory=8G". */
static gboolean
parse_setting (const char *text, Settings *settings)
{
    const struct {
        const char *name;
        guint *count;
        guint64 *bytes;
    } rows[] = {
        { "vcpus", &settings->vcpus.n, NULL },
        { "max-vcpus", &settings->vcpus.max, NULL },
        { "memory", NULL, &settings->memory.size_bytes },
        { "max-memory", NULL, &settings->memory.max_bytes },
    };
    const char *equals = strchr (text, '=');
    g_autofree char *name = equals != NULL ? g_strndup (text, equals - text) : NULL;
    guint64 number;

    for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (rows); i++) {
        if (!g_str_equal (rows[i].name, name))
            continue;
        if (rows[i].bytes != NULL)
            return vitrine_size_parse (equals + 1, rows[i].bytes, NULL);
        if (!cli_parse_number (equals + 1, 1, G_MAXUINT, &number))
            return FALSE;
        *rows[i].count = (guint) number;
        return TRUE;
    }
    return FALSE;
}

static gboolean
set_vcpus (struct cli *cli, VitrineMachine *machine, VitrineChange *change, GError **error)
{
    if (change->n == 0 && change->max == 0)
        return TRUE;
    if (change->n == 0)
        change->n = vitrine_machine_get_vcpus (machine);
    return make_change (cli, machine, change, error);
}

static gboolean
set_memory (struct cli *cli, VitrineMachine *machine, VitrineChange *change, GError **error)
{
    return (change->size_bytes == 0 && change->max_bytes == 0)
           || make_change (cli, machine, change, error);
}

/* "net0 forward=tcp:2222:22": all that follows the card's alias is the card's. */
static gboolean
parse_settings (int argc, char **argv, Settings *settings)
{
    for (int i = 1; i < argc; i++) {
        if (strchr (argv[i], '=') == NULL && i + 1 < argc) {
            settings->card.what = argv[i];
            settings->card.settings = (const char *const *) argv + i + 1;
            return TRUE;
        }
        if (!parse_setting (argv[i], settings)) {
            cli_usage (_ ("“%s” is no setting; say vcpus=NUMBER, max-vcpus=NUMBER, memory=SIZE or "
                          "max-memory=SIZE, or a network card or disk and what shall be of it, "
                          "as net0 forward=tcp:2222:22 or virtio-disk0 iops=500"),
                       argv[i]);
            return FALSE;
        }
    }
    return TRUE;
}

int
cmd_set (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    Settings settings = { .vcpus.kind = VITRINE_CHANGE_VCPUS,
                          .memory.kind = VITRINE_CHANGE_MEMORY,
                          .card.kind = VITRINE_CHANGE_CARD };

    if (!parse_settings (argc, argv, &settings))
        return CLI_USAGE;
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL || !set_vcpus (cli, machine, &settings.vcpus, &error)
        || !set_memory (cli, machine, &settings.memory, &error)
        || (settings.card.what != NULL && !make_change (cli, machine, &settings.card, &error)))
        return cli_fail (error);
    return CLI_OK;
}
