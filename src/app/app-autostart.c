/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-autostart.c - whether the desktop starts Vitrine with the session (freedesktop.org's Desktop Application
 * Autostart specification).
 *
 * Other programs switch such entries off by a line in them, so that is looked at; an entry that is switched on
 * again keeps what else is in it.
 */
#include "app-autostart.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define FILE_NAME "org.vitrine.Vitrine.desktop"
#define GROUP     G_KEY_FILE_DESKTOP_GROUP
#define ENABLED   "X-GNOME-Autostart-enabled"

static char *
dup_path (void)
{
    return g_build_filename (g_get_user_config_dir (), "autostart", FILE_NAME, NULL);
}

/* The program as it runs now, as the value of Exec: one that is run from its build folder has no other name. */
static char *
dup_command (void)
{
    g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
    g_autoptr (GString) command = g_string_new ("\"");

    for (const char *c = program != NULL ? program : "vitrine"; *c != '\0'; c++) {
        if (strchr ("\"`$\\", *c) != NULL)
            g_string_append_c (command, '\\');
        if (*c == '%')
            g_string_append_c (command, '%');
        g_string_append_c (command, *c);
    }
    g_string_append (command, "\" --background");
    return g_strdup (command->str);
}

gboolean
app_autostart_get (void)
{
    g_autofree char *path = dup_path ();
    g_autoptr (GKeyFile) file = g_key_file_new ();

    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
        return FALSE;
    if (g_key_file_get_boolean (file, GROUP, G_KEY_FILE_DESKTOP_KEY_HIDDEN, NULL))
        return FALSE;
    return !g_key_file_has_key (file, GROUP, ENABLED, NULL)
           || g_key_file_get_boolean (file, GROUP, ENABLED, NULL);
}

static gboolean
write_entry (const char *path, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *folder = g_path_get_dirname (path);
    g_autofree char *command = dup_command ();

    g_key_file_load_from_file (file, path,
                               G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, NULL);
    g_key_file_set_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_TYPE, "Application");
    g_key_file_set_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_NAME, "Vitrine");
    g_key_file_set_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_ICON, "org.vitrine.Vitrine");
    g_key_file_set_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, command);
    g_key_file_remove_key (file, GROUP, G_KEY_FILE_DESKTOP_KEY_HIDDEN, NULL);
    g_key_file_remove_key (file, GROUP, ENABLED, NULL);
    if (g_mkdir_with_parents (folder, 0700) != 0) {
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                     _ ("The folder “%s” cannot be made: %s"), folder, g_strerror (errno));
        return FALSE;
    }
    return g_key_file_save_to_file (file, path, error);
}

gboolean
app_autostart_set (gboolean enabled, GError **error)
{
    g_autofree char *path = dup_path ();

    if (enabled)
        return write_entry (path, error);
    if (g_unlink (path) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("“%s” cannot be removed: %s"),
                 path, g_strerror (errno));
    return FALSE;
}
