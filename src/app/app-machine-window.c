/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window.c - the window of one machine: its console and what can be asked of it.
 *
 * While the guest has the keyboard this window's own keys and mnemonics are the guest's as well: only
 * the chord that the console takes gives them back, and the status line always says who has them.
 */
#include "app-machine-window-private.h"

#include <glib/gi18n.h>

#include "app-format.h"
#include "app-menus.h"
#include "app-own-keys.h"
#include "app-preferences.h"
#include "display/app-release-chord.h"

G_DEFINE_TYPE (AppMachineWindow, app_machine_window, GTK_TYPE_APPLICATION_WINDOW)

/* --- what it shows ------------------------------------------------------------------------------- */

static void
update_title (AppMachineWindow *self)
{
    const char *name = app_machine_item_get_name (self->item);

    gtk_header_bar_set_title (self->header_bar, name);
    gtk_header_bar_set_subtitle (self->header_bar,
                                 app_format_state (app_machine_item_get_state (self->item)));
    gtk_window_set_title (GTK_WINDOW (self), name);
    gtk_label_set_label (self->bar_title, name);
}

static void
update_primary (AppMachineWindow *self)
{
    GtkWidget *button = GTK_WIDGET (self->primary_button);
    VitrineAction action = VITRINE_ACTION_START;
    const char *name, *icon_name;

    app_machine_item_get_primary (self->item, &action);
    name = app_format_primary (action, &icon_name);
    gtk_image_set_from_icon_name (self->primary_image, icon_name, GTK_ICON_SIZE_BUTTON);
    gtk_widget_set_tooltip_text (button, name);
    atk_object_set_name (gtk_widget_get_accessible (button), name);
}

/* Who has the keyboard, and how that is changed. */
static void
update_hint (AppMachineWindow *self)
{
    VitrineMachineState state = app_machine_item_get_state (self->item);
    gboolean on_display = gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->console);
    const char *hint = "";
    g_autofree char *release = NULL;

    if (on_display && app_console_get_grabbed (self->console))
        hint = release =
            g_strdup_printf (_ ("%s releases the keyboard"), _ (app_release_chord_get ()->name));
    else if (on_display && app_state_is_live (state))
        hint = _ ("Click the display to type into it");
    else if (!on_display)
        hint = _ ("Ctrl+Shift+C copies, Ctrl+Shift+V pastes");
    gtk_label_set_label (self->hint_label, hint);
    gtk_label_set_label (self->bar_hint, hint);
}

static void
update_summary (AppMachineWindow *self)
{
    gboolean on_display = gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->console);

    gtk_label_set_label (self->summary_label,
                         on_display ? app_console_get_summary (self->console) : "");
    gtk_label_set_label (self->locks_label,
                         on_display ? app_console_get_locks (self->console) : "");
    gtk_widget_set_visible (GTK_WIDGET (self->locks_label),
                            *gtk_label_get_label (self->locks_label) != '\0');
}

/* The first in the status line, all of them in its tooltip. */
static void
update_warnings (AppMachineWindow *self)
{
    const char *const *warnings =
        vitrine_machine_get_warnings (app_machine_item_get_machine (self->item));
    g_autofree char *all = g_strjoinv ("\n", (char **) warnings);
    g_autofree char *first = app_format_sentence (warnings[0] != NULL ? warnings[0] : "");

    gtk_label_set_label (self->warning_label, first);
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->warning_box), all);
    gtk_widget_set_visible (GTK_WIDGET (self->warning_box), *first != '\0');
}

static void
update_problem (AppMachineWindow *self)
{
    /* Off, the console's page tells it already. */
    gboolean live = app_state_is_live (app_machine_item_get_state (self->item));

    app_machine_window_show_problem (self, live ? app_machine_item_get_problem (self->item) : "");
}

static void
machine_notify_cb (AppMachineWindow *self)
{
    update_title (self);
    update_primary (self);
    update_hint (self);
    update_warnings (self);
    update_problem (self);
    app_machine_window_update_actions (self);
}

static void
devices_changed_cb (AppMachineWindow *self)
{
    app_machine_window_update_display (self);
    app_machine_window_update_media (self);
    app_machine_window_update_actions (self);
}

/* --- the machine goes ---------------------------------------------------------------------------- */

/* A machine that is renamed leaves the host's list for a moment: so it is asked a little later. */
static gboolean
gone_cb (gpointer user_data)
{
    AppMachineWindow *self = user_data;
    GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
    VitrineMachine *machine = app_machine_item_get_machine (self->item);

    self->gone_id = 0;
    if (application != NULL
        && !app_application_has_machine (APP_APPLICATION (application), machine))
        gtk_widget_destroy (GTK_WIDGET (self));
    return G_SOURCE_REMOVE;
}

static void
host_changed_cb (AppMachineWindow *self)
{
    if (self->gone_id == 0)
        self->gone_id = g_idle_add (gone_cb, self);
}

/* --- closing ------------------------------------------------------------------------------------- */

gboolean
app_machine_window_may_close (AppMachineWindow *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_WINDOW (self), TRUE);
    return self->hardware == NULL || app_hardware_window_may_close (self->hardware);
}

/* The hardware's window goes with this one. */
static gboolean
app_machine_window_delete_event (GtkWidget *widget, GdkEventAny *event)
{
    return app_machine_window_may_close (APP_MACHINE_WINDOW (widget)) ? GDK_EVENT_PROPAGATE
                                                                      : GDK_EVENT_STOP;
}

/* --- keys ---------------------------------------------------------------------------------------- */

/* Keys that stay ours over a terminal: it has no use for them. */
static gboolean
is_window_key (const GdkEventKey *event)
{
    const guint both = GDK_CONTROL_MASK | GDK_SHIFT_MASK;

    return event->keyval == GDK_KEY_F11 || (event->state & both) == both;
}

static gboolean
guest_has_keys (AppMachineWindow *self, const GdkEventKey *event)
{
    if (app_console_get_grabbed (self->console))
        return TRUE;
    return self->terminal != NULL && app_terminal_wants_keys (self->terminal)
           && !is_window_key (event);
}

static gboolean
app_machine_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (guest_has_keys (APP_MACHINE_WINDOW (widget), event)) {
        gtk_window_propagate_key_event (GTK_WINDOW (widget), event);
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_machine_window_parent_class)->key_press_event (widget, event);
}

static gboolean
app_machine_window_key_release_event (GtkWidget *widget, GdkEventKey *event)
{
    if (guest_has_keys (APP_MACHINE_WINDOW (widget), event)) {
        gtk_window_propagate_key_event (GTK_WINDOW (widget), event);
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_machine_window_parent_class)->key_release_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_machine_window_dispose (GObject *object)
{
    AppMachineWindow *self = APP_MACHINE_WINDOW (object);

    g_cancellable_cancel (self->cancellable);
    g_clear_handle_id (&self->gone_id, g_source_remove);
    g_clear_handle_id (&self->hide_bar_id, g_source_remove);
    g_clear_weak_pointer (&self->problem_note);
    g_clear_weak_pointer (&self->screenshot_note);
    g_clear_weak_pointer (&self->drop_note);
    g_clear_weak_pointer (&self->undo_note);
    g_clear_weak_pointer (&self->cd_popover);
    g_clear_weak_pointer (&self->hardware);
    self->terminal = NULL;
    G_OBJECT_CLASS (app_machine_window_parent_class)->dispose (object);
}

static void
app_machine_window_finalize (GObject *object)
{
    AppMachineWindow *self = APP_MACHINE_WINDOW (object);

    g_clear_object (&self->cancellable);
    g_clear_object (&self->undoing);
    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_machine_window_parent_class)->finalize (object);
}

static void
app_machine_window_class_init (AppMachineWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_machine_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_machine_window_finalize;
    widget_class->delete_event = app_machine_window_delete_event;
    widget_class->key_press_event = app_machine_window_key_press_event;
    widget_class->key_release_event = app_machine_window_key_release_event;

    g_type_ensure (APP_TYPE_CONSOLE);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-machine-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, header_bar);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, primary_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, primary_image);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, power_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, cd_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, keys_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, display_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, console);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, work_line);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, status_bar);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, summary_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, locks_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, warning_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, warning_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, hint_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, hot_edge);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, bar_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, bar_title);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, bar_hint);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, bar_power_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, bar_cd_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, bar_keys_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineWindow, drop_cover);
}

static void
app_machine_window_init (AppMachineWindow *self)
{
    GMenuModel *power = app_menus_get ("power_menu");
    GMenuModel *keys = app_own_keys_get_menu ();

    self->cancellable = g_cancellable_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_menu_button_set_menu_model (self->power_button, power);
    gtk_menu_button_set_menu_model (self->bar_power_button, power);
    gtk_menu_button_set_menu_model (self->keys_button, keys);
    gtk_menu_button_set_menu_model (self->display_button, app_menus_get ("display_menu"));
    gtk_menu_button_set_menu_model (self->bar_keys_button, keys);
    app_machine_window_add_actions (self);
    app_machine_window_watch_fullscreen (self);
}

/* The view that has something to show: a machine may be made without a display. */
static gboolean
has_display (AppMachineItem *item)
{
    g_autoptr (GPtrArray) devices =
        vitrine_machine_dup_devices (app_machine_item_get_machine (item));

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, "video"))
            return TRUE;
    }
    return devices->len == 0;
}

AppMachineWindow *
app_machine_window_new (AppApplication *application, AppMachineItem *item)
{
    AppMachineWindow *self;
    VitrineMachine *machine;

    g_return_val_if_fail (APP_IS_APPLICATION (application), NULL);
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_MACHINE_WINDOW, "application", application, NULL);
    self->item = g_object_ref (item);
    machine = app_machine_item_get_machine (item);
    app_console_set_item (self->console, item);
    g_signal_connect_object (machine, "notify", G_CALLBACK (machine_notify_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (machine, "notify::state",
                             G_CALLBACK (app_machine_window_look_for_undo), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (machine, "devices-changed", G_CALLBACK (devices_changed_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (item, "notify::problem", G_CALLBACK (update_problem), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->console, "notify::grabbed", G_CALLBACK (update_hint), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->console, "notify::summary", G_CALLBACK (update_summary), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->console, "notify::locks", G_CALLBACK (update_summary), self,
                             G_CONNECT_SWAPPED);
    app_preferences_follow (APP_PREF_RELEASE_KEYS, G_CALLBACK (update_hint), self);
    g_signal_connect_object (self->stack, "notify::visible-child", G_CALLBACK (update_hint), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->stack, "notify::visible-child", G_CALLBACK (update_summary),
                             self, G_CONNECT_SWAPPED);
    g_signal_connect_object (app_application_get_hosts (application), "items-changed",
                             G_CALLBACK (host_changed_cb), self, G_CONNECT_SWAPPED);
    machine_notify_cb (self);
    devices_changed_cb (self);
    app_machine_window_look_for_undo (self);
    if (!has_display (item))
        g_action_group_change_action_state (G_ACTION_GROUP (self), "view",
                                            g_variant_new_string ("serial"));
    gtk_widget_grab_focus (GTK_WIDGET (self->console));
    return self;
}

AppMachineItem *
app_machine_window_get_item (AppMachineWindow *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_WINDOW (self), NULL);
    return self->item;
}
