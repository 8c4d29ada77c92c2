/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-rules.c - what every engine asks of a new machine, and how it becomes a definition. */
#include "vitrine-rules-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-express.h"
#include "vitrine-private.h"
#include "vitrine-seed-private.h"

#define MIB          (G_GUINT64_CONSTANT (1) << 20)
#define SECTOR_BYTES 512

gboolean
vitrine_rules_check_name (const char *name, GError **error)
{
    if (*name == '\0')
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("The machine needs a name"));
    if (!vitrine_definition_check_name (name, error))
        return FALSE;
    if (g_uuid_string_is_valid (name))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” looks like a UUID; a machine needs another name"), name);
    return TRUE;
}

gboolean
vitrine_rules_refuse_taken_name (const char *name, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_EXISTS, _ ("There is a machine named “%s” already"),
                           name);
}

gboolean
vitrine_rules_refuse_changed (const char *name, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                           _ ("The definition of “%s” was changed by somebody else meanwhile; look "
                              "at it again and repeat your change"),
                           name);
}

gboolean
vitrine_rules_refuse_other_uuid (const char *name, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("The <uuid> says which machine it is, and “%s” keeps its own; put it "
                              "back, or make a clone"),
                           name);
}

gboolean
vitrine_rules_refuse_rename (const char *name, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                           _ ("“%s” is running, and gets another name only while it is off"), name);
}

gboolean
vitrine_rules_refuse_allocation (const char *text, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“%s”: preallocation is off, metadata, falloc or full"), text);
}

gboolean
vitrine_rules_refuse_used_disk (const char *path, const char *user, GError **error)
{
    return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                           _ ("“%s” is a disk of “%s”; two machines would destroy what is on it"),
                           path, user);
}

gboolean
vitrine_rules_refuse_lack_of_space (const char *folder, guint64 needed_bytes, guint64 free_bytes,
                                    GError **error)
{
    g_autofree char *needed = g_format_size_full (needed_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *left = g_format_size_full (free_bytes, G_FORMAT_SIZE_IEC_UNITS);

    return vitrine_refuse (
        error, VITRINE_ERROR_NO_SPACE,
        _ ("There is no space for the disk: it takes %s, and %s are free in “%s”"), needed, left,
        folder);
}

gboolean
vitrine_rules_refuse_failed_check (const VitrineCheck *check, GError **error)
{
    if (*check->mend != '\0')
        return vitrine_refuse (error, VITRINE_ERROR_DENIED, _ ("%s; this mends it: %s"),
                               check->text, check->mend);
    return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED, "%s", check->text);
}

static gboolean
check_resources (VitrineSpec *spec, const VitrineHostLimits *limits, GError **error)
{
    guint vcpus = vitrine_spec_get_vcpus (spec);
    guint64 memory_mib = vitrine_spec_get_memory_mib (spec);

    if (vcpus == 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("A machine needs a virtual CPU"));
    if (vcpus > limits->max_vcpus)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("%u virtual CPUs are more than the %u this host can give a machine"), vcpus,
            limits->max_vcpus);
    if (memory_mib < VITRINE_MEMORY_MIB_MIN)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("%" PRIu64
                                  " MiB of memory are too little; no machine starts with "
                                  "less than %d MiB"),
                               memory_mib, VITRINE_MEMORY_MIB_MIN);
    if (memory_mib > limits->memory_bytes / MIB)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("%" PRIu64 " MiB of memory are more than the %" PRIu64 " MiB this host has"),
            memory_mib, limits->memory_bytes / MIB);
    return TRUE;
}

static gboolean
check_disk_size (const VitrineDiskSpec *disk, GError **error)
{
    g_autofree char *size = g_format_size_full (disk->size_bytes, G_FORMAT_SIZE_IEC_UNITS);

    if (disk->path == NULL && disk->server == NULL && !vitrine_disk_spec_is_new (disk))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("A new disk cannot be empty; give it a size"));
    if (vitrine_disk_spec_needs_passphrase (disk) && disk->passphrase == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_PASSPHRASE,
                               _ ("An encrypted disk needs a passphrase"));
    if (disk->size_bytes > VITRINE_DISK_BYTES_MAX)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("A disk of %s is too large; 16 TiB is the most"), size);
    if (disk->size_bytes % SECTOR_BYTES != 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("A disk of %" PRIu64 " bytes does not hold whole sectors of 512"),
                               disk->size_bytes);
    return TRUE;
}

static gboolean
check_disks (VitrineSpec *spec, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);
        char *source = disk->server != NULL ? disk->server : disk->path;

        if (!check_disk_size (disk, error))
            return FALSE;
        if (source != NULL && !g_hash_table_add (paths, source))
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“%s” is named twice as a disk of this machine"), source);
    }
    return TRUE;
}

/* A port of the host's leads to one place. */
static gboolean
check_forwards (VitrineSpec *spec, GError **error)
{
    GPtrArray *nics = vitrine_spec_get_nics (spec);
    g_autoptr (GHashTable) ports = g_hash_table_new (NULL, NULL);

    for (guint i = 0; i < nics->len; i++) {
        const VitrineNicSpec *nic = g_ptr_array_index (nics, i);

        for (guint j = 0; j < nic->forwards->len; j++) {
            const VitrineForward *forward = &g_array_index (nic->forwards, VitrineForward, j);
            guint port = forward->host_port * 2 + (forward->udp ? 1 : 0);

            if (!g_hash_table_add (ports, GUINT_TO_POINTER (port)))
                return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                       _ ("The port %s %u is forwarded twice"),
                                       forward->udp ? "UDP" : "TCP", forward->host_port);
        }
    }
    return TRUE;
}

/* What is told is told to a system that is there. */
static gboolean
check_cloud (VitrineSpec *spec, GError **error)
{
    const VitrineCloud *cloud = vitrine_spec_get_cloud (spec);
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    const VitrineDiskSpec *first = disks->len > 0 ? g_ptr_array_index (disks, 0) : NULL;

    if (cloud == NULL)
        return TRUE;
    if (first == NULL || first->seed || (vitrine_disk_spec_is_new (first) && first->source == NULL))
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("Users, keys and a host's name are told to a cloud image, and the "
               "machine's first disk is none"));
    return vitrine_cloud_check (cloud, error);
}

/* Its installer may write to every disk that there is, and starts from the CD once. */
static gboolean
check_express (VitrineSpec *spec, GError **error)
{
    const VitrineExpress *express = vitrine_spec_get_express (spec);
    const char *boot = vitrine_spec_get_boot (spec);
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    if (express == NULL)
        return TRUE;
    if (vitrine_spec_get_iso (spec) == NULL || vitrine_spec_get_os (spec) == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("To install itself a system needs its CD image, and which "
                                  "system it is must be known"));
    if (vitrine_spec_get_kernel (spec) != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("A system that installs itself brings its own kernel"));
    if (disks->len == 0 || !vitrine_disk_spec_is_new (g_ptr_array_index (disks, 0)))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("To install itself a system needs a new disk"));
    if (boot != NULL && !g_str_has_prefix (boot, "hd"))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("A system that installs itself is started from its disk "
                                  "afterwards: that must come first in the boot order"));
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if ((!vitrine_disk_spec_is_new (disk) && !disk->read_only) || disk->source != NULL)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("A system that installs itself may overwrite every disk it "
                                      "finds; leave out “%s”, which has something on it"),
                                   disk->source != NULL   ? disk->source
                                   : disk->server != NULL ? disk->server
                                                          : disk->path);
    }
    return vitrine_express_check (express, error);
}

gboolean
vitrine_rules_check_spec (VitrineSpec *spec, const VitrineHostLimits *limits, GError **error)
{
    const char *command_line = vitrine_spec_get_command_line (spec);

    if (!vitrine_rules_check_name (vitrine_spec_get_name (spec), error)
        || !check_resources (spec, limits, error))
        return FALSE;
    if (vitrine_spec_get_kernel (spec) == NULL) {
        if (vitrine_spec_get_initrd (spec) != NULL)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("An initrd is of no use without a kernel"));
        if (command_line != NULL && *command_line != '\0')
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("A kernel command line is of no use without a kernel"));
    }
    return check_disks (spec, error) && check_forwards (spec, error) && check_cloud (spec, error)
           && check_express (spec, error);
}

gboolean
vitrine_rules_is_windows (VitrineSpec *spec)
{
    const char *os = vitrine_spec_get_os (spec);

    return os != NULL && g_str_has_prefix (os, "http://microsoft.com/win/");
}

/* --- from a spec to a definition -------------------------------------------------------------- */

static char *
dup_absolute (const char *path)
{
    return path != NULL && *path != '\0' ? g_canonicalize_filename (path, NULL) : NULL;
}

VitrineSpec *
vitrine_rules_dup_spec (VitrineSpec *spec)
{
    VitrineSpec *copy = vitrine_spec_new ();
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    GPtrArray *nics = vitrine_spec_get_nics (spec);
    g_autofree char *iso = dup_absolute (vitrine_spec_get_iso (spec));
    g_autofree char *kernel = dup_absolute (vitrine_spec_get_kernel (spec));
    g_autofree char *initrd = dup_absolute (vitrine_spec_get_initrd (spec));

    vitrine_spec_set_name (copy, vitrine_spec_get_name (spec));
    vitrine_spec_set_vcpus (copy, vitrine_spec_get_vcpus (spec));
    vitrine_spec_set_cpu_model (copy, vitrine_spec_get_cpu_model (spec));
    vitrine_spec_set_memory_mib (copy, vitrine_spec_get_memory_mib (spec));
    vitrine_spec_set_iso (copy, iso);
    vitrine_spec_set_kernel (copy, kernel, initrd, vitrine_spec_get_command_line (spec));
    vitrine_spec_set_firmware (copy, vitrine_spec_get_firmware (spec));
    vitrine_spec_set_boot (copy, vitrine_spec_get_boot (spec));
    vitrine_spec_set_display (copy, vitrine_spec_get_display (spec));
    vitrine_spec_set_os (copy, vitrine_spec_get_os (spec));
    vitrine_spec_set_cloud (copy, vitrine_spec_get_cloud (spec));
    vitrine_spec_set_express (copy, vitrine_spec_get_express (spec));
    for (guint i = 0; i < disks->len; i++) {
        VitrineDiskSpec *disk = vitrine_disk_spec_copy (g_ptr_array_index (disks, i));
        char *path = dup_absolute (disk->path);

        char *source = dup_absolute (disk->source);

        g_free (disk->path);
        disk->path = path;
        g_free (disk->source);
        disk->source = source;
        vitrine_spec_add_disk (copy, disk);
    }
    for (guint i = 0; i < nics->len; i++)
        vitrine_spec_add_nic (copy, vitrine_nic_spec_copy (g_ptr_array_index (nics, i)));
    vitrine_seed_add (copy);
    return copy;
}

/* Made of the machine's NAME, in letters that LVM takes; volume.h says more of them. */
static char *
dup_volume_name (const VitrineDiskSpec *disk, guint n, const char *name)
{
    char *volume;

    if (disk->volume != NULL)
        return g_strdup (disk->volume);
    volume = n == 0 ? g_strdup (name) : g_strdup_printf ("%s-%u", name, n + 1);
    for (char *p = volume; *p != '\0'; p++)
        if (!g_ascii_isalnum (*p) && strchr ("+_.-", *p) == NULL)
            *p = '-';
    return volume;
}

char *
vitrine_rules_dup_disk_path (VitrineSpec *spec, guint n, const char *folder)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    const VitrineDiskSpec *disk = g_ptr_array_index (disks, n);
    const char *name = vitrine_spec_get_name (spec);
    g_autofree char *file = NULL;
    const char *format;

    if (disk->path != NULL)
        return g_strdup (disk->path);
    if (disk->group != NULL) {
        g_autofree char *volume = dup_volume_name (disk, n, name);

        return g_strdup_printf ("/dev/%s/%s", disk->group, volume);
    }
    if (disk->seed)
        return g_build_filename (folder, VITRINE_SEED_FILE, NULL);
    format = disk->format != NULL ? disk->format : "raw";
    file = n == 0 ? g_strdup_printf ("%s.%s", name, format)
                  : g_strdup_printf ("%s-%u.%s", name, n + 1, format);
    return g_build_filename (folder, file, NULL);
}

/* As many as SPEC has cards, borrowing from it. */
static VitrineDefinitionNicParams *
dup_nic_params (VitrineSpec *spec)
{
    /* A forward is to the definition what it is here. */
    G_STATIC_ASSERT (sizeof (VitrineForward) == sizeof (VitrineDefinitionForwardParams));
    GPtrArray *nics = vitrine_spec_get_nics (spec);
    VitrineDefinitionNicParams *params = g_new0 (VitrineDefinitionNicParams, nics->len);

    for (guint i = 0; i < nics->len; i++) {
        const VitrineNicSpec *nic = g_ptr_array_index (nics, i);

        params[i].model = nic->model;
        params[i].mac = nic->mac;
        params[i].link_down = nic->link_down;
        params[i].queues = nic->queues;
        params[i].bridge = nic->bridge;
        params[i].network = nic->network;
        params[i].macvtap = nic->macvtap;
        params[i].macvtap_mode = nic->macvtap_mode;
        params[i].forwards =
            (const VitrineDefinitionForwardParams *) (gpointer) nic->forwards->data;
        params[i].n_forwards = nic->forwards->len;
    }
    return params;
}

/* DEFINITION, which is taken over, with what SPEC says of its cards besides. */
static VitrineDefinition *
set_nics (VitrineSpec *spec, VitrineDefinition *definition, GError **error)
{
    GPtrArray *nics = vitrine_spec_get_nics (spec);

    for (guint i = 0; definition != NULL && i < nics->len; i++) {
        const VitrineNicSpec *nic = g_ptr_array_index (nics, i);
        g_autoptr (VitrineDefinition) before = definition;
        g_autofree char *alias = g_strdup_printf ("net%u", i);
        g_autoptr (GPtrArray) settings = g_ptr_array_new ();

        if (nic->settings->len == 0) {
            g_steal_pointer (&before);
            continue;
        }
        g_ptr_array_extend (settings, nic->settings, NULL, NULL);
        g_ptr_array_add (settings, NULL);
        definition = vitrine_definition_with_card (before, alias,
                                                   (const char *const *) settings->pdata, error);
    }
    return definition;
}

VitrineDefinition *
vitrine_rules_define (VitrineSpec *spec, const char *uuid, const char *folder, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    g_autofree VitrineDefinitionDiskParams *disk_params =
        g_new0 (VitrineDefinitionDiskParams, disks->len);
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) exports =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_definition_server_free);
    VitrineDefinitionParams params = {
        .name = vitrine_spec_get_name (spec),
        .uuid = uuid,
        .os = vitrine_spec_get_os (spec),
        .windows = vitrine_rules_is_windows (spec),
        .vcpus = vitrine_spec_get_vcpus (spec),
        .cpu_model = vitrine_spec_get_cpu_model (spec),
        .memory_bytes = vitrine_spec_get_memory_mib (spec) * MIB,
        .iso = vitrine_spec_get_iso (spec),
        .empty_cdrom = vitrine_spec_get_kernel (spec) == NULL,
        .firmware = vitrine_spec_get_firmware (spec) == VITRINE_FIRMWARE_UEFI
                        ? VITRINE_DEFINITION_FIRMWARE_UEFI
                        : VITRINE_DEFINITION_FIRMWARE_BIOS,
        .boot = vitrine_spec_get_boot (spec),
        .kernel = vitrine_spec_get_kernel (spec),
        .initrd = vitrine_spec_get_initrd (spec),
        .command_line = vitrine_spec_get_command_line (spec),
        .graphics = vitrine_spec_get_display (spec) != VITRINE_DISPLAY_NONE,
        .spice = vitrine_display_is_spice (vitrine_spec_get_display (spec), TRUE),
        .serial = TRUE,
        .disks = disk_params,
        .n_disks = disks->len,
    };
    g_autofree VitrineDefinitionNicParams *nic_params = dup_nic_params (spec);
    g_autofree char *xml = NULL;

    params.nics = nic_params;
    params.n_nics = vitrine_spec_get_nics (spec)->len;
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);
        char *path = vitrine_rules_dup_disk_path (spec, i, folder);

        g_ptr_array_add (paths, path);
        disk_params[i].path = path;
        disk_params[i].block = disk->group != NULL || vitrine_is_block_device (path);
        disk_params[i].bus = vitrine_disk_bus_to_string (disk->bus);
        disk_params[i].read_only = disk->read_only;
        disk_params[i].cache = disk->cache;
        disk_params[i].discard = disk->discard;
        if (disk->format != NULL)
            vitrine_definition_format_from_string (disk->format, &disk_params[i].format);
        if (disk->server == NULL)
            continue;
        disk_params[i].server = vitrine_definition_server_parse (disk->server, error);
        if (disk_params[i].server == NULL)
            return NULL;
        g_ptr_array_add (exports, (gpointer) disk_params[i].server);
    }
    xml = vitrine_definition_build (&params, error);
    return xml != NULL ? set_nics (spec, vitrine_definition_parse (xml, -1, error), error) : NULL;
}

static const VitrineDiskInfo *
find_disk (GPtrArray *disks, const char *path)
{
    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskInfo *disk = g_ptr_array_index (disks, i);

        if (g_str_equal (disk->path, path))
            return disk;
    }
    return NULL;
}

gboolean
vitrine_rules_check_removable (GPtrArray *disks, const char *const *paths, GError **error)
{
    for (guint i = 0; paths[i] != NULL; i++) {
        const VitrineDiskInfo *disk = find_disk (disks, paths[i]);

        if (disk == NULL)
            return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                                   _ ("“%s” is no disk of this machine"), paths[i]);
        if (!disk->removable)
            return vitrine_refuse (error, VITRINE_ERROR_DENIED, _ ("“%s” is not removed: %s"),
                                   paths[i], disk->reason);
    }
    return TRUE;
}

VitrineFirmware
vitrine_rules_firmware (const VitrineDefinition *definition)
{
    return vitrine_definition_get_firmware (definition) == VITRINE_DEFINITION_FIRMWARE_UEFI
               ? VITRINE_FIRMWARE_UEFI
               : VITRINE_FIRMWARE_BIOS;
}

GPtrArray *
vitrine_rules_dup_devices (const VitrineDefinition *definition)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);
    GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        g_autofree char *source = vitrine_definition_device_describe (device);
        g_auto (GStrv) limits = vitrine_definition_limits_dup_settings (device->limits);
        const VitrineDeviceInfo info = {
            .alias = device->alias,
            .kind = (char *) vitrine_definition_kind_to_string (device->kind),
            .model = device->model,
            .source = source,
            .element = device->element != G_MAXUINT ? device->element + 1 : 0,
            .limits = limits,
        };

        g_ptr_array_add (infos, vitrine_device_info_copy (&info));
    }
    return infos;
}
