/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-machine-actions.c - what can be asked of a machine.
 *
 * Each public _async function checks what every engine would have to check and hands over to the
 * engine's vfunc.  A request refused here is answered by a task tagged with the public function, so
 * that _finish knows not to ask the engine.
 */
#include <glib/gi18n-lib.h>

#include "vitrine-error.h"
#include "vitrine-machine.h"
#include "vitrine-private.h"

/* For the sentence that refuses an action: what MACHINE is now. */
static char *
describe_state (VitrineMachine *machine)
{
    const char *name = vitrine_machine_get_name (machine);

    switch (vitrine_machine_get_state (machine)) {
    case VITRINE_MACHINE_STARTING:
        return g_strdup_printf (_ ("“%s” is still starting"), name);
    case VITRINE_MACHINE_RUNNING:
        return g_strdup_printf (_ ("“%s” is running"), name);
    case VITRINE_MACHINE_PAUSED:
        return g_strdup_printf (_ ("“%s” is paused"), name);
    case VITRINE_MACHINE_STOPPING:
        return g_strdup_printf (_ ("“%s” is shutting down"), name);
    case VITRINE_MACHINE_OFF:
    case VITRINE_MACHINE_CRASHED:
        break;
    }
    return g_strdup_printf (_ ("“%s” is not running"), name);
}

gboolean
vitrine_machine_can (VitrineMachine *self, VitrineAction action)
{
    VitrineMachineState state;
    gboolean off;

    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);

    state = vitrine_machine_get_state (self);
    off = state == VITRINE_MACHINE_OFF || state == VITRINE_MACHINE_CRASHED;
    switch (action) {
    case VITRINE_ACTION_START:
    case VITRINE_ACTION_START_RESET_NVRAM:
        return off && *vitrine_machine_get_problem (self) == '\0';
    case VITRINE_ACTION_START_DISPOSABLE:
        return off && *vitrine_machine_get_problem (self) == '\0'
               && VITRINE_MACHINE_GET_CLASS (self)->can_start_disposable;
    case VITRINE_ACTION_PAUSE:
        return state == VITRINE_MACHINE_RUNNING || state == VITRINE_MACHINE_STOPPING;
    case VITRINE_ACTION_RESUME:
        return state == VITRINE_MACHINE_PAUSED;
    case VITRINE_ACTION_SHUTDOWN:
        return state == VITRINE_MACHINE_RUNNING || state == VITRINE_MACHINE_STOPPING;
    case VITRINE_ACTION_RESET:
        return !off && state != VITRINE_MACHINE_STARTING;
    case VITRINE_ACTION_POWER_OFF:
        return !off;
    case VITRINE_ACTION_DELETE:
        return off;
    }
    g_return_val_if_reached (FALSE);
}

gboolean
vitrine_action_is_start (VitrineAction action)
{
    return action == VITRINE_ACTION_START || action == VITRINE_ACTION_START_RESET_NVRAM
           || action == VITRINE_ACTION_START_DISPOSABLE;
}

gboolean
vitrine_machine_check_action (VitrineMachine *machine, VitrineAction action, GError **error)
{
    const char *problem = vitrine_machine_get_problem (machine);
    gboolean starts = vitrine_action_is_start (action);
    g_autofree char *state = NULL;

    if (action == VITRINE_ACTION_START_DISPOSABLE
        && !VITRINE_MACHINE_GET_CLASS (machine)->can_start_disposable)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("“%s” is on a host that cannot do this"),
                               vitrine_machine_get_name (machine));
    if (action == VITRINE_ACTION_START_RESET_NVRAM
        && vitrine_machine_get_firmware (machine) != VITRINE_FIRMWARE_UEFI) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("“%s” has a BIOS, and no UEFI variables to make anew"),
                     vitrine_machine_get_name (machine));
        return FALSE;
    }
    if (vitrine_machine_can (machine, action))
        return TRUE;
    if (starts && *problem != '\0') {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("“%s” cannot start: %s"),
                     vitrine_machine_get_name (machine), problem);
        return FALSE;
    }
    state = describe_state (machine);
    if (action == VITRINE_ACTION_DELETE)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("%s; switch it off first"),
                     state);
    else if (starts && vitrine_machine_get_state (machine) == VITRINE_MACHINE_PAUSED)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("%s; resume it instead"), state);
    else if (action == VITRINE_ACTION_SHUTDOWN
             && vitrine_machine_get_state (machine) == VITRINE_MACHINE_PAUSED)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("%s; resume it first"), state);
    else
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, state);
    return FALSE;
}

gboolean
vitrine_machine_check_redefine (VitrineMachine *machine, GError **error)
{
    g_autofree char *state = NULL;

    if (vitrine_machine_can (machine, VITRINE_ACTION_DELETE))
        return TRUE;
    state = describe_state (machine);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                 _ ("%s; its definition can only be changed while it is off"), state);
    return FALSE;
}

gboolean
vitrine_machine_runs (VitrineMachine *machine)
{
    switch (vitrine_machine_get_state (machine)) {
    case VITRINE_MACHINE_RUNNING:
    case VITRINE_MACHINE_PAUSED:
    case VITRINE_MACHINE_STOPPING:
        return TRUE;
    case VITRINE_MACHINE_OFF:
    case VITRINE_MACHINE_STARTING:
    case VITRINE_MACHINE_CRASHED:
        break;
    }
    return FALSE;
}

gboolean
vitrine_machine_check_runs (VitrineMachine *machine, GError **error)
{
    g_autofree char *state = NULL;

    if (vitrine_machine_runs (machine))
        return TRUE;
    state = describe_state (machine);
    g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, state);
    return FALSE;
}

/* --- an engine that implements nothing -------------------------------------------------------- */

static void
answer_unsupported (VitrineMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
    g_task_report_new_error (self, callback, user_data, answer_unsupported, VITRINE_ERROR,
                             VITRINE_ERROR_UNSUPPORTED, _ ("“%s” is on a host that cannot do this"),
                             vitrine_machine_get_name (self));
}

static void
default_act_async (VitrineMachine *self, VitrineAction action, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_delete_async (VitrineMachine *self, const char *const *remove_disks,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_open_async (VitrineMachine *self, gboolean display, const char *name,
                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_send_keys_async (VitrineMachine *self, GVariant *keys, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_set_link_async (VitrineMachine *self, const char *card, gboolean up,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_change_async (VitrineMachine *self, const VitrineChange *change, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_snapshot_async (VitrineMachine *self, VitrineSnapshotAction action, const char *name,
                        const char *description, VitrineProgress progress, gpointer progress_data,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static void
default_add_disk_async (VitrineMachine *self, const struct _VitrineDiskSpec *disk,
                        VitrineScope scope, VitrineProgress progress, gpointer progress_data,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    answer_unsupported (self, cancellable, callback, user_data);
}

static gboolean
default_boolean_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

static GPtrArray *
default_array_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static VitrinePicture *
default_picture_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static int
default_open_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    return vitrine_task_propagate_fd (G_TASK (result), error);
}

static char *
default_dup_xml (VitrineMachine *self, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("“%s” is on a host that shows no definitions"),
                 vitrine_machine_get_name (self));
    return NULL;
}

static GPtrArray *
default_dup_devices (VitrineMachine *self, VitrineScope scope)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
}

static char *
default_dup_folder (VitrineMachine *self)
{
    return NULL;
}

static GPtrArray *
default_dup_encrypted (VitrineMachine *self)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
}

static void
default_give_passphrase (VitrineMachine *self, const char *target, VitrinePassphrase *passphrase)
{
}

void
vitrine_machine_class_install_defaults (VitrineMachineClass *klass)
{
    klass->act_async = default_act_async;
    klass->act_finish = default_boolean_finish;
    klass->delete_async = default_delete_async;
    klass->delete_finish = default_boolean_finish;
    klass->list_disks_async = answer_unsupported;
    klass->list_disks_finish = default_array_finish;
    klass->open_async = default_open_async;
    klass->open_finish = default_open_finish;
    klass->screenshot_async = answer_unsupported;
    klass->screenshot_finish = default_picture_finish;
    klass->send_keys_async = default_send_keys_async;
    klass->send_keys_finish = default_boolean_finish;
    klass->set_link_async = default_set_link_async;
    klass->set_link_finish = default_boolean_finish;
    klass->change_async = default_change_async;
    klass->change_finish = default_boolean_finish;
    klass->list_snapshots_async = answer_unsupported;
    klass->list_snapshots_finish = default_array_finish;
    klass->snapshot_async = default_snapshot_async;
    klass->snapshot_finish = default_boolean_finish;
    klass->add_disk_async = default_add_disk_async;
    klass->dup_xml = default_dup_xml;
    klass->dup_devices = default_dup_devices;
    klass->dup_folder = default_dup_folder;
    klass->dup_encrypted = default_dup_encrypted;
    klass->give_passphrase = default_give_passphrase;
}

/* --- public ----------------------------------------------------------------------------------- */

void
vitrine_machine_act_async (VitrineMachine *self, VitrineAction action, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (action != VITRINE_ACTION_DELETE);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (!vitrine_machine_check_action (self, action, &error)) {
        vitrine_machine_forget_passphrases (self);
        g_task_report_error (self, callback, user_data, vitrine_machine_act_async, error);
    } else {
        VITRINE_MACHINE_GET_CLASS (self)->act_async (self, action, cancellable, callback,
                                                     user_data);
    }
}

gboolean
vitrine_machine_act_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);

    if (g_async_result_is_tagged (result, vitrine_machine_act_async))
        return g_task_propagate_boolean (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->act_finish (self, result, error);
}

void
vitrine_machine_delete_async (VitrineMachine *self, const char *const *remove_disks,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    static const char *const none[] = { NULL };
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (!vitrine_machine_check_action (self, VITRINE_ACTION_DELETE, &error))
        g_task_report_error (self, callback, user_data, vitrine_machine_delete_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->delete_async (
            self, remove_disks != NULL ? remove_disks : none, cancellable, callback, user_data);
}

gboolean
vitrine_machine_delete_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);

    if (g_async_result_is_tagged (result, vitrine_machine_delete_async))
        return g_task_propagate_boolean (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->delete_finish (self, result, error);
}

void
vitrine_machine_list_disks_async (VitrineMachine *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_MACHINE_GET_CLASS (self)->list_disks_async (self, cancellable, callback, user_data);
}

GPtrArray *
vitrine_machine_list_disks_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return VITRINE_MACHINE_GET_CLASS (self)->list_disks_finish (self, result, error);
}

/* Opens a display or a console of a machine that runs; both ends meet in open_finish(). */
static void
open_async (VitrineMachine *self, gboolean display, const char *name, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (name != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (!vitrine_machine_check_runs (self, &error))
        g_task_report_error (self, callback, user_data, open_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->open_async (self, display, name, cancellable, callback,
                                                      user_data);
}

static int
open_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), -1);

    if (g_async_result_is_tagged (result, open_async))
        return vitrine_task_propagate_fd (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->open_finish (self, result, error);
}

void
vitrine_machine_open_display_async (VitrineMachine *self, const char *protocol,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    open_async (self, TRUE, protocol, cancellable, callback, user_data);
}

int
vitrine_machine_open_display_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    return open_finish (self, result, error);
}

void
vitrine_machine_open_console_async (VitrineMachine *self, const char *name,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    open_async (self, FALSE, name, cancellable, callback, user_data);
}

int
vitrine_machine_open_console_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    return open_finish (self, result, error);
}

void
vitrine_machine_screenshot_async (VitrineMachine *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (!vitrine_machine_check_runs (self, &error))
        g_task_report_error (self, callback, user_data, vitrine_machine_screenshot_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->screenshot_async (self, cancellable, callback, user_data);
}

VitrinePicture *
vitrine_machine_screenshot_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);

    if (g_async_result_is_tagged (result, vitrine_machine_screenshot_async))
        return g_task_propagate_pointer (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->screenshot_finish (self, result, error);
}

void
vitrine_machine_send_keys_async (VitrineMachine *self, GVariant *keys, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GVariant) sunk = NULL;
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    g_return_if_fail (g_variant_is_of_type (keys, G_VARIANT_TYPE ("a(ub)")));

    sunk = g_variant_ref_sink (keys);
    if (!vitrine_machine_check_runs (self, &error))
        g_task_report_error (self, callback, user_data, vitrine_machine_send_keys_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->send_keys_async (self, sunk, cancellable, callback,
                                                           user_data);
}

gboolean
vitrine_machine_send_keys_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);

    if (g_async_result_is_tagged (result, vitrine_machine_send_keys_async))
        return g_task_propagate_boolean (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->send_keys_finish (self, result, error);
}

void
vitrine_machine_set_link_async (VitrineMachine *self, const char *card, gboolean up,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (!vitrine_machine_check_runs (self, &error))
        g_task_report_error (self, callback, user_data, vitrine_machine_set_link_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->set_link_async (self, card, up, cancellable, callback,
                                                          user_data);
}

gboolean
vitrine_machine_set_link_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);

    if (g_async_result_is_tagged (result, vitrine_machine_set_link_async))
        return g_task_propagate_boolean (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->set_link_finish (self, result, error);
}

char *
vitrine_machine_dup_xml (VitrineMachine *self, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return VITRINE_MACHINE_GET_CLASS (self)->dup_xml (self, error);
}

GPtrArray *
vitrine_machine_dup_devices (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return vitrine_machine_dup_devices_of (
        self, vitrine_machine_runs (self) ? VITRINE_SCOPE_LIVE : VITRINE_SCOPE_CONFIG);
}

GPtrArray *
vitrine_machine_dup_devices_of (VitrineMachine *self, VitrineScope scope)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    if (scope == VITRINE_SCOPE_LIVE && !vitrine_machine_runs (self))
        return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);
    return VITRINE_MACHINE_GET_CLASS (self)->dup_devices (self, scope);
}

char *
vitrine_machine_dup_folder (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return VITRINE_MACHINE_GET_CLASS (self)->dup_folder (self);
}

/* Room for memory is laid out before a machine begins. */
static gboolean
check_live (VitrineMachine *self, const VitrineChange *change, GError **error)
{
    if (!vitrine_machine_check_runs (self, error))
        return FALSE;
    return change->kind != VITRINE_CHANGE_MEMORY || change->max_bytes == 0
           || vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("The most memory “%s” may have changes in its definition only, "
                                 "for the next start"),
                              vitrine_machine_get_name (self));
}

VitrineChange *
vitrine_change_copy (const VitrineChange *change)
{
    VitrineChange *copy = g_new (VitrineChange, 1);

    *copy = *change;
    copy->what = g_strdup (change->what);
    copy->path = g_strdup (change->path);
    copy->base = g_strdup (change->base);
    copy->settings = (const char *const *) g_strdupv ((char **) change->settings);
    copy->passphrase = vitrine_passphrase_ref (change->passphrase);
    return copy;
}

void
vitrine_change_free (VitrineChange *self)
{
    g_free ((char *) self->what);
    g_free ((char *) self->path);
    g_free ((char *) self->base);
    g_strfreev ((char **) self->settings);
    vitrine_passphrase_unref (self->passphrase);
    g_free (self);
}

void
vitrine_machine_change_async (VitrineMachine *self, const VitrineChange *change,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (change != NULL && change->scope != 0);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if ((change->scope & VITRINE_SCOPE_LIVE) && !check_live (self, change, &error))
        g_task_report_error (self, callback, user_data, vitrine_machine_change_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->change_async (self, change, cancellable, callback,
                                                        user_data);
}

gboolean
vitrine_machine_change_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);

    if (g_async_result_is_tagged (result, vitrine_machine_change_async))
        return g_task_propagate_boolean (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->change_finish (self, result, error);
}

void
vitrine_machine_add_disk_async (VitrineMachine *self, const struct _VitrineDiskSpec *disk,
                                VitrineScope scope, VitrineProgress progress,
                                gpointer progress_data, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
    const VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH, .scope = scope };
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (disk != NULL && scope != 0);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if ((scope & VITRINE_SCOPE_LIVE) && !check_live (self, &change, &error))
        g_task_report_error (self, callback, user_data, vitrine_machine_add_disk_async, error);
    else
        VITRINE_MACHINE_GET_CLASS (self)->add_disk_async (
            self, disk, scope, progress, progress_data, cancellable, callback, user_data);
}

gboolean
vitrine_machine_add_disk_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);
    return g_task_propagate_boolean (G_TASK (result), error);
}

GPtrArray *
vitrine_machine_dup_encrypted (VitrineMachine *self)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);

    return VITRINE_MACHINE_GET_CLASS (self)->dup_encrypted (self);
}

void
vitrine_machine_give_passphrase (VitrineMachine *self, const char *target,
                                 VitrinePassphrase *passphrase)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (passphrase != NULL);

    VITRINE_MACHINE_GET_CLASS (self)->give_passphrase (self, target, passphrase);
}

void
vitrine_machine_forget_passphrases (VitrineMachine *self)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));

    VITRINE_MACHINE_GET_CLASS (self)->give_passphrase (self, NULL, NULL);
}
