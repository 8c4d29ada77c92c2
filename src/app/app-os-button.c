/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-os-button.c - a button that says which operating system, and has a list of all to search.
 *
 * There are eight hundred: as many are rows as anybody looks through, and the rest is found by typing.  The keyboard stays in
 * the search: Return takes the row that is selected, and the arrows go to others.
 */
#include "app-os-button.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-form-row.h"

#define ROWS_MAX 60

struct _AppOsButton {
    GtkMenuButton parent_instance;

    VitrineHost *host;
    VitrineOs *os;         /* or NULL: any */
    GPtrArray *systems;    /* of VitrineOs, once the list is there */
    GCancellable *listing; /* of the reading of it, or NULL */
    char *searched;        /* what the rows are of, or NULL */

    GtkLabel *label;
    GtkEntry *entry;
    GtkListBox *list;
    GtkLabel *note_label;
};

enum {
    SIGNAL_CHOSEN,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppOsButton, app_os_button, GTK_TYPE_MENU_BUTTON)

static void
show_note (AppOsButton *self, const char *note)
{
    gtk_label_set_text (self->note_label, note != NULL ? note : "");
    gtk_widget_set_visible (GTK_WIDGET (self->note_label), note != NULL);
}

/* --- rows ------------------------------------------------------------------------------------------ */

static void
clear (AppOsButton *self)
{
    GtkListBoxRow *row;

    while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
        gtk_widget_destroy (GTK_WIDGET (row));
}

/* OS is the list's, or NULL: any. */
static void
add_row (AppOsButton *self, const VitrineOs *os)
{
    GtkWidget *row = gtk_list_box_row_new ();
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *name = gtk_label_new (os != NULL ? os->name : _ ("Any system"));

    g_object_set (box, "margin", 6, NULL);
    gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign (GTK_LABEL (name), 0);
    gtk_box_pack_start (GTK_BOX (box), name, TRUE, TRUE, 0);
    if (os != NULL && os->ended) {
        /* Translators: of an operating system whose maker looks after it no more */
        GtkWidget *ended = gtk_label_new (_ ("ended"));

        gtk_style_context_add_class (gtk_widget_get_style_context (ended), "dim-label");
        gtk_box_pack_end (GTK_BOX (box), ended, FALSE, FALSE, 0);
    }
    gtk_container_add (GTK_CONTAINER (row), box);
    g_object_set_data (G_OBJECT (row), "os", (gpointer) os);
    atk_object_set_name (gtk_widget_get_accessible (row), gtk_label_get_text (GTK_LABEL (name)));
    if (os != NULL)
        atk_object_set_description (gtk_widget_get_accessible (row), os->vendor);
    gtk_widget_show_all (row);
    gtk_list_box_insert (self->list, row, -1);
}

static void
fill_in (AppOsButton *self)
{
    g_autofree char *text = app_form_dup_text (self->entry);
    guint n = 0;

    clear (self);
    g_free (self->searched);
    self->searched = g_strdup (gtk_entry_get_text (self->entry));
    if (self->systems == NULL)
        return;
    if (*text == '\0')
        add_row (self, NULL);
    /* Who looks for one by its name finds it, however old it is. */
    for (guint i = 0; i < self->systems->len && n <= ROWS_MAX; i++) {
        const VitrineOs *os = g_ptr_array_index (self->systems, i);

        if ((*text == '\0' && os->ended) || !vitrine_os_matches (os, text))
            continue;
        if (n++ < ROWS_MAX)
            add_row (self, os);
    }
    show_note (self, n > ROWS_MAX                  ? _ ("There are more: type what it is called")
                     : n == 0 && *text != '\0' ? _ ("None is called so")
                                                   : NULL);
    gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, 0));
}

/* --- the list ---------------------------------------------------------------------------------------- */

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppOsButton) self = user_data;
    g_autoptr (GError) error = NULL;
    GPtrArray *systems = vitrine_host_list_os_finish (self->host, result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
        || gtk_widget_in_destruction (GTK_WIDGET (self)))
        return;
    g_clear_object (&self->listing);
    self->systems = systems;
    show_note (self, error != NULL ? error->message : NULL);
    if (systems != NULL)
        fill_in (self);
}

static void
read_list (AppOsButton *self)
{
    if (self->systems != NULL || self->listing != NULL || self->host == NULL)
        return;
    show_note (self, _ ("Reading the list…"));
    self->listing = g_cancellable_new ();
    vitrine_host_list_os_async (self->host, self->listing, listed_cb, g_object_ref (self));
}

static void
active_cb (AppOsButton *self)
{
    if (!gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self)))
        return;
    gtk_entry_set_text (self->entry, "");
    read_list (self);
    fill_in (self);
    gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

/* --- choosing ---------------------------------------------------------------------------------------- */

static void
choose (AppOsButton *self, GtkListBoxRow *row)
{
    if (row == NULL)
        return;
    app_os_button_set_os (self, g_object_get_data (G_OBJECT (row), "os"));
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self), FALSE);
    g_signal_emit (self, signals[SIGNAL_CHOSEN], 0);
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, AppOsButton *self)
{
    choose (self, row);
}

static void
search_changed_cb (GtkEntry *entry, AppOsButton *self)
{
    fill_in (self);
}

/* What was typed last may not have been searched for yet. */
static void
entry_activate_cb (GtkEntry *entry, AppOsButton *self)
{
    if (g_strcmp0 (self->searched, gtk_entry_get_text (entry)) != 0)
        fill_in (self);
    choose (self, gtk_list_box_get_selected_row (self->list));
}

static gboolean
entry_key_press_cb (GtkWidget *entry, GdkEventKey *event, AppOsButton *self)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);
    int step = event->keyval == GDK_KEY_Down ? 1 : event->keyval == GDK_KEY_Up ? -1 : 0;
    int index = row != NULL ? gtk_list_box_row_get_index (row) + step : 0;

    if (step == 0)
        return GDK_EVENT_PROPAGATE;
    row = index >= 0 ? gtk_list_box_get_row_at_index (self->list, index) : NULL;
    if (row != NULL) {
        GtkAdjustment *adjustment = gtk_list_box_get_adjustment (self->list);
        GtkAllocation place;

        gtk_list_box_select_row (self->list, row);
        gtk_widget_get_allocation (GTK_WIDGET (row), &place);
        gtk_adjustment_clamp_page (adjustment, place.y, place.y + place.height);
    }
    return GDK_EVENT_STOP;
}

/* --- object ------------------------------------------------------------------------------------------ */

void
app_os_button_set_host (AppOsButton *self, VitrineHost *host)
{
    g_return_if_fail (APP_IS_OS_BUTTON (self));

    if (!g_set_object (&self->host, host))
        return;
    app_cancellable_end (&self->listing);
    clear (self);
    g_clear_pointer (&self->systems, g_ptr_array_unref);
}

void
app_os_button_set_os (AppOsButton *self, const VitrineOs *os)
{
    VitrineOs *copy = os != NULL ? vitrine_os_copy (os) : NULL;

    g_return_if_fail (APP_IS_OS_BUTTON (self));

    vitrine_os_free (self->os);
    self->os = copy;
    gtk_label_set_text (self->label, copy != NULL ? copy->name : _ ("Any system"));
}

const VitrineOs *
app_os_button_get_os (AppOsButton *self)
{
    g_return_val_if_fail (APP_IS_OS_BUTTON (self), NULL);
    return self->os;
}

static void
app_os_button_dispose (GObject *object)
{
    AppOsButton *self = APP_OS_BUTTON (object);

    app_cancellable_end (&self->listing);
    G_OBJECT_CLASS (app_os_button_parent_class)->dispose (object);
}

static void
app_os_button_finalize (GObject *object)
{
    AppOsButton *self = APP_OS_BUTTON (object);

    g_clear_object (&self->host);
    g_clear_pointer (&self->systems, g_ptr_array_unref);
    g_free (self->searched);
    vitrine_os_free (self->os);
    G_OBJECT_CLASS (app_os_button_parent_class)->finalize (object);
}

static void
app_os_button_class_init (AppOsButtonClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_os_button_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_os_button_finalize;

    signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", APP_TYPE_OS_BUTTON, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 0);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-os-button.ui");
    gtk_widget_class_bind_template_child (widget_class, AppOsButton, label);
    gtk_widget_class_bind_template_child (widget_class, AppOsButton, entry);
    gtk_widget_class_bind_template_child (widget_class, AppOsButton, list);
    gtk_widget_class_bind_template_child (widget_class, AppOsButton, note_label);
    gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, entry_activate_cb);
    gtk_widget_class_bind_template_callback (widget_class, entry_key_press_cb);
    gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
app_os_button_init (AppOsButton *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    app_os_button_set_os (self, NULL);
    g_signal_connect (self, "notify::active", G_CALLBACK (active_cb), NULL);
}
