/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-loop.h - the main loop of vitrine-spice: epoll, and timers for the library. */
#pragma once

#include <stdbool.h>
#include <spice.h>

/* What the library is given.  There is one loop a process, as the library's callbacks name none. */
extern SpiceCoreInterface spice_loop_core;

/* Returns false when there is no epoll. */
bool spice_loop_init (void);
void spice_loop_finish (void);

/* Calls FUNC with FD, SPICE_WATCH_EVENT_… and OPAQUE whenever FD, which stays the caller's, is ready for
 * EVENTS; 0 for none.  NULL when out of memory. */
SpiceWatch *spice_loop_watch (int fd, int events, SpiceWatchFunc func, void *opaque);
void spice_loop_set_events (SpiceWatch *watch, int events);

/* NULL is nothing; harmless from within the watch's own call, and once FD is closed. */
void spice_loop_unwatch (SpiceWatch *watch);

/* Waits for something to happen, at most TIMEOUT_MS unless that is negative, and has it handled. */
void spice_loop_run_once (int timeout_ms);

/* CLOCK_MONOTONIC. */
int64_t spice_loop_now_ms (void);

/* Who is told of the library's channels that come, are ready and go. */
void spice_loop_set_channel_func (void (*func) (int event, const SpiceChannelEventInfo *info));
