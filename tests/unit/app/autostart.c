/* SPDX-License-Identifier: GPL-2.0-or-later */
/* autostart.c - the entry that starts the application with the session: what the user put into it stays. */
#include <app-autostart.h>

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD "[Desktop Entry]\nType=Application\nName=Vitrine\nIcon=org.vitrine.Vitrine\n"
#define OWN  HEAD "Exec=\"/old/bin/vitrine\" --background\n"

static char *path;

static void
write_entry (const char *text)
{
    g_autofree char *folder = g_path_get_dirname (path);

    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_entry (const char *text)
{
    g_autofree char *found = NULL;

    g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
    g_assert_cmpstr (found, ==, text);
}

static char *
dup_exec (void)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();

    g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
    return g_key_file_get_string (file, "Desktop Entry", "Exec", NULL);
}

static void
set (gboolean enabled)
{
    g_autoptr (GError) error = NULL;

    app_autostart_set (enabled, &error);
    g_assert_no_error (error);
    g_assert_cmpint (app_autostart_get (), ==, enabled);
}

static void
test_own_entry_comes_and_goes (void)
{
    g_autofree char *exec = NULL;

    set (FALSE); /* there is none */
    set (TRUE);
    exec = dup_exec ();
    g_assert_true (g_str_has_suffix (exec, "\" --background"));
    write_entry (OWN);
    set (FALSE);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_own_command_is_brought_up_to_date (void)
{
    static const char *const old[] = { OWN, HEAD "Exec=\"/a b/vitrine (deleted)\" --background\n",
                                       HEAD "Exec=\"vitrine\" --background\n" };

    for (guint i = 0; i < G_N_ELEMENTS (old); i++) {
        g_autofree char *exec = NULL;

        write_entry (old[i]);
        set (TRUE);
        exec = dup_exec ();
        g_assert_null (strstr (exec, "/old/"));
        g_assert_null (strstr (exec, "deleted"));
        g_assert_cmpstr (exec, !=, "\"vitrine\" --background");
    }
    g_unlink (path);
}

static void
test_what_is_the_users_stays (void)
{
    static const char *const his[] = {
        HEAD "Exec=vitrine --host=vitrine+ssh://there --background\n",
        HEAD "Exec=\"/usr/bin/env\" \"/usr/bin/vitrine\" --background\n",
        "[Desktop Entry]\nType=Application\nName=Machines\nIcon=computer\nExec=vitrine\n",
        OWN "X-GNOME-Autostart-Delay=20\n",
        "# mine\n" OWN,
        OWN "\n[Other]\nkey=value\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS (his); i++) {
        g_autofree char *text = NULL;
        gboolean own_command = strstr (his[i], "/old/") != NULL;

        write_entry (his[i]);
        set (FALSE);
        g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
        g_assert_nonnull (strstr (text, "Hidden=true\n"));
        set (TRUE);
        if (!own_command)
            assert_entry (his[i]);
        g_clear_pointer (&text, g_free);
        g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
        g_assert_cmpint (strstr (text, "mine") != NULL, ==, strstr (his[i], "mine") != NULL);
        g_assert_cmpint (strstr (text, "key=") != NULL, ==, strstr (his[i], "key=") != NULL);
        g_assert_cmpint (strstr (text, "Delay=20") != NULL, ==, strstr (his[i], "Delay") != NULL);
    }
    g_unlink (path);
}

static void
test_what_cannot_be_read_is_left_alone (void)
{
    static const char text[] = "no entry at all\n";

    write_entry (text);
    for (int enabled = 0; enabled <= 1; enabled++) {
        g_autoptr (GError) error = NULL;

        g_assert_false (app_autostart_set (enabled, &error));
        g_assert_nonnull (strstr (error->message, path));
        assert_entry (text);
    }
    g_unlink (path);
}

/* --- a program that is replaced while it runs ------------------------------------------------- */

static void
copy_program (const char *to)
{
    g_autoptr (GFile) from = g_file_new_for_path ("/proc/self/exe");
    g_autoptr (GFile) file = g_file_new_for_path (to);
    g_autoptr (GError) error = NULL;

    g_file_copy (from, file, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (g_chmod (to, 0700), ==, 0);
}

/* Runs as the program at PROGRAM. */
static int
be_replaced (const char *program)
{
    g_autofree char *expected = g_strdup_printf ("\"%s\" --background", program);
    g_autofree char *gone = NULL;
    g_autofree char *replaced = NULL;

    g_assert_cmpint (g_unlink (program), ==, 0);
    set (TRUE);
    gone = dup_exec ();
    g_assert_cmpstr (gone, ==, "\"vitrine\" --background");
    copy_program (program);
    set (TRUE);
    replaced = dup_exec ();
    g_assert_cmpstr (replaced, ==, expected);
    return 0;
}

static void
test_after_an_update_it_is_the_new_program (void)
{
    g_autofree char *folder = g_dir_make_tmp ("vitrine-test-XXXXXX", NULL);
    g_autofree char *program = g_build_filename (folder, "vitrine", NULL);
    const char *argv[] = { program, "--replaced", program, NULL };
    g_autoptr (GError) error = NULL;
    int status;

    copy_program (program);
    g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                  &error);
    g_assert_no_error (error);
    g_spawn_check_wait_status (status, &error);
    g_assert_no_error (error);
    g_unlink (program);
    g_rmdir (folder);
    g_unlink (path);
}

int
main (int argc, char **argv)
{
    g_autofree char *folder = NULL;
    g_autofree char *autostart = NULL;
    gboolean is_child = argc == 3 && g_str_equal (argv[1], "--replaced");
    int ret;

    folder = is_child ? g_strdup (g_getenv ("XDG_CONFIG_HOME"))
                      : g_dir_make_tmp ("vitrine-test-XXXXXX", NULL);
    autostart = g_build_filename (folder, "autostart", NULL);
    path = g_build_filename (autostart, "org.vitrine.Vitrine.desktop", NULL);
    g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
    if (is_child) {
        ret = be_replaced (argv[2]);
        g_free (path);
        return ret;
    }
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/autostart/own-entry-comes-and-goes", test_own_entry_comes_and_goes);
    g_test_add_func ("/app/autostart/own-command-is-brought-up-to-date",
                     test_own_command_is_brought_up_to_date);
    g_test_add_func ("/app/autostart/what-is-the-users-stays", test_what_is_the_users_stays);
    g_test_add_func ("/app/autostart/what-cannot-be-read-is-left-alone",
                     test_what_cannot_be_read_is_left_alone);
    g_test_add_func ("/app/autostart/after-an-update-it-is-the-new-program",
                     test_after_an_update_it_is_the_new_program);
    ret = g_test_run ();
    g_rmdir (autostart);
    g_rmdir (folder);
    g_free (path);
    return ret;
}
