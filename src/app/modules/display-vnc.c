/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-vnc.c - a module: a guest's picture by VNC.
 *
 * The protocol's clipboard is text that is told, not asked for: so what is copied here goes to a guest only while
 * that has the keyboard, or gets it, and no other guest hears of it.
 */
#include <gtk-vnc.h>
#include <string.h>
#include <vnccairoframebuffer.h>

#include "app-display.h"
#include "app-module.h"
#include "config.h"

#define CUT_TEXT_BYTES_MAX (1 << 20) /* either way */

typedef struct {
    VncDisplay parent_instance;

    gboolean fits;
    gboolean is_sized; /* its size is what apply_size() asked for */
    AppClipboard clipboard;
    gboolean told;    /* the guest has what is on the clipboard, or gets it in a moment */
    char *from_guest; /* what it last put there, or NULL: it is not told its own */
} DisplayVnc;

typedef struct {
    VncDisplayClass parent_class;
} DisplayVncClass;

static GType display_vnc_get_type (void);
static void display_vnc_iface_init (AppDisplayInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DisplayVnc, display_vnc, VNC_TYPE_DISPLAY,
                               G_IMPLEMENT_INTERFACE (APP_TYPE_DISPLAY, display_vnc_iface_init))

static void
display_vnc_get_size (AppDisplay *self, int *width, int *height)
{
    *width = vnc_display_get_width (VNC_DISPLAY (self));
    *height = vnc_display_get_height (VNC_DISPLAY (self));
}

static void
display_vnc_request_size (AppDisplay *self, int width, int height)
{
    VncConnection *connection = vnc_display_get_connection (VNC_DISPLAY (self));

    if (vnc_connection_is_initialized (connection)
        && (width != vnc_connection_get_width (connection)
            || height != vnc_connection_get_height (connection)))
        vnc_connection_set_size (connection, (guint) width, (guint) height);
}

static void
display_vnc_open_fd (AppDisplay *self, int fd)
{
    vnc_display_open_fd (VNC_DISPLAY (self), fd);
}

/* What had already come is still handed out after the connection has closed, and gtk-vnc draws it on the
 * widget's window without asking whether there is one.  Its other handlers stay: one holds a reference. */
static void
stop_drawing (VncDisplay *display)
{
    VncConnection *connection = vnc_display_get_connection (display);
    guint update = g_signal_lookup ("vnc-framebuffer-update", VNC_TYPE_CONNECTION);

    g_signal_handlers_disconnect_matched (connection, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA, update, 0,
                                          NULL, NULL, display);
}

static void
display_vnc_close (AppDisplay *self)
{
    stop_drawing (VNC_DISPLAY (self));
    vnc_display_close (VNC_DISPLAY (self));
}

/* A picture of its own size has a pixel of the guest's for each of the screen's.  What gtk-vnc does not scale has one for
 * each of GTK's, which are several on a dense screen: there it is scaled, into a widget of the right size. */
static void
apply_size (DisplayVnc *self)
{
    int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
    gboolean sizes = !self->fits && scale > 1;
    int width, height;

    display_vnc_get_size (APP_DISPLAY (self), &width, &height);
    vnc_display_set_scaling (VNC_DISPLAY (self), self->fits || sizes);
    vnc_display_set_force_size (VNC_DISPLAY (self), !sizes);
    if (sizes)
        gtk_widget_set_size_request (GTK_WIDGET (self), (width + scale - 1) / scale,
                                     (height + scale - 1) / scale);
    else if (self->is_sized)
        gtk_widget_set_size_request (GTK_WIDGET (self), -1, -1);
    self->is_sized = sizes;
}

/* gtk-vnc enlarges a picture to GTK's pixels before it scales it, which blurs it. */
static void
draw_exactly (VncCairoFramebuffer *picture, cairo_t *cr, int scale)
{
    cairo_scale (cr, 1.0 / scale, 1.0 / scale);
    cairo_set_source_surface (cr, vnc_cairo_framebuffer_get_surface (picture), 0, 0);
    cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
    cairo_paint (cr);
}

static gboolean
display_vnc_draw (GtkWidget *widget, cairo_t *cr)
{
    g_autoptr (GObject) picture = NULL;

    if (((DisplayVnc *) widget)->is_sized)
        g_object_get (vnc_display_get_connection (VNC_DISPLAY (widget)), "framebuffer", &picture,
                      NULL);
    if (picture == NULL || !VNC_IS_CAIRO_FRAMEBUFFER (picture))
        return GTK_WIDGET_CLASS (display_vnc_parent_class)->draw (widget, cr);
    draw_exactly (VNC_CAIRO_FRAMEBUFFER (picture), cr, gtk_widget_get_scale_factor (widget));
    return TRUE;
}

static void
display_vnc_set_fits (AppDisplay *self, gboolean fits)
{
    ((DisplayVnc *) self)->fits = fits;
    apply_size ((DisplayVnc *) self);
}

static void
display_vnc_release_pointer (AppDisplay *self)
{
    vnc_display_force_grab (VNC_DISPLAY (self), FALSE);
}

/* --- clipboard ----------------------------------------------------------------------------------- */

static GtkClipboard *
get_clipboard (void)
{
    return gtk_clipboard_get (GDK_SELECTION_CLIPBOARD);
}

static void
text_cb (GtkClipboard *clipboard, const char *text, gpointer user_data)
{
    g_autoptr (GtkWidget) held = user_data;
    DisplayVnc *self = user_data;

    if (self->clipboard == APP_CLIPBOARD_OFF || !gtk_widget_has_focus (GTK_WIDGET (self))) {
        self->told = FALSE; /* it was too late; it may be told another time */
        return;
    }
    if (text == NULL || strlen (text) > CUT_TEXT_BYTES_MAX
        || g_strcmp0 (text, self->from_guest) == 0)
        return;
    g_clear_pointer (&self->from_guest, g_free); /* the guest has another text now */
    vnc_display_client_cut_text (VNC_DISPLAY (self), text);
}

static void
tell_guest (DisplayVnc *self)
{
    if (self->clipboard == APP_CLIPBOARD_OFF || self->told
        || !gtk_widget_has_focus (GTK_WIDGET (self)) || !vnc_display_is_open (VNC_DISPLAY (self)))
        return;
    self->told = TRUE;
    gtk_clipboard_request_text (get_clipboard (), text_cb, g_object_ref (self));
}

static void
owner_change_cb (DisplayVnc *self)
{
    self->told = FALSE;
    tell_guest (self);
}

static void
server_cut_text_cb (VncDisplay *display, const char *text, gpointer user_data)
{
    DisplayVnc *self = (DisplayVnc *) display;

    if (self->clipboard != APP_CLIPBOARD_BOTH || text == NULL || strlen (text) > CUT_TEXT_BYTES_MAX
        || !g_utf8_validate (text, -1, NULL))
        return;
    g_free (self->from_guest);
    self->from_guest = g_strdup (text);
    gtk_clipboard_set_text (get_clipboard (), text, -1);
}

/* What is sent cannot be taken back; what came stays what the user copied. */
static void
display_vnc_set_clipboard (AppDisplay *display, AppClipboard direction)
{
    DisplayVnc *self = (DisplayVnc *) display;

    self->clipboard = direction;
    tell_guest (self);
}

/* --- what a console asks for --------------------------------------------------------------------- */

static void
display_vnc_iface_init (AppDisplayInterface *iface)
{
    iface->open_fd = display_vnc_open_fd;
    iface->close = display_vnc_close;
    iface->get_size = display_vnc_get_size;
    iface->request_size = display_vnc_request_size;
    iface->set_fits = display_vnc_set_fits;
    iface->release_pointer = display_vnc_release_pointer;
    iface->set_clipboard = display_vnc_set_clipboard;
}

static void
initialized_cb (DisplayVnc *self)
{
    g_signal_emit_by_name (self, "ready");
}

static void
disconnected_cb (DisplayVnc *self)
{
    g_signal_emit_by_name (self, "closed");
}

static void
desktop_resize_cb (DisplayVnc *self)
{
    apply_size (self);
    g_signal_emit_by_name (self, "resized");
}

static void
led_state_cb (VncConnection *connection, DisplayVnc *self)
{
    int state = vnc_connection_get_ledstate (connection);
    guint leds = (state & VNC_LEDSTATE_CAPS_LOCK ? APP_LED_CAPS : 0)
                 | (state & VNC_LEDSTATE_NUM_LOCK ? APP_LED_NUM : 0)
                 | (state & VNC_LEDSTATE_SCROLL_LOCK ? APP_LED_SCROLL : 0);

    g_signal_emit_by_name (self, "leds", leds);
}

/* The signal is declared with a marshaller for an argument that it does not have: handlers need their own. */
static void
watch_leds (VncDisplay *display)
{
    GClosure *closure = g_cclosure_new_object (G_CALLBACK (led_state_cb), G_OBJECT (display));

    g_closure_set_marshal (closure, g_cclosure_marshal_VOID__VOID);
    g_signal_connect_closure (vnc_display_get_connection (display), "vnc-led-state", closure,
                              FALSE);
}

/* gtk-vnc ties the keyboard to the pointer: a window that opens under a resting pointer grabs nothing, and
 * with an absolute pointer no chord releases the keyboard.  So it is told to leave the keyboard alone, and
 * keeps what only it can do: holding the pointer of a guest whose mouse is relative. */
static void
leave_keyboard_alone (VncDisplay *display)
{
    VncGrabSequence *no_keys = vnc_grab_sequence_new (0, NULL);

    vnc_display_set_keyboard_grab (display, FALSE);
    vnc_display_set_pointer_grab (display, TRUE);
    vnc_display_set_grab_keys (display, no_keys);
    vnc_grab_sequence_free (no_keys);
}

/* Not sooner: gtk-vnc sets some of these itself at construction. */
static void
display_vnc_constructed (GObject *object)
{
    VncDisplay *display = VNC_DISPLAY (object);

    G_OBJECT_CLASS (display_vnc_parent_class)->constructed (object);
    vnc_display_set_keep_aspect_ratio (display, TRUE);
    vnc_display_set_smoothing (display, TRUE);
    vnc_display_set_shared_flag (display, TRUE);
    vnc_display_set_depth (display, VNC_DISPLAY_DEPTH_COLOR_FULL);
    leave_keyboard_alone (display);
    watch_leds (display);
    g_signal_connect_object (get_clipboard (), "owner-change", G_CALLBACK (owner_change_cb),
                             display, G_CONNECT_SWAPPED);
}

static void
display_vnc_finalize (GObject *object)
{
    g_free (((DisplayVnc *) object)->from_guest);
    G_OBJECT_CLASS (display_vnc_parent_class)->finalize (object);
}

static void
display_vnc_class_init (DisplayVncClass *klass)
{
    G_OBJECT_CLASS (klass)->constructed = display_vnc_constructed;
    G_OBJECT_CLASS (klass)->finalize = display_vnc_finalize;
    GTK_WIDGET_CLASS (klass)->draw = display_vnc_draw;
}

static void
display_vnc_init (DisplayVnc *self)
{
    g_signal_connect (self, "vnc-initialized", G_CALLBACK (initialized_cb), NULL);
    g_signal_connect (self, "vnc-disconnected", G_CALLBACK (disconnected_cb), NULL);
    g_signal_connect (self, "vnc-desktop-resize", G_CALLBACK (desktop_resize_cb), NULL);
    g_signal_connect (self, "notify::scale-factor", G_CALLBACK (apply_size), NULL);
    g_signal_connect (self, "vnc-server-cut-text", G_CALLBACK (server_cut_text_cb), NULL);
    g_signal_connect (self, "notify::has-focus", G_CALLBACK (tell_guest), NULL);
}

G_MODULE_EXPORT GType
app_module_get_widget (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? display_vnc_get_type () : G_TYPE_INVALID;
}
