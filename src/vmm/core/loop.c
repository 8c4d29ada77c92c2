/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop.c - an epoll event loop: descriptors, timers, work handed over from other threads.
 *
 * Theory of operation.  One epoll set holds the users' watches, an eventfd that wakes the loop, and a
 * timerfd set to the earliest deadline.  Timers and work live in two lists under the loop's lock,
 * which is a leaf: it is never held across a callback.  A machine has a dozen timers, so the list is
 * unsorted and scanned.  The timerfd is only rearmed when the earliest deadline moves forward: a
 * timer that is armed again and again for later costs no system call, the loop just wakes once too
 * early and looks.
 *
 * Waking costs a system call on both sides, so it is done when it is needed: a thread that queues work writes
 * the eventfd if there was none waiting, and not at all on the loop's own thread, which looks at the list before
 * it sleeps.  The eventfd is never read: it is watched by its edges.
 *
 * A watch that is removed by the callback of another one in the same round must not be called any
 * more: the round's events are kept in the loop, and removal blanks the watch's entry there.
 */
#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"

#define MAX_EVENTS 32

/* The loop that this thread is in. */
static _Thread_local struct loop *current;

struct loop {
    int epoll_fd;
    int wake_fd;
    int timer_fd;
    struct loop_watch wake_watch;
    struct loop_watch timer_watch;
    atomic_bool quit;

    struct epoll_event events[MAX_EVENTS]; /* of this round; loop thread only */
    int n_events;

    pthread_mutex_t lock;
    struct list timers;    /* armed ones; lock */
    struct list work;      /* lock */
    int64_t timer_fd_next; /* what timer_fd is set to, INT64_MAX: nothing; lock */
};

int64_t
loop_now_ns (void)
{
    struct timespec now;

    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* Sets timer_fd to the moment NEXT. */
static void
set_timer_fd_locked (struct loop *loop, int64_t next)
{
    struct itimerspec spec = { 0 };

    if (next < 1)
        next = 1; /* zero would disarm it */
    if (next != INT64_MAX) {
        spec.it_value.tv_sec = next / 1000000000ll;
        spec.it_value.tv_nsec = next % 1000000000ll;
    }
    loop->timer_fd_next = next;
    timerfd_settime (loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Takes the first timer that is due out of the list, or returns NULL and sets *NEXT to the earliest
 * deadline left. */
static struct loop_timer *
take_due_locked (struct loop *loop, int64_t now, int64_t *next)
{
    *next = INT64_MAX;
    list_for_each (node, &loop->timers)
    {
        struct loop_timer *timer = container_of (node, struct loop_timer, node);

        if (timer->deadline_ns <= now) {
            list_remove (node);
            timer->deadline_ns = INT64_MAX;
            return timer;
        }
        *next = MIN_OF (*next, timer->deadline_ns);
    }
    return NULL;
}

static void
timer_fd_cb (void *opaque, uint32_t events)
{
    struct loop *loop = opaque;
    int64_t now = loop_now_ns ();
    int64_t next;

    fd_event_clear (loop->timer_fd);
    for (;;) {
        struct loop_timer *timer;
        void (*cb) (void *);
        void *cb_opaque;

        pthread_mutex_lock (&loop->lock);
        timer = take_due_locked (loop, now, &next);
        if (!timer) {
            set_timer_fd_locked (loop, next);
            pthread_mutex_unlock (&loop->lock);
            return;
        }
        cb = timer->cb;
        cb_opaque = timer->opaque;
        pthread_mutex_unlock (&loop->lock);
        cb (cb_opaque);
    }
}

/* Runs the work that is queued now; what it queues waits for the next round, so that
 * work which queues itself again leaves the others a turn. */
static void
run_work (struct loop *loop)
{
    struct list batch;

    list_init (&batch);
    pthread_mutex_lock (&loop->lock);
    list_for_each (node, &loop->work)
    {
        list_remove (node);
        list_append (&batch, node);
    }
    while (!list_is_empty (&batch)) {
        struct loop_work *work = container_of (batch.next, struct loop_work, node);

        list_remove (&work->node);
        pthread_mutex_unlock (&loop->lock);
        work->cb (work->opaque);
        pthread_mutex_lock (&loop->lock);
    }
    pthread_mutex_unlock (&loop->lock);
}

/* Its being called is all: what it is for comes after the round's events. */
static void
wake_cb (void *opaque, uint32_t events)
{
}

static bool
has_work (struct loop *loop)
{
    bool has;

    pthread_mutex_lock (&loop->lock);
    has = !list_is_empty (&loop->work);
    pthread_mutex_unlock (&loop->lock);
    return has;
}

struct loop *
loop_create (void)
{
    struct loop *loop = calloc (1, sizeof *loop);

    if (!loop)
        return NULL;
    pthread_mutex_init (&loop->lock, NULL);
    list_init (&loop->timers);
    list_init (&loop->work);
    loop->timer_fd_next = INT64_MAX;
    loop->wake_watch = loop->timer_watch = (struct loop_watch) LOOP_WATCH_INIT;
    loop->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    loop->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 || loop->timer_fd < 0
        || loop_watch_add (loop, &loop->wake_watch, loop->wake_fd, EPOLLIN | EPOLLET, wake_cb, loop)
               < 0
        || loop_watch_add (loop, &loop->timer_watch, loop->timer_fd, EPOLLIN, timer_fd_cb, loop)
               < 0) {
        loop_destroy (loop);
        return NULL;
    }
    return loop;
}

void
loop_destroy (struct loop *loop)
{
    if (!loop)
        return;
    fd_close (&loop->timer_fd);
    fd_close (&loop->wake_fd);
    fd_close (&loop->epoll_fd);
    pthread_mutex_destroy (&loop->lock);
    free (loop);
}

void
loop_iterate (struct loop *loop, int timeout_ms)
{
    struct loop *outer = current;
    int n = epoll_wait (loop->epoll_fd, loop->events, MAX_EVENTS, has_work (loop) ? 0 : timeout_ms);

    current = loop;
    loop->n_events = n < 0 ? 0 : n;
    for (int i = 0; i < loop->n_events; i++) {
        struct loop_watch *watch = loop->events[i].data.ptr;

        if (watch)
            watch->cb (watch->opaque, loop->events[i].events);
    }
    loop->n_events = 0;
    run_work (loop);
    current = outer;
}

void
loop_run (struct loop *loop)
{
    while (!atomic_load (&loop->quit))
        loop_iterate (loop, -1);
    atomic_store (&loop->quit, false);
}

void
loop_quit (struct loop *loop)
{
    atomic_store (&loop->quit, true);
    fd_event_signal (loop->wake_fd);
}

int
loop_watch_add (struct loop *loop, struct loop_watch *watch, int fd, uint32_t events,
                void (*cb) (void *opaque, uint32_t events), void *opaque)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    watch->cb = cb;
    watch->opaque = opaque;
    if (epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return -errno;
    watch->fd = fd;
    return 0;
}

int
loop_watch_change (struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    return epoll_ctl (loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0 ? -errno : 0;
}

void
loop_watch_remove (struct loop *loop, struct loop_watch *watch)
{
    if (watch->fd < 0)
        return;
    epoll_ctl (loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->fd = -1;
    for (int i = 0; i < loop->n_events; i++) {
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    }
}

void
loop_timer_init (struct loop_timer *timer, struct loop *loop, void (*cb) (void *opaque),
                 void *opaque)
{
    timer->loop = loop;
    timer->cb = cb;
    timer->opaque = opaque;
    timer->deadline_ns = INT64_MAX;
    list_init (&timer->node);
}

void
loop_timer_arm (struct loop_timer *timer, int64_t deadline_ns)
{
    struct loop *loop = timer->loop;

    pthread_mutex_lock (&loop->lock);
    list_remove (&timer->node);
    timer->deadline_ns = deadline_ns;
    list_append (&loop->timers, &timer->node);
    if (deadline_ns < loop->timer_fd_next)
        set_timer_fd_locked (loop, deadline_ns);
    pthread_mutex_unlock (&loop->lock);
}

void
loop_timer_disarm (struct loop_timer *timer)
{
    struct loop *loop = timer->loop;

    pthread_mutex_lock (&loop->lock);
    list_remove (&timer->node);
    timer->deadline_ns = INT64_MAX;
    pthread_mutex_unlock (&loop->lock);
}

void
loop_work_init (struct loop_work *work, void (*cb) (void *opaque), void *opaque)
{
    work->cb = cb;
    work->opaque = opaque;
    list_init (&work->node);
}

void
loop_work_queue (struct loop *loop, struct loop_work *work)
{
    bool is_first;

    pthread_mutex_lock (&loop->lock);
    is_first = list_is_empty (&loop->work);
    if (list_is_empty (&work->node))
        list_append (&loop->work, &work->node);
    pthread_mutex_unlock (&loop->lock);
    if (is_first && current != loop)
        fd_event_signal (loop->wake_fd);
}

void
loop_work_cancel (struct loop *loop, struct loop_work *work)
{
    pthread_mutex_lock (&loop->lock);
    list_remove (&work->node);
    pthread_mutex_unlock (&loop->lock);
}
