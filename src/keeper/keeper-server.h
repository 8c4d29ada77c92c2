/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-server.h - the connection to the server that has a disk: made here, spoken on by the process behind the disk.
 *
 * That process may make no connection: it gets this one, and when it is lost the next process gets the next one.
 * The server is watched by what the kernel says of the connection, of which a descriptor is kept here.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"

G_BEGIN_DECLS

/* For the name and all its addresses, where somebody waits for the answer. */
#ifndef KEEPER_SERVER_PATIENCE_MS /* tests are less patient */
#define KEEPER_SERVER_PATIENCE_MS 5000
#endif

/* Connects, and waits for it: for KEEPER_SERVER_PATIENCE_MS in all, and nothing else of the main loop happens meanwhile.
 * Returns a descriptor (close-on-exec), or -1 with NOT_FOUND or ENGINE and one sentence that names DEVICE's source. */
int keeper_server_connect (const VitrineDefinitionDevice *device, GError **error);

/* The same without waiting: for PATIENCE_MS, or with 0 for as long as the network takes.  CANCELLABLE, or NULL, ends
 * it, with G_IO_ERROR_CANCELLED. */
void keeper_server_connect_async (const VitrineDefinitionDevice *device, guint patience_ms,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
int keeper_server_connect_finish (GAsyncResult *result, GError **error);

/* Calls LOST with USER_DATA, once, from the main loop, when the connection FD is: its server closed it, or does not
 * answer.  Returns a source's id, which is no more after the call.  FD stays the caller's. */
guint keeper_server_watch (int fd, void (*lost) (gpointer user_data), gpointer user_data);

G_END_DECLS
