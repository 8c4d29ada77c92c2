/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-dialog.c - the sheet a new machine is made with: one page, already valid.
 *
 * What is in the fields becomes a VitrineSpec when Create is pressed.  While the engine works the form is
 * locked, a line at the bottom says so, and Cancel gives up the work, not the sheet.  What the engine
 * refuses is told in a bar above the form, which stays as it was.
 */
#include "app-create-dialog-private.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-format.h"
#include "app-preferences.h"
#include "app-image-chooser.h"
#include "app-machine-name.h"
#include "app-note-bar.h"
#include "app-passphrase-dialog.h"
#include "app-settings.h"

#define DISK_DEFAULT_MIB (20 * 1024)

enum {
    SIGNAL_CREATED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppCreateDialog, app_create_dialog, GTK_TYPE_WINDOW)

void
app_create_dialog_update (AppCreateDialog *self)
{
    gboolean good = app_create_dialog_check (self);
    gboolean busy = self->creation != NULL;

    gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), good && !busy);
    gtk_widget_set_sensitive (self->form, !busy);
    gtk_widget_set_visible (GTK_WIDGET (self->clear_button), self->source->kind != APP_SOURCE_NONE);
    gtk_revealer_set_reveal_child (self->progress_revealer, busy);
    g_object_set (self->spinner, "active", busy, NULL);
}

/* --- source -------------------------------------------------------------------------------------- */

/* A name no machine has: "debian-12", else "debian-12-2", … */
static char *
suggest_name (AppCreateDialog *self, const char *path)
{
    g_autofree char *base = vitrine_spec_suggest_name (path);

    return app_machine_name_make_free (self->host, base);
}

static void
suggest (AppCreateDialog *self)
{
    g_autofree char *name = NULL;

    if (!self->name_is_ours)
        return;
    name = suggest_name (self, self->source->path);
    self->setting_name = TRUE;
    gtk_entry_set_text (self->name_entry, name);
    self->setting_name = FALSE;
}

/* Takes SOURCE over. */
static void
take_source (AppCreateDialog *self, AppSource *source)
{
    g_autofree char *title =
        source->path != NULL ? g_filename_display_basename (source->path) : NULL;

    g_clear_pointer (&self->source, app_source_free);
    self->source = source;
    g_clear_pointer (&self->image, vitrine_image_free);
    /* A file name may have underscores, which are no mnemonics. */
    app_form_row_set_plain_title (self->source_row, title != NULL ? title : _ ("No file"));
    suggest (self);
    app_create_dialog_update (self);
}

static void
probe_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    AppSource *source = app_source_probe_finish (result);

    if (source == NULL)
        return;
    g_clear_object (&self->probe);
    take_source (self, source);
    if (self->host != NULL && source->problem == NULL && !self->limits->elsewhere)
        app_create_dialog_detect_os (self, source->path);
    if (self->host != NULL && source->kind == APP_SOURCE_DISK && source->problem == NULL
        && !self->limits->elsewhere)
        app_create_dialog_inspect (self);
}

void
app_create_dialog_set_source (AppCreateDialog *self, const char *path)
{
    AppSource *source;

    g_return_if_fail (APP_IS_CREATE_DIALOG (self));

    if (self->creation != NULL)
        return;
    app_cancellable_end (&self->probe);
    app_create_dialog_detect_os (self, NULL);
    source = g_new0 (AppSource, 1);
    if (path != NULL) {
        source->path = g_strdup (path);
        source->kind = APP_SOURCE_CD;
        self->probe = g_cancellable_new ();
        app_source_probe_async (path, self->probe, probe_cb, g_object_ref (self));
    }
    take_source (self, source);
}

static void
chooser_response_cb (GtkNativeDialog *chooser, int response, AppCreateDialog *self)
{
    g_autofree char *path = app_image_chooser_end (&self->chooser, response);

    if (path != NULL)
        app_create_dialog_set_source (self, path);
}

static void
choose_clicked_cb (GtkButton *button, AppCreateDialog *self)
{
    if (self->chooser != NULL)
        return;
    self->chooser =
        app_image_chooser_show (GTK_WINDOW (self), APP_IMAGE_CD | APP_IMAGE_DISK, _ ("_Choose"));
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
}

static void
clear_clicked_cb (GtkButton *button, AppCreateDialog *self)
{
    app_create_dialog_set_source (self, NULL);
    gtk_widget_grab_focus (GTK_WIDGET (self->choose_button));
}

/* --- host ---------------------------------------------------------------------------------------- */

/* Takes HOST, one of the hosts, whose limits are the form's from here on. */
static void
take_host (AppCreateDialog *self, AppHost *host)
{
    if (self->host != NULL)
        g_signal_handlers_disconnect_by_data (self->host, self);
    g_set_object (&self->host, app_host_get_host (host));
    self->is_first = host == app_hosts_get_first (self->hosts);
    g_clear_pointer (&self->limits, vitrine_host_limits_free);
    self->limits = vitrine_host_dup_limits (self->host);
    /* Machines that come or go while the sheet is open take or free a name. */
    g_signal_connect_object (self->host, "items-changed", G_CALLBACK (app_create_dialog_update),
                             self, G_CONNECT_SWAPPED);
}

static void
host_changed_cb (GtkComboBox *combo, AppCreateDialog *self)
{
    const char *uri = gtk_combo_box_get_active_id (combo);
    AppHost *host = uri != NULL ? app_hosts_find_uri (self->hosts, uri) : NULL;

    /* It may be gone, or closed, since the sheet was opened. */
    if (host == NULL || app_host_get_host (host) == NULL || app_host_get_host (host) == self->host)
        return;
    take_host (self, host);
    app_create_dialog_take_disk (self);
    app_create_dialog_take_network (self);
    app_create_dialog_take_os (self);
    suggest (self);
    app_create_dialog_update (self);
}

/* Those that are connected can be chosen. */
static void
list_hosts (AppCreateDialog *self)
{
    guint n = 0;

    for (guint i = 0; i < app_hosts_get_n (self->hosts); i++) {
        AppHost *host = app_hosts_get (self->hosts, i);

        if (i > 0 && app_host_get_state (host) != APP_HOST_CONNECTED)
            continue;
        gtk_combo_box_text_append (self->host_combo, app_host_get_uri (host),
                                   app_host_get_title (host));
        n++;
    }
    gtk_combo_box_set_active (GTK_COMBO_BOX (self->host_combo), 0);
    gtk_widget_set_visible (GTK_WIDGET (self->host_row), n > 1);
}

/* --- creating ------------------------------------------------------------------------------------ */

/* What the fields say; called only when they are good. */
static VitrineSpec *
make_spec (AppCreateDialog *self)
{
    VitrineSpec *spec = vitrine_spec_new ();
    VitrineFirmware firmware = VITRINE_FIRMWARE_BIOS;
    guint64 mib = 0;

    vitrine_firmware_from_string (gtk_combo_box_get_active_id (self->firmware_combo), &firmware);
    vitrine_spec_set_firmware (spec, firmware);
    gtk_spin_button_update (self->cpus_spin);
    vitrine_spec_set_name (spec, gtk_entry_get_text (self->name_entry));
    vitrine_spec_set_vcpus (spec, gtk_spin_button_get_value_as_int (self->cpus_spin));
    app_size_entry_peek_mib (self->memory_entry, &mib);
    vitrine_spec_set_memory_mib (spec, mib);
    if (self->source->kind == APP_SOURCE_CD)
        vitrine_spec_set_iso (spec, self->source->path);

    app_create_dialog_add_os (self, spec);
    app_create_dialog_add_disk (self, spec);
    app_create_dialog_add_nic (self, spec);
    app_create_dialog_add_cloud (self, spec);
    app_create_dialog_add_express (self, spec);
    return spec;
}

void
app_create_dialog_say_error (AppCreateDialog *self, const GError *error)
{
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

static void
clear_notes (AppCreateDialog *self)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
}

static void
create_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;

    machine = vitrine_host_create_finish (VITRINE_HOST (source), result, &error);
    g_clear_object (&self->creation);
    /* The sheet was closed while the engine still worked. */
    if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->host == NULL)
        return;
    if (machine != NULL) {
        if (self->source->kind == APP_SOURCE_CD)
            app_settings_add_recent_cd (self->source->path);
        g_signal_emit (self, signals[SIGNAL_CREATED], 0, machine, self->passphrase, self->remember);
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    app_create_dialog_update (self);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    app_create_dialog_say_error (self, error);
}

/* How far it is, where that takes a while. */
static void
progress_cb (double fraction, gpointer user_data)
{
    AppCreateDialog *self = user_data;
    g_autofree char *text = NULL;

    if (self->creation == NULL || g_cancellable_is_cancelled (self->creation))
        return;
    text = g_strdup_printf (_ ("Making the machine: %d %%"), (int) (fraction * 100));
    gtk_label_set_label (self->progress_label, text);
}

static void
create (AppCreateDialog *self, VitrineSpec *spec)
{
    self->creation = g_cancellable_new ();
    gtk_label_set_label (self->progress_label, _ ("Making the machine…"));
    app_create_dialog_update (self);
    vitrine_host_create_full_async (self->host, spec, progress_cb, self, self->creation, create_cb,
                                    g_object_ref (self));
}

/* Its new disk, or NULL. */
static VitrineDiskSpec *
find_encrypted (VitrineSpec *spec)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    for (guint i = 0; i < disks->len; i++)
        if (vitrine_disk_spec_needs_passphrase (g_ptr_array_index (disks, i)))
            return g_ptr_array_index (disks, i);
    return NULL;
}

/* The form is as it was: the question is above it. */
static void
chosen_cb (GPtrArray *passphrases, gboolean remember, gpointer owner)
{
    AppCreateDialog *self = owner;
    g_autoptr (VitrineSpec) spec = NULL;
    VitrinePassphrase *passphrase = g_ptr_array_index (passphrases, 0);
    VitrineDiskSpec *disk;

    if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->host == NULL
        || self->creation != NULL || !app_create_dialog_check (self))
        return;
    spec = make_spec (self);
    disk = find_encrypted (spec);
    if (disk != NULL)
        disk->passphrase = vitrine_passphrase_ref (passphrase);
    self->passphrase = vitrine_passphrase_ref (passphrase);
    self->remember = remember;
    create (self, spec);
}

static void
create_clicked_cb (GtkButton *button, AppCreateDialog *self)
{
    g_autoptr (VitrineSpec) spec = NULL;

    if (self->creation != NULL || !app_create_dialog_check (self))
        return;
    clear_notes (self);
    spec = make_spec (self);
    g_clear_pointer (&self->passphrase, vitrine_passphrase_unref);
    if (find_encrypted (spec) != NULL)
        app_passphrase_dialog_choose (GTK_WINDOW (self), chosen_cb, G_OBJECT (self));
    else
        create (self, spec);
}

/* Gives up the creation under way, else the sheet. */
static void
cancel (AppCreateDialog *self)
{
    if (self->creation == NULL) {
        gtk_window_close (GTK_WINDOW (self));
        return;
    }
    gtk_label_set_label (self->progress_label, _ ("Taking it back…"));
    g_cancellable_cancel (self->creation);
}

static void
cancel_clicked_cb (GtkButton *button, AppCreateDialog *self)
{
    cancel (self);
}

static gboolean
app_create_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    /* A list that is open is what Escape closes. */
    if (event->keyval == GDK_KEY_Escape
        && !gtk_toggle_button_get_active (
            GTK_TOGGLE_BUTTON (APP_CREATE_DIALOG (widget)->os_button))) {
        cancel (APP_CREATE_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_create_dialog_parent_class)->key_press_event (widget, event);
}

/* --- signals ------------------------------------------------------------------------------------- */

static void
name_changed_cb (GtkEditable *entry, AppCreateDialog *self)
{
    if (!self->setting_name)
        self->name_is_ours = FALSE;
    app_create_dialog_update (self);
}

static void
form_changed_cb (AppCreateDialog *self)
{
    app_create_dialog_update (self);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_create_dialog_dispose (GObject *object)
{
    AppCreateDialog *self = APP_CREATE_DIALOG (object);

    if (self->probe != NULL)
        g_cancellable_cancel (self->probe);
    if (self->creation != NULL)
        g_cancellable_cancel (self->creation);
    app_create_dialog_end_network (self);
    app_create_dialog_end_disk (self);
    app_create_dialog_end_os (self);
    app_create_dialog_end_cloud (self);
    g_clear_pointer (&self->passphrase, vitrine_passphrase_unref);
    app_create_dialog_end_express (self);
    g_clear_object (&self->probe);
    g_clear_object (&self->chooser);
    g_clear_object (&self->host);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_create_dialog_parent_class)->dispose (object);
}

static void
app_create_dialog_finalize (GObject *object)
{
    AppCreateDialog *self = APP_CREATE_DIALOG (object);

    g_clear_object (&self->creation);
    g_clear_pointer (&self->limits, vitrine_host_limits_free);
    g_clear_pointer (&self->source, app_source_free);
    g_clear_pointer (&self->image, vitrine_image_free);
    g_clear_pointer (&self->networks, g_ptr_array_unref);
    g_free (self->folder);
    app_create_dialog_free_os (self);
    G_OBJECT_CLASS (app_create_dialog_parent_class)->finalize (object);
}

static void
app_create_dialog_class_init (AppCreateDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_create_dialog_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_create_dialog_finalize;
    widget_class->key_press_event = app_create_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    signals[SIGNAL_CREATED] = g_signal_new ("created", APP_TYPE_CREATE_DIALOG, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 3, VITRINE_TYPE_MACHINE,
                                            VITRINE_TYPE_PASSPHRASE, G_TYPE_BOOLEAN);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_SIZE_ENTRY);
    g_type_ensure (APP_TYPE_OS_BUTTON);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-create-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cancel_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, create_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, source_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, host_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, host_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, choose_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, clear_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, firmware_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, firmware_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cpus_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cpus_spin);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, memory_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, memory_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, progress_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, progress_label);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, spinner);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, create_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, choose_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, clear_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, host_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, form_changed_cb);
    app_create_dialog_bind_os (widget_class);
    app_create_dialog_bind_cloud (widget_class);
    app_create_dialog_bind_express (widget_class);
    app_create_dialog_bind_disk (widget_class);
    app_create_dialog_bind_network (widget_class);
}

static void
app_create_dialog_init (AppCreateDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_widget_grab_default (GTK_WIDGET (self->create_button));
    app_form_follow_focus (self->form);
    self->name_is_ours = TRUE;
}

static void
fill_in_defaults (AppCreateDialog *self)
{
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    guint64 free_mib = self->limits->free_disk_bytes / APP_MIB;

    app_preferences_fill_spec (spec);
    if (self->limits->has_uefi)
        gtk_combo_box_set_active_id (self->firmware_combo,
                                     vitrine_firmware_to_string (vitrine_spec_get_firmware (spec)));
    gtk_spin_button_set_value (self->cpus_spin, vitrine_spec_get_vcpus (spec));
    app_size_entry_set_mib (self->memory_entry, MIN (vitrine_spec_get_memory_mib (spec),
                                                     self->limits->memory_bytes / APP_MIB));
    app_size_entry_set_mib (self->size_entry, MIN (DISK_DEFAULT_MIB, MAX (free_mib / 2, 1)));
    gtk_spin_button_set_increments (GTK_SPIN_BUTTON (self->size_entry), 1024, 10 * 1024);
}

AppCreateDialog *
app_create_dialog_new (GtkWindow *parent, AppHosts *hosts)
{
    AppCreateDialog *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_CREATE_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    self->hosts = g_object_ref (hosts);
    take_host (self, app_hosts_get_first (hosts));
    list_hosts (self);
    self->source = g_new0 (AppSource, 1);
    fill_in_defaults (self);
    app_create_dialog_begin_disk (self);
    app_create_dialog_begin_network (self);
    app_create_dialog_begin_os (self);
    app_create_dialog_set_source (self, NULL);
    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
    return self;
}
