/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-trouble.c - what is wrong with a machine, in its row; what was asked for and failed can be
 * dismissed. */
#include "app-machine-trouble.h"

struct _AppMachineTrouble {
    GtkBox parent_instance;

    AppMachineItem *item;

    GtkLabel *label;
    GtkButton *dismiss_button;
};

G_DEFINE_TYPE (AppMachineTrouble, app_machine_trouble, GTK_TYPE_BOX)

static void
update (AppMachineTrouble *self)
{
    g_autofree char *trouble = app_machine_item_dup_trouble (self->item);

    gtk_label_set_label (self->label, trouble);
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->label), trouble);
    gtk_widget_set_visible (GTK_WIDGET (self), *trouble != '\0');
    gtk_widget_set_visible (GTK_WIDGET (self->dismiss_button),
                            *app_machine_item_get_problem (self->item) != '\0');
}

static void
dismiss_clicked_cb (GtkButton *button, AppMachineTrouble *self)
{
    app_machine_item_set_problem (self->item, NULL);
}

static void
app_machine_trouble_dispose (GObject *object)
{
    AppMachineTrouble *self = APP_MACHINE_TROUBLE (object);

    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_machine_trouble_parent_class)->dispose (object);
}

static void
app_machine_trouble_class_init (AppMachineTroubleClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_machine_trouble_dispose;

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-machine-trouble.ui");
    gtk_widget_class_bind_template_child (widget_class, AppMachineTrouble, label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineTrouble, dismiss_button);
    gtk_widget_class_bind_template_callback (widget_class, dismiss_clicked_cb);
}

static void
app_machine_trouble_init (AppMachineTrouble *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppMachineTrouble *
app_machine_trouble_new (AppMachineItem *item)
{
    AppMachineTrouble *self;
    VitrineMachine *machine;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_MACHINE_TROUBLE, NULL);
    self->item = g_object_ref (item);
    machine = app_machine_item_get_machine (item);
    g_signal_connect_object (item, "notify::problem", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (machine, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    update (self);
    return self;
}
