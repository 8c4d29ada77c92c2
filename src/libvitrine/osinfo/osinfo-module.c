/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-module.c - the way into the module, and libosinfo's database.
 *
 * The database is 40 MB in memory, and asked for once or twice while a machine is made: it is read for each question, in half
 * a second, and given back; once at a time, as two would be 80 MB.
 */
#include <glib/gi18n-lib.h>
#include <gmodule.h>

#include "osinfo-private.h"
#include "vitrine-error.h"
#include "vitrine-os-module.h"

GMutex osinfo_module_lock;

OsinfoDb *
osinfo_module_open (GError **error)
{
    g_autoptr (OsinfoLoader) loader = osinfo_loader_new ();
    g_autoptr (OsinfoOsList) systems = NULL;
    g_autoptr (GError) reason = NULL;
    OsinfoDb *db;

    /* What of it can be read is taken; a file that is damaged is no reason to know nothing. */
    osinfo_loader_process_default_path (loader, &reason);
    db = osinfo_loader_get_db (loader);
    systems = osinfo_db_get_os_list (db);
    if (osinfo_list_get_length (OSINFO_LIST (systems)) == 0) {
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
            _ ("What operating systems there are is not known on this computer; this mends "
               "it: %s"),
            "sudo apt install osinfo-db");
        return NULL;
    }
    return g_object_ref (db);
}

static GPtrArray *
list (GError **error)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&osinfo_module_lock);
    g_autoptr (OsinfoDb) db = osinfo_module_open (error);
    g_autoptr (OsinfoOsList) systems = NULL;
    GPtrArray *found;
    int n;

    if (db == NULL)
        return NULL;
    systems = osinfo_db_get_os_list (db);
    n = osinfo_list_get_length (OSINFO_LIST (systems));
    found = g_ptr_array_sized_new ((guint) n);
    for (int i = 0; i < n; i++)
        g_ptr_array_add (
            found, osinfo_system_read (OSINFO_OS (osinfo_list_get_nth (OSINFO_LIST (systems), i))));
    return found;
}

static const VitrineOsModule module = {
    .list = list,
    .detect = osinfo_detect,
    .express = osinfo_express,
};

G_MODULE_EXPORT const VitrineOsModule *
vitrine_os_module_get (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? &module : NULL;
}
