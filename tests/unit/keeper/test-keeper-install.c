/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-install.c - a system is installed in one run: what the installer is given is gone as soon as that has begun, and
 * its restart leads to the disk. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "keeper-fixture.h"
#include "vitrine-error.h"

static const char *const files[] = { "install.ini", "install-kernel", "install-initrd",
                                     "install.iso" };

static char *
dup_path (Fixture *f, const char *file)
{
    return g_build_filename (f->folder, file, NULL);
}

static void
write_file (Fixture *f, const char *file, const char *text)
{
    g_autofree char *path = dup_path (f, file);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
write_kernel (Fixture *f)
{
    write_file (f, "install-kernel", "kernel");
    write_file (f, "install-initrd", "initrd");
    write_file (f, "install.ini", "[install]\nmethod=initrd\ncommand-line=\\sauto=true a;b\n");
}

static void
write_cd (Fixture *f)
{
    g_autofree char *path = dup_path (f, "install.iso");
    static const char image[64 * 1024];

    g_assert_true (g_file_set_contents (path, image, sizeof image, NULL));
}

static guint
count_files (Fixture *f)
{
    guint n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree char *path = dup_path (f, files[i]);

        n += g_file_test (path, G_FILE_TEST_EXISTS);
    }
    return n;
}

/* What the VMM was given: "kernel: COMMAND-LINE", or "no kernel". */
static void
assert_kernel (Fixture *f, const char *words)
{
    int fd = fixture_open_console (f, NULL);
    g_autofree char *said = NULL;

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (write (fd, "!kernel\n", 8), ==, 8);
    said = fixture_read_until (fd, "echo !kernel");
    g_assert_nonnull (strstr (said, words));
    close (fd);
}

/* Another run of the same keeper's. */
static gboolean
runs_anew (Fixture *f, gconstpointer old)
{
    g_autoptr (GDBusConnection) connection = fixture_new_connection (f);
    g_autoptr (VitrineControlMachine1) machine = NULL;

    if (connection == NULL)
        return FALSE;
    machine = vitrine_control_machine1_proxy_new_sync (connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
                                                       "/org/vitrine/Machine", NULL, NULL);
    return machine != NULL
           && g_strcmp0 (vitrine_control_machine1_get_state (machine), "running") == 0;
}

static gboolean
has_warning (Fixture *f, const char *text)
{
    const char *const *warnings = vitrine_control_machine1_get_warnings (f->machine);

    return warnings != NULL && g_strv_contains (warnings, text);
}

static void
test_the_installers_restart_leads_to_the_disk (void)
{
    Fixture f;
    g_autofree char *before = NULL, *after = NULL, *xml = NULL;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    xml = dup_path (&f, "machine.xml");
    g_assert_true (g_file_get_contents (xml, &before, NULL, NULL));
    write_kernel (&f);
    fixture_run (&f);
    assert_kernel (&f, "kernel:  auto=true a;b");
    g_assert_cmpuint (count_files (&f), ==,
                      0); /* whoever dies from here on, it is not begun again */
    g_assert_true (has_warning (&f, "Its system installs itself; it restarts when that is done"));
    fixture_type (&f, "!reset");
    fixture_wait_state (&f, "off");
    g_assert_cmpstr (vitrine_control_machine1_get_state_reason (f.machine), ==,
                     "The installer restarted the machine, which starts from its disk now");
    fixture_wait (&f, runs_anew, NULL);
    fixture_connect (&f);
    assert_kernel (&f, "no kernel");
    g_assert_false (has_warning (&f, "Its system installs itself; it restarts when that is done"));
    fixture_type (&f, "!reset"); /* and later ones are those of any machine */
    assert_kernel (&f, "no kernel");
    g_assert_true (g_file_get_contents (xml, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, before);
    fixture_tear_down (&f);
}

static void
test_who_resets_it_has_ended_the_installer (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    write_kernel (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_reset_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    fixture_wait_state (&f, "off");
    fixture_wait (&f, runs_anew, NULL);
    fixture_connect (&f);
    assert_kernel (&f, "no kernel");
    fixture_tear_down (&f);
}

static void
test_who_switches_it_off_has_it_off (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    write_kernel (&f);
    fixture_run (&f);
    vitrine_control_machine1_call_power_off_sync (f.machine, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (fixture_wait_end (&f), ==, 0);
    fixture_run (&f);
    assert_kernel (&f, "no kernel");
    fixture_tear_down (&f);
}

static void
test_an_installer_that_switches_it_off_leaves_it_off (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    write_kernel (&f);
    fixture_run (&f);
    fixture_type (&f, "!off");
    g_assert_cmpint (fixture_wait_end (&f), ==, 0);
    fixture_tear_down (&f);
}

static void
test_a_cd_is_there_for_all_of_the_run (void)
{
    Fixture f;
    g_autofree char *devices = NULL;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    write_cd (&f);
    write_file (&f, "install.ini", "[install]\nmethod=cd\n");
    fixture_run (&f);
    assert_kernel (&f, "no kernel");
    g_assert_cmpuint (count_files (&f), ==, 0);
    devices = g_variant_print (vitrine_control_machine1_get_devices (f.machine), FALSE);
    g_test_message ("%s", devices);
    g_assert_nonnull (strstr (devices, "install.iso"));
    fixture_type (&f, "!reset"); /* as Windows does while it installs itself */
    assert_kernel (&f, "no kernel");
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_tear_down (&f);
}

static void
test_a_start_that_fails_takes_nothing (void)
{
    Fixture f;
    g_autofree char *initrd = NULL;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    write_kernel (&f);
    initrd = dup_path (&f, "install-initrd");
    g_assert_cmpint (g_unlink (initrd), ==, 0);
    g_assert_false (fixture_start (&f));
    fixture_wait_end (&f);
    g_assert_cmpuint (count_files (&f), ==, 2);
    fixture_tear_down (&f);
}

static void
test_nothing_is_installed_to_be_dropped (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    write_kernel (&f);
    g_assert_false (fixture_start_with (&f, "--disposable"));
    g_assert_nonnull (strstr (f.ready, "yet to be installed; start it for good first"));
    fixture_wait_end (&f);
    g_assert_cmpuint (count_files (&f), ==, 3);
    fixture_tear_down (&f);
}

static void
test_what_cannot_be_read_is_said (void)
{
    static const char *const texts[] = { "", "[install]\n", "[install]\nmethod=web\n", "\1\2\3" };
    Fixture f;

    fixture_set_up (&f);
    fixture_define (&f, "", "");
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        write_file (&f, "install.ini", texts[i]);
        g_assert_false (fixture_start (&f));
        g_assert_nonnull (strstr (f.ready, "to install it by hand"));
        fixture_wait_end (&f);
    }
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/install/the-installers-restart-leads-to-the-disk",
                     test_the_installers_restart_leads_to_the_disk);
    g_test_add_func ("/keeper/install/who-resets-it-has-ended-the-installer",
                     test_who_resets_it_has_ended_the_installer);
    g_test_add_func ("/keeper/install/who-switches-it-off-has-it-off",
                     test_who_switches_it_off_has_it_off);
    g_test_add_func ("/keeper/install/an-installer-that-switches-it-off-leaves-it-off",
                     test_an_installer_that_switches_it_off_leaves_it_off);
    g_test_add_func ("/keeper/install/a-cd-is-there-for-all-of-the-run",
                     test_a_cd_is_there_for_all_of_the_run);
    g_test_add_func ("/keeper/install/a-start-that-fails-takes-nothing",
                     test_a_start_that_fails_takes_nothing);
    g_test_add_func ("/keeper/install/nothing-is-installed-to-be-dropped",
                     test_nothing_is_installed_to_be_dropped);
    g_test_add_func ("/keeper/install/what-cannot-be-read-is-said",
                     test_what_cannot_be_read_is_said);
    return g_test_run ();
}
