/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-search-bar.c - the bar to type a machine's name into. */
#include "app-search-bar.h"

struct _AppSearchBar {
    GtkSearchBar parent_instance;

    GtkSearchEntry *entry;
};

G_DEFINE_TYPE (AppSearchBar, app_search_bar, GTK_TYPE_SEARCH_BAR)

/* GtkSearchBar forgets the text when it has slid away; one that is closed while it still slides in
 * would go on searching, unseen. */
static void
mode_cb (AppSearchBar *self)
{
    if (!gtk_search_bar_get_search_mode (GTK_SEARCH_BAR (self)))
        gtk_entry_set_text (GTK_ENTRY (self->entry), "");
}

static void
app_search_bar_class_init (AppSearchBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-search-bar.ui");
    gtk_widget_class_bind_template_child (widget_class, AppSearchBar, entry);
}

static void
app_search_bar_init (AppSearchBar *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_search_bar_connect_entry (GTK_SEARCH_BAR (self), GTK_ENTRY (self->entry));
    g_signal_connect (self, "notify::search-mode-enabled", G_CALLBACK (mode_cb), NULL);
}

AppSearchBar *
app_search_bar_new (void)
{
    return g_object_new (APP_TYPE_SEARCH_BAR, NULL);
}

GtkEntry *
app_search_bar_get_entry (AppSearchBar *self)
{
    g_return_val_if_fail (APP_IS_SEARCH_BAR (self), NULL);
    return GTK_ENTRY (self->entry);
}
