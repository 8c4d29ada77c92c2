/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-install.h - what a machine is installed by: files in its folder that are for its first run, and no later one.
 *
 *   install.ini      how: [install], method=initrd or cd, command-line=…
 *   install-kernel, install-initrd   what the machine starts directly, once
 *   install.iso      what is in one more CD drive, for that run
 *
 * Nothing of it is in the machine's definition, so there is nothing to take out of that afterwards.  It may hold a password:
 * the files are the user's alone, and go as soon as the machine runs, which has them open by then.
 */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

#define VITRINE_DEFINITION_INSTALL        "install.ini"
#define VITRINE_DEFINITION_INSTALL_KERNEL "install-kernel"
#define VITRINE_DEFINITION_INSTALL_INITRD "install-initrd"
#define VITRINE_DEFINITION_INSTALL_CD     "install.iso"

/* What is in install.ini (transfer full): COMMAND_LINE for the kernel, or NULL for the CD. */
char *vitrine_definition_install_format (const char *command_line);

/* Whether FILE is one of the above. */
gboolean vitrine_definition_install_is_file (const char *file);

/* Removes them from FOLDER, the one that says what the others are at first. */
void vitrine_definition_install_remove (const char *folder);

/* SELF as the machine in FOLDER is for its first run (transfer full): SELF itself when nothing is to be installed.
 * *BY_KERNEL: it is the installer's kernel that starts, so a reset must not lead back to it.  NULL with INVALID. */
VitrineDefinition *vitrine_definition_for_install (VitrineDefinition *self, const char *folder,
                                                   gboolean *is_install, gboolean *by_kernel,
                                                   GError **error);

G_END_DECLS
