/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-daemon.c - machines of a libvirt daemon that is real.  The tests are one story and come in its order. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "libvirt-daemon.h"

#define UUID "c0ffee00-0000-4000-8000-00000000aaaa"

static VitrineHost *host;
static VitrineMachine *machine;

/* --- the machine ------------------------------------------------------------------------------ */

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
    g_autofree char *xml = libvirt_daemon_make_xml ("alpha", UUID, "");
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
/* The same of one machine, and of one among several: another call of libvirt's. */
static void
test_its_figures_are_read (void)
{
    g_autoptr (GPtrArray) several = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineStats) before = await_stats (host, machine, &error);
    g_autoptr (GHashTable) all = NULL;
    const VitrineStats *now;

    g_assert_no_error (error);
    g_ptr_array_add (several, machine);
    g_ptr_array_add (several, machine);
    all = await_all_stats (host, several, &error);
    g_assert_no_error (error);
    now = g_hash_table_lookup (all, machine);
    g_assert_nonnull (now);
    g_assert_cmpuint (now->n_vcpus, ==, vitrine_machine_get_vcpus (machine));
    g_assert_cmpuint (before->cpu_ns, !=, VITRINE_STATS_UNKNOWN);
    g_assert_cmpuint (now->cpu_ns, >, before->cpu_ns);
    g_assert_cmpuint (now->memory_bytes, ==, vitrine_machine_get_memory_bytes (machine));
    g_assert_cmpuint (now->host_memory_bytes, <, G_GUINT64_CONSTANT (8) << 30);
    g_test_message ("%u vCPUs of %u told, %u disks, %u cards", now->vcpu_ns->len, now->n_vcpus,
                    now->disks->len, now->nics->len);
}

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
    libvirt_daemon_virsh ("suspend alpha");
    await_state (machine, VITRINE_MACHINE_PAUSED);
    libvirt_daemon_virsh ("resume alpha");
    await_state (machine, VITRINE_MACHINE_RUNNING);
}

static void
test_who_is_asked_to_shut_down_is_stopping_until_he_begins_anew (void)
{
    act (VITRINE_ACTION_SHUTDOWN, VITRINE_MACHINE_STOPPING); /* no system listens */
    libvirt_daemon_virsh ("reset alpha");
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
    GAsyncResult *lists[2] = { NULL }, *figures = NULL;
    g_autoptr (GPtrArray) machines = g_ptr_array_new ();
    g_autoptr (GAsyncResult) no_figures = NULL;

    libvirt_daemon_signal (SIGSTOP);
    for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
        vitrine_machine_list_disks_async (machine, NULL, await_cb, &lists[i]);
    g_ptr_array_add (machines, machine);
    vitrine_host_get_stats_async (host, machines, NULL, await_cb, &figures);
    g_assert_false (await_act (machine, VITRINE_ACTION_PAUSE, &error));
    g_test_message ("asked meanwhile: %s", error->message);
    await_until (has_problem, NULL);
    g_test_message ("noticed after %.1f s", (double) (g_get_monotonic_time () - begun) / 1e6);
    g_assert_nonnull (strstr (vitrine_host_get_problem (host), "has stopped answering"));
    for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
        g_autoptr (GAsyncResult) result = await_result (&lists[i]);

        g_assert_null (vitrine_machine_list_disks_finish (machine, result, NULL));
    }
    no_figures = await_result (&figures);
    g_assert_null (vitrine_host_get_stats_finish (host, no_figures, NULL));
    g_assert_cmpuint (n_turns, >, 20); /* the main loop went on */
    g_source_remove (source);
    libvirt_daemon_signal (SIGCONT);
    await_until (has_no_problem, NULL);
    /* What it was asked to do before it hung, it may have done since. */
    libvirt_daemon_virsh ("suspend alpha");
    await_state (machine, VITRINE_MACHINE_PAUSED);
    libvirt_daemon_virsh ("resume alpha");
    await_state (machine, VITRINE_MACHINE_RUNNING);
}

static void
test_a_daemon_that_dies_is_noticed_and_found_again (void)
{
    libvirt_daemon_kill ();
    await_until (has_problem, NULL);
    g_assert_nonnull (strstr (vitrine_host_get_problem (host), "QEMU/KVM"));
    g_assert_true (vitrine_host_get_ready (host));
    libvirt_daemon_start ();
    await_until (has_no_problem, NULL);
    libvirt_daemon_virsh ("destroy alpha");
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
    g_autofree char *xml =
        libvirt_daemon_make_xml ("beta", "c0ffee00-0000-4000-8000-00000000bbbb", "");
    g_autofree char *file = g_build_filename (libvirt_daemon_folder (), "beta.xml", NULL);

    g_assert_true (g_file_set_contents (file, xml, -1, NULL));
    libvirt_daemon_virsh ("create %s", file);
    await_until (has_company, NULL);
    libvirt_daemon_virsh ("destroy beta");
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

int
main (int argc, char **argv)
{
    int status;

    if (!libvirt_daemon_begin ())
        return 0;
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/daemon/a-machine-is-defined-and-starts",
                     test_a_machine_is_defined_and_starts);
    g_test_add_func ("/libvirt/daemon/its-display-is-opened", test_its_display_is_opened);
    g_test_add_func ("/libvirt/daemon/a-picture-is-taken", test_a_picture_is_taken);
    g_test_add_func ("/libvirt/daemon/its-figures-are-read", test_its_figures_are_read);
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
    g_clear_object (&machine);
    g_clear_object (&host);
    libvirt_daemon_end ();
    return status;
}
