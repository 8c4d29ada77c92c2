/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-lock.h - who uses what: advisory locks on disks and on machine folders.
 *
 * The locks belong to the open file (F_OFD_SETLK), so they go with the descriptor to the VMM and
 * last until the last of both processes closed it, however it ended.
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Takes FOLDER's lock, which says "this machine runs".  Returns the descriptor to keep open, or -1
 * with BUSY when another keeper has it; NAME is the machine's, for the sentence. */
int keeper_lock_folder (const char *folder, const char *name, GError **error);

/* Says with the lock FD of keeper_lock_folder() that the machine has all the disks of its
 * definition.  Until then it is one of those that ask for them. */
void keeper_lock_say_has_disks (int fd);

/* The name of another running machine, in a folder beside FOLDER, that has the file ST among its
 * disks; NULL when it is none of ours.  ONLY_WITH_DISKS leaves out those that ask for their disks
 * themselves. */
char *keeper_lock_find_user (const char *folder, const struct stat *st, gboolean only_with_disks);

/* The name of another machine, in a folder beside FOLDER and running or not, of whose disks one is based on the file ST;
 * NULL when there is none. */
char *keeper_lock_find_heir (const char *folder, const struct stat *st);

G_END_DECLS
