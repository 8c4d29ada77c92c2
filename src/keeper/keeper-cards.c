/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-cards.c - a machine's network cards while it runs: a new peer when one was lost, the link
 * pulled and put back, what is set of them. */
#include <glib/gi18n-lib.h>

#include "fd.h"
#include "keeper-private.h"
#include "vitrine-error.h"

#define LOG_BYTES (256 * 1024)

/* --- what is behind them --------------------------------------------------------------------- */

static void
net_peer (gpointer owner, const char *alias, int fd)
{
    Keeper *self = owner;
    struct vmm_net message = {
        .header = { .type = VMM_NET },
        .backend = VMM_BACKEND_NET_STREAM,
    };

    g_strlcpy (message.alias, alias, sizeof message.alias);
    if (self->vmm)
        keeper_vmm_request (self->vmm, &message, sizeof message, &fd, 1, keeper_peer_done_cb, NULL);
    fd_close (&fd);
}

static void
net_warn (gpointer owner, const char *alias, const char *text)
{
    Keeper *self = owner;

    g_hash_table_insert (self->net_warnings, g_strdup (alias), g_strdup (text));
    if (self->control)
        keeper_update_warnings (self);
}

static const KeeperNetOps net_ops = { net_peer, net_warn, keeper_processes_changed };

/* What is behind the cards has a log from the first one on. */
static void
open_log (Keeper *self)
{
    g_autofree char *logs = g_build_filename (self->folder, "logs", NULL);
    int stderr_fd = -1;

    if (self->net_log)
        return;
    self->net_log = keeper_log_open (logs, "network.log", LOG_BYTES);
    keeper_log_make_pipe (self->net_log, &stderr_fd);
    keeper_net_set_stderr (self->net, stderr_fd);
    fd_close (&stderr_fd);
}

gboolean
keeper_start_net (Keeper *self, GError **error)
{
    self->net = keeper_net_new (&net_ops, self);
    if (vitrine_definition_has_network (self->definition))
        open_log (self);
    return keeper_net_start (self->net, self->definition, error);
}

gboolean
keeper_claim_cards (Keeper *self, GError **error)
{
    if (!keeper_claims_open (&self->claims, self->runtime_path, keeper_name (self), error))
        return FALSE;
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->network && !keeper_claims_add (&self->claims, device->network->mac, error))
            return FALSE;
    }
    return TRUE;
}

void
keeper_add_card (Keeper *self, const VitrineDefinitionDevice *device, KeeperNetDone done,
                 gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    if (!keeper_claims_add (&self->claims, device->network->mac, &error)) {
        done (error, user_data);
        return;
    }
    open_log (self);
    keeper_net_add_async (self->net, device, done, user_data);
    keeper_update_processes (self);
}

void
keeper_remove_card (Keeper *self, const VitrineDefinitionDevice *device)
{
    if (!self->net)
        return; /* that is what it is going with */
    keeper_claims_remove (&self->claims, device->network->mac);
    keeper_net_remove (self->net, device);
    keeper_update_processes (self);
    if (g_hash_table_remove (self->net_warnings, device->alias))
        keeper_update_warnings (self);
}

/* --- the cable ------------------------------------------------------------------------------- */

typedef struct {
    Keeper *keeper;
    char *alias;
    gboolean up;
    KeeperDone done;
    gpointer user_data;
} Pull;

static void
link_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    Pull *pull = user_data;

    if (!error && pull->keeper->control)
        keeper_control_set_link (pull->keeper->control, pull->alias, pull->up);
    pull->done (error, pull->user_data);
    g_free (pull->alias);
    g_free (pull);
}

/* NULL when the card ALIAS is there to be pulled. */
static GError *
check_card (Keeper *self, const char *alias)
{
    const VitrineDefinitionDevice *device = keeper_find_device (self, alias);
    GError *problem = keeper_check_up (self);

    if (problem || (device && device->network))
        return problem;
    return g_error_new (VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no network card “%s”"),
                        keeper_name (self), alias);
}

void
keeper_set_link (Keeper *self, const char *alias, gboolean up, KeeperDone done, gpointer user_data)
{
    struct vmm_link message = { .header = { .type = VMM_LINK }, .up = up };
    g_autoptr (GError) problem = check_card (self, alias);
    Pull *pull;

    if (problem) {
        done (problem, user_data);
        return;
    }
    pull = g_new0 (Pull, 1);
    *pull = (Pull){ self, g_strdup (alias), up, done, user_data };
    g_strlcpy (message.alias, alias, sizeof message.alias);
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, link_cb, pull);
}

/* --- what is set of them --------------------------------------------------------------------- */

typedef struct {
    Keeper *keeper;
    char *alias;
    KeeperDone done;
    gpointer user_data;
} Setting;

static void
set_cb (const GError *error, gpointer user_data)
{
    Setting *setting = user_data;
    Keeper *self = setting->keeper;
    const VitrineDefinitionDevice *device = keeper_find_device (self, setting->alias);

    if (!error && device && self->control)
        keeper_control_set_card (self->control, setting->alias,
                                 keeper_net_get_network (self->net, device));
    setting->done (error, setting->user_data);
    g_free (setting->alias);
    g_free (setting);
}

void
keeper_set_card (Keeper *self, const char *alias, const char *const *settings, KeeperDone done,
                 gpointer user_data)
{
    const VitrineDefinitionDevice *device = keeper_find_device (self, alias);
    g_autoptr (GError) problem = NULL;
    Setting *setting;

    if (device && device->kind == VITRINE_DEFINITION_DISK) {
        keeper_set_limits (self, device, settings, done, user_data);
        return;
    }
    problem = check_card (self, alias);
    if (problem) {
        done (problem, user_data);
        return;
    }
    setting = g_new0 (Setting, 1);
    *setting = (Setting){ self, g_strdup (alias), done, user_data };
    keeper_net_set (self->net, keeper_find_device (self, alias), settings, set_cb, setting);
}
