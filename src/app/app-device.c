/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-device.c - a machine's devices as the windows name them, and where a change of one is made. */
#include "app-device.h"

#include <glib/gi18n.h>

static gboolean
has_device (VitrineMachine *machine, VitrineScope scope, const char *alias)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, scope);

    return vitrine_device_info_find (devices, alias) != NULL;
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

const char *
app_device_format_title (const VitrineDeviceInfo *device, const char **icon_name)
{
    static const struct {
        const char *kind, *title, *icon_name;
    } looks[] = {
        { "disk", N_ ("Disk"), "drive-harddisk-symbolic" },
        { "cdrom", N_ ("CD drive"), "media-optical-symbolic" },
        { "interface", N_ ("Network card"), "network-wired-symbolic" },
        { "serial", N_ ("Serial port"), "utilities-terminal-symbolic" },
        { "console", N_ ("Terminal"), "utilities-terminal-symbolic" },
        { "channel", N_ ("Channel"), "network-transmit-receive-symbolic" },
        { "video", N_ ("Display"), "video-display-symbolic" },
        { "keyboard", N_ ("Keyboard"), "input-keyboard-symbolic" },
        { "mouse", N_ ("Mouse"), "input-mouse-symbolic" },
        { "tablet", N_ ("Tablet"), "input-tablet-symbolic" },
        { "rng", N_ ("Random numbers"), "view-refresh-symbolic" },
        { "balloon", N_ ("Memory balloon"), "media-flash-symbolic" },
        { "memory", N_ ("Memory that comes and goes"), "media-flash-symbolic" },
        { "watchdog", N_ ("Watchdog"), "alarm-symbolic" },
        { "panic", N_ ("Panic device"), "dialog-warning-symbolic" },
        { "controller", N_ ("Controller"), "emblem-system-symbolic" },
        { "graphics", N_ ("Remote display"), "preferences-desktop-remote-desktop-symbolic" },
        { "audio", N_ ("Sound output"), "audio-speakers-symbolic" },
        { "sound", N_ ("Sound card"), "audio-card-symbolic" },
        { "floppy", N_ ("Floppy drive"), "media-floppy-symbolic" },
        { "parallel", N_ ("Parallel port"), "printer-symbolic" },
        { "filesystem", N_ ("Shared folder"), "folder-symbolic" },
        { "hostdev", N_ ("Device of the host"), "computer-symbolic" },
        { "redirdev", N_ ("Redirected USB device"), "media-removable-symbolic" },
        { "tpm", N_ ("TPM"), "security-high-symbolic" },
        { "vsock", N_ ("Sockets to the host"), "network-transmit-receive-symbolic" },
    };

    for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
        if (g_str_equal (looks[i].kind, device->kind)) {
            if (icon_name != NULL)
                *icon_name = looks[i].icon_name;
            return _ (looks[i].title);
        }
    if (icon_name != NULL)
        *icon_name = "emblem-system-symbolic";
    return device->kind;
}

char *
app_device_dup_title (GPtrArray *devices, const VitrineDeviceInfo *device)
{
    const char *title = app_device_format_title (device, NULL);
    guint n = 0, number = 0;

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *other = g_ptr_array_index (devices, i);

        n += g_str_equal (app_device_format_title (other, NULL), title);
        if (g_str_equal (other->alias, device->alias))
            number = n;
    }
    /* Translators: one of several devices: "Disk 2" */
    return n > 1 && number > 0 ? g_strdup_printf (_ ("%s %u"), title, number) : g_strdup (title);
}

char *
app_device_format_fact (const VitrineDeviceInfo *device)
{
    g_autofree char *base = g_path_is_absolute (device->source)
                                ? g_filename_display_basename (device->source)
                                : g_strdup (device->source);

    if (*base == '\0')
        return g_strdup (device->model);
    /* Translators: the fact under a device's name: "virtio · disk.raw" */
    return g_strdup_printf (_ ("%s · %s"), device->model, base);
}
