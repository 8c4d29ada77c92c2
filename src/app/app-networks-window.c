/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-networks-window.c - the networks of a host: what they are, whether they run, and who is on them.
 *
 * No engine tells when a network changes or a guest gets an address: both are read when the window is looked at again,
 * when a machine starts or stops, and after whatever is done here.
 */
#include "app-networks-window.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-confirm-popover.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-host-combo.h"
#include "app-network-dialog.h"
#include "app-networks.h"
#include "app-note-bar.h"
#include "app-side-list.h"
#include "app-work-line.h"

struct _AppNetworksWindow {
    GtkWindow parent_instance;

    AppHosts *hosts;       /* NULL once the window has gone */
    GPtrArray *networks;   /* of VitrineNetworkInfo; replaced, never changed */
    GPtrArray *leases;     /* of VitrineLease, of the one that is selected, or NULL */
    char *name;            /* of the one that is selected, or NULL */
    GCancellable *listing; /* of the list under way, or NULL */
    GCancellable *leasing; /* of the leases', or NULL */

    AppHostCombo *host_combo;
    GtkBox *notes_box;
    GtkListBox *networks_list;
    GtkButton *new_button;
    GtkStack *stack;
    GtkLabel *empty_label;
    GtkLabel *title_label;
    AppFormRow *problem_row;
    AppFormRow *state_row;
    GtkButton *edit_button;
    GtkButton *state_button;
    AppFormRow *mode_row;
    GtkLabel *mode_label;
    AppFormRow *subnet_row;
    GtkLabel *subnet_label;
    AppFormRow *dhcp_row;
    AppFormRow *bridge_row;
    GtkLabel *bridge_label;
    AppFormRow *domain_row;
    GtkLabel *domain_label;
    AppFormRow *autostart_row;
    GtkWidget *guests_heading;
    GtkBox *guests_box;
    AppFormRow *delete_row;
    GtkButton *delete_button;
    AppWorkLine *work_line;
};

G_DEFINE_TYPE (AppNetworksWindow, app_networks_window, GTK_TYPE_WINDOW)

static const VitrineNetworkInfo *
get_selected (AppNetworksWindow *self)
{
    for (guint i = 0; i < self->networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);

        if (g_strcmp0 (info->name, self->name) == 0)
            return info;
    }
    return NULL;
}

static void
say_error (AppNetworksWindow *self, const GError *error)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

/* --- who is on it -------------------------------------------------------------------------------- */

static void
add_guest (AppNetworksWindow *self, const char *name, const char *address, const char *mac)
{
    AppFormRow *row = g_object_new (APP_TYPE_FORM_ROW, NULL);
    /* Translators: a guest's address in a network, and its network card's */
    g_autofree char *note =
        g_strdup_printf (_ ("%s · %s"), address != NULL ? address : _ ("No address yet"), mac);

    app_form_row_set_plain_title (row, name);
    app_form_row_set_note (row, APP_NOTE_PLAIN, note);
    gtk_container_add (GTK_CONTAINER (self->guests_box), GTK_WIDGET (row));
}

static const VitrineLease *
find_lease (AppNetworksWindow *self, const char *mac)
{
    for (guint i = 0; self->leases != NULL && i < self->leases->len; i++) {
        const VitrineLease *lease = g_ptr_array_index (self->leases, i);

        if (g_ascii_strcasecmp (lease->mac, mac) == 0)
            return lease;
    }
    return NULL;
}

/* The cards of MACHINE, which runs, that are on the network; their addresses go into SEEN. */
static void
add_machine (AppNetworksWindow *self, VitrineMachine *machine, GHashTable *seen)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_LIVE);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        g_autofree char *network = NULL;
        g_autofree char *mac = NULL;
        const VitrineLease *lease;

        if (!g_str_equal (device->kind, "interface")
            || !app_networks_parse_source (device->source, &network, &mac)
            || g_strcmp0 (network, self->name) != 0)
            continue;
        lease = find_lease (self, mac);
        add_guest (self, vitrine_machine_get_name (machine), lease != NULL ? lease->address : NULL,
                   mac);
        g_hash_table_add (seen, g_ascii_strdown (mac, -1));
    }
}

/* Those whose machine nobody here knows. */
static void
add_leases (AppNetworksWindow *self, GHashTable *seen)
{
    for (guint i = 0; self->leases != NULL && i < self->leases->len; i++) {
        const VitrineLease *lease = g_ptr_array_index (self->leases, i);
        g_autofree char *mac = g_ascii_strdown (lease->mac, -1);

        if (!g_hash_table_contains (seen, mac))
            add_guest (self, *lease->name != '\0' ? lease->name : _ ("A guest without a name"),
                       lease->address, lease->mac);
    }
}

static void
update_guests (AppNetworksWindow *self, const VitrineNetworkInfo *info)
{
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GList) before = gtk_container_get_children (GTK_CONTAINER (self->guests_box));
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    for (GList *l = before; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    gtk_widget_set_visible (self->guests_heading, info->is_active);
    gtk_widget_set_visible (GTK_WIDGET (self->guests_box), info->is_active);
    for (guint i = 0; host != NULL && i < g_list_model_get_n_items (G_LIST_MODEL (host)); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (G_LIST_MODEL (host), i);

        if (vitrine_machine_runs (machine))
            add_machine (self, machine, seen);
    }
    add_leases (self, seen);
    if (g_hash_table_size (seen) == 0 && (self->leases == NULL || self->leases->len == 0)) {
        AppFormRow *row = g_object_new (APP_TYPE_FORM_ROW, NULL);

        app_form_row_set_plain_title (row, _ ("No guest"));
        gtk_container_add (GTK_CONTAINER (self->guests_box), GTK_WIDGET (row));
    }
}

/* --- the page ------------------------------------------------------------------------------------ */

static void
set_fact (AppFormRow *row, GtkLabel *label, const char *text)
{
    gtk_label_set_label (label, text);
    gtk_widget_set_visible (GTK_WIDGET (row), *text != '\0');
}

/* On this computer, a network on a bridge that is somebody else's is neither started nor stopped. */
static gboolean
is_always_there (AppNetworksWindow *self, const VitrineNetworkInfo *info)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    return host != NULL && !vitrine_host_has_resources (host)
           && g_str_equal (info->mode, "bridged");
}

static void
update_state (AppNetworksWindow *self, const VitrineNetworkInfo *info)
{
    gboolean busy = app_work_line_get_busy (self->work_line);
    gboolean stays = info->is_active && !is_always_there (self, info);

    app_form_row_set_note (self->state_row, APP_NOTE_PLAIN,
                           info->waits ? _ ("Started; what was changed counts from its next start")
                           : info->is_active ? C_ ("network", "Started")
                                             : _ ("Not started"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->edit_button), !busy && *info->problem == '\0');
    gtk_button_set_label (self->state_button, info->is_active ? _ ("_Stop") : _ ("_Start"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->state_button),
                              !busy && (info->is_active || *info->problem == '\0'));
    app_form_row_set_note (self->delete_row, APP_NOTE_PLAIN,
                           stays ? _ ("It must be stopped before")
                                 : _ ("Machines that are on it start no more"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->delete_button), !busy && !stays);
    gtk_widget_set_visible (GTK_WIDGET (self->state_button), !is_always_there (self, info));
    gtk_widget_set_sensitive (GTK_WIDGET (self->new_button), !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->host_combo), !busy);
}

static void
update_page (AppNetworksWindow *self)
{
    const VitrineNetworkInfo *info = self->hosts != NULL ? get_selected (self) : NULL;
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    g_autofree char *subnets = NULL;

    if (self->hosts == NULL)
        return;
    gtk_stack_set_visible_child_name (self->stack, info != NULL ? "page" : "empty");
    if (info == NULL)
        return;
    subnets = *info->ipv4 != '\0' && *info->ipv6 != '\0'
                  ? g_strdup_printf ("%s\n%s", info->ipv4, info->ipv6)
                  : g_strconcat (info->ipv4, info->ipv6, NULL);
    gtk_label_set_label (self->title_label, info->name);
    app_form_row_set_note (self->problem_row, APP_NOTE_ERROR, info->problem);
    gtk_widget_set_visible (GTK_WIDGET (self->problem_row), *info->problem != '\0');
    set_fact (self->mode_row, self->mode_label, app_networks_format_mode (info->mode));
    app_form_row_set_note (self->mode_row, APP_NOTE_PLAIN, app_networks_describe_mode (info->mode));
    set_fact (self->subnet_row, self->subnet_label, subnets);
    app_form_row_set_note (self->dhcp_row, APP_NOTE_PLAIN,
                           *info->dhcp != '\0' ? info->dhcp : _ ("None are given"));
    gtk_widget_set_visible (GTK_WIDGET (self->dhcp_row), *info->ipv4 != '\0');
    set_fact (self->bridge_row, self->bridge_label, info->bridge);
    set_fact (self->domain_row, self->domain_label, info->domain);
    app_form_row_set_note (self->autostart_row, APP_NOTE_PLAIN,
                           !info->autostart ? _ ("Only when it is started here")
                           : host != NULL && vitrine_host_has_resources (host)
                               ? _ ("With the host")
                               : _ ("With the first machine that needs it"));
    update_state (self, info);
    update_guests (self, info);
}

/* --- reading ------------------------------------------------------------------------------------- */

/* What cannot be told of leases is no news: the list says whether the network runs. */
static void
leases_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppNetworksWindow) self = user_data;
    g_autoptr (GPtrArray) leases = app_networks_leases_finish (result, NULL);

    if (g_task_get_cancellable (G_TASK (result)) != self->leasing)
        return;
    g_clear_object (&self->leasing);
    g_clear_pointer (&self->leases, g_ptr_array_unref);
    self->leases = g_steal_pointer (&leases);
    update_page (self);
}

static void
read_leases (AppNetworksWindow *self)
{
    const VitrineNetworkInfo *info = get_selected (self);
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    app_cancellable_end (&self->leasing);
    if (info == NULL || !info->is_active || host == NULL) {
        g_clear_pointer (&self->leases, g_ptr_array_unref);
        return;
    }
    self->leasing = g_cancellable_new ();
    app_networks_leases_async (host, info->name, self->leasing, leases_cb, g_object_ref (self));
}

/* "NAT · 192.168.150.1/24 · started" */
static char *
format_fact (const VitrineNetworkInfo *info)
{
    const char *mode = app_networks_format_mode (info->mode);
    const char *subnet = *info->ipv4 != '\0' ? info->ipv4 : info->ipv6;
    const char *state = info->is_active ? C_ ("network", "Started") : _ ("Not started");

    if (*info->problem != '\0')
        return g_strdup (_ ("It cannot be used"));
    /* Translators: a network's state, mode and subnet: "Started · NAT · 192.168.150.1/24" */
    return *subnet != '\0' ? g_strdup_printf (_ ("%s · %s · %s"), state, mode, subnet)
                           : g_strdup_printf (_ ("%s · %s"), state, mode);
}

static void
show (AppNetworksWindow *self)
{
    g_autoptr (GPtrArray) items = app_side_items_new ();

    for (guint i = 0; i < self->networks->len; i++) {
        const VitrineNetworkInfo *info = g_ptr_array_index (self->networks, i);
        g_autofree char *fact = format_fact (info);

        g_ptr_array_add (items,
                         app_side_item_new (info->name,
                                            *info->problem != '\0' ? "dialog-warning-symbolic"
                                            : info->is_active      ? "network-wired-symbolic"
                                                                   : "network-offline-symbolic",
                                            info->name, fact, 0));
    }
    app_side_list_fill (self->networks_list, items, self->name);
    if (items->len == 0)
        g_clear_pointer (&self->name, g_free);
    read_leases (self);
    update_page (self);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppNetworksWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) networks = app_networks_list_finish (result, &error);

    if (g_task_get_cancellable (G_TASK (result)) != self->listing)
        return;
    g_clear_object (&self->listing);
    if (networks == NULL) {
        say_error (self, error);
        gtk_label_set_label (self->empty_label, "");
    } else {
        g_ptr_array_unref (self->networks);
        self->networks = g_steal_pointer (&networks);
    }
    show (self);
}

static void
refresh (AppNetworksWindow *self)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    app_cancellable_end (&self->listing);
    if (host == NULL)
        return;
    self->listing = g_cancellable_new ();
    gtk_label_set_label (
        self->empty_label,
        _ ("No network yet. Machines share this computer’s own until there is one."));
    app_networks_list_async (host, self->listing, listed_cb, g_object_ref (self));
}

static void
network_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppNetworksWindow *self)
{
    /* The rows are made anew when the list changes: that is nobody's choice. */
    if (row == NULL || g_strcmp0 (app_side_row_get_key (row), self->name) == 0)
        return;
    g_free (self->name);
    self->name = g_strdup (app_side_row_get_key (row));
    g_clear_pointer (&self->leases, g_ptr_array_unref);
    read_leases (self);
    update_page (self);
}

/* --- acting -------------------------------------------------------------------------------------- */

/* Keeps the window, and the line in it, until the answer comes. */
typedef struct {
    AppNetworksWindow *window;
    AppWorkLine *line;
} Call;

static void
acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr (AppNetworksWindow) self = call->window;
    g_autoptr (AppWorkLine) line = call->line;
    g_autoptr (GError) error = NULL;
    gboolean done = app_networks_finish (result, &error);

    app_work_line_end (line);
    if (self->hosts == NULL)
        return;
    if (!done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say_error (self, error);
    refresh (self);
}

static void
act (AppNetworksWindow *self, VitrineResourceAction action, const char *name)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    const char *text = action == VITRINE_RESOURCE_START  ? _ ("Starting the network…")
                       : action == VITRINE_RESOURCE_STOP ? _ ("Stopping the network…")
                                                         : _ ("Deleting the network…");
    Call *call;

    if (host == NULL || app_work_line_get_busy (self->work_line))
        return;
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    call = g_new0 (Call, 1);
    call->window = g_object_ref (self);
    call->line = g_object_ref (self->work_line);
    app_networks_act_async (host, action, name, app_work_line_begin (self->work_line, text),
                            acted_cb, call);
}

static void
stop_confirmed_cb (AppConfirmPopover *popover, AppNetworksWindow *self)
{
    if (self->name != NULL)
        act (self, VITRINE_RESOURCE_STOP, self->name);
}

/* Stopping is asked about while somebody is on it. */
static void
state_clicked_cb (GtkButton *button, AppNetworksWindow *self)
{
    const VitrineNetworkInfo *info = get_selected (self);
    g_autofree char *title = NULL;
    AppConfirmPopover *popover;

    if (info == NULL)
        return;
    if (!info->is_active) {
        act (self, VITRINE_RESOURCE_START, info->name);
        return;
    }
    title = g_strdup_printf (_ ("Stop “%s”?"), info->name);
    popover = app_confirm_popover_ask (GTK_WIDGET (button), title,
                                       _ ("Guests that are on it lose their network."), _ ("Stop"));
    g_signal_connect_object (popover, "confirmed", G_CALLBACK (stop_confirmed_cb), self, 0);
}

static void
delete_confirmed_cb (AppConfirmPopover *popover, AppNetworksWindow *self)
{
    if (self->name != NULL)
        act (self, VITRINE_RESOURCE_DELETE, self->name);
}

static void
delete_clicked_cb (GtkButton *button, AppNetworksWindow *self)
{
    g_autofree char *title = g_strdup_printf (_ ("Delete “%s”?"), self->name);
    AppConfirmPopover *popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title,
        _ ("Machines that are on it start no more until they are on another."), _ ("Delete"));

    g_signal_connect_object (popover, "confirmed", G_CALLBACK (delete_confirmed_cb), self, 0);
}

static void
created_cb (AppNetworkDialog *dialog, const char *name, gboolean start, AppNetworksWindow *self)
{
    g_free (self->name);
    self->name = g_strdup (name);
    if (start)
        act (self, VITRINE_RESOURCE_START, name);
    else
        refresh (self);
}

static void
new_clicked_cb (GtkButton *button, AppNetworksWindow *self)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    AppNetworkDialog *dialog;

    if (host == NULL)
        return;
    dialog = app_network_dialog_new (GTK_WINDOW (self), host, self->networks);
    g_signal_connect_object (dialog, "created", G_CALLBACK (created_cb), self, 0);
    gtk_window_present (GTK_WINDOW (dialog));
}

/* Of this computer's own nothing says that a change waits. */
static void
edited_cb (AppNetworkDialog *dialog, const char *name, gboolean start, AppNetworksWindow *self)
{
    const VitrineNetworkInfo *info = get_selected (self);
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    if (info != NULL && info->is_active && host != NULL && !vitrine_host_has_resources (host)
        && !is_always_there (self, info))
        gtk_container_add (
            GTK_CONTAINER (self->notes_box),
            GTK_WIDGET (app_note_bar_new (
                GTK_MESSAGE_INFO,
                _ ("The network is started: what was changed counts from its next start."), NULL,
                TRUE)));
    refresh (self);
}

static void
edit_clicked_cb (GtkButton *button, AppNetworksWindow *self)
{
    const VitrineNetworkInfo *info = get_selected (self);
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    AppNetworkDialog *dialog;

    if (host == NULL || info == NULL)
        return;
    dialog = app_network_dialog_new_edit (GTK_WINDOW (self), host, self->networks, info);
    g_signal_connect_object (dialog, "created", G_CALLBACK (edited_cb), self, 0);
    gtk_window_present (GTK_WINDOW (dialog));
}

/* --- signals ------------------------------------------------------------------------------------- */

static void
host_changed_cb (GtkComboBox *combo, AppNetworksWindow *self)
{
    if (self->hosts == NULL)
        return;
    g_ptr_array_unref (self->networks);
    self->networks = g_ptr_array_new ();
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    show (self);
    refresh (self);
}

static void
active_cb (AppNetworksWindow *self)
{
    if (gtk_window_is_active (GTK_WINDOW (self)) && self->hosts != NULL && self->listing == NULL
        && !app_work_line_get_busy (self->work_line))
        refresh (self);
}

static gboolean
app_networks_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    AppNetworksWindow *self = APP_NETWORKS_WINDOW (widget);

    if (event->keyval == GDK_KEY_Escape) {
        app_work_line_cancel_or_close (self->work_line);
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_networks_window_parent_class)->key_press_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_networks_window_dispose (GObject *object)
{
    AppNetworksWindow *self = APP_NETWORKS_WINDOW (object);

    app_cancellable_end (&self->listing);
    app_cancellable_end (&self->leasing);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_networks_window_parent_class)->dispose (object);
}

static void
app_networks_window_finalize (GObject *object)
{
    AppNetworksWindow *self = APP_NETWORKS_WINDOW (object);

    g_ptr_array_unref (self->networks);
    g_clear_pointer (&self->leases, g_ptr_array_unref);
    g_free (self->name);
    G_OBJECT_CLASS (app_networks_window_parent_class)->finalize (object);
}

static void
app_networks_window_class_init (AppNetworksWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_networks_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_networks_window_finalize;
    widget_class->key_press_event = app_networks_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_HOST_COMBO);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-networks-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, host_combo);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, networks_list);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, new_button);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, empty_label);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, problem_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, state_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, edit_button);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, state_button);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, mode_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, mode_label);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, subnet_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, subnet_label);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, dhcp_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, bridge_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, bridge_label);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, domain_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, domain_label);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, autostart_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, guests_heading);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, guests_box);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, delete_row);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, delete_button);
    gtk_widget_class_bind_template_child (widget_class, AppNetworksWindow, work_line);
    gtk_widget_class_bind_template_callback (widget_class, host_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, network_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, new_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, edit_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, state_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, delete_clicked_cb);
}

static void
app_networks_window_init (AppNetworksWindow *self)
{
    self->networks = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    g_signal_connect_swapped (self->work_line, "notify::busy", G_CALLBACK (update_page), self);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

AppNetworksWindow *
app_networks_window_new (GtkWindow *parent, AppHosts *hosts)
{
    AppNetworksWindow *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_NETWORKS_WINDOW, "transient-for", parent, "destroy-with-parent",
                         TRUE, NULL);
    self->hosts = g_object_ref (hosts);
    g_signal_connect_object (hosts, "state-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
    app_host_combo_set_hosts (self->host_combo, hosts);
    if (self->listing == NULL)
        refresh (self);
    return self;
}
