/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-storage-window.c - the storage pools of a host: how full they are, whether they run, and what is in them.
 *
 * No engine tells when a pool fills: pools and volumes are read when the window is looked at again, and after whatever is
 * done here.
 */
#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-confirm-popover.h"
#include "app-format.h"
#include "app-note-bar.h"
#include "app-pool-dialog.h"
#include "app-side-list.h"
#include "app-storage-private.h"
#include "app-storage.h"
#include "app-volume-dialog.h"

G_DEFINE_TYPE (AppStorageWindow, app_storage_window, GTK_TYPE_WINDOW)

const VitrinePoolInfo *
app_storage_window_get_pool (AppStorageWindow *self)
{
    return app_storage_find_pool (self->pools, self->pool);
}

const VitrineVolumeInfo *
app_storage_window_get_volume (AppStorageWindow *self)
{
    return app_storage_find_volume (self->volumes, self->volume);
}

void
app_storage_window_say_error (AppStorageWindow *self, const GError *error)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

/* --- the page ------------------------------------------------------------------------------------ */

static void
set_fact (AppFormRow *row, const char *text)
{
    app_form_row_set_note (row, APP_NOTE_PLAIN, text);
    gtk_widget_set_visible (GTK_WIDGET (row), *text != '\0');
}

static void
update_space (AppStorageWindow *self, const VitrinePoolInfo *info)
{
    g_autofree char *whole = app_format_size (info->capacity_bytes);
    g_autofree char *free_bytes = app_format_size (info->available_bytes);
    g_autofree char *used = app_format_size (info->allocation_bytes);
    g_autofree char *text =
        /* Translators: sizes of a storage pool: "19 GiB of 252 GiB are used, 233 GiB are free" */
        g_strdup_printf (_ ("%s of %s are used, %s are free"), used, whole, free_bytes);
    double share = info->capacity_bytes > 0
                       ? (double) info->allocation_bytes / (double) info->capacity_bytes
                       : 0;

    gtk_widget_set_visible (GTK_WIDGET (self->space_row), info->capacity_bytes > 0);
    app_form_row_set_note (self->space_row, APP_NOTE_PLAIN, text);
    gtk_level_bar_set_value (self->space_bar, CLAMP (share, 0, 1));
}

static void
update_volume_page (AppStorageWindow *self)
{
    const VitrineVolumeInfo *info = app_storage_window_get_volume (self);
    g_autofree char *users = info != NULL ? g_strjoinv (", ", info->users) : NULL;

    const char *name = info != NULL ? info->name : "";

    if (!g_str_equal (gtk_label_get_label (self->volume_label), name)) { /* another one */
        gtk_label_set_label (self->volume_label, name);
        gtk_entry_set_text (self->clone_entry, "");
        if (info != NULL)
            app_size_entry_set_mib (self->grow_entry, info->capacity_bytes / APP_MIB);
    }
    gtk_widget_set_visible (GTK_WIDGET (self->volume_label), info != NULL);
    gtk_widget_set_visible (self->volume_card, info != NULL);
    if (info != NULL) {
        app_form_row_set_note (self->users_row, APP_NOTE_PLAIN,
                               *users != '\0' ? users : _ ("No machine"));
        set_fact (self->backing_row, info->backing);
        set_fact (self->path_row, info->path);
    }
    app_storage_window_update_work (self);
}

static void
update_page (AppStorageWindow *self)
{
    const VitrinePoolInfo *info = self->hosts != NULL ? app_storage_window_get_pool (self) : NULL;

    if (self->hosts == NULL)
        return;
    gtk_stack_set_visible_child_name (self->stack, info != NULL ? "page" : "empty");
    if (info != NULL) {
        gtk_label_set_label (self->title_label, info->name);
        app_form_row_set_note (self->state_row, APP_NOTE_PLAIN,
                               info->is_active ? C_ ("pool", "Started") : _ ("Not started"));
        gtk_button_set_label (self->state_button, info->is_active ? _ ("_Stop") : _ ("_Start"));
        gtk_widget_set_visible (GTK_WIDGET (self->refresh_button), info->is_active);
        update_space (self, info);
        set_fact (self->kind_row, app_storage_format_type (info->type));
        set_fact (self->place_row, info->path);
        set_fact (self->source_row, info->source);
        self->filling = TRUE;
        gtk_switch_set_active (self->autostart_switch, info->autostart);
        self->filling = FALSE;
        gtk_widget_set_visible (self->volumes_heading, info->is_active);
        gtk_widget_set_visible (self->volumes_card, info->is_active);
    }
    update_volume_page (self);
}

/* --- what is in it ------------------------------------------------------------------------------- */

static void
show_volumes (AppStorageWindow *self)
{
    g_autoptr (GPtrArray) items = app_side_items_new ();

    for (guint i = 0; self->volumes != NULL && i < self->volumes->len; i++) {
        const VitrineVolumeInfo *info = g_ptr_array_index (self->volumes, i);
        g_autofree char *fact =
            app_format_image_fact (*info->format != '\0' ? info->format : "raw",
                                   info->allocation_bytes, info->capacity_bytes, info->users);

        g_ptr_array_add (
            items, app_side_item_new (info->name, "drive-harddisk-symbolic", info->name, fact, 0));
    }
    app_side_list_fill (self->volumes_list, items, self->volume);
    if (items->len == 0)
        g_clear_pointer (&self->volume, g_free);
    gtk_widget_set_visible (self->volumes_scroller, items->len > 0);
    app_form_row_set_note (self->new_volume_row, APP_NOTE_PLAIN,
                           self->volumes == NULL ? _ ("Looking into it…")
                           : items->len == 0     ? _ ("There is no volume in it yet")
                                                 : "");
    update_page (self);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppStorageWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) volumes = NULL;

    volumes = vitrine_host_list_resources_finish (VITRINE_HOST (source), result, &error);
    if (g_task_get_cancellable (G_TASK (result)) != self->looking)
        return;
    g_clear_object (&self->looking);
    if (volumes == NULL)
        app_storage_window_say_error (self, error);
    g_clear_pointer (&self->volumes, g_ptr_array_unref);
    self->volumes = volumes != NULL ? g_steal_pointer (&volumes) : g_ptr_array_new ();
    show_volumes (self);
}

static void
look (AppStorageWindow *self)
{
    const VitrinePoolInfo *info = app_storage_window_get_pool (self);
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .parent = self->pool };

    app_cancellable_end (&self->looking);
    if (info == NULL || !info->is_active || host == NULL) {
        g_clear_pointer (&self->volumes, g_ptr_array_unref);
        show_volumes (self);
        return;
    }
    self->looking = g_cancellable_new ();
    vitrine_host_ask_resource_async (host, &request, self->looking, looked_cb, g_object_ref (self));
}

static void
volume_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppStorageWindow *self)
{
    /* The rows are made anew when the list changes: that is nobody's choice. */
    if (row == NULL || g_strcmp0 (app_side_row_get_key (row), self->volume) == 0)
        return;
    g_free (self->volume);
    self->volume = g_strdup (app_side_row_get_key (row));
    update_volume_page (self);
}

/* --- the pools ----------------------------------------------------------------------------------- */

/* "Started · Folder · 233 GiB free" */
static char *
format_pool (const VitrinePoolInfo *info)
{
    const char *kind = app_storage_format_type (info->type);
    g_autofree char *left = app_format_size (info->available_bytes);

    if (!info->is_active)
        return g_strdup_printf (_ ("%s · %s"), _ ("Not started"), kind);
    /* Translators: a storage pool's kind, and how much space is left: "Folder · 233 GiB free" */
    return g_strdup_printf (_ ("%s · %s free"), kind, left);
}

static void
show (AppStorageWindow *self)
{
    g_autoptr (GPtrArray) items = app_side_items_new ();
    g_autofree char *before = g_strdup (self->pool);

    for (guint i = 0; i < self->pools->len; i++) {
        const VitrinePoolInfo *info = g_ptr_array_index (self->pools, i);
        g_autofree char *fact = format_pool (info);

        g_ptr_array_add (items, app_side_item_new (info->name,
                                                   info->is_active ? "drive-multidisk-symbolic"
                                                                   : "media-playback-stop-symbolic",
                                                   info->name, fact, 0));
    }
    app_side_list_fill (self->pools_list, items, self->pool);
    if (items->len == 0)
        g_clear_pointer (&self->pool, g_free);
    if (self->pool == NULL || g_strcmp0 (self->pool, before) == 0)
        look (self); /* else it was, when it was selected */
    update_page (self);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppStorageWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) pools = NULL;

    pools = vitrine_host_list_resources_finish (VITRINE_HOST (source), result, &error);
    if (g_task_get_cancellable (G_TASK (result)) != self->listing)
        return;
    g_clear_object (&self->listing);
    if (pools != NULL) {
        g_ptr_array_unref (self->pools);
        self->pools = g_steal_pointer (&pools);
    } else {
        app_storage_window_say_error (self, error);
        gtk_label_set_label (self->empty_label, "");
    }
    show (self);
}

void
app_storage_window_refresh (AppStorageWindow *self)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL };

    app_cancellable_end (&self->listing);
    if (host == NULL)
        return;
    gtk_widget_set_visible (GTK_WIDGET (self->new_button), vitrine_host_has_resources (host));
    if (!vitrine_host_has_resources (host)) {
        gtk_label_set_label (self->empty_label,
                             _ ("Machines of this computer keep their disks in their own folders. "
                                "Storage pools are libvirt’s: add a host to see its."));
        return;
    }
    self->listing = g_cancellable_new ();
    gtk_label_set_label (self->empty_label, _ ("No storage pool yet"));
    vitrine_host_ask_resource_async (host, &request, self->listing, listed_cb, g_object_ref (self));
}

static void
pool_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppStorageWindow *self)
{
    if (row == NULL || g_strcmp0 (app_side_row_get_key (row), self->pool) == 0)
        return;
    g_free (self->pool);
    self->pool = g_strdup (app_side_row_get_key (row));
    g_clear_pointer (&self->volumes, g_ptr_array_unref);
    g_clear_pointer (&self->volume, g_free);
    gtk_switch_set_active (self->with_volumes_switch, FALSE);
    show_volumes (self);
    look (self);
}

/* --- acting -------------------------------------------------------------------------------------- */

static void
act (AppStorageWindow *self, VitrineResourceAction action, const char *text)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL,
                                             .action = action,
                                             .name = self->pool };

    if (self->pool != NULL)
        app_storage_window_do (self, &request, text);
}

static void
stop_confirmed_cb (AppConfirmPopover *popover, AppStorageWindow *self)
{
    act (self, VITRINE_RESOURCE_STOP, _ ("Stopping the pool…"));
}

static void
state_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    const VitrinePoolInfo *info = app_storage_window_get_pool (self);
    g_autofree char *title = NULL;
    AppConfirmPopover *popover;

    if (info == NULL)
        return;
    if (!info->is_active) {
        act (self, VITRINE_RESOURCE_START, _ ("Starting the pool…"));
        return;
    }
    title = g_strdup_printf (_ ("Stop “%s”?"), info->name);
    popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title,
        _ ("Nothing can be made in it then, and a file system that it mounts goes away."),
        _ ("Stop"));
    g_signal_connect_object (popover, "confirmed", G_CALLBACK (stop_confirmed_cb), self, 0);
}

static void
refresh_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    act (self, VITRINE_RESOURCE_REFRESH, _ ("Looking into the pool…"));
}

static void
autostart_cb (GtkSwitch *autostart, GParamSpec *pspec, AppStorageWindow *self)
{
    if (!self->filling)
        act (self,
             gtk_switch_get_active (autostart) ? VITRINE_RESOURCE_AUTOSTART
                                               : VITRINE_RESOURCE_NO_AUTOSTART,
             _ ("Changing the pool…"));
}

static void
pool_created_cb (AppPoolDialog *dialog, const char *name, AppStorageWindow *self)
{
    if (*name != '\0') {
        g_free (self->pool);
        self->pool = g_strdup (name);
        g_clear_pointer (&self->volumes, g_ptr_array_unref);
        g_clear_pointer (&self->volume, g_free);
    }
    app_storage_window_refresh (self);
}

static void
new_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    AppPoolDialog *dialog;

    if (host == NULL)
        return;
    dialog = app_pool_dialog_new (GTK_WINDOW (self), host, self->pools);
    g_signal_connect_object (dialog, "created", G_CALLBACK (pool_created_cb), self, 0);
    gtk_window_present (GTK_WINDOW (dialog));
}

static void
volume_created_cb (AppVolumeDialog *dialog, const char *name, AppStorageWindow *self)
{
    g_free (self->volume);
    self->volume = g_strdup (name);
    app_storage_window_refresh (self);
}

static void
new_volume_clicked_cb (GtkButton *button, AppStorageWindow *self)
{
    const VitrinePoolInfo *info = app_storage_window_get_pool (self);
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    AppVolumeDialog *dialog;

    if (host == NULL || info == NULL || self->volumes == NULL)
        return;
    dialog = app_volume_dialog_new (GTK_WINDOW (self), host, info, self->volumes);
    g_signal_connect_object (dialog, "created", G_CALLBACK (volume_created_cb), self, 0);
    gtk_window_present (GTK_WINDOW (dialog));
}

/* --- signals ------------------------------------------------------------------------------------- */

static void
host_changed_cb (GtkComboBox *combo, AppStorageWindow *self)
{
    if (self->hosts == NULL)
        return;
    g_ptr_array_unref (self->pools);
    self->pools = g_ptr_array_new ();
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    show (self);
    app_storage_window_refresh (self);
}

static void
active_cb (AppStorageWindow *self)
{
    if (gtk_window_is_active (GTK_WINDOW (self)) && self->hosts != NULL && self->listing == NULL
        && self->looking == NULL && !app_work_line_get_busy (self->work_line))
        app_storage_window_refresh (self);
}

static gboolean
app_storage_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    AppStorageWindow *self = APP_STORAGE_WINDOW (widget);

    if (event->keyval == GDK_KEY_Escape) {
        app_work_line_cancel_or_close (self->work_line);
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_storage_window_parent_class)->key_press_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_storage_window_dispose (GObject *object)
{
    AppStorageWindow *self = APP_STORAGE_WINDOW (object);

    app_cancellable_end (&self->listing);
    app_cancellable_end (&self->looking);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_storage_window_parent_class)->dispose (object);
}

static void
app_storage_window_finalize (GObject *object)
{
    AppStorageWindow *self = APP_STORAGE_WINDOW (object);

    g_ptr_array_unref (self->pools);
    g_clear_pointer (&self->volumes, g_ptr_array_unref);
    g_free (self->pool);
    g_free (self->volume);
    G_OBJECT_CLASS (app_storage_window_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, host_combo);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, pools_list);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, new_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, empty_label);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, form);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, state_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, state_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, refresh_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, space_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, space_bar);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, kind_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, place_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, source_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, autostart_switch);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, volumes_heading);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, volumes_card);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, volumes_scroller);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, volumes_list);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, new_volume_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, volume_label);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, volume_card);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, users_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, backing_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, path_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, grow_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, grow_entry);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, grow_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, clone_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, clone_entry);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, clone_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, delete_volume_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, delete_volume_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, with_volumes_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, with_volumes_switch);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, delete_row);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, delete_button);
    gtk_widget_class_bind_template_child (widget_class, AppStorageWindow, work_line);
}

static void
app_storage_window_class_init (AppStorageWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_storage_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_storage_window_finalize;
    widget_class->key_press_event = app_storage_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_HOST_COMBO);
    g_type_ensure (APP_TYPE_SIZE_ENTRY);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-storage-window.ui");
    bind_children (widget_class);
    gtk_widget_class_bind_template_callback (widget_class, host_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, pool_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, volume_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, new_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, new_volume_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, state_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, refresh_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, autostart_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_storage_window_update_work);
    gtk_widget_class_bind_template_callback (widget_class, app_storage_grow_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_storage_clone_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_storage_delete_volume_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_storage_delete_clicked_cb);
}

static void
app_storage_window_init (AppStorageWindow *self)
{
    self->pools = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    app_form_follow_focus (self->form);
    g_signal_connect_swapped (self->work_line, "notify::busy",
                              G_CALLBACK (app_storage_window_update_work), self);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

/* The first host that has pools, rather than this computer, which has none. */
static void
choose_host (AppStorageWindow *self)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    for (guint i = 0;
         host != NULL && !vitrine_host_has_resources (host) && i < app_hosts_get_n (self->hosts);
         i++) {
        AppHost *other = app_hosts_get (self->hosts, i);

        if (app_host_get_state (other) == APP_HOST_CONNECTED
            && vitrine_host_has_resources (app_host_get_host (other))) {
            gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->host_combo),
                                         app_host_get_uri (other));
            return;
        }
    }
}

AppStorageWindow *
app_storage_window_new (GtkWindow *parent, AppHosts *hosts)
{
    AppStorageWindow *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_STORAGE_WINDOW, "transient-for", parent, "destroy-with-parent",
                         TRUE, NULL);
    self->hosts = g_object_ref (hosts);
    app_host_combo_set_hosts (self->host_combo, hosts);
    choose_host (self);
    if (self->listing == NULL)
        app_storage_window_refresh (self);
    return self;
}
