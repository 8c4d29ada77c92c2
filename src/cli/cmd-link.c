/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-link.c - vitrinectl link: the cable of a network card. */
#include <glib/gi18n.h>

#include "cli.h"

int
cmd_link (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    gboolean up = g_str_equal (argv[2], "up");

    if (!up && !g_str_equal (argv[2], "down"))
        return cli_usage (_ ("“%s” is no state of a link; say up or down"), argv[2]);
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL)
        return cli_fail (error);
    vitrine_machine_set_link_async (machine, argv[1], up, cli->cancellable, cli_async_cb, &result);
    if (!vitrine_machine_set_link_finish (machine, cli_await (&result), &error))
        return cli_fail (error);
    return CLI_OK;
}
