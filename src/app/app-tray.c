/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-tray.c - what runs, in the desktop's tray.
 *
 * The library that speaks to trays is loaded when there is a tray to speak to.  A tray that vanishes (a panel
 * that is started anew) is waited for a while before the icon counts as gone: with it goes what keeps the
 * application running without a window.
 */
#include "app-tray.h"

#include <glib/gi18n.h>

#include "app-preferences.h"
#include "app-settings.h"
#include "display/app-module.h"
#include "display/app-tray-icon.h"

#define WATCHER         "org.kde.StatusNotifierWatcher"
#define MODULE          "tray-notifier"
#define PATIENCE_S      10 /* with a tray that vanished */
#define MENU_MACHINES   20 /* who has more of them running looks at the window */
#define ICON_LARGEST    9  /* number in an icon's corner */
#define ICON_NAME_BYTES 64

struct _AppTray {
    GObject parent_instance;

    AppHosts *hosts;
    AppTrayIcon *icon; /* NULL before there was a tray, and while none is wanted */
    guint watch;       /* for the tray */
    gboolean has_tray;
    guint patience; /* with a tray that vanished */
    guint update;   /* idle */
    gboolean wanted;
};

enum {
    PROP_AVAILABLE = 1,
    PROP_SHOWN,
    PROP_WANTED,
    N_PROPS,
};

enum {
    OPEN,
    NEW,
    QUIT,
    N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppTray, app_tray, G_TYPE_OBJECT)

/* --- the menu ------------------------------------------------------------------------------------ */

static AppMachineItem *
item_of (GtkWidget *widget)
{
    return g_object_get_data (G_OBJECT (widget), "machine");
}

static void
open_cb (GtkWidget *widget, AppTray *self)
{
    g_signal_emit (self, signals[OPEN], 0, item_of (widget));
}

static void
new_cb (GtkWidget *widget, AppTray *self)
{
    g_signal_emit (self, signals[NEW], 0);
}

static void
quit_cb (GtkWidget *widget, AppTray *self)
{
    g_signal_emit (self, signals[QUIT], 0);
}

static void
act_cb (GtkWidget *widget, AppTray *self)
{
    AppMachineItem *item = item_of (widget);
    VitrineAction action = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (widget), "action"));

    if (app_machine_item_can (item, action))
        app_machine_item_act (item, action);
}

/* Adds LABEL, about ITEM unless that is NULL, to MENU. */
static GtkWidget *
add_item (AppTray *self, GtkWidget *menu, const char *label, AppMachineItem *item,
          GCallback activated)
{
    GtkWidget *widget = gtk_menu_item_new_with_label (label);

    if (item != NULL)
        g_object_set_data_full (G_OBJECT (widget), "machine", g_object_ref (item), g_object_unref);
    if (activated != NULL)
        g_signal_connect_object (widget, "activate", activated, self, 0);
    gtk_menu_shell_append (GTK_MENU_SHELL (menu), widget);
    return widget;
}

static void
add_action (AppTray *self, GtkWidget *menu, const char *label, AppMachineItem *item,
            VitrineAction action)
{
    GtkWidget *widget;

    if (!app_machine_item_can (item, action))
        return;
    widget = add_item (self, menu, label, item, G_CALLBACK (act_cb));
    g_object_set_data (G_OBJECT (widget), "action", GUINT_TO_POINTER (action));
}

static void
add_machine (AppTray *self, GtkWidget *menu, AppMachineItem *item)
{
    GtkWidget *submenu = gtk_menu_new ();
    g_autofree char *label = NULL;

    if (app_machine_item_get_state (item) == VITRINE_MACHINE_PAUSED)
        label = g_strdup_printf (_ ("%s (paused)"), app_machine_item_get_name (item));
    add_item (self, submenu, _ ("Open"), item, G_CALLBACK (open_cb));
    add_action (self, submenu, _ ("Pause"), item, VITRINE_ACTION_PAUSE);
    add_action (self, submenu, _ ("Resume"), item, VITRINE_ACTION_RESUME);
    add_action (self, submenu, _ ("Shut down"), item, VITRINE_ACTION_SHUTDOWN);
    gtk_menu_item_set_submenu (
        GTK_MENU_ITEM (add_item (
            self, menu, label != NULL ? label : app_machine_item_get_name (item), NULL, NULL)),
        submenu);
}

static void
add_separator (GtkWidget *menu)
{
    gtk_menu_shell_append (GTK_MENU_SHELL (menu), gtk_separator_menu_item_new ());
}

static gboolean
is_running (AppMachineItem *item)
{
    VitrineMachineState state = app_machine_item_get_state (item);

    return state != VITRINE_MACHINE_OFF && state != VITRINE_MACHINE_CRASHED;
}

/* Those of HOST that run, by name, after N others; returns how many there are then, MENU_MACHINES + 1 at most. */
static guint
add_machines_of (AppTray *self, GtkWidget *menu, VitrineHost *host, guint n)
{
    GListModel *machines = G_LIST_MODEL (host);

    for (guint i = 0; i < g_list_model_get_n_items (machines) && n <= MENU_MACHINES; i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (machines, i);
        AppMachineItem *item = app_hosts_find (self->hosts, machine);

        if (item == NULL || !is_running (item))
            continue;
        if (n++ == MENU_MACHINES)
            add_item (self, menu, _ ("More of them…"), NULL, G_CALLBACK (open_cb));
        else
            add_machine (self, menu, item);
    }
    return n;
}

static void
add_machines (AppTray *self, GtkWidget *menu)
{
    guint n = 0;

    for (guint i = 0; i < app_hosts_get_n (self->hosts); i++) {
        VitrineHost *host = app_host_get_host (app_hosts_get (self->hosts, i));

        if (host != NULL)
            n = add_machines_of (self, menu, host, n);
    }
    if (n > 0)
        add_separator (menu);
}

static GtkWidget *
make_menu (AppTray *self)
{
    GtkWidget *menu = gtk_menu_new ();

    add_item (self, menu, _ ("Open Vitrine"), NULL, G_CALLBACK (open_cb));
    add_separator (menu);
    add_machines (self, menu);
    add_item (self, menu, _ ("New machine…"), NULL, G_CALLBACK (new_cb));
    add_separator (menu);
    add_item (self, menu, _ ("Quit"), NULL, G_CALLBACK (quit_cb));
    gtk_widget_show_all (menu);
    return menu;
}

/* --- the icon ------------------------------------------------------------------------------------ */

static void
show_count (AppTray *self)
{
    guint n = app_hosts_get_n_running (self->hosts);
    g_autofree char *description = NULL;
    char name[ICON_NAME_BYTES] = "org.vitrine.Vitrine-symbolic";

    if (n > ICON_LARGEST)
        g_strlcpy (name, "org.vitrine.Vitrine-running-more-symbolic", sizeof name);
    else if (n > 0)
        g_snprintf (name, sizeof name, "org.vitrine.Vitrine-running-%u-symbolic", n);
    description = n == 0
                      ? g_strdup (_ ("Vitrine: no machine runs"))
                      : g_strdup_printf (
                          ngettext ("Vitrine: %u machine runs", "Vitrine: %u machines run", n), n);
    app_tray_icon_set_image (self->icon, name, description);
}

static void
show_icon (AppTray *self)
{
    show_count (self);
    app_tray_icon_set_menu (self->icon, GTK_MENU (make_menu (self)));
}

static gboolean
update_cb (gpointer user_data)
{
    AppTray *self = user_data;

    self->update = 0;
    show_icon (self);
    return G_SOURCE_REMOVE;
}

/* Many machines may change at once. */
static void
update_soon (AppTray *self)
{
    if (self->icon != NULL && self->update == 0)
        self->update = g_idle_add (update_cb, self);
}

static void
activated_cb (AppTray *self)
{
    g_signal_emit (self, signals[OPEN], 0, NULL);
}

static void
load_icon (AppTray *self)
{
    g_autoptr (GError) error = NULL;
    GType type = app_module_load (MODULE, APP_TYPE_TRAY_ICON, &error);

    if (type == G_TYPE_INVALID) {
        g_message ("no icon in the tray: %s", error->message);
        return;
    }
    self->icon = g_object_new (type, NULL);
    g_signal_connect_object (self->icon, "activated", G_CALLBACK (activated_cb), self,
                             G_CONNECT_SWAPPED);
    show_icon (self); /* before anybody looks at it */
}

static void
remove_icon (AppTray *self)
{
    g_clear_handle_id (&self->update, g_source_remove);
    g_clear_object (&self->icon);
}

/* There is an icon where one is wanted and there is a tray, or was one a moment ago. */
static void
update_icon (AppTray *self)
{
    gboolean was_shown = app_tray_get_shown (self);

    if (self->icon == NULL && self->wanted && self->has_tray)
        load_icon (self);
    else if (!self->wanted || (!self->has_tray && self->patience == 0))
        remove_icon (self);
    if (self->icon != NULL && self->has_tray)
        app_tray_icon_announce (self->icon);
    if (was_shown != app_tray_get_shown (self))
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOWN]);
}

static gboolean
patience_cb (gpointer user_data)
{
    AppTray *self = user_data;

    self->patience = 0;
    update_icon (self);
    return G_SOURCE_REMOVE;
}

static void
appeared_cb (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
    AppTray *self = user_data;

    g_clear_handle_id (&self->patience, g_source_remove);
    self->has_tray = TRUE;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AVAILABLE]);
    update_icon (self);
}

/* Called once where there never was one, too. */
static void
vanished_cb (GDBusConnection *bus, const char *name, gpointer user_data)
{
    AppTray *self = user_data;

    if (!self->has_tray)
        return;
    self->has_tray = FALSE;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AVAILABLE]);
    self->patience = g_timeout_add_seconds (PATIENCE_S, patience_cb, self);
}

/* --- life ---------------------------------------------------------------------------------------- */

gboolean
app_tray_get_available (AppTray *self)
{
    g_return_val_if_fail (APP_IS_TRAY (self), FALSE);
    return self->has_tray;
}

gboolean
app_tray_get_shown (AppTray *self)
{
    g_return_val_if_fail (APP_IS_TRAY (self), FALSE);
    return self->icon != NULL;
}

static void
app_tray_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppTray *self = APP_TRAY (object);

    switch (id) {
    case PROP_AVAILABLE:
        g_value_set_boolean (value, self->has_tray);
        break;
    case PROP_SHOWN:
        g_value_set_boolean (value, app_tray_get_shown (self));
        break;
    case PROP_WANTED:
        g_value_set_boolean (value, self->wanted);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
        break;
    }
}

static void
app_tray_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    AppTray *self = APP_TRAY (object);
    gboolean wanted = g_value_get_boolean (value);

    if (self->wanted == wanted)
        return;
    self->wanted = wanted;
    update_icon (self);
    g_object_notify_by_pspec (object, pspec);
}

static void
app_tray_dispose (GObject *object)
{
    AppTray *self = APP_TRAY (object);

    g_clear_handle_id (&self->watch, g_bus_unwatch_name);
    g_clear_handle_id (&self->patience, g_source_remove);
    remove_icon (self);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_tray_parent_class)->dispose (object);
}

static void
app_tray_class_init (AppTrayClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = app_tray_get_property;
    object_class->set_property = app_tray_set_property;
    object_class->dispose = app_tray_dispose;
    properties[PROP_AVAILABLE] = g_param_spec_boolean ("available", NULL, NULL, FALSE,
                                                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_SHOWN] = g_param_spec_boolean ("shown", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_WANTED] =
        g_param_spec_boolean ("wanted", NULL, NULL, TRUE,
                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    g_object_class_install_properties (object_class, N_PROPS, properties);
    signals[OPEN] = g_signal_new ("open", APP_TYPE_TRAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, APP_TYPE_MACHINE_ITEM);
    signals[NEW] =
        g_signal_new ("new", APP_TYPE_TRAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[QUIT] = g_signal_new ("quit", APP_TYPE_TRAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void
app_tray_init (AppTray *self)
{
    self->wanted = TRUE;
}

AppTray *
app_tray_new (AppHosts *hosts)
{
    AppTray *self = g_object_new (APP_TYPE_TRAY, NULL);
    GSettings *settings = app_settings_get ();

    self->hosts = g_object_ref (hosts);
    g_signal_connect_object (hosts, "state-changed", G_CALLBACK (update_soon), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (hosts, "notify::n-running", G_CALLBACK (update_soon), self,
                             G_CONNECT_SWAPPED);
    if (settings != NULL)
        g_settings_bind (settings, APP_PREF_TRAY, self, "wanted", G_SETTINGS_BIND_DEFAULT);
    self->watch = g_bus_watch_name (G_BUS_TYPE_SESSION, WATCHER, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                    appeared_cb, vanished_cb, self, NULL);
    return self;
}
