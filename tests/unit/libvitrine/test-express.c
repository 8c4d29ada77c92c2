/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-express.c - scripts for installers, as libosinfo makes them of what a user said: read with each format's own parser,
 * and with whatever in the user's words. */
#include <crypt.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "await.h"
#include "iso-fixture.h"
#include "vitrine-express-private.h"

#define DEBIAN   "http://debian.org/debian/11"
#define UBUNTU   "http://ubuntu.com/ubuntu/16.04"
#define FEDORA   "http://fedoraproject.org/fedora/36"
#define RHEL     "http://redhat.com/rhel/8.0"
#define OPENSUSE "http://opensuse.org/opensuse/15.3"
#define WINDOWS  "http://microsoft.com/win/10"
#define XP       "http://microsoft.com/win/xp"

/* What a shell, an element, a line and a string could end with. */
#define HOSTILE "a'; touch /x #<&>\"$(id)`%s`\\ p"

static char *folder, *iso;
static VitrineHost *host;

/* Each system's kernel and initrd, where its media have them. */
static void
write_iso (void)
{
    static const char *const ways[] = { "install.amd/vmlinuz",
                                        "install.amd/initrd.gz",
                                        "install/vmlinuz",
                                        "install/initrd.gz",
                                        "install/netboot/ubuntu-installer/amd64/linux",
                                        "install/netboot/ubuntu-installer/amd64/initrd.gz",
                                        "casper/vmlinuz",
                                        "casper/vmlinuz.efi",
                                        "casper/initrd",
                                        "casper/initrd.lz",
                                        "isolinux/vmlinuz",
                                        "isolinux/initrd.img",
                                        "images/pxeboot/vmlinuz",
                                        "images/pxeboot/initrd.img",
                                        "boot/x86_64/loader/linux",
                                        "boot/x86_64/loader/initrd" };
    IsoFixtureFile files[G_N_ELEMENTS (ways)];
    g_autoptr (GByteArray) image = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
        files[i] = (IsoFixtureFile){ ways[i], "a kernel or its file system" };
    image = iso_fixture_new ("SOMETHING", files, G_N_ELEMENTS (files));
    iso_fixture_write (image, iso);
}

static VitrineExpressScript *
make (const char *os, const char *password, GError **error)
{
    const VitrineExpress express = { .user = (char *) "ann",
                                     .realname = (char *) "Ann O'Neil-Müller",
                                     .password = (char *) password,
                                     .language = (char *) "de_DE",
                                     .timezone = (char *) "Europe/Berlin" };

    return vitrine_express_make (&express, "My machine", iso, os, "/dev/vda", NULL, error);
}

/* The only script, or the first, of OS with the hostile password; (transfer full). */
static char *
dup_script (const char *os, const char *name, VitrineExpressMethod method)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineExpressScript) script = make (os, HOSTILE, &error);

    g_assert_no_error (error);
    g_assert_cmpint (script->plan.method, ==, method);
    for (guint i = 0; i < script->files->len; i++) {
        const VitrineExpressFile *file = g_ptr_array_index (script->files, i);

        g_assert_null (strstr (file->text, "IsPutHere"));
        if (g_str_equal (file->name, name))
            return g_strdup (file->text);
    }
    g_assert_not_reached ();
}

/* What comes after BEFORE in TEXT, up to the first of END; (transfer full). */
static char *
dup_after (const char *text, const char *before, const char *end)
{
    const char *at = strstr (text, before);

    g_assert_nonnull (at);
    at += strlen (before);
    return g_strndup (at, strcspn (at, end));
}

static void
assert_hash (const char *hash)
{
    g_assert_true (g_str_has_prefix (hash, "$6$"));
    g_assert_cmpstr (crypt (HOSTILE, hash), ==, hash);
}

/* COMMAND reads TEXT, and says nothing is wrong; skips the rest where it is not installed. */
static void
assert_parses (const char *const *command, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *program = g_find_program_in_path (command[0]);
    const char *argv[4] = { command[0], command[1], path, NULL };
    g_autofree char *out = NULL, *err = NULL;
    g_autoptr (GError) error = NULL;
    int status;

    if (program == NULL) {
        g_test_message ("%s is not installed", command[0]);
        return;
    }
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
                  &error);
    g_assert_no_error (error);
    g_test_message ("%s: %s%s", command[0], out, err);
    g_assert_true (g_spawn_check_wait_status (status, NULL));
    g_unlink (path);
}

static void
assert_no_secret (const char *text)
{
    g_assert_null (strstr (text, "touch /x"));
    g_assert_null (strstr (text, "$(id)"));
}

/* --- each family ------------------------------------------------------------------------------------ */

static const char *const debconf[] = { "debconf-set-selections", "-c" };
static const char *const xmllint[] = { "xmllint", "--noout" };

static void
test_debian (void)
{
    g_autofree char *text = dup_script (DEBIAN, "preseed.cfg", VITRINE_EXPRESS_INITRD);
    g_autofree char *user = dup_after (text, "passwd/user-password-crypted password ", "\n");
    g_autofree char *root = dup_after (text, "passwd/root-password-crypted password ", "\n");

    assert_parses (debconf, "preseed.cfg", text);
    assert_hash (user);
    assert_hash (root);
    assert_no_secret (text);
    g_assert_null (strstr (text, "password-again"));
    g_assert_nonnull (strstr (text, "d-i passwd/username string ann\n"));
    g_assert_nonnull (strstr (text, "d-i passwd/user-fullname string Ann O’Neil-Müller\n"));
    g_assert_nonnull (strstr (text, "d-i netcfg/get_hostname string my-machine\n"));
    g_assert_nonnull (strstr (text, "d-i time/zone select Europe/Berlin\n"));
    g_assert_nonnull (strstr (text, "d-i partman-auto/disk string /dev/vda\n"));
}

static void
test_ubuntu (void)
{
    g_autofree char *text = dup_script (UBUNTU, "preseed.cfg", VITRINE_EXPRESS_INITRD);
    g_autofree char *user = dup_after (text, "passwd/user-password-crypted password ", "\n");

    assert_parses (debconf, "preseed.cfg", text);
    assert_hash (user);
    assert_no_secret (text);
}

/* The shell's part of a kickstart is one that a shell can read. */
static void
assert_kickstart (const char *os, const char *name)
{
    static const char *const shell[] = { "sh", "-n" };
    g_autofree char *text = dup_script (os, name, VITRINE_EXPRESS_INITRD);
    g_autofree char *user = dup_after (text, "usermod -p '", "'");
    const char *post = strstr (text, "%post");
    g_autofree char *commands = NULL;

    g_assert_nonnull (post);
    post = strchr (post, '\n');
    commands = g_strndup (post, (gsize) (strstr (post, "%end") - post));
    assert_parses (shell, "post.sh", commands);
    assert_hash (user);
    assert_no_secret (text);
    g_assert_null (strstr (text, "--stdin"));
    g_assert_nonnull (strstr (text, "lang de_DE"));
}

static void
test_fedora (void)
{
    assert_kickstart (FEDORA, "fedora.ks");
}

static void
test_rhel (void)
{
    assert_kickstart (RHEL, "rhel.ks");
}

static void
test_opensuse (void)
{
    g_autofree char *text = dup_script (OPENSUSE, "autoinst.xml", VITRINE_EXPRESS_INITRD);
    g_autofree char *user = dup_after (text, "<user_password>", "<");

    assert_parses (xmllint, "autoinst.xml", text);
    assert_hash (user);
    assert_no_secret (text);
    g_assert_null (strstr (text, "<encrypted config:type=\"boolean\">false"));
    g_assert_nonnull (strstr (text, "<fullname>Ann O&apos;Neil-Müller</fullname>"));
}

/* There the password is itself, as text of an element. */
static void
test_windows (void)
{
    g_autofree char *text = dup_script (WINDOWS, "autounattend.xml", VITRINE_EXPRESS_CD);
    g_autofree char *command = dup_script (WINDOWS, "windows.cmd", VITRINE_EXPRESS_CD);
    g_autofree char *escaped = g_markup_escape_text (HOSTILE, -1);

    assert_parses (xmllint, "autounattend.xml", text);
    g_assert_nonnull (strstr (text, escaped));
    assert_no_secret (command);
    g_assert_nonnull (strstr (text, "<ComputerName>my-machine</ComputerName>"));
    g_assert_nonnull (strstr (text, "<Name>ann</Name>"));
}

/* --- the way to the installer ------------------------------------------------------------------------ */

static void
assert_by_hand (const char *os, const char *medium)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineExpressPlan) plan = NULL;

    vitrine_host_plan_express_async (host, medium, os, NULL, await_cb, &slot);
    result = await_result (&slot);
    plan = vitrine_host_plan_express_finish (host, result, &error);
    g_assert_no_error (error);
    g_assert_cmpint (plan->method, ==, VITRINE_EXPRESS_BY_HAND);
    g_assert_nonnull (plan->reason);
    g_test_message ("%s: %s", os, plan->reason);
}

static void
test_what_cannot_be_told_is_installed_by_hand (void)
{
    g_autofree char *empty = g_build_filename (folder, "empty.iso", NULL);
    g_autoptr (GByteArray) image = iso_fixture_new ("NOTHING", NULL, 0);
    g_autoptr (GError) error = NULL;

    iso_fixture_write (image, empty);
    assert_by_hand (DEBIAN, empty);                          /* no installer where it should be */
    assert_by_hand (XP, iso);                                /* a floppy disk */
    assert_by_hand ("http://freebsd.org/freebsd/13.0", iso); /* no script at all */
    assert_by_hand ("http://nobody.example/knows", iso);
    g_assert_null (make (XP, "secret", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_unlink (empty);
}

static void
test_a_medium_that_is_not_there_is_an_error (void)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    vitrine_host_plan_express_async (host, "/nowhere/at-all.iso", DEBIAN, NULL, await_cb, &slot);
    result = await_result (&slot);
    g_assert_null (vitrine_host_plan_express_finish (host, result, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
test_the_archive_is_one_the_kernel_reads (void)
{
    VitrineExpressFile file = { (char *) "preseed.cfg", (char *) "d-i a/b string c\n" };

    for (guint64 bytes = 40; bytes < 44; bytes++) {
        g_autoptr (GBytes) archive = vitrine_express_archive (&file, bytes);
        gsize len;
        const char *data = g_bytes_get_data (archive, &len);
        gsize zeros = (4 - bytes % 4) % 4;

        for (gsize i = 0; i < zeros; i++)
            g_assert_cmpint (data[i], ==, 0);
        data += zeros;
        g_assert_cmpint (strncmp (data, "070701", 6), ==, 0);
        g_assert_cmpint (strncmp (data + 14, "00008180", 8), ==, 0); /* a file, its owner's alone */
        g_assert_cmpint (strncmp (data + 54, "00000011", 8), ==, 0);
        g_assert_cmpstr (data + 110, ==, "preseed.cfg");
        g_assert_cmpint (strncmp (data + 124, file.text, 17), ==, 0);
        g_assert_cmpint (strncmp (data + 144, "070701", 6), ==, 0);
        g_assert_cmpstr (data + 144 + 110, ==, "TRAILER!!!");
        g_assert_cmpuint ((len - zeros) % 4, ==, 0);
    }
}

/* --- what is said ------------------------------------------------------------------------------------- */

static void
assert_all (gboolean (*check) (const char *, GError **), gboolean good, const char *const *texts)
{
    for (gsize i = 0; texts[i] != NULL; i++) {
        g_autoptr (GError) error = NULL;
        gboolean ok = check (texts[i], &error);

        if (ok != good)
            g_error ("“%s” is %s", texts[i], ok ? "taken" : "refused");
        if (!good)
            g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    }
}

#define GOOD(check, ...) assert_all (check, TRUE, (const char *const[]){ __VA_ARGS__, NULL })
#define BAD(check, ...)  assert_all (check, FALSE, (const char *const[]){ __VA_ARGS__, NULL })

static void
test_words_that_could_break_out_are_refused (void)
{
    GOOD (vitrine_express_check_user, "ann", "_x", "ann-b2");
    BAD (vitrine_express_check_user, "", "root", "Ann", "ann b", "ann'", "ann\nroot", "-a", "a;b",
         "a<b", "%s", "a$b", "123456789012345678901234567890123");
    GOOD (vitrine_express_check_realname, "Ann", "Ann O'Neil", "Ñandú 2.", "");
    BAD (vitrine_express_check_realname, "a\nb", "a\"b", "a:b", "a<b>", "a&b", "a%b", "a$b", "a\\",
         " a", "a ", "a`b`", "a,b", "a;b", "\xff");
    GOOD (vitrine_express_check_password, "a", HOSTILE, "пароль");
    BAD (vitrine_express_check_password, "", "a\nb", "a\tb", "\xff");
    GOOD (vitrine_express_check_hostname, "a", "a-b.c");
    BAD (vitrine_express_check_hostname, "", "a b", "a_b", "-a", "a'", "a\nb", "a<b");
    GOOD (vitrine_express_check_language, "de_DE", "eo", "ast_ES");
    BAD (vitrine_express_check_language, "", "C", "de_DE.UTF-8", "de_de", "de DE", "de_DE x=y",
         "../x", "de'");
    GOOD (vitrine_express_check_timezone, "Europe/Berlin", "Etc/GMT+5", "America/Port-au-Prince",
          "UTC");
    BAD (vitrine_express_check_timezone, "", "/etc/passwd", "../x", "a b", "a//b", "Europe/", "a'b",
         "a\nb");
    GOOD (vitrine_express_check_product_key, "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE");
    BAD (vitrine_express_check_product_key, "", "A B", "A<B", "A\n");
}

static void
test_this_computers_words_are_taken (void)
{
    g_autofree char *language = vitrine_express_dup_language ();
    g_autofree char *timezone = vitrine_express_dup_timezone ();

    GOOD (vitrine_express_check_language, language);
    GOOD (vitrine_express_check_timezone, timezone);
    g_assert_cmpstr (language, ==, "pt_BR"); /* see main() */
    g_assert_cmpstr (timezone, ==, "America/Sao_Paulo");
}

static void
test_a_command_lines_words_are_read (void)
{
    g_autofree char *path = g_build_filename (folder, "password", NULL);
    g_autofree char *text =
        g_strdup_printf ("user=ann,name=Ann B,password-file=%s,hostname=h,timezone=Europe/Rome,"
                         "language=it_IT,keyboard=de_CH,key=A-B",
                         path);
    static const char *const bad[] = {
        "", "user", "user=", "hostname=h", "user=ann,password=secret", "user=ann,shoe-size=43"
    };
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineExpress) express = NULL;

    g_assert_true (g_file_set_contents (path, "secret\nmore\n", -1, NULL));
    express = vitrine_express_parse (text, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (express->user, ==, "ann");
    g_assert_cmpstr (express->realname, ==, "Ann B");
    g_assert_cmpstr (express->password, ==, "secret");
    g_assert_cmpstr (express->keyboard, ==, "de_CH");
    g_assert_cmpstr (express->product_key, ==, "A-B");
    g_assert_true (vitrine_express_check (express, &error));
    g_unlink (path);
    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_assert_null (vitrine_express_parse (bad[i], &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
        g_clear_error (&error);
    }
    g_assert_null (vitrine_express_parse (text, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
    int status;

    /* Not C, or every language is the first. */
    g_setenv ("LANGUAGE", "pt_BR:en", TRUE);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_setenv ("LC_MESSAGES", "pt_BR.UTF-8", TRUE);
    g_setenv ("TZ", "America/Sao_Paulo", TRUE);
    g_test_init (&argc, &argv, NULL);
    folder = test_folder_new ();
    iso = g_build_filename (folder, "cd.iso", NULL);
    write_iso ();
    host = vitrine_host_new ("vitrine:", NULL);
    g_test_add_func ("/express/script/debian", test_debian);
    g_test_add_func ("/express/script/ubuntu", test_ubuntu);
    g_test_add_func ("/express/script/fedora", test_fedora);
    g_test_add_func ("/express/script/rhel", test_rhel);
    g_test_add_func ("/express/script/opensuse", test_opensuse);
    g_test_add_func ("/express/script/windows", test_windows);
    g_test_add_func ("/express/what-cannot-be-told-is-installed-by-hand",
                     test_what_cannot_be_told_is_installed_by_hand);
    g_test_add_func ("/express/a-medium-that-is-not-there-is-an-error",
                     test_a_medium_that_is_not_there_is_an_error);
    g_test_add_func ("/express/the-archive-is-one-the-kernel-reads",
                     test_the_archive_is_one_the_kernel_reads);
    g_test_add_func ("/express/words-that-could-break-out-are-refused",
                     test_words_that_could_break_out_are_refused);
    g_test_add_func ("/express/this-computers-words-are-taken",
                     test_this_computers_words_are_taken);
    g_test_add_func ("/express/a-command-lines-words-are-read",
                     test_a_command_lines_words_are_read);
    status = g_test_run ();
    g_object_unref (host);
    g_free (iso);
    test_folder_remove (folder);
    return status;
}
