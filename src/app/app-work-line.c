/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-work-line.c - the line at the bottom of a window while something is under way: what, how far, and Cancel. */
#include "app-work-line.h"

#include <glib/gi18n.h>

struct _AppWorkLine {
    GtkRevealer parent_instance;

    GCancellable *cancellable; /* of what is under way, or NULL */

    GtkSpinner *spinner;
    GtkLabel *text_label;
    GtkProgressBar *progress_bar;
    GtkButton *cancel_button;
};

enum {
    PROP_0,
    PROP_BUSY,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (AppWorkLine, app_work_line, GTK_TYPE_REVEALER)

static void
update (AppWorkLine *self)
{
    gboolean busy = self->cancellable != NULL;

    if (self->spinner == NULL) /* the window has gone */
        return;
    gtk_revealer_set_reveal_child (GTK_REVEALER (self), busy);
    g_object_set (self->spinner, "active", busy, NULL);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

GCancellable *
app_work_line_begin (AppWorkLine *self, const char *text)
{
    g_return_val_if_fail (APP_IS_WORK_LINE (self), NULL);
    g_return_val_if_fail (self->cancellable == NULL, NULL);

    self->cancellable = g_cancellable_new ();
    gtk_label_set_label (self->text_label, text);
    gtk_progress_bar_set_fraction (self->progress_bar, 0);
    gtk_widget_hide (GTK_WIDGET (self->progress_bar));
    gtk_widget_set_sensitive (GTK_WIDGET (self->cancel_button), TRUE);
    update (self);
    return self->cancellable;
}

void
app_work_line_end (AppWorkLine *self)
{
    g_return_if_fail (APP_IS_WORK_LINE (self));

    if (self->cancellable == NULL)
        return;
    g_clear_object (&self->cancellable);
    update (self);
}

GCancellable *
app_work_line_get_cancellable (AppWorkLine *self)
{
    g_return_val_if_fail (APP_IS_WORK_LINE (self), NULL);
    return self->cancellable;
}

gboolean
app_work_line_get_busy (AppWorkLine *self)
{
    g_return_val_if_fail (APP_IS_WORK_LINE (self), FALSE);
    return self->cancellable != NULL;
}

void
app_work_line_cancel (AppWorkLine *self)
{
    g_return_if_fail (APP_IS_WORK_LINE (self));

    if (self->cancellable == NULL)
        return;
    gtk_widget_set_sensitive (GTK_WIDGET (self->cancel_button), FALSE);
    gtk_label_set_label (self->text_label, _ ("Taking it back…"));
    g_cancellable_cancel (self->cancellable);
}

void
app_work_line_cancel_or_close (AppWorkLine *self)
{
    g_return_if_fail (APP_IS_WORK_LINE (self));

    if (self->cancellable != NULL)
        app_work_line_cancel (self);
    else
        gtk_window_close (GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))));
}

void
app_work_line_progress_cb (double fraction, gpointer user_data)
{
    AppWorkLine *self = user_data;

    if (self->progress_bar == NULL) /* the window has gone */
        return;
    gtk_widget_show (GTK_WIDGET (self->progress_bar));
    gtk_progress_bar_set_fraction (self->progress_bar, fraction);
}

static void
app_work_line_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_BUSY)
        g_value_set_boolean (value, APP_WORK_LINE (object)->cancellable != NULL);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
app_work_line_dispose (GObject *object)
{
    AppWorkLine *self = APP_WORK_LINE (object);

    if (self->cancellable != NULL)
        g_cancellable_cancel (self->cancellable);
    G_OBJECT_CLASS (app_work_line_parent_class)->dispose (object);
}

static void
app_work_line_finalize (GObject *object)
{
    AppWorkLine *self = APP_WORK_LINE (object);

    g_clear_object (&self->cancellable);
    G_OBJECT_CLASS (app_work_line_parent_class)->finalize (object);
}

static void
app_work_line_class_init (AppWorkLineClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->get_property = app_work_line_get_property;
    G_OBJECT_CLASS (klass)->dispose = app_work_line_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_work_line_finalize;

    properties[PROP_BUSY] =
        g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-work-line.ui");
    gtk_widget_class_bind_template_child (widget_class, AppWorkLine, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppWorkLine, text_label);
    gtk_widget_class_bind_template_child (widget_class, AppWorkLine, progress_bar);
    gtk_widget_class_bind_template_child (widget_class, AppWorkLine, cancel_button);
    gtk_widget_class_bind_template_callback (widget_class, app_work_line_cancel);
}

static void
app_work_line_init (AppWorkLine *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}
