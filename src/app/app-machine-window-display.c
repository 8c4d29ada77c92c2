/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-display.c - the "win" actions that say how large the display is shown, and which way the
 * clipboard goes; each window begins with what the user prefers. */
#include "app-device.h"
#include "app-machine-window-private.h"
#include "app-preferences.h"

static void
scaling_change_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    const char *scaling = g_variant_get_string (value, NULL);

    g_simple_action_set_state (action, value);
    app_console_set_original_size (self->console, g_str_equal (scaling, "original"));
}

static void
resize_guest_change_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
    AppMachineWindow *self = user_data;

    g_simple_action_set_state (action, value);
    app_console_set_resizes_guest (self->console, g_variant_get_boolean (value));
}

static const char *const directions[] = {
    [APP_CLIPBOARD_OFF] = "off",
    [APP_CLIPBOARD_TO_GUEST] = "to-guest",
    [APP_CLIPBOARD_BOTH] = "both",
};

static void
clipboard_change_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
    AppMachineWindow *self = user_data;
    const char *direction = g_variant_get_string (value, NULL);

    g_simple_action_set_state (action, value);
    for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
        if (g_str_equal (directions[i], direction))
            app_console_set_clipboard (self->console, (AppClipboard) i);
}

static const GActionEntry entries[] = {
    { .name = "scaling",
      .parameter_type = "s",
      .state = "'fit'",
      .change_state = scaling_change_cb },
    { .name = "resize-guest", .state = "false", .change_state = resize_guest_change_cb },
    { .name = "clipboard",
      .parameter_type = "s",
      .state = "'off'",
      .change_state = clipboard_change_cb },
};

static void
begin_with (AppMachineWindow *self, const char *action, const char *key)
{
    g_autofree char *word = app_preferences_dup_text (key);

    g_action_group_change_action_state (G_ACTION_GROUP (self), action, g_variant_new_string (word));
}

void
app_machine_window_add_display_actions (AppMachineWindow *self)
{
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
    begin_with (self, "scaling", APP_PREF_SCALING);
    begin_with (self, "clipboard", APP_PREF_CLIPBOARD);
    g_action_group_change_action_state (
        G_ACTION_GROUP (self), "resize-guest",
        g_variant_new_boolean (app_preferences_get_flag (APP_PREF_RESIZE_GUEST)));
}

/* Only some displays can have the guest follow. */
void
app_machine_window_update_display (AppMachineWindow *self)
{
    g_autoptr (GPtrArray) displays =
        app_device_dup_of_kind (app_machine_item_get_machine (self->item), "video");
    const VitrineDeviceInfo *display = displays->len > 0 ? g_ptr_array_index (displays, 0) : NULL;

    self->resizes_guest = display != NULL && g_str_equal (display->model, "virtio");
}

void
app_machine_window_update_display_actions (AppMachineWindow *self, gboolean shows)
{
    GAction *scaling = g_action_map_lookup_action (G_ACTION_MAP (self), "scaling");
    GAction *resize = g_action_map_lookup_action (G_ACTION_MAP (self), "resize-guest");

    g_simple_action_set_enabled (G_SIMPLE_ACTION (scaling), shows);
    g_simple_action_set_enabled (G_SIMPLE_ACTION (resize), shows && self->resizes_guest);
}
