/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-device.c - a disk or partition of this computer's that a machine is to have. */
#include "native-device.h"

#include <glib/gi18n-lib.h>

#include "vitrine-private.h"
#include "volume-device.h"

/* Adds TEXT, which is taken over, to what is there. */
static void
add_warning (char **warning, char *text)
{
    char *before = *warning;

    *warning = before != NULL ? g_strdup_printf ("%s; %s", before, text) : g_strdup (text);
    g_free (before);
    g_free (text);
}

gboolean
native_device_check (const char *path, gboolean force, char **warning, GError **error)
{
    g_autoptr (VolumeDevice) device = volume_device_inspect (path);
    const char *contents;

    if (device == NULL)
        return TRUE;
    contents = *device->contents != '\0' ? device->contents : _ ("nothing that is known");
    if (*device->users != '\0' && !force)
        return vitrine_refuse (
            error, VITRINE_ERROR_BUSY,
            _ ("“%s” is in use by this computer: %s; what is on it (%s) would be "
               "destroyed. Unmount it first, or force it if you know better"),
            path, device->users, contents);
    if (*device->users != '\0')
        add_warning (warning,
                     g_strdup_printf (_ ("“%s” is in use by this computer: %s; the machine "
                                         "cannot start before that ends"),
                                      path, device->users));
    else if (*device->contents != '\0')
        add_warning (warning,
                     g_strdup_printf (_ ("“%s” is not empty: %s; the guest may overwrite it"), path,
                                      contents));
    return TRUE;
}
