/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox.h - after this the process keeps what it holds and can open nothing more. */
#pragma once

#include <stdbool.h>

/* What is in force afterwards. */
struct sandbox_report {
    bool no_new_privileges;
    bool landlock; /* no path can be opened, made or removed */
    bool seccomp;  /* the system calls that open, make or run anything are refused */
};

/* Locks the calling process (and the threads it will start) in.  Call it with one thread running and
 * everything acquired.  Returns 0, or -errno when not even one barrier could be raised: the caller
 * ends then. */
int sandbox_enter (struct sandbox_report *report);
