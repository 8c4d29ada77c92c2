/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-encryption.c - disks that a passphrase opens: their XML, what is refused, what edits keep. */
#include <string.h>

#include "definition-refusal.h"
#include "definition-texts.h"
#include "definition.h"

#define LUKS(inner) "<encryption format='luks'>" inner "</encryption>"
#define SECRET_UUID "9f0d3e5a-6a3b-4a53-9d5e-0b1b5c2f7a11"
#define SECRET      "<secret type='passphrase' uuid='" SECRET_UUID "'/>"
#define INNER(inner)                                                                               \
    "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/d/x'>" inner   \
    "</source><target dev='vda'/></disk>"
#define TWO_SECRETS "The <secret> of disk vda wants either a uuid='…' or a usage='…'"

static const DefinitionRefusal cases[] = {
    { "another-format", DEVICES (DISK ("vda", "<encryption format='qcow'/>")), UNSUPPORTED,
      "Vitrine cannot do <encryption format='qcow'> yet (in <disk>), only: luks" },
    { "another-engine", DEVICES (DISK ("vda", "<encryption format='luks' engine='librbd'/>")),
      UNSUPPORTED, "Vitrine cannot do <encryption engine='librbd'> yet (in <disk>), only: qemu" },
    { "cipher", DEVICES (INNER (LUKS (SECRET "<cipher name='aes' size='256'/>"))), UNSUPPORTED,
      "Vitrine cannot do <cipher> yet (in <encryption>)" },
    { "secret-that-is-a-volume",
      DEVICES (INNER (LUKS ("<secret type='volume' uuid='" SECRET_UUID "'/>"))), UNSUPPORTED,
      "Vitrine cannot do <secret type='volume'> yet (in <encryption>), only: passphrase" },
    { "secret-without-name", DEVICES (INNER (LUKS ("<secret type='passphrase'/>"))), INVALID,
      TWO_SECRETS },
    { "secret-with-two-names",
      DEVICES (INNER (LUKS ("<secret type='passphrase' uuid='" SECRET_UUID "' usage='x'/>"))),
      INVALID, TWO_SECRETS },
    { "secret-of-no-uuid", DEVICES (INNER (LUKS ("<secret type='passphrase' uuid='x'/>"))), INVALID,
      TWO_SECRETS },
    { "two-of-them",
      DEVICES (
          "<disk><source file='/d'>" LUKS ("") "</source>" LUKS ("") "<target dev='vda'/></disk>"),
      INVALID, "The disk vda has two <encryption>; one belongs there, in its <source>" },
    { "qcow2", DEVICES (DISK ("vda", "<driver type='qcow2'/>" LUKS (SECRET))), UNSUPPORTED,
      "Vitrine cannot do <encryption> for a qcow2 image, only with <driver type='raw'> (in <disk> "
      "vda)" },
    { "cd-drive", DEVICES (CDROM ("sda", "<source file='/c'/>" LUKS (SECRET))), UNSUPPORTED,
      "Vitrine cannot do <encryption> for sda, only for a disk that is a file or block device" },
    { "server",
      DEVICES ("<disk type='network'><source protocol='nbd'><host name='tower'/>" LUKS (
          SECRET) "</source><target dev='vda'/></disk>"),
      UNSUPPORTED,
      "Vitrine cannot do <encryption> for vda, only for a disk that is a file or block device" },
    { "driver-by-another-name", DEVICES (DISK ("vda", "<driver type='luks'/>")), UNSUPPORTED,
      "Vitrine cannot do <driver type='luks'> yet (in <disk>), only: raw, qcow2, vmdk, vdi, vpc, "
      "vhdx" },
};

static VitrineDefinition *
parse (const char *xml)
{
    g_autoptr (GError) error = NULL;
    VitrineDefinition *definition = vitrine_definition_parse (xml, -1, &error);

    g_assert_no_error (error);
    return definition;
}

static const VitrineDefinitionDevice *
get_disk (const VitrineDefinition *definition)
{
    return g_ptr_array_index (vitrine_definition_get_devices (definition), 0);
}

static void
assert_encrypted (const char *xml)
{
    g_autoptr (VitrineDefinition) definition = parse (xml);
    const VitrineDefinitionDevice *disk = get_disk (definition);

    g_assert_true (vitrine_definition_device_is_encrypted (disk));
    g_assert_cmpint (disk->format, ==, VITRINE_DEFINITION_FORMAT_LUKS);
    g_assert_false (disk->explicit_raw);
}

/* Where libvirt writes it today, and where it did. */
static void
test_read (void)
{
    g_autoptr (VitrineDefinition) plain = parse (DEVICES (DISK ("vda", "")));

    assert_encrypted (DEVICES (INNER (LUKS (SECRET))));
    assert_encrypted (DEVICES (INNER (LUKS ("<secret type='passphrase' usage='my disk'/>"))));
    assert_encrypted (
        DEVICES (INNER ("<encryption format='luks' engine='qemu'>" SECRET "</encryption>")));
    assert_encrypted (DEVICES (INNER (LUKS (""))));
    assert_encrypted (DEVICES (DISK ("vda", LUKS (SECRET))));
    g_assert_false (vitrine_definition_device_is_encrypted (get_disk (plain)));
}

static void
test_build (void)
{
    g_autoptr (GError) error = NULL;
    const VitrineDefinitionDiskParams disks[] = {
        { .path = "/d/one", .bus = "virtio", .format = VITRINE_DEFINITION_FORMAT_LUKS },
        { .path = "/d/two", .bus = "virtio", .format = VITRINE_DEFINITION_FORMAT_QCOW2 },
    };
    const VitrineDefinitionParams params = {
        .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .disks = disks, .n_disks = 2
    };
    g_autofree char *xml = vitrine_definition_build (&params, &error);
    g_autoptr (VitrineDefinition) definition = NULL;
    GPtrArray *devices;

    g_assert_no_error (error);
    g_assert_nonnull (strstr (xml, "<encryption format=\"luks\">"));
    g_assert_null (strstr (xml, "type=\"luks\""));
    definition = parse (xml);
    devices = vitrine_definition_get_devices (definition);
    g_assert_true (vitrine_definition_device_is_encrypted (g_ptr_array_index (devices, 0)));
    g_assert_false (vitrine_definition_device_is_encrypted (g_ptr_array_index (devices, 1)));
}

/* A copy of the image has the same passphrase, and so its name; what is no copy has none. */
static void
test_edit (void)
{
    static const char *const texts[] = { DEVICES (INNER (LUKS (SECRET))),
                                         DEVICES (DISK ("vda", LUKS (SECRET))) };

    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (VitrineDefinition) definition = parse (texts[i]);
        g_autoptr (VitrineDefinition) copy = vitrine_definition_with_image (
            definition, "vda", "/d/copy", VITRINE_DEFINITION_FORMAT_LUKS, FALSE, NULL);
        g_autoptr (VitrineDefinition) clear = vitrine_definition_with_image (
            definition, "vda", "/d/clear", VITRINE_DEFINITION_FORMAT_QCOW2, FALSE, NULL);

        g_assert_true (vitrine_definition_device_is_encrypted (get_disk (copy)));
        g_assert_cmpstr (get_disk (copy)->source, ==, "/d/copy");
        g_assert_nonnull (strstr (vitrine_definition_get_xml (copy), SECRET_UUID));
        g_assert_false (vitrine_definition_device_is_encrypted (get_disk (clear)));
        g_assert_null (strstr (vitrine_definition_get_xml (clear), "encryption"));
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    definition_refusal_add_tests ("/definition/encryption/refuses", cases, G_N_ELEMENTS (cases));
    g_test_add_func ("/definition/encryption/reads-it-in-both-places", test_read);
    g_test_add_func ("/definition/encryption/new-definition-has-it", test_build);
    g_test_add_func ("/definition/encryption/copy-keeps-it-and-another-image-does-not", test_edit);
    return g_test_run ();
}
