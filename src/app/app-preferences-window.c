/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-preferences-window.c - the window of preferences.
 *
 * Nearly all controls are bound to the settings, which everybody else follows.  What is not: whether Vitrine starts
 * at login is a file's to say, and a folder is chosen by a dialog.
 */
#include "app-preferences-window.h"

#include <glib/gi18n.h>

#include "app-autostart.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-note-bar.h"
#include "app-preferences-keys.h"
#include "app-preferences.h"
#include "app-settings.h"

struct _AppPreferencesWindow {
    GtkWindow parent_instance;

    GtkFileChooserNative *chooser; /* while it is open, or NULL */

    GtkBox *notes_box;
    GtkStack *stack;
    GtkWidget *desktop_page, *consoles_page, *machines_page;
    AppFormRow *tray_row;
    AppFormRow *login_row;
    AppFormRow *folder_row;
    GtkWidget *own_folder_row;
    GtkSwitch *login_switch;
    GtkWidget *tray_switch, *keep_switch, *notify_switch, *inhibit_switch, *confirm_switch;
    GtkWidget *scaling_combo, *resize_switch, *release_combo, *clipboard_combo;
    GtkWidget *firmware_combo, *memory_spin;
    GtkWidget *keys; /* the user's own, to send */
    GtkButton *folder_button;
    GtkButton *own_folder_button;
};

G_DEFINE_TYPE (AppPreferencesWindow, app_preferences_window, GTK_TYPE_WINDOW)

/* --- the file ------------------------------------------------------------------------------------ */

static void
show_login (AppPreferencesWindow *self)
{
    gtk_switch_set_active (self->login_switch, app_autostart_get ());
}

static void
login_changed_cb (AppPreferencesWindow *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *problem = NULL;

    gboolean active = gtk_switch_get_active (self->login_switch);

    /* It follows the file. */
    if (active == app_autostart_get ())
        return;
    if (app_autostart_set (active, &error)) {
        app_form_row_set_note (self->login_row, APP_NOTE_PLAIN,
                               _ ("Without a window, with the icon in the tray"));
        return;
    }
    problem = app_format_sentence (error->message);
    app_form_row_set_note (self->login_row, APP_NOTE_ERROR, problem);
    show_login (self);
}

/* --- the folder ---------------------------------------------------------------------------------- */

static void
show_folder (AppPreferencesWindow *self)
{
    g_autofree char *folder = app_preferences_dup_text (APP_PREF_DISK_FOLDER);
    g_autofree char *usable = app_preferences_dup_disk_folder ();
    g_autofree char *shown = app_format_path (folder);
    g_autofree char *gone = g_strdup_printf (_ ("“%s” is no folder any more."), shown);

    if (*folder == '\0')
        app_form_row_set_note (self->folder_row, APP_NOTE_PLAIN,
                               _ ("New ones are made in each machine’s own folder"));
    else
        app_form_row_set_note (self->folder_row, usable != NULL ? APP_NOTE_PLAIN : APP_NOTE_ERROR,
                               usable != NULL ? shown : gone);
    gtk_widget_set_visible (self->own_folder_row, *folder != '\0');
}

static void
chooser_response_cb (GtkNativeDialog *chooser, int response, AppPreferencesWindow *self)
{
    g_autofree char *folder = response == GTK_RESPONSE_ACCEPT
                                  ? gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser))
                                  : NULL;

    g_clear_object (&self->chooser);
    if (folder != NULL && g_utf8_validate (folder, -1, NULL)) /* settings are text */
        g_settings_set_string (app_settings_get (), APP_PREF_DISK_FOLDER, folder);
}

static void
choose_folder_clicked_cb (AppPreferencesWindow *self)
{
    g_autofree char *folder = app_preferences_dup_disk_folder ();

    if (self->chooser != NULL)
        return;
    self->chooser = gtk_file_chooser_native_new (
        _ ("Choose a folder for disk images"), GTK_WINDOW (self),
        GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser),
                                         folder != NULL ? folder : g_get_home_dir ());
    gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
    gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
own_folder_clicked_cb (AppPreferencesWindow *self)
{
    gtk_widget_grab_focus (GTK_WIDGET (self->folder_button)); /* the row goes */
    g_settings_reset (app_settings_get (), APP_PREF_DISK_FOLDER);
}

/* --- window -------------------------------------------------------------------------------------- */

/* A build that is run in place, without GSETTINGS_SCHEMA_DIR: what counts is shown, and cannot be changed. */
static void
show_default (const char *key, GtkWidget *control)
{
    g_autofree char *text = app_preferences_dup_text (key);

    if (GTK_IS_SWITCH (control))
        gtk_switch_set_active (GTK_SWITCH (control), app_preferences_get_flag (key));
    else if (GTK_IS_COMBO_BOX (control))
        gtk_combo_box_set_active_id (GTK_COMBO_BOX (control), text);
    gtk_widget_set_sensitive (control, FALSE);
}

static void
say_unremembered (AppPreferencesWindow *self)
{
    AppNoteBar *bar = app_note_bar_new (GTK_MESSAGE_WARNING,
                                        _ ("Vitrine is not installed, so nothing of this can be "
                                           "remembered; install it, or start it by “./dev run”."),
                                        NULL, FALSE);

    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (bar));
    gtk_widget_set_sensitive (GTK_WIDGET (self->keys), FALSE);
    gtk_widget_set_sensitive (GTK_WIDGET (self->folder_button), FALSE);
}

static void
bind (AppPreferencesWindow *self)
{
    const struct {
        const char *key;
        GtkWidget *control;
        const char *property;
    } bound[] = {
        { APP_PREF_TRAY, self->tray_switch, "active" },
        { APP_PREF_KEEP_RUNNING, self->keep_switch, "active" },
        { APP_PREF_NOTIFY, self->notify_switch, "active" },
        { APP_PREF_INHIBIT, self->inhibit_switch, "active" },
        { APP_PREF_CONFIRM_OFF, self->confirm_switch, "active" },
        { APP_PREF_SCALING, self->scaling_combo, "active-id" },
        { APP_PREF_RESIZE_GUEST, self->resize_switch, "active" },
        { APP_PREF_RELEASE_KEYS, self->release_combo, "active-id" },
        { APP_PREF_CLIPBOARD, self->clipboard_combo, "active-id" },
        { APP_PREF_FIRMWARE, self->firmware_combo, "active-id" },
        { APP_PREF_MEMORY, self->memory_spin, "value" },
    };
    GSettings *settings = app_settings_get ();

    for (guint i = 0; i < G_N_ELEMENTS (bound); i++) {
        if (settings != NULL)
            g_settings_bind (settings, bound[i].key, bound[i].control, bound[i].property,
                             G_SETTINGS_BIND_DEFAULT);
        else
            show_default (bound[i].key, bound[i].control);
    }
    if (settings == NULL)
        say_unremembered (self);
    app_preferences_follow (APP_PREF_DISK_FOLDER, G_CALLBACK (show_folder), self);
}

static gboolean
app_preferences_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        gtk_window_close (GTK_WINDOW (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_preferences_window_parent_class)->key_press_event (widget, event);
}

static void
app_preferences_window_dispose (GObject *object)
{
    g_clear_object (&APP_PREFERENCES_WINDOW (object)->chooser);
    G_OBJECT_CLASS (app_preferences_window_parent_class)->dispose (object);
}

static void
app_preferences_window_class_init (AppPreferencesWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_preferences_window_dispose;
    widget_class->key_press_event = app_preferences_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_PREFERENCES_KEYS);
    gtk_widget_class_set_template_from_resource (
        widget_class, "/org/vitrine/Vitrine/ui/app-preferences-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, desktop_page);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, consoles_page);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, machines_page);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, tray_row);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, login_row);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, folder_row);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, own_folder_row);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, login_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, tray_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, keep_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, notify_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, inhibit_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, confirm_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, scaling_combo);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, resize_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, release_combo);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, clipboard_combo);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, firmware_combo);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, memory_spin);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, keys);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, folder_button);
    gtk_widget_class_bind_template_child (widget_class, AppPreferencesWindow, own_folder_button);
    gtk_widget_class_bind_template_callback (widget_class, login_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, choose_folder_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, own_folder_clicked_cb);
}

static void
app_preferences_window_init (AppPreferencesWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    /* Its header bar has no title to go by. */
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), _ ("Preferences"));
    app_form_follow_focus (self->desktop_page);
    app_form_follow_focus (self->consoles_page);
    app_form_follow_focus (self->machines_page);
    show_login (self);
    show_folder (self);
    bind (self);
}

AppPreferencesWindow *
app_preferences_window_new (gboolean has_tray)
{
    AppPreferencesWindow *self = g_object_new (APP_TYPE_PREFERENCES_WINDOW, NULL);

    if (!has_tray)
        app_form_row_set_note (self->tray_row, APP_NOTE_PLAIN,
                               _ ("This desktop has no tray at present"));
    return self;
}

void
app_preferences_window_show_page (AppPreferencesWindow *self, const char *name)
{
    g_return_if_fail (APP_IS_PREFERENCES_WINDOW (self));

    if (gtk_stack_get_child_by_name (self->stack, name) != NULL)
        gtk_stack_set_visible_child_name (self->stack, name);
}
