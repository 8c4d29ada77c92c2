/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-media.c - CDs: the button that shows what is in the drives, and files dropped on the
 * window. */
#include <glib/gi18n.h>

#include "app-cd-popover.h"
#include "app-device.h"
#include "app-file-drop.h"
#include "app-machine-window-private.h"
#include "app-source.h"

/* A file that was dropped, while it is looked at and while the question about it stands. */
typedef struct {
    AppMachineWindow *window;
    char *path;
    GFile *file;
    GPtrArray *drives; /* their aliases, in the order of the question's buttons */
} Drop;

static void
drop_free (Drop *drop)
{
    g_object_unref (drop->window);
    g_free (drop->path);
    g_object_unref (drop->file);
    g_clear_pointer (&drop->drives, g_ptr_array_unref);
    g_free (drop);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Drop, drop_free)

static GtkWidget *
get_anchor (AppMachineWindow *self)
{
    return GTK_WIDGET (self->fullscreen ? self->bar_cd_button : self->cd_button);
}

/* Made when it is first asked for. */
static AppCdPopover *
get_popover (AppMachineWindow *self)
{
    if (self->cd_popover == NULL)
        g_set_weak_pointer (&self->cd_popover, app_cd_popover_new (self->item));
    return self->cd_popover;
}

static void
cd_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    app_cd_popover_show (get_popover (self), get_anchor (self));
}

/* --- files dropped on the window ----------------------------------------------------------------- */

#define RESPONSE_SEND 1000 /* more than there are drives */

static void
send_file (AppMachineWindow *self, GFile *file)
{
    g_autoptr (GPtrArray) files = g_ptr_array_new ();

    g_ptr_array_add (files, file);
    app_machine_window_send_files (self, files);
}

static void
answer_cb (AppNoteBar *note, int response, Drop *drop)
{
    AppMachineWindow *self = drop->window;

    if (response == RESPONSE_SEND)
        send_file (self, drop->file);
    else if (response >= 0 && response < (int) drop->drives->len)
        app_cd_popover_insert (get_popover (self), get_anchor (self),
                               g_ptr_array_index (drop->drives, response), drop->path);
    else
        return;
    gtk_info_bar_response (GTK_INFO_BAR (note), GTK_RESPONSE_CLOSE);
}

static void
free_drop (gpointer data, GClosure *closure)
{
    drop_free (data);
}

static void
add_buttons (GtkInfoBar *bar, GPtrArray *drives, gboolean can_send)
{
    gtk_info_bar_add_button (bar, _ ("_Cancel"), GTK_RESPONSE_CLOSE);
    if (can_send)
        gtk_info_bar_add_button (bar, _ ("_Send to the guest"), RESPONSE_SEND);
    for (guint i = 0; i < drives->len; i++) {
        g_autofree char *drive = app_device_format_drive (i, drives->len);
        g_autofree char *label =
            drives->len > 1 ? g_strdup_printf (_ ("Insert into %s"), drive) : NULL;

        gtk_info_bar_add_button (bar, label != NULL ? label : _ ("_Insert"), (int) i);
    }
}

static GPtrArray *
dup_aliases (GPtrArray *drives)
{
    GPtrArray *aliases = g_ptr_array_new_with_free_func (g_free);

    for (guint i = 0; i < drives->len; i++)
        g_ptr_array_add (aliases,
                         g_strdup (((VitrineDeviceInfo *) g_ptr_array_index (drives, i))->alias));
    return aliases;
}

/* Takes DROP over. */
static void
ask (Drop *drop, gboolean is_cd)
{
    AppMachineWindow *self = drop->window;
    g_autofree char *name = g_filename_display_basename (drop->path);
    g_autofree char *text =
        g_strdup_printf (is_cd ? _ ("Insert “%s” into the CD drive?")
                               : _ ("“%s” does not look like a CD image. Insert it nevertheless?"),
                         name);

    app_machine_window_set_note (self, &self->drop_note, GTK_MESSAGE_QUESTION, "");
    g_set_weak_pointer (
        &self->drop_note,
        app_note_bar_new (is_cd ? GTK_MESSAGE_QUESTION : GTK_MESSAGE_WARNING, text, NULL, FALSE));
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (self->drop_note));
    add_buttons (GTK_INFO_BAR (self->drop_note), drop->drives,
                 app_console_takes_files (self->console));
    g_signal_connect_data (self->drop_note, "response", G_CALLBACK (answer_cb), drop, free_drop, 0);
}

static void
probed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Drop) drop = user_data;
    g_autoptr (AppSource) source = app_source_probe_finish (result);
    AppMachineWindow *self = drop->window;
    g_autoptr (GPtrArray) drives = NULL;

    if (source == NULL || gtk_widget_in_destruction (GTK_WIDGET (self)))
        return;
    if (source->problem != NULL) {
        app_machine_window_set_note (self, &self->drop_note, GTK_MESSAGE_ERROR, source->problem);
        return;
    }
    if (source->kind != APP_SOURCE_CD && app_console_takes_files (self->console)) {
        send_file (self, drop->file);
        return;
    }
    drives = app_device_dup_of_kind (app_machine_item_get_machine (self->item), "cdrom");
    drop->drives = dup_aliases (drives);
    ask (g_steal_pointer (&drop), source->kind == APP_SOURCE_CD);
}

/* A CD image may be meant for a drive; all else is for the guest, where it takes files. */
static void
take_files (GtkWindow *window, GPtrArray *files)
{
    AppMachineWindow *self = APP_MACHINE_WINDOW (window);
    GFile *file = g_ptr_array_index (files, 0);
    g_autofree char *path = g_file_get_path (file);
    g_autofree char *uri = g_file_get_uri (file);
    g_autofree char *text = NULL;
    Drop *drop;

    if (app_console_takes_files (self->console)
        && (path == NULL || files->len > 1 || self->n_drives == 0)) {
        app_machine_window_send_files (self, files);
        return;
    }
    if (path == NULL)
        text =
            g_strdup_printf (_ ("“%s” is not a file of this computer; copy it here first."), uri);
    else if (files->len > 1)
        text = g_strdup (_ ("A drive holds one CD: drop one file at a time."));
    else if (self->n_drives == 0)
        text = g_strdup_printf (_ ("“%s” has no CD drive to put a file into; add one first."),
                                app_machine_item_get_name (self->item));
    if (text != NULL) {
        app_machine_window_set_note (self, &self->drop_note, GTK_MESSAGE_WARNING, text);
        return;
    }
    drop = g_new0 (Drop, 1);
    drop->window = g_object_ref (self);
    drop->path = g_steal_pointer (&path);
    drop->file = g_object_ref (file);
    app_source_probe_async (drop->path, self->cancellable, probed_cb, drop);
}

/* --- the button ---------------------------------------------------------------------------------- */

static void
describe_button (GtkButton *button, const char *text)
{
    gtk_widget_set_tooltip_text (GTK_WIDGET (button), text);
    atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (button)), text);
}

void
app_machine_window_update_media (AppMachineWindow *self)
{
    g_autoptr (GPtrArray) drives =
        app_device_dup_of_kind (app_machine_item_get_machine (self->item), "cdrom");
    GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "cd");
    g_autofree char *text = drives->len > 0
                                ? g_strdup (_ ("What is in the CD drive"))
                                : g_strdup_printf (_ ("“%s” has no CD drive; add one first"),
                                                   app_machine_item_get_name (self->item));

    self->n_drives = drives->len;
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), drives->len > 0);
    describe_button (self->cd_button, text);
    describe_button (self->bar_cd_button, text);
}

static const GActionEntry entries[] = {
    { .name = "cd", .activate = cd_cb },
};

void
app_machine_window_add_media (AppMachineWindow *self)
{
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
    app_file_drop_accept (GTK_WINDOW (self), self->drop_cover, take_files);
}
