/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - vitrine, the application. */
#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app-application.h"
#include "config.h"
#include "vitrine.h"

#define HEAP_AT_START_BYTES (5 << 20)   /* what an empty window was seen to need, and some */
#define LARGE_BLOCK_BYTES   (512 << 10) /* from here on malloc maps a block of its own */
#define USUAL_TOP_PAD_BYTES (128 << 10)
#define HUGE_PAGE_BYTES     (2 << 20)

/* GTK takes some MiB while it starts, in small pieces: a tenth of the time to the first window went into
 * page faults.  So the heap grows once, now, by what a start needs, and lies in huge pages where the kernel
 * gives them; where it does not, madvise() fails and all is as before.  All three thresholds are set because
 * naming one of them ends malloc's own adapting of the others. */
static void
grow_heap_in_huge_pages (void)
{
    char *block, *start, *end;

    mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
    mallopt (M_TRIM_THRESHOLD, HEAP_AT_START_BYTES + LARGE_BLOCK_BYTES);
    mallopt (M_TOP_PAD, HEAP_AT_START_BYTES);
    block = malloc (LARGE_BLOCK_BYTES / 2); /* more than the first heap holds */
    end = sbrk (0);
    start = block + (HUGE_PAGE_BYTES - (uintptr_t) block % HUGE_PAGE_BYTES);
    if (block != NULL && start < end)
        madvise (start, (size_t) (end - start), MADV_HUGEPAGE);
    free (block);
    mallopt (M_TOP_PAD, USUAL_TOP_PAD_BYTES);
}

/* Does at the same time what a GTK program does one after the other: threads of Pango and GIO read the
 * fonts' configuration and greet the session bus, while the display is opened here.  Without a display,
 * the options that need none (--help) work: who needs it opens it again, and says so.  Takes GTK's own
 * options (--display) out of the arguments. */
static void
start_side_by_side (int *argc, char ***argv)
{
    pango_cairo_font_map_get_default ();
    g_bus_get (G_BUS_TYPE_SESSION, NULL, NULL, NULL);
    gtk_init_check (argc, argv);
}

/* Who is asked for a password sees a window, which need not be in front of a terminal. */
static void
let_ssh_ask_in_windows (void)
{
    g_autofree char *program =
        vitrine_paths_dup_own ("VITRINE_LIBEXECDIR", "ssh", "vitrine-askpass", VITRINE_LIBEXECDIR);

    g_setenv ("SSH_ASKPASS", program, FALSE);
}

int
main (int argc, char **argv)
{
    g_autoptr (AppApplication) application = NULL;

    grow_heap_in_huge_pages ();
    vitrine_language_init (GETTEXT_PACKAGE, VITRINE_LOCALEDIR);
    textdomain (GETTEXT_PACKAGE);

    /* GDK opens the X server's GL, and all of Mesa and LLVM with it, for the sake of widgets that draw by
     * GL.  There is none here: 25 of the 63 ms and 10 of the 50 MB of an empty window are saved.  No thread
     * may run yet: it could read the environment that this moves. */
    g_setenv ("GDK_GL", "disable", FALSE);
    let_ssh_ask_in_windows ();
    /* Windows are matched to the desktop file by this name. */
    g_set_prgname ("org.vitrine.Vitrine");
    g_set_application_name (_ ("Vitrine"));
    start_side_by_side (&argc, &argv);
    application = app_application_new ();
    return g_application_run (G_APPLICATION (application), argc, argv);
}
