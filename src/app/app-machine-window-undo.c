/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-undo.c - a run that is decided on afterwards: what the machine wrote is kept or dropped once it is off.
 *
 * Such a run begins with a snapshot of a name of its own, which `vitrinectl start --undo` uses as well.  As long as the
 * machine has it, and is off, its window asks.
 */
#include <glib/gi18n.h>

#include "app-format.h"
#include "app-machine-window-private.h"

#define UNDO "undo"

enum {
    RESPONSE_KEEP = 1,
    RESPONSE_DROP,
};

static VitrineMachine *
get_machine (AppMachineWindow *self)
{
    return app_machine_item_get_machine (self->item);
}

static gboolean
has_gone (AppMachineWindow *self)
{
    return self->notes_box == NULL || gtk_widget_in_destruction (GTK_WIDGET (self));
}

/* Also when the window has gone: the machine's row shows it. */
static void
show_problem (AppMachineWindow *self, const GError *error)
{
    g_autofree char *problem = NULL;

    if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    problem = app_format_sentence (error->message);
    app_machine_item_set_problem (self->item, problem);
}

/* In place of what stood there; nobody puts it away but by an answer. */
static void
set_note (AppMachineWindow *self, GtkMessageType type, const char *text)
{
    app_machine_window_set_note (self, &self->undo_note, type, "");
    g_set_weak_pointer (&self->undo_note, app_note_bar_new (type, text, NULL, FALSE));
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (self->undo_note));
}

/* --- deciding ------------------------------------------------------------------------------------ */

static void
decided_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppMachineWindow) self = user_data;
    g_autoptr (GError) error = NULL;

    vitrine_machine_snapshot_finish (VITRINE_MACHINE (source), result, &error);
    g_clear_object (&self->undoing);
    show_problem (self, error);
    if (!has_gone (self))
        app_machine_window_look_for_undo (self);
}

/* What was written is gone: the snapshot has had its use. */
static void
reverted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppMachineWindow) self = user_data;
    g_autoptr (GError) error = NULL;

    if (vitrine_machine_snapshot_finish (VITRINE_MACHINE (source), result, &error)) {
        vitrine_machine_snapshot_async (VITRINE_MACHINE (source), VITRINE_SNAPSHOT_DELETE, UNDO,
                                        NULL, NULL, NULL, self->undoing, decided_cb,
                                        g_object_ref (self));
        return;
    }
    g_clear_object (&self->undoing);
    show_problem (self, error);
    if (!has_gone (self))
        app_machine_window_look_for_undo (self);
}

static void
cancel_response_cb (GtkInfoBar *bar, int response, AppMachineWindow *self)
{
    if (self->undoing != NULL)
        g_cancellable_cancel (self->undoing);
}

static void
response_cb (GtkInfoBar *bar, int response, AppMachineWindow *self)
{
    gboolean keep = response == RESPONSE_KEEP;

    if (self->undoing != NULL || (!keep && response != RESPONSE_DROP))
        return;
    self->undoing = g_cancellable_new ();
    set_note (self, GTK_MESSAGE_INFO,
              keep ? _ ("Keeping what it wrote…") : _ ("Dropping what it wrote…"));
    gtk_info_bar_add_button (GTK_INFO_BAR (self->undo_note), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
    g_signal_connect_object (self->undo_note, "response", G_CALLBACK (cancel_response_cb), self, 0);
    vitrine_machine_snapshot_async (
        get_machine (self), keep ? VITRINE_SNAPSHOT_DELETE : VITRINE_SNAPSHOT_REVERT, UNDO, NULL,
        NULL, NULL, self->undoing, keep ? decided_cb : reverted_cb, g_object_ref (self));
}

static void
ask (AppMachineWindow *self)
{
    set_note (self, GTK_MESSAGE_QUESTION,
              _ ("What it wrote since it was last started can be kept or dropped."));
    gtk_info_bar_add_button (GTK_INFO_BAR (self->undo_note), _ ("_Keep it"), RESPONSE_KEEP);
    gtk_info_bar_add_button (GTK_INFO_BAR (self->undo_note), _ ("_Drop it"), RESPONSE_DROP);
    g_signal_connect_object (self->undo_note, "response", G_CALLBACK (response_cb), self, 0);
}

/* --- whether there is something to decide on ----------------------------------------------------- */

static gboolean
has_undo (GPtrArray *snapshots)
{
    for (guint i = 0; snapshots != NULL && i < snapshots->len; i++)
        if (g_str_equal (((const VitrineSnapshot *) g_ptr_array_index (snapshots, i))->name, UNDO))
            return TRUE;
    return FALSE;
}

/* A host without snapshots has nothing to decide on. */
static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppMachineWindow) self = user_data;
    g_autoptr (GPtrArray) snapshots =
        vitrine_machine_list_snapshots_finish (VITRINE_MACHINE (source), result, NULL);

    if (has_gone (self) || self->undoing != NULL)
        return;
    if (!vitrine_machine_runs (get_machine (self)) && has_undo (snapshots))
        ask (self);
    else
        app_machine_window_set_note (self, &self->undo_note, GTK_MESSAGE_INFO, "");
}

void
app_machine_window_look_for_undo (AppMachineWindow *self)
{
    if (self->undoing == NULL)
        vitrine_machine_list_snapshots_async (get_machine (self), self->cancellable, listed_cb,
                                              g_object_ref (self));
}

/* --- beginning ----------------------------------------------------------------------------------- */

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppMachineWindow) self = user_data;
    g_autoptr (GError) error = NULL;

    if (vitrine_machine_snapshot_finish (VITRINE_MACHINE (source), result, &error))
        app_machine_item_act (self->item, VITRINE_ACTION_START);
    else
        show_problem (self, error);
}

void
app_machine_window_start_undo (AppMachineWindow *self)
{
    vitrine_machine_snapshot_async (get_machine (self), VITRINE_SNAPSHOT_CREATE, UNDO, NULL, NULL,
                                    NULL, self->cancellable, begun_cb, g_object_ref (self));
}
