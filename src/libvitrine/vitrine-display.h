/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-display.h - by what a new machine's display is looked at. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_DISPLAY_BEST, /* SPICE, for its agent's sake, where the host can do it; else VNC */
    VITRINE_DISPLAY_VNC,
    VITRINE_DISPLAY_SPICE,
    VITRINE_DISPLAY_NONE, /* there is none */
} VitrineDisplay;

#define VITRINE_TYPE_DISPLAY (vitrine_display_get_type ())
GType vitrine_display_get_type (void);

/* Of “vnc”, “spice” and “none”, the words of the command line.  Returns FALSE when WORD is another. */
gboolean vitrine_display_from_string (const char *word, VitrineDisplay *display);

/* Whether it is to be SPICE, on a host that can do it or not. */
gboolean vitrine_display_is_spice (VitrineDisplay display, gboolean host_can);

G_END_DECLS
