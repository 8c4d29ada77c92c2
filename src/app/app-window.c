/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window.c - the main window: all machines of all hosts. */
#include "app-window-private.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-empty-page.h"
#include "app-settings.h"

G_DEFINE_TYPE (AppWindow, app_window, GTK_TYPE_APPLICATION_WINDOW)

/* --- what the window shows ----------------------------------------------------------------------- */

/* The page with the machines is made and shown after the first frame: the window is there sooner. */
static void
update_page (AppWindow *self)
{
    gboolean ready = app_host_get_state (app_hosts_get_first (self->hosts)) == APP_HOST_CONNECTED;
    gboolean alone = app_hosts_get_n (self->hosts) == 1;
    const char *search = app_hosts_get_search (self->hosts);
    const char *page = "machines";
    g_autofree char *no_match = NULL;

    if (alone && app_hosts_get_n_machines (self->hosts) == 0) {
        page = ready ? "empty" : "waiting";
    } else if (self->step == APP_WINDOW_STEP_FRAME) {
        page = "waiting";
    } else if (g_list_model_get_n_items (G_LIST_MODEL (self->hosts)) == 0) {
        page = "no-match";
        no_match = g_strdup_printf (_ ("No machine is called “%s”"), search);
        gtk_label_set_label (self->no_match_label, no_match);
    } else {
        app_window_get_view (self);
    }
    if (g_str_equal (page, "empty") && gtk_stack_get_child_by_name (self->stack, page) == NULL)
        gtk_stack_add_named (self->stack, app_empty_page_new (), page);
    gtk_stack_set_visible_child_name (self->stack, page);
}

static void
update_subtitle (AppWindow *self)
{
    guint n = app_hosts_get_n_machines (self->hosts);
    guint running = app_hosts_get_n_running (self->hosts);
    g_autofree char *machines = g_strdup_printf (ngettext ("%u machine", "%u machines", n), n);
    g_autofree char *subtitle = NULL;

    if (n > 0)
        subtitle = running == 0 ? g_strdup (machines)
                                : g_strdup_printf (_ ("%s, %u running"), machines, running);
    gtk_header_bar_set_subtitle (self->header_bar, subtitle);
}

static void
update_selection (AppWindow *self)
{
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);
    g_autofree char *label = NULL;

    if (items->len == 1)
        label = g_strdup_printf (_ ("“%s” selected"),
                                 app_machine_item_get_name (g_ptr_array_index (items, 0)));
    else if (items->len > 1)
        label = g_strdup_printf (
            ngettext ("%u machine selected", "%u machines selected", items->len), items->len);
    if (items->len > 0 && self->selection_bar == NULL) {
        self->selection_bar = app_selection_bar_new ();
        gtk_box_pack_end (self->body_box, GTK_WIDGET (self->selection_bar), FALSE, FALSE, 0);
    }
    /* A bar that is sliding away says what it said. */
    if (label != NULL)
        app_selection_bar_set_text (self->selection_bar, label);
    if (self->selection_bar != NULL)
        gtk_revealer_set_reveal_child (GTK_REVEALER (self->selection_bar), items->len > 0);
    app_window_update_actions (self);
}

/* --- signals ------------------------------------------------------------------------------------- */

static void
active_cb (AppWindow *self)
{
    app_window_follow_pictures (self);
    if (!gtk_window_is_active (GTK_WINDOW (self)))
        return;
    if (self->view != NULL)
        app_machine_view_take_pictures (self->view);
    if (self->checks_failed)
        app_window_check_host (self);
}

static void
items_changed_cb (AppWindow *self)
{
    update_page (self);
    update_subtitle (self);
}

static void
hosts_changed_cb (AppWindow *self)
{
    update_page (self);
    app_window_update_host_problem (self);
}

void
app_window_update_list (AppWindow *self)
{
    update_page (self);
    if (self->step != APP_WINDOW_STEP_FRAME && app_hosts_get_n_machines (self->hosts) > 0)
        app_machine_view_focus (app_window_get_view (self));
}

static void
n_running_cb (AppWindow *self)
{
    update_subtitle (self);
    app_window_follow_pictures (self);
    app_window_follow_loads (self);
}

static void
state_changed_cb (AppHosts *hosts, AppMachineItem *item, AppWindow *self)
{
    if (self->selection_bar != NULL
        && gtk_revealer_get_reveal_child (GTK_REVEALER (self->selection_bar)))
        app_window_update_actions (self);
}

static void
view_open_cb (AppMachineView *view, AppMachineItem *item, AppWindow *self)
{
    app_application_open_machine (APP_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))),
                                  item);
}

/* --- the list of machines ------------------------------------------------------------------------ */

AppMachineView *
app_window_get_view (AppWindow *self)
{
    if (self->view != NULL)
        return self->view;
    self->view = g_object_new (APP_TYPE_MACHINE_VIEW, NULL);
    app_machine_view_set_hosts (self->view, self->hosts);
    g_signal_connect_object (self->view, "selection-changed", G_CALLBACK (update_selection), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->view, "open", G_CALLBACK (view_open_cb), self, 0);
    gtk_stack_add_named (self->stack, GTK_WIDGET (self->view), "machines");
    return self->view;
}

GPtrArray *
app_window_dup_selected (AppWindow *self)
{
    return self->view != NULL ? app_machine_view_get_selected (self->view) : g_ptr_array_new ();
}

/* --- search -------------------------------------------------------------------------------------- */

static void
search_changed_cb (GtkEntry *entry, AppWindow *self)
{
    app_hosts_set_search (self->hosts, gtk_entry_get_text (entry));
    update_page (self);
    update_selection (self);
}

/* Enter goes from the search to what it found. */
static void
search_activate_cb (GtkEntry *entry, AppWindow *self)
{
    app_machine_view_focus (app_window_get_view (self));
}

static GtkSearchBar *
get_search_bar (AppWindow *self)
{
    GtkEntry *entry;

    if (self->search_bar != NULL)
        return GTK_SEARCH_BAR (self->search_bar);
    self->search_bar = app_search_bar_new ();
    gtk_box_pack_start (self->body_box, GTK_WIDGET (self->search_bar), FALSE, FALSE, 0);
    gtk_box_reorder_child (self->body_box, GTK_WIDGET (self->search_bar), 1);
    entry = app_search_bar_get_entry (self->search_bar);
    g_signal_connect_object (entry, "search-changed", G_CALLBACK (search_changed_cb), self, 0);
    g_signal_connect_object (entry, "activate", G_CALLBACK (search_activate_cb), self, 0);
    g_object_bind_property (self->search_button, "active", self->search_bar, "search-mode-enabled",
                            G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
    return GTK_SEARCH_BAR (self->search_bar);
}

static void
search_toggled_cb (GtkToggleButton *button, AppWindow *self)
{
    get_search_bar (self);
}

void
app_window_begin_search (AppWindow *self)
{
    gtk_search_bar_set_search_mode (get_search_bar (self), TRUE);
    gtk_widget_grab_focus (GTK_WIDGET (app_search_bar_get_entry (self->search_bar)));
}

static gboolean
app_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    AppWindow *self = APP_WINDOW (widget);
    GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

    if (GTK_WIDGET_CLASS (app_window_parent_class)->key_press_event (widget, event))
        return GDK_EVENT_STOP;
    if (GTK_IS_ENTRY (focus) || app_hosts_get_n_machines (self->hosts) == 0)
        return GDK_EVENT_PROPAGATE;
    /* What no widget wanted is the beginning of a search. */
    return gtk_search_bar_handle_event (get_search_bar (self), (GdkEvent *) event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_window_dispose (GObject *object)
{
    AppWindow *self = APP_WINDOW (object);

    g_clear_handle_id (&self->patience, g_source_remove);
    g_clear_handle_id (&self->picture_timer, g_source_remove);
    g_clear_handle_id (&self->load_timer, g_source_remove);
    app_cancellable_end (&self->check);
    g_clear_weak_pointer (&self->host_note);
    g_clear_object (&self->hosts);
    self->view = NULL;
    G_OBJECT_CLASS (app_window_parent_class)->dispose (object);
}

static void
app_window_class_init (AppWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_window_dispose;
    widget_class->key_press_event = app_window_key_press_event;

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppWindow, header_bar);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, search_button);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, menu_button);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, body_box);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, check_box);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, no_match_label);
    gtk_widget_class_bind_template_child (widget_class, AppWindow, drop_cover);
    gtk_widget_class_bind_template_callback (widget_class, search_toggled_cb);
}

static void
app_window_init (AppWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    /* Its menu comes after the first frames: it does not look until then as if there were none. */
    gtk_widget_set_sensitive (GTK_WIDGET (self->menu_button), TRUE);
    app_window_add_actions (self);
    app_settings_bind_size (GTK_WINDOW (self));
    app_window_watch_user (self);
    app_window_watch_loads (self);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

AppWindow *
app_window_new (AppApplication *application, AppHosts *hosts)
{
    AppWindow *self;
    AppHost *first;

    g_return_val_if_fail (APP_IS_APPLICATION (application), NULL);
    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_WINDOW, "application", application, NULL);
    self->hosts = g_object_ref (hosts);
    first = app_hosts_get_first (hosts);
    g_signal_connect_object (hosts, "items-changed", G_CALLBACK (items_changed_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (hosts, "notify::n-machines", G_CALLBACK (items_changed_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (hosts, "notify::n-running", G_CALLBACK (n_running_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (hosts, "state-changed", G_CALLBACK (state_changed_cb), self, 0);
    g_signal_connect_object (hosts, "hosts-changed", G_CALLBACK (hosts_changed_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (app_host_get_host (first), "notify::ready",
                             G_CALLBACK (app_window_update_list), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (first, "notify::trouble", G_CALLBACK (app_window_update_host_problem),
                             self, G_CONNECT_SWAPPED);
    items_changed_cb (self);
    update_selection (self);
    app_window_update_host_problem (self);
    app_window_begin (self);
    return self;
}

void
app_window_select (AppWindow *self, AppMachineItem *item)
{
    g_return_if_fail (APP_IS_WINDOW (self));
    app_machine_view_unselect_all (app_window_get_view (self));
    app_machine_view_select (app_window_get_view (self), item);
}

void
app_window_search (AppWindow *self, const char *text)
{
    g_return_if_fail (APP_IS_WINDOW (self));
    app_window_begin_search (self);
    gtk_entry_set_text (GTK_ENTRY (app_search_bar_get_entry (self->search_bar)), text);
}
