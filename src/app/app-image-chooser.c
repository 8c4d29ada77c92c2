/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-image-chooser.c - asks for a file that a machine is to have: an ISO, a disk image. */
#include "app-image-chooser.h"

#include <glib/gi18n.h>

static const struct {
    AppImageKinds kind;
    const char *pattern;
} patterns[] = {
    { APP_IMAGE_CD, "*.[iI][sS][oO]" },
    { APP_IMAGE_CD | APP_IMAGE_DISK, "*.[iI][mM][gG]" },
    { APP_IMAGE_DISK, "*.[rR][aA][wW]" },
};

static void
add_filter (GtkFileChooser *chooser, const char *name, AppImageKinds kinds)
{
    GtkFileFilter *filter = gtk_file_filter_new ();

    gtk_file_filter_set_name (filter, name);
    for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
        if (patterns[i].kind & kinds)
            gtk_file_filter_add_pattern (filter, patterns[i].pattern);
    if (kinds == 0)
        gtk_file_filter_add_pattern (filter, "*");
    gtk_file_chooser_add_filter (chooser, filter);
}

GtkFileChooserNative *
app_image_chooser_show (GtkWindow *parent, AppImageKinds kinds, const char *verb)
{
    const char *title = kinds == APP_IMAGE_CD     ? _ ("Choose an ISO image")
                        : kinds == APP_IMAGE_DISK ? _ ("Choose a disk image")
                                                  : _ ("Choose an ISO or disk image");
    GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
        title, parent, GTK_FILE_CHOOSER_ACTION_OPEN, verb, _ ("_Cancel"));

    add_filter (GTK_FILE_CHOOSER (chooser),
                kinds == APP_IMAGE_CD     ? _ ("ISO images")
                : kinds == APP_IMAGE_DISK ? _ ("Disk images")
                                          : _ ("ISO and disk images"),
                kinds);
    add_filter (GTK_FILE_CHOOSER (chooser), _ ("All files"), 0);
    gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
    gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
    return chooser;
}

char *
app_image_chooser_end (GtkFileChooserNative **chooser, int response)
{
    char *path = response == GTK_RESPONSE_ACCEPT
                     ? gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (*chooser))
                     : NULL;

    g_clear_object (chooser);
    return path;
}
