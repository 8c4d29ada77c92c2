/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal.h - what is asked for on the user's terminal, whatever input and output are, and is not shown as it is typed. */
#pragma once

#include <termios.h>

#include "cli.h"

G_BEGIN_DECLS

struct terminal {
    int fd;
    struct termios shown; /* how it is when nothing is asked */
};

/* FALSE: there is none. */
gboolean terminal_open (struct terminal *self);
void terminal_close (struct terminal *self);

/* Prints QUESTION, waits for a line, in the main loop, in which signals cancel, and has READ take it from the terminal: what
 * that returns, or NULL with its error, or when it was cancelled.  The terminal shows what is typed again then. */
gpointer terminal_ask (struct terminal *self, struct cli *cli, const char *question,
                       gpointer (*read) (int fd, GError **error), GError **error);

G_END_DECLS
