/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-pool-volume.c - what is in a storage pool of a libvirt host: listed, made, cloned, grown, deleted.
 *
 * libvirt says nothing while it makes a volume: how much of it is there is asked from a thread beside.  What was given up
 * meanwhile is deleted once it is made, so that nothing stays of it.
 */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-link.h"
#include "libvirt-resource.h"
#include "libvirt-tree.h"
#include "libvirt-usage.h"
#include "libvirt-volume.h"
#include "vitrine-private.h"

#define LOOK_MS 500

static int
compare_volumes (gconstpointer a, gconstpointer b)
{
    return g_strcmp0 ((*(VitrineVolumeInfo *const *) a)->name,
                      (*(VitrineVolumeInfo *const *) b)->name);
}

/* --- what there is ---------------------------------------------------------------------------- */

static VitrineVolumeInfo *
read_volume (LibvirtUsage *usage, virStorageVolPtr volume)
{
    VitrineVolumeInfo *info = g_new0 (VitrineVolumeInfo, 1);
    virStorageVolInfo numbers = { 0 };
    char *path = virStorageVolGetPath (volume);
    char *text = virStorageVolGetXMLDesc (volume, 0);
    g_autoptr (xmlDoc) document = text != NULL ? libvirt_tree_parse (text, "volume", NULL) : NULL;
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    const char *running;

    info->name = g_strdup (virStorageVolGetName (volume));
    info->path = g_strdup (path != NULL ? path : "");
    info->format =
        libvirt_tree_dup_of_child (libvirt_tree_find_child (root, "target"), "format", "type");
    info->backing = libvirt_tree_dup_text (
        libvirt_tree_find_child (libvirt_tree_find_child (root, "backingStore"), "path"));
    info->users = libvirt_usage_dup_users (usage, volume, &running);
    info->in_use = running != NULL;
    if (virStorageVolGetInfo (volume, &numbers) == 0) {
        info->capacity_bytes = numbers.capacity;
        info->allocation_bytes = numbers.allocation;
    }
    free (text);
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
    g_autoptr (LibvirtUsage) usage = NULL;
    virStorageVolPtr *volumes = NULL;
    int n;
    GPtrArray *list;

    virStoragePoolRefresh (pool, 0); /* what somebody else put there is in it, too */
    n = virStoragePoolListAllVolumes (pool, &volumes, 0);
    if (n < 0) {
        libvirt_resource_answer (answer, FALSE, name);
        return;
    }
    usage = libvirt_usage_read (connection, NULL);
    list = new_volume_list ();
    for (int i = 0; i < n; i++) {
        g_ptr_array_add (list, read_volume (usage, volumes[i]));
        virStorageVolFree (volumes[i]);
    }
    free (volumes);
    g_ptr_array_sort (list, compare_volumes);
    libvirt_resource_answer_list (answer, list);
}

static void
list_one (LibvirtUsage *usage, virStorageVolPtr volume, GTask *answer)
{
    GPtrArray *list = new_volume_list ();

    g_ptr_array_add (list, read_volume (usage, volume));
    libvirt_resource_answer_list (answer, list);
}

/* --- how far it is ---------------------------------------------------------------------------- */

typedef struct {
    virStoragePoolPtr pool;
    const char *name; /* of the volume that is being made */
    guint64 whole;    /* bytes that it will take */
    int *done;     /* LIBVIRT_RESOURCE_PARTS of it, atomic */
    GMutex lock;
    GCond ended_cond;
    gboolean ended;
} Look;

static gpointer
look_thread (gpointer data)
{
    Look *look = data;

    g_mutex_lock (&look->lock);
    while (!look->ended) {
        virStorageVolInfo info = { 0 };
        virStorageVolPtr volume;

        g_cond_wait_until (&look->ended_cond, &look->lock,
                           g_get_monotonic_time () + LOOK_MS * G_TIME_SPAN_MILLISECOND);
        if (look->ended)
            break;
        g_mutex_unlock (&look->lock);
        volume = virStorageVolLookupByName (look->pool, look->name);
        if (volume != NULL && virStorageVolGetInfo (volume, &info) == 0)
            g_atomic_int_set (look->done,
                              (int) (MIN (1.0, (double) info.allocation / (double) look->whole)
                                     * LIBVIRT_RESOURCE_PARTS));
        if (volume != NULL)
            virStorageVolFree (volume);
        g_mutex_lock (&look->lock);
    }
    g_mutex_unlock (&look->lock);
    return NULL;
}

/* NULL where nobody asks, or there is nothing to be written. */
static GThread *
look_begin (Look *look, virStoragePoolPtr pool, const char *name, guint64 whole, int *done)
{
    *look = (Look){ .pool = pool, .name = name, .whole = whole, .done = done };
    g_mutex_init (&look->lock);
    g_cond_init (&look->ended_cond);
    return done != NULL && whole > 0 ? g_thread_new ("volume", look_thread, look) : NULL;
}

static void
look_end (Look *look, GThread *thread)
{
    g_mutex_lock (&look->lock);
    look->ended = TRUE;
    g_cond_signal (&look->ended_cond);
    g_mutex_unlock (&look->lock);
    if (thread != NULL)
        g_thread_join (thread);
    g_mutex_clear (&look->lock);
    g_cond_clear (&look->ended_cond);
}

/* --- making ----------------------------------------------------------------------------------- */

static gboolean
refuse_taken (virStoragePoolPtr pool, const char *name, GTask *answer)
{
    virStorageVolPtr other = virStorageVolLookupByName (pool, name);

    if (other == NULL)
        return TRUE;
    virStorageVolFree (other);
    g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_EXISTS,
                             _ ("There is a volume “%s” in “%s” already"), name,
                             virStoragePoolGetName (pool));
    return FALSE;
}

/* VOLUME was made, or is NULL. */
static void
answer_made (virStorageVolPtr volume, const char *name, GTask *answer)
{
    if (volume != NULL && !libvirt_link_claim (answer))
        virStorageVolDelete (volume, 0); /* nobody wants it any more */
    libvirt_resource_answer (answer, volume != NULL, name);
    if (volume != NULL)
        virStorageVolFree (volume);
}

static guint64
read_allocation (const char *xml)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "volume", NULL);
    const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL;
    const xmlNode *allocation = libvirt_tree_find_child (root, "allocation");
    g_autofree char *text = libvirt_tree_dup_text (allocation);

    return libvirt_tree_has_attribute (allocation, "unit", "bytes")
               ? g_ascii_strtoull (text, NULL, 10)
               : 0;
}

static void
define_volume (virStoragePoolPtr pool, const VitrineResourceRequest *request, GTask *answer, int *done)
{
    g_autofree char *name = libvirt_resource_dup_name (answer, request->xml, "volume");
    virStorageVolPtr volume;
    GThread *thread;
    Look look;

    if (name == NULL || !refuse_taken (pool, name, answer))
        return;
    thread = look_begin (&look, pool, name, read_allocation (request->xml), done);
    volume = virStorageVolCreateXML (pool, request->xml, 0);
    look_end (&look, thread);
    answer_made (volume, name, answer);
}

static void
clone_volume (LibvirtUsage *usage, virStoragePoolPtr pool, virStorageVolPtr volume,
              const VitrineResourceRequest *request, GTask *answer, int *done)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = NULL;
    g_auto (GStrv) users = NULL;
    const char *running;
    VitrineVolumeInfo *info;
    virStorageVolPtr clone;
    GThread *thread;
    Look look;

    users = libvirt_usage_dup_users (usage, volume, &running);
    if (running != NULL) {
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                                 _ ("“%s” is a disk of “%s”, which runs and writes to it: a clone "
                                    "would be torn; shut it down first"),
                                 request->name, running);
        return;
    }
    if (!refuse_taken (pool, request->new_name, answer))
        return;
    info = read_volume (usage, volume);
    xml = *info->format != '\0'
              ? g_markup_printf_escaped (
                  "<volume><name>%s</name><capacity unit='bytes'>%" G_GUINT64_FORMAT
                  "</capacity><allocation unit='bytes'>%" G_GUINT64_FORMAT
                  "</allocation><target><format type='%s'/></target></volume>",
                  request->new_name, info->capacity_bytes, info->allocation_bytes, info->format)
              : g_markup_printf_escaped (
                  "<volume><name>%s</name><capacity unit='bytes'>%" G_GUINT64_FORMAT
                  "</capacity></volume>",
                  request->new_name, info->capacity_bytes);
    thread =
        look_begin (&look, pool, request->new_name, info->allocation_bytes, done);
    clone = virStorageVolCreateXMLFrom (pool, xml, volume, 0);
    look_end (&look, thread);
    vitrine_volume_info_free (info);
    answer_made (clone, request->new_name, answer);
}

/* --- changing --------------------------------------------------------------------------------- */

/* One that a machine has, or that another image is based on, stays. */
static void
delete_volume (LibvirtUsage *usage, virStorageVolPtr volume, GTask *answer, const char *name)
{
    g_autofree char *user = libvirt_usage_dup_user (usage, volume);

    if (user != NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("“%s” stays: %s"),
                                 name, user);
    else
        libvirt_resource_answer (answer, virStorageVolDelete (volume, 0) == 0, name);
}

static void
resize_volume (LibvirtUsage *usage, virStorageVolPtr volume, const VitrineResourceRequest *request,
               GTask *answer)
{
    const char *running;
    g_auto (GStrv) users = libvirt_usage_dup_users (usage, volume, &running);
    virStorageVolInfo info;

    if (running != NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                                 _ ("“%s” is a disk of “%s”, which runs: let the disk grow there, "
                                    "or shut it down first"),
                                 request->name, running);
    else if (virStorageVolGetInfo (volume, &info) == 0 && request->size_bytes < info.capacity)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                                 _ ("“%s” can only grow"), request->name);
    else
        libvirt_resource_answer (answer, virStorageVolResize (volume, request->size_bytes, 0) == 0,
                                 request->name);
}

static void
change_volume (virConnectPtr connection, virStoragePoolPtr pool, virStorageVolPtr volume,
               const VitrineResourceRequest *request, GTask *answer, int *done)
{
    g_autoptr (LibvirtUsage) usage =
        request->action != VITRINE_RESOURCE_DUMP ? libvirt_usage_read (connection, NULL) : NULL;

    switch (request->action) {
    case VITRINE_RESOURCE_LIST:
        list_one (usage, volume, answer);
        break;
    case VITRINE_RESOURCE_DUMP:
        libvirt_resource_answer_text (answer, virStorageVolGetXMLDesc (volume, 0), request->name);
        break;
    case VITRINE_RESOURCE_DELETE:
        delete_volume (usage, volume, answer, request->name);
        break;
    case VITRINE_RESOURCE_RESIZE:
        resize_volume (usage, volume, request, answer);
        break;
    case VITRINE_RESOURCE_CLONE:
        clone_volume (usage, pool, volume, request, answer, done);
        break;
    default:
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("This cannot be done to a volume"));
    }
}

static void
ask_in (virConnectPtr connection, virStoragePoolPtr pool, const VitrineResourceRequest *request,
        GTask *answer, int *done)
{
    virStorageVolPtr volume;

    if (request->action == VITRINE_RESOURCE_DEFINE) {
        define_volume (pool, request, answer, done);
        return;
    }
    if (request->name == NULL) {
        list_volumes (connection, pool, answer, request->parent);
        return;
    }
    volume = virStorageVolLookupByName (pool, request->name);
    if (volume == NULL) {
        libvirt_resource_answer (answer, FALSE, request->name);
        return;
    }
    change_volume (connection, pool, volume, request, answer, done);
    virStorageVolFree (volume);
}

void
libvirt_volume_ask (virConnectPtr connection, const VitrineResourceRequest *request, GTask *answer, int *done)
{
    virStoragePoolPtr pool = virStoragePoolLookupByName (connection, request->parent);

    if (pool == NULL) {
        libvirt_resource_answer (answer, FALSE, request->parent);
        return;
    }
    ask_in (connection, pool, request, answer, done);
    virStoragePoolFree (pool);
}
