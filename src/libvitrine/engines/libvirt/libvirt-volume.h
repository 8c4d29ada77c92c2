/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-volume.h - disk images of a libvirt host: volumes of its storage pools.
 *
 * All of these block and run in a thread of the link.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "vitrine-error.h"

G_BEGIN_DECLS

/* The pool that new images go to, active: the one called "default", else the first that holds files or volumes.
 * Where there is none at all "default" is made, unless the host is another computer's or the user may not.
 * (transfer full, virStoragePoolFree()), or NULL. */
virStoragePoolPtr libvirt_volume_find_pool (virConnectPtr connection, GError **error);

/* The active pool whose folder the file PATH would be in (transfer full), or NULL with NOT_FOUND. */
virStoragePoolPtr libvirt_volume_find_pool_of (virConnectPtr connection, const char *path,
                                               GError **error);

/* "qcow2", or "raw" where POOL's volumes are no files; static. */
const char *libvirt_volume_get_format (virStoragePoolPtr pool);

/* "NAME.FORMAT", "NAME-2.FORMAT", …, from the Nth (0 on) on the first that POOL has not; (transfer full). */
char *libvirt_volume_dup_free_name (virStoragePoolPtr pool, const char *name, guint n,
                                    const char *format);

/* Returns the path of the volume FILE (transfer full), or NULL. */
char *libvirt_volume_create (virStoragePoolPtr pool, const char *file, const char *format,
                             guint64 size_bytes, GError **error);

/* Writes CONTENT to the beginning of the volume at PATH. */
gboolean libvirt_volume_fill (virConnectPtr connection, const char *path, GBytes *content,
                              GError **error);

gboolean libvirt_volume_delete (virConnectPtr connection, const char *path, GError **error);

/* The format of the volume at PATH, as its pool says; NULL when it is in no pool. (transfer full) */
char *libvirt_volume_dup_format (virConnectPtr connection, const char *path);

/* How many bytes the volume at PATH holds for a guest; 0 when it is in no pool. */
guint64 libvirt_volume_get_size (virConnectPtr connection, const char *path);

/* What uses PATH beside the machine UUID: another machine, as its disk, or another image, which is based on it.
 * A sentence's end such as "it is a disk of “x”"; NULL for nothing.  (transfer full) */
char *libvirt_volume_dup_user (virConnectPtr connection, const char *path, const char *uuid);

/* The paths on which images are based, in the active pools but the one called EXCEPT (NULL: in all), each with the name of
 * one such image.  (transfer full) */
GHashTable *libvirt_volume_read_bases (virConnectPtr connection, const char *except);

/* Which image is based on PATH, as BASES say: a sentence's end such as "“x” is based on it"; NULL for none.
 * (transfer full) */
char *libvirt_volume_dup_image (GHashTable *bases, const char *path);

/* Whether anything does, a machine's CD drive, too. */
gboolean libvirt_volume_is_used (virConnectPtr connection, const char *path, const char *uuid);

G_END_DECLS
