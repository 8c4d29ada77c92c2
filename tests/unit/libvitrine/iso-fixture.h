/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iso-fixture.h - for tests: CD images with files in folders, as installers' have them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ISO_SECTOR 2048

typedef struct {
    const char *way; /* "install.amd/vmlinuz": written in capitals, as plain names are */
    const char *text;
} IsoFixtureFile;

/* The image, called LABEL, with N FILES; (transfer full).  A folder's records all fit into its one sector. */
GByteArray *iso_fixture_new (const char *label, const IsoFixtureFile *files, gsize n);

/* The record in IMAGE of the file or folder that is called NAME there, "VMLINUZ.;1". */
guint8 *iso_fixture_find (GByteArray *image, const char *name);

void iso_fixture_write (GByteArray *image, const char *path);

G_END_DECLS
