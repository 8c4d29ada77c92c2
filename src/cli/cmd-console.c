/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-console.c - vitrinectl console: this terminal, or a pipe, on a machine's serial console.
 *
 * On a terminal every key goes to the guest, Ctrl+C too, but for Ctrl+], which ends it.  Through
 * pipes nothing is special: what comes on standard input goes in, its end is not the end, and
 * what the console prints comes out until the machine ends or we are interrupted.
 *
 * Bytes move by plain reads and writes when the descriptors are ready, with a buffer a direction:
 * nothing is read that cannot be passed on yet, so that neither side can make us block.  The main
 * loop does the waiting, as there may be others who need it.
 */
#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"

#define ESCAPE_KEY   0x1d /* Ctrl+] */
#define BUFFER_BYTES PIPE_BUF

static char *console_name;

const GOptionEntry cmd_console_options[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &console_name, N_ ("Which; the first when it is left out"),
      N_ ("CONSOLE") },
    { NULL },
};

struct buffer {
    char data[BUFFER_BYTES];
    size_t len;
};

struct watch {
    guint id;     /* a source's; 0: nothing is wanted */
    guint wanted; /* of G_IO_… */
};

struct bridge {
    int socket_fd;
    struct watch input, machine, output;
    gboolean is_left;      /* the escape key was pressed */
    gboolean terminal;     /* standard input is one */
    gboolean input_ended;  /* there is no more to come from us … */
    gboolean output_ended; /* … or from the machine, or nobody reads it */
    struct buffer to_machine, from_machine;
};

/* --- the terminal ----------------------------------------------------------------------------- */

static gboolean
make_raw (struct termios *saved)
{
    struct termios raw;

    if (!isatty (STDIN_FILENO) || tcgetattr (STDIN_FILENO, saved) != 0)
        return FALSE;
    raw = *saved;
    cfmakeraw (&raw);
    return tcsetattr (STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

/* --- moving bytes ----------------------------------------------------------------------------- */

/* Returns FALSE when the escape key was pressed. */
static gboolean
read_input (struct bridge *bridge)
{
    struct buffer *buffer = &bridge->to_machine;
    ssize_t n = read (STDIN_FILENO, buffer->data, sizeof buffer->data);
    const char *escape;

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return TRUE;
    if (n <= 0) {
        bridge->input_ended = TRUE;
        return TRUE;
    }
    buffer->len = (size_t) n;
    escape = bridge->terminal ? memchr (buffer->data, ESCAPE_KEY, buffer->len) : NULL;
    if (escape != NULL)
        buffer->len = (size_t) (escape - buffer->data);
    return escape == NULL;
}

static void
write_to_machine (struct bridge *bridge)
{
    struct buffer *buffer = &bridge->to_machine;
    ssize_t n = send (bridge->socket_fd, buffer->data, buffer->len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        bridge->input_ended =
            TRUE; /* the machine listens no more; it may still have been speaking */
        buffer->len = 0;
    } else if (n > 0) {
        buffer->len -= (size_t) n;
        memmove (buffer->data, buffer->data + n, buffer->len);
    }
}

static void
read_from_machine (struct bridge *bridge)
{
    struct buffer *buffer = &bridge->from_machine;
    ssize_t n = recv (bridge->socket_fd, buffer->data, sizeof buffer->data, MSG_DONTWAIT);

    if (n > 0)
        buffer->len = (size_t) n;
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        bridge->output_ended = TRUE;
}

/* A pipe that is writable takes PIPE_BUF bytes at once, a terminal some of them. */
static void
write_output (struct bridge *bridge)
{
    struct buffer *buffer = &bridge->from_machine;
    ssize_t n = write (STDOUT_FILENO, buffer->data, buffer->len);

    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        bridge->output_ended = TRUE;
        buffer->len = 0;
    } else if (n > 0) {
        buffer->len -= (size_t) n;
        memmove (buffer->data, buffer->data + n, buffer->len);
    }
}

/* --- waiting ---------------------------------------------------------------------------------- */

static gboolean
ready_cb (int fd, GIOCondition condition, gpointer user_data)
{
    struct bridge *bridge = user_data;

    if (fd == STDIN_FILENO) {
        bridge->is_left = !read_input (bridge);
    } else if (fd == STDOUT_FILENO) {
        write_output (bridge);
    } else {
        if (condition & G_IO_OUT)
            write_to_machine (bridge);
        if ((condition & ~G_IO_OUT) && bridge->from_machine.len == 0)
            read_from_machine (bridge);
    }
    return G_SOURCE_CONTINUE;
}

/* A descriptor of which nothing is wanted is not watched: its hang-up would wake us for ever.  One of which the same
 * is wanted still is left alone: each change wakes the loop, too. */
static void
watch (struct bridge *bridge, struct watch *watch, int fd, guint wanted)
{
    if (watch->wanted == wanted)
        return;
    if (watch->id != 0)
        g_source_remove (watch->id);
    watch->wanted = wanted;
    watch->id = wanted != 0 ? g_unix_fd_add (fd, (GIOCondition) wanted, ready_cb, bridge) : 0;
}

static guint
when (gboolean condition, GIOCondition events)
{
    return condition ? (guint) events : 0;
}

static void
watch_all (struct bridge *bridge)
{
    watch (bridge, &bridge->input, STDIN_FILENO,
           when (!bridge->input_ended && bridge->to_machine.len == 0, G_IO_IN));
    watch (bridge, &bridge->machine, bridge->socket_fd,
           when (bridge->to_machine.len > 0, G_IO_OUT)
               | when (bridge->from_machine.len == 0, G_IO_IN));
    watch (bridge, &bridge->output, STDOUT_FILENO, when (bridge->from_machine.len > 0, G_IO_OUT));
}

static void
watch_none (struct bridge *bridge)
{
    watch (bridge, &bridge->input, STDIN_FILENO, 0);
    watch (bridge, &bridge->machine, bridge->socket_fd, 0);
    watch (bridge, &bridge->output, STDOUT_FILENO, 0);
}

/* Until the machine, its user or a signal ends it. */
static void
run (struct bridge *bridge, GCancellable *cancellable)
{
    while (!bridge->is_left && !g_cancellable_is_cancelled (cancellable)
           && (!bridge->output_ended || bridge->from_machine.len > 0)) {
        watch_all (bridge);
        g_main_context_iteration (NULL, TRUE);
    }
    watch_none (bridge);
    if (bridge->to_machine.len > 0)
        write_to_machine (bridge); /* what was typed before the escape key */
}

/* The terminal was closed; as the other signals it ends the loop, so that all is put back. */
static gboolean
hang_up_cb (gpointer user_data)
{
    struct cli *cli = user_data;

    cli->signal = SIGHUP;
    g_cancellable_cancel (cli->cancellable);
    return G_SOURCE_REMOVE;
}

/* FD is taken over. */
static int
connect_terminal (struct cli *cli, VitrineMachine *machine, const char *name, int fd)
{
    struct bridge bridge = { .socket_fd = fd };
    struct termios saved;

    g_unix_signal_add (SIGHUP, hang_up_cb, cli);
    signal (SIGPIPE, SIG_IGN);
    if (isatty (STDIN_FILENO)) {
        fprintf (stderr, _ ("Connected to %s of “%s”; Ctrl+] ends it."), name,
                 vitrine_machine_get_name (machine));
        fputc ('\n', stderr);
    }
    bridge.terminal = make_raw (&saved);
    run (&bridge, cli->cancellable);
    if (bridge.terminal) {
        tcsetattr (STDIN_FILENO, TCSADRAIN, &saved);
        fputc ('\n', stderr);
    }
    close (fd);
    return cli->signal != 0 ? CLI_FAILED : CLI_OK;
}

int
cmd_console (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    g_autoptr (GAsyncResult) result = NULL;
    g_autofree char *name = NULL;
    int fd;

    if (machine == NULL)
        return cli_fail (error);
    name =
        g_strdup (console_name != NULL ? console_name : vitrine_machine_get_consoles (machine)[0]);
    /* One that is off has none; asking for any tells why. */
    vitrine_machine_open_console_async (machine, name != NULL ? name : "", cli->cancellable,
                                        cli_async_cb, &result);
    fd = vitrine_machine_open_console_finish (machine, cli_await (&result), &error);
    if (fd < 0 && name == NULL && vitrine_machine_can (machine, VITRINE_ACTION_POWER_OFF))
        return cli_complain (_ ("“%s” has no console"), vitrine_machine_get_name (machine));
    if (fd < 0)
        return cli_fail (error);
    return connect_terminal (cli, machine, name, fd);
}
