/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-daemon.c - for tests: a libvirt daemon that is real, with QEMU and no KVM. */
#define _GNU_SOURCE /* setresuid */
#include "libvirt-daemon.h"

#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY   65534
#define LIBVIRTD "/usr/sbin/libvirtd"
#define QEMU     "/usr/bin/qemu-system-x86_64"

static char *folder;
static char *socket_path;
static GPid daemon_pid;

/* A path below the folder, which is made. */
static char *
make_folder (const char *name)
{
    char *path = g_build_filename (folder, name, NULL);

    g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
    return path;
}

static void
set_folder (const char *variable, const char *name)
{
    g_autofree char *path = make_folder (name);

    g_setenv (variable, path, TRUE);
}

/* What QEMU prints goes to a file: no further daemon takes care of it. */
static void
write_configuration (void)
{
    g_autofree char *path = make_folder ("config/libvirt");
    g_autofree char *file = g_build_filename (path, "qemu.conf", NULL);

    g_assert_true (g_file_set_contents (file, "stdio_handler = \"file\"\n", -1, NULL));
}

static gboolean
tick_cb (gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

/* Waits for what nothing tells of: looked for at each turn of the main loop, of which there are some. */
static void
await_outside (gboolean (*done) (gpointer data), gpointer data)
{
    guint source = g_timeout_add (20, tick_cb, NULL);

    await_until (done, data);
    g_source_remove (source);
}

static gboolean
has_socket (gpointer data)
{
    g_assert_cmpint (waitpid (daemon_pid, NULL, WNOHANG), ==, 0);
    return access (socket_path, F_OK) == 0;
}

/* A test that fails takes the daemon along. */
static void
die_with_parent (gpointer data)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
}

void
libvirt_daemon_start (void)
{
    const char *const argv[] = { LIBVIRTD, NULL };

    g_unlink (socket_path);
    g_assert_true (g_spawn_async (NULL, (char **) argv, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL
                                      | G_SPAWN_STDERR_TO_DEV_NULL,
                                  die_with_parent, NULL, &daemon_pid, NULL));
    await_outside (has_socket, NULL);
}

void
libvirt_daemon_kill (void)
{
    g_assert_cmpint (kill (daemon_pid, SIGKILL), ==, 0);
    kill (daemon_pid, SIGCONT);
    g_assert_cmpint (waitpid (daemon_pid, NULL, 0), ==, daemon_pid);
}

void
libvirt_daemon_virsh (const char *format, ...)
{
    g_autofree char *arguments = NULL;
    g_autofree char *command = NULL;
    g_autoptr (GError) error = NULL;
    int status;
    va_list args;

    va_start (args, format);
    arguments = g_strdup_vprintf (format, args);
    va_end (args);
    command = g_strconcat ("virsh -q -c qemu:///session ", arguments, NULL);
    g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, &status, &error));
    g_assert_no_error (error);
    g_assert_cmpint (status, ==, 0);
}

void
libvirt_daemon_signal (int number)
{
    g_assert_cmpint (kill (daemon_pid, number), ==, 0);
}

const char *
libvirt_daemon_folder (void)
{
    return folder;
}

char *
libvirt_daemon_make_xml (const char *name, const char *uuid, const char *devices)
{
    return g_strdup_printf (
        "<domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>32</memory>"
        "<os><type arch='x86_64' machine='pc'>hvm</type><bios useserial='yes'/></os>"
        "<features><acpi/></features><devices><emulator>" QEMU "</emulator>"
        "%s<serial type='pty'/><graphics type='vnc' socket='%s/%s.vnc'/>"
        "<video><model type='vga'/></video></devices></domain>",
        name, uuid, devices, folder, name);
}

/* --- the program ------------------------------------------------------------------------------ */

static const char *
find_lack (void)
{
    g_autofree char *virsh_path = g_find_program_in_path ("virsh");

    if (access (LIBVIRTD, X_OK) != 0)
        return "there is no libvirtd here";
    if (access (QEMU, X_OK) != 0)
        return "there is no QEMU here";
    return virsh_path == NULL ? "there is no virsh here" : NULL;
}

/* As root the daemon would be the computer's. */
static void
become_ordinary (void)
{
    if (geteuid () != 0)
        return;
    g_assert_cmpint (setgroups (0, NULL), ==, 0);
    g_assert_cmpint (setresgid (NOBODY, NOBODY, NOBODY), ==, 0);
    g_assert_cmpint (setresuid (NOBODY, NOBODY, NOBODY), ==, 0);
}

static void
set_up (void)
{
    set_folder ("XDG_RUNTIME_DIR", "run");
    set_folder ("XDG_CONFIG_HOME", "config");
    set_folder ("XDG_CACHE_HOME", "cache");
    set_folder ("XDG_DATA_HOME", "data");
    set_folder ("HOME", "home");
    g_setenv ("LIBVIRT_AUTOSTART", "0", TRUE);
    socket_path = g_build_filename (folder, "run/libvirt/libvirt-sock", NULL);
    write_configuration ();
    libvirt_daemon_start ();
}

/* Kills what is still there of the tests, whichever way they ended: QEMU lives on without its daemon. */
static void
end_children (void)
{
    g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
    g_autofree char *text = NULL;
    g_auto (GStrv) pids = NULL;

    do {
        g_clear_pointer (&text, g_free);
        g_clear_pointer (&pids, g_strfreev);
        if (!g_file_get_contents (path, &text, NULL, NULL))
            return;
        pids = g_strsplit (g_strstrip (text), " ", -1);
        for (gsize i = 0; pids[i] != NULL && *pids[i] != '\0'; i++)
            kill (atoi (pids[i]), SIGKILL);
    } while (waitpid (-1, NULL, 0) > 0);
}

/* Goes on in a child, and ends as that does; orphans of the child become ours. */
static void
guard (void)
{
    int status;
    pid_t child;

    prctl (PR_SET_CHILD_SUBREAPER, 1);
    child = fork ();
    if (child == 0)
        return;
    while (waitpid (-1, &status, 0) != child)
        ; /* the daemon waits until what it kills is gone */
    end_children ();
    test_folder_remove (folder);
    exit (WIFEXITED (status) ? WEXITSTATUS (status) : 1);
}

gboolean
libvirt_daemon_begin (void)
{
    const char *lack = find_lack ();

    if (lack != NULL) {
        g_print ("1..0 # SKIP %s\n", lack);
        return FALSE;
    }
    become_ordinary ();
    folder = test_folder_new ();
    guard ();
    set_up ();
    return TRUE;
}

void
libvirt_daemon_end (void)
{
    libvirt_daemon_kill ();
    g_free (socket_path);
    g_free (folder);
}

void
libvirt_daemon_link_modules (void)
{
    static const char *const variables[] = { "VITRINE_MODULEDIR", "DEFINITION_MODULEDIR" };
    static const char *const names[] = { "engine-libvirt.so", "definition.so" };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *from = g_build_filename (g_getenv (variables[i]), names[i], NULL);
        g_autofree char *to = g_build_filename (libvirt_daemon_folder (), names[i], NULL);

        g_assert_cmpint (symlink (from, to), ==, 0);
    }
    g_setenv ("VITRINE_MODULEDIR", libvirt_daemon_folder (), TRUE);
}
