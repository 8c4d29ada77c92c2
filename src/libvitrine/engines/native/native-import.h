/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-import.h - disks out of packed files and appliances, which may be anybody's.  For threads. */
#pragma once

#include "image-tool.h"
#include "vitrine-import.h"

G_BEGIN_DECLS

/* As vitrine_host_read_import_async() says. */
VitrineImport *native_import_read (const char *path, GError **error);

/* Whether FD, a file, is one that native_import_fill() unpacks, or an archive: not an image by itself. */
gboolean native_import_is_packed (int fd);

/* Writes the disk that the file SOURCE holds into FD, an empty file in FOLDER, as one image of FORMAT.  MEMBER is
 * the file's name in an archive; NULL: the only disk there is.  What is needed meanwhile has no name in FOLDER. */
gboolean native_import_fill (const char *source, const char *member, int fd, const char *folder,
                             VitrineDefinitionFormat format, const ImageWatch *watch,
                             GError **error);

G_END_DECLS
