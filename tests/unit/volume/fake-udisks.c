/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-udisks.c - UDisks2 with one volume group, on a bus of the test's own. */
#include "fake-udisks.h"

#include <gio/gio.h>

#define ROOT  "/org/freedesktop/UDisks2"
#define GROUP ROOT "/lvm/vg0"

static const char interfaces[] =
    "<node>"
    "<interface name='org.freedesktop.DBus.ObjectManager'><method name='GetManagedObjects'>"
    "<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface>"
    "<interface name='org.freedesktop.UDisks2.Manager'><method name='EnableModule'>"
    "<arg type='s' direction='in'/><arg type='b' direction='in'/></method></interface>"
    "<interface name='org.freedesktop.UDisks2.VolumeGroup'>"
    "<method name='CreatePlainVolume'><arg type='s' direction='in'/><arg type='t' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='o' direction='out'/></method>"
    "<method name='CreateThinVolume'><arg type='s' direction='in'/><arg type='t' direction='in'/>"
    "<arg type='o' direction='in'/><arg type='a{sv}' direction='in'/>"
    "<arg type='o' direction='out'/></method></interface>"
    "<interface name='org.freedesktop.UDisks2.LogicalVolume'><method name='Delete'>"
    "<arg type='a{sv}' direction='in'/></method></interface>"
    "</node>";

static const char objects[] =
    "({objectpath '" GROUP "': {'org.freedesktop.UDisks2.VolumeGroup': {'Name': <'vg0'>,"
    " 'Size': <uint64 10737418240>, 'FreeSize': <uint64 5368709120>, 'ExtentSize': <uint64 "
    "4194304>}},"
    " '" GROUP "/pool': {'org.freedesktop.UDisks2.LogicalVolume': {'Name': <'pool'>,"
    " 'Type': <'pool'>, 'Size': <uint64 1073741824>, 'DataAllocatedRatio': <0.25>,"
    " 'VolumeGroup': <objectpath '" GROUP "'>}},"
    " '" GROUP "/old': {'org.freedesktop.UDisks2.LogicalVolume': {'Name': <'old'>,"
    " 'Type': <'block'>, 'Size': <uint64 1073741824>, 'VolumeGroup': <objectpath '" GROUP "'>}}},)";

static const char manager[] =
    "{objectpath '" ROOT "/Manager', {'org.freedesktop.UDisks2.Manager.LVM2': @a{sv} {}}}";
static const char objects_before[] =
    "({objectpath '" ROOT "/block_devices/loop0': {'org.freedesktop.UDisks2.Block':"
    " {'IdType': <'LVM2_member'>}}},)";
static const char added[] = "(objectpath '" GROUP "', {'org.freedesktop.UDisks2.VolumeGroup': "
                            "@a{sv} {}})";

static GTestDBus *bus;
static GThread *thread;
static GMainLoop *loop;
static GMutex mutex;
static GCond started;
static gboolean is_there;
static GString *calls;
static gboolean denies, is_slow, is_loaded;
static guint n_late; /* readings before the groups are there */
static guint n_readings;

/* TEXT, the answer to a reading, with what says that the module is there. */
static GVariant *
make_loaded (const char *text)
{
    g_autoptr (GVariant) answer = g_variant_ref_sink (g_variant_new_parsed (text));
    g_autoptr (GVariant) all = g_variant_get_child_value (answer, 0);
    GVariantBuilder builder;

    g_variant_builder_init (&builder, g_variant_get_type (all));
    for (gsize i = 0; i < g_variant_n_children (all); i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (all, i);

        g_variant_builder_add_value (&builder, one);
    }
    g_variant_builder_add_parsed (&builder, manager);
    return g_variant_new ("(@a{oa{sa{sv}}})", g_variant_builder_end (&builder));
}

static void
read_objects (GDBusConnection *connection, GDBusMethodInvocation *invocation)
{
    const char *text;
    gboolean loaded;
    guint late;

    g_mutex_lock (&mutex);
    late = n_late;
    n_late -= late > 0;
    n_readings++;
    loaded = is_loaded;
    g_mutex_unlock (&mutex);
    text = late > 0 ? objects_before : objects;
    g_dbus_method_invocation_return_value (invocation, loaded ? make_loaded (text)
                                                              : g_variant_new_parsed (text));
    if (late == 1)
        g_dbus_connection_emit_signal (connection, NULL, ROOT, "org.freedesktop.DBus.ObjectManager",
                                       "InterfacesAdded", g_variant_new_parsed (added), NULL);
}

static void
call_cb (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *arguments, GDBusMethodInvocation *invocation, gpointer data)
{
    const char *name = "", *pool;
    guint64 size = 0;

    if (g_str_equal (method, "GetManagedObjects")) {
        read_objects (connection, invocation);
        return;
    }
    g_mutex_lock (&mutex);
    if (g_str_equal (method, "CreateThinVolume")) {
        g_variant_get (arguments, "(&st&o@a{sv})", &name, &size, &pool, NULL);
        g_string_append_printf (calls, "%s %s %" G_GUINT64_FORMAT " %s\n", method, name, size,
                                pool);
    } else if (g_str_equal (method, "CreatePlainVolume")) {
        g_variant_get (arguments, "(&st@a{sv})", &name, &size, NULL);
        g_string_append_printf (calls, "%s %s %" G_GUINT64_FORMAT "\n", method, name, size);
    } else if (g_str_equal (method, "Delete")) {
        g_string_append_printf (calls, "Delete %s\n", path);
    } else {
        g_variant_get (arguments, "(&sb)", &name, NULL);
        g_string_append_printf (calls, "%s %s\n", method, name);
    }
    if (denies && !g_str_equal (method, "EnableModule"))
        g_dbus_method_invocation_return_dbus_error (
            invocation, "org.freedesktop.UDisks2.Error.NotAuthorized", "Not authorized");
    else if (is_slow && g_str_has_prefix (method, "Create"))
        g_dbus_method_invocation_return_dbus_error (
            invocation, "org.freedesktop.UDisks2.Error.Failed",
            "Error waiting for logical volume object for 'old': Timed out waiting for object");
    else
        g_dbus_method_invocation_return_value (invocation, g_str_has_prefix (method, "Create")
                                                               ? g_variant_new ("(o)", GROUP "/new")
                                                               : NULL);
    g_mutex_unlock (&mutex);
}

static void
serve (GDBusConnection *connection, GDBusNodeInfo *node, const char *path, const char *interface)
{
    static const GDBusInterfaceVTable vtable = { .method_call = call_cb };
    g_autoptr (GError) error = NULL;

    g_dbus_connection_register_object (connection, path,
                                       g_dbus_node_info_lookup_interface (node, interface), &vtable,
                                       NULL, NULL, &error);
    g_assert_no_error (error);
}

static gpointer
run_thread (gpointer data)
{
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_autoptr (GDBusConnection) connection = NULL;
    g_autoptr (GVariant) answer = NULL;
    g_autoptr (GError) error = NULL;
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml (interfaces, &error);

    g_main_context_push_thread_default (context);
    g_assert_no_error (error);
    connection = g_dbus_connection_new_for_address_sync (
        g_test_dbus_get_bus_address (bus),
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
            | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, NULL, &error);
    g_assert_no_error (error);
    serve (connection, node, ROOT, "org.freedesktop.DBus.ObjectManager");
    serve (connection, node, ROOT "/Manager", "org.freedesktop.UDisks2.Manager");
    serve (connection, node, GROUP, "org.freedesktop.UDisks2.VolumeGroup");
    serve (connection, node, GROUP "/old", "org.freedesktop.UDisks2.LogicalVolume");
    answer = g_dbus_connection_call_sync (
        connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
        g_variant_new ("(su)", "org.freedesktop.UDisks2", 0), NULL, 0, -1, NULL, &error);
    g_assert_no_error (error);
    g_mutex_lock (&mutex);
    loop = g_main_loop_new (context, FALSE);
    is_there = TRUE;
    g_cond_signal (&started);
    g_mutex_unlock (&mutex);
    g_main_loop_run (loop);
    g_main_context_pop_thread_default (context);
    g_dbus_node_info_unref (node);
    return NULL;
}

void
fake_udisks_start (void)
{
    calls = g_string_new (NULL);
    bus = g_test_dbus_new (G_TEST_DBUS_NONE);
    g_test_dbus_up (bus);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (bus), TRUE);
    thread = g_thread_new ("udisks", run_thread, NULL);
    g_mutex_lock (&mutex);
    while (!is_there)
        g_cond_wait (&started, &mutex);
    g_mutex_unlock (&mutex);
}

void
fake_udisks_stop (void)
{
    g_main_loop_quit (loop);
    g_thread_join (thread);
    g_main_loop_unref (loop);
    g_test_dbus_stop (bus);
    g_object_unref (bus);
    g_string_free (calls, TRUE);
}

char *
fake_udisks_dup_calls (void)
{
    char *text;

    g_mutex_lock (&mutex);
    text = g_strdup (calls->str);
    g_string_truncate (calls, 0);
    g_mutex_unlock (&mutex);
    return text;
}

guint
fake_udisks_count_readings (void)
{
    guint n;

    g_mutex_lock (&mutex);
    n = n_readings;
    n_readings = 0;
    g_mutex_unlock (&mutex);
    return n;
}

void
fake_udisks_be_loaded (gboolean loaded)
{
    g_mutex_lock (&mutex);
    is_loaded = loaded;
    g_mutex_unlock (&mutex);
}

void
fake_udisks_deny (gboolean deny)
{
    g_mutex_lock (&mutex);
    denies = deny;
    g_mutex_unlock (&mutex);
}

void
fake_udisks_be_late (void)
{
    g_mutex_lock (&mutex);
    n_late = 2;
    g_mutex_unlock (&mutex);
}

void
fake_udisks_be_slow (gboolean slow)
{
    g_mutex_lock (&mutex);
    is_slow = slow;
    g_mutex_unlock (&mutex);
}
