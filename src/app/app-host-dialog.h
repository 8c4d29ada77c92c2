/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host-dialog.h - the sheet a host is added with: checked while it is typed, connected before it is added.
 *
 * Signal "added" (AppHost): it is among the hosts now; the sheet then ends itself.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_HOST_DIALOG (app_host_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppHostDialog, app_host_dialog, APP, HOST_DIALOG, GtkWindow)

AppHostDialog *app_host_dialog_new (GtkWindow *parent, AppHosts *hosts);

G_END_DECLS
