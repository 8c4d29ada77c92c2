/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-lock.c - who uses what: advisory locks on disks and on machine folders. */
#include "keeper-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "definition.h"
#include "fd.h"
#include "image-chain.h"
#include "vitrine-error.h"

/* What a keeper says with the bytes of its folder's lock that it has locked.  Who changes a machine
 * that is off locks all of them.  The kernel joins locked bytes that are neighbours. */
#define BYTE_RUNS      0
#define BYTE_HAS_DISKS 2

static int
lock_bytes (int fd, short type, off_t start, off_t length)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

    if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

/* Whether the machine in FOLDER was not removed while its lock, FD at PATH, was waited for: who removes it has
 * the lock until it is gone.  What asking for the lock made of the folder goes then as well. */
static gboolean
is_still_there (const char *folder, int fd, const char *path)
{
    g_autofree char *definition = g_build_filename (folder, "machine.xml", NULL);

    if (!fd_is_at (fd, path))
        return FALSE;
    if (access (definition, F_OK) == 0)
        return TRUE;
    unlink (path);
    rmdir (folder);
    return FALSE;
}

int
keeper_lock_folder (const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename (folder, "lock", NULL);
    int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    int ret;

    if (fd < 0) {
        int saved = errno;

        g_set_error (
            error, VITRINE_ERROR,
            saved == EACCES || saved == EROFS ? VITRINE_ERROR_DENIED : VITRINE_ERROR_ENGINE,
            _ ("The machine's folder %s cannot be written to: %s"), folder, g_strerror (saved));
        return -1;
    }
    ret = lock_bytes (fd, F_WRLCK, BYTE_RUNS, 1);
    if (ret == 0 && is_still_there (folder, fd, path))
        return fd;
    fd_close (&fd);
    if (ret == 0)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("There is no machine “%s”"),
                     name);
    else if (ret == -EAGAIN)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("“%s” is already running"), name);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The machine's folder %s cannot be locked: %s"), folder, g_strerror (-ret));
    return -1;
}

void
keeper_lock_say_has_disks (int fd)
{
    (void) lock_bytes (fd, F_WRLCK, BYTE_HAS_DISKS, 1); /* nobody asks for this byte alone */
}

/* Whether somebody has locked BYTE of FOLDER's lock. */
static gboolean
is_locked (const char *folder, off_t byte)
{
    g_autofree char *path = g_build_filename (folder, "lock", NULL);
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    gboolean held = fd >= 0 && fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

    fd_close (&fd);
    return held;
}

/* Whether the machine in FOLDER has the file ST; its name when it does. */
static char *
name_if_uses (const char *folder, const struct stat *st)
{
    g_autofree char *path = g_build_filename (folder, "machine.xml", NULL);
    g_autofree char *xml = NULL;
    g_autoptr (VitrineDefinition) definition = NULL;
    GPtrArray *devices;

    if (!g_file_get_contents (path, &xml, NULL, NULL)
        || !(definition = vitrine_definition_parse (xml, -1, NULL)))
        return NULL;
    devices = vitrine_definition_get_devices (definition);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        struct stat other;

        if (device->source && !device->server && stat (device->source, &other) == 0
            && other.st_dev == st->st_dev && other.st_ino == st->st_ino)
            return g_strdup (vitrine_definition_get_name (definition));
    }
    return NULL;
}

char *
keeper_lock_find_user (const char *folder, const struct stat *st, gboolean only_with_disks)
{
    off_t byte = only_with_disks ? BYTE_HAS_DISKS : BYTE_RUNS;
    g_autofree char *machines = g_path_get_dirname (folder);
    g_autofree char *own = g_path_get_basename (folder);
    g_autoptr (GDir) dir = g_dir_open (machines, 0, NULL);
    const char *entry;

    while (dir && (entry = g_dir_read_name (dir))) {
        g_autofree char *other = g_build_filename (machines, entry, NULL);
        char *name;

        if (g_str_equal (entry, own) || !is_locked (other, byte))
            continue;
        name = name_if_uses (other, st);
        if (name)
            return name;
    }
    return NULL;
}

/* The definition in FOLDER, if one of its disks may be based on another: most machines need not be read for that. */
static VitrineDefinition *
read_if_layered (const char *folder)
{
    g_autofree char *path = g_build_filename (folder, "machine.xml", NULL);
    g_autofree char *xml = NULL;

    if (!g_file_get_contents (path, &xml, NULL, NULL) || !strstr (xml, "qcow2"))
        return NULL;
    return vitrine_definition_parse (xml, -1, NULL);
}

char *
keeper_lock_find_heir (const char *folder, const struct stat *st)
{
    g_autofree char *machines = g_path_get_dirname (folder);
    g_autofree char *own = g_path_get_basename (folder);
    g_autoptr (GDir) dir = g_dir_open (machines, 0, NULL);
    const char *entry;

    while (dir && (entry = g_dir_read_name (dir))) {
        g_autofree char *other = g_build_filename (machines, entry, NULL);
        g_autoptr (VitrineDefinition) definition = NULL;
        GPtrArray *devices;

        if (!g_uuid_string_is_valid (entry) || g_str_equal (entry, own)
            || !(definition = read_if_layered (other)))
            continue;
        devices = vitrine_definition_get_devices (definition);
        for (guint i = 0; i < devices->len; i++) {
            const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

            if (device->source && !device->server
                && image_chain_is_above (device->source, device->format, st))
                return g_strdup (vitrine_definition_get_name (definition));
        }
    }
    return NULL;
}
