/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-disk.c - the create sheet's disk: one that is there, looked into first, or a new one, where and of what kind.
 *
 * What an image is, what it is based on and who uses it is the engine's to say, as its machines are; a folder's free
 * space is asked for without waiting, as it may be on a server that has died.
 */
#include <glib/gi18n.h>
#include <string.h>
#include "app-cancellable.h"

#include "app-create-dialog-private.h"
#include "app-format.h"
#include "app-preferences.h"

#define DISK_MAX_MIB (G_GUINT64_CONSTANT (16) << 20)

static gboolean
refuse (AppFormRow *row, const char *note)
{
    app_form_row_set_note (row, APP_NOTE_ERROR, note);
    return FALSE;
}

/* --- an image that is there ---------------------------------------------------------------------- */

static void
inspected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GPtrArray) images =
        vitrine_host_list_images_finish (VITRINE_HOST (source), result, NULL);

    /* Another file was chosen meanwhile, or the sheet has gone; an engine that cannot say has its say when the machine
     * is made. */
    if (self->host == NULL || images == NULL || images->len == 0
        || g_strcmp0 (((VitrineImage *) g_ptr_array_index (images, 0))->path, self->source->path)
               != 0)
        return;
    g_clear_pointer (&self->image, vitrine_image_free);
    g_ptr_array_set_free_func (images, NULL);
    self->image = g_ptr_array_index (images, 0);
    for (guint i = 1; i < images->len; i++)
        vitrine_image_free (g_ptr_array_index (images, i));
    app_create_dialog_update (self);
}

void
app_create_dialog_inspect (AppCreateDialog *self)
{
    vitrine_host_list_images_async (self->host, self->source->path, NULL, inspected_cb,
                                    g_object_ref (self));
}

gboolean
app_create_dialog_check_image (AppCreateDialog *self)
{
    const VitrineImage *image = self->image;
    g_autofree char *users = g_strjoinv (", ", image->users);
    g_autofree char *size = app_format_size (image->size_bytes);
    g_autofree char *used = app_format_size (image->used_bytes);
    g_autofree char *base = g_filename_display_basename (image->base);
    g_autofree char *note = NULL;

    if (*image->problem != '\0')
        return refuse (self->source_row, image->problem);
    if (*users != '\0') {
        note = g_strdup_printf (_ ("It is used by %s"), users);
        return refuse (self->source_row, note);
    }
    if (*image->base != '\0')
        note = g_strdup_printf (_ ("%s · %s of %s, based on “%s”; used where it is, not copied"),
                                app_format_image_kind (image), used, size, base);
    else
        note = g_strdup_printf (_ ("%s · %s of %s; used where it is, not copied"),
                                app_format_image_kind (image), used, size);
    app_form_row_set_note (self->source_row, APP_NOTE_PLAIN, note);
    return TRUE;
}

/* --- the place of a new one ---------------------------------------------------------------------- */

/* Folders of another computer are not to be chosen among. */
static gboolean
has_folder (AppCreateDialog *self)
{
    return self->folder != NULL && !self->limits->elsewhere;
}

#define USUAL "default" /* the id of the choice that leaves it to the engine */

static const char *
get_format (AppCreateDialog *self)
{
    const char *id = gtk_combo_box_get_active_id (self->format_combo);

    return id != NULL ? id : USUAL;
}

/* A host that keeps disks where nobody is told has a format of its own for them. */
void
app_create_dialog_take_disk (AppCreateDialog *self)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->format_combo);
    const char *folder = self->limits->machines_folder;
    gboolean is_hosts = folder == NULL || *folder == '\0';

    gtk_combo_box_text_remove_all (combo);
    if (is_hosts)
        gtk_combo_box_text_append (combo, USUAL, _ ("Usual"));
    gtk_combo_box_text_append (combo, "raw", "raw");
    gtk_combo_box_text_append (combo, "qcow2", "qcow2");
    if (!is_hosts)
        gtk_combo_box_text_append (combo, "luks", _ ("luks, encrypted"));
    gtk_combo_box_set_active (self->format_combo, 0);
    app_create_dialog_take_volumes (self);
}

static gboolean
is_volume (AppCreateDialog *self)
{
    return g_str_equal (get_format (self), APP_CREATE_VOLUME);
}

static const char *
get_space (AppCreateDialog *self)
{
    const char *id = gtk_combo_box_get_active_id (self->space_combo);

    return id != NULL ? id : "off";
}

/* What is said of the format that is chosen. */
static const char *
describe_format (AppCreateDialog *self)
{
    if (g_str_equal (get_format (self), USUAL))
        return NULL;
    if (is_volume (self))
        return _ ("A part of a disk of its own; snapshots begin while the machine is off");
    if (g_str_equal (get_format (self), "luks"))
        return _ ("Its passphrase is asked for now and at each start; it has no snapshots");
    return g_str_equal (get_format (self), "raw")
               ? _ ("The fastest; snapshots begin while the machine is off")
               : _ ("Snapshots while the machine runs; a little slower");
}

/* Whether how much space a new disk takes at once can be chosen: of a file, where files are this engine's. */
static gboolean
takes_space (AppCreateDialog *self)
{
    return !g_str_equal (get_format (self), USUAL) && !is_volume (self)
           && self->limits->machines_folder != NULL && *self->limits->machines_folder != '\0';
}

/* FALSE where the space cannot be taken as it is chosen. */
static gboolean
check_space (AppCreateDialog *self)
{
    const char *space = get_space (self);
    gboolean good = !g_str_equal (space, "metadata") || g_str_equal (get_format (self), "qcow2");

    app_form_row_set_note (self->space_row, good ? APP_NOTE_PLAIN : APP_NOTE_ERROR,
                           !good                           ? _ ("Only a qcow2 disk has tables")
                           : g_str_equal (space, "off")    ? _ ("The disk takes it as it fills")
                           : g_str_equal (space, "falloc") ? _ ("The file system keeps it free")
                           : g_str_equal (space, "full")
                               ? _ ("All of it is written now, which takes a while")
                               : _ ("Writing for the first time is faster"));
    return good;
}

static char *
dup_path (AppCreateDialog *self)
{
    g_autofree char *file =
        g_strdup_printf ("%s.%s", gtk_entry_get_text (self->name_entry), get_format (self));

    return has_folder (self) ? g_build_filename (self->folder, file, NULL) : NULL;
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GFileInfo) info =
        g_file_query_filesystem_info_finish (G_FILE (source), result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->host == NULL)
        return;
    g_clear_object (&self->measuring);
    if (info != NULL && g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
        self->folder_free_bytes =
            g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
    app_create_dialog_update (self);
}

/* Takes FOLDER over; NULL: the machine's own. */
static void
set_folder (AppCreateDialog *self, char *folder)
{
    g_autoptr (GFile) file = folder != NULL ? g_file_new_for_path (folder) : NULL;

    app_cancellable_end (&self->measuring);
    g_free (self->folder);
    self->folder = folder;
    self->folder_free_bytes = G_MAXUINT64;
    if (file != NULL) {
        self->measuring = g_cancellable_new ();
        g_file_query_filesystem_info_async (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE,
                                            G_PRIORITY_DEFAULT, self->measuring, measured_cb,
                                            g_object_ref (self));
    }
    app_create_dialog_update (self);
}

static void
folder_response_cb (GtkNativeDialog *chooser, int response, AppCreateDialog *self)
{
    char *folder = response == GTK_RESPONSE_ACCEPT
                       ? gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser))
                       : NULL;

    g_clear_object (&self->folder_chooser);
    if (folder != NULL)
        set_folder (self, folder);
}

static void
choose_folder_cb (GtkButton *button, AppCreateDialog *self)
{
    if (self->folder_chooser != NULL)
        return;
    self->folder_chooser = gtk_file_chooser_native_new (
        _ ("Choose a folder for the disk"), GTK_WINDOW (self),
        GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->folder_chooser),
                                         self->folder != NULL ? self->folder : g_get_home_dir ());
    gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->folder_chooser), TRUE);
    g_signal_connect_object (self->folder_chooser, "response", G_CALLBACK (folder_response_cb),
                             self, 0);
    gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->folder_chooser));
}

static void
own_folder_cb (GtkButton *button, AppCreateDialog *self)
{
    set_folder (self, NULL);
}

/* --- checks -------------------------------------------------------------------------------------- */

static gboolean
check_size (AppCreateDialog *self)
{
    guint64 free_bytes =
        has_folder (self) ? self->folder_free_bytes : self->limits->free_disk_bytes;
    g_autofree char *unused = app_format_size (free_bytes);
    g_autofree char *note = NULL;
    guint64 mib;

    if (!app_size_entry_peek_mib (self->size_entry, &mib))
        return refuse (self->size_row, _ ("A size such as “20 GiB”"));
    if (mib == 0)
        return refuse (self->size_row, _ ("A disk needs a size"));
    if (mib > DISK_MAX_MIB)
        return refuse (self->size_row, _ ("16 TiB are the most"));
    if (is_volume (self)) {
        app_form_row_set_note (self->size_row, APP_NOTE_PLAIN, NULL);
        return app_create_dialog_check_volume (self, mib * APP_MIB);
    }
    if (mib > free_bytes / APP_MIB) {
        note = g_strdup_printf (_ ("Only %s are free"), unused);
        return refuse (self->size_row, note);
    }
    if (free_bytes != G_MAXUINT64)
        note = g_strdup_printf (_ ("%s are free"), unused);
    app_form_row_set_note (self->size_row, APP_NOTE_PLAIN, note);
    return TRUE;
}

/* Where the disk will be, as the name is typed. */
static void
update_place (AppCreateDialog *self)
{
    const char *machines = self->limits->machines_folder;
    g_autofree char *path = dup_path (self);
    g_autofree char *place = app_format_path (path != NULL       ? path
                                              : machines != NULL ? machines
                                                                 : "");

    if (path == NULL && *place != '\0') {
        g_autofree char *folder = g_steal_pointer (&place);

        place = g_strdup_printf ("%s/…/%s.%s", folder, gtk_entry_get_text (self->name_entry),
                                 get_format (self));
    }
    app_form_row_set_note (self->place_row, APP_NOTE_PLAIN, place);
    gtk_widget_set_visible (GTK_WIDGET (self->place_row), *place != '\0' && !is_volume (self));
    gtk_widget_set_visible (GTK_WIDGET (self->own_folder_button), has_folder (self));
    gtk_widget_set_visible (GTK_WIDGET (self->folder_button), !self->limits->elsewhere);
}

static const char *
describe_bus (const char *bus)
{
    return g_str_equal (bus, "virtio") ? _ ("The fastest; Windows needs a driver for it")
           : g_str_equal (bus, "scsi") ? _ ("Like virtio, for many disks")
                                       : _ ("Every system knows it");
}

/* What of a new disk can be said: WANTED is one. */
static void
show_rows (AppCreateDialog *self, gboolean wanted)
{
    gtk_widget_set_visible (GTK_WIDGET (self->size_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->format_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->place_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->group_row), wanted && is_volume (self));
    gtk_widget_set_visible (GTK_WIDGET (self->space_row), wanted && takes_space (self));
}

static gboolean
check_new (AppCreateDialog *self)
{
    gboolean good;

    app_form_row_set_note (self->format_row, APP_NOTE_PLAIN, describe_format (self));
    update_place (self);
    good = check_size (self);
    good &= !takes_space (self) || check_space (self);
    if (!good && (is_volume (self) || !g_str_equal (get_space (self), "off")))
        gtk_expander_set_expanded (GTK_EXPANDER (self->disk_more), TRUE); /* it must be seen */
    return good;
}

/* An existing disk image is the machine's disk, or a server's is: then there is none to be made. */
gboolean
app_create_dialog_check_disk (AppCreateDialog *self)
{
    gboolean imported = self->source->kind == APP_SOURCE_DISK;
    gboolean wanted = gtk_switch_get_active (self->disk_switch) && !imported;
    gboolean is_servers = wanted && app_create_dialog_has_server (self);
    gboolean is_new = wanted && !is_servers;
    gboolean good = app_create_dialog_check_server (self);

    gtk_widget_set_sensitive (GTK_WIDGET (self->disk_switch), !imported);
    gtk_widget_set_visible (GTK_WIDGET (self->server_row), wanted);
    gtk_widget_set_visible (self->disk_more, wanted || imported);
    show_rows (self, is_new);
    app_form_row_set_note (self->bus_row, APP_NOTE_PLAIN,
                           describe_bus (gtk_combo_box_get_active_id (self->bus_combo)));
    app_form_row_set_note (self->disk_row, APP_NOTE_PLAIN,
                           imported     ? _ ("The image above is its disk")
                           : is_servers ? _ ("The server’s, below")
                           : wanted && takes_space (self) && !g_str_equal (get_space (self), "off")
                               ? _ ("Takes its space from the start")
                           : wanted && is_volume (self) ? _ ("A logical volume")
                           : wanted                     ? _ ("Takes space only as it fills")
                                    : _ ("None: what the machine writes is gone when it stops"));
    return is_new ? check_new (self) : good;
}

/* --- what comes of it ---------------------------------------------------------------------------- */

static VitrineDiskBus
get_bus (AppCreateDialog *self)
{
    const char *word = gtk_combo_box_get_active_id (self->bus_combo);

    for (VitrineDiskBus bus = VITRINE_DISK_BUS_VIRTIO; bus <= VITRINE_DISK_BUS_SCSI; bus++)
        if (g_strcmp0 (vitrine_disk_bus_to_string (bus), word) == 0)
            return bus;
    return VITRINE_DISK_BUS_VIRTIO;
}

/* What COMBO says, or NULL where it leaves that to the engine.  (transfer full) */
static char *
dup_choice (GtkComboBox *combo)
{
    const char *id = gtk_combo_box_get_active_id (combo);

    return id == NULL || g_str_equal (id, USUAL) ? NULL : g_strdup (id);
}

void
app_create_dialog_add_disk (AppCreateDialog *self, VitrineSpec *spec)
{
    gboolean imported = self->source->kind == APP_SOURCE_DISK;
    VitrineDiskSpec *disk;
    guint64 mib = 0;

    if (!imported && !gtk_switch_get_active (self->disk_switch))
        return;
    disk = vitrine_disk_spec_new ();
    disk->bus = get_bus (self);
    disk->cache = dup_choice (self->cache_combo);
    disk->discard = dup_choice (self->discard_combo);
    if (imported) {
        disk->path = g_strdup (self->source->path);
    } else if (app_create_dialog_has_server (self)) {
        app_create_dialog_set_server (self, disk);
    } else {
        app_size_entry_peek_mib (self->size_entry, &mib);
        disk->size_bytes = mib * APP_MIB;
        disk->format = dup_choice (self->format_combo);
        disk->path = is_volume (self) ? NULL : dup_path (self);
        if (is_volume (self))
            app_create_dialog_set_volume (self, disk);
        else if (takes_space (self) && !g_str_equal (get_space (self), "off"))
            disk->preallocation = g_strdup (get_space (self));
    }
    vitrine_spec_add_disk (spec, disk);
}

void
app_create_dialog_begin_disk (AppCreateDialog *self)
{
    self->folder_free_bytes = G_MAXUINT64;
    app_create_dialog_take_disk (self);
    self->folder = app_preferences_dup_disk_folder ();
}

void
app_create_dialog_end_disk (AppCreateDialog *self)
{
    app_cancellable_end (&self->measuring);
    app_create_dialog_end_volumes (self);
    app_create_dialog_end_server (self);
    g_clear_object (&self->folder_chooser);
}

void
app_create_dialog_bind_disk (GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, disk_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, disk_switch);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, size_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, size_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, place_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, format_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, format_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, own_folder_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, folder_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, disk_more);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, server_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, server_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, bus_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, bus_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cache_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, discard_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, group_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, group_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, space_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, space_combo);
    gtk_widget_class_bind_template_callback (widget_class, choose_folder_cb);
    gtk_widget_class_bind_template_callback (widget_class, own_folder_cb);
}
