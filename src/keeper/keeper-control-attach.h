/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-control-attach.h - devices that a client of the control contract adds. */
#pragma once

#include <vitrine-control.h>

#include "keeper.h"

G_BEGIN_DECLS

/* Attach, AttachEncrypted and CancelAttach of MACHINE, a client's copy, are KEEPER's to do. */
void keeper_control_connect_attach (VitrineControlMachine1 *machine, Keeper *keeper);

G_END_DECLS
