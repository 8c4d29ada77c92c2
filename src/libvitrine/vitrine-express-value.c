/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-express-value.c - a script for an installer, as a plain struct; the module that makes it has it too. */
#include <string.h>

#include "vitrine-express-private.h"

void
vitrine_express_script_free (VitrineExpressScript *script)
{
    if (script == NULL)
        return;
    g_free (script->plan.reason);
    g_free (script->kernel);
    g_free (script->initrd);
    g_free (script->command_line);
    for (guint i = 0; i < script->files->len; i++) {
        VitrineExpressFile *file = g_ptr_array_index (script->files, i);

        g_free (file->name);
        if (file->text != NULL)
            explicit_bzero (file->text, strlen (file->text));
        g_free (file->text);
        g_free (file);
    }
    g_ptr_array_unref (script->files);
    g_free (script);
}
