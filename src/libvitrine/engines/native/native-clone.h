/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-clone.h - a machine made of another one. */
#pragma once

#include "image-tool.h"
#include "vitrine-host.h"

G_BEGIN_DECLS

/* Makes the machine NAME of the machine ORIGINAL, which is off, in the folder MACHINES; all or nothing.  Returns its
 * UUID.  Blocks; any thread but the main one. */
char *native_clone (const char *machines, const char *original, const char *name,
                    VitrineCloneKind kind, const ImageWatch *watch, GError **error);

G_END_DECLS
