/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-create.h - a new machine on a libvirt host. */
#pragma once

#include <libvirt/libvirt.h>

#include "vitrine-host.h"

G_BEGIN_DECLS

/* Checks SPEC, which nobody else uses meanwhile, makes its volumes and defines it, all or nothing; returns the
 * UUID (transfer full), or NULL.  Blocks: in a thread of the link. */
char *libvirt_create (virConnectPtr connection, VitrineSpec *spec, const VitrineHostLimits *limits,
                      GCancellable *cancellable, GError **error);

/* The paths that libvirt_create() made for the machine whose definition is XML, as that says, which anybody can write; NULL
 * at the end (transfer full). */
char **libvirt_create_dup_made (const char *xml);

/* Those of them that are what a cloud image was told by, which goes with its machine unasked: each is called like it, is one
 * of its disks that it only reads, and as large as the volume that was made.  Whatever is not just so is a disk like
 * others.  Blocks: in a thread of the link.  (transfer full) */
char **libvirt_create_dup_seeds (virConnectPtr connection, const char *xml);

G_END_DECLS
