/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.h - what was done to this computer for a network: written down before it is done.
 *
 * A network's folder below NET_RUN_FOLDER has a journal of one line a step; a journal without its last line,
 * "done", is that of a start that did not come to its end.  The folder is the network: as long as it is
 * there something is left to take back.
 */
#pragma once

#include <stddef.h>

#include "helper.h"

#define JOURNAL_MAX_STEPS 16
#define JOURNAL_BYTES     64 /* a step */

struct journal {
    int folder; /* of the network; -1 */
    unsigned n_steps;
    char steps[JOURNAL_MAX_STEPS][JOURNAL_BYTES];
};

/* Waits until no other helper does anything, for as long as this process lives.  False with what went
 * wrong. */
bool journal_lock (struct net_reply *reply);

/* Makes the folder of a network; NET_RUNNING when there is one. */
bool journal_create (struct journal *journal, const char *name, struct net_reply *reply);

/* Opens it and reads the journal; NET_NOT_RUNNING when there is none. */
bool journal_open (struct journal *journal, const char *name, struct net_reply *reply);

/* Writes STEP down. */
bool journal_add (struct journal *journal, const char *step, struct net_reply *reply);

/* The rest of the line that begins with WORD, or NULL. */
const char *journal_find (const struct journal *journal, const char *word);

/* Calls VISIT with the name of each network that has a folder. */
typedef void (*journal_visit) (const char *name, void *data);
void journal_for_each (journal_visit visit, void *data);

/* Puts a file that anybody may read, or of root's alone (MODE), into the folder, as a whole. */
bool journal_write_file (const struct journal *journal, const char *name, int mode,
                         const char *text, struct net_reply *reply);

/* The same with SIZE bytes, of root's alone; and reads them into BYTES, at most SIZE of them: false when they
 * cannot be. */
bool journal_write_bytes (const struct journal *journal, const char *name, const void *bytes,
                          size_t size, struct net_reply *reply);
bool journal_read_bytes (const struct journal *journal, const char *name, void *bytes, size_t *size,
                         struct net_reply *reply);

/* Nothing is left to take back: removes the folder. */
bool journal_remove (struct journal *journal, const char *name, struct net_reply *reply);

void journal_close (struct journal *journal);
