/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-cloud.c - the create sheet's cloud image: who may log in, and what the system calls itself.
 *
 * A key that is where ssh has it is taken without being asked for, and shown; files are read without waiting.
 */
#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-create-dialog-private.h"
#include "app-format.h"

/* Where ssh has the public key, the best first. */
static const char *const usual_keys[] = { "id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub" };

static gboolean
is_wanted (AppCreateDialog *self)
{
    return self->source->kind == APP_SOURCE_DISK && gtk_switch_get_active (self->cloud_switch);
}

/* --- the key ---------------------------------------------------------------------------------------------- */

static void read_key (AppCreateDialog *self, char *path, guint next_usual);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;
    guint next = self->next_key;

    if (!g_file_load_contents_finish (G_FILE (source), result, &text, NULL, NULL, &error)
        && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (self->host == NULL)
        return;
    g_clear_object (&self->reading);
    if (text != NULL && vitrine_cloud_check_keys (text, &error)) {
        g_free (self->keys);
        self->keys = g_steal_pointer (&text);
        g_clear_pointer (&self->key_problem, g_free);
    } else if (next > 0 && next < G_N_ELEMENTS (usual_keys)) {
        read_key (self, g_build_filename (g_get_home_dir (), ".ssh", usual_keys[next], NULL), next + 1);
        return;
    } else {
        g_clear_pointer (&self->key_path, g_free);
        self->key_problem = next == 0 ? app_format_sentence (error->message) : NULL;
    }
    app_create_dialog_update (self);
}

/* Takes PATH over.  NEXT_USUAL: which of the usual ones is tried after it, or 0: it is the user's own choice. */
static void
read_key (AppCreateDialog *self, char *path, guint next_usual)
{
    g_autoptr (GFile) file = g_file_new_for_path (path);

    app_cancellable_end (&self->reading);
    g_clear_pointer (&self->keys, g_free);
    g_clear_pointer (&self->key_problem, g_free);
    g_free (self->key_path);
    self->key_path = path;
    self->next_key = next_usual;
    self->reading = g_cancellable_new ();
    g_file_load_contents_async (file, self->reading, read_cb, g_object_ref (self));
}

static void
key_response_cb (GtkNativeDialog *chooser, int response, AppCreateDialog *self)
{
    char *path = response == GTK_RESPONSE_ACCEPT
                     ? gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser))
                     : NULL;

    g_clear_object (&self->key_chooser);
    if (path != NULL)
        read_key (self, path, 0);
    app_create_dialog_update (self);
}

static void
choose_key_cb (GtkButton *button, AppCreateDialog *self)
{
    g_autofree char *folder = g_build_filename (g_get_home_dir (), ".ssh", NULL);

    if (self->key_chooser != NULL)
        return;
    self->key_chooser = gtk_file_chooser_native_new (_ ("Choose a public SSH key"), GTK_WINDOW (self),
                                                     GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Choose"),
                                                     _ ("_Cancel"));
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->key_chooser), folder);
    gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->key_chooser), TRUE);
    g_signal_connect_object (self->key_chooser, "response", G_CALLBACK (key_response_cb), self, 0);
    gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->key_chooser));
}

static void
no_key_cb (GtkButton *button, AppCreateDialog *self)
{
    app_cancellable_end (&self->reading);
    g_clear_pointer (&self->keys, g_free);
    g_clear_pointer (&self->key_path, g_free);
    g_clear_pointer (&self->key_problem, g_free);
    app_create_dialog_update (self);
    gtk_widget_grab_focus (GTK_WIDGET (self->key_button));
}

/* --- the rows --------------------------------------------------------------------------------------------- */

static void
cloud_switched_cb (GtkSwitch *button, GParamSpec *pspec, AppCreateDialog *self)
{
    const VitrineOs *os = app_os_button_get_os (self->os_button);
    const char *own = g_get_user_name ();

    if (gtk_switch_get_active (button) && *gtk_entry_get_text (self->cloud_user_entry) == '\0')
        gtk_entry_set_text (self->cloud_user_entry,
                            vitrine_cloud_check_user (own, NULL)   ? own
                            : os != NULL && *os->user != '\0' ? os->user
                                                                   : "user");
    if (gtk_switch_get_active (button) && self->keys == NULL && self->reading == NULL)
        read_key (self, g_build_filename (g_get_home_dir (), ".ssh", usual_keys[0], NULL), 1);
    app_create_dialog_update (self);
}

/* Sets what is wrong, or NOTE; returns whether nothing is. */
static gboolean
tell (AppFormRow *row, const GError *error, const char *note)
{
    g_autofree char *sentence = error != NULL ? app_format_sentence (error->message) : NULL;

    app_form_row_set_note (row, error != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           error != NULL ? sentence : note);
    return error == NULL;
}

static gboolean
check_user (AppCreateDialog *self)
{
    g_autoptr (GError) error = NULL;

    vitrine_cloud_check_user (gtk_entry_get_text (self->cloud_user_entry), &error);
    return tell (self->cloud_user_row, error, _ ("May log in, and do everything with sudo"));
}

static gboolean
check_key (AppCreateDialog *self)
{
    g_autofree char *path = self->key_path != NULL ? app_format_path (self->key_path) : NULL;
    gboolean has_password = *gtk_entry_get_text (self->cloud_password_entry) != '\0';

    gtk_widget_set_visible (GTK_WIDGET (self->no_key_button), self->keys != NULL);
    if (self->key_problem != NULL) {
        app_form_row_set_note (self->cloud_key_row, APP_NOTE_ERROR, self->key_problem);
        return FALSE;
    }
    if (self->keys == NULL && self->reading == NULL && !has_password) {
        app_form_row_set_note (self->cloud_key_row, APP_NOTE_ERROR,
                               _ ("Nobody could log in: choose a key, or give a password"));
        return FALSE;
    }
    app_form_row_set_note (self->cloud_key_row, APP_NOTE_PLAIN,
                           self->keys != NULL ? path : _ ("None"));
    return self->reading == NULL;
}

static gboolean
check_password (AppCreateDialog *self)
{
    const char *password = gtk_entry_get_text (self->cloud_password_entry);
    g_autoptr (GError) error = NULL;

    if (*password != '\0')
        vitrine_cloud_check_password (password, &error);
    return tell (self->cloud_password_row, error,
                 *password != '\0' ? _ ("Only its hash is written, for the guest")
                                   : _ ("None: only the key lets in"));
}

static gboolean
check_hostname (AppCreateDialog *self)
{
    const char *hostname = gtk_entry_get_text (self->cloud_host_entry);
    g_autofree char *usual = vitrine_cloud_dup_hostname (gtk_entry_get_text (self->name_entry));
    g_autoptr (GError) error = NULL;

    gtk_entry_set_placeholder_text (self->cloud_host_entry, usual);
    if (*hostname != '\0')
        vitrine_cloud_check_hostname (hostname, &error);
    return tell (self->cloud_host_row, error, _ ("What the system calls itself"));
}

gboolean
app_create_dialog_check_cloud (AppCreateDialog *self)
{
    gboolean wanted = is_wanted (self), good = TRUE;

    gtk_widget_set_visible (GTK_WIDGET (self->cloud_row), self->source->kind == APP_SOURCE_DISK);
    app_form_row_set_note (self->cloud_row, APP_NOTE_PLAIN,
                           wanted ? _ ("It is told who may log in when it starts first")
                                  : _ ("One that nobody can log in to before it is told who may"));
    gtk_widget_set_visible (GTK_WIDGET (self->cloud_user_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->cloud_key_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->cloud_password_row), wanted);
    gtk_widget_set_visible (GTK_WIDGET (self->cloud_host_row), wanted);
    if (!wanted)
        return TRUE;
    good &= check_user (self);
    good &= check_key (self);
    good &= check_password (self);
    good &= check_hostname (self);
    return good;
}

void
app_create_dialog_add_cloud (AppCreateDialog *self, VitrineSpec *spec)
{
    const char *password = gtk_entry_get_text (self->cloud_password_entry);
    const char *hostname = gtk_entry_get_text (self->cloud_host_entry);
    const VitrineCloud cloud = {
        .user = (char *) gtk_entry_get_text (self->cloud_user_entry),
        .password = *password != '\0' ? (char *) password : NULL,
        .keys = self->keys,
        .hostname = *hostname != '\0' ? (char *) hostname : NULL,
    };

    if (is_wanted (self))
        vitrine_spec_set_cloud (spec, &cloud);
}

void
app_create_dialog_end_cloud (AppCreateDialog *self)
{
    app_cancellable_end (&self->reading);
    g_clear_object (&self->key_chooser);
    g_clear_pointer (&self->keys, g_free);
    g_clear_pointer (&self->key_path, g_free);
    g_clear_pointer (&self->key_problem, g_free);
}

void
app_create_dialog_bind_cloud (GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_switch);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_user_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_user_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_key_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, no_key_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, key_button);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_password_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_password_entry);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_host_row);
    gtk_widget_class_bind_template_child (widget_class, AppCreateDialog, cloud_host_entry);
    gtk_widget_class_bind_template_callback (widget_class, cloud_switched_cb);
    gtk_widget_class_bind_template_callback (widget_class, choose_key_cb);
    gtk_widget_class_bind_template_callback (widget_class, no_key_cb);
}
