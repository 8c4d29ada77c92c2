/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-cd-popover.c - what is in a machine's CD drives, to be taken out or replaced.
 *
 * A row a drive, kept as long as the machine has it, so that a change under way is not lost with the
 * list.  A popover and a dialog do not go together: it closes while a file is chosen and comes back with
 * what becomes of it.
 */
#include "app-cd-popover.h"

#include <glib/gi18n.h>

#include "app-cd-row.h"
#include "app-device.h"
#include "app-image-chooser.h"

#define RECENT_OF_ONE 5
#define RECENT_OF_TWO 2

struct _AppCdPopover {
    GtkPopover parent_instance;

    AppMachineItem *item;
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
    char *alias;                   /* the drive it is open for */

    GtkBox *drives_box;
};

G_DEFINE_TYPE (AppCdPopover, app_cd_popover, GTK_TYPE_POPOVER)

static AppCdRow *
find_row (AppCdPopover *self, const char *alias)
{
    g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->drives_box));

    for (GList *l = rows; l != NULL; l = l->next)
        if (g_str_equal (app_cd_row_get_alias (l->data), alias))
            return l->data;
    return NULL;
}

/* --- choosing a file ----------------------------------------------------------------------------- */

static void
chooser_response_cb (GtkNativeDialog *chooser, int response, AppCdPopover *self)
{
    g_autofree char *path = app_image_chooser_end (&self->chooser, response);
    AppCdRow *row = find_row (self, self->alias);

    gtk_popover_popup (GTK_POPOVER (self));
    if (path != NULL && row != NULL)
        app_cd_row_insert (row, path);
}

static void
choose_cb (AppCdRow *row, AppCdPopover *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (gtk_popover_get_relative_to (GTK_POPOVER (self)));

    if (self->chooser != NULL)
        return;
    g_free (self->alias);
    self->alias = g_strdup (app_cd_row_get_alias (row));
    gtk_popover_popdown (GTK_POPOVER (self));
    self->chooser = app_image_chooser_show (GTK_WINDOW (window), APP_IMAGE_CD, _ ("_Insert"));
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
}

/* --- drives -------------------------------------------------------------------------------------- */

static void
remove_rows (AppCdPopover *self, GPtrArray *drives)
{
    g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->drives_box));

    for (GList *l = rows; l != NULL; l = l->next)
        if (vitrine_device_info_find (drives, app_cd_row_get_alias (l->data)) == NULL)
            gtk_widget_destroy (l->data);
}

static AppCdRow *
add_row (AppCdPopover *self, const char *alias)
{
    AppCdRow *row = app_cd_row_new (self->item, alias);

    g_signal_connect_object (row, "choose", G_CALLBACK (choose_cb), self, 0);
    gtk_container_add (GTK_CONTAINER (self->drives_box), GTK_WIDGET (row));
    return row;
}

static void
update (AppCdPopover *self)
{
    g_autoptr (GPtrArray) drives =
        app_device_dup_of_kind (app_machine_item_get_machine (self->item), "cdrom");
    guint n_recent;

    /* All of it has to fit beside the button. */
    n_recent = drives->len == 1 ? RECENT_OF_ONE : drives->len == 2 ? RECENT_OF_TWO : 0;
    remove_rows (self, drives);
    for (guint i = 0; i < drives->len; i++) {
        const VitrineDeviceInfo *drive = g_ptr_array_index (drives, i);
        g_autofree char *title = app_device_format_drive (i, drives->len);
        AppCdRow *row = find_row (self, drive->alias);

        if (row == NULL)
            row = add_row (self, drive->alias);
        app_cd_row_set_drive (row, title, drive->source, n_recent);
    }
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_cd_popover_dispose (GObject *object)
{
    AppCdPopover *self = APP_CD_POPOVER (object);

    g_clear_object (&self->chooser);
    g_clear_object (&self->item);
    g_clear_pointer (&self->alias, g_free);
    G_OBJECT_CLASS (app_cd_popover_parent_class)->dispose (object);
}

static void
app_cd_popover_class_init (AppCdPopoverClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_cd_popover_dispose;
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-cd-popover.ui");
    gtk_widget_class_bind_template_child (widget_class, AppCdPopover, drives_box);
}

static void
app_cd_popover_init (AppCdPopover *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppCdPopover *
app_cd_popover_new (AppMachineItem *item)
{
    AppCdPopover *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_CD_POPOVER, NULL);
    self->item = g_object_ref (item);
    g_signal_connect_object (app_machine_item_get_machine (item), "devices-changed",
                             G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    update (self);
    return self;
}

void
app_cd_popover_show (AppCdPopover *self, GtkWidget *anchor)
{
    g_return_if_fail (APP_IS_CD_POPOVER (self));
    g_return_if_fail (GTK_IS_WIDGET (anchor));

    gtk_popover_set_relative_to (GTK_POPOVER (self), anchor);
    update (self);
    gtk_popover_popup (GTK_POPOVER (self));
}

void
app_cd_popover_insert (AppCdPopover *self, GtkWidget *anchor, const char *alias, const char *path)
{
    AppCdRow *row;

    app_cd_popover_show (self, anchor);
    row = find_row (self, alias);
    if (row != NULL)
        app_cd_row_insert (row, path);
}
