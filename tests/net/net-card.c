/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-card.c - a network card without a machine: the keeper's part of one, driven over standard input, an
 * AF_UNIX SOCK_SEQPACKET socket.
 *
 * The first datagram is its <interface>, each further one settings of it, a line each.  Answers: "peer" with the
 * VMM's end of what is behind it, "warn: TEXT", "ok" or "no: TEXT" to what was asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "fd.h"
#include "keeper-net.h"
#include "message.h"

static VitrineDefinitionDevice *card;
static KeeperNet *net;

static void
answer (const char *text, int fd)
{
    if (message_send (STDIN_FILENO, text, strlen (text), &fd, fd >= 0) < 0)
        exit (EXIT_FAILURE);
}

static void
peer (gpointer owner, const char *alias, int fd)
{
    answer ("peer", fd);
    fd_close (&fd);
}

static void
warn (gpointer owner, const char *alias, const char *text)
{
    g_autofree char *line = g_strconcat ("warn: ", text, NULL);

    answer (line, -1);
}

static void
processes (gpointer owner)
{
}

static void
done (const GError *error, gpointer user_data)
{
    g_autofree char *text = error ? g_strconcat ("no: ", error->message, NULL) : g_strdup ("ok");

    if (!error && keeper_net_get_fd (net, card, 0) >= 0) {
        answer ("peer", keeper_net_get_fd (net, card, 0));
        keeper_net_handed_over (net);
    }
    answer (text, -1);
}

static void
add (const char *element)
{
    g_autoptr (GPtrArray) others = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;

    card = vitrine_definition_read_device (element, -1, others, &error);
    if (card)
        keeper_net_add_async (net, card, done, NULL);
    else
        done (error, NULL);
}

static gboolean
request_cb (gint fd, GIOCondition condition, gpointer user_data)
{
    char text[8192];
    int fds[MESSAGE_MAX_FDS], len;
    unsigned n_fds;

    len = message_receive (fd, text, sizeof text - 1, fds, &n_fds);
    if (len <= 0) {
        g_main_loop_quit (user_data);
        return G_SOURCE_REMOVE;
    }
    text[len] = 0;
    if (!card) {
        add (text);
    } else {
        g_auto (GStrv) settings = g_strsplit (text, "\n", -1);

        keeper_net_set (net, card, (const char *const *) settings, done, NULL);
    }
    return G_SOURCE_CONTINUE;
}

int
main (void)
{
    static const KeeperNetOps ops = { peer, warn, processes };
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

    net = keeper_net_new (&ops, NULL);
    keeper_net_set_stderr (net, STDERR_FILENO);
    g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, request_cb, loop);
    g_main_loop_run (loop);
    keeper_net_free (net);
    g_clear_pointer (&card, vitrine_definition_device_free);
    return EXIT_SUCCESS;
}
