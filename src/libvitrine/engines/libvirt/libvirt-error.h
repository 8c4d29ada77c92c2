/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-error.h - what libvirt says went wrong, as libvitrine says it. */
#pragma once

#include <glib.h>
#include <libvirt/virterror.h>

#include "vitrine-error.h"

G_BEGIN_DECLS

/* Sets ERROR from this thread's last error of libvirt, about the machine or host OBJECT, in a sentence.
 * Returns FALSE.  Any thread. */
gboolean libvirt_error_take (const char *object, GError **error);

/* The same from REASON (NULL: none is known): any call of libvirt's, even for a name, forgets the last one. */
gboolean libvirt_error_set (const virError *reason, const char *object, GError **error);

/* The code of libvirt's CODE (virErrorNumber). */
VitrineError libvirt_error_map (int code);

G_END_DECLS
