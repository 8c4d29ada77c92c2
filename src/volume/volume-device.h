/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume-device.h - what is on a disk or partition of this computer, before a machine gets it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    guint64 size_bytes;
    char *
        contents; /* for people: "ext4 “data”", "a partition table, ext4 on sdb1"; "": nothing known */
    char *users; /* of this computer's: "mounted at /home", "part of vg0-root"; "": nobody */
} VolumeDevice;

void volume_device_free (VolumeDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VolumeDevice, volume_device_free)

/* Looks at the block device PATH, its partitions and what lies on it.  What cannot be read is left out: the right to
 * is asked for by who opens it.  NULL when PATH is no block device.  Blocks; any thread. */
VolumeDevice *volume_device_inspect (const char *path);

/* As above, with what the kernel says in the folder SYS ("/sys") and PROC ("/proc"), for tests. */
VolumeDevice *volume_device_inspect_in (const char *path, const char *sys, const char *proc);

G_END_DECLS
