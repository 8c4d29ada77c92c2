/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-display.c - vitrinectl display: a socket in the file system for VNC and SPICE
 * viewers that take a path.
 *
 * A machine hands out its display as a connection to those who may talk to its keeper, not as an
 * address. So we listen on a socket of our own, which only its user may connect to, and give each
 * viewer a connection to the display; whichever side ends first ends the other.  When the machine
 * goes off there is nothing left to offer.
 */
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"

static char *protocol;

const GOptionEntry cmd_display_options[] = {
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &protocol,
      N_ ("vnc, which is also the default, or spice"), N_ ("PROTOCOL") },
    { NULL },
};

struct offer {
    struct cli *cli;
    VitrineMachine *machine;
};

/* One viewer. */
struct viewer {
    GIOStream *viewer;
    GIOStream *display;
    guint n_open; /* directions that still carry anything */
};

/* --- one viewer ------------------------------------------------------------------------------- */

static void
viewer_free (struct viewer *viewer)
{
    g_clear_object (&viewer->viewer);
    g_clear_object (&viewer->display);
    g_free (viewer);
}

/* Wakes the other direction with the end of its stream. */
static void
shut_down (GIOStream *stream)
{
    g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), TRUE, TRUE,
                       NULL);
}

static void
spliced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    struct viewer *viewer = user_data;

    g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, NULL);
    shut_down (viewer->viewer);
    shut_down (viewer->display);
    if (--viewer->n_open == 0)
        viewer_free (viewer);
}

static void
splice (struct viewer *viewer, GIOStream *to, GIOStream *from)
{
    viewer->n_open++;
    g_output_stream_splice_async (g_io_stream_get_output_stream (to),
                                  g_io_stream_get_input_stream (from), G_OUTPUT_STREAM_SPLICE_NONE,
                                  G_PRIORITY_DEFAULT, NULL, spliced_cb, viewer);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    struct viewer *viewer = user_data;
    g_autoptr (GError) error = NULL;
    int fd = vitrine_machine_open_display_finish (VITRINE_MACHINE (source), result, &error);
    g_autoptr (GSocket) socket = fd >= 0 ? g_socket_new_from_fd (fd, &error) : NULL;

    if (socket == NULL) {
        cli_fail (error);
        if (fd >= 0)
            close (fd);
        viewer_free (viewer);
        return;
    }
    viewer->display = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
    splice (viewer, viewer->display, viewer->viewer);
    splice (viewer, viewer->viewer, viewer->display);
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *connection, GObject *source,
             struct offer *offer)
{
    struct viewer *viewer = g_new0 (struct viewer, 1);

    viewer->viewer = g_object_ref (G_IO_STREAM (connection));
    vitrine_machine_open_display_async (offer->machine, protocol, offer->cli->cancellable,
                                        opened_cb, viewer);
    return TRUE;
}

/* --- the socket ------------------------------------------------------------------------------- */

/* A path nobody else has, in the user's own runtime folder. */
static char *
make_path (VitrineMachine *machine, GError **error)
{
    g_autofree char *folder = g_build_filename (g_get_user_runtime_dir (), "vitrine", NULL);
    g_autofree char *name =
        g_strdup_printf ("display-%.8s-%d", vitrine_machine_get_uuid (machine), (int) getpid ());
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("“%s” is too long for a socket; set XDG_RUNTIME_DIR to a shorter path"),
                     path);
        return NULL;
    }
    g_mkdir_with_parents (folder, 0700);
    g_unlink (path); /* of a process that had our number and was killed */
    return g_steal_pointer (&path);
}

static GSocketService *
listen_at (const char *path, struct offer *offer, GError **error)
{
    g_autoptr (GSocketService) service = g_socket_service_new ();
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
    mode_t saved_mask = umask (0177); /* its user's alone from the first moment */
    gboolean listens =
        g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                       G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error);

    umask (saved_mask);
    if (!listens)
        return NULL;
    g_signal_connect (service, "incoming", G_CALLBACK (incoming_cb), offer);
    return g_steal_pointer (&service);
}

/* Whether a display can be had at all, before a path is promised. */
static gboolean
try_display (struct offer *offer, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;
    int fd;

    vitrine_machine_open_display_async (offer->machine, protocol, offer->cli->cancellable,
                                        cli_async_cb, &result);
    fd = vitrine_machine_open_display_finish (offer->machine, cli_await (&result), error);
    if (fd >= 0)
        close (fd);
    return fd >= 0;
}

static int
serve (struct offer *offer, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketService) service = listen_at (path, offer, &error);

    if (service == NULL)
        return cli_fail (error);
    puts (path);
    fflush (stdout);
    while (!g_cancellable_is_cancelled (offer->cli->cancellable)
           && vitrine_machine_can (offer->machine, VITRINE_ACTION_POWER_OFF))
        g_main_context_iteration (NULL, TRUE);
    g_socket_service_stop (service);
    g_socket_listener_close (G_SOCKET_LISTENER (service));
    g_unlink (path);
    return CLI_OK;
}

int
cmd_display (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    struct offer offer = { cli, machine };
    g_autofree char *path = NULL;

    if (machine == NULL)
        return cli_fail (error);
    if (protocol == NULL)
        protocol = g_strdup ("vnc");
    if (!try_display (&offer, &error))
        return cli_fail (error);
    path = make_path (machine, &error);
    if (path == NULL)
        return cli_fail (error);
    return serve (&offer, path);
}
