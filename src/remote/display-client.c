/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-client.c - the viewer's end of a display channel. */
#define _GNU_SOURCE
#include "display-client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "message.h"

#define MESSAGES_A_ROUND 32
#define MAX_STRIDE       (DISPLAY_MAX_SIDE * 4u * 2u)

/* --- pictures ------------------------------------------------------------------------ */

/* Whether FD is memory that stays as large as it is, LEN bytes from OFFSET on included. */
static bool
memory_is_good (int fd, uint64_t offset, uint64_t len)
{
    int seals = fcntl (fd, F_GET_SEALS);
    struct stat st;

    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat (fd, &st) == 0 && st.st_size > 0
           && range_fits (offset, len, (uint64_t) st.st_size);
}

/* Bytes from the first to the last pixel, 0 when SCANOUT makes no sense. */
static uint64_t
picture_bytes (const struct display_scanout *s)
{
    if (s->width > DISPLAY_MAX_SIDE || s->height > DISPLAY_MAX_SIDE || s->width == 0
        || s->height == 0 || s->format != DISPLAY_FORMAT_XRGB8888)
        return 0;
    if (s->stride < s->width * 4 || s->stride > MAX_STRIDE || s->stride % 4 || s->offset % 4)
        return 0;
    return (s->height - 1ull) * s->stride + s->width * 4ull;
}

/* Shows what *MAP has, or nothing when that is NULL; the old mapping goes last. */
static void
replace_picture (struct display_client *client, const struct display_scanout *s, void *map,
                 size_t map_bytes)
{
    void *old = client->map;
    size_t old_bytes = client->map_bytes;
    uint64_t page = (uint64_t) sysconf (_SC_PAGESIZE);

    client->map = map;
    client->map_bytes = map_bytes;
    client->width = map ? s->width : 0;
    client->height = map ? s->height : 0;
    client->stride_bytes = map ? s->stride : 0;
    client->resizes = map && (s->flags & DISPLAY_SCANOUT_RESIZES);
    client->pixels = map ? (const uint8_t *) map + s->offset % page : NULL;
    client->ops->picture (client->opaque);
    if (old)
        munmap (old, old_bytes);
}

static int
take_scanout (struct display_client *client, const struct display_scanout *s, const int *fds,
              unsigned n_fds)
{
    uint64_t bytes = picture_bytes (s), page = (uint64_t) sysconf (_SC_PAGESIZE);
    uint64_t start = align_down (s->offset, page);
    void *map;

    if (s->width == 0 && s->height == 0 && n_fds == 0) {
        replace_picture (client, s, NULL, 0);
        return 0;
    }
    if (n_fds != 1 || bytes == 0 || !memory_is_good (fds[0], s->offset, bytes))
        return -EBADMSG;
    bytes += s->offset - start;
    map = mmap (NULL, bytes, PROT_READ, MAP_SHARED, fds[0], (off_t) start);
    if (map == MAP_FAILED)
        return -errno;
    replace_picture (client, s, map, bytes);
    return 0;
}

static int
take_damage (struct display_client *client, const struct display_damage *d)
{
    client->is_ready = false;
    if (!range_fits (d->x, d->width, client->width)
        || !range_fits (d->y, d->height, client->height))
        return -EBADMSG;
    client->ops->damage (client->opaque, d->x, d->y, d->width, d->height);
    return 0;
}

static int
take_hello (struct display_client *client, const struct display_hello *hello)
{
    if (client->said_hello || hello->version != DISPLAY_PROTOCOL_VERSION)
        return -EBADMSG;
    client->said_hello = true;
    client->pointer_is_absolute = hello->pointer_is_absolute != 0;
    return 0;
}

static int
take_pointer_kind (struct display_client *client, const struct display_pointer_kind *kind)
{
    client->pointer_is_absolute = kind->is_absolute != 0;
    return 0;
}

static int
take_cursor (struct display_client *client, const struct display_cursor *c)
{
    if (c->width > DISPLAY_CURSOR_SIDE || c->height > DISPLAY_CURSOR_SIDE
        || (c->width == 0) != (c->height == 0)
        || (c->width > 0 && (c->hot_x >= c->width || c->hot_y >= c->height)))
        return -EBADMSG;
    client->cursor = *c;
    client->ops->cursor (client->opaque);
    return 0;
}

static int
take_cursor_at (struct display_client *client, const struct display_cursor_at *at)
{
    client->cursor_x = at->x;
    client->cursor_y = at->y;
    client->ops->cursor_moved (client->opaque);
    return 0;
}

static int
take_message (struct display_client *client, const union display_message *m, size_t len,
              const int *fds, unsigned n_fds)
{
    if (len < sizeof m->type || (n_fds > 0 && m->type != DISPLAY_MESSAGE_SCANOUT)
        || (!client->said_hello && m->type != DISPLAY_MESSAGE_HELLO))
        return -EBADMSG;
    switch (m->type) {
    case DISPLAY_MESSAGE_HELLO:
        return len == sizeof m->hello ? take_hello (client, &m->hello) : -EBADMSG;
    case DISPLAY_MESSAGE_SCANOUT:
        return len == sizeof m->scanout ? take_scanout (client, &m->scanout, fds, n_fds) : -EBADMSG;
    case DISPLAY_MESSAGE_DAMAGE:
        return len == sizeof m->damage ? take_damage (client, &m->damage) : -EBADMSG;
    case DISPLAY_MESSAGE_POINTER_KIND:
        return len == sizeof m->pointer_kind ? take_pointer_kind (client, &m->pointer_kind)
                                             : -EBADMSG;
    case DISPLAY_MESSAGE_CURSOR:
        return len == sizeof m->cursor ? take_cursor (client, &m->cursor) : -EBADMSG;
    case DISPLAY_MESSAGE_CURSOR_AT:
        return len == sizeof m->cursor_at ? take_cursor_at (client, &m->cursor_at) : -EBADMSG;
    default:
        return -EBADMSG;
    }
}

/* Returns 1, 0 when there is no message, or -errno. */
static int
receive_one (struct display_client *client)
{
    union display_message message;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    int ret = message_receive (client->sock, &message, sizeof message, fds, &n_fds);

    if (ret == -EAGAIN)
        return 0;
    if (ret == 0)
        ret = -EPIPE;
    if (ret > 0)
        ret = take_message (client, &message, (size_t) ret, fds, n_fds);
    fd_close_all (fds, n_fds);
    return ret < 0 ? ret : 1;
}

static void
close_channel (struct display_client *client)
{
    fd_close (&client->sock);
    client->said_hello = client->is_ready = false;
    client->n_queued = 0;
}

int
display_client_receive (struct display_client *client)
{
    for (int i = 0; i < MESSAGES_A_ROUND && client->sock >= 0; i++) {
        int ret = receive_one (client);

        if (ret < 0)
            close_channel (client);
        if (ret <= 0)
            return ret;
    }
    return 0;
}

/* --- input --------------------------------------------------------------------------- */

bool
display_client_flush (struct display_client *client)
{
    static const size_t sizes[] = {
        [DISPLAY_MESSAGE_READY] = sizeof (struct display_ready),
        [DISPLAY_MESSAGE_KEY] = sizeof (struct display_key),
        [DISPLAY_MESSAGE_POINTER_ABSOLUTE] = sizeof (struct display_pointer),
        [DISPLAY_MESSAGE_POINTER_RELATIVE] = sizeof (struct display_pointer),
        [DISPLAY_MESSAGE_BUTTON] = sizeof (struct display_key),
        [DISPLAY_MESSAGE_WHEEL] = sizeof (struct display_pointer),
        [DISPLAY_MESSAGE_NOT_READY] = sizeof (struct display_ready),
        [DISPLAY_MESSAGE_RESIZE] = sizeof (struct display_resize),
    };
    unsigned sent = 0;

    while (sent < client->n_queued && client->sock >= 0) {
        const union display_request *m = &client->queue[sent];
        int ret = message_send (client->sock, m, sizes[m->type], NULL, 0);

        if (ret == -EAGAIN)
            break;
        sent++; /* a peer that is gone is noticed by receiving */
    }
    client->n_queued -= sent;
    memmove (client->queue, client->queue + sent, client->n_queued * sizeof client->queue[0]);
    return client->n_queued > 0;
}

/* A peer that takes nothing while so much is typed hangs; what is over is dropped, releases too:
 * the peer lets go of everything when the channel ends. */
static void
enqueue (struct display_client *client, const union display_request *message)
{
    if (client->sock < 0 || client->n_queued == DISPLAY_CLIENT_QUEUE)
        return;
    client->queue[client->n_queued++] = *message;
    display_client_flush (client);
}

void
display_client_set_ready (struct display_client *client, bool ready)
{
    union display_request m = { .type = ready ? DISPLAY_MESSAGE_READY : DISPLAY_MESSAGE_NOT_READY };

    if (client->sock < 0 || client->is_ready == ready || client->n_queued == DISPLAY_CLIENT_QUEUE)
        return;
    client->is_ready = ready;
    enqueue (client, &m);
}

void
display_client_key (struct display_client *client, uint32_t type, uint32_t code, bool down)
{
    union display_request m = { .key = { .type = type, .code = code, .down = down } };

    enqueue (client, &m);
}

void
display_client_pointer (struct display_client *client, uint32_t type, int32_t x, int32_t y)
{
    union display_request m = { .pointer = { .type = type, .x = x, .y = y } };

    enqueue (client, &m);
}

void
display_client_resize (struct display_client *client, uint32_t width, uint32_t height)
{
    union display_request m = { .resize = { DISPLAY_MESSAGE_RESIZE, width, height } };

    if (width > 0 && width <= DISPLAY_MAX_SIDE && height > 0 && height <= DISPLAY_MAX_SIDE)
        enqueue (client, &m);
}

/* --- life ---------------------------------------------------------------------------- */

void
display_client_init (struct display_client *client, const struct display_client_ops *ops,
                     void *opaque)
{
    *client = (struct display_client){ .ops = ops, .opaque = opaque, .sock = -1 };
}

void
display_client_set_channel (struct display_client *client, int sock)
{
    close_channel (client);
    client->sock = sock;
    fd_set_nonblock (sock);
}

void
display_client_finish (struct display_client *client)
{
    close_channel (client);
    if (client->map)
        munmap (client->map, client->map_bytes);
    client->map = NULL;
    client->width = client->height = 0;
}
