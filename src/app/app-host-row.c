/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host-row.c - a host's row above its machines: what it is called, how it is, what mends it. */
#include "app-host-row.h"

#include <glib/gi18n.h>

#include "app-menus.h"

struct _AppHostRow {
    GtkListBoxRow parent_instance;

    AppHosts *hosts;
    AppHost *host;
    GActionMap *actions;

    GtkImage *image;
    GtkLabel *title_label;
    GtkLabel *facts_label;
    GtkSpinner *spinner;
    GtkButton *act_button;
    GtkMenuButton *menu_button;
    GtkBox *trouble_box;
    GtkLabel *trouble_label;
    GtkBox *command_box;
    GtkLabel *command_label;
    GtkButton *copy_button;
};

G_DEFINE_TYPE (AppHostRow, app_host_row, GTK_TYPE_LIST_BOX_ROW)

/* --- what it shows ------------------------------------------------------------------------------- */

static char *
dup_numbers (AppHost *host)
{
    AppMachineList *list = app_host_get_list (host);
    guint n = list != NULL ? app_machine_list_get_n_machines (list) : 0;
    guint running = n > 0 ? app_machine_list_get_n_running (list) : 0;
    g_autofree char *machines = g_strdup_printf (ngettext ("%u machine", "%u machines", n), n);

    if (n == 0)
        return g_strdup (_ ("No machines"));
    return running > 0 ? g_strdup_printf (_ ("%s, %u running"), machines, running)
                       : g_steal_pointer (&machines);
}

/* One that was connected is looked for by its engine, without being asked. */
static gboolean
was_connected (AppHost *host)
{
    return app_host_get_host (host) != NULL && vitrine_host_get_ready (app_host_get_host (host));
}

static char *
dup_facts (AppHost *host)
{
    switch (app_host_get_state (host)) {
    case APP_HOST_CLOSED:
        return g_strdup (_ ("Not connected"));
    case APP_HOST_CONNECTING:
        return g_strdup (_ ("Connecting…"));
    case APP_HOST_FAILED:
        return g_strdup (was_connected (host)
                             ? _ ("Connection lost; the machines are shown as they were last seen")
                             : _ ("Could not be connected"));
    case APP_HOST_CONNECTED:
        break;
    }
    return dup_numbers (host);
}

static void
update_facts (AppHostRow *self)
{
    g_autofree char *facts = dup_facts (self->host);
    AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self));

    gtk_label_set_label (self->facts_label, facts);
    atk_object_set_description (accessible, facts);
}

/* What its one button does: it is there while something can be done about the connection. */
static void
update_button (AppHostRow *self)
{
    AppHostState state = app_host_get_state (self->host);
    const char *label = state == APP_HOST_CONNECTING ? _ ("_Cancel")
                        : state == APP_HOST_FAILED   ? _ ("_Try again")
                                                     : _ ("C_onnect");

    gtk_button_set_label (self->act_button, label);
    gtk_widget_set_visible (GTK_WIDGET (self->act_button), state != APP_HOST_CONNECTED);
    gtk_widget_set_visible (GTK_WIDGET (self->spinner), state == APP_HOST_CONNECTING);
    /* An unseen spinner must not keep the frame clock going. */
    g_object_set (self->spinner, "active", state == APP_HOST_CONNECTING, NULL);
}

static void
update_actions (AppHostRow *self)
{
    gboolean closed = app_host_get_state (self->host) == APP_HOST_CLOSED;

    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (g_action_map_lookup_action (self->actions, "connect")), closed);
    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (g_action_map_lookup_action (self->actions, "close")), !closed);
}

static void
update_trouble (AppHostRow *self)
{
    const char *trouble = app_host_get_trouble (self->host);
    const char *mend = app_host_get_mend (self->host);

    gtk_label_set_label (self->trouble_label, trouble);
    gtk_label_set_label (self->command_label, mend);
    gtk_button_set_label (self->copy_button, _ ("C_opy"));
    gtk_widget_set_visible (GTK_WIDGET (self->command_box), *mend != '\0');
    gtk_widget_set_visible (GTK_WIDGET (self->trouble_box), *trouble != '\0');
}

static void
update_state (AppHostRow *self)
{
    update_facts (self);
    update_button (self);
    update_actions (self);
}

static void
list_cb (AppHostRow *self)
{
    AppMachineList *list = app_host_get_list (self->host);

    if (list != NULL) {
        g_signal_connect_object (list, "notify::n-machines", G_CALLBACK (update_facts), self,
                                 G_CONNECT_SWAPPED);
        g_signal_connect_object (list, "notify::n-running", G_CALLBACK (update_facts), self,
                                 G_CONNECT_SWAPPED);
    }
    update_facts (self);
}

/* --- what is done -------------------------------------------------------------------------------- */

static void
act_clicked_cb (GtkButton *button, AppHostRow *self)
{
    if (app_host_get_state (self->host) == APP_HOST_CONNECTING)
        app_host_cancel (self->host);
    else
        app_host_connect (self->host);
}

static void
copy_clicked_cb (GtkButton *button, AppHostRow *self)
{
    gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                            gtk_label_get_text (self->command_label), -1);
    gtk_button_set_label (button, _ ("Copied"));
}

static void
connect_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_host_connect (APP_HOST_ROW (user_data)->host);
}

static void
close_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_host_close (APP_HOST_ROW (user_data)->host);
}

static gboolean
remove_cb (gpointer user_data)
{
    AppHostRow *self = user_data;

    app_hosts_remove (self->hosts, self->host);
    return G_SOURCE_REMOVE;
}

/* The row goes with its host: when the menu that asks for it has closed. */
static void
remove_activated_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_host_close (APP_HOST_ROW (user_data)->host);
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, remove_cb, g_object_ref (user_data), g_object_unref);
}

static const GActionEntry entries[] = {
    { .name = "connect", .activate = connect_cb },
    { .name = "close", .activate = close_cb },
    { .name = "remove", .activate = remove_activated_cb },
};

gboolean
app_host_row_popup_menu (AppHostRow *self)
{
    g_return_val_if_fail (APP_IS_HOST_ROW (self), FALSE);

    if (!gtk_widget_get_visible (GTK_WIDGET (self->menu_button)))
        return FALSE;
    gtk_button_clicked (GTK_BUTTON (self->menu_button));
    return TRUE;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_host_row_dispose (GObject *object)
{
    AppHostRow *self = APP_HOST_ROW (object);

    g_clear_object (&self->host);
    g_clear_object (&self->hosts);
    g_clear_object (&self->actions);
    G_OBJECT_CLASS (app_host_row_parent_class)->dispose (object);
}

static void
app_host_row_class_init (AppHostRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_host_row_dispose;

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-host-row.ui");
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, image);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, facts_label);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, act_button);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, menu_button);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, trouble_box);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, trouble_label);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, command_box);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, command_label);
    gtk_widget_class_bind_template_child (widget_class, AppHostRow, copy_button);
    gtk_widget_class_bind_template_callback (widget_class, act_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, copy_clicked_cb);
}

static void
app_host_row_init (AppHostRow *self)
{
    GSimpleActionGroup *group = g_simple_action_group_new ();

    self->actions = G_ACTION_MAP (group);
    g_action_map_add_action_entries (self->actions, entries, G_N_ELEMENTS (entries), self);
    gtk_widget_insert_action_group (GTK_WIDGET (self), "host", G_ACTION_GROUP (group));
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppHostRow *
app_host_row_new (AppHosts *hosts, AppHost *host)
{
    AppHostRow *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);
    g_return_val_if_fail (APP_IS_HOST (host), NULL);

    self = g_object_new (APP_TYPE_HOST_ROW, NULL);
    self->hosts = g_object_ref (hosts);
    self->host = g_object_ref (host);
    gtk_label_set_label (self->title_label, app_host_get_title (host));
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->title_label), app_host_get_uri (host));
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), app_host_get_title (host));
    gtk_image_set_from_icon_name (
        self->image, app_host_get_fixed (host) ? "computer-symbolic" : "network-server-symbolic",
        GTK_ICON_SIZE_BUTTON);
    gtk_widget_set_visible (GTK_WIDGET (self->menu_button), !app_host_get_fixed (host));
    if (!app_host_get_fixed (host))
        gtk_menu_button_set_menu_model (self->menu_button, app_menus_get ("host_menu"));
    g_signal_connect_object (host, "notify::state", G_CALLBACK (update_state), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (host, "notify::trouble", G_CALLBACK (update_trouble), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (host, "notify::list", G_CALLBACK (list_cb), self, G_CONNECT_SWAPPED);
    list_cb (self);
    update_state (self);
    update_trouble (self);
    return self;
}
