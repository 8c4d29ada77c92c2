/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-application-actions.c - the "app" actions: its own windows; and the keys of all actions there are. */
#include "app-application-private.h"

#include <glib/gi18n.h>

#include "app-shortcuts.h"
#include "config.h"

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
                            app_host_dialog_new (app_application_show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->host_sheet));
}

static void
images_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->images == NULL)
        g_set_weak_pointer (&self->images,
                            app_images_window_new (app_application_show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->images));
}

static void
networks_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->networks == NULL)
        g_set_weak_pointer (&self->networks,
                            app_networks_window_new (app_application_show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->networks));
}

static void
storage_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;

    if (self->storage == NULL)
        g_set_weak_pointer (
            &self->storage,
            app_storage_window_new (app_application_show_main_window (self), self->hosts));
    gtk_window_present (GTK_WINDOW (self->storage));
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_application_quit (user_data);
}

static void
present_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    g_application_activate (user_data);
}

static void
open_machine_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_application_open_uuid (user_data, g_variant_get_string (parameter, NULL));
}

static void
preferences_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;
    GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));

    if (self->preferences == NULL)
        g_set_weak_pointer (&self->preferences,
                            app_preferences_window_new (
                                self->tray != NULL && app_tray_get_available (self->tray)));
    if (parent != GTK_WINDOW (self->preferences))
        gtk_window_set_transient_for (GTK_WINDOW (self->preferences), parent);
    app_preferences_window_show_page (self->preferences, g_variant_get_string (parameter, NULL));
    gtk_window_present (GTK_WINDOW (self->preferences));
}

static void
help_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppApplication *self = user_data;
    GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));

    if (self->help == NULL)
        g_set_weak_pointer (&self->help, app_help_window_new (parent, self->hosts));
    gtk_window_present (GTK_WINDOW (self->help));
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
    { .name = "storage", .activate = storage_cb },
    { .name = "quit", .activate = quit_cb },
    { .name = "present", .activate = present_cb },
    { .name = "open-machine", .activate = open_machine_cb, .parameter_type = "s" },
    { .name = "preferences", .activate = preferences_cb, .parameter_type = "s" },
    { .name = "help", .activate = help_cb },
    { .name = "about", .activate = about_cb },
    { .name = "shortcuts", .activate = shortcuts_cb },
};

static const struct {
    const char *action;
    const char *keys[3];
} accelerators[] = {
    { "app.new", { "<Primary>n" } },
    { "app.quit", { "<Primary>q" } },
    { "app.help", { "F1" } },
    { "app.preferences::desktop", { "<Primary>comma" } },
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

void
app_application_add_actions (AppApplication *self)
{
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
    for (guint i = 0; i < G_N_ELEMENTS (accelerators); i++)
        gtk_application_set_accels_for_action (GTK_APPLICATION (self), accelerators[i].action,
                                               accelerators[i].keys);
}
