/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-plug-entry.h - what a network card is plugged into: its kind and, but for the user's own network, its name.
 *
 * Signal "changed": the value is another.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_PLUG_ENTRY (app_plug_entry_get_type ())
G_DECLARE_FINAL_TYPE (AppPlugEntry, app_plug_entry, APP, PLUG_ENTRY, GtkBox)

/* VALUE as a VITRINE_SETTING_PLUG has it; one of another kind can be kept, but not chosen.  TITLE names it for screen
 * readers. */
AppPlugEntry *app_plug_entry_new (const char *title, const char *value);

void app_plug_entry_set_value (AppPlugEntry *self, const char *value);
/* (transfer full) */
char *app_plug_entry_dup_value (AppPlugEntry *self);

/* NAMES of networks there are are offered. */
void app_plug_entry_offer (AppPlugEntry *self, const char *const *names);

G_END_DECLS
