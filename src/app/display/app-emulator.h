/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-emulator.h - a terminal emulator as a widget, whoever made it.
 *
 * What a text console needs of such a widget, which can be scrolled; a class in a module implements it
 * (app-module.h).  Signal: "typed" (GBytes), for the guest.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_EMULATOR (app_emulator_get_type ())
G_DECLARE_INTERFACE (AppEmulator, app_emulator, APP, EMULATOR, GtkWidget)

struct _AppEmulatorInterface {
    GTypeInterface parent;

    void (*feed) (AppEmulator *self, GBytes *bytes);
    void (*reset) (AppEmulator *self);
    void (*set_takes_input) (AppEmulator *self, gboolean takes_input);
    void (*copy) (AppEmulator *self);
    void (*paste) (AppEmulator *self);
};

/* What the guest has printed. */
void app_emulator_feed (AppEmulator *self, GBytes *bytes);

/* Forgets all it was fed. */
void app_emulator_reset (AppEmulator *self);

/* Whether keys are "typed". */
void app_emulator_set_takes_input (AppEmulator *self, gboolean takes_input);

/* The selected text to the clipboard; the clipboard's text as if it were typed. */
void app_emulator_copy (AppEmulator *self);
void app_emulator_paste (AppEmulator *self);

G_END_DECLS
