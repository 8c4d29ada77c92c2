/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop.h - an epoll event loop: descriptors, timers, work handed over from other threads.
 *
 * A machine has two: the main loop (control, display, timers) and the I/O loop (disks), each run by
 * one thread.  Every callback runs on its loop's thread with no lock held; a callback may call any
 * function of this header on its own loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

struct loop;

/* Returns a loop, or NULL with errno set. */
struct loop *loop_create (void);

/* Everything that was added must have been removed. */
void loop_destroy (struct loop *loop);

/* Runs callbacks on the calling thread until loop_quit(). */
void loop_run (struct loop *loop);

/* Handles what is ready, waiting at most TIMEOUT_MS (-1: until something is).  For tests. */
void loop_iterate (struct loop *loop, int timeout_ms);

/* Makes loop_run() return soon.  Any thread. */
void loop_quit (struct loop *loop);

/* A watched descriptor; embed it in what watches.  The descriptor stays the caller's. */
struct loop_watch {
    void (*cb) (void *opaque, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLHUP, … */
    void *opaque;
    int fd; /* -1 while not watched */
};

#define LOOP_WATCH_INIT { .fd = -1 }

/* Return 0 or -errno.  Loop thread, or before the loop runs. */
int loop_watch_add (struct loop *loop, struct loop_watch *watch, int fd, uint32_t events,
                    void (*cb) (void *opaque, uint32_t events), void *opaque);
int loop_watch_change (struct loop *loop, struct loop_watch *watch, uint32_t events);

/* After this the callback does not run again.  Harmless on a watch that is not watched. */
void loop_watch_remove (struct loop *loop, struct loop_watch *watch);

/* A one-shot timer on CLOCK_MONOTONIC; embed it in its owner. */
struct loop_timer {
    struct loop *loop;
    void (*cb) (void *opaque);
    void *opaque;
    int64_t deadline_ns; /* INT64_MAX: not armed; guarded by the loop's lock */
    struct list node;    /* guarded by the loop's lock */
};

void loop_timer_init (struct loop_timer *timer, struct loop *loop, void (*cb) (void *opaque),
                      void *opaque);

/* (Re)arm for the moment DEADLINE_NS of loop_now_ns(), or take back.  Any thread, under any device's
 * lock.  A callback that already started may still be running on the loop's thread afterwards: it
 * takes its device's lock and looks at the state it finds there. */
void loop_timer_arm (struct loop_timer *timer, int64_t deadline_ns);
void loop_timer_disarm (struct loop_timer *timer);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t loop_now_ns (void);

/* Work to be done once on the loop's thread; embed it in its owner. */
struct loop_work {
    void (*cb) (void *opaque);
    void *opaque;
    struct list node; /* guarded by the loop's lock; linked while queued */
};

void loop_work_init (struct loop_work *work, void (*cb) (void *opaque), void *opaque);

/* Queues WORK unless it is queued already; it runs after this call, once, on the loop's thread.
 * Any thread, under any device's lock. */
void loop_work_queue (struct loop *loop, struct loop_work *work);

/* Takes WORK back if it is still queued.  Loop thread. */
void loop_work_cancel (struct loop *loop, struct loop_work *work);
