/* SPDX-License-Identifier: GPL-2.0-or-later */
/* landlock.h - from here on the process opens, makes and removes no path (landlock(7)). */
#pragma once

#include <stdbool.h>

/* For the calling thread and those it makes later.  The process has PR_SET_NO_NEW_PRIVS.  False on a
 * kernel that cannot, or was told not to: then nothing changed. */
bool landlock_enter (void);
