/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bare-window.c - a GTK window with a header bar and an empty list, to measure others against. */
#include <gtk/gtk.h>

int
main (int argc, char **argv)
{
    GtkWidget *window, *header_bar, *scroller;

    gtk_init (&argc, &argv);
    window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
    header_bar = gtk_header_bar_new ();
    gtk_header_bar_set_show_close_button (GTK_HEADER_BAR (header_bar), TRUE);
    gtk_window_set_titlebar (GTK_WINDOW (window), header_bar);
    scroller = gtk_scrolled_window_new (NULL, NULL);
    gtk_container_add (GTK_CONTAINER (scroller), gtk_list_box_new ());
    gtk_container_add (GTK_CONTAINER (window), scroller);
    gtk_window_set_default_size (GTK_WINDOW (window), 980, 640);
    g_signal_connect (window, "destroy", G_CALLBACK (gtk_main_quit), NULL);
    gtk_widget_show_all (window);
    gtk_main ();
    return 0;
}
