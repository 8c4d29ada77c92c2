/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net.h - what is behind a machine's network cards: a passt process each, or a tap.
 *
 * A card of kind USER gets a passt of its own, which speaks to the VMM over a socket pair and listens
 * on the ports its definition forwards; nothing else of the machine has a port.  A passt that ends
 * while the machine lives is started anew with a new socket, at once the first time, then after a
 * while that doubles: open connections are lost, the guest keeps its address.  passt ends by itself
 * when the VMM's end of the socket closes, so none outlives its machine.
 *
 * A card on a bridge or a network gets a tap that vitrine-net-helper makes, one beside a card of this computer's a
 * macvtap, which is a tap to all that have its descriptor; the helper may have to ask the user:
 * at the start that is waited for, while the machine runs a thread does.
 */
#pragma once

#include <glib.h>

#include "definition.h"

G_BEGIN_DECLS

typedef struct _KeeperNet KeeperNet;

/* Called with the owner that keeper_net_new() was given; not before the card was added. */
typedef struct {
    /* The card ALIAS has a new peer: FD, the callee's to close, is the VMM's end of it. */
    void (*peer) (gpointer owner, const char *alias, int fd);
    /* What to know of the card ALIAS, in place of what was said before. */
    void (*warn) (gpointer owner, const char *alias, const char *text);
    /* Processes came or went. */
    void (*processes) (gpointer owner);
} KeeperNetOps;

/* There is no card yet. */
KeeperNet *keeper_net_new (const KeeperNetOps *ops, gpointer owner);

/* Programs that are started from now on say what goes wrong to STDERR_FD, which is copied. */
void keeper_net_set_stderr (KeeperNet *self, int stderr_fd);

/* Starts or opens what is behind DEVICE, a network card, which is borrowed until it is removed.  FALSE with
 * UNSUPPORTED when passt is not installed, NOT_FOUND, DENIED, BUSY or INVALID for a tap, a bridge or a
 * network. */
gboolean keeper_net_add (KeeperNet *self, const VitrineDefinitionDevice *device, GError **error);

/* The same for all cards of DEFINITION, of which a reference is kept. */
gboolean keeper_net_start (KeeperNet *self, const VitrineDefinition *definition, GError **error);

/* How keeper_net_add_async() went: ERROR, borrowed, or NULL. */
typedef void (*KeeperNetDone) (const GError *error, gpointer user_data);

/* The same for a machine that runs, whose keeper has other things to do meanwhile.  DONE is called once: before
 * this returns, or later, at the latest by keeper_net_remove() or keeper_net_free(). */
void keeper_net_add_async (KeeperNet *self, const VitrineDefinitionDevice *device, KeeperNetDone done,
                           gpointer user_data);

/* Changes the card DEVICE, which was added, by SETTINGS (vitrine_definition_card_set()).  What cannot be is said
 * before anything changes, BUSY for a port that is taken.  A card behind passt gets another one: connections
 * that were open are lost, the guest keeps its address.  DONE as above. */
void keeper_net_set (KeeperNet *self, const VitrineDefinitionDevice *device,
                     const char *const *settings, KeeperNetDone done, gpointer user_data);

/* What the card DEVICE is now, borrowed until it is changed. */
const VitrineDefinitionNetwork *keeper_net_get_network (KeeperNet *self,
                                                        const VitrineDefinitionDevice *device);

/* DEVICE is gone: ends what was behind it.  Nothing for what is no card of these. */
void keeper_net_remove (KeeperNet *self, const VitrineDefinitionDevice *device);

/* The VMM's end of what is behind the pair of queues QUEUE of DEVICE, borrowed; -1 when there is none. */
int keeper_net_get_fd (KeeperNet *self, const VitrineDefinitionDevice *device, guint queue);

/* The kernel's vhost-net for that, borrowed; -1 when there is none. */
int keeper_net_get_vhost (KeeperNet *self, const VitrineDefinitionDevice *device, guint queue);

/* The interface of this computer's that carries DEVICE's frames past the VMM, as the kernel serves it, or NULL;
 * borrowed. */
const char *keeper_net_get_bypass (KeeperNet *self, const VitrineDefinitionDevice *device);

/* The VMM has its ends: closes them here. */
void keeper_net_handed_over (KeeperNet *self);

/* Appends the ids of all processes, guint32 each. */
void keeper_net_add_processes (KeeperNet *self, GArray *pids);

/* Ends the processes; NULL is nothing. */
void keeper_net_free (KeeperNet *self);

/* --- a part, for tests ------------------------------------------------------------------------- */

/* Opens N_QUEUES, at most VITRINE_DEFINITION_MAX_QUEUES, of the tap NAME, which must be there already and have been made
 * for several if that is more than one; their descriptors are put into FDS.  FALSE with an error as
 * keeper_net_start() says, and -1 in FDS. */
gboolean keeper_net_open_tap (const char *name, guint n_queues, int *fds, GError **error);

G_END_DECLS
