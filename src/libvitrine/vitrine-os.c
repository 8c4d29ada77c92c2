/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-os.c - operating systems: asked of a host, or of the module that knows libosinfo's database. */
#include "vitrine-os.h"

#include <string.h>

#include "vitrine-module.h"
#include "vitrine-os-module.h"
#include "vitrine-private.h"

/* What could not be loaded is tried again with the next question: it may be there by then. */
const VitrineOsModule *
vitrine_os_load (GError **error)
{
    static GMutex lock;
    static const VitrineOsModule *module;
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
    VitrineOsModuleEntry entry;

    if (module != NULL)
        return module;
    entry = (VitrineOsModuleEntry) vitrine_module_load (VITRINE_OS_MODULE_FOLDER, VITRINE_OS_MODULE,
                                                        VITRINE_OS_MODULE_ENTRY, error);
    if (entry == NULL)
        return NULL;
    module = entry (VITRINE_VERSION);
    if (module == NULL)
        vitrine_module_refuse (VITRINE_OS_MODULE, NULL, error);
    return module;
}

/* --- the list -------------------------------------------------------------------------------------- */

static int
compare (gconstpointer a, gconstpointer b)
{
    const VitrineOs *one = *(VitrineOs *const *) a, *other = *(VitrineOs *const *) b;
    g_autofree char *one_key = NULL, *other_key = NULL;
    gsize n = strcspn (one->name, "0123456789");

    /* Of the same system: the newest first. */
    one_key = g_utf8_collate_key_for_filename (one->name, -1);
    other_key = g_utf8_collate_key_for_filename (other->name, -1);
    if (n == strcspn (other->name, "0123456789") && strncmp (one->name, other->name, n) == 0)
        return strcmp (other_key, one_key);
    return strcmp (one_key, other_key);
}

static void
list_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    const VitrineOsModule *module = vitrine_os_load (&error);
    GPtrArray *list = module != NULL ? module->list (&error) : NULL;

    if (list == NULL) {
        g_task_return_error (task, error);
        return;
    }
    g_ptr_array_set_free_func (list, (GDestroyNotify) vitrine_os_free);
    g_ptr_array_sort (list, compare);
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
}

void
vitrine_host_list_os_async (VitrineHost *self, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);
    g_autoptr (GTask) task = NULL;

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    if (klass->list_os_async != NULL) {
        klass->list_os_async (self, cancellable, callback, user_data);
        return;
    }
    task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_return_on_cancel (task, TRUE);
    g_task_run_in_thread (task, list_thread);
}

GPtrArray *
vitrine_host_list_os_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- what is on a medium ---------------------------------------------------------------------------- */

static void
detect_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    const VitrineOsModule *module = vitrine_os_load (&error);
    VitrineOsGuess *guess = module != NULL ? module->detect (data, cancellable, &error) : NULL;

    if (guess == NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, guess, (GDestroyNotify) vitrine_os_guess_free);
}

void
vitrine_host_detect_os_async (VitrineHost *self, const char *path, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);
    g_autoptr (GTask) task = NULL;

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    g_return_if_fail (path != NULL);
    if (klass->detect_os_async != NULL) {
        klass->detect_os_async (self, path, cancellable, callback, user_data);
        return;
    }
    task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_task_data (task, g_strdup (path), g_free);
    g_task_set_return_on_cancel (task, TRUE);
    g_task_run_in_thread (task, detect_thread);
}

VitrineOsGuess *
vitrine_host_detect_os_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- what follows from it --------------------------------------------------------------------------- */

const VitrineOs *
vitrine_os_find (GPtrArray *list, const char *name)
{
    for (guint i = 0; i < list->len; i++) {
        const VitrineOs *os = g_ptr_array_index (list, i);

        if (g_ascii_strcasecmp (os->short_id, name) == 0 || g_str_equal (os->id, name))
            return os;
    }
    return NULL;
}

gboolean
vitrine_os_matches (const VitrineOs *os, const char *text)
{
    g_autofree char *all = g_strjoin (" ", os->name, os->short_id, os->version, os->vendor, NULL);
    g_autofree char *folded = g_utf8_casefold (all, -1);
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    g_autofree char *wanted = g_utf8_casefold (valid, -1);
    g_auto (GStrv) words = g_strsplit (wanted, " ", -1);

    for (guint i = 0; words[i] != NULL; i++)
        if (strstr (folded, words[i]) == NULL)
            return FALSE;
    return TRUE;
}

guint64
vitrine_os_get_memory_mib (const VitrineOs *os, const VitrineHostLimits *limits)
{
    guint64 half_mib = limits->memory_bytes / 2 / (1024 * 1024);

    return half_mib > 0 ? MIN (os->memory_mib, half_mib) : os->memory_mib;
}

void
vitrine_os_apply (const VitrineOs *os, const VitrineHostLimits *limits, VitrineSpec *spec)
{
    guint64 memory_mib = vitrine_os_get_memory_mib (os, limits);

    vitrine_spec_set_os (spec, os->id);
    if (memory_mib > 0)
        vitrine_spec_set_memory_mib (spec, memory_mib);
    if (os->vcpus > vitrine_spec_get_vcpus (spec) && os->vcpus <= limits->max_vcpus)
        vitrine_spec_set_vcpus (spec, os->vcpus);
    if (os->firmware == VITRINE_FIRMWARE_UEFI && limits->has_uefi)
        vitrine_spec_set_firmware (spec, VITRINE_FIRMWARE_UEFI);
}

/* --- names without the database ---------------------------------------------------------------------- */

/* The part of an id that names the system, and how people write that. */
static const struct {
    const char *word;
    const char *name;
} names[] = {
    { "almalinux", "AlmaLinux" }, { "alpinelinux", "Alpine Linux" },
    { "altlinux", "ALT" },        { "archlinux", "Arch Linux" },
    { "centos", "CentOS" },       { "centos-stream", "CentOS Stream" },
    { "debian", "Debian" },       { "fedora", "Fedora Linux" },
    { "freebsd", "FreeBSD" },     { "linux", "Linux" },
    { "macosx", "macOS" },        { "msdos", "MS-DOS" },
    { "netbsd", "NetBSD" },       { "openbsd", "OpenBSD" },
    { "opensuse", "openSUSE" },   { "rhel", "Red Hat Enterprise Linux" },
    { "rocky", "Rocky Linux" },   { "sles", "SUSE Linux Enterprise Server" },
    { "ubuntu", "Ubuntu" },       { "win", "Windows" },
};

/* "2k22" is the server of 2022. */
static char *
dup_windows_version (const char *version)
{
    if (g_str_has_prefix (version, "2k") && g_ascii_isdigit (version[2]))
        return g_strdup_printf (g_ascii_isdigit (version[3]) ? "Server 20%s" : "Server 200%s",
                                version + 2);
    if (g_str_equal (version, "2k"))
        return g_strdup ("2000");
    return strlen (version) == 2 ? g_ascii_strup (version, -1) : g_strdup (version);
}

char *
vitrine_os_dup_name (const char *id)
{
    const char *host = id != NULL ? strstr (id, "://") : NULL;
    const char *path = host != NULL ? strchr (host + 3, '/') : NULL;
    g_auto (GStrv) parts = g_strsplit (path != NULL ? path + 1 : "", "/", 2);
    g_autofree char *version = NULL;
    g_autofree char *name = NULL;

    if (parts[0] == NULL || *parts[0] == '\0')
        return g_strdup (id != NULL ? id : "");
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (g_str_equal (names[i].word, parts[0]))
            name = g_strdup (names[i].name);
    if (name == NULL) {
        name = g_strdup (parts[0]);
        name[0] = g_ascii_toupper (name[0]);
    }
    version = g_str_equal (parts[0], "win") && parts[1] != NULL ? dup_windows_version (parts[1])
                                                                : g_strdup (parts[1]);
    return version != NULL && *version != '\0' && !g_str_equal (version, "unknown")
               ? g_strdup_printf ("%s %s", name, version)
               : g_steal_pointer (&name);
}
