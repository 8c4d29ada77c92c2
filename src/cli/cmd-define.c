/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-define.c - vitrinectl define, dumpxml and undefine: definitions in and out. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"

static gboolean remove_disks;

const GOptionEntry cmd_undefine_options[] = {
    { "remove-disks", 0, 0, G_OPTION_ARG_NONE, &remove_disks,
      N_ ("Remove the disks that were made for it as well"), NULL },
    { NULL },
};

int
cmd_define (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = cli_read_xml (argv[0], &error);
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineMachine) machine = NULL;

    if (xml == NULL)
        return cli_fail (error);
    vitrine_host_define_async (cli->host, xml, cli->cancellable, cli_async_cb, &result);
    machine = vitrine_host_define_finish (cli->host, cli_await (&result), &error);
    if (machine == NULL)
        return cli_fail (error);
    puts (vitrine_machine_get_uuid (machine));
    return CLI_OK;
}

int
cmd_dumpxml (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    g_autofree char *xml = machine != NULL ? vitrine_machine_dup_xml (machine, &error) : NULL;

    return cli_print_xml (xml, error);
}

static gboolean
is_removed (const VitrineDiskInfo *disk)
{
    return remove_disks && disk->removable;
}

/* The paths of the disks that go. */
static GStrv
choose_disks (GPtrArray *disks)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskInfo *disk = g_ptr_array_index (disks, i);

        if (is_removed (disk))
            g_strv_builder_add (builder, disk->path);
    }
    return g_strv_builder_end (builder);
}

/* Says which disks are still there, and why where it was not asked for. */
static void
tell_kept_disks (GPtrArray *disks)
{
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskInfo *disk = g_ptr_array_index (disks, i);

        if (is_removed (disk))
            continue;
        if (disk->removable)
            cli_complain (_ ("“%s” is kept"), disk->path);
        else
            cli_complain (_ ("“%s” is not removed: %s"), disk->path, disk->reason);
    }
}

static GPtrArray *
list_disks (struct cli *cli, VitrineMachine *machine, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_list_disks_async (machine, cli->cancellable, cli_async_cb, &result);
    return vitrine_machine_list_disks_finish (machine, cli_await (&result), error);
}

int
cmd_undefine (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GPtrArray) disks = NULL;
    g_auto (GStrv) paths = NULL;

    if (machine == NULL)
        return cli_fail (error);
    disks = list_disks (cli, machine, &error);
    if (disks == NULL)
        return cli_fail (error);
    paths = choose_disks (disks);
    vitrine_machine_delete_async (machine, (const char *const *) paths, cli->cancellable,
                                  cli_async_cb, &result);
    if (!vitrine_machine_delete_finish (machine, cli_await (&result), &error))
        return cli_fail (error);
    tell_kept_disks (disks);
    return CLI_OK;
}
