/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-forget.c - forgets what opened encrypted disks that were deleted.
 *
 * All machines' disks are looked at first, one machine after the other, as each has its definition read.
 */
#include "app-forget.h"

#include "app-keyring.h"

typedef struct {
    GPtrArray *machines; /* that are yet to be looked at */
    GPtrArray *disks;    /* of the last of them, of VitrineDeviceInfo; or NULL */
    GHashTable *uuids;   /* that no machine has so far */
} Forget;

static void
forget_free (Forget *self)
{
    g_ptr_array_unref (self->machines);
    g_clear_pointer (&self->disks, g_ptr_array_unref);
    g_hash_table_unref (self->uuids);
    g_free (self);
}

static gboolean look_at_next (gpointer user_data);

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Forget *self = user_data;
    g_autofree char *uuid =
        vitrine_machine_identify_image_finish (VITRINE_MACHINE (source), result, NULL);

    if (uuid != NULL)
        g_hash_table_remove (self->uuids, uuid);
    look_at_next (self);
}

static void
end (Forget *self)
{
    GHashTableIter iter;
    gpointer uuid;

    g_hash_table_iter_init (&iter, self->uuids);
    while (g_hash_table_iter_next (&iter, &uuid, NULL))
        app_keyring_forget_async (app_keyring_get_default (), uuid, NULL, NULL, NULL);
    forget_free (self);
}

/* A disk of the last machine, or else the next machine. */
static gboolean
look_at_next (gpointer user_data)
{
    Forget *self = user_data;
    guint n = self->machines->len;
    VitrineMachine *machine = n > 0 ? g_ptr_array_index (self->machines, n - 1) : NULL;

    if (machine == NULL || g_hash_table_size (self->uuids) == 0) {
        end (self);
        return G_SOURCE_REMOVE;
    }
    if (self->disks == NULL)
        self->disks = vitrine_machine_dup_encrypted (machine);
    if (self->disks->len > 0) {
        g_autoptr (VitrineDeviceInfo) disk =
            g_ptr_array_steal_index (self->disks, self->disks->len - 1);

        vitrine_machine_identify_image_async (machine, disk->source, NULL, identified_cb, self);
        return G_SOURCE_REMOVE;
    }
    g_clear_pointer (&self->disks, g_ptr_array_unref);
    g_ptr_array_set_size (self->machines, (int) n - 1);
    g_idle_add (look_at_next, self);
    return G_SOURCE_REMOVE;
}

static void
add_machines (Forget *self, AppHost *host)
{
    VitrineHost *machines = app_host_get_host (host);
    guint n = machines != NULL ? g_list_model_get_n_items (G_LIST_MODEL (machines)) : 0;

    for (guint i = 0; i < n; i++)
        g_ptr_array_add (self->machines, g_list_model_get_item (G_LIST_MODEL (machines), i));
}

void
app_forget (AppHosts *hosts, const char *const *uuids)
{
    Forget *self;

    g_return_if_fail (APP_IS_HOSTS (hosts) && uuids != NULL);

    if (uuids[0] == NULL)
        return;
    self = g_new0 (Forget, 1);
    self->machines = g_ptr_array_new_with_free_func (g_object_unref);
    self->uuids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (; *uuids != NULL; uuids++)
        g_hash_table_add (self->uuids, g_strdup (*uuids));
    for (guint i = 0; i < app_hosts_get_n (hosts); i++)
        add_machines (self, app_hosts_get (hosts, i));
    g_idle_add (look_at_next, self);
}
