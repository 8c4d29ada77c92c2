/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hardware-window.c - what a machine is made of: a list of its parts, a page for each.
 *
 * The list has what every machine has, then what runs and what is defined, each device once.  A page is made when its
 * part is first looked at and stays until the part goes: what was typed there and not applied waits, and so does a
 * removal that is under way.
 */
#include "app-hardware-window.h"

#include <glib/gi18n.h>

#include "app-add-dialog.h"
#include "app-details-page.h"
#include "app-device.h"
#include "app-hardware-parts.h"
#include "app-note-bar.h"
#include "app-side-list.h"
#include "app-xml-page.h"

struct _AppHardwareWindow {
    GtkWindow parent_instance;

    AppMachineItem *item;
    GPtrArray *devices; /* what the list shows, of VitrineDeviceInfo */
    char *part;         /* that is selected */
    gboolean updating;  /* the list; selections are not the user's */
    guint scroll_id;    /* the list is to scroll */

    GtkListBox *devices_list;
    GtkBox *notes_box;
    GtkStack *pages;
};

G_DEFINE_TYPE (AppHardwareWindow, app_hardware_window, GTK_TYPE_WINDOW)

static VitrineMachine *
get_machine (AppHardwareWindow *self)
{
    return app_machine_item_get_machine (self->item);
}

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

/* NULL for a device. */
static const AppHardwarePart *
find_part (const char *name)
{
    guint n;
    const AppHardwarePart *parts = app_hardware_parts_get (&n);

    for (guint i = 0; i < n; i++)
        if (g_str_equal (parts[i].part, name))
            return &parts[i];
    return NULL;
}

/* --- pages --------------------------------------------------------------------------------------- */

static void
show_xml_cb (AppDetailsPage *page, AppHardwareWindow *self)
{
    const char *part = app_details_page_get_part (page);
    guint line = vitrine_machine_find_line (get_machine (self), part);

    app_side_list_select (self->devices_list, APP_PART_XML);
    app_xml_page_show_line (APP_XML_PAGE (gtk_stack_get_child_by_name (self->pages, APP_PART_XML)),
                            line);
}

static GtkWidget *
make_page (AppHardwareWindow *self, const char *name)
{
    const AppHardwarePart *part = find_part (name);
    GtkWidget *page = part != NULL && part->make != NULL
                          ? part->make (self->item)
                          : GTK_WIDGET (app_details_page_new (self->item, name));

    if (APP_IS_DETAILS_PAGE (page))
        g_signal_connect_object (page, "show-xml", G_CALLBACK (show_xml_cb), self, 0);
    gtk_stack_add_named (self->pages, page, name);
    return page;
}

/* Of the part NAME, which is there. */
static void
update_page (AppHardwareWindow *self, const char *name, GtkWidget *page)
{
    const AppHardwarePart *part = find_part (name);
    const VitrineDeviceInfo *device = vitrine_device_info_find (self->devices, name);

    if (APP_IS_DETAILS_PAGE (page)) {
        g_autofree char *title = part != NULL ? g_strdup (_ (part->title))
                                              : app_device_dup_title (self->devices, device);

        app_details_page_update (APP_DETAILS_PAGE (page), title, device);
    } else if (part != NULL && part->update != NULL) {
        part->update (page);
    }
}

/* A page of what is not there any more goes. */
static void
update_pages (AppHardwareWindow *self)
{
    g_autoptr (GList) pages = gtk_container_get_children (GTK_CONTAINER (self->pages));

    for (GList *l = pages; l != NULL; l = l->next) {
        g_autofree char *name = NULL;

        gtk_container_child_get (GTK_CONTAINER (self->pages), l->data, "name", &name, NULL);
        if (find_part (name) != NULL || vitrine_device_info_find (self->devices, name) != NULL)
            update_page (self, name, l->data);
        else
            gtk_widget_destroy (l->data);
    }
}

static void
show_page (AppHardwareWindow *self)
{
    GtkWidget *page = gtk_stack_get_child_by_name (self->pages, self->part);

    if (page == NULL)
        page = make_page (self, self->part);
    update_page (self, self->part, page);
    gtk_stack_set_visible_child (self->pages, page);
}

/* --- what waits ---------------------------------------------------------------------------------- */

static gboolean
is_changed (const char *name, GtkWidget *page)
{
    const AppHardwarePart *part = find_part (name);

    if (APP_IS_DETAILS_PAGE (page))
        return app_details_page_get_changed (APP_DETAILS_PAGE (page));
    return part != NULL && part->is_changed != NULL && part->is_changed (page);
}

/* The first page with something that was not applied, or NULL. */
static char *
dup_changed (AppHardwareWindow *self)
{
    g_autoptr (GList) pages = gtk_container_get_children (GTK_CONTAINER (self->pages));

    for (GList *l = pages; l != NULL; l = l->next) {
        g_autofree char *name = NULL;

        gtk_container_child_get (GTK_CONTAINER (self->pages), l->data, "name", &name, NULL);
        if (is_changed (name, l->data))
            return g_steal_pointer (&name);
    }
    return NULL;
}

/* Whether the user is busy with a page: another in its place would take what he types. */
static gboolean
is_in_use (AppHardwareWindow *self)
{
    g_autofree char *changed = dup_changed (self);
    GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

    return changed != NULL
           || (gtk_window_is_active (GTK_WINDOW (self)) && focus != NULL
               && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->pages)));
}

/* --- the list ------------------------------------------------------------------------------------ */

static void
add_parts (AppHardwareWindow *self, GPtrArray *items, gboolean last)
{
    guint n;
    const AppHardwarePart *parts = app_hardware_parts_get (&n);

    for (guint i = 0; i < n; i++) {
        g_autofree char *fact = NULL;

        if (parts[i].last != last)
            continue;
        fact = parts[i].describe (get_machine (self));
        g_ptr_array_add (items, app_side_item_new (parts[i].part, parts[i].icon_name,
                                                   _ (parts[i].title), fact, 0));
    }
}

static void
fill_list (AppHardwareWindow *self)
{
    g_autoptr (GPtrArray) items = app_side_items_new ();

    add_parts (self, items, FALSE);
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (self->devices, i);
        const char *icon_name;
        g_autofree char *title = app_device_dup_title (self->devices, device);
        g_autofree char *fact = app_device_format_fact (device);

        app_device_format_title (device, &icon_name);
        g_ptr_array_add (items, app_side_item_new (device->alias, icon_name, title, fact, 0));
    }
    add_parts (self, items, TRUE);
    self->updating = TRUE;
    app_side_list_fill (self->devices_list, items, self->part);
    self->updating = FALSE;
}

/* The device that DEVICES have and the list has not, or NULL. */
static const char *
find_new (AppHardwareWindow *self, GPtrArray *devices)
{
    for (guint i = 0; self->devices->len > 0 && i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (vitrine_device_info_find (self->devices, device->alias) == NULL)
            return device->alias;
    }
    return NULL;
}

static gboolean
scroll_cb (gpointer user_data)
{
    AppHardwareWindow *self = user_data;
    GtkWidget *row = GTK_WIDGET (gtk_list_box_get_selected_row (self->devices_list));
    int y;

    self->scroll_id = 0;
    if (row != NULL
        && gtk_widget_translate_coordinates (row, GTK_WIDGET (self->devices_list), 0, 0, NULL, &y))
        gtk_adjustment_clamp_page (gtk_list_box_get_adjustment (self->devices_list), y,
                                   y + gtk_widget_get_allocated_height (row));
    return G_SOURCE_REMOVE;
}

/* A device that came is looked at, where that disturbs nobody, and scrolled to once it has its place. */
static void
update (AppHardwareWindow *self)
{
    g_autoptr (GPtrArray) devices = dup_devices (self);
    g_autofree char *came = g_strdup (find_new (self, devices));
    g_autofree char *title =
        g_strdup_printf (_ ("Hardware of “%s”"), app_machine_item_get_name (self->item));

    gtk_window_set_title (GTK_WINDOW (self), title);
    g_ptr_array_unref (self->devices);
    self->devices = g_steal_pointer (&devices);
    fill_list (self);
    update_pages (self);
    if (came == NULL || is_in_use (self))
        return;
    app_side_list_select (self->devices_list, came);
    if (self->scroll_id == 0)
        self->scroll_id = g_idle_add (scroll_cb, self);
}

static void
device_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppHardwareWindow *self)
{
    /* The rows are made anew when the list changes; only what is selected then counts. */
    if (row == NULL || self->item == NULL)
        return;
    if (!self->updating)
        app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    g_free (self->part);
    self->part = g_strdup (app_side_row_get_key (row));
    show_page (self);
}

static void
add_clicked_cb (GtkButton *button, AppHardwareWindow *self)
{
    gtk_window_present (GTK_WINDOW (app_add_dialog_new (GTK_WINDOW (self), self->item)));
}

/* --- closing ------------------------------------------------------------------------------------- */

static void
close_response_cb (GtkInfoBar *bar, int response, AppHardwareWindow *self)
{
    if (response == GTK_RESPONSE_ACCEPT)
        gtk_widget_destroy (GTK_WIDGET (self));
}

gboolean
app_hardware_window_may_close (AppHardwareWindow *self)
{
    g_autofree char *changed = NULL;
    AppNoteBar *bar;

    g_return_val_if_fail (APP_IS_HARDWARE_WINDOW (self), TRUE);

    changed = dup_changed (self);
    if (changed == NULL)
        return TRUE;
    app_side_list_select (self->devices_list, changed);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    bar = app_note_bar_new (GTK_MESSAGE_WARNING,
                            _ ("What you changed on this page has not been applied."), NULL, TRUE);
    gtk_info_bar_add_button (GTK_INFO_BAR (bar), _ ("Close _without it"), GTK_RESPONSE_ACCEPT);
    g_signal_connect_object (bar, "response", G_CALLBACK (close_response_cb), self, 0);
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (bar));
    gtk_window_present (GTK_WINDOW (self));
    return FALSE;
}

/* What was typed is not dropped without a word. */
static gboolean
app_hardware_window_delete_event (GtkWidget *widget, GdkEventAny *event)
{
    return app_hardware_window_may_close (APP_HARDWARE_WINDOW (widget)) ? GDK_EVENT_PROPAGATE
                                                                        : GDK_EVENT_STOP;
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

static void
app_hardware_window_dispose (GObject *object)
{
    g_clear_handle_id (&APP_HARDWARE_WINDOW (object)->scroll_id, g_source_remove);
    g_clear_object (&APP_HARDWARE_WINDOW (object)->item);
    G_OBJECT_CLASS (app_hardware_window_parent_class)->dispose (object);
}

static void
app_hardware_window_finalize (GObject *object)
{
    AppHardwareWindow *self = APP_HARDWARE_WINDOW (object);

    g_ptr_array_unref (self->devices);
    g_free (self->part);
    G_OBJECT_CLASS (app_hardware_window_parent_class)->finalize (object);
}

static void
app_hardware_window_class_init (AppHardwareWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_hardware_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_hardware_window_finalize;
    widget_class->delete_event = app_hardware_window_delete_event;
    widget_class->key_press_event = app_hardware_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-hardware-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, devices_list);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppHardwareWindow, pages);
    gtk_widget_class_bind_template_callback (widget_class, device_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, add_clicked_cb);
}

static void
app_hardware_window_init (AppHardwareWindow *self)
{
    self->devices = g_ptr_array_new ();
    self->part = g_strdup (VITRINE_PART_OVERVIEW);
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppHardwareWindow *
app_hardware_window_new (GtkWindow *parent, AppMachineItem *item)
{
    AppHardwareWindow *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_HARDWARE_WINDOW, "transient-for", parent, "destroy-with-parent",
                         TRUE, NULL);
    self->item = g_object_ref (item);
    g_signal_connect_object (get_machine (self), "devices-changed", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (get_machine (self), "notify", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    update (self);
    return self;
}
