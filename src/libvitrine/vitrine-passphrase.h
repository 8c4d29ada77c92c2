/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-passphrase.h - what opens an encrypted disk, in memory that is in no core dump and is wiped when it is let go.
 *
 * Immutable, reference-counted.  It is never written down, and is in no process's arguments or environment.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define VITRINE_PASSPHRASE_BYTES_MAX 512

typedef struct secret VitrinePassphrase;

#define VITRINE_TYPE_PASSPHRASE (vitrine_passphrase_get_type ())
GType vitrine_passphrase_get_type (void);

/* A copy of TEXT, LEN bytes of it or (-1) up to its zero, which stays the caller's to wipe.  NULL with INVALID: a passphrase
 * is UTF-8 of one line, not empty, of VITRINE_PASSPHRASE_BYTES_MAX bytes at most. */
VitrinePassphrase *vitrine_passphrase_new (const char *text, gssize len, GError **error);
VitrinePassphrase *vitrine_passphrase_ref (VitrinePassphrase *self);
/* NULL is nothing. */
void vitrine_passphrase_unref (VitrinePassphrase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrinePassphrase, vitrine_passphrase_unref)

/* Itself, for what takes it by its zero.  Borrowed; copies are the caller's to wipe. */
const char *vitrine_passphrase_get_text (const VitrinePassphrase *self);

gboolean vitrine_passphrase_equal (const VitrinePassphrase *a, const VitrinePassphrase *b);

/* The lines of the file PATH ("-": of standard input), one at least; (transfer full), of VitrinePassphrase.  Blocks. */
GPtrArray *vitrine_passphrase_read_file (const char *path, GError **error);
/* The line that is read next from FD, which is given to the caller line by line, as a terminal does. */
VitrinePassphrase *vitrine_passphrase_read_line (int fd, GError **error);

G_END_DECLS
