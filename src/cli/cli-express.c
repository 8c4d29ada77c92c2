/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli-express.c - vitrinectl create --express: what an installer is told, and a password that nobody else sees. */
#include <errno.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "terminal.h"

#define LINE_MAX_BYTES 512

/* A line of FD's, without its end; with vitrine_cloud_free_secret().  NULL at the end of the file. */
static gpointer
read_line (int fd, GError **error)
{
    char *line = g_malloc0 (LINE_MAX_BYTES);
    gsize len = 0;
    ssize_t n;

    while ((n = read (fd, line + len, 1)) == 1 || (n < 0 && errno == EINTR)) {
        if (n == 1 && line[len] == '\n')
            break;
        len += n == 1 && len + 1 < LINE_MAX_BYTES ? 1 : 0;
    }
    if (n == 1 || len > 0) {
        line[len] = '\0';
        return line;
    }
    g_free (line);
    return NULL;
}

/* EXPRESS gets the password of its user, typed twice; CLI_OK, or what was said is why not. */
static int
ask_password (struct cli *cli, VitrineExpress *express)
{
    g_autofree char *question = g_strdup_printf (_ ("Password for “%s”: "), express->user);
    g_autoptr (GError) error = NULL;
    struct terminal terminal;
    char *first, *second = NULL;
    int status = CLI_OK;

    if (!terminal_open (&terminal))
        return cli_usage (_ ("There is no terminal to ask for the password at; write it into a "
                             "file and say password-file=FILE"));
    first = terminal_ask (&terminal, cli, question, read_line, &error);
    if (first != NULL)
        second = terminal_ask (&terminal, cli, _ ("The same again: "), read_line, &error);
    terminal_close (&terminal);
    if (error != NULL)
        status = cli_fail (error);
    else if (second == NULL)
        status = cli_usage (_ ("The password is empty"));
    else if (!g_str_equal (first, second))
        status = cli_usage (_ ("The two passwords differ"));
    else
        express->password = g_steal_pointer (&first);
    vitrine_cloud_free_secret (first);
    vitrine_cloud_free_secret (second);
    return status;
}

/* Whether SPEC's system can be told; says why not, and that it goes on by hand.  FALSE in *GOOD for an error. */
static gboolean
is_possible (struct cli *cli, VitrineSpec *spec, gboolean *good)
{
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineExpressPlan) plan = NULL;
    g_autoptr (GError) error = NULL;

    *good = TRUE;
    vitrine_host_plan_express_async (cli->host, vitrine_spec_get_iso (spec),
                                     vitrine_spec_get_os (spec), cli->cancellable, cli_async_cb,
                                     &result);
    plan = vitrine_host_plan_express_finish (cli->host, cli_await (&result), &error);
    if (plan == NULL) {
        cli_fail (error);
        *good = FALSE;
        return FALSE;
    }
    if (plan->method == VITRINE_EXPRESS_BY_HAND)
        cli_complain (_ ("%s; the system is to be installed by hand"), plan->reason);
    return plan->method != VITRINE_EXPRESS_BY_HAND;
}

int
cli_express_apply (struct cli *cli, VitrineSpec *spec, const char *text)
{
    g_autoptr (VitrineExpress) express = NULL;
    g_autoptr (GError) error = NULL;
    gboolean good;
    int status;

    if (text == NULL)
        return CLI_OK;
    if (vitrine_spec_get_iso (spec) == NULL)
        return cli_usage (_ ("“--express” tells the installer on a CD; say --iso FILE"));
    express = vitrine_express_parse (text, &error);
    if (express == NULL && g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_INVALID))
        return cli_usage ("--express: %s", error->message);
    if (express == NULL)
        return cli_fail (error);
    if (vitrine_spec_get_os (spec) == NULL) {
        cli_complain (_ ("Which system is on “%s” is not known; name it with --os, or install it "
                         "by hand"),
                      vitrine_spec_get_iso (spec));
        return CLI_OK;
    }
    if (!is_possible (cli, spec, &good))
        return good ? CLI_OK : CLI_FAILED;
    status = express->password == NULL ? ask_password (cli, express) : CLI_OK;
    if (status != CLI_OK)
        return status;
    if (!vitrine_express_check (express, &error))
        return cli_usage ("--express: %s", error->message);
    vitrine_spec_set_express (spec, express);
    return CLI_OK;
}
