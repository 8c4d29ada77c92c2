/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-details-page.c - the page of one part of a machine: what it is, what can be set of it, Apply and Revert. */
#include "app-details-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-cd-row.h"
#include "app-details-form.h"
#include "app-device.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-image-chooser.h"
#include "app-note-bar.h"
#include "app-passphrase-row.h"
#include "app-removal-row.h"
#include "app-work-line.h"

#define RECENT_CDS 3

struct _AppDetailsPage {
    GtkBox parent_instance;

    AppMachineItem *item;
    char *part;
    gboolean changed;
    AppCdRow *cd_row;              /* of a CD drive, or NULL */
    AppPassphraseRow *passphrase_row; /* of a disk, or NULL */
    AppRemovalRow *removal_row;    /* of a device, or NULL */
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
    char *problem;                 /* of the form's, which is shown, or NULL */

    GtkBox *content;
    AppDetailsForm *form;
    GtkLabel *title_label;
    GtkBox *notes_box;
    GtkBox *form_box;
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

static void
show_problem (AppDetailsPage *self)
{
    const char *problem = app_details_form_get_problem (self->form);

    if (g_strcmp0 (problem, self->problem) == 0)
        return;
    g_free (self->problem);
    self->problem = g_strdup (problem);
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    if (problem != NULL)
        gtk_container_add (GTK_CONTAINER (self->notes_box),
                           GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_ERROR, problem, NULL, FALSE)));
}

static void
update_changes (AppDetailsPage *self)
{
    gboolean busy = app_work_line_get_busy (self->work_line);
    gboolean good = app_details_form_check (self->form);
    guint n = app_details_form_count_changes (self->form);
    g_autofree char *text = g_strdup_printf (ngettext ("%u change waits", "%u changes wait", n), n);

    show_problem (self);
    gtk_label_set_label (self->changes_label, text);
    gtk_revealer_set_reveal_child (self->changes_revealer, n > 0 && !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->apply_button), good && !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->form), !busy);
    if (self->changed == (n > 0))
        return;
    self->changed = n > 0;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CHANGED]);
}

static void
form_changed_cb (AppDetailsForm *form, AppDetailsPage *self)
{
    update_changes (self);
}

/* Whether the user has gone elsewhere with the keyboard. */
static gboolean
is_left (AppDetailsPage *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));
    GtkWidget *focus = GTK_IS_WINDOW (window) ? gtk_window_get_focus (GTK_WINDOW (window)) : NULL;

    return !gtk_widget_get_mapped (GTK_WIDGET (self))
           || (focus != NULL && !gtk_widget_is_ancestor (focus, GTK_WIDGET (self)));
}

static void
applied_cb (AppDetailsForm *form, AppDetailsPage *self)
{
    app_work_line_end (self->work_line);
    update_changes (self);
    if (!is_left (self))
        app_details_form_restore_focus (self->form);
}

static void
apply_clicked_cb (GtkButton *button, AppDetailsPage *self)
{
    GCancellable *cancellable;

    if (app_work_line_get_busy (self->work_line))
        return;
    app_details_form_note_focus (self->form);
    cancellable = app_work_line_begin (self->work_line, _ ("Applying…"));
    update_changes (self);
    app_details_form_apply (self->form, cancellable);
}

static void
revert_clicked_cb (GtkButton *button, AppDetailsPage *self)
{
    app_details_form_revert (self->form);
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
    gtk_widget_set_visible (self->source_box,
                            *source != '\0' && self->cd_row == NULL
                                && !app_details_form_says (self->form, device->source));
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
    g_clear_object (&self->chooser);
    G_OBJECT_CLASS (app_details_page_parent_class)->dispose (object);
}

static void
app_details_page_finalize (GObject *object)
{
    AppDetailsPage *self = APP_DETAILS_PAGE (object);

    g_clear_object (&self->item);
    g_free (self->problem);
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
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, content);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppDetailsPage, form_box);
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
    gtk_widget_init_template (GTK_WIDGET (self));
    app_form_follow_focus (GTK_WIDGET (self->content));
}

AppDetailsPage *
app_details_page_new (AppMachineItem *item, const char *part)
{
    AppDetailsPage *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item) && part != NULL, NULL);

    self = g_object_new (APP_TYPE_DETAILS_PAGE, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    self->part = g_strdup (part);
    self->form = app_details_form_new (item, part);
    g_signal_connect_object (self->form, "changed", G_CALLBACK (form_changed_cb), self, 0);
    g_signal_connect_object (self->form, "applied", G_CALLBACK (applied_cb), self, 0);
    gtk_container_add (GTK_CONTAINER (self->form_box), GTK_WIDGET (self->form));
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
        app_details_form_update (self->form);
    if (device != NULL)
        update_device (self, device);
}
