/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-vnc.c - a module: a guest's picture by VNC. */
#include <gtk-vnc.h>

#include "app-display.h"
#include "app-module.h"
#include "config.h"

typedef struct {
    VncDisplay parent_instance;
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

static void
display_vnc_set_fits (AppDisplay *self, gboolean fits)
{
    vnc_display_set_scaling (VNC_DISPLAY (self), fits);
}

static void
display_vnc_release_pointer (AppDisplay *self)
{
    vnc_display_force_grab (VNC_DISPLAY (self), FALSE);
}

static void
display_vnc_iface_init (AppDisplayInterface *iface)
{
    iface->open_fd = display_vnc_open_fd;
    iface->close = display_vnc_close;
    iface->get_size = display_vnc_get_size;
    iface->request_size = display_vnc_request_size;
    iface->set_fits = display_vnc_set_fits;
    iface->release_pointer = display_vnc_release_pointer;
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
    g_signal_emit_by_name (self, "resized");
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
}

static void
display_vnc_class_init (DisplayVncClass *klass)
{
    G_OBJECT_CLASS (klass)->constructed = display_vnc_constructed;
}

static void
display_vnc_init (DisplayVnc *self)
{
    g_signal_connect (self, "vnc-initialized", G_CALLBACK (initialized_cb), NULL);
    g_signal_connect (self, "vnc-disconnected", G_CALLBACK (disconnected_cb), NULL);
    g_signal_connect (self, "vnc-desktop-resize", G_CALLBACK (desktop_resize_cb), NULL);
}

G_MODULE_EXPORT GType
app_module_get_widget (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? display_vnc_get_type () : G_TYPE_INVALID;
}
