/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-ssh.h - a host's computer by SSH: one connection of it for libvirt and for all displays. */
#pragma once

#include "libvirt-uri.h"

G_BEGIN_DECLS

/* Seconds until a host that is opened by SSH is given up: it may ask for a password first. */
#define LIBVIRT_SSH_OPEN_S 120

gboolean libvirt_ssh_is_meant (const LibvirtUri *uri);

/* TEXT as libvirt is to be given it: one by SSH says which program that is, unless it says so already.  Any
 * thread. */
char *libvirt_ssh_dup_address (const char *text);

/* A stream to PORT at ADDRESS as the computer of URI sees it.  Any thread; does not wait for an answer: where there is
 * none, the stream ends.  -1 with ENGINE where ssh cannot be started. */
int libvirt_ssh_connect (const LibvirtUri *uri, const char *address, guint16 port, GError **error);

G_END_DECLS
