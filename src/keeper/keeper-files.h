/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-files.h - everything a machine needs from the file system, opened and locked.
 *
 * The keeper is the only process of a machine that sees paths: whatever is wrong with one is found
 * here, before anything is started, and told in a sentence that names it.
 */
#pragma once

#include <glib.h>

#include "definition.h"
#include "keeper-image.h"

G_BEGIN_DECLS

/* What stands behind one device. */
typedef struct {
    int fd;          /* -1: a drive with nothing in it, or nothing of the file system's */
    gboolean direct; /* a disk, opened with O_DIRECT */
    KeeperImage *image;  /* a disk that is another process's: FD comes of it (keeper-storage.h) */
    gboolean by_process; /* it had such an IMAGE */
    int rom_fd;      /* code for the firmware */
} KeeperBacking;

/* All descriptors are this struct's, close-on-exec; -1 for none. */
typedef struct {
    int kvm_fd, firmware_fd, kernel_fd, initrd_fd;
    gboolean
        disposable; /* to be said before: what is written to disks goes to images that nobody finds again */
    char *nvram_template; /* what UEFI's variables are at first; NULL without UEFI, or unknown */
    guint n_backings;
    KeeperBacking *backings; /* one for each of the definition's devices, in their order */
} KeeperFiles;

/* Empty. */
void keeper_files_init (KeeperFiles *self);

/* Opens all of DEFINITION's files for the machine in FOLDER; SELF is empty.  A disk that is in use
 * is asked for again for PATIENCE_MS, unless a machine has it that says so: whoever had it may
 * have ended a moment ago.  A vsock's device has the address that was found for it then.  Adds to
 * WARNINGS (of char *).  On failure some are open, for keeper_files_clear(). */
gboolean keeper_files_open (KeeperFiles *self, const VitrineDefinition *definition,
                            const char *folder, guint patience_ms, GPtrArray *warnings,
                            GError **error);

/* Opens what stands behind the last of DEVICES (of VitrineDefinitionDevice), which is about to join the
 * others in the machine in FOLDER; SELF is empty.  The rest is as above. */
gboolean keeper_files_open_last (KeeperFiles *self, GPtrArray *devices, const char *folder,
                                 guint patience_ms, GPtrArray *warnings, GError **error);

/* Opens the image of DEVICE, a disk that is not raw or is encrypted, which may join DEVICES when its process has it; all as
 * above.  The caller's, or NULL. */
KeeperImage *keeper_files_open_image (const KeeperFiles *self, GPtrArray *devices,
                                      const VitrineDefinitionDevice *device, const char *folder,
                                      guint patience_ms, GPtrArray *warnings, GError **error);

/* Whether DEVICE, a server's disk, may join DEVICES, of which it is none yet. */
gboolean keeper_files_check_server (const KeeperFiles *self, GPtrArray *devices,
                                    const VitrineDefinitionDevice *device, GError **error);

/* The last of DEVICES, which joins the others, is a disk, and FD, which is taken over, the process behind it; SELF is
 * empty. */
void keeper_files_take_last (KeeperFiles *self, GPtrArray *devices, int fd);

/* Closes everything. */
void keeper_files_clear (KeeperFiles *self);

G_END_DECLS
