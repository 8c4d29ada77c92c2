/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-install-value.c - the files that a machine is installed by: what they are called, and their end. */
#include <glib/gstdio.h>

#include "definition-install.h"

/* The first says that the others count. */
static const char *const files[] = { VITRINE_DEFINITION_INSTALL, VITRINE_DEFINITION_INSTALL_INITRD,
                                     VITRINE_DEFINITION_INSTALL_KERNEL,
                                     VITRINE_DEFINITION_INSTALL_CD };

char *
vitrine_definition_install_format (const char *command_line)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();

    g_key_file_set_string (file, "install", "method", command_line != NULL ? "initrd" : "cd");
    if (command_line != NULL)
        g_key_file_set_string (file, "install", "command-line", command_line);
    return g_key_file_to_data (file, NULL, NULL);
}

gboolean
vitrine_definition_install_is_file (const char *file)
{
    for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
        if (g_str_equal (files[i], file))
            return TRUE;
    return FALSE;
}

void
vitrine_definition_install_remove (const char *folder)
{
    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree char *path = g_build_filename (folder, files[i], NULL);

        g_unlink (path);
    }
}
