/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cli-native.c - vitrinectl on this computer's own engine, with folders and a keeper of
 * the tests. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define UUID "11111111-2222-4333-8444-555555555555"

static char *root;
static char *folder; /* of the machine UUID */

static char *
machine_file (const char *name)
{
    return g_build_filename (folder, name, NULL);
}

static void
write_file (const char *name, const char *text)
{
    g_autofree char *path = machine_file (name);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gboolean
has_file (const char *name)
{
    g_autofree char *path = machine_file (name);

    return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The machine "alpha", with a disk in its own folder and what its keeper shall do. */
static void
define_machine_with_os (const char *os, const char *keeper)
{
    g_autofree char *disk = machine_file ("alpha.raw");
    g_autofree char *xml = g_strdup_printf (
        "<domain type='kvm'><name>alpha</name><uuid>" UUID "</uuid><memory unit='MiB'>64</memory>"
        "<vcpu>1</vcpu><os%s><type arch='x86_64' machine='q35'>hvm</type></os><devices>"
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>"
        "<target dev='vda' bus='virtio'/></disk></devices></domain>",
        os, disk);
    g_autofree char *script = g_strconcat ("[keeper]\n", keeper, NULL);
    struct ran ran = run (xml, "define -");

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpstr (ran.out, ==, UUID "\n");
    ran_clear (&ran);
    write_file ("alpha.raw", "not much of a disk");
    write_file ("keeper.ini", script);
}

static void
define_machine (const char *keeper)
{
    define_machine_with_os ("", keeper);
}

/* Whatever a test did, there is no machine after it. */
static void
undefine_machine (void)
{
    struct ran ran = run (NULL, "poweroff alpha");
    g_autofree char *script = machine_file ("keeper.ini");

    ran_clear (&ran);
    g_unlink (script);
    assert_ran ("undefine alpha --remove-disks", 0, "", "");
    g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_lifecycle (void)
{
    define_machine ("");
    assert_ran ("list", 0, "", "");
    assert_ran ("list --all", 0,
                "NAME   STATE  CPUS  MEMORY    UUID\n"
                "alpha  off    1     64.0 MiB  " UUID "\n",
                "");
    assert_ran ("start " UUID, 0, "", "");
    assert_ran ("start alpha", 1, "", "vitrinectl: “alpha” is running\n");
    assert_ran ("list", 0,
                "NAME   STATE    CPUS  MEMORY    UUID\n"
                "alpha  running  1     64.0 MiB  " UUID "\n",
                "");
    assert_ran ("pause alpha", 0, "", "");
    assert_ran ("wait alpha --state paused", 0, "", "");
    assert_ran ("resume alpha", 0, "", "");
    assert_ran ("reset alpha", 1, "", "vitrinectl: This machine cannot be reset\n");
    assert_ran ("console alpha", 0, "serial0", ""); /* says its name and hangs up */
    assert_ran ("type alpha hello", 0, "", "");
    assert_ran ("undefine alpha", 1, "", "vitrinectl: “alpha” is running; switch it off first\n");
    assert_ran ("shutdown alpha", 0, "", "");
    assert_ran ("wait alpha --state off --timeout 30", 0, "", "");
    undefine_machine ();
}

static void
test_clone (void)
{
    struct ran ran;

    define_machine ("");
    assert_ran ("clone alpha alpha", 1, "",
                "vitrinectl: There is a machine named “alpha” already\n");
    assert_ran ("clone alpha", 2, "", "vitrinectl: Say “vitrinectl clone MACHINE NAME”\n");
    ran = run (NULL, "clone alpha beta");
    g_assert_cmpint (ran.status, ==, 0);
    g_assert_true (g_uuid_string_is_valid (g_strstrip (ran.out)));
    ran_clear (&ran);
    assert_ran ("list --all --names", 0, "alpha\nbeta\n", "");
    assert_ran ("undefine beta --remove-disks", 0, "", "");
    undefine_machine ();
}

/* undefine_machine() sees to it that the variables go with the machine. */
static void
test_uefi_variables_are_made_anew (void)
{
    g_autofree char *nvram = machine_file ("uefi-variables.fd");
    g_autofree char *text = NULL;

    define_machine_with_os (" firmware='efi'", "");
    assert_ran ("start alpha", 0, "", "");
    g_assert_false (g_file_test (nvram, G_FILE_TEST_EXISTS));
    assert_ran ("poweroff alpha", 0, "", "");
    assert_ran ("start --reset-nvram alpha", 0, "", "");
    g_assert_true (g_file_get_contents (nvram, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "anew");
    undefine_machine ();
}

static void
test_wait_is_woken_by_another_process (void)
{
    g_autoptr (GSubprocess) running = NULL;
    g_autoptr (GSubprocess) off = NULL;

    define_machine ("");
    running = start ("wait alpha --state running --timeout 60");
    assert_ran ("start alpha", 0, "", "");
    g_assert_cmpint (await_end (running), ==, 0);
    off = start ("wait alpha --state off --timeout 60");
    assert_ran ("poweroff alpha", 0, "", "");
    g_assert_cmpint (await_end (off), ==, 0);
    undefine_machine ();
}

static void
test_crash_is_told (void)
{
    struct ran ran;

    define_machine ("crash-on=Pause\n");
    assert_ran ("start alpha", 0, "", "");
    ran = run (NULL, "pause alpha");
    g_assert_cmpint (ran.status, ==, 1);
    ran_clear (&ran);
    assert_ran ("wait alpha --state off", 1, "",
                "vitrinectl: “alpha” has crashed: the machine's process was killed\n");
    undefine_machine ();
}

static void
test_failed_start_says_why (void)
{
    define_machine ("fail=org.vitrine.Error.Busy\nsentence=Its disk is in use.\n");
    assert_ran ("start alpha", 1, "", "vitrinectl: Its disk is in use.\n");
    undefine_machine ();
}

static void
changed_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
            gpointer user_data)
{
    g_main_context_wakeup (NULL);
}

/* The definition has TEXT in it, or not. */
static void
assert_defined (const char *text, gboolean expected)
{
    g_autofree char *path = machine_file ("machine.xml");
    g_autofree char *xml = NULL;

    g_assert_true (g_file_get_contents (path, &xml, NULL, NULL));
    if ((strstr (xml, text) != NULL) != expected)
        g_error ("“%s” is%s in %s", text, expected ? " not" : "", xml);
}

static void
assert_attached (const char *expected)
{
    g_autofree char *path = machine_file ("logs/attach.log");
    g_autofree char *element = NULL;

    g_assert_true (g_file_get_contents (path, &element, NULL, NULL));
    g_assert_cmpstr (element, ==, expected);
}

static void
test_devices_of_a_machine_that_runs (void)
{
    define_machine ("");
    assert_ran ("start alpha", 0, "", "");
    assert_ran ("attach alpha disk /x.img,serial=S1,cache=none", 0, "virtio-disk1\n", "");
    assert_attached ("<disk type='file' device='disk'><source file='/x.img'></source>"
                     "<serial>S1</serial><driver cache='none'></driver>"
                     "<target dev='vdb'></target></disk>");
    assert_defined ("/x.img", FALSE);
    assert_ran ("detach alpha virtio-disk1", 0, "", "");
    assert_ran ("attach alpha rng", 0, "virtio-disk1\n", "");
    assert_attached ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>");
    assert_ran ("attach alpha flux a.b=c,@d=e&f,g=<", 0, "", "");
    assert_attached ("<flux d='e&amp;f'><a b='c'></a><g>&lt;</g></flux>");
    assert_ran ("attach alpha disk /a,,b,,,serial=S,,1", 0, "", "");
    assert_attached ("<disk type='file' device='disk'><source file='/a,b,'></source>"
                     "<serial>S,1</serial><target dev='vdc'></target></disk>");
    assert_ran ("attach alpha nic mac=52:54:00:00:00:01", 0, "", "");
    assert_attached ("<interface type='user'><mac address='52:54:00:00:00:01'></mac>"
                     "<model type='virtio'></model><backend type='passt'></backend></interface>");
    assert_ran ("attach alpha nic bridge=br0", 0, "", "");
    assert_attached ("<interface type='bridge'><source bridge='br0'></source>"
                     "<model type='virtio'></model></interface>");
    assert_ran ("attach alpha nic network=lab", 0, "", "");
    assert_attached ("<interface type='network'><source network='lab'></source>"
                     "<model type='virtio'></model></interface>");
    assert_ran ("detach alpha nothing", 1, "", "vitrinectl: “alpha” has no device “nothing”\n");
    assert_ran ("detach alpha ''", 1, "", "vitrinectl: “alpha” has no device “”\n");
    assert_ran ("eject alpha ''", 1, "", "vitrinectl: “alpha” has no device “”\n");
    assert_ran ("resize alpha '' 1G", 1, "", "vitrinectl: “alpha” has no device “”\n");
    undefine_machine ();
}

/* Runs COMMAND with INPUT and expects what it prints. */
static void
assert_said (const char *input, const char *command, int status, const char *out, const char *err)
{
    struct ran ran = run (input, "%s", command);

    g_assert_cmpstr (ran.err, ==, err);
    g_assert_cmpstr (ran.out, ==, out);
    g_assert_cmpint (ran.status, ==, status);
    ran_clear (&ran);
}

static void
test_encrypted_disk_of_a_machine_that_runs (void)
{
    const char *attach = "attach alpha disk /x.luks,format=luks --passphrase-file -";

    define_machine ("");
    assert_ran ("start alpha", 0, "", "");
    assert_said ("barley\n", attach, 1, "", "vitrinectl: That is not the passphrase\n");
    assert_said ("sesame\n", attach, 0, "virtio-disk1\n", "");
    assert_said ("", "attach alpha disk /x.img --passphrase-file /nowhere", 0, "",
                 ""); /* it needs none */
    undefine_machine ();
}

static void
test_devices_of_a_definition (void)
{
    define_machine ("");
    assert_ran ("detach alpha virtio-disk1", 1, "",
                "vitrinectl: “alpha” has no device “virtio-disk1”\n");
    assert_ran ("attach alpha disk /y.img", 0, "virtio-disk1\n", "");
    assert_defined ("/y.img", TRUE);
    assert_ran ("attach alpha flux", 1, "", "vitrinectl: Vitrine cannot do <flux> yet (in <devices>)\n");
    assert_ran ("attach alpha disk /z.img --live", 1, "", "vitrinectl: “alpha” is not running\n");
    assert_defined ("/z.img", FALSE);
    assert_ran ("detach alpha virtio-disk1", 0, "", "");
    assert_defined ("/y.img", FALSE);
    undefine_machine ();
}

/* Both or nothing: what the guest keeps stays in the definition, what a definition does not take is not done. */
static void
test_devices_of_both (void)
{
    define_machine ("keeps-device=true\n");
    assert_ran ("start alpha", 0, "", "");
    assert_ran ("attach alpha disk /y.img --live --config", 0, "virtio-disk1\n", "");
    assert_defined ("/y.img", TRUE);
    assert_ran ("detach alpha virtio-disk1 --live --config", 1, "", "vitrinectl: The guest keeps it\n");
    assert_defined ("/y.img", TRUE);
    assert_ran ("attach alpha flux --live --config", 1, "",
                "vitrinectl: Vitrine cannot do <flux> yet (in <devices>)\n");
    assert_ran ("detach alpha virtio-disk1 --live --config --force", 0, "", "");
    assert_defined ("/y.img", FALSE);
    undefine_machine ();
}

static void
test_an_element_from_a_file (void)
{
    struct ran ran;

    define_machine ("");
    assert_ran ("start alpha", 0, "", "");
    ran = run ("<rng model='virtio'/>", "attach alpha --xml -");
    g_assert_cmpstr (ran.err, ==, "");
    ran_clear (&ran);
    assert_attached ("<rng model='virtio'/>");
    assert_ran ("attach alpha --xml /nonexistent", 1, "",
                "vitrinectl: “/nonexistent” cannot be opened: No such file or directory\n");
    assert_ran ("attach alpha", 2, "",
                "vitrinectl: Say what to attach: KIND [SETTINGS], or --xml FILE\n");
    assert_ran ("attach alpha rng --xml -", 2, "",
                "vitrinectl: Say what to attach: KIND [SETTINGS], or --xml FILE\n");
    undefine_machine ();
}

static void
assert_no_setting (const char *setting)
{
    g_autofree char *line = g_strdup_printf ("set alpha %s", setting);
    g_autofree char *words = g_strdup_printf (
        "vitrinectl: “%s” is no setting; say vcpus=NUMBER, max-vcpus=NUMBER, memory=SIZE or "
        "max-memory=SIZE, or a network card or disk and what shall be of it, as net0 "
        "forward=tcp:2222:22 or virtio-disk0 iops=500\n",
        setting);

    assert_ran (line, 2, "", words);
}

static void
test_processors (void)
{
    define_machine ("");
    assert_ran ("set alpha max-vcpus=4", 0, "", "");
    assert_defined ("<vcpu current=\"1\">4</vcpu>", TRUE);
    assert_ran ("start alpha", 0, "", "");
    assert_ran ("set alpha vcpus=3", 0, "", "");
    assert_ran ("list", 0,
                "NAME   STATE    CPUS  MEMORY    UUID\n"
                "alpha  running  3     64.0 MiB  " UUID "\n",
                "");
    assert_defined ("<vcpu current=\"1\">4</vcpu>", TRUE);
    assert_ran ("set alpha vcpus=5", 1, "", "vitrinectl: This machine can have 1 to 4 processors\n");
    assert_ran ("set alpha vcpus=2 --live --config", 0, "", "");
    assert_defined ("<vcpu current=\"2\">4</vcpu>", TRUE);
    assert_no_setting ("vcpus=0");
    assert_no_setting ("vcpus");
    assert_no_setting ("processors=2");
    undefine_machine ();
}

static void
test_memory (void)
{
    define_machine ("");
    assert_ran ("set alpha max-memory=96M", 0, "", "");
    assert_defined ("<maxMemory slots=\"1\" unit=\"KiB\">98304</maxMemory>", TRUE);
    assert_ran ("start alpha", 0, "", "");
    assert_ran ("set alpha memory=80M vcpus=2", 0, "", "");
    assert_ran ("list", 0,
                "NAME   STATE    CPUS  MEMORY    UUID\n"
                "alpha  running  2     80.0 MiB  " UUID "\n",
                "");
    assert_defined ("<requested unit=\"KiB\">0</requested>", TRUE);
    assert_ran ("set alpha memory=97M", 1, "",
                "vitrinectl: “alpha” can have 8 to 96 MiB of memory\n");
    assert_ran ("set alpha memory=72M --live --config", 0, "", "");
    assert_defined ("<requested unit=\"KiB\">8192</requested>", TRUE);
    assert_ran ("set alpha max-memory=128M", 1, "",
                "vitrinectl: The most memory “alpha” may have changes in its definition only, for "
                "the next start\n");
    assert_ran ("set alpha max-memory=128M --config", 0, "", "");
    assert_defined ("<size unit=\"KiB\">65536</size>", TRUE);
    assert_no_setting ("memory=1");
    assert_no_setting ("memory=0M");
    undefine_machine ();
}

/* Runs the main loop until PATH is there; its parent is. */
static void
await_file (const char *path)
{
    g_autoptr (GFile) file = g_file_new_for_path (path);
    g_autoptr (GFileMonitor) monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);

    g_signal_connect (monitor, "changed", G_CALLBACK (changed_cb), NULL);
    while (!g_file_test (path, G_FILE_TEST_EXISTS))
        g_main_context_iteration (NULL, TRUE);
}

static void
test_interrupted_start_is_undone (void)
{
    g_autofree char *sockets = g_build_filename (root, "run", "vitrine", NULL);
    g_autofree char *own = g_build_filename (sockets, UUID, NULL);
    g_autofree char *control = g_build_filename (own, "control", NULL);
    g_autoptr (GSubprocess) process = NULL;

    define_machine ("starts-forever=true\n");
    g_mkdir_with_parents (own, 0700); /* so that the socket can be waited for */
    process = start ("start alpha");
    await_file (control);
    g_subprocess_send_signal (process, SIGINT);
    g_assert_cmpint (await_end (process), ==, -SIGINT);
    g_assert_false (g_file_test (control, G_FILE_TEST_EXISTS));
    assert_ran ("wait alpha --state off --timeout 0.01", 0, "", "");
    undefine_machine ();
}

static void
test_undefine_keeps_what_is_not_asked_for (void)
{
    g_autofree char *disk = machine_file ("alpha.raw");
    g_autofree char *notes = machine_file ("notes.txt");
    g_autofree char *script = machine_file ("keeper.ini");
    g_autofree char *kept = g_strdup_printf ("vitrinectl: “%s” is kept\n", disk);

    define_machine ("");
    g_unlink (script);
    assert_ran ("undefine alpha", 0, "", kept);
    assert_ran ("list --all", 0, "", "");
    g_assert_true (has_file ("alpha.raw"));
    g_assert_false (has_file ("machine.xml"));

    /* Defined again it has its disk again; then the disk goes, and the user's notes stay. */
    define_machine ("");
    g_unlink (script);
    write_file ("notes.txt", "mine");
    assert_ran ("undefine alpha --remove-disks", 0, "", "");
    g_assert_false (has_file ("alpha.raw"));
    g_assert_true (has_file ("notes.txt"));
    g_unlink (notes);
    g_rmdir (folder);
}

static void
test_wait_ends_with_the_machine (void)
{
    g_autoptr (GSubprocess) process = NULL;

    define_machine ("");
    process = start ("wait alpha --state running --timeout 60");
    undefine_machine ();
    g_assert_cmpint (await_end (process), ==, 1);
}

static void
test_create_without_kvm_is_refused (void)
{
    struct ran ran = run (NULL, "create --name beta --memory 64 --disk size=1M");

    g_assert_cmpint (ran.status, ==, 1);
    g_assert_nonnull (strstr (ran.err, "/nonexistent/kvm"));
    ran_clear (&ran);
    assert_ran ("list --all", 0, "", "");
    ran = run (NULL, "host check --json");
    g_assert_cmpint (ran.status, ==, 1);
    g_assert_true (g_str_has_prefix (ran.out, "[{\"id\":\"kvm\",\"status\":\"failed\","));
    ran_clear (&ran);
}

static void
test_display_names_nothing_without_a_keeper (void)
{
    define_machine ("");
    assert_ran ("display alpha", 1, "", "vitrinectl: “alpha” is not running\n");
    undefine_machine ();
}

int
main (int argc, char **argv)
{
    g_autofree char *data = NULL;
    g_autofree char *sockets = NULL;
    int ret;

    root = g_dir_make_tmp ("vitrine-test-XXXXXX", NULL);
    data = g_build_filename (root, "data", NULL);
    sockets = g_build_filename (root, "run", NULL);
    folder = g_build_filename (data, "vitrine", "machines", UUID, NULL);
    g_mkdir (sockets, 0700);
    g_setenv ("XDG_DATA_HOME", data, TRUE);
    g_setenv ("XDG_RUNTIME_DIR", sockets, TRUE);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cli/native/lifecycle", test_lifecycle);
    g_test_add_func ("/cli/native/clone", test_clone);
    g_test_add_func ("/cli/native/wait-is-woken-by-another-process",
                     test_wait_is_woken_by_another_process);
    g_test_add_func ("/cli/native/crash-is-told", test_crash_is_told);
    g_test_add_func ("/cli/native/uefi-variables-are-made-anew",
                     test_uefi_variables_are_made_anew);
    g_test_add_func ("/cli/native/failed-start-says-why", test_failed_start_says_why);
    g_test_add_func ("/cli/native/interrupted-start-is-undone", test_interrupted_start_is_undone);
    g_test_add_func ("/cli/native/undefine-keeps-what-is-not-asked-for",
                     test_undefine_keeps_what_is_not_asked_for);
    g_test_add_func ("/cli/native/devices/of-a-machine-that-runs",
                     test_devices_of_a_machine_that_runs);
    g_test_add_func ("/cli/native/devices/encrypted-disk-of-a-machine-that-runs",
                     test_encrypted_disk_of_a_machine_that_runs);
    g_test_add_func ("/cli/native/devices/of-a-definition", test_devices_of_a_definition);
    g_test_add_func ("/cli/native/devices/of-both", test_devices_of_both);
    g_test_add_func ("/cli/native/devices/from-a-file", test_an_element_from_a_file);
    g_test_add_func ("/cli/native/processors", test_processors);
    g_test_add_func ("/cli/native/memory", test_memory);
    g_test_add_func ("/cli/native/wait-ends-with-the-machine", test_wait_ends_with_the_machine);
    g_test_add_func ("/cli/native/create-without-kvm-is-refused",
                     test_create_without_kvm_is_refused);
    g_test_add_func ("/cli/native/display-names-nothing-without-a-keeper",
                     test_display_names_nothing_without_a_keeper);
    ret = g_test_run ();
    remove_folder (root);
    g_free (folder);
    g_free (root);
    return ret;
}
