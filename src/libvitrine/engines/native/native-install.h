/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-install.h - what a new machine is installed by: files in its folder, see definition-install.h. */
#pragma once

#include "native-disk.h"

G_BEGIN_DECLS

/* Makes them in FOLDER for SPEC, which says what its installer is told; nothing for any other.  What was made is added to
 * MADE.  UNSUPPORTED where it must be installed by hand, INVALID for a medium that is not what it should be, NO_SPACE, ENGINE
 * or cancelled.  Blocks: any thread but the main one. */
gboolean native_install_make (VitrineSpec *spec, const char *folder, NativeMade *made,
                              const ImageWatch *watch, GError **error);

G_END_DECLS
