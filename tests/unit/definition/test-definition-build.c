/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-build.c - what is asked for is what the new definition says. */
#include <string.h>

#include "definition.h"
#include "vitrine-error.h"

static VitrineDefinition *
build (const VitrineDefinitionParams *params)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = vitrine_definition_build (params, &error);
    VitrineDefinition *definition;

    g_assert_no_error (error);
    definition = vitrine_definition_parse (xml, -1, &error);
    g_assert_no_error (error);
    return definition;
}

static guint
count (VitrineDefinition *definition, VitrineDefinitionKind kind)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);
    guint n = 0;

    for (guint i = 0; i < devices->len; i++)
        n += ((VitrineDefinitionDevice *) g_ptr_array_index (devices, i))->kind == kind;
    return n;
}

static void
test_smallest (void)
{
    const VitrineDefinitionParams params = { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20 };
    g_autoptr (VitrineDefinition) d = build (&params);

    g_assert_cmpstr (vitrine_definition_get_name (d), ==, "x");
    g_assert_true (g_uuid_string_is_valid (vitrine_definition_get_uuid (d)));
    g_assert_null (vitrine_definition_get_cpu_model (d));
    g_assert_false (vitrine_definition_made_uuid (d));
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_DISK), ==, 0);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_CDROM), ==, 0);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_SERIAL), ==, 0);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_RNG), ==, 1);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_KEYBOARD), ==, 1);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_CONTROLLER), ==, 0); /* nobody looks */
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_TABLET), ==, 0);
    g_assert_false (vitrine_definition_has_graphics (d));
}

static void
test_everything (void)
{
    static const VitrineDefinitionDiskParams disks[] = {
        { .path = "/d/one & two.img", .cache = "none", .discard = "unmap" },
        { .path = "/dev/vg/lv", .block = TRUE, .bus = "sata", .read_only = TRUE },
    };
    const VitrineDefinitionParams params = {
        .name = "Pâté <&> \"x\"",
        .uuid = "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11",
        .title = "Title <b>",
        .vcpus = 4,
        .cpu_model = "Westmere",
        .memory_bytes = G_GUINT64_CONSTANT (5) << 30,
        .iso = "/i/a'b.iso",
        .firmware = VITRINE_DEFINITION_FIRMWARE_UEFI,
        .kernel = "/boot/k",
        .initrd = "/boot/i",
        .command_line = "quiet a=\"<&>\"",
        .graphics = TRUE,
        .serial = TRUE,
        .disks = disks,
        .n_disks = 2,
    };
    g_autoptr (VitrineDefinition) d = build (&params);
    VitrineDefinitionDevice *one = g_ptr_array_index (vitrine_definition_get_devices (d), 0);
    VitrineDefinitionDevice *two = g_ptr_array_index (vitrine_definition_get_devices (d), 1);
    VitrineDefinitionDevice *cdrom = g_ptr_array_index (vitrine_definition_get_devices (d), 2);

    g_assert_cmpstr (vitrine_definition_get_name (d), ==, params.name);
    g_assert_cmpstr (vitrine_definition_get_uuid (d), ==, params.uuid);
    g_assert_cmpstr (vitrine_definition_get_title (d), ==, params.title);
    g_assert_cmpuint (vitrine_definition_get_vcpus (d), ==, 4);
    g_assert_cmpstr (vitrine_definition_get_cpu_model (d)->name, ==, "Westmere");
    g_assert_nonnull (
        strstr (vitrine_definition_get_xml (d), "<cpu mode=\"custom\" match=\"exact\">"));
    g_assert_cmpuint (vitrine_definition_get_memory_bytes (d), ==, params.memory_bytes);
    g_assert_cmpint (vitrine_definition_get_firmware (d), ==, params.firmware);
    g_assert_cmpstr (vitrine_definition_get_kernel (d), ==, params.kernel);
    g_assert_cmpstr (vitrine_definition_get_command_line (d), ==, params.command_line);
    g_assert_true (vitrine_definition_has_graphics (d));
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_SERIAL), ==, 1);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_CONTROLLER), ==, 1);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_TABLET), ==, 1);
    g_assert_cmpstr (one->source, ==, disks[0].path);
    g_assert_cmpint (one->cache, ==, VITRINE_DEFINITION_CACHE_NONE);
    g_assert_true (!one->read_only && one->explicit_raw);
    g_assert_nonnull (strstr (vitrine_definition_get_xml (d), "discard=\"unmap\""));
    g_assert_cmpstr (two->model, ==, "sata");
    g_assert_true (two->block && two->read_only);
    g_assert_cmpstr (cdrom->source, ==, params.iso);
    g_assert_cmpuint (one->boot_index, <, cdrom->boot_index);
    g_assert_cmpuint (cdrom->unit, ==, 1);
}

static void
test_spice (void)
{
    VitrineDefinitionParams params = {
        .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .graphics = TRUE, .spice = TRUE
    };
    g_autoptr (VitrineDefinition) d = build (&params);

    g_assert_true (vitrine_definition_has_graphics (d));
    g_assert_true (vitrine_definition_has_spice (d));
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_CHANNEL), ==, 1);
    g_assert_nonnull (strstr (vitrine_definition_get_xml (d), VITRINE_DEFINITION_SPICE_CHANNEL));
    g_assert_null (strstr (vitrine_definition_get_xml (d), "vnc"));
}

static void
test_full_sata (void)
{
    VitrineDefinitionDiskParams disks[7];
    VitrineDefinitionParams params = {
        .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .disks = disks, .n_disks = 5, .iso = "/i"
    };
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) d = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS (disks); i++)
        disks[i] = (VitrineDefinitionDiskParams){ .path = "/d", .bus = "sata" };
    d = build (&params);
    g_assert_cmpuint (count (d, VITRINE_DEFINITION_DISK), ==, 5);
    params.n_disks = 6; /* no port is left for the CD */
    g_assert_null (vitrine_definition_build (&params, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    params.n_disks = 7;
    g_assert_null (vitrine_definition_build (&params, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
}

static void
test_scsi (void)
{
    static const VitrineDefinitionDiskParams disks[] = {
        { .path = "/a", .bus = "scsi", .discard = "unmap" },
        { .path = "/b", .bus = "sata" },
        { .path = "/c", .bus = "scsi", .discard = "ignore" },
    };
    const VitrineDefinitionParams params = {
        .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .disks = disks, .n_disks = 3, .iso = "/i"
    };
    g_autoptr (VitrineDefinition) d = build (&params);
    GPtrArray *devices = vitrine_definition_get_devices (d);
    const VitrineDefinitionDevice *one = g_ptr_array_index (devices, 0);
    const VitrineDefinitionDevice *three = g_ptr_array_index (devices, 2);

    g_assert_cmpuint (count (d, VITRINE_DEFINITION_CONTROLLER), ==, 1);
    g_assert_cmpstr (one->alias, ==, "scsi0-0-0-0");
    g_assert_cmpstr (three->target, ==, "sdc");
    g_assert_true (!one->keeps_space && three->keeps_space);
}

static void
test_boot_order (void)
{
    static const VitrineDefinitionDiskParams disk = { .path = "/d" };
    static const VitrineDefinitionNicParams nic = { .model = "virtio" };
    const VitrineDefinitionParams params = { .name = "x",
                                             .vcpus = 1,
                                             .memory_bytes = 64 << 20,
                                             .boot = "network,hd",
                                             .disks = &disk,
                                             .n_disks = 1,
                                             .iso = "/i",
                                             .nics = &nic,
                                             .n_nics = 1 };
    g_autoptr (VitrineDefinition) d = build (&params);
    GPtrArray *devices = vitrine_definition_get_devices (d);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        guint wanted = device->kind == VITRINE_DEFINITION_INTERFACE ? 1
                       : device->kind == VITRINE_DEFINITION_DISK    ? 2
                                                                    : 0;

        g_assert_cmpuint (device->boot_index, ==, wanted);
    }
}

static void
test_nonsense (void)
{
    static const VitrineDefinitionDiskParams relative = { .path = "disk.img" };
    static const VitrineDefinitionDiskParams odd_cache = { .path = "/d", .cache = "magic" };
    static const VitrineDefinitionDiskParams odd_bytes = { .path = "/d\xff" };
    static const VitrineDefinitionParams cases[] = {
        { .name = NULL, .vcpus = 1, .memory_bytes = 64 << 20 },
        { .name = "a/b", .vcpus = 1, .memory_bytes = 64 << 20 },
        { .name = "x", .vcpus = 0, .memory_bytes = 64 << 20 },
        { .name = "x", .vcpus = 256, .memory_bytes = 64 << 20 },
        { .name = "x", .vcpus = 1, .memory_bytes = 0 },
        { .name = "x", .vcpus = 1, .memory_bytes = (64 << 20) + 1 },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .uuid = "1" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .iso = "a.iso" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .iso = "/a\xff.iso" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .initrd = "/i" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .disks = &relative, .n_disks = 1 },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .disks = &odd_cache, .n_disks = 1 },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .disks = &odd_bytes, .n_disks = 1 },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .title = "a\x01" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .cpu_model = "Pentagon" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .cpu_model = "" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .cpu_model = "a\x01" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .boot = "floppy" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .boot = "hd,hd" },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .boot = "hd," },
        { .name = "x", .vcpus = 1, .memory_bytes = 64 << 20, .boot = "" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        g_test_message ("case %zu", i);
        g_assert_null (vitrine_definition_build (&cases[i], &error));
        g_assert_nonnull (error);
        g_assert_true (error->domain == VITRINE_ERROR);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/build/smallest", test_smallest);
    g_test_add_func ("/definition/build/everything", test_everything);
    g_test_add_func ("/definition/build/spice-has-a-channel-for-the-agent", test_spice);
    g_test_add_func ("/definition/build/full-sata-controller", test_full_sata);
    g_test_add_func ("/definition/build/scsi", test_scsi);
    g_test_add_func ("/definition/build/boot-order", test_boot_order);
    g_test_add_func ("/definition/build/nonsense-is-refused", test_nonsense);
    return g_test_run ();
}
