/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-network-dialog.h - the sheet a network is made or edited with.
 *
 * Signal "created" (name string, start boolean): it is there, or changed; START: the user wants it to be started.
 */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_TYPE_NETWORK_DIALOG (app_network_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppNetworkDialog, app_network_dialog, APP, NETWORK_DIALOG, GtkWindow)

/* On HOST, which has the networks KNOWN (of VitrineNetworkInfo). */
AppNetworkDialog *app_network_dialog_new (GtkWindow *parent, VitrineHost *host, GPtrArray *known);

/* To edit INFO, one of KNOWN. */
AppNetworkDialog *app_network_dialog_new_edit (GtkWindow *parent, VitrineHost *host,
                                               GPtrArray *known, const VitrineNetworkInfo *info);

G_END_DECLS
