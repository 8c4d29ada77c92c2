/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.c - one end of a display channel: the socket of one watcher. */
#include "channel.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "message.h"

#define MESSAGES_A_ROUND 64    /* then the loop's other descriptors get their turn */
#define MAX_COUNTS       32767 /* of a relative move or a wheel in one message */

_Static_assert(CHANNEL_CODES == KEY_CNT, "a bit for every key and button");

/* --- what the peer does -------------------------------------------------------------- */

/* A move of more than this is clamped: devices add these up. */
static int
clamp_counts (int32_t counts)
{
    return MAX_OF (-MAX_COUNTS, MIN_OF (counts, MAX_COUNTS));
}

static uint32_t
clamp_pixel (int32_t pixel, uint32_t side)
{
    if (pixel < 0)
        return 0;
    return MIN_OF ((uint32_t) pixel, side - 1);
}

/* A code outside the table is ignored, as is anything else that is no key. */
static void
note_down (struct channel *channel, uint32_t code, bool down)
{
    if (down)
        channel->down[code / 32] |= BIT (code % 32);
    else
        channel->down[code / 32] &= ~BIT (code % 32);
}

static void
handle_key (struct channel *channel, const struct display_key *key)
{
    if (key->code >= CHANNEL_CODES)
        return;
    note_down (channel, key->code, key->down != 0);
    if (key->type == DISPLAY_MESSAGE_KEY)
        input_key (channel->input, key->code, key->down != 0);
    else
        input_button (channel->input, key->code, key->down != 0);
}

static void
handle_pointer (struct channel *channel, const struct display_pointer *p)
{
    switch (p->type) {
    case DISPLAY_MESSAGE_POINTER_ABSOLUTE:
        if (channel->width > 0 && channel->height > 0)
            input_pointer_absolute (channel->input, clamp_pixel (p->x, channel->width),
                                    clamp_pixel (p->y, channel->height), channel->width,
                                    channel->height);
        break;
    case DISPLAY_MESSAGE_POINTER_RELATIVE:
        input_pointer_relative (channel->input, clamp_counts (p->x), clamp_counts (p->y));
        break;
    default:
        input_wheel (channel->input, clamp_counts (p->x), clamp_counts (p->y));
        break;
    }
}

static bool
handle_resize (struct channel *channel, const struct display_resize *resize)
{
    if (resize->width == 0 || resize->width > DISPLAY_MAX_SIDE || resize->height == 0
        || resize->height > DISPLAY_MAX_SIDE)
        return false;
    channel->ops->resize (channel, resize->width, resize->height);
    return true;
}

/* Acts on one message of LEN bytes.  Returns false when it is none of the protocol's. */
static bool
handle_message (struct channel *channel, const union display_request *message, size_t len)
{
    if (len < sizeof message->type)
        return false;
    switch (message->type) {
    case DISPLAY_MESSAGE_READY:
    case DISPLAY_MESSAGE_NOT_READY:
        if (len != sizeof message->ready)
            return false;
        channel->ops->ready (channel, message->type == DISPLAY_MESSAGE_READY);
        return true;
    case DISPLAY_MESSAGE_KEY:
    case DISPLAY_MESSAGE_BUTTON:
        if (len != sizeof message->key)
            return false;
        handle_key (channel, &message->key);
        break;
    case DISPLAY_MESSAGE_POINTER_ABSOLUTE:
    case DISPLAY_MESSAGE_POINTER_RELATIVE:
    case DISPLAY_MESSAGE_WHEEL:
        if (len != sizeof message->pointer)
            return false;
        handle_pointer (channel, &message->pointer);
        break;
    case DISPLAY_MESSAGE_RESIZE:
        return len == sizeof message->resize && handle_resize (channel, &message->resize);
    default:
        return false;
    }
    channel->ops->active (channel);
    return true;
}

/* Takes one message from the socket.  Returns 1, 0 when there is none, or -errno when the channel
 * is at its end. */
static int
receive_one (struct channel *channel)
{
    union display_request message;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    int len = message_receive (channel->sock, &message, sizeof message, fds, &n_fds);

    fd_close_all (fds, n_fds);
    if (len == -EAGAIN)
        return 0;
    if (len <= 0)
        return len == 0 ? -EPIPE : len;
    if (n_fds > 0 || !handle_message (channel, &message, (size_t) len))
        return -EBADMSG;
    return 1;
}

/* Nothing more is read from the peer. */
static void
break_channel (struct channel *channel)
{
    loop_watch_remove (channel->loop, &channel->watch);
    channel->ops->broken (channel);
}

static void
watch_cb (void *opaque, uint32_t events)
{
    struct channel *channel = opaque;

    if ((events & EPOLLOUT) && channel->waits_for_room) {
        channel->waits_for_room = false;
        loop_watch_change (channel->loop, &channel->watch, EPOLLIN);
        channel->ops->writable (channel);
    }
    for (int i = 0; i < MESSAGES_A_ROUND && channel->watch.fd >= 0; i++) {
        int ret = receive_one (channel);

        if (ret < 0)
            break_channel (channel);
        if (ret <= 0)
            return;
    }
}

/* --- what the peer is told ----------------------------------------------------------- */

static int
send_message (struct channel *channel, const void *message, size_t len, const int *fd)
{
    int ret;

    if (channel->watch.fd < 0)
        return -EPIPE;
    ret = message_send (channel->sock, message, len, fd, fd ? 1 : 0);
    if (ret == -EAGAIN && !channel->waits_for_room) {
        channel->waits_for_room = true;
        loop_watch_change (channel->loop, &channel->watch, EPOLLIN | EPOLLOUT);
    } else if (ret < 0 && ret != -EAGAIN) {
        break_channel (channel);
    }
    return ret;
}

int
channel_send_hello (struct channel *channel)
{
    struct display_hello hello = {
        .type = DISPLAY_MESSAGE_HELLO,
        .version = DISPLAY_PROTOCOL_VERSION,
        .pointer_is_absolute = input_pointer_is_absolute (channel->input),
    };

    channel->told_absolute = hello.pointer_is_absolute;
    return send_message (channel, &hello, sizeof hello, NULL);
}

int
channel_send_pointer_kind (struct channel *channel)
{
    bool is_absolute = input_pointer_is_absolute (channel->input);
    struct display_pointer_kind kind = {
        .type = DISPLAY_MESSAGE_POINTER_KIND,
        .is_absolute = is_absolute,
    };
    int ret = 0;

    if (channel->told_absolute != is_absolute)
        ret = send_message (channel, &kind, sizeof kind, NULL);
    if (ret == 0)
        channel->told_absolute = is_absolute;
    return ret;
}

int
channel_send_scanout (struct channel *channel, const struct scanout_surface *surface, bool resizes)
{
    bool shown = surface->width > 0 && surface->height > 0;
    struct display_scanout scanout = {
        .type = DISPLAY_MESSAGE_SCANOUT,
        .format = DISPLAY_FORMAT_XRGB8888,
        .flags = resizes ? DISPLAY_SCANOUT_RESIZES : 0,
    };
    int ret;

    if (shown) {
        scanout.width = surface->width;
        scanout.height = surface->height;
        scanout.stride = surface->stride_bytes;
        scanout.offset = surface->offset_bytes;
    }
    ret = send_message (channel, &scanout, sizeof scanout, shown ? &surface->fd : NULL);
    if (ret == 0) {
        channel->width = scanout.width;
        channel->height = scanout.height;
    }
    return ret;
}

int
channel_send_damage (struct channel *channel, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height)
{
    struct display_damage damage = {
        .type = DISPLAY_MESSAGE_DAMAGE,
        .x = x,
        .y = y,
        .width = width,
        .height = height,
    };

    return send_message (channel, &damage, sizeof damage, NULL);
}

int
channel_send_cursor (struct channel *channel, const struct scanout_cursor *cursor)
{
    struct display_cursor m = {
        .type = DISPLAY_MESSAGE_CURSOR,
        .width = cursor->width,
        .height = cursor->height,
        .hot_x = cursor->hot_x,
        .hot_y = cursor->hot_y,
    };

    memcpy (m.pixels, cursor->pixels, sizeof m.pixels);
    return send_message (channel, &m, sizeof m, NULL);
}

int
channel_send_cursor_at (struct channel *channel, int32_t x, int32_t y)
{
    struct display_cursor_at at = { DISPLAY_MESSAGE_CURSOR_AT, x, y };

    return send_message (channel, &at, sizeof at, NULL);
}

/* --- life ---------------------------------------------------------------------------- */

static bool
is_seqpacket (int sock)
{
    int type = 0;
    socklen_t len = sizeof type;

    return getsockopt (sock, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

int
channel_open (struct channel *channel, struct loop *loop, struct input *input, int sock,
              const struct channel_ops *ops)
{
    int ret;

    if (!is_seqpacket (sock))
        return -EPROTOTYPE;
    *channel = (struct channel){
        .ops = ops,
        .loop = loop,
        .input = input,
        .sock = -1,
        .watch = LOOP_WATCH_INIT,
    };
    ret = fd_set_nonblock (sock);
    if (ret < 0)
        return ret;
    ret = loop_watch_add (loop, &channel->watch, sock, EPOLLIN, watch_cb, channel);
    if (ret < 0)
        return ret;
    channel->sock = sock;
    return 0;
}

void
channel_close (struct channel *channel)
{
    uint32_t held = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (channel->down); i++)
        held |= channel->down[i];
    if (held)
        input_release_all (channel->input);
    loop_watch_remove (channel->loop, &channel->watch);
    fd_close (&channel->sock);
}
