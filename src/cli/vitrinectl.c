/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrinectl.c - machines from the command line: finds the verb, parses its options, runs it. */
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>

#include "cli.h"

#define ANY_NUMBER G_MAXINT

/* In the order of the manual page. */
static const struct verb verbs[] = {
    { "list", "", N_ ("List machines that run, or all of them"), 0, 0, cmd_list_options, cmd_list },
    { "info", N_ ("MACHINE"), N_ ("Show one machine"), 1, 1, cmd_info_options, cmd_info },
    { "stats", N_ ("MACHINE…"), N_ ("Show what machines use now"), 1, ANY_NUMBER, cmd_stats_options,
      cmd_stats },
    { "create", "", N_ ("Make a machine"), 0, 0, cmd_create_options, cmd_create },
    { "clone", N_ ("MACHINE NAME"), N_ ("Make a machine like another"), 2, 2, cmd_clone_options,
      cmd_clone },
    { "start", N_ ("MACHINE…"), N_ ("Switch on"), 1, ANY_NUMBER, cmd_start_options, cmd_start },
    { "shutdown", N_ ("MACHINE…"), N_ ("Press the power button"), 1, ANY_NUMBER, NULL,
      cmd_shutdown },
    { "poweroff", N_ ("MACHINE…"), N_ ("Switch off at once"), 1, ANY_NUMBER, NULL, cmd_poweroff },
    { "reset", N_ ("MACHINE…"), N_ ("Press the reset button"), 1, ANY_NUMBER, NULL, cmd_reset },
    { "pause", N_ ("MACHINE…"), N_ ("Halt for a while"), 1, ANY_NUMBER, NULL, cmd_pause },
    { "resume", N_ ("MACHINE…"), N_ ("Go on after a pause"), 1, ANY_NUMBER, NULL, cmd_resume },
    { "wait", N_ ("MACHINE"), N_ ("Wait until it is in a state"), 1, 1, cmd_wait_options,
      cmd_wait },
    { "link", N_ ("MACHINE CARD up|down"), N_ ("Plug in or pull a network card's cable"), 3, 3,
      NULL, cmd_link },
    { "console", N_ ("MACHINE"), N_ ("Connect this terminal to a serial console"), 1, 1,
      cmd_console_options, cmd_console },
    { "display", N_ ("MACHINE"), N_ ("Offer the display to a viewer"), 1, 1, cmd_display_options,
      cmd_display },
    { "screenshot", N_ ("MACHINE FILE.png"), N_ ("Save what the display shows"), 2, 2, NULL,
      cmd_screenshot },
    { "send-keys", N_ ("MACHINE KEYS…"), N_ ("Press keys, such as ctrl+alt+delete"), 2, ANY_NUMBER,
      NULL, cmd_send_keys },
    { "type", N_ ("MACHINE TEXT"), N_ ("Type a text on a US keyboard"), 2, 2, NULL, cmd_type },
    { "define", N_ ("FILE.xml"), N_ ("Make or change a machine by libvirt's domain XML"), 1, 1,
      NULL, cmd_define },
    { "dumpxml", N_ ("MACHINE"), N_ ("Print the definition"), 1, 1, NULL, cmd_dumpxml },
    { "edit", N_ ("MACHINE"), N_ ("Change the definition in an editor"), 1, 1, NULL, cmd_edit },
    { "undefine", N_ ("MACHINE"), N_ ("Forget a machine"), 1, 1, cmd_undefine_options,
      cmd_undefine },
    { "attach", N_ ("MACHINE [KIND [SETTINGS]]"), N_ ("Add a device"), 0, 3, cmd_attach_options,
      cmd_attach },
    { "detach", N_ ("MACHINE DEVICE"), N_ ("Remove a device"), 2, 2, cmd_detach_options,
      cmd_detach },
    { "eject", N_ ("MACHINE DRIVE"), N_ ("Take the medium out of a drive"), 2, 2, cmd_eject_options,
      cmd_eject },
    { "insert", N_ ("MACHINE DRIVE FILE"), N_ ("Put an image into a drive"), 3, 3,
      cmd_eject_options, cmd_insert },
    { "resize", N_ ("MACHINE DISK SIZE"), N_ ("Make a disk larger"), 3, 3, NULL, cmd_resize },
    { "set", N_ ("MACHINE SETTING…"), N_ ("Change processors, memory and cards"), 2, ANY_NUMBER,
      cmd_set_options, cmd_set },
    { "snapshot", N_ ("VERB MACHINE [NAME]"), N_ ("Make, list, go back to and delete snapshots"), 2,
      3, cmd_snapshot_options, cmd_snapshot },
    { "undo", N_ ("keep|drop MACHINE"), N_ ("Decide on what a machine started with --undo wrote"),
      2, 2, NULL, cmd_undo },
    { "image", N_ ("VERB [FILE]"), N_ ("List, check, grow, convert and delete disk images"), 1, 3,
      cmd_image_options, cmd_image },
    { "net", N_ ("VERB [NETWORK]"), N_ ("List, make, start and stop networks"), 1, 2,
      cmd_net_options, cmd_net },
    { "pool", N_ ("VERB [POOL]"), N_ ("List, make, start and stop a libvirt host's storage pools"),
      1, 2, cmd_pool_options, cmd_pool },
    { "vol", N_ ("VERB POOL [VOLUME [SIZE]]"), N_ ("List and make the images in a storage pool"), 2,
      4, cmd_vol_options, cmd_vol },
    { "os", N_ ("list [TEXT…]|detect FILE"),
      N_ ("List operating systems, and tell which one is on a medium"), 1, ANY_NUMBER,
      cmd_os_options, cmd_os },
    { "host", N_ ("check"), N_ ("Show what this host can and cannot do"), 1, 1, cmd_host_options,
      cmd_host },
};

static const struct verb *
find_verb (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        if (g_str_equal (verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

/* One line a verb, the summaries below each other. */
static char *
describe_verbs (void)
{
    GString *text = g_string_new (_ ("Verbs:"));

    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        g_string_append_printf (text, "\n  %-11s %s", verbs[i].name, _ (verbs[i].summary));
    g_string_append_printf (text, "\n\n%s", _ ("“vitrinectl VERB --help” says more."));
    return g_string_free (text, FALSE);
}

static gboolean
signal_cb (struct cli *cli, int number)
{
    cli->signal = number;
    g_cancellable_cancel (cli->cancellable);
    return G_SOURCE_REMOVE; /* the second time it is the default: the end */
}

static gboolean
interrupt_cb (gpointer cli)
{
    return signal_cb (cli, SIGINT);
}

static gboolean
terminate_cb (gpointer cli)
{
    return signal_cb (cli, SIGTERM);
}

/* Parses VERB's own options and runs it.  ARGV begins with the verb. */
static int
run_verb (const struct verb *verb, const char *host_uri, int argc, char **argv)
{
    const char *arguments = *verb->arguments != '\0' ? _ (verb->arguments) : NULL;
    g_autofree char *usage = g_strconcat ("vitrinectl ", verb->name, NULL);
    g_autoptr (GOptionContext) context = g_option_context_new (arguments);
    g_autoptr (GError) error = NULL;
    struct cli cli = { 0 };
    int status;

    g_set_prgname (usage); /* as help shows it */
    g_option_context_set_summary (context, _ (verb->summary));
    if (verb->options != NULL)
        g_option_context_add_main_entries (context, verb->options, GETTEXT_PACKAGE);
    if (!g_option_context_parse (context, &argc, &argv, &error))
        return cli_usage (_ ("%s; “vitrinectl %s --help” says more"), error->message, verb->name);
    if (argc > 1 && g_str_equal (argv[1], "--")) {
        argv++;
        argc--;
    }
    if (argc - 1 < verb->min_arguments || argc - 1 > verb->max_arguments)
        return arguments != NULL ? cli_usage (_ ("Say “%s %s”"), usage, arguments)
                                 : cli_usage (_ ("Say “%s”, with options only"), usage);
    cli.host = vitrine_host_new (host_uri, &error);
    if (cli.host == NULL)
        return cli_fail (error);
    cli.cancellable = g_cancellable_new ();
    g_unix_signal_add (SIGINT, interrupt_cb, &cli);
    g_unix_signal_add (SIGTERM, terminate_cb, &cli);
    status = cli_finish_output (verb->run (&cli, argc - 1, argv + 1));
    g_object_unref (cli.host);
    g_object_unref (cli.cancellable);
    if (cli.signal != 0 && status != CLI_OK) {
        signal (cli.signal, SIG_DFL); /* so that a shell sees how we ended */
        raise (cli.signal);
    }
    return status;
}

int
main (int argc, char **argv)
{
    g_autofree char *host_uri = NULL;
    gboolean version = FALSE;
    const GOptionEntry options[] = {
        { "connect", 'c', 0, G_OPTION_ARG_STRING, &host_uri,
          N_ ("The host to work on; “vitrine:”, this computer, when it is left out"), N_ ("HOST") },
        { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Print the version"), NULL },
        { NULL },
    };
    g_autoptr (GOptionContext) context = NULL;
    g_autofree char *description = NULL;
    g_autoptr (GError) error = NULL;
    const struct verb *verb;

    vitrine_language_init (GETTEXT_PACKAGE, LOCALEDIR);
    textdomain (GETTEXT_PACKAGE);
    g_set_prgname ("vitrinectl");
    context = g_option_context_new (_ ("VERB [ARGUMENT…]"));
    description = describe_verbs ();
    g_option_context_set_description (context, description);
    g_option_context_add_main_entries (context, options, GETTEXT_PACKAGE);
    g_option_context_set_strict_posix (context, TRUE); /* the verb's options are the verb's */
    if (!g_option_context_parse (context, &argc, &argv, &error))
        return cli_usage (_ ("%s; “vitrinectl --help” says more"), error->message);
    if (version) {
        puts ("vitrinectl " VERSION);
        return cli_finish_output (CLI_OK);
    }
    if (argc < 2)
        return cli_usage (_ ("What shall be done? “vitrinectl --help” says what can be"));
    verb = find_verb (argv[1]);
    if (verb == NULL)
        return cli_usage (_ ("There is no verb “%s”; “vitrinectl --help” lists them"), argv[1]);
    return run_verb (verb, host_uri, argc - 1, argv + 1);
}
