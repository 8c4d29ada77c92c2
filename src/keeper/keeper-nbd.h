/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-nbd.h - the connection to an NBD server: made here, spoken on by the process behind the disk.
 *
 * That process may make no connection: it gets this one, and when it is lost the next process gets the next one.
 * The server is watched by what the kernel says of the connection, of which a descriptor is kept here.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"

G_BEGIN_DECLS

/* Connects, and waits for it: for five seconds in all, its name included, and nothing else of the main loop happens
 * meanwhile.  Returns a descriptor (close-on-exec), or -1 with NOT_FOUND or
 * ENGINE and one sentence that names DEVICE's source. */
int keeper_nbd_connect (const VitrineDefinitionDevice *device, GError **error);

/* The same without waiting; CANCELLABLE ends it. */
void keeper_nbd_connect_async (const VitrineDefinitionDevice *device, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
int keeper_nbd_connect_finish (GAsyncResult *result, GError **error);

/* Calls LOST with USER_DATA, once, from the main loop, when the connection FD is: its server closed it, or does not
 * answer.  Returns a source's id, which is no more after the call.  FD stays the caller's. */
guint keeper_nbd_watch (int fd, void (*lost) (gpointer user_data), gpointer user_data);

G_END_DECLS
