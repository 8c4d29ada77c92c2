/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-install.c - the one run in which a system installs itself, and how it leads to the next.
 *
 * What the installer is given is there for one run: once that has begun its files have no names any more, so whoever dies,
 * and however it ends, nothing installs the system over itself a second time.  A kernel that is started directly would be
 * started again by a reset.  So the machine is switched off then, and another run is begun, of the definition as it is: from
 * the disk, if there is something on it, else from the CD as any machine.
 */
#include <glib/gi18n-lib.h>

#include "definition-install.h"
#include "keeper-private.h"
#include "vitrine-error.h"

gboolean
keeper_install_begin (Keeper *self, GError **error)
{
    VitrineDefinition *definition = vitrine_definition_for_install (
        self->definition, self->folder, &self->is_install, &self->by_kernel, error);

    if (!definition)
        return FALSE;
    vitrine_definition_unref (self->definition);
    self->definition = definition;
    if (self->is_install && self->disposable) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                     _ ("The system of “%s” is yet to be installed; start it for good first"),
                     keeper_name (self));
        return FALSE;
    }
    if (self->is_install)
        g_ptr_array_add (self->warnings,
                         g_strdup (_ ("Its system installs itself; it restarts when that is done")));
    return TRUE;
}

void
keeper_install_started (Keeper *self)
{
    if (self->is_install)
        vitrine_definition_install_remove (self->folder);
}

void
keeper_install_reset (Keeper *self)
{
    if (!self->by_kernel || !self->started || self->quit_reason)
        return;
    keeper_begin_quit (self,
                       _ ("The installer restarted the machine, which starts from its disk now"));
    self->begins_anew = TRUE;
}
