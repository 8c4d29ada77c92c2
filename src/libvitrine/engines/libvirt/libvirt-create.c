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

#include "libvirt-build.h"
#include "libvirt-error.h"
#include "libvirt-tree.h"
#include "libvirt-volume.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-seed-private.h"

/* What is told to a cloud image is the volume "NAME-cloud-init.iso", or "NAME-cloud-init-2.iso", …. */
#define SEED_NAME   "-cloud-init"
#define SEED_FORMAT "iso"

/* In the metadata, by libvirt-build.c. */
#define MADE_DISK "disk"
#define MADE_SEED "seed"

typedef struct {
    virConnectPtr connection;
    VitrineSpec *spec;
    LibvirtBuild build; /* what is known so far of what it will be */
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

/* What would be left out of the definition is refused: a guest that is to reach nothing must not reach everything. */
static gboolean
check_cards (Making *making, GError **error)
{
    GPtrArray *nics = vitrine_spec_get_nics (making->spec);

    for (guint i = 0; i < nics->len; i++) {
        const VitrineNicSpec *nic = g_ptr_array_index (nics, i);

        if (nic->settings->len > 0)
            return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                   _ ("A card on a libvirt host cannot be made with “%s”; set it "
                                      "once the machine is there"),
                                   (char *) g_ptr_array_index (nic->settings, 0));
    }
    return TRUE;
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
    if (disk->seed) {
        g_autofree char *name = g_strconcat (vitrine_spec_get_name (making->spec), SEED_NAME, NULL);

        file = libvirt_volume_dup_free_name (pool, name, 0, SEED_FORMAT);
    }
    if (file == NULL)
        file = libvirt_volume_dup_free_name (pool, vitrine_spec_get_name (making->spec), n, format);
    path = libvirt_volume_create (pool, file, format, disk->size_bytes, error);
    virStoragePoolFree (pool);
    if (path == NULL)
        return FALSE;
    g_ptr_array_add (making->build.formats, g_strdup (format));
    g_ptr_array_add (making->build.paths, path);
    g_ptr_array_add (making->build.made, path);
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
    g_ptr_array_add (making->build.paths, g_strdup (disk->path));
    g_ptr_array_add (making->build.formats, format);
    return TRUE;
}

/* Cards get their addresses before the definition does, as the seed names them. */
static gboolean
fill_seed (Making *making, const char *path, GError **error)
{
    GPtrArray *nics = vitrine_spec_get_nics (making->spec);
    g_autoptr (GPtrArray) macs = g_ptr_array_new ();
    g_autoptr (GBytes) content = NULL;

    for (guint i = 0; i < nics->len; i++) {
        VitrineNicSpec *nic = g_ptr_array_index (nics, i);

        if (nic->mac == NULL)
            nic->mac = vitrine_nic_make_mac ();
        g_ptr_array_add (macs, nic->mac);
    }
    g_ptr_array_add (macs, NULL);
    content = vitrine_seed_build (making->spec, making->build.uuid,
                                  (const char *const *) macs->pdata, error);
    return content != NULL && libvirt_volume_fill (making->connection, path, content, error);
}

static gboolean
make_disks (Making *making, GCancellable *cancellable, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (making->spec);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        if (disk->server != NULL) { /* which the host asks when the machine starts */
            g_ptr_array_add (making->build.paths, g_strdup (disk->server));
            g_ptr_array_add (making->build.formats, g_strdup ("raw"));
            continue;
        }
        if (disk->size_bytes > 0 ? !make_disk (making, i, disk, error)
                                 : !take_disk (making, disk, error))
            return FALSE;
        if (disk->seed && !fill_seed (making, g_ptr_array_index (making->build.paths, i), error))
            return FALSE;
    }
    return TRUE;
}

/* --- the whole ------------------------------------------------------------------------------------ */

static gboolean
has_q35 (virConnectPtr connection)
{
    virNodeInfo info;

    return g_strcmp0 (virConnectGetType (connection), "QEMU") == 0
           && virNodeGetInfo (connection, &info) == 0 && g_str_equal (info.model, "x86_64");
}

/* Whether NODE, a <graphics> of the host's capabilities, has “spice” among its types. */
static gboolean
lists_spice (const xmlNode *node)
{
    for (const xmlNode *list = node->children; list != NULL; list = list->next) {
        if (!libvirt_tree_has_attribute (list, "name", "type"))
            continue;
        for (const xmlNode *value = list->children; value != NULL; value = value->next) {
            g_autofree char *type = libvirt_tree_dup_text (value);

            if (g_str_equal (type, "spice"))
                return TRUE;
        }
    }
    return FALSE;
}

/* QEMU may have been built without it. */
static gboolean
has_spice (virConnectPtr connection)
{
    char *text = virConnectGetDomainCapabilities (connection, NULL, NULL, NULL, NULL, 0);
    g_autoptr (xmlDoc) document =
        text != NULL ? libvirt_tree_parse (text, "domainCapabilities", NULL) : NULL;
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    const xmlNode *graphics =
        libvirt_tree_find_child (libvirt_tree_find_child (root, "devices"), "graphics");

    free (text);
    return graphics != NULL && lists_spice (graphics);
}

static char *
define (Making *making, GError **error)
{
    g_autofree char *xml = NULL;
    virDomainPtr domain;
    char uuid[VIR_UUID_STRING_BUFLEN];

    making->build.has_spice = vitrine_spec_get_display (making->spec) == VITRINE_DISPLAY_BEST
                              && has_spice (making->connection);
    xml = libvirt_build_xml (&making->build);
    domain = virDomainDefineXMLFlags (making->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    if (domain == NULL) {
        libvirt_error_take (vitrine_spec_get_name (making->spec), error);
        return NULL;
    }
    virDomainGetUUIDString (domain, uuid);
    virDomainFree (domain);
    return g_strdup (uuid);
}

/* A host that is elsewhere would have to be given a kernel, and a second definition after the first run. */
static gboolean
check_by_hand (VitrineSpec *spec, GError **error)
{
    return vitrine_spec_get_express (spec) == NULL
           || vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("Systems install themselves on this computer’s own machines "
                                 "only; install it by hand"));
}

char *
libvirt_create (virConnectPtr connection, VitrineSpec *spec, const VitrineHostLimits *limits,
                GCancellable *cancellable, GError **error)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) formats = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) made = g_ptr_array_new ();
    g_autofree char *new_uuid = g_uuid_string_random ();
    Making making = { .connection = connection,
                      .spec = spec,
                      .build = { .spec = spec,
                                 .uuid = new_uuid,
                                 .type = find_type (connection),
                                 .q35 = has_q35 (connection),
                                 .elsewhere = limits->elsewhere,
                                 .paths = paths,
                                 .formats = formats,
                                 .made = made } };
    char *uuid = NULL;

    if (vitrine_rules_check_spec (spec, limits, error) && check_by_hand (spec, error)
        && check_name (&making, error) && check_iso (&making, limits->elsewhere, error)
        && check_cards (&making, error) && check_networks (&making, error)
        && make_disks (&making, cancellable, error)
        && !g_cancellable_set_error_if_cancelled (cancellable, error))
        uuid = define (&making, error);
    for (guint i = 0; uuid == NULL && i < made->len; i++)
        libvirt_volume_delete (connection, g_ptr_array_index (made, i), NULL);
    return uuid;
}

/* --- what was made, later ------------------------------------------------------------------------- */

/* Of the element ELEMENT in the metadata of ROOT, or of whichever for NULL. */
static char **
dup_made (const xmlNode *root, const char *element)
{
    const xmlNode *list =
        libvirt_tree_find_child (libvirt_tree_find_child (root, "metadata"), "made");
    g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

    if (list == NULL || list->ns == NULL
        || !xmlStrEqual (list->ns->href, BAD_CAST LIBVIRT_BUILD_METADATA_URI))
        return g_strv_builder_end (paths);
    for (const xmlNode *node = list->children; node != NULL; node = node->next) {
        gboolean wanted = element != NULL ? libvirt_tree_is_called (node, element)
                                          : libvirt_tree_is_called (node, MADE_DISK)
                                                || libvirt_tree_is_called (node, MADE_SEED);
        g_autofree char *path = wanted ? libvirt_tree_dup_text (node) : NULL;

        if (path != NULL)
            g_strv_builder_add (paths, path);
    }
    return g_strv_builder_end (paths);
}

char **
libvirt_create_dup_made (const char *xml)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", NULL);

    return dup_made (document != NULL ? xmlDocGetRootElement (document) : NULL, NULL);
}

/* Whether PATH is a disk of DOMAIN's that it only reads, and nothing else of it. */
static gboolean
only_reads (const xmlNode *domain, const char *path)
{
    const xmlNode *devices = libvirt_tree_find_child (domain, "devices");
    gboolean found = FALSE;

    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next) {
        if (!libvirt_tree_is_called (node, "disk") || !libvirt_tree_is_source (node, path))
            continue;
        if (!libvirt_tree_has_attribute (node, "device", "disk")
            || libvirt_tree_find_child (node, "readonly") == NULL)
            return FALSE;
        found = TRUE;
    }
    return found;
}

static gboolean
is_seed (virConnectPtr connection, const xmlNode *domain, const char *path)
{
    g_autofree char *file = g_path_get_basename (path);

    return g_str_has_suffix (file, "." SEED_FORMAT) && strstr (file, SEED_NAME) != NULL
           && only_reads (domain, path)
           && libvirt_volume_get_size (connection, path) == VITRINE_SEED_BYTES;
}

char **
libvirt_create_dup_seeds (virConnectPtr connection, const char *xml)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", NULL);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    g_auto (GStrv) made = dup_made (root, MADE_SEED);
    g_autoptr (GStrvBuilder) seeds = g_strv_builder_new ();

    for (gsize i = 0; made[i] != NULL; i++)
        if (is_seed (connection, root, made[i]))
            g_strv_builder_add (seeds, made[i]);
    return g_strv_builder_end (seeds);
}
