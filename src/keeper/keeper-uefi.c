/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-uefi.c - the part of a machine's life that is its UEFI variables': opened before it starts,
 * saved as it runs, closed when its VMM is gone. */
#include <glib/gi18n-lib.h>

#include "keeper-nvram.h"
#include "keeper-private.h"
#include "vitrine-error.h"

static void
problem_cb (gpointer owner, const GError *error)
{
    Keeper *self = owner;
    guint index;

    if (g_ptr_array_find_with_equal_func (self->warnings, error->message, g_str_equal, &index))
        return;
    g_ptr_array_add (self->warnings, g_strdup (error->message));
    keeper_update_warnings (self);
}

gboolean
keeper_open_variables (Keeper *self, GError **error)
{
    g_autofree char *own = g_build_filename (self->folder, KEEPER_NVRAM_NAME, NULL);
    const char *named = vitrine_definition_get_nvram (self->definition);

    if (vitrine_definition_get_firmware (self->definition) != VITRINE_DEFINITION_FIRMWARE_UEFI) {
        if (!self->reset_nvram)
            return TRUE;
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("“%s” has a BIOS, and no UEFI variables to make anew"), keeper_name (self));
        return FALSE;
    }
    self->variables = keeper_variables_open (named ? named : own, self->files.nvram_template,
                                             self->reset_nvram, problem_cb, self, error);
    if (self->variables && self->disposable)
        keeper_variables_drop_changes (self->variables);
    return self->variables != NULL;
}

void
keeper_variables_event (gpointer owner)
{
    Keeper *self = owner;

    if (self->variables)
        keeper_variables_changed (self->variables);
}

gboolean
keeper_close_variables (Keeper *self, GError **error)
{
    KeeperVariables *variables = g_steal_pointer (&self->variables);

    return !variables || keeper_variables_close (variables, error);
}
