/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-storage.h - what is asked of a host's storage pools, and how they are said. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

typedef enum {
    APP_POOL_BUILD = 1 << 0, /* a file system, a partition table or a group on its device */
    APP_POOL_AUTOSTART = 1 << 1,
    APP_POOL_START = 1 << 2,
} AppPoolSteps;

/* Defines the pool NAME as XML says and takes STEPS; where one of them fails, or all is cancelled, it is defined no more.
 * NAME may be NULL where there are no steps. */
void app_storage_create_pool_async (VitrineHost *host, const char *name, const char *xml,
                                    AppPoolSteps steps, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean app_storage_create_pool_finish (GAsyncResult *result, GError **error);

/* The one called NAME of POOLS, or of VOLUMES, as they were listed; NULL for none, as for no name or no list. */
const VitrinePoolInfo *app_storage_find_pool (GPtrArray *pools, const char *name);
const VitrineVolumeInfo *app_storage_find_volume (GPtrArray *volumes, const char *name);

/* "Folder", or libvirt's word for a type that there is no form for; static, translated. */
const char *app_storage_format_type (const char *type);

G_END_DECLS
