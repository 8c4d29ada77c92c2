/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-create.c - new machines and new definitions: all or nothing.
 *
 * Theory of operation.  Under the lock of the machines folder, everything is checked first.  Then a
 * folder .new-UUID is made and filled, each file is brought to the disk, and at last the folder is
 * renamed to UUID: before that there is no machine, after it there is a whole one.  What was made
 * until a failure is on a list and removed from its end.  A process that dies in between leaves a
 * .new-UUID, which the next one to hold the lock removes: nobody else's can be in the making. Disks
 * that the user wanted elsewhere are made there under their own name; a process that dies leaves
 * them, as nobody could tell them from the user's own files.
 */
#define _GNU_SOURCE
#include "native-create.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "native-check.h"
#include "native-device.h"
#include "native-disk.h"
#include "native-install.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-seed-private.h"

#define MAX_TRIES 16 /* each with another UUID */

typedef struct {
    const char *machines;
    VitrineSpec *spec;
    const ImageWatch *watch;
    char *folder; /* machines/.new-UUID while it is made */
    char *final;  /* machines/UUID */
    NativeMade *made;
    const VitrineDefinition *definition; /* of a new machine */
    gboolean made_folder;
    int *lock;    /* of the machines folder */
    int own_lock; /* of the new folder, while its disks are copied */
} Making;

/* --- checks that need the lock ---------------------------------------------------------------- */

static gboolean
check_disk_is_free (Making *making, const VitrineDiskSpec *disk, GError **error)
{
    const char *source = disk->server != NULL ? disk->server : disk->path;
    g_autofree char *user = NULL;

    if (source == NULL || disk->read_only)
        return TRUE;
    user = native_store_find_disk_user (making->machines, NULL, source, NULL);
    return user == NULL || vitrine_rules_refuse_used_disk (source, user, error);
}

/* As a file; LVM's own space was looked at before. */
static gboolean
takes_space (const VitrineDiskSpec *disk)
{
    return disk->group == NULL && disk->size_bytes > 0;
}

/* The new disks that go to one file system must fit there together. */
static gboolean
check_space (Making *making, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (making->spec);

    for (guint i = 0; i < disks->len; i++) {
        g_autofree char *path = vitrine_rules_dup_disk_path (making->spec, i, making->machines);
        g_autofree char *folder = g_path_get_dirname (path);
        guint64 needed_bytes = 0, free_bytes;
        struct statvfs fs;
        struct stat st;

        if (!takes_space (g_ptr_array_index (disks, i)))
            continue;
        if (stat (folder, &st) != 0 || statvfs (folder, &fs) != 0)
            return native_store_refuse_errno (folder, errno, error);
        for (guint j = 0; j < disks->len; j++) {
            g_autofree char *other =
                vitrine_rules_dup_disk_path (making->spec, j, making->machines);
            g_autofree char *other_folder = g_path_get_dirname (other);
            struct stat other_st;

            if (takes_space (g_ptr_array_index (disks, j)) && stat (other_folder, &other_st) == 0
                && other_st.st_dev == st.st_dev)
                needed_bytes += ((VitrineDiskSpec *) g_ptr_array_index (disks, j))->size_bytes;
        }
        free_bytes = (guint64) fs.f_bavail * fs.f_frsize;
        if (needed_bytes > free_bytes)
            return vitrine_rules_refuse_lack_of_space (folder, needed_bytes, free_bytes, error);
    }
    return TRUE;
}

static gboolean
check_under_lock (Making *making, GError **error)
{
    const char *name = vitrine_spec_get_name (making->spec);
    GPtrArray *disks = vitrine_spec_get_disks (making->spec);
    g_autofree char *taken = native_store_find_name (making->machines, name);

    if (taken != NULL)
        return vitrine_rules_refuse_taken_name (name, error);
    for (guint i = 0; i < disks->len; i++)
        if (!check_disk_is_free (making, g_ptr_array_index (disks, i), error))
            return FALSE;
    return check_space (making, error);
}

/* --- making ----------------------------------------------------------------------------------- */

static void
undo (Making *making)
{
    native_made_undo (making->made);
    if (making->made_folder)
        g_rmdir (making->folder);
}

static gboolean
make_folder (Making *making, GError **error)
{
    if (g_mkdir (making->folder, 0700) != 0)
        return native_store_refuse_errno (making->folder, errno, error);
    making->made_folder = TRUE;
    return TRUE;
}

/* At once, so that who finds what a process that died has left removes them too. */
static gboolean
make_volumes_list (Making *making, GError **error)
{
    g_autofree char *path = g_build_filename (making->folder, NATIVE_DISK_VOLUMES, NULL);

    if (!native_disk_write_volumes (making->folder, making->made, error))
        return FALSE;
    native_made_add (making->made, path);
    return TRUE;
}

/* Whom the cloud image on the first disk lets in. */
static gboolean
make_seed (Making *making, const char *path, GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (making->definition);
    g_autoptr (GPtrArray) macs = g_ptr_array_new ();
    g_autoptr (GBytes) content = NULL;

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->kind == VITRINE_DEFINITION_INTERFACE)
            g_ptr_array_add (macs, device->network->mac);
    }
    g_ptr_array_add (macs, NULL);
    content = vitrine_seed_build (making->spec, vitrine_definition_get_uuid (making->definition),
                                  (const char *const *) macs->pdata, error);
    return content != NULL && native_disk_make_filled (path, content, making->made, error);
}

static gboolean
make_disks (Making *making, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (making->spec);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);
        g_autofree char *path = vitrine_rules_dup_disk_path (making->spec, i, making->folder);
        g_autofree char *folder = g_path_get_dirname (path);

        if (!vitrine_disk_spec_is_new (disk))
            continue;
        if (g_cancellable_set_error_if_cancelled (making->watch->cancellable, error)
            || (disk->seed ? !make_seed (making, path, error)
                           : !native_disk_make (disk, path, making->made, making->watch, error))
            || (disk->group != NULL && !make_volumes_list (making, error)))
            return FALSE;
        if (disk->path != NULL && !native_store_sync (folder, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
make_definition (Making *making, const char *xml, GError **error)
{
    g_autofree char *path = g_build_filename (making->folder, NATIVE_STORE_XML, NULL);

    native_made_add (making->made, path);
    return native_store_write (path, xml, error) && native_store_sync (making->folder, error);
}

/* The folder gets its name, and the machine is there. */
static gboolean
finish (Making *making, GError **error)
{
    if (g_cancellable_set_error_if_cancelled (making->watch->cancellable, error))
        return FALSE;
    if (rename (making->folder, making->final) != 0)
        return native_store_refuse_errno (making->final, errno, error);
    /* It is a machine from here on, even where the disk does not yet know for certain. */
    native_store_sync (making->machines, NULL);
    return TRUE;
}

/* Copying and filling take long, and nobody else is to wait for it: the new folder's own lock says that somebody is at it. */
static gboolean
let_go (Making *making, GError **error)
{
    g_autofree char *way = g_path_get_basename (making->folder);
    g_autofree char *path = g_build_filename (making->folder, NATIVE_STORE_LOCK, NULL);

    native_made_add (making->made, path);
    making->own_lock = native_store_lock_machine (making->machines, way,
                                                  vitrine_spec_get_name (making->spec), error);
    if (making->own_lock >= 0)
        vitrine_fd_clear (making->lock);
    return making->own_lock >= 0;
}

/* Somebody may have made a machine meanwhile. */
static gboolean
take_again (Making *making, GError **error)
{
    const char *name = vitrine_spec_get_name (making->spec);
    g_autofree char *taken = NULL;

    *making->lock = native_store_lock (making->machines, error);
    if (*making->lock < 0)
        return FALSE;
    taken = native_store_find_name (making->machines, name);
    return taken == NULL || vitrine_rules_refuse_taken_name (name, error);
}

/* Whether a disk of SPEC's is copied, or filled, or an installer is taken out of its CD. */
static gboolean
takes_long (VitrineSpec *spec)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    if (vitrine_spec_get_express (spec) != NULL)
        return TRUE;
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if (disk->source != NULL || disk->preallocation != NULL || disk->passphrase != NULL)
            return TRUE;
    }
    return FALSE;
}

static gboolean
make_all_disks (Making *making, GError **error)
{
    if (making->spec == NULL || !takes_long (making->spec))
        return making->spec == NULL || make_disks (making, error);
    return let_go (making, error) && make_disks (making, error)
           && native_install_make (making->spec, making->folder, making->made, making->watch, error)
           && take_again (making, error);
}

static gboolean
make (Making *making, const char *xml, GError **error)
{
    if (make_folder (making, error) && make_all_disks (making, error)
        && make_definition (making, xml, error) && finish (making, error))
        return TRUE;
    undo (making);
    return FALSE;
}

static void
making_init (Making *making, const char *machines, const char *uuid, VitrineSpec *spec,
             const ImageWatch *watch)
{
    g_autofree char *new_name = g_strconcat (NATIVE_STORE_NEW, uuid, NULL);

    making->machines = machines;
    making->spec = spec;
    making->watch = watch;
    making->folder = g_build_filename (machines, new_name, NULL);
    making->final = g_build_filename (machines, uuid, NULL);
    making->made = native_made_new ();
    making->made_folder = FALSE;
    making->own_lock = -1;
}

static void
making_clear (Making *making)
{
    vitrine_fd_clear (&making->own_lock);
    g_free (making->folder);
    g_free (making->final);
    g_clear_pointer (&making->made, native_made_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Making, making_clear)

static gboolean
is_mac_given (VitrineSpec *spec, const char *mac)
{
    GPtrArray *nics = vitrine_spec_get_nics (spec);

    for (guint i = 0; i < nics->len; i++) {
        const VitrineNicSpec *nic = g_ptr_array_index (nics, i);

        if (nic->mac != NULL && g_ascii_strcasecmp (nic->mac, mac) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Whether no other machine has an address of DEFINITION's cards.  *AGAIN: one has, and we had made it up. */
static gboolean
check_cards (const char *machines, const VitrineDefinition *definition, VitrineSpec *spec,
             gboolean *again, GError **error)
{
    g_autofree char *mac = NULL;
    g_autofree char *user = native_store_find_card_user (machines, definition, &mac);

    *again = user != NULL && !is_mac_given (spec, mac);
    return user == NULL || native_store_check_cards (machines, definition, error);
}

/* This computer's own disks, which the guest shall write to. */
static gboolean
check_devices (VitrineSpec *spec, char **warning, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if (disk->path != NULL && !vitrine_disk_spec_is_new (disk) && !disk->read_only
            && !native_device_check (disk->path, disk->force, warning, error))
            return FALSE;
    }
    return TRUE;
}

/* *AGAIN: another UUID, and what is made up of it, would do. */
static char *
create_once (const char *machines, VitrineSpec *spec, const ImageWatch *watch, char **warning,
             gboolean *again, GError **error)
{
    g_autofree char *uuid = g_uuid_string_random ();
    g_auto (Making) making = { .own_lock = -1 };
    g_autoptr (VitrineDefinition) definition = NULL;
    vitrine_autofd lock = -1;

    making_init (&making, machines, uuid, spec, watch);
    if (!native_check_kvm_usable (error)
        || !native_check_firmware_usable (vitrine_spec_get_firmware (spec), error)
        || !vitrine_rules_check_sources (spec, warning, error)
        || !check_devices (spec, warning, error)
        || !native_disk_check_volumes (spec, watch->cancellable, error))
        return NULL;
    definition = vitrine_rules_define (spec, uuid, making.final, error);
    if (definition == NULL || g_cancellable_set_error_if_cancelled (watch->cancellable, error))
        return NULL;
    lock = native_store_lock (machines, error);
    if (lock < 0)
        return NULL;
    native_store_sweep (machines);
    making.lock = &lock;
    making.definition = definition;
    if (!check_under_lock (&making, error)
        || !check_cards (machines, definition, spec, again, error)
        || !make (&making, vitrine_definition_get_xml (definition), error))
        return NULL;
    return g_steal_pointer (&uuid);
}

char *
native_create (const char *machines, VitrineSpec *spec, const ImageWatch *watch, char **warning,
               GError **error)
{
    for (guint i = 0; i < MAX_TRIES; i++) {
        g_autoptr (GError) local = NULL;
        gboolean again = FALSE;
        char *uuid = create_once (machines, spec, watch, warning, &again, &local);

        if (uuid != NULL)
            return uuid;
        if (!again || i + 1 == MAX_TRIES) {
            g_propagate_error (error, g_steal_pointer (&local));
            return NULL;
        }
        g_clear_pointer (warning, g_free);
    }
    g_return_val_if_reached (NULL);
}

/* --- definitions ------------------------------------------------------------------------------ */

static gboolean
replace_definition (const char *machines, VitrineDefinition *definition, GError **error)
{
    vitrine_autofd running =
        native_store_lock_machine (machines, vitrine_definition_get_uuid (definition),
                                   vitrine_definition_get_name (definition), error);

    return running >= 0 && native_store_replace (machines, definition, error);
}

char *
native_define (const char *machines, const char *xml, GCancellable *cancellable, GError **error)
{
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (xml, -1, error);
    const ImageWatch watch = { cancellable, NULL, NULL };
    g_auto (Making) making = { .own_lock = -1 };
    g_autofree char *taken = NULL;
    const char *name, *uuid;
    vitrine_autofd lock = -1;
    gboolean kept;

    if (definition == NULL)
        return NULL;
    name = vitrine_definition_get_name (definition);
    uuid = vitrine_definition_get_uuid (definition);
    if (!vitrine_rules_check_name (name, error)
        || g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
    lock = native_store_lock (machines, error);
    if (lock < 0)
        return NULL;
    native_store_sweep (machines);
    taken = native_store_find_name (machines, name);
    if (taken != NULL && !g_str_equal (taken, uuid)) {
        vitrine_rules_refuse_taken_name (name, error);
        return NULL;
    }
    if (!native_store_check_cards (machines, definition, error))
        return NULL;
    making_init (&making, machines, uuid, NULL, &watch);
    if (g_file_test (making.final, G_FILE_TEST_IS_DIR))
        kept = replace_definition (machines, definition, error);
    else
        kept = make (&making, vitrine_definition_get_xml (definition), error);
    return kept ? g_strdup (uuid) : NULL;
}
