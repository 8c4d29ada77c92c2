/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-console.h - one serial port, terminal or channel of the guest, shown to any number of
 * clients.
 *
 * What the guest printed last is kept (64 KiB), and each new client gets it first.  Clients never
 * hold the guest up: one that does not read loses the oldest.  What they type goes to the guest in
 * the order it comes; a guest that does not read holds them up, and nobody else.
 *
 * A channel is for one client at a time, who gets what comes from then on: programs talk there.
 */
#pragma once

#include <glib.h>

#include "keeper-log.h"

G_BEGIN_DECLS

#define KEEPER_CONSOLE_MAX_CLIENTS 16

typedef struct _KeeperConsole KeeperConsole;

/* SOCK, a stream socket to the VMM, and LOG are taken over; LOG may be NULL. */
KeeperConsole *keeper_console_new (const char *name, int sock, KeeperLog *log);

/* PRESENT: a client is there; or the last one left. */
typedef void (*KeeperConsolePresence) (KeeperConsole *self, gboolean present, gpointer user_data);

/* Makes it a channel, before anybody is there. */
void keeper_console_make_channel (KeeperConsole *self, KeeperConsolePresence presence,
                                  gpointer user_data);

const char *keeper_console_get_name (KeeperConsole *self);

/* Returns the client's end of a new connection, close-on-exec, or -1 with BUSY when there are too
 * many. */
int keeper_console_connect (KeeperConsole *self, GError **error);

/* Gives the clients what they take without waiting, and hangs up.  NULL is nothing. */
void keeper_console_free (KeeperConsole *self);

G_END_DECLS
