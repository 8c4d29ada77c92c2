/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-keys.c - vitrinectl send-keys and type: the machine's keyboard. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"

#define TEXT_BYTES_MAX (1024 * 1024)

static gboolean
send_keys (struct cli *cli, VitrineMachine *machine, GVariant *keys, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_send_keys_async (machine, keys, cli->cancellable, cli_async_cb, &result);
    return vitrine_machine_send_keys_finish (machine, cli_await (&result), error);
}

int
cmd_send_keys (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GPtrArray) chords =
        g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;

    /* All of them are understood before the first is pressed. */
    for (int i = 1; i < argc; i++) {
        GVariant *keys = vitrine_keys_from_chord (argv[i], &error);

        if (keys == NULL)
            return cli_usage ("%s", error->message);
        g_ptr_array_add (chords, g_variant_ref_sink (keys));
    }
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL)
        return cli_fail (error);
    for (guint i = 0; i < chords->len; i++)
        if (!send_keys (cli, machine, g_ptr_array_index (chords, i), &error))
            return cli_fail (error);
    return CLI_OK;
}

/* All of standard input, or NULL when it is too much. */
static char *
read_standard_input (void)
{
    g_autofree char *text = g_malloc (TEXT_BYTES_MAX + 1);
    gsize len = fread (text, 1, TEXT_BYTES_MAX + 1, stdin);

    if (len > TEXT_BYTES_MAX)
        return NULL;
    return g_strndup (text, len);
}

int
cmd_type (struct cli *cli, int argc, char **argv)
{
    g_autofree char *text =
        g_str_equal (argv[1], "-") ? read_standard_input () : g_strdup (argv[1]);
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) keys = NULL;

    if (text == NULL)
        return cli_usage (_ ("The text is longer than 1 MiB"));
    keys = vitrine_keys_from_text (text, &error);
    if (keys == NULL)
        return cli_usage ("%s", error->message);
    g_variant_ref_sink (keys);
    machine = cli_find (cli, argv[0], &error);
    if (machine == NULL || !send_keys (cli, machine, keys, &error))
        return cli_fail (error);
    return CLI_OK;
}
