/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli.h - what the verbs of vitrinectl share.
 *
 * A verb runs from top to bottom and waits for each answer by running the main loop; SIGINT and
 * SIGTERM cancel what is waited for.  What goes wrong is one line on standard error, "vitrinectl:
 * sentence", said where it is handled.  A verb returns the exit status.
 */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
};

struct cli {
    VitrineHost *host; /* not connected yet */
    GCancellable *cancellable;
    int signal; /* that cancelled it, or 0 */
};

struct verb {
    const char *name;
    const char *arguments; /* as help shows them */
    const char *summary;
    int min_arguments, max_arguments; /* of them, options not counted */
    const GOptionEntry *options;
    int (*run) (struct cli *cli, int argc, char **argv); /* the arguments alone */
};

/* Print a line on standard error; return the exit status.  A cancelled operation is no line. */
int cli_fail (const GError *error);
int cli_complain (const char *format, ...) G_GNUC_PRINTF (1, 2); /* CLI_FAILED */
int cli_usage (const char *format, ...) G_GNUC_PRINTF (1, 2);    /* CLI_USAGE */

/* Pass cli_async_cb with the address of a NULL pointer; cli_await() waits for it.  (transfer
 * full). */
void cli_async_cb (GObject *source, GAsyncResult *result, gpointer slot);
GAsyncResult *cli_await (GAsyncResult **slot);

gboolean cli_connect (struct cli *cli, GError **error);

/* By UUID or name, without reading the others. */
VitrineMachine *cli_find (struct cli *cli, const char *uuid_or_name, GError **error);

gboolean cli_act (struct cli *cli, VitrineMachine *machine, VitrineAction action, GError **error);
gboolean cli_change (struct cli *cli, VitrineMachine *machine, const VitrineChange *change,
                     GError **error);

/* What “vitrinectl net”, say, can be followed by. */
struct cli_subverb {
    const char *verb;
    int min, max;                                       /* arguments */
    int (*run) (struct cli *cli, const char *argument); /* NULL for none */
};

/* Which of the N VERBS the arguments begin with; NULL when none has that name, or, with *IS_KNOWN, when it takes
 * another number of arguments. */
const struct cli_subverb *cli_find_subverb (const struct cli_subverb *verbs, gsize n, int argc,
                                            char **argv, gboolean *is_known);

/* What is asked of the host beside machines; (transfer full). */
gboolean cli_ask_resource (struct cli *cli, const VitrineResourceRequest *request, GError **error);
GPtrArray *cli_list_resources (struct cli *cli, const VitrineResourceRequest *request,
                               GError **error);
char *cli_dump_resource (struct cli *cli, const VitrineResourceRequest *request, GError **error);

/* All systems that are known; (transfer full). */
GPtrArray *cli_list_os (struct cli *cli, GError **error);

/* Whether the option that chose JSON was given; shared by the verbs that list. */
extern gboolean cli_json;
#define CLI_JSON_OPTION                                                                            \
    {                                                                                              \
        "json", 0, 0, G_OPTION_ARG_NONE, &cli_json, N_ ("Print JSON"), NULL                        \
    }

/* A decimal number of MIN to MAX; FALSE when TEXT is anything else. */
gboolean cli_parse_number (const char *text, guint64 min, guint64 max, guint64 *number);

/* "512.0 MiB". */
char *cli_format_size (guint64 bytes);

/* Prints XML, which ends a line then; with NULL, ERROR.  Returns the exit status. */
int cli_print_xml (const char *xml, const GError *error);

/* The text in PATH, or on standard input for "-". */
char *cli_read_xml (const char *path, GError **error);

/* The text of PATH after the user's editor (VISUAL, EDITOR) was on it; NULL when that failed. */
char *cli_edit_file (const char *path, GError **error);

/* A VitrineProgress: shows on standard error, when that is a terminal, how far it is; and its end. */
void cli_progress (double fraction, gpointer unused);
void cli_progress_end (void);

/* Flushes standard output; says so when what was printed could not be written. */
int cli_finish_output (int status);

/* cli-express.c: gives SPEC what TEXT, of --express, says that its installer is told; nothing for NULL, or having said why it
 * is installed by hand.  CLI_OK, or what was said is why not. */
int cli_express_apply (struct cli *cli, VitrineSpec *spec, const char *text);

/* Makes the snapshot that “undo” decides on; CLI_OK, or what was said is why not. */
int cmd_undo_begin (struct cli *cli, const char *machine);

/* What can be attached: KIND, or NULL for a list of all.  As `attach --describe` prints it. */
int cmd_attach_describe (const char *kind);

int cmd_create (struct cli *cli, int argc, char **argv);
int cmd_clone (struct cli *cli, int argc, char **argv);
int cmd_snapshot (struct cli *cli, int argc, char **argv);
int cmd_undo (struct cli *cli, int argc, char **argv);
int cmd_image (struct cli *cli, int argc, char **argv);
int cmd_list (struct cli *cli, int argc, char **argv);
int cmd_info (struct cli *cli, int argc, char **argv);
int cmd_stats (struct cli *cli, int argc, char **argv);
int cmd_start (struct cli *cli, int argc, char **argv);
int cmd_shutdown (struct cli *cli, int argc, char **argv);
int cmd_poweroff (struct cli *cli, int argc, char **argv);
int cmd_reset (struct cli *cli, int argc, char **argv);
int cmd_pause (struct cli *cli, int argc, char **argv);
int cmd_resume (struct cli *cli, int argc, char **argv);
int cmd_wait (struct cli *cli, int argc, char **argv);
int cmd_console (struct cli *cli, int argc, char **argv);
int cmd_display (struct cli *cli, int argc, char **argv);
int cmd_screenshot (struct cli *cli, int argc, char **argv);
int cmd_link (struct cli *cli, int argc, char **argv);
int cmd_send_keys (struct cli *cli, int argc, char **argv);
int cmd_type (struct cli *cli, int argc, char **argv);
int cmd_define (struct cli *cli, int argc, char **argv);
int cmd_edit (struct cli *cli, int argc, char **argv);
int cmd_dumpxml (struct cli *cli, int argc, char **argv);
int cmd_undefine (struct cli *cli, int argc, char **argv);
int cmd_attach (struct cli *cli, int argc, char **argv);
int cmd_detach (struct cli *cli, int argc, char **argv);
int cmd_set (struct cli *cli, int argc, char **argv);
int cmd_eject (struct cli *cli, int argc, char **argv);
int cmd_insert (struct cli *cli, int argc, char **argv);
int cmd_resize (struct cli *cli, int argc, char **argv);
int cmd_host (struct cli *cli, int argc, char **argv);
int cmd_net (struct cli *cli, int argc, char **argv);
int cmd_pool (struct cli *cli, int argc, char **argv);
int cmd_vol (struct cli *cli, int argc, char **argv);
int cmd_os (struct cli *cli, int argc, char **argv);

extern const GOptionEntry cmd_create_options[];
extern const GOptionEntry cmd_clone_options[];
extern const GOptionEntry cmd_snapshot_options[];
extern const GOptionEntry cmd_image_options[];
extern const GOptionEntry cmd_list_options[];
extern const GOptionEntry cmd_info_options[];
extern const GOptionEntry cmd_stats_options[];
extern const GOptionEntry cmd_wait_options[];
extern const GOptionEntry cmd_console_options[];
extern const GOptionEntry cmd_display_options[];
extern const GOptionEntry cmd_start_options[];
extern const GOptionEntry cmd_undefine_options[];
extern const GOptionEntry cmd_attach_options[];
extern const GOptionEntry cmd_detach_options[];
extern const GOptionEntry cmd_set_options[];
extern const GOptionEntry cmd_eject_options[];
extern const GOptionEntry cmd_host_options[];
extern const GOptionEntry cmd_net_options[];
extern const GOptionEntry cmd_pool_options[];
extern const GOptionEntry cmd_vol_options[];
extern const GOptionEntry cmd_os_options[];

G_END_DECLS
