/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-host-private.h - what the files of the native host share. */
#pragma once

#include "native-host.h"

G_BEGIN_DECLS

struct _NativeHost {
    VitrineHost parent_instance;
    char *machines;
    char *runtime;
    GFileMonitor *machines_monitor;
    GFileMonitor *runtime_monitor;
    GHashTable *incomplete; /* UUID of a folder with no usable definition → its GFileMonitor */
    GPtrArray *connecting;  /* tasks that wait for the first listing; NULL before and after it */
    GHashTable *touched;    /* UUIDs that changed while it was made */
    guint n_unsettled;      /* machines of it whose keeper has yet to speak */
};

/* Reads the machine UUID anew: there may be a new one, a changed one, or none any more. */
void native_host_look_at (NativeHost *self, const char *uuid);

/* --- native-host-make.c */

void native_host_create_full_async (VitrineHost *host, VitrineSpec *spec, VitrineProgress progress,
                                    gpointer progress_data, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
void native_host_plan_express_async (VitrineHost *host, const char *iso, const char *os,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
void native_host_define_async (VitrineHost *host, const char *xml, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

void native_host_clone_async (VitrineHost *host, VitrineMachine *original, const char *name,
                              VitrineCloneKind kind, VitrineProgress progress,
                              gpointer progress_data, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);

/* --- native-host-image.c */

void native_host_list_images_async (VitrineHost *host, const char *path, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
void native_host_image_async (VitrineHost *host, const struct _VitrineImageJob *job,
                              VitrineProgress progress, gpointer progress_data,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);

void native_host_read_import_async (VitrineHost *host, const char *path, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);

/* --- native-stats.c */

void native_host_get_stats_async (VitrineHost *host, GPtrArray *machines, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);

/* --- native-host-volume.c */

void native_host_list_volume_groups_async (VitrineHost *host, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);

/* --- native-host-make.c */

/* Of these three, and of look_up. */
VitrineMachine *native_host_machine_finish (VitrineHost *host, GAsyncResult *result,
                                            GError **error);

G_END_DECLS
