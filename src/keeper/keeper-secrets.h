/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-secrets.h - the passphrases of a machine's encrypted disks, while it runs.
 *
 * Who starts the machine writes them into a pipe: for each disk a line with its target ("vda") and one with its
 * passphrase.  Who adds a disk writes the one line of its passphrase into a pipe.  They are kept as long as a process behind
 * such a disk may have to be started again, and wiped then.
 */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

typedef struct _KeeperSecrets KeeperSecrets;

/* Reads FD to its end and closes it; NULL with ENGINE or INVALID. */
KeeperSecrets *keeper_secrets_read (int fd, GError **error);

/* Takes what waits in FD, a pipe, of which a line is the passphrase of whatever disk this is used for, and closes it.  Waits for
 * nobody: the line is there already.  NULL with ENGINE or INVALID. */
KeeperSecrets *keeper_secrets_read_one (int fd, GError **error);

/* Wipes them; NULL is nothing. */
void keeper_secrets_free (KeeperSecrets *self);

/* Whether all encrypted ones of DEVICES, disks and others, have theirs in SELF, which may be NULL; FALSE with PASSPHRASE
 * and which has none. */
gboolean keeper_secrets_check (const KeeperSecrets *self, GPtrArray *devices, GError **error);
/* The same of DEVICE alone. */
gboolean keeper_secrets_check_one (const KeeperSecrets *self, const VitrineDefinitionDevice *device,
                                   GError **error);

/* The reading end of a pipe with the passphrase of DEVICE, which is encrypted, and nothing else; close-on-exec, the caller's.
 * -1 with PASSPHRASE or ENGINE. */
int keeper_secrets_make_pipe (const KeeperSecrets *self, const VitrineDefinitionDevice *device,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeeperSecrets, keeper_secrets_free)

G_END_DECLS
