/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-ready.h - going into the background, and telling whoever started us how it went.
 *
 * The one who waits gets, on the descriptor it passed, "OK\n", or
 *   ERR org.vitrine.Error.NAME\n
 *   one sentence\n
 * and then the end of the file.  Only the end: the keeper died before it could say why.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    int fd; /* -1: errors go to standard error */
} KeeperReady;

/* FD is taken over; -1 for none. */
void keeper_ready_init (KeeperReady *self, int fd);

/* ERROR is NULL when the machine runs.  Only the first call says anything. */
void keeper_ready_tell (KeeperReady *self, const GError *error);

/* Forks twice: the new process has no terminal and no parent, reads nothing and says nothing.  Returns FALSE in
 * the old one, which shall end.  Before any thread. */
gboolean keeper_ready_detach (void);

/* In it: what it says goes to FOLDER/logs/keeper.log from now on.  FOLDER is this keeper's: nobody removes it. */
void keeper_ready_log (const char *folder);

G_END_DECLS
