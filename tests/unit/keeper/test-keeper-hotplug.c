/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-hotplug.c - devices that come to a running machine and go: files, locks, D-Bus objects and
 * answers. */
#include <string.h>
#include <sys/wait.h>

#include "keeper-fixture-devices.h"
#include "vitrine-error.h"

#define DISK "/org/vitrine/devices/virtio_2ddisk1"

/* --- asking ---------------------------------------------------------------------------------- */

static char *
attach (Fixture *f, const char *element, GError **error)
{
    char *path = NULL;

    vitrine_control_machine1_call_attach_sync (f->machine, element, &path, NULL, error);
    return path;
}

static char *
disk_element (const char *file, const char *target, const char *inner)
{
    return g_strdup_printf ("<disk type='file' device='disk'><source file='%s'/>"
                            "<target dev='%s' bus='virtio'/>%s</disk>",
                            file, target, inner);
}

static void
attach_disk (Fixture *f, const char *file, const char *inner, const char *path)
{
    g_autofree char *element = disk_element (file, "vdb", inner);
    g_autoptr (GError) error = NULL;
    g_autofree char *made = attach (f, element, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (made, ==, path);
}

static gboolean
detach (Fixture *f, const char *path, gboolean force, GError **error)
{
    return fixture_device_call (f, path, "Detach", g_variant_new ("(b)", force), error);
}

static void
assert_state (Fixture *f, const char *path, const char *expected)
{
    g_autofree char *state = fixture_device_dup_property (f, path, "State");

    g_assert_cmpstr (state, ==, expected);
}

static guint
count_fds (guint pid)
{
    g_autofree char *path = g_strdup_printf ("/proc/%u/fd", pid);
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    guint n = 0;

    while (g_dir_read_name (dir))
        n++;
    return n;
}

typedef struct {
    guint pid, n;
} Fds;

static gboolean
has_no_more_fds (Fixture *f, gconstpointer data)
{
    const Fds *fds = data;

    return count_fds (fds->pid) <= fds->n;
}

/* What is closed may be so a moment after the answer. */
static void
wait_for_fds (Fixture *f, guint pid, guint n)
{
    const Fds fds = { pid, n };

    fixture_wait (f, has_no_more_fds, &fds);
}

/* --- devices --------------------------------------------------------------------------------- */

static void
test_a_disk_comes_and_goes (void)
{
    Fixture f;
    g_autofree char *file = NULL;
    g_autofree char *source = NULL;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    g_assert_false (fixture_is_locked (file));
    attach_disk (&f, file, "", DISK);
    g_assert_true (fixture_is_locked (file));
    assert_state (&f, DISK, "present");
    source = fixture_device_dup_property (&f, DISK, "Source");
    g_assert_cmpstr (source, ==, file);
    fixture_wait (&f, fixture_has_device, "virtio-disk1");
    g_assert_true (detach (&f, DISK, FALSE, &error));
    g_assert_no_error (error);
    g_assert_false (fixture_is_locked (file));
    assert_state (&f, DISK, NULL);
    fixture_wait (&f, fixture_has_no_device, "virtio-disk1");
    fixture_tear_down (&f);
}

typedef struct {
    Fixture *f;
    gboolean had_it, done;
} Looking;

static void
look_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Looking *looking = user_data;
    g_autoptr (GError) error = NULL;

    vitrine_control_machine1_call_attach_finish (looking->f->machine, NULL, result, &error);
    g_assert_no_error (error);
    looking->had_it = fixture_has_device (looking->f, "virtio-disk1");
    looking->done = TRUE;
}

static gboolean
has_looked (Fixture *f, gconstpointer looking)
{
    return ((const Looking *) looking)->done;
}

/* Who asks for a device finds it in the list when the answer comes: it may look there for its alias. */
static void
test_the_list_is_told_before_the_answer (void)
{
    Fixture f;
    Looking looking = { &f, FALSE, FALSE };
    g_autofree char *element = NULL;
    g_autofree char *file = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    element = disk_element (file, "vdb", "");
    fixture_run (&f);
    vitrine_control_machine1_call_attach (f.machine, element, NULL, look_cb, &looking);
    fixture_wait (&f, has_looked, &looking);
    g_assert_true (looking.had_it);
    fixture_tear_down (&f);
}

static void
test_nothing_is_left_over (void)
{
    Fixture f;
    g_autofree char *file = NULL;
    guint keeper, vmm, keeper_fds, vmm_fds;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    attach_disk (&f, file, "", DISK);
    g_assert_true (detach (&f, DISK, FALSE, NULL));
    keeper = fixture_process (&f, 0);
    vmm = fixture_process (&f, 1);
    keeper_fds = count_fds (keeper);
    vmm_fds = count_fds (vmm);
    for (int i = 0; i < 50; i++) {
        attach_disk (&f, file, "", DISK);
        g_assert_true (detach (&f, DISK, i % 2 == 0, NULL));
    }
    wait_for_fds (&f, keeper, keeper_fds);
    wait_for_fds (&f, vmm, vmm_fds);
    fixture_tear_down (&f);
}

static void
test_objects_are_everybodys (void)
{
    Fixture f;
    g_autofree char *file = NULL;
    g_autoptr (GDBusConnection) other = NULL;
    g_autoptr (GVariant) answer = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    other = fixture_new_connection (&f);
    attach_disk (&f, file, "", DISK);
    answer = g_dbus_connection_call_sync (
        other, NULL, DISK, "org.vitrine.Device1", "Detach", g_variant_new ("(b)", FALSE), NULL,
        G_DBUS_CALL_FLAGS_NONE, FIXTURE_TIMEOUT_S * 1000, NULL, NULL);
    g_assert_nonnull (answer);
    fixture_wait (&f, fixture_has_no_device, "virtio-disk1");
    fixture_tear_down (&f);
}

/* What is refused leaves no lock, no object and no name behind. */
static void
test_refusals (void)
{
    static const struct {
        const char *element; /* @ is the file */
        gint code;
        const char *sentence;
    } cases[] = {
        { "<disk", VITRINE_ERROR_INVALID, "not XML" },
        { "<domain type='kvm'/>", VITRINE_ERROR_UNSUPPORTED, "<domain>" },
        { "<flux/>", VITRINE_ERROR_UNSUPPORTED, "<flux>" },
        { "<controller type='pci' model='pcie-root'/>", VITRINE_ERROR_UNSUPPORTED, "by itself" },
        { "<input type='mouse' bus='ps2'/>", VITRINE_ERROR_UNSUPPORTED, "every machine" },
        { "<rng model='virtio'/>", VITRINE_ERROR_INVALID, "<backend>" },
        { "<disk type='file'><source file='@'/><target dev='vda'/></disk>", VITRINE_ERROR_INVALID,
          "target “vda”" },
        { "<disk type='file'><source file='/nonexistent'/><target dev='vdb'/></disk>",
          VITRINE_ERROR_NOT_FOUND, "does not exist" },
        { "<disk type='file'><source file='@'/><target dev='vdb'/><alias name='bad-disk'/></disk>",
          VITRINE_ERROR_ENGINE, "no device model like that" },
        { "<disk type='file'><source file='@'/><target dev='vdb'/><alias name='serial0'/></disk>",
          VITRINE_ERROR_INVALID, "alias “serial0”" },
    };
    Fixture f;
    g_autofree char *file = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto (GStrv) pieces = g_strsplit (cases[i].element, "@", -1);
        g_autofree char *element = g_strjoinv (file, pieces);
        g_autoptr (GError) error = NULL;
        g_autofree char *path = attach (&f, element, &error);

        g_assert_null (path);
        g_assert_error (error, VITRINE_ERROR, cases[i].code);
        if (!strstr (error->message, cases[i].sentence))
            g_error ("%s: %s", cases[i].element, error->message);
        g_assert_false (fixture_is_locked (file));
    }
    attach_disk (&f, file, "", DISK);
    fixture_tear_down (&f);
}

static void
test_a_disk_in_use_is_refused (void)
{
    Fixture f;
    g_autofree char *element = NULL;
    g_autofree char *path = NULL;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    element = disk_element (f.disk, "vdb", "");
    path = attach (&f, element, &error);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, "twice, as vda and as vdb"));
    fixture_tear_down (&f);
}

static void
test_a_guest_may_keep_it (void)
{
    Fixture f;
    g_autofree char *file = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GError) early = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    attach_disk (&f, file, "<alias name='keeps-disk'/>", "/org/vitrine/devices/keeps_2ddisk");
    g_assert_false (detach (&f, "/org/vitrine/devices/keeps_2ddisk", FALSE, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    assert_state (&f, "/org/vitrine/devices/keeps_2ddisk", "present");
    g_assert_true (fixture_is_locked (file));
    g_assert_true (detach (&f, "/org/vitrine/devices/keeps_2ddisk", TRUE, NULL));
    g_assert_false (fixture_is_locked (file));

    attach_disk (&f, file, "<alias name='early-disk'/>", "/org/vitrine/devices/early_2ddisk");
    g_assert_false (detach (&f, "/org/vitrine/devices/early_2ddisk", FALSE, &early));
    g_assert_error (early, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    assert_state (&f, "/org/vitrine/devices/early_2ddisk", "present");
    fixture_tear_down (&f);
}

static void
detached_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GError **error = user_data;
    g_autoptr (GVariant) answer =
        g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, error);

    g_assert_null (answer);
}

static gboolean
is_set (Fixture *f, gconstpointer data)
{
    return *(gpointer const *) data != NULL;
}

static gboolean
is_leaving (Fixture *f, gconstpointer path)
{
    g_autofree char *state = fixture_device_dup_property (f, path, "State");

    return g_strcmp0 (state, "leaving") == 0;
}

/* Asks for the device of a guest that says nothing, until LINE is typed. */
static void
wait_for_silent (Fixture *f, const char *file, const char *line, gint code)
{
    static const char path[] = "/org/vitrine/devices/silent_2ddisk";
    g_autoptr (GError) error = NULL;

    attach_disk (f, file, "<alias name='silent-disk'/>", path);
    g_dbus_connection_call (f->connection, NULL, path, "org.vitrine.Device1", "Detach",
                            g_variant_new ("(b)", FALSE), NULL, G_DBUS_CALL_FLAGS_NONE,
                            FIXTURE_TIMEOUT_S * 1000, NULL, detached_cb, &error);
    fixture_wait (f, is_leaving, path);
    fixture_type (f, line);
    fixture_wait (f, is_set, &error);
    g_assert_error (error, VITRINE_ERROR, code);
}

static void
test_a_silent_guest_is_given_up (void)
{
    Fixture f;
    g_autofree char *file = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    wait_for_silent (&f, file, "!time-out", VITRINE_ERROR_BUSY);
    assert_state (&f, "/org/vitrine/devices/silent_2ddisk", "present");
    fixture_tear_down (&f);
}

static void
test_the_end_ends_the_wait (void)
{
    Fixture f;
    g_autofree char *file = NULL;

    fixture_set_up (&f);
    file = fixture_make_image (&f, "more.img");
    fixture_run (&f);
    wait_for_silent (&f, file, "!die", VITRINE_ERROR_NOT_FOUND);
    fixture_wait_end (&f);
    g_assert_false (fixture_is_locked (file));
    fixture_tear_down (&f);
}

static void
test_a_guest_gives_up_what_it_likes (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!eject");
    fixture_wait (&f, fixture_has_no_device, "virtio-disk0");
    assert_state (&f, "/org/vitrine/devices/virtio_2ddisk0", NULL);
    g_assert_cmpstr (vitrine_control_machine1_get_state (f.machine), ==, "running");
    fixture_tear_down (&f);
}

/* --- network cards --------------------------------------------------------------------------- */

#define CARD    "/org/vitrine/devices/net0"
#define CARD_OF "<interface type='user'><backend type='passt'/>%s</interface>"

static void
set_up_passt (Fixture *f)
{
    g_autofree char *passt = NULL;

    fixture_set_up (f);
    passt = g_build_filename (f->root, "passt", NULL);
    g_assert_true (g_file_set_contents_full (passt, "#!/bin/sh\nexec cat <&3 >/dev/null\n", -1,
                                             G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    fixture_set_env (f, "VITRINE_PASST", passt);
}

static gboolean
has_processes (Fixture *f, gconstpointer n)
{
    GVariant *processes = vitrine_control_machine1_get_processes (f->machine);

    return g_variant_n_children (processes) == GPOINTER_TO_UINT (n);
}

/* As the kernel has it: zombies are children, too. */
static guint
count_children (Fixture *f)
{
    guint keeper = fixture_process (f, 0);
    g_autofree char *path = g_strdup_printf ("/proc/%u/task/%u/children", keeper, keeper);
    g_autofree char *text = NULL;
    g_auto (GStrv) words = NULL;

    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    words = g_strsplit (g_strchomp (text), " ", -1);
    return g_strv_length (words);
}

/* Nothing but the VMM runs, and the keeper has seen the end of all else. */
static void
wait_for_vmm_alone (Fixture *f)
{
    fixture_wait (f, has_processes, GUINT_TO_POINTER (2));
    while (count_children (f) > 1)
        g_assert_true (vitrine_control_machine1_call_get_statistics_sync (f->machine, NULL, NULL,
                                                                          NULL, NULL, NULL));
    g_assert_true (vitrine_control_machine1_call_get_statistics_sync (f->machine, NULL, NULL, NULL,
                                                                      NULL, NULL));
}

static void
attach_card (Fixture *f)
{
    g_autofree char *element = g_strdup_printf (CARD_OF, "");
    g_autoptr (GError) error = NULL;
    g_autofree char *path = attach (f, element, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (path, ==, CARD);
}

static void
test_a_card_comes_and_goes_with_its_passt (void)
{
    Fixture f;
    guint keeper_fds, vmm_fds, keeper, vmm;
    g_autofree char *warnings = NULL;

    set_up_passt (&f);
    fixture_run (&f);
    keeper = fixture_process (&f, 0);
    vmm = fixture_process (&f, 1);
    attach_card (&f); /* the first one opens a log */
    fixture_wait (&f, has_processes, GUINT_TO_POINTER (3));
    g_assert_true (detach (&f, CARD, FALSE, NULL));
    wait_for_vmm_alone (&f);
    keeper_fds = count_fds (keeper);
    vmm_fds = count_fds (vmm);
    for (int i = 0; i < 50; i++) {
        attach_card (&f);
        assert_state (&f, CARD, "present");
        g_assert_true (detach (&f, CARD, i % 2 == 0, NULL));
    }
    assert_state (&f, CARD, NULL);
    wait_for_vmm_alone (&f);
    wait_for_fds (&f, keeper, keeper_fds);
    wait_for_fds (&f, vmm, vmm_fds);
    warnings = g_strjoinv ("\n", (char **) vitrine_control_machine1_get_warnings (f.machine));
    g_assert_null (strstr (warnings, "net0"));
    fixture_tear_down (&f);
}

/* A card that the VMM does not take leaves no passt; one whose passt is missing is not asked for. */
static void
test_a_refused_card_leaves_no_passt (void)
{
    Fixture f;
    g_autofree char *element = g_strdup_printf (CARD_OF, "<alias name='bad-card'/>");
    g_autofree char *path = NULL;
    g_autoptr (GError) error = NULL;

    set_up_passt (&f);
    fixture_run (&f);
    path = attach (&f, element, &error);
    g_assert_null (path);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    fixture_wait (&f, has_processes, GUINT_TO_POINTER (2));
    attach_card (&f);
    fixture_tear_down (&f);
}

/* --- channels -------------------------------------------------------------------------------- */

#define CHANNEL "/org/vitrine/devices/channel0"

static void
attach_channel (Fixture *f)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = attach (f,
                                    "<channel type='unix'><target type='virtio' "
                                    "name='org.test.0'/></channel>",
                                    &error);

    g_assert_no_error (error);
    g_assert_cmpstr (path, ==, CHANNEL);
}

static gboolean
has_channels (Fixture *f, gconstpointer names)
{
    g_autofree char *now =
        g_strjoinv (" ", (char **) vitrine_control_machine1_get_channels (f->machine));

    return g_str_equal (now, names);
}

static void
test_a_channel_comes_with_its_controller (void)
{
    Fixture f;
    guint keeper, vmm, keeper_fds, vmm_fds;

    fixture_set_up (&f);
    fixture_run (&f);
    g_assert_true (has_channels (&f, ""));
    attach_channel (&f);
    fixture_wait (&f, has_channels, "org.test.0");
    g_assert_true (fixture_has_device (&f, "virtio-serial0"));
    g_assert_true (detach (&f, CHANNEL, FALSE, NULL));
    fixture_wait (&f, has_channels, "");
    keeper = fixture_process (&f, 0);
    vmm = fixture_process (&f, 1);
    keeper_fds = count_fds (keeper);
    vmm_fds = count_fds (vmm);
    for (int i = 0; i < 50; i++) {
        attach_channel (&f);
        g_assert_true (detach (&f, CHANNEL, FALSE, NULL));
    }
    wait_for_fds (&f, keeper, keeper_fds);
    wait_for_fds (&f, vmm, vmm_fds);
    g_assert_true (detach (&f, "/org/vitrine/devices/virtio_2dserial0", FALSE, NULL));
    fixture_wait (&f, fixture_has_no_device, "virtio-serial0");
    fixture_tear_down (&f);
}

static void
test_a_terminal_waits_for_the_next_start (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;

    fixture_set_up (&f);
    fixture_run (&f);
    path = attach (&f, "<console type='pty'><target type='virtio'/></console>", &error);
    g_assert_null (path);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    fixture_tear_down (&f);
}

/* --- a VMM that was taken over ---------------------------------------------------------------- */

static void
test_nonsense_ends_the_vmm (gconstpointer line)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, line);
    fixture_wait_end (&f);
    g_assert_true (WIFEXITED (f.wait_status));
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    vitrine_error_quark (); /* known to D-Bus */
    g_test_add_func ("/keeper/hotplug/a-disk-comes-and-goes", test_a_disk_comes_and_goes);
    g_test_add_func ("/keeper/hotplug/the-list-is-told-before-the-answer",
                     test_the_list_is_told_before_the_answer);
    g_test_add_func ("/keeper/hotplug/nothing-is-left-over", test_nothing_is_left_over);
    g_test_add_func ("/keeper/hotplug/objects-are-everybodys", test_objects_are_everybodys);
    g_test_add_func ("/keeper/hotplug/what-is-refused-leaves-nothing", test_refusals);
    g_test_add_func ("/keeper/hotplug/a-disk-in-use-is-refused", test_a_disk_in_use_is_refused);
    g_test_add_func ("/keeper/hotplug/a-guest-may-keep-it", test_a_guest_may_keep_it);
    g_test_add_func ("/keeper/hotplug/a-silent-guest-is-given-up", test_a_silent_guest_is_given_up);
    g_test_add_func ("/keeper/hotplug/the-end-ends-the-wait", test_the_end_ends_the_wait);
    g_test_add_func ("/keeper/hotplug/a-guest-gives-up-what-it-likes",
                     test_a_guest_gives_up_what_it_likes);
    g_test_add_func ("/keeper/hotplug/a-card-comes-and-goes-with-its-passt",
                     test_a_card_comes_and_goes_with_its_passt);
    g_test_add_func ("/keeper/hotplug/a-refused-card-leaves-no-passt",
                     test_a_refused_card_leaves_no_passt);
    g_test_add_func ("/keeper/hotplug/a-channel-comes-with-its-controller",
                     test_a_channel_comes_with_its_controller);
    g_test_add_func ("/keeper/hotplug/a-terminal-waits-for-the-next-start",
                     test_a_terminal_waits_for_the_next_start);
    g_test_add_data_func ("/keeper/hotplug/nonsense/unplug", "!wrong-unplug",
                          test_nonsense_ends_the_vmm);
    g_test_add_data_func ("/keeper/hotplug/nonsense/vcpus", "!no-vcpus",
                          test_nonsense_ends_the_vmm);
    return g_test_run ();
}
