/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-storage-work.c - what is done to the pool and the volume that are selected.
 *
 * Each row says what it would do, or why it may not; the host checks all of it again.
 */
#include <glib/gi18n.h>

#include "app-confirm-popover.h"
#include "app-format.h"
#include "app-note-bar.h"
#include "app-storage-private.h"
#include "app-storage.h"

/* --- doing it ------------------------------------------------------------------------------------ */

/* Keeps the window, and the line in it, until the answer comes. */
typedef struct {
    AppStorageWindow *window;
    AppWorkLine *line;
} Call;

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr (AppStorageWindow) self = call->window;
    g_autoptr (AppWorkLine) line = call->line;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, &error);

    app_work_line_end (line);
    if (self->hosts == NULL)
        return;
    if (!done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        app_storage_window_say_error (self, error);
    app_storage_window_refresh (self);
}

void
app_storage_window_do (AppStorageWindow *self, const VitrineResourceRequest *request,
                       const char *text)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    VitrineResourceRequest asked = *request;
    GCancellable *cancellable;
    Call *call;

    if (host == NULL || app_work_line_get_busy (self->work_line))
        return;
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    call = g_new0 (Call, 1);
    call->window = g_object_ref (self);
    call->line = g_object_ref (self->work_line);
    cancellable = app_work_line_begin (self->work_line, text);
    asked.progress = app_work_line_progress_cb;
    asked.progress_data = self->work_line;
    vitrine_host_ask_resource_async (host, &asked, cancellable, done_cb, call);
}

/* To the volume that is selected; the rest of REQUEST is what its action needs. */
static void
do_to_volume (AppStorageWindow *self, VitrineResourceRequest request, const char *text)
{
    if (self->pool == NULL || self->volume == NULL)
        return;
    request.kind = VITRINE_RESOURCE_VOLUME;
    request.parent = self->pool;
    request.name = self->volume;
    app_storage_window_do (self, &request, text);
}

/* --- what may be done ---------------------------------------------------------------------------- */

/* The volume of the pool that is based on PATH, or NULL. */
static const VitrineVolumeInfo *
find_based (AppStorageWindow *self, const char *path)
{
    for (guint i = 0; self->volumes != NULL && i < self->volumes->len; i++) {
        const VitrineVolumeInfo *info = g_ptr_array_index (self->volumes, i);

        if (*info->backing != '\0' && g_str_equal (info->backing, path))
            return info;
    }
    return NULL;
}

/* Whether what is in the pool INFO goes with it. */
static gboolean
takes_volumes (AppStorageWindow *self, const VitrinePoolInfo *info)
{
    return info->is_active && gtk_switch_get_active (self->with_volumes_switch);
}

/* PROBLEM is why it may not be done, or NULL, and NOTE what it does. */
static void
update_row (AppFormRow *row, GtkWidget *button, const char *problem, const char *note,
            gboolean ready)
{
    app_form_row_set_note (row, APP_NOTE_PLAIN, problem != NULL ? problem : note);
    gtk_widget_set_sensitive (button, problem == NULL && ready);
}

static void
update_volume (AppStorageWindow *self, const VitrineVolumeInfo *info)
{
    g_autofree char *users = g_strjoinv (", ", info->users);
    const VitrineVolumeInfo *based = find_based (self, info->path);
    g_autofree char *runs =
        info->in_use ? g_strdup_printf (_ ("A machine runs with it: %s"), users) : NULL;
    g_autofree char *stays =
        *users != '\0' ? g_strdup_printf (_ ("It is used by %s"), users)
        : based != NULL
            ? g_strdup_printf (_ ("It must stay as it is: “%s” is based on it"), based->name)
            : NULL;
    g_autofree char *name = app_form_dup_text (self->clone_entry);
    guint64 mib = 0;
    gboolean grows = app_size_entry_peek_mib (self->grow_entry, &mib) && mib <= G_MAXINT64 / APP_MIB
                     && mib * APP_MIB > info->capacity_bytes;
    gboolean taken = *name != '\0' && app_storage_find_volume (self->volumes, name) != NULL;

    update_row (self->grow_row, GTK_WIDGET (self->grow_button), runs,
                _ ("It can only become larger"), grows);
    update_row (self->clone_row, GTK_WIDGET (self->clone_button),
                taken ? _ ("There already is a volume of this name") : runs,
                _ ("A copy of all that is in it, in the same pool"),
                vitrine_volume_check_name (name, NULL));
    update_row (self->delete_volume_row, GTK_WIDGET (self->delete_volume_button), stays,
                _ ("What is in it is lost and cannot be brought back"), TRUE);
}

static void
update_pool (AppStorageWindow *self, const VitrinePoolInfo *info)
{
    gboolean with = takes_volumes (self, info);
    guint n = self->volumes != NULL ? self->volumes->len : 0;
    g_autofree char *all = NULL;

    all = g_strdup_printf (ngettext ("The %u volume in it is lost and cannot be brought back",
                                     "The %u volumes in it are lost and cannot be brought back", n),
                           n);
    app_form_row_set_note (self->with_volumes_row, APP_NOTE_PLAIN,
                           info->is_active ? _ ("Else what is in it stays where it is")
                                           : _ ("What is in it is known while it is started"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->with_volumes_switch), info->is_active);
    update_row (self->delete_row, GTK_WIDGET (self->delete_button),
                info->is_active && !with ? _ ("It must be stopped before") : NULL,
                with ? all : _ ("The host forgets it; what is in it stays where it is"),
                !with || self->volumes != NULL);
}

void
app_storage_window_update_work (AppStorageWindow *self)
{
    const VitrinePoolInfo *pool = self->hosts != NULL ? app_storage_window_get_pool (self) : NULL;
    const VitrineVolumeInfo *volume = pool != NULL ? app_storage_window_get_volume (self) : NULL;
    gboolean busy;

    if (self->hosts == NULL)
        return;
    busy = app_work_line_get_busy (self->work_line);
    gtk_widget_set_sensitive (self->form, !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->new_button), !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->host_combo), !busy);
    if (pool != NULL)
        update_pool (self, pool);
    if (volume != NULL)
        update_volume (self, volume);
}

/* --- volumes ------------------------------------------------------------------------------------- */

void
app_storage_grow_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    guint64 mib = 0;

    if (app_size_entry_peek_mib (self->grow_entry, &mib))
        do_to_volume (self,
                      (VitrineResourceRequest){ .action = VITRINE_RESOURCE_RESIZE,
                                                .size_bytes = mib * APP_MIB },
                      _ ("Growing the volume…"));
}

void
app_storage_clone_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    g_autofree char *name = app_form_dup_text (self->clone_entry);

    do_to_volume (self,
                  (VitrineResourceRequest){ .action = VITRINE_RESOURCE_CLONE, .new_name = name },
                  _ ("Cloning the volume…"));
}

static void
delete_volume_confirmed_cb (AppConfirmPopover *popover, AppStorageWindow *self)
{
    do_to_volume (self, (VitrineResourceRequest){ .action = VITRINE_RESOURCE_DELETE },
                  _ ("Deleting the volume…"));
}

void
app_storage_delete_volume_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    g_autofree char *title = g_strdup_printf (_ ("Delete “%s”?"), self->volume);
    AppConfirmPopover *popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title, _ ("What is in it is lost and cannot be brought back."),
        _ ("Delete"));

    g_signal_connect_object (popover, "confirmed", G_CALLBACK (delete_volume_confirmed_cb), self,
                             0);
}

/* --- the pool ------------------------------------------------------------------------------------ */

static void
delete_confirmed_cb (AppConfirmPopover *popover, AppStorageWindow *self)
{
    const VitrinePoolInfo *info = app_storage_window_get_pool (self);
    const VitrineResourceRequest request = {
        .kind = VITRINE_RESOURCE_POOL,
        .action = VITRINE_RESOURCE_DELETE,
        .name = self->pool,
        .with_volumes = info != NULL && takes_volumes (self, info),
    };

    if (info != NULL)
        app_storage_window_do (self, &request, _ ("Deleting the pool…"));
}

/* What the volumes are is asked about by name where they go. */
void
app_storage_delete_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    const VitrinePoolInfo *info = app_storage_window_get_pool (self);
    gboolean with = info != NULL && takes_volumes (self, info);
    guint n = self->volumes != NULL ? self->volumes->len : 0;
    g_autofree char *title = NULL;
    g_autofree char *text = NULL;
    AppConfirmPopover *popover;

    if (info == NULL)
        return;
    title = g_strdup_printf (_ ("Delete “%s”?"), info->name);
    text = with ? g_strdup_printf (
               ngettext ("The %u volume in it is lost and cannot be brought back.",
                         "The %u volumes in it are lost and cannot be brought back.", n),
               n)
                : g_strdup (_ ("What is in it stays where it is."));
    popover = app_confirm_popover_ask (GTK_WIDGET (button), title, text, _ ("Delete"));
    g_signal_connect_object (popover, "confirmed", G_CALLBACK (delete_confirmed_cb), self, 0);
}
