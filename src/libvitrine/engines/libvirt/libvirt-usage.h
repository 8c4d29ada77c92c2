/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-usage.h - which machines of a libvirt host have which images.
 *
 * All of these block and run in a thread of the link.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

G_BEGIN_DECLS

typedef struct _LibvirtUsage LibvirtUsage;

/* What all machines have at this moment, as disks and as CDs, in what runs and in their definitions.  EXCEPT (NULL: none) is
 * a pool that goes as a whole: that one of its images is based on another keeps nothing.  (transfer full) */
LibvirtUsage *libvirt_usage_read (virConnectPtr connection, const char *except);
void libvirt_usage_free (LibvirtUsage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtUsage, libvirt_usage_free)

/* Names of the machines that have VOLUME, sorted (transfer full); RUNNING, which may be NULL: the first of them that runs,
 * or NULL, borrowed. */
char **libvirt_usage_dup_users (LibvirtUsage *self, virStorageVolPtr volume, const char **running);

/* Why VOLUME must stay: a machine has it, or another image is based on it.  A sentence's end such as "it is a disk of “x”";
 * NULL for nothing.  Images are read once, when this is first asked.  (transfer full) */
char *libvirt_usage_dup_user (LibvirtUsage *self, virStorageVolPtr volume);

G_END_DECLS
