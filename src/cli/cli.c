/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli.c - what the verbs of vitrinectl share. */
#include "cli.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define XML_BYTES_MAX (1024 * 1024)

gboolean cli_json;

/* No-break spaces are for windows; here they are in the way of whoever searches the output. */
static char *
break_spaces (const char *text)
{
    g_auto (GStrv) parts = g_strsplit (text, "\302\240", -1);

    return g_strjoinv (" ", parts);
}

char *
cli_format_size (guint64 bytes)
{
    g_autofree char *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);

    return break_spaces (size);
}

/* Bytes as they are: names are UTF-8 whatever the locale, and a script wants them back. */
static void
complain (const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf (format, args);
    g_autofree char *plain = break_spaces (text);

    fprintf (stderr, "vitrinectl: %s\n", plain);
}

int
cli_complain (const char *format, ...)
{
    va_list args;

    va_start (args, format);
    complain (format, args);
    va_end (args);
    return CLI_FAILED;
}

int
cli_usage (const char *format, ...)
{
    va_list args;

    va_start (args, format);
    complain (format, args);
    va_end (args);
    return CLI_USAGE;
}

int
cli_fail (const GError *error)
{
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return CLI_FAILED;
    return cli_complain ("%s", error->message);
}

void
cli_async_cb (GObject *source, GAsyncResult *result, gpointer slot)
{
    *(GAsyncResult **) slot = g_object_ref (result);
}

GAsyncResult *
cli_await (GAsyncResult **slot)
{
    while (*slot == NULL)
        g_main_context_iteration (NULL, TRUE);
    return *slot;
}

gboolean
cli_connect (struct cli *cli, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_connect_async (cli->host, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_connect_finish (cli->host, cli_await (&result), error);
}

VitrineMachine *
cli_find (struct cli *cli, const char *uuid_or_name, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_look_up_async (cli->host, uuid_or_name, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_look_up_finish (cli->host, cli_await (&result), error);
}

gboolean
cli_act (struct cli *cli, VitrineMachine *machine, VitrineAction action, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_act_async (machine, action, cli->cancellable, cli_async_cb, &result);
    return vitrine_machine_act_finish (machine, cli_await (&result), error);
}

gboolean
cli_change (struct cli *cli, VitrineMachine *machine, const VitrineChange *change, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_change_async (machine, change, cli->cancellable, cli_async_cb, &result);
    return vitrine_machine_change_finish (machine, cli_await (&result), error);
}

gboolean
cli_parse_number (const char *text, guint64 min, guint64 max, guint64 *number)
{
    return g_ascii_string_to_unsigned (text, 10, min, max, number, NULL);
}

int
cli_print_xml (const char *xml, const GError *error)
{
    if (xml == NULL)
        return cli_fail (error);
    fputs (xml, stdout);
    if (!g_str_has_suffix (xml, "\n"))
        putchar ('\n');
    return CLI_OK;
}

const struct cli_subverb *
cli_find_subverb (const struct cli_subverb *verbs, gsize n, int argc, char **argv,
                  gboolean *is_known)
{
    for (gsize i = 0; i < n; i++) {
        const struct cli_subverb *verb = &verbs[i];

        *is_known = g_str_equal (verb->verb, argv[0]);
        if (*is_known)
            return argc - 1 >= verb->min && argc - 1 <= verb->max ? verb : NULL;
    }
    *is_known = FALSE;
    return NULL;
}

char *
cli_read_xml (const char *path, GError **error)
{
    gboolean standard_input = g_str_equal (path, "-");
    FILE *file = standard_input ? stdin : fopen (path, "re");
    g_autofree char *text = g_malloc (XML_BYTES_MAX + 2);
    gboolean failed;
    gsize len;

    if (file == NULL) {
        int saved_errno = errno;

        g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (saved_errno),
                     _ ("“%s” cannot be opened: %s"), path, g_strerror (saved_errno));
        return NULL;
    }
    len = fread (text, 1, XML_BYTES_MAX + 1, file);
    failed = ferror (file) != 0;
    if (!standard_input)
        fclose (file);
    if (!failed && len <= XML_BYTES_MAX) {
        text[len] = '\0';
        return g_steal_pointer (&text);
    }
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 failed ? _ ("“%s” cannot be read") : _ ("“%s” is longer than 1 MiB"), path);
    return NULL;
}

char *
cli_edit_file (const char *path, GError **error)
{
    const char *editor = g_getenv ("VISUAL") != NULL ? g_getenv ("VISUAL") : g_getenv ("EDITOR");
    g_autofree char *quoted = g_shell_quote (path);
    g_autofree char *line =
        g_strconcat (editor != NULL ? editor : "sensible-editor", " ", quoted, NULL);
    const char *argv[] = { "/bin/sh", "-c", line, NULL };
    char *text = NULL;
    int status;

    if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                       NULL, &status, error)
        || !g_spawn_check_wait_status (status, error)
        || !g_file_get_contents (path, &text, NULL, error))
        return NULL;
    return text;
}

static gboolean progress_is_shown;

void
cli_progress (double fraction, gpointer unused)
{
    if (!isatty (STDERR_FILENO))
        return;
    progress_is_shown = TRUE;
    fprintf (stderr, "\r%3.0f %%", 100 * fraction);
    fflush (stderr);
}

void
cli_progress_end (void)
{
    if (progress_is_shown)
        fputs ("\r     \r", stderr);
    progress_is_shown = FALSE;
}

int
cli_finish_output (int status)
{
    if (fflush (stdout) == 0 && !ferror (stdout))
        return status;
    return cli_complain (_ ("The output could not be written: %s"), g_strerror (errno));
}

gboolean
cli_ask_resource (struct cli *cli, const VitrineResourceRequest *request, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_ask_resource_async (cli->host, request, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_ask_resource_finish (cli->host, cli_await (&result), error);
}

GPtrArray *
cli_list_resources (struct cli *cli, const VitrineResourceRequest *request, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_ask_resource_async (cli->host, request, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_list_resources_finish (cli->host, cli_await (&result), error);
}

char *
cli_dump_resource (struct cli *cli, const VitrineResourceRequest *request, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_ask_resource_async (cli->host, request, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_dump_resource_finish (cli->host, cli_await (&result), error);
}
