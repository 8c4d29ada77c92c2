/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-keys.h - key names and text as the keys that make them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "ctrl+alt+delete", "F5", "a", "leftshift+tab": evdev names without KEY_, in any case, and the
 * usual short forms.  Returns a floating a(ub) that presses them in order and lets go in reverse,
 * or NULL with INVALID naming the word. */
GVariant *vitrine_keys_from_chord (const char *chord, GError **error);

/* The keys that type TEXT (UTF-8) on a US keyboard; NULL with INVALID naming the first character
 * that no key makes. */
GVariant *vitrine_keys_from_text (const char *text, GError **error);

G_END_DECLS
