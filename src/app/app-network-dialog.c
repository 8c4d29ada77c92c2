/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-network-dialog.c - the sheet a new network is made with: valid as soon as it has a name.
 *
 * What is left empty the engine chooses.  What an address or a range may be it knows best: it is asked, and what it
 * refuses stands above the form, which stays as it was.
 */
#include "app-network-dialog.h"

#include <glib/gi18n.h>

#include "app-form-row.h"
#include "app-format.h"
#include "app-networks.h"
#include "app-note-bar.h"

struct _AppNetworkDialog {
    GtkWindow parent_instance;

    VitrineHost *host;         /* NULL once the sheet has gone */
    GPtrArray *known;          /* of VitrineNetworkInfo */
    GCancellable *cancellable; /* of the creation under way, or NULL */

    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    AppFormRow *mode_row;
    GtkComboBox *mode_combo;
    GtkEntry *subnet_entry;
    GtkSwitch *dhcp_switch;
    AppFormRow *range_row;
    GtkEntry *range_entry;
    GtkSwitch *autostart_switch;
    GtkSwitch *start_switch;
};

enum {
    SIGNAL_CREATED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppNetworkDialog, app_network_dialog, GTK_TYPE_WINDOW)

/* What ENTRY says without the spaces around it; NULL for nothing.  (transfer full) */
static char *
dup_text (GtkEntry *entry)
{
    char *text = g_strstrip (g_strdup (gtk_entry_get_text (entry)));

    if (*text == '\0')
        g_clear_pointer (&text, g_free);
    return text;
}

static gboolean
is_known (AppNetworkDialog *self, const char *name)
{
    for (guint i = 0; i < self->known->len; i++)
        if (g_strcmp0 (((const VitrineNetworkInfo *) g_ptr_array_index (self->known, i))->name,
                       name)
            == 0)
            return TRUE;
    return FALSE;
}

static gboolean
check_name (AppNetworkDialog *self)
{
    g_autofree char *name = dup_text (self->name_entry);

    if (name == NULL) {
        app_form_row_set_note (self->name_row, APP_NOTE_PLAIN, _ ("By which machines know it"));
        return FALSE;
    }
    if (is_known (self, name)) {
        app_form_row_set_note (self->name_row, APP_NOTE_ERROR,
                               _ ("There already is a network of this name"));
        return FALSE;
    }
    app_form_row_set_note (self->name_row, APP_NOTE_PLAIN, _ ("By which machines know it"));
    return TRUE;
}

static void
update (AppNetworkDialog *self)
{
    gboolean good;

    if (self->host == NULL)
        return;
    good = check_name (self);
    app_form_row_set_note (
        self->mode_row, APP_NOTE_PLAIN,
        app_networks_describe_mode (gtk_combo_box_get_active_id (self->mode_combo)));
    gtk_widget_set_visible (GTK_WIDGET (self->range_row),
                            gtk_switch_get_active (self->dhcp_switch));
    gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), good && self->cancellable == NULL);
    gtk_widget_set_sensitive (self->form, self->cancellable == NULL);
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppNetworkDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *name = NULL;
    g_autofree char *text = NULL;
    gboolean done = app_networks_finish (result, &error);

    g_clear_object (&self->cancellable);
    if (self->host == NULL)
        return;
    if (done) {
        name = dup_text (self->name_entry);
        g_signal_emit (self, signals[SIGNAL_CREATED], 0, name,
                       gtk_switch_get_active (self->start_switch));
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    update (self);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    text = app_format_sentence (error->message);
    gtk_container_add (GTK_CONTAINER (self->notes_box),
                       GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_ERROR, text, NULL, TRUE)));
}

static void
create_clicked_cb (GtkButton *button, AppNetworkDialog *self)
{
    g_autofree char *name = dup_text (self->name_entry);
    g_autofree char *subnet = dup_text (self->subnet_entry);
    g_autofree char *range = dup_text (self->range_entry);
    const VitrineNetworkSpec spec = {
        .name = name,
        .mode = gtk_combo_box_get_active_id (self->mode_combo),
        .subnet = subnet,
        .dhcp = gtk_switch_get_active (self->dhcp_switch) ? range : "none",
        .autostart = gtk_switch_get_active (self->autostart_switch),
    };

    if (self->cancellable != NULL || !check_name (self))
        return;
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    self->cancellable = g_cancellable_new ();
    app_networks_create_async (self->host, &spec, self->known, self->cancellable, created_cb,
                               g_object_ref (self));
    update (self);
}

/* Gives up the creation under way, else the sheet. */
static void
cancel (AppNetworkDialog *self)
{
    if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
    else
        gtk_window_close (GTK_WINDOW (self));
}

static gboolean
app_network_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        cancel (APP_NETWORK_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_network_dialog_parent_class)->key_press_event (widget, event);
}

static void
app_network_dialog_dispose (GObject *object)
{
    AppNetworkDialog *self = APP_NETWORK_DIALOG (object);

    if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->host);
    G_OBJECT_CLASS (app_network_dialog_parent_class)->dispose (object);
}

static void
app_network_dialog_finalize (GObject *object)
{
    AppNetworkDialog *self = APP_NETWORK_DIALOG (object);

    g_clear_object (&self->cancellable);
    g_clear_pointer (&self->known, g_ptr_array_unref);
    G_OBJECT_CLASS (app_network_dialog_parent_class)->finalize (object);
}

static void
app_network_dialog_class_init (AppNetworkDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_network_dialog_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_network_dialog_finalize;
    widget_class->key_press_event = app_network_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    signals[SIGNAL_CREATED] =
        g_signal_new ("created", APP_TYPE_NETWORK_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-network-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, create_button);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, mode_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, mode_combo);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, subnet_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, dhcp_switch);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, range_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, range_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, autostart_switch);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, start_switch);
    gtk_widget_class_bind_template_callback (widget_class, create_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel);
    gtk_widget_class_bind_template_callback (widget_class, update);
}

static void
app_network_dialog_init (AppNetworkDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_widget_grab_default (GTK_WIDGET (self->create_button));
    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
}

AppNetworkDialog *
app_network_dialog_new (GtkWindow *parent, VitrineHost *host, GPtrArray *known)
{
    AppNetworkDialog *self;

    g_return_val_if_fail (VITRINE_IS_HOST (host), NULL);

    self = g_object_new (APP_TYPE_NETWORK_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    self->host = g_object_ref (host);
    self->known = g_ptr_array_ref (known);
    update (self);
    return self;
}
