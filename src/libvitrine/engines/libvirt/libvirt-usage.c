/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-usage.c - which machines of a libvirt host have which images.
 *
 * Machines are read once for all volumes, and so are images: a pool may have thousands.
 */
#include "libvirt-usage.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "libvirt-tree.h"
#include "libvirt-volume.h"

struct _LibvirtUsage {
    virConnectPtr connection;
    char *except;
    GHashTable *bases;   /* of images, to what is based on them; NULL until that is asked */
    GHashTable *users;   /* a path, or "POOL\nVOLUME", to a GPtrArray of machines' names */
    GHashTable *running; /* names of the machines that run */
};

static void
add (LibvirtUsage *self, char *key, const char *name)
{
    GPtrArray *names = g_hash_table_lookup (self->users, key);

    if (names == NULL) {
        names = g_ptr_array_new_with_free_func (g_free);
        g_hash_table_insert (self->users, g_strdup (key), names);
    }
    if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_strdup (name));
}

static void
add_disk (LibvirtUsage *self, const xmlNode *disk, const char *name)
{
    const xmlNode *source = libvirt_tree_find_child (disk, "source");
    g_autofree char *file = libvirt_tree_dup_attribute (source, "file");
    g_autofree char *device = libvirt_tree_dup_attribute (source, "dev");
    g_autofree char *pool = libvirt_tree_dup_attribute (source, "pool");
    g_autofree char *volume = libvirt_tree_dup_attribute (source, "volume");
    g_autofree char *key = g_strdup_printf ("%s\n%s", pool, volume);

    if (*file != '\0')
        add (self, file, name);
    if (*device != '\0')
        add (self, device, name);
    if (*volume != '\0')
        add (self, key, name);
}

static void
add_text (LibvirtUsage *self, char *text, const char *name)
{
    g_autoptr (xmlDoc) document = text != NULL ? libvirt_tree_parse (text, "domain", NULL) : NULL;
    const xmlNode *devices =
        document != NULL ? libvirt_tree_find_child (xmlDocGetRootElement (document), "devices")
                         : NULL;

    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL;
         node = node->next)
        if (libvirt_tree_is_called (node, "disk"))
            add_disk (self, node, name);
    free (text);
}

LibvirtUsage *
libvirt_usage_read (virConnectPtr connection, const char *except)
{
    LibvirtUsage *self = g_new0 (LibvirtUsage, 1);
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains (connection, &domains, 0);

    self->connection = connection;
    self->except = g_strdup (except);
    self->users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) g_ptr_array_unref);
    self->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < n; i++) {
        const char *name = virDomainGetName (domains[i]);

        add_text (self, virDomainGetXMLDesc (domains[i], VIR_DOMAIN_XML_INACTIVE), name);
        if (virDomainIsActive (domains[i]) > 0) {
            add_text (self, virDomainGetXMLDesc (domains[i], 0), name);
            g_hash_table_add (self->running, g_strdup (name));
        }
        virDomainFree (domains[i]);
    }
    free (domains);
    return self;
}

void
libvirt_usage_free (LibvirtUsage *self)
{
    g_hash_table_unref (self->users);
    g_hash_table_unref (self->running);
    g_clear_pointer (&self->bases, g_hash_table_unref);
    g_free (self->except);
    g_free (self);
}

static char *
dup_key (virStorageVolPtr volume)
{
    virStoragePoolPtr pool = virStoragePoolLookupByVolume (volume);
    char *key = g_strdup_printf ("%s\n%s", pool != NULL ? virStoragePoolGetName (pool) : "",
                                 virStorageVolGetName (volume));

    if (pool != NULL)
        virStoragePoolFree (pool);
    return key;
}

static int
compare (gconstpointer a, gconstpointer b)
{
    return g_strcmp0 (*(char *const *) a, *(char *const *) b);
}

char **
libvirt_usage_dup_users (LibvirtUsage *self, virStorageVolPtr volume, const char **running)
{
    char *path = virStorageVolGetPath (volume);
    g_autofree char *key = dup_key (volume);
    const char *const keys[] = { path != NULL ? path : "", key };
    GPtrArray *names = g_ptr_array_new ();

    if (running != NULL)
        *running = NULL;
    for (gsize k = 0; k < G_N_ELEMENTS (keys); k++) {
        GPtrArray *found = g_hash_table_lookup (self->users, keys[k]);

        for (guint i = 0; found != NULL && i < found->len; i++) {
            const char *name = g_ptr_array_index (found, i);

            if (g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
                continue;
            g_ptr_array_add (names, g_strdup (name));
            if (running != NULL && *running == NULL
                && g_hash_table_contains (self->running, name))
                *running = name;
        }
    }
    free (path);
    g_ptr_array_sort (names, compare);
    g_ptr_array_add (names, NULL);
    return (char **) g_ptr_array_free (names, FALSE);
}

char *
libvirt_usage_dup_user (LibvirtUsage *self, virStorageVolPtr volume)
{
    g_auto (GStrv) users = libvirt_usage_dup_users (self, volume, NULL);
    char *path;
    char *user;

    if (users[0] != NULL)
        return g_strdup_printf (_ ("it is a disk of “%s”"), users[0]);
    if (self->bases == NULL)
        self->bases = libvirt_volume_read_bases (self->connection, self->except);
    path = virStorageVolGetPath (volume);
    user = path != NULL ? libvirt_volume_dup_image (self->bases, path) : NULL;
    free (path);
    return user;
}
