/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-start.c - starts machines with encrypted disks. */
#include "app-start.h"

#include "app-passphrase-dialog.h"
#include "app-unlock.h"

static GQuark
action_quark (void)
{
    return g_quark_from_static_string ("app-start-action");
}

/* Which way the machine is to start. */
static void
set_action (GObject *unlock, VitrineAction action)
{
    g_object_set_qdata (unlock, action_quark (), GUINT_TO_POINTER (action));
}

static VitrineAction
get_action (gpointer unlock)
{
    return GPOINTER_TO_UINT (g_object_get_qdata (unlock, action_quark ()));
}

/* Nobody is asked for a machine that cannot start any more. */
static gboolean
started_cb (AppMachineItem *item, const GError *error, gpointer user_data)
{
    if (error != NULL && !app_machine_item_can (item, get_action (user_data)))
        return FALSE;
    return app_unlock_tell (user_data, error);
}

static void
try_passphrases (AppUnlock *unlock, GPtrArray *disks, GPtrArray *passphrases, gpointer owner)
{
    VitrineMachine *machine = app_machine_item_get_machine (owner);

    for (guint i = 0; i < disks->len; i++)
        vitrine_machine_give_passphrase (
            machine, ((const VitrineDeviceInfo *) g_ptr_array_index (disks, i))->id,
            g_ptr_array_index (passphrases, i));
    app_machine_item_act_then (owner, get_action (unlock), started_cb, g_object_ref (unlock),
                               g_object_unref);
}

static void
end_wait (AppUnlock *unlock, gpointer owner)
{
    app_machine_item_cancel (owner);
}

static const AppUnlockKind kind = { .try = try_passphrases, .wait = end_wait };

void
app_start_first (AppMachineItem *item, VitrinePassphrase *passphrase, gboolean remember)
{
    g_autoptr (GPtrArray) disks = NULL;
    g_autoptr (AppUnlock) unlock = NULL;
    g_autoptr (GCancellable) cancellable = NULL;

    g_return_if_fail (APP_IS_MACHINE_ITEM (item));

    disks = vitrine_machine_dup_encrypted (app_machine_item_get_machine (item));
    if (passphrase == NULL || disks->len != 1) {
        app_machine_item_act (item, VITRINE_ACTION_START);
        return;
    }
    unlock = app_unlock_new (item, disks, &kind, G_OBJECT (item));
    set_action (G_OBJECT (unlock), VITRINE_ACTION_START);
    app_unlock_offer (unlock, passphrase, remember);
    cancellable = app_machine_item_prepare (item);
    app_unlock_begin (unlock, NULL, cancellable);
}

void
app_start_unlock (AppMachineItem *item, VitrineAction action, GPtrArray *disks, const char *problem)
{
    GObject *asked = app_passphrase_dialog_present (item);
    g_autoptr (AppUnlock) unlock = NULL;
    g_autoptr (GCancellable) cancellable = NULL;

    if (asked != NULL) {
        set_action (asked, action);
        return;
    }
    unlock = app_unlock_new (item, disks, &kind, G_OBJECT (item));
    set_action (G_OBJECT (unlock), action);
    cancellable = app_machine_item_prepare (item);
    app_unlock_begin (unlock, problem, cancellable);
}
