/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-images-window.c - the disk images of a host: which is based on which, who uses them, what is done to them.
 *
 * The list is a tree: what is based on an image stands below it.  It has what the host's machines have, and the files
 * that were opened here; it is read anew when the window is looked at again, as images change without a word.
 */
#include <glib/gi18n.h>
#include "app-cancellable.h"

#include "app-format.h"
#include "app-image-chooser.h"
#include "app-images-private.h"
#include "app-note-bar.h"
#include "app-side-list.h"

G_DEFINE_TYPE (AppImagesWindow, app_images_window, GTK_TYPE_WINDOW)

static const VitrineImage *
find_image (AppImagesWindow *self, const char *path)
{
    for (guint i = 0; i < self->images->len; i++) {
        const VitrineImage *image = g_ptr_array_index (self->images, i);

        if (g_strcmp0 (image->path, path) == 0)
            return image;
    }
    return NULL;
}

const VitrineImage *
app_images_window_get_selected (AppImagesWindow *self)
{
    return find_image (self, self->path);
}

void
app_images_window_say (AppImagesWindow *self, GtkMessageType type, const char *text)
{
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    gtk_container_add (GTK_CONTAINER (self->notes_box),
                       GTK_WIDGET (app_note_bar_new (type, text, NULL, TRUE)));
}

/* --- the page ------------------------------------------------------------------------------------ */

static char *
format_name (const char *path)
{
    return g_filename_display_basename (path);
}

static void
set_row_text (AppFormRow *row, const char *text)
{
    app_form_row_set_note (row, APP_NOTE_PLAIN, text);
    gtk_widget_set_visible (GTK_WIDGET (row), *text != '\0');
}

static void
update_page (AppImagesWindow *self)
{
    const VitrineImage *image = app_images_window_get_selected (self);
    gboolean knows_size = image != NULL && image->size_bytes > 0;
    g_autofree char *name = image != NULL ? format_name (image->path) : NULL;
    g_autofree char *size = knows_size ? app_format_size (image->size_bytes) : g_strdup ("–");
    g_autofree char *used = image != NULL ? app_format_size (image->used_bytes) : NULL;
    g_autofree char *users = image != NULL ? g_strjoinv (", ", image->users) : NULL;
    g_autofree char *base = image != NULL ? app_format_path (image->base) : NULL;
    g_autofree char *place = image != NULL ? app_format_path (image->path) : NULL;

    gtk_stack_set_visible_child_name (self->stack, image != NULL ? "page" : "empty");
    if (image == NULL)
        return;
    gtk_label_set_label (self->title_label, name);
    app_form_row_set_note (self->problem_row, APP_NOTE_ERROR, image->problem);
    gtk_widget_set_visible (GTK_WIDGET (self->problem_row), *image->problem != '\0');
    gtk_label_set_label (self->format_label, app_format_image_kind (image));
    gtk_label_set_label (self->size_label, size);
    gtk_label_set_label (self->used_label, used);
    set_row_text (self->base_row, base);
    set_row_text (self->users_row, *users != '\0' ? users : _ ("No machine"));
    set_row_text (self->place_row, place);
    app_images_window_update_work (self);
}

static void
image_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppImagesWindow *self)
{
    const VitrineImage *image;

    /* The rows are made anew when the list changes: that is nobody's choice. */
    if (row == NULL || g_strcmp0 (app_side_row_get_key (row), self->path) == 0)
        return;
    g_free (self->path);
    self->path = g_strdup (app_side_row_get_key (row));
    image = app_images_window_get_selected (self);
    if (image != NULL)
        app_size_entry_set_mib (self->grow_entry, image->size_bytes / APP_MIB);
    update_page (self);
}

/* --- the list ------------------------------------------------------------------------------------ */

static char *
format_fact (const VitrineImage *image)
{
    return *image->problem != '\0'
               ? g_strdup (_ ("It cannot be read"))
               : app_format_image_fact (app_format_image_kind (image), image->used_bytes,
                                        image->size_bytes, image->users);
}

/* Those that are based on BASE, each followed by what is based on it; "" for those that are based on none that is
 * here. */
static void
add_tree (AppImagesWindow *self, GPtrArray *items, const char *base, guint depth)
{
    for (guint i = 0; i < self->images->len && depth <= self->images->len; i++) {
        const VitrineImage *image = g_ptr_array_index (self->images, i);
        const char *below = find_image (self, image->base) != NULL ? image->base : "";
        g_autofree char *name = NULL;
        g_autofree char *fact = NULL;

        if (!g_str_equal (below, base))
            continue;
        name = format_name (image->path);
        fact = format_fact (image);
        g_ptr_array_add (items,
                         app_side_item_new (image->path,
                                            *image->problem != '\0' ? "dialog-warning-symbolic"
                                                                    : "drive-harddisk-symbolic",
                                            name, fact, depth));
        add_tree (self, items, image->path, depth + 1);
    }
}

static void
show (AppImagesWindow *self)
{
    g_autoptr (GPtrArray) items = app_side_items_new ();

    add_tree (self, items, "", 0);
    app_side_list_fill (self->images_list, items, self->path);
    if (items->len == 0)
        g_clear_pointer (&self->path, g_free);
    update_page (self);
}

/* --- reading ------------------------------------------------------------------------------------- */

/* Keeps the window of an answer that comes, and which file it is about. */
typedef struct {
    AppImagesWindow *window;
    GCancellable *listing;
    char *path; /* NULL: all that the machines have */
} Call;

static void
call_free (Call *call)
{
    g_object_unref (call->window);
    g_object_unref (call->listing);
    g_free (call->path);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* What is there already, of the machines', knows who uses it. */
static void
take_images (AppImagesWindow *self, GPtrArray *images)
{
    g_ptr_array_set_free_func (images, NULL);
    for (guint i = 0; i < images->len; i++) {
        VitrineImage *image = g_ptr_array_index (images, i);

        if (find_image (self, image->path) == NULL)
            g_ptr_array_add (self->images, image);
        else
            vitrine_image_free (image);
    }
}

/* A file that was opened here, and cannot be any more. */
static void
forget (AppImagesWindow *self, const char *path)
{
    for (guint i = 0; i < self->opened->len; i++)
        if (g_str_equal (g_ptr_array_index (self->opened, i), path)) {
            g_ptr_array_remove_index (self->opened, i);
            return;
        }
}

static void
say_error (AppImagesWindow *self, const GError *error)
{
    g_autofree char *text = app_format_sentence (error->message);

    gtk_label_set_label (self->empty_label, "");
    app_images_window_say (self,
                           g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED)
                               ? GTK_MESSAGE_INFO
                               : GTK_MESSAGE_ERROR,
                           text);
}

static void list_one (AppImagesWindow *self, const char *path);

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Call) call = user_data;
    AppImagesWindow *self = call->window;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) images =
        vitrine_host_list_images_finish (VITRINE_HOST (source), result, &error);

    if (call->listing != self->listing)
        return;
    if (call->path == NULL)
        g_ptr_array_set_size (self->images, 0);
    if (images != NULL)
        take_images (self, images);
    else
        say_error (self, error);
    if (images == NULL && call->path != NULL)
        forget (self, call->path);
    for (guint i = 0; call->path == NULL && images != NULL && i < self->opened->len; i++)
        list_one (self, g_ptr_array_index (self->opened, i));
    if (--self->n_listing > 0)
        return;
    g_clear_object (&self->listing);
    show (self);
}

/* PATH: NULL for all that the machines have. */
static void
list_one (AppImagesWindow *self, const char *path)
{
    Call *call = g_new0 (Call, 1);

    call->window = g_object_ref (self);
    call->listing = g_object_ref (self->listing);
    call->path = g_strdup (path);
    self->n_listing++;
    vitrine_host_list_images_async (app_host_combo_get_host (self->host_combo), path, self->listing,
                                    listed_cb, call);
}

static void
end_listing (AppImagesWindow *self)
{
    app_cancellable_end (&self->listing);
    self->n_listing = 0;
}

void
app_images_window_refresh (AppImagesWindow *self)
{
    end_listing (self);
    if (app_host_combo_get_host (self->host_combo) == NULL)
        return;
    self->listing = g_cancellable_new ();
    gtk_label_set_label (self->empty_label, _ ("No machine has a disk image"));
    list_one (self, NULL);
}

void
app_images_window_open (AppImagesWindow *self, const char *path)
{
    forget (self, path);
    g_ptr_array_add (self->opened, g_strdup (path));
    g_free (self->path);
    self->path = g_strdup (path);
    app_images_window_refresh (self);
}

/* --- signals ------------------------------------------------------------------------------------- */

static void
host_changed_cb (GtkComboBox *combo, AppImagesWindow *self)
{
    if (self->hosts == NULL)
        return;
    g_ptr_array_set_size (self->images, 0);
    g_ptr_array_set_size (self->opened, 0);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    show (self);
    app_images_window_refresh (self);
}

/* Images change while nobody looks, and without a word. */
static void
active_cb (AppImagesWindow *self)
{
    if (gtk_window_is_active (GTK_WINDOW (self)) && self->hosts != NULL && self->listing == NULL
        && !app_work_line_get_busy (self->work_line))
        app_images_window_refresh (self);
}

static void
chooser_response_cb (GtkNativeDialog *chooser, int response, AppImagesWindow *self)
{
    g_autofree char *path = app_image_chooser_end (&self->chooser, response);

    if (path != NULL)
        app_images_window_open (self, path);
}

static void
open_clicked_cb (GtkButton *button, AppImagesWindow *self)
{
    if (self->chooser != NULL)
        return;
    self->chooser = app_image_chooser_show (GTK_WINDOW (self), APP_IMAGE_DISK, _ ("_Open"));
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
}

static gboolean
app_images_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    if (event->keyval == GDK_KEY_Escape) {
        AppImagesWindow *self = APP_IMAGES_WINDOW (widget);

        app_work_line_cancel_or_close (self->work_line);
        return GDK_EVENT_STOP;
    }
    return GTK_WIDGET_CLASS (app_images_window_parent_class)->key_press_event (widget, event);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_images_window_dispose (GObject *object)
{
    AppImagesWindow *self = APP_IMAGES_WINDOW (object);

    end_listing (self);
    g_clear_object (&self->chooser);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_images_window_parent_class)->dispose (object);
}

static void
app_images_window_finalize (GObject *object)
{
    AppImagesWindow *self = APP_IMAGES_WINDOW (object);

    g_ptr_array_unref (self->images);
    g_ptr_array_unref (self->opened);
    g_free (self->path);
    G_OBJECT_CLASS (app_images_window_parent_class)->finalize (object);
}

static void
app_images_window_class_init (AppImagesWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_images_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_images_window_finalize;
    widget_class->key_press_event = app_images_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_HOST_COMBO);
    g_type_ensure (APP_TYPE_SIZE_ENTRY);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-images-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, host_combo);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, images_list);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, empty_label);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, actions);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, problem_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, format_label);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, size_label);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, used_label);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, base_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, users_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, place_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, check_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, check_button);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, grow_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, grow_entry);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, grow_button);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, convert_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, convert_combo);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, convert_button);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, delete_row);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, delete_button);
    gtk_widget_class_bind_template_child (widget_class, AppImagesWindow, work_line);
    gtk_widget_class_bind_template_callback (widget_class, host_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, image_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, open_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_images_check_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_images_grow_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_images_convert_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_images_delete_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, app_images_window_update_work);
}

static void
app_images_window_init (AppImagesWindow *self)
{
    self->images = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_image_free);
    self->opened = g_ptr_array_new_with_free_func (g_free);
    gtk_widget_init_template (GTK_WIDGET (self));
    g_signal_connect_swapped (self->work_line, "notify::busy",
                              G_CALLBACK (app_images_window_update_work), self);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

AppImagesWindow *
app_images_window_new (GtkWindow *parent, AppHosts *hosts)
{
    AppImagesWindow *self;

    g_return_val_if_fail (APP_IS_HOSTS (hosts), NULL);

    self = g_object_new (APP_TYPE_IMAGES_WINDOW, "transient-for", parent, "destroy-with-parent",
                         TRUE, NULL);
    self->hosts = g_object_ref (hosts);
    app_host_combo_set_hosts (self->host_combo, hosts);
    if (self->listing == NULL)
        app_images_window_refresh (self);
    return self;
}
