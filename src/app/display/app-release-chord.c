/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-release-chord.c - the keys that take the keyboard back from a guest. */
#include "app-release-chord.h"

#include <glib/gi18n.h>

#include "app-preferences.h"

#define ALL_MODIFIERS (GDK_CONTROL_MASK | GDK_MOD1_MASK | GDK_SHIFT_MASK)

/* The first is what counts where the settings have none of them.
 * Translators: names of keys as they stand on your keyboards */
static const AppReleaseChord chords[] = {
    { "ctrl+alt", N_ ("Ctrl+Alt"), "<Primary><Alt>", GDK_CONTROL_MASK | GDK_MOD1_MASK, 0 },
    { "ctrl+shift", N_ ("Ctrl+Shift"), "<Primary><Shift>", GDK_CONTROL_MASK | GDK_SHIFT_MASK, 0 },
    { "shift+alt", N_ ("Shift+Alt"), "<Shift><Alt>", GDK_SHIFT_MASK | GDK_MOD1_MASK, 0 },
    { "right-ctrl", N_ ("Right Ctrl"), "Control_R", 0, GDK_KEY_Control_R },
};

const AppReleaseChord *
app_release_chord_get (void)
{
    g_autofree char *id = app_preferences_dup_text (APP_PREF_RELEASE_KEYS);

    for (guint i = 0; i < G_N_ELEMENTS (chords); i++)
        if (g_str_equal (chords[i].id, id))
            return &chords[i];
    return &chords[0];
}

/* 0 for keys that are none. */
static guint
get_modifier (guint keyval)
{
    switch (keyval) {
    case GDK_KEY_Control_L:
    case GDK_KEY_Control_R:
        return GDK_CONTROL_MASK;
    case GDK_KEY_Alt_L:
    case GDK_KEY_Alt_R:
    case GDK_KEY_Meta_L:
    case GDK_KEY_Meta_R:
        return GDK_MOD1_MASK;
    case GDK_KEY_Shift_L:
    case GDK_KEY_Shift_R:
        return GDK_SHIFT_MASK;
    default:
        return 0;
    }
}

gboolean
app_release_chord_has (const AppReleaseChord *self, guint keyval)
{
    return self->key != 0 ? keyval == self->key : (get_modifier (keyval) & self->modifiers) != 0;
}

gboolean
app_release_chord_is_complete (const AppReleaseChord *self, const GdkEventKey *event)
{
    guint held = event->state; /* before this key */

    if (!app_release_chord_has (self, event->keyval))
        return FALSE;
    if (self->key != 0)
        return (held & ALL_MODIFIERS) == 0;
    return ((held | get_modifier (event->keyval)) & self->modifiers) == self->modifiers;
}
