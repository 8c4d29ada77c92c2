/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-control.c - the control contract: methods become the keeper's actions, what happens
 * becomes property changes.
 *
 * GDBus has checked the types of what comes; ranges and states are checked by whoever acts.
 * Nothing a client sends, or does not read, holds the machine up.
 */
#include "keeper-control.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <vitrine-control.h>

#include "keeper-bus.h"
#include "keeper-control-attach.h"
#include "keeper-limits.h"
#include "keeper-ports.h"
#include "keeper-records.h"
#include "vitrine-error.h"

#define ROOT_PATH    "/org/vitrine"
#define MACHINE_PATH ROOT_PATH "/Machine"
#define DEVICES_PATH ROOT_PATH "/devices/"

struct _KeeperControl {
    Keeper *keeper;
    KeeperBus *bus;
    /* The originals; each peer has copies that follow them. */
    VitrineControlMachine1 *machine;
    GHashTable *devices; /* alias → VitrineControlDevice1 */
};

/* --- replies --------------------------------------------------------------------------------- */

/* A client that left meanwhile is no error: GDBus drops the reply. */
static void
plain_done_cb (const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;

    if (error)
        g_dbus_method_invocation_return_gerror (invocation, error);
    else
        g_dbus_method_invocation_return_value (invocation, NULL);
}

/* Takes FD over; -1 with ERROR set. */
static void
return_fd (GDBusMethodInvocation *invocation, int fd, const GError *error)
{
    g_autoptr (GUnixFDList) fds = NULL;

    if (fd < 0) {
        g_dbus_method_invocation_return_gerror (invocation, error);
        return;
    }
    fds = g_unix_fd_list_new_from_array (&fd, 1);
    g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", 0),
                                                             fds);
}

/* --- methods --------------------------------------------------------------------------------- */

typedef void (*PlainAction) (Keeper *keeper, KeeperDone done, gpointer user_data);

static gboolean
handle_plain (KeeperControl *self, GDBusMethodInvocation *invocation)
{
    static const struct {
        const char *method;
        PlainAction action;
    } methods[] = {
        { "Pause", keeper_pause },
        { "Resume", keeper_resume },
        { "Shutdown", keeper_shutdown },
        { "Reset", keeper_reset },
        { "PowerOff", keeper_power_off },
        { "PingGuest", keeper_ping_guest },
        { "CancelMerge", keeper_cancel_merge },
    };
    const char *name = g_dbus_method_invocation_get_method_name (invocation);

    for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
        if (g_str_equal (methods[i].method, name)) {
            methods[i].action (self->keeper, plain_done_cb, invocation);
            return G_DBUS_METHOD_INVOCATION_HANDLED;
        }
    return G_DBUS_METHOD_INVOCATION_UNHANDLED;
}

static gboolean
handle_plain_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                 gpointer user_data)
{
    return handle_plain (user_data, invocation);
}

static gboolean
open_display_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                 GUnixFDList *fds, const char *protocol, gpointer user_data)
{
    KeeperControl *self = user_data;
    g_autoptr (GError) error = NULL;
    int fd = keeper_open_display (self->keeper, protocol, &error);

    return_fd (invocation, fd, error);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
open_console_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                 GUnixFDList *fds, const char *name, gpointer user_data)
{
    KeeperControl *self = user_data;
    g_autoptr (GError) error = NULL;
    int fd = keeper_open_console (self->keeper, name, &error);

    return_fd (invocation, fd, error);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
still_done_cb (int fd, guint width, guint height, guint stride, const GError *error,
               gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;
    g_autoptr (GUnixFDList) fds = NULL;

    if (error) {
        g_dbus_method_invocation_return_gerror (invocation, error);
        return;
    }
    fds = g_unix_fd_list_new_from_array (&fd, 1);
    g_dbus_method_invocation_return_value_with_unix_fd_list (
        invocation, g_variant_new ("(huuu)", 0, width, height, stride), fds);
}

static gboolean
screenshot_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation, GUnixFDList *fds,
               gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_take_screenshot (self->keeper, still_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
send_keys_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation, GVariant *keys,
              gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_send_keys (self->keeper, keys, plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_link_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation, const char *card,
             const char *state, gpointer user_data)
{
    KeeperControl *self = user_data;
    gboolean up = g_str_equal (state, "up");

    if (!up && !g_str_equal (state, "down"))
        g_dbus_method_invocation_return_error (invocation, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                                               _ ("“%s” is no state of a link: say up or down"),
                                               state);
    else
        keeper_set_link (self->keeper, card, up, plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_memory_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation, guint64 bytes,
               gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_set_memory (self->keeper, bytes, plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
statistics_done_cb (GVariant *figures, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;

    if (error)
        g_dbus_method_invocation_return_gerror (invocation, error);
    else
        g_dbus_method_invocation_return_value (invocation, figures);
}

static gboolean
get_statistics_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                   gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_get_statistics (self->keeper, statistics_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_vcpus_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation, guint vcpus,
              gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_set_vcpus (self->keeper, vcpus, plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
detach_cb (VitrineControlDevice1 *device, GDBusMethodInvocation *invocation, gboolean force,
           gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_detach (self->keeper, vitrine_control_device1_get_alias (device), force, plain_done_cb,
                   invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
eject_cb (VitrineControlDevice1 *device, GDBusMethodInvocation *invocation, gboolean force,
          gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_eject (self->keeper, vitrine_control_device1_get_alias (device), force, plain_done_cb,
                  invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
insert_cb (VitrineControlDevice1 *device, GDBusMethodInvocation *invocation, const char *path,
           gboolean force, gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_insert (self->keeper, vitrine_control_device1_get_alias (device), path, force,
                   plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
resize_cb (VitrineControlDevice1 *device, GDBusMethodInvocation *invocation, guint64 size,
           gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_resize (self->keeper, vitrine_control_device1_get_alias (device), size, plain_done_cb,
                   invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_cb (VitrineControlDevice1 *device, GDBusMethodInvocation *invocation,
        const char *const *settings, gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_set_card (self->keeper, vitrine_control_device1_get_alias (device), settings,
                     plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
switch_images_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
                  GVariant *images, gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_switch_images (self->keeper, images, plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
merge_disk_cb (VitrineControlMachine1 *machine, GDBusMethodInvocation *invocation,
               const char *alias, gpointer user_data)
{
    KeeperControl *self = user_data;

    keeper_merge_disk (self->keeper, alias, plain_done_cb, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
connect_methods (KeeperControl *self, VitrineControlMachine1 *machine)
{
    static const struct {
        const char *signal;
        GCallback handler;
    } handlers[] = {
        { "handle-pause", G_CALLBACK (handle_plain_cb) },
        { "handle-resume", G_CALLBACK (handle_plain_cb) },
        { "handle-shutdown", G_CALLBACK (handle_plain_cb) },
        { "handle-reset", G_CALLBACK (handle_plain_cb) },
        { "handle-power-off", G_CALLBACK (handle_plain_cb) },
        { "handle-ping-guest", G_CALLBACK (handle_plain_cb) },
        { "handle-open-display", G_CALLBACK (open_display_cb) },
        { "handle-open-console", G_CALLBACK (open_console_cb) },
        { "handle-screenshot", G_CALLBACK (screenshot_cb) },
        { "handle-send-keys", G_CALLBACK (send_keys_cb) },
        { "handle-set-memory", G_CALLBACK (set_memory_cb) },
        { "handle-set-link", G_CALLBACK (set_link_cb) },
        { "handle-get-statistics", G_CALLBACK (get_statistics_cb) },
        { "handle-switch-images", G_CALLBACK (switch_images_cb) },
        { "handle-merge-disk", G_CALLBACK (merge_disk_cb) },
        { "handle-cancel-merge", G_CALLBACK (handle_plain_cb) },
        { "handle-set-vcpus", G_CALLBACK (set_vcpus_cb) },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (machine, handlers[i].signal, handlers[i].handler, self);
    keeper_control_connect_attach (machine, self->keeper);
}

/* --- what peers see -------------------------------------------------------------------------- */

/* Keeps the properties of COPY what those of ORIGINAL are. */
static void
follow (gpointer copy, gpointer original)
{
    guint n;
    g_autofree GParamSpec **specs =
        g_object_class_list_properties (G_OBJECT_GET_CLASS (original), &n);

    for (guint i = 0; i < n; i++)
        if (specs[i]->owner_type != G_TYPE_DBUS_INTERFACE_SKELETON)
            g_object_bind_property (original, specs[i]->name, copy, specs[i]->name,
                                    G_BINDING_SYNC_CREATE);
}

/* What a peer's copy of a device is made from. */
typedef struct {
    KeeperControl *control;
    const char *alias;
    VitrineControlDevice1 *original;
} Shown;

static GDBusObjectSkeleton *
make_device_object (gpointer user_data)
{
    const Shown *shown = user_data;
    g_autofree char *path = keeper_control_device_path (shown->alias);
    g_autoptr (VitrineControlDevice1) device = vitrine_control_device1_skeleton_new ();
    VitrineControlObjectSkeleton *object = vitrine_control_object_skeleton_new (path);

    follow (device, shown->original);
    g_signal_connect (device, "handle-detach", G_CALLBACK (detach_cb), shown->control);
    g_signal_connect (device, "handle-eject", G_CALLBACK (eject_cb), shown->control);
    g_signal_connect (device, "handle-insert", G_CALLBACK (insert_cb), shown->control);
    g_signal_connect (device, "handle-resize", G_CALLBACK (resize_cb), shown->control);
    g_signal_connect (device, "handle-set", G_CALLBACK (set_cb), shown->control);
    vitrine_control_object_skeleton_set_device1 (object, device);
    return G_DBUS_OBJECT_SKELETON (object);
}

static GPtrArray *
make_objects (gpointer user_data)
{
    KeeperControl *self = user_data;
    GPtrArray *objects = g_ptr_array_new_with_free_func (g_object_unref);
    VitrineControlObjectSkeleton *object = vitrine_control_object_skeleton_new (MACHINE_PATH);
    g_autoptr (VitrineControlMachine1) machine = vitrine_control_machine1_skeleton_new ();
    GHashTableIter iter;
    gpointer alias, original;

    follow (machine, self->machine);
    connect_methods (self, machine);
    vitrine_control_object_skeleton_set_machine1 (object, machine);
    g_ptr_array_add (objects, object);
    g_hash_table_iter_init (&iter, self->devices);
    while (g_hash_table_iter_next (&iter, &alias, &original)) {
        Shown shown = { self, alias, original };

        g_ptr_array_add (objects, make_device_object (&shown));
    }
    return objects;
}

/* --- the originals --------------------------------------------------------------------------- */

static void
make_machine (KeeperControl *self, const VitrineDefinition *definition, gint64 start_time)
{
    const gboolean spice = vitrine_definition_has_spice (definition);
    const gboolean shown =
        vitrine_definition_has_graphics (definition) && vitrine_definition_get_video (definition);
    const char *const none[] = { NULL };
    const char *const displays[] = { spice ? "spice" : "vnc", spice ? "vnc" : "spice", NULL };

    self->machine = vitrine_control_machine1_skeleton_new ();
    vitrine_control_machine1_set_uuid (self->machine, vitrine_definition_get_uuid (definition));
    vitrine_control_machine1_set_name (self->machine, vitrine_definition_get_name (definition));
    vitrine_control_machine1_set_state (self->machine, "starting");
    vitrine_control_machine1_set_state_reason (self->machine, "");
    vitrine_control_machine1_set_start_time (self->machine, start_time);
    vitrine_control_machine1_set_consoles (self->machine, (const char *const[]){ NULL });
    vitrine_control_machine1_set_channels (self->machine, (const char *const[]){ NULL });
    vitrine_control_machine1_set_displays (self->machine, shown ? displays : none);
    vitrine_control_machine1_set_warnings (self->machine, (const char *const[]){ NULL });
    vitrine_control_machine1_set_processes (self->machine, g_variant_new ("au", NULL));
    vitrine_control_machine1_set_vcpus (self->machine, vitrine_definition_get_vcpus (definition));
    vitrine_control_machine1_set_max_vcpus (self->machine,
                                            vitrine_definition_get_max_vcpus (definition));
    vitrine_control_machine1_set_memory (self->machine,
                                         vitrine_definition_get_memory_bytes (definition));
    vitrine_control_machine1_set_max_memory (self->machine,
                                             vitrine_definition_get_max_memory_bytes (definition));
}

char *
keeper_control_device_path (const char *alias)
{
    GString *path = g_string_new (DEVICES_PATH);

    for (const char *p = alias; *p; p++) {
        if (g_ascii_isalnum (*p))
            g_string_append_c (path, *p);
        else
            g_string_append_printf (path, "_%02x", (guint8) *p);
    }
    return g_string_free (path, FALSE);
}

/* NETWORK: NULL for what is no network card. */
static void
set_settings (VitrineControlDevice1 *shown, const VitrineDefinitionNetwork *network)
{
    static const char *const none[] = { NULL };
    g_auto (GStrv) settings = network ? vitrine_definition_card_dup_settings (network) : NULL;

    vitrine_control_device1_set_settings (shown, settings ? (const char *const *) settings : none);
}

static VitrineControlDevice1 *
make_device (KeeperControl *self, const VitrineDefinitionDevice *device)
{
    VitrineControlDevice1 *shown = vitrine_control_device1_skeleton_new ();
    const char *model = keeper_records_model (device);
    g_autofree char *source = vitrine_definition_device_describe (device);

    vitrine_control_device1_set_alias (shown, device->alias);
    vitrine_control_device1_set_kind (shown, vitrine_definition_kind_to_string (device->kind));
    vitrine_control_device1_set_model (shown, model ? model : device->model);
    vitrine_control_device1_set_source (shown, source);
    vitrine_control_device1_set_link (shown, !device->network             ? ""
                                             : device->network->link_down ? "down"
                                                                          : "up");
    set_settings (shown, device->network);
    vitrine_control_device1_set_broken (shown, "");
    vitrine_control_device1_set_state (shown, "present");
    g_hash_table_insert (self->devices, g_strdup (device->alias), shown);
    return shown;
}

KeeperControl *
keeper_control_new (const char *path, Keeper *keeper, const VitrineDefinition *definition,
                    gint64 start_time, GError **error)
{
    KeeperControl *self = g_new0 (KeeperControl, 1);
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    self->keeper = keeper;
    self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
    make_machine (self, definition, start_time);
    for (guint i = 0; i < devices->len; i++)
        make_device (self, g_ptr_array_index (devices, i));
    keeper_control_set_devices (self, devices);
    self->bus = keeper_bus_new (path, ROOT_PATH, make_objects, self, error);
    if (self->bus)
        return self;
    keeper_control_free (self);
    return NULL;
}

/* --- what happens ---------------------------------------------------------------------------- */

void
keeper_control_set_state (KeeperControl *self, const char *state, const char *reason)
{
    vitrine_control_machine1_set_state (self->machine, state);
    vitrine_control_machine1_set_state_reason (self->machine, reason);
}

void
keeper_control_set_warnings (KeeperControl *self, GPtrArray *warnings)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_auto (GStrv) strings = NULL;

    for (guint i = 0; i < warnings->len; i++)
        g_strv_builder_add (builder, g_ptr_array_index (warnings, i));
    strings = g_strv_builder_end (builder);
    vitrine_control_machine1_set_warnings (self->machine, (const char *const *) strings);
}

void
keeper_control_set_processes (KeeperControl *self, GArray *pids)
{
    vitrine_control_machine1_set_processes (
        self->machine,
        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids->data, pids->len, sizeof (guint32)));
}

void
keeper_control_set_broken (KeeperControl *self, const char *alias, const char *reason)
{
    VitrineControlDevice1 *device = g_hash_table_lookup (self->devices, alias);

    if (device)
        vitrine_control_device1_set_broken (device, reason);
}

void
keeper_control_set_link (KeeperControl *self, const char *alias, gboolean up)
{
    VitrineControlDevice1 *device = g_hash_table_lookup (self->devices, alias);

    if (device)
        vitrine_control_device1_set_link (device, up ? "up" : "down");
}

void
keeper_control_set_card (KeeperControl *self, const char *alias,
                         const VitrineDefinitionNetwork *network)
{
    VitrineControlDevice1 *device = g_hash_table_lookup (self->devices, alias);

    if (device)
        set_settings (device, network);
}

void
keeper_control_set_merge_progress (KeeperControl *self, double fraction)
{
    vitrine_control_machine1_set_merge_progress (self->machine, fraction);
}

void
keeper_control_set_source (KeeperControl *self, const char *alias, const char *source)
{
    VitrineControlDevice1 *device = g_hash_table_lookup (self->devices, alias);

    if (device)
        vitrine_control_device1_set_source (device, source);
}

void
keeper_control_clear_broken (KeeperControl *self)
{
    GHashTableIter iter;
    gpointer device;

    g_hash_table_iter_init (&iter, self->devices);
    while (g_hash_table_iter_next (&iter, NULL, &device))
        vitrine_control_device1_set_broken (device, "");
}

void
keeper_control_add_device (KeeperControl *self, const VitrineDefinitionDevice *device)
{
    Shown shown = { self, device->alias, make_device (self, device) };

    keeper_bus_add_object (self->bus, make_device_object, &shown);
}

void
keeper_control_remove_device (KeeperControl *self, const char *alias)
{
    g_autofree char *path = keeper_control_device_path (alias);

    keeper_bus_remove_object (self->bus, path);
    g_hash_table_remove (self->devices, alias);
}

void
keeper_control_set_device_state (KeeperControl *self, const char *alias, const char *state)
{
    VitrineControlDevice1 *device = g_hash_table_lookup (self->devices, alias);

    if (device)
        vitrine_control_device1_set_state (device, state);
}

void
keeper_control_set_devices (KeeperControl *self, GPtrArray *devices)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssss)"));
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        g_autofree char *source = vitrine_definition_device_describe (device);

        g_variant_builder_add (&builder, "(ssss)", device->alias,
                               vitrine_definition_kind_to_string (device->kind), device->model,
                               source);
    }
    vitrine_control_machine1_set_devices (self->machine, g_variant_builder_end (&builder));
    vitrine_control_machine1_set_limits (self->machine, keeper_limits_describe (devices));
    /* At once, not when there is time: who asked for it looks when the answer comes. */
    if (self->bus)
        keeper_bus_send_changes (self->bus);
}

void
keeper_control_set_ports (KeeperControl *self, KeeperPorts *ports)
{
    g_auto (GStrv) consoles = keeper_ports_dup_names (ports, FALSE);
    g_auto (GStrv) channels = keeper_ports_dup_names (ports, TRUE);

    vitrine_control_machine1_set_consoles (self->machine, (const char *const *) consoles);
    vitrine_control_machine1_set_channels (self->machine, (const char *const *) channels);
}

void
keeper_control_set_vcpus (KeeperControl *self, guint n)
{
    vitrine_control_machine1_set_vcpus (self->machine, n);
}

void
keeper_control_set_memory (KeeperControl *self, guint64 bytes)
{
    vitrine_control_machine1_set_memory (self->machine, bytes);
}

void
keeper_control_stop (KeeperControl *self)
{
    keeper_bus_stop (self->bus);
}

void
keeper_control_flush (KeeperControl *self, GSourceFunc done, gpointer user_data)
{
    keeper_bus_flush (self->bus, done, user_data);
}

void
keeper_control_free (KeeperControl *self)
{
    if (!self)
        return;
    keeper_bus_free (self->bus);
    g_hash_table_unref (self->devices);
    g_clear_object (&self->machine);
    g_free (self);
}
