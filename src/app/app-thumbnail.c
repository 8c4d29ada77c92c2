/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-thumbnail.c - the small picture of a machine in its row: what it shows, or a power sign.
 *
 * The sign is drawn here rather than looked up, because this is on the way to the first frame.
 */
#include "app-thumbnail.h"

#include <math.h>

#include "app-format.h"

#define CORNER_RADIUS 5.0
#define SIGN_RADIUS   11.0

struct _AppThumbnail {
    GtkDrawingArea parent_instance;

    AppMachineItem *item;
};

G_DEFINE_TYPE (AppThumbnail, app_thumbnail, GTK_TYPE_DRAWING_AREA)

static void
rounded_rectangle (cairo_t *cr, double width, double height, double inset)
{
    double r = CORNER_RADIUS - inset;

    cairo_new_sub_path (cr);
    cairo_arc (cr, width - inset - r, inset + r, r, -G_PI_2, 0);
    cairo_arc (cr, width - inset - r, height - inset - r, r, 0, G_PI_2);
    cairo_arc (cr, inset + r, height - inset - r, r, G_PI_2, G_PI);
    cairo_arc (cr, inset + r, inset + r, r, G_PI, 3 * G_PI_2);
    cairo_close_path (cr);
}

static void
draw_power_sign (cairo_t *cr, double width, double height)
{
    double x = width / 2, y = height / 2 + 1;

    cairo_set_source_rgba (cr, 1, 1, 1, 0.45);
    cairo_set_line_width (cr, 2.5);
    cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
    cairo_new_sub_path (cr);
    cairo_arc (cr, x, y, SIGN_RADIUS, -G_PI_2 + 0.7, 3 * G_PI_2 - 0.7);
    cairo_stroke (cr);
    cairo_move_to (cr, x, y - SIGN_RADIUS - 2);
    cairo_line_to (cr, x, y - 1);
    cairo_stroke (cr);
}

static gboolean
app_thumbnail_draw (GtkWidget *widget, cairo_t *cr)
{
    AppThumbnail *self = APP_THUMBNAIL (widget);
    double width = gtk_widget_get_allocated_width (widget);
    double height = gtk_widget_get_allocated_height (widget);
    cairo_surface_t *picture = NULL;
    gboolean live = FALSE;

    if (self->item != NULL) {
        picture = app_machine_item_get_picture (self->item);
        live = app_state_is_live (app_machine_item_get_state (self->item));
    }

    cairo_save (cr);
    rounded_rectangle (cr, width, height, 0);
    cairo_clip (cr);
    cairo_set_source_rgb (cr, 0.11, 0.11, 0.13);
    cairo_paint (cr);
    if (picture != NULL) {
        cairo_set_source_surface (cr, picture, (width - APP_PICTURE_WIDTH) / 2,
                                  (height - APP_PICTURE_HEIGHT) / 2);
        cairo_paint_with_alpha (cr, live ? 1.0 : 0.35);
    }
    cairo_restore (cr);
    if (!live)
        draw_power_sign (cr, width, height);

    /* A hair line keeps a dark picture apart from a dark row. */
    rounded_rectangle (cr, width, height, 0.5);
    cairo_set_source_rgba (cr, 0.5, 0.5, 0.5, 0.35);
    cairo_set_line_width (cr, 1);
    cairo_stroke (cr);
    return GDK_EVENT_PROPAGATE;
}

static void
app_thumbnail_dispose (GObject *object)
{
    app_thumbnail_set_item (APP_THUMBNAIL (object), NULL);
    G_OBJECT_CLASS (app_thumbnail_parent_class)->dispose (object);
}

static void
app_thumbnail_class_init (AppThumbnailClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_thumbnail_dispose;
    GTK_WIDGET_CLASS (klass)->draw = app_thumbnail_draw;
    gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), ATK_ROLE_IMAGE);
}

static void
app_thumbnail_init (AppThumbnail *self)
{
    gtk_widget_set_size_request (GTK_WIDGET (self), APP_PICTURE_WIDTH, APP_PICTURE_HEIGHT);
}

void
app_thumbnail_set_item (AppThumbnail *self, AppMachineItem *item)
{
    g_return_if_fail (APP_IS_THUMBNAIL (self));

    if (self->item == item)
        return;
    if (self->item != NULL) {
        g_signal_handlers_disconnect_by_data (self->item, self);
        g_signal_handlers_disconnect_by_data (app_machine_item_get_machine (self->item), self);
    }
    g_set_object (&self->item, item);
    if (item != NULL) {
        g_signal_connect_object (item, "notify::picture", G_CALLBACK (gtk_widget_queue_draw), self,
                                 G_CONNECT_SWAPPED);
        g_signal_connect_object (app_machine_item_get_machine (item), "notify::state",
                                 G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
    }
    gtk_widget_queue_draw (GTK_WIDGET (self));
}
