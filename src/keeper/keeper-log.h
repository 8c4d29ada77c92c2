/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-log.h - a log file of bounded size, fed by hand or from a pipe.
 *
 * Each file NAME has at most MAX_BYTES; when it is full, and at each start, it becomes NAME.1 and a
 * new one is begun.  A log that cannot be written never stops a machine: it is given up with one
 * line on standard error.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeeperLog KeeperLog;

/* FOLDER is made when it is not there. */
KeeperLog *keeper_log_open (const char *folder, const char *name, gsize max_bytes);

void keeper_log_write (KeeperLog *self, const void *data, gsize len);

/* Makes a pipe whose other end is for a child to write to: *WRITE_FD is the caller's,
 * close-on-exec. What comes is written to the log until all writers are gone or another pipe is
 * made.  Returns 0 or -errno. */
int keeper_log_make_pipe (KeeperLog *self, int *write_fd);

/* Reads what is in the pipe now: before asking for the last line of a child that ended. */
void keeper_log_drain (KeeperLog *self);

/* The last line that was written, without the line break, valid UTF-8; "" when there is none.  Of a long one it is the end,
 * as programs repeat there what they were told before they say what is wrong with it. */
const char *keeper_log_get_last_line (KeeperLog *self);

/* NULL is nothing. */
void keeper_log_close (KeeperLog *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeeperLog, keeper_log_close)

G_END_DECLS
