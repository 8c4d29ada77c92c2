/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt.c - libvirt's machines as libvitrine shows them, on libvirt's own test driver. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "await.h"

#define DEFAULT  "test:///default"
#define UUID(n)  "c0ffee00-0000-4000-8000-0000000000" n
#define NEW_UUID "c0ffee00-0000-4000-8000-0000000000ff"

/* The host of tests/data/libvirt/host.xml, connected; each is one of its own. */
static VitrineHost *
rich_host (void)
{
    g_autofree char *uri = g_strconcat ("test://", g_getenv ("HOST_XML"), NULL);

    return await_host (uri);
}

static VitrineMachine *
find (VitrineHost *host, const char *name)
{
    VitrineMachine *machine = vitrine_host_find (host, name);

    g_assert_nonnull (machine);
    return machine;
}

static void
act (VitrineMachine *machine, VitrineAction action, VitrineMachineState then)
{
    g_autoptr (GError) error = NULL;

    await_act (machine, action, &error);
    g_assert_no_error (error);
    g_assert_cmpint (vitrine_machine_get_state (machine), ==, then);
}

static gboolean
has_libvirt (void)
{
    g_autofree char *maps = NULL;

    g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
    return strstr (maps, "/libvirt.so") != NULL;
}

/* --- the module ------------------------------------------------------------------------------- */

static void
test_it_is_loaded_with_the_first_host (void)
{
    g_autoptr (VitrineHost) other = vitrine_host_new ("fake:/nowhere", NULL);
    g_autoptr (VitrineHost) host = NULL;

    g_assert_false (has_libvirt ());
    host = vitrine_host_new (DEFAULT, NULL);
    g_assert_nonnull (host);
    g_assert_true (has_libvirt ());
    g_assert_cmpstr (vitrine_host_get_uri (host), ==, DEFAULT);
    g_assert_cmpstr (vitrine_host_get_title (host), ==, "Test");
}

static void
assert_title (const char *uri, const char *title)
{
    g_autoptr (VitrineHost) host = vitrine_host_new (uri, NULL);

    g_assert_nonnull (host);
    g_assert_cmpstr (vitrine_host_get_title (host), ==, title);
}

static void
test_a_host_has_a_title_for_people (void)
{
    g_autoptr (GError) error = NULL;

    assert_title ("qemu:///system", "QEMU/KVM");
    assert_title ("qemu:///session", "QEMU/KVM, own session");
    assert_title ("qemu+ssh://me@tower.example:22/system", "QEMU/KVM on tower.example");
    assert_title ("lxc:///", "LXC");
    g_assert_null (vitrine_host_new ("qemu://[/system", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

/* --- listing ---------------------------------------------------------------------------------- */

static void
test_all_states_are_shown (void)
{
    static const struct {
        const char *name;
        VitrineMachineState state;
        const char *reason;
    } expected[] = {
        { "alpha", VITRINE_MACHINE_RUNNING, "" },
        { "asleep", VITRINE_MACHINE_PAUSED, "Its guest sleeps" },
        { "beta 9", VITRINE_MACHINE_PAUSED, "" },
        { "Beta 10", VITRINE_MACHINE_OFF, "" },
        { "container", VITRINE_MACHINE_OFF, "" },
        { "crashed", VITRINE_MACHINE_PAUSED, "Its guest has crashed" },
        { "headless", VITRINE_MACHINE_RUNNING, "" },
        { "kernel", VITRINE_MACHINE_RUNNING, "" },
        { "largest", VITRINE_MACHINE_RUNNING, "" },
        { "many-disks", VITRINE_MACHINE_OFF, "" },
        { "meta", VITRINE_MACHINE_OFF, "" },
        { "saved", VITRINE_MACHINE_OFF, "" },
        { "spice-only", VITRINE_MACHINE_RUNNING, "" },
        { "transient", VITRINE_MACHINE_RUNNING, "" },
        { "uefi", VITRINE_MACHINE_OFF, "" },
        { "über – Größe “x”", VITRINE_MACHINE_RUNNING, "" },
    };
    g_autoptr (VitrineHost) host = rich_host ();

    g_assert_true (vitrine_host_get_ready (host));
    g_assert_cmpstr (vitrine_host_get_problem (host), ==, "");
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (host)), ==, G_N_ELEMENTS (expected));
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autoptr (VitrineMachine) machine = find (host, expected[i].name);

        g_assert_cmpint (vitrine_machine_get_state (machine), ==, expected[i].state);
        g_assert_cmpstr (vitrine_machine_get_state_reason (machine), ==, expected[i].reason);
        g_assert_cmpstr (vitrine_machine_get_problem (machine), ==, "");
    }
}

static void
test_one_machine_is_looked_up_alone (void)
{
    g_autofree char *uri = g_strconcat ("test://", g_getenv ("HOST_XML"), NULL);
    g_autoptr (VitrineHost) host = vitrine_host_new (uri, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) by_name = await_look_up (host, "Beta 10", NULL);
    g_autoptr (VitrineMachine) by_uuid = await_look_up (host, UUID ("03"), NULL);

    g_assert_nonnull (by_name);
    g_assert_true (by_name == by_uuid);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (host)), ==, 1);
    g_assert_null (await_look_up (host, "nobody", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

static void
test_what_it_has_is_shown (void)
{
    static const char *const expected[][4] = {
        { "virtio-disk0", "disk", "virtio", "/var/lib/images/alpha.qcow2" },
        { "virtio-disk1", "disk", "virtio", "unit:0:0:1" },
        { "virtio-disk2", "disk", "virtio", "export" },
        { "scsi0-0-1", "disk", "scsi", "/dev/vg0/alpha-data" },
        { "sata0-0-0", "cdrom", "sata", "/var/lib/images/debian.iso" },
        { "fdc0-0-0", "floppy", "fdc", "" },
        { "usb", "controller", "qemu-xhci", "" },
        { "net0", "interface", "virtio", "default, 52:54:00:00:00:01" },
        { "net1", "interface", "e1000e", "br0, 52:54:00:00:00:02" },
        { "net2", "interface", "rtl8139", "user, 52:54:00:00:00:03" },
        { "channel0", "channel", "virtio", "org.qemu.guest_agent.0" },
        { "input0", "tablet", "usb", "" },
        { "video0", "video", "qxl", "" },
        { "sound0", "sound", "ich9", "" },
        { "tpm0", "tpm", "tpm-crb", "" },
        { "hostdev0", "hostdev", "pci", "" },
        { "watchdog0", "watchdog", "i6300esb", "" },
        { "balloon0", "balloon", "virtio", "" },
    };
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (VitrineMachine) alpha = find (host, "alpha");
    g_autoptr (VitrineMachine) uefi = find (host, "uefi");
    g_autoptr (VitrineMachine) disks = find (host, "many-disks");
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (alpha);
    g_autoptr (GPtrArray) of_disks = vitrine_machine_dup_devices (disks);

    g_assert_cmpuint (vitrine_machine_get_vcpus (alpha), ==, 2);
    g_assert_cmpuint (vitrine_machine_get_memory_bytes (alpha), ==, G_GUINT64_CONSTANT (2) << 30);
    g_assert_cmpint (vitrine_machine_get_firmware (alpha), ==, VITRINE_FIRMWARE_UEFI);
    g_assert_cmpint (vitrine_machine_get_firmware (uefi), ==, VITRINE_FIRMWARE_UEFI);
    g_assert_cmpint (vitrine_machine_get_firmware (disks), ==, VITRINE_FIRMWARE_BIOS);
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        const VitrineDeviceInfo *device = vitrine_device_info_find (devices, expected[i][0]);

        if (device == NULL)
            g_error ("there is no %s", expected[i][0]);
        g_assert_cmpstr (device->kind, ==, expected[i][1]);
        g_assert_cmpstr (device->model, ==, expected[i][2]);
        g_assert_cmpstr (device->source, ==, expected[i][3]);
    }
    g_assert_nonnull (vitrine_device_info_find (of_disks, "virtio-disk25"));
    g_assert_nonnull (vitrine_device_info_find (of_disks, "virtio-disk26"));
    /* The serial port that is a console as well is there once. */
    g_assert_true (g_strv_equal (vitrine_machine_get_consoles (alpha),
                                 (const char *const[]){ "serial0", "console0", NULL }));
}

/* --- what can be done ------------------------------------------------------------------------- */

static void
test_states_follow_what_is_asked (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (VitrineMachine) machine = find (host, "Beta 10");
    g_autoptr (VitrineMachine) asleep = find (host, "asleep");
    g_autoptr (GError) error = NULL;

    act (machine, VITRINE_ACTION_START, VITRINE_MACHINE_RUNNING);
    act (machine, VITRINE_ACTION_PAUSE, VITRINE_MACHINE_PAUSED);
    act (machine, VITRINE_ACTION_RESUME, VITRINE_MACHINE_RUNNING);
    act (machine, VITRINE_ACTION_RESET, VITRINE_MACHINE_RUNNING);
    act (machine, VITRINE_ACTION_SHUTDOWN, VITRINE_MACHINE_OFF);
    act (machine, VITRINE_ACTION_START, VITRINE_MACHINE_RUNNING);
    act (machine, VITRINE_ACTION_POWER_OFF, VITRINE_MACHINE_OFF);
    /* The test driver wakes nobody up. */
    g_assert_false (await_act (asleep, VITRINE_ACTION_RESUME, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "“asleep”"));
}

static void
test_what_others_do_is_seen (void)
{
    g_autoptr (VitrineHost) one = await_host (DEFAULT);
    g_autoptr (VitrineHost) other = await_host (DEFAULT);
    g_autoptr (VitrineMachine) here = find (one, "test");
    g_autoptr (VitrineMachine) there = find (other, "test");

    g_assert_true (here != there);
    act (here, VITRINE_ACTION_PAUSE, VITRINE_MACHINE_PAUSED);
    await_state (there, VITRINE_MACHINE_PAUSED);
    act (there, VITRINE_ACTION_RESUME, VITRINE_MACHINE_RUNNING);
    await_state (here, VITRINE_MACHINE_RUNNING);
}

static gboolean
has_machine (gpointer host)
{
    g_autoptr (VitrineMachine) machine = vitrine_host_find (host, NEW_UUID);

    return machine != NULL;
}

static gboolean
has_no_machine (gpointer host)
{
    return !has_machine (host);
}

static char *
make_xml (const char *name, const char *uuid, const char *more)
{
    return g_strdup_printf ("<domain type='test'><name>%s</name><uuid>%s</uuid>%s"
                            "<memory>524288</memory><os><type>hvm</type></os>"
                            "<devices><graphics type='vnc' passwd='secret'/></devices></domain>",
                            name, uuid, more);
}

static void
test_machines_come_and_go_for_all_who_look (void)
{
    g_autoptr (VitrineHost) one = await_host (DEFAULT);
    g_autoptr (VitrineHost) other = await_host (DEFAULT);
    g_autofree char *xml = make_xml ("new", NEW_UUID, "");
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = await_define (one, xml, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (vitrine_machine_get_uuid (machine), ==, NEW_UUID);
    g_assert_true (has_machine (one));
    await_until (has_machine, other);
    act (machine, VITRINE_ACTION_START, VITRINE_MACHINE_RUNNING);
    g_assert_false (await_delete (machine, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_clear_error (&error);
    act (machine, VITRINE_ACTION_POWER_OFF, VITRINE_MACHINE_OFF);
    await_delete (machine, NULL, &error);
    g_assert_no_error (error);
    g_assert_false (has_machine (one));
    await_until (has_no_machine, other);
}

static void
assert_define_fails (VitrineHost *host, const char *xml, VitrineError code, const char *mention)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (await_define (host, xml, &error));
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_nonnull (strstr (error->message, mention));
}

static void
test_nothing_of_a_definition_is_dropped (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autofree char *unknown = make_xml ("new", NEW_UUID, "<no-such-thing/>");
    g_autofree char *taken = make_xml ("Beta 10", NEW_UUID, "");
    g_autofree char *running = make_xml ("alpha", UUID ("01"), "");
    g_autofree char *good = make_xml (
        "new", NEW_UUID, "<title>A title</title><metadata><x:y xmlns:x='urn:x' z='1'/></metadata>");
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (VitrineMachine) again = NULL;
    g_autofree char *xml = NULL, *second = NULL;

    assert_define_fails (host, unknown, VITRINE_ERROR_INVALID, "no-such-thing");
    assert_define_fails (host, taken, VITRINE_ERROR_EXISTS, "Beta 10");
    assert_define_fails (host, running, VITRINE_ERROR_BUSY, "alpha");
    assert_define_fails (host, "<network/>", VITRINE_ERROR_INVALID, "<domain>");
    assert_define_fails (host, "<domain", VITRINE_ERROR_INVALID, "<domain>");
    machine = await_define (host, good, NULL);
    g_assert_nonnull (machine);
    xml = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (xml, "passwd='secret'"));
    g_assert_nonnull (strstr (xml, "<x:y"));
    g_assert_nonnull (strstr (xml, "A title"));
    again = await_define (host, xml, NULL);
    g_assert_true (again == machine);
    second = vitrine_machine_dup_xml (machine, NULL);
    g_assert_cmpstr (xml, ==, second);
}

static void
test_disks_that_are_not_ours_stay (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (VitrineMachine) machine = find (host, "many-disks");
    g_autoptr (GPtrArray) disks = await_list_disks (machine, NULL);
    const char *const paths[] = { "/var/lib/images/a.raw", NULL };
    g_autoptr (VitrineMachine) still = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_cmpuint (disks->len, ==, 3);
    g_assert_cmpstr (((VitrineDiskInfo *) disks->pdata[0])->path, ==, "/var/lib/images/a.raw");
    g_assert_false (((VitrineDiskInfo *) disks->pdata[0])->removable);
    g_assert_false (await_delete (machine, paths, &error));
    g_assert_nonnull (error);
    still = find (host, "many-disks");
    g_assert_true (still == machine);
}

static void
assert_display_fails (VitrineHost *host, const char *name, VitrineError code)
{
    g_autoptr (VitrineMachine) machine = find (host, name);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (await_open_display (machine, "vnc", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_nonnull (strstr (error->message, name));
}

/* No descriptor comes from the test driver: the display is where its definition says. */
static void
test_a_display_is_opened_by_its_address (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (GSocketListener) listener = g_socket_listener_new ();
    guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
    g_autofree char *xml = g_strdup_printf (
        "<domain type='test'><name>shown</name><memory>1024</memory><os><type>hvm</type></os>"
        "<devices><graphics type='vnc' port='%u' listen='127.0.0.1'/></devices></domain>",
        port);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = await_define (host, xml, &error);
    g_autoptr (GSocketConnection) connection = NULL;
    char hello[4];
    int fd;

    g_assert_no_error (error);
    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    fd = await_open_display (machine, "vnc", &error);
    g_assert_no_error (error);
    connection = g_socket_listener_accept (listener, NULL, NULL, NULL);
    g_assert_true (g_output_stream_write_all (
        g_io_stream_get_output_stream (G_IO_STREAM (connection)), "RFB ", 4, NULL, NULL, NULL));
    g_assert_cmpuint (await_read (fd, hello, sizeof hello), ==, sizeof hello);
    g_assert_cmpmem (hello, 4, "RFB ", 4);
    close (fd);
    /* Nobody listens any more. */
    g_socket_listener_close (listener);
    g_assert_cmpint (await_open_display (machine, "vnc", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (error->message, "127.0.0.1"));
}

static void
test_what_a_host_cannot_do_it_says (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (VitrineMachine) alpha = find (host, "alpha");
    g_autoptr (VitrineMachine) spice = find (host, "spice-only");
    g_autoptr (VitrineSpec) spec = vitrine_spec_new ();
    g_autoptr (GError) error = NULL;

    g_assert_cmpstr (vitrine_machine_get_displays (spice)[0], ==, "spice");
    g_assert_null (vitrine_machine_get_displays (spice)[1]);
    /* It has both. */
    g_assert_cmpstr (vitrine_machine_get_displays (alpha)[0], ==, "spice");
    g_assert_cmpstr (vitrine_machine_get_displays (alpha)[1], ==, "vnc");
    assert_display_fails (host, "headless", VITRINE_ERROR_NOT_FOUND);
    assert_display_fails (host, "spice-only", VITRINE_ERROR_UNSUPPORTED);
    assert_display_fails (host, "alpha", VITRINE_ERROR_UNSUPPORTED);
    g_assert_cmpint (await_open_console (alpha, "serial0", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_cmpint (await_open_console (alpha, "serial7", &error), ==, -1);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_clear_error (&error);
    g_assert_null (await_create (host, spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID); /* it has no name yet */
}

static void
test_keys_and_pictures (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (VitrineMachine) alpha = find (host, "alpha");
    GVariant *keys =
        g_variant_new_parsed ("[(uint32 29, true), (56, true), (111, true), (111, false),"
                              " (56, false), (29, false)]");
    g_autoptr (VitrinePicture) picture = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (await_send_keys (alpha, keys, NULL));
    /* The test driver shows a picture that not every package of libvirt has. */
    picture = await_screenshot (alpha, &error);
    if (picture == NULL)
        g_test_message ("no picture: %s", error->message);
    else
        g_assert_cmpuint (picture->width, >, 0);
}

static void
test_the_hosts_size_is_known (void)
{
    g_autoptr (VitrineHost) host = rich_host ();
    g_autoptr (VitrineHostLimits) limits = vitrine_host_dup_limits (host);

    g_assert_cmpuint (limits->host_cpus, ==, 16);
    g_assert_cmpuint (limits->memory_bytes, ==, G_GUINT64_CONSTANT (32) << 30);
}

/* --- hosts that cannot be reached ------------------------------------------------------------- */

/* What is at the socket: nothing, a socket that nobody listens on, or one that never answers. */
static int
make_socket (const char *path, gboolean listens)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy (address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
    if (listens)
        g_assert_cmpint (listen (fd, 5), ==, 0);
    return fd;
}

static VitrineHost *
host_at (const char *path)
{
    g_autofree char *uri = g_strconcat ("qemu+unix:///system?socket=", path, NULL);
    VitrineHost *host = vitrine_host_new (uri, NULL);

    g_assert_nonnull (host);
    return host;
}

static void
assert_connect_fails (const char *path, VitrineError code, const char *mention)
{
    g_autoptr (VitrineHost) host = host_at (path);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) checks = NULL;

    g_assert_false (await_connect (host, &error));
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_nonnull (strstr (error->message, mention));
    g_assert_true (g_str_has_prefix (error->message, vitrine_host_get_problem (host)));
    g_assert_true (g_str_has_suffix (error->message, vitrine_host_get_mend (host)));
    g_assert_cmpstr (vitrine_host_get_mend (host), !=, "");
    g_assert_false (vitrine_host_get_ready (host));
}

static void
test_a_daemon_that_is_not_there_is_named (void)
{
    g_autofree char *folder = test_folder_new ();
    g_autofree char *missing = g_build_filename (folder, "libvirt-sock", NULL);
    g_autofree char *dead = g_build_filename (folder, "virtqemud-sock", NULL);
    g_autoptr (VitrineHost) host = host_at (missing);
    g_autoptr (GPtrArray) checks = NULL;
    int fd;

    assert_connect_fails (missing, VITRINE_ERROR_NOT_FOUND, "libvirt's daemon");
    fd = make_socket (dead, FALSE);
    assert_connect_fails (dead, VITRINE_ERROR_NOT_FOUND, "libvirt's daemon");
    close (fd);
    checks = await_check (host, NULL);
    g_assert_cmpuint (checks->len, ==, 1);
    g_assert_cmpstr (((VitrineCheck *) checks->pdata[0])->id, ==, "libvirt-daemon");
    g_assert_cmpint (((VitrineCheck *) checks->pdata[0])->status, ==, VITRINE_CHECK_FAILED);
    test_folder_remove (g_steal_pointer (&folder));
}

static gboolean
tick_cb (gpointer n_ticks)
{
    ++*(guint *) n_ticks;
    return G_SOURCE_CONTINUE;
}

/* The module under test has a second's patience. */
static void
test_a_daemon_that_does_not_answer_is_given_up (void)
{
    g_autofree char *folder = test_folder_new ();
    g_autofree char *path = g_build_filename (folder, "libvirt-sock", NULL);
    g_autoptr (VitrineHost) host = host_at (path);
    g_autoptr (GError) error = NULL;
    guint n_ticks = 0, source = g_timeout_add (50, tick_cb, &n_ticks);
    int fd = make_socket (path, TRUE);

    g_assert_false (await_connect (host, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (error->message, "has not answered in time"));
    g_assert_cmpuint (n_ticks, >, 5); /* the main loop went on */
    g_source_remove (source);
    close (fd); /* ends the call that is still there */
    test_folder_remove (g_steal_pointer (&folder));
}

static void
test_who_cancels_waits_no_longer (void)
{
    g_autofree char *folder = test_folder_new ();
    g_autofree char *path = g_build_filename (folder, "libvirt-sock", NULL);
    g_autoptr (VitrineHost) host = host_at (path);
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;
    gint64 begun = g_get_monotonic_time ();
    int fd = make_socket (path, TRUE);

    vitrine_host_connect_async (host, cancellable, await_cb, &slot);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_false (vitrine_host_connect_finish (host, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (g_get_monotonic_time () - begun, <, G_USEC_PER_SEC / 2);
    close (fd);
    test_folder_remove (g_steal_pointer (&folder));
}

static void
test_an_unknown_driver_is_no_host (void)
{
    g_autoptr (VitrineHost) host = vitrine_host_new ("nonsense:///system", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_false (await_connect (host, &error));
    g_assert_nonnull (strstr (error->message, "nonsense:///system"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/module/is-loaded-with-the-first-host",
                     test_it_is_loaded_with_the_first_host);
    g_test_add_func ("/libvirt/host/has-a-title-for-people", test_a_host_has_a_title_for_people);
    g_test_add_func ("/libvirt/list/all-states-are-shown", test_all_states_are_shown);
    g_test_add_func ("/libvirt/list/one-machine-is-looked-up-alone",
                     test_one_machine_is_looked_up_alone);
    g_test_add_func ("/libvirt/machine/what-it-has-is-shown", test_what_it_has_is_shown);
    g_test_add_func ("/libvirt/machine/states-follow-what-is-asked",
                     test_states_follow_what_is_asked);
    g_test_add_func ("/libvirt/machine/what-others-do-is-seen", test_what_others_do_is_seen);
    g_test_add_func ("/libvirt/host/machines-come-and-go-for-all-who-look",
                     test_machines_come_and_go_for_all_who_look);
    g_test_add_func ("/libvirt/host/nothing-of-a-definition-is-dropped",
                     test_nothing_of_a_definition_is_dropped);
    g_test_add_func ("/libvirt/machine/disks-that-are-not-ours-stay",
                     test_disks_that_are_not_ours_stay);
    g_test_add_func ("/libvirt/display/is-opened-by-its-address",
                     test_a_display_is_opened_by_its_address);
    g_test_add_func ("/libvirt/machine/what-a-host-cannot-do-it-says",
                     test_what_a_host_cannot_do_it_says);
    g_test_add_func ("/libvirt/machine/keys-and-pictures", test_keys_and_pictures);
    g_test_add_func ("/libvirt/host/its-size-is-known", test_the_hosts_size_is_known);
    g_test_add_func ("/libvirt/trouble/a-daemon-that-is-not-there-is-named",
                     test_a_daemon_that_is_not_there_is_named);
    g_test_add_func ("/libvirt/trouble/a-daemon-that-does-not-answer-is-given-up",
                     test_a_daemon_that_does_not_answer_is_given_up);
    g_test_add_func ("/libvirt/trouble/who-cancels-waits-no-longer",
                     test_who_cancels_waits_no_longer);
    g_test_add_func ("/libvirt/trouble/an-unknown-driver-is-no-host",
                     test_an_unknown_driver_is_no_host);
    return g_test_run ();
}
