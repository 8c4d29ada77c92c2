/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-log.c - logs are bounded, and their last line is known. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-last-run.h"
#include "keeper-log.h"
#include "keeper-runtime.h"
#include "vitrine-error.h"

typedef struct {
    char *root, *folder;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    f->root = g_dir_make_tmp ("keeper-XXXXXX", NULL);
    f->folder = g_build_filename (f->root, "logs", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_autofree char *command = g_strdup_printf ("rm -rf '%s'", f->root);

    g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
    g_free (f->root);
    g_free (f->folder);
}

static char *
contents (Fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename (f->folder, name, NULL);
    char *text = NULL;

    g_file_get_contents (path, &text, NULL, NULL);
    return text;
}

static void
assert_contents (Fixture *f, const char *name, const char *expected)
{
    g_autofree char *text = contents (f, name);

    g_assert_cmpstr (text, ==, expected);
}

static void
test_bounded (Fixture *f, gconstpointer data)
{
    g_autoptr (KeeperLog) log = keeper_log_open (f->folder, "a.log", 10);

    keeper_log_write (log, "0123456789abcdefghij*", 21);
    assert_contents (f, "a.log", "*");
    assert_contents (f, "a.log.1", "abcdefghij");
}

static void
test_rotated_at_start (Fixture *f, gconstpointer data)
{
    KeeperLog *log = keeper_log_open (f->folder, "a.log", 100);

    keeper_log_write (log, "one\n", 4);
    keeper_log_close (log);
    log = keeper_log_open (f->folder, "a.log", 100);
    assert_contents (f, "a.log", "");
    assert_contents (f, "a.log.1", "one\n");
    keeper_log_close (log);
}

static void
test_last_line (Fixture *f, gconstpointer data)
{
    g_autoptr (KeeperLog) log = keeper_log_open (f->folder, "a.log", 1000);
    g_autofree char *endless = g_strnfill (5000, 'x');

    g_assert_cmpstr (keeper_log_get_last_line (log), ==, "");
    keeper_log_write (log, "one\ntwo\n\n", 9);
    g_assert_cmpstr (keeper_log_get_last_line (log), ==, "two");
    keeper_log_write (log, "thr", 3);
    keeper_log_write (log, "ee\xff", 3); /* without its end, and no UTF-8 */
    g_assert_cmpstr (keeper_log_get_last_line (log), ==, "three\xef\xbf\xbd");
    keeper_log_write (log, endless, strlen (endless));
    g_assert_cmpuint (strlen (keeper_log_get_last_line (log)), ==, 400);
    keeper_log_write (log, endless, strlen (endless));
    keeper_log_write (log, ": why\n", 6); /* what is said last counts most */
    g_assert_cmpuint (strlen (keeper_log_get_last_line (log)), ==, 400);
    g_assert_true (g_str_has_suffix (keeper_log_get_last_line (log), "x: why"));
}

static void
test_pipe (Fixture *f, gconstpointer data)
{
    g_autoptr (KeeperLog) log = keeper_log_open (f->folder, "a.log", 1000);
    int one, two;

    g_assert_cmpint (keeper_log_make_pipe (log, &one), ==, 0);
    g_assert_cmpint (write (one, "from one\n", 9), ==, 9);
    g_assert_cmpint (keeper_log_make_pipe (log, &two), ==, 0); /* the next child's */
    g_assert_cmpint (write (two, "from two\n", 9), ==, 9);
    keeper_log_drain (log);
    assert_contents (f, "a.log", "from one\nfrom two\n");
    fd_close (&one);
    fd_close (&two);
}

/* A folder that cannot be written, or a link laid there, costs the log, not the machine. */
static void
test_no_place (Fixture *f, gconstpointer data)
{

    KeeperLog *log;

    g_assert_true (
        g_file_set_contents (f->folder, "", 0, NULL)); /* a file where the folder was to be */
    log = keeper_log_open (f->folder, "a.log", 100);
    keeper_log_write (log, "one\n", 4);
    g_assert_cmpstr (keeper_log_get_last_line (log), ==, "one");
    keeper_log_close (log);
}

static void
test_last_run (Fixture *f, gconstpointer data)
{
    const KeeperLastRun run = {
        .crashed = TRUE,
        .reason = "It = [said]\n\"boo\"",
        .started = 5,
        .ended = 7,
        .wait_status = 9, /* killed by signal 9 */
        .log = "last line\\",
    };
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *path = g_build_filename (f->root, "last-run", NULL);
    g_autofree char *reason = NULL;
    g_autofree char *log = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (keeper_last_run_write (f->root, &run, &error));
    g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
    reason = g_key_file_get_string (file, "last-run", "reason", NULL);
    log = g_key_file_get_string (file, "last-run", "log", NULL);
    g_assert_cmpstr (reason, ==, run.reason);
    g_assert_cmpstr (log, ==, run.log);
    g_assert_cmpint (g_key_file_get_integer (file, "last-run", "signal", NULL), ==, 9);
    g_assert_cmpint (g_key_file_get_int64 (file, "last-run", "ended", NULL), ==, 7);
    keeper_last_run_remove (f->root);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    g_assert_false (keeper_last_run_write ("/nonexistent", &run, &error));
}

/* --- the runtime folder ---------------------------------------------------------------------- */

static void
test_runtime_is_for_one (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->root, "run", "x", NULL);
    KeeperRuntime one = { .lock_fd = -1 }, two = { .lock_fd = -1 };
    g_autoptr (GError) error = NULL;

    g_assert_true (keeper_runtime_open (&one, path, "tester", &error));
    g_assert_false (one.was_killed);
    g_assert_false (keeper_runtime_open (&two, path, "tester", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    keeper_runtime_close (&two);
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR)); /* the loser takes nothing along */
    keeper_runtime_close (&one);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_runtime_of_a_killed_keeper (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->root, "run", NULL);
    g_autofree char *control = g_build_filename (path, "control", NULL);
    KeeperRuntime runtime = { .lock_fd = -1 };
    g_autoptr (GError) error = NULL;

    g_mkdir (path, 0700);
    g_assert_true (g_file_set_contents (control, "", 0, NULL));
    g_assert_true (keeper_runtime_open (&runtime, path, "tester", &error));
    g_assert_true (runtime.was_killed);
    g_assert_false (g_file_test (control, G_FILE_TEST_EXISTS));
    keeper_runtime_close (&runtime);
}

static void
test_runtime_behind_a_link (Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename (f->root, "run", NULL);
    KeeperRuntime runtime = { .lock_fd = -1 };
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (symlink (f->root, path), ==, 0);
    g_assert_false (keeper_runtime_open (&runtime, path, "tester", &error));
    g_assert_nonnull (error);
    keeper_runtime_close (&runtime);
    g_assert_true (g_file_test (f->root, G_FILE_TEST_IS_DIR));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
#define ADD(promise, test) g_test_add ("/keeper/" promise, Fixture, NULL, set_up, test, tear_down)
    ADD ("log/bounded", test_bounded);
    ADD ("log/rotated-at-start", test_rotated_at_start);
    ADD ("log/last-line", test_last_line);
    ADD ("log/pipe", test_pipe);
    ADD ("log/no-place-is-no-harm", test_no_place);
    ADD ("last-run/says-what-was", test_last_run);
    ADD ("runtime/is-for-one", test_runtime_is_for_one);
    ADD ("runtime/of-a-killed-keeper-is-cleared", test_runtime_of_a_killed_keeper);
    ADD ("runtime/behind-a-link-is-refused", test_runtime_behind_a_link);
    return g_test_run ();
}
