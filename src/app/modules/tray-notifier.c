/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tray-notifier.c - a module: an icon in the tray, as a StatusNotifierItem with a menu by libdbusmenu.
 *
 * The item itself is a dozen properties on the session bus, so it is ours: the library that most programs
 * leave it to tells its first icon to nobody when it is made before its own connection is there, and has
 * nothing but the menu for a click.
 */
#include <libdbusmenu-glib/server.h>
#include <libdbusmenu-gtk/parser.h>
#include <tray-status-notifier.h>

#include "app-module.h"
#include "app-tray-icon.h"
#include "config.h"

#define ID           "org.vitrine.Vitrine"
#define ITEM_PATH    "/StatusNotifierItem"
#define MENU_PATH    "/StatusNotifierMenu"
#define WATCHER      "org.kde.StatusNotifierWatcher"
#define WATCHER_PATH "/StatusNotifierWatcher"

typedef struct {
    GObject parent_instance;

    GDBusConnection *bus; /* NULL without a session */
    TrayKdeStatusNotifierItem *item;
    DbusmenuServer *server;
    GtkWidget *menu;
} TrayNotifier;

typedef struct {
    GObjectClass parent_class;
} TrayNotifierClass;

static GType tray_notifier_get_type (void);
static void tray_notifier_iface_init (AppTrayIconInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TrayNotifier, tray_notifier, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (APP_TYPE_TRAY_ICON, tray_notifier_iface_init))

/* --- AppTrayIcon ------------------------------------------------------------------------------ */

static GVariant *
tool_tip (const char *text)
{
    GVariant *no_pixmaps = g_variant_new_array (G_VARIANT_TYPE ("(iiay)"), NULL, 0);

    return g_variant_new ("(s@a(iiay)ss)", "", no_pixmaps, text, "");
}

static void
tray_notifier_set_image (AppTrayIcon *icon, const char *icon_name, const char *description)
{
    TrayNotifier *self = (TrayNotifier *) icon;

    tray_kde_status_notifier_item_set_icon_name (self->item, icon_name);
    tray_kde_status_notifier_item_set_icon_accessible_desc (self->item, description);
    tray_kde_status_notifier_item_set_title (self->item, description);
    tray_kde_status_notifier_item_set_tool_tip (self->item, tool_tip (description));
    /* Panels listen to these, not to PropertiesChanged. */
    tray_kde_status_notifier_item_emit_new_icon (self->item);
    tray_kde_status_notifier_item_emit_new_title (self->item);
    tray_kde_status_notifier_item_emit_new_tool_tip (self->item);
}

static void
tray_notifier_set_menu (AppTrayIcon *icon, GtkMenu *menu)
{
    TrayNotifier *self = (TrayNotifier *) icon;
    DbusmenuMenuitem *root = dbusmenu_gtk_parse_menu_structure (GTK_WIDGET (menu));

    dbusmenu_server_set_root (self->server, root);
    g_object_unref (root);
    if (self->menu != NULL)
        gtk_widget_destroy (self->menu);
    g_clear_object (&self->menu);
    self->menu = g_object_ref_sink (GTK_WIDGET (menu));
}

/* A tray that does not want it says so to nobody who could do anything. */
static void
tray_notifier_announce (AppTrayIcon *icon)
{
    TrayNotifier *self = (TrayNotifier *) icon;

    if (self->bus != NULL)
        g_dbus_connection_call (self->bus, WATCHER, WATCHER_PATH, WATCHER,
                                "RegisterStatusNotifierItem", g_variant_new ("(s)", ITEM_PATH),
                                NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
tray_notifier_iface_init (AppTrayIconInterface *iface)
{
    iface->set_image = tray_notifier_set_image;
    iface->set_menu = tray_notifier_set_menu;
    iface->announce = tray_notifier_announce;
}

/* --- what a panel asks for -------------------------------------------------------------------- */

static gboolean
activate_cb (TrayKdeStatusNotifierItem *item, GDBusMethodInvocation *invocation, int x, int y,
             TrayNotifier *self)
{
    g_signal_emit_by_name (self, "activated");
    g_dbus_method_invocation_return_value (invocation, NULL);
    return TRUE;
}

/* --- life ------------------------------------------------------------------------------------- */

static void
tray_notifier_dispose (GObject *object)
{
    TrayNotifier *self = (TrayNotifier *) object;

    if (self->item != NULL) {
        tray_kde_status_notifier_item_set_status (self->item, "Passive");
        tray_kde_status_notifier_item_emit_new_status (self->item, "Passive");
        g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->item));
    }
    g_clear_object (&self->item);
    g_clear_object (&self->server);
    if (self->menu != NULL)
        gtk_widget_destroy (self->menu);
    g_clear_object (&self->menu);
    g_clear_object (&self->bus);
    G_OBJECT_CLASS (tray_notifier_parent_class)->dispose (object);
}

static void
tray_notifier_class_init (TrayNotifierClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = tray_notifier_dispose;
}

static void
tray_notifier_init (TrayNotifier *self)
{
    g_autoptr (GError) error = NULL;

    self->server = dbusmenu_server_new (MENU_PATH);
    self->item = tray_kde_status_notifier_item_skeleton_new ();
    g_object_set (self->item, "category", "ApplicationStatus", "id", ID, "status", "Active",
                  "icon-theme-path", "", "overlay-icon-name", "", "attention-icon-name", "",
                  "item-is-menu", FALSE, "menu", MENU_PATH, "tool-tip", tool_tip (""), NULL);
    g_signal_connect (self->item, "handle-activate", G_CALLBACK (activate_cb), self);
    g_signal_connect (self->item, "handle-secondary-activate", G_CALLBACK (activate_cb), self);
    /* The application has the session's bus already, so this waits for nothing. */
    self->bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
    if (self->bus == NULL
        || !g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->item), self->bus,
                                              ITEM_PATH, &error))
        g_message ("no icon in the tray: %s", error->message);
}

G_MODULE_EXPORT GType
app_module_get_widget (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? tray_notifier_get_type () : G_TYPE_INVALID;
}
