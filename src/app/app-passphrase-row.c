/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-passphrase-row.c - a row of a disk's page: its passphrase is remembered, and can be forgotten. */
#include "app-passphrase-row.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-format.h"
#include "app-keyring.h"

struct _AppPassphraseRow {
    GtkBox parent_instance;

    AppMachineItem *item;
    char *path;                /* or NULL */
    char *uuid;                /* of what is there, or NULL */
    GCancellable *cancellable; /* of a look, or NULL */
    gboolean had_keyboard;     /* when it was to be forgotten */

    AppFormRow *forget_row;
    GtkButton *forget_button;
};

G_DEFINE_TYPE (AppPassphraseRow, app_passphrase_row, GTK_TYPE_BOX)

/* Where the row is gone with the keyboard in it, that goes to what is next to it. */
static void
pass_keyboard_on (AppPassphraseRow *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));
    GtkWidget *around = gtk_widget_get_parent (GTK_WIDGET (self));

    if (!self->had_keyboard)
        return;
    self->had_keyboard = FALSE;
    if (!GTK_IS_WINDOW (window) || gtk_window_get_focus (GTK_WINDOW (window)) != NULL)
        return;
    while (around != NULL && !gtk_widget_child_focus (around, GTK_DIR_TAB_FORWARD))
        around = gtk_widget_get_parent (around);
}

/* UUID, taken over, is what is remembered; NULL where nothing is. */
static void
show_found (AppPassphraseRow *self, char *uuid)
{
    g_free (self->uuid);
    self->uuid = uuid;
    app_form_row_set_note (self->forget_row, APP_NOTE_PLAIN,
                           _ ("It is in your keyring, and not asked for"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->forget_button), TRUE);
    gtk_widget_set_visible (GTK_WIDGET (self), uuid != NULL);
    if (uuid == NULL)
        pass_keyboard_on (self);
}

/* --- looking ------------------------------------------------------------------------------------- */

/* One; a newer look may have taken its place. */
typedef struct {
    AppPassphraseRow *row;
    GCancellable *cancellable;
    char *uuid;
} Look;

static void
look_free (Look *look)
{
    g_object_unref (look->row);
    g_object_unref (look->cancellable);
    g_free (look->uuid);
    g_free (look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
end_look (Look *look, gboolean is_there)
{
    AppPassphraseRow *self = look->row;

    g_clear_object (&self->cancellable);
    show_found (self, is_there ? g_steal_pointer (&look->uuid) : NULL);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Look) look = user_data;
    AppKeyringEntry entry = APP_KEYRING_NONE;

    app_keyring_find_finish (APP_KEYRING (source), result, &entry, NULL);
    if (!g_cancellable_is_cancelled (look->cancellable))
        end_look (look, entry != APP_KEYRING_NONE);
}

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Look) look = user_data;
    const char *uuid;

    look->uuid = vitrine_machine_identify_image_finish (VITRINE_MACHINE (source), result, NULL);
    uuid = look->uuid;
    if (g_cancellable_is_cancelled (look->cancellable))
        return;
    if (uuid == NULL) {
        end_look (look, FALSE);
        return;
    }
    app_keyring_find_async (app_keyring_get_default (), uuid, look->row->cancellable, found_cb,
                            look);
    look = NULL; /* found_cb() has it */
}

static void
look (AppPassphraseRow *self)
{
    Look *call;

    app_cancellable_end (&self->cancellable);
    if (self->path == NULL)
        return;
    self->cancellable = g_cancellable_new ();
    call = g_new0 (Look, 1);
    call->row = g_object_ref (self);
    call->cancellable = g_object_ref (self->cancellable);
    vitrine_machine_identify_image_async (app_machine_item_get_machine (self->item), self->path,
                                          self->cancellable, identified_cb, call);
}

/* --- forgetting ---------------------------------------------------------------------------------- */

/* What is gone is looked for again, and not found. */
static void
forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppPassphraseRow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *sentence = NULL;

    if (app_keyring_forget_finish (APP_KEYRING (source), result, &error) || self->path == NULL)
        return;
    sentence = app_format_sentence (error->message);
    app_form_row_set_note (self->forget_row, APP_NOTE_ERROR, sentence);
    gtk_widget_set_sensitive (GTK_WIDGET (self->forget_button), TRUE);
}

static void
forget_clicked_cb (GtkButton *button, AppPassphraseRow *self)
{
    if (self->uuid == NULL)
        return;
    self->had_keyboard = gtk_widget_has_focus (GTK_WIDGET (button));
    gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
    app_keyring_forget_async (app_keyring_get_default (), self->uuid, NULL, forgotten_cb,
                              g_object_ref (self));
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_passphrase_row_dispose (GObject *object)
{
    AppPassphraseRow *self = APP_PASSPHRASE_ROW (object);

    app_cancellable_end (&self->cancellable);
    g_clear_pointer (&self->path, g_free);
    G_OBJECT_CLASS (app_passphrase_row_parent_class)->dispose (object);
}

static void
app_passphrase_row_finalize (GObject *object)
{
    AppPassphraseRow *self = APP_PASSPHRASE_ROW (object);

    g_clear_object (&self->item);
    g_free (self->uuid);
    G_OBJECT_CLASS (app_passphrase_row_parent_class)->finalize (object);
}

static void
app_passphrase_row_class_init (AppPassphraseRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_passphrase_row_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_passphrase_row_finalize;

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-passphrase-row.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseRow, forget_row);
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseRow, forget_button);
    gtk_widget_class_bind_template_callback (widget_class, forget_clicked_cb);
}

static void
app_passphrase_row_init (AppPassphraseRow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppPassphraseRow *
app_passphrase_row_new (AppMachineItem *item)
{
    AppPassphraseRow *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_PASSPHRASE_ROW, NULL);
    self->item = g_object_ref (item);
    g_signal_connect_object (app_keyring_get_default (), "changed", G_CALLBACK (look), self,
                             G_CONNECT_SWAPPED);
    return self;
}

void
app_passphrase_row_set_path (AppPassphraseRow *self, const char *path)
{
    g_return_if_fail (APP_IS_PASSPHRASE_ROW (self) && path != NULL);

    g_free (self->path);
    self->path = g_strdup (path);
    look (self);
}
