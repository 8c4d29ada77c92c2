/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-claims.h - no two machines of a user run with one network address, or one server's disk.
 *
 * In the folder of its sockets each keeper has a file that says its machine's name, its cards'
 * addresses and the URIs of its servers' disks, locked for as long as the keeper lives: what a keeper that was killed has left counts for
 * nothing.  A definition cannot be trusted with this alone: folders are copied, and cards come to
 * machines that run.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *path; /* of our file; NULL: nothing is claimed */
    int fd;     /* holds its lock; -1 */
    char *name;
    GPtrArray *claimed; /* of text: addresses, and disks' URIs, or the hashes of long ones */
} KeeperClaims;

/* For the machine NAME, whose folder of sockets is RUNTIME.  FALSE with ENGINE. */
gboolean keeper_claims_open (KeeperClaims *self, const char *runtime, const char *name,
                             GError **error);

/* FALSE with BUSY and the other machine's name when one has MAC, which is then not ours. */
gboolean keeper_claims_add (KeeperClaims *self, const char *mac, GError **error);

/* The same of a server's export, URI. */
gboolean keeper_claims_add_disk (KeeperClaims *self, const char *uri, GError **error);

/* Either; nothing for what is not ours. */
void keeper_claims_remove (KeeperClaims *self, const char *what);

/* Harmless when it is not open. */
void keeper_claims_close (KeeperClaims *self);

G_END_DECLS
