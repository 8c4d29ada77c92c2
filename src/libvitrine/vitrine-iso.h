/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-iso.h - a CD image of a few small files, in memory. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define VITRINE_ISO_SECTOR_BYTES 2048
#define VITRINE_ISO_MAX_FILES    8

typedef struct {
    const char
        *name; /* ASCII, 64 at most, and different in its first eight letters from the others */
    const char *text;
} VitrineIsoFile;

/* An ISO 9660 file system called LABEL, ASCII, 16 at most, with N FILES in its root, readable by all systems under their
 * whole names (Rock Ridge and Joliet).  SIZE_BYTES, whole sectors, is what it is filled up to; NULL when the files are
 * more.  (transfer full). */
GBytes *vitrine_iso_build (const char *label, const VitrineIsoFile *files, gsize n,
                           gsize size_bytes);

G_END_DECLS
