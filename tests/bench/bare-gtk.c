/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bare-gtk.c - the least that a GTK 3 window costs: with nothing in it, or, called "bare-gtk dressed",
 * with what next to every window has: a GtkApplication, a header bar, a text and an icon.
 */
#include <gtk/gtk.h>
#include <string.h>

#define WIDTH  980 /* as large as the window of the application that it is held against */
#define HEIGHT 640

static void
dress (GtkWidget *window)
{
    GtkWidget *bar = gtk_header_bar_new ();

    gtk_header_bar_set_title (GTK_HEADER_BAR (bar), "Dressed");
    gtk_header_bar_set_show_close_button (GTK_HEADER_BAR (bar), TRUE);
    gtk_header_bar_pack_start (
        GTK_HEADER_BAR (bar),
        gtk_button_new_from_icon_name ("list-add-symbolic", GTK_ICON_SIZE_BUTTON));
    gtk_window_set_titlebar (GTK_WINDOW (window), bar);
    gtk_container_add (GTK_CONTAINER (window), gtk_label_new ("A text"));
}

static void
show (GtkWidget *window)
{
    gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
    gtk_widget_show_all (window);
}

static void
activate_cb (GtkApplication *application, gpointer user_data)
{
    GtkWidget *window = gtk_application_window_new (application);

    dress (window);
    show (window);
}

static int
run_dressed (void)
{
    g_autoptr (GtkApplication) application =
        gtk_application_new ("org.vitrine.Dressed", G_APPLICATION_DEFAULT_FLAGS);

    g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
    return g_application_run (G_APPLICATION (application), 0, NULL);
}

int
main (int argc, char **argv)
{
    GtkWidget *window;

    if (argc == 2 && strcmp (argv[1], "dressed") == 0)
        return run_dressed ();
    gtk_init (&argc, &argv);
    window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
    g_signal_connect (window, "destroy", G_CALLBACK (gtk_main_quit), NULL);
    show (window);
    gtk_main ();
    return 0;
}
