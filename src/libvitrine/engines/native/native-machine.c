/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine.c - a machine of this computer: a folder, and while it runs a keeper to talk to.
 */
#include "native-machine.h"

#include <string.h>

#include "native-delete.h"
#include "native-machine-private.h"
#include "secret.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

enum { SIGNAL_DELETED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (NativeMachine, native_machine, VITRINE_TYPE_MACHINE)

/* --- work for threads ------------------------------------------------------------------------- */

struct work {
    char *machines;
    char *uuid;
    char *name;
    GStrv paths;
};

static void
work_free (gpointer data)
{
    struct work *work = data;

    g_free (work->machines);
    g_free (work->uuid);
    g_free (work->name);
    g_strfreev (work->paths);
    g_free (work);
}

static struct work *
work_new (VitrineMachine *machine, const char *const *paths)
{
    struct work *work = g_new0 (struct work, 1);

    work->machines = g_strdup (NATIVE_MACHINE (machine)->machines);
    work->uuid = g_strdup (vitrine_machine_get_uuid (machine));
    work->name = g_strdup (vitrine_machine_get_name (machine));
    work->paths = g_strdupv ((GStrv) paths);
    return work;
}

static void
list_disks_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const struct work *work = data;
    GError *error = NULL;
    GPtrArray *disks = native_list_disks (work->machines, work->uuid, &error);

    if (disks != NULL)
        g_task_return_pointer (task, disks, (GDestroyNotify) g_ptr_array_unref);
    else
        g_task_return_error (task, error);
}

static void
native_machine_list_disks_async (VitrineMachine *machine, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    vitrine_task_run_in_thread (g_task_new (machine, cancellable, callback, user_data),
                                list_disks_thread, work_new (machine, NULL), work_free,
                                vitrine_task_forward_array_cb);
}

static void
delete_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const struct work *work = data;
    GError *error = NULL;

    if (native_delete (work->machines, work->uuid, work->name, (const char *const *) work->paths,
                       &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (g_task_propagate_boolean (G_TASK (result), &error)) {
        g_signal_emit (g_task_get_source_object (task), signals[SIGNAL_DELETED], 0);
        g_task_return_boolean (task, TRUE);
    } else {
        g_task_return_error (task, error);
    }
}

/* Half a deletion helps nobody: it is cancelled before it begins or not at all. */
static void
native_machine_delete_async (VitrineMachine *machine, const char *const *remove_disks,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);

    if (g_task_return_error_if_cancelled (task))
        return;
    g_task_set_check_cancellable (task, FALSE);
    vitrine_task_run_in_thread (g_steal_pointer (&task), delete_thread,
                                work_new (machine, remove_disks), work_free, deleted_cb);
}

/* --- the definition --------------------------------------------------------------------------- */

static char *
native_machine_dup_xml (VitrineMachine *machine, GError **error)
{
    return native_store_dup_xml (NATIVE_MACHINE (machine)->machines,
                                 vitrine_machine_get_uuid (machine), error);
}

/* What the keeper says there is now. */
static GPtrArray *
dup_live_devices (NativeMachine *self)
{
    GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    GVariant *devices = vitrine_control_machine1_get_devices (self->proxy);
    VitrineDeviceInfo info = { 0 };
    GVariantIter iter;

    g_variant_iter_init (&iter, devices);
    while (g_variant_iter_next (&iter, "(&s&s&s&s)", &info.alias, &info.kind, &info.model,
                                &info.source)) {
        info.state = native_machine_get_device_state (self, info.alias);
        info.limits = native_machine_dup_limits (self, info.alias);
        g_ptr_array_add (infos, vitrine_device_info_copy (&info));
        g_clear_pointer (&info.limits, g_strfreev);
    }
    return infos;
}

static GPtrArray *
native_machine_dup_devices (VitrineMachine *machine, VitrineScope scope)
{
    NativeMachine *self = NATIVE_MACHINE (machine);
    g_autoptr (VitrineDefinition) definition = NULL;
    g_autofree char *xml = NULL;

    if (scope == VITRINE_SCOPE_LIVE && self->proxy != NULL
        && vitrine_control_machine1_get_devices (self->proxy) != NULL)
        return dup_live_devices (self);
    xml = native_machine_dup_xml (machine, NULL);
    if (xml != NULL)
        definition = vitrine_definition_parse (xml, -1, NULL);
    if (definition == NULL)
        return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    return vitrine_rules_dup_devices (definition);
}

/* --- passphrases ------------------------------------------------------------------------------ */

static GPtrArray *
native_machine_dup_encrypted (VitrineMachine *machine)
{
    GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    g_autofree char *xml = native_machine_dup_xml (machine, NULL);
    g_autoptr (VitrineDefinition) definition =
        xml != NULL ? vitrine_definition_parse (xml, -1, NULL) : NULL;
    GPtrArray *devices = definition != NULL ? vitrine_definition_get_devices (definition) : NULL;

    for (guint i = 0; devices != NULL && i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        const VitrineDeviceInfo info = { .alias = device->alias,
                                         .kind = (char *) "disk",
                                         .model = device->model,
                                         .source = device->source,
                                         .id = device->target };

        if (vitrine_definition_device_is_encrypted (device))
            g_ptr_array_add (infos, vitrine_device_info_copy (&info));
    }
    return infos;
}

static void
native_machine_give_passphrase (VitrineMachine *machine, const char *target,
                                VitrinePassphrase *passphrase)
{
    NativeMachine *self = NATIVE_MACHINE (machine);

    if (target == NULL) {
        g_clear_pointer (&self->passphrases, secret_unref);
        return;
    }
    if (self->passphrases == NULL)
        self->passphrases = secret_new (NULL, 0);
    if (self->passphrases == NULL /* the start says that it is missing */
        || secret_append (self->passphrases, target, strlen (target)) < 0
        || secret_append (self->passphrases, "\n", 1) < 0
        || secret_append (self->passphrases, secret_bytes (passphrase), secret_len (passphrase)) < 0
        || secret_append (self->passphrases, "\n", 1) < 0)
        g_clear_pointer (&self->passphrases, secret_unref);
}

static char *
native_machine_dup_folder (VitrineMachine *machine)
{
    return g_build_filename (NATIVE_MACHINE (machine)->machines, vitrine_machine_get_uuid (machine),
                             NULL);
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
native_machine_dispose (GObject *object)
{
    native_machine_unfollow (NATIVE_MACHINE (object));
    G_OBJECT_CLASS (native_machine_parent_class)->dispose (object);
}

static void
native_machine_finalize (GObject *object)
{
    NativeMachine *self = NATIVE_MACHINE (object);

    g_ptr_array_unref (self->settling);
    secret_unref (self->passphrases);
    g_hash_table_unref (self->device_states);
    g_free (self->machines);
    g_free (self->runtime_folder);
    G_OBJECT_CLASS (native_machine_parent_class)->finalize (object);
}

static void
native_machine_class_init (NativeMachineClass *klass)
{
    VitrineMachineClass *machine_class = VITRINE_MACHINE_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = native_machine_dispose;
    G_OBJECT_CLASS (klass)->finalize = native_machine_finalize;
    machine_class->can_start_disposable = TRUE;
    machine_class->act_async = native_machine_act_async;
    machine_class->delete_async = native_machine_delete_async;
    machine_class->list_disks_async = native_machine_list_disks_async;
    machine_class->open_async = native_machine_open_async;
    machine_class->screenshot_async = native_machine_screenshot_async;
    machine_class->send_keys_async = native_machine_send_keys_async;
    machine_class->set_link_async = native_machine_set_link_async;
    machine_class->change_async = native_machine_change_async;
    machine_class->list_snapshots_async = native_machine_list_snapshots_async;
    machine_class->snapshot_async = native_machine_snapshot_async;
    machine_class->add_disk_async = native_machine_add_disk_async;
    machine_class->has_passt = TRUE;
    machine_class->can_set_cards = TRUE;
    machine_class->dup_xml = native_machine_dup_xml;
    machine_class->dup_devices = native_machine_dup_devices;
    machine_class->dup_folder = native_machine_dup_folder;
    machine_class->wants_passphrases = TRUE;
    machine_class->dup_encrypted = native_machine_dup_encrypted;
    machine_class->give_passphrase = native_machine_give_passphrase;
    machine_class->identify_image_async = native_machine_identify_image_async;
    signals[SIGNAL_DELETED] = g_signal_new ("deleted", NATIVE_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
native_machine_init (NativeMachine *self)
{
    self->settling = g_ptr_array_new_with_free_func (g_object_unref);
    self->device_states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

NativeMachine *
native_machine_new (const char *machines, const char *runtime, const NativeRecord *record)
{
    NativeMachine *self = g_object_new (NATIVE_TYPE_MACHINE, "uuid", record->uuid, NULL);

    self->machines = g_strdup (machines);
    self->runtime_folder = g_build_filename (runtime, record->uuid, NULL);
    native_machine_update (self, record);
    return self;
}

void
native_machine_update (NativeMachine *self, const NativeRecord *record)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);

    vitrine_machine_set_name (machine, record->name);
    vitrine_machine_set_resources (machine, record->vcpus, record->memory_bytes);
    vitrine_machine_set_firmware (machine, record->firmware);
    vitrine_machine_set_os (machine, record->os);
    vitrine_machine_set_problem (machine, record->problem);
    if (self->proxy == NULL && !self->starting && self->connecting == NULL)
        vitrine_machine_set_state (machine, record->state, record->reason);
    vitrine_machine_devices_changed (machine);
}
