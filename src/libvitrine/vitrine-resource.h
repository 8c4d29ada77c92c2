/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-resource.h - what a host has beside machines: networks, storage pools and their volumes.
 *
 * This computer's own engine has no pools, and its networks are in vitrine-network.h.
 */
#pragma once

#include "vitrine-host.h"
#include "vitrine-network.h"

G_BEGIN_DECLS

/* The strings are never NULL, "" stands for none. */
typedef struct {
    char *name;
    char *type; /* libvirt's: "dir", "logical", … */
    char *path; /* of the folder, or what else holds its volumes */
    char *source; /* what it is made of: "server:/folder", a device, a volume group */
    gboolean is_active, autostart;
    guint64 capacity_bytes, allocation_bytes, available_bytes; /* 0 while it is not active */
} VitrinePoolInfo;

void vitrine_pool_info_free (VitrinePoolInfo *info);

typedef struct {
    char *name, *path;
    char *format;    /* "qcow2", "raw", …, or "" */
    char *backing;   /* the path of what it is based on */
    char **users;    /* names of the machines that have it as a disk or a CD */
    gboolean in_use; /* one of them runs */
    guint64 capacity_bytes, allocation_bytes;
} VitrineVolumeInfo;

void vitrine_volume_info_free (VitrineVolumeInfo *info);

typedef enum {
    VITRINE_RESOURCE_NETWORK,
    VITRINE_RESOURCE_LEASE, /* of the network "parent"; can be listed only */
    VITRINE_RESOURCE_POOL,
    VITRINE_RESOURCE_VOLUME, /* of the pool "parent" */
} VitrineResourceKind;

typedef enum {
    VITRINE_RESOURCE_LIST,   /* an array: of VitrineNetworkInfo, VitrineLease, VitrinePoolInfo or
                                   VitrineVolumeInfo; with "name" that one alone, or NOT_FOUND */
    VITRINE_RESOURCE_DUMP,   /* a text: libvirt's XML */
    VITRINE_RESOURCE_DEFINE, /* by "xml", a new one: EXISTS */
    VITRINE_RESOURCE_REPLACE, /* the same, or in place of the one that is there; what can be changed of a
                                   network that runs is changed at once.  A network whose subnet another one
                                   has addresses of is INVALID, with both */
    VITRINE_RESOURCE_START,        /* one that runs is no error */
    VITRINE_RESOURCE_STOP,         /* one that does not run is */
    VITRINE_RESOURCE_AUTOSTART,    /* with the host, from now on */
    VITRINE_RESOURCE_NO_AUTOSTART, /* only when it is asked for, from now on */
    VITRINE_RESOURCE_DELETE, /* BUSY while a network or a pool is started, or a volume is used; a pool's
                                   volumes stay where they are unless "with_volumes" */
    VITRINE_RESOURCE_RESIZE, /* a volume, to "size_bytes"; it can only grow, and BUSY while a machine
                                   runs with it */
    VITRINE_RESOURCE_REFRESH, /* looks anew at what is in a pool */
    VITRINE_RESOURCE_BUILD, /* makes what a pool is on: a folder, or a file system, a partition table or a
                                   volume group on a device that has nothing on it that is known */
    VITRINE_RESOURCE_CLONE, /* a volume, to "new_name" in its pool; BUSY while a machine runs with it */
} VitrineResourceAction;

struct _VitrineResourceRequest {
    VitrineResourceKind kind;
    VitrineResourceAction action;
    const char *parent, *name, *xml;
    const char *new_name;
    guint64 size_bytes;
    gboolean
        with_volumes; /* DELETE of a pool that is started: stops it, and takes all of its volumes, or, where one
                              is used, nothing */
    VitrineProgress
        progress;           /* or NULL: how far a volume's DEFINE or CLONE is, on the main thread */
    gpointer progress_data; /* kept by who asks until the answer */
};

/* Whether HOST has any: where it does not, asking is UNSUPPORTED. */
gboolean vitrine_host_has_resources (VitrineHost *self);

/* REQUEST is copied; the answer is for the finish function of its action. */
void vitrine_host_ask_resource_async (VitrineHost *self, const VitrineResourceRequest *request,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);

/* All actions but the first two. */
gboolean vitrine_host_ask_resource_finish (VitrineHost *self, GAsyncResult *result, GError **error);

/* LIST and DUMP; (transfer full). */
GPtrArray *vitrine_host_list_resources_finish (VitrineHost *self, GAsyncResult *result,
                                               GError **error);
char *vitrine_host_dump_resource_finish (VitrineHost *self, GAsyncResult *result, GError **error);

/* --- for engines ------------------------------------------------------------------------------ */

VitrineResourceRequest *vitrine_resource_request_copy (const VitrineResourceRequest *request);
void vitrine_resource_request_free (VitrineResourceRequest *request);

G_END_DECLS
