/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-storage.h - new storage pools and volumes of libvirt hosts: what they are to be.
 *
 * What is made of them is a text, for VITRINE_RESOURCE_DEFINE.  Any thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a pool can be told, a bit each. */
typedef enum {
    VITRINE_POOL_PATH = 1 << 0,   /* the folder, or where it is mounted */
    VITRINE_POOL_HOST = 1 << 1,   /* the server: "HOST" or "HOST:PORT" */
    VITRINE_POOL_FOLDER = 1 << 2, /* on the server */
    VITRINE_POOL_DEVICE = 1 << 3, /* a block device, or an iSCSI target's name */
    VITRINE_POOL_GROUP = 1 << 4,  /* LVM's group, Ceph's pool, Gluster's volume */
    VITRINE_POOL_FORMAT = 1 << 5, /* of the file system or the partition table */
} VitrinePoolField;

/* A type of pool that a form can be made for; the others are made by their XML. */
typedef struct {
    const char *type;     /* libvirt's word */
    const char *title;    /* for gettext() */
    guint fields, needs;  /* bits of VitrinePoolField: what it can be told, and what it must be */
    const char *formats;  /* of FORMAT, the first is the usual one, with spaces between; or NULL */
    const char *target;   /* where its volumes' devices are, or NULL */
    gboolean has_files;   /* its volumes are files, each of a format of its own */
    gboolean can_build;   /* a file system, a partition table or a group can be made on its device */
} VitrinePoolKind;

/* All of them, N; static. */
const VitrinePoolKind *vitrine_pool_kinds (guint *n);
/* NULL where there is no form for TYPE. */
const VitrinePoolKind *vitrine_pool_kind_find (const char *type);
/* What FIELD is called in a pool of KIND; static, translated. */
const char *vitrine_pool_field_get_title (const VitrinePoolKind *kind, VitrinePoolField field);

/* A new pool; NULL and "" leave a field out. */
typedef struct {
    const char *name; /* needed */
    const char *type; /* NULL: "dir" */
    const char *path, *host, *folder, *device, *group, *format;
} VitrinePoolSpec;

/* (transfer full) INVALID, UNSUPPORTED for a type that is none of the kinds. */
char *vitrine_pool_spec_to_xml (const VitrinePoolSpec *spec, GError **error);

/* A new volume. */
typedef struct {
    const char *name;         /* needed */
    guint64 size_bytes;       /* needed, unless it is based on another: that one's, then */
    guint64 allocation_bytes; /* taken at once; 0: as it fills */
    const char *format;       /* NULL: what the pool usually has */
    const char *backing;      /* the path of what it is based on, or NULL */
    const char *backing_format;
} VitrineVolumeSpec;

/* (transfer full) INVALID. */
char *vitrine_volume_spec_to_xml (const VitrineVolumeSpec *spec, GError **error);

/* INVALID for what is no volume's name in any pool. */
gboolean vitrine_volume_check_name (const char *name, GError **error);

G_END_DECLS
