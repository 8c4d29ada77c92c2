/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-device.c - a machine's devices as the windows name them, and where a change of one is made. */
#include "app-device.h"

#include <glib/gi18n.h>

static gboolean
has_device (VitrineMachine *machine, VitrineScope scope, const char *alias)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, scope);

    for (guint i = 0; i < devices->len; i++)
        if (g_str_equal (((VitrineDeviceInfo *) g_ptr_array_index (devices, i))->alias, alias))
            return TRUE;
    return FALSE;
}

VitrineScope
app_device_get_scope (VitrineMachine *machine, const char *alias)
{
    return (has_device (machine, VITRINE_SCOPE_LIVE, alias) ? VITRINE_SCOPE_LIVE : 0)
           | (has_device (machine, VITRINE_SCOPE_CONFIG, alias) ? VITRINE_SCOPE_CONFIG : 0);
}

GPtrArray *
app_device_dup_of_kind (VitrineMachine *machine, const char *kind)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);
    GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_device_info_free);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, kind))
            g_ptr_array_add (found, vitrine_device_info_copy (device));
    }
    return found;
}

char *
app_device_format_drive (guint index, guint n_drives)
{
    return n_drives > 1 ? g_strdup_printf (_ ("CD drive %u"), index + 1)
                        : g_strdup (_ ("CD drive"));
}
