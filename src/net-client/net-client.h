/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-client.h - asks vitrine-net-helper for what takes root: taps and networks.
 *
 * The helper is started anew for each request: as it is when this process is root's, or when an
 * administrator made it setuid or gave it capabilities; else by pkexec, which asks polkit, which may ask
 * the user.  Functions wait for all of that: call them in a thread where something else has to go on.
 */
#pragma once

#include <gio/gio.h>

#include "net-protocol.h"

G_BEGIN_DECLS

#define NET_CLIENT_FDS (NET_MAX_QUEUES + 1) /* that may come with an answer */

/* Has PROGRAM, the helper, do REQUEST of SIZE bytes, and answers REPLY; FDS, where it is not NULL, become the
 * descriptors that came with it, or -1 each.  FALSE when the helper could not be asked, or said no: NOT_FOUND,
 * DENIED, EXISTS, BUSY, INVALID, UNSUPPORTED or ENGINE, with a sentence that names the mend. */
gboolean net_client_call (const char *program, const void *request, gsize size,
                          struct net_reply *reply, int fds[NET_CLIENT_FDS],
                          GCancellable *cancellable, GError **error);

/* A tap, and what is done for it; whose descriptors are whose who has it. */
typedef struct {
    int fds[NET_MAX_QUEUES]; /* one a queue; -1: there is none */
    int rules;               /* kept open for as long as they shall hold; -1: there are none */
    char link[NET_LINK_BYTES];
} NetClientTap;

/* None; and closes them again. */
void net_client_tap_init (NetClientTap *tap);
void net_client_tap_clear (NetClientTap *tap);

/* Makes a tap with N_QUEUES, from 1 to NET_MAX_QUEUES, on BRIDGE, or on the bridge of the running NETWORK (the other
 * is NULL), for the card with the address MAC, and has GUARD done for it. */
gboolean net_client_make_tap (const char *program, const char *bridge, const char *network,
                              const char *mac, guint n_queues, const struct net_guard *guard,
                              NetClientTap *tap, GCancellable *cancellable, GError **error);

/* The same of a macvtap beside the card NIC of this computer's, of which nothing else can be changed: it has no name. */
gboolean net_client_make_macvtap (const char *program, const char *nic, enum net_macvtap_mode mode,
                                  const char *mac, guint n_queues, NetClientTap *tap,
                                  GCancellable *cancellable, GError **error);

/* Has GUARD done for the tap LINK, of the card with the address MAC, from now on; *RULES is as above. */
gboolean net_client_guard_tap (const char *program, const char *link, const char *mac,
                               const struct net_guard *guard, int *rules, GCancellable *cancellable,
                               GError **error);

/* "52:54:00:12:34:56", which is known to be one, in bytes. */
void net_client_parse_mac (const char *text, guint8 mac[6]);

/* --- parts, for tests ------------------------------------------------------------------------ */

/* What REPLY, which is not NET_OK, says to a user. */
void net_client_set_error (const struct net_header *request, const struct net_reply *reply,
                           GError **error);

G_END_DECLS
