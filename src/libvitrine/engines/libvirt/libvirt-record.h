/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-record.h - all that is known of a machine of libvirt's, read at one time. */
#pragma once

#include <libvirt/libvirt.h>

#include "libvirt-xml.h"

G_BEGIN_DECLS

typedef struct {
    char uuid[VIR_UUID_STRING_BUFLEN];
    char *name;
    VitrineMachineState state;
    char *reason;       /* for people, or "" */
    gboolean sleeps;    /* paused, because its guest put it to sleep */
    char *xml;          /* the definition to keep; NULL when it could not be read */
    char *live_xml;     /* of what runs, else NULL */
    LibvirtXml *config; /* XML, read */
    LibvirtXml *live;   /* LIVE_XML, read */
    char *problem;      /* why the definition could not be read, or "" */
} LibvirtRecord;

/* NULL with an error, NOT_FOUND when the machine is gone.  Blocks: not on the main thread. */
LibvirtRecord *libvirt_record_read (virDomainPtr domain, GError **error);
void libvirt_record_free (LibvirtRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtRecord, libvirt_record_free)

/* What runs, or what would: between its start and the next reading that is the same.  NULL when neither is known. */
const LibvirtXml *libvirt_record_get_shown (const LibvirtRecord *self);

/* Whether a viewer of devices would see something else. */
gboolean libvirt_record_has_same_devices (const LibvirtRecord *self, const LibvirtRecord *other);

G_END_DECLS
