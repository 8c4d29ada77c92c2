/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-trouble.h - why a libvirt host cannot be reached, and what mends it. */
#pragma once

#include "vitrine-error.h"
#include "vitrine-host.h"

G_BEGIN_DECLS

/* What keeps URI from being opened, after it failed with libvirt's error CODE and MESSAGE: looks in the order
 * in which one thing needs the other - the daemon, its socket, the right to it, what proves it - and tells the
 * first that is amiss; *KIND is set to its code.  Looks at files; any thread.  (transfer full). */
VitrineCheck *libvirt_trouble_find (const char *uri, int code, const char *message,
                                    VitrineError *kind);

/* The same of this thread's last error of libvirt, which is that of opening URI; ERROR is one sentence with
 * the mend in it.  (transfer full). */
VitrineCheck *libvirt_trouble_take (const char *uri, GError **error);

G_END_DECLS
