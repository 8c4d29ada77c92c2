/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-seed-private.h - the disk by which a cloud image is told what vitrine-cloud.h says. */
#pragma once

#include "vitrine-spec.h"

G_BEGIN_DECLS

/* Its size, whatever is in it, and the name of its file. */
#define VITRINE_SEED_BYTES (1024 * 1024)
#define VITRINE_SEED_FILE  "cloud-init.iso"

/* Adds it to SPEC, which says of itself what it is told, after its other disks and like the first of them; once.  Nothing
 * for who tells nothing. */
void vitrine_seed_add (VitrineSpec *spec);

/* What is on it, for the machine UUID whose cards have MACS; (transfer full).  It holds a hash of the password: nobody but
 * the user shall read it.  NULL with UNSUPPORTED or INVALID.  Any thread. */
GBytes *vitrine_seed_build (VitrineSpec *spec, const char *uuid, const char *const *macs,
                            GError **error);

/* PASSWORD as /etc/shadow has it (transfer full); NULL with UNSUPPORTED or ENGINE. */
char *vitrine_seed_hash (const char *password, GError **error);

/* TEXT as a scalar of YAML's, whatever is in it: between double quotes, all but printable ASCII as escapes.  (transfer
 * full). */
char *vitrine_seed_quote (const char *text);

G_END_DECLS
