/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.c - one-line messages on standard error, for processes without GLib. */
#define _GNU_SOURCE
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *log_name = "vitrine";

void
log_set_name (const char *name)
{
    log_name = name;
}

/* One write() a line, so that lines of several processes on one log never mix. */
static void
log_line (const char *format, va_list args)
{
    char line[512];
    int n = snprintf (line, sizeof line, "%s: ", log_name);
    int m = vsnprintf (line + n, sizeof line - (size_t) n - 1, format, args);
    size_t len = (size_t) n + (m < 0 ? 0 : (size_t) m);

    if (len > sizeof line - 2)
        len = sizeof line - 2;
    line[len++] = '\n';
    if (write (STDERR_FILENO, line, len) < 0)
        return; /* nowhere left to say it */
}

void
log_error (const char *format, ...)
{
    va_list args;

    va_start (args, format);
    log_line (format, args);
    va_end (args);
}

bool
log_limit_allows (struct log_limit *limit)
{
    struct timespec now;
    unsigned count;

    clock_gettime (CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec - limit->window_start_s >= LOG_LIMIT_WINDOW_S) {
        limit->window_start_s = now.tv_sec;
        limit->count = 0;
    }
    count = ++limit->count;
    if (count == LOG_LIMIT_BURST + 1)
        log_error ("more messages of this kind are left out for up to %d s", LOG_LIMIT_WINDOW_S);
    return count <= LOG_LIMIT_BURST;
}
