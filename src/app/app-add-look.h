/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-add-look.h - what the values of a form of Add hardware mean on the machine's host, told beside its fields.
 *
 * Of a disk: what its image is, what it is based on, who uses it; its format is chosen.  Of a network card: whether its
 * network is there and runs, and whose its address is already.
 */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

typedef struct _AppAddLook AppAddLook;

/* For the form of HARDWARE whose ROWS (AppSettingRow) are in its settings' order; both outlive it.  NULL for a kind there
 * is nothing to be said of. */
AppAddLook *app_add_look_new (VitrineHost *host, const VitrineHardware *hardware, GPtrArray *rows);
void app_add_look_free (AppAddLook *self);

/* Looks again where a value is another; what is found comes later, as a "changed" of the row. */
void app_add_look_follow (AppAddLook *self);

G_END_DECLS
