/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-pool-dialog.c - the sheet a new storage pool is made with: a form for each kind, or its XML.
 *
 * What a field may be the host knows best: it is asked, and what it refuses stands above the form, which stays as it was.
 */
#include "app-pool-dialog.h"

#include <glib/gi18n.h>

#include "app-form-row.h"
#include "app-format.h"
#include "app-note-bar.h"
#include "app-storage.h"
#include "app-work-line.h"

struct _AppPoolDialog {
    GtkWindow parent_instance;

    GPtrArray *known;             /* of VitrinePoolInfo */
    const VitrinePoolKind *shown; /* whose formats are there to be chosen */
    VitrineHost *host;            /* NULL once the sheet has gone */

    GtkButton *create_button;
    GtkBox *notes_box;
    GtkWidget *form;
    AppWorkLine *work_line;
    GtkComboBoxText *kind_combo;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    AppFormRow *host_row;
    GtkEntry *host_entry;
    AppFormRow *folder_row;
    GtkEntry *folder_entry;
    AppFormRow *device_row;
    GtkEntry *device_entry;
    AppFormRow *group_row;
    GtkEntry *group_entry;
    AppFormRow *path_row;
    GtkEntry *path_entry;
    AppFormRow *format_row;
    GtkComboBoxText *format_combo;
    AppFormRow *build_row;
    GtkSwitch *build_switch;
    AppFormRow *autostart_row;
    GtkSwitch *autostart_switch;
    AppFormRow *start_row;
    GtkSwitch *start_switch;
    GtkWidget *xml_scroller;
    GtkTextView *xml_view;
};

enum {
    SIGNAL_CREATED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppPoolDialog, app_pool_dialog, GTK_TYPE_WINDOW)

static void
say (AppPoolDialog *self, const GError *error)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    app_note_bar_add_error (GTK_CONTAINER (self->notes_box), error);
}

/* --- the form ------------------------------------------------------------------------------------ */

/* NULL for a pool that is made by its XML. */
static const VitrinePoolKind *
get_kind (AppPoolDialog *self)
{
    const char *type = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->kind_combo));

    return type != NULL ? vitrine_pool_kind_find (type) : NULL;
}

static char *
dup_xml (AppPoolDialog *self)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->xml_view);
    GtkTextIter start, end;

    gtk_text_buffer_get_bounds (buffer, &start, &end);
    return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

static gboolean
check_name (AppPoolDialog *self)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);

    if (*name != '\0' && app_storage_find_pool (self->known, name) != NULL) {
        app_form_row_set_note (self->name_row, APP_NOTE_ERROR,
                               _ ("There already is a storage pool of this name"));
        return FALSE;
    }
    app_form_row_set_note (self->name_row, APP_NOTE_PLAIN, _ ("By which the host knows it"));
    return *name != '\0';
}

/* FIELD of KIND in ROW: there, and named, or not; FALSE when it must be filled and is not. */
static gboolean
update_field (const VitrinePoolKind *kind, VitrinePoolField field, AppFormRow *row, GtkEntry *entry)
{
    g_autofree char *text = app_form_dup_text (entry);
    gboolean shown = kind != NULL && (kind->fields & field) != 0;

    gtk_widget_set_visible (GTK_WIDGET (row), shown);
    if (!shown)
        return TRUE;
    app_form_row_set_plain_title (row, vitrine_pool_field_get_title (kind, field));
    return (kind->needs & field) == 0 || *text != '\0';
}

/* What this kind of pool can be of; the choice stays where it can. */
static void
fill_formats (AppPoolDialog *self, const VitrinePoolKind *kind)
{
    g_auto (GStrv) formats =
        g_strsplit (kind != NULL && kind->formats != NULL ? kind->formats : "", " ", -1);

    gtk_combo_box_text_remove_all (self->format_combo);
    for (guint i = 0; formats[i] != NULL; i++)
        gtk_combo_box_text_append (self->format_combo, formats[i],
                                   g_str_equal (formats[i], "auto") ? _ ("Found out by the host")
                                                                    : formats[i]);
    gtk_combo_box_set_active (GTK_COMBO_BOX (self->format_combo), 0);
    gtk_widget_set_visible (GTK_WIDGET (self->format_row), formats[0] != NULL);
    if (formats[0] != NULL)
        app_form_row_set_plain_title (self->format_row,
                                      vitrine_pool_field_get_title (kind, VITRINE_POOL_FORMAT));
}

static gboolean
update_fields (AppPoolDialog *self)
{
    const VitrinePoolKind *kind = get_kind (self);
    const struct {
        VitrinePoolField field;
        AppFormRow *row;
        GtkEntry *entry;
    } fields[] = {
        { VITRINE_POOL_HOST, self->host_row, self->host_entry },
        { VITRINE_POOL_FOLDER, self->folder_row, self->folder_entry },
        { VITRINE_POOL_DEVICE, self->device_row, self->device_entry },
        { VITRINE_POOL_GROUP, self->group_row, self->group_entry },
        { VITRINE_POOL_PATH, self->path_row, self->path_entry },
    };
    gboolean good = TRUE;

    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
        good = update_field (kind, fields[i].field, fields[i].row, fields[i].entry) && good;
    return good;
}

static void
update (AppPoolDialog *self)
{
    const VitrinePoolKind *kind;
    gboolean good, busy;
    g_autofree char *xml = NULL;

    if (self->host == NULL)
        return;
    kind = get_kind (self);
    busy = app_work_line_get_busy (self->work_line);
    good = update_fields (self);
    if (kind != self->shown) {
        self->shown = kind;
        fill_formats (self, kind);
    }
    gtk_widget_set_visible (GTK_WIDGET (self->name_row), kind != NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->autostart_row), kind != NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->start_row), kind != NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->build_row), kind != NULL && kind->can_build);
    gtk_widget_set_visible (self->xml_scroller, kind == NULL);
    xml = dup_xml (self);
    good = kind != NULL ? check_name (self) && good : *xml != '\0';
    gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), good && !busy);
    gtk_widget_set_sensitive (self->form, !busy);
}

static void
fill_kinds (AppPoolDialog *self)
{
    guint n;
    const VitrinePoolKind *kinds = vitrine_pool_kinds (&n);

    for (guint i = 0; i < n; i++)
        gtk_combo_box_text_append (self->kind_combo, kinds[i].type, _ (kinds[i].title));
    gtk_combo_box_text_append (self->kind_combo, "xml", _ ("Another one, by its XML"));
    gtk_combo_box_set_active (GTK_COMBO_BOX (self->kind_combo), 0);
}

/* --- making it ----------------------------------------------------------------------------------- */

/* Keeps the sheet, and the line in it, until the answer comes. */
typedef struct {
    AppPoolDialog *self;
    AppWorkLine *line;
} Call;

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr (AppPoolDialog) self = call->self;
    g_autoptr (AppWorkLine) line = call->line;
    g_autoptr (GError) error = NULL;
    g_autofree char *name = NULL;
    gboolean done = app_storage_create_pool_finish (result, &error);

    app_work_line_end (line);
    if (self->host == NULL)
        return;
    if (done) {
        name = app_form_dup_text (self->name_entry);
        g_signal_emit (self, signals[SIGNAL_CREATED], 0, get_kind (self) != NULL ? name : "");
        gtk_widget_destroy (GTK_WIDGET (self));
        return;
    }
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say (self, error);
}

/* What the form says, as a text; NULL with ERROR. */
static char *
dup_pool (AppPoolDialog *self, const VitrinePoolKind *kind, GError **error)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);
    g_autofree char *host = app_form_dup_text (self->host_entry);
    g_autofree char *folder = app_form_dup_text (self->folder_entry);
    g_autofree char *device = app_form_dup_text (self->device_entry);
    g_autofree char *group = app_form_dup_text (self->group_entry);
    g_autofree char *path = app_form_dup_text (self->path_entry);
    const VitrinePoolSpec spec = {
        .name = name,
        .type = kind->type,
        .host = (kind->fields & VITRINE_POOL_HOST) != 0 ? host : NULL,
        .folder = (kind->fields & VITRINE_POOL_FOLDER) != 0 ? folder : NULL,
        .device = (kind->fields & VITRINE_POOL_DEVICE) != 0 ? device : NULL,
        .group = (kind->fields & VITRINE_POOL_GROUP) != 0 ? group : NULL,
        .path = (kind->fields & VITRINE_POOL_PATH) != 0 ? path : NULL,
        .format = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->format_combo)),
    };

    return vitrine_pool_spec_to_xml (&spec, error);
}

static AppPoolSteps
get_steps (AppPoolDialog *self, const VitrinePoolKind *kind)
{
    AppPoolSteps steps = 0;

    if (kind->can_build && gtk_switch_get_active (self->build_switch))
        steps |= APP_POOL_BUILD;
    if (gtk_switch_get_active (self->autostart_switch))
        steps |= APP_POOL_AUTOSTART;
    if (gtk_switch_get_active (self->start_switch))
        steps |= APP_POOL_START;
    return steps;
}

static void
create_clicked_cb (GtkButton *button, AppPoolDialog *self)
{
    const VitrinePoolKind *kind = get_kind (self);
    g_autoptr (GError) error = NULL;
    g_autofree char *name = app_form_dup_text (self->name_entry);
    g_autofree char *xml = kind != NULL ? dup_pool (self, kind, &error) : dup_xml (self);
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
    app_storage_create_pool_async (self->host, name, xml, kind != NULL ? get_steps (self, kind) : 0,
                                   app_work_line_begin (self->work_line, _ ("Making the pool…")),
                                   created_cb, call);
}

/* Gives up what is under way, else the sheet. */
static void
cancel (AppPoolDialog *self)
{
    app_work_line_cancel_or_close (self->work_line);
}

/* --- object -------------------------------------------------------------------------------------- */

static gboolean
app_pool_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        cancel (APP_POOL_DIALOG (widget));
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_pool_dialog_parent_class)->key_press_event (widget, event);
}

static void
app_pool_dialog_dispose (GObject *object)
{
    AppPoolDialog *self = APP_POOL_DIALOG (object);

    g_clear_object (&self->host);
    G_OBJECT_CLASS (app_pool_dialog_parent_class)->dispose (object);
}

static void
app_pool_dialog_finalize (GObject *object)
{
    AppPoolDialog *self = APP_POOL_DIALOG (object);

    g_clear_pointer (&self->known, g_ptr_array_unref);
    G_OBJECT_CLASS (app_pool_dialog_parent_class)->finalize (object);
}

static void
app_pool_dialog_class_init (AppPoolDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_pool_dialog_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_pool_dialog_finalize;
    widget_class->key_press_event = app_pool_dialog_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    signals[SIGNAL_CREATED] = g_signal_new ("created", APP_TYPE_POOL_DIALOG, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-pool-dialog.ui");
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, create_button);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, form);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, work_line);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, kind_combo);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, host_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, host_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, folder_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, folder_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, device_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, device_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, group_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, group_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, path_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, path_entry);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, format_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, format_combo);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, build_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, build_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, autostart_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, autostart_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, start_row);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, start_switch);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, xml_scroller);
    gtk_widget_class_bind_template_child (widget_class, AppPoolDialog, xml_view);
    gtk_widget_class_bind_template_callback (widget_class, create_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, cancel);
    gtk_widget_class_bind_template_callback (widget_class, update);
}

static void
app_pool_dialog_init (AppPoolDialog *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    g_signal_connect_swapped (self->work_line, "notify::busy", G_CALLBACK (update), self);
    gtk_widget_grab_default (GTK_WIDGET (self->create_button));
    g_signal_connect_swapped (gtk_text_view_get_buffer (self->xml_view), "changed",
                              G_CALLBACK (update), self);
    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
}

AppPoolDialog *
app_pool_dialog_new (GtkWindow *parent, VitrineHost *host, GPtrArray *known)
{
    AppPoolDialog *self;

    g_return_val_if_fail (VITRINE_IS_HOST (host), NULL);

    self = g_object_new (APP_TYPE_POOL_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    self->host = g_object_ref (host);
    self->known = g_ptr_array_ref (known);
    fill_kinds (self);
    update (self);
    return self;
}
