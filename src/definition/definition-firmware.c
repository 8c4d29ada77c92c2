/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-firmware.c - what starts the guest: a BIOS, or UEFI with its variables.
 *
 * libvirt has two ways to ask for UEFI, and both may be said at once: <os firmware='efi'> leaves the
 * choice of files to whoever runs the machine, <loader type='pflash'> names the firmware.
 */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>

#include "definition-private.h"
#include "vitrine-error.h"

/* Takes over PATH into *FIELD; nothing for NULL and for an element without text. */
static gboolean
take_path (const char *what, char *path, char **field, GError **error)
{
    g_autofree char *owned = path;

    if (!owned || !*owned)
        return TRUE;
    if (!definition_value_path (what, owned, error))
        return FALSE;
    *field = g_steal_pointer (&owned);
    return TRUE;
}

static gboolean
read_paths (VitrineDefinition *self, xmlNode *loader, xmlNode *nvram, GError **error)
{
    return take_path ("<loader>", definition_text (loader), &self->loader, error)
           && take_path ("<nvram>", definition_text (nvram), &self->nvram, error)
           && take_path ("<nvram template>", definition_attribute (nvram, "template"),
                         &self->nvram_template, error);
}

gboolean
definition_firmware_read (VitrineDefinition *self, xmlNode *os, GError **error)
{
    xmlNode *loader = definition_child (os, "loader");
    xmlNode *nvram = definition_child (os, "nvram");

    if (loader && definition_attribute_is (os, "firmware", "bios"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<loader type='pflash'> is UEFI, but <os firmware='bios'> is "
                                     "not"));
    if (loader || definition_attribute_is (os, "firmware", "efi"))
        self->firmware = VITRINE_DEFINITION_FIRMWARE_UEFI;
    else if (nvram)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<nvram> makes no sense without UEFI (<os firmware='efi'>)"));
    if (!read_paths (self, loader, nvram, error))
        return FALSE;
    if (loader && !self->loader && !definition_attribute_is (os, "firmware", "efi"))
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("<loader> names no file"));
    return TRUE;
}
