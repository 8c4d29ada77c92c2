/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-hotplug.c - devices and processors that come to a running machine, and go.
 *
 * The VMM's word is what counts: a device is shown once the VMM has it, and is forgotten when the VMM
 * says that it is gone, asked for or not (a guest may give devices up by itself).  The VMM closes what
 * stood behind it, which gives up its lock; here the files are open only from the request to its
 * answer, as at the start.
 */
#include <glib/gi18n-lib.h>

#include "fd.h"
#include "keeper-server.h"
#include "keeper-private.h"
#include "keeper-records.h"
#include "vitrine-error.h"

/* A device on its way to the VMM. */
struct _KeeperAttach {
    Keeper *keeper;
    VitrineDefinitionDevice *device; /* in keeper->attached; NULL once it is known how it went */
    KeeperFiles files;
    struct _Connecting *connecting; /* to the server of a disk; else NULL */
    int port_fd; /* the VMM's end of a channel; -1 */
    KeeperAttachDone done;
    gpointer user_data;
};

static gboolean
is_port (const VitrineDefinitionDevice *device)
{
    return device->kind == VITRINE_DEFINITION_CHANNEL || device->kind == VITRINE_DEFINITION_CONSOLE;
}

static void
forget_device (Keeper *self, VitrineDefinitionDevice *device)
{
    if (device->network)
        keeper_remove_card (self, device);
    if (is_port (device)) {
        keeper_ports_remove (self->ports, device->alias);
        keeper_control_set_ports (self->control, self->ports);
    }
    g_ptr_array_remove (self->devices, device);
    g_ptr_array_remove (self->attached, device); /* which frees it, if it came later */
}

/* --- coming ---------------------------------------------------------------------------------- */

static void
attach_end (KeeperAttach *attach, const GError *error)
{
    Keeper *self = attach->keeper;

    keeper_files_clear (&attach->files); /* the VMM has them, and their locks, now */
    if (self->net)
        keeper_net_handed_over (self->net);
    fd_close (&attach->port_fd);
    if (attach->user_data == self->attacher)
        self->attacher = NULL;
    if (error) {
        keeper_disk_gone (self, attach->device->alias);
        attach->done (NULL, error, attach->user_data);
        forget_device (self, attach->device);
    } else {
        keeper_tell_limits (self, attach->device);
        keeper_control_add_device (self->control, attach->device);
        keeper_control_set_devices (self->control, self->devices);
        keeper_control_set_ports (self->control, self->ports);
        attach->done (attach->device->alias, NULL, attach->user_data);
    }
    g_free (attach);
}

static void
attached_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    attach_end (user_data, error);
}

static GError *
check_kind (Keeper *self, const VitrineDefinitionDevice *device)
{
    GError *problem = NULL;

    if (self->adding_card)
        return g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY,
                            _ ("A network card is being added to “%s”; wait for it"),
                            keeper_name (self));
    if (self->adding_disk)
        return g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY,
                            _ ("A disk is being added to “%s”; wait for it"), keeper_name (self));
    if (device->source && self->storage
        && keeper_storage_is_leaving (self->storage, device->source))
        return g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY,
                            _ ("The disk “%s” was taken away just now, and is still written to; "
                               "try again in a moment"),
                            device->source);
    if (device->kind == VITRINE_DEFINITION_CONSOLE)
        return g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                            _ ("A terminal cannot be added while “%s” runs: nobody knows which "
                               "number its guest would give it"),
                            keeper_name (self));
    if (device->network && !vitrine_definition_check_queues (self->definition, device, &problem))
        return problem;
    if (keeper_records_model (device))
        return NULL;
    return g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                        _ ("A %s is part of every machine and cannot be added"),
                        vitrine_definition_kind_to_string (device->kind));
}

static void
send_attach (KeeperAttach *attach)
{
    KeeperRecords records = { 0 };

    keeper_records_build_attach (&records, attach->keeper->devices, &attach->files,
                                 attach->keeper->net, attach->port_fd);
    keeper_vmm_request (attach->keeper->vmm, records.message->data, records.message->len,
                        records.fds, records.n_fds, attached_cb, attach);
    keeper_records_clear (&records);
}

/* What is behind a network card is there. */
static void
card_ready_cb (const GError *error, gpointer user_data)
{
    KeeperAttach *attach = user_data;
    g_autoptr (GError) problem = error ? g_error_copy (error) : keeper_check_up (attach->keeper);

    attach->keeper->adding_card = FALSE;
    if (problem)
        attach_end (attach, problem);
    else
        send_attach (attach);
}

/* --- a channel's controller ------------------------------------------------------------------ */

/* A channel that comes when its controller is there. */
typedef struct {
    Keeper *keeper;
    char *element;
    KeeperAttachDone done;
    gpointer user_data;
} Follow;

static gboolean
lacks_controller (Keeper *self, const VitrineDefinitionDevice *device)
{
    if (device->kind != VITRINE_DEFINITION_CHANNEL)
        return FALSE;
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *other = g_ptr_array_index (self->devices, i);

        if (g_strcmp0 (other->model, "virtio-serial") == 0)
            return FALSE;
    }
    return TRUE;
}

static void
controller_cb (const char *alias, const GError *error, gpointer user_data)
{
    Follow *follow = user_data;

    if (error)
        follow->done (NULL, error, follow->user_data);
    else
        keeper_attach (follow->keeper, follow->element, NULL, follow->done, follow->user_data);
    g_free (follow->element);
    g_free (follow);
}

static void
attach_with_controller (Keeper *self, const char *element, KeeperAttachDone done,
                        gpointer user_data)
{
    Follow *follow = g_new (Follow, 1);

    *follow = (Follow){ self, g_strdup (element), done, user_data };
    keeper_attach (self, "<controller type='virtio-serial' index='0'/>", NULL, controller_cb,
                   follow);
}

/* --- a disk that takes its time -------------------------------------------------------------- */

/* A server may be silent, and trying a passphrase takes seconds: the guest and its other clients do not wait with us.  The
 * disk joins the machine's devices, which may change meanwhile, when all behind it is there. */

typedef struct _Connecting {
    KeeperAttach *attach; /* NULL: it is not wanted any more */
    GCancellable *cancellable;
} Connecting;

static void
begin_disk (KeeperAttach *attach)
{
    attach->keeper->adding_disk = attach;
    attach->keeper->attacher = attach->user_data;
}

static void
end_disk (KeeperAttach *attach, const GError *error)
{
    attach->keeper->adding_disk = NULL;
    if (attach->connecting) { /* whose end is yet to come */
        attach->connecting->attach = NULL;
        g_cancellable_cancel (attach->connecting->cancellable);
    }
    attach_end (attach, error);
}

static void
disk_ready_cb (int fd, const GError *error, gpointer user_data)
{
    KeeperAttach *attach = user_data;
    Keeper *self = attach->keeper;
    g_autoptr (GError) problem = error ? g_error_copy (error) : keeper_check_up (self);

    if (problem) {
        fd_close (&fd);
        end_disk (attach, problem);
        return;
    }
    self->adding_disk = NULL;
    g_ptr_array_add (self->devices, attach->device);
    keeper_files_take_last (&attach->files, self->devices, fd);
    send_attach (attach);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Connecting *connecting = user_data;
    KeeperAttach *attach = connecting->attach;
    g_autoptr (GError) error = NULL;
    int fd = keeper_server_connect_finish (result, &error);

    g_object_unref (connecting->cancellable);
    g_free (connecting);
    if (!attach) {
        fd_close (&fd);
        return;
    }
    attach->connecting = NULL;
    if (fd < 0)
        end_disk (attach, error);
    else
        keeper_start_disk_async (attach->keeper, attach->device,
                                 keeper_image_new_server (attach->device, fd), NULL, disk_ready_cb,
                                 attach);
}

static void
attach_server_disk (KeeperAttach *attach)
{
    Keeper *self = attach->keeper;
    g_autoptr (GError) error = NULL;

    begin_disk (attach);
    if (!keeper_files_check_server (&attach->files, self->devices, attach->device, &error)) {
        end_disk (attach, error);
        return;
    }
    attach->connecting = g_new (Connecting, 1);
    *attach->connecting = (Connecting){ attach, g_cancellable_new () };
    keeper_server_connect_async (attach->device, KEEPER_SERVER_PATIENCE_MS,
                                 attach->connecting->cancellable, connected_cb, attach->connecting);
}

/* SECRETS are taken over. */
static void
attach_encrypted_disk (KeeperAttach *attach, KeeperSecrets *secrets)
{
    Keeper *self = attach->keeper;
    g_autoptr (GError) error = NULL;
    KeeperImage *image =
        keeper_files_open_image (&attach->files, self->devices, attach->device, self->folder,
                                 KEEPER_CLOSING_MS, self->warnings, &error);

    begin_disk (attach);
    keeper_update_warnings (self);
    if (image) {
        keeper_start_disk_async (self, attach->device, image, secrets, disk_ready_cb, attach);
        return;
    }
    keeper_secrets_free (secrets);
    end_disk (attach, error);
}

gpointer
keeper_get_attacher (Keeper *self)
{
    return self->attacher;
}

void
keeper_cancel_attach (Keeper *self, gpointer user_data)
{
    g_autoptr (GError) error =
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "nobody wants it any more");

    if (self->adding_disk && self->adding_disk->user_data == user_data)
        end_disk (self->adding_disk, error);
}

/* --- coming, as it is asked for -------------------------------------------------------------- */

/* Opens and starts what stands behind the device; a card's takes its time (keeper_add_card()). */
static gboolean
open_behind (KeeperAttach *attach, GError **error)
{
    Keeper *self = attach->keeper;

    if (!keeper_files_open_last (&attach->files, self->devices, self->folder, KEEPER_CLOSING_MS,
                                 self->warnings, error)
        || !keeper_start_disk (self, attach->device,
                               &attach->files.backings[self->devices->len - 1],
                               KEEPER_STORAGE_OPENING_MS, error))
        return FALSE;
    if (attach->device->kind != VITRINE_DEFINITION_CHANNEL)
        return TRUE;
    attach->port_fd = keeper_ports_add_channel (self->ports, attach->device, error);
    return attach->port_fd >= 0;
}

void
keeper_attach (Keeper *self, const char *element, KeeperSecrets *secrets, KeeperAttachDone done,
               gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    g_autoptr (KeeperSecrets) owned = secrets;
    VitrineDefinitionDevice *device = NULL;
    KeeperAttach *attach;

    if (!problem)
        device = vitrine_definition_read_device (element, -1, self->devices, &problem);
    if (device
        && ((problem = check_kind (self, device))
            || !keeper_secrets_check_one (secrets, device, &problem)))
        g_clear_pointer (&device, vitrine_definition_device_free);
    if (!device) {
        done (NULL, problem, user_data);
        return;
    }
    if (lacks_controller (self, device)) {
        vitrine_definition_device_free (device);
        attach_with_controller (self, element, done, user_data);
        return;
    }
    attach = g_new0 (KeeperAttach, 1);
    *attach = (KeeperAttach){
        .keeper = self, .device = device, .port_fd = -1, .done = done, .user_data = user_data
    };
    keeper_files_init (&attach->files);
    attach->files.disposable = self->disposable;
    g_ptr_array_add (self->attached, device);
    if (device->server) {
        attach_server_disk (attach);
        return;
    }
    if (vitrine_definition_device_is_encrypted (device)) {
        attach_encrypted_disk (attach, g_steal_pointer (&owned));
        return;
    }
    g_ptr_array_add (self->devices, device);
    if (!open_behind (attach, &problem)) {
        attach_end (attach, problem);
        return;
    }
    keeper_update_warnings (self);
    self->adding_card = device->network != NULL;
    if (device->network)
        keeper_add_card (self, device, card_ready_cb, attach);
    else
        send_attach (attach);
}

/* --- going ----------------------------------------------------------------------------------- */

/* Takes number INDEX of those that wait, and tells them how it ended. */
static void
end_detach (Keeper *self, guint index, const GError *error)
{
    KeeperDetach *detach = g_ptr_array_steal_index (self->detaches, index);

    detach->done (error, detach->user_data);
    g_free (detach->alias);
    g_free (detach);
}

/* All that wait for ALIAS, whether it IS_GONE from the machine or not. */
static void
end_detaches (Keeper *self, const char *alias, gboolean is_gone, const GError *error)
{
    for (guint i = self->detaches->len; i-- > 0;) {
        const KeeperDetach *detach = g_ptr_array_index (self->detaches, i);

        if (detach->is_gone == is_gone && g_str_equal (detach->alias, alias))
            end_detach (self, i, error);
    }
}

static void
set_gone (Keeper *self, const char *alias)
{
    for (guint i = 0; i < self->detaches->len; i++) {
        KeeperDetach *detach = g_ptr_array_index (self->detaches, i);

        detach->is_gone |= g_str_equal (detach->alias, alias);
    }
}

/* It is not there any more, and whoever wanted that may do what he likes with what it was on, once that is RELEASED. */
static void
forget_gone (Keeper *self, const char *alias, gboolean released)
{
    VitrineDefinitionDevice *device = keeper_find_device (self, alias);

    g_hash_table_remove (self->broken, alias);
    keeper_update_warnings (self);
    if (device)
        forget_device (self, device);
    keeper_control_set_devices (self->control, self->devices);
    if (released)
        end_detaches (self, alias, FALSE, NULL);
    else
        set_gone (self, alias);
}

void
keeper_hotplug_released (Keeper *self, const char *alias)
{
    end_detaches (self, alias, TRUE, NULL);
}

void
keeper_hotplug_unplug (gpointer owner, const char *alias, enum vmm_unplug_state state)
{
    Keeper *self = owner;
    g_autoptr (GError) error = NULL;

    if (state == VMM_UNPLUG_AGREED) {
        keeper_control_set_device_state (self->control, alias, "agreed");
        return;
    }
    if (state == VMM_UNPLUG_GONE) {
        keeper_control_remove_device (self->control, alias);
        forget_gone (self, alias, keeper_disk_gone (self, alias));
        return;
    }
    keeper_control_set_device_state (self->control, alias, "present");
    error = g_error_new (
        VITRINE_ERROR, VITRINE_ERROR_BUSY,
        state == VMM_UNPLUG_REFUSED
            ? _ ("The guest keeps the device %s: it is in use there")
            : _ ("The guest does not say whether it gives the device %s back; try again, or take "
                 "it away by force"),
        alias);
    end_detaches (self, alias, FALSE, error);
}

/* A request to let a device go, on its way to the VMM; who made it may be answered before it is. */
typedef struct {
    Keeper *keeper;
    guint id;
    char *alias;
} Asking;

static gboolean
is_waited_for (Keeper *self, const char *alias)
{
    for (guint i = 0; i < self->detaches->len; i++)
        if (g_str_equal (((KeeperDetach *) g_ptr_array_index (self->detaches, i))->alias, alias))
            return TRUE;
    return FALSE;
}

/* That the guest was asked is not the end: the VMM's event is. */
static void
asked_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    Asking *asking = user_data;
    Keeper *self = asking->keeper;

    for (guint i = 0; error && i < self->detaches->len; i++)
        if (((KeeperDetach *) g_ptr_array_index (self->detaches, i))->id == asking->id) {
            end_detach (self, i, error);
            if (!is_waited_for (self, asking->alias))
                keeper_control_set_device_state (self->control, asking->alias, "present");
            break;
        }
    g_free (asking->alias);
    g_free (asking);
}

void
keeper_detach (Keeper *self, const char *alias, gboolean force, KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) problem = force ? keeper_check_up (self) : keeper_check_running (self);
    struct vmm_detach message = { .header = { .type = VMM_DETACH }, .force = force != FALSE };
    KeeperDetach *detach;
    Asking *asking;

    if (problem) {
        done (problem, user_data);
        return;
    }
    detach = g_new0 (KeeperDetach, 1);
    *detach = (KeeperDetach){ ++self->last_detach_id, g_strdup (alias), done, user_data };
    g_ptr_array_add (self->detaches, detach);
    asking = g_new0 (Asking, 1);
    *asking = (Asking){ self, detach->id, g_strdup (alias) };
    g_strlcpy (message.alias, alias, sizeof message.alias);
    keeper_control_set_device_state (self->control, alias, "leaving");
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, asked_cb, asking);
}

/* --- processors ------------------------------------------------------------------------------ */

static void
end_vcpu_waiters (Keeper *self, const GError *error)
{
    g_autoptr (GArray) waiters = g_steal_pointer (&self->vcpu_waiters);

    self->vcpu_waiters = g_array_new (FALSE, FALSE, sizeof (KeeperWaiter));
    for (guint i = 0; i < waiters->len; i++) {
        KeeperWaiter *waiter = &g_array_index (waiters, KeeperWaiter, i);

        waiter->done (error, waiter->user_data);
    }
}

void
keeper_hotplug_vcpus (gpointer owner, guint n, enum vmm_unplug_state state)
{
    Keeper *self = owner;
    g_autoptr (GError) error = NULL;

    keeper_control_set_vcpus (self->control, n);
    if (state == VMM_UNPLUG_AGREED)
        return;
    if (state != VMM_UNPLUG_GONE)
        error = g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY,
                             state == VMM_UNPLUG_REFUSED
                                 ? _ ("The guest keeps its processors; there are %u now")
                                 : _ ("The guest does not say whether it gives processors back; "
                                      "there are %u now"),
                             n);
    end_vcpu_waiters (self, error);
}

static void
vcpus_asked_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    if (error)
        end_vcpu_waiters (user_data, error);
}

void
keeper_set_vcpus (Keeper *self, guint n, KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_running (self);
    struct vmm_set_vcpus message = { .header = { .type = VMM_SET_VCPUS }, .n = n };
    KeeperWaiter waiter = { done, user_data };

    if (!problem && self->vcpu_waiters->len > 0)
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY,
                               _ ("The number of processors of “%s” is being changed already"),
                               keeper_name (self));
    if (problem) {
        done (problem, user_data);
        return;
    }
    g_array_append_val (self->vcpu_waiters, waiter);
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, vcpus_asked_cb, self);
}

/* --- life ------------------------------------------------------------------------------------ */

void
keeper_hotplug_init (Keeper *self)
{
    self->devices = g_ptr_array_new ();
    self->attached =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_definition_device_free);
    self->detaches = g_ptr_array_new ();
    self->vcpu_waiters = g_array_new (FALSE, FALSE, sizeof (KeeperWaiter));
}

void
keeper_hotplug_begin (Keeper *self)
{
    GPtrArray *devices = vitrine_definition_get_devices (self->definition);

    for (guint i = 0; i < devices->len; i++)
        g_ptr_array_add (self->devices, g_ptr_array_index (devices, i));
}

void
keeper_hotplug_end (Keeper *self)
{
    g_autoptr (GError) error = keeper_gone_error (self);

    if (self->adding_disk)
        end_disk (self->adding_disk, error);
    for (guint i = self->detaches->len; i-- > 0;)
        end_detach (self, i, error);
    end_vcpu_waiters (self, error);
}

void
keeper_hotplug_free (Keeper *self)
{
    g_ptr_array_unref (self->devices);
    g_ptr_array_unref (self->attached);
    g_ptr_array_unref (self->detaches);
    g_array_unref (self->vcpu_waiters);
}
