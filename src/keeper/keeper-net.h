/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net.h - what is behind a machine's network cards: a passt process each, or a tap.
 *
 * A card of kind USER gets a passt of its own, which speaks to the VMM over a socket pair and listens
 * on the ports its definition forwards; nothing else of the machine has a port.  A passt that ends
 * while the machine lives is started anew with a new socket, at once the first time, then after a
 * while that doubles: open connections are lost, the guest keeps its address.  passt ends by itself
 * when the VMM's end of the socket closes, so none outlives its machine.
 */
#pragma once

#include <glib.h>

#include "definition.h"

G_BEGIN_DECLS

typedef struct _KeeperNet KeeperNet;

/* Called with the owner that keeper_net_new() was given; not before keeper_net_start() returned. */
typedef struct {
    /* The card ALIAS has a new peer: FD, the callee's to close, is the VMM's end of it. */
    void (*peer) (gpointer owner, const char *alias, int fd);
    /* What to know of the card ALIAS, in place of what was said before. */
    void (*warn) (gpointer owner, const char *alias, const char *text);
    /* Processes came or went. */
    void (*processes) (gpointer owner);
} KeeperNetOps;

/* Nothing is started yet. */
KeeperNet *keeper_net_new (const KeeperNetOps *ops, gpointer owner);

/* Starts and opens what the cards of DEFINITION need; programs' errors go to STDERR_FD, which is
 * copied.  FALSE with UNSUPPORTED when passt is not installed, NOT_FOUND, DENIED, BUSY or INVALID for
 * a tap. */
gboolean keeper_net_start (KeeperNet *self, const VitrineDefinition *definition, int stderr_fd,
                           GError **error);

/* The VMM's end of what is behind device INDEX of the definition, borrowed; -1 when there is none. */
int keeper_net_get_fd (KeeperNet *self, guint index);

/* The VMM has its ends: closes them here. */
void keeper_net_handed_over (KeeperNet *self);

/* Appends the ids of all processes, guint32 each. */
void keeper_net_add_processes (KeeperNet *self, GArray *pids);

/* Ends the processes; NULL is nothing. */
void keeper_net_free (KeeperNet *self);

/* --- parts, for tests ------------------------------------------------------------------------ */

/* What passt is started with for CARD, its socket being descriptor FD. */
GStrv keeper_net_passt_arguments (const VitrineDefinitionDevice *card, const char *program, int fd);

/* Opens the tap NAME, which must be there already.  -1 with an error as keeper_net_start() says. */
int keeper_net_open_tap (const char *name, GError **error);

G_END_DECLS
