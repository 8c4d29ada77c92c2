/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-cli.c - what vitrinectl prints and how it ends, on a fake host. */
#define _GNU_SOURCE /* ptsname */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "run.h"

/* --- listings --------------------------------------------------------------------------------- */

static void
test_list_shows_what_runs (void)
{
    assert_ran ("list", 0,
                "NAME      STATE    CPUS  MEMORY     UUID\n"
                "alpha     running  1     512.0 MiB  11111111-2222-4333-8444-555555555555\n"
                "stubborn  running  2     2.0 GiB    55555555-2222-4333-8444-555555555555\n",
                "");
}

static void
test_list_all_is_sorted (void)
{
    assert_ran ("list --all", 0,
                "NAME      STATE          CPUS  MEMORY     UUID\n"
                "alpha     running        1     512.0 MiB  11111111-2222-4333-8444-555555555555\n"
                "beta 9    crashed        2     2.0 GiB    33333333-2222-4333-8444-555555555555\n"
                "Beta 10   off            2     2.0 GiB    22222222-2222-4333-8444-555555555555\n"
                "broken    off, unusable  -     -          44444444-2222-4333-8444-555555555555\n"
                "doomed    off            2     2.0 GiB    66666666-2222-4333-8444-555555555555\n"
                "slow      off            2     2.0 GiB    77777777-2222-4333-8444-555555555555\n"
                "stubborn  running        2     2.0 GiB    55555555-2222-4333-8444-555555555555\n",
                "");
}

static void
test_list_names (void)
{
    assert_ran ("list -a --names", 0, "alpha\nbeta 9\nBeta 10\nbroken\ndoomed\nslow\nstubborn\n",
                "");
    assert_ran ("list --names --json", 2, "",
                "vitrinectl: --names and --json cannot both be had\n");
}

static void
test_list_json (void)
{
    assert_ran ("list --json", 0,
                "[{\"name\":\"alpha\",\"uuid\":\"11111111-2222-4333-8444-555555555555\","
                "\"state\":\"running\",\"state_reason\":\"\",\"vcpus\":1,"
                "\"memory_bytes\":536870912,\"problem\":\"\"},"
                "{\"name\":\"stubborn\",\"uuid\":\"55555555-2222-4333-8444-555555555555\","
                "\"state\":\"running\",\"state_reason\":\"\",\"vcpus\":2,"
                "\"memory_bytes\":2147483648,\"problem\":\"\"}]\n",
                "");
}

static void
test_info (void)
{
    assert_ran ("info 22222222-2222-4333-8444-555555555555", 0,
                "Name:      Beta 10\n"
                "UUID:      22222222-2222-4333-8444-555555555555\n"
                "State:     off\n"
                "CPUs:      2\n"
                "Memory:    2.0 GiB\n"
                "Firmware:  UEFI\n"
                "\n"
                "DEVICE        KIND        MODEL      SOURCE\n"
                "virtio-disk0  disk        virtio     /fake/beta.raw\n"
                "virtio-disk1  disk        virtio     /shared.raw\n"
                "sata0-0-0     cdrom       sata\n"
                "serial0       serial      16550a\n"
                "input0        tablet      usb\n"
                "keyboard      keyboard    ps2\n"
                "mouse         mouse       ps2\n"
                "video0        video       vga\n"
                "usb           controller  qemu-xhci\n"
                "rng0          rng         virtio\n"
                "\n"
                "DISK            ON THE HOST\n"
                "/fake/beta.raw  1.0 MiB\n"
                "/shared.raw     2.0 MiB\n",
                "");
}

static void
test_info_of_a_problem (void)
{
    assert_ran ("info broken", 0,
                "Name:     broken\n"
                "UUID:     44444444-2222-4333-8444-555555555555\n"
                "State:    off\n"
                "Problem:  Something is missing\n",
                "");
    assert_ran (
        "info 'beta 9' --json", 0,
        "{\"name\":\"beta 9\",\"uuid\":\"33333333-2222-4333-8444-555555555555\","
        "\"state\":\"crashed\",\"state_reason\":\"The machine's process was killed\","
        "\"start_time\":0,\"vcpus\":2,\"memory_bytes\":2147483648,"
        "\"firmware\":\"bios\",\"os\":\"\",\"problem\":\"\","
        "\"warnings\":[],\"consoles\":[],\"folder\":null,\"devices\":["
        "{\"alias\":\"sata0-0-0\",\"kind\":\"cdrom\",\"model\":\"sata\",\"source\":\"\"},"
        "{\"alias\":\"serial0\",\"kind\":\"serial\",\"model\":\"16550a\",\"source\":\"\"},"
        "{\"alias\":\"input0\",\"kind\":\"tablet\",\"model\":\"usb\",\"source\":\"\"},"
        "{\"alias\":\"keyboard\",\"kind\":\"keyboard\",\"model\":\"ps2\",\"source\":\"\"},"
        "{\"alias\":\"mouse\",\"kind\":\"mouse\",\"model\":\"ps2\",\"source\":\"\"},"
        "{\"alias\":\"video0\",\"kind\":\"video\",\"model\":\"vga\",\"source\":\"\"},"
        "{\"alias\":\"usb\",\"kind\":\"controller\",\"model\":\"qemu-xhci\",\"source\":\"\"},"
        "{\"alias\":\"rng0\",\"kind\":\"rng\",\"model\":\"virtio\",\"source\":\"\"}],"
        "\"disks\":[]}\n",
        "");
}

static void
test_host_check (void)
{
    assert_ran ("host check", 0,
                "ok       kvm       KVM answers\n"
                "warning  firmware  It is old; this mends it: sudo apt install seabios\n",
                "");
    assert_ran ("host check --json", 0,
                "[{\"id\":\"kvm\",\"status\":\"ok\",\"text\":\"KVM answers\",\"mend\":\"\"},"
                "{\"id\":\"firmware\",\"status\":\"warning\",\"text\":\"It is old\","
                "\"mend\":\"sudo apt install seabios\"}]\n",
                "");
    assert_ran ("host burn", 2, "",
                "vitrinectl: “host burn” is nothing that can be done; say “host check”\n");
}

static void
test_devices_are_described (void)
{
    assert_ran ("attach --describe watchdog", 0,
                "Watchdog: Does something when the guest’s system hangs\n"
                "SETTING  VALUES                              DEFAULT  MEANING\n"
                "action   reset|shutdown|poweroff|pause|none  reset    When it hangs\n",
                "");
    assert_ran ("attach --describe usb --json", 0,
                "[{\"kind\":\"usb\",\"title\":\"USB controller\",\"settings\":[{\"key\":\"ports\","
                "\"type\":\"number\",\"title\":\"Ports\",\"default\":\"4\",\"required\":false,"
                "\"min\":1,\"max\":15}]}]\n",
                "");
    assert_ran ("attach --describe flux", 2, "",
                "vitrinectl: “flux” is no kind of device; “attach --describe” lists them\n");
}

/* --- usage ------------------------------------------------------------------------------------ */

static void
test_misunderstandings_end_with_2 (void)
{
    static const char *const commands[] = {
        "",
        "fly",
        "--fly",
        "list --fly",
        "list alpha",
        "info",
        "info alpha stubborn",
        "start",
        "wait alpha",
        "wait alpha --state asleep",
        "wait alpha --state off --timeout soon",
        "wait alpha --state off --timeout -1",
        "wait alpha --state off --timeout nan",
        "wait alpha --state ''",
        "screenshot alpha",
        "send-keys alpha",
        "send-keys alpha ctrl+",
        "type alpha",
        "clone",
        "snapshot",
        "snapshot list",
        "image",
        "image fly",
        "image info",
        "image grow x lots",
        "undo alpha",
        "undo fly alpha",
        "start --disposable --undo alpha",
        "snapshot fly alpha",
        "snapshot create alpha",
        "define",
        "dumpxml",
        "edit",
        "undefine",
        "host",
        "net",
        "net fly",
        "net info",
        "net list lab",
        "net create",
        "attach",
        "attach --describe disk disk",
        "create --name a --memory lots",
        "create --name a --memory 0",
        "create --name a --vcpus -1",
        "create",
        "create --name",
        "create --name a --graphics cga",
        "create --name a --firmware openboot",
        "create --name a --disk size=10",
        "create --name a --disk bus=scsi",
        "create a",
        "type alpha 'grün'",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++) {
        struct ran ran = run (NULL, "%s", commands[i]);

        if (ran.status != 2 || *ran.out != '\0' || !g_str_has_prefix (ran.err, "vitrinectl: ")
            || strchr (ran.err, '\n') != ran.err + strlen (ran.err) - 1)
            g_error ("“%s” ended with %d, “%s”, “%s”", commands[i], ran.status, ran.out, ran.err);
        ran_clear (&ran);
    }
}

static void
test_refusals_say_why (void)
{
    struct ran ran = run (NULL, "create --name a --firmware openboot");

    g_assert_nonnull (strstr (ran.err, "bios or uefi"));
    ran_clear (&ran);
    ran = run (NULL, "create --name a --graphics cga");
    g_assert_nonnull (strstr (ran.err, "vnc, spice or none"));
    ran_clear (&ran);
}

static void
test_help_and_version (void)
{
    struct ran ran = run (NULL, "--help");

    g_assert_cmpint (ran.status, ==, 0);
    g_assert_nonnull (strstr (ran.out, "\n  send-keys   "));
    ran_clear (&ran);
    ran = run (NULL, "create --help");
    g_assert_cmpint (ran.status, ==, 0);
    g_assert_nonnull (strstr (ran.out, "vitrinectl create [OPTION"));
    g_assert_nonnull (strstr (ran.out, "--disk=SPEC"));
    ran_clear (&ran);
    ran = run (NULL, "--version");
    g_assert_cmpint (ran.status, ==, 0);
    g_assert_true (g_str_has_prefix (ran.out, "vitrinectl "));
    ran_clear (&ran);
}

/* --- what is written about it ----------------------------------------------------------------- */

static char *
read_data (const char *name)
{
    g_autofree char *path = g_build_filename (g_getenv ("VITRINE_DATA"), name, NULL);
    g_autoptr (GError) error = NULL;
    char *text = NULL;

    g_file_get_contents (path, &text, NULL, &error);
    g_assert_no_error (error);
    return text;
}

static void
assert_written_of (const char *manual, const char *completion, const char *word)
{
    g_auto (GStrv) parts = g_strsplit (word, "-", -1);
    g_autofree char *roff = g_strjoinv ("\\-", parts);

    if (strstr (manual, roff) == NULL)
        g_error ("the manual page knows no “%s”", word);
    if (strstr (completion, word) == NULL)
        g_error ("the completion knows no “%s”", word);
}

/* Each "  --option" of VERB's help. */
static void
assert_options_written_of (const char *manual, const char *completion, const char *verb)
{
    struct ran ran = run (NULL, "%s --help", verb);
    g_auto (GStrv) lines = g_strsplit (ran.out, "\n", -1);

    for (gsize i = 0; lines[i] != NULL; i++) {
        char *option = strstr (lines[i], "--");

        if (!g_str_has_prefix (lines[i], "  -") || option == NULL)
            continue;
        option[strcspn (option, " =")] = '\0';
        assert_written_of (manual, completion, option);
    }
    ran_clear (&ran);
}

static void
test_manual_and_completion_know_all (void)
{
    g_autofree char *manual = read_data ("man/vitrinectl.1");
    g_autofree char *completion = read_data ("completions/vitrinectl.bash");
    struct ran ran = run (NULL, "--help");
    g_auto (GStrv) lines = g_strsplit (strstr (ran.out, "Verbs:\n"), "\n", -1);
    guint n_verbs = 0;

    for (gsize i = 1; *lines[i] != '\0'; i++, n_verbs++) {
        char *verb = g_strstrip (lines[i]);

        verb[strcspn (verb, " ")] = '\0';
        assert_written_of (manual, completion, verb);
        assert_options_written_of (manual, completion, verb);
    }
    g_assert_cmpuint (n_verbs, ==, 36);
    ran_clear (&ran);
}

static void
test_unwritable_output_is_a_failure (void)
{
    g_autofree char *command =
        g_strconcat ("sh -c '", g_getenv ("VITRINECTL"), " list > /dev/full'", NULL);
    g_autofree char *err = NULL;
    int status;

    if (g_access ("/dev/full", W_OK) != 0) {
        g_test_skip ("there is no /dev/full");
        return;
    }
    g_assert_true (g_spawn_command_line_sync (command, NULL, &err, &status, NULL));
    g_assert_cmpint (WEXITSTATUS (status), ==, 1);
    g_assert_nonnull (strstr (err, "could not be written"));
}

static void
test_unknown_host (void)
{
    struct ran ran = run (NULL, "-c nowhere list");

    g_assert_cmpint (ran.status, ==, 1);
    g_assert_nonnull (strstr (ran.err, "“nowhere” is no host"));
    ran_clear (&ran);
}

/* --- lifecycle -------------------------------------------------------------------------------- */

static void
test_lifecycle_refusals (void)
{
    assert_ran ("start alpha", 1, "", "vitrinectl: “alpha” is running\n");
    assert_ran ("start broken", 1, "", "vitrinectl: “broken” cannot start: Something is missing\n");
    assert_ran ("start --reset-nvram alpha", 1, "",
                "vitrinectl: “alpha” has a BIOS, and no UEFI variables to make anew\n");
    assert_ran ("pause stubborn", 1, "", "vitrinectl: It does not want to\n");
    assert_ran ("resume alpha", 1, "", "vitrinectl: “alpha” is running\n");
    assert_ran ("shutdown 'Beta 10'", 1, "", "vitrinectl: “Beta 10” is not running\n");
    assert_ran ("reset nobody", 1, "", "vitrinectl: There is no machine “nobody”\n");
}

static void
test_lifecycle_works (void)
{
    static const char *const commands[] = { "start 'Beta 10'", "start --reset-nvram 'Beta 10'",
                                            "shutdown alpha", "poweroff alpha",
                                            "reset alpha",    "pause alpha" };

    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
        assert_ran (commands[i], 0, "", "");
}

static void
test_one_failure_does_not_stop_the_others (void)
{
    assert_ran ("pause nobody alpha stubborn", 1, "",
                "vitrinectl: There is no machine “nobody”\nvitrinectl: It does not want to\n");
}

static void
test_wait (void)
{
    assert_ran ("wait alpha --state running", 0, "", "");
    assert_ran ("wait alpha --state off,running", 0, "", "");
    assert_ran ("wait alpha --state off --timeout 0.05", 1, "",
                "vitrinectl: “alpha” is still in the state running\n");
    assert_ran ("wait 'beta 9' --state off", 1, "",
                "vitrinectl: “beta 9” has crashed: The machine's process was killed\n");
    assert_ran ("wait 'beta 9' --state crashed,off", 0, "", "");
    assert_ran ("wait nobody --state off", 1, "", "vitrinectl: There is no machine “nobody”\n");
}

/* --- making and deleting ---------------------------------------------------------------------- */

static void
test_create_prints_the_uuid (void)
{
    struct ran ran =
        run (NULL, "create --name fresh --disk size=1G --disk size=2G,bus=sata "
                   "--memory 512 --vcpus 2 --cpu-model Westmere --graphics none --start");

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    g_strchomp (ran.out);
    g_assert_true (g_uuid_string_is_valid (ran.out));
    ran_clear (&ran);
}

static void
test_systems (void)
{
    assert_ran ("os list", 0,
                "NAME      SYSTEM     VERSION  VENDOR          SUPPORT\n"
                "debian12  Debian 12  12       Debian Project\n",
                "");
    assert_ran ("os list DEB 7", 0,
                "NAME     SYSTEM    VERSION  VENDOR          SUPPORT\n"
                "debian7  Debian 7  7        Debian Project  ended\n",
                "");
    assert_ran (
        "os list --json 12", 0,
        "[{\"short_id\":\"debian12\",\"id\":\"http://debian.org/debian/12\",\"name\":\"Debian 12\","
        "\"version\":\"12\",\"vendor\":\"Debian Project\",\"family\":\"linux\",\"ended\":false,"
        "\"vcpus\":0,\"memory_mib\":1024,\"disk_mib\":0,\"firmware\":\"bios\",\"disk_bus\":"
        "\"scsi\",\"nic_model\":\"virtio\",\"cloud_user\":\"\"}]\n",
        "");
    assert_ran ("os detect /some.iso", 0, "debian12\tlikely\tDebian 12\n", "");
    assert_ran ("os detect /other.iso", 1, "-\tunknown\t\n", "");
    assert_ran ("os", 2, "", "vitrinectl: Say “vitrinectl os list [TEXT…]|detect FILE”\n");
    assert_ran ("os format", 2, "",
                "vitrinectl: Say “vitrinectl os list [TEXT…]” or “vitrinectl os detect FILE”\n");
}

static void
test_create_for_a_system (void)
{
    struct ran ran = run (NULL, "create --name fresh --os debian12 --disk size=1G");

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    ran_clear (&ran);
    /* What cannot be known holds up nothing. */
    ran = run (NULL, "create --name fresh --os detect --import %s --disk size=1G", "/proc/version");
    g_assert_nonnull (strstr (ran.err, "Which system is on “/proc/version” is not known"));
    ran_clear (&ran);
}

static void
test_create_refusals (void)
{
    assert_ran ("create --name alpha", 1, "",
                "vitrinectl: There is a machine named “alpha” already\n");
    assert_ran ("create --name fresh --memory 8192", 1, "",
                "vitrinectl: 8192 MiB of memory are more than the 4096 MiB this host has\n");
    assert_ran ("create --name fresh --vcpus 5", 1, "",
                "vitrinectl: 5 virtual CPUs are more than the 4 this host can give a machine\n");
    assert_ran ("create --name fresh --cpu-model Pentagon", 1, "",
                "vitrinectl: There is no processor model “Pentagon” (<model>, in <cpu>)\n");
    assert_ran ("create --name fresh --iso /nonexistent.iso", 1, "",
                "vitrinectl: There is no file “/nonexistent.iso”\n");
    assert_ran ("create --name fresh --os beos5", 2, "",
                "vitrinectl: There is no system “beos5”; “vitrinectl os list” names them\n");
    assert_ran ("create --name fresh --os detect", 2, "",
                "vitrinectl: “--os detect” looks at what --iso or --import names\n");
    assert_ran ("create --name fresh --cloud-key /nonexistent", 2, "",
                "vitrinectl: A cloud image is told who may log in; say --cloud-user NAME\n");
    assert_ran ("create --name fresh --cloud-user ana --cloud-key /nonexistent", 1, "",
                "vitrinectl: There is no file “/nonexistent”\n");
    assert_ran (
        "create --name fresh --cloud-user ana", 1, "",
        "vitrinectl: Users, keys and a host's name are told to a cloud image, and the machine's "
        "first disk is none\n");
    assert_ran ("create --name fresh --disk size=17T", 1, "",
                "vitrinectl: A disk of 17.0 TiB is too large; 16 TiB is the most\n");
}

static void
test_definition_goes_out_and_in (void)
{
    struct ran dumped = run (NULL, "dumpxml 'Beta 10'");
    struct ran defined;

    g_assert_cmpint (dumped.status, ==, 0);
    g_assert_true (g_str_has_suffix (dumped.out, "</domain>\n"));
    defined = run (dumped.out, "define -");
    g_assert_cmpstr (defined.err, ==, "");
    g_assert_cmpstr (defined.out, ==, "22222222-2222-4333-8444-555555555555\n");
    g_assert_cmpint (defined.status, ==, 0);
    ran_clear (&defined);
    defined = run ("<domain>", "define -");
    g_assert_cmpint (defined.status, ==, 1);
    ran_clear (&defined);
    ran_clear (&dumped);
    assert_ran ("define /nonexistent.xml", 1, "",
                "vitrinectl: “/nonexistent.xml” cannot be opened: No such file or directory\n");
}

static void
test_undefine (void)
{
    assert_ran ("undefine alpha", 1, "", "vitrinectl: “alpha” is running; switch it off first\n");
    assert_ran ("undefine 'Beta 10' --remove-disks", 0, "",
                "vitrinectl: “/shared.raw” is not removed: “alpha” uses it too\n");
    assert_ran ("undefine 'Beta 10'", 0, "",
                "vitrinectl: “/fake/beta.raw” is kept\n"
                "vitrinectl: “/shared.raw” is not removed: “alpha” uses it too\n");
    assert_ran ("undefine broken", 0, "", "");
}

/* --- talking ---------------------------------------------------------------------------------- */

static void
test_screenshot_is_a_png (void)
{
    g_autofree char *folder = g_dir_make_tmp ("vitrine-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename (folder, "a b.png", NULL);
    g_autofree char *data = NULL;
    struct ran ran = run (NULL, "screenshot alpha '%s'", path);
    gsize len;

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    ran_clear (&ran);
    g_assert_true (g_file_get_contents (path, &data, &len, NULL));
    g_assert_cmpuint (len, >, 100);
    g_assert_cmpmem (data, 8, "\211PNG\r\n\032\n", 8);
    g_unlink (path);
    g_rmdir (folder);
    assert_ran ("screenshot stubborn /tmp/x.png", 1, "", "vitrinectl: “stubborn” has no display\n");
    assert_ran ("screenshot alpha /nonexistent/x.png", 1, "",
                "vitrinectl: “/nonexistent/x.png” cannot be written: No such file or directory\n");
}

static void
test_keys (void)
{
    assert_ran ("send-keys alpha ctrl+alt+delete F5", 0, "", "");
    assert_ran ("type alpha 'Hello, World!'", 0, "", "");
    assert_ran ("send-keys 'Beta 10' a", 1, "", "vitrinectl: “Beta 10” is not running\n");
}

static void
test_text_from_standard_input (void)
{
    struct ran ran = run ("two\nlines\n", "type alpha -");

    g_assert_cmpstr (ran.err, ==, "");
    g_assert_cmpint (ran.status, ==, 0);
    ran_clear (&ran);
}

static void
test_console_through_pipes (void)
{
    g_autoptr (GSubprocess) process = start ("console alpha");
    GOutputStream *input = g_subprocess_get_stdin_pipe (process);
    g_autofree char *banner = read_line (process);
    g_autofree char *blank = NULL;
    g_autofree char *echo = NULL;

    g_assert_cmpstr (banner, ==, "alpha ttyS0\r");
    blank = read_line (process);
    /* The escape key is nothing special in a pipe, and its end is not the end. */
    g_assert_true (g_output_stream_write_all (input, "ro\035ot\n", 6, NULL, NULL, NULL));
    g_assert_true (g_output_stream_close (input, NULL, NULL));
    echo = read_line (process);
    g_assert_cmpstr (echo, ==, "alpha login: ro\035ot");
    g_subprocess_send_signal (process, SIGTERM);
    g_assert_cmpint (await_end (process), ==, -SIGTERM);
}

static gboolean
is_raw (int fd)
{
    struct termios settings;

    g_assert_cmpint (tcgetattr (fd, &settings), ==, 0);
    return (settings.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

static void
test_console_on_a_terminal (void)
{
    int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
    int slave;
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autoptr (GSubprocess) process = NULL;
    g_autofree char *banner = NULL;
    g_autofree char *blank = NULL;
    g_autofree char *echo = NULL;
    g_auto (GStrv) argv = NULL;

    g_assert_cmpint (grantpt (master), ==, 0);
    g_assert_cmpint (unlockpt (master), ==, 0);
    slave = open (ptsname (master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    g_assert_cmpint (slave, >=, 0);
    g_subprocess_launcher_take_stdin_fd (launcher, dup (slave));
    argv = g_strsplit (g_getenv ("VITRINECTL"), " ", -1);
    process = g_subprocess_launcher_spawn (launcher, NULL, argv[0], argv[1], argv[2], "console",
                                           "alpha", NULL);
    banner = read_line (process);
    g_assert_cmpstr (banner, ==, "alpha ttyS0\r");
    g_assert_true (is_raw (slave));
    blank = read_line (process);
    /* Ctrl+C is the guest's; what follows the escape key is nobody's. */
    g_assert_cmpint (write (master, "a\003\n\035b", 5), ==, 5);
    echo = read_line (process);
    g_assert_cmpint (await_end (process), ==, 0);
    g_assert_false (is_raw (slave));
    if (echo != NULL) /* it may have ended before the echo came */
        g_assert_cmpstr (echo, ==, "alpha login: a\003");
    close (slave);
    close (master);
}

static void
test_console_refusals (void)
{
    assert_ran ("console 'Beta 10'", 1, "", "vitrinectl: “Beta 10” is not running\n");
    assert_ran ("console alpha --name serial7", 1, "",
                "vitrinectl: “alpha” has no console “serial7”\n");
}

static void
read_exactly (int fd, char *buf, gsize len)
{
    for (gsize done = 0; done < len;) {
        ssize_t n = read (fd, buf + done, len - done);

        g_assert_cmpint (n, >, 0);
        done += (gsize) n;
    }
}

static int
connect_to (const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy (address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
    return fd;
}

static void
test_display_is_offered_to_viewers (void)
{
    g_autoptr (GSubprocess) process = start ("display alpha");
    g_autofree char *path = read_line (process);
    char greeting[12];
    struct stat st;
    int fds[2];

    g_assert_nonnull (path);
    g_assert_cmpint (stat (path, &st), ==, 0);
    g_assert_cmpint (st.st_mode & 0777, ==, 0600);
    for (gsize i = 0; i < G_N_ELEMENTS (fds); i++) {
        fds[i] = connect_to (path);
        read_exactly (fds[i], greeting, sizeof greeting);
        g_assert_cmpmem (greeting, sizeof greeting, "RFB 003.008\n", 12);
    }
    /* A viewer that says nonsense is hung up on; the other is not. */
    g_assert_cmpint (write (fds[0], "HTTP/1.1 200", 12), ==, 12);
    g_assert_cmpint (read (fds[0], greeting, 1), ==, 0);
    g_assert_cmpint (write (fds[1], "RFB 003.008\n", 12), ==, 12);
    read_exactly (fds[1], greeting, 2);
    close (fds[0]);
    close (fds[1]);
    g_subprocess_send_signal (process, SIGTERM);
    g_assert_cmpint (await_end (process), ==, 0);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_display_refusals (void)
{
    assert_ran ("display stubborn", 1, "", "vitrinectl: “stubborn” has no display\n");
    assert_ran ("display alpha --protocol spice", 1, "",
                "vitrinectl: “alpha” does not show its display by “spice”\n");
}

static void
test_speaks_the_language (void)
{
    static const char *const words[][2] = { { "es", "Indique qué máquina" },
                                            { "hr", "Navedite stroj" },
                                            { "it", "Indicare quale macchina" },
                                            { "pt_BR", "Informe qual máquina" },
                                            { "xx", "Say which machine" } };

    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        struct ran ran;

        g_setenv ("LANGUAGE", words[i][0], TRUE);
        ran = run (NULL, "attach");
        g_assert_nonnull (strstr (ran.err, words[i][1]));
        ran_clear (&ran);
    }
    g_unsetenv ("LANGUAGE");
}

int
main (int argc, char **argv)
{
    g_autofree char *runtime = NULL;
    int ret;

    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_setenv ("TZ", "UTC", TRUE);
    runtime = g_dir_make_tmp ("vitrine-test-XXXXXX", NULL);
    g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cli/speaks-the-language-of-who-runs-it", test_speaks_the_language);
    g_test_add_func ("/cli/list-shows-what-runs", test_list_shows_what_runs);
    g_test_add_func ("/cli/list-all-is-sorted", test_list_all_is_sorted);
    g_test_add_func ("/cli/list-names", test_list_names);
    g_test_add_func ("/cli/list-json", test_list_json);
    g_test_add_func ("/cli/info", test_info);
    g_test_add_func ("/cli/info-of-a-problem", test_info_of_a_problem);
    g_test_add_func ("/cli/host-check", test_host_check);
    g_test_add_func ("/cli/devices-are-described", test_devices_are_described);
    g_test_add_func ("/cli/misunderstandings-end-with-2", test_misunderstandings_end_with_2);
    g_test_add_func ("/cli/refusals-say-why", test_refusals_say_why);
    g_test_add_func ("/cli/help-and-version", test_help_and_version);
    g_test_add_func ("/cli/manual-and-completion-know-all", test_manual_and_completion_know_all);
    g_test_add_func ("/cli/unwritable-output-is-a-failure", test_unwritable_output_is_a_failure);
    g_test_add_func ("/cli/unknown-host", test_unknown_host);
    g_test_add_func ("/cli/lifecycle-refusals", test_lifecycle_refusals);
    g_test_add_func ("/cli/lifecycle-works", test_lifecycle_works);
    g_test_add_func ("/cli/one-failure-does-not-stop-the-others",
                     test_one_failure_does_not_stop_the_others);
    g_test_add_func ("/cli/wait", test_wait);
    g_test_add_func ("/cli/create-prints-the-uuid", test_create_prints_the_uuid);
    g_test_add_func ("/cli/systems", test_systems);
    g_test_add_func ("/cli/create-for-a-system", test_create_for_a_system);
    g_test_add_func ("/cli/create-refusals", test_create_refusals);
    g_test_add_func ("/cli/definition-goes-out-and-in", test_definition_goes_out_and_in);
    g_test_add_func ("/cli/undefine", test_undefine);
    g_test_add_func ("/cli/screenshot-is-a-png", test_screenshot_is_a_png);
    g_test_add_func ("/cli/keys", test_keys);
    g_test_add_func ("/cli/text-from-standard-input", test_text_from_standard_input);
    g_test_add_func ("/cli/console-through-pipes", test_console_through_pipes);
    g_test_add_func ("/cli/console-on-a-terminal", test_console_on_a_terminal);
    g_test_add_func ("/cli/console-refusals", test_console_refusals);
    g_test_add_func ("/cli/display-is-offered-to-viewers", test_display_is_offered_to_viewers);
    g_test_add_func ("/cli/display-refusals", test_display_refusals);
    ret = g_test_run ();
    remove_folder (runtime);
    return ret;
}
