/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-autostart.c - whether the desktop starts Vitrine with the session (freedesktop.org's Desktop Application
 * Autostart specification).
 *
 * Other programs switch such entries off by a line in them, so that is looked at.  The file is the user's as soon as
 * anything in it is not from here: that stays, and switching off is a line in it then.
 */
#include "app-autostart.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME "org.vitrine.Vitrine.desktop"
#define GROUP     G_KEY_FILE_DESKTOP_GROUP
#define ENABLED   "X-GNOME-Autostart-enabled"
#define PROGRAM   "vitrine"
#define OPTIONS   " --background"
#define DELETED   " (deleted)" /* the kernel's word, after the path of a program that is no more */

static char *
dup_path (void)
{
    return g_build_filename (g_get_user_config_dir (), "autostart", FILE_NAME, NULL);
}

/* The program as it runs now; after an update, the one that has its place.  One that is run from its build folder has no
 * other name. */
static char *
dup_program (void)
{
    g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

    if (program != NULL && !g_file_test (program, G_FILE_TEST_EXISTS)
        && g_str_has_suffix (program, DELETED))
        program[strlen (program) - strlen (DELETED)] = '\0';
    if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup (PROGRAM);
    return g_steal_pointer (&program);
}

/* The value of Exec. */
static char *
dup_command (void)
{
    g_autofree char *program = dup_program ();
    g_autoptr (GString) command = g_string_new ("\"");

    for (const char *c = program; *c != '\0'; c++) {
        if (strchr ("\"`$\\", *c) != NULL)
            g_string_append_c (command, '\\');
        if (*c == '%')
            g_string_append_c (command, '%');
        g_string_append_c (command, *c);
    }
    g_string_append (command, "\"" OPTIONS);
    return g_strdup (command->str);
}

/* Whether COMMAND is one of dup_command (), of whichever folder: a program's path in quotes, and the option. */
static gboolean
is_own_command (const char *command)
{
    g_autofree char *path = NULL;
    g_autofree char *name = NULL;

    if (*command != '"' || !g_str_has_suffix (command, "\"" OPTIONS))
        return FALSE;
    path = g_strndup (command + 1, strlen (command) - 1 - strlen ("\"" OPTIONS));
    name = g_path_get_basename (path);
    return strchr (path, '"') == NULL
           && (g_str_equal (name, PROGRAM) || g_str_equal (name, PROGRAM DELETED));
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

/* FALSE where there is one that cannot be read: nobody knows what would be lost. */
static gboolean
load (GKeyFile *file, const char *path, GError **error)
{
    g_autoptr (GError) trouble = NULL;

    if (g_key_file_load_from_file (
            file, path, G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, &trouble)
        || g_error_matches (trouble, G_FILE_ERROR, G_FILE_ERROR_NOENT)
        || g_error_matches (trouble, G_FILE_ERROR, G_FILE_ERROR_NOTDIR)) /* nor a folder for it */
        return TRUE;
    g_set_error (error, trouble->domain, trouble->code, _ ("“%s” cannot be opened: %s"), path,
                 trouble->message);
    return FALSE;
}

static void
set_missing (GKeyFile *file, const char *key, const char *value)
{
    if (!g_key_file_has_key (file, GROUP, key, NULL))
        g_key_file_set_string (file, GROUP, key, value);
}

static void
fill_in (GKeyFile *file, const char *command)
{
    g_autofree char *present =
        g_key_file_get_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, NULL);

    set_missing (file, G_KEY_FILE_DESKTOP_KEY_TYPE, "Application");
    set_missing (file, G_KEY_FILE_DESKTOP_KEY_NAME, "Vitrine");
    set_missing (file, G_KEY_FILE_DESKTOP_KEY_ICON, "org.vitrine.Vitrine");
    if (present == NULL || is_own_command (present))
        g_key_file_set_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, command);
}

static void
remove_switches (GKeyFile *file)
{
    g_key_file_remove_key (file, GROUP, G_KEY_FILE_DESKTOP_KEY_HIDDEN, NULL);
    g_key_file_remove_key (file, GROUP, ENABLED, NULL);
}

static gboolean
switch_on (GKeyFile *file, const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    g_autofree char *command = dup_command ();

    fill_in (file, command);
    remove_switches (file);
    if (g_mkdir_with_parents (folder, 0700) != 0) {
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                     _ ("The folder “%s” cannot be made: %s"), folder, g_strerror (errno));
        return FALSE;
    }
    return g_key_file_save_to_file (file, path, error);
}

/* Whether all that FILE says, but whether it is switched on, is from here. */
static gboolean
is_own (GKeyFile *file)
{
    g_autoptr (GKeyFile) own = g_key_file_new ();
    g_autofree char *command =
        g_key_file_get_string (file, GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, NULL);
    g_autofree char *text = NULL;
    g_autofree char *own_text = NULL;

    if (command == NULL || !is_own_command (command))
        return FALSE;
    fill_in (own, command);
    text = g_key_file_to_data (file, NULL, NULL);
    own_text = g_key_file_to_data (own, NULL, NULL);
    return g_str_equal (text, own_text);
}

static gboolean
switch_off (GKeyFile *file, const char *path, GError **error)
{
    remove_switches (file);
    if (!is_own (file)) {
        g_key_file_set_boolean (file, GROUP, G_KEY_FILE_DESKTOP_KEY_HIDDEN, TRUE);
        return g_key_file_save_to_file (file, path, error);
    }
    if (g_unlink (path) == 0 || errno == ENOENT)
        return TRUE;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("“%s” cannot be removed: %s"),
                 path, g_strerror (errno));
    return FALSE;
}

gboolean
app_autostart_set (gboolean enabled, GError **error)
{
    g_autofree char *path = dup_path ();
    g_autoptr (GKeyFile) file = g_key_file_new ();

    if (!load (file, path, error))
        return FALSE;
    if (enabled)
        return switch_on (file, path, error);
    return !g_file_test (path, G_FILE_TEST_EXISTS) || switch_off (file, path, error);
}
