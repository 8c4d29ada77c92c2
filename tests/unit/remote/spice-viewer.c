/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-viewer.c - a SPICE viewer without a window. */
#include "spice-viewer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- channels ------------------------------------------------------------------------ */

/* What stands between a channel and the server, so that a viewer can be made deaf: a thread each way, as the
 * channel is read in the thread that would otherwise have to wait for it. */
struct relay {
    int near, far; /* the channel's other end; the server's */
    GThread *out, *in;
    int is_deaf; /* atomic */
};

static void
carry (int from, int to, int *is_deaf)
{
    char buf[65536];
    ssize_t n = 1;

    while (n > 0) {
        /* Without events it still tells of the end. */
        struct pollfd p = { .fd = from, .events = g_atomic_int_get (is_deaf) ? 0 : POLLIN };

        poll (&p, 1, -1);
        n = p.events ? recv (from, buf, sizeof buf, 0) : 0;
        if (n > 0)
            n = send (to, buf, (size_t) n, MSG_NOSIGNAL);
    }
    shutdown (from, SHUT_RDWR);
    shutdown (to, SHUT_RDWR);
}

static gpointer
carry_out (gpointer data)
{
    struct relay *relay = data;
    int never = 0;

    carry (relay->near, relay->far, &never);
    return NULL;
}

static gpointer
carry_in (gpointer data)
{
    struct relay *relay = data;

    carry (relay->far, relay->near, &relay->is_deaf);
    return NULL;
}

static void
relay_free (gpointer data)
{
    struct relay *relay = data;

    shutdown (relay->near, SHUT_RDWR);
    shutdown (relay->far, SHUT_RDWR);
    g_thread_join (relay->out);
    g_thread_join (relay->in);
    close (relay->near);
    close (relay->far);
    g_free (relay);
}

/* The channel's end of a new connection to the server. */
static int
connect_channel (struct spice_viewer *viewer)
{
    struct relay *relay = g_new0 (struct relay, 1);
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    relay->near = pair[0];
    relay->far = remote_add_viewer (viewer->fixture);
    relay->out = g_thread_new ("out", carry_out, relay);
    relay->in = g_thread_new ("in", carry_in, relay);
    g_ptr_array_add (viewer->relays, relay);
    return pair[1];
}

void
spice_viewer_deafen (struct spice_viewer *viewer)
{
    for (guint i = 0; i < viewer->relays->len; i++)
        g_atomic_int_set (&((struct relay *) g_ptr_array_index (viewer->relays, i))->is_deaf, 1);
}

static void
open_fd_cb (SpiceChannel *channel, int with_tls, struct spice_viewer *viewer)
{
    spice_channel_open_fd (channel, connect_channel (viewer));
}

static void
channel_event_cb (SpiceChannel *channel, SpiceChannelEvent event, struct spice_viewer *viewer)
{
    gboolean is_open = event == SPICE_CHANNEL_OPENED;

    if (is_open)
        viewer->n_opening--;
    if (SPICE_IS_INPUTS_CHANNEL (channel))
        viewer->can_type = is_open;
    if (SPICE_IS_MAIN_CHANNEL (channel))
        viewer->is_gone = !is_open;
}

static void
primary_create_cb (SpiceChannel *channel, int format, int width, int height, int stride, int shmid,
                   gpointer data, struct spice_viewer *viewer)
{
    viewer->primary = (SpiceDisplayPrimary){
        .format = format, .width = width, .height = height, .stride = stride, .data = data
    };
    viewer->n_primaries++;
}

static void
primary_destroy_cb (SpiceChannel *channel, struct spice_viewer *viewer)
{
    viewer->primary = (SpiceDisplayPrimary){ 0 };
}

static void
invalidate_cb (SpiceChannel *channel, int x, int y, int width, int height,
               struct spice_viewer *viewer)
{
    viewer->x = x;
    viewer->y = y;
    viewer->width = width;
    viewer->height = height;
    viewer->n_invalidated++;
}

static void
forget_shape (struct spice_viewer *viewer)
{
    if (viewer->shape)
        g_boxed_free (SPICE_TYPE_CURSOR_SHAPE, viewer->shape);
    viewer->shape = NULL;
}

static void
cursor_set_cb (SpiceCursorChannel *channel, GParamSpec *pspec, struct spice_viewer *viewer)
{
    forget_shape (viewer);
    g_object_get (channel, "cursor", &viewer->shape, NULL);
    viewer->hidden = FALSE;
    viewer->n_shapes++;
}

static void
cursor_hide_cb (SpiceChannel *channel, struct spice_viewer *viewer)
{
    viewer->hidden = TRUE;
}

static void
cursor_move_cb (SpiceChannel *channel, int x, int y, struct spice_viewer *viewer)
{
    viewer->cursor_x = x;
    viewer->cursor_y = y;
    viewer->n_moves++;
}

static void
take_display (struct spice_viewer *viewer, SpiceChannel *channel)
{
    viewer->display = SPICE_DISPLAY_CHANNEL (channel);
    g_signal_connect (channel, "display-primary-create", G_CALLBACK (primary_create_cb), viewer);
    g_signal_connect (channel, "display-primary-destroy", G_CALLBACK (primary_destroy_cb), viewer);
    g_signal_connect (channel, "display-invalidate", G_CALLBACK (invalidate_cb), viewer);
}

static void
take_cursor (struct spice_viewer *viewer, SpiceChannel *channel)
{
    viewer->cursor = SPICE_CURSOR_CHANNEL (channel);
    g_signal_connect (channel, "notify::cursor", G_CALLBACK (cursor_set_cb), viewer);
    g_signal_connect (channel, "cursor-hide", G_CALLBACK (cursor_hide_cb), viewer);
    g_signal_connect (channel, "cursor-move", G_CALLBACK (cursor_move_cb), viewer);
}

static void
channel_new_cb (SpiceSession *session, SpiceChannel *channel, struct spice_viewer *viewer)
{
    viewer->n_opening++;
    /* It asks its session for things until its very end. */
    g_object_set_data_full (G_OBJECT (channel), "session", g_object_ref (session), g_object_unref);
    g_signal_connect (channel, "open-fd", G_CALLBACK (open_fd_cb), viewer);
    g_signal_connect (channel, "channel-event", G_CALLBACK (channel_event_cb), viewer);
    if (SPICE_IS_MAIN_CHANNEL (channel)) {
        viewer->main = SPICE_MAIN_CHANNEL (channel);
        return;
    }
    if (SPICE_IS_DISPLAY_CHANNEL (channel))
        take_display (viewer, channel);
    else if (SPICE_IS_INPUTS_CHANNEL (channel))
        viewer->inputs = SPICE_INPUTS_CHANNEL (channel);
    else if (SPICE_IS_CURSOR_CHANNEL (channel))
        take_cursor (viewer, channel);
    spice_channel_connect (channel);
}

/* What is critical fails the test, except that a main channel that is told of the agent while its session ends
 * says that it misses its session. */
static void
log_cb (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    if (!(level & G_LOG_LEVEL_CRITICAL) || strstr (message, "SPICE_IS_SESSION"))
        return;
    g_printerr ("%s: %s\n", domain, message);
    abort ();
}

/* --- for tests ----------------------------------------------------------------------- */

void
spice_viewer_init (void)
{
    g_log_set_always_fatal (G_LOG_FATAL_MASK);
    g_log_set_default_handler (log_cb, NULL);
}

void
spice_viewer_open (struct spice_viewer *viewer, struct remote_fixture *f)
{
    *viewer = (struct spice_viewer){ .fixture = f, .session = spice_session_new () };
    viewer->relays = g_ptr_array_new_with_free_func (relay_free);
    g_object_set (viewer->session, "client-sockets", TRUE, NULL);
    g_signal_connect (viewer->session, "channel-new", G_CALLBACK (channel_new_cb), viewer);
    g_assert_true (spice_session_open_fd (viewer->session, connect_channel (viewer)));
}

static gboolean
wake_cb (gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

void
spice_viewer_turn (struct spice_viewer *viewer)
{
    guint id = g_timeout_add (10, wake_cb, NULL);

    g_main_context_iteration (NULL, TRUE);
    g_source_remove (id);
}

void
spice_viewer_close (struct spice_viewer *viewer)
{
    spice_viewer_await (viewer, viewer->n_opening == 0 || viewer->is_gone);
    g_signal_handlers_disconnect_by_data (viewer->session, viewer);
    spice_session_disconnect (viewer->session);
    g_clear_object (&viewer->session);
    forget_shape (viewer);
    g_clear_pointer (&viewer->relays, g_ptr_array_unref);
    while (g_main_context_iteration (NULL, FALSE))
        ;
}

static gboolean
has_pixels (const struct spice_viewer *viewer, unsigned stride, uint64_t offset)
{
    const SpiceDisplayPrimary *primary = &viewer->primary;

    for (int y = 0; y < primary->height; y++)
        for (int x = 0; x < primary->width; x++) {
            uint32_t shown, meant;

            memcpy (&shown, primary->data + (gsize) y * primary->stride + (gsize) x * 4, 4);
            memcpy (&meant, viewer->fixture->memory + offset + (gsize) y * stride + (gsize) x * 4,
                    4);
            if ((shown ^ meant) & 0xffffff)
                return FALSE;
        }
    return primary->height > 0;
}

void
spice_viewer_await_pixels (struct spice_viewer *viewer, unsigned stride, uint64_t offset)
{
    spice_viewer_await (viewer, has_pixels (viewer, stride, offset));
}
