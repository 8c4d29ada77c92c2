/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-display.c - the "win" actions that say how large the display is shown. */
#include "app-device.h"
#include "app-machine-window-private.h"

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

static const GActionEntry entries[] = {
    { .name = "scaling",
      .parameter_type = "s",
      .state = "'fit'",
      .change_state = scaling_change_cb },
    { .name = "resize-guest", .state = "false", .change_state = resize_guest_change_cb },
};

void
app_machine_window_add_display_actions (AppMachineWindow *self)
{
    g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
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
