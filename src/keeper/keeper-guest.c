/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-guest.c - what clients ask of the guest's agent. */
#include <glib/gi18n-lib.h>

#include "keeper-private.h"
#include "vitrine-error.h"

void
keeper_ping_free (gpointer data)
{
    KeeperPing *ping = data;

    keeper_agent_free (ping->agent);
    g_free (ping);
}

/* Ends PING with an answer. */
static void
ping_end (KeeperPing *ping, const GError *error)
{
    KeeperDone done = ping->done;
    gpointer user_data = ping->user_data;

    g_ptr_array_remove_fast (ping->keeper->pings, ping);
    done (error, user_data);
}

static void
pinged_cb (const GError *error, gpointer user_data)
{
    ping_end (user_data, error);
}

void
keeper_fail_pings (Keeper *self)
{
    g_autoptr (GError) error = g_error_new_literal (VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                                    _ ("The machine is no longer running"));

    while (self->pings->len > 0)
        ping_end (g_ptr_array_index (self->pings, 0), error);
}

void
keeper_ping_guest (Keeper *self, KeeperDone done, gpointer user_data)
{
    KeeperConsole *channel =
        self->ports ? keeper_ports_find (self->ports, KEEPER_AGENT_CHANNEL) : NULL;
    g_autoptr (GError) error = NULL;
    KeeperPing *ping;
    KeeperAgent *agent;

    if (!channel) {
        g_set_error (&error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("“%s” has no channel to an agent in its guest"), keeper_name (self));
        done (error, user_data);
        return;
    }
    ping = g_new0 (KeeperPing, 1);
    *ping = (KeeperPing){ .keeper = self, .done = done, .user_data = user_data };
    agent = keeper_agent_ping (channel, pinged_cb, ping, &error);
    if (!agent) {
        g_free (ping);
        done (error, user_data);
        return;
    }
    ping->agent = agent;
    g_ptr_array_add (self->pings, ping);
}
