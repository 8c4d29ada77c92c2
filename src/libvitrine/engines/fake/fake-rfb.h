/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-rfb.h - a very small VNC server for one viewer of a fake screen. */
#pragma once

#include <gio/gio.h>

#include "fake-screen.h"

G_BEGIN_DECLS

/* Serves SCREEN on the stream socket FD, which it takes over, until the viewer leaves or POWER is
 * cancelled. */
void fake_rfb_serve (int fd, FakeScreen *screen, const char *title, GCancellable *power);

G_END_DECLS
