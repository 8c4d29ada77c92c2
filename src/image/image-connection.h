/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-connection.h - the connection to the server that has a disk, and what QEMU's programs, which make none, are told
 * and say of it.
 *
 * Any thread.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"

G_BEGIN_DECLS

/* What connects, giving an address up after TIMEOUT_S, and where to. */
GSocketClient *image_connection_new_client (guint timeout_s);
GSocketConnectable *image_connection_new_address (const VitrineDefinitionServer *server);

/* The descriptor (close-on-exec) of CONNECTION, which is taken over as LOCAL is; or -1 where that is NULL, and LOCAL says
 * why: NOT_FOUND or ENGINE, with URI, or GIO's CANCELLED. */
int image_connection_take_fd (GSocketConnection *connection, const char *uri, GError *local,
                              GError **error);

/* Appends what a node of QEMU's block layer is that is the disk at SERVER, without its braces.  An NBD client is told of
 * the connection, which is its descriptor FD; iSCSI's library gets it whatever address it asks for (confined.h). */
void image_connection_append_node (GString *json, const VitrineDefinitionServer *server, guint fd);

/* Whether COMPLAINT, a program's, says that the server lets the disk be read only. */
gboolean image_connection_is_read_only (const char *complaint);

/* Sets UNSUPPORTED and returns TRUE where COMPLAINT, about the disk URI, says that what speaks iSCSI is not installed. */
gboolean image_connection_refuse_package (const char *complaint, const char *uri, GError **error);

G_END_DECLS
