/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-wait.c - vitrinectl wait: until a machine is in a state.  Told by events, not by asking. */
#include <glib/gi18n.h>
#include <stdlib.h>

#include "cli.h"

#define TIMEOUT_MAX_S 1000000.0

static char *states_text;
static char *timeout_text;

const GOptionEntry cmd_wait_options[] = {
    { "state", 0, 0, G_OPTION_ARG_STRING, &states_text,
      N_ ("off, starting, running, paused, stopping or crashed; several with commas between"),
      N_ ("STATE") },
    { "timeout", 0, 0, G_OPTION_ARG_STRING, &timeout_text, N_ ("Give up after that time"),
      N_ ("SECONDS") },
    { NULL },
};

struct wait {
    guint wanted; /* a bit a state */
    gboolean timed_out;
};

static gboolean
parse_states (const char *text, guint *wanted)
{
    g_auto (GStrv) words = g_strsplit (text, ",", -1);

    *wanted = 0;
    for (gsize i = 0; words[i] != NULL; i++) {
        VitrineMachineState state;

        if (!vitrine_machine_state_from_string (words[i], &state))
            return FALSE;
        *wanted |= 1u << state;
    }
    return *wanted != 0;
}

/* In milliseconds; 0 for none. */
static gboolean
parse_timeout (const char *text, guint *timeout_ms)
{
    char *end = NULL;
    double seconds;

    *timeout_ms = 0;
    if (text == NULL)
        return TRUE;
    seconds = g_ascii_strtod (text, &end);
    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= TIMEOUT_MAX_S))
        return FALSE;
    *timeout_ms = MAX (1, (guint) (seconds * 1000));
    return TRUE;
}

static gboolean
timeout_cb (gpointer user_data)
{
    struct wait *wait = user_data;

    wait->timed_out = TRUE;
    return G_SOURCE_REMOVE;
}

static gboolean
is_there (struct cli *cli, VitrineMachine *machine)
{
    g_autoptr (VitrineMachine) found =
        vitrine_host_find (cli->host, vitrine_machine_get_uuid (machine));

    return found == machine;
}

/* Runs the main loop until it is decided. */
static int
await_state (struct cli *cli, VitrineMachine *machine, struct wait *wait)
{
    const char *name = vitrine_machine_get_name (machine);

    for (;;) {
        VitrineMachineState state = vitrine_machine_get_state (machine);

        if (wait->wanted & 1u << state)
            return CLI_OK;
        if (g_cancellable_is_cancelled (cli->cancellable))
            return CLI_FAILED;
        if (!is_there (cli, machine))
            return cli_complain (_ ("“%s” was deleted"), name);
        /* Off is what it is; whoever waits for that must hear of it. */
        if (state == VITRINE_MACHINE_CRASHED && wait->wanted & 1u << VITRINE_MACHINE_OFF)
            return cli_complain (_ ("“%s” has crashed: %s"), name,
                                 vitrine_machine_get_state_reason (machine));
        if (wait->timed_out)
            return cli_complain (_ ("“%s” is still in the state %s"), name,
                                 vitrine_machine_state_to_string (state));
        g_main_context_iteration (NULL, TRUE);
    }
}

int
cmd_wait (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    struct wait wait = { 0 };
    guint timeout_ms, source = 0;
    int status;

    if (states_text == NULL)
        return cli_usage (_ ("What shall be waited for? Say --state STATE"));
    if (!parse_states (states_text, &wait.wanted))
        return cli_usage (_ ("“--state %s”: say off, starting, running, paused, stopping or "
                             "crashed"),
                          states_text);
    if (!parse_timeout (timeout_text, &timeout_ms))
        return cli_usage (_ ("“--timeout %s”: say a number of seconds"), timeout_text);
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL)
        return cli_fail (error);
    if (timeout_ms > 0)
        source = g_timeout_add (timeout_ms, timeout_cb, &wait);
    status = await_state (cli, machine, &wait);
    if (source != 0 && !wait.timed_out)
        g_source_remove (source);
    return status;
}
