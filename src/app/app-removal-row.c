/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-removal-row.c - the last row of a device's page: removes it, and says what becomes of that. */
#include "app-removal-row.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-confirm-popover.h"
#include "app-device.h"
#include "app-format.h"

struct _AppRemovalRow {
    GtkBox parent_instance;

    AppMachineItem *item;
    VitrineDeviceInfo *device; /* as it was last said to be, or NULL */
    VitrineScope scope;        /* from where it was asked to go */
    GCancellable *cancellable; /* of a removal under way, or NULL */
    char *problem;             /* why it is still there, or NULL */
    gboolean may_force;

    AppFormRow *remove_row;
    GtkSpinner *spinner;
    GtkButton *wait_button;
    GtkButton *force_button;
    GtkButton *remove_button;
};

G_DEFINE_TYPE (AppRemovalRow, app_removal_row, GTK_TYPE_BOX)

static VitrineMachine *
get_machine (AppRemovalRow *self)
{
    return app_machine_item_get_machine (self->item);
}

/* Where it can be taken from now; 0 for nowhere. */
static VitrineScope
get_removal_scope (AppRemovalRow *self)
{
    VitrineScope scope = app_device_get_scope (get_machine (self), self->device->alias);

    if (!vitrine_hardware_can_go (self->device))
        scope &= ~(guint) VITRINE_SCOPE_LIVE;
    return scope;
}

/* --- what it shows ------------------------------------------------------------------------------- */

static const char *
describe_removal (AppRemovalRow *self)
{
    VitrineScope scope = get_removal_scope (self);

    if (scope == 0)
        return _ ("It cannot go while the machine runs; shut it down first");
    if (!(scope & VITRINE_SCOPE_LIVE))
        return vitrine_machine_runs (get_machine (self))
                   ? _ ("It goes when the machine is started next")
                   : _ ("The machine is started without it");
    if (!vitrine_hardware_is_asked_back (self->device))
        return _ ("It goes at once");
    return _ ("The guest is asked to give it back");
}

static const char *
describe_progress (const VitrineDeviceInfo *device)
{
    return device->state == VITRINE_DEVICE_AGREED    ? _ ("The guest agreed; it is about to go…")
           : device->state == VITRINE_DEVICE_LEAVING ? _ ("The guest is asked to give it back…")
                                                     : _ ("Removing it…");
}

static void
update (AppRemovalRow *self)
{
    gboolean waits = self->cancellable != NULL;
    gboolean leaves = self->device->state != VITRINE_DEVICE_PRESENT;
    gboolean failed = self->problem != NULL && !leaves;
    gboolean may_force = leaves || (failed && self->may_force);

    if (failed)
        app_form_row_set_note (self->remove_row, APP_NOTE_ERROR, self->problem);
    else
        app_form_row_set_note (self->remove_row, APP_NOTE_PLAIN,
                               waits || leaves ? describe_progress (self->device)
                                               : describe_removal (self));
    g_object_set (self->spinner, "active", waits || leaves, "visible", waits || leaves, NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->wait_button), waits);
    gtk_widget_set_visible (GTK_WIDGET (self->force_button), may_force);
    gtk_widget_set_visible (GTK_WIDGET (self->remove_button), !waits && !leaves);
    gtk_widget_set_sensitive (GTK_WIDGET (self->remove_button), get_removal_scope (self) != 0);
}

/* --- removing ------------------------------------------------------------------------------------ */

static void
set_problem (AppRemovalRow *self, char *problem)
{
    g_free (self->problem);
    self->problem = problem;
}

/* One that was asked for; another may have taken its place. */
typedef struct {
    AppRemovalRow *row;
    GCancellable *cancellable;
} Removal;

static void
removal_free (Removal *removal)
{
    g_object_unref (removal->row);
    g_object_unref (removal->cancellable);
    g_free (removal);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Removal, removal_free)

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Removal) removal = user_data;
    g_autoptr (GError) error = NULL;
    AppRemovalRow *self = removal->row;
    gboolean done = vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error);

    if (self->cancellable != removal->cancellable) /* the row is gone, or waits for another */
        return;
    g_clear_object (&self->cancellable);
    if (done && app_device_get_scope (get_machine (self), self->device->alias) == self->scope) {
        set_problem (self, g_strdup (_ ("Another device needs it and brought it back; remove that "
                                        "one first.")));
    } else if (!done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        set_problem (self, app_format_sentence (error->message));
        self->may_force = (self->scope & VITRINE_SCOPE_LIVE)
                          && (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_BUSY)
                              || g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE));
    }
    update (self);
}

/* In place of what is under way. */
static void
remove_device (AppRemovalRow *self, gboolean force)
{
    const VitrineChange change = { .kind = VITRINE_CHANGE_DETACH,
                                   .scope = get_removal_scope (self),
                                   .what = self->device->alias,
                                   .force = force };
    Removal *removal;

    if (change.scope == 0)
        return;
    app_cancellable_end (&self->cancellable);
    set_problem (self, NULL);
    self->may_force = FALSE;
    self->scope = change.scope;
    self->cancellable = g_cancellable_new ();
    removal = g_new (Removal, 1);
    removal->row = g_object_ref (self);
    removal->cancellable = g_object_ref (self->cancellable);
    vitrine_machine_change_async (get_machine (self), &change, self->cancellable, removed_cb,
                                  removal);
    update (self);
}

static void
confirmed_cb (AppConfirmPopover *popover, AppRemovalRow *self)
{
    remove_device (self, GPOINTER_TO_INT (g_object_get_data (G_OBJECT (popover), "force")));
}

static void
ask (AppRemovalRow *self, GtkButton *button, gboolean force)
{
    g_autofree char *title = g_strdup_printf (force ? _ ("Take “%s” away?") : _ ("Remove “%s”?"),
                                              app_device_format_title (self->device, NULL));
    AppConfirmPopover *popover = app_confirm_popover_ask (
        GTK_WIDGET (button), title,
        force ? _ ("The guest is not asked: what it has not yet written to it is lost.")
              : _ ("The file behind it stays where it is."),
        force ? _ ("Take away") : _ ("Remove"));

    g_object_set_data (G_OBJECT (popover), "force", GINT_TO_POINTER (force));
    g_signal_connect_object (popover, "confirmed", G_CALLBACK (confirmed_cb), self, 0);
}

static void
remove_clicked_cb (GtkButton *button, AppRemovalRow *self)
{
    ask (self, button, FALSE);
}

static void
force_clicked_cb (GtkButton *button, AppRemovalRow *self)
{
    ask (self, button, TRUE);
}

static void
wait_clicked_cb (GtkButton *button, AppRemovalRow *self)
{
    if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_removal_row_dispose (GObject *object)
{
    app_cancellable_end (&APP_REMOVAL_ROW (object)->cancellable);
    G_OBJECT_CLASS (app_removal_row_parent_class)->dispose (object);
}

static void
app_removal_row_finalize (GObject *object)
{
    AppRemovalRow *self = APP_REMOVAL_ROW (object);

    g_clear_object (&self->item);
    vitrine_device_info_free (self->device);
    g_free (self->problem);
    G_OBJECT_CLASS (app_removal_row_parent_class)->finalize (object);
}

static void
app_removal_row_class_init (AppRemovalRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_removal_row_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_removal_row_finalize;

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-removal-row.ui");
    gtk_widget_class_bind_template_child (widget_class, AppRemovalRow, remove_row);
    gtk_widget_class_bind_template_child (widget_class, AppRemovalRow, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppRemovalRow, wait_button);
    gtk_widget_class_bind_template_child (widget_class, AppRemovalRow, force_button);
    gtk_widget_class_bind_template_child (widget_class, AppRemovalRow, remove_button);
    gtk_widget_class_bind_template_callback (widget_class, remove_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, force_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, wait_clicked_cb);
}

static void
app_removal_row_init (AppRemovalRow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppRemovalRow *
app_removal_row_new (AppMachineItem *item)
{
    AppRemovalRow *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_REMOVAL_ROW, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    return self;
}

void
app_removal_row_set_device (AppRemovalRow *self, const VitrineDeviceInfo *device)
{
    VitrineDeviceInfo *copy;

    g_return_if_fail (APP_IS_REMOVAL_ROW (self) && device != NULL);

    copy = vitrine_device_info_copy (device);
    vitrine_device_info_free (self->device);
    self->device = copy;
    update (self);
}
