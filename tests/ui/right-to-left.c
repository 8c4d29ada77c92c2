/* SPDX-License-Identifier: GPL-2.0-or-later */
/* right-to-left.c - a GTK module that turns an application round, without a locale that does. */
#include <gtk/gtk.h>

void gtk_module_init (int *argc, char ***argv);

void
gtk_module_init (int *argc, char ***argv)
{
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
}
