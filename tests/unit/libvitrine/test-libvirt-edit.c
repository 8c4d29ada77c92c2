/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-edit.c - a change in libvirt's XML changes what it is about, and nothing else. */
#include <string.h>

#include "libvirt-edit.h"
#include "vitrine-error.h"

#define HEAD                                                                                       \
    "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' type='kvm' id='3'>\n"         \
    "  <name>alpha</name>\n"                                                                       \
    "  <metadata><app:x xmlns:app='urn:app'>kept &amp; well</app:x></metadata>\n"                  \
    "  <!-- somebody's note -->\n"                                                                 \
    "  <devices>\n"                                                                                \
    "    <emulator>/usr/bin/qemu</emulator>\n"
#define DISK                                                                                       \
    "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/>"                \
    "<source file='/srv/a.raw'/><target dev='vda' bus='virtio'/><newer thing='1'/></disk>"
#define DRIVE                                                                                      \
    "<disk type='file' device='cdrom'><source file='/srv/a.iso' index='1'/><backingStore/>"        \
    "<target dev='sda' bus='sata'/><readonly/></disk>"
#define CARD                                                                                       \
    "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/>"      \
    "<model type='virtio'/></interface>"
#define TAIL                                                                                       \
    "\n  </devices>\n  <qemu:commandline><qemu:arg value='-s'/></qemu:commandline>\n"              \
    "  <future some='thing'><deep/></future>\n</domain>"
#define XML HEAD DISK DRIVE CARD TAIL

/* What XML becomes by CHANGE is EXPECTED, to the letter but for the kind of quotes. */
static void
assert_edit (const char *live, const VitrineChange *change, const char *expected)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *edited = libvirt_edit (XML, live, change, &error);

    g_assert_no_error (error);
    g_strdelimit (edited, "\"", '\'');
    g_assert_cmpstr (edited, ==, expected);
}

static void
assert_refused (const VitrineChange *change, const char *live, VitrineError code)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (libvirt_edit (XML, live, change, &error));
    g_assert_error (error, VITRINE_ERROR, (int) code);
}

static void
test_a_device_is_added_and_the_rest_stays (void)
{
    const VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH,
                                   .what = "<rng model='virtio'><odd/></rng>" };

    /* Where libxml2 puts it is after the last thing in <devices>. */
    assert_edit (NULL, &change,
                 HEAD DISK DRIVE CARD
                 "\n  <rng model='virtio'><odd/></rng></devices>\n"
                 "  <qemu:commandline><qemu:arg value='-s'/></qemu:commandline>\n"
                 "  <future some='thing'><deep/></future>\n</domain>");
}

static void
test_a_device_goes_and_the_rest_stays (void)
{
    const VitrineChange change = { .kind = VITRINE_CHANGE_DETACH, .what = "virtio-disk0" };
    const VitrineChange missing = { .kind = VITRINE_CHANGE_DETACH, .what = "virtio-disk7" };

    assert_edit (NULL, &change, HEAD DRIVE CARD TAIL);
    assert_refused (&missing, NULL, VITRINE_ERROR_NOT_FOUND);
}

/* What runs calls the card net7: the definition's net0 is the one with the same address. */
static void
test_the_device_that_is_meant_goes_whatever_it_is_called (void)
{
    static const char live[] =
        "<domain><devices><interface type='network'><mac address='52:54:00:00:00:09'/>"
        "<alias name='net0'/></interface><interface type='network'>"
        "<mac address='52:54:00:00:00:01'/><alias name='net7'/></interface></devices></domain>";
    const VitrineChange meant = { .kind = VITRINE_CHANGE_DETACH, .what = "net7" };
    const VitrineChange other = { .kind = VITRINE_CHANGE_DETACH, .what = "net0" };

    assert_edit (live, &meant, HEAD DISK DRIVE TAIL);
    assert_refused (&other, live, VITRINE_ERROR_NOT_FOUND);
}

static void
test_a_medium_is_changed_and_its_drive_stays (void)
{
    const VitrineChange eject = { .kind = VITRINE_CHANGE_EJECT, .what = "sata-disk0" };
    const VitrineChange file = { .kind = VITRINE_CHANGE_INSERT,
                                 .what = "sata-disk0",
                                 .path = "/srv/b & c.iso" };
    const VitrineChange device = { .kind = VITRINE_CHANGE_INSERT,
                                   .what = "sata-disk0",
                                   .path = "/dev/sr0" };
    const VitrineChange disk = { .kind = VITRINE_CHANGE_EJECT, .what = "virtio-disk0" };

    assert_edit (NULL, &eject,
                 HEAD DISK "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/>"
                           "<readonly/></disk>" CARD TAIL);
    assert_edit (NULL, &file,
                 HEAD DISK "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/>"
                           "<readonly/><source file='/srv/b &amp; c.iso'/></disk>" CARD TAIL);
    assert_edit (NULL, &device,
                 HEAD DISK "<disk type='block' device='cdrom'><target dev='sda' bus='sata'/>"
                           "<readonly/><source dev='/dev/sr0'/></disk>" CARD TAIL);
    assert_refused (&disk, NULL, VITRINE_ERROR_INVALID);
}

static void
test_a_cable_is_pulled_and_its_card_stays (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *card = libvirt_edit_dup_card (XML, "net0", FALSE, &error);

    g_assert_no_error (error);
    g_assert_nonnull (strstr (card, "<model type=\"virtio\"/><link state=\"down\"/></interface>"));
    g_assert_null (libvirt_edit_dup_card (XML, "virtio-disk0", FALSE, NULL));
}

static void
test_what_a_host_left_out_is_named (void)
{
    static const struct {
        const char *element, *dropped;
    } cases[] = {
        { "<disk type='file'><target dev='vda'/></disk>", NULL },
        { "<disk type='block'><source file='/other'/></disk>",
          NULL }, /* values may be said otherwise */
        { "<disk type='file' colour='red'/>", "colour='…' of <disk>" },
        { "<disk><target dev='vda' tray='open'/></disk>", "tray='…' of <target>" },
        { "<disk><driver name='qemu'><deep/></driver></disk>", "<deep>" },
        { "<disk><iotune/></disk>", "<iotune>" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *dropped =
            libvirt_edit_find_dropped (cases[i].element, XML, "virtio-disk0");

        g_assert_cmpstr (dropped, ==, cases[i].dropped);
    }
}

static void
test_what_is_no_xml_is_refused (void)
{
    const VitrineChange broken = { .kind = VITRINE_CHANGE_ATTACH, .what = "<rng" };
    const VitrineChange change = { .kind = VITRINE_CHANGE_DETACH, .what = "net0" };
    g_autoptr (GError) error = NULL;

    assert_refused (&broken, NULL, VITRINE_ERROR_INVALID);
    g_assert_null (libvirt_edit ("<network/>", NULL, &change, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/edit/a-device-is-added-and-the-rest-stays",
                     test_a_device_is_added_and_the_rest_stays);
    g_test_add_func ("/libvirt/edit/a-device-goes-and-the-rest-stays",
                     test_a_device_goes_and_the_rest_stays);
    g_test_add_func ("/libvirt/edit/the-device-that-is-meant-goes-whatever-it-is-called",
                     test_the_device_that_is_meant_goes_whatever_it_is_called);
    g_test_add_func ("/libvirt/edit/a-medium-is-changed-and-its-drive-stays",
                     test_a_medium_is_changed_and_its_drive_stays);
    g_test_add_func ("/libvirt/edit/a-cable-is-pulled-and-its-card-stays",
                     test_a_cable_is_pulled_and_its_card_stays);
    g_test_add_func ("/libvirt/edit/what-a-host-left-out-is-named",
                     test_what_a_host_left_out_is_named);
    g_test_add_func ("/libvirt/edit/what-is-no-xml-is-refused", test_what_is_no_xml_is_refused);
    return g_test_run ();
}
