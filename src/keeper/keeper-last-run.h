/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-last-run.h - how a machine's last run ended, for those who look when nobody is left to
 * ask.
 *
 * A key file, FOLDER/last-run, written before the machine's lock is given up:
 *   [last-run]
 *   outcome=off | crashed
 *   reason=      one sentence for people
 *   started=     seconds since the epoch
 *   ended=
 *   signal=      that killed the VMM, only if one did
 *   status=      that it ended with, only if it was not 0
 *   log=         the last line it logged, only if it crashed
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    gboolean crashed;
    const char *reason;
    gint64 started, ended;
    int wait_status;
    const char *log;
} KeeperLastRun;

/* All or nothing: the file is replaced by a whole one.  FALSE with a GFileError. */
gboolean keeper_last_run_write (const char *folder, const KeeperLastRun *run, GError **error);

/* A machine that runs has no last run yet. */
void keeper_last_run_remove (const char *folder);

G_END_DECLS
