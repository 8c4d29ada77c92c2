/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-volume.c - the create sheet's disk as a logical volume: which groups there are, and which one is chosen.
 *
 * A host that cannot say which it has, as most have none, is not asked for one.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "app-cancellable.h"
#include "app-create-dialog-private.h"
#include "app-format.h"

/* The id of a choice is "GROUP", or "GROUP/POOL", as LVM's names have no "/". */
static void
add_group (AppCreateDialog *self, const VitrineVolumeGroup *group)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->group_combo);

    gtk_combo_box_text_append (combo, group->name, group->name);
    for (guint i = 0; i < group->pools->len; i++) {
        const VitrineVolumePool *pool = g_ptr_array_index (group->pools, i);
        g_autofree char *id = g_strdup_printf ("%s/%s", group->name, pool->name);
        /* TRANSLATORS: an LVM volume group, and a thin pool in it */
        g_autofree char *label = g_strdup_printf (_ ("%s, pool %s"), group->name, pool->name);

        gtk_combo_box_text_append (combo, id, label);
    }
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GPtrArray) groups =
        vitrine_host_list_volume_groups_finish (VITRINE_HOST (source), result, NULL);

    if (self->host == NULL || g_task_get_cancellable (G_TASK (result)) != self->listing_groups)
        return;
    g_clear_object (&self->listing_groups);
    if (groups == NULL || groups->len == 0)
        return;
    self->groups = g_steal_pointer (&groups);
    for (guint i = 0; i < self->groups->len; i++)
        add_group (self, g_ptr_array_index (self->groups, i));
    gtk_combo_box_set_active (self->group_combo, 0);
    gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self->format_combo), APP_CREATE_VOLUME,
                               _ ("LVM volume"));
    app_create_dialog_update (self);
}

void
app_create_dialog_take_volumes (AppCreateDialog *self)
{
    app_create_dialog_end_volumes (self);
    gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->group_combo));
    self->listing_groups = g_cancellable_new ();
    vitrine_host_list_volume_groups_async (self->host, self->listing_groups, listed_cb,
                                           g_object_ref (self));
}

void
app_create_dialog_end_volumes (AppCreateDialog *self)
{
    app_cancellable_end (&self->listing_groups);
    g_clear_pointer (&self->groups, g_ptr_array_unref);
}

/* The group that is chosen, and its pool or NULL. */
static const VitrineVolumeGroup *
get_group (AppCreateDialog *self, const VitrineVolumePool **pool)
{
    const char *id = gtk_combo_box_get_active_id (self->group_combo);
    const char *slash = id != NULL ? strchr (id, '/') : NULL;

    *pool = NULL;
    for (guint i = 0; id != NULL && i < self->groups->len; i++) {
        const VitrineVolumeGroup *group = g_ptr_array_index (self->groups, i);
        gsize len = slash != NULL ? (gsize) (slash - id) : strlen (id);

        if (strlen (group->name) != len || strncmp (group->name, id, len) != 0)
            continue;
        for (guint j = 0; slash != NULL && j < group->pools->len; j++)
            if (g_str_equal (((VitrineVolumePool *) g_ptr_array_index (group->pools, j))->name,
                             slash + 1))
                *pool = g_ptr_array_index (group->pools, j);
        return group;
    }
    return NULL;
}

gboolean
app_create_dialog_check_volume (AppCreateDialog *self, guint64 size_bytes)
{
    const VitrineVolumePool *pool;
    const VitrineVolumeGroup *group = get_group (self, &pool);
    guint64 free_bytes = group == NULL ? 0 : group->free_bytes;
    g_autofree char *unused = app_format_size (free_bytes);
    g_autofree char *text = NULL;

    if (pool != NULL) {
        g_autofree char *used = app_format_size (pool->used_bytes);
        g_autofree char *size = app_format_size (pool->size_bytes);

        text = g_strdup_printf (_ ("%s of %s are used; the volume takes space as it fills"), used,
                                size);
        app_form_row_set_note (self->group_row, APP_NOTE_PLAIN, text);
        return TRUE;
    }
    text = g_strdup_printf (size_bytes > free_bytes ? _ ("Only %s are free in this group")
                                                    : _ ("%s are free; all of it is taken at once"),
                            unused);
    app_form_row_set_note (self->group_row,
                           size_bytes > free_bytes ? APP_NOTE_ERROR : APP_NOTE_PLAIN, text);
    return size_bytes <= free_bytes;
}

void
app_create_dialog_set_volume (AppCreateDialog *self, VitrineDiskSpec *disk)
{
    const VitrineVolumePool *pool;
    const VitrineVolumeGroup *group = get_group (self, &pool);

    g_return_if_fail (group != NULL); /* it was checked */
    g_free (disk->format);
    disk->format = g_strdup ("raw");
    disk->group = g_strdup (group->name);
    disk->pool = g_strdup (pool != NULL ? pool->name : NULL);
}
