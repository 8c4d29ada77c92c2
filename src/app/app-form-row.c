/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-form-row.c - a row of a card: title and note on the left, the control it names on the right. */
#include "app-form-row.h"

struct _AppFormRow {
    GtkBox parent_instance;

    GtkWidget *control; /* borrowed; NULL before it is added */

    GtkLabel *title_label;
    GtkLabel *note_label;
};

enum {
    PROP_0,
    PROP_TITLE,
    PROP_NOTE,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static const char *const note_classes[] = {
    [APP_NOTE_PLAIN] = "dim-label",
    [APP_NOTE_WARNING] = "caution",
    [APP_NOTE_ERROR] = "trouble",
};
G_STATIC_ASSERT (G_N_ELEMENTS (note_classes) == APP_NOTE_ERROR + 1);

G_DEFINE_TYPE (AppFormRow, app_form_row, GTK_TYPE_BOX)

/* Tells screen readers what the labels tell the eye. */
static void
update_accessible (AppFormRow *self)
{
    AtkObject *accessible;

    if (self->control == NULL)
        return;
    accessible = gtk_widget_get_accessible (self->control);
    atk_object_set_name (accessible, gtk_label_get_text (self->title_label));
    atk_object_set_description (accessible, gtk_label_get_text (self->note_label));
}

void
app_form_row_set_title (AppFormRow *self, const char *title)
{
    g_return_if_fail (APP_IS_FORM_ROW (self));
    gtk_label_set_text_with_mnemonic (self->title_label, title);
    update_accessible (self);
}

void
app_form_row_set_plain_title (AppFormRow *self, const char *title)
{
    g_return_if_fail (APP_IS_FORM_ROW (self));
    gtk_label_set_text (self->title_label, title);
    update_accessible (self);
}

void
app_form_row_set_note (AppFormRow *self, AppNoteKind kind, const char *note)
{
    GtkStyleContext *style;

    g_return_if_fail (APP_IS_FORM_ROW (self));

    if (note == NULL)
        note = "";
    style = gtk_widget_get_style_context (GTK_WIDGET (self->note_label));
    for (guint i = 0; i < G_N_ELEMENTS (note_classes); i++) {
        if (i == kind)
            gtk_style_context_add_class (style, note_classes[i]);
        else
            gtk_style_context_remove_class (style, note_classes[i]);
    }
    gtk_label_set_text (self->note_label, note);
    gtk_widget_set_visible (GTK_WIDGET (self->note_label), *note != '\0');
    update_accessible (self);
    if (self->control == NULL)
        return;
    style = gtk_widget_get_style_context (self->control);
    if (kind == APP_NOTE_ERROR)
        gtk_style_context_add_class (style, "error");
    else
        gtk_style_context_remove_class (style, "error");
}

static void
app_form_row_add (GtkContainer *container, GtkWidget *widget)
{
    AppFormRow *self = APP_FORM_ROW (container);

    GTK_CONTAINER_CLASS (app_form_row_parent_class)->add (container, widget);
    /* The template's own box comes first, before its labels are bound. */
    if (self->title_label == NULL)
        return;
    self->control = widget;
    gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
    gtk_label_set_mnemonic_widget (self->title_label, widget);
    update_accessible (self);
}

static void
app_form_row_remove (GtkContainer *container, GtkWidget *widget)
{
    AppFormRow *self = APP_FORM_ROW (container);

    if (self->control == widget)
        self->control = NULL;
    GTK_CONTAINER_CLASS (app_form_row_parent_class)->remove (container, widget);
}

static void
app_form_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppFormRow *self = APP_FORM_ROW (object);

    switch (id) {
    case PROP_TITLE:
        g_value_set_string (value, gtk_label_get_label (self->title_label));
        break;
    case PROP_NOTE:
        g_value_set_string (value, gtk_label_get_text (self->note_label));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_form_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    AppFormRow *self = APP_FORM_ROW (object);

    switch (id) {
    case PROP_TITLE:
        app_form_row_set_title (self, g_value_get_string (value));
        break;
    case PROP_NOTE:
        app_form_row_set_note (self, APP_NOTE_PLAIN, g_value_get_string (value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_form_row_class_init (AppFormRowClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    object_class->get_property = app_form_row_get_property;
    object_class->set_property = app_form_row_set_property;
    GTK_CONTAINER_CLASS (klass)->add = app_form_row_add;
    GTK_CONTAINER_CLASS (klass)->remove = app_form_row_remove;

    properties[PROP_TITLE] =
        g_param_spec_string ("title", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    properties[PROP_NOTE] =
        g_param_spec_string ("note", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-form-row.ui");
    gtk_widget_class_bind_template_child (widget_class, AppFormRow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppFormRow, note_label);
}

static void
app_form_row_init (AppFormRow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

char *
app_form_dup_text (GtkEntry *entry)
{
    return g_strstrip (g_strdup (gtk_entry_get_text (entry)));
}

void
app_form_follow_focus (GtkWidget *form)
{
    GtkWidget *scroller = gtk_widget_get_ancestor (form, GTK_TYPE_SCROLLED_WINDOW);

    g_return_if_fail (GTK_IS_CONTAINER (form) && scroller != NULL);
    gtk_container_set_focus_vadjustment (
        GTK_CONTAINER (form), gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)));
}
