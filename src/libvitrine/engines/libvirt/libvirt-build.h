/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-build.h - a new machine's definition, as libvirt's hosts take it. */
#pragma once

#include "vitrine-spec.h"

G_BEGIN_DECLS

/* Whose element in <metadata> says which images were made for the machine. */
#define LIBVIRT_BUILD_METADATA_URI "urn:org.vitrine:libvirt"

typedef struct {
    VitrineSpec *spec;
    const char *uuid;
    const char *type;   /* of the domain: "kvm", "qemu", "test" */
    gboolean q35;       /* else the machine is the host's usual one */
    gboolean has_spice; /* the host's QEMU can do it; asked where SPEC leaves the display open */
    gboolean elsewhere; /* the host is another computer: no descriptor of its display comes over */
    GPtrArray *paths;   /* of the disks, in their order */
    GPtrArray *formats; /* the same */
    GPtrArray *made;    /* those of PATHS that are new, borrowed */
} LibvirtBuild;

/* (transfer full) */
char *libvirt_build_xml (const LibvirtBuild *build);

G_END_DECLS
