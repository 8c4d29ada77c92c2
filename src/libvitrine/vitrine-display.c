/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-display.c - by what a new machine's display is looked at. */
#include "vitrine-display.h"

static const GEnumValue values[] = {
    { VITRINE_DISPLAY_BEST, "VITRINE_DISPLAY_BEST", "best" },
    { VITRINE_DISPLAY_VNC, "VITRINE_DISPLAY_VNC", "vnc" },
    { VITRINE_DISPLAY_SPICE, "VITRINE_DISPLAY_SPICE", "spice" },
    { VITRINE_DISPLAY_NONE, "VITRINE_DISPLAY_NONE", "none" },
    { 0, NULL, NULL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (values) == VITRINE_DISPLAY_NONE + 2);

GType
vitrine_display_get_type (void)
{
    static gsize type;

    if (g_once_init_enter (&type))
        g_once_init_leave (&type, g_enum_register_static ("VitrineDisplay", values));
    return type;
}

gboolean
vitrine_display_from_string (const char *word, VitrineDisplay *display)
{
    for (gsize i = VITRINE_DISPLAY_VNC; values[i].value_nick != NULL; i++) {
        if (g_strcmp0 (word, values[i].value_nick) == 0) {
            *display = (VitrineDisplay) values[i].value;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
vitrine_display_is_spice (VitrineDisplay display, gboolean host_can)
{
    return display == VITRINE_DISPLAY_SPICE || (display == VITRINE_DISPLAY_BEST && host_can);
}
