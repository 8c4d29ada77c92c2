/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-runtime.h - the folder of a running machine's sockets.
 *
 * Nobody but its user may enter it, and whoever holds its lock is the one keeper of that machine:
 * what lies in it is then left over from a keeper that was killed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *path;
    char *control;       /* PATH/control */
    int lock_fd;         /* -1: not ours */
    gboolean was_killed; /* a socket was left over */
} KeeperRuntime;

/* Makes PATH (mode 0700), locks it, clears it.  FALSE with BUSY (NAME is the machine's, for the
 * sentence), DENIED when somebody else could enter it, INVALID when a socket's path would be too
 * long, or ENGINE. */
gboolean keeper_runtime_open (KeeperRuntime *self, const char *path, const char *name,
                              GError **error);

/* Removes socket and folder, then gives up the lock.  Harmless when it is not open. */
void keeper_runtime_close (KeeperRuntime *self);

G_END_DECLS
