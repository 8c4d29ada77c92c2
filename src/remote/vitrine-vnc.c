/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-vnc.c - shows one machine's display to viewers that speak RFB ("VNC").
 *
 * Theory of operation.  The process is started by a keeper with nothing but the control socket
 * (base/remote-protocol.h), over which the display channel and the viewers' sockets come.  One
 * thread, one epoll set:
 *
 *   control   the keeper's messages; its end closing ends the process
 *   display   pictures and damage from the VMM (display-client.c)
 *   viewers   RFB, by the library (vnc-server.c, vnc-viewer.c)
 *
 * Nothing has a timer.  The VMM is asked for damage (READY) only while some viewer waits for a
 * change, so without viewers, and with viewers that do not keep up, nobody is woken.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bits.h"
#include "confine.h"
#include "display-client.h"
#include "fd.h"
#include "log.h"
#include "remote-control.h"
#include "remote-protocol.h"
#include "vnc-server.h"

#define MAX_EVENTS 32

struct app {
    int epoll_fd;
    struct remote_control control;
    uint32_t control_events, display_events; /* what epoll watches for */
    struct display_client display;
    struct vnc_server *server;
};

/* --- control ------------------------------------------------------------------------- */

static void
watch_display (struct app *app)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = &app->display };

    app->display_events = event.events;
    if (epoll_ctl (app->epoll_fd, EPOLL_CTL_ADD, app->display.sock, &event) < 0)
        log_error ("cannot watch the display channel");
}

static void
take_display_cb (void *opaque, const char *name, int fd)
{
    struct app *app = opaque;

    vnc_server_set_name (app->server, name);
    display_client_set_channel (&app->display, fd);
    watch_display (app);
}

static void
take_viewer_cb (void *opaque, int fd)
{
    vnc_server_add_viewer (((struct app *) opaque)->server, fd);
}

static const struct remote_control_ops control_ops = {
    .display = take_display_cb,
    .client = take_viewer_cb,
};

/* --- display ------------------------------------------------------------------------- */

static void
picture_cb (void *opaque)
{
    vnc_server_picture_changed (((struct app *) opaque)->server);
}

static void
damage_cb (void *opaque, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    vnc_server_damage (((struct app *) opaque)->server, x, y, width, height);
}

static void
cursor_cb (void *opaque)
{
    vnc_server_cursor_changed (((struct app *) opaque)->server);
}

static void
cursor_moved_cb (void *opaque)
{
    vnc_server_cursor_moved (((struct app *) opaque)->server);
}

static const struct display_client_ops display_ops = {
    .picture = picture_cb,
    .damage = damage_cb,
    .cursor = cursor_cb,
    .cursor_moved = cursor_moved_cb,
};

static void
read_display (struct app *app)
{
    bool was_absolute = app->display.pointer_is_absolute;

    if (display_client_receive (&app->display) < 0)
        app->control.lost_display = true;
    if (was_absolute != app->display.pointer_is_absolute)
        vnc_server_pointer_changed (app->server);
}

/* --- the loop ------------------------------------------------------------------------ */

/* Makes epoll watch FD for EVENTS, where that is news. */
static void
watch_for (struct app *app, int fd, void *data, uint32_t *watched, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = data };

    if (fd < 0 || *watched == events)
        return;
    *watched = events;
    epoll_ctl (app->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* Does what can be done now; returns whether there is more. */
static bool
work (struct app *app)
{
    bool more = vnc_server_run (app->server);
    bool waits;

    display_client_set_ready (
        &app->display, vnc_server_is_hungry (app->server)
                           || (app->display.is_ready && vnc_server_n_viewers (app->server) > 0));
    waits = display_client_flush (&app->display);
    watch_for (app, app->display.sock, &app->display, &app->display_events,
               waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
    waits = remote_control_tell (&app->control, vnc_server_n_viewers (app->server));
    watch_for (app, app->control.sock, app, &app->control_events,
               waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
    return more;
}

/* Returns when the keeper is gone. */
static void
serve (struct app *app)
{
    struct epoll_event events[MAX_EVENTS];
    bool more = false;

    for (;;) {
        int n = epoll_wait (app->epoll_fd, events, MAX_EVENTS, more ? 0 : -1);

        for (int i = 0; i < n; i++) {
            void *data = events[i].data.ptr;

            if (data == app) {
                if (!remote_control_read (&app->control))
                    return;
            } else if (data == &app->display) {
                read_display (app);
            } else {
                vnc_server_wake (app->server, data);
            }
        }
        more = work (app);
    }
}

static bool
setup (struct app *app)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = app };

    app->control_events = event.events;
    app->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    if (app->epoll_fd < 0 || !remote_control_init (&app->control, &control_ops, app)
        || epoll_ctl (app->epoll_fd, EPOLL_CTL_ADD, app->control.sock, &event) < 0)
        return false;
    display_client_init (&app->display, &display_ops, app);
    app->server = vnc_server_create (&app->display, app->epoll_fd);
    return app->server != NULL;
}

int
main (void)
{
    struct app app = { 0 };

    log_set_name ("vitrine-vnc");
    confine_descriptors (REMOTE_SOCKET_FD);
    signal (SIGPIPE, SIG_IGN);
    if (!setup (&app)) {
        log_error ("this program is started by vitrine-keeper, with its socket as descriptor %d",
                   REMOTE_SOCKET_FD);
        return EXIT_FAILURE;
    }
    confine ();
    serve (&app);
    vnc_server_destroy (app.server);
    display_client_finish (&app.display);
    fd_close (&app.epoll_fd);
    return EXIT_SUCCESS;
}
