/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-detail-private.h - how a detail is read from a definition, and how it gets into one. */
#pragma once

#include "vitrine-detail.h"
#include "vitrine-xml-private.h"

G_BEGIN_DECLS

/* More than any machine has. */
#define VITRINE_DETAIL_VCPUS_LIMIT 1024

typedef enum {
    VITRINE_DETAIL_TEXT,   /* what its way leads to */
    VITRINE_DETAIL_CHOICE, /* the same, where "default" is what is not written down */
    VITRINE_DETAIL_SWITCH, /* an attribute that says yes or no in its own words: WORDS, "yes|no" */
    VITRINE_DETAIL_LINK,   /* the same, of a cable: of what runs as well */
    VITRINE_DETAIL_LIMIT,  /* what a disk may do in a second */
    VITRINE_DETAIL_SIZE,   /* of a disk: what it shall be */
    VITRINE_DETAIL_BUS,
    VITRINE_DETAIL_PLUG,
    VITRINE_DETAIL_FORWARDS,
    VITRINE_DETAIL_VCPUS,
    VITRINE_DETAIL_MAX_VCPUS,
    VITRINE_DETAIL_CPU,
    VITRINE_DETAIL_TOPOLOGY,
    VITRINE_DETAIL_MEMORY,
    VITRINE_DETAIL_MAX_MEMORY,
    VITRINE_DETAIL_BOOT,
    VITRINE_DETAIL_FIRMWARE,
    VITRINE_DETAIL_N
} VitrineDetailHow;

/* A part of a machine as its definition has it. */
typedef struct {
    VitrineMachine *machine; /* borrowed */
    char *text;              /* the definition */
    VitrineXml *document;
    VitrineXml *domain;              /* of DOCUMENT */
    VitrineXml *element;             /* the part's: the device's, or DOMAIN */
    GPtrArray *devices;              /* as defined, of VitrineDeviceInfo */
    const VitrineDeviceInfo *device; /* of DEVICES; NULL for what is no device */
    gboolean runs, is_live;          /* the machine runs; and it has the device */
} VitrinePart;

/* NULL as vitrine_machine_dup_details() says.  (transfer full) */
VitrinePart *vitrine_part_new (VitrineMachine *machine, const char *part, GError **error);
void vitrine_part_free (VitrinePart *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrinePart, vitrine_part_free)

/* How KEY of PART is set, and the way to it; FALSE when there is no such. (transfer full) */
gboolean vitrine_part_find (const VitrinePart *self, const char *key, VitrineDetailHow *how,
                            char **way);

/* Numbers the definition says. */
guint vitrine_part_get_vcpus (const VitrinePart *self, guint *max);
guint64 vitrine_part_get_memory_mib (const VitrinePart *self, guint64 *max_mib);

/* A mode or a model's name; "1:4:2"; as a VITRINE_SETTING_PLUG has it; "bios" or "uefi"; aliases, "a,b"; "" where nothing
 * is said.  (transfer full) */
char *vitrine_part_dup_cpu (const VitrinePart *self);
char *vitrine_part_dup_topology (const VitrinePart *self);
char *vitrine_part_dup_plug (const VitrinePart *self);
char *vitrine_part_dup_firmware (const VitrinePart *self);
char *vitrine_part_dup_boot (const VitrinePart *self);

/* Whether the machine has memory that comes and goes. */
gboolean vitrine_part_has_pluggable (const VitrinePart *self);

/* The aliases of what can be booted from, in the definition's order, NULL-terminated. (transfer full) */
char **vitrine_part_dup_bootable (const VitrinePart *self);
/* The element of the device ALIAS, or NULL. */
VitrineXml *vitrine_part_get_device (const VitrinePart *self, const char *alias);

/* "tcp:2222:22 udp:53:53": the forwards that have short words. (transfer full) */
char *vitrine_part_dup_forwards (const VitrinePart *self);

G_END_DECLS
