/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-trouble.c - why a libvirt host cannot be reached is told in the order in which it is to be mended.
 */
#define _GNU_SOURCE /* setresuid */
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "await.h"
#include "libvirt-trouble.h"
#include "libvirt-uri.h"

#define NOBODY 65534

static void
assert_found (const char *uri, int code, const char *message, const char *id, VitrineError kind)
{
    VitrineError found;
    g_autoptr (VitrineCheck) check = libvirt_trouble_find (uri, code, message, &found);

    g_assert_cmpstr (check->id, ==, id);
    g_assert_cmpint (check->status, ==, VITRINE_CHECK_FAILED);
    g_assert_cmpint (found, ==, kind);
}

static void
test_no_socket_is_the_daemon (void)
{
    assert_found ("qemu+unix:///system?socket=/nowhere/libvirt-sock", VIR_ERR_SYSTEM_ERROR,
                  "No such file or directory", "libvirt-daemon", VITRINE_ERROR_NOT_FOUND);
}

static void
test_a_question_without_an_agent_is_polkit (void)
{
    g_autofree char *folder = test_folder_new ();
    g_autofree char *uri = g_strdup_printf ("qemu+unix:///system?socket=%s", folder);

    assert_found (uri, VIR_ERR_AUTH_UNAVAILABLE,
                  "authentication unavailable: no polkit agent available to authenticate action",
                  "libvirt-polkit", VITRINE_ERROR_DENIED);
    assert_found ("qemu+tls://tower.example/system", VIR_ERR_AUTH_FAILED, "authentication failed",
                  "libvirt-login", VITRINE_ERROR_DENIED);
    test_folder_remove (g_steal_pointer (&folder));
}

static void
test_another_computer_is_named (void)
{
    VitrineError kind;
    g_autoptr (VitrineCheck) check =
        libvirt_trouble_find ("qemu+ssh://tower.example/system", VIR_ERR_SYSTEM_ERROR,
                              "Cannot recv data: Connection reset by peer", &kind);

    g_assert_cmpstr (check->id, ==, "libvirt-remote");
    g_assert_cmpstr (check->mend, ==, "ssh tower.example true");
    g_assert_nonnull (strstr (check->text, "tower.example"));
}

static void
test_a_command_that_would_do_something_else_is_not_recommended (void)
{
    static const char *const addresses[] = { "qemu+ssh://-oProxyCommand=touch%20x/system",
                                             "qemu+ssh://tower;reboot/system",
                                             "qemu+ssh://ann%0Areboot@tower/system",
                                             "qemu+ssh://-l@tower/system" };

    for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
        VitrineError kind;
        g_autoptr (VitrineCheck) check =
            libvirt_trouble_find (addresses[i], VIR_ERR_SYSTEM_ERROR,
                                  "Cannot recv data: Connection reset by peer", &kind);

        g_test_message ("%s", addresses[i]);
        g_assert_true (check->mend == NULL || *check->mend == '\0');
    }
}

/* Last: it gives the program's rights away. */
static void
test_a_socket_of_a_group_is_the_group (void)
{
    g_autofree char *folder = test_folder_new ();
    g_autofree char *path = g_build_filename (folder, "libvirt-sock", NULL);
    g_autofree char *uri = g_strdup_printf ("qemu+unix:///system?socket=%s", path);
    VitrineError kind;
    g_autoptr (VitrineCheck) check = NULL;

    if (geteuid () != 0) {
        g_test_skip ("needs root, to make a socket that the user may not use");
        return;
    }
    g_assert_true (g_file_set_contents (path, "", 0, NULL));
    g_assert_cmpint (chown (path, 0, 1), ==, 0); /* group “daemon” everywhere */
    g_assert_cmpint (chmod (path, 0660), ==, 0);
    g_assert_cmpint (chmod (folder, 0755), ==, 0);
    g_assert_cmpint (setresuid (NOBODY, NOBODY, 0), ==, 0);
    check = libvirt_trouble_find (uri, VIR_ERR_SYSTEM_ERROR, "Permission denied", &kind);
    g_assert_cmpint (setresuid (0, 0, 0), ==, 0);
    g_assert_cmpstr (check->id, ==, "libvirt-group");
    g_assert_cmpint (kind, ==, VITRINE_ERROR_DENIED);
    g_assert_nonnull (strstr (check->mend, "usermod -aG daemon"));
    test_folder_remove (g_steal_pointer (&folder));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/trouble/no-socket-is-the-daemon", test_no_socket_is_the_daemon);
    g_test_add_func ("/libvirt/trouble/a-question-without-an-agent-is-polkit",
                     test_a_question_without_an_agent_is_polkit);
    g_test_add_func ("/libvirt/trouble/another-computer-is-named", test_another_computer_is_named);
    g_test_add_func ("/libvirt/trouble/a-command-that-would-do-something-else-is-not-recommended",
                     test_a_command_that_would_do_something_else_is_not_recommended);
    g_test_add_func ("/libvirt/trouble/a-socket-of-a-group-is-the-group",
                     test_a_socket_of_a_group_is_the_group);
    return g_test_run ();
}
