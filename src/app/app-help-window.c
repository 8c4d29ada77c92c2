/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-help-window.c - a page of help: what this computer lacks to run machines and what mends it, and first steps. */
#include "app-help-window.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-form-row.h"
#include "app-format.h"
#include "display/app-release-chord.h"

struct _AppHelpWindow {
    GtkWindow parent_instance;

    AppHosts *hosts;
    GCancellable *check; /* under way, or NULL */

    GtkContainer *check_box;
    GtkWidget *form;
    GtkSpinner *spinner;
    GtkButton *check_button;
    AppFormRow *type_row;
    AppFormRow *folder_row;
};

G_DEFINE_TYPE (AppHelpWindow, app_help_window, GTK_TYPE_WINDOW)

/* --- checks -------------------------------------------------------------------------------------- */

static const struct {
    const char *icon_name, *name, *style;
} looks[] = {
    [VITRINE_CHECK_OK] = { "emblem-ok-symbolic", N_ ("Fine"), "dim-label" },
    [VITRINE_CHECK_WARNING] = { "dialog-warning-symbolic", N_ ("With a drawback"), "caution" },
    [VITRINE_CHECK_FAILED] = { "dialog-error-symbolic", N_ ("Has to be mended"), "trouble" },
};

static void
copy_clicked_cb (GtkButton *button, gpointer user_data)
{
    gtk_clipboard_set_text (
        gtk_widget_get_clipboard (GTK_WIDGET (button), GDK_SELECTION_CLIPBOARD),
        g_object_get_data (G_OBJECT (button), "command"), -1);
    gtk_button_set_label (button, _ ("Copied"));
}

static GtkWidget *
make_label (const char *text, const char *style)
{
    GtkWidget *label = gtk_label_new (text);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
    gtk_label_set_line_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 56);
    if (style != NULL)
        gtk_style_context_add_class (gtk_widget_get_style_context (label), style);
    return label;
}

static GtkWidget *
make_command (const char *command)
{
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
    GtkWidget *label = make_label (command, "command");
    GtkWidget *button = gtk_button_new_with_label (_ ("Copy"));
    g_autofree char *name = g_strdup_printf (_ ("Copy “%s”"), command);

    gtk_label_set_selectable (GTK_LABEL (label), TRUE);
    gtk_style_context_add_class (gtk_widget_get_style_context (button), "small-button");
    gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
    atk_object_set_name (gtk_widget_get_accessible (button), name);
    g_object_set_data_full (G_OBJECT (button), "command", g_strdup (command), g_free);
    g_signal_connect (button, "clicked", G_CALLBACK (copy_clicked_cb), NULL);
    gtk_container_add (GTK_CONTAINER (box), label);
    gtk_container_add (GTK_CONTAINER (box), button);
    return box;
}

/* One check: an icon that is also a word, the sentence, and what mends it. */
static void
add_row (AppHelpWindow *self, VitrineCheckStatus status, const char *sentence, const char *command)
{
    g_autofree char *text = app_format_sentence (sentence);
    GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *image = gtk_image_new_from_icon_name (looks[status].icon_name, GTK_ICON_SIZE_BUTTON);
    const char *word = _ (looks[status].name);

    gtk_style_context_add_class (gtk_widget_get_style_context (row), "card-row");
    gtk_style_context_add_class (gtk_widget_get_style_context (image), looks[status].style);
    gtk_widget_set_tooltip_text (image, word);
    atk_object_set_name (gtk_widget_get_accessible (image), word);
    gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
    gtk_container_add (GTK_CONTAINER (texts), make_label (text, NULL));
    if (command != NULL && *command != '\0')
        gtk_container_add (GTK_CONTAINER (texts), make_command (command));
    gtk_container_add (GTK_CONTAINER (row), image);
    gtk_container_add (GTK_CONTAINER (row), texts);
    gtk_widget_show_all (row);
    gtk_container_add (self->check_box, row);
}

static void
check_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppHelpWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) checks =
        vitrine_host_check_finish (VITRINE_HOST (source), result, &error);
    g_autoptr (GList) rows = NULL;

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->check);
    rows = gtk_container_get_children (self->check_box);
    for (GList *l = rows; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    if (error != NULL)
        add_row (self, VITRINE_CHECK_FAILED, error->message, NULL);
    for (guint i = 0; checks != NULL && i < checks->len; i++) {
        const VitrineCheck *check = g_ptr_array_index (checks, i);

        add_row (self, check->status, check->text, check->mend);
    }
    gtk_spinner_stop (self->spinner);
}

static void
look_again (AppHelpWindow *self)
{
    VitrineHost *host = app_host_get_host (app_hosts_get_first (self->hosts));

    if (self->check != NULL || host == NULL)
        return;
    self->check = g_cancellable_new ();
    gtk_spinner_start (self->spinner);
    vitrine_host_check_async (host, self->check, check_cb, g_object_ref (self));
}

/* Whoever comes back may have mended something. */
static void
active_cb (AppHelpWindow *self)
{
    if (self->hosts != NULL && gtk_window_is_active (GTK_WINDOW (self)))
        look_again (self);
}

/* --- first steps --------------------------------------------------------------------------------- */

static void
show_steps (AppHelpWindow *self)
{
    VitrineHost *host = app_host_get_host (app_hosts_get_first (self->hosts));
    g_autoptr (VitrineHostLimits) limits = host != NULL ? vitrine_host_dup_limits (host) : NULL;
    g_autofree char *folder =
        app_format_path (limits != NULL && limits->machines_folder != NULL ? limits->machines_folder
                                                                           : "");
    g_autofree char *type =
        g_strdup_printf (_ ("Click its display. %s gives the keyboard back to this desktop."),
                         _ (app_release_chord_get ()->name));

    app_form_row_set_note (self->type_row, APP_NOTE_PLAIN, type);
    app_form_row_set_note (self->folder_row, APP_NOTE_PLAIN, folder);
    gtk_widget_set_visible (GTK_WIDGET (self->folder_row), *folder != '\0');
}

/* --- window -------------------------------------------------------------------------------------- */

static gboolean
app_help_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        gtk_window_close (GTK_WINDOW (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_help_window_parent_class)->key_press_event (widget, event);
}

static void
app_help_window_dispose (GObject *object)
{
    AppHelpWindow *self = APP_HELP_WINDOW (object);

    app_cancellable_end (&self->check);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_help_window_parent_class)->dispose (object);
}

static void
app_help_window_class_init (AppHelpWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_help_window_dispose;
    widget_class->key_press_event = app_help_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-help-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppHelpWindow, check_box);
    gtk_widget_class_bind_template_child (widget_class, AppHelpWindow, form);
    gtk_widget_class_bind_template_child (widget_class, AppHelpWindow, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppHelpWindow, check_button);
    gtk_widget_class_bind_template_child (widget_class, AppHelpWindow, type_row);
    gtk_widget_class_bind_template_child (widget_class, AppHelpWindow, folder_row);
    gtk_widget_class_bind_template_callback (widget_class, look_again);
}

static void
app_help_window_init (AppHelpWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    app_form_follow_focus (self->form);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

AppHelpWindow *
app_help_window_new (GtkWindow *parent, AppHosts *hosts)
{
    AppHelpWindow *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_HELP_WINDOW, "transient-for", parent, NULL);
    self->hosts = g_object_ref (hosts);
    gtk_widget_insert_action_group (GTK_WIDGET (self), "app",
                                    G_ACTION_GROUP (g_application_get_default ()));
    show_steps (self);
    look_again (self);
    gtk_widget_grab_focus (GTK_WIDGET (self->check_button));
    return self;
}
