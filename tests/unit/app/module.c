/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module.c - widgets come out of modules; what does not load is an error that says what to do. */
#include <display/app-display.h>
#include <display/app-emulator.h>
#include <display/app-module.h>
#include <glib/gstdio.h>
#include <gmodule.h>
#include <unistd.h>
#include <vitrine.h>

static void
use_folder (const char *folder)
{
    g_assert_nonnull (folder);
    g_setenv ("VITRINE_MODULEDIR", folder, TRUE);
}

static void
assert_fails (const char *name, const char *mention)
{
    g_autoptr (GError) error = NULL;

    g_assert_cmpuint (app_module_load (name, APP_TYPE_DISPLAY, &error), ==, G_TYPE_INVALID);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, name));
    g_assert_nonnull (strstr (error->message, mention));
    g_assert_nonnull (strstr (error->message, "Installing Vitrine again"));
}

static void
test_each_has_the_widget_it_is_for (void)
{
    g_autoptr (GError) error = NULL;
    GType type;

    use_folder (g_getenv ("MODULES"));
    type = app_module_load ("display-vnc", APP_TYPE_DISPLAY, &error);
    g_assert_no_error (error);
    g_assert_true (g_type_is_a (type, GTK_TYPE_WIDGET));
    g_assert_cmpuint (app_module_load ("display-vnc", APP_TYPE_DISPLAY, &error), ==, type);
    g_assert_no_error (error);
    type = app_module_load ("terminal-vte", APP_TYPE_EMULATOR, &error);
    g_assert_no_error (error);
    g_assert_true (g_type_is_a (type, GTK_TYPE_SCROLLABLE));
}

static void
test_one_for_something_else_is_refused (void)
{
    use_folder (g_getenv ("MODULES"));
    assert_fails ("terminal-vte", "TerminalVte");
}

static void
test_a_missing_one_is_an_error (void)
{
    use_folder ("/nowhere");
    assert_fails ("display-vnc", "/nowhere");
}

static void
test_one_that_is_none_is_an_error (void)
{
    g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *path = g_build_filename (folder, "display-vnc.so", NULL);

    use_folder (folder);
    g_assert_true (g_file_set_contents (path, "not a library", -1, NULL));
    assert_fails ("display-vnc", folder);
    g_unlink (path);
    g_rmdir (folder);
    use_folder (g_getenv ("BROKEN"));
    assert_fails ("broken", APP_MODULE_ENTRY);
}

/* The folder the program happens to be started in is nobody's to load code from. */
static void
test_the_current_folder_is_not_searched (void)
{
    g_autofree char *before = g_get_current_dir ();
    g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *whole = g_build_filename (g_getenv ("MODULES"), "display-vnc.so", NULL);
    g_autofree char *link = g_build_filename (folder, "only-here.so", NULL);
    GType type;

    g_unsetenv ("VITRINE_MODULEDIR");
    g_assert_cmpint (symlink (whole, link), ==, 0);
    g_assert_cmpint (g_chdir (folder), ==, 0);
    type = app_module_load ("only-here", APP_TYPE_DISPLAY, NULL);
    g_assert_cmpint (g_chdir (before), ==, 0);
    g_unlink (link);
    g_rmdir (folder);
    g_assert_cmpuint (type, ==, G_TYPE_INVALID);
}

/* The entry of a module of another version gives nothing. */
static void
test_another_version_is_told_apart (void)
{
    g_autofree char *path = g_build_filename (g_getenv ("MODULES"), "display-vnc.so", NULL);
    GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);
    gpointer entry = NULL;

    g_assert_nonnull (module);
    g_module_make_resident (module);
    g_assert_true (g_module_symbol (module, APP_MODULE_ENTRY, &entry));
    g_assert_cmpuint (((AppModuleEntry) entry) ("0.0.0-another"), ==, G_TYPE_INVALID);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/module/each-has-the-widget-it-is-for",
                     test_each_has_the_widget_it_is_for);
    g_test_add_func ("/app/module/one-for-something-else-is-refused",
                     test_one_for_something_else_is_refused);
    g_test_add_func ("/app/module/a-missing-one-is-an-error", test_a_missing_one_is_an_error);
    g_test_add_func ("/app/module/one-that-is-none-is-an-error", test_one_that_is_none_is_an_error);
    g_test_add_func ("/app/module/the-current-folder-is-not-searched",
                     test_the_current_folder_is_not_searched);
    g_test_add_func ("/app/module/another-version-is-told-apart",
                     test_another_version_is_told_apart);
    return g_test_run ();
}
