/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-import.h - what a file that a machine is to be made of holds: a disk image, a packed one, an appliance.
 *
 * It is read first, so that people see what they get, applied to a spec, which may be changed, and made a machine by
 * vitrine_host_create_full_async().
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

typedef enum {
    VITRINE_IMPORT_IMAGE,     /* a disk image, which is used as it is */
    VITRINE_IMPORT_PACKED,    /* one that is packed by gzip or xz, which is unpacked */
    VITRINE_IMPORT_APPLIANCE, /* an OVA, or an OVF with its disks beside it, which are copied */
} VitrineImportKind;

typedef struct {
    VitrineImportKind kind;
    char *name;  /* the appliance's, or "" */
    guint vcpus; /* 0: nobody knows; so below */
    guint64 memory_mib;
    VitrineFirmware firmware;
    GPtrArray *disks; /* of VitrineDiskSpec */
    GPtrArray *nics;  /* an appliance's: of char *, the models of its cards here, "e1000e" */
} VitrineImport;

void vitrine_import_free (VitrineImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineImport, vitrine_import_free)

/* Looks at the file PATH, whose contents may be anybody's.  INVALID for what is damaged or means harm, UNSUPPORTED for
 * what cannot be imported, NOT_FOUND or DENIED. (transfer full). */
void vitrine_host_read_import_async (VitrineHost *self, const char *path, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
VitrineImport *vitrine_host_read_import_finish (VitrineHost *self, GAsyncResult *result,
                                                GError **error);

/* Gives SPEC what IMPORT says: disks, and of an appliance processors, memory, firmware and cards, which are on NETWORK as
 * vitrine_spec_add_default_nic() takes it.  Its name stays. */
void vitrine_import_apply (const VitrineImport *import, VitrineSpec *spec, const char *network);

G_END_DECLS
