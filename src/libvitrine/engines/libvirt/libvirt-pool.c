/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-pool.c - storage pools of a libvirt host. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-resource.h"
#include "libvirt-tree.h"
#include "libvirt-usage.h"
#include "libvirt-volume.h"
#include "vitrine-private.h"

static int
compare_pools (gconstpointer a, gconstpointer b)
{
    return g_strcmp0 ((*(VitrinePoolInfo *const *) a)->name, (*(VitrinePoolInfo *const *) b)->name);
}

/* --- pools ------------------------------------------------------------------------------------ */

/* "server:/folder", "/dev/sdb1", "vg0": what there is of them. */
static char *
dup_source (const xmlNode *root)
{
    const xmlNode *source = libvirt_tree_find_child (root, "source");
    g_autofree char *host = libvirt_tree_dup_of_child (source, "host", "name");
    g_autofree char *dir = libvirt_tree_dup_of_child (source, "dir", "path");
    g_autofree char *device = libvirt_tree_dup_of_child (source, "device", "path");
    g_autofree char *name = libvirt_tree_dup_text (libvirt_tree_find_child (source, "name"));
    const char *what = *device != '\0' ? device : *name != '\0' ? name : dir;

    return *host != '\0' && *what != '\0' ? g_strdup_printf ("%s:%s", host, what)
                                          : g_strdup (*host != '\0' ? host : what);
}

static VitrinePoolInfo *
read_pool (virStoragePoolPtr pool)
{
    VitrinePoolInfo *info = g_new0 (VitrinePoolInfo, 1);
    char *text = virStoragePoolGetXMLDesc (pool, 0);
    g_autoptr (xmlDoc) document = text != NULL ? libvirt_tree_parse (text, "pool", NULL) : NULL;
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    const xmlNode *target = libvirt_tree_find_child (root, "target");
    virStoragePoolInfo numbers = { 0 };
    int autostart = 0;

    free (text);
    info->name = g_strdup (virStoragePoolGetName (pool));
    info->type = libvirt_tree_dup_attribute (root, "type");
    info->path = libvirt_tree_dup_text (libvirt_tree_find_child (target, "path"));
    info->source = dup_source (root);
    info->is_active = virStoragePoolIsActive (pool) > 0;
    virStoragePoolGetAutostart (pool, &autostart);
    info->autostart = autostart != 0;
    if (info->is_active && virStoragePoolGetInfo (pool, &numbers) == 0) {
        info->capacity_bytes = numbers.capacity;
        info->allocation_bytes = numbers.allocation;
        info->available_bytes = numbers.available;
    }
    return info;
}

static GPtrArray *
new_pool_list (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_pool_info_free);
}

static void
list_pools (virConnectPtr connection, GTask *answer)
{
    virStoragePoolPtr *pools = NULL;
    int n = virConnectListAllStoragePools (connection, &pools, 0);
    GPtrArray *list;

    if (n < 0) {
        libvirt_resource_answer (answer, FALSE, "");
        return;
    }
    list = new_pool_list ();
    for (int i = 0; i < n; i++) {
        g_ptr_array_add (list, read_pool (pools[i]));
        virStoragePoolFree (pools[i]);
    }
    free (pools);
    g_ptr_array_sort (list, compare_pools);
    libvirt_resource_answer_list (answer, list);
}

/* A host may lack the driver that a type of pool needs, which libvirt calls an internal error.  What the host does not tell is
 * no reason. */
static gboolean
check_type (virConnectPtr connection, const char *xml, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "pool", NULL);
    g_autofree char *type = libvirt_tree_dup_attribute (
        document != NULL ? xmlDocGetRootElement (document) : NULL, "type");
    char *text = virConnectGetStoragePoolCapabilities (connection, 0);
    g_autoptr (xmlDoc) all =
        text != NULL ? libvirt_tree_parse (text, "storagepoolCapabilities", NULL) : NULL;
    const xmlNode *node = all != NULL ? xmlDocGetRootElement (all)->children : NULL;

    free (text);
    for (; node != NULL; node = node->next)
        if (libvirt_tree_is_called (node, "pool") && libvirt_tree_has_attribute (node, "type", type)
            && libvirt_tree_has_attribute (node, "supported", "no"))
            return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                   _ ("The host has no driver for pools of the type %s; on Debian "
                                      "the package libvirt-daemon-driver-storage-%s has it"),
                                   type, type);
    return TRUE;
}

static void
define_pool (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    g_autofree char *name = libvirt_resource_dup_name (answer, request->xml, "pool");
    virStoragePoolPtr other, defined;
    GError *error = NULL;

    if (name == NULL)
        return;
    other = request->action == VITRINE_RESOURCE_DEFINE
                ? virStoragePoolLookupByName (connection, name)
                : NULL;
    if (other != NULL) {
        virStoragePoolFree (other);
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_EXISTS,
                                 _ ("There is a storage pool “%s” already"), name);
        return;
    }
    if (!check_type (connection, request->xml, &error)) {
        g_task_return_error (answer, error);
        return;
    }
    defined = virStoragePoolDefineXML (connection, request->xml, VIR_STORAGE_POOL_DEFINE_VALIDATE);
    libvirt_resource_answer (answer, defined != NULL, name);
    if (defined != NULL)
        virStoragePoolFree (defined);
}

/* Drivers that have one text for both know no flag for it. */
static char *
dump (virStoragePoolPtr pool)
{
    char *text = virStoragePoolGetXMLDesc (pool, VIR_STORAGE_XML_INACTIVE);

    return text != NULL ? text : virStoragePoolGetXMLDesc (pool, 0);
}

/* --- starting and making ------------------------------------------------------------------------ */

static gboolean
is_of_files (virStoragePoolPtr pool)
{
    return g_str_equal (libvirt_volume_get_format (pool), "qcow2");
}

/* The folder of a pool of files is made where it is missing; what is there stays.  On a device nothing is made by a start. */
static gboolean
start (virStoragePoolPtr pool)
{
    return virStoragePoolIsActive (pool) > 0
           || (is_of_files (pool)
               && virStoragePoolCreate (pool, VIR_STORAGE_POOL_CREATE_WITH_BUILD) == 0)
           || virStoragePoolCreate (pool, 0) == 0;
}

/* What is on a device is looked at first, and libvirt keeps off where it knows it. */
static gboolean
build (virStoragePoolPtr pool)
{
    VitrinePoolInfo *info = read_pool (pool);
    gboolean on_device = g_str_equal (info->type, "fs") || g_str_equal (info->type, "disk")
                         || g_str_equal (info->type, "logical");

    vitrine_pool_info_free (info);
    return virStoragePoolBuild (pool, on_device ? VIR_STORAGE_POOL_BUILD_NO_OVERWRITE
                                                : VIR_STORAGE_POOL_BUILD_NEW)
           == 0;
}

/* --- deleting --------------------------------------------------------------------------------- */

/* NULL when all of the N VOLUMES may go, else why not.  (transfer full) */
static char *
dup_reason_to_stay (virConnectPtr connection, const char *pool, virStorageVolPtr *volumes, int n)
{
    g_autoptr (LibvirtUsage) usage = libvirt_usage_read (connection, pool);
    char *reason = NULL;

    for (int i = 0; i < n && reason == NULL; i++) {
        g_autofree char *user = libvirt_usage_dup_user (usage, volumes[i]);

        if (user != NULL)
            reason =
                g_strdup_printf (_ ("“%s” stays: %s"), virStorageVolGetName (volumes[i]), user);
    }
    return reason;
}

/* All of them, or none that is used; what fails half-way is told, and the pool is still there then. */
static gboolean
delete_volumes (virConnectPtr connection, virStoragePoolPtr pool, GError **error)
{
    virStorageVolPtr *volumes = NULL;
    int n;
    gboolean done = TRUE;
    g_autofree char *reason = NULL;

    virStoragePoolRefresh (pool, 0);
    n = virStoragePoolListAllVolumes (pool, &volumes, 0);
    if (n < 0)
        return libvirt_error_take (virStoragePoolGetName (pool), error);
    reason = dup_reason_to_stay (connection, virStoragePoolGetName (pool), volumes, n);
    if (reason != NULL)
        done = vitrine_refuse (error, VITRINE_ERROR_BUSY, "%s", reason);
    for (int i = 0; i < n; i++) {
        if (done && virStorageVolDelete (volumes[i], 0) != 0)
            done = libvirt_error_take (virStorageVolGetName (volumes[i]), error);
        virStorageVolFree (volumes[i]);
    }
    free (volumes);
    return done;
}

static gboolean
delete_pool (virConnectPtr connection, virStoragePoolPtr pool,
             const VitrineResourceRequest *request, GError **error)
{
    gboolean active = virStoragePoolIsActive (pool) > 0;

    if (active && !request->with_volumes)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("The pool “%s” is started; stop it first"), request->name);
    if (!active && request->with_volumes)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                               _ ("What is in the pool “%s” is known while it is started; start it "
                                  "first"),
                               request->name);
    if (request->with_volumes && !delete_volumes (connection, pool, error))
        return FALSE;
    if ((!active || virStoragePoolDestroy (pool) == 0) && virStoragePoolUndefine (pool) == 0)
        return TRUE;
    return libvirt_error_take (request->name, error);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void
list_one (virStoragePoolPtr pool, GTask *answer)
{
    GPtrArray *list = new_pool_list ();

    g_ptr_array_add (list, read_pool (pool));
    libvirt_resource_answer_list (answer, list);
}

static void
change_pool (virConnectPtr connection, virStoragePoolPtr pool,
             const VitrineResourceRequest *request, GTask *answer)
{
    const char *name = request->name;
    GError *error = NULL;

    switch (request->action) {
    case VITRINE_RESOURCE_LIST:
        list_one (pool, answer);
        break;
    case VITRINE_RESOURCE_DUMP:
        libvirt_resource_answer_text (answer, dump (pool), name);
        break;
    case VITRINE_RESOURCE_START:
        libvirt_resource_answer (answer, start (pool), name);
        break;
    case VITRINE_RESOURCE_STOP:
        libvirt_resource_answer (answer, virStoragePoolDestroy (pool) == 0, name);
        break;
    case VITRINE_RESOURCE_REFRESH:
        libvirt_resource_answer (answer, virStoragePoolRefresh (pool, 0) == 0, name);
        break;
    case VITRINE_RESOURCE_BUILD:
        libvirt_resource_answer (answer, build (pool), name);
        break;
    case VITRINE_RESOURCE_AUTOSTART:
    case VITRINE_RESOURCE_NO_AUTOSTART:
        libvirt_resource_answer (
            answer,
            virStoragePoolSetAutostart (pool, request->action == VITRINE_RESOURCE_AUTOSTART) == 0,
            name);
        break;
    case VITRINE_RESOURCE_DELETE:
        if (delete_pool (connection, pool, request, &error))
            g_task_return_boolean (answer, TRUE);
        else
            g_task_return_error (answer, error);
        break;
    default:
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("This cannot be done to a storage pool"));
    }
}

void
libvirt_pool_ask (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    virStoragePoolPtr pool;

    if (request->action == VITRINE_RESOURCE_DEFINE || request->action == VITRINE_RESOURCE_REPLACE) {
        define_pool (connection, request, answer);
        return;
    }
    if (request->name == NULL) {
        list_pools (connection, answer);
        return;
    }
    pool = virStoragePoolLookupByName (connection, request->name);
    if (pool == NULL) {
        libvirt_resource_answer (answer, FALSE, request->name);
        return;
    }
    change_pool (connection, pool, request, answer);
    virStoragePoolFree (pool);
}
