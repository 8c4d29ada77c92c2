/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-details-page.c - the page of one part of a machine: what it is, what can be set of it, Apply and Revert.
 *
 * The rows are made of what libvitrine says can be set.  Apply sets one after the other, so that what is refused is
 * said at its own field, and what was not refused is done; the field says from when on it holds.  A row whose value is
 * not the definition's is one that waits: there is no other state.
 */
#include "app-details-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-application.h"
#include "app-cancellable.h"
#include "app-cd-row.h"
#include "app-device.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-image-chooser.h"
#include "app-networks.h"
#include "app-note-bar.h"
#include "app-order-list.h"
#include "app-passphrase-row.h"
#include "app-plug-entry.h"
#include "app-removal-row.h"
#include "app-setting-row.h"
#include "app-work-line.h"

#define RECENT_CDS 3

struct _AppDetailsPage {
    GtkBox parent_instance;

    AppMachineItem *item;
    char *part;
    GPtrArray *details;  /* of VitrineDetail, which the rows are made of */
    GPtrArray *rows;     /* their AppSettingRow */
    GHashTable *refused; /* of ROWS: the host would not have their value */
    guint applying;      /* which row is being set, while the work line is busy */
    guint focused;       /* which row the keyboard is to be in again afterwards */
    gboolean updating;   /* the rows; nobody's choice */
    gboolean changed;
    AppCdRow *cd_row;              /* of a CD drive, or NULL */
    AppPassphraseRow *passphrase_row; /* of a disk, or NULL */
    AppRemovalRow *removal_row;    /* of a device, or NULL */
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
    GCancellable *cancellable;     /* of a look at the host's networks, or NULL */

    GtkBox *form;
    GtkLabel *title_label;
    GtkBox *notes_box;
    GtkBox *groups_box;
    GtkBox *media_box;
    GtkBox *removal_box;
    GtkLabel *facts_label;
    GtkWidget *source_box;
    GtkLabel *source_label;
    AppWorkLine *work_line;
    GtkRevealer *changes_revealer;
    GtkLabel *changes_label;
    GtkButton *apply_button;
};

enum {
    PROP_0,
    PROP_CHANGED,
    N_PROPS,
};

enum {
    SIGNAL_SHOW_XML,
    N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppDetailsPage, app_details_page, GTK_TYPE_BOX)

static VitrineMachine *
get_machine (AppDetailsPage *self)
{
    return app_machine_item_get_machine (self->item);
}

/* --- what waits ---------------------------------------------------------------------------------- */

static gboolean
is_changed (AppDetailsPage *self, guint i)
{
    const VitrineDetail *detail = g_ptr_array_index (self->details, i);

    return !g_str_equal (app_setting_row_get_value (g_ptr_array_index (self->rows, i)),
                         detail->value);
}

/* From when on a row's value holds; nothing is said of a machine that is off, where all is for the next start. */
static const char *
describe_when (AppDetailsPage *self, guint i)
{
    const VitrineDetail *detail = g_ptr_array_index (self->details, i);
    AppSettingRow *row = g_ptr_array_index (self->rows, i);
    VitrineScope scope = vitrine_detail_get_scope (detail, app_setting_row_get_value (row));

    if (!vitrine_machine_runs (get_machine (self)) || scope == 0)
        return NULL;
    return scope & VITRINE_SCOPE_LIVE ? _ ("Changes at once") : _ ("Changes at the next start");
}

static void
update_changes (AppDetailsPage *self)
{
    gboolean busy = app_work_line_get_busy (self->work_line);
    gboolean good = TRUE;
    g_autofree char *text = NULL;
    guint n = 0;

    for (guint i = 0; i < self->rows->len; i++) {
        AppSettingRow *row = g_ptr_array_index (self->rows, i);

        app_setting_row_set_when (row, describe_when (self, i));
        good &= app_setting_row_check (row) || g_hash_table_contains (self->refused, row);
        n += is_changed (self, i);
    }
    text = g_strdup_printf (ngettext ("%u change waits", "%u changes wait", n), n);
    gtk_label_set_label (self->changes_label, text);
    gtk_revealer_set_reveal_child (self->changes_revealer, n > 0 && !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->apply_button), good && !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->groups_box), !busy);
    if (self->changed == (n > 0))
        return;
    self->changed = n > 0;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CHANGED]);
}

/* What was said of the old value is nothing for the new one. */
static void
row_changed_cb (AppSettingRow *row, AppDetailsPage *self)
{
    if (self->updating)
        return;
    g_hash_table_remove (self->refused, row);
    app_setting_row_set_hint (row, NULL, FALSE);
    update_changes (self);
}

/* --- rows ---------------------------------------------------------------------------------------- */

static void
name_choices (AppDetailsPage *self, AppOrderList *list, const VitrineSetting *setting)
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
offer_networks (AppDetailsPage *self, AppPlugEntry *entry)
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
add_group (AppDetailsPage *self, const char *title)
{
    GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *label = gtk_label_new (title);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "note-title");
    gtk_widget_set_visible (label, *title != '\0');
    gtk_style_context_add_class (gtk_widget_get_style_context (card), "card");
    gtk_widget_show (card);
    gtk_container_add (GTK_CONTAINER (self->groups_box), label);
    gtk_container_add (GTK_CONTAINER (self->groups_box), card);
    return GTK_BOX (card);
}

static void
add_row (AppDetailsPage *self, GtkBox *card, const VitrineDetail *detail)
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
dup_waiting (AppDetailsPage *self)
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
make_rows (AppDetailsPage *self, GPtrArray *details)
{
    g_autoptr (GHashTable) waiting = dup_waiting (self);
    g_autoptr (GList) before = gtk_container_get_children (GTK_CONTAINER (self->groups_box));
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
renew (AppDetailsPage *self, guint i, const VitrineDetail *detail)
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
update_rows (AppDetailsPage *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) details =
        vitrine_machine_dup_details (get_machine (self), self->part, &error);
    gboolean same;

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    if (details == NULL && !g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND)) {
        g_autofree char *text = app_format_sentence (error->message);

        gtk_container_add (GTK_CONTAINER (self->notes_box),
                           GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_ERROR, text, NULL, FALSE)));
    }
    if (details == NULL)
        details = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_detail_free);
    same = details->len == self->details->len;
    for (guint i = 0; same && i < details->len; i++)
        same = can_show (g_ptr_array_index (self->details, i), g_ptr_array_index (details, i));
    self->updating = TRUE;
    if (!same)
        make_rows (self, g_steal_pointer (&details));
    for (guint i = 0; same && i < details->len; i++)
        renew (self, i, g_ptr_array_index (details, i));
    self->updating = FALSE;
    update_changes (self);
}

/* --- applying ------------------------------------------------------------------------------------ */

static void apply_next (AppDetailsPage *self, guint from, GCancellable *cancellable);

/* The row waits no more, whatever the engine then made of its value. */
static void
say_done (AppDetailsPage *self, guint i)
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
    g_autoptr (AppDetailsPage) self = user_data;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_set_detail_finish (VITRINE_MACHINE (source), result, &error);
    gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_autofree char *text = NULL;

    if (self->work_line == NULL || self->rows->len <= self->applying) /* the page is gone */
        return;
    if (!done && !cancelled) {
        AppSettingRow *row = g_ptr_array_index (self->rows, self->applying);

        text = app_format_sentence (error->message);
        app_setting_row_set_hint (row, text, TRUE);
        g_hash_table_add (self->refused, row);
    } else if (done) {
        say_done (self, self->applying);
        update_rows (self);
    }
    apply_next (self, cancelled ? self->rows->len : self->applying + 1,
                app_work_line_get_cancellable (self->work_line));
}

/* The row the keyboard is in, or the first that waits. */
static guint
find_focused (AppDetailsPage *self)
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

/* What could not be used meanwhile lost the keyboard: it is in what was refused, or where it was; unless the user has
 * gone elsewhere with it. */
static void
restore_focus (AppDetailsPage *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));
    GtkWidget *focus = GTK_IS_WINDOW (window) ? gtk_window_get_focus (GTK_WINDOW (window)) : NULL;
    guint i = 0;

    if (!gtk_widget_get_mapped (GTK_WIDGET (self))
        || (focus != NULL && !gtk_widget_is_ancestor (focus, GTK_WIDGET (self))))
        return;
    while (i < self->rows->len
           && !g_hash_table_contains (self->refused, g_ptr_array_index (self->rows, i)))
        i++;
    if (i == self->rows->len)
        i = self->focused;
    if (i < self->rows->len
        && (focus == NULL || !gtk_widget_is_ancestor (focus, g_ptr_array_index (self->rows, i))))
        gtk_widget_child_focus (app_setting_row_get_control (g_ptr_array_index (self->rows, i)),
                                GTK_DIR_TAB_FORWARD);
}

/* Sets the first row from FROM on that waits. */
static void
apply_next (AppDetailsPage *self, guint from, GCancellable *cancellable)
{
    const VitrineDetail *detail;

    while (from < self->rows->len && !is_changed (self, from))
        from++;
    if (from >= self->rows->len) {
        app_work_line_end (self->work_line);
        update_rows (self);
        restore_focus (self);
        return;
    }
    self->applying = from;
    detail = g_ptr_array_index (self->details, from);
    vitrine_machine_set_detail_async (
        get_machine (self), self->part, detail->setting.key,
        app_setting_row_get_value (g_ptr_array_index (self->rows, from)), cancellable, applied_cb,
        g_object_ref (self));
}

static void
apply_clicked_cb (GtkButton *button, AppDetailsPage *self)
{
    GCancellable *cancellable;

    if (app_work_line_get_busy (self->work_line))
        return;
    self->focused = find_focused (self);
    cancellable = app_work_line_begin (self->work_line, _ ("Applying…"));
    update_changes (self);
    apply_next (self, 0, cancellable);
}

static void
revert_clicked_cb (GtkButton *button, AppDetailsPage *self)
{
    for (guint i = 0; i < self->rows->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (self->details, i);

        app_setting_row_set_hint (g_ptr_array_index (self->rows, i), NULL, FALSE);
        app_setting_row_set_value (g_ptr_array_index (self->rows, i), detail->value);
    }
    g_hash_table_remove_all (self->refused);
    update_changes (self);
}

static void
xml_clicked_cb (GtkButton *button, AppDetailsPage *self)
{
    g_signal_emit (self, signals[SIGNAL_SHOW_XML], 0);
}

/* --- a device ------------------------------------------------------------------------------------ */

static const char *
describe_presence (AppDetailsPage *self)
{
    VitrineScope scope = app_device_get_scope (get_machine (self), self->part);

    if (scope == VITRINE_SCOPE_LIVE)
        return _ ("Until the machine stops");
    if (scope == VITRINE_SCOPE_CONFIG && vitrine_machine_runs (get_machine (self)))
        return _ ("After the next start");
    return scope == VITRINE_SCOPE_CONFIG ? _ ("When the machine runs") : _ ("Always");
}

static void
chooser_response_cb (GtkNativeDialog *chooser, int response, AppDetailsPage *self)
{
    g_autofree char *path = app_image_chooser_end (&self->chooser, response);

    if (path != NULL && self->cd_row != NULL)
        app_cd_row_insert (self->cd_row, path);
}

static void
choose_cb (AppCdRow *row, AppDetailsPage *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));

    if (self->chooser != NULL)
        return;
    self->chooser = app_image_chooser_show (GTK_WINDOW (window), APP_IMAGE_CD, _ ("_Insert"));
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
}

static void
update_drive (AppDetailsPage *self, const VitrineDeviceInfo *device)
{
    if (self->cd_row == NULL) {
        self->cd_row = app_cd_row_new (self->item, self->part);
        g_signal_connect_object (self->cd_row, "choose", G_CALLBACK (choose_cb), self, 0);
        gtk_container_add (GTK_CONTAINER (self->media_box), GTK_WIDGET (self->cd_row));
        gtk_widget_show (GTK_WIDGET (self->media_box));
    }
    app_cd_row_set_drive (self->cd_row, _ ("What is in it"), device->source, RECENT_CDS);
}

/* Whether a row says what is behind the device. */
static gboolean
is_said (AppDetailsPage *self, const char *source)
{
    gboolean said = self->cd_row != NULL;

    for (guint i = 0; i < self->details->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (self->details, i);

        said |= *detail->value != '\0' && strstr (source, detail->value) != NULL;
    }
    return said;
}

static void
update_disk (AppDetailsPage *self, const VitrineDeviceInfo *device)
{
    if (self->passphrase_row == NULL) {
        self->passphrase_row = app_passphrase_row_new (self->item);
        gtk_container_add (GTK_CONTAINER (self->media_box), GTK_WIDGET (self->passphrase_row));
        g_object_bind_property (self->passphrase_row, "visible", self->media_box, "visible", 0);
    }
    app_passphrase_row_set_path (self->passphrase_row, device->source);
}

static void
update_device (AppDetailsPage *self, const VitrineDeviceInfo *device)
{
    g_autofree char *source = app_format_path (device->source);
    /* Translators: what model a device is, by which name vitrinectl knows it, and when it is there */
    g_autofree char *facts =
        *device->model != '\0'
            ? g_strdup_printf (_ ("%s · %s · %s"), device->model, device->alias,
                               describe_presence (self))
            : g_strdup_printf (_ ("%s · %s"), device->alias, describe_presence (self));

    gtk_label_set_label (self->facts_label, facts);
    gtk_widget_show (GTK_WIDGET (self->facts_label));
    if (g_str_equal (device->kind, "cdrom"))
        update_drive (self, device);
    if (g_str_equal (device->kind, "disk"))
        update_disk (self, device);
    gtk_label_set_label (self->source_label, source);
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->source_label), source);
    gtk_widget_set_visible (self->source_box, *source != '\0' && !is_said (self, device->source));
    if (self->removal_row == NULL) {
        self->removal_row = app_removal_row_new (self->item);
        gtk_container_add (GTK_CONTAINER (self->removal_box), GTK_WIDGET (self->removal_row));
        gtk_widget_show (GTK_WIDGET (self->removal_box));
    }
    app_removal_row_set_device (self->removal_row, device);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_details_page_dispose (GObject *object)
{
    AppDetailsPage *self = APP_DETAILS_PAGE (object);

    if (self->work_line != NULL && app_work_line_get_busy (self->work_line))
        app_work_line_cancel (self->work_line);
    app_cancellable_end (&self->cancellable);
    g_clear_object (&self->chooser);
    G_OBJECT_CLASS (app_details_page_parent_class)->dispose (object);
}

static void
app_details_page_finalize (GObject *object)
{
    AppDetailsPage *self = APP_DETAILS_PAGE (object);

    g_ptr_array_unref (self->rows);
    g_ptr_array_unref (self->details);
    g_hash_table_unref (self->refused);
    g_clear_object (&self->item);
    g_free (self->part);
    G_OBJECT_CLASS (app_details_page_parent_class)->finalize (object);
}

static void
app_details_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_CHANGED)
        g_value_set_boolean (value, APP_DETAILS_PAGE (object)->changed);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
app_details_page_class_init (AppDetailsPageClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    object_class->dispose = app_details_page_dispose;
    object_class->finalize = app_details_page_finalize;
    object_class->get_property = app_details_page_get_property;

    properties[PROP_CHANGED] = g_param_spec_boolean ("changed", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);
    signals[SIGNAL_SHOW_XML] = g_signal_new ("show-xml", APP_TYPE_DETAILS_PAGE, G_SIGNAL_RUN_LAST,
                                             0, NULL, NULL, NULL, G_TYPE_NONE, 0);

    g_type_ensure (APP_TYPE_FORM_ROW);
    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-details-page.ui");
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, form);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, groups_box);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, media_box);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, removal_box);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, facts_label);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, source_box);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, source_label);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, work_line);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, changes_revealer);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, changes_label);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, apply_button);
    gtk_widget_class_bind_template_callback (widget_class, apply_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, revert_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, xml_clicked_cb);
}

static void
app_details_page_init (AppDetailsPage *self)
{
    self->rows = g_ptr_array_new ();
    self->details = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_detail_free);
    self->refused = g_hash_table_new (NULL, NULL);
    gtk_widget_init_template (GTK_WIDGET (self));
    app_form_follow_focus (GTK_WIDGET (self->form));
}

AppDetailsPage *
app_details_page_new (AppMachineItem *item, const char *part)
{
    AppDetailsPage *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item) && part != NULL, NULL);

    self = g_object_new (APP_TYPE_DETAILS_PAGE, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    self->part = g_strdup (part);
    return self;
}

const char *
app_details_page_get_part (AppDetailsPage *self)
{
    g_return_val_if_fail (APP_IS_DETAILS_PAGE (self), NULL);
    return self->part;
}

gboolean
app_details_page_get_changed (AppDetailsPage *self)
{
    g_return_val_if_fail (APP_IS_DETAILS_PAGE (self), FALSE);
    return self->changed;
}

void
app_details_page_update (AppDetailsPage *self, const char *title, const VitrineDeviceInfo *device)
{
    g_return_if_fail (APP_IS_DETAILS_PAGE (self) && title != NULL);

    gtk_label_set_label (self->title_label, title);
    if (!app_work_line_get_busy (self->work_line))
        update_rows (self);
    if (device != NULL)
        update_device (self, device);
}
