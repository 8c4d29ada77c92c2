/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-release-chord.h - the keys that take the keyboard back from a guest: pressed together and let go with nothing
 * in between. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The user's choice; static. */
typedef struct {
    const char *id;          /* in the settings */
    const char *name;        /* "Ctrl+Alt", to be translated by _() */
    const char *accelerator; /* as GTK writes it, for the window of shortcuts */
    guint modifiers;         /* all of these, any key of each */
    guint key;               /* in place of them this one alone, or 0 */
} AppReleaseChord;

const AppReleaseChord *app_release_chord_get (void);

/* Whether the one key that is pressed with EVENT completes it. */
gboolean app_release_chord_is_complete (const AppReleaseChord *self, const GdkEventKey *event);

/* Whether KEYVAL is one of its keys. */
gboolean app_release_chord_has (const AppReleaseChord *self, guint keyval);

G_END_DECLS
