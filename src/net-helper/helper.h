/* SPDX-License-Identifier: GPL-2.0-or-later */
/* helper.h - what the parts of vitrine-net-helper share: how an operation says what went wrong.
 *
 * Functions that can fail take the reply, fill it in and return false; what has gone wrong is said once,
 * where it is known.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "net-protocol.h"

/* Returns false, for "return fail (…)". */
bool fail (struct net_reply *reply, enum net_status status, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* NET_NO_RIGHT or NET_SYSTEM, with WHAT could not be done and the text of the errno ERR. */
bool fail_errno (struct net_reply *reply, int err, const char *what);
