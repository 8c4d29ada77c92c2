/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-server.c - what a server says of a disk that it has. */
#include "image-server.h"

#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>

#include "fd.h"
#include "image-program.h"
#include "vitrine-error.h"

#define PACKAGE      "qemu-utils"
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
    const VitrineDefinitionServer *server = run->server;
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    g_autoptr (GSocketConnectable) address =
        server->socket ? G_SOCKET_CONNECTABLE (g_unix_socket_address_new (server->socket))
                       : g_network_address_new (server->host, (guint16) server->port);
    g_autoptr (GError) local = NULL;
    g_autoptr (GSocketConnection) connection = NULL;

    g_socket_client_set_timeout (client, PATIENCE_S);
    g_socket_client_set_enable_proxy (client, FALSE);
    connection = g_socket_client_connect (client, address, run->cancellable, &local);
    if (connection)
        return fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)),
                      F_DUPFD_CLOEXEC, FIRST_FD);
    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, g_steal_pointer (&local));
    else
        g_set_error (
            error, VITRINE_ERROR,
            g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? VITRINE_ERROR_NOT_FOUND
                                                                      : VITRINE_ERROR_ENGINE,
            _ ("The server of the disk “%s” cannot be reached: %s"), run->uri, local->message);
    return -1;
}

/* --- the program ----------------------------------------------------------------------------- */

/* TEXT, which has no control characters, as a string of JSON's. */
static char *
quote (const char *text)
{
    GString *quoted = g_string_new ("\"");

    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c (quoted, '\\');
        g_string_append_c (quoted, *text);
    }
    g_string_append_c (quoted, '"');
    return g_string_free (quoted, FALSE);
}

static char *
dup_node (const VitrineDefinitionServer *server)
{
    g_autofree char *name = quote (server->name);

    if (server->protocol == VITRINE_DEFINITION_ISCSI)
        return g_strdup_printf (
            "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"iscsi\",\"transport\":\"tcp\","
            "\"portal\":\"127.0.0.1\",\"target\":%s,\"lun\":%u,\"initiator-name\":\"%s\"}}",
            name, server->lun, VITRINE_DEFINITION_INITIATOR);
    return g_strdup_printf ("json:{\"driver\":\"raw\",\"file\":{\"driver\":\"nbd\",\"server\":{"
                            "\"type\":\"fd\",\"str\":\"%d\"},\"export\":%s}}",
                            FIRST_FD, name);
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
    if (!image_program_find (&run->program, name)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The program %s, which works on disk images, was not found; install the "
                        "package “%s”"),
                     name, PACKAGE);
        return NULL;
    }
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
refuse (Run *run, GError **error)
{
    g_autofree char *words = image_program_dup_words (&run->program);
    const char *after = g_strrstr (words, "}': ");

    after = after ? after + strlen ("}': ") : words;
    if (strstr (words, "Unknown driver") || strstr (words, "Unknown protocol"))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The disk “%s” is an iSCSI target's, which needs the package “%s”; install "
                        "it"),
                     run->uri, "qemu-block-extra");
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The server does not offer the disk “%s”: %s"), run->uri,
                     *after ? after : _ ("its program ended"));
    return FALSE;
}

static gboolean
ask_size (Run *run, guint64 *size_bytes, GError **error)
{
    static const char *const words[] = { "info", "--output=json", NULL };
    static const char key[] = "\"virtual-size\": ";
    const char *at;
    gboolean good;

    if (!ask (run, "qemu-img", words, &good, error))
        return FALSE;
    at = strstr (run->answer->str, key);
    *size_bytes = at ? g_ascii_strtoull (at + strlen (key), NULL, 10) : 0;
    return (good && *size_bytes > 0) || refuse (run, error);
}

/* Opens it to be written, and writes nothing. */
static gboolean
ask_read_only (Run *run, gboolean *read_only, GError **error)
{
    static const char *const words[] = { "-c", "quit", NULL };
    g_autofree char *said = NULL;
    gboolean good;

    if (!ask (run, "qemu-io", words, &good, error))
        return FALSE;
    said = image_program_dup_words (&run->program);
    *read_only = !good && (strstr (said, "Permission denied") || strstr (said, "write protected"));
    return good || *read_only || refuse (run, error);
}

gboolean
image_server_look (const VitrineDefinitionServer *server, GCancellable *cancellable,
                   guint64 *size_bytes, gboolean *read_only, GError **error)
{
    g_auto (Run) run;

    run_init (&run, server, cancellable);
    return ask_size (&run, size_bytes, error) && ask_read_only (&run, read_only, error);
}
