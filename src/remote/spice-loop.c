/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-loop.c - the main loop of vitrine-spice: epoll, and timers for the library.
 *
 * A watch or timer that goes while events are handed out is only marked, and freed once all have been: what
 * epoll has told already may still name it.
 */
#define _GNU_SOURCE
#include "spice-loop.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "bits.h"
#include "fd.h"
#include "list.h"
#include "log.h"

#define MAX_EVENTS     32
#define TIMERS_A_ROUND 32

struct SpiceWatch {
    struct list node; /* in watches, or in dead */
    int fd;
    int events;
    SpiceWatchFunc func;
    void *opaque;
    bool is_dead;
};

struct SpiceTimer {
    struct list node;
    SpiceTimerFunc func;
    void *opaque;
    int64_t due_ms; /* 0: not started */
};

static struct {
    int epoll_fd;
    struct list dead; /* of SpiceWatch */
    struct list timers;
    void (*channel_func) (int event, const SpiceChannelEventInfo *info);
} loop = { .epoll_fd = -1 };

int64_t
spice_loop_now_ms (void)
{
    struct timespec now;

    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- watches ------------------------------------------------------------------------- */

static struct epoll_event
to_epoll (SpiceWatch *watch)
{
    return (struct epoll_event){ .events =
                                     (watch->events & SPICE_WATCH_EVENT_READ ? EPOLLIN : 0u)
                                     | (watch->events & SPICE_WATCH_EVENT_WRITE ? EPOLLOUT : 0u),
                                 .data.ptr = watch };
}

SpiceWatch *
spice_loop_watch (int fd, int events, SpiceWatchFunc func, void *opaque)
{
    SpiceWatch *watch = calloc (1, sizeof *watch);
    struct epoll_event event;

    if (!watch)
        return NULL;
    *watch = (SpiceWatch){ .fd = fd, .events = events, .func = func, .opaque = opaque };
    event = to_epoll (watch);
    if (epoll_ctl (loop.epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        log_error ("cannot watch descriptor %d", fd);
        free (watch);
        return NULL;
    }
    return watch;
}

void
spice_loop_set_events (SpiceWatch *watch, int events)
{
    struct epoll_event event;

    if (!watch || watch->events == events)
        return;
    watch->events = events;
    event = to_epoll (watch);
    epoll_ctl (loop.epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
spice_loop_unwatch (SpiceWatch *watch)
{
    if (!watch || watch->is_dead)
        return;
    watch->is_dead = true;
    epoll_ctl (loop.epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    list_append (&loop.dead, &watch->node);
}

static void
free_dead (void)
{
    list_for_each (node, &loop.dead)
    {
        list_remove (node);
        free (container_of (node, SpiceWatch, node));
    }
}

/* --- timers -------------------------------------------------------------------------- */

static SpiceTimer *
add_timer (SpiceTimerFunc func, void *opaque)
{
    SpiceTimer *timer = calloc (1, sizeof *timer);

    if (!timer)
        abort (); /* the library does not ask */
    timer->func = func;
    timer->opaque = opaque;
    list_append (&loop.timers, &timer->node);
    return timer;
}

static void
start_timer (SpiceTimer *timer, uint32_t ms)
{
    timer->due_ms = spice_loop_now_ms () + ms;
}

static void
cancel_timer (SpiceTimer *timer)
{
    timer->due_ms = 0;
}

static void
remove_timer (SpiceTimer *timer)
{
    if (!timer)
        return;
    list_remove (&timer->node);
    free (timer);
}

/* The started timer that is due first, or NULL. */
static SpiceTimer *
first_timer (void)
{
    SpiceTimer *first = NULL;

    list_for_each (node, &loop.timers)
    {
        SpiceTimer *timer = container_of (node, SpiceTimer, node);

        if (timer->due_ms && (!first || timer->due_ms < first->due_ms))
            first = timer;
    }
    return first;
}

/* A few at a time: one that starts itself anew without a delay shall not keep everything else waiting. */
static void
run_timers (void)
{
    int64_t now = spice_loop_now_ms ();
    SpiceTimer *timer;

    for (int i = 0; i < TIMERS_A_ROUND && (timer = first_timer ()) && timer->due_ms <= now; i++) {
        timer->due_ms = 0;
        timer->func (timer->opaque);
    }
}

static int
timers_timeout (int timeout_ms)
{
    SpiceTimer *timer = first_timer ();
    int64_t left;

    if (!timer)
        return timeout_ms;
    left = timer->due_ms - spice_loop_now_ms ();
    left = MIN_OF (MAX_OF (left, 0), INT32_MAX);
    return timeout_ms < 0 ? (int) left : MIN_OF ((int) left, timeout_ms);
}

/* --- the loop ------------------------------------------------------------------------ */

void
spice_loop_run_once (int timeout_ms)
{
    struct epoll_event events[MAX_EVENTS];
    int n = epoll_wait (loop.epoll_fd, events, MAX_EVENTS, timers_timeout (timeout_ms));

    for (int i = 0; i < n; i++) {
        SpiceWatch *watch = events[i].data.ptr;
        uint32_t got = events[i].events;
        int event = 0;

        /* Its end, or an error, is found by reading, or by writing where nobody reads. */
        if (got & (EPOLLHUP | EPOLLERR))
            got |= EPOLLIN | EPOLLOUT;
        if (got & EPOLLIN)
            event |= SPICE_WATCH_EVENT_READ;
        if (got & EPOLLOUT)
            event |= SPICE_WATCH_EVENT_WRITE;
        if (!watch->is_dead && (event & watch->events))
            watch->func (watch->fd, event & watch->events, watch->opaque);
    }
    run_timers ();
    free_dead ();
}

static void
channel_event (int event, SpiceChannelEventInfo *info)
{
    if (loop.channel_func)
        loop.channel_func (event, info);
}

void
spice_loop_set_channel_func (void (*func) (int event, const SpiceChannelEventInfo *info))
{
    loop.channel_func = func;
}

bool
spice_loop_init (void)
{
    list_init (&loop.dead);
    list_init (&loop.timers);
    loop.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    return loop.epoll_fd >= 0;
}

void
spice_loop_finish (void)
{
    free_dead ();
    fd_close (&loop.epoll_fd);
}

SpiceCoreInterface spice_loop_core = {
    .base = {
        .type = SPICE_INTERFACE_CORE,
        .description = "epoll",
        .major_version = SPICE_INTERFACE_CORE_MAJOR,
        .minor_version = SPICE_INTERFACE_CORE_MINOR,
    },
    .timer_add = add_timer,
    .timer_start = start_timer,
    .timer_cancel = cancel_timer,
    .timer_remove = remove_timer,
    .watch_add = spice_loop_watch,
    .watch_update_mask = spice_loop_set_events,
    .watch_remove = spice_loop_unwatch,
    .channel_event = channel_event,
};
