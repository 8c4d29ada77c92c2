/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-actions.c - what a machine's window does to its machine. */
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app-confirm-popover.h"
#include "app-format.h"
#include "app-machine-window-private.h"
#include "app-preferences.h"
#include "app-snapshots-window.h"

void
app_machine_window_set_note (AppMachineWindow *self, AppNoteBar **note, GtkMessageType type,
                             const char *text)
{
    if (*note != NULL)
        gtk_widget_destroy (GTK_WIDGET (*note));
    g_clear_weak_pointer (note);
    if (*text == '\0')
        return;
    g_set_weak_pointer (note, app_note_bar_new (type, text, NULL, TRUE));
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (*note));
}

/* The reader has seen it: then its row forgets it as well. */
static void
problem_response_cb (AppNoteBar *note, int response, AppMachineWindow *self)
{
    if (response == GTK_RESPONSE_CLOSE)
        app_machine_item_set_problem (self->item, NULL);
}

void
app_machine_window_show_problem (AppMachineWindow *self, const char *problem)
{
    app_machine_window_set_note (self, &self->problem_note, GTK_MESSAGE_ERROR, problem);
    if (self->problem_note != NULL)
        g_signal_connect_object (self->problem_note, "response", G_CALLBACK (problem_response_cb),
                                 self, 0);
}

/* --- lifecycle ----------------------------------------------------------------------------------- */

static void
primary_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    VitrineAction primary;

    if (app_machine_item_get_primary (self->item, &primary))
        app_machine_item_act (self->item, primary);
}

static void
start_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    gboolean paused = app_machine_item_can (self->item, VITRINE_ACTION_RESUME);

    app_machine_item_act (self->item, paused ? VITRINE_ACTION_RESUME : VITRINE_ACTION_START);
}

static void
pause_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_machine_item_act (APP_MACHINE_WINDOW (user_data)->item, VITRINE_ACTION_PAUSE);
}

static void
shutdown_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_machine_item_act (APP_MACHINE_WINDOW (user_data)->item, VITRINE_ACTION_SHUTDOWN);
}

static void
force_off_confirmed_cb (AppConfirmPopover *popover, AppMachineWindow *self)
{
    app_machine_item_act (self->item, VITRINE_ACTION_POWER_OFF);
}

static void
reset_confirmed_cb (AppConfirmPopover *popover, AppMachineWindow *self)
{
    app_machine_item_act (self->item, VITRINE_ACTION_RESET);
}

/* Asks beside the power button; in full screen beside the bar's. */
static void
confirm (AppMachineWindow *self, const char *title, const char *text, const char *verb,
         GCallback confirmed)
{
    GtkMenuButton *anchor = self->fullscreen ? self->bar_power_button : self->power_button;
    AppConfirmPopover *popover = app_confirm_popover_ask (GTK_WIDGET (anchor), title, text, verb);

    g_signal_connect_object (popover, "confirmed", confirmed, self, 0);
}

static void
force_off_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    g_autofree char *title =
        g_strdup_printf (_ ("Force “%s” off?"), app_machine_item_get_name (self->item));

    if (!app_preferences_get_flag (APP_PREF_CONFIRM_OFF)) {
        app_machine_item_act (self->item, VITRINE_ACTION_POWER_OFF);
        return;
    }
    confirm (self, title,
             _ ("What its system has not yet written to disk is lost, as if the plug were pulled."),
             _ ("Force off"), G_CALLBACK (force_off_confirmed_cb));
}

static void
reset_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    g_autofree char *title =
        g_strdup_printf (_ ("Reset “%s”?"), app_machine_item_get_name (self->item));

    confirm (self, title,
             _ ("It starts over at once; what its system has not yet written to disk is lost."),
             _ ("Reset"), G_CALLBACK (reset_confirmed_cb));
}

/* --- keys ---------------------------------------------------------------------------------------- */

static void
keys_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppMachineWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *problem = NULL;

    if (vitrine_machine_send_keys_finish (VITRINE_MACHINE (source), result, &error)
        || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    problem = app_format_sentence (error->message);
    app_machine_item_set_problem (self->item, problem);
}

static void
send_keys_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    g_autoptr (GError) error = NULL;
    GVariant *keys = vitrine_keys_from_chord (g_variant_get_string (parameter, NULL), &error);

    if (keys == NULL) {
        app_machine_item_set_problem (self->item, error->message);
        return;
    }
    vitrine_machine_send_keys_async (app_machine_item_get_machine (self->item), keys,
                                     self->cancellable, keys_sent_cb, g_object_ref (self));
    gtk_widget_grab_focus (GTK_WIDGET (self->console));
}

/* --- screenshot ---------------------------------------------------------------------------------- */

typedef struct {
    VitrinePicture *picture;
    char *name; /* the machine's */
} Screenshot;

static void
screenshot_free (gpointer data)
{
    Screenshot *screenshot = data;

    vitrine_picture_free (screenshot->picture);
    g_free (screenshot->name);
    g_free (screenshot);
}

/* The first free "NAME 2030-01-31 12-59-59.png" in FOLDER, "… (2).png" and so on. */
static char *
dup_free_path (const char *folder, const char *name)
{
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    g_autofree char *time = g_date_time_format (now, "%F %H-%M-%S");
    g_autofree char *base = g_strdup_printf ("%s %s", name, time);
    char *path = NULL;

    for (guint n = 1; path == NULL || g_file_test (path, G_FILE_TEST_EXISTS); n++) {
        g_autofree char *file =
            n == 1 ? g_strdup_printf ("%s.png", base) : g_strdup_printf ("%s (%u).png", base, n);

        g_free (path);
        path = g_build_filename (folder, file, NULL);
    }
    return path;
}

/* In a thread: both packing and writing take their time. */
static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Screenshot *screenshot = data;
    const char *pictures = g_get_user_special_dir (G_USER_DIRECTORY_PICTURES);
    const char *folder = pictures != NULL ? pictures : g_get_home_dir ();
    g_autoptr (GBytes) png = vitrine_picture_to_png (screenshot->picture);
    g_autofree char *path = NULL;
    GError *error = NULL;
    gsize size;
    const char *bytes = g_bytes_get_data (png, &size);

    if (g_mkdir_with_parents (folder, 0777) != 0) {
        g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno),
                                 _ ("The folder “%s” cannot be made: %s"), folder,
                                 g_strerror (errno));
        return;
    }
    path = dup_free_path (folder, screenshot->name);
    if (!g_file_set_contents (path, bytes, (gssize) size, &error))
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, g_steal_pointer (&path), g_free);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    AppMachineWindow *self = APP_MACHINE_WINDOW (source);
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_task_propagate_pointer (G_TASK (result), &error);
    g_autofree char *shown = NULL;
    g_autofree char *text = NULL;

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
        || gtk_widget_in_destruction (GTK_WIDGET (self)))
        return;
    if (path != NULL) {
        shown = app_format_path (path);
        text = g_strdup_printf (_ ("The screenshot is in “%s”."), shown);
    } else {
        text = app_format_sentence (error->message);
    }
    app_machine_window_set_note (self, &self->screenshot_note,
                                 path != NULL ? GTK_MESSAGE_INFO : GTK_MESSAGE_ERROR, text);
}

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Screenshot *screenshot = g_task_get_task_data (task);
    GError *error = NULL;

    screenshot->picture =
        vitrine_machine_screenshot_finish (VITRINE_MACHINE (source), result, &error);
    if (screenshot->picture == NULL)
        g_task_return_error (task, error);
    else
        g_task_run_in_thread (task, save_thread);
}

static void
screenshot_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    GTask *task = g_task_new (self, self->cancellable, saved_cb, NULL);
    Screenshot *screenshot = g_new0 (Screenshot, 1);

    screenshot->name = g_strdup (app_machine_item_get_name (self->item));
    g_task_set_task_data (task, screenshot, screenshot_free);
    vitrine_machine_screenshot_async (app_machine_item_get_machine (self->item), self->cancellable,
                                      taken_cb, task);
}

/* --- the window itself --------------------------------------------------------------------------- */

static void
fullscreen_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    if (self->fullscreen)
        gtk_window_unfullscreen (GTK_WINDOW (self));
    else
        gtk_window_fullscreen (GTK_WINDOW (self));
}

/* The terminal is made when it is first looked at: VTE is not small. */
static void
show_terminal (AppMachineWindow *self)
{
    if (self->terminal == NULL) {
        self->terminal = g_object_new (APP_TYPE_TERMINAL, NULL);
        app_terminal_set_machine (self->terminal, app_machine_item_get_machine (self->item),
                                  "serial0");
        gtk_stack_add_named (self->stack, GTK_WIDGET (self->terminal), "serial");
    }
    gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->terminal));
    gtk_widget_grab_focus (GTK_WIDGET (self->terminal));
}

static void
view_change_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    g_simple_action_set_state (action, value);
    if (g_str_equal (g_variant_get_string (value, NULL), "serial")) {
        show_terminal (self);
    } else {
        gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->console));
        gtk_widget_grab_focus (GTK_WIDGET (self->console));
    }
    app_machine_window_update_actions (self);
}

/* Made when it is asked for. */
static void
hardware_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    if (self->hardware == NULL)
        g_set_weak_pointer (&self->hardware,
                            app_hardware_window_new (GTK_WINDOW (self), self->item));
    gtk_window_present (GTK_WINDOW (self->hardware));
}

static void
start_disposable_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_machine_item_act (APP_MACHINE_WINDOW (user_data)->item, VITRINE_ACTION_START_DISPOSABLE);
}

static void
start_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_machine_window_start_undo (user_data);
}

static void
snapshots_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_snapshots_window_show (user_data, APP_MACHINE_WINDOW (user_data)->item);
}

static void
clone_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    GtkApplication *application = gtk_window_get_application (user_data);

    app_application_clone_machine (APP_APPLICATION (application), user_data,
                                   APP_MACHINE_WINDOW (user_data)->item);
}

static void
copy_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    if (self->terminal != NULL)
        app_terminal_copy (self->terminal);
}

static void
paste_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    if (self->terminal != NULL)
        app_terminal_paste (self->terminal);
}

static void
close_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    gtk_window_close (GTK_WINDOW (user_data));
}

static const GActionEntry entries[] = {
    { .name = "close", .activate = close_cb },
    { .name = "primary", .activate = primary_cb },
    { .name = "start", .activate = start_cb },
    { .name = "pause", .activate = pause_cb },
    { .name = "shutdown", .activate = shutdown_cb },
    { .name = "reset", .activate = reset_cb },
    { .name = "force-off", .activate = force_off_cb },
    { .name = "send-keys", .activate = send_keys_cb, .parameter_type = "s" },
    { .name = "screenshot", .activate = screenshot_cb },
    { .name = "hardware", .activate = hardware_cb },
    { .name = "start-disposable", .activate = start_disposable_cb },
    { .name = "start-undo", .activate = start_undo_cb },
    { .name = "snapshots", .activate = snapshots_cb },
    { .name = "clone", .activate = clone_cb },
    { .name = "fullscreen", .activate = fullscreen_cb, .state = "false" },
    { .name = "view", .parameter_type = "s", .state = "'display'", .change_state = view_change_cb },
    { .name = "copy", .activate = copy_cb },
    { .name = "paste", .activate = paste_cb },
};

void
app_machine_window_add_actions (AppMachineWindow *self)
{
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
    app_machine_window_add_display_actions (self);
    app_machine_window_add_media (self);
}

static void
set_enabled (AppMachineWindow *self, const char *name, gboolean enabled)
{
    GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
app_machine_window_update_actions (AppMachineWindow *self)
{
    AppMachineItem *item = self->item;
    VitrineMachineState state = app_machine_item_get_state (item);
    gboolean serial = self->terminal != NULL
                      && gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->terminal);
    gboolean shows = app_state_is_live (state) && state != VITRINE_MACHINE_STARTING && !serial;
    VitrineAction primary;

    set_enabled (self, "primary", app_machine_item_get_primary (item, &primary));
    set_enabled (self, "start",
                 app_machine_item_can (item, VITRINE_ACTION_START)
                     || app_machine_item_can (item, VITRINE_ACTION_RESUME));
    set_enabled (self, "pause", app_machine_item_can (item, VITRINE_ACTION_PAUSE));
    set_enabled (self, "shutdown", app_machine_item_can (item, VITRINE_ACTION_SHUTDOWN));
    set_enabled (self, "reset", app_machine_item_can (item, VITRINE_ACTION_RESET));
    set_enabled (self, "force-off", app_machine_item_can (item, VITRINE_ACTION_POWER_OFF));
    set_enabled (self, "start-disposable",
                 app_machine_item_can (item, VITRINE_ACTION_START_DISPOSABLE));
    set_enabled (self, "start-undo", app_machine_item_can (item, VITRINE_ACTION_START_DISPOSABLE));
    set_enabled (self, "clone", app_machine_item_can (item, VITRINE_ACTION_DELETE));
    set_enabled (self, "send-keys", shows);
    set_enabled (self, "screenshot", shows);
    app_machine_window_update_display_actions (self, shows);
    set_enabled (self, "copy", serial);
    set_enabled (self, "paste", serial);
}
