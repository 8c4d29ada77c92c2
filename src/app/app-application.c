/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-application.c - the one application of a user and his hosts, and its windows.
 *
 * A second `vitrine FILE.iso` goes to the one that runs.  One that runs for other hosts (--host) is
 * another application to the session: the hosts are part of its id, and it neither shows what is remembered nor
 * remembers.
 *
 * Windows are only looks at machines: when the last one closes the machines go on.  An icon in the tray says
 * so as long as any runs, and the application with it; where there is no tray, a notification does.
 */
#include "app-application.h"

#include <glib/gi18n.h>

#include "app-clone-dialog.h"
#include "app-create-dialog.h"
#include "app-format.h"
#include "app-host-dialog.h"
#include "app-hosts-memory.h"
#include "app-images-window.h"
#include "app-machine-window.h"
#include "app-networks-window.h"
#include "app-settings.h"
#include "app-shortcuts.h"
#include "app-tray.h"
#include "app-window.h"
#include "config.h"

#define TRAY_ACTION     "tray-icon" /* and the key of the settings */
#define TRAY_PATIENCE_S 10

struct _AppApplication {
    GtkApplication parent_instance;

    AppHosts *hosts;
    gboolean remembers;            /* hosts, from run to run */
    AppCreateDialog *create_sheet; /* weak */
    AppHostDialog *host_sheet;     /* weak */
    AppImagesWindow *images;       /* weak */
    AppNetworksWindow *networks;   /* weak */
    GtkWindow *shortcuts;          /* weak */
    AppTray *tray;                 /* NULL before the first window is complete */
    gboolean in_background;        /* started without a window */
    guint wait_for_tray;           /* the timer of one that was started so */
    gboolean is_held;              /* runs on when the last window closes */
};

G_DEFINE_TYPE (AppApplication, app_application, GTK_TYPE_APPLICATION)

/* --- windows ------------------------------------------------------------------------------------- */

/* The window of a type; CHECK says which of them.  NULL when there is none. */
static GtkWindow *
find_window (AppApplication *self, GType type, AppMachineItem *item)
{
    for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next) {
        if (!G_TYPE_CHECK_INSTANCE_TYPE (l->data, type))
            continue;
        if (item == NULL || app_machine_window_get_item (l->data) == item)
            return l->data;
    }
    return NULL;
}

static GtkWindow *
show_main_window (AppApplication *self)
{
    GtkWindow *window = find_window (self, APP_TYPE_WINDOW, NULL);

    if (window == NULL)
        window = GTK_WINDOW (app_window_new (self, self->hosts));
    gtk_window_present (window);
    return window;
}

GtkWindow *
app_application_open_machine (AppApplication *self, AppMachineItem *item)
{
    GtkWindow *window;

    g_return_val_if_fail (APP_IS_APPLICATION (self), NULL);
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    window = find_window (self, APP_TYPE_MACHINE_WINDOW, item);
    if (window == NULL)
        window = GTK_WINDOW (app_machine_window_new (self, item));
    gtk_window_present (window);
    return window;
}

/* A new machine is started at once and shown. */
static void
created_cb (AppCreateDialog *sheet, VitrineMachine *machine, AppApplication *self)
{
    AppMachineItem *item = app_hosts_find (self->hosts, machine);
    GtkWindow *window = find_window (self, APP_TYPE_WINDOW, NULL);

    g_return_if_fail (item != NULL);
    if (window != NULL)
        app_window_select (APP_WINDOW (window), item);
    app_machine_item_act (item, VITRINE_ACTION_START);
    app_application_open_machine (self, item);
}

void
app_application_new_machine (AppApplication *self, const char *path)
{
    GtkWindow *window;

    g_return_if_fail (APP_IS_APPLICATION (self));

    window = show_main_window (self);
    if (self->create_sheet == NULL) {
        g_set_weak_pointer (&self->create_sheet, app_create_dialog_new (window, self->hosts));
        g_signal_connect_object (self->create_sheet, "created", G_CALLBACK (created_cb), self, 0);
    }
    if (path != NULL)
        app_create_dialog_set_source (self->create_sheet, path);
    gtk_window_present (GTK_WINDOW (self->create_sheet));
}

static void
cloned_cb (AppCloneDialog *dialog, VitrineMachine *machine, AppApplication *self)
{
    AppMachineItem *item = app_hosts_find (self->hosts, machine);

    if (item != NULL)
        app_window_select (APP_WINDOW (show_main_window (self)), item);
}

void
app_application_clone_machine (AppApplication *self, GtkWindow *parent, AppMachineItem *item)
{
    VitrineMachine *machine = app_machine_item_get_machine (item);
    VitrineHost *host = app_hosts_find_host (self->hosts, machine);
    AppCloneDialog *dialog;

    if (host == NULL)
        return;
    dialog = app_clone_dialog_new (parent, host, machine);
    g_signal_connect_object (dialog, "cloned", G_CALLBACK (cloned_cb), self, 0);
    gtk_window_present (GTK_WINDOW (dialog));
}

/* --- hosts --------------------------------------------------------------------------------------- */

AppHosts *
app_application_get_hosts (AppApplication *self)
{
    g_return_val_if_fail (APP_IS_APPLICATION (self), NULL);
    return self->hosts;
}

void
app_application_connect_others (AppApplication *self)
{
    g_return_if_fail (APP_IS_APPLICATION (self));

    for (guint i = 1; i < app_hosts_get_n (self->hosts); i++) {
        AppHost *host = app_hosts_get (self->hosts, i);

        if (app_host_get_wanted (host) && app_host_get_state (host) != APP_HOST_CONNECTED)
            app_host_connect (host);
    }
}

gboolean
app_application_has_machine (AppApplication *self, VitrineMachine *machine)
{
    g_return_val_if_fail (APP_IS_APPLICATION (self), FALSE);
    return self->hosts != NULL && app_hosts_find (self->hosts, machine) != NULL;
}

/* --- tray ---------------------------------------------------------------------------------------- */

static void
update_hold (AppApplication *self)
{
    gboolean hold = self->tray != NULL && app_tray_get_shown (self->tray)
                    && (self->in_background || app_hosts_get_n_running (self->hosts) > 0);

    if (hold == self->is_held)
        return;
    self->is_held = hold;
    if (hold)
        g_application_hold (G_APPLICATION (self));
    else
        g_application_release (G_APPLICATION (self));
}

static void
end_wait_for_tray (AppApplication *self)
{
    g_clear_handle_id (&self->wait_for_tray, g_source_remove);
    g_application_release (G_APPLICATION (self));
}

static void
shown_cb (AppApplication *self)
{
    update_hold (self);
    if (self->wait_for_tray != 0 && app_tray_get_shown (self->tray))
        end_wait_for_tray (self);
}

/* The user's choice has a place in the menu where there is a tray. */
static void
update_tray_action (AppApplication *self)
{
    GSettings *settings = app_settings_get ();
    g_autoptr (GAction) action = NULL;

    if (settings == NULL || !app_tray_get_available (self->tray)) {
        g_action_map_remove_action (G_ACTION_MAP (self), TRAY_ACTION);
        return;
    }
    action = g_settings_create_action (settings, TRAY_ACTION);
    g_action_map_add_action (G_ACTION_MAP (self), action);
}

static void
tray_open_cb (AppTray *tray, AppMachineItem *item, AppApplication *self)
{
    if (item != NULL)
        app_application_open_machine (self, item);
    else
        show_main_window (self);
}

static void
tray_new_cb (AppTray *tray, AppApplication *self)
{
    app_application_new_machine (self, NULL);
}

void
app_application_use_tray (AppApplication *self)
{
    g_return_if_fail (APP_IS_APPLICATION (self));

    if (self->tray != NULL)
        return;
    self->tray = app_tray_new (self->hosts);
    g_signal_connect_object (self->tray, "notify::shown", G_CALLBACK (shown_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->hosts, "notify::n-running", G_CALLBACK (update_hold), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->tray, "notify::available", G_CALLBACK (update_tray_action), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->tray, "open", G_CALLBACK (tray_open_cb), self, 0);
    g_signal_connect_object (self->tray, "new", G_CALLBACK (tray_new_cb), self, 0);
    g_signal_connect_object (self->tray, "quit", G_CALLBACK (g_application_quit), self,
                             G_CONNECT_SWAPPED);
}

/* Nobody would know that it is there. */
static gboolean
no_tray_cb (gpointer user_data)
{
    AppApplication *self = user_data;

    self->in_background = FALSE;
    show_main_window (self);
    self->wait_for_tray = 0;
    end_wait_for_tray (self);
    return G_SOURCE_REMOVE;
}

/* A session that begins has its tray a while later. */
static void
start_in_background (AppApplication *self)
{
    g_application_hold (G_APPLICATION (self));
    self->wait_for_tray = g_timeout_add_seconds (TRAY_PATIENCE_S, no_tray_cb, self);
    app_host_connect (app_hosts_get_first (self->hosts));
    app_application_connect_others (self);
    app_application_use_tray (self);
}

/* --- notifications ------------------------------------------------------------------------------- */

static gboolean
user_is_looking (AppApplication *self)
{
    GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

    return window != NULL && gtk_window_is_active (window);
}

/* A crash is told of outside as well, when nobody looks at our windows. */
static void
state_changed_cb (AppHosts *hosts, AppMachineItem *item, AppApplication *self)
{
    VitrineMachine *machine = app_machine_item_get_machine (item);
    g_autoptr (GNotification) notification = NULL;
    g_autofree char *title = NULL;
    g_autofree char *body = NULL;

    if (app_machine_item_get_state (item) != VITRINE_MACHINE_CRASHED || user_is_looking (self))
        return;
    title = g_strdup_printf (_ ("“%s” crashed"), app_machine_item_get_name (item));
    body = app_format_sentence (vitrine_machine_get_state_reason (machine));
    notification = g_notification_new (title);
    g_notification_set_body (notification, body);
    g_notification_set_default_action_and_target (notification, "app.open-machine", "s",
                                                  vitrine_machine_get_uuid (machine));
    g_application_send_notification (G_APPLICATION (self), vitrine_machine_get_uuid (machine),
                                     notification);
}

static void
notify_still_running (AppApplication *self)
{
    guint n = app_hosts_get_n_running (self->hosts);
    g_autoptr (GNotification) notification = NULL;
    g_autofree char *title = NULL;

    if (n == 0)
        return;
    title = g_strdup_printf (
        ngettext ("%u machine goes on running", "%u machines go on running", n), n);
    notification = g_notification_new (title);
    g_notification_set_body (notification,
                             ngettext ("Open Vitrine again to see it or to shut it down.",
                                       "Open Vitrine again to see them or to shut them down.", n));
    g_notification_set_default_action (notification, "app.present");
    g_application_send_notification (G_APPLICATION (self), "still-running", notification);
}

/* --- actions ------------------------------------------------------------------------------------- */

static void
new_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_application_new_machine (user_data, NULL);
}

static void
add_host_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->host_sheet == NULL)
        g_set_weak_pointer (&self->host_sheet,
                            app_host_dialog_new (show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->host_sheet));
}

static void
images_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->images == NULL)
        g_set_weak_pointer (&self->images,
                            app_images_window_new (show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->images));
}

static void
networks_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->networks == NULL)
        g_set_weak_pointer (&self->networks,
                            app_networks_window_new (show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->networks));
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    g_application_quit (user_data);
}

static void
present_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    g_application_activate (user_data);
}

static void
open_machine_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;
    AppMachineItem *item =
        app_hosts_find_uuid (self->hosts, g_variant_get_string (parameter, NULL));

    if (item != NULL)
        app_application_open_machine (self, item);
    else
        show_main_window (self);
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    GtkWindow *parent = gtk_application_get_active_window (user_data);

    gtk_show_about_dialog (parent, "program-name", "Vitrine", "version", VITRINE_VERSION,
                           "logo-icon-name", APP_ICON_NAME, "comments",
                           _ ("Virtual machines in a window"), "license-type", GTK_LICENSE_GPL_2_0,
                           NULL);
}

static void
shortcuts_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->shortcuts == NULL)
        g_set_weak_pointer (&self->shortcuts, app_shortcuts_new ());
    gtk_window_set_transient_for (self->shortcuts,
                                  gtk_application_get_active_window (GTK_APPLICATION (self)));
    gtk_window_present (self->shortcuts);
}

static const GActionEntry entries[] = {
    { .name = "new", .activate = new_cb },
    { .name = "add-host", .activate = add_host_cb },
    { .name = "images", .activate = images_cb },
    { .name = "networks", .activate = networks_cb },
    { .name = "quit", .activate = quit_cb },
    { .name = "present", .activate = present_cb },
    { .name = "open-machine", .activate = open_machine_cb, .parameter_type = "s" },
    { .name = "about", .activate = about_cb },
    { .name = "shortcuts", .activate = shortcuts_cb },
};

static const struct {
    const char *action;
    const char *keys[3];
} accelerators[] = {
    { "app.new", { "<Primary>n" } },
    { "app.quit", { "<Primary>q" } },
    { "app.shortcuts", { "<Primary>question", "<Primary>F1" } },
    { "win.close", { "<Primary>w" } },
    { "win.menu", { "F10" } },
    { "win.search", { "<Primary>f" } },
    { "win.start", { "<Primary>r" } },
    { "win.pause", { "<Primary>p" } },
    { "win.shutdown", { "<Primary>d" } },
    { "win.force-off", { "<Primary><Shift>d" } },
    { "win.reset", { "<Primary><Shift>r" } },
    { "win.fullscreen", { "F11" } },
    { "win.hardware", { "<Alt>Return" } },
    { "win.cd", { "<Primary>e" } },
    { "win.screenshot", { "<Primary><Shift>s" } },
    { "win.view::display", { "<Primary>1" } },
    { "win.view::serial", { "<Primary>2" } },
    { "win.copy", { "<Primary><Shift>c" } },
    { "win.paste", { "<Primary><Shift>v" } },
};

/* --- application --------------------------------------------------------------------------------- */

static void
load_style (void)
{
    g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

    gtk_css_provider_load_from_resource (provider, "/org/vitrine/Vitrine/style.css");
    gtk_style_context_add_provider_for_screen (gdk_screen_get_default (),
                                               GTK_STYLE_PROVIDER (provider),
                                               GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
app_application_startup (GApplication *application)
{
    AppApplication *self = APP_APPLICATION (application);

    G_APPLICATION_CLASS (app_application_parent_class)->startup (application);

    load_style ();
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
    for (guint i = 0; i < G_N_ELEMENTS (accelerators); i++)
        gtk_application_set_accels_for_action (GTK_APPLICATION (self), accelerators[i].action,
                                               accelerators[i].keys);
    if (self->remembers)
        app_hosts_memory_attach (self->hosts);
    g_signal_connect_object (self->hosts, "state-changed", G_CALLBACK (state_changed_cb), self, 0);
}

static void
app_application_activate (GApplication *application)
{
    AppApplication *self = APP_APPLICATION (application);

    if (self->in_background && self->tray == NULL)
        start_in_background (self);
    else
        show_main_window (self);
}

static void
app_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
    AppApplication *self = APP_APPLICATION (application);
    g_autofree char *path = g_file_get_path (files[0]);
    g_autofree char *uri = NULL;
    g_autofree char *text = NULL;

    if (path != NULL) {
        app_application_new_machine (self, path);
        return;
    }
    uri = g_file_get_uri (files[0]);
    text = g_strdup_printf (_ ("“%s” is not a file of this computer; copy it here first."), uri);
    app_window_add_note (APP_WINDOW (show_main_window (self)), GTK_MESSAGE_WARNING, text);
}

/* Those at URIS, or this computer for NULL. */
static gboolean
take_hosts (AppApplication *self, const char *const *uris, GError **error)
{
    static const char *const here[] = { "vitrine:", NULL };

    self->remembers = uris == NULL;
    for (guint i = 0; (uris != NULL ? uris : here)[i] != NULL; i++) {
        g_autoptr (VitrineHost) host = vitrine_host_new ((uris != NULL ? uris : here)[i], error);
        g_autoptr (AppHost) shown = host != NULL ? app_host_new_fixed (host) : NULL;

        if (host == NULL)
            return FALSE;
        app_hosts_add (self->hosts, shown);
    }
    return TRUE;
}

static void
set_id (GApplication *application, const char *const *uris)
{
    g_autofree char *all = g_strjoinv (" ", (char **) uris);
    g_autofree char *id = g_strdup_printf (APP_ICON_NAME ".Host_%08x", g_str_hash (all));

    g_application_set_application_id (application, id);
}

/* Before it is known whether another instance runs: here, because the host decides which one that is. */
static int
app_application_handle_local_options (GApplication *application, GVariantDict *options)
{
    AppApplication *self = APP_APPLICATION (application);
    g_autoptr (GError) error = NULL;
    g_autofree const char **uris = NULL;

    if (g_variant_dict_contains (options, "version")) {
        g_print ("vitrine %s\n", VITRINE_VERSION);
        return 0;
    }
    g_variant_dict_lookup (options, "host", "^a&s", &uris);
    if (!take_hosts (self, uris, &error)) {
        g_printerr ("vitrine: %s\n", error->message);
        return 1;
    }
    self->in_background = g_variant_dict_contains (options, "background");
    if (uris != NULL)
        set_id (application, uris);
    /* One that runs already has its icon. */
    if (self->in_background && g_application_register (application, NULL, NULL)
        && g_application_get_is_remote (application))
        return 0;
    return -1;
}

static void
app_application_shutdown (GApplication *application)
{
    AppApplication *self = APP_APPLICATION (application);

    notify_still_running (self);
    g_clear_handle_id (&self->wait_for_tray, g_source_remove);
    G_APPLICATION_CLASS (app_application_parent_class)->shutdown (application);
}

static void
app_application_dispose (GObject *object)
{
    AppApplication *self = APP_APPLICATION (object);

    g_clear_weak_pointer (&self->create_sheet);
    g_clear_weak_pointer (&self->images);
    g_clear_weak_pointer (&self->networks);
    g_clear_weak_pointer (&self->shortcuts);
    g_clear_weak_pointer (&self->host_sheet);
    g_clear_object (&self->tray);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_application_parent_class)->dispose (object);
}

static void
app_application_class_init (AppApplicationClass *klass)
{
    GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_application_dispose;
    application_class->startup = app_application_startup;
    application_class->activate = app_application_activate;
    application_class->open = app_application_open;
    application_class->handle_local_options = app_application_handle_local_options;
    application_class->shutdown = app_application_shutdown;
}

static void
app_application_init (AppApplication *self)
{
    static const GOptionEntry options[] = {
        { "host", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL,
          N_ ("Where machines run: vitrine: is this computer; may be given several times"),
          N_ ("URI") },
        { "background", 0, 0, G_OPTION_ARG_NONE, NULL,
          N_ ("Start without a window, in the desktop’s tray"), NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
        { NULL },
    };

    self->hosts = app_hosts_new ();
    g_application_add_main_option_entries (G_APPLICATION (self), options);
    g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FILE.iso]"));
}

AppApplication *
app_application_new (void)
{
    return g_object_new (APP_TYPE_APPLICATION, "application-id", APP_ICON_NAME, "flags",
                         G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/org/vitrine/Vitrine",
                         NULL);
}
