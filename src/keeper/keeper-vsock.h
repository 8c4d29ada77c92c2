/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-vsock.h - opens the host kernel's vsock for a machine, and claims an address (CID) for its
 * guest. */
#pragma once

#include <glib.h>

#include "definition.h"

G_BEGIN_DECLS

/* Opens it for DEVICE with the address that its definition names, else with the first that is free, which
 * is in *CID then.  The address is the guest's as long as the descriptor is open, whoever has it.  -1
 * with UNSUPPORTED, DENIED or BUSY. */
int keeper_vsock_open (const VitrineDefinitionDevice *device, guint32 *cid, GError **error);

G_END_DECLS
