/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-echo.h - a serial console with nobody behind it: it says back what it is told. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Prints BANNER on the stream socket FD, which it takes over, then echoes, until the other end
 * closes or POWER is cancelled. */
void fake_echo_serve (int fd, const char *banner, GCancellable *power);

G_END_DECLS
