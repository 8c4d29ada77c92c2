/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-info.c - the plain values that machines and hosts hand out. */
#include "vitrine-host.h"
#include "vitrine-machine.h"

G_DEFINE_BOXED_TYPE (VitrineDeviceInfo, vitrine_device_info, vitrine_device_info_copy,
                     vitrine_device_info_free)
G_DEFINE_BOXED_TYPE (VitrineDiskInfo, vitrine_disk_info, vitrine_disk_info_copy,
                     vitrine_disk_info_free)

VitrineDeviceInfo *
vitrine_device_info_copy (const VitrineDeviceInfo *info)
{
    VitrineDeviceInfo *copy = g_new0 (VitrineDeviceInfo, 1);

    copy->state = info->state;
    copy->alias = g_strdup (info->alias);
    copy->kind = g_strdup (info->kind);
    copy->model = g_strdup (info->model);
    copy->source = g_strdup (info->source);
    copy->id = g_strdup (info->id);
    copy->element = info->element;
    copy->limits = g_strdupv (info->limits);
    return copy;
}

void
vitrine_device_info_free (VitrineDeviceInfo *info)
{
    if (info == NULL)
        return;
    g_free (info->alias);
    g_free (info->kind);
    g_free (info->model);
    g_free (info->source);
    g_free (info->id);
    g_strfreev (info->limits);
    g_free (info);
}

const VitrineDeviceInfo *
vitrine_device_info_find (GPtrArray *devices, const char *alias)
{
    for (guint i = 0; alias != NULL && i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->alias, alias))
            return device;
    }
    return NULL;
}

VitrineDiskInfo *
vitrine_disk_info_copy (const VitrineDiskInfo *info)
{
    VitrineDiskInfo *copy = g_new0 (VitrineDiskInfo, 1);

    copy->path = g_strdup (info->path);
    copy->removable = info->removable;
    copy->reason = g_strdup (info->reason);
    copy->size_bytes = info->size_bytes;
    return copy;
}

void
vitrine_disk_info_free (VitrineDiskInfo *info)
{
    if (info == NULL)
        return;
    g_free (info->path);
    g_free (info->reason);
    g_free (info);
}

void
vitrine_check_free (VitrineCheck *check)
{
    if (check == NULL)
        return;
    g_free (check->id);
    g_free (check->text);
    g_free (check->mend);
    g_free (check);
}

VitrineHostLimits *
vitrine_host_limits_copy (const VitrineHostLimits *limits)
{
    VitrineHostLimits *copy = g_new (VitrineHostLimits, 1);

    *copy = *limits;
    copy->machines_folder = g_strdup (limits->machines_folder);
    copy->network = g_strdup (limits->network);
    return copy;
}

void
vitrine_host_limits_free (VitrineHostLimits *limits)
{
    if (limits == NULL)
        return;
    g_free (limits->machines_folder);
    g_free (limits->network);
    g_free (limits);
}
