/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hosts-memory.c - the hosts that the user added are there again the next time. */
#include "app-hosts-memory.h"

#include "app-settings.h"

#define KEY  "hosts"
#define TYPE "a(ssb)" /* address, title, whether it is to be connected */

static void
recall (AppHosts *hosts, GSettings *settings)
{
    g_autoptr (GVariant) remembered = g_settings_get_value (settings, KEY);
    GVariantIter iter;
    const char *uri, *title;
    gboolean wanted;

    g_variant_iter_init (&iter, remembered);
    while (g_variant_iter_next (&iter, "(&s&sb)", &uri, &title, &wanted)) {
        g_autoptr (AppHost) host = NULL;

        if (*uri == '\0' || app_hosts_find_uri (hosts, uri) != NULL)
            continue;
        host = app_host_new (uri, *title != '\0' ? title : NULL, wanted);
        app_hosts_add (hosts, host);
    }
}

static void
remember_cb (AppHosts *hosts, gpointer user_data)
{
    g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE (TYPE));
    g_autoptr (GVariant) before = g_settings_get_value (app_settings_get (), KEY);
    g_autoptr (GVariant) now = NULL;

    for (guint i = 0; i < app_hosts_get_n (hosts); i++) {
        AppHost *host = app_hosts_get (hosts, i);

        if (!app_host_get_fixed (host))
            g_variant_builder_add (builder, "(ssb)", app_host_get_uri (host),
                                   app_host_get_title (host), app_host_get_wanted (host));
    }
    now = g_variant_ref_sink (g_variant_builder_end (builder));
    if (!g_variant_equal (before, now))
        g_settings_set_value (app_settings_get (), KEY, now);
}

void
app_hosts_memory_attach (AppHosts *hosts)
{
    GSettings *settings = app_settings_get ();

    if (settings == NULL)
        return;
    recall (hosts, settings);
    g_signal_connect (hosts, "hosts-changed", G_CALLBACK (remember_cb), NULL);
    g_signal_connect (hosts, "host-state-changed", G_CALLBACK (remember_cb), NULL);
}
