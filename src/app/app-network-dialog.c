/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-network-dialog.c - the sheet a network is made or edited with: valid as soon as it has a name.
 *
 * What is left empty the engine chooses.  What an address or a range may be it knows best: it is asked, and what it
 * refuses stands above the form, which stays as it was.
 */
#include "app-network-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-form-row.h"
#include "app-format.h"
#include "app-networks.h"
#include "app-note-bar.h"

struct _AppNetworkDialog {
    GtkWindow parent_instance;

    VitrineHost *host;         /* NULL once the sheet has gone */
    GPtrArray *known;          /* of VitrineNetworkInfo */
    const VitrineNetworkInfo *edited; /* one of them, or NULL for a new one */
    GCancellable *cancellable; /* of the creation under way, or NULL */

    GtkHeaderBar *header_bar;
    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    AppFormRow *mode_row;
    GtkComboBox *mode_combo;
    AppFormRow *wire_kind_row;
    GtkComboBox *wire_kind_combo;
    AppFormRow *wire_row;
    GtkEntry *wire_entry;
    AppFormRow *subnet_row;
    GtkEntry *subnet_entry;
    AppFormRow *dhcp_row;
    GtkSwitch *dhcp_switch;
    AppFormRow *range_row;
    GtkEntry *range_entry;
    AppFormRow *ipv6_row;
    GtkEntry *ipv6_entry;
    AppFormRow *domain_row;
    GtkEntry *domain_entry;
    AppFormRow *autostart_row;
    GtkSwitch *autostart_switch;
    AppFormRow *start_row;
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
    char *text = app_form_dup_text (entry);

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

    if (name != NULL && self->edited == NULL && is_known (self, name)) {
        app_form_row_set_note (self->name_row, APP_NOTE_ERROR,
                               _ ("There already is a network of this name"));
        return FALSE;
    }
    app_form_row_set_note (self->name_row, APP_NOTE_PLAIN, _ ("By which machines know it"));
    return name != NULL;
}

static gboolean
is_bridged (AppNetworkDialog *self)
{
    return g_strcmp0 (gtk_combo_box_get_active_id (self->mode_combo), "bridged") == 0;
}

/* The network whose addresses SUBNET has some of, as far as that is known here; of this computer's, two may take turns. */
static const VitrineNetworkInfo *
find_overlap (AppNetworkDialog *self, const char *subnet)
{
    for (guint i = 0;
         subnet != NULL && vitrine_host_has_resources (self->host) && i < self->known->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->known, i);

        if (info != self->edited
            && (vitrine_subnet_overlaps (subnet, info->ipv4)
                || vitrine_subnet_overlaps (subnet, info->ipv6)))
            return info;
    }
    return NULL;
}

/* NOTE is what stands below the field when nothing is wrong. */
static gboolean
check_subnet (AppNetworkDialog *self, AppFormRow *row, GtkEntry *entry, const char *note)
{
    g_autofree char *subnet = dup_text (entry);
    const VitrineNetworkInfo *other = is_bridged (self) ? NULL : find_overlap (self, subnet);
    g_autofree char *text = NULL;

    if (other != NULL)
        text = g_strdup_printf (_ ("“%s” has addresses of it: %s"), other->name,
                                *other->ipv4 != '\0' && strchr (subnet, ':') == NULL ? other->ipv4
                                                                                     : other->ipv6);
    app_form_row_set_note (row, other != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           other != NULL ? text : note);
    return other == NULL;
}

/* What there is to be said of a network on a wire, and of one of addresses. */
static void
show_rows (AppNetworkDialog *self)
{
    gboolean bridged = is_bridged (self);

    gtk_widget_set_visible (GTK_WIDGET (self->wire_kind_row), bridged);
    gtk_widget_set_visible (GTK_WIDGET (self->wire_row), bridged);
    gtk_widget_set_visible (GTK_WIDGET (self->subnet_row), !bridged);
    gtk_widget_set_visible (GTK_WIDGET (self->dhcp_row), !bridged);
    gtk_widget_set_visible (GTK_WIDGET (self->range_row),
                            !bridged && gtk_switch_get_active (self->dhcp_switch));
    gtk_widget_set_visible (GTK_WIDGET (self->ipv6_row), !bridged);
    gtk_widget_set_visible (GTK_WIDGET (self->domain_row), !bridged);
}

static void
update (AppNetworkDialog *self)
{
    gboolean good;
    g_autofree char *wire = NULL;

    if (self->host == NULL)
        return;
    show_rows (self);
    wire = dup_text (self->wire_entry);
    good = check_name (self);
    good = check_subnet (self, self->subnet_row, self->subnet_entry,
                         self->edited == NULL
                             ? _ ("The host’s address in it, such as 192.168.150.1/24; a free one "
                                  "when it is empty")
                             : _ ("The host’s address in it, such as 192.168.150.1/24; none when "
                                  "it is empty"))
           && good;
    good = check_subnet (self, self->ipv6_row, self->ipv6_entry,
                         _ ("The host’s address in it, such as fd00:1::1/64; none when it is "
                            "empty"))
           && good;
    if (is_bridged (self) && wire == NULL)
        good = self->edited != NULL && g_str_equal (self->edited->mode, "bridged") && good;
    app_form_row_set_note (
        self->mode_row, APP_NOTE_PLAIN,
        app_networks_describe_mode (gtk_combo_box_get_active_id (self->mode_combo)));
    gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), good && self->cancellable == NULL);
    gtk_widget_set_sensitive (self->form, self->cancellable == NULL);
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppNetworkDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *name = NULL;
    gboolean done = app_networks_finish (result, &error);

    g_clear_object (&self->cancellable);
    if (self->host == NULL)
        return;
    if (done) {
        name = dup_text (self->name_entry);
        g_signal_emit (self, signals[SIGNAL_CREATED], 0, name,
                       self->edited == NULL && gtk_switch_get_active (self->start_switch));
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    update (self);
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

/* What the fields say; freed with form_clear(). */
typedef struct {
    char *name, *subnet, *range, *ipv6, *domain, *wire;
} Form;

static void
form_clear (Form *form)
{
    g_free (form->name);
    g_free (form->subnet);
    g_free (form->range);
    g_free (form->ipv6);
    g_free (form->domain);
    g_free (form->wire);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Form, form_clear)

static void
read_form (AppNetworkDialog *self, Form *form)
{
    form->name = dup_text (self->name_entry);
    form->subnet = dup_text (self->subnet_entry);
    form->range = dup_text (self->range_entry);
    form->ipv6 = dup_text (self->ipv6_entry);
    form->domain = dup_text (self->domain_entry);
    form->wire = dup_text (self->wire_entry);
}

static void
set_wire (AppNetworkDialog *self, VitrineNetworkSpec *spec, const Form *form)
{
    if (g_str_equal (gtk_combo_box_get_active_id (self->wire_kind_combo), "card"))
        spec->uplink = form->wire;
    else
        spec->bridge = form->wire;
}

static void
create (AppNetworkDialog *self, const Form *form)
{
    VitrineNetworkSpec spec = {
        .name = form->name,
        .mode = gtk_combo_box_get_active_id (self->mode_combo),
        .autostart = gtk_switch_get_active (self->autostart_switch),
    };

    if (is_bridged (self)) {
        set_wire (self, &spec, form);
    } else {
        spec.subnet = form->subnet;
        spec.dhcp = gtk_switch_get_active (self->dhcp_switch) ? form->range : "none";
        spec.ipv6 = form->ipv6;
        spec.domain = form->domain;
    }
    app_networks_create_async (self->host, &spec, self->known, self->cancellable, created_cb,
                               g_object_ref (self));
}

/* TEXT where it is another than BEFORE, NONE where there is none any more; NULL for what stays. */
static const char *
changed (const char *text, const char *before, const char *none)
{
    if (g_strcmp0 (text != NULL ? text : "", before) == 0)
        return NULL;
    return text != NULL ? text : none;
}

/* Whoever switches DHCP on without a range has all of the subnet given out. */
static char *
dup_range (AppNetworkDialog *self, const Form *form)
{
    if (!gtk_switch_get_active (self->dhcp_switch))
        return NULL;
    return form->range != NULL    ? g_strdup (form->range)
           : form->subnet != NULL ? vitrine_subnet_dup_range (form->subnet)
                                  : NULL;
}

/* Whether the wire is another than the form was opened with; of a bridged one that runs, that is the bridge it is on. */
static gboolean
is_wire_changed (AppNetworkDialog *self, const Form *form)
{
    return form->wire != NULL
           && (g_strcmp0 (form->wire, self->edited->bridge) != 0
               || g_strcmp0 (gtk_combo_box_get_active_id (self->wire_kind_combo), "bridge") != 0);
}

/* What is changed of it, and no more, so that all else stays as it is. */
static void
edit (AppNetworkDialog *self, const Form *form)
{
    const VitrineNetworkInfo *info = self->edited;
    g_autofree char *range = dup_range (self, form);
    VitrineNetworkSpec spec = { .mode = changed (gtk_combo_box_get_active_id (self->mode_combo),
                                                 info->mode, NULL) };

    if (is_bridged (self)) {
        if (spec.mode != NULL || is_wire_changed (self, form)) {
            spec.mode = "bridged";
            set_wire (self, &spec, form);
        }
    } else {
        gboolean moved;

        spec.subnet = changed (form->subnet, info->ipv4, "none");
        moved = spec.subnet != NULL && g_strcmp0 (range, info->dhcp) == 0;
        /* A range that nobody touched goes with its subnet. */
        spec.dhcp = form->subnet == NULL || moved ? NULL : changed (range, info->dhcp, "none");
        spec.ipv6 = changed (form->ipv6, info->ipv6, "none");
        spec.domain = changed (form->domain, info->domain, "");
    }
    app_networks_edit_async (self->host, info, &spec,
                             gtk_switch_get_active (self->autostart_switch), self->cancellable,
                             created_cb, g_object_ref (self));
}

static void
create_clicked_cb (GtkButton *button, AppNetworkDialog *self)
{
    g_auto (Form) form = { 0 };

    if (self->cancellable != NULL || !check_name (self))
        return;
    read_form (self, &form);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    self->cancellable = g_cancellable_new ();
    if (self->edited != NULL)
        edit (self, &form);
    else
        create (self, &form);
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
bind_children (GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, header_bar);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, create_button);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, mode_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, mode_combo);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, wire_kind_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, wire_kind_combo);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, wire_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, wire_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, subnet_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, subnet_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, dhcp_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, dhcp_switch);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, range_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, range_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, ipv6_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, ipv6_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, domain_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, domain_entry);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, autostart_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, autostart_switch);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, start_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworkDialog, start_switch);
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
    bind_children (widget_class);
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
    if (vitrine_host_has_resources (host)) {
        app_form_row_set_title (self->autostart_row, _ ("Start with the h_ost"));
        app_form_row_set_note (self->autostart_row, APP_NOTE_PLAIN, "");
    }
    update (self);
    return self;
}

/* All that the form can say of the network it is about; the wire of a bridged one is not told. */
static void
show_edited (AppNetworkDialog *self)
{
    const VitrineNetworkInfo *info = self->edited;

    gtk_header_bar_set_title (self->header_bar, _ ("Edit network"));
    gtk_window_set_title (GTK_WINDOW (self), _ ("Edit network"));
    gtk_button_set_label (self->create_button, _ ("_Apply"));
    gtk_entry_set_text (self->name_entry, info->name);
    gtk_widget_set_sensitive (GTK_WIDGET (self->name_entry), FALSE);
    gtk_combo_box_set_active_id (self->mode_combo, info->mode);
    if (g_strcmp0 (gtk_combo_box_get_active_id (self->mode_combo), info->mode) != 0)
        gtk_combo_box_set_active (self->mode_combo, -1); /* one that only libvirt's XML can say */
    gtk_entry_set_text (self->subnet_entry, info->ipv4);
    gtk_switch_set_active (self->dhcp_switch, *info->dhcp != '\0');
    gtk_entry_set_text (self->range_entry, info->dhcp);
    gtk_entry_set_text (self->ipv6_entry, info->ipv6);
    gtk_entry_set_text (self->domain_entry, info->domain);
    if (g_str_equal (info->mode, "bridged") && *info->bridge != '\0') {
        gtk_combo_box_set_active_id (self->wire_kind_combo, "bridge");
        gtk_entry_set_text (self->wire_entry, info->bridge);
    }
    gtk_switch_set_active (self->autostart_switch, info->autostart);
    gtk_widget_hide (GTK_WIDGET (self->start_row));
    gtk_widget_grab_focus (GTK_WIDGET (self->mode_combo));
}

AppNetworkDialog *
app_network_dialog_new_edit (GtkWindow *parent, VitrineHost *host, GPtrArray *known,
                             const VitrineNetworkInfo *info)
{
    AppNetworkDialog *self = app_network_dialog_new (parent, host, known);

    self->edited = info;
    show_edited (self);
    update (self);
    return self;
}
