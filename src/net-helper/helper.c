/* SPDX-License-Identifier: GPL-2.0-or-later */
/* helper.c - how an operation says what went wrong. */
#include "helper.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
fail (struct net_reply *reply, enum net_status status, const char *format, ...)
{
    va_list args;

    reply->status = status;
    va_start (args, format);
    vsnprintf (reply->detail, sizeof reply->detail, format, args);
    va_end (args);
    return false;
}

bool
fail_errno (struct net_reply *reply, int err, const char *what)
{
    return fail (reply, err == EPERM || err == EACCES ? NET_NO_RIGHT : NET_SYSTEM, "%s: %s", what,
                 strerror (err));
}
