/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-files.c - files that are sent to the guest: what is under way, how far, and what became of it. */
#include <glib/gi18n.h>

#include "app-machine-window-private.h"

typedef struct {
    AppMachineWindow *window;
    AppWorkLine *line; /* the window's, which may go first */
    char *what;        /* for a sentence: “report.pdf”, 3 files */
} Sending;

static void
sending_free (Sending *sending)
{
    g_object_unref (sending->line);
    g_object_unref (sending->window);
    g_free (sending->what);
    g_free (sending);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sending, sending_free)

static char *
describe (GPtrArray *files)
{
    g_autofree char *path = NULL;
    g_autofree char *name = NULL;

    if (files->len > 1)
        return g_strdup_printf (ngettext ("%u file", "%u files", files->len), files->len);
    path = g_file_get_basename (g_ptr_array_index (files, 0));
    name = g_filename_display_name (path);
    /* Translators: the name of a file */
    return g_strdup_printf (_ ("“%s”"), name);
}

/* Of WHAT was sent, as a sentence.  (transfer full) */
static char *
describe_end (const char *what, const GError *error)
{
    if (error != NULL)
        return g_strdup_printf (_ ("%s could not be sent to the guest: %s"), what, error->message);
    return g_strdup_printf (
        _ ("The guest has got %s; its agent puts files among the downloads, or on the desktop"),
        what);
}

static void
sent_cb (GObject *console, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Sending) sending = user_data;
    AppMachineWindow *self = sending->window;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;

    app_console_send_files_finish (APP_CONSOLE (console), result, &error);
    app_work_line_end (sending->line);
    if (self->notes_box == NULL /* the window has gone */
        || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    text = describe_end (sending->what, error);
    app_machine_window_set_note (self, &self->send_note,
                                 error != NULL ? GTK_MESSAGE_ERROR : GTK_MESSAGE_INFO, text);
}

void
app_machine_window_send_files (AppMachineWindow *self, GPtrArray *files)
{
    g_autofree GFile **list = NULL; /* which NULL ends */
    g_autofree char *text = NULL;
    Sending *sending;

    if (app_work_line_get_busy (self->work_line)) {
        app_machine_window_set_note (
            self, &self->send_note, GTK_MESSAGE_WARNING,
            _ ("Files are on their way to the guest; wait for them, or cancel that, and drop again"));
        return;
    }
    app_machine_window_set_note (self, &self->send_note, GTK_MESSAGE_INFO, "");
    sending = g_new0 (Sending, 1);
    sending->window = g_object_ref (self);
    sending->line = g_object_ref (self->work_line);
    sending->what = describe (files);
    list = g_new0 (GFile *, files->len + 1);
    memcpy (list, files->pdata, files->len * sizeof *list);
    text = g_strdup_printf (_ ("Sending %s to the guest…"), sending->what);
    app_console_send_files_async (self->console, list, app_work_line_progress_cb, self->work_line,
                                  app_work_line_begin (self->work_line, text), sent_cb, sending);
}
