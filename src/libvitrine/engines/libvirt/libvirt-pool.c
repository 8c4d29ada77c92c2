/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-pool.c - storage pools of a libvirt host, and what is in them. */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-resource.h"
#include "libvirt-tree.h"
#include "libvirt-volume.h"

static int
compare_pools (gconstpointer a, gconstpointer b)
{
    return g_strcmp0 ((*(VitrinePoolInfo *const *) a)->name, (*(VitrinePoolInfo *const *) b)->name);
}

static int
compare_volumes (gconstpointer a, gconstpointer b)
{
    return g_strcmp0 ((*(VitrineVolumeInfo *const *) a)->name,
                      (*(VitrineVolumeInfo *const *) b)->name);
}

static void
answer_list (GTask *answer, GPtrArray *list)
{
    g_task_return_pointer (answer, list, (GDestroyNotify) g_ptr_array_unref);
}

/* --- pools ------------------------------------------------------------------------------------ */

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
    answer_list (answer, list);
}

static void
define_pool (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    g_autofree char *name = libvirt_resource_dup_name (answer, request->xml, "pool");
    virStoragePoolPtr other, defined;

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

static void
change_pool (virStoragePoolPtr pool, const VitrineResourceRequest *request, GTask *answer)
{
    const char *name = request->name;
    gboolean active = virStoragePoolIsActive (pool) > 0;
    GPtrArray *list;

    switch (request->action) {
    case VITRINE_RESOURCE_LIST:
        list = new_pool_list ();
        g_ptr_array_add (list, read_pool (pool));
        answer_list (answer, list);
        break;
    case VITRINE_RESOURCE_DUMP:
        libvirt_resource_answer_text (answer, dump (pool), name);
        break;
    case VITRINE_RESOURCE_START:
        /* Its folder is made where it is missing; what is there stays. */
        libvirt_resource_answer (
            answer,
            active
                || virStoragePoolCreate (pool, VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE) == 0
                || virStoragePoolCreate (pool, 0) == 0,
            name);
        break;
    case VITRINE_RESOURCE_STOP:
        libvirt_resource_answer (answer, virStoragePoolDestroy (pool) == 0, name);
        break;
    case VITRINE_RESOURCE_AUTOSTART:
        libvirt_resource_answer (answer, virStoragePoolSetAutostart (pool, 1) == 0, name);
        break;
    case VITRINE_RESOURCE_DELETE:
        if (active)
            g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                                     _ ("The pool “%s” is started; stop it first"), name);
        else
            libvirt_resource_answer (answer, virStoragePoolUndefine (pool) == 0, name);
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
    change_pool (pool, request, answer);
    virStoragePoolFree (pool);
}

/* --- volumes ---------------------------------------------------------------------------------- */

static VitrineVolumeInfo *
read_volume (virConnectPtr connection, virStorageVolPtr volume)
{
    VitrineVolumeInfo *info = g_new0 (VitrineVolumeInfo, 1);
    virStorageVolInfo numbers = { 0 };
    char *path = virStorageVolGetPath (volume);

    info->name = g_strdup (virStorageVolGetName (volume));
    info->path = g_strdup (path != NULL ? path : "");
    info->format = path != NULL ? libvirt_volume_dup_format (connection, path) : NULL;
    info->format = info->format != NULL ? info->format : g_strdup ("");
    if (virStorageVolGetInfo (volume, &numbers) == 0) {
        info->capacity_bytes = numbers.capacity;
        info->allocation_bytes = numbers.allocation;
    }
    free (path);
    return info;
}

static GPtrArray *
new_volume_list (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_volume_info_free);
}

static void
list_volumes (virConnectPtr connection, virStoragePoolPtr pool, GTask *answer, const char *name)
{
    virStorageVolPtr *volumes = NULL;
    int n;
    GPtrArray *list;

    virStoragePoolRefresh (pool, 0); /* what somebody else put there is in it, too */
    n = virStoragePoolListAllVolumes (pool, &volumes, 0);
    if (n < 0) {
        libvirt_resource_answer (answer, FALSE, name);
        return;
    }
    list = new_volume_list ();
    for (int i = 0; i < n; i++) {
        g_ptr_array_add (list, read_volume (connection, volumes[i]));
        virStorageVolFree (volumes[i]);
    }
    free (volumes);
    g_ptr_array_sort (list, compare_volumes);
    answer_list (answer, list);
}

/* One that a machine has, or that another image is based on, stays. */
static void
delete_volume (virConnectPtr connection, virStorageVolPtr volume, GTask *answer, const char *name)
{
    char *path = virStorageVolGetPath (volume);
    g_autofree char *user = path != NULL ? libvirt_volume_dup_user (connection, path, "") : NULL;

    free (path);
    if (user != NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("“%s” stays: %s"),
                                 name, user);
    else
        libvirt_resource_answer (answer, virStorageVolDelete (volume, 0) == 0, name);
}

static void
resize_volume (virStorageVolPtr volume, const VitrineResourceRequest *request, GTask *answer)
{
    virStorageVolInfo info;

    if (virStorageVolGetInfo (volume, &info) == 0 && request->size_bytes < info.capacity)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                                 _ ("“%s” can only grow"), request->name);
    else
        libvirt_resource_answer (answer, virStorageVolResize (volume, request->size_bytes, 0) == 0,
                                 request->name);
}

static void
change_volume (virConnectPtr connection, virStorageVolPtr volume,
               const VitrineResourceRequest *request, GTask *answer)
{
    GPtrArray *list;

    switch (request->action) {
    case VITRINE_RESOURCE_LIST:
        list = new_volume_list ();
        g_ptr_array_add (list, read_volume (connection, volume));
        answer_list (answer, list);
        break;
    case VITRINE_RESOURCE_DUMP:
        libvirt_resource_answer_text (answer, virStorageVolGetXMLDesc (volume, 0), request->name);
        break;
    case VITRINE_RESOURCE_DELETE:
        delete_volume (connection, volume, answer, request->name);
        break;
    case VITRINE_RESOURCE_RESIZE:
        resize_volume (volume, request, answer);
        break;
    default:
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("This cannot be done to a volume"));
    }
}

static void
ask_in (virConnectPtr connection, virStoragePoolPtr pool, const VitrineResourceRequest *request,
        GTask *answer)
{
    virStorageVolPtr volume;

    if (request->action == VITRINE_RESOURCE_DEFINE) {
        volume = virStorageVolCreateXML (pool, request->xml, 0);
        libvirt_resource_answer (answer, volume != NULL, request->parent);
    } else if (request->name == NULL) {
        list_volumes (connection, pool, answer, request->parent);
        return;
    } else {
        volume = virStorageVolLookupByName (pool, request->name);
        if (volume != NULL)
            change_volume (connection, volume, request, answer);
        else
            libvirt_resource_answer (answer, FALSE, request->name);
    }
    if (volume != NULL)
        virStorageVolFree (volume);
}

void
libvirt_volume_ask (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer)
{
    virStoragePoolPtr pool = virStoragePoolLookupByName (connection, request->parent);

    if (pool == NULL) {
        libvirt_resource_answer (answer, FALSE, request->parent);
        return;
    }
    ask_in (connection, pool, request, answer);
    virStoragePoolFree (pool);
}
