/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-server.h - what a server says of a disk that it has: an NBD export, or a unit of an iSCSI target.
 *
 * The connection is made here; what is said on it is read by QEMU's programs, which may open nothing and connect to
 * nobody.
 */
#pragma once

#include <gio/gio.h>

#include "definition.h"

G_BEGIN_DECLS

/* Asks SERVER two questions, and waits for each, five seconds for an address to connect and five for the answer, in any
 * thread but the main one; CANCELLABLE ends it.  FALSE with
 * NOT_FOUND or ENGINE where it cannot be reached, does not answer, or has no such disk; UNSUPPORTED where a program
 * is not installed. */
gboolean image_server_look (const VitrineDefinitionServer *server, GCancellable *cancellable,
                            guint64 *size_bytes, gboolean *read_only, GError **error);

G_END_DECLS
