/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-selection-bar.c - what can be done to all selected machines; its buttons are "win" actions. */
#include "app-selection-bar.h"

#include <glib/gi18n.h>

struct _AppSelectionBar {
    GtkRevealer parent_instance;

    GtkLabel *label;
    GtkButton *start_button;
    GtkButton *force_off_button;
};

G_DEFINE_TYPE (AppSelectionBar, app_selection_bar, GTK_TYPE_REVEALER)

static void
app_selection_bar_class_init (AppSelectionBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-selection-bar.ui");
    gtk_widget_class_bind_template_child (widget_class, AppSelectionBar, label);
    gtk_widget_class_bind_template_child (widget_class, AppSelectionBar, start_button);
    gtk_widget_class_bind_template_child (widget_class, AppSelectionBar, force_off_button);
}

static void
app_selection_bar_init (AppSelectionBar *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppSelectionBar *
app_selection_bar_new (void)
{
    return g_object_new (APP_TYPE_SELECTION_BAR, NULL);
}

void
app_selection_bar_set_text (AppSelectionBar *self, const char *text)
{
    g_return_if_fail (APP_IS_SELECTION_BAR (self));
    gtk_label_set_label (self->label, text);
}

void
app_selection_bar_set_resumes (AppSelectionBar *self, gboolean resumes)
{
    g_return_if_fail (APP_IS_SELECTION_BAR (self));
    gtk_button_set_label (self->start_button, resumes ? _ ("_Resume") : _ ("_Start"));
}

GtkWidget *
app_selection_bar_get_anchor (AppSelectionBar *self)
{
    g_return_val_if_fail (APP_IS_SELECTION_BAR (self), NULL);
    return GTK_WIDGET (self->force_off_button);
}
