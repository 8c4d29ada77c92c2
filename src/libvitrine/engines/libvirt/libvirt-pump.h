/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-pump.h - moves bytes between a stream of libvirt's and a socket. */
#pragma once

#include "libvirt-link.h"

G_BEGIN_DECLS

/* Serves STREAM, which must not block and is taken, on the socket FD, which is taken as well, until one of the
 * two ends.  Main thread. */
void libvirt_pump_start (LibvirtLink *link, virStreamPtr stream, int fd);

G_END_DECLS
