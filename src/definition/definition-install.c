/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-install.c - a definition as it is for the run in which the system is installed. */
#include <glib/gi18n-lib.h>

#include "definition-install.h"
#include "definition-private.h"
#include "vitrine-error.h"

/* The first name of a disk that none of SELF's has, (transfer full). */
static char *
dup_free_target (const VitrineDefinition *self)
{
    for (char letter = 'a'; letter <= 'z'; letter++) {
        char *target = g_strdup_printf ("sd%c", letter);
        gboolean taken = FALSE;

        for (guint i = 0; i < self->devices->len; i++) {
            const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

            taken |= g_strcmp0 (device->target, target) == 0;
        }
        if (!taken)
            return target;
        g_free (target);
    }
    return g_strdup ("sda"); /* which is refused as any that is there twice */
}

static VitrineDefinition *
with_cd (const VitrineDefinition *self, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename (folder, VITRINE_DEFINITION_INSTALL_CD, NULL);
    g_autofree char *target = dup_free_target (self);
    g_autofree char *xml =
        g_markup_printf_escaped ("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
                                 "<source file='%s'/><target dev='%s' bus='sata'/><readonly/></disk>",
                                 path, target);

    return vitrine_definition_with_device (self, xml, -1, error);
}

/* Not a change of its text: that is what the machine is. */
static VitrineDefinition *
with_kernel (const VitrineDefinition *self, const char *folder, const char *command_line,
             GError **error)
{
    g_autoptr (VitrineDefinition) copy = vitrine_definition_parse (self->xml, -1, error);

    if (!copy)
        return NULL;
    if (strlen (command_line) > VITRINE_DEFINITION_MAX_CMDLINE) {
        definition_refuse (error, VITRINE_ERROR_INVALID, _ ("<cmdline> is longer than %d bytes"),
                           VITRINE_DEFINITION_MAX_CMDLINE);
        return NULL;
    }
    g_free (copy->kernel);
    g_free (copy->initrd);
    g_free (copy->command_line);
    copy->kernel = g_build_filename (folder, VITRINE_DEFINITION_INSTALL_KERNEL, NULL);
    copy->initrd = g_build_filename (folder, VITRINE_DEFINITION_INSTALL_INITRD, NULL);
    copy->command_line = g_strdup (command_line);
    return g_steal_pointer (&copy);
}

VitrineDefinition *
vitrine_definition_for_install (VitrineDefinition *self, const char *folder, gboolean *is_install,
                                gboolean *by_kernel, GError **error)
{
    g_autofree char *path = g_build_filename (folder, VITRINE_DEFINITION_INSTALL, NULL);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *method = NULL;
    g_autofree char *command_line = NULL;

    *is_install = *by_kernel = FALSE;
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return vitrine_definition_ref (self);
    *is_install = TRUE;
    g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
    method = g_key_file_get_string (file, "install", "method", NULL);
    command_line = g_key_file_get_string (file, "install", "command-line", NULL);
    if (g_strcmp0 (method, "cd") == 0)
        return with_cd (self, folder, error);
    *by_kernel = TRUE;
    if (g_strcmp0 (method, "initrd") == 0)
        return with_kernel (self, folder, command_line ? command_line : "", error);
    definition_refuse (error, VITRINE_ERROR_INVALID,
                       _ ("How the system shall be installed cannot be read; remove “%s” to "
                          "install it by hand"),
                       path);
    return NULL;
}
