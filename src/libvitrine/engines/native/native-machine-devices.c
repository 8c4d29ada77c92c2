/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-devices.c - what the keeper says of the devices of a machine that runs.
 *
 * Which there are is a property of the machine; that one is about to go is its own.  Each device is a D-Bus
 * object, but nobody needs a proxy of it: one subscription hears of all, and only what was said of a
 * device's going is kept.
 */
#include "native-machine-private.h"

#define DEVICES_PATH "/org/vitrine/devices/"

static const char *const states[] = {
    [VITRINE_DEVICE_PRESENT] = "present",
    [VITRINE_DEVICE_LEAVING] = "leaving",
    [VITRINE_DEVICE_AGREED] = "agreed",
};

/* As the keeper writes it: what is no letter or digit becomes _XX. */
char *
native_machine_make_device_path (const char *alias)
{
    GString *path = g_string_new (DEVICES_PATH);

    for (const char *p = alias; *p != '\0'; p++) {
        if (g_ascii_isalnum (*p))
            g_string_append_c (path, *p);
        else
            g_string_append_printf (path, "_%02x", (guint8) *p);
    }
    return g_string_free (path, FALSE);
}

static void
set_state (NativeMachine *self, const char *path, const char *word)
{
    VitrineDeviceState state = VITRINE_DEVICE_PRESENT;

    for (guint i = 0; i < G_N_ELEMENTS (states); i++)
        if (g_str_equal (states[i], word))
            state = (VitrineDeviceState) i;
    if (state == VITRINE_DEVICE_PRESENT)
        g_hash_table_remove (self->device_states, path);
    else
        g_hash_table_insert (self->device_states, g_strdup (path), GINT_TO_POINTER (state));
}

static gboolean
is_gone (gpointer path, gpointer state, gpointer user_data)
{
    NativeMachine *self = user_data;
    const char *alias;
    GVariantIter iter;

    g_variant_iter_init (&iter, vitrine_control_machine1_get_devices (self->proxy));
    while (g_variant_iter_next (&iter, "(&s&s&s&s)", &alias, NULL, NULL, NULL)) {
        g_autofree char *its_path = native_machine_make_device_path (alias);

        if (g_str_equal (its_path, path))
            return FALSE;
    }
    return TRUE;
}

/* Another device may get the name of one that went. */
void
native_machine_list_changed (NativeMachine *self)
{
    g_hash_table_foreach_remove (self->device_states, is_gone, self);
    vitrine_machine_devices_changed (VITRINE_MACHINE (self));
}

static void
device_changed_cb (GDBusConnection *connection, const char *sender, const char *path,
                   const char *interface, const char *signal, GVariant *parameters,
                   gpointer user_data)
{
    NativeMachine *self = user_data;
    g_autoptr (GVariant) changed = NULL;
    const char *word;

    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
        return;
    changed = g_variant_get_child_value (parameters, 1);
    if (!g_variant_lookup (changed, "State", "&s", &word))
        return;
    set_state (self, path, word);
    vitrine_machine_devices_changed (VITRINE_MACHINE (self));
}

void
native_machine_follow_devices (NativeMachine *self)
{
    g_hash_table_remove_all (self->device_states);
    self->devices_subscription = g_dbus_connection_signal_subscribe (
        g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)), NULL,
        "org.freedesktop.DBus.Properties", "PropertiesChanged", NULL, "org.vitrine.Device1",
        G_DBUS_SIGNAL_FLAGS_NONE, device_changed_cb, self, NULL);
}

void
native_machine_unfollow_devices (NativeMachine *self, GDBusConnection *connection)
{
    if (self->devices_subscription != 0)
        g_dbus_connection_signal_unsubscribe (connection, self->devices_subscription);
    self->devices_subscription = 0;
    g_hash_table_remove_all (self->device_states);
}

char **
native_machine_dup_limits (NativeMachine *self, const char *alias)
{
    GVariant *all = vitrine_control_machine1_get_limits (self->proxy);
    char **limits = NULL;

    if (all != NULL)
        g_variant_lookup (all, alias, "^as", &limits);
    return limits;
}

VitrineDeviceState
native_machine_get_device_state (NativeMachine *self, const char *alias)
{
    g_autofree char *path = native_machine_make_device_path (alias);

    return (VitrineDeviceState) GPOINTER_TO_INT (g_hash_table_lookup (self->device_states, path));
}
