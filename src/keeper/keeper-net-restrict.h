/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-restrict.h - a passt whose guest reaches nothing. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From here on this process, and what it becomes, begins no connection and sends no datagram to anybody, by
 * IP or otherwise; what it listens on may be connected to.  For use between fork() and exec().  FALSE when the
 * kernel does not do that. */
gboolean keeper_net_restrict (void);

G_END_DECLS
