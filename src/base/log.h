/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - one-line messages on standard error, for processes without GLib.
 *
 * Every line is "name: text".  Lines that a guest can cause go through a struct log_limit, so that a
 * guest cannot fill the disk of its host.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* NAME stays the caller's and must live as long as the process. */
void log_set_name (const char *name);

void log_error (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* At most LOG_LIMIT_BURST lines in each LOG_LIMIT_WINDOW_S; zero-initialise it. */
#define LOG_LIMIT_BURST    10
#define LOG_LIMIT_WINDOW_S 10

struct log_limit {
    _Atomic int64_t window_start_s;
    _Atomic unsigned count;
};

/* True when the caller may log now; the last line of a window says that lines are left out. Any
 * thread. */
bool log_limit_allows (struct log_limit *limit);

/* log_error() behind a limit. */
#define log_guest(limit, ...)                                                                     \
    do {                                                                                          \
        if (log_limit_allows (limit))                                                             \
            log_error (__VA_ARGS__);                                                              \
    } while (0)
