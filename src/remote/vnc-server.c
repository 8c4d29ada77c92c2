/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-server.c - the RFB library, one screen, and the viewers that look at it.
 *
 * The screen's frame buffer is the display channel's memory itself, mapped read-only.  So the
 * library must never draw into it: it has no cursor to draw, only one to send (get_cursor_cb), and
 * scaling is not let through (vnc-gate.c).  It opens no port: viewers come as connected sockets.
 */
#define _GNU_SOURCE
#include "vnc-server.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "bits.h"
#include "display-client.h"
#include "log.h"
#include "remote-protocol.h"
#include "vnc-cursor.h"
#include "vnc-viewer.h"

/* The library has to send a line of pixels in one piece of its buffer. */
#define MAX_SIDE     8176
#define FIRST_WIDTH  640
#define FIRST_HEIGHT 400

_Static_assert(MAX_SIDE * 4 + sz_rfbFramebufferUpdateRectHeader <= UPDATE_BUF_SIZE,
               "a line fits the library's buffer");

struct vnc_server {
    struct display_client *display;
    int epoll_fd;
    rfbScreenInfoPtr screen;
    char name[REMOTE_NAME_BYTES];
    void *black; /* what is seen when the display shows nothing: zeros, never touched; or NULL */
    size_t black_bytes;
    struct vnc_cursor cursor;
    unsigned n_viewers;
    struct vnc_viewer viewers[REMOTE_MAX_CLIENTS];
};

/* --- pictures ------------------------------------------------------------------------ */

/* The library would make it the wrong way round: XRGB8888. */
static void
set_format (rfbScreenInfoPtr screen)
{
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    screen->serverFormat.depth = 24;
}

/* The format is the same after as before, so nobody's translation changes. */
static rfbBool
keep_translation (rfbClientPtr rfb)
{
    return TRUE;
}

static void
set_framebuffer (struct vnc_server *server, const void *pixels, uint32_t width, uint32_t height,
                 uint32_t stride)
{
    rfbScreenInfoPtr screen = server->screen;
    rfbSetTranslateFunctionProcPtr translate = screen->setTranslateFunction;

    screen->setTranslateFunction = keep_translation;
    rfbNewFramebuffer (screen, (char *) pixels, (int) width, (int) height, 8, 3, 4);
    screen->setTranslateFunction = translate;
    screen->paddedWidthInBytes = (int) stride;
    set_format (screen);
}

/* Same size as before, no pixel lit. */
static void
show_black (struct vnc_server *server)
{
    uint32_t width = (uint32_t) server->screen->width, height = (uint32_t) server->screen->height;
    size_t bytes = (size_t) width * height * 4;
    void *black = mmap (NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (black == MAP_FAILED)
        abort (); /* there is nothing left that the library may read */
    set_framebuffer (server, black, width, height, width * 4);
    if (server->black)
        munmap (server->black, server->black_bytes);
    server->black = black;
    server->black_bytes = bytes;
}

void
vnc_server_picture_changed (struct vnc_server *server)
{
    const struct display_client *d = server->display;

    if (d->width == 0) {
        show_black (server);
        return;
    }
    set_framebuffer (server, d->pixels, MIN_OF (d->width, MAX_SIDE), MIN_OF (d->height, MAX_SIDE),
                     d->stride_bytes);
    if (server->black)
        munmap (server->black, server->black_bytes);
    server->black = NULL;
}

void
vnc_server_damage (struct vnc_server *server, uint32_t x, uint32_t y, uint32_t width,
                   uint32_t height)
{
    uint32_t screen_width = (uint32_t) server->screen->width;
    uint32_t screen_height = (uint32_t) server->screen->height;

    if (x >= screen_width || y >= screen_height || width == 0 || height == 0)
        return;
    rfbMarkRectAsModified (server->screen, (int) x, (int) y,
                           (int) (x + MIN_OF (width, screen_width - x)),
                           (int) (y + MIN_OF (height, screen_height - y)));
}

/* --- the cursor ---------------------------------------------------------------------- */

/* For viewers that draw it themselves; screen->cursor, which the library draws, stays empty. */
static rfbCursorPtr
get_cursor_cb (rfbClientPtr rfb)
{
    struct vnc_server *server = rfb->screen->screenData;

    return vnc_cursor_rich (&server->cursor);
}

void
vnc_server_cursor_changed (struct vnc_server *server)
{
    vnc_cursor_set (&server->cursor, &server->display->cursor);
    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++) {
        if (server->viewers[i].rfb)
            vnc_viewer_send_cursor (&server->viewers[i]);
    }
}

void
vnc_server_cursor_moved (struct vnc_server *server)
{
    const struct display_client *d = server->display;

    server->screen->cursorX = MAX_OF (0, MIN_OF (d->cursor_x, server->screen->width - 1));
    server->screen->cursorY = MAX_OF (0, MIN_OF (d->cursor_y, server->screen->height - 1));
    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++) {
        if (server->viewers[i].rfb)
            server->viewers[i].rfb->cursorWasMoved = TRUE;
    }
}

/* --- the size ------------------------------------------------------------------------ */

/* RFB's answer that the wish was handed on: whether the guest follows is seen when it does. */
#define RESIZE_FORWARDED 4

static int
resize_cb (int width, int height, int n_screens, struct rfbExtDesktopScreen *screens,
           rfbClientPtr rfb)
{
    struct vnc_server *server = rfb->screen->screenData;

    if (!server->display->resizes)
        return rfbExtDesktopSize_ResizeProhibited;
    if (n_screens != 1 || width <= 0 || width > MAX_SIDE || height <= 0 || height > MAX_SIDE)
        return rfbExtDesktopSize_InvalidScreenLayout;
    display_client_resize (server->display, (uint32_t) width, (uint32_t) height);
    return RESIZE_FORWARDED;
}

/* --- viewers ------------------------------------------------------------------------- */

static struct vnc_viewer *
find_seat (struct vnc_server *server)
{
    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++) {
        if (!server->viewers[i].rfb)
            return &server->viewers[i];
    }
    return NULL;
}

static void
remove_viewer (struct vnc_server *server, struct vnc_viewer *viewer)
{
    vnc_viewer_close (viewer);
    server->n_viewers--;
    if (server->n_viewers == 0)
        malloc_trim (0);
}

int
vnc_server_add_viewer (struct vnc_server *server, int sock)
{
    struct vnc_viewer *viewer = find_seat (server);
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.ptr = viewer,
    };
    int ret;

    if (!viewer) {
        close (sock);
        return -EBUSY;
    }
    ret = vnc_viewer_open (viewer, server->screen, sock, server->display, &server->cursor);
    if (ret < 0)
        return ret;
    server->n_viewers++;
    if (epoll_ctl (server->epoll_fd, EPOLL_CTL_ADD, sock, &event) < 0) {
        ret = -errno;
        remove_viewer (server, viewer);
    }
    return ret;
}

unsigned
vnc_server_n_viewers (const struct vnc_server *server)
{
    return server->n_viewers;
}

void
vnc_server_wake (struct vnc_server *server, void *data)
{
    struct vnc_viewer *viewer = data;

    viewer->is_awake = true;
}

bool
vnc_server_run (struct vnc_server *server)
{
    bool more = false;

    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++) {
        struct vnc_viewer *viewer = &server->viewers[i];

        if (!viewer->rfb)
            continue;
        if (!vnc_viewer_run (viewer))
            remove_viewer (server, viewer);
        more |= viewer->is_awake;
    }
    return more;
}

bool
vnc_server_is_hungry (const struct vnc_server *server)
{
    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++) {
        if (vnc_viewer_is_hungry (&server->viewers[i]))
            return true;
    }
    return false;
}

void
vnc_server_pointer_changed (struct vnc_server *server)
{
    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++) {
        if (server->viewers[i].rfb)
            vnc_viewer_send_pointer_kind (&server->viewers[i]);
    }
}

/* --- life ---------------------------------------------------------------------------- */

/* The library tells of every connection and every oddity of a viewer; the keeper knows the former,
 * and of the latter nobody can do anything. */
static void
log_nothing (const char *format, ...)
{
}

static rfbScreenInfoPtr
create_screen (void)
{
    rfbScreenInfoPtr screen;

    rfbLog = rfbErr = log_nothing;
    screen = rfbGetScreen (NULL, NULL, FIRST_WIDTH, FIRST_HEIGHT, 8, 3, 4);
    if (!screen)
        return NULL;
    screen->port = screen->ipv6port = -1;
    screen->alwaysShared = TRUE;
    screen->cursor = NULL;
    screen->deferUpdateTime = 0;
    screen->deferPtrUpdateTime = 0;
    screen->permitFileTransfer = FALSE;
    screen->maxClientWait = 1000;
    screen->getCursorPtr = get_cursor_cb;
    screen->setDesktopSizeHook = resize_cb;
    set_format (screen);
    rfbInitServer (screen);
    return screen;
}

struct vnc_server *
vnc_server_create (struct display_client *display, int epoll_fd)
{
    struct vnc_server *server = calloc (1, sizeof *server);

    if (!server)
        return NULL;
    server->display = display;
    server->epoll_fd = epoll_fd;
    server->screen = create_screen ();
    if (!server->screen) {
        free (server);
        return NULL;
    }
    server->screen->screenData = server;
    vnc_viewer_register_extension ();
    vnc_server_set_name (server, "Vitrine");
    show_black (server);
    return server;
}

void
vnc_server_destroy (struct vnc_server *server)
{
    if (!server)
        return;
    for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++)
        vnc_viewer_close (&server->viewers[i]);
    rfbScreenCleanup (server->screen);
    if (server->black)
        munmap (server->black, server->black_bytes);
    free (server);
}

void
vnc_server_set_name (struct vnc_server *server, const char *name)
{
    strncpy (server->name, name, sizeof server->name - 1);
    server->screen->desktopName = server->name;
}
