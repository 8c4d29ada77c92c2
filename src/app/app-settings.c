/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-settings.c - what the windows remember between runs: sizes, order, notes already read. */
#include "app-settings.h"

#define SCHEMA_ID "org.vitrine.Vitrine"

GSettings *
app_settings_get (void)
{
    static GSettings *settings;
    static gboolean looked;
    GSettingsSchemaSource *source;
    g_autoptr (GSettingsSchema) schema = NULL;

    if (looked)
        return settings;
    looked = TRUE;
    source = g_settings_schema_source_get_default ();
    if (source != NULL)
        schema = g_settings_schema_source_lookup (source, SCHEMA_ID, TRUE);
    if (schema != NULL)
        settings = g_settings_new_full (schema, NULL, NULL);
    return settings;
}

gboolean
app_settings_is_note_dismissed (const char *id)
{
    GSettings *settings = app_settings_get ();
    g_auto (GStrv) dismissed = NULL;

    if (settings == NULL)
        return FALSE;
    dismissed = g_settings_get_strv (settings, "dismissed-notes");
    return g_strv_contains ((const char *const *) dismissed, id);
}

void
app_settings_dismiss_note (const char *id)
{
    GSettings *settings = app_settings_get ();
    g_auto (GStrv) dismissed = NULL;
    g_autoptr (GStrvBuilder) builder = NULL;
    g_auto (GStrv) more = NULL;

    if (settings == NULL || app_settings_is_note_dismissed (id))
        return;
    dismissed = g_settings_get_strv (settings, "dismissed-notes");
    builder = g_strv_builder_new ();
    g_strv_builder_addv (builder, (const char **) dismissed);
    g_strv_builder_add (builder, id);
    more = g_strv_builder_end (builder);
    g_settings_set_strv (settings, "dismissed-notes", (const char *const *) more);
}

/* --- CDs that were used lately ------------------------------------------------------------------- */

#define RECENT_CDS_KEY "recent-cds"
#define RECENT_CDS_MAX 5

/* While nothing is remembered between runs. */
static GStrv recent_cds;

char **
app_settings_dup_recent_cds (void)
{
    GSettings *settings = app_settings_get ();

    if (settings != NULL)
        return g_settings_get_strv (settings, RECENT_CDS_KEY);
    return recent_cds != NULL ? g_strdupv (recent_cds) : g_new0 (char *, 1);
}

/* FIRST, or NULL, and then the others but WITHOUT. */
static void
set_recent_cds (const char *first, const char *without)
{
    GSettings *settings = app_settings_get ();
    g_auto (GStrv) before = app_settings_dup_recent_cds ();
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    guint n = first != NULL;

    if (first != NULL)
        g_strv_builder_add (builder, first);
    for (guint i = 0; before[i] != NULL && n < RECENT_CDS_MAX; i++)
        if (!g_str_equal (before[i], without)) {
            g_strv_builder_add (builder, before[i]);
            n++;
        }
    g_strfreev (recent_cds);
    recent_cds = g_strv_builder_end (builder);
    if (settings != NULL)
        g_settings_set_strv (settings, RECENT_CDS_KEY, (const char *const *) recent_cds);
}

void
app_settings_add_recent_cd (const char *path)
{
    if (g_utf8_validate (path, -1, NULL)) /* settings are text */
        set_recent_cds (path, path);
}

void
app_settings_forget_recent_cd (const char *path)
{
    set_recent_cds (NULL, path);
}

/* --- the main window's size ---------------------------------------------------------------------- */

static void
save_size_cb (GtkWidget *window, gpointer user_data)
{
    GSettings *settings = app_settings_get ();
    gboolean maximized = gtk_window_is_maximized (GTK_WINDOW (window));
    int width, height;

    g_settings_set_boolean (settings, "window-maximized", maximized);
    if (maximized)
        return;
    gtk_window_get_size (GTK_WINDOW (window), &width, &height);
    g_settings_set (settings, "window-size", "(ii)", width, height);
}

void
app_settings_bind_size (GtkWindow *window)
{
    GSettings *settings = app_settings_get ();
    int width, height;

    if (settings == NULL)
        return;
    g_settings_get (settings, "window-size", "(ii)", &width, &height);
    if (width > 0 && height > 0)
        gtk_window_set_default_size (window, width, height);
    if (g_settings_get_boolean (settings, "window-maximized"))
        gtk_window_maximize (window);
    /* Unmapped comes before destroyed, while there still is a size to ask for. */
    g_signal_connect (window, "unmap", G_CALLBACK (save_size_cb), NULL);
}
