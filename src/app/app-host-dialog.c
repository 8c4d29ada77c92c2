/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host-dialog.c - the sheet a host is added with.
 *
 * The host is connected from here, so that a wrong name is told where it can be put right; why it cannot be
 * connected is the engine's word, with what mends it.  One that is only away for now is added all the same if
 * the user says so.
 */
#include "app-host-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-form-row.h"
#include "app-note-bar.h"

#define KIND_SSH    "ssh"
#define KIND_CUSTOM "custom"

struct _AppHostDialog {
    GtkWindow parent_instance;

    AppHosts *hosts;
    AppHost *host; /* that is being connected, or was tried last; NULL */

    GtkButton *cancel_button;
    GtkButton *connect_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppFormRow *kind_row;
    GtkComboBox *kind_combo;
    AppFormRow *computer_row;
    GtkEntry *computer_entry;
    AppFormRow *machines_row;
    GtkComboBox *machines_combo;
    AppFormRow *uri_row;
    GtkEntry *uri_entry;
    GtkRevealer *progress_revealer;
    GtkLabel *progress_label;
    GtkSpinner *spinner;
};

enum {
    SIGNAL_ADDED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppHostDialog, app_host_dialog, GTK_TYPE_WINDOW)

/* --- what is typed ------------------------------------------------------------------------------- */

static const char *
get_kind (AppHostDialog *self)
{
    return gtk_combo_box_get_active_id (self->kind_combo);
}

/* The address that the fields say, "" for none yet.  (transfer full) */
static char *
dup_uri (AppHostDialog *self)
{
    const char *kind = get_kind (self);
    const char *text =
        gtk_entry_get_text (g_str_equal (kind, KIND_SSH) ? self->computer_entry : self->uri_entry);
    g_autofree char *bare = g_strstrip (g_strdup (text));

    if (g_str_equal (kind, KIND_SSH))
        return *bare == '\0' ? g_strdup ("")
                             : g_strdup_printf ("qemu+ssh://%s/%s", bare,
                                                gtk_combo_box_get_active_id (self->machines_combo));
    return g_str_equal (kind, KIND_CUSTOM) ? g_steal_pointer (&bare) : g_strdup (kind);
}

/* What is wrong with the name of a computer; NULL when nothing is seen. */
static const char *
find_name_problem (const char *name)
{
    const char *host = strrchr (name, '@');
    const char *colon;

    if (*name == '\0')
        return _ ("The name of a computer, or USER@NAME");
    if (strpbrk (name, " \t/?#") != NULL)
        return _ ("Only a name: without spaces and “/”");
    host = host != NULL ? host + 1 : name;
    if (host == name + 1)
        return _ ("The user’s name before “@” is missing");
    if (*host == '\0' || *host == ':')
        return _ ("The computer’s name is missing");
    colon = *host != '[' ? strchr (host, ':') : NULL;
    if (colon != NULL && strspn (colon + 1, "0123456789") != strlen (colon + 1))
        return _ ("A port is a number");
    return NULL;
}

/* The row that the address is typed in, or chosen. */
static AppFormRow *
get_row (AppHostDialog *self)
{
    const char *kind = get_kind (self);

    return g_str_equal (kind, KIND_SSH)      ? self->computer_row
           : g_str_equal (kind, KIND_CUSTOM) ? self->uri_row
                                             : self->kind_row;
}

/* Tells beside the field what is wrong with URI; FALSE when anything is. */
static gboolean
check_uri (AppHostDialog *self, const char *uri)
{
    AppFormRow *row = get_row (self);
    const char *problem = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineHost) host = NULL;

    if (row == self->computer_row)
        problem = find_name_problem (gtk_entry_get_text (self->computer_entry));
    if (problem == NULL && *uri != '\0') {
        host = vitrine_host_new (uri, &error);
        problem = host == NULL ? error->message
                  : app_hosts_find_uri (self->hosts, uri) != NULL
                      ? _ ("This host is in the list already")
                      : NULL;
    }
    if (*uri == '\0') {
        app_form_row_set_note (row, APP_NOTE_PLAIN,
                               problem != NULL ? problem
                                               : _ ("Such as “qemu+ssh://root@tower/system”"));
        return FALSE;
    }
    /* What was chosen becomes an address; one that was typed need not be said once more. */
    app_form_row_set_note (row, problem != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           problem != NULL        ? problem
                           : row != self->uri_row ? uri
                                                  : NULL);
    return problem == NULL;
}

static gboolean
is_busy (AppHostDialog *self)
{
    return self->host != NULL && app_host_get_state (self->host) == APP_HOST_CONNECTING;
}

static void
update (AppHostDialog *self)
{
    const char *kind = get_kind (self);
    gboolean ssh = g_str_equal (kind, KIND_SSH), busy = is_busy (self);
    g_autofree char *uri = dup_uri (self);

    gtk_widget_set_visible (GTK_WIDGET (self->computer_row), ssh);
    gtk_widget_set_visible (GTK_WIDGET (self->machines_row), ssh);
    gtk_widget_set_visible (GTK_WIDGET (self->uri_row), g_str_equal (kind, KIND_CUSTOM));
    app_form_row_set_note (self->kind_row, APP_NOTE_PLAIN, NULL);
    gtk_widget_set_sensitive (GTK_WIDGET (self->connect_button), check_uri (self, uri) && !busy);
    gtk_widget_set_sensitive (self->form, !busy);
    gtk_revealer_set_reveal_child (self->progress_revealer, busy);
    g_object_set (self->spinner, "active", busy, NULL);
}

/* --- connecting ---------------------------------------------------------------------------------- */

static void
forget_host (AppHostDialog *self)
{
    if (self->host == NULL)
        return;
    g_signal_handlers_disconnect_by_data (self->host, self);
    app_host_close (self->host);
    g_clear_object (&self->host);
}

static void
finish (AppHostDialog *self)
{
    g_autoptr (AppHost) host = g_steal_pointer (&self->host);

    g_signal_handlers_disconnect_by_data (host, self);
    app_hosts_add (self->hosts, host);
    g_signal_emit (self, signals[SIGNAL_ADDED], 0, host);
    gtk_widget_destroy (GTK_WIDGET (self));
}

static void
note_response_cb (AppNoteBar *bar, int response, AppHostDialog *self)
{
    if (response == GTK_RESPONSE_ACCEPT && self->host != NULL)
        finish (self);
}

static void
show_trouble (AppHostDialog *self)
{
    AppNoteBar *bar = app_note_bar_new (GTK_MESSAGE_ERROR, app_host_get_trouble (self->host),
                                        app_host_get_mend (self->host), FALSE);

    gtk_info_bar_add_button (GTK_INFO_BAR (bar), _ ("_Add anyway"), GTK_RESPONSE_ACCEPT);
    g_signal_connect_object (bar, "response", G_CALLBACK (note_response_cb), self, 0);
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (bar));
}

static void
host_state_cb (AppHostDialog *self)
{
    AppHostState state = app_host_get_state (self->host);

    if (state == APP_HOST_CONNECTED) {
        finish (self);
        return;
    }
    if (state == APP_HOST_FAILED)
        show_trouble (self);
    update (self);
}

static void
connect_clicked_cb (GtkButton *button, AppHostDialog *self)
{
    g_autofree char *uri = dup_uri (self);
    g_autofree char *progress = NULL;

    if (is_busy (self) || !check_uri (self, uri))
        return;
    forget_host (self);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    self->host = app_host_new (uri, NULL, TRUE);
    g_signal_connect_object (self->host, "notify::state", G_CALLBACK (host_state_cb), self,
                             G_CONNECT_SWAPPED);
    app_host_connect (self->host);
    progress = g_strdup_printf (_ ("Connecting to %s…"), app_host_get_title (self->host));
    gtk_label_set_label (self->progress_label, progress);
    update (self);
}

/* Gives up the connection under way, else the sheet. */
static void
cancel (AppHostDialog *self)
{
    if (!is_busy (self)) {
        gtk_window_close (GTK_WINDOW (self));
        return;
    }
    forget_host (self);
    update (self);
}

static void
cancel_clicked_cb (GtkButton *button, AppHostDialog *self)
{
    cancel (self);
}

static gboolean
app_host_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        cancel (APP_HOST_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_host_dialog_parent_class)->key_press_event (widget, event);
}

/* What was said of another address is of no use any more. */
static void
form_changed_cb (AppHostDialog *self)
{
    forget_host (self);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    update (self);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_host_dialog_dispose (GObject *object)
{
    AppHostDialog *self = APP_HOST_DIALOG (object);

    forget_host (self);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_host_dialog_parent_class)->dispose (object);
}

static void
app_host_dialog_class_init (AppHostDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_host_dialog_dispose;
    widget_class->key_press_event = app_host_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    signals[SIGNAL_ADDED] = g_signal_new ("added", APP_TYPE_HOST_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 1, APP_TYPE_HOST);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-host-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, cancel_button);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, connect_button);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, kind_row);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, kind_combo);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, computer_row);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, computer_entry);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, machines_row);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, machines_combo);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, uri_row);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, uri_entry);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, progress_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, progress_label);
    gtk_widget_class_bind_template_child (widget_class, AppHostDialog, spinner);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, connect_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, form_changed_cb);
}

static void
app_host_dialog_init (AppHostDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_widget_grab_default (GTK_WIDGET (self->connect_button));
}

AppHostDialog *
app_host_dialog_new (GtkWindow *parent, AppHosts *hosts)
{
    AppHostDialog *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_HOST_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    self->hosts = g_object_ref (hosts);
    update (self);
    return self;
}
