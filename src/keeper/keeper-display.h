/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-display.h - a display server (vitrine-vnc, vitrine-spice) of a machine: started when first asked
 * for, ended when nobody has looked for a minute.
 *
 * It has pixels and input, nothing else; its death costs its viewers their connection and the
 * machine nothing.  The next viewer gets a new one.
 */
#pragma once

#include <glib.h>

#include "keeper-log.h"
#include "keeper-vmm.h"

G_BEGIN_DECLS

#ifndef KEEPER_DISPLAY_IDLE_S /* tests are less patient */
#define KEEPER_DISPLAY_IDLE_S 60
#endif

typedef struct _KeeperDisplay KeeperDisplay;

typedef enum {
    KEEPER_DISPLAY_VNC,
    KEEPER_DISPLAY_SPICE,
    KEEPER_N_DISPLAYS, /* none of these */
} KeeperDisplayKind;

typedef struct {
    /* It started or ended: keeper_display_get_pid() changed. */
    void (*changed) (gpointer owner);
    /* It ended though it should not have; TEXT is a sentence. */
    void (*died) (gpointer owner, const char *text);
    /* Returns a stream socket to the guest's agent, the display's, or -1; asked when a viewer of SPICE's comes. */
    int (*open_agent) (gpointer owner);
} KeeperDisplayOps;

/* Which one speaks PROTOCOL ("vnc", "spice"). */
KeeperDisplayKind keeper_display_kind (const char *protocol);

/* NAME is what viewers see; VMM and LOG are borrowed and must live longer. */
KeeperDisplay *keeper_display_new (KeeperDisplayKind kind, const char *name, KeeperVmm *vmm,
                                   KeeperLog *log, const KeeperDisplayOps *ops, gpointer owner);

/* Returns the viewer's end of a new connection, or -1 with ENGINE or BUSY. */
int keeper_display_connect (KeeperDisplay *self, GError **error);

/* 0 while there is none. */
GPid keeper_display_get_pid (KeeperDisplay *self);

/* Ends it.  NULL is nothing. */
void keeper_display_free (KeeperDisplay *self);

/* --- channels, for others who look ----------------------------------------------------------- */

/* Makes a display channel: the VMM's end is on its way to VMM, ours is returned, or -1.  Should the
 * VMM refuse, the channel is hung up. */
int keeper_display_open_channel (KeeperVmm *vmm, GError **error);

G_END_DECLS
