/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-add-dialog.c - Add hardware: the kinds of devices a machine can be given, a form for each.
 *
 * Both come from the engine's table.  What a form says becomes what `vitrinectl attach` would be told, and
 * is added to what runs, to the definition, or to both, as the last row says; where the device cannot come
 * while the machine runs, there is nothing to choose there.
 */
#include "app-add-dialog.h"

#include <glib/gi18n.h>

#include "app-add-look.h"
#include "app-application.h"
#include "app-cancellable.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-image-chooser.h"
#include "app-note-bar.h"
#include "app-passphrase-dialog.h"
#include "app-setting-row.h"
#include "app-unlock.h"

struct _AppAddDialog {
    GtkWindow parent_instance;

    AppMachineItem *item;
    GPtrArray *list;                 /* of VitrineHardware; empty when it cannot be read */
    const VitrineHardware *hardware; /* the kind that is chosen, of LIST, or NULL */
    GPtrArray *rows;                 /* its AppSettingRow, in the settings' order */
    GCancellable *cancellable;       /* of the addition under way, or NULL */
    gboolean looks;                  /* that it is yet a look at what opens the disk */
    AppUnlock *unlock;               /* which opens the disk that is being added, or NULL */
    gboolean can_come;               /* the form's device to what runs */
    AppAddLook *look; /* at what a form's values mean on the machine's host, or NULL */

    GtkButton *add_button;
    GtkBox *notes_box;
    GtkListBox *kinds_list;
    GtkWidget *page;
    GtkLabel *title_label;
    GtkLabel *note_label;
    GtkBox *form_box;
    AppFormRow *when_row;
    GtkComboBox *when_combo;
    GtkRevealer *progress_revealer;
    GtkSpinner *spinner;
    GtkLabel *progress_label;
};

G_DEFINE_TYPE (AppAddDialog, app_add_dialog, GTK_TYPE_WINDOW)

static VitrineMachine *
get_machine (AppAddDialog *self)
{
    return app_machine_item_get_machine (self->item);
}

/* What the rows say, in their order.  Free with g_free(): the strings are the rows'. */
static const char **
get_values (AppAddDialog *self)
{
    const char **values = g_new0 (const char *, self->rows->len + 1);

    for (guint i = 0; i < self->rows->len; i++)
        values[i] = app_setting_row_get_value (g_ptr_array_index (self->rows, i));
    return values;
}

/* --- what it shows ------------------------------------------------------------------------------- */

static void
update_when (AppAddDialog *self)
{
    g_autofree const char **values = get_values (self);
    gboolean runs = vitrine_machine_runs (get_machine (self));
    g_autofree char *off = g_strdup_printf (_ ("“%s” has it when it is started"),
                                            app_machine_item_get_name (self->item));

    self->can_come = runs && vitrine_hardware_can_come (self->hardware, values);
    gtk_widget_set_visible (GTK_WIDGET (self->when_combo), self->can_come);
    app_form_row_set_note (self->when_row, APP_NOTE_PLAIN,
                           self->can_come ? _ ("The machine runs and can have it at once")
                           : runs
                               ? _ ("After the next start: it cannot come while the machine runs")
                               : off);
}

static void
update (AppAddDialog *self)
{
    gboolean busy = self->cancellable != NULL;
    gboolean good = self->hardware != NULL;

    if (self->look != NULL)
        app_add_look_follow (self->look);
    for (guint i = 0; i < self->rows->len; i++)
        good &= app_setting_row_check (g_ptr_array_index (self->rows, i));
    if (self->hardware != NULL)
        update_when (self);
    gtk_widget_set_sensitive (GTK_WIDGET (self->add_button), good && !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->kinds_list), !busy);
    gtk_widget_set_sensitive (self->page, !busy);
    gtk_revealer_set_reveal_child (self->progress_revealer, busy);
    g_object_set (self->spinner, "active", busy, NULL);
}

static void
add_setting (AppAddDialog *self, const VitrineSetting *setting)
{
    gboolean is_cd = g_str_equal (self->hardware->kind, "cdrom");
    AppSettingRow *row = app_setting_row_new (setting, is_cd ? APP_IMAGE_CD : APP_IMAGE_DISK);

    g_signal_connect_object (row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    gtk_container_add (GTK_CONTAINER (self->form_box), GTK_WIDGET (row));
    g_ptr_array_add (self->rows, row);
}

/* What a form says of an image or a network is looked up on the machine's host, while the window has one. */
static void
begin_look (AppAddDialog *self)
{
    GApplication *application = g_application_get_default ();
    VitrineHost *host =
        APP_IS_APPLICATION (application) ? app_hosts_find_host (
            app_application_get_hosts (APP_APPLICATION (application)), get_machine (self))
                                         : NULL;

    if (host != NULL)
        self->look = app_add_look_new (host, self->hardware, self->rows);
}

static void
show_kind (AppAddDialog *self, const VitrineHardware *hardware)
{
    for (guint i = 0; i < self->rows->len; i++)
        gtk_widget_destroy (g_ptr_array_index (self->rows, i));
    g_ptr_array_set_size (self->rows, 0);
    g_clear_pointer (&self->look, app_add_look_free);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    self->hardware = hardware;
    gtk_label_set_label (self->title_label, hardware->title);
    gtk_label_set_label (self->note_label, hardware->note);
    for (guint i = 0; i < hardware->settings->len; i++)
        add_setting (self, g_ptr_array_index (hardware->settings, i));
    gtk_widget_set_visible (GTK_WIDGET (self->form_box), self->rows->len > 0);
    begin_look (self);
    update (self);
}

static void
kind_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppAddDialog *self)
{
    if (row != NULL)
        show_kind (self, g_object_get_data (G_OBJECT (row), "hardware"));
}

/* A kind the machine has its only one of says so and cannot be chosen. */
static void
add_kind (AppAddDialog *self, VitrineHardware *hardware, gboolean is_there)
{
    GtkWidget *row = gtk_list_box_row_new ();
    GtkWidget *label = gtk_label_new (hardware->title);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_container_add (GTK_CONTAINER (row), label);
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "side-row");
    atk_object_set_name (gtk_widget_get_accessible (row), hardware->title);
    if (is_there) {
        gtk_widget_set_sensitive (row, FALSE);
        gtk_widget_set_tooltip_text (row, _ ("The machine has one, and can have no other"));
        atk_object_set_description (gtk_widget_get_accessible (row),
                                    _ ("The machine has one, and can have no other"));
    }
    g_object_set_data (G_OBJECT (row), "hardware", hardware);
    gtk_widget_show_all (row);
    gtk_container_add (GTK_CONTAINER (self->kinds_list), row);
}

static void
add_note (AppAddDialog *self, const GError *error)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

static void
list_kinds (AppAddDialog *self)
{
    g_autoptr (GPtrArray) devices =
        vitrine_machine_dup_devices_of (get_machine (self), VITRINE_SCOPE_CONFIG);
    g_autoptr (GError) error = NULL;

    self->list = vitrine_hardware_list (&error);
    if (self->list == NULL) {
        self->list = g_ptr_array_new ();
        add_note (self, error);
    }
    for (guint i = 0; i < self->list->len; i++) {
        VitrineHardware *hardware = g_ptr_array_index (self->list, i);

        add_kind (self, hardware, vitrine_hardware_is_there (hardware, devices));
    }
    gtk_list_box_select_row (self->kinds_list, gtk_list_box_get_row_at_index (self->kinds_list, 0));
    update (self);
}

/* --- adding -------------------------------------------------------------------------------------- */

/* ERROR is NULL where it is said elsewhere.  SELF is taken over. */
static void
finish (AppAddDialog *dialog, gboolean done, const GError *error)
{
    g_autoptr (AppAddDialog) self = dialog;

    g_clear_object (&self->cancellable);
    if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->item == NULL)
        return;
    if (done) {
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        add_note (self, error);
    update (self);
}

static gboolean ask_again (AppAddDialog *self, const GError *problem);

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppAddDialog) self = g_object_ref (user_data);
    g_autoptr (AppUnlock) unlock = g_steal_pointer (&self->unlock);
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error);
    gboolean is_asked = g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE);

    finish (user_data, done, is_asked ? NULL : error);
    if (unlock != NULL && (done || self->item != NULL))
        app_unlock_tell (unlock, error);
    else if (is_asked && self->item != NULL && !ask_again (self, error))
        add_note (self, error);
}

/* A disk that is being made. */
typedef struct {
    AppAddDialog *self;
    AppMachineItem *item;
    VitrineScope scope;
    GPtrArray *before;             /* what the machine had */
    VitrinePassphrase *passphrase; /* that is to be remembered, or NULL */
} Adding;

static void
adding_free (Adding *adding)
{
    g_clear_object (&adding->self);
    g_object_unref (adding->item);
    g_ptr_array_unref (adding->before);
    vitrine_passphrase_unref (adding->passphrase);
    g_free (adding);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Adding, adding_free)

/* Of what runs where the disk comes there, else of the definition. */
static GPtrArray *
dup_devices (AppMachineItem *item, VitrineScope scope)
{
    return vitrine_machine_dup_devices_of (app_machine_item_get_machine (item),
                                           scope & VITRINE_SCOPE_LIVE ? VITRINE_SCOPE_LIVE
                                                                      : VITRINE_SCOPE_CONFIG);
}

static Adding *
adding_new (AppAddDialog *self, VitrineScope scope, VitrinePassphrase *passphrase)
{
    Adding *adding = g_new0 (Adding, 1);

    adding->self = g_object_ref (self);
    adding->item = g_object_ref (self->item);
    adding->scope = scope;
    adding->before = dup_devices (self->item, scope);
    adding->passphrase = passphrase != NULL ? vitrine_passphrase_ref (passphrase) : NULL;
    return adding;
}

/* What opens a disk that was just made needs no try. */
static void
trust_cb (AppUnlock *unlock, GPtrArray *disks, GPtrArray *passphrases, gpointer owner)
{
    app_unlock_tell (unlock, NULL);
}

/* The disk that the machine has now and had not in BEFORE, or NULL. */
static VitrineDeviceInfo *
find_new_disk (GPtrArray *before, GPtrArray *now)
{
    for (guint i = 0; i < now->len; i++) {
        VitrineDeviceInfo *device = g_ptr_array_index (now, i);

        if (g_str_equal (device->kind, "disk")
            && vitrine_device_info_find (before, device->alias) == NULL)
            return device;
    }
    return NULL;
}

/* Has what opens the new disk of ADDING remembered. */
static void
remember (const Adding *adding)
{
    static const AppUnlockKind kind = { .try = trust_cb };
    g_autoptr (GPtrArray) now = dup_devices (adding->item, adding->scope);
    g_autoptr (GPtrArray) disks = g_ptr_array_new ();
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (AppUnlock) unlock = NULL;
    VitrineDeviceInfo *disk = find_new_disk (adding->before, now);

    if (disk == NULL)
        return;
    g_ptr_array_add (disks, disk);
    unlock = app_unlock_new (adding->item, disks, &kind, G_OBJECT (adding->item));
    app_unlock_offer (unlock, adding->passphrase, TRUE);
    app_unlock_begin (unlock, NULL, cancellable);
}

static void
disk_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Adding) adding = user_data;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_add_disk_finish (VITRINE_MACHINE (source), result, &error);

    if (done && adding->passphrase != NULL)
        remember (adding);
    finish (g_steal_pointer (&adding->self), done, error);
}

static VitrineScope
get_scope (AppAddDialog *self)
{
    const char *when = gtk_combo_box_get_active_id (self->when_combo);

    if (!self->can_come || g_str_equal (when, "config"))
        return VITRINE_SCOPE_CONFIG;
    return g_str_equal (when, "live") ? VITRINE_SCOPE_LIVE
                                      : VITRINE_SCOPE_LIVE | VITRINE_SCOPE_CONFIG;
}

static void
progress_cb (double fraction, gpointer user_data)
{
    AppAddDialog *self = user_data;
    g_autofree char *text = g_strdup_printf (_ ("Making the disk: %d %%"), (int) (fraction * 100));

    /* Given up, there may be no label any more. */
    if (self->cancellable != NULL && !g_cancellable_is_cancelled (self->cancellable))
        gtk_label_set_label (self->progress_label, text);
}

static void
make_disk (AppAddDialog *self, const VitrineDiskSpec *disk, gboolean remember_passphrase)
{
    VitrineScope scope = get_scope (self);

    self->cancellable = g_cancellable_new ();
    vitrine_machine_add_disk_async (
        get_machine (self), disk, scope, progress_cb, self, self->cancellable, disk_added_cb,
        adding_new (self, scope, remember_passphrase ? disk->passphrase : NULL));
    update (self);
}

/* The form is as it was: the question is above it. */
static void
chosen_cb (GPtrArray *passphrases, gboolean remember_passphrase, gpointer owner)
{
    AppAddDialog *self = owner;
    g_autofree const char **values = NULL;
    g_autofree char *spec = NULL;
    g_autoptr (VitrineDiskSpec) disk = NULL;

    if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->hardware == NULL
        || self->cancellable != NULL)
        return;
    values = get_values (self);
    spec = vitrine_hardware_make_spec (self->hardware, values);
    disk = vitrine_disk_spec_parse (spec, NULL);
    if (disk == NULL)
        return;
    disk->passphrase = vitrine_passphrase_ref (g_ptr_array_index (passphrases, 0));
    make_disk (self, disk, remember_passphrase);
}

/* A disk that is yet to be made. */
static void
add_new_disk (AppAddDialog *self)
{
    g_autofree const char **values = get_values (self);
    g_autofree char *spec = vitrine_hardware_make_spec (self->hardware, values);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDiskSpec) disk = vitrine_disk_spec_parse (spec, &error);

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    if (disk == NULL)
        add_note (self, error);
    else if (vitrine_disk_spec_needs_passphrase (disk))
        app_passphrase_dialog_choose (GTK_WINDOW (self), chosen_cb, G_OBJECT (self));
    else
        make_disk (self, disk, FALSE);
}

/* What the form says, or NULL, which is said. */
static char *
dup_element (AppAddDialog *self)
{
    g_autofree const char **values = get_values (self);
    g_autofree char *spec = vitrine_hardware_make_spec (self->hardware, values);
    g_autoptr (GError) error = NULL;
    char *element =
        vitrine_device_spec_to_element (get_machine (self), self->hardware->kind, spec, &error);

    if (element == NULL)
        add_note (self, error);
    else
        app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    return element;
}

/* PASSPHRASE is NULL for what needs none. */
static void
attach (AppAddDialog *self, const char *element, VitrinePassphrase *passphrase)
{
    const VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH,
                                   .scope = get_scope (self),
                                   .what = element,
                                   .passphrase = passphrase };

    self->cancellable = g_cancellable_new ();
    vitrine_machine_change_async (get_machine (self), &change, self->cancellable, added_cb,
                                  g_object_ref (self));
    update (self);
}

/* As chosen_cb(). */
static void
try_cb (AppUnlock *unlock, GPtrArray *disks, GPtrArray *passphrases, gpointer owner)
{
    AppAddDialog *self = owner;
    g_autofree char *element = NULL;

    if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->hardware == NULL
        || (self->cancellable != NULL && !self->looks))
        return;
    self->looks = FALSE;
    g_clear_object (&self->cancellable);
    element = dup_element (self);
    if (element == NULL)
        return;
    g_set_object (&self->unlock, unlock);
    attach (self, element, g_ptr_array_index (passphrases, 0));
}

/* Nothing is under way any more. */
static void
end_look (AppAddDialog *self)
{
    self->looks = FALSE;
    app_cancellable_end (&self->cancellable);
    update (self);
}

static void
end_look_cb (AppUnlock *unlock, gpointer owner)
{
    end_look (owner);
}

/* What opens DISK; PROBLEM is why the user is asked in any case, or NULL. */
static void
unlock (AppAddDialog *self, VitrineDeviceInfo *disk, const GError *problem)
{
    static const AppUnlockKind kind = { .adds = TRUE, .try = try_cb, .wait = end_look_cb };
    g_autofree char *sentence = problem != NULL ? app_format_sentence (problem->message) : NULL;
    g_autoptr (GPtrArray) disks = g_ptr_array_new ();
    g_autoptr (AppUnlock) unlock = NULL;

    g_ptr_array_add (disks, disk);
    unlock = app_unlock_new (self->item, disks, &kind, G_OBJECT (self));
    self->looks = TRUE;
    self->cancellable = g_cancellable_new ();
    update (self);
    app_unlock_begin (unlock, sentence, self->cancellable);
}

/* What was not known to be encrypted: FALSE where it is none that a passphrase opens. */
static gboolean
ask_again (AppAddDialog *self, const GError *problem)
{
    g_autofree char *element = dup_element (self);
    g_autoptr (VitrineDeviceInfo) disk =
        element != NULL ? vitrine_machine_dup_encrypted_disk (get_machine (self), element) : NULL;

    if (disk != NULL)
        unlock (self, disk, problem);
    return disk != NULL;
}

static void
add_device (AppAddDialog *self)
{
    g_autofree char *element = dup_element (self);
    g_autoptr (VitrineDeviceInfo) disk =
        element != NULL && (get_scope (self) & VITRINE_SCOPE_LIVE) != 0
            ? vitrine_machine_dup_encrypted_disk (get_machine (self), element)
            : NULL;

    if (disk != NULL)
        unlock (self, disk, NULL);
    else if (element != NULL)
        attach (self, element, NULL);
}

static void
add_clicked_cb (GtkButton *button, AppAddDialog *self)
{
    gtk_label_set_label (self->progress_label, _ ("Adding it…"));
    if (g_str_equal (self->hardware->kind, "new-disk"))
        add_new_disk (self);
    else
        add_device (self);
}

/* Gives up the addition under way, else the dialog. */
static void
cancel (AppAddDialog *self)
{
    if (self->looks)
        end_look (self);
    else if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
    else
        gtk_window_close (GTK_WINDOW (self));
}

static void
cancel_clicked_cb (GtkButton *button, AppAddDialog *self)
{
    cancel (self);
}

static gboolean
app_add_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        cancel (APP_ADD_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_add_dialog_parent_class)->key_press_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_add_dialog_dispose (GObject *object)
{
    AppAddDialog *self = APP_ADD_DIALOG (object);

    if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
    g_clear_pointer (&self->look, app_add_look_free);
    g_clear_object (&self->unlock);
    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_add_dialog_parent_class)->dispose (object);
}

static void
app_add_dialog_finalize (GObject *object)
{
    AppAddDialog *self = APP_ADD_DIALOG (object);

    g_clear_object (&self->cancellable);
    g_ptr_array_unref (self->rows);
    g_clear_pointer (&self->list, g_ptr_array_unref);
    G_OBJECT_CLASS (app_add_dialog_parent_class)->finalize (object);
}

static void
app_add_dialog_class_init (AppAddDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_add_dialog_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_add_dialog_finalize;
    widget_class->key_press_event = app_add_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-add-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, add_button);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, kinds_list);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, page);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, note_label);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, form_box);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, when_row);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, when_combo);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, progress_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppAddDialog, progress_label);
    gtk_widget_class_bind_template_callback (widget_class, add_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, kind_selected_cb);
}

static void
app_add_dialog_init (AppAddDialog *self)
{
    self->rows = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_widget_grab_default (GTK_WIDGET (self->add_button));
    app_form_follow_focus (GTK_WIDGET (self->form_box));
}

AppAddDialog *
app_add_dialog_new (GtkWindow *parent, AppMachineItem *item)
{
    AppAddDialog *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_ADD_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    self->item = g_object_ref (item);
    g_signal_connect_object (get_machine (self), "notify::state", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    list_kinds (self);
    return self;
}
