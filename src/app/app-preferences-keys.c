/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-preferences-keys.c - the user's own keys to send, as a card. */
#include "app-preferences-keys.h"

#include <glib/gi18n.h>

#include "app-form-row.h"
#include "app-own-keys.h"
#include "app-preferences.h"

struct _AppPreferencesKeys {
    GtkBox parent_instance;

    GtkBox *list_box;
    GtkEntry *name_entry;
    AppFormRow *keys_row;
    GtkEntry *keys_entry;
    GtkButton *add_button;
};

G_DEFINE_TYPE (AppPreferencesKeys, app_preferences_keys, GTK_TYPE_BOX)

/* --- what there is ------------------------------------------------------------------------------- */

static void
remove_clicked_cb (GtkButton *button, AppPreferencesKeys *self)
{
    g_autofree char *name = g_strdup (g_object_get_data (G_OBJECT (button), "name"));

    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry)); /* the button goes */
    app_own_keys_remove (name);
}

static GtkWidget *
make_row (AppPreferencesKeys *self, const AppOwnKeys *keys)
{
    AppFormRow *row = g_object_new (APP_TYPE_FORM_ROW, "note", keys->keys, NULL);
    GtkWidget *button = gtk_button_new_with_label (_ ("Remove"));
    g_autofree char *name = g_strdup_printf (_ ("Remove “%s”"), keys->name);

    app_form_row_set_plain_title (row, keys->name);
    gtk_widget_show (button);
    gtk_container_add (GTK_CONTAINER (row), button);
    /* More than the row says: there is one such button in each. */
    atk_object_set_name (gtk_widget_get_accessible (button), name);
    g_object_set_data_full (G_OBJECT (button), "name", g_strdup (keys->name), g_free);
    g_signal_connect_object (button, "clicked", G_CALLBACK (remove_clicked_cb), self, 0);
    return GTK_WIDGET (row);
}

static void
show_list (AppPreferencesKeys *self)
{
    g_autoptr (GPtrArray) all = app_own_keys_dup ();
    g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->list_box));

    for (GList *l = rows; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    for (guint i = 0; i < all->len; i++)
        gtk_container_add (GTK_CONTAINER (self->list_box),
                           make_row (self, g_ptr_array_index (all, i)));
    gtk_widget_set_visible (GTK_WIDGET (self->list_box), all->len > 0);
}

/* --- one more ------------------------------------------------------------------------------------ */

/* Says what is wrong once there is something; TRUE when it can be added. */
static gboolean
check (AppPreferencesKeys *self)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);
    g_autofree char *keys = app_form_dup_text (self->keys_entry);
    g_autofree char *problem = *keys != '\0' ? app_own_keys_dup_problem (name, keys) : NULL;
    gboolean good = *keys != '\0' && *name != '\0' && problem == NULL;

    app_form_row_set_note (self->keys_row, problem != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           problem != NULL ? problem : _ ("Such as ctrl+alt+f4 or leftmeta+l"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->add_button), good);
    return good;
}

static void
changed_cb (AppPreferencesKeys *self)
{
    check (self);
}

static void
add_cb (AppPreferencesKeys *self)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);
    g_autofree char *keys = app_form_dup_text (self->keys_entry);

    if (!check (self))
        return;
    app_own_keys_add (name, keys);
    gtk_entry_set_text (self->name_entry, "");
    gtk_entry_set_text (self->keys_entry, "");
    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
}

static void
list_changed_cb (AppPreferencesKeys *self)
{
    show_list (self);
    check (self);
}

static void
app_preferences_keys_class_init (AppPreferencesKeysClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (
        widget_class, "/org/vitrine/Vitrine/ui/app-preferences-keys.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesKeys, list_box);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesKeys, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesKeys, keys_row);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesKeys, keys_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesKeys, add_button);
    gtk_widget_class_bind_template_callback (widget_class, changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, add_cb);
}

static void
app_preferences_keys_init (AppPreferencesKeys *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    app_preferences_follow (APP_OWN_KEYS, G_CALLBACK (list_changed_cb), self);
    list_changed_cb (self);
}
