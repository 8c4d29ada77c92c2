/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-spice.c - shows one machine's display to viewers that speak SPICE.
 *
 * Theory of operation.  As vitrine-vnc, the process is started by a keeper with nothing but the control socket
 * (base/remote-protocol.h).  One loop (spice-loop.c) for everything but drawing and sending pictures, which the
 * library does in a thread of its own (spice-qxl.c):
 *
 *   control   the keeper's messages; its end closing ends the process
 *   display   pictures and damage from the VMM (display-client.c)
 *   agent     the guest's agent, for clipboard and files (spice-agent.c)
 *   viewers   SPICE, by the library: several sockets each (spice-clients.c)
 *
 * The VMM is asked for damage only while there is a viewer and the library has taken what there was.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <spice.h>

#include "bits.h"
#include "confine.h"
#include "display-client.h"
#include "fd.h"
#include "log.h"
#include "remote-control.h"
#include "remote-protocol.h"
#include "spice-agent.h"
#include "spice-clients.h"
#include "spice-input.h"
#include "spice-loop.h"
#include "spice-qxl.h"

struct app {
    struct remote_control control;
    SpiceWatch *control_watch, *display_watch;
    struct display_client display;
    SpiceServer *server;
    struct spice_qxl *qxl;
    struct spice_input input;
    struct spice_clients clients;
    struct spice_agent agent;
    int wake_fd; /* the library's other thread has given something back */
    bool keeper_is_gone;
};

/* --- display ------------------------------------------------------------------------- */

static void
picture_cb (void *opaque)
{
    spice_qxl_picture_changed (((struct app *) opaque)->qxl);
}

static void
damage_cb (void *opaque, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    spice_qxl_damage (((struct app *) opaque)->qxl, x, y, width, height);
}

static void
cursor_cb (void *opaque)
{
    spice_qxl_cursor_changed (((struct app *) opaque)->qxl);
}

static void
cursor_moved_cb (void *opaque)
{
    spice_qxl_cursor_moved (((struct app *) opaque)->qxl);
}

static const struct display_client_ops display_ops = {
    .picture = picture_cb,
    .damage = damage_cb,
    .cursor = cursor_cb,
    .cursor_moved = cursor_moved_cb,
};

/* What is only to be sent is sent by work(). */
static void
display_ready_cb (int fd, int events, void *opaque)
{
    struct app *app = opaque;

    if (!(events & SPICE_WATCH_EVENT_READ))
        return;
    if (display_client_receive (&app->display) < 0) {
        spice_loop_unwatch (app->display_watch);
        app->display_watch = NULL;
        app->control.lost_display = true;
    }
    spice_input_pointer_changed (&app->input);
}

/* --- control ------------------------------------------------------------------------- */

static void
take_display_cb (void *opaque, const char *name, int fd)
{
    struct app *app = opaque;

    spice_server_set_name (app->server, name);
    spice_loop_unwatch (app->display_watch);
    display_client_set_channel (&app->display, fd);
    app->display_watch = spice_loop_watch (fd, SPICE_WATCH_EVENT_READ, display_ready_cb, app);
}

static void
take_client_cb (void *opaque, int fd)
{
    spice_clients_add (&((struct app *) opaque)->clients, fd);
}

static void
take_agent_cb (void *opaque, int fd)
{
    spice_agent_set_socket (&((struct app *) opaque)->agent, fd);
}

static const struct remote_control_ops control_ops = {
    .display = take_display_cb,
    .client = take_client_cb,
    .agent = take_agent_cb,
};

static void
control_ready_cb (int fd, int events, void *opaque)
{
    struct app *app = opaque;

    if ((events & SPICE_WATCH_EVENT_READ) && !remote_control_read (&app->control))
        app->keeper_is_gone = true;
}

/* --- the loop ------------------------------------------------------------------------ */

static void
wake_cb (int fd, int events, void *opaque)
{
    fd_event_clear (fd);
}

static void
watch_for (SpiceWatch *watch, bool also_writing)
{
    spice_loop_set_events (watch, also_writing ? SPICE_WATCH_EVENT_READ | SPICE_WATCH_EVENT_WRITE
                                               : SPICE_WATCH_EVENT_READ);
}

/* Does what can be done now.  Returns after how many milliseconds there is more to do, -1 for never. */
static int
work (struct app *app)
{
    unsigned n_clients = spice_clients_count (&app->clients);
    bool is_stalled;
    int wait_ms;

    spice_agent_set_stand_in (&app->agent, app->display.resizes && app->display.sock >= 0);
    spice_qxl_set_agent (app->qxl, app->agent.is_attached);
    app->control.lost_agent = app->control.lost_agent || app->agent.is_lost;
    app->agent.is_lost = false;
    wait_ms = spice_qxl_run (app->qxl, &is_stalled);
    if (is_stalled)
        spice_clients_drop_deaf (&app->clients);
    if (n_clients == 0)
        spice_input_release (&app->input);
    display_client_set_ready (
        &app->display, n_clients > 0 && (app->display.is_ready || spice_qxl_is_hungry (app->qxl)));
    watch_for (app->display_watch, display_client_flush (&app->display));
    watch_for (app->control_watch, remote_control_tell (&app->control, n_clients));
    return wait_ms;
}

/* Returns when the keeper is gone. */
static void
serve (struct app *app)
{
    while (!app->keeper_is_gone)
        spice_loop_run_once (work (app));
}

/* --- life ---------------------------------------------------------------------------- */

/* Viewers are on this computer, or come through a tunnel that has its own opinion: nothing is compressed
 * unless a viewer asks for it, nothing becomes a video. */
static bool
start_library (struct app *app)
{
    /* Several viewers may look, as with VNC.  There is no function for that. */
    setenv ("SPICE_DEBUG_ALLOW_MC", "1", 1);
    app->server = spice_server_new ();
    if (!app->server)
        return false;
    spice_server_set_noauth (app->server); /* the keeper checks who comes */
    spice_server_set_image_compression (app->server, SPICE_IMAGE_COMPRESSION_OFF);
    spice_server_set_jpeg_compression (app->server, SPICE_WAN_COMPRESSION_NEVER);
    spice_server_set_zlib_glz_compression (app->server, SPICE_WAN_COMPRESSION_NEVER);
    spice_server_set_streaming_video (app->server, SPICE_STREAM_VIDEO_OFF);
    spice_server_set_agent_mouse (app->server, 0);
    return spice_server_init (app->server, &spice_loop_core) == 0;
}

static bool
setup (struct app *app)
{
    if (!remote_control_init (&app->control, &control_ops, app) || !spice_loop_init ())
        return false;
    app->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    app->control_watch =
        spice_loop_watch (app->control.sock, SPICE_WATCH_EVENT_READ, control_ready_cb, app);
    if (app->wake_fd < 0 || !app->control_watch
        || !spice_loop_watch (app->wake_fd, SPICE_WATCH_EVENT_READ, wake_cb, app))
        return false;
    display_client_init (&app->display, &display_ops, app);
    return true;
}

/* The library's thread is to have no files either, so these go before it starts. */
static bool
setup_library (struct app *app)
{
    if (!start_library (app))
        return false;
    confine_files ();
    app->clients.server = app->server;
    spice_agent_init (&app->agent, app->server, &app->display);
    app->qxl = spice_qxl_create (app->server, &app->display, app->wake_fd);
    if (!app->qxl || !spice_input_init (&app->input, app->server, &app->display))
        return false;
    confine_calls ();
    return true;
}

int
main (void)
{
    struct app app = { 0 };

    log_set_name ("vitrine-spice");
    confine_descriptors (REMOTE_SOCKET_FD);
    signal (SIGPIPE, SIG_IGN);
    if (!setup (&app)) {
        log_error ("this program is started by vitrine-keeper, with its socket as descriptor %d",
                   REMOTE_SOCKET_FD);
        return EXIT_FAILURE;
    }
    if (!setup_library (&app)) {
        log_error ("the SPICE library does not start");
        return EXIT_FAILURE;
    }
    serve (&app);
    /* The library's thread may be in the middle of anything, and all that is left is memory. */
    _exit (EXIT_SUCCESS);
}
