/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bare-gtk.c - a GTK 3 window with nothing in it: what any application pays before its own first line. */
#include <gtk/gtk.h>

int
main (int argc, char **argv)
{
    GtkWidget *window;

    gtk_init (&argc, &argv);
    window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
    gtk_window_set_title (GTK_WINDOW (window), "Bare");
    gtk_window_set_default_size (GTK_WINDOW (window), 960, 640);
    g_signal_connect (window, "destroy", G_CALLBACK (gtk_main_quit), NULL);
    gtk_widget_show_all (window);
    gtk_main ();
    return 0;
}
