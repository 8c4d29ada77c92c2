/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-daemon.c - machines of a libvirt daemon that is real: QEMU with its own firmware, no KVM.
 *
 * The daemon is started here, as an ordinary user's, in folders of its own; nothing of the computer's libvirt is
 * touched.  The tests are one story and come in its order.
 */
#define _GNU_SOURCE /* setresuid */
#include <errno.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "await.h"

#define NOBODY   65534
#define LIBVIRTD "/usr/sbin/libvirtd"
#define QEMU     "/usr/bin/qemu-system-x86_64"
#define UUID     "c0ffee00-0000-4000-8000-00000000aaaa"

static char *folder;
static char *socket_path;
static GPid daemon_pid;
static VitrineHost *host;
static VitrineMachine *machine;

/* --- the daemon ------------------------------------------------------------------------------- */

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

static void
start_daemon (void)
{
    const char *const argv[] = { LIBVIRTD, NULL };

    g_unlink (socket_path);
    g_assert_true (g_spawn_async (NULL, (char **) argv, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL
                                      | G_SPAWN_STDERR_TO_DEV_NULL,
                                  die_with_parent, NULL, &daemon_pid, NULL));
    await_outside (has_socket, NULL);
}

static void
kill_daemon (void)
{
    g_assert_cmpint (kill (daemon_pid, SIGKILL), ==, 0);
    kill (daemon_pid, SIGCONT);
    g_assert_cmpint (waitpid (daemon_pid, NULL, 0), ==, daemon_pid);
}

/* What somebody else does. */
static void virsh (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
virsh (const char *format, ...)
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

/* --- the machine ------------------------------------------------------------------------------ */

static char *
make_xml (const char *name, const char *uuid)
{
    return g_strdup_printf (
        "<domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>32</memory>"
        "<os><type arch='x86_64' machine='pc'>hvm</type><bios useserial='yes'/></os>"
        "<features><acpi/></features><devices><emulator>" QEMU "</emulator>"
        "<serial type='pty'/><graphics type='vnc' socket='%s/%s.vnc'/>"
        "<video><model type='vga'/></video></devices></domain>",
        name, uuid, folder, name);
}

static void
act (VitrineAction action, VitrineMachineState then)
{
    g_autoptr (GError) error = NULL;

    await_act (machine, action, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, then);
}

static void
test_a_machine_is_defined_and_starts (void)
{
    g_autofree char *xml = make_xml ("alpha", UUID);
    g_autoptr (GError) error = NULL;

    host = vitrine_host_new ("qemu:///session", NULL);
    await_connect (host, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (host)), ==, 0);
    machine = await_define (host, xml, &error);
    g_assert_no_error (error);
    act (VITRINE_ACTION_START, VITRINE_MACHINE_RUNNING);
}

static void
test_its_display_is_opened (void)
{
    g_autoptr (GError) error = NULL;
    char hello[12];
    int fd = await_open_display (machine, "vnc", &error);

    g_assert_no_error (error);
    g_assert_cmpuint (await_read (fd, hello, sizeof hello), ==, sizeof hello);
    g_assert_cmpmem (hello, 8, "RFB 003.", 8);
    close (fd);
}

static void
test_a_picture_is_taken (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrinePicture) picture = await_screenshot (machine, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (picture->width, >=, 640);
    g_assert_cmpuint (picture->height, >=, 400);
}

/* The firmware says its name on the serial port when it begins. */
static void
test_its_serial_console_is_talked_to (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) said = g_string_new (NULL);
    int fd = await_open_console (machine, "serial0", &error);
    char c;

    g_assert_no_error (error);
    act (VITRINE_ACTION_RESET, VITRINE_MACHINE_RUNNING);
    while (strstr (said->str, "SeaBIOS") == NULL) {
        g_assert_cmpuint (await_read (fd, &c, 1), ==, 1);
        g_string_append_c (said, c);
    }
    g_assert_cmpint (write (fd, "x", 1), ==, 1);
    close (fd);
    /* It can be opened again: the first one was let go of. */
    do {
        g_clear_error (&error);
        fd = await_open_console (machine, "serial0", &error);
    } while (fd < 0);
    close (fd);
}

static void
test_what_virsh_does_is_seen (void)
{
    virsh ("suspend alpha");
    await_state (machine, VITRINE_MACHINE_PAUSED);
    virsh ("resume alpha");
    await_state (machine, VITRINE_MACHINE_RUNNING);
}

static void
test_who_is_asked_to_shut_down_is_stopping_until_he_begins_anew (void)
{
    act (VITRINE_ACTION_SHUTDOWN, VITRINE_MACHINE_STOPPING); /* no system listens */
    virsh ("reset alpha");
    await_state (machine, VITRINE_MACHINE_RUNNING);
}

/* --- a daemon that is lost -------------------------------------------------------------------- */

static gboolean
has_problem (gpointer data)
{
    return *vitrine_host_get_problem (host) != '\0';
}

static gboolean
has_no_problem (gpointer data)
{
    return !has_problem (data);
}

static gboolean
count_cb (gpointer n)
{
    ++*(guint *) n;
    return G_SOURCE_CONTINUE;
}

static void
test_a_daemon_that_hangs_is_noticed_and_found_again (void)
{
    guint n_turns = 0, source = g_timeout_add (50, count_cb, &n_turns);
    g_autoptr (GError) error = NULL;
    gint64 begun = g_get_monotonic_time ();
    GAsyncResult *lists[2] = { NULL };

    g_assert_cmpint (kill (daemon_pid, SIGSTOP), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
        vitrine_machine_list_disks_async (machine, NULL, await_cb, &lists[i]);
    g_assert_false (await_act (machine, VITRINE_ACTION_PAUSE, &error));
    g_test_message ("asked meanwhile: %s", error->message);
    await_until (has_problem, NULL);
    g_test_message ("noticed after %.1f s", (double) (g_get_monotonic_time () - begun) / 1e6);
    g_assert_nonnull (strstr (vitrine_host_get_problem (host), "has stopped answering"));
    for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
        g_autoptr (GAsyncResult) result = await_result (&lists[i]);

        g_assert_null (vitrine_machine_list_disks_finish (machine, result, NULL));
    }
    g_assert_cmpuint (n_turns, >, 20); /* the main loop went on */
    g_source_remove (source);
    g_assert_cmpint (kill (daemon_pid, SIGCONT), ==, 0);
    await_until (has_no_problem, NULL);
    /* What it was asked to do before it hung, it may have done since. */
    virsh ("suspend alpha");
    await_state (machine, VITRINE_MACHINE_PAUSED);
    virsh ("resume alpha");
    await_state (machine, VITRINE_MACHINE_RUNNING);
}

static void
test_a_daemon_that_dies_is_noticed_and_found_again (void)
{
    kill_daemon ();
    await_until (has_problem, NULL);
    g_assert_nonnull (strstr (vitrine_host_get_problem (host), "QEMU/KVM"));
    g_assert_true (vitrine_host_get_ready (host));
    start_daemon ();
    await_until (has_no_problem, NULL);
    virsh ("destroy alpha");
    await_state (machine, VITRINE_MACHINE_OFF);
}

/* --- the end ---------------------------------------------------------------------------------- */

static gboolean
is_alone (gpointer data)
{
    return g_list_model_get_n_items (G_LIST_MODEL (host)) == 1;
}

static gboolean
has_company (gpointer data)
{
    return g_list_model_get_n_items (G_LIST_MODEL (host)) == 2;
}

static void
test_a_transient_machine_comes_and_goes (void)
{
    g_autofree char *xml = make_xml ("beta", "c0ffee00-0000-4000-8000-00000000bbbb");
    g_autofree char *file = g_build_filename (folder, "beta.xml", NULL);

    g_assert_true (g_file_set_contents (file, xml, -1, NULL));
    virsh ("create %s", file);
    await_until (has_company, NULL);
    virsh ("destroy beta");
    await_until (is_alone, NULL);
}

static void
test_a_machine_is_deleted (void)
{
    g_autoptr (GError) error = NULL;

    await_delete (machine, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (host)), ==, 0);
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
    start_daemon ();
}

static void
tear_down (void)
{
    g_clear_object (&machine);
    g_clear_object (&host);
    kill_daemon ();
    g_free (socket_path);
    g_free (folder);
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

int
main (int argc, char **argv)
{
    const char *lack = find_lack ();
    int status;

    if (lack != NULL) {
        g_print ("1..0 # SKIP %s\n", lack);
        return 0;
    }
    become_ordinary ();
    folder = test_folder_new ();
    guard ();
    set_up ();
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/daemon/a-machine-is-defined-and-starts",
                     test_a_machine_is_defined_and_starts);
    g_test_add_func ("/libvirt/daemon/its-display-is-opened", test_its_display_is_opened);
    g_test_add_func ("/libvirt/daemon/a-picture-is-taken", test_a_picture_is_taken);
    g_test_add_func ("/libvirt/daemon/its-serial-console-is-talked-to",
                     test_its_serial_console_is_talked_to);
    g_test_add_func ("/libvirt/daemon/what-virsh-does-is-seen", test_what_virsh_does_is_seen);
    g_test_add_func ("/libvirt/daemon/who-is-asked-to-shut-down-is-stopping-until-he-begins-anew",
                     test_who_is_asked_to_shut_down_is_stopping_until_he_begins_anew);
    g_test_add_func ("/libvirt/daemon/one-that-hangs-is-noticed-and-found-again",
                     test_a_daemon_that_hangs_is_noticed_and_found_again);
    g_test_add_func ("/libvirt/daemon/one-that-dies-is-noticed-and-found-again",
                     test_a_daemon_that_dies_is_noticed_and_found_again);
    g_test_add_func ("/libvirt/daemon/a-transient-machine-comes-and-goes",
                     test_a_transient_machine_comes_and_goes);
    g_test_add_func ("/libvirt/daemon/a-machine-is-deleted", test_a_machine_is_deleted);
    status = g_test_run ();
    tear_down ();
    return status;
}
