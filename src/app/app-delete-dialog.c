/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-delete-dialog.c - asks before machines are deleted, and which of their disks go with them.
 *
 * No disk is ticked to begin with: deleting data takes a decision of its own.  A disk that may not go is
 * shown all the same, with the reason.  Delete waits until all lists of disks are there.  With an encrypted disk goes the
 * passphrase that is remembered for it, whose name is read while the disk is there.
 */
#include "app-delete-dialog.h"

#include <glib/gi18n.h>

#include "app-application.h"
#include "app-forget.h"
#include "app-format.h"
#include "app-note-bar.h"

struct _AppDeleteDialog {
    GtkWindow parent_instance;

    GPtrArray *items;
    GCancellable *cancellable;
    guint n_listing;  /* lists of disks still to come */
    guint n_deleting; /* machines still to be deleted, while that is under way */
    gboolean failed;

    GtkLabel *title_label;
    GtkLabel *text_label;
    GtkBox *notes_box;
    GtkScrolledWindow *disks_scroller;
    GtkBox *disks_box;
    GtkSpinner *spinner;
    GtkButton *cancel_button;
    GtkButton *delete_button;
};

G_DEFINE_TYPE (AppDeleteDialog, app_delete_dialog, GTK_TYPE_WINDOW)

static GQuark
machine_quark (void)
{
    return g_quark_from_static_string ("app-delete-machine");
}

static void
update (AppDeleteDialog *self)
{
    gboolean busy = self->n_listing > 0 || self->n_deleting > 0;

    g_object_set (self->spinner, "active", busy, "visible", busy, NULL);
    gtk_widget_set_sensitive (GTK_WIDGET (self->delete_button), !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->disks_box), self->n_deleting == 0);
}

static void
add_problem (AppDeleteDialog *self, AppMachineItem *item, const GError *error)
{
    g_autofree char *sentence = app_format_sentence (error->message);
    g_autofree char *text =
        self->items->len == 1
            ? g_strdup (sentence)
            : g_strdup_printf (_ ("%s: %s"), app_machine_item_get_name (item), error->message);

    gtk_container_add (GTK_CONTAINER (self->notes_box),
                       GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_ERROR, text, NULL, FALSE)));
}

/* --- the disks ----------------------------------------------------------------------------------- */

static GtkWidget *
new_label (const char *text, const char *style_class)
{
    GtkWidget *label = gtk_label_new (text);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
    gtk_label_set_line_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 48);
    if (style_class != NULL)
        gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
    return label;
}

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GObject) check = user_data;

    g_object_set_data_full (
        check, "uuid",
        vitrine_machine_identify_image_finish (VITRINE_MACHINE (source), result, NULL), g_free);
}

/* One disk: a tick with its path, and under it what it takes or why it stays. */
static void
add_disk (AppDeleteDialog *self, AppMachineItem *item, const VitrineDiskInfo *disk)
{
    g_autofree char *path = app_format_path (disk->path);
    g_autofree char *size = app_format_size (disk->size_bytes);
    g_autofree char *note = disk->removable ? g_strdup_printf (_ ("Frees %s"), size)
                                            : app_format_sentence (disk->reason);
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *check = gtk_check_button_new ();

    gtk_widget_set_margin_start (box, 8);
    gtk_box_pack_start (GTK_BOX (box), new_label (path, NULL), FALSE, FALSE, 0);
    gtk_box_pack_start (GTK_BOX (box), new_label (note, "dim-label"), FALSE, FALSE, 0);
    gtk_container_add (GTK_CONTAINER (check), box);
    gtk_widget_set_sensitive (check, disk->removable);
    atk_object_set_name (gtk_widget_get_accessible (check), path);
    atk_object_set_description (gtk_widget_get_accessible (check), note);
    g_object_set_data_full (G_OBJECT (check), "path", g_strdup (disk->path), g_free);
    g_object_set_qdata (G_OBJECT (check), machine_quark (), item);
    if (disk->removable)
        vitrine_machine_identify_image_async (app_machine_item_get_machine (item), disk->path,
                                              self->cancellable, identified_cb,
                                              g_object_ref (check));
    gtk_style_context_add_class (gtk_widget_get_style_context (check), "card-row");
    gtk_widget_show_all (check);
    gtk_box_pack_start (self->disks_box, check, FALSE, FALSE, 0);
    gtk_widget_show (GTK_WIDGET (self->disks_scroller));
}

/* Keeps the item of the list that comes, and the dialog it comes to. */
typedef struct {
    AppDeleteDialog *self;
    AppMachineItem *item;
    GStrv uuids; /* of the encrypted disks that go with it, or NULL */
} Call;

static Call *
call_new (AppDeleteDialog *self, AppMachineItem *item)
{
    Call *call = g_new0 (Call, 1);

    call->self = g_object_ref (self);
    call->item = g_object_ref (item);
    return call;
}

static void
call_free (Call *call)
{
    g_object_unref (call->self);
    g_object_unref (call->item);
    g_strfreev (call->uuids);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
disks_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Call) call = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) disks = NULL;
    AppDeleteDialog *self = call->self;

    disks = vitrine_machine_list_disks_finish (VITRINE_MACHINE (source), result, &error);
    if (g_cancellable_is_cancelled (self->cancellable))
        return;
    if (disks == NULL)
        add_problem (self, call->item, error);
    for (guint i = 0; disks != NULL && i < disks->len; i++)
        add_disk (self, call->item, g_ptr_array_index (disks, i));
    self->n_listing--;
    update (self);
}

/* --- deleting ------------------------------------------------------------------------------------ */

/* Also when the dialog is closed meanwhile. */
static void
forget (const Call *call)
{
    GApplication *application = g_application_get_default ();

    if (APP_IS_APPLICATION (application) && call->uuids != NULL)
        app_forget (app_application_get_hosts (APP_APPLICATION (application)),
                    (const char *const *) call->uuids);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Call) call = user_data;
    g_autoptr (GError) error = NULL;
    AppDeleteDialog *self = call->self;

    if (vitrine_machine_delete_finish (VITRINE_MACHINE (source), result, &error))
        forget (call);
    if (g_cancellable_is_cancelled (self->cancellable))
        return;
    if (error != NULL) {
        add_problem (self, call->item, error);
        self->failed = TRUE;
    } else {
        /* A second try is for those that are left. */
        g_ptr_array_remove (self->items, call->item);
    }
    self->n_deleting--;
    if (self->n_deleting == 0 && !self->failed)
        gtk_widget_destroy (GTK_WIDGET (self));
    else
        update (self);
}

/* What the ticked disks of ITEM have as KEY, "path" or "uuid", where they have it.  (transfer full) */
static GStrv
dup_ticked (AppDeleteDialog *self, AppMachineItem *item, const char *key)
{
    g_autoptr (GStrvBuilder) values = g_strv_builder_new ();
    g_autoptr (GList) checks = gtk_container_get_children (GTK_CONTAINER (self->disks_box));

    for (GList *l = checks; l != NULL; l = l->next) {
        const char *value = g_object_get_data (l->data, key);

        if (g_object_get_qdata (l->data, machine_quark ()) == item && value != NULL
            && gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (l->data)))
            g_strv_builder_add (values, value);
    }
    return g_strv_builder_end (values);
}

static void
delete_clicked_cb (GtkButton *button, AppDeleteDialog *self)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    self->failed = FALSE;
    self->n_deleting = self->items->len;
    for (guint i = 0; i < self->items->len; i++) {
        AppMachineItem *item = g_ptr_array_index (self->items, i);
        g_auto (GStrv) paths = dup_ticked (self, item, "path");
        Call *call = call_new (self, item);

        call->uuids = dup_ticked (self, item, "uuid");
        vitrine_machine_delete_async (app_machine_item_get_machine (item),
                                      (const char *const *) paths, self->cancellable, deleted_cb,
                                      call);
    }
    update (self);
}

static void
cancel_clicked_cb (GtkButton *button, AppDeleteDialog *self)
{
    gtk_window_close (GTK_WINDOW (self));
}

static gboolean
app_delete_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        gtk_window_close (GTK_WINDOW (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_delete_dialog_parent_class)->key_press_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_delete_dialog_dispose (GObject *object)
{
    AppDeleteDialog *self = APP_DELETE_DIALOG (object);

    g_cancellable_cancel (self->cancellable);
    G_OBJECT_CLASS (app_delete_dialog_parent_class)->dispose (object);
}

static void
app_delete_dialog_finalize (GObject *object)
{
    AppDeleteDialog *self = APP_DELETE_DIALOG (object);

    g_clear_object (&self->cancellable);
    g_ptr_array_unref (self->items);
    G_OBJECT_CLASS (app_delete_dialog_parent_class)->finalize (object);
}

static void
app_delete_dialog_class_init (AppDeleteDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_delete_dialog_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_delete_dialog_finalize;
    widget_class->key_press_event = app_delete_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-delete-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, text_label);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, disks_scroller);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, disks_box);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, cancel_button);
    gtk_widget_class_bind_template_child (widget_class, AppDeleteDialog, delete_button);
    gtk_widget_class_bind_template_callback (widget_class, delete_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
}

static void
app_delete_dialog_init (AppDeleteDialog *self)
{
    self->items = g_ptr_array_new_with_free_func (g_object_unref);
    self->cancellable = g_cancellable_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
}

static void
set_texts (AppDeleteDialog *self, guint n_running)
{
    guint n = self->items->len;
    g_autofree char *title = NULL;
    g_autoptr (GString) text = g_string_new (NULL);

    if (n == 1)
        title = g_strdup_printf (_ ("Delete “%s”?"),
                                 app_machine_item_get_name (g_ptr_array_index (self->items, 0)));
    else
        title = g_strdup_printf (ngettext ("Delete %u machine?", "Delete %u machines?", n), n);
    gtk_label_set_label (self->title_label, title);
    gtk_window_set_title (GTK_WINDOW (self), title);

    g_string_append (text,
                     ngettext ("Its definition is removed. Disks stay where they are, except those "
                               "you tick here; those cannot be brought back.",
                               "Their definitions are removed. Disks stay where they are, except "
                               "those you tick here; those cannot be brought back.",
                               n));
    if (n_running > 0) {
        g_string_append_c (text, '\n');
        g_string_append_printf (text,
                                ngettext ("%u selected machine runs and stays.",
                                          "%u selected machines run and stay.", n_running),
                                n_running);
    }
    gtk_label_set_label (self->text_label, text->str);
}

AppDeleteDialog *
app_delete_dialog_new (GtkWindow *parent, GPtrArray *items, guint n_running)
{
    AppDeleteDialog *self;

    g_return_val_if_fail (items->len > 0, NULL);

    self = g_object_new (APP_TYPE_DELETE_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    for (guint i = 0; i < items->len; i++) {
        AppMachineItem *item = g_ptr_array_index (items, i);

        g_ptr_array_add (self->items, g_object_ref (item));
        self->n_listing++;
        vitrine_machine_list_disks_async (app_machine_item_get_machine (item), self->cancellable,
                                          disks_cb, call_new (self, item));
    }
    set_texts (self, n_running);
    update (self);
    gtk_widget_grab_focus (GTK_WIDGET (self->cancel_button));
    return self;
}
