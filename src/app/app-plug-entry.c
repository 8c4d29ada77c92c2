/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-plug-entry.c - what a network card is plugged into: its kind and, but for the user's own network, its name. */
#include "app-plug-entry.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-form-row.h"

struct _AppPlugEntry {
    GtkBox parent_instance;

    GtkComboBoxText *kind_combo;
    GtkEntry *name_entry;
    GtkListStore *names; /* of networks */
    gboolean updating;   /* both; nobody's choice */
};

static const struct {
    const char *id, *title;
} kinds[] = {
    { "user", N_ ("This computer’s own") },
    { "network", N_ ("Network") },
    { "bridge", N_ ("Bridge") },
    { "macvtap", N_ ("Beside a network card") },
};

enum {
    SIGNAL_CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppPlugEntry, app_plug_entry, GTK_TYPE_BOX)

/* Only the kinds that have a name show one. */
static void
update (AppPlugEntry *self)
{
    const char *kind = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->kind_combo));
    gboolean is_named = FALSE;

    for (gsize i = 1; kind != NULL && i < G_N_ELEMENTS (kinds); i++)
        is_named |= g_str_equal (kinds[i].id, kind);
    gtk_widget_set_visible (GTK_WIDGET (self->name_entry), is_named);
}

static void
changed (AppPlugEntry *self)
{
    update (self);
    if (!self->updating)
        g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
app_plug_entry_finalize (GObject *object)
{
    g_object_unref (APP_PLUG_ENTRY (object)->names);
    G_OBJECT_CLASS (app_plug_entry_parent_class)->finalize (object);
}

static void
app_plug_entry_class_init (AppPlugEntryClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = app_plug_entry_finalize;

    signals[SIGNAL_CHANGED] = g_signal_new ("changed", APP_TYPE_PLUG_ENTRY, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
app_plug_entry_init (AppPlugEntry *self)
{
    g_autoptr (GtkEntryCompletion) completion = gtk_entry_completion_new ();

    gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
    gtk_box_set_spacing (GTK_BOX (self), 6);
    self->names = gtk_list_store_new (1, G_TYPE_STRING);
    self->kind_combo = GTK_COMBO_BOX_TEXT (gtk_combo_box_text_new ());
    self->name_entry = GTK_ENTRY (gtk_entry_new ());
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        gtk_combo_box_text_append (self->kind_combo, kinds[i].id, _ (kinds[i].title));
    gtk_widget_set_no_show_all (GTK_WIDGET (self->name_entry), TRUE);
    gtk_entry_set_width_chars (self->name_entry, 20);
    gtk_entry_set_placeholder_text (self->name_entry, _ ("Its name"));
    gtk_entry_completion_set_model (completion, GTK_TREE_MODEL (self->names));
    gtk_entry_completion_set_text_column (completion, 0);
    gtk_entry_completion_set_minimum_key_length (completion, 0);
    gtk_entry_set_completion (self->name_entry, completion);
    gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->kind_combo));
    gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->name_entry));
    gtk_widget_show (GTK_WIDGET (self->kind_combo));
    g_signal_connect_object (self->kind_combo, "changed", G_CALLBACK (changed), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->name_entry, "changed", G_CALLBACK (changed), self,
                             G_CONNECT_SWAPPED);
}

AppPlugEntry *
app_plug_entry_new (const char *title, const char *value)
{
    AppPlugEntry *self = g_object_new (APP_TYPE_PLUG_ENTRY, NULL);
    /* Translators: the name of what a network card is connected to */
    g_autofree char *name = g_strdup_printf (_ ("%s: name"), title);

    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->kind_combo)), title);
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->name_entry)), name);
    app_plug_entry_set_value (self, value);
    return self;
}

void
app_plug_entry_set_value (AppPlugEntry *self, const char *value)
{
    g_autofree char *before = NULL;
    g_autofree char *kind = NULL;
    const char *equals;

    g_return_if_fail (APP_IS_PLUG_ENTRY (self) && value != NULL);

    before = app_plug_entry_dup_value (self);
    if (g_str_equal (before, value))
        return;
    equals = strchr (value, '=');
    kind = equals != NULL ? g_strndup (value, equals - value) : g_strdup (value);
    self->updating = TRUE;
    if (!gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->kind_combo), kind)) {
        gtk_combo_box_text_prepend (self->kind_combo, kind, kind);
        gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->kind_combo), kind);
    }
    gtk_entry_set_text (self->name_entry, equals != NULL ? equals + 1 : "");
    self->updating = FALSE;
    changed (self);
}

char *
app_plug_entry_dup_value (AppPlugEntry *self)
{
    const char *kind;
    g_autofree char *name = NULL;

    g_return_val_if_fail (APP_IS_PLUG_ENTRY (self), NULL);

    kind = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->kind_combo));
    name = app_form_dup_text (self->name_entry);
    if (kind == NULL)
        return g_strdup ("");
    return gtk_widget_get_visible (GTK_WIDGET (self->name_entry))
               ? g_strdup_printf ("%s=%s", kind, name)
               : g_strdup (kind);
}

void
app_plug_entry_offer (AppPlugEntry *self, const char *const *names)
{
    g_return_if_fail (APP_IS_PLUG_ENTRY (self));

    gtk_list_store_clear (self->names);
    for (guint i = 0; names[i] != NULL; i++)
        gtk_list_store_insert_with_values (self->names, NULL, -1, 0, names[i], -1);
}
