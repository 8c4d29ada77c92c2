/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout.c - one display: what is shown, what changed, and who watches.
 *
 * Theory of operation.  Four things are told to a watcher, each under its own rule:
 *
 *   HELLO    once, first.
 *
 *   POINTER_KIND  when it is another than the watcher was told last.
 *
 *   SCANOUT  when the surface is another one than the watcher was told last.  After one it needs
 *            a READY before the next: a guest that flips pages faster than a peer reads fills no
 *            socket.
 *
 *   DAMAGE   when the watcher is ready, was told the present surface and its box is not empty.
 *
 * So at most three messages are ever under way to a peer, and one more each time the guest takes up
 * another pointer, as far as the socket takes them.  tell() tries whatever is due and is
 * called whenever something may have become due; it is the only place that sends.
 *
 * Rhythm.  A watcher that says READY and finds no damage arms the timer; a tick lets the device
 * refresh, tells everybody, and arms again while somebody is still ready.  Nobody ready: no timer,
 * no wake-up, however busy the guest draws.  The tick is 16 ms while something happens and 40 ms
 * once nothing was damaged and nobody typed for a second: 25 looks a second are enough to catch the
 * next change, which brings the fast rhythm back.
 *
 * Locks.  The lock guards the surface and the damage boxes, which the device sets from any thread,
 * perhaps under its own lock; it is a leaf and never held across a callback or a send.  The list of
 * watchers changes on the main loop's thread only, under the lock, so that thread may walk it
 * without.  A broken channel is not freed where it broke, in the midst of its callbacks, but by
 * queued work.
 */
#include "scanout.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bits.h"
#include "channel.h"
#include "list.h"
#include "log.h"
#include "loop.h"

#define MAX_WATCHERS 16
#define FAST_NS      16000000ll
#define SLOW_NS      40000000ll
#define ACTIVE_NS    1000000000ll /* of fast rhythm after the last thing that happened */

struct box {
    uint32_t x1, y1, x2, y2; /* [x1, x2) × [y1, y2); empty when x1 == x2 */
};

struct watcher {
    struct scanout *scanout;
    struct channel channel;
    struct list node;
    bool is_told_hello;
    bool is_broken;
    bool is_ready;         /* asked for damage that did not come yet */
    bool may_get_scanout;  /* said READY since the last SCANOUT */
    uint64_t told_surface; /* serial of the last SCANOUT, 0: none */
    struct box damage;     /* the scanout's lock */
};

struct scanout {
    struct loop *loop;
    struct input *input;
    const struct scanout_ops *ops;
    void *opaque;
    struct loop_timer timer;
    struct loop_work tell_work; /* tell_all() on the main loop's thread */
    struct loop_work reap_work;
    int64_t last_tick_ns;
    _Atomic int64_t last_active_ns;
    _Atomic bool is_ticking; /* tell_all() follows, no need to queue it */

    struct list watchers; /* see above */
    unsigned n_watchers;

    pthread_mutex_t lock;
    struct scanout_surface surface; /* lock */
    uint64_t surface_serial;        /* counts the surfaces; lock */
};

/* --- damage -------------------------------------------------------------------------- */

static bool
box_is_empty (const struct box *box)
{
    return box->x1 >= box->x2 || box->y1 >= box->y2;
}

static void
box_add (struct box *box, const struct box *more)
{
    if (box_is_empty (box)) {
        *box = *more;
        return;
    }
    box->x1 = MIN_OF (box->x1, more->x1);
    box->y1 = MIN_OF (box->y1, more->y1);
    box->x2 = MAX_OF (box->x2, more->x2);
    box->y2 = MAX_OF (box->y2, more->y2);
}

static void
damage_locked (struct scanout *scanout, const struct box *box)
{
    list_for_each (node, &scanout->watchers)
    {
        struct watcher *w = container_of (node, struct watcher, node);

        box_add (&w->damage, box);
    }
}

/* Something happened: keep, or take up, the fast rhythm. */
static void
note_active (struct scanout *scanout)
{
    scanout->last_active_ns = loop_now_ns ();
}

/* The surface or the damage is another one. */
static void
happened (struct scanout *scanout)
{
    note_active (scanout);
    if (!scanout->is_ticking)
        loop_work_queue (scanout->loop, &scanout->tell_work);
}

void
scanout_set_surface (struct scanout *scanout, const struct scanout_surface *surface)
{
    pthread_mutex_lock (&scanout->lock);
    scanout->surface = *surface;
    scanout->surface_serial++;
    list_for_each (node, &scanout->watchers)
    {
        struct watcher *w = container_of (node, struct watcher, node);

        w->damage = (struct box){ 0, 0, surface->width, surface->height };
    }
    pthread_mutex_unlock (&scanout->lock);
    happened (scanout);
}

void
scanout_damage (struct scanout *scanout, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    struct box box;

    pthread_mutex_lock (&scanout->lock);
    box.x1 = MIN_OF (x, scanout->surface.width);
    box.y1 = MIN_OF (y, scanout->surface.height);
    box.x2 = box.x1 + MIN_OF (width, scanout->surface.width - box.x1);
    box.y2 = box.y1 + MIN_OF (height, scanout->surface.height - box.y1);
    if (!box_is_empty (&box))
        damage_locked (scanout, &box);
    pthread_mutex_unlock (&scanout->lock);
    if (!box_is_empty (&box))
        happened (scanout);
}

void
scanout_info (struct scanout *scanout, struct scanout_surface *surface)
{
    pthread_mutex_lock (&scanout->lock);
    *surface = scanout->surface;
    pthread_mutex_unlock (&scanout->lock);
}

/* --- telling ------------------------------------------------------------------------- */

static void
tell_surface (struct watcher *w, const struct scanout_surface *surface, uint64_t serial)
{
    if (w->told_surface == serial || (!w->may_get_scanout && !w->is_ready))
        return;
    if (channel_send_scanout (&w->channel, surface) == 0) {
        w->told_surface = serial;
        w->may_get_scanout = false;
    }
}

/* Takes W's damage to surface SERIAL; empty when that is not what is shown any more. */
static struct box
take_damage (struct watcher *w, uint64_t serial)
{
    struct box box = { 0 };

    pthread_mutex_lock (&w->scanout->lock);
    if (w->scanout->surface_serial == serial) {
        box = w->damage;
        w->damage = (struct box){ 0 };
    }
    pthread_mutex_unlock (&w->scanout->lock);
    return box;
}

static void
give_back_damage (struct watcher *w, const struct box *box, uint64_t serial)
{
    pthread_mutex_lock (&w->scanout->lock);
    if (w->scanout->surface_serial == serial)
        box_add (&w->damage, box);
    pthread_mutex_unlock (&w->scanout->lock);
}

static void
tell_damage (struct watcher *w, uint64_t serial)
{
    struct box box;

    if (!w->is_ready || w->told_surface != serial)
        return;
    box = take_damage (w, serial);
    if (box_is_empty (&box))
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
    struct scanout *scanout = w->scanout;
    struct scanout_surface surface;
    uint64_t serial;

    if (w->is_broken)
        return;
    if (!w->is_told_hello && channel_send_hello (&w->channel) < 0)
        return;
    w->is_told_hello = true;
    if (channel_send_pointer_kind (&w->channel) < 0)
        return;
    pthread_mutex_lock (&scanout->lock);
    surface = scanout->surface;
    serial = scanout->surface_serial;
    pthread_mutex_unlock (&scanout->lock);
    tell_surface (w, &surface, serial);
    tell_damage (w, serial);
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
tick_cb (void *opaque)
{
    struct scanout *scanout = opaque;

    if (!somebody_is_ready (scanout))
        return;
    scanout->last_tick_ns = loop_now_ns ();
    scanout->is_ticking = true;
    if (scanout->ops)
        scanout->ops->refresh (scanout->opaque);
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

    note_active (scanout);
    if (somebody_is_ready (scanout))
        arm (scanout);
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
    if (scanout->ops)
        scanout->ops->watch (scanout->opaque, false);
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
    w->scanout = scanout;
    w->may_get_scanout = true;
    pthread_mutex_lock (&scanout->lock);
    w->damage = (struct box){ 0, 0, scanout->surface.width, scanout->surface.height };
    list_append (&scanout->watchers, &w->node);
    pthread_mutex_unlock (&scanout->lock);
    scanout->n_watchers++;
    if (scanout->n_watchers == 1 && scanout->ops) {
        /* The surface may be of long ago: bring it up to date before anybody is told of it. */
        scanout->ops->watch (scanout->opaque, true);
        scanout->ops->refresh (scanout->opaque);
    }
    note_active (scanout);
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

struct scanout *
scanout_create (struct loop *loop, struct input *input)
{
    struct scanout *scanout = calloc (1, sizeof *scanout);

    if (!scanout)
        return NULL;
    scanout->loop = loop;
    scanout->input = input;
    scanout->surface.fd = -1;
    scanout->surface_serial = 1;
    list_init (&scanout->watchers);
    pthread_mutex_init (&scanout->lock, NULL);
    loop_timer_init (&scanout->timer, loop, tick_cb, scanout);
    loop_work_init (&scanout->tell_work, tell_all_cb, scanout);
    loop_work_init (&scanout->reap_work, reap_work_cb, scanout);
    input_set_pointer_watch (input, tell_all_cb, scanout);
    return scanout;
}

void
scanout_destroy (struct scanout *scanout)
{
    if (!scanout)
        return;
    input_set_pointer_watch (scanout->input, NULL, NULL);
    list_for_each (node, &scanout->watchers)
        remove_watcher (container_of (node, struct watcher, node));
    loop_timer_disarm (&scanout->timer);
    loop_work_cancel (scanout->loop, &scanout->tell_work);
    loop_work_cancel (scanout->loop, &scanout->reap_work);
    pthread_mutex_destroy (&scanout->lock);
    free (scanout);
}

void
scanout_set_device (struct scanout *scanout, const struct scanout_ops *ops, void *opaque)
{
    scanout->ops = ops;
    scanout->opaque = opaque;
}
