/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-volume.c - disk images of a libvirt host: volumes of its storage pools. */
#include "libvirt-volume.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-tree.h"
#include "libvirt-uri.h"
#include "vitrine-private.h"
#include "vitrine-storage.h"

#define DEFAULT_POOL   "default"
#define SYSTEM_FOLDER  "/var/lib/libvirt/images"
#define NAMES_MAX      1000 /* of volumes that are tried */
#define VOLUMES_FOLDER "libvirt/images"
#define SEND_BYTES     (64 * 1024) /* at once; a message of libvirt's holds more */

/* --- pools ------------------------------------------------------------------------------------ */

/* Where a pool that is made would keep its images; NULL for another computer. */
static char *
dup_folder (virConnectPtr connection)
{
    char *text = virConnectGetURI (connection);
    g_autoptr (LibvirtUri) uri = text != NULL ? libvirt_uri_parse (text, NULL) : NULL;

    free (text);
    if (uri == NULL || *uri->host != '\0' || g_str_equal (uri->driver, "test"))
        return NULL;
    return libvirt_uri_is_session (uri)
               ? g_build_filename (g_get_user_data_dir (), VOLUMES_FOLDER, NULL)
               : g_strdup (SYSTEM_FOLDER);
}

static virStoragePoolPtr
make_pool (virConnectPtr connection)
{
    g_autofree char *folder = dup_folder (connection);
    g_autofree char *xml =
        folder != NULL
            ? g_markup_printf_escaped ("<pool type='dir'><name>%s</name><target><path>%s</path>"
                                       "</target></pool>",
                                       DEFAULT_POOL, folder)
            : NULL;
    virStoragePoolPtr pool = xml != NULL ? virStoragePoolDefineXML (connection, xml, 0) : NULL;

    if (pool != NULL)
        virStoragePoolSetAutostart (pool, 1);
    return pool;
}

/* A pool that is not active is started; its folder may have to be made. */
static gboolean
start_pool (virStoragePoolPtr pool)
{
    return virStoragePoolIsActive (pool) > 0
           || virStoragePoolCreate (pool, VIR_STORAGE_POOL_CREATE_WITH_BUILD) == 0;
}

virStoragePoolPtr
libvirt_volume_find_pool (virConnectPtr connection, GError **error)
{
    virStoragePoolPtr pool = virStoragePoolLookupByName (connection, DEFAULT_POOL);
    virStoragePoolPtr *pools = NULL;
    int n = 0;

    if (pool == NULL)
        n = virConnectListAllStoragePools (
            connection, &pools,
            VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE | VIR_CONNECT_LIST_STORAGE_POOLS_DIR
                | VIR_CONNECT_LIST_STORAGE_POOLS_FS | VIR_CONNECT_LIST_STORAGE_POOLS_NETFS
                | VIR_CONNECT_LIST_STORAGE_POOLS_LOGICAL);
    for (int i = 0; i < n; i++) {
        if (pool == NULL)
            pool = pools[i];
        else
            virStoragePoolFree (pools[i]);
    }
    free (pools);
    if (pool == NULL)
        pool = make_pool (connection);
    if (pool != NULL && start_pool (pool))
        return pool;
    if (pool != NULL) {
        virErrorPtr reason = virSaveLastError ();

        libvirt_error_set (reason, virStoragePoolGetName (pool), error);
        virFreeError (reason);
        virStoragePoolFree (pool);
        return NULL;
    }
    vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                    _ ("The host has no storage pool for the disk; make one by “vitrinectl pool "
                       "create”, or name an image that is there"));
    return NULL;
}

static gboolean
is_at (virStoragePoolPtr pool, const char *folder)
{
    char *text = virStoragePoolGetXMLDesc (pool, 0);
    g_autoptr (xmlDoc) document = text != NULL ? libvirt_tree_parse (text, "pool", NULL) : NULL;
    const xmlNode *target =
        document != NULL ? libvirt_tree_find_child (xmlDocGetRootElement (document), "target")
                         : NULL;
    g_autofree char *path = libvirt_tree_dup_text (libvirt_tree_find_child (target, "path"));

    free (text);
    return g_str_equal (path, folder);
}

virStoragePoolPtr
libvirt_volume_find_pool_of (virConnectPtr connection, const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    virStoragePoolPtr *pools = NULL, found = NULL;
    int n =
        virConnectListAllStoragePools (connection, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);

    for (int i = 0; i < n; i++) {
        if (found == NULL && is_at (pools[i], folder))
            found = pools[i];
        else
            virStoragePoolFree (pools[i]);
    }
    free (pools);
    if (found == NULL)
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                        _ ("“%s” is the folder of no storage pool of the host"), folder);
    return found;
}

const char *
libvirt_volume_get_format (virStoragePoolPtr pool)
{
    char *text = virStoragePoolGetXMLDesc (pool, 0);
    g_autoptr (xmlDoc) document = text != NULL ? libvirt_tree_parse (text, "pool", NULL) : NULL;
    g_autofree char *type =
        document != NULL ? libvirt_tree_dup_attribute (xmlDocGetRootElement (document), "type")
                         : g_strdup ("");
    const VitrinePoolKind *kind = vitrine_pool_kind_find (type);

    free (text);
    return kind != NULL && kind->has_files ? "qcow2" : "raw";
}

/* --- volumes ---------------------------------------------------------------------------------- */

char *
libvirt_volume_dup_free_name (virStoragePoolPtr pool, const char *name, guint n, const char *format)
{
    virStoragePoolRefresh (pool, 0);
    for (guint i = n + 1; i <= n + NAMES_MAX; i++) {
        g_autofree char *file = i == 1 ? g_strdup_printf ("%s.%s", name, format)
                                       : g_strdup_printf ("%s-%u.%s", name, i, format);
        virStorageVolPtr other = virStorageVolLookupByName (pool, file);

        if (other == NULL)
            return g_steal_pointer (&file);
        virStorageVolFree (other);
    }
    return g_strdup_printf ("%s.%s", name, format); /* which is refused as being there */
}

char *
libvirt_volume_create (virStoragePoolPtr pool, const char *file, const char *format,
                       guint64 size_bytes, GError **error)
{
    /* Space is taken as the image fills, where a pool can do that. */
    g_autofree char *xml = g_markup_printf_escaped (
        "<volume><name>%s</name><allocation>0</allocation><capacity unit='bytes'>%" G_GUINT64_FORMAT
        "</capacity><target><format type='%s'/></target></volume>",
        file, size_bytes, format);
    virStorageVolPtr volume = virStorageVolCreateXML (pool, xml, 0);
    char *path = volume != NULL ? virStorageVolGetPath (volume) : NULL;
    char *copy = g_strdup (path);

    if (path == NULL)
        libvirt_error_take (file, error);
    if (volume != NULL)
        virStorageVolFree (volume);
    free (path);
    return copy;
}

gboolean
libvirt_volume_delete (virConnectPtr connection, const char *path, GError **error)
{
    virStorageVolPtr volume = virStorageVolLookupByPath (connection, path);
    gboolean deleted = volume != NULL && virStorageVolDelete (volume, 0) == 0;

    if (!deleted)
        libvirt_error_take (path, error);
    if (volume != NULL)
        virStorageVolFree (volume);
    return deleted;
}

static gboolean
send (virStreamPtr stream, GBytes *content)
{
    gsize len, done = 0;
    const char *data = g_bytes_get_data (content, &len);

    while (done < len) {
        int n = virStreamSend (stream, data + done, MIN (len - done, SEND_BYTES));

        if (n < 0)
            return FALSE;
        done += (gsize) n;
    }
    return virStreamFinish (stream) == 0;
}

gboolean
libvirt_volume_fill (virConnectPtr connection, const char *path, GBytes *content, GError **error)
{
    virStorageVolPtr volume = virStorageVolLookupByPath (connection, path);
    virStreamPtr stream = volume != NULL ? virStreamNew (connection, 0) : NULL;
    gboolean started =
        stream != NULL
        && virStorageVolUpload (volume, stream, 0, g_bytes_get_size (content), 0) == 0;
    gboolean filled = started && send (stream, content);

    if (!filled)
        libvirt_error_take (path, error);
    if (started && !filled)
        virStreamAbort (stream);
    if (stream != NULL)
        virStreamFree (stream);
    if (volume != NULL)
        virStorageVolFree (volume);
    return filled;
}

guint64
libvirt_volume_get_size (virConnectPtr connection, const char *path)
{
    virStorageVolPtr volume = virStorageVolLookupByPath (connection, path);
    virStorageVolInfo info = { 0 };
    gboolean known = volume != NULL && virStorageVolGetInfo (volume, &info) == 0;

    if (volume != NULL)
        virStorageVolFree (volume);
    return known ? info.capacity : 0;
}

/* What the volume says of itself, or NULL. */
static xmlDoc *
read_volume (virStorageVolPtr volume)
{
    char *text = virStorageVolGetXMLDesc (volume, 0);
    xmlDoc *document = text != NULL ? libvirt_tree_parse (text, "volume", NULL) : NULL;

    free (text);
    return document;
}

char *
libvirt_volume_dup_format (virConnectPtr connection, const char *path)
{
    virStorageVolPtr volume = virStorageVolLookupByPath (connection, path);
    g_autoptr (xmlDoc) document = volume != NULL ? read_volume (volume) : NULL;
    char *format = NULL;

    if (document != NULL)
        format = libvirt_tree_dup_of_child (
            libvirt_tree_find_child (xmlDocGetRootElement (document), "target"), "format", "type");
    if (volume != NULL)
        virStorageVolFree (volume);
    if (format != NULL && *format == '\0')
        g_clear_pointer (&format, g_free);
    return format;
}

/* --- who uses one ----------------------------------------------------------------------------- */

/* CDS: whether its CD drives are looked into, too. */
static gboolean
has_disk (const xmlNode *domain, const char *path, gboolean cds)
{
    const xmlNode *devices = libvirt_tree_find_child (domain, "devices");

    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next)
        if (libvirt_tree_is_called (node, "disk")
            && (cds || !libvirt_tree_has_attribute (node, "device", "cdrom"))
            && libvirt_tree_is_source (node, path))
            return TRUE;
    return FALSE;
}

static char *
dup_machine (virConnectPtr connection, const char *path, const char *uuid, gboolean cds)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains (connection, &domains, 0);
    char *user = NULL;

    for (int i = 0; i < n; i++) {
        char *text = virDomainGetXMLDesc (domains[i], VIR_DOMAIN_XML_INACTIVE);
        g_autoptr (xmlDoc) document =
            text != NULL ? libvirt_tree_parse (text, "domain", NULL) : NULL;
        char other[VIR_UUID_STRING_BUFLEN] = "";

        virDomainGetUUIDString (domains[i], other);
        if (user == NULL && document != NULL && !g_str_equal (other, uuid)
            && has_disk (xmlDocGetRootElement (document), path, cds))
            user = g_strdup_printf (_ ("it is a disk of “%s”"), virDomainGetName (domains[i]));
        free (text);
        virDomainFree (domains[i]);
    }
    free (domains);
    return user;
}

static void
add_bases (GHashTable *bases, virStoragePoolPtr pool)
{
    virStorageVolPtr *volumes = NULL;
    int n = virStoragePoolListAllVolumes (pool, &volumes, 0);

    for (int i = 0; i < n; i++) {
        g_autoptr (xmlDoc) document = read_volume (volumes[i]);
        const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
        g_autofree char *base = libvirt_tree_dup_text (
            libvirt_tree_find_child (libvirt_tree_find_child (root, "backingStore"), "path"));

        if (*base != '\0' && !g_hash_table_contains (bases, base))
            g_hash_table_insert (bases, g_steal_pointer (&base),
                                 g_strdup (virStorageVolGetName (volumes[i])));
        virStorageVolFree (volumes[i]);
    }
    free (volumes);
}

GHashTable *
libvirt_volume_read_bases (virConnectPtr connection, const char *except)
{
    GHashTable *bases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    virStoragePoolPtr *pools = NULL;
    int n =
        virConnectListAllStoragePools (connection, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);

    for (int i = 0; i < n; i++) {
        if (g_strcmp0 (virStoragePoolGetName (pools[i]), except) != 0)
            add_bases (bases, pools[i]);
        virStoragePoolFree (pools[i]);
    }
    free (pools);
    return bases;
}

char *
libvirt_volume_dup_image (GHashTable *bases, const char *path)
{
    const char *image = g_hash_table_lookup (bases, path);

    return image != NULL ? g_strdup_printf (_ ("“%s” is based on it"), image) : NULL;
}

/* The image of any pool that is based on PATH, as above. */
static char *
dup_any_image (virConnectPtr connection, const char *path)
{
    g_autoptr (GHashTable) bases = libvirt_volume_read_bases (connection, NULL);

    return libvirt_volume_dup_image (bases, path);
}

char *
libvirt_volume_dup_user (virConnectPtr connection, const char *path, const char *uuid)
{
    /* CDs may be in many drives. */
    char *user = dup_machine (connection, path, uuid, FALSE);

    return user != NULL ? user : dup_any_image (connection, path);
}

gboolean
libvirt_volume_is_used (virConnectPtr connection, const char *path, const char *uuid)
{
    g_autofree char *machine = dup_machine (connection, path, uuid, TRUE);
    g_autofree char *image = machine == NULL ? dup_any_image (connection, path) : NULL;

    return machine != NULL || image != NULL;
}
