/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-storage.c - what is asked of a host's storage pools, and how they are said. */
#include "app-storage.h"

#include <glib/gi18n.h>

/* --- a new pool ------------------------------------------------------------------------------- */

typedef struct {
    char *name;
    AppPoolSteps left; /* that are to be taken */
    GError *error;     /* why it is taken back */
} Making;

static void
making_free (gpointer data)
{
    Making *making = data;

    g_free (making->name);
    g_clear_error (&making->error);
    g_free (making);
}

static void
ask (VitrineHost *host, GTask *task, VitrineResourceAction action, GCancellable *cancellable,
     GAsyncReadyCallback callback)
{
    const Making *making = g_task_get_task_data (task);
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL,
                                             .action = action,
                                             .name = making->name };

    vitrine_host_ask_resource_async (host, &request, cancellable, callback, task);
}

static void
taken_back_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Making *making = g_task_get_task_data (task);

    vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, NULL);
    g_task_return_error (task, g_steal_pointer (&making->error));
}

static void stepped_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* The next one that is to be taken, in the order in which they need each other. */
static void
take_step (VitrineHost *host, GTask *task)
{
    static const struct {
        AppPoolSteps step;
        VitrineResourceAction action;
    } steps[] = {
        { APP_POOL_BUILD, VITRINE_RESOURCE_BUILD },
        { APP_POOL_AUTOSTART, VITRINE_RESOURCE_AUTOSTART },
        { APP_POOL_START, VITRINE_RESOURCE_START },
    };
    Making *making = g_task_get_task_data (task);

    for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
        if ((making->left & steps[i].step) != 0) {
            making->left &= ~steps[i].step;
            ask (host, task, steps[i].action, g_task_get_cancellable (task), stepped_cb);
            return;
        }
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
stepped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Making *making = g_task_get_task_data (task);
    VitrineHost *host = VITRINE_HOST (source);

    if (vitrine_host_ask_resource_finish (host, result, &making->error))
        take_step (host, task);
    else
        ask (host, task, VITRINE_RESOURCE_DELETE, NULL, taken_back_cb);
}

/* What could not be defined is nothing that could be taken back, and may be somebody else's. */
static void
defined_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    GError *error = NULL;

    if (vitrine_host_ask_resource_finish (VITRINE_HOST (source), result, &error)) {
        take_step (VITRINE_HOST (source), task);
        return;
    }
    g_task_return_error (task, error);
    g_object_unref (task);
}

void
app_storage_create_pool_async (VitrineHost *host, const char *name, const char *xml,
                               AppPoolSteps steps, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL,
                                             .action = VITRINE_RESOURCE_DEFINE,
                                             .xml = xml };
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Making *making = g_new0 (Making, 1);

    making->name = g_strdup (name);
    making->left = steps;
    g_task_set_task_data (task, making, making_free);
    vitrine_host_ask_resource_async (host, &request, cancellable, defined_cb, task);
}

gboolean
app_storage_create_pool_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- what was listed -------------------------------------------------------------------------- */

const VitrinePoolInfo *
app_storage_find_pool (GPtrArray *pools, const char *name)
{
    for (guint i = 0; pools != NULL && i < pools->len; i++) {
        const VitrinePoolInfo *info = g_ptr_array_index (pools, i);

        if (g_strcmp0 (info->name, name) == 0)
            return info;
    }
    return NULL;
}

const VitrineVolumeInfo *
app_storage_find_volume (GPtrArray *volumes, const char *name)
{
    for (guint i = 0; volumes != NULL && i < volumes->len; i++) {
        const VitrineVolumeInfo *info = g_ptr_array_index (volumes, i);

        if (g_strcmp0 (info->name, name) == 0)
            return info;
    }
    return NULL;
}

/* --- words ------------------------------------------------------------------------------------ */

const char *
app_storage_format_type (const char *type)
{
    const VitrinePoolKind *kind = vitrine_pool_kind_find (type);

    return kind != NULL ? _ (kind->title) : type;
}
