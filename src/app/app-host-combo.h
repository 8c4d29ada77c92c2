/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host-combo.h - which of the hosts a window is about; there to be seen where there are several.
 *
 * GtkComboBox's "changed" says that it is another.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_HOST_COMBO (app_host_combo_get_type ())
G_DECLARE_FINAL_TYPE (AppHostCombo, app_host_combo, APP, HOST_COMBO, GtkComboBoxText)

/* Those of HOSTS that are connected, and the first, whatever it is. */
void app_host_combo_set_hosts (AppHostCombo *self, AppHosts *hosts);

/* Borrowed; NULL while none can be used. */
VitrineHost *app_host_combo_get_host (AppHostCombo *self);

G_END_DECLS
