/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cli-express.c - vitrinectl create --express, on a host that only pretends: what an installer is told, and how a password
 * is asked for. */
#include <glib/gstdio.h>
#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "run.h"

static char *folder, *iso, *live, *password, *express_log;

static char *
write_file (const char *name, const char *text, gssize len)
{
    char *path = g_build_filename (folder, name, NULL);

    g_assert_true (g_file_set_contents (path, text, len, NULL));
    return path;
}

/* What a boot loader's CD has, as far as anybody looks. */
static char *
write_iso (const char *name)
{
    g_autofree char *image = g_malloc0 (40960);

    memcpy (image + 32768, "\1CD001\1", 7);
    memcpy (image + 34816, "\0CD001\1EL TORITO SPECIFICATION", 30);
    memcpy (image + 36864, "\377CD001\1", 7);
    return write_file (name, image, 40960);
}

static void
write_host (void)
{
    g_autofree char *ini = g_strdup_printf (
        "[host]\nmemory-mib=16384\nfree-disk-mib=102400\nexpress-log=%s\n"
        "[os debian12]\nname=Debian 12\nfamily=linux\n"
        "[medium %s]\nos=debian12\nexpress=initrd\n"
        "[medium %s]\nos=debian12\nno-express=The installer on this medium takes no script\n",
        express_log, iso, live);
    g_autofree char *path = write_file ("host.ini", ini, -1);
    g_autofree char *command = g_strdup_printf ("%s -c fake:%s", g_getenv ("VITRINECTL"), path);

    g_setenv ("VITRINECTL", command, TRUE);
}

static struct ran
create (const char *medium, const char *express)
{
    g_autofree char *line = g_strdup_printf (
        "create --name fresh --disk size=1G --nic none --iso %s --express '%s'", medium, express);

    g_unlink (express_log);
    return run (NULL, "%s", line);
}

static void
assert_told (const char *text)
{
    g_autofree char *told = NULL;

    g_file_get_contents (express_log, &told, NULL, NULL);
    g_assert_cmpstr (told, ==, text);
}

static void
test_what_is_said_is_told (void)
{
    g_autofree char *said = g_strdup_printf (
        "user=ann,password-file=%s,name=Ann O. B,hostname=web,language=it_IT,keyboard=de_CH,"
        "timezone=Europe/Rome",
        password);
    struct ran ran = create (iso, said);

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    assert_told ("user=ann\nname=Ann O. B\npassword=it's $ecret\nhostname=web\nlanguage=it_IT\n"
                 "keyboard=de_CH\ntimezone=Europe/Rome\nkey=\n");
    ran_clear (&ran);
}

static void
test_what_cannot_be_told_is_installed_by_hand (void)
{
    struct ran ran = create (live, "user=ann"); /* and no password is asked for */

    g_assert_cmpint (ran.status, ==, 0);
    g_assert_cmpstr (ran.err, ==,
                     "vitrinectl: The installer on this medium takes no script; the system is to "
                     "be installed by hand\n");
    assert_told (NULL);
    ran_clear (&ran);
}

static void
test_refusals (void)
{
    static const struct {
        const char *express, *says;
        int status;
    } cases[] = {
        { "user=ann,password=secret", "others see what is on a command line", 2 },
        { "hostname=web", "Say who shall be able to log in: user=NAME", 2 },
        { "user=ann,shoe-size=43", "“shoe-size” is not known", 2 },
        { "user=ann,password-file=/nonexistent", "There is no file “/nonexistent”", 1 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        struct ran ran = create (iso, cases[i].express);

        g_assert_cmpint (ran.status, ==, cases[i].status);
        if (strstr (ran.err, cases[i].says) == NULL)
            g_error ("%s: %s", cases[i].express, ran.err);
        assert_told (NULL);
        ran_clear (&ran);
    }
    assert_ran ("create --name fresh --os debian12 --express user=ann", 2, "",
                "vitrinectl: “--express” tells the installer on a CD; say --iso FILE\n");
}

/* --- a terminal -------------------------------------------------------------------------------------- */

/* All that FD says until WORDS. */
static char *
read_until (int fd, const char *words)
{
    GString *said = g_string_new (NULL);
    char c;

    while (strstr (said->str, words) == NULL && read (fd, &c, 1) == 1)
        g_string_append_c (said, c);
    if (strstr (said->str, words) == NULL)
        g_error ("it does not say “%s” but: %s", words, said->str);
    return g_string_free (said, FALSE);
}

/* Begins a creation at the terminal *FD, and types FIRST when it is asked for the password. */
static pid_t
begin_at_terminal (const char *first, int *fd)
{
    g_autofree char *line = g_strdup_printf (
        "exec %s create --name fresh --disk size=1G --nic none --iso %s --express user=ann",
        g_getenv ("VITRINECTL"), iso);
    g_autofree char *asked = NULL;
    pid_t pid;

    g_unlink (express_log);
    pid = forkpty (fd, NULL, NULL, NULL);
    g_assert_cmpint (pid, >=, 0);
    if (pid == 0) {
        execl ("/bin/sh", "sh", "-c", line, NULL);
        _exit (127);
    }
    asked = read_until (*fd, "Password for “ann”: ");
    g_assert_cmpint (write (*fd, first, strlen (first)), ==, (gssize) strlen (first));
    return pid;
}

/* The status of a creation at a terminal where FIRST and SECOND are typed; *SAID is what it shows afterwards. */
static int
create_at_terminal (const char *first, const char *second, char **said)
{
    g_autofree char *again = NULL;
    char rest[512] = "";
    gsize len = 0;
    ssize_t n;
    int fd, status;
    pid_t pid = begin_at_terminal (first, &fd);

    again = read_until (fd, "The same again: ");
    g_assert_cmpint (write (fd, second, strlen (second)), ==, (gssize) strlen (second));
    while (len + 1 < sizeof rest && (n = read (fd, rest + len, sizeof rest - 1 - len)) > 0)
        len += (gsize) n;
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    close (fd);
    g_assert_null (strstr (again, "secret"));
    *said = g_strdup (rest);
    return WEXITSTATUS (status);
}

static void
test_a_password_is_asked_for_and_not_shown (void)
{
    g_autofree char *said = NULL, *told = NULL;

    g_assert_cmpint (create_at_terminal ("secret 1\n", "secret 1\n", &said), ==, 0);
    g_assert_null (strstr (said, "secret"));
    g_assert_true (g_file_get_contents (express_log, &told, NULL, NULL));
    g_assert_nonnull (strstr (told, "password=secret 1\n"));
}

static void
test_two_that_differ_are_refused (void)
{
    g_autofree char *said = NULL;

    g_assert_cmpint (create_at_terminal ("secret\n", "other\n", &said), ==, 2);
    g_assert_nonnull (strstr (said, "The two passwords differ"));
    assert_told (NULL);
}

static void
test_an_empty_one_is_refused (void)
{
    g_autofree char *said = NULL;

    g_assert_cmpint (create_at_terminal ("\n", "\n", &said), ==, 2);
    g_assert_nonnull (strstr (said, "The password is empty"));
    assert_told (NULL);
}

static void
test_who_gives_up_is_not_held (void)
{
    struct termios after;
    int fd, status;
    pid_t pid = begin_at_terminal ("sec\003", &fd); /* Ctrl+C, and no end of the line */

    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_false (WIFEXITED (status) && WEXITSTATUS (status) == 0);
    g_assert_cmpint (tcgetattr (fd, &after), ==, 0);
    g_assert_true (after.c_lflag & ECHO); /* what is typed next is shown */
    close (fd);
    assert_told (NULL);
}

int
main (int argc, char **argv)
{
    int status;

    g_test_init (&argc, &argv, NULL);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    folder = g_dir_make_tmp ("cli-express-XXXXXX", NULL);
    express_log = g_build_filename (folder, "express.log", NULL);
    iso = write_iso ("debian.iso");
    live = write_iso ("live.iso");
    password = write_file ("password", "it's $ecret\n", -1);
    write_host ();
    g_test_add_func ("/cli/express/what-is-said-is-told", test_what_is_said_is_told);
    g_test_add_func ("/cli/express/what-cannot-be-told-is-installed-by-hand",
                     test_what_cannot_be_told_is_installed_by_hand);
    g_test_add_func ("/cli/express/refusals", test_refusals);
    g_test_add_func ("/cli/express/a-password-is-asked-for-and-not-shown",
                     test_a_password_is_asked_for_and_not_shown);
    g_test_add_func ("/cli/express/two-that-differ-are-refused", test_two_that_differ_are_refused);
    g_test_add_func ("/cli/express/an-empty-one-is-refused", test_an_empty_one_is_refused);
    g_test_add_func ("/cli/express/who-gives-up-is-not-held-and-sees-what-he-types",
                     test_who_gives_up_is_not_held);
    status = g_test_run ();
    g_unlink (express_log);
    return status;
}
