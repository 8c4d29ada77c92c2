/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.h - for tests: runs vitrinectl and looks at what it says. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

struct ran {
    int status; /* of the exit, or minus the signal that ended it */
    char *out, *err;
};

/* Runs $VITRINECTL with the words of COMMAND, split as a shell does, after writing INPUT (or
 * NULL for nothing) to its standard input. */
struct ran run (const char *input, const char *command, ...) G_GNUC_PRINTF (2, 3);
void ran_clear (struct ran *ran);

/* Runs it and expects exactly that. */
void assert_ran (const char *command, int status, const char *out, const char *err);

/* Starts it, to be talked to while it runs. */
GSubprocess *start (const char *command, ...) G_GNUC_PRINTF (1, 2);

/* The next line of the standard output of PROCESS, without its end; NULL at its end. */
char *read_line (GSubprocess *process);

/* Waits for its end; the status as in struct ran. */
int await_end (GSubprocess *process);

/* Removes PATH with all that is in it. */
void remove_folder (const char *path);

G_END_DECLS
