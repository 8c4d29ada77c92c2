/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume-udisks.c - logical volumes by UDisks2's LVM2 module, which asks polkit for the right.
 *
 * Interfaces are those of its reference: org.freedesktop.UDisks2.VolumeGroup and .LogicalVolume.  Objects are found by
 * their properties each time, never by a path that is made up.
 */
#include "volume-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SERVICE "org.freedesktop.UDisks2"
#define ROOT    "/org/freedesktop/UDisks2"
#define MANAGER ROOT "/Manager"
#define GROUP   SERVICE ".VolumeGroup"
#define VOLUME  SERVICE ".LogicalVolume"
#define BLOCK   SERVICE ".Block"
#define MEMBER  SERVICE ".PhysicalVolume"

/* What it says when the volume is made, and its object was not there in time: on a slow computer, or a busy one. */
#define LATE "Error waiting for logical volume object"

#define ASK_MS (30 * 1000)
#ifndef LOADED_MS             /* tests are less patient */
#define LOADED_MS (30 * 1000) /* for groups to be found by a module that has just been loaded */
#endif
#define SETTLE_MS (3 * 1000)      /* by one that somebody else may have had loaded just before */
#define CHANGE_MS (5 * 60 * 1000) /* somebody may have to find his password */

/* The bus, its objects as they are now. */
typedef struct {
    GDBusConnection *bus;
    GVariant *objects; /* a{oa{sa{sv}}} */
} Session;

static void
session_clear (Session *session)
{
    g_clear_object (&session->bus);
    g_clear_pointer (&session->objects, g_variant_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Session, session_clear)

/* LOCAL, which is taken over, for people. */
static void
set_error (GError *local, GError **error)
{
    g_autofree char *name = g_dbus_error_get_remote_error (local);
    VitrineError code = VITRINE_ERROR_ENGINE;

    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error (error, local);
        return;
    }
    if (name && strstr (name, "NotAuthorized"))
        code = VITRINE_ERROR_DENIED;
    g_dbus_error_strip_remote_error (local);
    if (code == VITRINE_ERROR_DENIED)
        vitrine_refuse (error, code,
                        _ ("You may not change logical volumes: %s; an administrator can, or let "
                           "you by polkit"),
                        local->message);
    else
        vitrine_refuse (error, code, _ ("UDisks2 says: %s"), local->message);
    g_error_free (local);
}

static gboolean
refuse_missing (GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                           _ ("Logical volumes need root with the package “lvm2”, or UDisks2 with "
                              "the package “udisks2-lvm2”; neither is here"));
}

static GVariant *
call (Session *session, const char *path, const char *interface, const char *method,
      GVariant *arguments, int timeout_ms, GCancellable *cancellable, GError **error)
{
    return g_dbus_connection_call_sync (session->bus, SERVICE, path, interface, method, arguments,
                                        NULL, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                        timeout_ms, cancellable, error);
}

/* The properties of INTERFACE that the object PATH has, or NULL. */
static GVariant *
get_properties (const Session *session, const char *path, const char *interface)
{
    g_autoptr (GVariant) interfaces =
        g_variant_lookup_value (session->objects, path, G_VARIANT_TYPE ("a{sa{sv}}"));

    return interfaces ? g_variant_lookup_value (interfaces, interface, G_VARIANT_TYPE_VARDICT)
                      : NULL;
}

/* Whether PROPERTIES, a volume's, are those of one in GROUP. */
static gboolean
is_in_group (const Session *session, GVariant *properties, const char *group)
{
    const char *path, *name;
    g_autoptr (GVariant) found = NULL;

    if (!g_variant_lookup (properties, "VolumeGroup", "&o", &path))
        return FALSE;
    found = get_properties (session, path, GROUP);
    return found && g_variant_lookup (found, "Name", "&s", &name) && g_str_equal (name, group);
}

/* The path of the group NAME, or of the volume NAME in GROUP (transfer full). */
static char *
find_object (const Session *session, const char *interface, const char *name, const char *group)
{
    GVariantIter iter;
    const char *path;
    GVariant *interfaces;
    char *found = NULL;

    g_variant_iter_init (&iter, session->objects);
    while (!found && g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        g_autoptr (GVariant) owned = interfaces;
        g_autoptr (GVariant) properties =
            g_variant_lookup_value (owned, interface, G_VARIANT_TYPE_VARDICT);
        const char *its_name;

        if (properties && g_variant_lookup (properties, "Name", "&s", &its_name)
            && g_str_equal (its_name, name) && (!group || is_in_group (session, properties, group)))
            found = g_strdup (path);
    }
    return found;
}

/* LOCAL, which is taken over, of a call that got no answer from the daemon: what is not there is told from what died or
 * hangs. */
static gboolean
refuse_silent (GError *local, GError **error)
{
    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error (error, local);
        return FALSE;
    }
    if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
        || g_error_matches (local, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
        || g_error_matches (local, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT))
        vitrine_refuse (
            error, VITRINE_ERROR_ENGINE,
            _ ("UDisks2, which makes logical volumes, does not answer; try again, or have an "
               "administrator run “systemctl restart udisks2”"));
    else
        refuse_missing (error);
    g_error_free (local);
    return FALSE;
}

static gboolean
read_objects (Session *session, GCancellable *cancellable, GError **error)
{
    GError *local = NULL;
    g_autoptr (GVariant) answer = call (session, ROOT, "org.freedesktop.DBus.ObjectManager",
                                        "GetManagedObjects", NULL, ASK_MS, cancellable, &local);

    g_clear_pointer (&session->objects, g_variant_unref);
    if (!answer)
        return refuse_silent (local, error);
    if (!g_variant_is_of_type (answer, G_VARIANT_TYPE ("(a{oa{sa{sv}}})")))
        return refuse_missing (error);
    session->objects = g_variant_get_child_value (answer, 0);
    return TRUE;
}

/* Whether the module, which may just have been loaded, has said all there is: it looks for groups by itself then, and
 * its objects come later than its answer.  Where it was LOADED before, some group is enough; NAME, if it is not NULL, is
 * a volume in GROUP that has to be among them. */
static gboolean
is_complete (const Session *session, gboolean loaded, const char *name, const char *group)
{
    g_autofree char *found = name ? find_object (session, VOLUME, name, group) : NULL;
    GVariantIter iter;
    const char *path, *type;
    GVariant *interfaces;
    gboolean has_groups = FALSE, lacks = FALSE;

    g_variant_iter_init (&iter, session->objects);
    while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        g_autoptr (GVariant) block =
            g_variant_lookup_value (interfaces, BLOCK, G_VARIANT_TYPE_VARDICT);
        g_autoptr (GVariant) some = g_variant_lookup_value (interfaces, GROUP, NULL);
        g_autoptr (GVariant) member = g_variant_lookup_value (interfaces, MEMBER, NULL);

        has_groups |= some != NULL;
        lacks |= block && !member && g_variant_lookup (block, "IdType", "&s", &type)
                 && g_str_equal (type, "LVM2_member");
    }
    return (!name || found) && (!lacks || (loaded && has_groups));
}

static void
added_cb (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
          const char *signal, GVariant *arguments, gpointer data)
{
    /* It has woken up who waits. */
}

static gboolean
late_cb (gpointer data)
{
    *(gboolean *) data = TRUE;
    return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer late)
{
    return late_cb (late);
}

/* Reads the objects until they are complete, which a disk that is in no group may never let them be.  CONTEXT is this
 * thread's; LOADED: the module was there before. */
static gboolean
settle (Session *session, GMainContext *context, gboolean loaded, const char *name,
        const char *group, GCancellable *cancellable, GError **error)
{
    gboolean late = FALSE, ok;
    g_autoptr (GSource) timeout = g_timeout_source_new (loaded && !name ? SETTLE_MS : LOADED_MS);
    g_autoptr (GSource) cancel = g_cancellable_source_new (cancellable);
    guint id = g_dbus_connection_signal_subscribe (
        session->bus, SERVICE, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", ROOT, NULL,
        G_DBUS_SIGNAL_FLAGS_NONE, added_cb, NULL, NULL);

    g_source_set_callback (timeout, late_cb, &late, NULL);
    g_source_attach (timeout, context);
    g_source_set_callback (cancel, G_SOURCE_FUNC (cancelled_cb), &late, NULL);
    g_source_attach (cancel, context);
    while ((ok = read_objects (session, cancellable, error))
           && !is_complete (session, loaded, name, group) && !late)
        g_main_context_iteration (context, TRUE);
    g_dbus_connection_signal_unsubscribe (session->bus, id);
    g_source_destroy (timeout);
    g_source_destroy (cancel);
    return ok && !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Has the module loaded, if it is not, which makes the objects, and reads them; waits for the volume NAME of GROUP, if
 * it is not NULL, to be among them. */
static gboolean
session_begin (Session *session, const char *name, const char *group, GCancellable *cancellable,
               GError **error)
{
    g_autoptr (GVariant) answer = NULL, manager = NULL;
    g_autoptr (GMainContext) context = NULL;
    GError *local = NULL;
    gboolean ok;

    session->bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, NULL);
    if (!session->bus)
        return refuse_missing (error);
    if (!read_objects (session, cancellable, error))
        return FALSE;
    manager = get_properties (session, MANAGER, SERVICE ".Manager.LVM2");
    if (!manager)
        answer = call (session, MANAGER, SERVICE ".Manager", "EnableModule",
                       g_variant_new ("(sb)", "lvm2", TRUE), ASK_MS, cancellable, &local);
    if (!manager && !answer)
        return refuse_silent (local, error);
    if (manager && is_complete (session, TRUE, name, group))
        return TRUE;
    context = g_main_context_new ();
    g_main_context_push_thread_default (context);
    ok = settle (session, context, manager != NULL, name, group, cancellable, error);
    g_main_context_pop_thread_default (context);
    return ok;
}

static guint64
get_number (GVariant *properties, const char *name)
{
    guint64 number = 0;

    g_variant_lookup (properties, name, "t", &number);
    return number;
}

/* --- listing --------------------------------------------------------------------------------- */

static void
add_group (GPtrArray *groups, GVariant *properties)
{
    const char *name;

    if (g_variant_lookup (properties, "Name", "&s", &name))
        g_ptr_array_add (groups, volume_group_new (name, get_number (properties, "Size"),
                                                   get_number (properties, "FreeSize"),
                                                   get_number (properties, "ExtentSize")));
}

static void
add_pool (const Session *session, GPtrArray *groups, GVariant *properties)
{
    const char *name, *type;
    double ratio = 0;

    if (!g_variant_lookup (properties, "Type", "&s", &type) || !g_str_equal (type, "pool")
        || !g_variant_lookup (properties, "Name", "&s", &name))
        return;
    g_variant_lookup (properties, "DataAllocatedRatio", "d", &ratio);
    for (guint i = 0; i < groups->len; i++) {
        VolumeGroup *group = g_ptr_array_index (groups, i);
        guint64 size_bytes = get_number (properties, "Size");

        if (is_in_group (session, properties, group->name))
            volume_group_add_pool (group, name, size_bytes,
                                   (guint64) (CLAMP (ratio, 0, 1) * (double) size_bytes));
    }
}

GPtrArray *
volume_udisks_list_groups (GCancellable *cancellable, GError **error)
{
    g_auto (Session) session = { 0 };
    GPtrArray *groups;
    GVariantIter iter;
    const char *path;
    GVariant *interfaces;

    if (!session_begin (&session, NULL, NULL, cancellable, error))
        return NULL;
    groups = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_group_free);
    for (int round = 0; round < 2; round++) {
        g_variant_iter_init (&iter, session.objects);
        while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
            g_autoptr (GVariant) properties = g_variant_lookup_value (
                interfaces, round == 0 ? GROUP : VOLUME, G_VARIANT_TYPE_VARDICT);

            if (properties && round == 0)
                add_group (groups, properties);
            else if (properties)
                add_pool (&session, groups, properties);
        }
    }
    return groups;
}

/* --- changing -------------------------------------------------------------------------------- */

static gboolean
refuse_gone (const char *group, const char *name, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("UDisks2 knows no “%s” in “%s”"),
                           name, group);
}

gboolean
volume_udisks_create (const VolumeParams *params, GCancellable *cancellable, GError **error)
{
    g_auto (Session) session = { 0 };
    g_autofree char *group = NULL, *pool = NULL;
    g_autoptr (GVariant) answer = NULL;
    GError *local = NULL;

    if (!session_begin (&session, NULL, NULL, cancellable, error))
        return FALSE;
    group = find_object (&session, GROUP, params->group, NULL);
    if (params->pool)
        pool = find_object (&session, VOLUME, params->pool, params->group);
    if (!group || (params->pool && !pool))
        return refuse_gone (params->group, params->pool ? params->pool : params->group, error);
    answer = call (&session, group, GROUP, pool ? "CreateThinVolume" : "CreatePlainVolume",
                   pool ? g_variant_new ("(stoa{sv})", params->name, params->size_bytes, pool, NULL)
                        : g_variant_new ("(sta{sv})", params->name, params->size_bytes, NULL),
                   CHANGE_MS, NULL, &local);
    if (local && strstr (local->message, LATE)) {
        g_error_free (local);
        return TRUE;
    }
    if (!answer)
        set_error (local, error);
    return answer != NULL;
}

gboolean
volume_udisks_remove (const char *group, const char *name, GError **error)
{
    g_auto (Session) session = { 0 };
    g_autofree char *volume = NULL;
    g_autoptr (GVariant) answer = NULL;
    GError *local = NULL;

    if (!session_begin (&session, name, group, NULL, error))
        return FALSE;
    volume = find_object (&session, VOLUME, name, group);
    if (!volume)
        return refuse_gone (group, name, error);
    answer = call (&session, volume, VOLUME, "Delete", g_variant_new ("(a{sv})", NULL), CHANGE_MS,
                   NULL, &local);
    if (!answer)
        set_error (local, error);
    return answer != NULL;
}
