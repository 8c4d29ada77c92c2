/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-change.c - devices, media, processors and memory of a machine: of the one that runs, by its keeper,
 * and in its definition.
 *
 * The definition is looked at first, so that what it will not take is not done to the machine that
 * runs, and written last, so that what the guest refused is not in it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "definition.h"
#include "fd.h"
#include "native-device.h"
#include "native-image.h"
#include "native-machine-private.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

typedef struct {
    VitrineChange *change;
    char *machines, *uuid;
} Changing;

static void
changing_free (gpointer data)
{
    Changing *changing = data;

    vitrine_change_free (changing->change);
    g_free (changing->machines);
    g_free (changing->uuid);
    g_free (changing);
}

/* --- the definition --------------------------------------------------------------------------- */

/* The image of a machine that is off, whose lock the caller holds. */
static gboolean
grow_image (const char *path, guint64 size_bytes, GError **error)
{
    vitrine_autofd fd = open (path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat (fd, &st) < 0)
        return native_store_refuse_errno (path, errno, error);
    if (!S_ISREG (st.st_mode))
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("“%s” is no file, and only its owner can make it larger"), path);
    if (fd_lock (fd, true) < 0)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("“%s” is in use by another machine or program"), path);
    if (fstat (fd, &st) < 0)
        return native_store_refuse_errno (path, errno, error);
    if (size_bytes > G_MAXINT64 || size_bytes < (guint64) st.st_size || size_bytes % 512 != 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” can only grow, by whole sectors"), path);
    return ftruncate (fd, (off_t) size_bytes) == 0
           || native_store_refuse_errno (path, errno, error);
}

/* The size is in the image itself where it is not raw. */
static gboolean
grow_disk (const VitrineDefinitionDevice *disk, guint64 size_bytes, GCancellable *cancellable,
           GError **error)
{
    const ImageWatch watch = { cancellable, NULL, NULL };
    g_autoptr (ImageChain) chain = NULL;

    if (disk->server != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("How large the disk %s is is its server's to say"), disk->target);
    if (disk->format == VITRINE_DEFINITION_FORMAT_RAW)
        return grow_image (disk->source, size_bytes, error);
    chain = image_chain_open (disk->source, disk->format, IMAGE_WRITE, error);
    return chain != NULL && native_image_grow (chain, size_bytes, &watch, error);
}

/* Whether no other machine is in the way of EDITED, which was given as a whole. */
static gboolean
check_others (const Changing *changing, const VitrineDefinition *before,
              const VitrineDefinition *edited, GError **error)
{
    const char *name = vitrine_definition_get_name (edited);
    const char *old_name = vitrine_definition_get_name (before);
    g_autofree char *taken = native_store_find_name (changing->machines, name);

    if (taken != NULL && !g_str_equal (taken, changing->uuid))
        return vitrine_rules_refuse_taken_name (name, error);
    if (!g_str_equal (name, old_name)
        && native_store_is_running (changing->machines, changing->uuid))
        return vitrine_rules_refuse_rename (old_name, error);
    return native_store_check_cards (changing->machines, edited, error);
}

/* The definition as it is now with the change in it. */
static VitrineDefinition *
read_edited (const Changing *changing, GError **error)
{
    g_autofree char *xml = native_store_dup_xml (changing->machines, changing->uuid, error);
    g_autoptr (VitrineDefinition) definition =
        xml != NULL ? vitrine_definition_parse (xml, -1, error) : NULL;
    g_autoptr (VitrineDefinition) edited = NULL;

    if (definition == NULL)
        return NULL;
    edited = vitrine_rules_edit (definition, changing->change, error);
    if (edited != NULL && changing->change->kind == VITRINE_CHANGE_ATTACH
        && !native_store_check_cards (changing->machines, edited, error))
        return NULL;
    if (edited != NULL && changing->change->kind == VITRINE_CHANGE_DEFINITION
        && !check_others (changing, definition, edited, error))
        return NULL;
    return g_steal_pointer (&edited);
}

static void
config_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    const Changing *changing = task_data;
    g_autoptr (VitrineDefinition) edited = NULL;
    GError *error = NULL;
    vitrine_autofd lock = native_store_lock (changing->machines, &error);

    if (lock >= 0)
        edited = read_edited (changing, &error);
    if (edited != NULL && changing->change->kind == VITRINE_CHANGE_RESIZE
        && !(changing->change->scope & VITRINE_SCOPE_LIVE)
        && !grow_disk (vitrine_rules_find_disk (edited, changing->change->what),
                       changing->change->size_bytes, cancellable, &error))
        g_task_return_error (task, error);
    else if (edited != NULL && native_store_replace (changing->machines, edited, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

/* --- the machine that runs -------------------------------------------------------------------- */

static void
return_no_device (GTask *task)
{
    const Changing *changing = g_task_get_task_data (task);

    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                             _ ("“%s” has no device “%s”"),
                             vitrine_machine_get_name (g_task_get_source_object (task)),
                             changing->change->what != NULL ? changing->change->what : "");
}

/* It is so in what runs, or ERROR, which is taken over, says why not. */
static void
end_live (GTask *task, GError *error)
{
    const Changing *changing = g_task_get_task_data (task);

    if (error != NULL)
        g_task_return_error (task,
                             native_machine_map_error (g_task_get_source_object (task), error));
    else if (changing->change->scope & VITRINE_SCOPE_CONFIG)
        g_task_run_in_thread (task, config_thread);
    else
        g_task_return_boolean (task, TRUE);
}

static void
live_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    g_autoptr (GVariant) answer =
        g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

    if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT)) {
        g_error_free (error);
        return_no_device (task);
    } else {
        end_live (task, error);
    }
}

static void
attached_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    g_task_propagate_boolean (G_TASK (result), &error);
    end_live (task, error);
}

static gboolean
has_disk (const VitrineDefinition *definition, const char *path)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->kind == VITRINE_DEFINITION_DISK && g_strcmp0 (device->source, path) == 0)
            return TRUE;
    }
    return FALSE;
}

/* What a disk that AFTER alone has writes to, or NULL. */
static const char *
find_new_disk (const VitrineDefinition *before, const VitrineDefinition *after)
{
    GPtrArray *devices = vitrine_definition_get_devices (after);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (vitrine_definition_device_has_image (device) && !device->read_only
            && !has_disk (before, device->source))
            return device->source;
    }
    return NULL;
}

/* A disk that is attached is looked at before anything is changed. */
static void
check_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Changing *changing = data;
    g_autofree char *xml = native_store_dup_xml (changing->machines, changing->uuid, NULL);
    g_autoptr (VitrineDefinition) before =
        xml != NULL ? vitrine_definition_parse (xml, -1, NULL) : NULL;
    g_autoptr (VitrineDefinition) after =
        before != NULL ? vitrine_rules_edit (before, changing->change, NULL) : NULL;
    g_autofree char *warning = NULL;
    const char *path;
    GError *error = NULL;

    /* What cannot be read is refused, in better words, by who makes the change. */
    path = after != NULL ? find_new_disk (before, after) : NULL;
    if (path == NULL || native_device_check (path, changing->change->force, &warning, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
change_live (GTask *task)
{
    NativeMachine *self = g_task_get_source_object (task);
    const Changing *changing = g_task_get_task_data (task);
    const VitrineChange *change = changing->change;
    const char *path = "/org/vitrine/Machine", *interface = "org.vitrine.Machine1";
    g_autofree char *device = NULL;
    const char *method = NULL;
    GVariant *arguments = NULL;

    switch (change->kind) {
    case VITRINE_CHANGE_DETACH:
        method = "Detach";
        arguments = g_variant_new ("(b)", change->force);
        break;
    case VITRINE_CHANGE_EJECT:
        method = "Eject";
        arguments = g_variant_new ("(b)", change->force);
        break;
    case VITRINE_CHANGE_INSERT:
        method = "Insert";
        arguments = g_variant_new ("(sb)", change->path, change->force);
        break;
    case VITRINE_CHANGE_RESIZE:
        method = "Resize";
        arguments = g_variant_new ("(t)", change->size_bytes);
        break;
    case VITRINE_CHANGE_VCPUS:
        method = "SetVcpus";
        arguments = g_variant_new ("(u)", change->n);
        break;
    case VITRINE_CHANGE_MEMORY:
        method = "SetMemory";
        arguments = g_variant_new ("(t)", change->size_bytes);
        break;
    case VITRINE_CHANGE_CARD:
        method = "Set";
        arguments = g_variant_new ("(^as)", change->settings);
        break;
    case VITRINE_CHANGE_ATTACH:     /* native_machine_attach_async() */
    case VITRINE_CHANGE_DEFINITION: /* nothing of what runs */
        g_return_if_reached ();
    }
    if (change->kind != VITRINE_CHANGE_VCPUS && change->kind != VITRINE_CHANGE_MEMORY) {
        path = device = native_machine_make_device_path (change->what);
        interface = "org.vitrine.Device1";
    }
    if (!g_variant_is_object_path (path)) { /* an empty alias makes none */
        g_variant_unref (g_variant_ref_sink (arguments));
        return_no_device (task);
        g_object_unref (task);
        return;
    }
    g_dbus_connection_call (g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)), NULL, path,
                            interface, method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE,
                            NATIVE_CHANGE_MS, g_task_get_cancellable (task), live_cb, task);
}

/* Of all but the disk's contents.  TASK is taken over. */
static void
make_change (GTask *owned)
{
    g_autoptr (GTask) task = owned;
    NativeMachine *self = g_task_get_source_object (task);
    const Changing *changing = g_task_get_task_data (task);
    g_autoptr (VitrineDefinition) edited = NULL;
    GError *error = NULL;

    if (changing->change->scope & VITRINE_SCOPE_CONFIG) {
        edited = read_edited (changing, &error);
        if (edited == NULL) {
            g_task_return_error (task, error);
            return;
        }
    }
    if (!(changing->change->scope & VITRINE_SCOPE_LIVE)) {
        g_task_run_in_thread (task, config_thread);
    } else if (self->proxy == NULL) {
        native_set_silent_error (self, &error);
        g_task_return_error (task, error);
    } else if (changing->change->kind == VITRINE_CHANGE_ATTACH) {
        native_machine_attach_async (self, changing->change, g_task_get_cancellable (task),
                                     attached_cb, g_object_ref (task));
    } else {
        change_live (g_steal_pointer (&task));
    }
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (g_task_propagate_boolean (G_TASK (result), &error))
        make_change (g_steal_pointer (&task));
    else
        g_task_return_error (task, error);
}

void
native_machine_change_async (VitrineMachine *machine, const VitrineChange *change,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    NativeMachine *self = NATIVE_MACHINE (machine);
    g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
    Changing *changing = g_new0 (Changing, 1);
    g_autoptr (GTask) checking = NULL;
    GError *error = NULL;

    changing->change = vitrine_change_copy (change);
    changing->machines = g_strdup (self->machines);
    changing->uuid = g_strdup (vitrine_machine_get_uuid (machine));
    g_task_set_task_data (task, changing, changing_free);
    if (change->path != NULL && !g_utf8_validate (change->path, -1, NULL)) {
        vitrine_refuse (&error, VITRINE_ERROR_INVALID, _ ("A medium's path must be UTF-8"));
        g_task_return_error (task, error);
        return;
    }
    if (change->kind != VITRINE_CHANGE_ATTACH) {
        make_change (g_steal_pointer (&task));
        return;
    }
    g_task_set_check_cancellable (task, FALSE); /* it came, or did not */
    checking = g_task_new (self, cancellable, checked_cb, g_object_ref (task));
    g_task_set_task_data (checking, changing, NULL); /* TASK's, which outlives it */
    g_task_run_in_thread (checking, check_thread);
}
