/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-start.c - starts a machine's keeper and waits for its word.
 *
 * Theory of operation.  The keeper is given one end of a pipe.  It goes into the background by
 * itself, so that the process we start is not the one that speaks: it writes "OK\n" when the
 * machine runs, or "ERR", the name of a D-Bus error and on the next line a sentence; either is the
 * end of what it has to say, and so is its death.  After OK the machine is followed as any other
 * that runs, and the start is done when it says that it does.  A start that is cancelled, or took
 * too long, is undone before it is answered: the keeper is told to switch off as soon as it can be
 * told anything, which is at the latest when it says OK, and killed when that does not help.
 */
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "native-machine-private.h"
#include "native-paths.h"
#include "secret.h"
#include "vitrine-private.h"

#define READY_FD       3
#define SECRETS_FD     4
#define WORD_BYTES_MAX 4096

struct start {
    GSubprocess *process;
    GInputStream *stream;
    GCancellable *reading; /* cancelled when even the undoing takes too long */
    GSource *source;       /* the deadline, or the cancelling */
    GString *word;
    GError *given_up; /* why the start is being undone, or NULL */
    char chunk[512];
};

static void
start_clear_source (struct start *start)
{
    if (start->source != NULL)
        g_source_destroy (start->source);
    g_clear_pointer (&start->source, g_source_unref);
}

static void
start_free (gpointer data)
{
    struct start *start = data;

    start_clear_source (start);
    g_clear_object (&start->process);
    g_clear_object (&start->stream);
    g_object_unref (start->reading);
    g_string_free (start->word, TRUE);
    g_clear_error (&start->given_up);
    g_free (start);
}

/* The machine is what it was before.  TASK is taken over, and ERROR, which gives way to the reason
 * for which the start was given up. */
static void
fail (GTask *task, GError *error)
{
    NativeMachine *self = g_task_get_source_object (task);
    struct start *start = g_task_get_task_data (task);

    if (start->given_up != NULL) {
        g_clear_error (&error);
        error = g_steal_pointer (&start->given_up);
    }
    self->starting = FALSE;
    self->unwanted = FALSE;
    if (!native_machine_check_runtime (self)) /* somebody else may have been quicker */
        native_machine_set_ended (self);
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* --- undoing ---------------------------------------------------------------------------------- */

/* Off, or as far off as we can get it. */
static void
undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GError *error = NULL;

    if (!g_task_propagate_boolean (G_TASK (result), &error))
        native_machine_kill_keeper (NATIVE_MACHINE (source));
    fail (user_data, error);
}

static void
undo_settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    NativeMachine *self = NATIVE_MACHINE (source);

    native_machine_settle_finish (self, result, NULL);
    native_machine_tell_off (self);
    native_wait_for (g_task_new (self, NULL, undone_cb, user_data), NATIVE_WAIT_ENDED,
                     NATIVE_UNDO_MS);
}

/* The keeper has said OK to a start that nobody wants any more. */
static void
undo (GTask *task)
{
    NativeMachine *self = g_task_get_source_object (task);

    self->starting = FALSE;
    if (!native_machine_check_runtime (self))
        native_machine_set_ended (self);
    native_machine_settle_async (self, NULL, undo_settled_cb, task);
}

static void arm_deadline (GTask *task, guint deadline_ms, GCancellable *cancellable);

/* The time is over, or the task was cancelled; the second time, so is our patience. */
static gboolean
give_up_cb (gpointer user_data)
{
    GTask *task = user_data;
    NativeMachine *self = g_task_get_source_object (task);
    struct start *start = g_task_get_task_data (task);

    start_clear_source (start);
    if (start->given_up != NULL) {
        native_machine_kill_keeper (self);
        g_cancellable_cancel (start->reading);
        return G_SOURCE_REMOVE;
    }
    if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &start->given_up))
        native_set_silent_error (self, &start->given_up);
    native_machine_tell_off (self);
    arm_deadline (task, NATIVE_UNDO_MS, NULL);
    return G_SOURCE_REMOVE;
}

static void
arm_deadline (GTask *task, guint deadline_ms, GCancellable *cancellable)
{
    struct start *start = g_task_get_task_data (task);

    start->source = g_timeout_source_new (deadline_ms);
    if (cancellable != NULL) {
        g_autoptr (GSource) cancelled = g_cancellable_source_new (cancellable);

        g_source_set_dummy_callback (cancelled);
        g_source_add_child_source (start->source, cancelled);
    }
    g_source_set_callback (start->source, give_up_cb, task, NULL);
    g_source_attach (start->source, NULL);
}

/* --- what the keeper says --------------------------------------------------------------------- */

/* TEXT is what came after "ERR ": a name and a sentence. */
static GError *
decode_error (const char *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", 2);
    const char *sentence = lines[0] != NULL && lines[1] != NULL ? g_strstrip (lines[1]) : "";
    g_autofree char *valid = g_utf8_make_valid (sentence, -1);
    GError *error;

    if (lines[0] == NULL || !g_dbus_is_error_name (lines[0]) || *valid == '\0')
        return g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                    _ ("The machine's keeper failed without saying why"));
    error = g_dbus_error_new_for_dbus_error (lines[0], valid);
    g_dbus_error_strip_remote_error (error);
    if (error->domain == VITRINE_ERROR)
        return error;
    g_error_free (error);
    return g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_ENGINE, valid);
}

/* TRUE when WORD is all there is to say. */
static gboolean
is_complete (const GString *word)
{
    const char *line_end = strchr (word->str, '\n');

    if (line_end == NULL)
        return FALSE;
    return g_str_has_prefix (word->str, "OK\n") || strchr (line_end + 1, '\n') != NULL;
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    struct start *start = g_task_get_task_data (task);
    GError *error = NULL;

    if (g_task_propagate_boolean (G_TASK (result), &error)) {
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
    } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        start->given_up = error;
        undo (task);
    } else {
        fail (task, error);
    }
}

/* The machine runs; the rest is heard on its keeper's socket. */
static void
follow (GTask *task)
{
    NativeMachine *self = g_task_get_source_object (task);
    GTask *wait = g_task_new (self, g_task_get_cancellable (task), started_cb, task);

    self->starting = FALSE;
    if (!native_machine_check_runtime (self)) /* it ended at once */
        native_machine_set_ended (self);
    native_wait_for (wait, NATIVE_WAIT_RUNS, NATIVE_STATE_MS);
}

static void
handle_word (GTask *task)
{
    struct start *start = g_task_get_task_data (task);
    gboolean runs = g_str_equal (start->word->str, "OK\n");

    start_clear_source (start);
    /* Only OK is our own keeper's machine; after ERR it may be another's that runs. */
    if (runs && start->given_up != NULL)
        undo (task);
    else if (runs)
        follow (task);
    else if (g_str_has_prefix (start->word->str, "ERR "))
        fail (task, decode_error (start->word->str + 4));
    else
        fail (task, g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                         _ ("The machine's keeper ended before the machine was "
                                            "made; its log may say why")));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    struct start *start = g_task_get_task_data (task);
    gssize len = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

    if (len > 0)
        g_string_append_len (start->word, start->chunk, len);
    if (len <= 0 || is_complete (start->word) || start->word->len > WORD_BYTES_MAX)
        handle_word (task);
    else
        g_input_stream_read_async (start->stream, start->chunk, sizeof start->chunk,
                                   G_PRIORITY_DEFAULT, start->reading, read_cb, task);
}

/* --- starting it ------------------------------------------------------------------------------ */

/* What it prints goes nowhere: it has a log of its own, and must not hold on to ours. */
static GSubprocess *
spawn_keeper (NativeMachine *self, int ready_fd, int secrets_fd, VitrineAction action,
              GError **error)
{
    const char *uuid = vitrine_machine_get_uuid (VITRINE_MACHINE (self));
    g_autofree char *program = native_paths_dup_program ("keeper", "vitrine-keeper");
    g_autofree char *folder = g_build_filename (self->machines, uuid, NULL);
    g_autofree char *ready = g_strdup_printf ("%d", READY_FD);
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autofree char *secrets =
        secrets_fd >= 0 ? g_strdup_printf ("--secrets-fd=%d", SECRETS_FD) : NULL;
    const char *flag = action == VITRINE_ACTION_START_RESET_NVRAM  ? "--reset-nvram"
                       : action == VITRINE_ACTION_START_DISPOSABLE ? "--disposable"
                                                                   : NULL;
    const char *const argv[] = { program,
                                 "--folder",
                                 folder,
                                 "--runtime",
                                 self->runtime_folder,
                                 "--detach",
                                 "--ready-fd",
                                 ready,
                                 secrets != NULL ? secrets : flag,
                                 secrets != NULL ? flag : NULL,
                                 NULL };
    g_autoptr (GError) reason = NULL;
    GSubprocess *process;

    g_subprocess_launcher_take_fd (launcher, ready_fd, READY_FD);
    if (secrets_fd >= 0)
        g_subprocess_launcher_take_fd (launcher, secrets_fd, SECRETS_FD);
    g_subprocess_launcher_set_cwd (launcher, "/");
    process = g_subprocess_launcher_spawnv (launcher, argv, &reason);
    if (process == NULL)
        vitrine_refuse (error, VITRINE_ERROR_ENGINE,
                        _ ("The machine's keeper cannot be started: %s"), reason->message);
    return process;
}

/* The pipe they are in, and nowhere else from here on; or -1. */
static int
take_passphrases (NativeMachine *self)
{
    int fd = -1;

    if (self->passphrases != NULL)
        fd = secret_make_pipe (self->passphrases, 0, secret_len (self->passphrases));
    g_clear_pointer (&self->passphrases, secret_unref);
    return MAX (fd, -1);
}

void
native_start (GTask *task, VitrineAction action)
{
    NativeMachine *self = g_task_get_source_object (task);
    struct start *start = g_new0 (struct start, 1);
    GError *error = NULL;
    int fds[2], secrets_fd;

    start->reading = g_cancellable_new ();
    start->word = g_string_new (NULL);
    g_task_set_task_data (task, start, start_free);
    self->starting = TRUE;
    vitrine_machine_set_state (VITRINE_MACHINE (self), VITRINE_MACHINE_STARTING, NULL);
    if (!g_unix_open_pipe (fds, FD_CLOEXEC, &error)) {
        fail (task, error);
        return;
    }
    start->stream = g_unix_input_stream_new (fds[0], TRUE);
    secrets_fd = take_passphrases (self);
    start->process = spawn_keeper (self, fds[1], secrets_fd, action, &error);
    if (start->process == NULL) {
        fail (task, error);
        return;
    }
    arm_deadline (task, NATIVE_START_MS, g_task_get_cancellable (task));
    g_input_stream_read_async (start->stream, start->chunk, sizeof start->chunk, G_PRIORITY_DEFAULT,
                               start->reading, read_cb, task);
}
