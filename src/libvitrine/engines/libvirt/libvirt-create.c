/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-create.c - a new machine on a libvirt host.
 *
 * Its new disks are volumes of a pool of the host's.  Which of its images were made for it is written into its
 * definition, as metadata: those alone are offered for removal with it.  A machine that cannot be defined leaves
 * no volume behind.
 */
#include "libvirt-create.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "libvirt-error.h"
#include "libvirt-tree.h"
#include "libvirt-volume.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define METADATA_URI "urn:org.vitrine:libvirt"
#define MIB_KIB      1024

typedef struct {
    virConnectPtr connection;
    VitrineSpec *spec;
    const char *type;   /* of the domain: "kvm", "qemu", "test" */
    GPtrArray *paths;   /* of the disks, in their order */
    GPtrArray *formats; /* the same */
    GPtrArray *made;    /* those of PATHS that are new, borrowed */
} Making;

/* --- what the host can ------------------------------------------------------------------------ */

static const char *
find_type (virConnectPtr connection)
{
    char *capabilities = virConnectGetCapabilities (connection);
    const char *driver = virConnectGetType (connection);
    gboolean kvm = capabilities != NULL && strstr (capabilities, "<domain type='kvm'") != NULL;

    free (capabilities);
    if (g_strcmp0 (driver, "TEST") == 0)
        return "test";
    return kvm ? "kvm" : "qemu";
}

static gboolean
check_name (Making *making, GError **error)
{
    const char *name = vitrine_spec_get_name (making->spec);
    virDomainPtr other = virDomainLookupByName (making->connection, name);

    if (other == NULL)
        return TRUE;
    virDomainFree (other);
    return vitrine_rules_refuse_taken_name (name, error);
}

/* The host judges its files when the machine starts; one that is not there at all is told now, where that can be
 * seen from here. */
static gboolean
check_iso (Making *making, gboolean elsewhere, GError **error)
{
    const char *iso = vitrine_spec_get_iso (making->spec);

    return iso == NULL || elsewhere || access (iso, F_OK) == 0 || errno != ENOENT
           || vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("There is no file “%s”"), iso);
}

/* The networks that cards are on are there, and started. */
static gboolean
check_networks (Making *making, GError **error)
{
    GPtrArray *nics = vitrine_spec_get_nics (making->spec);

    for (guint i = 0; i < nics->len; i++) {
        const VitrineNicSpec *nic = g_ptr_array_index (nics, i);
        virNetworkPtr network =
            nic->network != NULL ? virNetworkLookupByName (making->connection, nic->network) : NULL;
        gboolean works =
            nic->network == NULL
            || (network != NULL
                && (virNetworkIsActive (network) > 0 || virNetworkCreate (network) == 0));

        if (!works)
            libvirt_error_take (nic->network, error); /* before anything else is asked */
        if (network != NULL)
            virNetworkFree (network);
        if (!works)
            return FALSE;
    }
    return TRUE;
}

/* --- disks ------------------------------------------------------------------------------------ */

static gboolean
make_disk (Making *making, guint n, const VitrineDiskSpec *disk, GError **error)
{
    virStoragePoolPtr pool =
        disk->path != NULL ? libvirt_volume_find_pool_of (making->connection, disk->path, error)
                           : libvirt_volume_find_pool (making->connection, error);
    g_autofree char *file = disk->path != NULL ? g_path_get_basename (disk->path) : NULL;
    const char *format = disk->format;
    char *path;

    if (pool == NULL)
        return FALSE;
    if (format == NULL)
        format = file != NULL && !g_str_has_suffix (file, ".qcow2")
                     ? "raw"
                     : libvirt_volume_get_format (pool);
    if (file == NULL)
        file = libvirt_volume_dup_free_name (pool, vitrine_spec_get_name (making->spec), n, format);
    path = libvirt_volume_create (pool, file, format, disk->size_bytes, error);
    virStoragePoolFree (pool);
    if (path == NULL)
        return FALSE;
    g_ptr_array_add (making->formats, g_strdup (format));
    g_ptr_array_add (making->paths, path);
    g_ptr_array_add (making->made, path);
    return TRUE;
}

/* A guest can write any header into its disk: the format is what its pool or the user says. */
static gboolean
take_disk (Making *making, const VitrineDiskSpec *disk, GError **error)
{
    g_autofree char *user =
        disk->read_only ? NULL : libvirt_volume_dup_user (making->connection, disk->path, "");
    char *format = disk->format != NULL
                       ? g_strdup (disk->format)
                       : libvirt_volume_dup_format (making->connection, disk->path);

    if (user != NULL) {
        g_free (format);
        return vitrine_refuse (error, VITRINE_ERROR_BUSY, _ ("“%s” is in use: %s"), disk->path,
                               user);
    }
    if (format == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is in no storage pool of the host, which could tell its "
                                  "format; say it, such as format=qcow2"),
                               disk->path);
    g_ptr_array_add (making->paths, g_strdup (disk->path));
    g_ptr_array_add (making->formats, format);
    return TRUE;
}

static gboolean
make_disks (Making *making, GCancellable *cancellable, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (making->spec);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        if (disk->size_bytes > 0 ? !make_disk (making, i, disk, error)
                                 : !take_disk (making, disk, error))
            return FALSE;
    }
    return TRUE;
}

/* --- the definition --------------------------------------------------------------------------- */

/* Appends FORMAT, whose arguments are escaped. */
static void add (GString *xml, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GString *xml, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start (args, format);
    text = g_markup_vprintf_escaped (format, args);
    va_end (args);
    g_string_append (xml, text);
}

static void
add_metadata (GString *xml, const Making *making)
{
    if (making->made->len == 0)
        return;
    add (xml, "<metadata><vitrine:made xmlns:vitrine='%s'>", METADATA_URI);
    for (guint i = 0; i < making->made->len; i++)
        add (xml, "<vitrine:disk>%s</vitrine:disk>", (char *) g_ptr_array_index (making->made, i));
    g_string_append (xml, "</vitrine:made></metadata>");
}

static void
add_boot (GString *xml, VitrineSpec *spec)
{
    const char *order = vitrine_spec_get_boot (spec);
    g_auto (GStrv) words = g_strsplit (order != NULL ? order : "hd,cdrom", ",", -1);

    if (vitrine_spec_get_kernel (spec) != NULL) {
        add (xml, "<kernel>%s</kernel>", vitrine_spec_get_kernel (spec));
        if (vitrine_spec_get_initrd (spec) != NULL)
            add (xml, "<initrd>%s</initrd>", vitrine_spec_get_initrd (spec));
        if (vitrine_spec_get_command_line (spec) != NULL)
            add (xml, "<cmdline>%s</cmdline>", vitrine_spec_get_command_line (spec));
        return;
    }
    for (gsize i = 0; words[i] != NULL; i++)
        add (xml, "<boot dev='%s'/>", words[i]);
}

static void
add_processor (GString *xml, const Making *making)
{
    const char *model = vitrine_spec_get_cpu_model (making->spec);

    if (model != NULL)
        add (xml, "<cpu mode='custom' match='exact'><model>%s</model></cpu>", model);
    else if (g_str_equal (making->type, "kvm"))
        g_string_append (xml, "<cpu mode='host-passthrough'/>");
}

static void
add_disk (GString *xml, const Making *making, guint n, guint *n_of_bus)
{
    const VitrineDiskSpec *disk = g_ptr_array_index (vitrine_spec_get_disks (making->spec), n);
    const char *path = g_ptr_array_index (making->paths, n);
    gboolean block = g_str_has_prefix (path, "/dev/");
    gboolean virtio = disk->bus == VITRINE_DISK_BUS_VIRTIO;
    guint letter = n_of_bus[virtio ? 0 : 1]++;

    add (xml, "<disk type='%s' device='disk'><driver name='qemu' type='%s'",
         block ? "block" : "file", (char *) g_ptr_array_index (making->formats, n));
    if (disk->cache != NULL)
        add (xml, " cache='%s'", disk->cache);
    add (xml, " discard='%s'/><source %s='%s'/><target dev='%s%c' bus='%s'/>",
         disk->discard != NULL ? disk->discard : "unmap", block ? "dev" : "file", path,
         virtio ? "vd" : "sd", (char) ('a' + letter), vitrine_disk_bus_to_string (disk->bus));
    g_string_append (xml, disk->read_only ? "<readonly/></disk>" : "</disk>");
}

static void
add_cd (GString *xml, const char *iso, guint n)
{
    add (xml, "<disk type='file' device='cdrom'><target dev='sd%c' bus='sata'/>", (char) ('a' + n));
    if (iso != NULL)
        add (xml, "<source file='%s'/>", iso);
    g_string_append (xml, "<readonly/></disk>");
}

static void
add_forwards (GString *xml, const VitrineNicSpec *nic)
{
    if (nic->forwards->len == 0)
        return;
    g_string_append (xml, "<backend type='passt'/>");
    for (guint i = 0; i < nic->forwards->len; i++) {
        const VitrineForward *forward = &g_array_index (nic->forwards, VitrineForward, i);

        add (xml, "<portForward proto='%s'><range start='%u' to='%u'/></portForward>",
             forward->udp ? "udp" : "tcp", forward->host_port, forward->guest_port);
    }
}

static void
add_nic (GString *xml, const VitrineNicSpec *nic)
{
    add (xml, "<interface type='%s'>",
         nic->bridge != NULL    ? "bridge"
         : nic->network != NULL ? "network"
         : nic->macvtap != NULL ? "direct"
                                : "user");
    if (nic->mac != NULL)
        add (xml, "<mac address='%s'/>", nic->mac);
    if (nic->bridge != NULL)
        add (xml, "<source bridge='%s'/>", nic->bridge);
    else if (nic->network != NULL)
        add (xml, "<source network='%s'/>", nic->network);
    else if (nic->macvtap != NULL)
        add (xml, "<source dev='%s' mode='%s'/>", nic->macvtap,
             nic->macvtap_mode != NULL ? nic->macvtap_mode : "bridge");
    add (xml, "<model type='%s'/>", nic->model != NULL ? nic->model : "virtio");
    add_forwards (xml, nic);
    g_string_append (xml, "</interface>");
}

static void
add_devices (GString *xml, const Making *making)
{
    VitrineSpec *spec = making->spec;
    GPtrArray *nics = vitrine_spec_get_nics (spec);
    guint n_of_bus[2] = { 0 };

    g_string_append (xml, "<devices>");
    for (guint i = 0; i < making->paths->len; i++)
        add_disk (xml, making, i, n_of_bus);
    if (vitrine_spec_get_kernel (spec) == NULL || vitrine_spec_get_iso (spec) != NULL)
        add_cd (xml, vitrine_spec_get_iso (spec), n_of_bus[1]);
    for (guint i = 0; i < nics->len; i++)
        add_nic (xml, g_ptr_array_index (nics, i));
    g_string_append (xml, "<serial type='pty'/><rng model='virtio'><backend model='random'>"
                          "/dev/urandom</backend></rng>");
    /* No port of TCP is opened: viewers are let in by libvirt. */
    if (vitrine_spec_get_graphics (spec))
        g_string_append (xml, vitrine_spec_get_spice (spec)
                                  ? "<graphics type='spice'><listen type='none'/>"
                                    "<image compression='off'/></graphics><channel type='spicevmc'>"
                                    "<target type='virtio' name='com.redhat.spice.0'/></channel>"
                                  : "<graphics type='vnc'><listen type='socket'/></graphics>");
    if (vitrine_spec_get_graphics (spec))
        g_string_append (xml, "<video><model type='vga'/></video><input type='tablet' bus='usb'/>");
    g_string_append (xml, "</devices>");
}

static gboolean
has_q35 (virConnectPtr connection)
{
    virNodeInfo info;

    return g_strcmp0 (virConnectGetType (connection), "QEMU") == 0
           && virNodeGetInfo (connection, &info) == 0 && g_str_equal (info.model, "x86_64");
}

static char *
make_xml (const Making *making)
{
    VitrineSpec *spec = making->spec;
    GString *xml = g_string_new (NULL);

    add (xml, "<domain type='%s'><name>%s</name>", making->type, vitrine_spec_get_name (spec));
    add_metadata (xml, making);
    add (xml, "<memory unit='KiB'>%" G_GUINT64_FORMAT "</memory><vcpu>%u</vcpu>",
         vitrine_spec_get_memory_mib (spec) * MIB_KIB, vitrine_spec_get_vcpus (spec));
    g_string_append (xml, vitrine_spec_get_firmware (spec) == VITRINE_FIRMWARE_UEFI
                              ? "<os firmware='efi'>"
                              : "<os>");
    g_string_append (xml, has_q35 (making->connection) ? "<type machine='q35'>hvm</type>"
                                                       : "<type>hvm</type>");
    add_boot (xml, spec);
    g_string_append (xml, "</os><features><acpi/><apic/></features>");
    add_processor (xml, making);
    add_devices (xml, making);
    g_string_append (xml, "</domain>");
    return g_string_free (xml, FALSE);
}

static char *
define (const Making *making, GError **error)
{
    g_autofree char *xml = make_xml (making);
    virDomainPtr domain =
        virDomainDefineXMLFlags (making->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (domain == NULL) {
        libvirt_error_take (vitrine_spec_get_name (making->spec), error);
        return NULL;
    }
    virDomainGetUUIDString (domain, uuid);
    virDomainFree (domain);
    return g_strdup (uuid);
}

char *
libvirt_create (virConnectPtr connection, VitrineSpec *spec, const VitrineHostLimits *limits,
                GCancellable *cancellable, GError **error)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) formats = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) made = g_ptr_array_new ();
    Making making = { .connection = connection,
                      .spec = spec,
                      .type = find_type (connection),
                      .paths = paths,
                      .formats = formats,
                      .made = made };
    char *uuid = NULL;

    if (vitrine_rules_check_spec (spec, limits, error) && check_name (&making, error)
        && check_iso (&making, limits->elsewhere, error) && check_networks (&making, error)
        && make_disks (&making, cancellable, error)
        && !g_cancellable_set_error_if_cancelled (cancellable, error))
        uuid = define (&making, error);
    for (guint i = 0; uuid == NULL && i < made->len; i++)
        libvirt_volume_delete (connection, g_ptr_array_index (made, i), NULL);
    return uuid;
}

char **
libvirt_create_dup_made (const char *xml)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", NULL);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    const xmlNode *list =
        libvirt_tree_find_child (libvirt_tree_find_child (root, "metadata"), "made");
    g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

    if (list == NULL || list->ns == NULL || !xmlStrEqual (list->ns->href, BAD_CAST METADATA_URI))
        return g_strv_builder_end (paths);
    for (const xmlNode *node = list->children; node != NULL; node = node->next) {
        g_autofree char *path =
            libvirt_tree_is_called (node, "disk") ? libvirt_tree_dup_text (node) : NULL;

        if (path != NULL)
            g_strv_builder_add (paths, path);
    }
    return g_strv_builder_end (paths);
}
