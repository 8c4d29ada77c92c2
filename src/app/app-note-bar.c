/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-note-bar.c - an info bar that says what is wrong and, where there is one, the command that mends it. */
#include "app-note-bar.h"

#include <glib/gi18n.h>

#include "app-format.h"

struct _AppNoteBar {
    GtkInfoBar parent_instance;

    GtkImage *image;
    GtkLabel *text_label;
    GtkBox *command_box;
    GtkLabel *command_label;
    GtkButton *copy_button;
    GtkButton *dismiss_button;
};

G_DEFINE_TYPE (AppNoteBar, app_note_bar, GTK_TYPE_INFO_BAR)

static void
copy_clicked_cb (GtkButton *button, AppNoteBar *self)
{
    gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                            gtk_label_get_text (self->command_label), -1);
    gtk_button_set_label (button, _ ("Copied"));
}

static void
dismiss_clicked_cb (GtkButton *button, AppNoteBar *self)
{
    gtk_info_bar_response (GTK_INFO_BAR (self), GTK_RESPONSE_CLOSE);
}

static void
app_note_bar_response (GtkInfoBar *bar, int response)
{
    if (response == GTK_RESPONSE_CLOSE)
        gtk_widget_destroy (GTK_WIDGET (bar));
}

static void
app_note_bar_class_init (AppNoteBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    GTK_INFO_BAR_CLASS (klass)->response = app_note_bar_response;

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-note-bar.ui");
    gtk_widget_class_bind_template_child (widget_class, AppNoteBar, image);
    gtk_widget_class_bind_template_child (widget_class, AppNoteBar, text_label);
    gtk_widget_class_bind_template_child (widget_class, AppNoteBar, command_box);
    gtk_widget_class_bind_template_child (widget_class, AppNoteBar, command_label);
    gtk_widget_class_bind_template_child (widget_class, AppNoteBar, copy_button);
    gtk_widget_class_bind_template_child (widget_class, AppNoteBar, dismiss_button);
    gtk_widget_class_bind_template_callback (widget_class, copy_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, dismiss_clicked_cb);
}

static void
app_note_bar_init (AppNoteBar *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppNoteBar *
app_note_bar_new (GtkMessageType type, const char *text, const char *command, gboolean dismissable)
{
    const char *icon_name = type == GTK_MESSAGE_ERROR     ? "dialog-error-symbolic"
                            : type == GTK_MESSAGE_WARNING ? "dialog-warning-symbolic"
                                                          : "dialog-information-symbolic";
    AppNoteBar *self = g_object_new (APP_TYPE_NOTE_BAR, "message-type", type, NULL);

    /* A button of our own: the info bar's has no name for screen readers. */
    gtk_widget_set_visible (GTK_WIDGET (self->dismiss_button), dismissable);
    gtk_image_set_from_icon_name (self->image, icon_name, GTK_ICON_SIZE_MENU);
    app_note_bar_set_text (self, text);
    if (command != NULL && *command != '\0') {
        gtk_label_set_label (self->command_label, command);
        gtk_widget_show (GTK_WIDGET (self->command_box));
    }
    return self;
}

void
app_note_bar_clear (GtkContainer *box)
{
    g_autoptr (GList) bars = gtk_container_get_children (box);

    for (GList *l = bars; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
}

void
app_note_bar_add_error (GtkContainer *box, const GError *error)
{
    g_autofree char *text = app_format_sentence (error->message);

    gtk_container_add (box, GTK_WIDGET (app_note_bar_new (GTK_MESSAGE_ERROR, text, NULL, TRUE)));
}

void
app_note_bar_set_text (AppNoteBar *self, const char *text)
{
    g_return_if_fail (APP_IS_NOTE_BAR (self));

    gtk_label_set_label (self->text_label, text);
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), text);
}
