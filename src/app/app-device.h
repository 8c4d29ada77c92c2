/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-device.h - a machine's devices as the windows name them, and where a change of one is made. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

/* Where MACHINE has the device ALIAS: in what runs, in its definition, or in both; 0 for nowhere. */
VitrineScope app_device_get_scope (VitrineMachine *machine, const char *alias);

/* The devices of KIND MACHINE has now, of VitrineDeviceInfo.  (transfer full) */
GPtrArray *app_device_dup_of_kind (VitrineMachine *machine, const char *kind);

/* "CD drive", or "CD drive 2" where it is one of N_DRIVES.  (transfer full) */
char *app_device_format_drive (guint index, guint n_drives);

/* What a device of its kind is called, static; *ICON_NAME, which may be NULL, what it looks like. */
const char *app_device_format_title (const VitrineDeviceInfo *device, const char **icon_name);

/* The same with its number, "Disk 2", where DEVICES (of VitrineDeviceInfo) has several that are called so.  (transfer
 * full) */
char *app_device_dup_title (GPtrArray *devices, const VitrineDeviceInfo *device);

/* The telling fact of it, for a line in a list: "virtio · disk.raw".  (transfer full) */
char *app_device_format_fact (const VitrineDeviceInfo *device);

G_END_DECLS
