/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout-watcher.c - who watches the display, what each is told, and when.
 *
 * Theory of operation.  Five things are told to a watcher, each under its own rule:
 *
 *   HELLO    once, first.
 *
 *   POINTER_KIND  when it is another than the watcher was told last.
 *
 *   SCANOUT  when the surface is another one than the watcher was told last.  After one it needs
 *            a READY before the next: a guest that flips pages faster than a peer reads fills no
 *            socket.
 *
 *   CURSOR, CURSOR_AT
 *            when the watcher is ready, was told the present surface, and knows another shape or
 *            place.  A DAMAGE follows in any case.
 *
 *   DAMAGE   when the watcher is ready, was told the present surface and its box is not empty, or
 *            there was news of the cursor.
 *
 * So at most five messages are ever under way to a peer, and one more each time the guest takes up
 * another pointer, as far as the socket takes them.  tell() tries whatever is due and is
 * called whenever something may have become due; it is the only place that sends.
 *
 * Rhythm.  A watcher that says READY and finds no damage arms the timer; a tick lets the source
 * refresh, tells everybody, and arms again while somebody is still ready.  Nobody ready: no timer,
 * no wake-up, however busy the guest draws.  The tick is 16 ms while something happens and 40 ms
 * once nothing was damaged and nobody typed for a second: 25 looks a second are enough to catch the
 * next change, which brings the fast rhythm back.  The cursor's place is told at ticks only: guests
 * move it a thousand times a second.
 *
 * A broken channel is not freed where it broke, in the midst of its callbacks, but by queued work.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bits.h"
#include "channel.h"
#include "scanout-private.h"

#define MAX_WATCHERS 16
#define FAST_NS      16000000ll
#define SLOW_NS      40000000ll
#define ACTIVE_NS    1000000000ll /* of fast rhythm after the last thing that happened */

_Static_assert(SCANOUT_CURSOR_SIDE == DISPLAY_CURSOR_SIDE, "a cursor fits its message");

struct watcher {
    struct scanout *scanout;
    struct channel channel;
    struct list node;
    bool is_told_hello;
    bool is_broken;
    bool is_ready;             /* asked for damage that did not come yet */
    bool may_get_scanout;      /* said READY since the last SCANOUT */
    uint64_t told_surface;     /* serial of the last SCANOUT, 0: none */
    uint64_t told_cursor;      /* … CURSOR */
    uint64_t told_cursor_at;   /* … CURSOR_AT */
    struct scanout_box damage; /* the scanout's lock */
};

/* --- what is to be told -------------------------------------------------------------- */

void
watchers_damage_locked (struct scanout *scanout, const struct scanout_box *box)
{
    list_for_each (node, &scanout->watchers)
    {
        struct watcher *w = container_of (node, struct watcher, node);

        box_add (&w->damage, box);
    }
}

void
watchers_new_surface_locked (struct scanout *scanout)
{
    struct scanout_surface surface = scanout_surface_locked (scanout);

    scanout->surface_serial++;
    list_for_each (node, &scanout->watchers)
    {
        struct watcher *w = container_of (node, struct watcher, node);

        w->damage = (struct scanout_box){ 0, 0, surface.width, surface.height };
    }
}

void
watchers_note_active (struct scanout *scanout)
{
    scanout->last_active_ns = loop_now_ns ();
}

void
watchers_happened (struct scanout *scanout)
{
    watchers_note_active (scanout);
    if (!scanout->is_ticking)
        loop_work_queue (scanout->loop, &scanout->tell_work);
}

/* --- telling ------------------------------------------------------------------------- */

/* What there is to tell, as of one moment. */
struct news {
    struct scanout_surface surface;
    uint64_t surface_serial, cursor_serial, cursor_at_serial;
    bool resizes;
    bool has_cursor; /* cursor is filled in */
    struct scanout_cursor cursor;
    int32_t cursor_x, cursor_y;
};

static void
gather_news (struct watcher *w, struct news *news)
{
    struct scanout *scanout = w->scanout;
    const struct scanout_source *active = scanout->active;

    pthread_mutex_lock (&scanout->lock);
    news->surface = scanout_surface_locked (scanout);
    news->surface_serial = scanout->surface_serial;
    news->cursor_serial = scanout->cursor_serial;
    news->cursor_at_serial = scanout->cursor_at_serial;
    news->resizes = active && active->ops->resize;
    news->cursor_x = active ? active->cursor_x : 0;
    news->cursor_y = active ? active->cursor_y : 0;
    news->has_cursor = active && active->cursor.width > 0;
    if (news->has_cursor && w->told_cursor != news->cursor_serial)
        news->cursor = active->cursor;
    pthread_mutex_unlock (&scanout->lock);
    if (!news->has_cursor)
        news->cursor.width = news->cursor.height = news->cursor.hot_x = news->cursor.hot_y = 0;
}

static void
tell_surface (struct watcher *w, const struct news *news)
{
    if (w->told_surface == news->surface_serial || (!w->may_get_scanout && !w->is_ready))
        return;
    if (channel_send_scanout (&w->channel, &news->surface, news->resizes) == 0) {
        w->told_surface = news->surface_serial;
        w->may_get_scanout = false;
    }
}

/* Shape and place of the cursor, as far as they are new.  Returns 1 when something was told, 0, or
 * -errno.  A watcher that has seen no cursor yet is not told that there is none. */
static int
tell_cursor (struct watcher *w, const struct news *news)
{
    bool shape = w->told_cursor != news->cursor_serial && (w->told_cursor || news->has_cursor);
    bool at = w->told_cursor_at != news->cursor_at_serial && news->has_cursor;
    int ret = 0;

    if (shape) {
        ret = channel_send_cursor (&w->channel, &news->cursor);
        if (ret == 0)
            w->told_cursor = news->cursor_serial;
    }
    if (at && ret == 0) {
        ret = channel_send_cursor_at (&w->channel, news->cursor_x, news->cursor_y);
        if (ret == 0)
            w->told_cursor_at = news->cursor_at_serial;
    }
    return ret < 0 ? ret : shape || at;
}

/* Takes W's damage to surface SERIAL; empty when that is not what is shown any more. */
static struct scanout_box
take_damage (struct watcher *w, uint64_t serial)
{
    struct scanout_box box = { 0 };

    pthread_mutex_lock (&w->scanout->lock);
    if (w->scanout->surface_serial == serial) {
        box = w->damage;
        w->damage = (struct scanout_box){ 0 };
    }
    pthread_mutex_unlock (&w->scanout->lock);
    return box;
}

static void
give_back_damage (struct watcher *w, const struct scanout_box *box, uint64_t serial)
{
    pthread_mutex_lock (&w->scanout->lock);
    if (w->scanout->surface_serial == serial && !box_is_empty (box))
        box_add (&w->damage, box);
    pthread_mutex_unlock (&w->scanout->lock);
}

/* The cursor and the damage, if W is ready for them. */
static void
tell_changes (struct watcher *w, const struct news *news)
{
    uint64_t serial = news->surface_serial;
    struct scanout_box box;
    int told;

    if (!w->is_ready || w->told_surface != serial)
        return;
    told = tell_cursor (w, news);
    if (told < 0)
        return;
    box = take_damage (w, serial);
    if (box_is_empty (&box) && !told)
        return;
    if (channel_send_damage (&w->channel, box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1) == 0)
        w->is_ready = false;
    else
        give_back_damage (w, &box, serial);
}

/* Sends W whatever is due.  What the socket does not take now is due again when it has room. */
static void
tell (struct watcher *w)
{
    struct news news;

    if (w->is_broken)
        return;
    if (!w->is_told_hello && channel_send_hello (&w->channel) < 0)
        return;
    w->is_told_hello = true;
    if (channel_send_pointer_kind (&w->channel) < 0)
        return;
    gather_news (w, &news);
    tell_surface (w, &news);
    tell_changes (w, &news);
}

/* --- rhythm -------------------------------------------------------------------------- */

/* Sees to it that the next tick comes; a tick that is due already comes at once. */
static void
arm (struct scanout *scanout)
{
    int64_t since_active = loop_now_ns () - scanout->last_active_ns;

    loop_timer_arm (&scanout->timer,
                    scanout->last_tick_ns + (since_active < ACTIVE_NS ? FAST_NS : SLOW_NS));
}

static bool
somebody_is_ready (struct scanout *scanout)
{
    list_for_each (node, &scanout->watchers)
    {
        const struct watcher *w = container_of (node, struct watcher, node);

        if (w->is_ready && !w->is_broken)
            return true;
    }
    return false;
}

static void
tell_all (struct scanout *scanout)
{
    list_for_each (node, &scanout->watchers)
    {
        tell (container_of (node, struct watcher, node));
    }
    if (somebody_is_ready (scanout))
        arm (scanout);
}

static void
refresh (struct scanout *scanout)
{
    struct scanout_source *active = scanout->active;

    if (active && active->ops->refresh)
        active->ops->refresh (active->opaque);
}

static void
tick_cb (void *opaque)
{
    struct scanout *scanout = opaque;

    if (!somebody_is_ready (scanout))
        return;
    scanout->last_tick_ns = loop_now_ns ();
    scanout->is_ticking = true;
    refresh (scanout);
    scanout->is_ticking = false;
    tell_all (scanout);
}

static void
tell_all_cb (void *opaque)
{
    tell_all (opaque);
}

/* --- watchers ------------------------------------------------------------------------ */

static void
ready_cb (struct channel *channel, bool is_ready)
{
    struct watcher *w = container_of (channel, struct watcher, channel);

    w->is_ready = is_ready;
    w->may_get_scanout |= is_ready;
    tell (w);
    if (w->is_ready)
        arm (w->scanout);
}

static void
active_cb (struct channel *channel)
{
    struct scanout *scanout = container_of (channel, struct watcher, channel)->scanout;

    watchers_note_active (scanout);
    if (somebody_is_ready (scanout))
        arm (scanout);
}

static void
resize_cb (struct channel *channel, uint32_t width, uint32_t height)
{
    scanout_wish (container_of (channel, struct watcher, channel)->scanout, width, height);
}

static void
writable_cb (struct channel *channel)
{
    tell (container_of (channel, struct watcher, channel));
}

static void
broken_cb (struct channel *channel)
{
    struct watcher *w = container_of (channel, struct watcher, channel);

    w->is_broken = true;
    loop_work_queue (w->scanout->loop, &w->scanout->reap_work);
}

static const struct channel_ops channel_ops = {
    .ready = ready_cb,
    .active = active_cb,
    .resize = resize_cb,
    .writable = writable_cb,
    .broken = broken_cb,
};

static void
remove_watcher (struct watcher *w)
{
    struct scanout *scanout = w->scanout;

    pthread_mutex_lock (&scanout->lock);
    list_remove (&w->node);
    pthread_mutex_unlock (&scanout->lock);
    scanout->n_watchers--;
    channel_close (&w->channel);
    free (w);
    if (scanout->n_watchers > 0)
        return;
    loop_timer_disarm (&scanout->timer);
    if (scanout->active)
        scanout->active->ops->watch (scanout->active->opaque, false);
}

static void
reap_work_cb (void *opaque)
{
    struct scanout *scanout = opaque;

    list_for_each (node, &scanout->watchers)
    {
        struct watcher *w = container_of (node, struct watcher, node);

        if (w->is_broken)
            remove_watcher (w);
    }
}

static void
add_watcher (struct scanout *scanout, struct watcher *w)
{
    struct scanout_surface surface;

    w->scanout = scanout;
    w->may_get_scanout = true;
    pthread_mutex_lock (&scanout->lock);
    surface = scanout_surface_locked (scanout);
    w->damage = (struct scanout_box){ 0, 0, surface.width, surface.height };
    list_append (&scanout->watchers, &w->node);
    pthread_mutex_unlock (&scanout->lock);
    scanout->n_watchers++;
    if (scanout->n_watchers == 1 && scanout->active) {
        /* The surface may be of long ago: bring it up to date before anybody is told of it. */
        scanout->active->ops->watch (scanout->active->opaque, true);
        refresh (scanout);
    }
    watchers_note_active (scanout);
    tell (w);
}

int
scanout_add_channel (struct scanout *scanout, int sock)
{
    struct watcher *w;
    int ret;

    if (scanout->n_watchers >= MAX_WATCHERS)
        return -EBUSY;
    w = calloc (1, sizeof *w);
    if (!w)
        return -ENOMEM;
    ret = channel_open (&w->channel, scanout->loop, scanout->input, sock, &channel_ops);
    if (ret < 0) {
        free (w);
        return ret;
    }
    add_watcher (scanout, w);
    return 0;
}

/* --- life ---------------------------------------------------------------------------- */

void
watchers_init (struct scanout *scanout)
{
    list_init (&scanout->watchers);
    loop_timer_init (&scanout->timer, scanout->loop, tick_cb, scanout);
    loop_work_init (&scanout->tell_work, tell_all_cb, scanout);
    loop_work_init (&scanout->reap_work, reap_work_cb, scanout);
    input_set_pointer_watch (scanout->input, tell_all_cb, scanout);
}

void
watchers_destroy (struct scanout *scanout)
{
    input_set_pointer_watch (scanout->input, NULL, NULL);
    list_for_each (node, &scanout->watchers)
        remove_watcher (container_of (node, struct watcher, node));
    loop_timer_disarm (&scanout->timer);
    loop_work_cancel (scanout->loop, &scanout->tell_work);
    loop_work_cancel (scanout->loop, &scanout->reap_work);
}
