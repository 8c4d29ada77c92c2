/* SPDX-License-Identifier: GPL-2.0-or-later */
/* landlock.h - from here on the process opens, makes and removes no path (landlock(7)). */
#pragma once

#include <stdbool.h>

/* For the calling thread and those it makes later.  The process has PR_SET_NO_NEW_PRIVS.  False on a
 * kernel that cannot, or was told not to: then nothing changed.  Safe between fork() and exec(). */
bool landlock_enter (void);

/* The same, but PATHS and what is in them (then NULL; those that are not there do not matter) may be read and
 * run, and what the N_FILES descriptors are open on may be opened again, by them, for what they are open for. */
bool landlock_enter_with (const char *const *paths, const int *files, unsigned n_files);
