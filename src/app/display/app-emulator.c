/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-emulator.c - a terminal emulator as a widget, whoever made it. */
#include "app-emulator.h"

G_DEFINE_INTERFACE_WITH_CODE (AppEmulator, app_emulator, GTK_TYPE_WIDGET,
                              g_type_interface_add_prerequisite (g_define_type_id,
                                                                 GTK_TYPE_SCROLLABLE))

static void
app_emulator_default_init (AppEmulatorInterface *iface)
{
    g_signal_new ("typed", APP_TYPE_EMULATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                  1, G_TYPE_BYTES);
}

void
app_emulator_feed (AppEmulator *self, GBytes *bytes)
{
    g_return_if_fail (APP_IS_EMULATOR (self));
    APP_EMULATOR_GET_IFACE (self)->feed (self, bytes);
}

void
app_emulator_reset (AppEmulator *self)
{
    g_return_if_fail (APP_IS_EMULATOR (self));
    APP_EMULATOR_GET_IFACE (self)->reset (self);
}

void
app_emulator_set_takes_input (AppEmulator *self, gboolean takes_input)
{
    g_return_if_fail (APP_IS_EMULATOR (self));
    APP_EMULATOR_GET_IFACE (self)->set_takes_input (self, takes_input);
}

void
app_emulator_copy (AppEmulator *self)
{
    g_return_if_fail (APP_IS_EMULATOR (self));
    APP_EMULATOR_GET_IFACE (self)->copy (self);
}

void
app_emulator_paste (AppEmulator *self)
{
    g_return_if_fail (APP_IS_EMULATOR (self));
    APP_EMULATOR_GET_IFACE (self)->paste (self);
}
