/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-images-work.c - what is done to the image that is selected: checked, grown, converted, deleted.
 *
 * Each row says what it would do, or why it may not; the engine checks all of it again.  The disk of a machine that runs
 * grows by way of the machine, which tells its guest.
 */
#include <glib/gi18n.h>

#include "app-confirm-popover.h"
#include "app-format.h"
#include "app-images-private.h"
#include "app-note-bar.h"

#define RAW "raw"

/* --- what may be done ---------------------------------------------------------------------------- */

/* The image that is based on PATH, or NULL. */
static const VitrineImage *
find_based (AppImagesWindow *self, const char *path)
{
    for (guint i = 0; i < self->images->len; i++) {
        const VitrineImage *image = g_ptr_array_index (self->images, i);

        if (g_str_equal (image->base, path))
            return image;
    }
    return NULL;
}

/* Why it must stay as it is, or NULL.  (transfer full) */
static char *
dup_reason_to_keep (AppImagesWindow *self, const VitrineImage *image)
{
    const VitrineImage *based = find_based (self, image->path);
    g_autofree char *name = based != NULL ? g_filename_display_basename (based->path) : NULL;

    return based != NULL ? g_strdup_printf (_ ("It must stay as it is: “%s” is based on it"), name)
                         : NULL;
}

static char *
dup_reason_to_stay (AppImagesWindow *self, const VitrineImage *image)
{
    g_autofree char *users = g_strjoinv (", ", image->users);

    return *users != '\0' ? g_strdup_printf (_ ("It is used by %s"), users)
                          : dup_reason_to_keep (self, image);
}

/* PROBLEM is why it may not be done, and NOTE what it does. */
static void
update_row (AppFormRow *row, GtkWidget *button, const char *problem, const char *note)
{
    app_form_row_set_note (row, APP_NOTE_PLAIN, problem != NULL ? problem : note);
    gtk_widget_set_sensitive (button, problem == NULL);
}

static void
update_grow (AppImagesWindow *self, const VitrineImage *image)
{
    g_autofree char *reason = dup_reason_to_keep (self, image);
    guint64 mib = 0;
    gboolean grows = app_size_entry_peek_mib (self->grow_entry, &mib)
                     && mib > image->size_bytes / APP_MIB && mib <= G_MAXINT64 / APP_MIB;

    update_row (self->grow_row, GTK_WIDGET (self->grow_button), reason,
                _ ("It can only become larger"));
    if (reason == NULL && image->size_bytes == 0)
        app_form_row_set_note (self->grow_row, APP_NOTE_PLAIN, _ ("It cannot be read"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->grow_entry), reason == NULL);
    gtk_widget_set_sensitive (GTK_WIDGET (self->grow_button),
                              reason == NULL && image->size_bytes > 0 && grows);
}

void
app_images_window_update_work (AppImagesWindow *self)
{
    const VitrineImage *image = self->hosts != NULL ? app_images_window_get_selected (self) : NULL;
    gboolean busy;
    g_autofree char *stays = NULL;

    if (image == NULL)
        return;
    busy = app_work_line_get_busy (self->work_line);
    stays = dup_reason_to_stay (self, image);
    gtk_widget_set_sensitive (self->actions, !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->host_combo), !busy);
    update_row (self->check_row, GTK_WIDGET (self->check_button),
                *image->problem != '\0'            ? image->problem
                : g_str_equal (image->format, RAW) ? _ ("In a raw image nothing can be wrong")
                                                   : NULL,
                _ ("Looks for contradictions in it"));
    update_grow (self, image);
    update_row (self->convert_row, GTK_WIDGET (self->convert_button),
                *image->problem != '\0' ? image->problem
                : vitrine_image_is_encrypted (image)
                    ? _ ("“vitrinectl image convert” asks for the passphrase of an encrypted one")
                    : NULL,
                _ ("Copies it, with all it is based on, to one new file"));
    update_row (self->delete_row, GTK_WIDGET (self->delete_button), stays,
                _ ("The file is removed and cannot be brought back"));
}

/* --- doing it ------------------------------------------------------------------------------------ */

/* Keeps the window, and the line in it, until the answer comes. */
typedef struct {
    AppImagesWindow *window;
    AppWorkLine *line;
    VitrineImageAction action;
    char *path, *target;
} Work;

static void
work_free (Work *work)
{
    g_object_unref (work->window);
    g_object_unref (work->line);
    g_free (work->path);
    g_free (work->target);
    g_free (work);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static Work *
work_new (AppImagesWindow *self, VitrineImageAction action, const char *target)
{
    Work *work = g_new0 (Work, 1);

    work->window = g_object_ref (self);
    work->line = g_object_ref (self->work_line);
    work->action = action;
    work->path = g_strdup (self->path);
    work->target = g_strdup (target);
    return work;
}

static char *
describe_success (const Work *work)
{
    g_autofree char *name = g_filename_display_basename (work->path);
    g_autofree char *target = work->target != NULL ? app_format_path (work->target) : NULL;

    switch (work->action) {
    case VITRINE_IMAGE_CHECK:
        return g_strdup_printf (_ ("Nothing is wrong with “%s”."), name);
    case VITRINE_IMAGE_GROW:
        return g_strdup_printf (_ ("“%s” is larger now. Its partition and file system are not yet: "
                                   "in a Linux guest say "
                                   "“growpart” for the partition and “resize2fs” or “xfs_growfs” "
                                   "for the file system; in "
                                   "Windows extend the volume in Disk Management."),
                                name);
    case VITRINE_IMAGE_CONVERT:
        return g_strdup_printf (_ ("The copy is in “%s”."), target);
    case VITRINE_IMAGE_DELETE:
        return g_strdup_printf (_ ("“%s” is deleted."), name);
    case VITRINE_IMAGE_CREATE:
        break; /* not from this window */
    }
    g_assert_not_reached ();
}

/* DONE, or why not. */
static void
finish (const Work *work, gboolean done, const GError *error)
{
    AppImagesWindow *self = work->window;
    g_autofree char *text = NULL;

    app_work_line_end (work->line);
    if (self->hosts == NULL)
        return;
    text = done ? describe_success (work) : app_format_sentence (error->message);
    if (done || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        app_images_window_say (self, done ? GTK_MESSAGE_INFO : GTK_MESSAGE_ERROR, text);
    if (done && work->target != NULL)
        app_images_window_open (self, work->target);
    else
        app_images_window_refresh (self);
}

static void
worked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Work) work = user_data;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_host_image_finish (VITRINE_HOST (source), result, &error);

    finish (work, done, error);
}

static void
resized_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Work) work = user_data;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error);

    finish (work, done, error);
}

static const char *
describe_work (VitrineImageAction action)
{
    switch (action) {
    case VITRINE_IMAGE_CHECK:
        return _ ("Checking the image…");
    case VITRINE_IMAGE_GROW:
        return _ ("Growing the image…");
    case VITRINE_IMAGE_CONVERT:
        return _ ("Copying the image…");
    case VITRINE_IMAGE_DELETE:
        return _ ("Deleting the image…");
    case VITRINE_IMAGE_CREATE:
        break;
    }
    g_assert_not_reached ();
}

static GCancellable *
begin (AppImagesWindow *self, VitrineImageAction action)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    return app_work_line_begin (self->work_line, describe_work (action));
}

/* Of the image that is selected; the rest of JOB is what its action needs. */
static void
do_job (AppImagesWindow *self, VitrineImageJob job)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);

    if (host == NULL || self->path == NULL || app_work_line_get_busy (self->work_line))
        return;
    job.path = self->path;
    vitrine_host_image_async (host, &job, app_work_line_progress_cb, self->work_line,
                              begin (self, job.action), worked_cb,
                              work_new (self, job.action, job.target));
}

void
app_images_check_clicked_cb (GtkButton *button, AppImagesWindow *self)
{
    do_job (self, (VitrineImageJob){ .action = VITRINE_IMAGE_CHECK });
}

/* --- growing ------------------------------------------------------------------------------------- */

/* The alias of the disk that is PATH, of what runs; NULL when MACHINE has none such.  (transfer full) */
static char *
dup_running_disk (VitrineMachine *machine, const char *path)
{
    g_autoptr (GPtrArray) devices = NULL;

    if (!vitrine_machine_runs (machine))
        return NULL;
    devices = vitrine_machine_dup_devices_of (machine, VITRINE_SCOPE_LIVE);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, "disk") && g_str_equal (device->source, path))
            return g_strdup (device->alias);
    }
    return NULL;
}

/* By way of the machine that runs with it; FALSE when none does. */
static gboolean
grow_running (AppImagesWindow *self, VitrineHost *host, guint64 size_bytes)
{
    for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (host)); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (G_LIST_MODEL (host), i);
        g_autofree char *alias = dup_running_disk (machine, self->path);
        const VitrineChange change = { .kind = VITRINE_CHANGE_RESIZE,
                                       .scope = VITRINE_SCOPE_LIVE | VITRINE_SCOPE_CONFIG,
                                       .what = alias,
                                       .size_bytes = size_bytes };

        if (alias == NULL)
            continue;
        vitrine_machine_change_async (machine, &change, begin (self, VITRINE_IMAGE_GROW),
                                      resized_cb, work_new (self, VITRINE_IMAGE_GROW, NULL));
        return TRUE;
    }
    return FALSE;
}

void
app_images_grow_clicked_cb (GtkButton *button, AppImagesWindow *self)
{
    VitrineHost *host = app_host_combo_get_host (self->host_combo);
    guint64 mib = 0;

    if (host == NULL || !app_size_entry_peek_mib (self->grow_entry, &mib)
        || app_work_line_get_busy (self->work_line))
        return;
    if (!grow_running (self, host, mib * APP_MIB))
        do_job (self,
                (VitrineImageJob){ .action = VITRINE_IMAGE_GROW, .size_bytes = mib * APP_MIB });
}

/* --- converting ---------------------------------------------------------------------------------- */

static void
target_response_cb (GtkNativeDialog *chooser, int response, AppImagesWindow *self)
{
    g_autofree char *target = response == GTK_RESPONSE_ACCEPT
                                  ? gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser))
                                  : NULL;

    g_clear_object (&self->chooser);
    if (target != NULL)
        do_job (self,
                (VitrineImageJob){ .action = VITRINE_IMAGE_CONVERT,
                                   .target = target,
                                   .format = gtk_combo_box_get_active_id (self->convert_combo) });
}

/* "disk.raw" as a qcow2 image is "disk.qcow2". */
static char *
suggest_target (const char *path, const char *format)
{
    g_autofree char *name = g_path_get_basename (path);
    char *dot = strrchr (name, '.');

    if (dot != NULL && dot != name)
        *dot = '\0';
    return g_strconcat (name, ".", g_str_equal (format, "vpc") ? "vhd" : format, NULL);
}

void
app_images_convert_clicked_cb (GtkButton *button, AppImagesWindow *self)
{
    const char *format = gtk_combo_box_get_active_id (self->convert_combo);
    g_autofree char *folder = NULL;
    g_autofree char *name = NULL;

    if (self->chooser != NULL || self->path == NULL)
        return;
    folder = g_path_get_dirname (self->path);
    name = suggest_target (self->path, format);
    self->chooser =
        gtk_file_chooser_native_new (_ ("Convert to"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("C_onvert"), _ ("_Cancel"));
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder);
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
    gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (target_response_cb), self, 0);
    gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- deleting ------------------------------------------------------------------------------------ */

static void
delete_confirmed_cb (AppConfirmPopover *popover, AppImagesWindow *self)
{
    do_job (self, (VitrineImageJob){ .action = VITRINE_IMAGE_DELETE });
}

void
app_images_delete_clicked_cb (GtkButton *button, AppImagesWindow *self)
{
    g_autofree char *name = NULL;
    g_autofree char *title = NULL;
    AppConfirmPopover *popover;

    if (self->path == NULL)
        return;
    name = g_filename_display_basename (self->path);
    title = g_strdup_printf (_ ("Delete “%s”?"), name);
    popover = app_confirm_popover_ask (GTK_WIDGET (button), title,
                                       _ ("What is in it is lost and cannot be brought back."),
                                       _ ("Delete"));
    g_signal_connect_object (popover, "confirmed", G_CALLBACK (delete_confirmed_cb), self, 0);
}
