/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-nvram.h - the file that keeps a machine's UEFI variables, whole at every moment.
 *
 * The file is never written to: a new one takes its name, so that whatever happens there is one that
 * is whole.  Its lock moves along.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEPER_NVRAM_NAME      "uefi-variables.fd" /* in the machine's folder */
#define KEEPER_NVRAM_MAX_BYTES (16 * 1024 * 1024)  /* what fits below 4 GiB */

typedef struct {
    char *path;
    char *template; /* what the variables are at first, or NULL */
    int lock_fd;    /* the file as it is now, locked; -1: not open */
} KeeperNvram;

/* SELF is zeroed.  Opens and locks PATH, or makes it from TEMPLATE (which may be NULL) when it is not
 * there or RESET asks for it.  Returns what is in it, checked, or NULL: NOT_FOUND, INVALID when it
 * holds no UEFI variables, BUSY when another machine has it, DENIED, ENGINE.  Either way SELF is for
 * keeper_nvram_close(). */
GBytes *keeper_nvram_open (KeeperNvram *self, const char *path, const char *template,
                           gboolean reset, GError **error);

/* Puts BYTES into the file's place, on the disk when this returns.  Any one thread. */
gboolean keeper_nvram_save (KeeperNvram *self, GBytes *bytes, GError **error);

void keeper_nvram_close (KeeperNvram *self);

/* Whether DATA may be UEFI variables that firmware can go on with; FALSE with INVALID, the sentence
 * naming PATH. */
gboolean keeper_nvram_check (const char *path, const guint8 *data, gsize size, GError **error);

G_END_DECLS
