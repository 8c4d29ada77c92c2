/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hardware-window.c - the devices of one machine: what they are, one more, one less.
 *
 * The list has what runs and what is defined, each device once.  The page beside it is about the device that
 * is selected; what becomes of one that was asked for is the page's last row: asked, agreed, gone, or kept,
 * and then taken away by force if the user says so.  A removal is kept by the device's alias, so several can
 * be under way, and whoever looks at another device loses none.
 */
#include "app-hardware-window.h"

#include <glib/gi18n.h>

#include "app-add-dialog.h"
#include "app-cancellable.h"
#include "app-confirm-popover.h"
#include "app-device.h"
#include "app-form-row.h"
#include "app-format.h"

struct _AppHardwareWindow {
    GtkWindow parent_instance;

    AppMachineItem *item;
    GHashTable *removals; /* alias to Removal, under way or failed */
    GPtrArray *shown;     /* what the list shows, of VitrineDeviceInfo */
    guint scroll_id;      /* the list is to scroll */
    char *alias;          /* of the device that is selected, or NULL */
    gboolean updating;    /* the list; selections are not the user's */

    GtkListBox *devices_list;
    GtkWidget *page;
    GtkLabel *title_label;
    GtkLabel *model_label;
    AppFormRow *source_row;
    GtkLabel *source_label;
    GtkLabel *alias_label;
    GtkLabel *when_label;
    AppFormRow *remove_row;
    GtkSpinner *spinner;
    GtkButton *wait_button;
    GtkButton *force_button;
    GtkButton *remove_button;
};

typedef struct {
    char *alias;
    VitrineScope scope;
    GCancellable *cancellable; /* NULL once it is answered */
    char *problem;             /* why it is still there, or NULL */
    gboolean may_force;
} Removal;

G_DEFINE_TYPE (AppHardwareWindow, app_hardware_window, GTK_TYPE_WINDOW)

static void
removal_free (gpointer data)
{
    Removal *removal = data;

    app_cancellable_end (&removal->cancellable);
    g_free (removal->alias);
    g_free (removal->problem);
    g_free (removal);
}

static VitrineMachine *
get_machine (AppHardwareWindow *self)
{
    return app_machine_item_get_machine (self->item);
}

/* --- what there is ------------------------------------------------------------------------------- */

/* What runs, then what only is defined.  (transfer full) */
static GPtrArray *
dup_devices (AppHardwareWindow *self)
{
    GPtrArray *devices = vitrine_machine_dup_devices_of (get_machine (self), VITRINE_SCOPE_LIVE);
    g_autoptr (GPtrArray) defined =
        vitrine_machine_dup_devices_of (get_machine (self), VITRINE_SCOPE_CONFIG);

    for (guint i = 0; i < defined->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (defined, i);

        if (vitrine_device_info_find (devices, device->alias) == NULL)
            g_ptr_array_add (devices, vitrine_device_info_copy (device));
    }
    return devices;
}

/* Where it can be taken from now; 0 for nowhere. */
static VitrineScope
get_removal_scope (AppHardwareWindow *self, const VitrineDeviceInfo *device)
{
    VitrineScope scope = app_device_get_scope (get_machine (self), device->alias);

    if (!vitrine_hardware_can_go (device))
        scope &= ~(guint) VITRINE_SCOPE_LIVE;
    return scope;
}

/* --- the page ------------------------------------------------------------------------------------ */

static const char *
describe_presence (AppHardwareWindow *self, const VitrineDeviceInfo *device)
{
    VitrineScope scope = app_device_get_scope (get_machine (self), device->alias);

    if (scope == VITRINE_SCOPE_LIVE)
        return _ ("Until the machine stops");
    if (scope == VITRINE_SCOPE_CONFIG && vitrine_machine_runs (get_machine (self)))
        return _ ("After the next start");
    return scope == VITRINE_SCOPE_CONFIG ? _ ("When the machine runs") : _ ("Always");
}

static const char *
describe_removal (AppHardwareWindow *self, const VitrineDeviceInfo *device)
{
    VitrineScope scope = get_removal_scope (self, device);

    if (scope == 0)
        return _ ("It cannot go while the machine runs; shut it down first");
    if (!(scope & VITRINE_SCOPE_LIVE))
        return vitrine_machine_runs (get_machine (self))
                   ? _ ("It goes when the machine is started next")
                   : _ ("The machine is started without it");
    if (!vitrine_hardware_is_asked_back (device))
        return _ ("It goes at once");
    return _ ("The guest is asked to give it back");
}

static const char *
describe_progress (const VitrineDeviceInfo *device)
{
    return device->state == VITRINE_DEVICE_AGREED    ? _ ("The guest agreed; it is about to go…")
           : device->state == VITRINE_DEVICE_LEAVING ? _ ("The guest is asked to give it back…")
                                                     : _ ("Removing it…");
}

static void
update_removal (AppHardwareWindow *self, const VitrineDeviceInfo *device)
{
    const Removal *removal = g_hash_table_lookup (self->removals, device->alias);
    gboolean waits = removal != NULL && removal->cancellable != NULL;
    gboolean leaves = device->state != VITRINE_DEVICE_PRESENT;
    gboolean failed = removal != NULL && removal->problem != NULL && !leaves;
    gboolean may_force = leaves || (failed && removal->may_force);

    if (failed)
        app_form_row_set_note (self->remove_row, APP_NOTE_ERROR, removal->problem);
    else
        app_form_row_set_note (self->remove_row, APP_NOTE_PLAIN,
                               waits || leaves ? describe_progress (device)
                                               : describe_removal (self, device));
    g_object_set (self->spinner, "active", waits || leaves, "visible", waits || leaves, NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->wait_button), waits);
    gtk_widget_set_visible (GTK_WIDGET (self->force_button), may_force);
    gtk_widget_set_visible (GTK_WIDGET (self->remove_button), !waits && !leaves);
    gtk_widget_set_sensitive (GTK_WIDGET (self->remove_button),
                              get_removal_scope (self, device) != 0);
}

static void
update_page (AppHardwareWindow *self)
{
    g_autoptr (GPtrArray) devices = dup_devices (self);
    const VitrineDeviceInfo *device = vitrine_device_info_find (devices, self->alias);
    g_autofree char *source = NULL;

    gtk_widget_set_visible (self->page, device != NULL);
    if (device == NULL)
        return;
    source = app_format_path (device->source);
    gtk_label_set_label (self->title_label, app_device_format_title (device, NULL));
    gtk_label_set_label (self->model_label, device->model);
    gtk_label_set_label (self->source_label, source);
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->source_label), source);
    gtk_widget_set_visible (GTK_WIDGET (self->source_row), *source != '\0');
    gtk_label_set_label (self->alias_label, device->alias);
    gtk_label_set_label (self->when_label, describe_presence (self, device));
    update_removal (self, device);
}

/* --- the list ------------------------------------------------------------------------------------ */

static GtkWidget *
new_label (const char *text, const char *style_class)
{
    GtkWidget *label = gtk_label_new (text);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 22);
    if (style_class != NULL)
        gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
    return label;
}

static GtkListBoxRow *
add_row (AppHardwareWindow *self, const VitrineDeviceInfo *device)
{
    const char *icon_name;
    const char *title = app_device_format_title (device, &icon_name);
    g_autofree char *fact = app_device_format_fact (device);
    GtkWidget *row = gtk_list_box_row_new ();
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

    gtk_container_add (GTK_CONTAINER (box),
                       gtk_image_new_from_icon_name (icon_name, GTK_ICON_SIZE_MENU));
    gtk_container_add (GTK_CONTAINER (texts), new_label (title, NULL));
    gtk_container_add (GTK_CONTAINER (texts), new_label (fact, "dim-label"));
    gtk_container_add (GTK_CONTAINER (box), texts);
    gtk_container_add (GTK_CONTAINER (row), box);
    gtk_style_context_add_class (gtk_widget_get_style_context (box), "side-row");
    atk_object_set_name (gtk_widget_get_accessible (row), title);
    atk_object_set_description (gtk_widget_get_accessible (row), fact);
    g_object_set_data_full (G_OBJECT (row), "alias", g_strdup (device->alias), g_free);
    gtk_widget_show_all (row);
    gtk_container_add (GTK_CONTAINER (self->devices_list), row);
    return GTK_LIST_BOX_ROW (row);
}

/* Whether DEVICES is what the list shows. */
static gboolean
is_shown (AppHardwareWindow *self, GPtrArray *devices)
{
    if (devices->len != self->shown->len)
        return FALSE;
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        const VitrineDeviceInfo *shown = g_ptr_array_index (self->shown, i);

        if (!g_str_equal (device->alias, shown->alias) || !g_str_equal (device->model, shown->model)
            || !g_str_equal (device->source, shown->source))
            return FALSE;
    }
    return TRUE;
}

static gboolean
scroll_cb (gpointer user_data)
{
    AppHardwareWindow *self = user_data;
    GtkListBoxRow *row = gtk_list_box_get_selected_row (self->devices_list);

    self->scroll_id = 0;
    if (row != NULL)
        gtk_widget_grab_focus (GTK_WIDGET (row));
    return G_SOURCE_REMOVE;
}

/* A device that came is looked at, and scrolled to once it has its place. */
static void
fill_list (AppHardwareWindow *self, GPtrArray *devices)
{
    g_autoptr (GList) before = gtk_container_get_children (GTK_CONTAINER (self->devices_list));
    GtkListBoxRow *selected = NULL;
    gboolean came = FALSE;

    for (GList *l = before; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);
        GtkListBoxRow *row = add_row (self, device);
        gboolean is_new = self->shown->len > 0 && vitrine_device_info_find (self->shown, device->alias) == NULL;

        if (selected == NULL || is_new || (!came && g_strcmp0 (device->alias, self->alias) == 0))
            selected = row;
        came |= is_new;
    }
    if (selected != NULL)
        gtk_list_box_select_row (self->devices_list, selected);
    if (came && self->scroll_id == 0)
        self->scroll_id = g_idle_add (scroll_cb, self);
}

static gboolean
is_gone (gpointer alias, gpointer removal, gpointer devices)
{
    return ((Removal *) removal)->cancellable == NULL && vitrine_device_info_find (devices, alias) == NULL;
}

static void
update (AppHardwareWindow *self)
{
    g_autoptr (GPtrArray) devices = dup_devices (self);

    g_hash_table_foreach_remove (self->removals, is_gone, devices);
    if (!is_shown (self, devices)) {
        self->updating = TRUE;
        fill_list (self, devices);
        self->updating = FALSE;
        g_ptr_array_unref (self->shown);
        self->shown = g_steal_pointer (&devices);
    }
    update_page (self);
}

static void
device_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppHardwareWindow *self)
{
    /* The rows are made anew when the list changes: that is nobody's choice. */
    if (row == NULL)
        return;
    g_free (self->alias);
    self->alias = g_strdup (g_object_get_data (G_OBJECT (row), "alias"));
    if (!self->updating)
        update_page (self);
}

/* --- removing ------------------------------------------------------------------------------------ */

/* Keeps the window of an answer that comes, and which device it is about. */
typedef struct {
    AppHardwareWindow *window;
    char *alias;
    GCancellable *cancellable; /* tells the removal from a later one */
} Call;

static void
call_free (Call *call)
{
    g_object_unref (call->window);
    g_object_unref (call->cancellable);
    g_free (call->alias);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Call) call = user_data;
    AppHardwareWindow *self = call->window;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error);
    Removal *removal = g_hash_table_lookup (self->removals, call->alias);

    if (removal == NULL || removal->cancellable != call->cancellable)
        return;
    g_clear_object (&removal->cancellable);
    if (done && app_device_get_scope (get_machine (self), call->alias) == removal->scope) {
        removal->problem =
            g_strdup (_ ("Another device needs it and brought it back; remove that one first."));
    } else if (done || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_hash_table_remove (self->removals, call->alias);
    } else {
        removal->problem = app_format_sentence (error->message);
        removal->may_force = (removal->scope & VITRINE_SCOPE_LIVE)
                             && (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_BUSY)
                                 || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE));
    }
    update (self);
}

/* Of the device ALIAS, in place of what is under way. */
static void
remove_device (AppHardwareWindow *self, const char *alias, VitrineScope scope, gboolean force)
{
    const VitrineChange change = {
        .kind = VITRINE_CHANGE_DETACH, .scope = scope, .what = alias, .force = force
    };
    Removal *removal = g_new0 (Removal, 1);
    Call *call = g_new0 (Call, 1);

    removal->alias = g_strdup (alias);
    removal->scope = scope;
    removal->cancellable = g_cancellable_new ();
    call->window = g_object_ref (self);
    call->alias = g_strdup (alias);
    call->cancellable = g_object_ref (removal->cancellable);
    vitrine_machine_change_async (get_machine (self), &change, removal->cancellable, removed_cb,
                                  call);
    g_hash_table_replace (self->removals, removal->alias, removal);
    update (self);
}

static void
confirmed_cb (AppConfirmPopover *popover, AppHardwareWindow *self)
{
    g_autoptr (GPtrArray) devices = dup_devices (self);
    const VitrineDeviceInfo *device =
        vitrine_device_info_find (devices, g_object_get_data (G_OBJECT (popover), "alias"));
    gboolean force = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (popover), "force"));
    VitrineScope scope = device != NULL ? get_removal_scope (self, device) : 0;

    if (scope != 0)
        remove_device (self, device->alias, scope, force);
}

static void
ask (AppHardwareWindow *self, GtkButton *button, gboolean force)
{
    g_autoptr (GPtrArray) devices = dup_devices (self);
    const VitrineDeviceInfo *device = vitrine_device_info_find (devices, self->alias);
    AppConfirmPopover *popover;
    g_autofree char *title = NULL;

    if (device == NULL)
        return;
    title = g_strdup_printf (force ? _ ("Take “%s” away?") : _ ("Remove “%s”?"),
                             app_device_format_title (device, NULL));
    popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title,
        force ? _ ("The guest is not asked: what it has not yet written to it is lost.")
              : _ ("The file behind it stays where it is."),
        force ? _ ("Take away") : _ ("Remove"));
    g_object_set_data_full (G_OBJECT (popover), "alias", g_strdup (device->alias), g_free);
    g_object_set_data (G_OBJECT (popover), "force", GINT_TO_POINTER (force));
    g_signal_connect_object (popover, "confirmed", G_CALLBACK (confirmed_cb), self, 0);
}

static void
remove_clicked_cb (GtkButton *button, AppHardwareWindow *self)
{
    ask (self, button, FALSE);
}

static void
force_clicked_cb (GtkButton *button, AppHardwareWindow *self)
{
    ask (self, button, TRUE);
}

static void
wait_clicked_cb (GtkButton *button, AppHardwareWindow *self)
{
    const Removal *removal = g_hash_table_lookup (self->removals, self->alias);

    if (removal != NULL && removal->cancellable != NULL)
        g_cancellable_cancel (removal->cancellable);
}

static void
add_clicked_cb (GtkButton *button, AppHardwareWindow *self)
{
    gtk_window_present (GTK_WINDOW (app_add_dialog_new (GTK_WINDOW (self), self->item)));
}

static gboolean
app_hardware_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        gtk_window_close (GTK_WINDOW (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_hardware_window_parent_class)->key_press_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

/* What was asked of a guest stays asked; nobody waits for it any more. */
static void
app_hardware_window_dispose (GObject *object)
{
    AppHardwareWindow *self = APP_HARDWARE_WINDOW (object);

    g_clear_handle_id (&self->scroll_id, g_source_remove);
    g_hash_table_remove_all (self->removals);
    G_OBJECT_CLASS (app_hardware_window_parent_class)->dispose (object);
}

static void
app_hardware_window_finalize (GObject *object)
{
    AppHardwareWindow *self = APP_HARDWARE_WINDOW (object);

    g_hash_table_unref (self->removals);
    g_ptr_array_unref (self->shown);
    g_clear_object (&self->item);
    g_free (self->alias);
    G_OBJECT_CLASS (app_hardware_window_parent_class)->finalize (object);
}

static void
app_hardware_window_class_init (AppHardwareWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_hardware_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_hardware_window_finalize;
    widget_class->key_press_event = app_hardware_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-hardware-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, devices_list);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, page);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, model_label);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, source_row);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, source_label);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, alias_label);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, when_label);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, remove_row);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, wait_button);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, force_button);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, remove_button);
    gtk_widget_class_bind_template_callback (widget_class, device_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, add_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, remove_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, force_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, wait_clicked_cb);
}

static void
app_hardware_window_init (AppHardwareWindow *self)
{
    self->removals = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, removal_free);
    self->shown = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppHardwareWindow *
app_hardware_window_new (GtkWindow *parent, AppMachineItem *item)
{
    AppHardwareWindow *self;
    g_autofree char *title = NULL;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    title = g_strdup_printf (_ ("Hardware of “%s”"), app_machine_item_get_name (item));
    self = g_object_new (APP_TYPE_HARDWARE_WINDOW, "transient-for", parent, "destroy-with-parent",
                         TRUE, "title", title, NULL);
    self->item = g_object_ref (item);
    g_signal_connect_object (get_machine (self), "devices-changed", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    update (self);
    return self;
}
