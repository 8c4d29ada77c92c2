/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli-express.c - vitrinectl create --express: what an installer is told, and a password that nobody else sees. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"

#define LINE_MAX_BYTES 512

/* A line of FD's, without its end; with vitrine_cloud_free_secret().  NULL at the end of the file. */
static char *
read_line (int fd)
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

/* What is typed at the terminal FD while nothing of it is shown; NULL when nothing was. */
static char *
ask_once (int fd, const char *question)
{
    struct termios saved, silent;
    sigset_t stops, before;
    char *line;

    if (tcgetattr (fd, &saved) != 0)
        return NULL;
    silent = saved;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    /* Whoever gives up with Ctrl+C gets a terminal that shows what he types. */
    sigemptyset (&stops);
    sigaddset (&stops, SIGINT);
    sigaddset (&stops, SIGTSTP);
    sigprocmask (SIG_BLOCK, &stops, &before);
    tcsetattr (fd, TCSAFLUSH, &silent);
    dprintf (fd, "%s", question);
    line = read_line (fd);
    dprintf (fd, "\n");
    tcsetattr (fd, TCSAFLUSH, &saved);
    sigprocmask (SIG_SETMASK, &before, NULL);
    return line;
}

/* The password of USER, typed twice; NULL having said why not. */
static char *
ask_password (const char *user)
{
    g_autofree char *question = g_strdup_printf (_ ("Password for “%s”: "), user);
    int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    char *first = NULL, *second = NULL;

    if (fd < 0 || !isatty (fd)) {
        cli_usage (_ ("There is no terminal to ask for the password at; write it into a file and "
                      "say password-file=FILE"));
    } else if ((first = ask_once (fd, question)) != NULL
               && (second = ask_once (fd, _ ("The same again: "))) != NULL
               && !g_str_equal (first, second)) {
        cli_usage (_ ("The two passwords differ"));
        vitrine_cloud_free_secret (g_steal_pointer (&first));
    } else if (second == NULL) {
        cli_usage (_ ("The password is empty"));
    }
    if (second == NULL)
        vitrine_cloud_free_secret (g_steal_pointer (&first));
    vitrine_cloud_free_secret (second);
    if (fd >= 0)
        close (fd);
    return first;
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
    if (express->password == NULL && (express->password = ask_password (express->user)) == NULL)
        return CLI_USAGE;
    if (!vitrine_express_check (express, &error))
        return cli_usage ("--express: %s", error->message);
    vitrine_spec_set_express (spec, express);
    return CLI_OK;
}
