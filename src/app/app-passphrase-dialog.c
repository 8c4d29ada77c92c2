/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-passphrase-dialog.c - asks for the passphrases of a machine's encrypted disks when it is to start, or gets another.
 *
 * Which of them opens its disk is known only when the machine starts, or has it: a wrong one comes back here as a sentence,
 * with the fields empty.
 */
#include "app-passphrase-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"
#include "app-keyring.h"
#include "app-note-bar.h"

struct _AppPassphraseDialog {
    GtkWindow parent_instance;

    AppMachineItem *item; /* whose one dialog it is, or NULL */
    gboolean is_new;      /* what is typed twice opens a disk that is yet to be made */
    AppPassphrasesGiven given;
    GObject *owner;

    GtkLabel *title_label;
    GtkLabel *text_label;
    GtkBox *notes_box;
    GtkGrid *fields_grid;
    GtkToggleButton *remember_check;
    GtkButton *start_button;
};

G_DEFINE_TYPE (AppPassphraseDialog, app_passphrase_dialog, GTK_TYPE_WINDOW)

static GQuark
dialog_quark (void)
{
    return g_quark_from_static_string ("app-passphrase-dialog");
}

/* --- fields -------------------------------------------------------------------------------------- */

static GList *
get_entries (AppPassphraseDialog *self)
{
    GList *entries = NULL;

    for (int row = 0;; row++) {
        GtkWidget *entry = gtk_grid_get_child_at (self->fields_grid, 1, row);

        if (entry == NULL)
            return g_list_reverse (entries);
        entries = g_list_prepend (entries, entry);
    }
}

static void
update (AppPassphraseDialog *self)
{
    g_autoptr (GList) entries = get_entries (self);
    gboolean all = TRUE;

    for (GList *at = entries; at != NULL; at = at->next)
        all &= gtk_entry_get_text_length (at->data) > 0;
    gtk_widget_set_sensitive (GTK_WIDGET (self->start_button), all);
}

static void
add_field (AppPassphraseDialog *self, const char *text, int row)
{
    GtkWidget *label = gtk_label_new (text);
    GtkWidget *entry = gtk_entry_new ();

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 32);
    gtk_label_set_mnemonic_widget (GTK_LABEL (label), entry);
    gtk_widget_set_tooltip_text (label, text);
    gtk_entry_set_visibility (GTK_ENTRY (entry), FALSE);
    gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_PASSWORD);
    gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
    gtk_entry_set_max_length (GTK_ENTRY (entry), VITRINE_PASSPHRASE_BYTES_MAX);
    gtk_entry_set_width_chars (GTK_ENTRY (entry), 28);
    gtk_widget_set_hexpand (entry, TRUE);
    atk_object_set_name (gtk_widget_get_accessible (entry), text);
    g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    gtk_grid_attach (self->fields_grid, label, 0, row, 1, 1);
    gtk_grid_attach (self->fields_grid, entry, 1, row, 1, 1);
    gtk_widget_show (label);
    gtk_widget_show (entry);
    if (row == 0)
        gtk_widget_grab_focus (entry);
}

static void
add_disk (AppPassphraseDialog *self, const VitrineDeviceInfo *disk, int row)
{
    g_autofree char *path = app_format_path (disk->source);
    g_autofree char *text = g_strdup_printf ("%s (%s)", disk->id, path);

    add_field (self, text, row);
}

static void
show_problem (AppPassphraseDialog *self, const char *problem)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    if (problem != NULL)
        gtk_container_add (GTK_CONTAINER (self->notes_box),
                           GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_ERROR, problem, NULL, FALSE)));
}

/* --- the answer ---------------------------------------------------------------------------------- */

static void
cancel_clicked_cb (AppPassphraseDialog *self)
{
    gtk_widget_destroy (GTK_WIDGET (self));
}

/* What is in the fields, or NULL, which is said. */
static GPtrArray *
dup_passphrases (AppPassphraseDialog *self)
{
    g_autoptr (GList) entries = get_entries (self);
    g_autoptr (GPtrArray) passphrases =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_passphrase_unref);

    for (GList *at = entries; at != NULL; at = at->next) {
        g_autoptr (GError) error = NULL;
        VitrinePassphrase *passphrase =
            vitrine_passphrase_new (gtk_entry_get_text (at->data), -1, &error);

        if (passphrase == NULL) {
            g_autofree char *problem = app_format_sentence (error->message);

            show_problem (self, problem);
            return NULL;
        }
        g_ptr_array_add (passphrases, passphrase);
    }
    return g_steal_pointer (&passphrases);
}

static void
start_clicked_cb (AppPassphraseDialog *self)
{
    g_autoptr (GPtrArray) passphrases = dup_passphrases (self);
    g_autoptr (GObject) owner = g_object_ref (self->owner);
    AppPassphrasesGiven given = self->given;
    gboolean remember = gtk_toggle_button_get_active (self->remember_check);

    if (passphrases == NULL)
        return;
    if (self->is_new
        && !vitrine_passphrase_equal (g_ptr_array_index (passphrases, 0),
                                      g_ptr_array_index (passphrases, 1))) {
        show_problem (self, _ ("The two passphrases differ."));
        return;
    }
    gtk_widget_destroy (GTK_WIDGET (self));
    given (passphrases, remember, owner);
}

static gboolean
key_press_cb (AppPassphraseDialog *self, GdkEventKey *event)
{
    if (event->keyval != GDK_KEY_Escape)
        return GDK_EVENT_PROPAGATE;
    gtk_widget_destroy (GTK_WIDGET (self));
    return GDK_EVENT_STOP;
}

/* --- GObject ------------------------------------------------------------------------------------- */

static void
app_passphrase_dialog_dispose (GObject *object)
{
    AppPassphraseDialog *self = APP_PASSPHRASE_DIALOG (object);

    if (self->item != NULL)
        g_object_set_qdata (G_OBJECT (self->item), dialog_quark (), NULL);
    g_clear_object (&self->item);
    g_clear_object (&self->owner);
    G_OBJECT_CLASS (app_passphrase_dialog_parent_class)->dispose (object);
}

static void
app_passphrase_dialog_class_init (AppPassphraseDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_passphrase_dialog_dispose;
    gtk_widget_class_set_template_from_resource (
        widget_class, "/org/vitrine/Vitrine/ui/app-passphrase-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseDialog, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseDialog, text_label);
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseDialog, fields_grid);
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseDialog, remember_check);
    gtk_widget_class_bind_template_child (widget_class, AppPassphraseDialog, start_button);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, start_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, key_press_cb);
}

static void
app_passphrase_dialog_init (AppPassphraseDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

/* WHY_NOT says why nothing can be remembered, or is NULL. */
static void
set_remember (AppPassphraseDialog *self, guint n_disks, const char *why_not)
{
    GtkWidget *check = GTK_WIDGET (self->remember_check);

    gtk_button_set_label (GTK_BUTTON (check), ngettext ("_Remember this passphrase",
                                                        "_Remember these passphrases", n_disks));
    gtk_widget_set_tooltip_text (
        check,
        why_not != NULL
            ? why_not
            : ngettext ("It is kept in your keyring, and not asked for any more",
                        "They are kept in your keyring, and not asked for any more", n_disks));
    gtk_widget_set_sensitive (check, why_not == NULL);
}

static void
keyring_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppPassphraseDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    AppKeyringEntry entry;
    gboolean is_there = app_keyring_find_finish (APP_KEYRING (source), result, &entry, &error);

    if (self->remember_check != NULL)
        set_remember (self, 1, is_there ? NULL : app_keyring_get_why_not (FALSE));
}

/* Nothing can be ticked before it is known that there is one. */
static void
find_keyring (AppPassphraseDialog *self)
{
    set_remember (self, 1, app_keyring_get_why_not (TRUE));
    app_keyring_find_async (app_keyring_get_default (), "", NULL, keyring_found_cb,
                            g_object_ref (self));
}

/* Above PARENT; all but its texts. */
static AppPassphraseDialog *
make_dialog (GtkWindow *parent, const char *title, AppPassphrasesGiven given, GObject *owner)
{
    AppPassphraseDialog *self =
        g_object_new (APP_TYPE_PASSPHRASE_DIALOG, "title", title, "transient-for", parent, NULL);

    self->given = given;
    self->owner = g_object_ref (owner);
    gtk_label_set_text (self->title_label, title);
    gtk_widget_grab_default (GTK_WIDGET (self->start_button));
    return self;
}

static void
show_dialog (AppPassphraseDialog *self, const char *problem)
{
    update (self);
    show_problem (self, problem);
    gtk_window_present (GTK_WINDOW (self));
}

GObject *
app_passphrase_dialog_present (AppMachineItem *item)
{
    AppPassphraseDialog *self = g_object_get_qdata (G_OBJECT (item), dialog_quark ());

    if (self == NULL)
        return NULL;
    show_problem (self, NULL);
    gtk_window_present (GTK_WINDOW (self));
    return self->owner;
}

void
app_passphrase_dialog_ask (const AppPassphraseQuestion *question, AppPassphrasesGiven given,
                           GObject *owner)
{
    g_autofree char *title =
        g_strdup_printf (_ ("Passphrase of “%s”"), app_machine_item_get_name (question->item));
    AppPassphraseDialog *self = make_dialog (question->parent, title, given, owner);

    if (question->adds) {
        gtk_window_set_modal (GTK_WINDOW (self), TRUE);
        gtk_button_set_label (self->start_button, _ ("_Add"));
    } else {
        self->item = g_object_ref (question->item);
        g_object_set_qdata (G_OBJECT (self->item), dialog_quark (), self);
    }
    for (guint i = 0; i < question->disks->len; i++)
        add_disk (self, g_ptr_array_index (question->disks, i), (int) i);
    set_remember (self, question->disks->len, question->why_not);
    show_dialog (self, question->problem);
}

void
app_passphrase_dialog_choose (GtkWindow *parent, AppPassphrasesGiven given, GObject *owner)
{
    AppPassphraseDialog *self =
        make_dialog (parent, _ ("Passphrase of the new disk"), given, owner);

    self->is_new = TRUE;
    gtk_window_set_modal (GTK_WINDOW (self), TRUE);
    gtk_label_set_text (self->text_label, _ ("It is asked for whenever the machine starts. Without "
                                             "it nobody can read the disk any more."));
    gtk_button_set_label (self->start_button, _ ("_Encrypt"));
    find_keyring (self);
    add_field (self, _ ("Passphrase"), 0);
    add_field (self, _ ("The same once more"), 1);
    show_dialog (self, NULL);
}
