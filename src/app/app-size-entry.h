/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-size-entry.h - a spin button for sizes: shows and takes "1.5 GiB", "512 MiB", "2g".
 *
 * Its value is in MiB.  A number without a unit counts in "unit-mib" (1024: GiB).
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_SIZE_ENTRY (app_size_entry_get_type ())
G_DECLARE_FINAL_TYPE (AppSizeEntry, app_size_entry, APP, SIZE_ENTRY, GtkSpinButton)

/* What the text says at this moment, before it becomes the value; FALSE when it is no size. */
gboolean app_size_entry_peek_mib (AppSizeEntry *self, guint64 *mib);

void app_size_entry_set_mib (AppSizeEntry *self, guint64 mib);

G_END_DECLS
