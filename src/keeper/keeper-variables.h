/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-variables.h - the UEFI variables of a running machine: in memory shared with its VMM, kept
 * in a file here. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeeperVariables KeeperVariables;

/* The file could not be written, for the reason ERROR; main context. */
typedef void (*KeeperVariablesProblem) (gpointer owner, const GError *error);

/* Opens PATH as keeper_nvram_open() does. */
KeeperVariables *keeper_variables_open (const char *path, const char *template, gboolean reset,
                                        KeeperVariablesProblem problem, gpointer owner,
                                        GError **error);

/* For the VMM; stays SELF's. */
int keeper_variables_get_fd (const KeeperVariables *self);

/* The VMM said that they have changed: they are saved soon. */
void keeper_variables_changed (KeeperVariables *self);

/* Saves what is not saved yet, and waits until it is; the VMM is gone.  FALSE when that failed; SELF is
 * no more either way. */
gboolean keeper_variables_close (KeeperVariables *self, GError **error);

/* What changes from now on is not saved. */
void keeper_variables_drop_changes (KeeperVariables *self);

G_END_DECLS
