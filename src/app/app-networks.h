/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-networks.h - the networks of a host: those it has itself, or, of this computer's own engine, this computer's. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

/* An array of VitrineNetworkInfo (transfer full). */
void app_networks_list_async (VitrineHost *host, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *app_networks_list_finish (GAsyncResult *result, GError **error);

/* Of the network NAME, which is started: an array of VitrineLease (transfer full). */
void app_networks_leases_async (VitrineHost *host, const char *name, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *app_networks_leases_finish (GAsyncResult *result, GError **error);

/* ACTION: START, STOP or DELETE. */
void app_networks_act_async (VitrineHost *host, VitrineResourceAction action, const char *name,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);

/* SPEC is only looked at before this returns; KNOWN (of VitrineNetworkInfo) are the networks there are. */
void app_networks_create_async (VitrineHost *host, const VitrineNetworkSpec *spec, GPtrArray *known,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);

/* What SPEC says (see vitrine_network_edit_xml()) of the network NAME, and, where AUTOSTART differs from what INFO says, that.
 * Both are only looked at before this returns. */
void app_networks_edit_async (VitrineHost *host, const VitrineNetworkInfo *info,
                              const VitrineNetworkSpec *spec, gboolean autostart,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);

/* Of all three. */
gboolean app_networks_finish (GAsyncResult *result, GError **error);

/* "NAT"; static, translated. */
const char *app_networks_format_mode (const char *mode);

/* What MODE means to its guests; static, translated, or "". */
const char *app_networks_describe_mode (const char *mode);

/* The name and the address in a network card's SOURCE (of VitrineDeviceInfo), "network NAME MAC"; FALSE when it is on
 * no network.  (transfer full) */
gboolean app_networks_parse_source (const char *source, char **name, char **mac);

G_END_DECLS
