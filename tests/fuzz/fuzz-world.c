/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-world.c - fuzzing: a world in which the same input always has the same effect.
 *
 * The linker puts the __wrap_ functions in the place of the C library's (--wrap), for our objects only.
 * A timerfd is an eventfd that is signalled when the clock here has passed its deadline; a wait that
 * finds nothing moves the clock to the first deadline instead of waiting.
 */
#define _GNU_SOURCE
#include "fuzz-world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>

#include "bits.h"
#include "fd.h"

#define START_NS    (1000ll * 1000000000ll)
#define START_UTC_S 1700000000ll /* what CLOCK_REALTIME says then */
#define MAX_TIMERS  4
#define NS_PER_S    1000000000ll

struct timer {
    int fd;
    int64_t deadline_ns; /* INT64_MAX: not armed */
};

static int64_t now_ns = START_NS;
static struct timer timers[MAX_TIMERS];
static unsigned n_timers;
static uint8_t next_random;

int __real_epoll_wait (int epoll_fd, struct epoll_event *events, int max, int timeout_ms);

int __wrap_clock_gettime (clockid_t clock, struct timespec *out);
int __wrap_timerfd_create (int clock, int flags);
int __wrap_timerfd_settime (int fd, int flags, const struct itimerspec *value,
                            struct itimerspec *old);
int __wrap_epoll_wait (int epoll_fd, struct epoll_event *events, int max, int timeout_ms);
ssize_t __wrap_getrandom (void *buf, size_t len, unsigned flags);
void __wrap_log_error (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

static void
signal_due (void)
{
    for (unsigned i = 0; i < n_timers; i++) {
        if (timers[i].deadline_ns <= now_ns) {
            timers[i].deadline_ns = INT64_MAX;
            fd_event_signal (timers[i].fd);
        }
    }
}

void
fuzz_world_reset (void)
{
    now_ns = START_NS;
    n_timers = 0;
    next_random = 0;
}

void
fuzz_world_advance (int64_t ns)
{
    now_ns += ns;
    signal_due ();
}

int
__wrap_clock_gettime (clockid_t clock, struct timespec *out)
{
    int64_t base_s = clock == CLOCK_REALTIME ? START_UTC_S : 0;

    out->tv_sec = base_s + now_ns / NS_PER_S;
    out->tv_nsec = now_ns % NS_PER_S;
    return 0;
}

int
__wrap_timerfd_create (int clock, int flags)
{
    int fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0 || n_timers == MAX_TIMERS)
        abort ();
    timers[n_timers++] = (struct timer){ fd, INT64_MAX };
    return fd;
}

int
__wrap_timerfd_settime (int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    int64_t at = value->it_value.tv_sec * NS_PER_S + value->it_value.tv_nsec;

    fd_event_clear (fd);
    for (unsigned i = 0; i < n_timers; i++) {
        if (timers[i].fd == fd)
            timers[i].deadline_ns = at ? at : INT64_MAX;
    }
    signal_due ();
    return 0;
}

int
__wrap_epoll_wait (int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    int64_t first_ns = timeout_ms < 0 ? INT64_MAX : now_ns + timeout_ms * 1000000ll;
    int n = __real_epoll_wait (epoll_fd, events, max, 0);

    if (n != 0 || timeout_ms == 0)
        return n;
    for (unsigned i = 0; i < n_timers; i++)
        first_ns = MIN_OF (first_ns, timers[i].deadline_ns);
    if (first_ns == INT64_MAX)
        abort (); /* it would wait for ever */
    now_ns = MAX_OF (now_ns, first_ns);
    signal_due ();
    return __real_epoll_wait (epoll_fd, events, max, 0);
}

ssize_t
__wrap_getrandom (void *buf, size_t len, unsigned flags)
{
    memset (buf, next_random++, len);
    return (ssize_t) len;
}

/* Lines are made, for the sanitizers, and dropped: there would be thousands. */
void
__wrap_log_error (const char *format, ...)
{
    static char line[1024];
    va_list args;

    va_start (args, format);
    vsnprintf (line, sizeof line, format, args);
    va_end (args);
}
