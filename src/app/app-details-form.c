/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-details-form.c - what can be set of one part of a machine: a row for each, what waits, applying it.
 *
 * The rows are made of what libvitrine says can be set.  Applying sets one after the other, so that what is refused is
 * said at its own field, and what was not refused is done; the field says from when on it holds.  A row whose value is
 * not the definition's is one that waits: there is no other state.
 */
#include "app-details-form.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-application.h"
#include "app-cancellable.h"
#include "app-device.h"
#include "app-format.h"
#include "app-image-chooser.h"
#include "app-networks.h"
#include "app-order-list.h"
#include "app-plug-entry.h"
#include "app-setting-row.h"

#define SPACING 12 /* between groups */

struct _AppDetailsForm {
    GtkBox parent_instance;

    AppMachineItem *item;
    char *part;
    GPtrArray *details;        /* of VitrineDetail, which the rows are made of */
    GPtrArray *rows;           /* their AppSettingRow */
    GHashTable *refused;       /* of ROWS: the host would not have their value */
    char *problem;             /* why nothing can be said of the part, or NULL */
    guint applying;            /* which row is being set, while any is */
    guint focused;             /* which row the keyboard is to be in again afterwards */
    gboolean updating;         /* the rows; nobody's choice */
    GCancellable *cancellable; /* of a look at the host's networks, or NULL */
};

enum {
    SIGNAL_CHANGED,
    SIGNAL_APPLIED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppDetailsForm, app_details_form, GTK_TYPE_BOX)

static VitrineMachine *
get_machine (AppDetailsForm *self)
{
    return app_machine_item_get_machine (self->item);
}

/* --- what waits ---------------------------------------------------------------------------------- */

static gboolean
is_changed (AppDetailsForm *self, guint i)
{
    const VitrineDetail *detail = g_ptr_array_index (self->details, i);

    return !g_str_equal (app_setting_row_get_value (g_ptr_array_index (self->rows, i)),
                         detail->value);
}

/* From when on a row's value holds; nothing is said of a machine that is off, where all is for the next start. */
static const char *
describe_when (AppDetailsForm *self, guint i)
{
    const VitrineDetail *detail = g_ptr_array_index (self->details, i);
    AppSettingRow *row = g_ptr_array_index (self->rows, i);
    VitrineScope scope = vitrine_detail_get_scope (detail, app_setting_row_get_value (row));

    if (!vitrine_machine_runs (get_machine (self)) || scope == 0)
        return NULL;
    return scope & VITRINE_SCOPE_LIVE ? _ ("Changes at once") : _ ("Changes at the next start");
}

/* What the rows say of themselves follows from what is in them. */
static void
tell_changed (AppDetailsForm *self)
{
    for (guint i = 0; i < self->rows->len; i++)
        app_setting_row_set_when (g_ptr_array_index (self->rows, i), describe_when (self, i));
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* What was said of the old value is nothing for the new one. */
static void
row_changed_cb (AppSettingRow *row, AppDetailsForm *self)
{
    if (self->updating)
        return;
    g_hash_table_remove (self->refused, row);
    app_setting_row_set_hint (row, NULL, FALSE);
    tell_changed (self);
}

/* --- rows ---------------------------------------------------------------------------------------- */

static void
name_choices (AppDetailsForm *self, AppOrderList *list, const VitrineSetting *setting)
{
    g_autoptr (GPtrArray) devices =
        vitrine_machine_dup_devices_of (get_machine (self), VITRINE_SCOPE_CONFIG);

    for (char **choice = setting->choices; *choice != NULL; choice++) {
        const VitrineDeviceInfo *device = vitrine_device_info_find (devices, *choice);
        g_autofree char *title =
            device != NULL ? app_device_dup_title (devices, device) : g_strdup (*choice);
        g_autofree char *fact = device != NULL ? app_device_format_fact (device) : g_strdup ("");
        g_autofree char *text = g_strdup_printf (_ ("%s · %s"), title, fact);

        app_order_list_set_title (list, *choice, text);
    }
}

static void
networks_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppPlugEntry) entry = user_data;
    g_autoptr (GPtrArray) networks = app_networks_list_finish (result, NULL);
    g_autoptr (GPtrArray) names = g_ptr_array_new ();

    for (guint i = 0; networks != NULL && i < networks->len; i++)
        g_ptr_array_add (names, ((VitrineNetworkInfo *) g_ptr_array_index (networks, i))->name);
    g_ptr_array_add (names, NULL);
    app_plug_entry_offer (entry, (const char *const *) names->pdata);
}

static void
offer_networks (AppDetailsForm *self, AppPlugEntry *entry)
{
    GApplication *application = g_application_get_default ();
    VitrineHost *host =
        APP_IS_APPLICATION (application) ? app_hosts_find_host (
            app_application_get_hosts (APP_APPLICATION (application)), get_machine (self))
                                         : NULL;

    app_cancellable_end (&self->cancellable);
    if (host == NULL)
        return;
    self->cancellable = g_cancellable_new ();
    app_networks_list_async (host, self->cancellable, networks_cb, g_object_ref (entry));
}

static GtkBox *
add_group (AppDetailsForm *self, const char *title)
{
    GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *label = gtk_label_new (title);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "note-title");
    gtk_widget_set_visible (label, *title != '\0');
    gtk_style_context_add_class (gtk_widget_get_style_context (card), "card");
    gtk_widget_show (card);
    gtk_container_add (GTK_CONTAINER (self), label);
    gtk_container_add (GTK_CONTAINER (self), card);
    return GTK_BOX (card);
}

static void
add_row (AppDetailsForm *self, GtkBox *card, const VitrineDetail *detail)
{
    AppSettingRow *row = app_setting_row_new (&detail->setting, APP_IMAGE_DISK);
    GtkWidget *control = app_setting_row_get_control (row);

    if (APP_IS_ORDER_LIST (control))
        name_choices (self, APP_ORDER_LIST (control), &detail->setting);
    if (APP_IS_PLUG_ENTRY (control))
        offer_networks (self, APP_PLUG_ENTRY (control));
    gtk_widget_set_sensitive (GTK_WIDGET (row), detail->scope != 0);
    g_signal_connect_object (row, "changed", G_CALLBACK (row_changed_cb), self, 0);
    gtk_container_add (GTK_CONTAINER (card), GTK_WIDGET (row));
    g_ptr_array_add (self->rows, row);
}

/* What was typed and not applied yet, by its setting.  (transfer full) */
static GHashTable *
dup_waiting (AppDetailsForm *self)
{
    GHashTable *waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < self->rows->len; i++)
        if (is_changed (self, i))
            g_hash_table_insert (
                waiting,
                g_strdup (((VitrineDetail *) g_ptr_array_index (self->details, i))->setting.key),
                g_strdup (app_setting_row_get_value (g_ptr_array_index (self->rows, i))));
    return waiting;
}

/* DETAILS, which are taken over, in place of what is shown. */
static void
make_rows (AppDetailsForm *self, GPtrArray *details)
{
    g_autoptr (GHashTable) waiting = dup_waiting (self);
    g_autoptr (GList) before = gtk_container_get_children (GTK_CONTAINER (self));
    const char *group = NULL;
    GtkBox *card = NULL;

    for (GList *l = before; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    g_hash_table_remove_all (self->refused);
    g_ptr_array_set_size (self->rows, 0);
    g_ptr_array_unref (self->details);
    self->details = details;
    for (guint i = 0; i < details->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (details, i);
        const char *value = g_hash_table_lookup (waiting, detail->setting.key);

        if (group == NULL || !g_str_equal (group, detail->group))
            card = add_group (self, detail->group);
        group = detail->group;
        add_row (self, card, detail);
        if (value != NULL)
            app_setting_row_set_value (g_ptr_array_index (self->rows, i), value);
    }
}

static gboolean
can_show (const VitrineDetail *shown, const VitrineDetail *detail)
{
    return g_str_equal (shown->setting.key, detail->setting.key)
           && shown->setting.type == detail->setting.type
           && g_str_equal (shown->setting.note, detail->setting.note)
           && (shown->scope == 0) == (detail->scope == 0)
           && (detail->setting.type != VITRINE_SETTING_CHOICE
               || g_strv_contains ((const char *const *) shown->setting.choices, detail->value))
           && (detail->setting.type != VITRINE_SETTING_ORDER
               || g_strv_equal ((const char *const *) shown->setting.choices,
                                (const char *const *) detail->setting.choices));
}

static void
set_value (VitrineDetail *detail, const char *value)
{
    g_free (detail->value);
    detail->value = g_strdup (value);
    detail->setting.fallback = detail->value;
}

/* The row keeps what waits, and else shows what is so now. */
static void
renew (AppDetailsForm *self, guint i, const VitrineDetail *detail)
{
    VitrineDetail *shown = g_ptr_array_index (self->details, i);
    gboolean waits = is_changed (self, i);

    shown->scope = detail->scope;
    shown->live_max = detail->live_max;
    if (g_str_equal (shown->value, detail->value))
        return;
    set_value (shown, detail->value);
    if (!waits)
        app_setting_row_set_value (g_ptr_array_index (self->rows, i), shown->value);
}

/* The rows stay where they can: the keyboard may be in one. */
static void
show (AppDetailsForm *self, GPtrArray *details)
{
    gboolean same = details->len == self->details->len;

    for (guint i = 0; same && i < details->len; i++)
        same = can_show (g_ptr_array_index (self->details, i), g_ptr_array_index (details, i));
    self->updating = TRUE;
    if (!same)
        make_rows (self, g_ptr_array_ref (details));
    for (guint i = 0; same && i < details->len; i++)
        renew (self, i, g_ptr_array_index (details, i));
    self->updating = FALSE;
    tell_changed (self);
}

void
app_details_form_update (AppDetailsForm *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) details = NULL;

    g_return_if_fail (APP_IS_DETAILS_FORM (self));

    details = vitrine_machine_dup_details (get_machine (self), self->part, &error);
    g_clear_pointer (&self->problem, g_free);
    if (details == NULL && !g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        self->problem = app_format_sentence (error->message);
    if (details == NULL)
        details = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_detail_free);
    show (self, details);
}

/* --- applying ------------------------------------------------------------------------------------ */

static void apply_next (AppDetailsForm *self, guint from, GCancellable *cancellable);

/* The row waits no more, whatever the engine then made of its value. */
static void
say_done (AppDetailsForm *self, guint i)
{
    VitrineDetail *detail = g_ptr_array_index (self->details, i);
    AppSettingRow *row = g_ptr_array_index (self->rows, i);
    VitrineScope scope = vitrine_detail_get_scope (detail, app_setting_row_get_value (row));

    set_value (detail, app_setting_row_get_value (row));
    if (vitrine_machine_runs (get_machine (self)))
        app_setting_row_set_hint (row,
                                  scope & VITRINE_SCOPE_LIVE ? _ ("Applied at once")
                                                             : _ ("Takes effect at the next start"),
                                  FALSE);
}

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppDetailsForm) self = user_data;
    GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_set_detail_finish (VITRINE_MACHINE (source), result, &error);
    gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    if (self->rows->len <= self->applying) /* the form is gone */
        return;
    if (!done && !cancelled) {
        AppSettingRow *row = g_ptr_array_index (self->rows, self->applying);
        g_autofree char *text = app_format_sentence (error->message);

        app_setting_row_set_hint (row, text, TRUE);
        g_hash_table_add (self->refused, row);
    } else if (done) {
        say_done (self, self->applying);
        app_details_form_update (self);
    }
    apply_next (self, cancelled ? self->rows->len : self->applying + 1, cancellable);
}

/* Sets the first row from FROM on that waits. */
static void
apply_next (AppDetailsForm *self, guint from, GCancellable *cancellable)
{
    const VitrineDetail *detail;

    while (from < self->rows->len && !is_changed (self, from))
        from++;
    if (from >= self->rows->len) {
        app_details_form_update (self);
        g_signal_emit (self, signals[SIGNAL_APPLIED], 0);
        return;
    }
    self->applying = from;
    detail = g_ptr_array_index (self->details, from);
    vitrine_machine_set_detail_async (
        get_machine (self), self->part, detail->setting.key,
        app_setting_row_get_value (g_ptr_array_index (self->rows, from)), cancellable, applied_cb,
        g_object_ref (self));
}

void
app_details_form_apply (AppDetailsForm *self, GCancellable *cancellable)
{
    g_return_if_fail (APP_IS_DETAILS_FORM (self) && G_IS_CANCELLABLE (cancellable));

    apply_next (self, 0, cancellable);
}

/* The row the keyboard is in, or the first that waits. */
static guint
find_focused (AppDetailsForm *self)
{
    for (guint i = 0; i < self->rows->len; i++)
        if (gtk_container_get_focus_child (GTK_CONTAINER (g_ptr_array_index (self->rows, i)))
            != NULL)
            return i;
    for (guint i = 0; i < self->rows->len; i++)
        if (is_changed (self, i))
            return i;
    return 0;
}

void
app_details_form_note_focus (AppDetailsForm *self)
{
    g_return_if_fail (APP_IS_DETAILS_FORM (self));

    self->focused = find_focused (self);
}

void
app_details_form_restore_focus (AppDetailsForm *self)
{
    GtkWidget *row;
    guint i = 0;

    g_return_if_fail (APP_IS_DETAILS_FORM (self));

    while (i < self->rows->len
           && !g_hash_table_contains (self->refused, g_ptr_array_index (self->rows, i)))
        i++;
    if (i == self->rows->len)
        i = self->focused;
    if (i >= self->rows->len)
        return;
    row = g_ptr_array_index (self->rows, i);
    if (gtk_container_get_focus_child (GTK_CONTAINER (row)) == NULL)
        gtk_widget_child_focus (app_setting_row_get_control (APP_SETTING_ROW (row)),
                                GTK_DIR_TAB_FORWARD);
}

void
app_details_form_revert (AppDetailsForm *self)
{
    g_return_if_fail (APP_IS_DETAILS_FORM (self));

    for (guint i = 0; i < self->rows->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (self->details, i);

        app_setting_row_set_hint (g_ptr_array_index (self->rows, i), NULL, FALSE);
        app_setting_row_set_value (g_ptr_array_index (self->rows, i), detail->value);
    }
    g_hash_table_remove_all (self->refused);
    tell_changed (self);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_details_form_dispose (GObject *object)
{
    AppDetailsForm *self = APP_DETAILS_FORM (object);

    app_cancellable_end (&self->cancellable);
    g_ptr_array_set_size (self->rows, 0);
    G_OBJECT_CLASS (app_details_form_parent_class)->dispose (object);
}

static void
app_details_form_finalize (GObject *object)
{
    AppDetailsForm *self = APP_DETAILS_FORM (object);

    g_ptr_array_unref (self->rows);
    g_ptr_array_unref (self->details);
    g_hash_table_unref (self->refused);
    g_clear_object (&self->item);
    g_free (self->problem);
    g_free (self->part);
    G_OBJECT_CLASS (app_details_form_parent_class)->finalize (object);
}

static void
app_details_form_class_init (AppDetailsFormClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->dispose = app_details_form_dispose;
    object_class->finalize = app_details_form_finalize;

    signals[SIGNAL_CHANGED] = g_signal_new ("changed", APP_TYPE_DETAILS_FORM, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_APPLIED] = g_signal_new ("applied", APP_TYPE_DETAILS_FORM, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
app_details_form_init (AppDetailsForm *self)
{
    self->rows = g_ptr_array_new ();
    self->details = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_detail_free);
    self->refused = g_hash_table_new (NULL, NULL);
}

AppDetailsForm *
app_details_form_new (AppMachineItem *item, const char *part)
{
    AppDetailsForm *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item) && part != NULL, NULL);

    self = g_object_new (APP_TYPE_DETAILS_FORM, "orientation", GTK_ORIENTATION_VERTICAL, "spacing",
                         SPACING, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    self->part = g_strdup (part);
    return self;
}

const char *
app_details_form_get_problem (AppDetailsForm *self)
{
    g_return_val_if_fail (APP_IS_DETAILS_FORM (self), NULL);
    return self->problem;
}

guint
app_details_form_count_changes (AppDetailsForm *self)
{
    guint n = 0;

    g_return_val_if_fail (APP_IS_DETAILS_FORM (self), 0);

    for (guint i = 0; i < self->rows->len; i++)
        n += is_changed (self, i);
    return n;
}

gboolean
app_details_form_check (AppDetailsForm *self)
{
    gboolean good = TRUE;

    g_return_val_if_fail (APP_IS_DETAILS_FORM (self), FALSE);

    for (guint i = 0; i < self->rows->len; i++) {
        AppSettingRow *row = g_ptr_array_index (self->rows, i);

        good &= app_setting_row_check (row) || g_hash_table_contains (self->refused, row);
    }
    return good;
}

gboolean
app_details_form_says (AppDetailsForm *self, const char *source)
{
    gboolean said = FALSE;

    g_return_val_if_fail (APP_IS_DETAILS_FORM (self) && source != NULL, FALSE);

    for (guint i = 0; i < self->details->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (self->details, i);

        said |= *detail->value != '\0' && strstr (source, detail->value) != NULL;
    }
    return said;
}
