/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-guest.c - what clients ask of the guest itself: its agent, its balloon. */
#include <inttypes.h>
#include <glib/gi18n-lib.h>

#include "keeper-private.h"
#include "vitrine-error.h"

#define MIN_MEMORY (8u << 20) /* bytes; as of a definition */

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

/* --- memory ---------------------------------------------------------------------------------- */

static void
set_memory_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    g_autofree KeeperWaiter *waiter = user_data;

    waiter->done (error, waiter->user_data);
}

void
keeper_set_memory (Keeper *self, guint64 bytes, KeeperDone done, gpointer user_data)
{
    struct vmm_set_memory message = { .header.type = VMM_SET_MEMORY, .bytes = bytes };
    guint64 max = vitrine_definition_get_max_memory_bytes (self->definition);
    g_autoptr (GError) problem = keeper_check_up (self);
    KeeperWaiter *waiter;

    if (!problem && (bytes < MIN_MEMORY || bytes > max))
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_INVALID,
                               _ ("“%s” can have %d to %" PRIu64 " MiB of memory"),
                               keeper_name (self), (int) (MIN_MEMORY >> 20), max >> 20);
    if (problem) {
        done (problem, user_data);
        return;
    }
    waiter = g_new0 (KeeperWaiter, 1);
    *waiter = (KeeperWaiter){ done, user_data };
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, set_memory_cb, waiter);
}

/* What the VMM says is shown, and no more. */
void
keeper_memory_changed (gpointer owner, guint64 plugged_bytes, guint64 requested_bytes)
{
    Keeper *self = owner;
    const VitrineDefinitionDevice *pluggable = vitrine_definition_get_pluggable (self->definition);
    VitrineDefinitionDevice *memory =
        pluggable ? keeper_find_device (self, pluggable->alias) : NULL;
    g_autofree char *source = NULL;

    if (!memory)
        return;
    memory->current_bytes = MIN (plugged_bytes, memory->size_bytes);
    memory->requested_bytes = MIN (requested_bytes, memory->size_bytes);
    source = vitrine_definition_device_describe (memory);
    keeper_control_set_source (self->control, memory->alias, source);
    keeper_control_set_memory (self->control, vitrine_definition_get_memory_bytes (self->definition)
                                                  + memory->current_bytes);
    keeper_control_set_devices (self->control, self->devices);
}
