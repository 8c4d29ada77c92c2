/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-forget.h - forgets what opened encrypted disks that were deleted. */
#pragma once

#include "app-hosts.h"

G_BEGIN_DECLS

/* The passphrases remembered for UUIDS, except of those that a disk of a machine of HOSTS has: it is a copy.  Nobody is
 * told. */
void app_forget (AppHosts *hosts, const char *const *uuids);

G_END_DECLS
