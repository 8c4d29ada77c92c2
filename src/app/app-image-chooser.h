/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-image-chooser.h - asks for a file that a machine is to have: an ISO, a disk image. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
    APP_IMAGE_CD = 1 << 0,
    APP_IMAGE_DISK = 1 << 1,
} AppImageKinds;

/* A modal chooser above PARENT, shown; its "response" says how it ended.  Hold on to it until then.
 * (transfer full) */
GtkFileChooserNative *app_image_chooser_show (GtkWindow *parent, AppImageKinds kinds,
                                              const char *verb);

/* What was chosen when RESPONSE came, or NULL; lets go of *CHOOSER.  (transfer full) */
char *app_image_chooser_end (GtkFileChooserNative **chooser, int response);

G_END_DECLS
