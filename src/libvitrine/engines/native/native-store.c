/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-store.c - the machines folder: reading it, locking it, writing a file of it. */
#define _GNU_SOURCE /* F_OFD_SETLKW */
#include "native-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "image-chain.h"
#include "native-paths.h"
#include "native-disk.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

void
native_record_free (NativeRecord *record)
{
    if (record == NULL)
        return;
    g_free (record->uuid);
    g_free (record->name);
    g_free (record->os);
    g_free (record->problem);
    g_free (record->reason);
    g_free (record);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void
name_text_cb (GMarkupParseContext *context, const char *text, gsize len, gpointer user_data,
              GError **error)
{
    const GSList *stack = g_markup_parse_context_get_element_stack (context);
    char **name = user_data;

    if (*name == NULL && g_str_equal (stack->data, "name") && stack->next != NULL
        && stack->next->next == NULL)
        *name = g_strstrip (g_strndup (text, len));
}

/* The name in a definition that cannot be used, as far as it can be read, so that its user knows
 * which it is; else the UUID. */
static char *
salvage_name (const char *xml, const char *uuid)
{
    static const GMarkupParser parser = { .text = name_text_cb };
    g_autofree char *name = NULL;
    GMarkupParseContext *context = g_markup_parse_context_new (&parser, 0, &name, NULL);

    g_markup_parse_context_parse (context, xml, -1, NULL);
    g_markup_parse_context_free (context);
    if (name == NULL || !vitrine_definition_check_name (name, NULL))
        return g_strdup (uuid);
    return g_steal_pointer (&name);
}

char *
native_store_dup_xml (const char *machines, const char *uuid, GError **error)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_STORE_XML, NULL);
    g_autoptr (GError) reason = NULL;
    char *xml = NULL;

    if (g_file_get_contents (path, &xml, NULL, &reason))
        return xml;
    if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("The machine is gone"));
    else
        vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("The definition cannot be read: %s"),
                        reason->message);
    return NULL;
}

/* The definition of the machine in folder UUID; *NAME is set whenever there is one. */
static VitrineDefinition *
load (const char *machines, const char *uuid, char **name, GError **error)
{
    g_autofree char *xml = native_store_dup_xml (machines, uuid, error);
    g_autoptr (VitrineDefinition) definition = NULL;

    if (xml == NULL)
        return NULL;
    definition = vitrine_definition_parse (xml, -1, error);
    *name = definition != NULL ? g_strdup (vitrine_definition_get_name (definition))
                               : salvage_name (xml, uuid);
    if (definition == NULL)
        return NULL;
    if (!g_str_equal (vitrine_definition_get_uuid (definition), uuid)) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("The folder “%s” holds the definition of another machine (%s)"), uuid,
                        vitrine_definition_get_uuid (definition));
        return NULL;
    }
    return g_steal_pointer (&definition);
}

NativeRecord *
native_store_read (const char *machines, const char *uuid)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *name = NULL;
    g_autoptr (VitrineDefinition) definition = load (machines, uuid, &name, &error);
    NativeRecord *record;

    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        return NULL;
    record = g_new0 (NativeRecord, 1);
    record->uuid = g_strdup (uuid);
    record->name = name != NULL ? g_steal_pointer (&name) : g_strdup (uuid);
    record->problem = g_strdup (error != NULL ? error->message : "");
    record->state = native_store_read_last_run (machines, uuid, &record->reason);
    if (definition != NULL) {
        record->vcpus = vitrine_definition_get_vcpus (definition);
        record->memory_bytes = vitrine_definition_get_first_memory_bytes (definition);
        record->firmware = vitrine_rules_firmware (definition);
        record->os = g_strdup (vitrine_definition_get_os (definition));
    }
    return record;
}

/* Calls VISIT with each folder that a machine may be in, until it returns FALSE. */
static void
visit (const char *machines, gboolean (*visit_one) (const char *uuid, gpointer data), gpointer data)
{
    g_autoptr (GDir) dir = g_dir_open (machines, 0, NULL);
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
        if (g_uuid_string_is_valid (entry) && !visit_one (entry, data))
            return;
}

struct list {
    const char *machines;
    GCancellable *cancellable;
    GPtrArray *records;
};

static gboolean
list_one (const char *uuid, gpointer data)
{
    struct list *list = data;
    NativeRecord *record = native_store_read (list->machines, uuid);

    if (record != NULL)
        g_ptr_array_add (list->records, record);
    return !g_cancellable_is_cancelled (list->cancellable);
}

GPtrArray *
native_store_list (const char *machines, GCancellable *cancellable)
{
    struct list list = { machines, cancellable,
                         g_ptr_array_new_with_free_func ((GDestroyNotify) native_record_free) };

    visit (machines, list_one, &list);
    return list.records;
}

struct search {
    const char *machines;
    const char *wanted; /* a name, or a path */
    const char *except; /* not this UUID */
    struct stat st;     /* of the path */
    gboolean exists;
    char *found;
    gboolean is_base;
};

/* A folder copied by hand has the name twice; the machine that can be used is meant. */
static gboolean
find_name_one (const char *uuid, gpointer data)
{
    struct search *search = data;
    g_autofree char *name = NULL;
    g_autoptr (VitrineDefinition) definition = load (search->machines, uuid, &name, NULL);

    if (g_strcmp0 (name, search->wanted) != 0)
        return TRUE;
    if (definition == NULL && search->found != NULL)
        return TRUE;
    g_free (search->found);
    search->found = g_strdup (uuid);
    return definition == NULL;
}

char *
native_store_find_name (const char *machines, const char *name)
{
    struct search search = { .machines = machines, .wanted = name };

    visit (machines, find_name_one, &search);
    return search.found;
}

/* A block device may have several nodes. */
static gboolean
is_same (const struct stat *a, const struct stat *b)
{
    if (S_ISBLK (a->st_mode) && S_ISBLK (b->st_mode))
        return a->st_rdev == b->st_rdev;
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static gboolean
is_wanted_disk (struct search *search, const VitrineDefinitionDevice *device)
{
    struct stat st;

    if (device->kind != VITRINE_DEFINITION_DISK || device->source == NULL)
        return FALSE;
    if (g_str_equal (device->source, search->wanted))
        return TRUE;
    if (device->server != NULL)
        return FALSE;
    if (search->exists && stat (device->source, &st) == 0 && is_same (&st, &search->st))
        return TRUE;
    search->is_base =
        search->exists && image_chain_is_above (device->source, device->format, &search->st);
    return search->is_base;
}

static gboolean
find_disk_one (const char *uuid, gpointer data)
{
    struct search *search = data;
    g_autofree char *name = NULL;
    g_autoptr (VitrineDefinition) definition = NULL;
    GPtrArray *devices;

    if (g_strcmp0 (uuid, search->except) == 0)
        return TRUE;
    definition = load (search->machines, uuid, &name, NULL);
    if (definition == NULL)
        return TRUE;
    devices = vitrine_definition_get_devices (definition);
    for (guint i = 0; i < devices->len; i++) {
        if (!is_wanted_disk (search, g_ptr_array_index (devices, i)))
            continue;
        search->found = g_steal_pointer (&name);
        return FALSE;
    }
    return TRUE;
}

char *
native_store_find_disk_user (const char *machines, const char *uuid, const char *path,
                             gboolean *is_base)
{
    struct search search = { .machines = machines, .wanted = path, .except = uuid };

    search.exists = stat (path, &search.st) == 0;
    visit (machines, find_disk_one, &search);
    if (is_base != NULL)
        *is_base = search.is_base;
    return search.found;
}

struct card_search {
    const char *machines;
    const VitrineDefinition *definition;
    const char *mac; /* of the definition's */
    char *found;
};

/* The address of a card of A that a card of B has, too; NULL when none has. */
static const char *
find_common_mac (const VitrineDefinition *a, const VitrineDefinition *b)
{
    GPtrArray *ours = vitrine_definition_get_devices (a);
    GPtrArray *theirs = vitrine_definition_get_devices (b);

    for (guint i = 0; i < ours->len; i++) {
        const VitrineDefinitionDevice *one = g_ptr_array_index (ours, i);

        for (guint j = 0; one->network != NULL && j < theirs->len; j++) {
            const VitrineDefinitionDevice *other = g_ptr_array_index (theirs, j);

            if (other->network != NULL && g_str_equal (one->network->mac, other->network->mac))
                return one->network->mac;
        }
    }
    return NULL;
}

static gboolean
find_card_one (const char *uuid, gpointer data)
{
    struct card_search *search = data;
    g_autofree char *name = NULL;
    g_autoptr (VitrineDefinition) other = NULL;

    if (g_str_equal (uuid, vitrine_definition_get_uuid (search->definition)))
        return TRUE;
    other = load (search->machines, uuid, &name, NULL);
    if (other != NULL)
        search->mac = find_common_mac (search->definition, other);
    if (search->mac != NULL)
        search->found = g_steal_pointer (&name);
    return search->mac == NULL;
}

char *
native_store_find_card_user (const char *machines, const VitrineDefinition *definition, char **mac)
{
    struct card_search search = { .machines = machines, .definition = definition };

    if (vitrine_definition_has_network (definition))
        visit (machines, find_card_one, &search);
    *mac = g_strdup (search.mac);
    return search.found;
}

gboolean
native_store_check_cards (const char *machines, const VitrineDefinition *definition, GError **error)
{
    g_autofree char *mac = NULL;
    g_autofree char *user = native_store_find_card_user (machines, definition, &mac);

    return user == NULL
           || vitrine_refuse (error, VITRINE_ERROR_EXISTS,
                              /* TRANSLATORS: a machine, a hardware address, another machine */
                              _ ("A network card of “%s” has the address %s, as one of “%s”; give "
                                 "it another address"),
                              vitrine_definition_get_name (definition), mac, user);
}

VitrineMachineState
native_store_read_last_run (const char *machines, const char *uuid, char **reason)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_STORE_LAST_RUN, NULL);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *outcome = NULL;

    *reason = NULL;
    if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL)) {
        outcome = g_key_file_get_string (file, "last-run", "outcome", NULL);
        *reason = g_key_file_get_string (file, "last-run", "reason", NULL);
    }
    if (*reason == NULL)
        *reason = g_strdup ("");
    return g_strcmp0 (outcome, "crashed") == 0 ? VITRINE_MACHINE_CRASHED : VITRINE_MACHINE_OFF;
}

/* --- locks ------------------------------------------------------------------------------------ */

int
native_store_lock (const char *machines, GError **error)
{
    g_autofree char *path = g_build_filename (machines, ".lock", NULL);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int ret = native_paths_make_folder (machines);
    vitrine_autofd fd = -1;

    if (ret != 0) {
        native_store_refuse_errno (machines, -ret, error);
        return -1;
    }
    fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        native_store_refuse_errno (path, errno, error);
        return -1;
    }
    /* Whoever has it makes a few small files, and goes. */
    while (fcntl (fd, F_OFD_SETLKW, &lock) != 0) {
        if (errno == EINTR)
            continue;
        native_store_refuse_errno (path, errno, error);
        return -1;
    }
    return vitrine_fd_steal (&fd);
}

int
native_store_take_lock (const char *path)
{
    vitrine_autofd fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    int ret = fd >= 0 ? fd_lock (fd, true) : -errno;

    return ret == 0 ? vitrine_fd_steal (&fd) : ret;
}

int
native_store_lock_machine (const char *machines, const char *uuid, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_STORE_LOCK, NULL);
    int fd = native_store_take_lock (path);

    if (fd == -EAGAIN)
        vitrine_refuse (error, VITRINE_ERROR_BUSY, _ ("“%s” is running; switch it off first"),
                        name);
    else if (fd < 0)
        native_store_refuse_errno (path, -fd, error);
    return MAX (fd, -1);
}

int
native_store_probe_lock (const char *path)
{
    vitrine_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    return fd >= 0 ? fd_probe_lock (fd) : 0;
}

gboolean
native_store_is_running (const char *machines, const char *uuid)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_STORE_LOCK, NULL);

    return native_store_probe_lock (path) > 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

gboolean
native_store_refuse_errno (const char *path, int err, GError **error)
{
    switch (err) {
    case ENOSPC:
    case EDQUOT:
        return vitrine_refuse (error, VITRINE_ERROR_NO_SPACE, _ ("There is no space left for “%s”"),
                               path);
    case EACCES:
    case EPERM:
    case EROFS:
        return vitrine_refuse (error, VITRINE_ERROR_DENIED, _ ("“%s” may not be written by you"),
                               path);
    case EFBIG:
        return vitrine_refuse (error, VITRINE_ERROR_NO_SPACE,
                               _ ("The file system cannot hold a file as large as “%s”"), path);
    default:
        return vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("“%s” cannot be written: %s"), path,
                               g_strerror (err));
    }
}

gboolean
native_store_write (const char *path, const char *text, GError **error)
{
    vitrine_autofd fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    gsize len = strlen (text);

    if (fd < 0)
        return native_store_refuse_errno (path, errno, error);
    while (len > 0) {
        ssize_t n = write (fd, text, len);

        if (n < 0 && errno != EINTR)
            return native_store_refuse_errno (path, errno, error);
        if (n > 0) {
            text += n;
            len -= (gsize) n;
        }
    }
    return fsync (fd) == 0 || native_store_refuse_errno (path, errno, error);
}

gboolean
native_store_sync (const char *folder, GError **error)
{
    vitrine_autofd fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return (fd >= 0 && fsync (fd) == 0) || native_store_refuse_errno (folder, errno, error);
}

/* The file comes from beside the machine's folder, where watchers see it leave. */
gboolean
native_store_replace (const char *machines, VitrineDefinition *definition, GError **error)
{
    const char *uuid = vitrine_definition_get_uuid (definition);
    g_autofree char *way = g_strconcat (machines, "/" NATIVE_STORE_XML_WAY, uuid, NULL);
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);
    g_autofree char *path = g_build_filename (folder, NATIVE_STORE_XML, NULL);

    if (!native_store_write (way, vitrine_definition_get_xml (definition), error)
        || (rename (way, path) != 0 && !native_store_refuse_errno (path, errno, error))) {
        g_unlink (way);
        return FALSE;
    }
    native_store_sync (folder, NULL);
    return TRUE;
}

void
native_store_sweep (const char *machines)
{
    g_autoptr (GDir) dir = g_dir_open (machines, 0, NULL);
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
        g_autofree char *path = g_build_filename (machines, entry, NULL);
        g_autoptr (GDir) inner = NULL;
        const char *file;

        if (g_str_has_prefix (entry, NATIVE_STORE_XML_WAY))
            g_unlink (path);
        if (!g_str_has_prefix (entry, NATIVE_STORE_NEW)
            || native_store_is_running (machines, entry))
            continue;
        native_disk_remove_left (path);
        inner = g_dir_open (path, 0, NULL);
        while (inner != NULL && (file = g_dir_read_name (inner)) != NULL) {
            g_autofree char *inner_path = g_build_filename (path, file, NULL);

            g_unlink (inner_path);
        }
        g_rmdir (path);
    }
}
