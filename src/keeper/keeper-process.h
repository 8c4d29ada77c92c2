/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-process.h - starts the programs beside a machine: vitrine-vmm, vitrine-vnc, passt,
 * qemu-storage-daemon. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The path of the program NAME: what the environment's OVERRIDE says (for tests), else beside the
 * keeper's own file, else in the build tree's FOLDER next to the keeper's folder, else where it was
 * configured to be installed.  NULL with ENGINE when it is nowhere. */
char *keeper_process_find (const char *name, const char *folder, const char *override,
                           GError **error);

/* Starts PROGRAM with SOCKET_FD as its descriptor TARGET_FD, errors going to STDERR_FD, input from
 * and output to nowhere, and nothing else.  The descriptors stay the caller's.  The child must be
 * reaped with g_child_watch_add(). */
gboolean keeper_process_spawn (const char *program, int socket_fd, int target_fd, int stderr_fd,
                               GPid *pid, GError **error);

/* The same with arguments: ARGV[0] is the program, which is not started where RESTRICT_SELF, called in the
 * child before, says FALSE; NULL: nothing is called. */
gboolean keeper_process_spawn_with_arguments (const char *const *argv, int socket_fd, int target_fd,
                                              int stderr_fd, gboolean (*restrict_self) (void),
                                              GPid *pid, GError **error);

/* Starts a program that is not to be trusted with more than it needs, as it reads what came from anywhere: the
 * N_FDS descriptors become its 3, 4, …, and where the kernel has landlock it can open nothing else but the
 * system's own files, to read.  Gets SIGTERM when this process ends.  CONNECTION, or -1, becomes its input, and is what it gets for any
 * connection that it makes (confined.h).  The rest is as above. */
gboolean keeper_process_spawn_confined (const char *const *argv, const int *fds, guint n_fds,
                                        int connection, int stderr_fd, GPid *pid, GError **error);

/* "was killed by signal 9 (Killed)", "ended with status 3": how a child that should not have ended
 * did. */
char *keeper_process_describe_end (int wait_status);

G_END_DECLS
