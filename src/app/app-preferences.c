/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-preferences.c - what the user prefers, by the keys of the settings. */
#include "app-preferences.h"

#include "app-settings.h"

/* What the schema says of keys that are neither FALSE nor empty, for a build that is run without it. */
static const char *const true_flags[] = { APP_PREF_TRAY, APP_PREF_KEEP_RUNNING, APP_PREF_NOTIFY,
                                          APP_PREF_CONFIRM_OFF, NULL };
static const struct {
    const char *key, *text;
} texts[] = {
    { APP_PREF_SCALING, "fit" },
    { APP_PREF_RELEASE_KEYS, "ctrl+alt" },
    { APP_PREF_CLIPBOARD, "both" },
    { APP_PREF_FIRMWARE, "bios" },
};

gboolean
app_preferences_get_flag (const char *key)
{
    GSettings *settings = app_settings_get ();

    if (settings != NULL)
        return g_settings_get_boolean (settings, key);
    return g_strv_contains (true_flags, key);
}

char *
app_preferences_dup_text (const char *key)
{
    GSettings *settings = app_settings_get ();

    if (settings != NULL)
        return g_settings_get_string (settings, key);
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
        if (g_str_equal (texts[i].key, key))
            return g_strdup (texts[i].text);
    return g_strdup ("");
}

void
app_preferences_follow (const char *key, GCallback changed, gpointer object)
{
    GSettings *settings = app_settings_get ();
    g_autofree char *detailed = g_strconcat ("changed::", key, NULL);

    if (settings != NULL)
        g_signal_connect_object (settings, detailed, changed, object, G_CONNECT_SWAPPED);
}

void
app_preferences_fill_spec (VitrineSpec *spec)
{
    GSettings *settings = app_settings_get ();
    g_autofree char *word = app_preferences_dup_text (APP_PREF_FIRMWARE);
    guint mib = settings != NULL ? g_settings_get_uint (settings, APP_PREF_MEMORY) : 0;
    VitrineFirmware firmware;

    if (vitrine_firmware_from_string (word, &firmware))
        vitrine_spec_set_firmware (spec, firmware);
    if (mib > 0)
        vitrine_spec_set_memory_mib (spec, mib);
}

char *
app_preferences_dup_disk_folder (void)
{
    g_autofree char *folder = app_preferences_dup_text (APP_PREF_DISK_FOLDER);

    if (!g_path_is_absolute (folder) || !g_file_test (folder, G_FILE_TEST_IS_DIR))
        return NULL;
    return g_steal_pointer (&folder);
}
