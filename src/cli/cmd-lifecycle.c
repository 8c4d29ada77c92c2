/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-lifecycle.c - vitrinectl start, shutdown, poweroff, reset, pause, resume: one action on
 * each machine that is named. */
#include <glib/gi18n.h>

#include "cli.h"
#include "passphrase.h"

static gboolean reset_nvram, disposable, undo;

const GOptionEntry cmd_start_options[] = {
    { "reset-nvram", 0, 0, G_OPTION_ARG_NONE, &reset_nvram, N_ ("Make its UEFI variables anew"),
      NULL },
    { "disposable", 0, 0, G_OPTION_ARG_NONE, &disposable,
      N_ ("Drop what it writes when it is switched off"), NULL },
    { "undo", 0, 0, G_OPTION_ARG_NONE, &undo,
      N_ ("Decide afterwards, with “vitrinectl undo”, whether to keep what it writes"), NULL },
    PASSPHRASE_OPTION,
    { NULL },
};

static gboolean
act_on (struct cli *cli, const char *name, VitrineAction action)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, name, &error);

    if (machine != NULL
        && (vitrine_action_is_start (action) ? passphrase_start (cli, machine, action, NULL, &error)
                                             : cli_act (cli, machine, action, &error)))
        return TRUE;
    cli_fail (error);
    return FALSE;
}

/* What fails on one does not keep the others from theirs. */
static int
act_on_all (struct cli *cli, int argc, char **argv, VitrineAction action)
{
    int status = CLI_OK;

    for (int i = 0; i < argc && !g_cancellable_is_cancelled (cli->cancellable); i++)
        if (!act_on (cli, argv[i], action))
            status = CLI_FAILED;
    return status;
}

int
cmd_start (struct cli *cli, int argc, char **argv)
{
    int status = CLI_OK;

    if (reset_nvram + disposable + undo > 1)
        return cli_usage (_ ("Say one of --reset-nvram, --disposable and --undo"));
    for (int i = 0; undo && i < argc && status == CLI_OK; i++)
        status = cmd_undo_begin (cli, argv[i]);
    if (status != CLI_OK)
        return status;
    return act_on_all (cli, argc, argv,
                       disposable    ? VITRINE_ACTION_START_DISPOSABLE
                       : reset_nvram ? VITRINE_ACTION_START_RESET_NVRAM
                                     : VITRINE_ACTION_START);
}

int
cmd_shutdown (struct cli *cli, int argc, char **argv)
{
    return act_on_all (cli, argc, argv, VITRINE_ACTION_SHUTDOWN);
}

int
cmd_poweroff (struct cli *cli, int argc, char **argv)
{
    return act_on_all (cli, argc, argv, VITRINE_ACTION_POWER_OFF);
}

int
cmd_reset (struct cli *cli, int argc, char **argv)
{
    return act_on_all (cli, argc, argv, VITRINE_ACTION_RESET);
}

int
cmd_pause (struct cli *cli, int argc, char **argv)
{
    return act_on_all (cli, argc, argv, VITRINE_ACTION_PAUSE);
}

int
cmd_resume (struct cli *cli, int argc, char **argv)
{
    return act_on_all (cli, argc, argv, VITRINE_ACTION_RESUME);
}
