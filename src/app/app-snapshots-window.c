/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-snapshots-window.c - a machine's snapshots: which came of which, new ones, back to one, without one.
 *
 * The list is a tree: what came of a snapshot stands below it.  It is read anew when the machine starts or stops, when
 * the window is looked at again, and after whatever is done here.
 */
#include "app-snapshots-window.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-confirm-popover.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-note-bar.h"
#include "app-side-list.h"
#include "app-work-line.h"

struct _AppSnapshotsWindow {
    GtkWindow parent_instance;

    AppMachineItem *item;  /* NULL once the window has gone */
    GPtrArray *snapshots;  /* of VitrineSnapshot, the oldest first */
    char *name;            /* of the one that is selected, or NULL */
    GCancellable *listing; /* of the list under way, or NULL */
    gboolean unsupported;  /* by the machine's host */

    GtkBox *notes_box;
    GtkListBox *snapshots_list;
    GtkMenuButton *new_button;
    GtkPopover *new_popover;
    AppFormRow *name_row;
    GtkEntry *name_entry;
    GtkEntry *description_entry;
    GtkButton *create_button;
    GtkStack *stack;
    GtkLabel *empty_label;
    GtkLabel *title_label;
    AppFormRow *description_row;
    GtkLabel *time_label;
    AppFormRow *running_row;
    AppFormRow *current_row;
    GtkWidget *actions;
    AppFormRow *revert_row;
    GtkButton *revert_button;
    AppFormRow *delete_row;
    GtkButton *delete_button;
    AppWorkLine *work_line;
};

G_DEFINE_TYPE (AppSnapshotsWindow, app_snapshots_window, GTK_TYPE_WINDOW)

static VitrineMachine *
get_machine (AppSnapshotsWindow *self)
{
    return app_machine_item_get_machine (self->item);
}

static const VitrineSnapshot *
find_snapshot (AppSnapshotsWindow *self, const char *name)
{
    for (guint i = 0; i < self->snapshots->len; i++) {
        const VitrineSnapshot *snapshot = g_ptr_array_index (self->snapshots, i);

        if (g_strcmp0 (snapshot->name, name) == 0)
            return snapshot;
    }
    return NULL;
}

static char *
format_time (gint64 seconds)
{
    g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);

    /* Translators: the day and the time a snapshot was made; see g_date_time_format() */
    return time != NULL ? g_date_time_format (time, _ ("%x, %R")) : g_strdup ("");
}

/* --- the page ------------------------------------------------------------------------------------ */

static void
update_actions (AppSnapshotsWindow *self, const VitrineSnapshot *snapshot)
{
    gboolean runs = vitrine_machine_runs (get_machine (self));

    app_form_row_set_note (
        self->revert_row, APP_NOTE_PLAIN,
        snapshot->partly_deleted ? _ ("It is partly deleted: its data are no more whole")
        : runs                   ? _ ("The machine must be off")
                                 : _ ("What the machine wrote since its last snapshot is dropped"));
    gtk_widget_set_sensitive (GTK_WIDGET (self->revert_button), !runs && !snapshot->partly_deleted);
    app_form_row_set_note (self->delete_row, APP_NOTE_PLAIN,
                           _ ("The machine keeps its data; they are merged"));
    gtk_widget_set_sensitive (self->actions, !app_work_line_get_busy (self->work_line));
}

static void
update (AppSnapshotsWindow *self)
{
    const VitrineSnapshot *snapshot;
    g_autofree char *time = NULL;

    if (self->item == NULL)
        return;
    gtk_widget_set_sensitive (GTK_WIDGET (self->new_button),
                              !self->unsupported && !app_work_line_get_busy (self->work_line));
    snapshot = find_snapshot (self, self->name);
    gtk_stack_set_visible_child_name (self->stack, snapshot != NULL ? "page" : "empty");
    if (snapshot == NULL)
        return;
    time = format_time (snapshot->time);
    gtk_label_set_label (self->title_label, snapshot->name);
    app_form_row_set_note (self->description_row, APP_NOTE_PLAIN, snapshot->description);
    gtk_widget_set_visible (GTK_WIDGET (self->description_row), *snapshot->description != '\0');
    gtk_label_set_label (self->time_label, time);
    app_form_row_set_note (self->running_row, APP_NOTE_PLAIN,
                           snapshot->running
                               ? _ ("The machine ran: its disks are as after a loss of power")
                               : _ ("The machine was off: its disks are whole"));
    app_form_row_set_note (self->current_row, APP_NOTE_PLAIN,
                           snapshot->current ? _ ("It goes on from this snapshot")
                                             : _ ("It goes on from another snapshot"));
    update_actions (self, snapshot);
}

static void
snapshot_selected_cb (GtkListBox *list, GtkListBoxRow *row, AppSnapshotsWindow *self)
{
    /* The rows are made anew when the list changes: that is nobody's choice. */
    if (row == NULL || g_strcmp0 (app_side_row_get_key (row), self->name) == 0)
        return;
    g_free (self->name);
    self->name = g_strdup (app_side_row_get_key (row));
    update (self);
}

/* --- the list ------------------------------------------------------------------------------------ */

static char *
format_fact (const VitrineSnapshot *snapshot)
{
    g_autofree char *time = format_time (snapshot->time);

    if (snapshot->partly_deleted)
        return g_strdup_printf (_ ("%s · partly deleted"), time);
    return snapshot->current ? g_strdup_printf (_ ("%s · current"), time) : g_steal_pointer (&time);
}

/* Those that came of the one named PARENT, each followed by what came of it. */
static void
add_tree (AppSnapshotsWindow *self, GPtrArray *items, const char *parent, guint depth)
{
    for (guint i = 0; i < self->snapshots->len && depth <= self->snapshots->len; i++) {
        const VitrineSnapshot *snapshot = g_ptr_array_index (self->snapshots, i);
        const char *above = find_snapshot (self, snapshot->parent) != NULL ? snapshot->parent : "";
        g_autofree char *fact = NULL;

        if (!g_str_equal (above, parent))
            continue;
        fact = format_fact (snapshot);
        g_ptr_array_add (items,
                         app_side_item_new (snapshot->name,
                                            snapshot->partly_deleted ? "dialog-warning-symbolic"
                                            : snapshot->current      ? "emblem-ok-symbolic"
                                                                : "document-open-recent-symbolic",
                                            snapshot->name, fact, depth));
        add_tree (self, items, snapshot->name, depth + 1);
    }
}

static void
show (AppSnapshotsWindow *self)
{
    g_autoptr (GPtrArray) items = app_side_items_new ();

    add_tree (self, items, "", 0);
    app_side_list_fill (self->snapshots_list, items, self->name);
    if (items->len == 0)
        g_clear_pointer (&self->name, g_free);
    update (self);
}

static void
say_error (AppSnapshotsWindow *self, const GError *error)
{
    gboolean unsupported = g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_autofree char *text = app_format_sentence (error->message);

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    gtk_container_add (GTK_CONTAINER (self->notes_box),
                       GTK_WIDGET (app_note_bar_new (
                           unsupported ? GTK_MESSAGE_INFO : GTK_MESSAGE_ERROR, text, NULL, TRUE)));
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppSnapshotsWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) snapshots =
        vitrine_machine_list_snapshots_finish (VITRINE_MACHINE (source), result, &error);

    if (self->item == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->listing);
    self->unsupported = g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    if (snapshots == NULL) {
        say_error (self, error);
        gtk_label_set_label (self->empty_label, "");
    } else {
        g_ptr_array_unref (self->snapshots);
        self->snapshots = g_steal_pointer (&snapshots);
    }
    show (self);
}

static void
end_listing (AppSnapshotsWindow *self)
{
    app_cancellable_end (&self->listing);
}

static void
refresh (AppSnapshotsWindow *self)
{
    if (self->item == NULL)
        return;
    end_listing (self);
    self->listing = g_cancellable_new ();
    gtk_label_set_label (
        self->empty_label,
        _ ("No snapshot yet. One keeps the machine’s disks as they are now, so that "
           "it can go back to them."));
    vitrine_machine_list_snapshots_async (get_machine (self), self->listing, listed_cb,
                                          g_object_ref (self));
}

/* --- acting -------------------------------------------------------------------------------------- */

/* Keeps the window, and the line in it, until the answer comes. */
typedef struct {
    AppSnapshotsWindow *window;
    AppWorkLine *line;
} Call;

static void
acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr (AppSnapshotsWindow) self = call->window;
    g_autoptr (AppWorkLine) line = call->line;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_snapshot_finish (VITRINE_MACHINE (source), result, &error);

    app_work_line_end (line);
    if (self->item == NULL)
        return;
    if (!done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say_error (self, error);
    refresh (self);
}

static void
act (AppSnapshotsWindow *self, VitrineSnapshotAction action, const char *name,
     const char *description)
{
    const char *text = action == VITRINE_SNAPSHOT_CREATE   ? _ ("Making the snapshot…")
                       : action == VITRINE_SNAPSHOT_REVERT ? _ ("Going back to the snapshot…")
                                                           : _ ("Deleting the snapshot…");
    Call *call;

    if (app_work_line_get_busy (self->work_line))
        return;
    end_listing (self);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    call = g_new0 (Call, 1);
    call->window = g_object_ref (self);
    call->line = g_object_ref (self->work_line);
    vitrine_machine_snapshot_async (get_machine (self), action, name, description,
                                    app_work_line_progress_cb, self->work_line,
                                    app_work_line_begin (self->work_line, text), acted_cb, call);
}

static void
revert_confirmed_cb (AppConfirmPopover *popover, AppSnapshotsWindow *self)
{
    if (self->name != NULL)
        act (self, VITRINE_SNAPSHOT_REVERT, self->name, NULL);
}

static void
revert_clicked_cb (GtkButton *button, AppSnapshotsWindow *self)
{
    g_autofree char *title = g_strdup_printf (_ ("Go back to “%s”?"), self->name);
    AppConfirmPopover *popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title,
        _ ("What the machine wrote since its last snapshot is lost. Make one first to keep it."),
        _ ("Go back"));

    g_signal_connect_object (popover, "confirmed", G_CALLBACK (revert_confirmed_cb), self, 0);
}

static void
delete_confirmed_cb (AppConfirmPopover *popover, AppSnapshotsWindow *self)
{
    if (self->name != NULL)
        act (self, VITRINE_SNAPSHOT_DELETE, self->name, NULL);
}

static void
delete_clicked_cb (GtkButton *button, AppSnapshotsWindow *self)
{
    g_autofree char *title = g_strdup_printf (_ ("Delete “%s”?"), self->name);
    AppConfirmPopover *popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title,
        _ ("The machine keeps its data, but cannot go back to it any more."), _ ("Delete"));

    g_signal_connect_object (popover, "confirmed", G_CALLBACK (delete_confirmed_cb), self, 0);
}

/* --- a new one ----------------------------------------------------------------------------------- */

static void
name_changed_cb (AppSnapshotsWindow *self)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);
    gboolean taken = find_snapshot (self, name) != NULL;

    app_form_row_set_note (self->name_row, taken ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           taken ? _ ("There already is one of this name") : NULL);
    gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), *name != '\0' && !taken);
}

/* The first free name, and nothing of what was typed the last time. */
static void
new_shown_cb (GtkPopover *popover, AppSnapshotsWindow *self)
{
    g_autofree char *name = NULL;

    for (guint n = 1; name == NULL || find_snapshot (self, name) != NULL; n++) {
        g_free (name);
        /* Translators: the name of a snapshot nobody named; it is also typed on a command line */
        name = g_strdup_printf (_ ("snapshot-%u"), n);
    }
    gtk_entry_set_text (self->name_entry, name);
    gtk_entry_set_text (self->description_entry, "");
    name_changed_cb (self);
    gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
}

static void
create_clicked_cb (GtkButton *button, AppSnapshotsWindow *self)
{
    g_autofree char *name = app_form_dup_text (self->name_entry);

    gtk_popover_popdown (self->new_popover);
    g_free (self->name);
    self->name = g_strdup (name);
    act (self, VITRINE_SNAPSHOT_CREATE, name, gtk_entry_get_text (self->description_entry));
}

/* Return in a field. */
static void
activated_cb (AppSnapshotsWindow *self)
{
    if (gtk_widget_is_sensitive (GTK_WIDGET (self->create_button)))
        gtk_button_clicked (self->create_button);
}

/* --- signals ------------------------------------------------------------------------------------- */

static void
active_cb (AppSnapshotsWindow *self)
{
    if (gtk_window_is_active (GTK_WINDOW (self)) && self->item != NULL && self->listing == NULL
        && !app_work_line_get_busy (self->work_line))
        refresh (self);
}

static void
state_cb (AppSnapshotsWindow *self)
{
    if (self->item != NULL && !app_work_line_get_busy (self->work_line))
        refresh (self);
    update (self);
}

static gboolean
app_snapshots_window_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
    AppSnapshotsWindow *self = APP_SNAPSHOTS_WINDOW (widget);

    /* Of what has the keyboard first: a popover closes. */
    if (GTK_WIDGET_CLASS (app_snapshots_window_parent_class)->key_press_event (widget, event))
        return GDK_EVENT_STOP;
    if (event->keyval != GDK_KEY_Escape)
        return GDK_EVENT_PROPAGATE;
    app_work_line_cancel_or_close (self->work_line);
    return GDK_EVENT_STOP;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_snapshots_window_dispose (GObject *object)
{
    AppSnapshotsWindow *self = APP_SNAPSHOTS_WINDOW (object);

    end_listing (self);
    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_snapshots_window_parent_class)->dispose (object);
}

static void
app_snapshots_window_finalize (GObject *object)
{
    AppSnapshotsWindow *self = APP_SNAPSHOTS_WINDOW (object);

    g_ptr_array_unref (self->snapshots);
    g_free (self->name);
    G_OBJECT_CLASS (app_snapshots_window_parent_class)->finalize (object);
}

static void
app_snapshots_window_class_init (AppSnapshotsWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_snapshots_window_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_snapshots_window_finalize;
    widget_class->key_press_event = app_snapshots_window_key_press_event;
    gtk_widget_class_set_accessible_role (widget_class, ATK_ROLE_DIALOG);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-snapshots-window.ui");
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, snapshots_list);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, new_button);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, new_popover);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, name_row);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, name_entry);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, description_entry);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, create_button);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, stack);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, empty_label);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, description_row);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, time_label);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, running_row);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, current_row);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, actions);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, revert_row);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, revert_button);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, delete_row);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, delete_button);
    gtk_widget_class_bind_template_child (widget_class, AppSnapshotsWindow, work_line);
    gtk_widget_class_bind_template_callback (widget_class, snapshot_selected_cb);
    gtk_widget_class_bind_template_callback (widget_class, revert_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, delete_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
    gtk_widget_class_bind_template_callback (widget_class, new_shown_cb);
    gtk_widget_class_bind_template_callback (widget_class, create_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, activated_cb);
}

static void
app_snapshots_window_init (AppSnapshotsWindow *self)
{
    self->snapshots = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    g_signal_connect_swapped (self->work_line, "notify::busy", G_CALLBACK (update), self);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

static GtkWindow *
find_window (AppMachineItem *item)
{
    g_autoptr (GList) windows = gtk_window_list_toplevels ();

    for (GList *l = windows; l != NULL; l = l->next)
        if (APP_IS_SNAPSHOTS_WINDOW (l->data) && APP_SNAPSHOTS_WINDOW (l->data)->item == item)
            return l->data;
    return NULL;
}

void
app_snapshots_window_show (GtkWindow *parent, AppMachineItem *item)
{
    GtkWindow *window = find_window (item);
    g_autofree char *title = NULL;
    AppSnapshotsWindow *self;

    g_return_if_fail (APP_IS_MACHINE_ITEM (item));

    if (window != NULL) {
        gtk_window_present (window);
        return;
    }
    title = g_strdup_printf (_ ("Snapshots of “%s”"), app_machine_item_get_name (item));
    self = g_object_new (APP_TYPE_SNAPSHOTS_WINDOW, "transient-for", parent, "destroy-with-parent",
                         TRUE, "title", title, NULL);
    self->item = g_object_ref (item);
    g_signal_connect_object (get_machine (self), "notify::state", G_CALLBACK (state_cb), self,
                             G_CONNECT_SWAPPED);
    refresh (self);
    gtk_window_present (GTK_WINDOW (self));
}
