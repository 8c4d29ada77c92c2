/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-vhost.h - opens the host kernel's vhost-net, which moves a card's frames. */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

/* Returns its descriptor for CARD, which wants it, or -1 with UNSUPPORTED, DENIED or ENGINE and a sentence that names the mend. */
int keeper_net_open_vhost (const VitrineDefinitionDevice *card, GError **error);

G_END_DECLS
