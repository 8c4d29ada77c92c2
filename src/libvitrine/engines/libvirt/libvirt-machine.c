/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine.c - a machine of a libvirt host: what is known of it, and the way to its domain.
 *
 * No domain of libvirt's is kept: it would keep the connection, whose last reference must be dropped in a
 * thread.  It is looked up by the machine's UUID in each call.
 */
#include "libvirt-machine.h"

#include <glib/gi18n-lib.h>

#include "libvirt-error.h"
#include "libvirt-machine-private.h"
#include "vitrine-private.h"

G_DEFINE_FINAL_TYPE (LibvirtMachine, libvirt_machine, VITRINE_TYPE_MACHINE)

/* --- what is known ---------------------------------------------------------------------------- */

static void
show_state (LibvirtMachine *self)
{
    VitrineMachineState state = self->record->state;

    if (state != VITRINE_MACHINE_RUNNING)
        self->shutting_down = FALSE;
    else if (self->shutting_down)
        state = VITRINE_MACHINE_STOPPING;
    vitrine_machine_set_state (VITRINE_MACHINE (self), state, self->record->reason);
}

void
libvirt_machine_update (LibvirtMachine *self, LibvirtRecord *record)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    g_autoptr (LibvirtRecord) old = g_steal_pointer (&self->record);
    const LibvirtXml *shown = libvirt_record_get_shown (record);

    self->record = record;
    vitrine_machine_set_name (machine, record->name);
    vitrine_machine_set_problem (machine, record->problem);
    if (shown != NULL) {
        vitrine_machine_set_resources (machine, shown->vcpus, shown->memory_bytes);
        vitrine_machine_set_firmware (machine, shown->firmware);
        vitrine_machine_set_os (machine, shown->os);
    }
    vitrine_machine_set_consoles (
        machine, record->live != NULL ? (const char *const *) record->live->consoles : NULL);
    vitrine_machine_set_displays (
        machine, record->live != NULL ? (const char *const *) record->live->displays : NULL);
    show_state (self);
    if (old != NULL && !libvirt_record_has_same_devices (old, record))
        vitrine_machine_devices_changed (machine);
}

void
libvirt_machine_forget_shutdown (LibvirtMachine *self)
{
    self->shutting_down = FALSE;
    show_state (self);
}

static char *
libvirt_machine_dup_xml (VitrineMachine *machine, GError **error)
{
    const LibvirtRecord *record = LIBVIRT_MACHINE (machine)->record;

    if (record->xml != NULL)
        return g_strdup (record->xml);
    vitrine_refuse (error, VITRINE_ERROR_ENGINE, "%s", record->problem);
    return NULL;
}

static GPtrArray *
libvirt_machine_dup_devices (VitrineMachine *machine, VitrineScope scope)
{
    const LibvirtRecord *record = LIBVIRT_MACHINE (machine)->record;

    GPtrArray *devices =
        libvirt_xml_dup_devices (scope == VITRINE_SCOPE_LIVE ? record->live : record->config);

    for (guint i = 0; scope == VITRINE_SCOPE_LIVE && i < devices->len; i++) {
        VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_hash_table_contains (LIBVIRT_MACHINE (machine)->leaving, device->alias))
            device->state = VITRINE_DEVICE_LEAVING;
    }
    return devices;
}

/* --- calls ------------------------------------------------------------------------------------ */

typedef struct {
    char uuid[VIR_UUID_STRING_BUFLEN];
    char *name;
    LibvirtMachineFunc func;
    gpointer data;
    GDestroyNotify data_free;
} Order;

static void
order_free (gpointer data)
{
    Order *order = data;

    if (order->data_free != NULL)
        order->data_free (order->data);
    g_free (order->name);
    g_free (order);
}

static void
order_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    Order *order = data;
    virDomainPtr domain = virDomainLookupByUUIDString (connection, order->uuid);
    GError *error = NULL;

    if (domain != NULL) {
        order->func (domain, answer, order->data);
        virDomainFree (domain);
        return;
    }
    libvirt_error_take (order->name, &error);
    g_task_return_error (answer, error);
}

void
libvirt_machine_run (GTask *task, guint deadline_s, LibvirtMachineFunc func, gpointer data,
                     GDestroyNotify data_free, GAsyncReadyCallback done)
{
    LibvirtMachine *self = g_task_get_source_object (task);
    Order *order = g_new0 (Order, 1);

    memcpy (order->uuid, self->record->uuid, sizeof order->uuid);
    order->name = g_strdup (self->record->name);
    order->func = func;
    order->data = data;
    order->data_free = data_free;
    if (self->host != NULL) {
        libvirt_host_run (self->host, task, deadline_s, order_thread, order, order_free, done);
        return;
    }
    order_free (order);
    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                             _ ("“%s” is on a host that was closed"), self->record->name);
    g_object_unref (task);
}

void
libvirt_machine_answer_error (virDomainPtr domain, GTask *answer)
{
    virErrorPtr reason = virSaveLastError ();
    GError *error = NULL;

    libvirt_error_set (reason, virDomainGetName (domain), &error);
    g_task_return_error (answer, error);
    virFreeError (reason);
}

/* A machine that is gone is what some actions are for. */
static void
settled_cb (GTask *task, VitrineMachine *machine, const GError *error)
{
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

void
libvirt_machine_settle (GTask *task)
{
    LibvirtMachine *self = g_task_get_source_object (task);

    if (self->host != NULL)
        libvirt_host_look_at (self->host, self->record->uuid, task, settled_cb);
    else
        settled_cb (task, NULL, NULL);
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
libvirt_machine_dispose (GObject *object)
{
    g_clear_weak_pointer (&LIBVIRT_MACHINE (object)->host);
    G_OBJECT_CLASS (libvirt_machine_parent_class)->dispose (object);
}

static void
libvirt_machine_finalize (GObject *object)
{
    libvirt_record_free (LIBVIRT_MACHINE (object)->record);
    g_hash_table_unref (LIBVIRT_MACHINE (object)->leaving);
    G_OBJECT_CLASS (libvirt_machine_parent_class)->finalize (object);
}

static void
libvirt_machine_class_init (LibvirtMachineClass *klass)
{
    VitrineMachineClass *machine_class = VITRINE_MACHINE_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = libvirt_machine_dispose;
    G_OBJECT_CLASS (klass)->finalize = libvirt_machine_finalize;
    machine_class->act_async = libvirt_machine_act_async;
    machine_class->delete_async = libvirt_machine_delete_async;
    machine_class->list_disks_async = libvirt_machine_list_disks_async;
    machine_class->open_async = libvirt_machine_open_async;
    machine_class->screenshot_async = libvirt_machine_screenshot_async;
    machine_class->send_keys_async = libvirt_machine_send_keys_async;
    machine_class->change_async = libvirt_machine_change_async;
    machine_class->set_link_async = libvirt_machine_set_link_async;
    machine_class->dup_xml = libvirt_machine_dup_xml;
    machine_class->dup_devices = libvirt_machine_dup_devices;
}

static void
libvirt_machine_init (LibvirtMachine *self)
{
    self->leaving = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LibvirtMachine *
libvirt_machine_new (LibvirtHost *host, LibvirtRecord *record)
{
    LibvirtMachine *self = g_object_new (LIBVIRT_TYPE_MACHINE, "uuid", record->uuid, NULL);

    g_set_weak_pointer (&self->host, host);
    libvirt_machine_update (self, record);
    return self;
}
