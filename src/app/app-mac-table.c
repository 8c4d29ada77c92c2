/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-mac-table.c - whose network addresses are whose among the machines of a host.
 *
 * They are collected one machine at a time while nothing else is to be done, as each machine's definition may have to
 * be read for it; anew when a machine comes or goes.
 */
#include "app-mac-table.h"

#include <string.h>

struct _AppMacTable {
    VitrineHost *host;
    gulong handler;
    void (*changed) (gpointer user_data);
    gpointer user_data;
    GHashTable *macs;  /* addresses, lower case, to the machines' names */
    guint n_collected; /* so many machines' are in it */
    guint collect_id;  /* the next are to follow */
};

static void
collect (AppMacTable *self, VitrineMachine *machine)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_CONFIG);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        const char *mac = strrchr (device->source, ' ');

        if (g_str_equal (device->kind, "interface") && mac != NULL)
            g_hash_table_insert (self->macs, g_ascii_strdown (mac + 1, -1),
                                 g_strdup (vitrine_machine_get_name (machine)));
    }
}

static gboolean
collect_cb (gpointer user_data)
{
    AppMacTable *self = user_data;
    g_autoptr (VitrineMachine) machine =
        g_list_model_get_item (G_LIST_MODEL (self->host), self->n_collected);

    if (machine == NULL) {
        self->collect_id = 0;
        self->changed (self->user_data);
        return G_SOURCE_REMOVE;
    }
    collect (self, machine);
    self->n_collected++;
    return G_SOURCE_CONTINUE;
}

static void
begin (AppMacTable *self)
{
    g_hash_table_remove_all (self->macs);
    self->n_collected = 0;
    if (self->collect_id == 0)
        self->collect_id = g_idle_add (collect_cb, self);
}

AppMacTable *
app_mac_table_new (VitrineHost *host, void (*changed) (gpointer user_data), gpointer user_data)
{
    AppMacTable *self = g_new0 (AppMacTable, 1);

    self->host = g_object_ref (host);
    self->changed = changed;
    self->user_data = user_data;
    self->macs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->handler = g_signal_connect_swapped (host, "items-changed", G_CALLBACK (begin), self);
    begin (self);
    return self;
}

void
app_mac_table_free (AppMacTable *self)
{
    g_clear_handle_id (&self->collect_id, g_source_remove);
    g_signal_handler_disconnect (self->host, self->handler);
    g_object_unref (self->host);
    g_hash_table_unref (self->macs);
    g_free (self);
}

const char *
app_mac_table_find (AppMacTable *self, const char *mac)
{
    g_autofree char *lower = g_ascii_strdown (mac, -1);

    return g_hash_table_lookup (self->macs, lower);
}
