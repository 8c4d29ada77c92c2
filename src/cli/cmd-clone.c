/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-clone.c - vitrinectl clone: a machine made of another one. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"

static gboolean linked;

const GOptionEntry cmd_clone_options[] = {
    { "linked", 0, 0, G_OPTION_ARG_NONE, &linked,
      N_ ("Keep only what differs from the original's disks, which must not change then"), NULL },
    { NULL },
};

int
cmd_clone (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineMachine) clone = NULL;
    g_autoptr (VitrineMachine) original = cli_find (cli, argv[0], &error);

    if (original == NULL)
        return cli_fail (error);
    vitrine_host_clone_async (cli->host, original, argv[1],
                              linked ? VITRINE_CLONE_LINKED : VITRINE_CLONE_FULL, cli_progress,
                              NULL, cli->cancellable, cli_async_cb, &result);
    clone = vitrine_host_clone_finish (cli->host, cli_await (&result), &error);
    cli_progress_end ();
    if (clone == NULL)
        return cli_fail (error);
    puts (vitrine_machine_get_uuid (clone));
    return CLI_OK;
}
