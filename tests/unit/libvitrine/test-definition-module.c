/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-module.c - definitions are read by a module, and what does not load is an error that says
 * what to do.
 *
 * A module that has been loaded stays, so the tests in which it is not there come first.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "definition-module.h"
#include "native-fixture.h"

#define UUID "11111111-2222-4333-8444-555555555555"

static VitrineHost *fake;

static void
assert_says (const GError *error, const char *mention)
{
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "“definition”"));
    g_assert_nonnull (strstr (error->message, mention));
}

static gboolean
has_libraries (void)
{
    g_autofree char *maps = NULL;

    g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
    return strstr (maps, "/libxml2") != NULL;
}

/* Defines a machine with the module's place being FOLDER: NULL, with why. */
static VitrineMachine *
define (const char *folder, GError **error)
{
    g_autofree char *xml = native_fixture_dup_xml ("alpha", UUID, NULL);

    g_setenv ("VITRINE_MODULEDIR", folder, TRUE);
    return await_define (fake, xml, error);
}

/* The same with FILE as the module. */
static void
assert_file_fails (const char *file, const char *mention)
{
    g_autofree char *target = g_build_filename (g_getenv ("BROKEN"), file, NULL);
    g_autofree char *folder = test_folder_new ();
    g_autofree char *link = g_build_filename (folder, "definition.so", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (symlink (target, link), ==, 0);
    g_assert_null (define (folder, &error));
    assert_says (error, mention);
    test_folder_remove (g_steal_pointer (&folder));
}

static void
test_a_program_begins_without_its_libraries (void)
{
    g_assert_false (has_libraries ());
}

static void
test_a_missing_one_is_an_error (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (define ("/nowhere", &error));
    assert_says (error, "/nowhere");
    g_assert_nonnull (strstr (error->message, "Installing Vitrine again"));
}

static void
test_one_that_is_none_is_an_error (void)
{
    assert_file_fails ("definition-none.so", DEFINITION_MODULE_ENTRY);
    assert_file_fails ("nothing", "definition.so");
}

static void
test_another_version_is_told_apart (void)
{
    assert_file_fails ("definition-old.so", "another version");
}

/* It is listed, with what is wrong, and whole again when its module is. */
static void
test_a_machine_without_it_says_what_is_wrong (void)
{
    g_autofree char *folder = g_build_filename (native_fixture_get_machines (), UUID, NULL);
    g_autofree char *path = g_build_filename (folder, "machine.xml", NULL);
    g_autofree char *xml = native_fixture_dup_xml ("alpha", UUID, NULL);
    g_autoptr (VitrineHost) host = NULL;
    g_autoptr (VitrineMachine) machine = NULL;

    g_setenv ("VITRINE_MODULEDIR", "/nowhere", TRUE);
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, xml, -1, NULL));
    host = await_host ("vitrine:");
    machine = vitrine_host_find (host, UUID);
    g_assert_nonnull (machine);
    g_assert_nonnull (strstr (vitrine_machine_get_problem (machine), "“definition”"));

    g_clear_object (&machine);
    g_setenv ("VITRINE_MODULEDIR", g_getenv ("MODULES"), TRUE);
    machine = await_look_up (host, UUID, NULL);
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "alpha");
    g_assert_cmpstr (vitrine_machine_get_problem (machine), ==, "");
}

/* Its errors are those of the program: one domain, registered once. */
static void
test_its_errors_are_ours (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = define (g_getenv ("MODULES"), &error);

    g_assert_no_error (error);
    g_assert_nonnull (machine);
    g_assert_null (await_define (fake, "<domain/>", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_true (has_libraries ());
}

int
main (int argc, char **argv)
{
    g_autofree char *folder = NULL;
    g_autofree char *uri = NULL;
    int status;

    g_test_init (&argc, &argv, NULL);
    native_fixture_init ();
    folder = test_folder_new ();
    uri = test_fake_uri (folder, "[host]\n");
    fake = await_host (uri);
    g_test_add_func ("/libvitrine/definition-module/a-program-begins-without-its-libraries",
                     test_a_program_begins_without_its_libraries);
    g_test_add_func ("/libvitrine/definition-module/a-missing-one-is-an-error",
                     test_a_missing_one_is_an_error);
    g_test_add_func ("/libvitrine/definition-module/one-that-is-none-is-an-error",
                     test_one_that_is_none_is_an_error);
    g_test_add_func ("/libvitrine/definition-module/another-version-is-told-apart",
                     test_another_version_is_told_apart);
    g_test_add_func ("/libvitrine/definition-module/a-machine-without-it-says-what-is-wrong",
                     test_a_machine_without_it_says_what_is_wrong);
    g_test_add_func ("/libvitrine/definition-module/its-errors-are-ours", test_its_errors_are_ours);
    status = g_test_run ();
    g_object_unref (fake);
    test_folder_remove (g_steal_pointer (&folder));
    native_fixture_end ();
    return status;
}
