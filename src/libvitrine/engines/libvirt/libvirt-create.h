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

/* The paths that libvirt_create() made for the machine whose definition is XML, NULL at the end (transfer full): of its disks
 * for ELEMENT "disk", of what a cloud image is told by for "seed". */
char **libvirt_create_dup_made (const char *xml, const char *element);

G_END_DECLS
