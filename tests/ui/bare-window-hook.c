/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bare-window-hook.c - loaded into a GTK program: ends it as soon as its first frame is on the screen. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gtk/gtk.h>
#include <unistd.h>

void
gdk_window_end_draw_frame (GdkWindow *window, GdkDrawingContext *context)
{
    void (*real) (GdkWindow *, GdkDrawingContext *) =
        (void (*) (GdkWindow *, GdkDrawingContext *)) dlsym (RTLD_NEXT,
                                                             "gdk_window_end_draw_frame");

    real (window, context);
    gdk_display_sync (gdk_window_get_display (window));
    _exit (0);
}
