/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-edit.c - vitrinectl edit: a definition in the user's editor.
 *
 * The definition is written to a file of the user's own, and what the editor leaves in it is applied as in the
 * application: three are compared before that, and what came of it with what was written afterwards.  Whatever is
 * wrong, the user may go on editing; what he wrote is kept in the file when he does not.
 */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"

typedef struct {
    struct cli *cli;
    VitrineMachine *machine;
    char *path;   /* of the file that is edited */
    char *base;   /* what was there when editing began */
    char *wanted; /* what the file says */
} Edit;

static void
edit_clear (Edit *edit)
{
    g_clear_object (&edit->machine);
    g_free (edit->path);
    g_free (edit->base);
    g_free (edit->wanted);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edit, edit_clear)

/* --- the file --------------------------------------------------------------------------------- */

/* Nobody else may read it: passwords of displays are in it. */
static gboolean
write_file (Edit *edit, GError **error)
{
    int fd = g_file_open_tmp ("vitrine-XXXXXX.xml", &edit->path, error);

    if (fd < 0)
        return FALSE;
    close (fd);
    return g_file_set_contents_full (edit->path, edit->base, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                     0600, error);
}

/* --- questions -------------------------------------------------------------------------------- */

/* The first letter of the answer; 'n' where nobody answers. */
static char
ask (const char *question)
{
    char line[80];

    fprintf (stderr, "%s ", question);
    fflush (stderr);
    if (fgets (line, sizeof line, stdin) == NULL) {
        fputc ('\n', stderr);
        return 'n';
    }
    return g_ascii_tolower (*line);
}

static void
list_differences (GPtrArray *differences)
{
    for (guint i = 0; i < differences->len; i++) {
        g_autofree char *text = vitrine_difference_describe (g_ptr_array_index (differences, i));

        fprintf (stderr, "  %s\n", text);
    }
}

/* --- applying --------------------------------------------------------------------------------- */

typedef enum {
    EDIT_DONE,
    EDIT_AGAIN,
    EDIT_GIVEN_UP,
} Outcome;

static Outcome
ask_again (const GError *error)
{
    cli_fail (error);
    return ask (_ ("Edit it again? [y/n]")) == 'y' ? EDIT_AGAIN : EDIT_GIVEN_UP;
}

/* What was written and is not there is said, and is a failure. */
static int
tell_lost (Edit *edit)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *got = vitrine_machine_dup_xml (edit->machine, &error);
    g_autoptr (GPtrArray) all = got != NULL ? vitrine_compare (edit->wanted, got, &error) : NULL;

    if (all == NULL)
        return cli_fail (error);
    for (guint i = all->len; i > 0; i--)
        if (((VitrineDifference *) g_ptr_array_index (all, i - 1))->kind == VITRINE_DIFFERENCE_NEW)
            g_ptr_array_remove_index (all, i - 1);
    if (all->len == 0)
        return CLI_OK;
    cli_complain (_ ("the host did not take all of it; of what you wrote:"));
    list_differences (all);
    return CLI_FAILED;
}

static gboolean
apply (Edit *edit, const char *now, GError **error)
{
    const VitrineChange change = { .kind = VITRINE_CHANGE_DEFINITION,
                                   .scope = VITRINE_SCOPE_CONFIG,
                                   .what = edit->wanted,
                                   .base = now };
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_change_async (edit->machine, &change, edit->cli->cancellable, cli_async_cb,
                                  &result);
    return vitrine_machine_change_finish (edit->machine, cli_await (&result), error);
}

/* What somebody else changed is written over only when the user says so. */
static gboolean
may_overwrite (const VitrineThreeWay *compared, Outcome *outcome)
{
    char answer;

    if (compared->theirs->len == 0)
        return TRUE;
    cli_complain (_ ("somebody else changed the definition meanwhile:"));
    list_differences (compared->theirs);
    answer = ask (_ ("Edit yours again, apply yours over it, or give up? [e/a/n]"));
    *outcome = answer == 'e' ? EDIT_AGAIN : EDIT_GIVEN_UP;
    return answer == 'a';
}

static Outcome
look_and_apply (Edit *edit)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *now = vitrine_machine_dup_xml (edit->machine, &error);
    g_autoptr (VitrineThreeWay) compared =
        now != NULL ? vitrine_compare_three (edit->base, now, edit->wanted, &error) : NULL;
    Outcome outcome;

    if (compared == NULL)
        return ask_again (error);
    if (!may_overwrite (compared, &outcome))
        return outcome;
    return apply (edit, now, &error) ? EDIT_DONE : ask_again (error);
}

/* Once through the editor. */
static Outcome
edit_once (Edit *edit, gboolean *unchanged)
{
    g_autoptr (GError) error = NULL;

    g_clear_pointer (&edit->wanted, g_free);
    edit->wanted = cli_edit_file (edit->path, &error);
    if (edit->wanted == NULL) {
        cli_fail (error);
        return EDIT_GIVEN_UP;
    }
    *unchanged = g_str_equal (edit->wanted, edit->base);
    return *unchanged ? EDIT_DONE : look_and_apply (edit);
}

int
cmd_edit (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_auto (Edit) edit = { .cli = cli };
    gboolean unchanged = FALSE;
    Outcome outcome;

    edit.machine = cli_find (cli, argv[0], &error);
    edit.base = edit.machine != NULL ? vitrine_machine_dup_xml (edit.machine, &error) : NULL;
    if (edit.base == NULL || !write_file (&edit, &error))
        return cli_fail (error);
    do
        outcome = edit_once (&edit, &unchanged);
    while (outcome == EDIT_AGAIN);
    if (outcome == EDIT_GIVEN_UP)
        return cli_complain (_ ("nothing was changed; what you wrote is in “%s”"), edit.path);
    g_unlink (edit.path);
    if (unchanged) {
        fprintf (stderr, "%s\n", _ ("Nothing was changed."));
        return CLI_OK;
    }
    return tell_lost (&edit);
}
