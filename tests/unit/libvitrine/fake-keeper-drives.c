/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-keeper-drives.c - for tests: a CD drive and a disk of the keeper without a machine.
 *
 * What is in the drive is in FOLDER/logs/medium.log, the disk's last size in FOLDER/logs/size.log.
 * With keeps-medium=true the guest keeps the tray locked; no disk becomes larger than 1 GiB.
 */
#include <vitrine-control.h>

#include "fake-keeper.h"

#define DRIVE "/org/vitrine/devices/sata0_2d0_2d0"
#define DISK  "/org/vitrine/devices/virtio_2ddisk0"

/* Whether the medium may go; INVOCATION is answered when it may not. */
static gboolean
may_change (GDBusMethodInvocation *invocation, gboolean force)
{
    if (force || !g_key_file_get_boolean (script, "keeper", "keeps-medium", NULL))
        return TRUE;
    g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Busy",
                                                "The guest keeps its tray locked");
    return FALSE;
}

static gboolean
eject_cb (VitrineControlDevice1 *drive, GDBusMethodInvocation *invocation, gboolean force)
{
    if (!may_change (invocation, force))
        return TRUE;
    fake_keeper_log ("medium.log", "");
    vitrine_control_device1_complete_eject (drive, invocation);
    return TRUE;
}

static gboolean
insert_cb (VitrineControlDevice1 *drive, GDBusMethodInvocation *invocation, const char *path,
           gboolean force)
{
    if (!may_change (invocation, force))
        return TRUE;
    fake_keeper_log ("medium.log", path);
    vitrine_control_device1_complete_insert (drive, invocation);
    return TRUE;
}

static gboolean
resize_cb (VitrineControlDevice1 *disk, GDBusMethodInvocation *invocation, guint64 size_bytes)
{
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, size_bytes);

    if (size_bytes > 1 << 30) {
        g_dbus_method_invocation_return_dbus_error (invocation, "org.vitrine.Error.Engine",
                                                    "There is not so much space");
        return TRUE;
    }
    fake_keeper_log ("size.log", text);
    vitrine_control_device1_complete_resize (disk, invocation);
    return TRUE;
}

void
fake_drives_export (GDBusConnection *connection)
{
    VitrineControlDevice1 *drive = vitrine_control_device1_skeleton_new ();
    VitrineControlDevice1 *disk = vitrine_control_device1_skeleton_new ();

    g_signal_connect (drive, "handle-eject", G_CALLBACK (eject_cb), NULL);
    g_signal_connect (drive, "handle-insert", G_CALLBACK (insert_cb), NULL);
    g_signal_connect (disk, "handle-resize", G_CALLBACK (resize_cb), NULL);
    g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (drive), connection, DRIVE, NULL);
    g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (disk), connection, DISK, NULL);
}
