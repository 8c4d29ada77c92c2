/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-volume-dialog.c - the sheet a new volume of a storage pool is made with: valid as soon as it has a name.
 *
 * What a field may be the host knows best: it is asked, and what it refuses stands above the form, which stays as it was.
 */
#include "app-volume-dialog.h"

#include <glib/gi18n.h>

#include "app-form-row.h"
#include "app-format.h"
#include "app-note-bar.h"
#include "app-size-entry.h"
#include "app-storage.h"
#include "app-work-line.h"

#define USUAL_MIB (20 * 1024)

struct _AppVolumeDialog {
    GtkWindow parent_instance;

    GPtrArray *known;               /* of VitrineVolumeInfo */
    const VitrineVolumeInfo *shown; /* whose size was suggested, or NULL */
    char *pool;
    gboolean of_files; /* so that there is a choice of formats */
    VitrineHost *host; /* NULL once the sheet has gone */

    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppWorkLine *work_line;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    AppFormRow *format_row;
    GtkComboBoxText *format_combo;
    AppFormRow *backing_row;
    GtkComboBoxText *backing_combo;
    AppSizeEntry *size_entry;
    GtkSwitch *allocate_switch;
};

enum {
    SIGNAL_CREATED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppVolumeDialog, app_volume_dialog, GTK_TYPE_WINDOW)

static void
say (AppVolumeDialog *self, const GError *error)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

/* --- the form ------------------------------------------------------------------------------------ */

/* What it is to be based on, or NULL. */
static const VitrineVolumeInfo *
get_backing (AppVolumeDialog *self)
{
    if (!gtk_widget_get_visible (GTK_WIDGET (self->backing_row)))
        return NULL;
    return app_storage_find_volume (
        self->known, gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->backing_combo)));
}

static gboolean
check_name (AppVolumeDialog *self)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;

    if (app_storage_find_volume (self->known, name) != NULL) {
        app_form_row_set_note (self->name_row, APP_NOTE_ERROR,
                               _ ("There already is a volume of this name"));
        return FALSE;
    }
    if (*name != '\0' && !vitrine_volume_check_name (name, &error)) {
        text = app_format_sentence (error->message);
        app_form_row_set_note (self->name_row, APP_NOTE_ERROR, text);
        return FALSE;
    }
    app_form_row_set_note (self->name_row, APP_NOTE_PLAIN, _ ("Such as data.qcow2"));
    return *name != '\0';
}

static void
update (AppVolumeDialog *self)
{
    const char *format;
    const VitrineVolumeInfo *backing;
    gboolean good, busy;
    guint64 mib = 0;

    if (self->host == NULL)
        return;
    format = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->format_combo));
    busy = app_work_line_get_busy (self->work_line);
    gtk_widget_set_visible (GTK_WIDGET (self->backing_row), self->of_files
                                                                && g_strcmp0 (format, "qcow2") == 0
                                                                && self->known->len > 0);
    backing = get_backing (self);
    good = check_name (self) && app_size_entry_peek_mib (self->size_entry, &mib) && mib > 0
           && mib <= G_MAXINT64 / APP_MIB;
    if (backing != NULL && backing != self->shown)
        app_size_entry_set_mib (self->size_entry,
                                (backing->capacity_bytes + APP_MIB - 1) / APP_MIB);
    self->shown = backing;
    gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), good && !busy);
    gtk_widget_set_sensitive (self->form, !busy);
}

/* Volumes of pools that are not of files are what they are. */
static void
fill (AppVolumeDialog *self, const VitrinePoolInfo *pool)
{
    static const char *const formats[] = { "qcow2", "raw", "vmdk", "vdi", "vpc", "qed" };
    const VitrinePoolKind *kind = vitrine_pool_kind_find (pool->type);

    self->of_files = kind != NULL && kind->has_files;
    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        gtk_combo_box_text_append (self->format_combo, formats[i], formats[i]);
    gtk_combo_box_set_active (GTK_COMBO_BOX (self->format_combo), 0);
    gtk_widget_set_visible (GTK_WIDGET (self->format_row), self->of_files);
    gtk_combo_box_text_append (self->backing_combo, "", _ ("Nothing"));
    for (guint i = 0; i < self->known->len; i++) {
        const VitrineVolumeInfo *info = g_ptr_array_index (self->known, i);

        gtk_combo_box_text_append (self->backing_combo, info->name, info->name);
    }
    gtk_combo_box_set_active (GTK_COMBO_BOX (self->backing_combo), 0);
    app_size_entry_set_mib (self->size_entry, USUAL_MIB);
}

/* --- making it ----------------------------------------------------------------------------------- */

/* Keeps the sheet, and the line in it, until the answer comes. */
typedef struct {
    AppVolumeDialog *self;
    AppWorkLine *line;
} Call;

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr (AppVolumeDialog) self = call->self;
    g_autoptr (AppWorkLine) line = call->line;
    g_autoptr (GError) error = NULL;
    g_autofree char *name = NULL;
    gboolean done = vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, &error);

    app_work_line_end (line);
    if (self->host == NULL)
        return;
    if (done) {
        name = app_form_dup_text (self->name_entry);
        g_signal_emit (self, signals[SIGNAL_CREATED], 0, name);
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say (self, error);
}

/* What the form says, as a text; NULL with ERROR. */
static char *
dup_volume (AppVolumeDialog *self, GError **error)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);
    const VitrineVolumeInfo *backing = get_backing (self);
    VitrineVolumeSpec spec = { .name = name };
    guint64 mib = 0;

    app_size_entry_peek_mib (self->size_entry, &mib);
    spec.size_bytes = mib * APP_MIB;
    if (gtk_switch_get_active (self->allocate_switch))
        spec.allocation_bytes = spec.size_bytes;
    if (self->of_files)
        spec.format = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->format_combo));
    if (backing != NULL) {
        spec.backing = backing->path;
        spec.backing_format = backing->format;
    }
    return vitrine_volume_spec_to_xml (&spec, error);
}

static void
create_clicked_cb (GtkButton *button, AppVolumeDialog *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = dup_volume (self, &error);
    const VitrineResourceRequest request = {
        .kind = VITRINE_RESOURCE_VOLUME,
        .action = VITRINE_RESOURCE_DEFINE,
        .parent = self->pool,
        .xml = xml,
        .progress = app_work_line_progress_cb,
        .progress_data = self->work_line,
    };
    Call *call;

    if (app_work_line_get_busy (self->work_line))
        return;
    if (xml == NULL) {
        say (self, error);
        return;
    }
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    call = g_new0 (Call, 1);
    call->self = g_object_ref (self);
    call->line = g_object_ref (self->work_line);
    vitrine_host_ask_resource_async (
        self->host, &request, app_work_line_begin (self->work_line, _ ("Making the volume…")),
        created_cb, call);
}

/* Gives up what is under way, else the sheet. */
static void
cancel (AppVolumeDialog *self)
{
    app_work_line_cancel_or_close (self->work_line);
}

/* --- object -------------------------------------------------------------------------------------- */

static gboolean
app_volume_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        cancel (APP_VOLUME_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_volume_dialog_parent_class)->key_press_event (widget, event);
}

static void
app_volume_dialog_dispose (GObject *object)
{
    AppVolumeDialog *self = APP_VOLUME_DIALOG (object);

    g_clear_object (&self->host);
    G_OBJECT_CLASS (app_volume_dialog_parent_class)->dispose (object);
}

static void
app_volume_dialog_finalize (GObject *object)
{
    AppVolumeDialog *self = APP_VOLUME_DIALOG (object);

    g_free (self->pool);
    g_clear_pointer (&self->known, g_ptr_array_unref);
    G_OBJECT_CLASS (app_volume_dialog_parent_class)->finalize (object);
}

static void
app_volume_dialog_class_init (AppVolumeDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_volume_dialog_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_volume_dialog_finalize;
    widget_class->key_press_event = app_volume_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    signals[SIGNAL_CREATED] = g_signal_new ("created", APP_TYPE_VOLUME_DIALOG, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_SIZE_ENTRY);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-volume-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, create_button);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, work_line);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, format_row);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, format_combo);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, backing_row);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, backing_combo);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, size_entry);
    gtk_widget_class_bind_template_child (widget_class, AppVolumeDialog, allocate_switch);
    gtk_widget_class_bind_template_callback (widget_class, create_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel);
    gtk_widget_class_bind_template_callback (widget_class, update);
}

static void
app_volume_dialog_init (AppVolumeDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    g_signal_connect_swapped (self->work_line, "notify::busy", G_CALLBACK (update), self);
    gtk_widget_grab_default (GTK_WIDGET (self->create_button));
    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
}

AppVolumeDialog *
app_volume_dialog_new (GtkWindow *parent, VitrineHost *host, const VitrinePoolInfo *pool,
                       GPtrArray *known)
{
    AppVolumeDialog *self;

    g_return_val_if_fail (VITRINE_IS_HOST (host), NULL);

    self = g_object_new (APP_TYPE_VOLUME_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    self->known = g_ptr_array_ref (known);
    self->pool = g_strdup (pool->name);
    fill (self, pool);
    self->host = g_object_ref (host);
    update (self);
    return self;
}
