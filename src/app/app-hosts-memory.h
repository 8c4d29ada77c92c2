/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hosts-memory.h - the hosts that the user added are there again the next time. */
#pragma once

#include "app-hosts.h"

G_BEGIN_DECLS

/* Adds to HOSTS what is remembered, and remembers from here on what becomes of them.  Opens none. */
void app_hosts_memory_attach (AppHosts *hosts);

G_END_DECLS
