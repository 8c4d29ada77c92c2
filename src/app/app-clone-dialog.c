/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-clone-dialog.c - a machine like another one: under which name, with disks of its own or with what differs. */
#include "app-clone-dialog.h"

#include <glib/gi18n.h>

#include "app-form-row.h"
#include "app-format.h"
#include "app-machine-name.h"
#include "app-note-bar.h"
#include "app-work-line.h"

#define NUMBER "-99" /* that a second clone, or a later one, has room for */

struct _AppCloneDialog {
    GtkWindow parent_instance;

    VitrineHost *host; /* NULL once the dialog has gone */
    VitrineMachine *original;

    GtkButton *clone_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    AppFormRow *kind_row;
    GtkComboBox *kind_combo;
    AppWorkLine *work_line;
};

enum {
    SIGNAL_CLONED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppCloneDialog, app_clone_dialog, GTK_TYPE_WINDOW)

static gboolean
is_linked (AppCloneDialog *self)
{
    return g_strcmp0 (gtk_combo_box_get_active_id (self->kind_combo), "linked") == 0;
}

static void
update (AppCloneDialog *self)
{
    const char *problem;
    g_autofree char *linked = NULL;
    gboolean busy;

    if (self->host == NULL)
        return;
    busy = app_work_line_get_busy (self->work_line);
    problem = app_machine_name_find_problem (self->host, gtk_entry_get_text (self->name_entry));
    linked = g_strdup_printf (_ ("Quick and small: only what differs from “%s”, which can neither "
                                 "change nor go meanwhile"),
                              vitrine_machine_get_name (self->original));
    app_form_row_set_note (self->name_row, problem != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           problem);
    app_form_row_set_note (self->kind_row, APP_NOTE_PLAIN,
                           is_linked (self) ? linked : _ ("Disks of its own, which are copied"));
    gtk_widget_set_sensitive (self->form, !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->clone_button), !busy && problem == NULL);
}

static void
say_error (AppCloneDialog *self, const GError *error)
{
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

/* Keeps the dialog, and the line in it, until the answer comes. */
typedef struct {
    AppCloneDialog *dialog;
    AppWorkLine *line;
} Call;

static void
cloned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr (AppCloneDialog) self = call->dialog;
    g_autoptr (AppWorkLine) line = call->line;
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine =
        vitrine_host_clone_finish (VITRINE_HOST (source), result, &error);

    app_work_line_end (line);
    if (self->host == NULL)
        return;
    if (machine != NULL) {
        g_signal_emit (self, signals[SIGNAL_CLONED], 0, machine);
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say_error (self, error);
    update (self);
}

static void
clone_clicked_cb (GtkButton *button, AppCloneDialog *self)
{
    Call *call;

    if (app_work_line_get_busy (self->work_line))
        return;
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    call = g_new0 (Call, 1);
    call->dialog = g_object_ref (self);
    call->line = g_object_ref (self->work_line);
    vitrine_host_clone_async (self->host, self->original, gtk_entry_get_text (self->name_entry),
                              is_linked (self) ? VITRINE_CLONE_LINKED : VITRINE_CLONE_FULL,
                              app_work_line_progress_cb, self->work_line,
                              app_work_line_begin (self->work_line, _ ("Copying the machine…")),
                              cloned_cb, call);
}

/* Gives up the copying under way, else the dialog. */
static void
cancel (AppCloneDialog *self)
{
    app_work_line_cancel_or_close (self->work_line);
}

static gboolean
app_clone_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        cancel (APP_CLONE_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_clone_dialog_parent_class)->key_press_event (widget, event);
}

static void
app_clone_dialog_dispose (GObject *object)
{
    AppCloneDialog *self = APP_CLONE_DIALOG (object);

    g_clear_object (&self->host);
    g_clear_object (&self->original);
    G_OBJECT_CLASS (app_clone_dialog_parent_class)->dispose (object);
}

static void
app_clone_dialog_class_init (AppCloneDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_clone_dialog_dispose;
    widget_class->key_press_event = app_clone_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    signals[SIGNAL_CLONED] = g_signal_new ("cloned", APP_TYPE_CLONE_DIALOG, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 1, VITRINE_TYPE_MACHINE);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-clone-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, clone_button);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, kind_row);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, kind_combo);
    gtk_widget_class_bind_template_child (widget_class, AppCloneDialog, work_line);
    gtk_widget_class_bind_template_callback (widget_class, clone_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel);
    gtk_widget_class_bind_template_callback (widget_class, update);
}

static void
app_clone_dialog_init (AppCloneDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_widget_grab_default (GTK_WIDGET (self->clone_button));
    g_signal_connect_swapped (self->work_line, "notify::busy", G_CALLBACK (update), self);
}

AppCloneDialog *
app_clone_dialog_new (GtkWindow *parent, VitrineHost *host, VitrineMachine *machine)
{
    g_autofree char *mark = NULL;
    g_autofree char *original = NULL;
    g_autofree char *base = NULL;
    g_autofree char *name = NULL;
    g_autofree char *title = NULL;
    AppCloneDialog *self;

    g_return_val_if_fail (VITRINE_IS_HOST (host), NULL);
    g_return_val_if_fail (VITRINE_IS_MACHINE (machine), NULL);

    title = g_strdup_printf (_ ("Clone “%s”"), vitrine_machine_get_name (machine));
    self = g_object_new (APP_TYPE_CLONE_DIALOG, "transient-for", parent, "modal", TRUE, "title",
                         title, NULL);
    self->host = g_object_ref (host);
    self->original = g_object_ref (machine);
    /* Translators: the name of a machine that is a clone of the one named; it is also typed on a command line */
    mark = g_strdup_printf (_ ("%s-clone"), NUMBER);
    original = app_machine_name_cut (vitrine_machine_get_name (machine), mark);
    base = g_strdup_printf (_ ("%s-clone"), original);
    name = app_machine_name_make_free (host, base);
    gtk_entry_set_text (self->name_entry, name);
    g_signal_connect_object (host, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    update (self);
    return self;
}
