/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-resource.c - what a host has beside machines: networks, storage pools and their volumes. */
#include "vitrine-resource.h"

#include <glib/gi18n-lib.h>

#include "vitrine-private.h"

void
vitrine_network_info_free (VitrineNetworkInfo *info)
{
    g_free (info->name);
    g_free (info->mode);
    g_free (info->bridge);
    g_free (info->ipv4);
    g_free (info->ipv6);
    g_free (info->dhcp);
    g_free (info->domain);
    g_free (info->problem);
    g_free (info);
}

void
vitrine_lease_free (VitrineLease *lease)
{
    g_free (lease->mac);
    g_free (lease->address);
    g_free (lease->name);
    g_free (lease);
}

void
vitrine_pool_info_free (VitrinePoolInfo *info)
{
    g_free (info->name);
    g_free (info->type);
    g_free (info->path);
    g_free (info->source);
    g_free (info);
}

void
vitrine_volume_info_free (VitrineVolumeInfo *info)
{
    g_free (info->name);
    g_free (info->path);
    g_free (info->format);
    g_free (info->backing);
    g_strfreev (info->users);
    g_free (info);
}

VitrineResourceRequest *
vitrine_resource_request_copy (const VitrineResourceRequest *request)
{
    VitrineResourceRequest *copy = g_new (VitrineResourceRequest, 1);

    *copy = *request;
    copy->parent = g_strdup (request->parent);
    copy->name = g_strdup (request->name);
    copy->xml = g_strdup (request->xml);
    copy->new_name = g_strdup (request->new_name);
    return copy;
}

void
vitrine_resource_request_free (VitrineResourceRequest *request)
{
    g_free ((char *) request->parent);
    g_free ((char *) request->name);
    g_free ((char *) request->xml);
    g_free ((char *) request->new_name);
    g_free (request);
}

gboolean
vitrine_host_has_resources (VitrineHost *self)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), FALSE);
    return VITRINE_HOST_GET_CLASS (self)->ask_resource_async != NULL;
}

void
vitrine_host_ask_resource_async (VitrineHost *self, const VitrineResourceRequest *request,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (request != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (vitrine_host_has_resources (self))
        VITRINE_HOST_GET_CLASS (self)->ask_resource_async (self, request, cancellable, callback,
                                                           user_data);
    else
        g_task_report_new_error (self, callback, user_data, vitrine_host_ask_resource_async,
                                 VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("“%s” has no storage pools; its machines keep their disks in "
                                    "their own folders"),
                                 vitrine_host_get_title (self));
}

gboolean
vitrine_host_ask_resource_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

GPtrArray *
vitrine_host_list_resources_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

char *
vitrine_host_dump_resource_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
