/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-ovf.h - the description of a virtual appliance, DMTF DSP0243 ("Open Virtualization Format"), 1 and 2.
 *
 * It comes from anywhere: it is only ever read, names no path that is followed, and has no entities.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define IMAGE_OVF_MAX_BYTES (4 << 20)
#define IMAGE_OVF_MAX_DISKS 26
#define IMAGE_OVF_MAX_NICS  16

typedef struct {
    char *file;         /* a name beside the description; NULL: the disk is empty */
    guint64 size_bytes; /* of the disk; 0: it does not say */
    gboolean is_packed; /* FILE is packed by gzip */
} ImageOvfDisk;

typedef struct {
    char *name;         /* or "" */
    guint64 vcpus;      /* 0: it does not say */
    guint64 memory_mib; /* 0: it does not say */
    gboolean uefi;
    GPtrArray *disks; /* of ImageOvfDisk, in the order of the machine's */
    GPtrArray *nics;  /* of char *, their models as the description has them; or "" */
} ImageOvf;

/* Reads TEXT, LEN bytes.  NULL with INVALID for what is none, UNSUPPORTED for more machines than one or disks that
 * are based on others.  PATH is for sentences. */
ImageOvf *image_ovf_read (const char *text, gsize len, const char *path, GError **error);

void image_ovf_free (ImageOvf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageOvf, image_ovf_free)

G_END_DECLS
