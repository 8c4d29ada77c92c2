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
#include "app-application-private.h"

#include <glib/gi18n.h>

#include "app-clone-dialog.h"
#include "app-hosts-memory.h"
#include "app-machine-window.h"
#include "app-start.h"
#include "app-window.h"
#include "config.h"

#define WANTED_PATIENCE_S 60 /* a window that opens later than that is a surprise */

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

void
app_application_quit (AppApplication *self)
{
    g_return_if_fail (APP_IS_APPLICATION (self));

    for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
        if (APP_IS_MACHINE_WINDOW (l->data)
            && !app_machine_window_may_close (APP_MACHINE_WINDOW (l->data)))
            return;
    g_application_quit (G_APPLICATION (self));
}

GtkWindow *
app_application_show_main_window (AppApplication *self)
{
    GtkWindow *window = find_window (self, APP_TYPE_WINDOW, NULL);

    if (window == NULL)
        window = GTK_WINDOW (app_window_new (self, self->hosts));
    gtk_window_present (window);
    return window;
}

static void
forget_wanted (AppApplication *self)
{
    g_clear_handle_id (&self->forget_wanted, g_source_remove);
    g_clear_pointer (&self->wanted_uuid, g_free);
}

GtkWindow *
app_application_open_machine (AppApplication *self, AppMachineItem *item)
{
    GtkWindow *window;

    g_return_val_if_fail (APP_IS_APPLICATION (self), NULL);
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    forget_wanted (self);
    window = find_window (self, APP_TYPE_MACHINE_WINDOW, item);
    if (window == NULL)
        window = GTK_WINDOW (app_machine_window_new (self, item));
    app_notifier_forget (self->notifier, item);
    gtk_window_present (window);
    return window;
}

static void
open_wanted_cb (AppApplication *self)
{
    AppMachineItem *item =
        self->wanted_uuid != NULL ? app_hosts_find_uuid (self->hosts, self->wanted_uuid) : NULL;

    if (item != NULL)
        app_application_open_machine (self, item);
}

static gboolean
waited_cb (gpointer user_data)
{
    AppApplication *self = user_data;

    self->forget_wanted = 0;
    forget_wanted (self);
    return G_SOURCE_REMOVE;
}

void
app_application_open_uuid (AppApplication *self, const char *uuid)
{
    g_return_if_fail (APP_IS_APPLICATION (self));

    forget_wanted (self);
    self->wanted_uuid = g_strdup (uuid);
    self->forget_wanted = g_timeout_add_seconds (WANTED_PATIENCE_S, waited_cb, self);
    if (app_hosts_find_uuid (self->hosts, uuid) == NULL)
        app_application_show_main_window (self); /* which has the machines listed */
    open_wanted_cb (self);
}

void
app_application_explain (AppApplication *self)
{
    g_return_if_fail (APP_IS_APPLICATION (self));

    if (self->has_explained)
        return;
    self->has_explained = TRUE;
    g_action_group_activate_action (G_ACTION_GROUP (self), "help", NULL);
}

/* A new machine is started at once and shown. */
static void
created_cb (AppCreateDialog *sheet, VitrineMachine *machine, VitrinePassphrase *passphrase,
            gboolean remember, AppApplication *self)
{
    AppMachineItem *item = app_hosts_find (self->hosts, machine);
    GtkWindow *window = find_window (self, APP_TYPE_WINDOW, NULL);

    g_return_if_fail (item != NULL);
    if (window != NULL)
        app_window_select (APP_WINDOW (window), item);
    app_start_first (item, passphrase, remember);
    app_application_open_machine (self, item);
}

void
app_application_new_machine (AppApplication *self, const char *path)
{
    GtkWindow *window;

    g_return_if_fail (APP_IS_APPLICATION (self));

    window = app_application_show_main_window (self);
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
        app_window_select (APP_WINDOW (app_application_show_main_window (self)), item);
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
    app_application_add_actions (self);
    if (self->remembers)
        app_hosts_memory_attach (self->hosts);
    self->notifier = app_notifier_new (GTK_APPLICATION (self), self->hosts);
    self->inhibitor = app_inhibitor_new (self->hosts);
    app_machine_item_set_ask (app_start_unlock);
    g_signal_connect_object (self->hosts, "items-changed", G_CALLBACK (open_wanted_cb), self,
                             G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

static void
app_application_activate (GApplication *application)
{
    AppApplication *self = APP_APPLICATION (application);

    if (self->in_background && self->tray == NULL)
        app_application_start_in_background (self);
    else
        app_application_show_main_window (self);
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
    app_window_add_note (APP_WINDOW (app_application_show_main_window (self)), GTK_MESSAGE_WARNING,
                         text);
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

static gboolean
app_application_dbus_register (GApplication *application, GDBusConnection *bus, const char *path,
                               GError **error)
{
    if (!G_APPLICATION_CLASS (app_application_parent_class)
             ->dbus_register (application, bus, path, error))
        return FALSE;
    app_application_offer_search (APP_APPLICATION (application), bus);
    return TRUE;
}

static void
app_application_dbus_unregister (GApplication *application, GDBusConnection *bus, const char *path)
{
    g_clear_object (&APP_APPLICATION (application)->search);
    G_APPLICATION_CLASS (app_application_parent_class)->dbus_unregister (application, bus, path);
}

static void
app_application_window_added (GtkApplication *application, GtkWindow *window)
{
    APP_APPLICATION (application)->had_window = TRUE;
    GTK_APPLICATION_CLASS (app_application_parent_class)->window_added (application, window);
}

/* One that only answered the desktop's search was never seen by its user: that it ends is no news. */
static void
app_application_shutdown (GApplication *application)
{
    AppApplication *self = APP_APPLICATION (application);

    if (self->had_window || self->in_background)
        app_notifier_say_still_running (self->notifier);
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
    g_clear_weak_pointer (&self->storage);
    g_clear_weak_pointer (&self->shortcuts);
    g_clear_weak_pointer (&self->host_sheet);
    g_clear_weak_pointer (&self->preferences);
    g_clear_weak_pointer (&self->help);
    g_clear_object (&self->search);
    g_clear_object (&self->notifier);
    g_clear_object (&self->inhibitor);
    forget_wanted (self);
    g_clear_object (&self->tray);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_application_parent_class)->dispose (object);
}

static void
app_application_class_init (AppApplicationClass *klass)
{
    GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_application_dispose;
    GTK_APPLICATION_CLASS (klass)->window_added = app_application_window_added;
    application_class->startup = app_application_startup;
    application_class->activate = app_application_activate;
    application_class->open = app_application_open;
    application_class->handle_local_options = app_application_handle_local_options;
    application_class->shutdown = app_application_shutdown;
    application_class->dbus_register = app_application_dbus_register;
    application_class->dbus_unregister = app_application_dbus_unregister;
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
