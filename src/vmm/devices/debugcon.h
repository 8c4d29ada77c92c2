/* SPDX-License-Identifier: GPL-2.0-or-later */
/* debugcon.h - the debug port 402h, where firmware writes its log. */
#pragma once

#include "device.h"

/* Creates the port.  FD, a file or a pipe that the guest's bytes go to, is taken over, also on
 * failure; with -1 nothing is at the port, and firmware that probes it stays silent.  The process
 * must ignore SIGPIPE.  Returns 0 or -errno. */
int debugcon_create (const struct device_env *env, int fd, struct device **out);
