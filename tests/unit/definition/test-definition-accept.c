/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-accept.c - what a definition says is what the machine becomes, and its text
 * stays. */
#include <string.h>

#include "definition-texts.h"
#include "definition.h"
#include "vitrine-error.h"

static VitrineDefinition *
parse (const char *xml)
{
    g_autoptr (GError) error = NULL;
    VitrineDefinition *definition = vitrine_definition_parse (xml, -1, &error);

    g_assert_no_error (error);
    g_assert_nonnull (definition);
    return definition;
}

static VitrineDefinitionDevice *
device_at (VitrineDefinition *definition, guint index)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    g_assert_cmpuint (index, <, devices->len);
    return g_ptr_array_index (devices, index);
}

static void
test_minimal (void)
{
    g_autoptr (VitrineDefinition) d = parse (DOMAIN (HEAD MEMORY "<os><type>hvm</type></os>"));

    g_assert_cmpstr (vitrine_definition_get_name (d), ==, "one");
    g_assert_cmpstr (vitrine_definition_get_uuid (d), ==, UUID);
    g_assert_null (vitrine_definition_get_title (d));
    g_assert_cmpuint (vitrine_definition_get_vcpus (d), ==, 1);
    g_assert_cmpuint (vitrine_definition_get_memory_bytes (d), ==, 64 << 20);
    g_assert_cmpint (vitrine_definition_get_firmware (d), ==, VITRINE_DEFINITION_FIRMWARE_BIOS);
    g_assert_null (vitrine_definition_get_kernel (d));
    g_assert_cmpstr (vitrine_definition_get_command_line (d), ==, "");
    g_assert_false (vitrine_definition_has_graphics (d));
    g_assert_null (vitrine_definition_get_video (d));
    g_assert_false (vitrine_definition_get_off_at_reboot (d));
    g_assert_false (vitrine_definition_get_boot_menu (d));
    g_assert_cmpuint (vitrine_definition_get_devices (d)->len, ==, 0);
}

/* What libvirt writes when it is given a small machine, live as `virsh dumpxml` prints it. */
static const char libvirt_text[] =
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    "<!-- kept -->\n"
    "<domain type='kvm' id='3'>\n"
    "  <name>debian</name>\n"
    "  <uuid>6F1F9D0E-3C67-4F5E-9B6A-8A9F2F1F7C11</uuid>\n"
    "  <title>A title &amp; more</title>\n"
    "  <description>Anything</description>\n"
    "  <metadata><x:y xmlns:x='urn:x'><interface/></x:y></metadata>\n"
    "  <memory unit='KiB'>1048576</memory>\n"
    "  <currentMemory unit='KiB'>1048576</currentMemory>\n"
    "  <vcpu placement='static'>2</vcpu>\n"
    "  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>\n"
    "    <boot dev='cdrom'/><boot dev='hd'/><bootmenu enable='yes'/></os>\n"
    "  <features><acpi/><apic/><vmport state='off'/></features>\n"
    "  <cpu mode='host-passthrough' check='none' migratable='on'/>\n"
    "  <clock offset='utc'><timer name='pit' tickpolicy='delay'/>"
    "<timer name='hpet' present='no'/></clock>\n"
    "  <on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot>"
    "<on_crash>destroy</on_crash>\n"
    "  <pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>\n"
    "  <devices>\n"
    "    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
    "    <disk type='block' device='disk'><driver name='qemu' type='raw' cache='none' "
    "io='io_uring' discard='unmap'/><source dev='/dev/vg/root' index='2'/><backingStore/>"
    "<target dev='vda' bus='virtio'/><serial>ROOT 1</serial><alias name='virtio-disk0'/>"
    "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/></disk>\n"
    "    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
    "<source file='/iso/debian.iso' startupPolicy='optional'/><target dev='sda' bus='sata'/>"
    "<readonly/><alias name='sata0-0-0'/>"
    "<address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>\n"
    "    <controller type='usb' index='0' model='none'/>\n"
    "    <controller type='sata' index='0'><address type='pci' domain='0x0000' bus='0x00' "
    "slot='0x1f' function='0x2'/></controller>\n"
    "    <controller type='pci' index='0' model='pcie-root'/>\n"
    "    <serial type='pty'><source path='/dev/pts/4'/><target type='isa-serial' port='0'>"
    "<model name='isa-serial'/></target><alias name='serial0'/></serial>\n"
    "    <console type='pty' tty='/dev/pts/4'><source path='/dev/pts/4'/>"
    "<target type='serial' port='0'/><alias name='serial0'/></console>\n"
    "    <input type='mouse' bus='ps2'><alias name='input0'/></input>\n"
    "    <input type='keyboard' bus='ps2'><alias name='input1'/></input>\n"
    "    <graphics type='vnc' port='-1' autoport='yes'><listen type='address'/></graphics>\n"
    "    <audio id='1' type='none'/>\n"
    "    <video><model type='vga' vram='16384' heads='1' primary='yes'/>"
    "<alias name='video0'/><address type='pci' slot='0x01'/></video>\n"
    "    <memballoon model='none'/>\n"
    "    <rng model='virtio'><backend model='random'>/dev/urandom</backend>"
    "<alias name='rng0'/></rng>\n"
    "  </devices>\n"
    "  <seclabel type='none' model='none'/>\n"
    "</domain>\n";

static void
test_libvirt_machine (void)
{
    g_autoptr (VitrineDefinition) d = parse (libvirt_text);

    g_assert_cmpstr (vitrine_definition_get_name (d), ==, "debian");
    g_assert_cmpstr (vitrine_definition_get_uuid (d), ==, UUID);
    g_assert_cmpstr (vitrine_definition_get_title (d), ==, "A title & more");
    g_assert_cmpuint (vitrine_definition_get_vcpus (d), ==, 2);
    g_assert_cmpuint (vitrine_definition_get_memory_bytes (d), ==, 1 << 30);
    g_assert_true (vitrine_definition_get_off_at_reboot (d));
    g_assert_true (vitrine_definition_get_boot_menu (d));
    g_assert_true (vitrine_definition_has_graphics (d));
    g_assert_cmpuint (vitrine_definition_get_devices (d)->len, ==, 7);
}

static void
test_libvirt_disks (void)
{
    g_autoptr (VitrineDefinition) d = parse (libvirt_text);
    VitrineDefinitionDevice *disk = device_at (d, 0);
    VitrineDefinitionDevice *cdrom = device_at (d, 1);

    g_assert_cmpint (disk->kind, ==, VITRINE_DEFINITION_DISK);
    g_assert_cmpstr (disk->alias, ==, "virtio-disk0");
    g_assert_cmpstr (disk->model, ==, "virtio");
    g_assert_cmpstr (disk->target, ==, "vda");
    g_assert_cmpstr (disk->source, ==, "/dev/vg/root");
    g_assert_cmpstr (disk->serial, ==, "ROOT 1");
    g_assert_true (disk->block && disk->explicit_raw && !disk->read_only);
    g_assert_cmpint (disk->cache, ==, VITRINE_DEFINITION_CACHE_NONE);
    g_assert_cmpuint (disk->slot, ==, 5);
    g_assert_cmpuint (disk->boot_index, ==, 2);
    g_assert_cmpint (cdrom->kind, ==, VITRINE_DEFINITION_CDROM);
    g_assert_cmpstr (cdrom->alias, ==, "sata0-0-0");
    g_assert_true (cdrom->read_only && cdrom->source_optional && !cdrom->block);
    g_assert_cmpuint (cdrom->boot_index, ==, 1);
}

static void
test_libvirt_rest (void)
{
    static const struct {
        guint index;
        VitrineDefinitionKind kind;
        const char *alias, *model;
        guint slot;
    } expected[] = {
        { 2, VITRINE_DEFINITION_SERIAL, "serial0", "16550a", 0 },
        { 3, VITRINE_DEFINITION_MOUSE, "input0", "ps2", 0 },
        { 4, VITRINE_DEFINITION_KEYBOARD, "input1", "ps2", 0 },
        { 5, VITRINE_DEFINITION_VIDEO, "video0", "vga", 1 },
        { 6, VITRINE_DEFINITION_RNG, "rng0", "virtio", 0 },
    };
    g_autoptr (VitrineDefinition) d = parse (libvirt_text);

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        VitrineDefinitionDevice *device = device_at (d, expected[i].index);

        g_assert_cmpint (device->kind, ==, expected[i].kind);
        g_assert_cmpstr (device->alias, ==, expected[i].alias);
        g_assert_cmpstr (device->model, ==, expected[i].model);
        g_assert_cmpuint (device->slot, ==, expected[i].slot);
    }
}

static void
assert_input (VitrineDefinition *d, guint index, VitrineDefinitionKind kind, const char *alias,
              guint port)
{
    VitrineDefinitionDevice *device = device_at (d, index);

    g_assert_cmpint (device->kind, ==, kind);
    g_assert_cmpstr (device->alias, ==, alias);
    g_assert_cmpstr (device->model, ==, "usb");
    g_assert_cmpuint (device->unit, ==, port);
}

/* As libvirt writes it; those with a port have it, the others get what is left. */
static void
test_usb (void)
{
    g_autoptr (VitrineDefinition) d = parse (
        DEVICES ("<controller type='usb' index='0' model='qemu-xhci' ports='15'><alias name='usb'/>"
                 "<address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>"
                 "</controller>"
                 "<input type='tablet' bus='usb'/><input type='mouse' bus='ps2'/>"
                 "<input type='keyboard' bus='usb'><alias name='kbd'/>"
                 "<address type='usb' bus='0' port='1'/></input><input type='tablet' bus='usb'/>"));
    VitrineDefinitionDevice *usb = device_at (d, 0);

    g_assert_cmpint (usb->kind, ==, VITRINE_DEFINITION_CONTROLLER);
    g_assert_cmpstr (usb->model, ==, "qemu-xhci");
    g_assert_cmpstr (usb->alias, ==, "usb");
    g_assert_cmpuint (usb->options->len, ==, 1);
    g_assert_cmpstr (g_array_index (usb->options, VitrineDefinitionOption, 0).name, ==, "ports");
    g_assert_cmpstr (g_array_index (usb->options, VitrineDefinitionOption, 0).value, ==, "15");
    g_assert_cmpuint (usb->slot, ==, 7);
    assert_input (d, 1, VITRINE_DEFINITION_TABLET, "input0", 2);
    assert_input (d, 3, VITRINE_DEFINITION_KEYBOARD, "kbd", 1);
    assert_input (d, 4, VITRINE_DEFINITION_TABLET, "input3", 3);
}

/* On virtio each is a PCI device, a mouse as well. */
static void
test_virtio_inputs (void)
{
    g_autoptr (VitrineDefinition) d = parse (
        DEVICES ("<input type='keyboard' bus='ps2'/><input type='mouse' bus='virtio'/>"
                 "<input type='tablet' bus='virtio'><address type='pci' slot='0x09'/></input>"
                 "<input type='keyboard' bus='virtio'><alias name='kbd'/></input>"));
    static const struct {
        VitrineDefinitionKind kind;
        const char *alias;
        guint slot;
    } expected[] = {
        { VITRINE_DEFINITION_MOUSE, "input1", 0 },
        { VITRINE_DEFINITION_TABLET, "input2", 9 },
        { VITRINE_DEFINITION_KEYBOARD, "kbd", 0 },
    };

    g_assert_cmpuint (vitrine_definition_get_devices (d)->len, ==, 4);
    for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
        VitrineDefinitionDevice *device = device_at (d, i + 1);

        g_assert_cmpint (device->kind, ==, expected[i].kind);
        g_assert_cmpstr (device->alias, ==, expected[i].alias);
        g_assert_cmpstr (device->model, ==, "virtio");
        g_assert_cmpuint (device->slot, ==, expected[i].slot);
        g_assert_true (vitrine_definition_device_is_on_pci (device));
    }
    g_assert_false (vitrine_definition_device_is_on_pci (device_at (d, 0)));
}

/* What sits on USB brings the controller, where the text says nothing of it. */
static void
test_usb_comes_along (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES ("<input type='tablet' bus='usb'/>"));
    g_autoptr (VitrineDefinition) plain = parse (DEVICES ("<controller type='usb' index='0'/>"));
    g_autoptr (VitrineDefinition) none = parse (DEVICES ("<input type='mouse' bus='ps2'/>"));

    g_assert_cmpuint (vitrine_definition_get_devices (d)->len, ==, 2);
    g_assert_cmpint (device_at (d, 1)->kind, ==, VITRINE_DEFINITION_CONTROLLER);
    g_assert_cmpstr (device_at (d, 1)->alias, ==, "usb");
    g_assert_cmpint (device_at (plain, 0)->kind, ==, VITRINE_DEFINITION_CONTROLLER);
    g_assert_cmpuint (device_at (plain, 0)->options->len, ==, 0);
    g_assert_cmpuint (vitrine_definition_get_devices (none)->len, ==, 1);
}

static void
test_text_is_kept (void)
{
    g_autoptr (VitrineDefinition) d = parse (libvirt_text);

    g_assert_cmpstr (vitrine_definition_get_xml (d), ==, libvirt_text);
    g_assert_false (vitrine_definition_made_uuid (d));
}

/* Only a missing UUID is put in: comments, metadata and all else are still there, and the second
 * reading changes nothing. */
static void
test_missing_uuid_is_put_in (void)
{
    static const char text[] = "<!-- first --><domain type='kvm'>\n  <name>one</name>\n  "
                               "<!-- second -->" MEMORY OS "\n"
                               "  <metadata><a:b xmlns:a='urn:a' c='1'>x<!-- third --></a:b>"
                               "</metadata>\n</domain><!-- last -->";
    g_autoptr (VitrineDefinition) d = parse (text);
    g_autoptr (VitrineDefinition) again = parse (vitrine_definition_get_xml (d));
    const char *xml = vitrine_definition_get_xml (d);

    g_assert_true (vitrine_definition_made_uuid (d));
    g_assert_true (g_uuid_string_is_valid (vitrine_definition_get_uuid (d)));
    for (const char *const *word =
             (const char *const[]){ "<!-- first -->", "<!-- second -->", "<!-- third -->",
                                    "<!-- last -->", "<a:b xmlns:a=\"urn:a\" c=\"1\">", NULL };
         *word; word++)
        g_assert_nonnull (strstr (xml, *word));
    g_assert_false (vitrine_definition_made_uuid (again));
    g_assert_cmpstr (vitrine_definition_get_uuid (again), ==, vitrine_definition_get_uuid (d));
    g_assert_cmpstr (vitrine_definition_get_xml (again), ==, xml);
}

static void
test_memory_units (void)
{
    static const struct {
        const char *unit;
        guint64 number, bytes;
    } expected[] = {
        { "", 65536, 64 << 20 },
        { "unit='b'", 67108864, 64 << 20 },
        { "unit='bytes'", 67108864, 64 << 20 },
        { "unit='k'", 65536, 64 << 20 },
        { "unit='KiB'", 65536, 64 << 20 },
        { "unit='KB'", 67109, 65 << 20 }, /* 67 109 000 bytes, rounded up */
        { "unit='M'", 64, 64 << 20 },
        { "unit='mib'", 64, 64 << 20 },
        { "unit='MB'", 64, 62 << 20 },
        { "unit='G'", 1, 1 << 30 },
        { "unit='GiB'", 2, G_GUINT64_CONSTANT (2) << 30 },
        { "unit='TiB'", 4, G_GUINT64_CONSTANT (4) << 40 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autofree char *xml =
            g_strdup_printf (DOMAIN (HEAD "<memory %s> %" G_GUINT64_FORMAT "\n</memory>" OS),
                             expected[i].unit, expected[i].number);
        g_autoptr (VitrineDefinition) d = parse (xml);

        g_assert_cmpuint (vitrine_definition_get_memory_bytes (d), ==, expected[i].bytes);
    }
}

static void
test_direct_boot (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (IN_OS ("<kernel>/boot/vmlinuz</kernel><initrd>/boot/initrd</initrd>"
                      "<cmdline>console=ttyS0 a=\"b &amp; c\"</cmdline>"));

    g_assert_cmpstr (vitrine_definition_get_kernel (d), ==, "/boot/vmlinuz");
    g_assert_cmpstr (vitrine_definition_get_initrd (d), ==, "/boot/initrd");
    g_assert_cmpstr (vitrine_definition_get_command_line (d), ==, "console=ttyS0 a=\"b & c\"");
}

static void
test_firmware (void)
{
    static const struct {
        const char *attribute, *inner;
        VitrineDefinitionFirmware firmware;
        const char *loader, *nvram, *template;
    } expected[] = {
        { "", "", VITRINE_DEFINITION_FIRMWARE_BIOS, NULL, NULL, NULL },
        { " firmware='bios'", "", VITRINE_DEFINITION_FIRMWARE_BIOS, NULL, NULL, NULL },
        { " firmware='efi'", "", VITRINE_DEFINITION_FIRMWARE_UEFI, NULL, NULL, NULL },
        { " firmware='efi'",
          "<firmware><feature enabled='no' name='enrolled-keys'/>"
          "<feature enabled='no' name='secure-boot'/></firmware>"
          "<loader secure='no' type='pflash'/>",
          VITRINE_DEFINITION_FIRMWARE_UEFI, NULL, NULL, NULL },
        { " firmware='efi'", "<nvram>/v/x_VARS.fd</nvram>", VITRINE_DEFINITION_FIRMWARE_UEFI, NULL,
          "/v/x_VARS.fd", NULL },
        { "", "<loader readonly='yes' type='pflash'>/c.fd</loader><nvram template='/t.fd'/>",
          VITRINE_DEFINITION_FIRMWARE_UEFI, "/c.fd", NULL, "/t.fd" },
        { " firmware='efi'",
          "<loader readonly='yes' secure='no' type='pflash' format='raw'> /c.fd </loader>"
          "<nvram template='/t.fd' templateFormat='raw' format='raw'>/v.fd</nvram>",
          VITRINE_DEFINITION_FIRMWARE_UEFI, "/c.fd", "/v.fd", "/t.fd" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autofree char *xml =
            g_strdup_printf (DOMAIN (HEAD MEMORY "<os%s><type>hvm</type>%s</os>"),
                             expected[i].attribute, expected[i].inner);
        g_autoptr (VitrineDefinition) d = parse (xml);

        g_assert_cmpint (vitrine_definition_get_firmware (d), ==, expected[i].firmware);
        g_assert_cmpstr (vitrine_definition_get_loader (d), ==, expected[i].loader);
        g_assert_cmpstr (vitrine_definition_get_nvram (d), ==, expected[i].nvram);
        g_assert_cmpstr (vitrine_definition_get_nvram_template (d), ==, expected[i].template);
    }
}

static void
test_clocks (void)
{
    static const struct {
        const char *xml;
        VitrineDefinitionClock clock;
        gint64 offset_s;
    } expected[] = {
        { WITH (""), VITRINE_DEFINITION_CLOCK_UTC, 0 },
        { WITH ("<clock offset='utc'/>"), VITRINE_DEFINITION_CLOCK_UTC, 0 },
        { WITH ("<clock offset='localtime'/>"), VITRINE_DEFINITION_CLOCK_LOCALTIME, 0 },
        { WITH ("<clock offset='variable' adjustment='-3600'/>"), VITRINE_DEFINITION_CLOCK_UTC,
          -3600 },
        { WITH ("<clock offset='variable' adjustment='60' basis='localtime'/>"),
          VITRINE_DEFINITION_CLOCK_LOCALTIME, 60 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autoptr (VitrineDefinition) d = parse (expected[i].xml);

        g_assert_cmpint (vitrine_definition_get_clock (d), ==, expected[i].clock);
        g_assert_cmpint (vitrine_definition_get_clock_offset_s (d), ==, expected[i].offset_s);
    }
}

static void
test_caches (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (
        DISK ("vda", "<driver cache='default'/>") DISK ("vdb", "<driver cache='none'/>") DISK (
            "vdc", "<driver cache='writeback'/>") DISK ("vdd", "<driver cache='writethrough'/>")
            DISK ("vde", "<driver cache='unsafe'/>") DISK ("vdf", "")));

    for (guint i = 0; i < 5; i++)
        g_assert_cmpuint (device_at (d, i)->cache, ==, VITRINE_DEFINITION_CACHE_DEFAULT + i);
    g_assert_cmpint (device_at (d, 5)->cache, ==, VITRINE_DEFINITION_CACHE_DEFAULT);
    g_assert_false (device_at (d, 5)->explicit_raw);
}

static void
test_formats (void)
{
    g_autoptr (VitrineDefinition) d = parse (
        DEVICES (DISK ("vda", "<driver type='raw'/>") DISK ("vdb", "<driver type='qcow2'/>")
                     DISK ("sda", "<driver type='vmdk'/>") DISK ("sdb", "<driver type='vdi'/>")
                         DISK ("sdc", "<driver type='vpc' io='io_uring' detect_zeroes='unmap'/>")
                             DISK ("vdc", "<driver type='vhdx'/>") DISK ("vdd", "")));

    for (guint i = 0; i <= VITRINE_DEFINITION_FORMAT_VHDX; i++) {
        g_assert_cmpint (device_at (d, i)->format, ==, VITRINE_DEFINITION_FORMAT_RAW + i);
        g_assert_cmpint (device_at (d, i)->explicit_raw, ==, i == 0);
        g_assert_cmpint (device_at (d, i)->uses_io_uring, ==, i == 4);
        g_assert_cmpstr (device_at (d, i)->detect_zeroes, ==, i == 4 ? "unmap" : "off");
    }
    g_assert_cmpint (device_at (d, 6)->format, ==, VITRINE_DEFINITION_FORMAT_RAW);
}

/* Explicit ports first, then the letter's, then what is free. */
static void
test_sata_ports (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (DISK ("sda", "") DISK (
        "sdb", "<address type='drive' unit='0'/>") CDROM ("sdz", "") DISK ("sdc", "")));

    g_assert_cmpuint (device_at (d, 0)->unit, ==, 1);
    g_assert_cmpuint (device_at (d, 1)->unit, ==, 0);
    g_assert_cmpuint (device_at (d, 2)->unit, ==, 3);
    g_assert_cmpuint (device_at (d, 3)->unit, ==, 2);
    g_assert_cmpstr (device_at (d, 2)->alias, ==, "sata0-0-3");
}

/* Controllers may stand behind their disks; by the letter seven a controller, then what is free. */
static void
test_scsi_places (void)
{
    static const struct {
        guint controller, target, unit;
        const char *alias;
    } expected[] = {
        { 0, 0, 0, "scsi0-0-0-0" }, { 1, 0, 1, "scsi1-0-0-1" }, { 0, 3, 200, "scsi0-0-3-200" },
        { 0, 0, 2, "scsi0-0-0-2" }, { 0, 0, 1, "scsi0-0-0-1" },
    };
    g_autoptr (VitrineDefinition) d = parse (DEVICES (
        SCSI_DISK ("sda", "") SCSI_DISK ("sdi", "") SCSI_DISK (
            "sdb", "<address type='drive' controller='0' bus='0' target='3' unit='200'/>")
            SCSI_DISK ("sdc", "") SCSI_DISK ("sdz", "")
                SCSI ("1") "<controller type='scsi' index='0' model='virtio-scsi'>"
                           "<driver queues='4'/><address type='pci' slot='7'/></controller>"));

    for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
        const VitrineDefinitionDevice *disk = device_at (d, i);

        g_assert_cmpstr (disk->alias, ==, expected[i].alias);
        g_assert_cmpuint (disk->controller, ==, expected[i].controller);
        g_assert_cmpuint (disk->scsi_target, ==, expected[i].target);
        g_assert_cmpuint (disk->unit, ==, expected[i].unit);
    }
    g_assert_cmpstr (device_at (d, 5)->alias, ==, "scsi1");
    g_assert_cmpstr (device_at (d, 6)->alias, ==, "scsi0");
    g_assert_cmpstr (g_array_index (device_at (d, 6)->options, VitrineDefinitionOption, 0).value, ==,
                     "4");
    g_assert_cmpuint (device_at (d, 6)->slot, ==, 7);
}

static void
test_scsi_disks (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (
        SCSI ("0") SCSI_DISK ("sda", "<driver discard='ignore'/><serial>S</serial>"
                                     "<wwn>5000c50015ea71ac</wwn><readonly/>")
            SCSI_DISK (
                "sdb",
                "<driver discard='unmap'/>") "<disk type='file' device='cdrom'><source file='/c'/>"
                                             "<target dev='sdc' bus='scsi'/></disk>"));

    g_assert_true (device_at (d, 1)->keeps_space);
    g_assert_true (device_at (d, 1)->read_only);
    g_assert_cmpstr (g_array_index (device_at (d, 1)->options, VitrineDefinitionOption, 0).value, ==,
                     "0x5000c50015ea71ac");
    g_assert_cmpstr (device_at (d, 1)->serial, ==, "S");
    g_assert_false (device_at (d, 2)->keeps_space);
    g_assert_cmpint (device_at (d, 3)->kind, ==, VITRINE_DEFINITION_CDROM);
    g_assert_cmpstr (device_at (d, 3)->alias, ==, "scsi0-0-0-2");
}

static void
test_empty_cdrom (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (CDROM ("sda", "")));

    g_assert_null (device_at (d, 0)->source);
    g_assert_true (device_at (d, 0)->read_only);
    g_assert_cmpuint (device_at (d, 0)->boot_index, ==, 0);
}

static void
test_boot_order_by_device (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (
        DISK ("vda", "<boot order='2'/>") DISK ("vdb", "") CDROM ("sda", "<boot order='1'/>")));

    g_assert_cmpuint (device_at (d, 0)->boot_index, ==, 2);
    g_assert_cmpuint (device_at (d, 1)->boot_index, ==, 0);
    g_assert_cmpuint (device_at (d, 2)->boot_index, ==, 1);
}

static void
test_disks_boot_by_default (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (DEVICES (CDROM ("sda", "") DISK ("vda", "") DISK ("vdb", "")));

    g_assert_cmpuint (device_at (d, 0)->boot_index, ==, 0);
    g_assert_cmpuint (device_at (d, 1)->boot_index, ==, 1);
    g_assert_cmpuint (device_at (d, 2)->boot_index, ==, 2);
}

static void
test_console_brings_serial_port (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES ("<console type='pty'/>"));

    g_assert_cmpint (device_at (d, 0)->kind, ==, VITRINE_DEFINITION_SERIAL);
    g_assert_cmpstr (device_at (d, 0)->alias, ==, "serial0");
}

static void
test_graphics_bring_video (void)
{
    g_autoptr (VitrineDefinition) with = parse (DEVICES ("<graphics type='vnc'/>"));
    g_autoptr (VitrineDefinition) without =
        parse (DEVICES ("<graphics type='vnc'/><video><model type='none'/></video>"));

    g_assert_cmpstr (vitrine_definition_get_video (with)->model, ==, "vga");
    g_assert_null (vitrine_definition_get_video (without));
}

static void
test_virtio_display (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (DEVICES ("<video><model type='virtio' heads='1' primary='yes'>"
                        "<acceleration accel3d='no'/><resolution x='1920' y='1080'/></model>"
                        "</video>"));
    const VitrineDefinitionDevice *video = vitrine_definition_get_video (d);
    static const char *const expected[][2] = { { "width", "1920" }, { "height", "1080" } };

    g_assert_cmpstr (video->model, ==, "virtio");
    g_assert_true (vitrine_definition_device_is_on_pci (video));
    g_assert_cmpuint (video->options->len, ==, G_N_ELEMENTS (expected));
    for (guint i = 0; i < video->options->len; i++) {
        const VitrineDefinitionOption *option =
            &g_array_index (video->options, VitrineDefinitionOption, i);

        g_assert_cmpstr (option->name, ==, expected[i][0]);
        g_assert_cmpstr (option->value, ==, expected[i][1]);
    }
}

/* The one option of the device at INDEX, "NAME=VALUE". */
static void
assert_option (VitrineDefinition *definition, guint index, const char *expected)
{
    VitrineDefinitionDevice *device = device_at (definition, index);
    VitrineDefinitionOption *option;
    g_autofree char *text = NULL;

    g_assert_cmpuint (device->options->len, ==, 1);
    option = &g_array_index (device->options, VitrineDefinitionOption, 0);
    text = g_strdup_printf ("%s=%s", option->name, option->value);
    g_assert_cmpstr (text, ==, expected);
}

static void
test_watchdogs (void)
{
    static const struct {
        const char *attribute, *option;
    } expected[] = {
        { "", "action=reset" },
        { "action='reset'", "action=reset" },
        { "action='shutdown'", "action=power-button" },
        { "action='poweroff'", "action=power-off" },
        { "action='pause'", "action=pause" },
        { "action='none'", "action=none" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autofree char *xml =
            g_strdup_printf (DEVICES ("<watchdog model='i6300esb' %s><address type='pci' "
                                      "slot='0x07'/></watchdog>"),
                             expected[i].attribute);
        g_autoptr (VitrineDefinition) d = parse (xml);

        g_assert_cmpint (device_at (d, 0)->kind, ==, VITRINE_DEFINITION_WATCHDOG);
        g_assert_cmpstr (device_at (d, 0)->alias, ==, "watchdog0");
        g_assert_cmpuint (device_at (d, 0)->slot, ==, 7);
        g_assert_true (vitrine_definition_device_is_on_pci (device_at (d, 0)));
        assert_option (d, 0, expected[i].option);
    }
}

static void
test_panic_does_what_on_crash_says (void)
{
    static const struct {
        const char *on_crash, *panic, *model, *option;
        gboolean pci;
    } expected[] = {
        { "", "<panic/>", "isa", "action=power-off", FALSE },
        { "<on_crash>destroy</on_crash>",
          "<panic model='isa'><address type='isa' iobase='0x505'/></panic>", "isa",
          "action=power-off", FALSE },
        { "<on_crash>restart</on_crash>", "<panic model='pvpanic'/>", "pvpanic", "action=reset",
          TRUE },
        { "<on_crash>preserve</on_crash>", "<panic model='isa'/>", "isa", "action=pause", FALSE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autofree char *xml = g_strdup_printf (WITH ("%s<devices>%s</devices>"),
                                                expected[i].on_crash, expected[i].panic);
        g_autoptr (VitrineDefinition) d = parse (xml);

        g_assert_cmpint (device_at (d, 0)->kind, ==, VITRINE_DEFINITION_PANIC);
        g_assert_cmpstr (device_at (d, 0)->alias, ==, "panic0");
        g_assert_cmpstr (device_at (d, 0)->model, ==, expected[i].model);
        g_assert_cmpint (vitrine_definition_device_is_on_pci (device_at (d, 0)), ==,
                         expected[i].pci);
        assert_option (d, 0, expected[i].option);
    }
}

static void
assert_options (VitrineDefinition *definition, guint index, const char *expected)
{
    GArray *options = device_at (definition, index)->options;
    g_autoptr (GString) text = g_string_new (NULL);

    for (guint i = 0; i < options->len; i++) {
        VitrineDefinitionOption *option = &g_array_index (options, VitrineDefinitionOption, i);

        g_string_append_printf (text, "%s%s=%s", i ? " " : "", option->name, option->value);
    }
    g_assert_cmpstr (text->str, ==, expected);
}

static void
test_balloons (void)
{
    static const struct {
        const char *domain, *attributes, *options;
    } expected[] = {
        { "", "", "" },
        { "", "autodeflate='on'", "deflate-on-oom=on" },
        { "", "autodeflate='off' freePageReporting='on'", "free-page-reporting=on" },
        { "<currentMemory unit='MiB'>64</currentMemory>", "", "" },
        { "<currentMemory unit='MiB'>48</currentMemory>", "autodeflate='on'",
          "deflate-on-oom=on target=16777216" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_autofree char *xml =
            g_strdup_printf (WITH ("%s<devices><memballoon model='virtio' %s><stats period='5'/>"
                                   "<address type='pci' slot='0x09'/></memballoon></devices>"),
                             expected[i].domain, expected[i].attributes);
        g_autoptr (VitrineDefinition) d = parse (xml);

        g_assert_cmpstr (device_at (d, 0)->alias, ==, "balloon0");
        g_assert_cmpuint (device_at (d, 0)->slot, ==, 9);
        assert_options (d, 0, expected[i].options);
    }
}

static void
test_vsocks (void)
{
    static const struct {
        const char *inner;
        guint32 cid;
        const char *description;
    } cases[] = {
        { "", 0, "" },
        { "<cid/>", 0, "" },
        { "<cid auto='yes'/>", 0, "" },
        { "<cid auto='yes' address='9'/>", 0, "" },
        { "<cid auto='no' address='3'/>", 3, "CID 3" },
        { "<cid address='4294967294'/>", 4294967294u, "CID 4294967294" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *xml
            = g_strdup_printf (WITH ("<devices><vsock model='virtio'>%s<address type='pci' "
                                     "slot='0x07'/></vsock></devices>"),
                               cases[i].inner);
        g_autoptr (VitrineDefinition) d = parse (xml);
        g_autofree char *description = vitrine_definition_device_describe (device_at (d, 0));

        g_assert_cmpuint (device_at (d, 0)->kind, ==, VITRINE_DEFINITION_VSOCK);
        g_assert_cmpstr (device_at (d, 0)->alias, ==, "vsock0");
        g_assert_cmpuint (device_at (d, 0)->slot, ==, 7);
        g_assert_true (vitrine_definition_device_is_on_pci (device_at (d, 0)));
        g_assert_cmpuint (device_at (d, 0)->cid, ==, cases[i].cid);
        g_assert_cmpstr (description, ==, cases[i].description);
    }
}

/* The domain's memory is all there may be. */
static void
test_pluggable_memory (void)
{
    static const struct {
        const char *domain, *device;
        guint64 base, first, all; /* MiB */
        guint64 block;
        const char *description;
    } cases[] = {
        { "", "<size unit='MiB'>16</size>", 48, 48, 64, 2, "0 of 16 MiB" },
        { "<maxMemory slots='16' unit='MiB'>64</maxMemory>",
          "<size unit='MiB'>16</size><node>0</node><block unit='MiB'>4</block><requested "
          "unit='KiB'>8192</requested><current unit='KiB'>4096</current>",
          48, 56, 64, 4, "8 of 16 MiB" },
        /* libvirt counts what is plugged in what the guest has. */
        { "<currentMemory unit='MiB'>48</currentMemory>",
          "<size unit='MiB'>16</size><requested unit='MiB'>16</requested>", 48, 64, 64, 2,
          "16 of 16 MiB" },
        { "<currentMemory unit='MiB'>64</currentMemory>", "<size unit='MiB'>16</size>", 48, 48, 64,
          2, "0 of 16 MiB" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *xml =
            g_strdup_printf (WITH ("%s<devices><memory model='virtio-mem'><target>%s</target>"
                                   "<address type='pci' slot='0x07'/></memory></devices>"),
                             cases[i].domain, cases[i].device);
        g_autoptr (VitrineDefinition) d = parse (xml);
        g_autofree char *description = vitrine_definition_device_describe (device_at (d, 0));

        g_assert_cmpuint (device_at (d, 0)->kind, ==, VITRINE_DEFINITION_MEMORY);
        g_assert_cmpstr (device_at (d, 0)->alias, ==, "virtiomem0");
        g_assert_cmpuint (device_at (d, 0)->slot, ==, 7);
        g_assert_true (vitrine_definition_device_is_on_pci (device_at (d, 0)));
        g_assert_true (vitrine_definition_get_pluggable (d) == device_at (d, 0));
        g_assert_cmpuint (device_at (d, 0)->block_bytes, ==, cases[i].block << 20);
        g_assert_cmpuint (vitrine_definition_get_memory_bytes (d), ==, cases[i].base << 20);
        g_assert_cmpuint (vitrine_definition_get_first_memory_bytes (d), ==, cases[i].first << 20);
        g_assert_cmpuint (vitrine_definition_get_max_memory_bytes (d), ==, cases[i].all << 20);
        g_assert_cmpstr (description, ==, cases[i].description);
    }
}

/* What the machine begins with is known once all devices are, whichever comes first. */
static void
test_balloon_beside_pluggable_memory (void)
{
    static const char *const texts[] = {
        WITH ("<currentMemory unit='MiB'>40</currentMemory><devices><memballoon "
              "model='virtio'/>" PLUGGABLE ("<size unit='MiB'>16</size>") "</devices>"),
        WITH ("<currentMemory unit='MiB'>40</currentMemory><devices>" PLUGGABLE (
            "<size unit='MiB'>16</size>") "<memballoon model='virtio'/></devices>"),
    };

    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (VitrineDefinition) d = parse (texts[i]);
        VitrineDefinitionDevice *balloon = device_at (d, (guint) i);

        g_assert_cmpuint (balloon->kind, ==, VITRINE_DEFINITION_BALLOON);
        g_assert_cmpuint (balloon->options->len, ==, 1);
        g_assert_cmpstr (g_array_index (balloon->options, VitrineDefinitionOption, 0).value, ==,
                         "8388608");
        g_assert_cmpuint (vitrine_definition_get_first_memory_bytes (d), ==, 40 << 20);
    }
}

/* Consoles from 0 on, channels from 1 on, around those that ask; the controller comes by itself. */
static void
test_virtio_ports (void)
{
    static const struct {
        const char *alias, *model, *target;
        guint port;
    } expected[] = {
        { "console0", "virtconsole", "", 0 },
        { "channel0", "virtserialport", "org.qemu.guest_agent.0", 2 },
        { "channel1", "virtserialport", "org.example.1", 1 },
        { "console1", "virtconsole", "", 3 },
    };
    g_autoptr (VitrineDefinition) d =
        parse (DEVICES (VIRTIO_CONSOLE CHANNEL ("org.qemu.guest_agent.0", "") CHANNEL (
            "org.example.1", "<address type='virtio-serial' controller='0' "
                             "bus='0' port='1'/>") VIRTIO_CONSOLE));

    g_assert_cmpuint (vitrine_definition_get_devices (d)->len, ==, 5);
    for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
        g_assert_cmpstr (device_at (d, i)->alias, ==, expected[i].alias);
        g_assert_cmpstr (device_at (d, i)->model, ==, expected[i].model);
        g_assert_cmpstr (device_at (d, i)->target, ==, expected[i].target);
        g_assert_cmpuint (device_at (d, i)->unit, ==, expected[i].port);
        g_assert_false (vitrine_definition_device_is_on_pci (device_at (d, i)));
    }
    g_assert_cmpint (device_at (d, 4)->kind, ==, VITRINE_DEFINITION_CONTROLLER);
    g_assert_cmpstr (device_at (d, 4)->alias, ==, "virtio-serial0");
    g_assert_true (vitrine_definition_device_is_on_pci (device_at (d, 4)));
}

static void
test_virtio_serial_that_is_written_down (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (
        "<serial type='pty'/><console type='pty'><target type='serial' port='0'/></console>"
        "<controller type='virtio-serial' index='0'><address type='pci' slot='0x06'/>"
        "</controller>" CHANNEL ("a", "<source mode='bind' "
                                      "path='/run/libvirt/qemu/channel/1-a/a'/>")));

    g_assert_cmpuint (vitrine_definition_get_devices (d)->len, ==, 3);
    g_assert_cmpint (device_at (d, 0)->kind, ==, VITRINE_DEFINITION_SERIAL);
    g_assert_cmpint (device_at (d, 1)->kind, ==, VITRINE_DEFINITION_CONTROLLER);
    g_assert_cmpuint (device_at (d, 1)->slot, ==, 6);
    g_assert_cmpuint (device_at (d, 2)->unit, ==, 1);
}

static void
test_names (void)
{
    static const char *const good[] = { "a", "Debian 12 (test)", "päß", "a.b-c_d", "1" };

    for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_true (vitrine_definition_check_name (good[i], &error));
        g_assert_no_error (error);
    }
    g_assert_false (vitrine_definition_check_name ("a\xff", NULL));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/minimal-machine", test_minimal);
    g_test_add_func ("/definition/libvirt/machine", test_libvirt_machine);
    g_test_add_func ("/definition/libvirt/disks", test_libvirt_disks);
    g_test_add_func ("/definition/libvirt/other-devices", test_libvirt_rest);
    g_test_add_func ("/definition/usb/controller-and-devices", test_usb);
    g_test_add_func ("/definition/virtio-inputs", test_virtio_inputs);
    g_test_add_func ("/definition/usb/controller-comes-along", test_usb_comes_along);
    g_test_add_func ("/definition/text-is-kept-byte-for-byte", test_text_is_kept);
    g_test_add_func ("/definition/missing-uuid-is-put-in", test_missing_uuid_is_put_in);
    g_test_add_func ("/definition/memory-units", test_memory_units);
    g_test_add_func ("/definition/direct-boot", test_direct_boot);
    g_test_add_func ("/definition/firmware", test_firmware);
    g_test_add_func ("/definition/clocks", test_clocks);
    g_test_add_func ("/definition/caches", test_caches);
    g_test_add_func ("/definition/image-formats", test_formats);
    g_test_add_func ("/definition/sata-ports", test_sata_ports);
    g_test_add_func ("/definition/scsi-places", test_scsi_places);
    g_test_add_func ("/definition/scsi-disks", test_scsi_disks);
    g_test_add_func ("/definition/empty-cdrom", test_empty_cdrom);
    g_test_add_func ("/definition/boot-order-by-device", test_boot_order_by_device);
    g_test_add_func ("/definition/disks-boot-by-default", test_disks_boot_by_default);
    g_test_add_func ("/definition/console-brings-serial-port", test_console_brings_serial_port);
    g_test_add_func ("/definition/graphics-bring-video", test_graphics_bring_video);
    g_test_add_func ("/definition/virtio-display", test_virtio_display);
    g_test_add_func ("/definition/watchdogs", test_watchdogs);
    g_test_add_func ("/definition/panic-does-what-on-crash-says",
                     test_panic_does_what_on_crash_says);
    g_test_add_func ("/definition/balloons", test_balloons);
    g_test_add_func ("/definition/vsocks", test_vsocks);
    g_test_add_func ("/definition/pluggable-memory", test_pluggable_memory);
    g_test_add_func ("/definition/balloon-beside-pluggable-memory",
                     test_balloon_beside_pluggable_memory);
    g_test_add_func ("/definition/virtio-ports", test_virtio_ports);
    g_test_add_func ("/definition/virtio-serial-that-is-written-down",
                     test_virtio_serial_that_is_written_down);
    g_test_add_func ("/definition/names", test_names);
    return g_test_run ();
}
