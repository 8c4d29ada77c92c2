/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-host-private.h - what the files of a libvirt host share. */
#pragma once

#include "libvirt-host.h"

G_BEGIN_DECLS

struct _LibvirtHost {
    VitrineHost parent_instance;
    LibvirtLink *link;     /* NULL while there is none */
    gboolean was_open;     /* it could be had once, so it is worth trying again by ourselves */
    gboolean open;         /* the link can be used */
    GPtrArray *opening;    /* of Waiter: who waits until it is */
    GPtrArray *connecting; /* the same: who waits until the machines are listed */
    gboolean begun;        /* a listing was asked for */
    GTask *listing;        /* its task, once there is a link; not owned */
    GHashTable *found; /* while they are: UUID to LibvirtMachine, those that are new; else NULL */

    GHashTable *readings; /* UUID to Reading: those in flight, and those in the queue */
    GQueue queue;         /* of UUIDs, owned by READINGS */
    guint n_reading;

    guint retry_source;
    guint retry_s; /* how long the next pause is */
    VitrineHostLimits limits;
    gboolean elsewhere; /* another computer */
    const char *network;
};

/* Calls NEXT with TASK (taken over) when there is a connection, after opening one if there is none; answers
 * it when none can be had, or it is cancelled meanwhile. */
void libvirt_host_with_link (LibvirtHost *self, GTask *task, void (*next) (GTask *task));

GHashTable *libvirt_host_make_readings (void);

/* Gives up whatever was under way because of REASON, and what waited for it with it. */
void libvirt_host_drop_readings (LibvirtHost *self, const GError *reason);

/* What a host does not tell is zero.  Blocks. */
void libvirt_host_read_limits (virConnectPtr connection, VitrineHostLimits *limits);

/* Those of its vfuncs that are in libvirt-host-make.c, libvirt-resource.c and libvirt-stats.c. */
void libvirt_host_define_async (VitrineHost *host, const char *xml, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
void libvirt_host_create_async (VitrineHost *host, VitrineSpec *spec, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
void libvirt_host_ask_resource_async (VitrineHost *host, const VitrineResourceRequest *request,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
void libvirt_host_get_stats_async (VitrineHost *host, GPtrArray *machines,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
void libvirt_host_check_async (VitrineHost *host, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
