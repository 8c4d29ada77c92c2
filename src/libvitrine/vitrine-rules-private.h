/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-rules-private.h - what every engine asks of a new machine, and how it becomes a
 * definition. */
#pragma once

#include "definition.h"
#include "vitrine-host.h"
#include "vitrine-spec.h"

G_BEGIN_DECLS

/* The largest disk that is made. */
#define VITRINE_DISK_BYTES_MAX (G_GUINT64_CONSTANT (16) << 40)

/* Less than this and no firmware starts. */
#define VITRINE_MEMORY_MIB_MIN 16

/* Whether it is for Windows, which has ways of its own. */
gboolean vitrine_rules_is_windows (VitrineSpec *spec);

/* Whether SPEC makes sense on a host with LIMITS; no file is looked at.  Otherwise FALSE with
 * INVALID and a sentence that names the part.  Whichever thread has SPEC. */
gboolean vitrine_rules_check_spec (VitrineSpec *spec, const VitrineHostLimits *limits,
                                   GError **error);

/* Whether NAME may name a machine here: the definition's rules, and it is no UUID, because a
 * machine is asked for by either.  Any thread. */
gboolean vitrine_rules_check_name (const char *name, GError **error);

/* Sets INVALID: TEXT says of no way of taking space beforehand.  Returns FALSE. */
gboolean vitrine_rules_refuse_allocation (const char *text, GError **error);

/* Sets EXISTS: NAME is another machine's already.  Returns FALSE. */
gboolean vitrine_rules_refuse_taken_name (const char *name, GError **error);

/* Sets BUSY: the definition of the machine NAME is not what it was when somebody began to edit it.  Returns FALSE. */
gboolean vitrine_rules_refuse_changed (const char *name, GError **error);

/* Sets INVALID: a new definition of the machine NAME is another machine's.  Returns FALSE. */
gboolean vitrine_rules_refuse_other_uuid (const char *name, GError **error);

/* Sets BUSY: the machine NAME runs, and gets no other name meanwhile.  Returns FALSE. */
gboolean vitrine_rules_refuse_rename (const char *name, GError **error);

/* Sets BUSY: the disk PATH belongs to the machine USER.  Returns FALSE. */
gboolean vitrine_rules_refuse_used_disk (const char *path, const char *user, GError **error);

/* Sets NO_SPACE: NEEDED bytes shall be in FOLDER, FREE are there.  Returns FALSE. */
gboolean vitrine_rules_refuse_lack_of_space (const char *folder, guint64 needed_bytes,
                                             guint64 free_bytes, GError **error);

/* Sets DENIED when CHECK has a mend, else UNSUPPORTED: machines cannot run here.  Returns FALSE. */
gboolean vitrine_rules_refuse_failed_check (const VitrineCheck *check, GError **error);

/* Whether the files SPEC names can be used: there, readable, and what they should be; WARNING is
 * set to a sentence when they can but may disappoint.  Looks at files, and so may block: any
 * thread. */
gboolean vitrine_rules_check_sources (VitrineSpec *spec, char **warning, GError **error);

/* The format of the image PATH by what is in it, as when a disk is taken into a machine.  FALSE with UNSUPPORTED for a
 * file that is packed or of a format nobody here opens.  Blocks; any thread. */
gboolean vitrine_rules_find_image_format (const char *path, VitrineDefinitionFormat *format,
                                          GError **error);

/* The same by HEAD, the first 512 bytes of what is in PATH. */
gboolean vitrine_rules_find_head_format (const guint8 *head, const char *path,
                                         VitrineDefinitionFormat *format, GError **error);

/* A copy that nothing else changes, with absolute paths, for a thread to work from. */
VitrineSpec *vitrine_rules_dup_spec (VitrineSpec *spec);

/* <source> of SPEC's disk as a definition of libvirt's has it, or NULL where it is no server's. */
char *vitrine_rules_dup_server_source (const VitrineDiskSpec *spec);

/* Where disk N of SPEC is: its path, or one in FOLDER made of the machine's name. */
char *vitrine_rules_dup_disk_path (VitrineSpec *spec, guint n, const char *folder);

/* The definition of SPEC as UUID, with its own disks in FOLDER. */
VitrineDefinition *vitrine_rules_define (VitrineSpec *spec, const char *uuid, const char *folder,
                                         GError **error);

/* Whether each of PATHS is one of DISKS (of VitrineDiskInfo) and removable; otherwise FALSE with
 * DENIED and the reason, or NOT_FOUND. */
gboolean vitrine_rules_check_removable (GPtrArray *disks, const char *const *paths, GError **error);

/* DEFINITION with CHANGE made to it. (transfer full), or NULL.  Any thread. */
VitrineDefinition *vitrine_rules_edit (const VitrineDefinition *definition,
                                       const VitrineChange *change, GError **error);

/* The disk ALIAS of DEFINITION, or NULL. */
const VitrineDefinitionDevice *vitrine_rules_find_disk (const VitrineDefinition *definition,
                                                        const char *alias);

VitrineFirmware vitrine_rules_firmware (const VitrineDefinition *definition);

/* (transfer full): an array of VitrineDeviceInfo. */
GPtrArray *vitrine_rules_dup_devices (const VitrineDefinition *definition);

G_END_DECLS
