/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-xml.h - what is read out of libvirt's domain XML for people to see.
 *
 * Unlike definition.h this refuses nothing: the machine is the host's, whatever is in it.
 */
#pragma once

#include "vitrine-machine.h"

/* Whose element in <metadata> names the system: libosinfo's. */
#define LIBVIRT_XML_OSINFO_URI "http://libosinfo.org/xmlns/libvirt/domain/1.0"

G_BEGIN_DECLS

/* One text, read. */
typedef struct {
    char *uuid; /* "" when there is none */
    char *name;
    guint vcpus;
    guint64 memory_bytes;
    VitrineFirmware firmware;
    char *os;           /* libosinfo's id of the system, or "" */
    GPtrArray *devices; /* of VitrineDeviceInfo, each with an alias */
    GStrv consoles;     /* the aliases of those that can be talked to */
    GStrv displays;     /* protocols: "spice", "vnc" */
    int vnc, spice;     /* which <graphics> is of that type, from 0 on; -1 for none */
    gboolean graphics;  /* there is a <graphics>, whatever it is */
} LibvirtXml;

/* NULL with INVALID for what is no <domain>.  Any thread. */
LibvirtXml *libvirt_xml_parse (const char *xml, GError **error);
void libvirt_xml_free (LibvirtXml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtXml, libvirt_xml_free)

/* The element in <domain> ROOT of the device that libvirt_xml_parse() calls ALIAS, or NULL. */
struct _xmlNode *libvirt_xml_find_device (struct _xmlNode *root, const char *alias);

/* (transfer full), of VitrineDeviceInfo. */
GPtrArray *libvirt_xml_dup_devices (const LibvirtXml *self);

G_END_DECLS
