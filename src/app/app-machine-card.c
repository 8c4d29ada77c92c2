/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-card.c - what is in a machine's row: picture, name, facts, state and its buttons. */
#include "app-machine-card.h"

#include <glib/gi18n.h>

#include "app-format.h"
#include "app-machine-load.h"
#include "app-machine-trouble.h"
#include "app-thumbnail.h"

struct _AppMachineCard {
    GtkBox parent_instance;

    AppMachineItem *item;
    const char *badge_class; /* the state's, on the badge now; static */

    AppThumbnail *thumbnail;
    GtkBox *text_box;
    GtkLabel *name_label;
    GtkLabel *facts_label;
    GtkBox *load_box;
    GtkLabel *started_label;
    GtkLabel *badge_label;
    GtkBox *button_box;
    GtkButton *primary_button;
    GtkImage *primary_image;
    GtkButton *menu_button;

    /* Made when they are first needed, which in most rows is never. */
    AppMachineTrouble *trouble; /* in text_box */
    AppMachineLoad *load;       /* in load_box, of a machine that runs */
    GtkButton *cancel_button;   /* in button_box, in the place of primary_button */
    GtkSpinner *spinner;        /* in cancel_button */
    gboolean watched;           /* somebody looks */
};

G_DEFINE_TYPE (AppMachineCard, app_machine_card, GTK_TYPE_BOX)

static void
set_button_name (GtkButton *button, const char *name)
{
    gtk_widget_set_tooltip_text (GTK_WIDGET (button), name);
    atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (button)), name);
}

static void
update_facts (AppMachineCard *self)
{
    VitrineMachine *machine = app_machine_item_get_machine (self->item);
    g_autofree char *facts = app_format_facts (machine);
    g_autofree char *started = app_format_start_time (vitrine_machine_get_start_time (machine));

    gtk_label_set_label (self->name_label, vitrine_machine_get_name (machine));
    gtk_label_set_label (self->facts_label, facts);
    gtk_label_set_label (self->started_label, started);
}

static void
cancel_clicked_cb (GtkButton *button, AppMachineCard *self)
{
    app_machine_item_cancel (self->item);
}

static void
make_cancel_button (AppMachineCard *self)
{
    GtkWidget *button = gtk_button_new ();
    GtkWidget *spinner = gtk_spinner_new ();

    self->cancel_button = GTK_BUTTON (button);
    self->spinner = GTK_SPINNER (spinner);
    gtk_button_set_relief (self->cancel_button, GTK_RELIEF_NONE);
    gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
    gtk_style_context_add_class (gtk_widget_get_style_context (button), "image-button");
    set_button_name (self->cancel_button, _ ("Cancel"));
    gtk_container_add (GTK_CONTAINER (button), spinner);
    gtk_widget_show (spinner);
    gtk_box_pack_start (self->button_box, button, FALSE, FALSE, 0);
    gtk_box_reorder_child (self->button_box, button, 0);
    g_signal_connect_object (button, "clicked", G_CALLBACK (cancel_clicked_cb), self, 0);
}

/* Shows the one of the two buttons in one place; it keeps the keyboard there. */
static void
show_busy (AppMachineCard *self, gboolean busy)
{
    GtkWidget *primary = GTK_WIDGET (self->primary_button), *cancel;
    gboolean focused;

    if (self->cancel_button == NULL) {
        if (!busy)
            return;
        make_cancel_button (self);
    }
    cancel = GTK_WIDGET (self->cancel_button);
    focused = gtk_widget_has_focus (busy ? primary : cancel);
    gtk_widget_set_visible (cancel, busy);
    if (focused)
        gtk_widget_grab_focus (busy ? cancel : primary);
    gtk_widget_set_visible (primary, !busy);
    /* An unseen spinner must not keep the frame clock going. */
    g_object_set (self->spinner, "active", busy, NULL);
}

/* The button that does what the state asks for, or, while something is under way, the one that gives
 * it up. */
static void
update_primary (AppMachineCard *self)
{
    VitrineAction action = VITRINE_ACTION_START;
    gboolean possible = app_machine_item_get_primary (self->item, &action);
    const char *icon_name;

    set_button_name (self->primary_button, app_format_primary (action, &icon_name));
    gtk_image_set_from_icon_name (self->primary_image, icon_name, GTK_ICON_SIZE_BUTTON);
    gtk_widget_set_sensitive (GTK_WIDGET (self->primary_button), possible);
    show_busy (self, app_machine_item_get_busy (self->item));
}

static void
update_badge (AppMachineCard *self)
{
    VitrineMachineState state = app_machine_item_get_state (self->item);
    GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self->badge_label));
    const char *style_class = app_format_state_class (state);

    gtk_label_set_label (self->badge_label, app_format_state (state));
    if (self->badge_class == style_class)
        return;
    if (self->badge_class != NULL)
        gtk_style_context_remove_class (style, self->badge_class);
    gtk_style_context_add_class (style, style_class);
    self->badge_class = style_class;
}

static void
update_trouble (AppMachineCard *self)
{
    g_autofree char *trouble = NULL;

    if (self->trouble != NULL) /* it follows by itself */
        return;
    trouble = app_machine_item_dup_trouble (self->item);
    if (*trouble == '\0')
        return;
    self->trouble = app_machine_trouble_new (self->item);
    gtk_box_pack_start (self->text_box, GTK_WIDGET (self->trouble), FALSE, TRUE, 0);
}

/* What does not run has no load, and what runs has one when somebody looks. */
static void
update_load (AppMachineCard *self)
{
    gboolean runs = vitrine_machine_runs (app_machine_item_get_machine (self->item));

    if (self->load == NULL && runs && self->watched) {
        self->load = app_machine_load_new (self->item);
        gtk_container_add (GTK_CONTAINER (self->load_box), GTK_WIDGET (self->load));
    }
    if (self->load == NULL)
        return;
    gtk_widget_set_visible (GTK_WIDGET (self->load), runs);
    app_machine_load_set_watched (self->load, runs && self->watched);
}

static void
update_state (AppMachineCard *self)
{
    update_badge (self);
    update_load (self);
    update_primary (self);
    update_trouble (self);
}

static void
machine_notify_cb (VitrineMachine *machine, GParamSpec *pspec, AppMachineCard *self)
{
    update_facts (self);
    update_state (self);
    /* A fresh start shows a picture, a pause keeps the last one. */
    if (g_str_equal (pspec->name, "state"))
        app_machine_item_take_picture (self->item, gtk_widget_get_scale_factor (GTK_WIDGET (self)));
}

static void
primary_clicked_cb (GtkButton *button, AppMachineCard *self)
{
    VitrineAction action;

    if (app_machine_item_get_primary (self->item, &action))
        app_machine_item_act (self->item, action);
}

static void
app_machine_card_dispose (GObject *object)
{
    AppMachineCard *self = APP_MACHINE_CARD (object);

    g_clear_object (&self->item);
    G_OBJECT_CLASS (app_machine_card_parent_class)->dispose (object);
}

static void
app_machine_card_class_init (AppMachineCardClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_machine_card_dispose;

    g_type_ensure (APP_TYPE_THUMBNAIL);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-machine-card.ui");
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, thumbnail);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, text_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, name_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, facts_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, load_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, started_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, badge_label);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, button_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, primary_button);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, primary_image);
    gtk_widget_class_bind_template_child (widget_class, AppMachineCard, menu_button);
    gtk_widget_class_bind_template_callback (widget_class, primary_clicked_cb);
}

static void
app_machine_card_init (AppMachineCard *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppMachineCard *
app_machine_card_new (AppMachineItem *item)
{
    AppMachineCard *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_MACHINE_CARD, NULL);
    self->item = g_object_ref (item);
    app_thumbnail_set_item (self->thumbnail, item);
    g_signal_connect_object (app_machine_item_get_machine (item), "notify",
                             G_CALLBACK (machine_notify_cb), self, 0);
    g_signal_connect_object (item, "notify::busy", G_CALLBACK (update_primary), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (item, "notify::problem", G_CALLBACK (update_trouble), self,
                             G_CONNECT_SWAPPED);
    update_facts (self);
    update_state (self);
    return self;
}

void
app_machine_card_set_watched (AppMachineCard *self, gboolean watched)
{
    g_return_if_fail (APP_IS_MACHINE_CARD (self));

    if (self->watched == watched)
        return;
    self->watched = watched;
    update_load (self);
}

GtkWidget *
app_machine_card_get_menu_button (AppMachineCard *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_CARD (self), NULL);
    return GTK_WIDGET (self->menu_button);
}
