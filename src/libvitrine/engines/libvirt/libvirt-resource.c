/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-resource.c - what is asked of networks, pools and volumes, and how that is answered. */
#include "libvirt-resource.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-tree.h"
#include "vitrine-private.h"

void
libvirt_resource_answer (GTask *answer, gboolean done, const char *name)
{
    GError *error = NULL;

    if (done) {
        g_task_return_boolean (answer, TRUE);
        return;
    }
    libvirt_error_take (name, &error);
    g_task_return_error (answer, error);
}

void
libvirt_resource_answer_text (GTask *answer, char *text, const char *name)
{
    GError *error = NULL;

    if (text == NULL) {
        libvirt_error_take (name, &error);
        g_task_return_error (answer, error);
        return;
    }
    g_task_return_pointer (answer, g_strdup (text), g_free);
    free (text);
}

char *
libvirt_resource_dup_name (GTask *answer, const char *xml, const char *root)
{
    GError *error = NULL;
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, root, &error);

    if (document != NULL)
        return libvirt_tree_dup_text (
            libvirt_tree_find_child (xmlDocGetRootElement (document), "name"));
    g_task_return_error (answer, error);
    return NULL;
}

static void
ask_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    const VitrineResourceRequest *request = data;

    if (connection == NULL)
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("The host is not connected"));
    else if (request->kind == VITRINE_RESOURCE_POOL)
        libvirt_pool_ask (connection, request, answer);
    else if (request->kind == VITRINE_RESOURCE_VOLUME)
        libvirt_volume_ask (connection, request, answer);
    else
        libvirt_network_ask (connection, request, answer);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    const VitrineResourceRequest *request = g_task_get_task_data (task);
    GError *error = NULL;
    gpointer pointer = NULL;

    if (request->action == VITRINE_RESOURCE_LIST || request->action == VITRINE_RESOURCE_DUMP)
        pointer = g_task_propagate_pointer (G_TASK (result), &error);
    else
        g_task_propagate_boolean (G_TASK (result), &error);
    if (error != NULL)
        g_task_return_error (task, error);
    else if (request->action == VITRINE_RESOURCE_LIST)
        g_task_return_pointer (task, pointer, (GDestroyNotify) g_ptr_array_unref);
    else if (request->action == VITRINE_RESOURCE_DUMP)
        g_task_return_pointer (task, pointer, g_free);
    else
        g_task_return_boolean (task, TRUE);
}

static void
free_request (gpointer request)
{
    vitrine_resource_request_free (request);
}

static void
ask (GTask *task)
{
    libvirt_host_run (g_task_get_source_object (task), task, LIBVIRT_ACTION_S, ask_thread,
                      vitrine_resource_request_copy (g_task_get_task_data (task)), free_request,
                      asked_cb);
}

void
libvirt_host_ask_resource_async (VitrineHost *host, const VitrineResourceRequest *request,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, vitrine_resource_request_copy (request), free_request);
    libvirt_host_with_link (LIBVIRT_HOST (host), task, ask);
}
