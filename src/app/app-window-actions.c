/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-actions.c - what the main window does to the machines that are selected. */
#include <glib/gi18n.h>

#include "app-confirm-popover.h"
#include "app-delete-dialog.h"
#include "app-preferences.h"
#include "app-snapshots-window.h"
#include "app-window-private.h"

/* Asks ACTION of each selected machine that can do it. */
static void
act_on_selection (AppWindow *self, VitrineAction action)
{
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);

    for (guint i = 0; i < items->len; i++) {
        AppMachineItem *item = g_ptr_array_index (items, i);

        if (app_machine_item_can (item, action))
            app_machine_item_act (item, action);
    }
}

/* How many of the selected machines can do ACTION; the first of them in FIRST. */
static guint
count_selected (AppWindow *self, VitrineAction action, AppMachineItem **first)
{
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);
    guint n = 0;

    for (guint i = 0; i < items->len; i++) {
        AppMachineItem *item = g_ptr_array_index (items, i);

        if (!app_machine_item_can (item, action))
            continue;
        if (n++ == 0)
            *first = item;
    }
    return n;
}

static void
start_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    act_on_selection (user_data, VITRINE_ACTION_START);
    act_on_selection (user_data, VITRINE_ACTION_RESUME);
}

static void
pause_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    act_on_selection (user_data, VITRINE_ACTION_PAUSE);
}

static void
shutdown_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    act_on_selection (user_data, VITRINE_ACTION_SHUTDOWN);
}

static void
force_off_confirmed_cb (AppConfirmPopover *popover, AppWindow *self)
{
    act_on_selection (self, VITRINE_ACTION_POWER_OFF);
}

static void
reset_confirmed_cb (AppConfirmPopover *popover, AppWindow *self)
{
    act_on_selection (self, VITRINE_ACTION_RESET);
}

/* Asks beside the selection bar, which is there whenever something is selected. */
static void
confirm (AppWindow *self, char *title, const char *text, const char *verb, GCallback confirmed)
{
    g_autofree char *owned_title = title;
    AppConfirmPopover *popover = app_confirm_popover_ask (
        app_selection_bar_get_anchor (self->selection_bar), owned_title, text, verb);

    g_signal_connect_object (popover, "confirmed", confirmed, self, 0);
}

static void
force_off_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppWindow *self = user_data;
    AppMachineItem *first = NULL;
    guint n = count_selected (self, VITRINE_ACTION_POWER_OFF, &first);

    if (n == 0)
        return;
    if (!app_preferences_get_flag (APP_PREF_CONFIRM_OFF)) {
        act_on_selection (self, VITRINE_ACTION_POWER_OFF);
        return;
    }
    confirm (self,
             n == 1 ? g_strdup_printf (_ ("Force “%s” off?"), app_machine_item_get_name (first))
                    : g_strdup_printf (
                        ngettext ("Force %u machine off?", "Force %u machines off?", n), n),
             _ ("What its system has not yet written to disk is lost, as if the plug were pulled."),
             _ ("Force off"), G_CALLBACK (force_off_confirmed_cb));
}

static void
reset_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppWindow *self = user_data;
    AppMachineItem *first = NULL;
    guint n = count_selected (self, VITRINE_ACTION_RESET, &first);

    if (n == 0)
        return;
    confirm (self,
             n == 1 ? g_strdup_printf (_ ("Reset “%s”?"), app_machine_item_get_name (first))
                    : g_strdup_printf (ngettext ("Reset %u machine?", "Reset %u machines?", n), n),
             _ ("It starts over at once; what its system has not yet written to disk is lost."),
             _ ("Reset"), G_CALLBACK (reset_confirmed_cb));
}

static void
delete_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppWindow *self = user_data;
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);
    g_autoptr (GPtrArray) deletable = g_ptr_array_new ();
    AppDeleteDialog *dialog;

    for (guint i = 0; i < items->len; i++) {
        if (app_machine_item_can (g_ptr_array_index (items, i), VITRINE_ACTION_DELETE))
            g_ptr_array_add (deletable, g_ptr_array_index (items, i));
    }
    if (deletable->len == 0)
        return;
    dialog = app_delete_dialog_new (GTK_WINDOW (self), deletable, items->len - deletable->len);
    gtk_window_present (GTK_WINDOW (dialog));
}

static void
open_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppWindow *self = user_data;
    GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);

    for (guint i = 0; i < items->len; i++)
        app_application_open_machine (APP_APPLICATION (application), g_ptr_array_index (items, i));
}

static void
start_disposable_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    act_on_selection (user_data, VITRINE_ACTION_START_DISPOSABLE);
}

/* What can be done to one machine alone; NULL while another number is selected.  (transfer full) */
static AppMachineItem *
dup_the_one (AppWindow *self)
{
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);

    return items->len == 1 ? g_object_ref (g_ptr_array_index (items, 0)) : NULL;
}

/* In the machine's own window, which asks afterwards. */
static void
start_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    GtkApplication *application = gtk_window_get_application (user_data);
    g_autoptr (AppMachineItem) item = dup_the_one (user_data);

    if (item != NULL)
        g_action_group_activate_action (
            G_ACTION_GROUP (app_application_open_machine (APP_APPLICATION (application), item)),
            "start-undo", NULL);
}

static void
snapshots_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    g_autoptr (AppMachineItem) item = dup_the_one (user_data);

    if (item != NULL)
        app_snapshots_window_show (user_data, item);
}

static void
clone_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    GtkApplication *application = gtk_window_get_application (user_data);
    g_autoptr (AppMachineItem) item = dup_the_one (user_data);

    if (item != NULL)
        app_application_clone_machine (APP_APPLICATION (application), user_data, item);
}

static void
search_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    app_window_begin_search (user_data);
}

static void
select_all_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppWindow *self = user_data;

    app_machine_view_select_all (app_window_get_view (self));
    app_machine_view_focus (app_window_get_view (self));
}

static void
menu_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    AppWindow *self = user_data;

    gtk_button_clicked (GTK_BUTTON (self->menu_button));
}

static void
close_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
    gtk_window_close (GTK_WINDOW (user_data));
}

static const GActionEntry entries[] = {
    { .name = "close", .activate = close_cb },
    { .name = "start", .activate = start_cb },
    { .name = "pause", .activate = pause_cb },
    { .name = "shutdown", .activate = shutdown_cb },
    { .name = "reset", .activate = reset_cb },
    { .name = "force-off", .activate = force_off_cb },
    { .name = "start-disposable", .activate = start_disposable_cb },
    { .name = "start-undo", .activate = start_undo_cb },
    { .name = "snapshots", .activate = snapshots_cb },
    { .name = "clone", .activate = clone_cb },
    { .name = "delete", .activate = delete_cb },
    { .name = "open", .activate = open_cb },
    { .name = "search", .activate = search_cb },
    { .name = "select-all", .activate = select_all_cb },
    { .name = "menu", .activate = menu_cb },
};

void
app_window_add_actions (AppWindow *self)
{
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

static void
set_enabled (AppWindow *self, const char *name, gboolean enabled)
{
    GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* An action is there while at least one selected machine can do it. */
void
app_window_update_actions (AppWindow *self)
{
    static const struct {
        const char *name;
        VitrineAction any_of[2];
    } rules[] = {
        { "start", { VITRINE_ACTION_START, VITRINE_ACTION_RESUME } },
        { "pause", { VITRINE_ACTION_PAUSE, VITRINE_ACTION_PAUSE } },
        { "shutdown", { VITRINE_ACTION_SHUTDOWN, VITRINE_ACTION_SHUTDOWN } },
        { "reset", { VITRINE_ACTION_RESET, VITRINE_ACTION_RESET } },
        { "force-off", { VITRINE_ACTION_POWER_OFF, VITRINE_ACTION_POWER_OFF } },
        { "delete", { VITRINE_ACTION_DELETE, VITRINE_ACTION_DELETE } },
        { "start-disposable",
          { VITRINE_ACTION_START_DISPOSABLE, VITRINE_ACTION_START_DISPOSABLE } },
    };
    g_autoptr (GPtrArray) items = app_window_dup_selected (self);
    AppMachineItem *first = NULL;
    gboolean resumes;

    for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
        set_enabled (self, rules[i].name,
                     count_selected (self, rules[i].any_of[0], &first) > 0
                         || count_selected (self, rules[i].any_of[1], &first) > 0);
    set_enabled (self, "open", items->len > 0);
    set_enabled (self, "snapshots", items->len == 1);
    set_enabled (self, "start-undo",
                 items->len == 1
                     && count_selected (self, VITRINE_ACTION_START_DISPOSABLE, &first) == 1);
    set_enabled (self, "clone",
                 items->len == 1 && count_selected (self, VITRINE_ACTION_DELETE, &first) == 1);
    resumes = count_selected (self, VITRINE_ACTION_START, &first) == 0
              && count_selected (self, VITRINE_ACTION_RESUME, &first) > 0;
    if (self->selection_bar != NULL)
        app_selection_bar_set_resumes (self->selection_bar, resumes);
}
