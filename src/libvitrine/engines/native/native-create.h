/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-create.h - new machines and new definitions: all or nothing.  For threads. */
#pragma once

#include "image-tool.h"
#include "native-store.h"
#include "vitrine-spec.h"

G_BEGIN_DECLS

/* Makes the machine SPEC describes (which vitrine_rules_check_spec() found good), with its disks,
 * and returns its UUID; or leaves no file behind and returns NULL, also when CANCELLABLE is
 * cancelled before the end.  WARNING is as of vitrine_rules_check_sources(). */
char *native_create (const char *machines, VitrineSpec *spec, const ImageWatch *watch,
                     char **warning, GError **error);

/* Keeps XML as a new machine, or in place of the definition of the machine with its UUID, which
 * must be off.  Returns the UUID or NULL. */
char *native_define (const char *machines, const char *xml, GCancellable *cancellable,
                     GError **error);

G_END_DECLS
