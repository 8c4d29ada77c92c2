/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-change.c - what machines of a real libvirt daemon have, while they run and in their definitions.
 *
 * No system runs in the machine, so a device that a guest is asked for is never given back; those that nobody is
 * asked for (USB) go at once.  The tests are one story and come in its order.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "libvirt-daemon.h"

#define UUID "c0ffee00-0000-4000-8000-00000000cccc"
#define BOTH (VITRINE_SCOPE_LIVE | VITRINE_SCOPE_CONFIG)
#define MIB  (G_GUINT64_CONSTANT (1) << 20)

static VitrineHost *host;
static VitrineMachine *machine;

/* --- asking ----------------------------------------------------------------------------------- */

/* Whether the device ALIAS is in SCOPE. */
static gboolean
has (VitrineScope scope, const char *alias)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, scope);

    return vitrine_device_info_find (devices, alias) != NULL;
}

/* The first device of KIND and MODEL in SCOPE, or NULL. */
static VitrineDeviceInfo *
dup_device (VitrineScope scope, const char *kind, const char *model)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices_of (machine, scope);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, kind) && g_str_equal (device->model, model))
            return vitrine_device_info_copy (device);
    }
    return NULL;
}

static void
assert_medium (VitrineScope scope, const char *path)
{
    g_autoptr (VitrineDeviceInfo) drive = dup_device (scope, "cdrom", "sata");

    g_assert_cmpstr (drive->source, ==, path);
}

/* Whether there is a tablet on USB in SCOPE. */
static gboolean
has_tablet (VitrineScope scope)
{
    g_autoptr (VitrineDeviceInfo) tablet = dup_device (scope, "tablet", "usb");

    return tablet != NULL;
}

static void
change (VitrineChange what)
{
    g_autoptr (GError) error = NULL;

    await_change (machine, &what, &error);
    g_assert_no_error (error);
}

static void
refuse (VitrineChange what, VitrineError code, const char *mention)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (await_change (machine, &what, &error));
    g_test_message ("%s", error->message);
    g_assert_error (error, VITRINE_ERROR, (int) code);
    g_assert_nonnull (strstr (error->message, mention));
}

static void
attach (VitrineScope scope, const char *kind, const char *spec)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *element = vitrine_device_spec_to_element (machine, kind, spec, &error);

    g_assert_no_error (error);
    change ((VitrineChange){ .kind = VITRINE_CHANGE_ATTACH, .scope = scope, .what = element });
}

static void
detach (VitrineScope scope, const char *alias)
{
    change ((VitrineChange){ .kind = VITRINE_CHANGE_DETACH, .scope = scope, .what = alias });
}

/* An image of 1 MiB. */
static char *
make_image (const char *name)
{
    char *path = g_build_filename (libvirt_daemon_folder (), name, NULL);
    g_autofree char *zeros = g_malloc0 (MIB);

    g_assert_true (g_file_set_contents (path, zeros, MIB, NULL));
    return path;
}

/* --- the story -------------------------------------------------------------------------------- */

static void
test_a_machine_that_is_off_gets_devices_in_its_definition (void)
{
    g_autofree char *image = make_image ("a.raw");
    g_autofree char *disk = g_strdup_printf ("%s,serial=s1", image);
    g_autofree char *xml = libvirt_daemon_make_xml (
        "gamma", UUID,
        "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>"
        "<controller type='usb' model='qemu-xhci'/>");
    g_autoptr (GError) error = NULL;

    host = vitrine_host_new ("qemu:///session", NULL);
    await_connect (host, &error);
    g_assert_no_error (error);
    machine = await_define (host, xml, &error);
    g_assert_no_error (error);
    attach (VITRINE_SCOPE_CONFIG, "disk", disk);
    attach (VITRINE_SCOPE_CONFIG, "nic", "model=e1000");
    attach (VITRINE_SCOPE_CONFIG, "watchdog", "");
    attach (VITRINE_SCOPE_CONFIG, "panic", "");
    g_assert_true (has (VITRINE_SCOPE_CONFIG, "virtio-disk0"));
    g_assert_true (has (VITRINE_SCOPE_CONFIG, "net0"));
    g_assert_true (has (VITRINE_SCOPE_CONFIG, "watchdog0"));
    detach (VITRINE_SCOPE_CONFIG, "net0");
    g_assert_false (has (VITRINE_SCOPE_CONFIG, "net0"));
    g_assert_true (has (VITRINE_SCOPE_CONFIG, "virtio-disk0"));
}

static void
test_a_disk_of_a_server_comes_and_goes (void)
{
    g_autofree char *with = NULL;
    g_autofree char *without = NULL;

    attach (VITRINE_SCOPE_CONFIG, "disk", "nbd://tower/x,bus=sata");
    with = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (with, "<source protocol='nbd' name='x'"));
    g_assert_nonnull (strstr (with, "<host name='tower' port='10809'/>"));
    detach (VITRINE_SCOPE_CONFIG, "sata0-0-1");
    without = vitrine_machine_dup_xml (machine, NULL);
    g_assert_null (strstr (without, "tower"));
}

static void
test_what_libvirt_does_not_know_is_refused_and_not_dropped (void)
{
    g_autofree char *before = vitrine_machine_dup_xml (machine, NULL);
    g_autofree char *after = NULL;

    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_ATTACH,
                             .scope = VITRINE_SCOPE_CONFIG,
                             .what = "<rng model='virtio'><backend model='random'>/dev/urandom"
                                     "</backend><colour/></rng>" },
            VITRINE_ERROR_INVALID, "");
    after = vitrine_machine_dup_xml (machine, NULL);
    g_assert_cmpstr (before, ==, after);
}

static void
test_processors_and_memory_are_set (void)
{
    change ((VitrineChange){
        .kind = VITRINE_CHANGE_VCPUS, .scope = VITRINE_SCOPE_CONFIG, .n = 2, .max = 4 });
    g_assert_cmpuint (vitrine_machine_get_vcpus (machine), ==, 2);
    change ((VitrineChange){ .kind = VITRINE_CHANGE_MEMORY,
                             .scope = VITRINE_SCOPE_CONFIG,
                             .size_bytes = 40 * MIB,
                             .max_bytes = 64 * MIB });
    g_assert_cmpuint (vitrine_machine_get_memory_bytes (machine), ==, 40 * MIB);
    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_VCPUS, .scope = VITRINE_SCOPE_CONFIG, .n = 9 },
            VITRINE_ERROR_INVALID, "gamma");
}

static void
test_an_image_outside_of_pools_does_not_grow_while_its_machine_is_off (void)
{
    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_RESIZE,
                             .scope = VITRINE_SCOPE_CONFIG,
                             .what = "virtio-disk0",
                             .size_bytes = 2 * MIB },
            VITRINE_ERROR_UNSUPPORTED, "storage pool");
}

static void
test_devices_come_to_what_runs (void)
{
    g_autofree char *image = make_image ("b.raw");
    g_autoptr (GError) error = NULL;

    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    attach (VITRINE_SCOPE_LIVE, "disk", image);
    g_assert_true (has (VITRINE_SCOPE_LIVE, "virtio-disk1"));
    g_assert_false (has (VITRINE_SCOPE_CONFIG, "virtio-disk1"));
    attach (BOTH, "input", "type=tablet");
    g_assert_true (has_tablet (VITRINE_SCOPE_LIVE));
    g_assert_true (has_tablet (VITRINE_SCOPE_CONFIG));
}

static void
test_what_a_host_would_leave_out_does_not_come (void)
{
    g_autofree char *image = make_image ("c.raw");
    g_autoptr (VitrineDeviceInfo) keyboard = NULL;
    g_autofree char *element = g_strdup_printf (
        "<disk type='file' device='disk'><source file='%s'/><target dev='vdc' bus='virtio'/>"
        "<colour/></disk>",
        image);

    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_ATTACH,
                             .scope = VITRINE_SCOPE_LIVE,
                             .what = "<input type='keyboard' bus='usb'><colour/></input>" },
            VITRINE_ERROR_INVALID, "<colour>");
    keyboard = dup_device (VITRINE_SCOPE_LIVE, "keyboard", "usb");
    g_assert_null (keyboard);
    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_ATTACH, .scope = BOTH, .what = element },
            VITRINE_ERROR_INVALID, "");
    g_assert_false (has (VITRINE_SCOPE_LIVE, "virtio-disk2"));
    g_assert_false (has (VITRINE_SCOPE_CONFIG, "virtio-disk2"));
}

/* A disk of which QEMU has no file: the definition took it, and gives it back. */
static void
test_what_runs_refuses_is_not_left_in_the_definition (void)
{
    g_autofree char *missing = g_build_filename (libvirt_daemon_folder (), "missing.raw", NULL);
    g_autofree char *element = vitrine_device_spec_to_element (machine, "disk", missing, NULL);

    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_ATTACH, .scope = BOTH, .what = element },
            VITRINE_ERROR_ENGINE, "missing.raw");
    g_assert_false (has (VITRINE_SCOPE_CONFIG, "virtio-disk2"));
}

static void
test_devices_that_nobody_is_asked_for_go_at_once (void)
{
    g_autoptr (VitrineDeviceInfo) tablet = dup_device (VITRINE_SCOPE_LIVE, "tablet", "usb");

    detach (BOTH, tablet->alias);
    g_assert_false (has_tablet (VITRINE_SCOPE_LIVE));
    g_assert_false (has_tablet (VITRINE_SCOPE_CONFIG));
}

static void
count_leaving_cb (VitrineMachine *one, guint *n)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (one);
    const VitrineDeviceInfo *disk = vitrine_device_info_find (devices, "virtio-disk1");

    *n += disk != NULL && disk->state == VITRINE_DEVICE_LEAVING;
}

static void
test_a_guest_that_gives_nothing_back_is_told_of (void)
{
    guint n_leaving = 0;
    gulong handler =
        g_signal_connect (machine, "devices-changed", G_CALLBACK (count_leaving_cb), &n_leaving);
    g_autoptr (GPtrArray) devices = NULL;

    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_DETACH,
                             .scope = VITRINE_SCOPE_LIVE,
                             .what = "virtio-disk1" },
            VITRINE_ERROR_BUSY, "virtio-disk1");
    g_signal_handler_disconnect (machine, handler);
    g_assert_cmpuint (n_leaving, >, 0);
    devices = vitrine_machine_dup_devices (machine);
    g_assert_cmpint (vitrine_device_info_find (devices, "virtio-disk1")->state, ==,
                     VITRINE_DEVICE_PRESENT);
    refuse ((VitrineChange){ .kind = VITRINE_CHANGE_DETACH,
                             .scope = VITRINE_SCOPE_LIVE,
                             .what = "virtio-disk1",
                             .force = TRUE },
            VITRINE_ERROR_UNSUPPORTED, "force");
}

static void
test_media_come_and_go (void)
{
    g_autofree char *iso = g_build_filename (libvirt_daemon_folder (), "a.iso", NULL);

    test_write_iso (iso);
    change ((VitrineChange){
        .kind = VITRINE_CHANGE_INSERT, .scope = BOTH, .what = "sata0-0-0", .path = iso });
    assert_medium (VITRINE_SCOPE_LIVE, iso);
    assert_medium (VITRINE_SCOPE_CONFIG, iso);
    change ((VitrineChange){
        .kind = VITRINE_CHANGE_EJECT, .scope = VITRINE_SCOPE_LIVE, .what = "sata0-0-0" });
    assert_medium (VITRINE_SCOPE_LIVE, "");
    assert_medium (VITRINE_SCOPE_CONFIG, iso);
}

static void
test_a_disk_grows_while_its_machine_runs (void)
{
    g_autofree char *image = g_build_filename (libvirt_daemon_folder (), "a.raw", NULL);
    VitrineChange grow = {
        .kind = VITRINE_CHANGE_RESIZE, .scope = BOTH, .what = "virtio-disk0", .size_bytes = 3 * MIB
    };
    GStatBuf st;

    change (grow);
    g_assert_cmpint (g_stat (image, &st), ==, 0);
    g_assert_cmpint (st.st_size, ==, 3 * MIB);
    grow.size_bytes = 2 * MIB;
    refuse (grow, VITRINE_ERROR_INVALID, "only grow");
}

static void
test_the_end (void)
{
    g_autoptr (GError) error = NULL;

    await_act (machine, VITRINE_ACTION_POWER_OFF, &error);
    g_assert_no_error (error);
    g_assert_false (has (VITRINE_SCOPE_CONFIG, "virtio-disk1"));
}

/* --- the program ------------------------------------------------------------------------------ */

int
main (int argc, char **argv)
{
    int status;

    if (!libvirt_daemon_begin ())
        return 0;
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/change/a-machine-that-is-off-gets-devices-in-its-definition",
                     test_a_machine_that_is_off_gets_devices_in_its_definition);
    g_test_add_func ("/libvirt/change/a-disk-of-a-server-comes-and-goes",
                     test_a_disk_of_a_server_comes_and_goes);
    g_test_add_func ("/libvirt/change/what-libvirt-does-not-know-is-refused-and-not-dropped",
                     test_what_libvirt_does_not_know_is_refused_and_not_dropped);
    g_test_add_func ("/libvirt/change/processors-and-memory-are-set",
                     test_processors_and_memory_are_set);
    g_test_add_func ("/libvirt/change/an-image-outside-of-pools-does-not-grow-while-off",
                     test_an_image_outside_of_pools_does_not_grow_while_its_machine_is_off);
    g_test_add_func ("/libvirt/change/devices-come-to-what-runs", test_devices_come_to_what_runs);
    g_test_add_func ("/libvirt/change/what-a-host-would-leave-out-does-not-come",
                     test_what_a_host_would_leave_out_does_not_come);
    g_test_add_func ("/libvirt/change/what-runs-refuses-is-not-left-in-the-definition",
                     test_what_runs_refuses_is_not_left_in_the_definition);
    g_test_add_func ("/libvirt/change/devices-that-nobody-is-asked-for-go-at-once",
                     test_devices_that_nobody_is_asked_for_go_at_once);
    g_test_add_func ("/libvirt/change/a-guest-that-gives-nothing-back-is-told-of",
                     test_a_guest_that_gives_nothing_back_is_told_of);
    g_test_add_func ("/libvirt/change/media-come-and-go", test_media_come_and_go);
    g_test_add_func ("/libvirt/change/a-disk-grows-while-its-machine-runs",
                     test_a_disk_grows_while_its_machine_runs);
    g_test_add_func ("/libvirt/change/what-came-while-it-ran-is-gone-when-it-is-off", test_the_end);
    status = g_test_run ();
    g_clear_object (&machine);
    g_clear_object (&host);
    libvirt_daemon_end ();
    return status;
}
