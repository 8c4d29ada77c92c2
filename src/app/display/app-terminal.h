/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-terminal.h - a text console of a machine: its serial line in a terminal. */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_TYPE_TERMINAL (app_terminal_get_type ())
G_DECLARE_FINAL_TYPE (AppTerminal, app_terminal, APP, TERMINAL, GtkBox)

/* Once.  CONSOLE is a name of the machine's consoles. */
void app_terminal_set_machine (AppTerminal *self, VitrineMachine *machine, const char *console);

void app_terminal_copy (AppTerminal *self);
void app_terminal_paste (AppTerminal *self);

/* Whether the terminal has the keyboard focus, so that control keys are the guest's. */
gboolean app_terminal_wants_keys (AppTerminal *self);

G_END_DECLS
