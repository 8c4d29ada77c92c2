/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-machine-actions.c - what is asked of a machine's domain. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#include "libvirt-create.h"
#include "libvirt-error.h"
#include "libvirt-machine-private.h"
#include "libvirt-volume.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

/* How long a chord is held. */
#define KEY_HOLD_MS 20

static void
answer_done (virDomainPtr domain, GTask *answer, int result)
{
    if (result < 0)
        libvirt_machine_answer_error (domain, answer);
    else
        g_task_return_boolean (answer, TRUE);
}

/* --- states ----------------------------------------------------------------------------------- */

/* Who cancels meanwhile has his answer already, and no machine. */
static void
start (virDomainPtr domain, GTask *answer, unsigned flags)
{
    int result = virDomainCreateWithFlags (domain, flags);

    if (result == 0 && g_cancellable_is_cancelled (g_task_get_cancellable (answer)))
        virDomainDestroy (domain);
    answer_done (domain, answer, result);
}

static int
resume (virDomainPtr domain)
{
    int state = VIR_DOMAIN_NOSTATE;

    if (virDomainGetState (domain, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PMSUSPENDED)
        return virDomainPMWakeup (domain, 0);
    return virDomainResume (domain);
}

static void
act_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    switch ((VitrineAction) GPOINTER_TO_INT (data)) {
    case VITRINE_ACTION_START:
        start (domain, answer, 0);
        break;
    case VITRINE_ACTION_START_RESET_NVRAM:
        start (domain, answer, VIR_DOMAIN_START_RESET_NVRAM);
        break;
    case VITRINE_ACTION_PAUSE:
        answer_done (domain, answer, virDomainSuspend (domain));
        break;
    case VITRINE_ACTION_RESUME:
        answer_done (domain, answer, resume (domain));
        break;
    case VITRINE_ACTION_SHUTDOWN:
        answer_done (domain, answer, virDomainShutdown (domain));
        break;
    case VITRINE_ACTION_RESET:
        answer_done (domain, answer, virDomainReset (domain, 0));
        break;
    case VITRINE_ACTION_POWER_OFF:
        answer_done (domain, answer, virDomainDestroy (domain));
        break;
    case VITRINE_ACTION_START_DISPOSABLE: /* refused before */
    case VITRINE_ACTION_DELETE: /* delete_thread() */
        g_assert_not_reached ();
    }
}

static void
acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    LibvirtMachine *self = g_task_get_source_object (task);
    VitrineAction action = (VitrineAction) GPOINTER_TO_INT (g_task_get_task_data (task));
    GError *error = NULL;

    if (!g_task_propagate_boolean (G_TASK (result), &error)) {
        g_task_return_error (task, error);
        return;
    }
    self->shutting_down = action == VITRINE_ACTION_SHUTDOWN
                          || (self->shutting_down && action != VITRINE_ACTION_RESET);
    libvirt_machine_settle (g_steal_pointer (&task));
}

void
libvirt_machine_act_async (VitrineMachine *machine, VitrineAction action, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (machine, cancellable, callback, user_data);

    g_task_set_task_data (task, GINT_TO_POINTER (action), NULL);
    libvirt_machine_run (task, LIBVIRT_ACTION_S, act_thread, GINT_TO_POINTER (action), NULL,
                         acted_cb);
}

/* --- deletion --------------------------------------------------------------------------------- */

/* What DEVICE takes on the host; 0 when the host does not tell. */
static guint64
read_size (virDomainPtr domain, const VitrineDeviceInfo *device)
{
    virDomainBlockInfo info;

    return virDomainGetBlockInfo (domain, device->source, &info, 0) == 0 ? info.allocation : 0;
}

/* Why the image at PATH is not to go with its machine; "" when it may.  MADE: those that were made for it. */
static char *
dup_reason (virDomainPtr domain, const char *path, char *const *made)
{
    virConnectPtr connection = virDomainGetConnect (domain);
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    g_autofree char *format = NULL;
    char *user;

    if (!g_strv_contains ((const char *const *) made, path))
        return g_strdup (_ ("Vitrine did not make it"));
    format = libvirt_volume_dup_format (connection, path);
    if (format == NULL)
        return g_strdup (_ ("it is in no storage pool of the host any more"));
    virDomainGetUUIDString (domain, uuid);
    user = libvirt_volume_dup_user (connection, path, uuid);
    return user != NULL ? user : g_strdup ("");
}

static GPtrArray *
read_disks (virDomainPtr domain)
{
    char *xml = virDomainGetXMLDesc (domain, VIR_DOMAIN_XML_INACTIVE);
    g_autoptr (LibvirtXml) config = xml != NULL ? libvirt_xml_parse (xml, NULL) : NULL;
    g_auto (GStrv) made = config != NULL ? libvirt_create_dup_made (xml) : NULL;
    g_auto (GStrv) seeds =
        config != NULL ? libvirt_create_dup_seeds (virDomainGetConnect (domain), xml) : NULL;
    GPtrArray *disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_info_free);

    free (xml);
    for (guint i = 0; config != NULL && i < config->devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (config->devices, i);
        VitrineDiskInfo *disk;

        if (!g_str_equal (device->kind, "disk") || *device->source == '\0'
            || g_strv_contains ((const char *const *) seeds, device->source))
            continue;
        disk = g_new0 (VitrineDiskInfo, 1);
        disk->path = g_strdup (device->source);
        disk->size_bytes = read_size (domain, device);
        disk->reason = dup_reason (domain, device->source, made);
        disk->removable = *disk->reason == '\0';
        g_ptr_array_add (disks, disk);
    }
    return disks;
}

static void
list_disks_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    g_task_return_pointer (answer, read_disks (domain), (GDestroyNotify) g_ptr_array_unref);
}

void
libvirt_machine_list_disks_async (VitrineMachine *machine, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    libvirt_machine_run (g_task_new (machine, cancellable, callback, user_data), LIBVIRT_READ_S,
                         list_disks_thread, NULL, NULL, vitrine_task_forward_array_cb);
}

/* What the host keeps of the machine goes with it, as far as the host knows such things: drivers refuse flags
 * for what they do not have. */
static int
undefine (virDomainPtr domain)
{
    static const unsigned flags[] = {
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
            | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM,
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
        0,
    };
    int result = -1;

    for (gsize i = 0; i < G_N_ELEMENTS (flags) && result < 0; i++) {
        result = virDomainUndefineFlags (domain, flags[i]);
        if (result < 0 && virGetLastErrorCode () != VIR_ERR_INVALID_ARG
            && virGetLastErrorCode () != VIR_ERR_NO_SUPPORT)
            break;
    }
    return result;
}

/* What a cloud image was told by goes with the machine, unless another reads it; it holds a password's hash. */
static void
delete_seeds (virDomainPtr domain, char **seeds, const char *uuid)
{
    virConnectPtr connection = virDomainGetConnect (domain);

    for (gsize i = 0; seeds != NULL && seeds[i] != NULL; i++)
        if (!libvirt_volume_is_used (connection, seeds[i], uuid))
            libvirt_volume_delete (connection, seeds[i], NULL);
}

static char **
dup_seeds (virDomainPtr domain)
{
    char *xml = virDomainGetXMLDesc (domain, VIR_DOMAIN_XML_INACTIVE);
    char **seeds =
        xml != NULL ? libvirt_create_dup_seeds (virDomainGetConnect (domain), xml) : NULL;

    free (xml);
    return seeds;
}

/* The images go last: a machine that cannot be forgotten keeps what it is made of. */
static void
delete_thread (virDomainPtr domain, GTask *answer, gpointer data)
{
    char **paths = data;
    g_autoptr (GPtrArray) disks = paths[0] != NULL ? read_disks (domain) : g_ptr_array_new ();
    g_auto (GStrv) seeds = dup_seeds (domain);
    char uuid[VIR_UUID_STRING_BUFLEN];
    GError *error = NULL;

    if (!vitrine_rules_check_removable (disks, (const char *const *) paths, &error)) {
        g_task_return_error (answer, error);
        return;
    }
    if (undefine (domain) < 0) {
        libvirt_machine_answer_error (domain, answer);
        return;
    }
    virDomainGetUUIDString (domain, uuid);
    delete_seeds (domain, seeds, uuid);
    for (gsize i = 0; paths[i] != NULL && error == NULL; i++)
        libvirt_volume_delete (virDomainGetConnect (domain), paths[i], &error);
    if (error != NULL)
        g_task_return_error (answer, error);
    else
        g_task_return_boolean (answer, TRUE);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (!g_task_propagate_boolean (G_TASK (result), &error))
        g_task_return_error (task, error);
    else
        libvirt_machine_settle (g_steal_pointer (&task));
}

static void
free_paths (gpointer paths)
{
    g_strfreev (paths);
}

void
libvirt_machine_delete_async (VitrineMachine *machine, const char *const *remove_disks,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
    char **paths = remove_disks != NULL ? g_strdupv ((char **) remove_disks) : g_new0 (char *, 1);

    libvirt_machine_run (g_task_new (machine, cancellable, callback, user_data), LIBVIRT_ACTION_S,
                         delete_thread, paths, free_paths, deleted_cb);
}

/* --- keys ------------------------------------------------------------------------------------- */

typedef struct {
    guint codes[VIR_DOMAIN_SEND_KEY_MAX_KEYS];
    guint n;
    gboolean sent; /* nothing was pressed since they were */
} Chord;

static void
chord_press (Chord *chord, guint code)
{
    if (chord->n < G_N_ELEMENTS (chord->codes))
        chord->codes[chord->n++] = code;
    chord->sent = FALSE;
}

/* libvirt knows chords only: what is held when the first key goes up again is one. */
static gboolean
chord_release (Chord *chord, guint code, virDomainPtr domain)
{
    guint kept = 0;

    if (!chord->sent
        && virDomainSendKey (domain, VIR_KEYCODE_SET_LINUX, KEY_HOLD_MS, chord->codes,
                             (int) chord->n, 0)
               < 0)
        return FALSE;
    chord->sent = TRUE;
    for (guint i = 0; i < chord->n; i++)
        if (chord->codes[i] != code)
            chord->codes[kept++] = chord->codes[i];
    chord->n = kept;
    return TRUE;
}

static void
keys_thread (virDomainPtr domain, GTask *answer, gpointer keys)
{
    Chord chord = { .sent = TRUE };
    GVariantIter iter;
    guint code;
    gboolean down, works = TRUE;

    g_variant_iter_init (&iter, keys);
    while (works && g_variant_iter_next (&iter, "(ub)", &code, &down)) {
        if (down)
            chord_press (&chord, code);
        else
            works = chord_release (&chord, code, domain);
    }
    answer_done (domain, answer, works ? 0 : -1);
}

void
libvirt_machine_send_keys_async (VitrineMachine *machine, GVariant *keys, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    libvirt_machine_run (g_task_new (machine, cancellable, callback, user_data), LIBVIRT_ACTION_S,
                         keys_thread, g_variant_ref (keys), (GDestroyNotify) g_variant_unref,
                         vitrine_task_forward_boolean_cb);
}
