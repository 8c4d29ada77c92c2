/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cli-edit.c - vitrinectl edit, with editors that are one command. */
#include <glib/gstdio.h>
#include <string.h>

#include "run.h"

#define UUID "11111111-2222-4333-8444-555555555555"

static const char definition[] = "<domain type='kvm'>\n"
                                 "  <name>alpha</name>\n"
                                 "  <uuid>" UUID "</uuid>\n"
                                 "  <memory unit='MiB'>64</memory>\n"
                                 "  <vcpu>1</vcpu>\n"
                                 "  <os><type arch='x86_64' machine='q35'>hvm</type></os>\n"
                                 "  <!-- mine -->\n"
                                 "</domain>\n";

static char *root;

static void
set_up (void)
{
    struct ran ran = run (definition, "define -");

    g_assert_cmpstr (ran.err, ==, "");
    ran_clear (&ran);
}

static void
tear_down (void)
{
    assert_ran ("undefine alpha", 0, "", "");
}

/* Runs `edit alpha` with EDITOR, told ANSWERS. */
static struct ran
edit (const char *editor, const char *answers)
{
    g_setenv ("EDITOR", editor, TRUE);
    return run (answers, "edit alpha");
}

static void
assert_has (const char *text, gboolean wanted)
{
    struct ran ran = run (NULL, "dumpxml alpha");

    g_assert_cmpint (strstr (ran.out, text) != NULL, ==, wanted);
    ran_clear (&ran);
}

static void
assert_says (struct ran *ran, int status, const char *words)
{
    g_assert_cmpint (ran->status, ==, status);
    if (strstr (ran->err, words) == NULL)
        g_error ("“%s” is not in “%s”", words, ran->err);
    ran_clear (ran);
}

static guint
count_files (void)
{
    g_autoptr (GDir) folder = g_dir_open (root, 0, NULL);
    const char *name;
    guint n = 0;

    while ((name = g_dir_read_name (folder)) != NULL)
        n += g_str_has_prefix (name, "vitrine-");
    return n;
}

static void
test_what_is_written_is_applied (void)
{
    struct ran ran;

    set_up ();
    ran = edit ("sed -i 's/>64</>128</'", NULL);
    assert_says (&ran, 0, "");
    assert_has (">128<", TRUE);
    assert_has ("<!-- mine -->", TRUE);
    g_assert_cmpuint (count_files (), ==, 0);
    tear_down ();
}

static void
test_visual_comes_before_editor (void)
{
    struct ran ran;

    set_up ();
    g_setenv ("VISUAL", "sed -i 's/>64</>96</'", TRUE);
    ran = edit ("false", NULL);
    g_unsetenv ("VISUAL");
    assert_says (&ran, 0, "");
    assert_has (">96<", TRUE);
    tear_down ();
}

static void
test_nothing_changed_is_nothing_done (void)
{
    struct ran ran;

    set_up ();
    ran = edit ("true", NULL);
    assert_says (&ran, 0, "Nothing was changed.");
    g_assert_cmpuint (count_files (), ==, 0);
    tear_down ();
}

/* The passwords of its displays are in it. */
static void
test_nobody_else_may_read_what_is_edited (void)
{
    struct ran ran;

    set_up ();
    ran = edit ("stat -c %a", NULL);
    g_assert_cmpstr (ran.out, ==, "600\n");
    assert_says (&ran, 0, "Nothing was changed.");
    tear_down ();
}

static void
test_editor_that_fails_changes_nothing (void)
{
    struct ran ran;

    set_up ();
    ran = edit ("false", NULL);
    assert_says (&ran, 1, "nothing was changed");
    assert_has (">64<", TRUE);
    tear_down ();
}

/* The first time it breaks the text; the second time, when it is asked to, it mends it. */
static void
test_what_is_refused_can_be_edited_again (void)
{
    struct ran ran;

    set_up ();
    ran = edit (
        "sed -i -e 's/<vcpu>1<.nope>/<vcpu>2<\\/vcpu>/' -e 's/<vcpu>1<.vcpu>/<vcpu>1<\\/nope>/'",
        "y\n");
    assert_says (&ran, 0, "Line 5 is no XML");
    assert_has ("<vcpu>2</vcpu>", TRUE);
    ran = edit ("sed -i 's/<vcpu>2<.vcpu>/<shmem\\/>/'", "n\n");
    assert_says (&ran, 1, "<shmem>");
    assert_has ("<vcpu>2</vcpu>", TRUE);
    tear_down ();
}

static void
test_what_was_written_is_kept_when_given_up (void)
{
    struct ran ran;
    g_autofree char *text = NULL;
    g_autofree char *path = NULL;
    const char *begin, *end;

    set_up ();
    ran = edit ("sed -i 's/<vcpu>/<vcpu precious/'", NULL);
    g_assert_cmpint (ran.status, ==, 1);
    begin = strstr (ran.err, "what you wrote is in “");
    g_assert_nonnull (begin);
    begin += strlen ("what you wrote is in “");
    end = strstr (begin, "”");
    path = g_strndup (begin, end - begin);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_nonnull (strstr (text, "precious"));
    g_unlink (path);
    ran_clear (&ran);
    tear_down ();
}

/* While the editor is open, somebody sets the processors. */
#define MEANWHILE "$VITRINECTL set alpha vcpus=3 && sed -i 's/>64</>128</'"

static void
test_change_meanwhile_is_told_and_not_written_over (void)
{
    struct ran ran;

    set_up ();
    ran = edit (MEANWHILE, "n\n");
    assert_says (&ran, 1, "Line 5: <vcpu> said “1” and says “3” now");
    assert_has ("<vcpu>3</vcpu>", TRUE);
    assert_has (">64<", TRUE);
    tear_down ();
}

static void
test_change_meanwhile_is_written_over_when_asked_to (void)
{
    struct ran ran;

    set_up ();
    ran = edit (MEANWHILE, "a\n");
    assert_says (&ran, 0, "somebody else changed the definition meanwhile");
    assert_has ("<vcpu>1</vcpu>", TRUE);
    assert_has (">128<", TRUE);
    tear_down ();
}

static void
test_another_machine_is_refused (void)
{
    struct ran ran;

    set_up ();
    ran = edit ("sed -i 's/<uuid>1/<uuid>2/'", "n\n");
    assert_says (&ran, 1, "keeps its own");
    ran = edit ("sed -i 's/<name>alpha/<name>beta/'", NULL);
    assert_says (&ran, 0, "");
    assert_ran ("undefine beta", 0, "", "");
}

int
main (int argc, char **argv)
{
    g_autofree char *data = NULL;
    int ret;

    root = g_dir_make_tmp ("vitrine-test-XXXXXX", NULL);
    data = g_build_filename (root, "data", NULL);
    g_setenv ("TMPDIR", root, TRUE);
    g_setenv ("XDG_DATA_HOME", data, TRUE);
    g_setenv ("XDG_RUNTIME_DIR", root, TRUE);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_unsetenv ("VISUAL");
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cli/edit/what-is-written-is-applied", test_what_is_written_is_applied);
    g_test_add_func ("/cli/edit/visual-comes-before-editor", test_visual_comes_before_editor);
    g_test_add_func ("/cli/edit/nothing-changed-is-nothing-done",
                     test_nothing_changed_is_nothing_done);
    g_test_add_func ("/cli/edit/nobody-else-may-read-what-is-edited",
                     test_nobody_else_may_read_what_is_edited);
    g_test_add_func ("/cli/edit/editor-that-fails-changes-nothing",
                     test_editor_that_fails_changes_nothing);
    g_test_add_func ("/cli/edit/what-is-refused-can-be-edited-again",
                     test_what_is_refused_can_be_edited_again);
    g_test_add_func ("/cli/edit/what-was-written-is-kept-when-given-up",
                     test_what_was_written_is_kept_when_given_up);
    g_test_add_func ("/cli/edit/change-meanwhile-is-told-and-not-written-over",
                     test_change_meanwhile_is_told_and_not_written_over);
    g_test_add_func ("/cli/edit/change-meanwhile-is-written-over-when-asked-to",
                     test_change_meanwhile_is_written_over_when_asked_to);
    g_test_add_func ("/cli/edit/another-machine-is-refused", test_another_machine_is_refused);
    ret = g_test_run ();
    remove_folder (root);
    g_free (root);
    return ret;
}
