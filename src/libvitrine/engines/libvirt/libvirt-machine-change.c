/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine-change.c - devices, media, processors and memory of a machine: of what runs, and of its definition.
 *
 * Theory of operation.  libvirt drops what it does not know of a device's element without a word.  So a change of
 * the definition is made to its text, which is then defined anew under libvirt's schema; and what was plugged into
 * a machine that runs is compared with what was asked for, and taken back when something is missing.
 *
 * The definition comes first: what it will not take is not done to what runs.  When what runs then refuses, the
 * definition becomes again what it was.
 *
 * A guest that is asked to give a device back may take its time after libvirt's call has ended; the machine waits
 * for the news that it is gone.
 */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "libvirt-edit.h"
#include "libvirt-error.h"
#include "libvirt-machine-private.h"
#include "libvirt-xml.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define KIB 1024

/* What a guest has for giving a device back. */
#ifndef LIBVIRT_DETACH_S
#define LIBVIRT_DETACH_S 30
#endif

typedef struct {
    VitrineChange *change;
    GError *error; /* how it went, once that is known */
} Changing;

static Changing *
changing_new (const VitrineChange *change)
{
    Changing *changing = g_new0 (Changing, 1);

    changing->change = vitrine_change_copy (change);
    return changing;
}

static void
changing_free (gpointer data)
{
    Changing *changing = data;

    vitrine_change_free (changing->change);
    g_clear_error (&changing->error);
    g_free (changing);
}

/* --- libvirt's own calls ---------------------------------------------------------------------- */

/* All of these run in a thread, and return FALSE with ERROR set. */

static gboolean
fail (virDomainPtr domain, GError **error)
{
    virErrorPtr reason = virSaveLastError ();

    libvirt_error_set (reason, virDomainGetName (domain), error);
    virFreeError (reason);
    return FALSE;
}

static char *
read_xml (virDomainPtr domain, unsigned flags, GError **error)
{
    char *xml = virDomainGetXMLDesc (domain, flags | VIR_DOMAIN_XML_SECURE);
    char *copy = g_strdup (xml);

    if (xml == NULL)
        fail (domain, error);
    free (xml);
    return copy;
}

static gboolean
define (virDomainPtr domain, const char *xml, unsigned flags, GError **error)
{
    virDomainPtr defined = virDomainDefineXMLFlags (virDomainGetConnect (domain), xml, flags);

    if (defined == NULL)
        return fail (domain, error);
    virDomainFree (defined);
    return TRUE;
}

static unsigned
get_flags (VitrineScope scope)
{
    return (scope & VITRINE_SCOPE_LIVE ? VIR_DOMAIN_AFFECT_LIVE : 0)
           | (scope & VITRINE_SCOPE_CONFIG ? VIR_DOMAIN_AFFECT_CONFIG : 0);
}

static gboolean
set_vcpus (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    if (change->max != 0
        && virDomainSetVcpusFlags (domain, change->max,
                                   VIR_DOMAIN_VCPU_MAXIMUM | VIR_DOMAIN_AFFECT_CONFIG)
               < 0)
        return fail (domain, error);
    return virDomainSetVcpusFlags (domain, change->n, get_flags (change->scope)) == 0
           || fail (domain, error);
}

static gboolean
set_memory (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    if (change->max_bytes != 0
        && virDomainSetMemoryFlags (domain, change->max_bytes / KIB,
                                    VIR_DOMAIN_MEM_MAXIMUM | VIR_DOMAIN_AFFECT_CONFIG)
               < 0)
        return fail (domain, error);
    return change->size_bytes == 0
           || virDomainSetMemoryFlags (domain, change->size_bytes / KIB, get_flags (change->scope))
                  == 0
           || fail (domain, error);
}

/* --- sizes ------------------------------------------------------------------------------------ */

static gboolean
check_growth (const char *path, guint64 now, guint64 wanted, GError **error)
{
    return (wanted >= now && wanted % 512 == 0)
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” can only grow, by whole sectors"), path);
}

/* The image of a machine that is off: its host grows it, where it is in a pool. */
static gboolean
grow_volume (virDomainPtr domain, const char *path, guint64 size_bytes, GError **error)
{
    virStorageVolPtr volume = virStorageVolLookupByPath (virDomainGetConnect (domain), path);
    virStorageVolInfo info;
    gboolean grown;

    if (volume == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("“%s” is in no storage pool of its host, and can grow only while "
                                  "the machine runs"),
                               path);
    grown = virStorageVolGetInfo (volume, &info) == 0
                ? check_growth (path, info.capacity, size_bytes, error)
                      && (virStorageVolResize (volume, size_bytes, 0) == 0 || fail (domain, error))
                : fail (domain, error);
    virStorageVolFree (volume);
    return grown;
}

static gboolean
grow_live (virDomainPtr domain, const char *target, const char *path, guint64 size_bytes,
           GError **error)
{
    virDomainBlockInfo info;

    if (virDomainGetBlockInfo (domain, target, &info, 0) < 0)
        return fail (domain, error);
    return check_growth (path, info.capacity, size_bytes, error)
           && (virDomainBlockResize (domain, target, size_bytes, VIR_DOMAIN_BLOCK_RESIZE_BYTES) == 0
               || fail (domain, error));
}

/* One image is behind both scopes. */
static gboolean
resize (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    gboolean live = (change->scope & VITRINE_SCOPE_LIVE) != 0;
    g_autofree char *xml = read_xml (domain, live ? 0 : VIR_DOMAIN_XML_INACTIVE, error);
    g_autofree char *source = NULL;
    g_autofree char *target =
        xml != NULL ? libvirt_edit_dup_target (xml, change->what, &source, error) : NULL;

    if (target == NULL)
        return FALSE;
    return live ? grow_live (domain, target, source, change->size_bytes, error)
                : grow_volume (domain, source, change->size_bytes, error);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* "500", "none", and of bytes "10M" as well. */
static gboolean
parse_limit (const char *text, gboolean is_bytes, guint64 *value)
{
    *value = 0;
    return g_str_equal (text, "none")
           || g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, value, NULL)
           || (is_bytes && vitrine_size_parse (text, value, NULL));
}

/* "iops=500": libvirt's name of it, and the number. */
static gboolean
add_limit (virTypedParameterPtr *limits, int *n, int *max, const char *setting)
{
    static const struct {
        const char *word, *field;
    } names[] = {
        { "bandwidth", VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC },
        { "read-bandwidth", VIR_DOMAIN_BLOCK_IOTUNE_READ_BYTES_SEC },
        { "write-bandwidth", VIR_DOMAIN_BLOCK_IOTUNE_WRITE_BYTES_SEC },
        { "iops", VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC },
        { "read-iops", VIR_DOMAIN_BLOCK_IOTUNE_READ_IOPS_SEC },
        { "write-iops", VIR_DOMAIN_BLOCK_IOTUNE_WRITE_IOPS_SEC },
    };
    const char *equals = strchr (setting, '=');
    guint64 value = 0;

    for (gsize i = 0; equals != NULL && i < G_N_ELEMENTS (names); i++)
        if (strlen (names[i].word) == (gsize) (equals - setting)
            && g_str_has_prefix (setting, names[i].word))
            return parse_limit (equals + 1, strstr (names[i].word, "iops") == NULL, &value)
                   && virTypedParamsAddULLong (limits, n, max, names[i].field, value) == 0;
    return FALSE;
}

static gboolean
set_limits (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    g_autofree char *source = NULL;
    g_autofree char *xml =
        read_xml (domain, change->scope & VITRINE_SCOPE_LIVE ? 0 : VIR_DOMAIN_XML_INACTIVE, error);
    g_autofree char *target =
        xml != NULL ? libvirt_edit_dup_target (xml, change->what, &source, error) : NULL;
    virTypedParameterPtr limits = NULL;
    int n = 0, max = 0;
    gboolean done = target != NULL;

    for (guint i = 0; done && change->settings[i] != NULL; i++)
        if (!add_limit (&limits, &n, &max, change->settings[i]))
            done = vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“%s” is no limit of a disk; say a number, or none"),
                                   change->settings[i]);
    if (done && virDomainSetBlockIoTune (domain, target, limits, n, get_flags (change->scope)) < 0)
        done = fail (domain, error);
    virTypedParamsFree (limits, n);
    return done;
}

/* --- devices ---------------------------------------------------------------------------------- */

/* A device that came without all that was asked for goes again. */
static gboolean
check_attached (virDomainPtr domain, const char *before, const char *element, GError **error)
{
    g_autofree char *after = read_xml (domain, 0, error);
    g_autofree char *alias = after != NULL ? libvirt_edit_dup_new (before, after) : NULL;
    g_autofree char *dropped =
        alias != NULL ? libvirt_edit_find_dropped (element, after, alias) : NULL;
    g_autofree char *device = dropped != NULL ? libvirt_edit_dup_device (after, alias, NULL) : NULL;

    if (dropped == NULL)
        return after != NULL;
    virDomainDetachDeviceFlags (domain, device, VIR_DOMAIN_AFFECT_LIVE);
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("The host of “%s” would leave out %s of the device"),
                           virDomainGetName (domain), dropped);
}

static gboolean
change_live (virDomainPtr domain, const char *live, const VitrineChange *change, GError **error)
{
    unsigned flags = VIR_DOMAIN_AFFECT_LIVE;
    g_autofree char *element = NULL;

    switch (change->kind) {
    case VITRINE_CHANGE_ATTACH:
        return virDomainAttachDeviceFlags (domain, change->what, flags) == 0
                   ? check_attached (domain, live, change->what, error)
                   : fail (domain, error);
    case VITRINE_CHANGE_DETACH:
        element = libvirt_edit_dup_device (live, change->what, error);
        return element != NULL
               && (virDomainDetachDeviceFlags (domain, element, flags) == 0
                   || fail (domain, error));
    default:
        element = libvirt_edit_dup_drive (live, change, error);
        if (change->force)
            flags |= VIR_DOMAIN_DEVICE_MODIFY_FORCE;
        return element != NULL
               && (virDomainUpdateDeviceFlags (domain, element, flags) == 0
                   || fail (domain, error));
    }
}

static gboolean
change_devices (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    gboolean wants_live = (change->scope & VITRINE_SCOPE_LIVE) != 0;
    g_autofree char *live = NULL;
    g_autofree char *config = NULL;
    g_autofree char *edited = NULL;

    if (wants_live) {
        live = read_xml (domain, 0, error);
        if (live == NULL)
            return FALSE;
    }
    if (change->scope & VITRINE_SCOPE_CONFIG) {
        config = read_xml (domain, VIR_DOMAIN_XML_INACTIVE, error);
        edited = config != NULL ? libvirt_edit (config, live, change, error) : NULL;
        if (edited == NULL || !define (domain, edited, VIR_DOMAIN_DEFINE_VALIDATE, error))
            return FALSE;
    }
    if (!wants_live || change_live (domain, live, change, error))
        return TRUE;
    if (config != NULL)
        define (domain, config, 0, NULL);
    return FALSE;
}

/* --- the definition as a text ------------------------------------------------------------------ */

/* libvirt keeps the name of a machine when it is defined anew; another is given first. */
static gboolean
rename_to (virDomainPtr domain, const char *name, GError **error)
{
    if (virDomainIsActive (domain) > 0)
        return vitrine_rules_refuse_rename (virDomainGetName (domain), error);
    return virDomainRename (domain, name, 0) == 0 || fail (domain, error);
}

/* Who may not read the passwords in a definition does not write it anew: they would be gone from it. */
static gboolean
redefine (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    g_autofree char *old_name = g_strdup (virDomainGetName (domain));
    g_autofree char *now = read_xml (domain, VIR_DOMAIN_XML_INACTIVE, error);
    g_autoptr (LibvirtXml) wanted = now != NULL ? libvirt_xml_parse (change->what, error) : NULL;
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    gboolean renames;

    if (wanted == NULL)
        return FALSE;
    virDomainGetUUIDString (domain, uuid);
    if (!g_str_equal (now, change->base))
        return vitrine_rules_refuse_changed (old_name, error);
    if (g_ascii_strcasecmp (wanted->uuid, uuid) != 0)
        return vitrine_rules_refuse_other_uuid (old_name, error);
    renames = !g_str_equal (wanted->name, old_name);
    if (renames && !rename_to (domain, wanted->name, error))
        return FALSE;
    if (define (domain, change->what, VIR_DOMAIN_DEFINE_VALIDATE, error))
        return TRUE;
    if (renames)
        virDomainRename (domain, old_name, 0);
    return FALSE;
}

/* --- the change ------------------------------------------------------------------------------- */

static gboolean
change_any (virDomainPtr domain, const VitrineChange *change, GError **error)
{
    switch (change->kind) {
    case VITRINE_CHANGE_VCPUS:
        return set_vcpus (domain, change, error);
    case VITRINE_CHANGE_MEMORY:
        return set_memory (domain, change, error);
    case VITRINE_CHANGE_RESIZE:
        return resize (domain, change, error);
    case VITRINE_CHANGE_DEFINITION:
        return redefine (domain, change, error);
    case VITRINE_CHANGE_CARD:
        return set_limits (domain, change, error);
    default:
        return change_devices (domain, change, error);
    }
}

static void
change_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    GError *error = NULL;

    if (change_any (domain, ((Changing *) data)->change, &error))
        g_task_return_boolean (answer, TRUE);
    else
        g_task_return_error (answer, error);
}

/* --- a guest that is asked for a device ------------------------------------------------------- */

typedef struct {
    GTask *task;
    char *alias;
    GSource *patience;
    gulong handler;
} Waiting;

static void
end_waiting (Waiting *waiting)
{
    LibvirtMachine *self = g_task_get_source_object (waiting->task);

    g_signal_handler_disconnect (self, waiting->handler);
    g_source_destroy (waiting->patience);
    g_source_unref (waiting->patience);
    g_hash_table_remove (self->leaving, waiting->alias);
    vitrine_machine_devices_changed (VITRINE_MACHINE (self));
    g_object_unref (waiting->task);
    g_free (waiting->alias);
    g_free (waiting);
}

static gboolean
has_device (LibvirtMachine *self, const char *alias)
{
    const LibvirtXml *live = self->record->live;

    return live != NULL && vitrine_device_info_find (live->devices, alias) != NULL;
}

static void
devices_changed_cb (LibvirtMachine *self, Waiting *waiting)
{
    if (has_device (self, waiting->alias))
        return;
    g_task_return_boolean (waiting->task, TRUE);
    end_waiting (waiting);
}

static gboolean
patience_cb (gpointer user_data)
{
    Waiting *waiting = user_data;
    GTask *task = waiting->task;

    if (!g_task_return_error_if_cancelled (task))
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                                 _ ("The guest does not say whether it gives the device %s back; "
                                    "try again"),
                                 waiting->alias);
    end_waiting (waiting);
    return G_SOURCE_REMOVE;
}

/* Answers TASK (taken over) when the device ALIAS is gone. */
static void
await_departure (GTask *task, const char *alias)
{
    LibvirtMachine *self = g_task_get_source_object (task);
    GCancellable *cancellable = g_task_get_cancellable (task);
    Waiting *waiting = g_new0 (Waiting, 1);

    waiting->task = task;
    waiting->alias = g_strdup (alias);
    waiting->patience = g_timeout_source_new_seconds (LIBVIRT_DETACH_S);
    if (cancellable != NULL) {
        g_autoptr (GSource) cancelled = g_cancellable_source_new (cancellable);

        g_source_set_dummy_callback (cancelled);
        g_source_add_child_source (waiting->patience, cancelled);
    }
    g_source_set_callback (waiting->patience, patience_cb, waiting, NULL);
    g_source_attach (waiting->patience, NULL);
    waiting->handler =
        g_signal_connect (self, "devices-changed", G_CALLBACK (devices_changed_cb), waiting);
}

/* It was read anew, after a change that failed as well: half of it may have been done and undone. */
static void
settled_cb (GTask *task, VitrineMachine *machine, const GError *error)
{
    LibvirtMachine *self = g_task_get_source_object (task);
    Changing *changing = g_task_get_task_data (task);
    const VitrineChange *change = changing->change;

    if (changing->error == NULL && change->kind == VITRINE_CHANGE_DETACH
        && (change->scope & VITRINE_SCOPE_LIVE) && has_device (self, change->what)) {
        await_departure (task, change->what);
        return;
    }
    if (change->what != NULL && g_hash_table_remove (self->leaving, change->what))
        vitrine_machine_devices_changed (VITRINE_MACHINE (self));
    if (changing->error != NULL)
        g_task_return_error (task, g_steal_pointer (&changing->error));
    else
        g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    LibvirtMachine *self = g_task_get_source_object (task);
    Changing *changing = g_task_get_task_data (task);

    g_task_propagate_boolean (G_TASK (result), &changing->error);
    if (self->host != NULL && !g_error_matches (changing->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        libvirt_host_look_at (self->host, self->record->uuid, task, settled_cb);
    else
        settled_cb (task, NULL, NULL);
}

/* What no host of libvirt's does. */
static gboolean
check (const VitrineChange *change, GError **error)
{
    if (change->path != NULL && !g_utf8_validate (change->path, -1, NULL))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("A medium's path must be UTF-8"));
    return change->kind != VITRINE_CHANGE_DETACH || !change->force
           || vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("libvirt takes no device away by force; it asks the guest"));
}

void
libvirt_machine_change_async (VitrineMachine *machine, const VitrineChange *change,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    LibvirtMachine *self = LIBVIRT_MACHINE (machine);
    GTask *task = g_task_new (machine, cancellable, callback, user_data);
    GError *error = NULL;

    if (!check (change, &error)) {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }
    g_task_set_task_data (task, changing_new (change), changing_free);
    if (change->kind == VITRINE_CHANGE_DETACH && (change->scope & VITRINE_SCOPE_LIVE)
        && has_device (self, change->what)) {
        g_hash_table_add (self->leaving, g_strdup (change->what));
        vitrine_machine_devices_changed (machine);
    }
    libvirt_machine_run (task, LIBVIRT_ACTION_S, change_thread, changing_new (change),
                         changing_free, changed_cb);
}

/* --- cables ----------------------------------------------------------------------------------- */

typedef struct {
    char *card;
    gboolean up;
} Cable;

static void
cable_free (gpointer data)
{
    Cable *cable = data;

    g_free (cable->card);
    g_free (cable);
}

static void
link_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    const Cable *cable = data;
    GError *error = NULL;
    g_autofree char *live = read_xml (domain, 0, &error);
    g_autofree char *element =
        live != NULL ? libvirt_edit_dup_card (live, cable->card, cable->up, &error) : NULL;

    if (element != NULL && virDomainUpdateDeviceFlags (domain, element, VIR_DOMAIN_AFFECT_LIVE) < 0)
        fail (domain, &error);
    if (error == NULL)
        g_task_return_boolean (answer, TRUE);
    else
        g_task_return_error (answer, error);
}

void
libvirt_machine_set_link_async (VitrineMachine *machine, const char *card, gboolean up,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
    Cable *cable = g_new0 (Cable, 1);

    cable->card = g_strdup (card);
    cable->up = up;
    libvirt_machine_run (g_task_new (machine, cancellable, callback, user_data), LIBVIRT_ACTION_S,
                         link_thread, cable, cable_free, vitrine_task_forward_boolean_cb);
}
