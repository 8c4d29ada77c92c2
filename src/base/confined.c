/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confined.c - a program that is to have no more than what it is handed. */
#include "confined.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "landlock.h"

bool
confined_enter (const char *program, const int *files, unsigned n_files, pid_t parent)
{
    const char *const paths[] = {
        "/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", program, NULL
    };
    const struct rlimit no_core = { 0, 0 };

    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () != parent)
        return false; /* it ended before that was said */
    setrlimit (RLIMIT_CORE, &no_core);
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        landlock_enter_with (paths, files, n_files);
    return true;
}
