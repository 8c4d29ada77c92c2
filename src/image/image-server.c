/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-server.c - what a server says of a disk that it has. */
#include "image-server.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>

#include "image-connection.h"
#include "image-program.h"
#include "vitrine-error.h"

#define IMG          "qemu-img"
#define IO           "qemu-io"
#define PATIENCE_S   5         /* for each, the connection and the answer */
#define ANSWER_BYTES (1 << 16) /* of what a program prints */
#define FIRST_FD     3

/* One question. */
typedef struct {
    const VitrineDefinitionServer *server;
    char *uri;
    GCancellable *cancellable;
    ImageProgram program;
    GString *answer;
} Run;

static void
run_clear (Run *run)
{
    g_free (run->uri);
    g_string_free (run->answer, TRUE);
    image_program_clear (&run->program);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
run_init (Run *run, const VitrineDefinitionServer *server, GCancellable *cancellable)
{
    *run = (Run){ .server = server,
                  .uri = vitrine_definition_server_to_uri (server),
                  .cancellable = cancellable,
                  .program.words_fd = -1,
                  .answer = g_string_new (NULL) };
}

/* --- the connection -------------------------------------------------------------------------- */

/* A descriptor (close-on-exec), or -1. */
static int
dial (Run *run, GError **error)
{
    g_autoptr (GSocketClient) client = image_connection_new_client (PATIENCE_S);
    g_autoptr (GSocketConnectable) address = image_connection_new_address (run->server);
    GError *local = NULL;
    GSocketConnection *connection =
        g_socket_client_connect (client, address, run->cancellable, &local);

    return image_connection_take_fd (connection, run->uri, local, error);
}

/* --- the program ----------------------------------------------------------------------------- */

static char *
dup_node (const VitrineDefinitionServer *server)
{
    GString *json = g_string_new ("json:{\"driver\":\"raw\",\"file\":{");

    image_connection_append_node (json, server, FIRST_FD);
    g_string_append (json, "}}");
    return g_string_free (json, FALSE);
}

static GSubprocess *
start (Run *run, const char *name, const char *const *words, GError **error)
{
    static const int files[] = { FIRST_FD };
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr (GPtrArray) argv = g_ptr_array_new ();
    g_autofree char *node = dup_node (run->server);
    int fd;

    image_program_clear (&run->program);
    if (!image_program_find_qemu (&run->program, name, error))
        return NULL;
    fd = dial (run, error);
    if (fd < 0)
        return NULL;
    run->program.connected = run->server->protocol == VITRINE_DEFINITION_ISCSI;
    if (run->program.connected) {
        g_subprocess_launcher_take_stdin_fd (launcher, fd);
    } else {
        g_subprocess_launcher_take_fd (launcher, fd, FIRST_FD);
        run->program.files = files;
        run->program.n_files = G_N_ELEMENTS (files);
    }
    g_ptr_array_add (argv, run->program.path);
    for (gsize i = 0; words[i]; i++)
        g_ptr_array_add (argv, (char *) words[i]);
    g_ptr_array_add (argv, node);
    g_ptr_array_add (argv, NULL);
    return image_program_start (&run->program, launcher, (const char *const *) argv->pdata, name,
                                error);
}

/* Waits until there is something to read at FD: FALSE when it was cancelled, or too late. */
static gboolean
wait_for (Run *run, int fd, gint64 deadline_us, GError **error)
{
    GPollFD poll_fds[2] = { { .fd = fd, .events = G_IO_IN } };
    guint n = 1;

    if (run->cancellable && g_cancellable_make_pollfd (run->cancellable, &poll_fds[1]))
        n = 2;
    for (;;) {
        gint64 left_ms = (deadline_us - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
        int ready = g_poll (poll_fds, n, (int) MAX (left_ms, 0));

        if (ready < 0 && left_ms > 0)
            continue; /* a signal */
        if (n == 2)
            g_cancellable_release_fd (run->cancellable);
        if (g_cancellable_set_error_if_cancelled (run->cancellable, error))
            return FALSE;
        if (ready > 0)
            return TRUE;
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The server of the disk “%s” takes the connection, but says nothing for %d "
                        "seconds"),
                     run->uri, PATIENCE_S);
        return FALSE;
    }
}

/* Reads what PROCESS prints until it ends. */
static gboolean
listen (Run *run, GSubprocess *process, GError **error)
{
    gint64 deadline_us = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
    GInputStream *stream = g_subprocess_get_stdout_pipe (process);
    int fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (stream));
    char chunk[4096];
    gssize n;

    g_string_truncate (run->answer, 0);
    do {
        n = wait_for (run, fd, deadline_us, error)
                ? g_input_stream_read (stream, chunk, sizeof chunk, NULL, error)
                : -1;
        if (n > 0 && run->answer->len < ANSWER_BYTES)
            g_string_append_len (run->answer, chunk, n);
    } while (n > 0);
    if (n < 0)
        g_subprocess_force_exit (process);
    g_subprocess_wait (process, NULL, NULL);
    return n == 0;
}

/* Runs the program NAME with WORDS and what names the disk; FALSE when it could not, *GOOD: it ended well. */
static gboolean
ask (Run *run, const char *name, const char *const *words, gboolean *good, GError **error)
{
    g_autoptr (GSubprocess) process = start (run, name, words, error);

    if (!process || !listen (run, process, error))
        return FALSE;
    *good = g_subprocess_get_successful (process);
    return TRUE;
}

/* --- the questions --------------------------------------------------------------------------- */

static gboolean
refuse (Run *run, const char *name, GError **error)
{
    g_autofree char *complaint = image_program_dup_complaint (&run->program, name);

    if (!image_connection_refuse_package (complaint, run->uri, error))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The server does not offer the disk “%s”: %s"), run->uri,
                     *complaint ? complaint : _ ("its program ended"));
    return FALSE;
}

static gboolean
ask_size (Run *run, guint64 *size_bytes, GError **error)
{
    static const char *const words[] = { "info", "--output=json", NULL };
    gboolean good;

    if (!ask (run, IMG, words, &good, error))
        return FALSE;
    *size_bytes = image_program_get_number (run->answer->str, "virtual-size");
    return (good && *size_bytes > 0) || refuse (run, IMG, error);
}

/* Opens it to be written, and writes nothing. */
static gboolean
ask_read_only (Run *run, gboolean *read_only, GError **error)
{
    static const char *const words[] = { "-c", "quit", NULL };
    g_autofree char *said = NULL;
    gboolean good;

    if (!ask (run, IO, words, &good, error))
        return FALSE;
    said = image_program_dup_words (&run->program);
    *read_only = !good && image_connection_is_read_only (said);
    return good || *read_only || refuse (run, IO, error);
}

gboolean
image_server_look (const VitrineDefinitionServer *server, GCancellable *cancellable,
                   guint64 *size_bytes, gboolean *read_only, GError **error)
{
    g_auto (Run) run;

    run_init (&run, server, cancellable);
    return ask_size (&run, size_bytes, error) && ask_read_only (&run, read_only, error);
}
