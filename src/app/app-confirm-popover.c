/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-confirm-popover.c - asks once more, beside the button, before something is lost. */
#include "app-confirm-popover.h"

struct _AppConfirmPopover {
    GtkPopover parent_instance;

    GtkLabel *title_label;
    GtkLabel *text_label;
    GtkButton *cancel_button;
    GtkButton *confirm_button;
};

enum {
    SIGNAL_CONFIRMED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppConfirmPopover, app_confirm_popover, GTK_TYPE_POPOVER)

static void
confirm_clicked_cb (GtkButton *button, AppConfirmPopover *self)
{
    g_signal_emit (self, signals[SIGNAL_CONFIRMED], 0);
    gtk_popover_popdown (GTK_POPOVER (self));
}

static void
cancel_clicked_cb (GtkButton *button, AppConfirmPopover *self)
{
    gtk_popover_popdown (GTK_POPOVER (self));
}

static gboolean
destroy_cb (gpointer popover)
{
    gtk_widget_destroy (popover);
    return G_SOURCE_REMOVE;
}

/* Not destroyed at once: whoever closed it still holds it. */
static void
app_confirm_popover_closed (GtkPopover *popover)
{
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, destroy_cb, g_object_ref (popover), g_object_unref);
}

static void
app_confirm_popover_class_init (AppConfirmPopoverClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    GTK_POPOVER_CLASS (klass)->closed = app_confirm_popover_closed;

    signals[SIGNAL_CONFIRMED] =
        g_signal_new ("confirmed", APP_TYPE_CONFIRM_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 0);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-confirm-popover.ui");
    gtk_widget_class_bind_template_child (widget_class, AppConfirmPopover, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppConfirmPopover, text_label);
    gtk_widget_class_bind_template_child (widget_class, AppConfirmPopover, cancel_button);
    gtk_widget_class_bind_template_child (widget_class, AppConfirmPopover, confirm_button);
    gtk_widget_class_bind_template_callback (widget_class, confirm_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
}

static void
app_confirm_popover_init (AppConfirmPopover *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppConfirmPopover *
app_confirm_popover_ask (GtkWidget *anchor, const char *title, const char *text, const char *verb)
{
    AppConfirmPopover *self;

    g_return_val_if_fail (GTK_IS_WIDGET (anchor), NULL);

    self = g_object_new (APP_TYPE_CONFIRM_POPOVER, "relative-to", anchor, NULL);
    gtk_label_set_label (self->title_label, title);
    gtk_label_set_label (self->text_label, text);
    gtk_button_set_label (self->confirm_button, verb);
    gtk_popover_popup (GTK_POPOVER (self));
    gtk_widget_grab_focus (GTK_WIDGET (self->cancel_button));
    return self;
}
