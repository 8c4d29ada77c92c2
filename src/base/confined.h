/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confined.h - a program that is to have no more than what it is handed, as it reads what came from anywhere. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Between fork() and exec() of PROGRAM in a child of PARENT: gets SIGTERM when the thread that made it ends, dumps no
 * core, and where the kernel has landlock can open nothing but the system's own files, to read, and what the N_FILES
 * descriptors are open on; makes no socket, so it speaks to nobody but by those.  With CONNECTED its standard input is
 * a connection: a program that knows only to make one itself is given that for any, and cannot close it.  False when
 * PARENT has ended: nobody wants the program any more. */
bool confined_enter (const char *program, const int *files, unsigned n_files, bool connected,
                     pid_t parent);
