/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - the process vitrine-keeper: keeps one running machine.
 *
 *   vitrine-keeper --folder DIR --runtime DIR [--detach] [--ready-fd N] [--reset-nvram]
 *     [--disposable] [--secrets-fd N]
 *
 * The environment may name other programs and files, for tests: VITRINE_VMM, VITRINE_VNC,
 * VITRINE_SPICE, VITRINE_FIRMWARE_PATH, VITRINE_CPU_MAP_PATH, VITRINE_KVM.
 */
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-ready.h"
#include "keeper-secrets.h"
#include "keeper.h"
#include "vitrine-error.h"
#include "vitrine-language.h"

#define EXIT_USAGE 2

typedef struct {
    char *folder;
    char *runtime;
    gboolean detach;
    int ready_fd;
    gboolean reset_nvram, disposable;
    int secrets_fd;
} Options;

typedef struct {
    GMainLoop *loop;
    Keeper *keeper;
    KeeperReady ready;
    const char *log_folder; /* NULL: it says what it has to say where it was started */
    gboolean begins_anew;
    KeeperSecrets *secrets; /* for each of its runs; NULL: none were given */
    int status;
} App;

static gboolean
parse (int argc, char **argv, Options *options, GError **error)
{
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    const GOptionEntry entries[] = {
        { "folder", 0, 0, G_OPTION_ARG_FILENAME, &options->folder, N_ ("The machine's folder"),
          "DIR" },
        { "runtime", 0, 0, G_OPTION_ARG_FILENAME, &options->runtime,
          N_ ("Where its sockets will be"), "DIR" },
        { "detach", 0, 0, G_OPTION_ARG_NONE, &options->detach, N_ ("Go on in the background"),
          NULL },
        { "ready-fd", 0, 0, G_OPTION_ARG_INT, &options->ready_fd,
          N_ ("Say OK or ERR there once it runs or will not"), "N" },
        { "reset-nvram", 0, 0, G_OPTION_ARG_NONE, &options->reset_nvram,
          N_ ("Make its UEFI variables anew"), NULL },
        { "disposable", 0, 0, G_OPTION_ARG_NONE, &options->disposable,
          N_ ("Drop what it writes when it ends"), NULL },
        { "secrets-fd", 0, 0, G_OPTION_ARG_INT, &options->secrets_fd,
          N_ ("Read its disks' passphrases there: lines, a target and its passphrase in turn"),
          "N" },
        { NULL },
    };

    g_option_context_set_summary (context, _ ("Keeps one running machine of Vitrine's."));
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    if (!g_option_context_parse (context, &argc, &argv, error))
        return FALSE;
    if (!options->folder || !options->runtime || argc > 1) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("--folder and --runtime must be given, and nothing else but options"));
        return FALSE;
    }
    return TRUE;
}

static void
locked (gpointer owner)
{
    App *app = owner;

    if (app->log_folder)
        keeper_ready_log (app->log_folder);
}

static void
started (gpointer owner, const GError *error)
{
    App *app = owner;

    if (error)
        app->status = EXIT_FAILURE;
    keeper_ready_tell (&app->ready, error);
}

static void
ended (gpointer owner, gboolean crashed, gboolean begins_anew)
{
    App *app = owner;

    if (crashed)
        app->status = EXIT_FAILURE;
    app->begins_anew = begins_anew;
    g_main_loop_quit (app->loop);
}

static gboolean
signal_cb (gpointer user_data)
{
    App *app = user_data;

    keeper_quit (app->keeper);
    return G_SOURCE_CONTINUE;
}

static gboolean
prepare_secrets (App *app, const Options *options, GError **error)
{
    if (options->secrets_fd < 0)
        return TRUE;
    if (!app->secrets) {
        fd_set_cloexec (options->secrets_fd);
        app->secrets = keeper_secrets_read (options->secrets_fd, error);
    }
    keeper_set_secrets (app->keeper, app->secrets);
    return app->secrets != NULL;
}

/* One run of the machine, from its start to its end. */
static void
run_once (App *app, const Options *options, gboolean is_first)
{
    static const KeeperOps ops = { locked, started, ended };
    g_autoptr (GError) error = NULL;

    app->begins_anew = FALSE;
    app->keeper = keeper_new (options->folder, options->runtime, &ops, app);
    keeper_set_reset_nvram (app->keeper, options->reset_nvram && is_first);
    keeper_set_disposable (app->keeper, options->disposable);
    if (prepare_secrets (app, options, &error) && keeper_start (app->keeper, &error))
        g_main_loop_run (app->loop);
    else
        started (app, error);
    g_clear_pointer (&app->keeper, keeper_free);
}

static int
run (const Options *options)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    App app = { .loop = g_main_loop_new (NULL, FALSE), .status = EXIT_SUCCESS };

    keeper_ready_init (&app.ready, options->ready_fd);
    app.log_folder = options->detach ? options->folder : NULL;
    if (options->detach && chdir ("/") < 0)
        g_printerr ("vitrine-keeper: stays where it is\n");
    for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
        g_unix_signal_add (signals[i], signal_cb, &app);
    run_once (&app, options, TRUE);
    while (app.begins_anew)
        run_once (&app, options, FALSE);
    g_clear_pointer (&app.secrets, keeper_secrets_free);
    g_main_loop_unref (app.loop);
    return app.status;
}

int
main (int argc, char **argv)
{
    Options options = { .ready_fd = -1, .secrets_fd = -1 };
    g_autoptr (GError) error = NULL;
    int status = EXIT_SUCCESS;

    umask (077);
    vitrine_language_init (GETTEXT_PACKAGE, LOCALEDIR);
    signal (SIGPIPE, SIG_IGN);
    if (!parse (argc, argv, &options, &error)) {
        g_printerr ("vitrine-keeper: %s\n", error->message);
        return EXIT_USAGE;
    }
    if (!options.detach || keeper_ready_detach ()) /* else another process goes on */
        status = run (&options);
    g_free (options.folder);
    g_free (options.runtime);
    return status;
}
