/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-empty-page.c - what the main window shows to whoever has no machine yet. */
#include "app-empty-page.h"

struct _AppEmptyPage {
    GtkBox parent_instance;
};

G_DEFINE_TYPE (AppEmptyPage, app_empty_page, GTK_TYPE_BOX)

static void
app_empty_page_class_init (AppEmptyPageClass *klass)
{
    gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass),
                                                 "/org/vitrine/Vitrine/ui/app-empty-page.ui");
}

static void
app_empty_page_init (AppEmptyPage *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
app_empty_page_new (void)
{
    return g_object_new (APP_TYPE_EMPTY_PAGE, NULL);
}
