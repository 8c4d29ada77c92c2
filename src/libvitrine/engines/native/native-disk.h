/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-disk.h - new disks: files and logical volumes, which are made, or taken back.
 *
 * A volume lies outside the machine's folder, where nobody could tell it from the user's own; so the file
 * UUID/volumes says which were made for the machine: LVM's identifiers, and where they were found.  Blocks: any thread
 * but the main one.
 */
#pragma once

#include "definition.h"
#include "image-tool.h"
#include "vitrine-spec.h"

G_BEGIN_DECLS

#define NATIVE_DISK_VOLUMES "volumes"

/* What was made so far. */
typedef struct {
    GPtrArray *list; /* private */
} NativeMade;

NativeMade *native_made_new (void);
void native_made_free (NativeMade *made);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NativeMade, native_made_free)

/* PATH is a file that was made. */
void native_made_add (NativeMade *made, const char *path);

/* Removes all of it, the last first. */
void native_made_undo (NativeMade *made);

/* Whether the volumes among the disks of SPEC can be made; nothing is changed. */
gboolean native_disk_check_volumes (VitrineSpec *spec, GCancellable *cancellable, GError **error);

/* Makes DISK at PATH, as vitrine_rules_dup_disk_path() gives it. */
gboolean native_disk_make (const VitrineDiskSpec *disk, const char *path, NativeMade *made,
                           const ImageWatch *watch, GError **error);

/* The new file PATH, which nobody but the user may read, to be written; -1 with EXISTS, NO_SPACE, DENIED or ENGINE. */
int native_disk_make_empty (const char *path, NativeMade *made, GError **error);

/* CONTENT where FD, of the file PATH, stands, and all of the file on the disk; FALSE with NO_SPACE, DENIED or ENGINE. */
gboolean native_disk_write (int fd, const char *path, GBytes *content, GError **error);

/* The file PATH, which nobody but the user may read, with CONTENT in it; the same. */
gboolean native_disk_make_filled (const char *path, GBytes *content, NativeMade *made,
                                  GError **error);

/* Writes down in FOLDER, a machine's, which volumes MADE has, beside those that are written down there. */
gboolean native_disk_write_volumes (const char *folder, NativeMade *made, GError **error);

/* Removes the volumes that FOLDER, of a machine that never came to be, says were made for it. */
void native_disk_remove_left (const char *folder);

/* Forgets the volumes of MADE in FOLDER. */
void native_disk_forget_volumes (const char *folder, NativeMade *made);

/* By what the volume PATH is known when it was made for the machine in FOLDER, and still is that one; NULL when it
 * was not (transfer full). */
char *native_disk_dup_volume_id (const char *folder, const char *path);

/* Whether DEVICE, of the machine in FOLDER, is what Vitrine made there to tell a cloud image whom to let in: that goes
 * with the machine unasked, so whatever is not just as it was made is a disk like any other. */
gboolean native_disk_is_seed (const char *folder, const VitrineDefinitionDevice *device);

G_END_DECLS
