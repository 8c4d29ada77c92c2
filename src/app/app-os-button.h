/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-os-button.h - a button that says which operating system, and has a list of all to search.
 *
 * Signal "chosen": somebody chose another, or none, from the list.
 */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_TYPE_OS_BUTTON (app_os_button_get_type ())
G_DECLARE_FINAL_TYPE (AppOsButton, app_os_button, APP, OS_BUTTON, GtkMenuButton)

/* Whose list it is; read when it is first looked at. */
void app_os_button_set_host (AppOsButton *self, VitrineHost *host);

/* OS, which is copied, or NULL: any.  Nothing is emitted. */
void app_os_button_set_os (AppOsButton *self, const VitrineOs *os);
const VitrineOs *app_os_button_get_os (AppOsButton *self);

G_END_DECLS
