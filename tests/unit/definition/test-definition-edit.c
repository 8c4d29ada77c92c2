/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-edit.c - one device read by itself, and edits that keep the rest of a definition. */
#include <string.h>

#include "definition.h"
#include "vitrine-error.h"

#define XML                                                                                        \
    "<domain type='kvm'>\n  <!-- mine -->\n  <name>n</name>\n"                                     \
    "  <uuid>6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11</uuid>\n"                                        \
    "  <metadata><x:y xmlns:x='urn:x' a='1'>keep</x:y></metadata>\n"                               \
    "  <memory unit='MiB'>64</memory>\n  <os><type>hvm</type></os>\n  <devices>\n"                 \
    "    <disk type='file'><source file='/a'/><target dev='vda'/></disk>\n"                        \
    "    <!-- entropy -->\n"                                                                       \
    "    <rng model='virtio'><backend model='random'/></rng>\n"                                    \
    "    <disk type='file' device='cdrom'><target dev='sda'/></disk>\n"                            \
    "  </devices>\n</domain>\n"
#define RNG  "<rng model='virtio'><backend model='random'/></rng>"
#define DISK "<disk type='file'><source file='/b'/><target dev='vdb'/></disk>"

static VitrineDefinition *
parse (const char *xml)
{
    g_autoptr (GError) error = NULL;
    VitrineDefinition *definition = vitrine_definition_parse (xml, -1, &error);

    g_assert_no_error (error);
    return definition;
}

static char *
list_aliases (const VitrineDefinition *definition)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < devices->len; i++)
        g_string_append_printf (
            text, "%s%s", i ? " " : "",
            ((VitrineDefinitionDevice *) g_ptr_array_index (devices, i))->alias);
    return g_string_free (text, FALSE);
}

static void
assert_aliases (const VitrineDefinition *definition, const char *expected)
{
    g_autofree char *aliases = list_aliases (definition);

    g_assert_cmpstr (aliases, ==, expected);
}

/* What no edit is about is there, as it was. */
static void
assert_kept (const VitrineDefinition *definition)
{
    const char *xml = vitrine_definition_get_xml (definition);

    g_assert_nonnull (strstr (xml, "<!-- mine -->"));
    g_assert_nonnull (strstr (xml, "<!-- entropy -->"));
    g_assert_nonnull (strstr (xml, "<x:y xmlns:x=\"urn:x\" a=\"1\">keep</x:y>"));
    g_assert_cmpstr (vitrine_definition_get_uuid (definition), ==,
                     "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11");
}

static VitrineDefinitionDevice *
read_among (const char *xml, const char *element, GError **error)
{
    g_autoptr (VitrineDefinition) definition = parse (xml);

    return vitrine_definition_read_device (element, -1, vitrine_definition_get_devices (definition),
                                           error);
}

static void
test_a_device_finds_its_place (void)
{
    static const struct {
        const char *element, *alias;
        guint unit;
    } cases[] = {
        { RNG, "rng1", 0 },
        { DISK, "virtio-disk1", 0 },
        { "<disk type='file' device='cdrom'><target dev='sdb'/></disk>", "sata0-0-1", 1 },
        { "<disk type='file' device='cdrom'><target dev='sdg'/></disk>", "sata0-0-1", 1 },
        { "<rng model='virtio'><backend model='random'/><alias name='mine'/></rng>", "mine", 0 },
        { "<vsock/>", "vsock0", 0 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineDefinitionDevice) device = read_among (XML, cases[i].element, &error);

        g_assert_no_error (error);
        g_assert_cmpstr (device->alias, ==, cases[i].alias);
        g_assert_cmpuint (device->unit, ==, cases[i].unit);
        g_assert_cmpuint (device->boot_index, ==, 0);
    }
}

/* rng0 was removed from a machine that had two: its name is free, rng1's is not. */
static void
test_a_gap_is_filled (void)
{
    g_autoptr (GPtrArray) others = g_ptr_array_new ();
    g_autoptr (VitrineDefinitionDevice) one = read_among (XML, RNG, NULL);
    g_autoptr (VitrineDefinitionDevice) two = NULL;

    g_assert_cmpstr (one->alias, ==, "rng1");
    g_ptr_array_add (others, one);
    two = vitrine_definition_read_device (RNG, -1, others, NULL);
    g_assert_cmpstr (two->alias, ==, "rng0");
}

static void
test_a_second_vsock_is_refused (void)
{
    g_autoptr (GPtrArray) others = g_ptr_array_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinitionDevice) one = read_among (XML, "<vsock/>", NULL);

    g_ptr_array_add (others, one);
    g_assert_null (vitrine_definition_read_device ("<vsock><cid address='9'/></vsock>", -1, others,
                                                   &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_cmpstr (error->message, ==, "A machine has one <vsock>, and there is one already");
}

static void
test_what_is_no_device_is_refused (void)
{
    static const struct {
        const char *element;
        gint code;
        const char *sentence;
    } cases[] = {
        { "", VITRINE_ERROR_INVALID, "not XML" },
        { "x", VITRINE_ERROR_INVALID, "not XML" },
        { "<!DOCTYPE rng><rng/>", VITRINE_ERROR_INVALID, "document type" },
        { RNG RNG, VITRINE_ERROR_INVALID, "not XML" },
        { "<domain/>", VITRINE_ERROR_UNSUPPORTED, "<domain> yet (in <devices>)" },
        { "<rng model='virtio'><backend model='egd'/></rng>", VITRINE_ERROR_UNSUPPORTED, "egd" },
        { "<graphics type='vnc'/>", VITRINE_ERROR_UNSUPPORTED, "<graphics> is not a device" },
        { "<memballoon model='none'/>", VITRINE_ERROR_UNSUPPORTED, "<memballoon> is not a device" },
        { "<disk type='file'><source file='/b'/><target dev='vda'/></disk>", VITRINE_ERROR_INVALID,
          "target “vda”" },
        { "<rng model='virtio'><backend model='random'/><alias name='rng0'/></rng>",
          VITRINE_ERROR_INVALID, "alias “rng0”" },
        { "<rng model='virtio'><backend model='random'/><alias name='a b'/></rng>",
          VITRINE_ERROR_INVALID, "alias “a b”" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (read_among (XML, cases[i].element, &error));
        g_assert_error (error, VITRINE_ERROR, cases[i].code);
        if (!strstr (error->message, cases[i].sentence))
            g_error ("%s: %s", cases[i].element, error->message);
    }
}

static void
test_a_device_is_put_in_and_taken_out (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) before = parse (XML);
    g_autoptr (VitrineDefinition) with = vitrine_definition_with_device (before, DISK, -1, &error);
    g_autoptr (VitrineDefinition) without = NULL;

    g_assert_no_error (error);
    assert_aliases (with, "virtio-disk0 rng0 sata0-0-0 virtio-disk1");
    assert_kept (with);
    without = vitrine_definition_without_device (with, "virtio-disk1", &error);
    g_assert_no_error (error);
    assert_aliases (without, "virtio-disk0 rng0 sata0-0-0");
    assert_kept (without);
}

static void
test_each_device_can_be_taken_out (void)
{
    static const char *const cases[][2] = {
        { "virtio-disk0", "rng0 sata0-0-0" },
        { "rng0", "virtio-disk0 sata0-0-0" },
        { "sata0-0-0", "virtio-disk0 rng0" },
    };
    g_autoptr (VitrineDefinition) before = parse (XML);

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineDefinition) after =
            vitrine_definition_without_device (before, cases[i][0], &error);

        g_assert_no_error (error);
        assert_aliases (after, cases[i][1]);
        assert_kept (after);
    }
}

static void
test_a_device_that_is_not_there (void)
{
    g_autoptr (VitrineDefinition) before = parse (XML);
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_definition_without_device (before, "rng1", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
}

/* A display that comes with <graphics> is nobody's element. */
static void
test_a_device_without_an_element (void)
{
    g_autoptr (VitrineDefinition) before =
        parse ("<domain type='kvm'><name>n</name><memory>65536</memory><os><type>hvm</type></os>"
               "<devices><graphics type='vnc'/></devices></domain>");
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_definition_without_device (before, "video0", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
}

/* A balloon takes the place of the word that there is none; what else there is none of stays so. */
static void
test_none_makes_way_for_one (void)
{
    g_autofree char *none = g_strdup_printf (
        "<domain type='kvm'><name>a</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type "
        "arch='x86_64' machine='q35'>hvm</type></os><devices>%s%s</devices></domain>",
        "<controller type='usb' model='none'/>", "<memballoon model='none'/>");
    g_autoptr (VitrineDefinition) before = parse (none);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) after =
        vitrine_definition_with_device (before, "<memballoon model='virtio'/>", -1, &error);

    g_assert_no_error (error);
    g_assert_null (strstr (vitrine_definition_get_xml (after), "<memballoon model=\"none\"/>"));
    g_assert_nonnull (strstr (vitrine_definition_get_xml (after), "usb"));
    g_assert_cmpuint (vitrine_definition_get_devices (after)->len, ==,
                      vitrine_definition_get_devices (before)->len + 1);
}

static void
test_a_machine_without_devices (void)
{
    g_autoptr (VitrineDefinition) before =
        parse ("<domain "
               "type='kvm'><name>n</name><memory>65536</memory><os><type>hvm</type></os></domain>");
    g_autoptr (VitrineDefinition) after = vitrine_definition_with_device (before, RNG, -1, NULL);

    g_assert_nonnull (after);
    assert_aliases (after, "rng0");
}

static void
assert_vcpus (const VitrineDefinition *before, guint n, guint max, guint n_after, guint max_after)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) after = vitrine_definition_with_vcpus (before, n, max, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (vitrine_definition_get_vcpus (after), ==, n_after);
    g_assert_cmpuint (vitrine_definition_get_max_vcpus (after), ==, max_after);
    assert_kept (after);
}

static const VitrineDefinitionDevice *
drive_of (const VitrineDefinition *definition)
{
    return g_ptr_array_index (vitrine_definition_get_devices (definition), 2);
}

/* What was in the drive goes, whatever kind it was. */
static void
test_a_medium_is_changed (void)
{
    g_autoptr (VitrineDefinition) empty = parse (XML);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) one =
        vitrine_definition_with_medium (empty, "sata0-0-0", "/cd & one.iso", FALSE, &error);
    g_autoptr (VitrineDefinition) two =
        vitrine_definition_with_medium (one, "sata0-0-0", "/dev/sr0", TRUE, &error);
    g_autoptr (VitrineDefinition) three =
        vitrine_definition_with_medium (two, "sata0-0-0", NULL, FALSE, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (drive_of (one)->source, ==, "/cd & one.iso");
    assert_kept (one);
    g_assert_cmpstr (drive_of (two)->source, ==, "/dev/sr0");
    g_assert_true (drive_of (two)->block);
    g_assert_null (drive_of (three)->source);
    assert_kept (three);
    g_assert_null (vitrine_definition_with_medium (empty, "virtio-disk0", "/x", FALSE, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND);
    g_assert_cmpstr (error->message, ==, "“n” has no CD drive virtio-disk0");
}

#define CARD                                                                                       \
    "<domain type='kvm'><name>n</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>"     \
    "<devices><interface type='user'><!-- mine --><backend type='passt'/>%s</interface>"           \
    "<interface type='bridge'><source bridge='br0'/></interface></devices></domain>"
#define FORWARDS                                                                                   \
    "<portForward proto='tcp' address='127.0.0.1'><range start='22'/><range start='80' end='90' "  \
    "to='8080'/></portForward>"

/* SETTINGS of card NUMBER, of which the first has CONTENT, make what it says WORDS, and its text can be read
 * back. */
static void
assert_card_of (guint number, const char *content, const char *settings, const char *words)
{
    g_autofree char *xml = g_strdup_printf (CARD, content);
    g_autofree char *alias = g_strdup_printf ("net%u", number);
    g_auto (GStrv) list = g_strsplit (settings, " ", -1);
    g_auto (GStrv) said = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) before = parse (xml);
    g_autoptr (VitrineDefinition) after =
        vitrine_definition_with_card (before, alias, (const char *const *) list, &error);
    g_autofree char *text = NULL;

    g_assert_no_error (error);
    said =
        vitrine_definition_card_dup_settings (((VitrineDefinitionDevice *) g_ptr_array_index (
                                                   vitrine_definition_get_devices (after), number))
                                                  ->network);
    text = g_strjoinv (" ", said);
    g_assert_cmpstr (text, ==, words);
    g_assert_nonnull (strstr (vitrine_definition_get_xml (after), "<!-- mine -->"));
}

static void
assert_card (const char *content, const char *settings, const char *words)
{
    assert_card_of (0, content, settings, words);
}

/* The disk's limits come, change and go, and the rest of the text stays. */
static void
test_limits_of_a_disk (void)
{
    const char *const set[] = { "iops=500", "write-bandwidth=10M", NULL };
    const char *const change[] = { "iops=none", "read-iops=7", NULL };
    const char *const none[] = { "read-iops=none", "write-bandwidth=0", NULL };
    const char *const wrong[][2] = { { "iops=5M" },
                                     { "bandwidth=" },
                                     { "bandwidth=99999999T" },
                                     { "bandwidth=1M" },
                                     { "forward=tcp:1:1" } };
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) before = parse (
        "<domain type='kvm'><name>a</name><memory>65536</memory><os><type>hvm</type></os><devices>"
        "<disk type='file'><source file='/a'/><target dev='vda'/></disk></devices></domain>");
    g_autoptr (VitrineDefinition) one =
        vitrine_definition_with_card (before, "virtio-disk0", set, &error);
    g_autoptr (VitrineDefinition) two = NULL;
    g_autoptr (VitrineDefinition) three = NULL;
    const VitrineDefinitionDevice *disk;

    g_assert_no_error (error);
    disk = g_ptr_array_index (vitrine_definition_get_devices (one), 0);
    g_assert_cmpuint (disk->limits[VITRINE_DEFINITION_LIMIT_OPS], ==, 500);
    g_assert_cmpuint (disk->limits[VITRINE_DEFINITION_LIMIT_WRITE_BYTES], ==, 10 << 20);
    two = vitrine_definition_with_card (one, "virtio-disk0", change, &error);
    g_assert_no_error (error);
    disk = g_ptr_array_index (vitrine_definition_get_devices (two), 0);
    g_assert_cmpuint (disk->limits[VITRINE_DEFINITION_LIMIT_OPS], ==, 0);
    g_assert_cmpuint (disk->limits[VITRINE_DEFINITION_LIMIT_READ_OPS], ==, 7);
    for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_assert_null (vitrine_definition_with_card (two, "virtio-disk0", wrong[i], &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
        g_clear_error (&error);
    }
    three = vitrine_definition_with_card (two, "virtio-disk0", none, &error);
    g_assert_no_error (error);
    g_assert_null (strstr (vitrine_definition_get_xml (three), "iotune"));
}

static void
assert_card_refused (const char *alias, const char *setting, const char *sentence)
{
    g_autofree char *xml = g_strdup_printf (CARD, FORWARDS);
    const char *const list[] = { setting, NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) before = parse (xml);

    g_assert_null (vitrine_definition_with_card (before, alias, list, &error));
    g_assert_cmpstr (error->message, ==, sentence);
}

static void
test_forwards (void)
{
    assert_card ("", "forward=tcp:2222:22", "forward=tcp:2222:22");
    assert_card ("", "forward=tcp:2222:22 forward=tcp:2222:23 forward=udp:2222:1",
                 "forward=tcp:2222:23 forward=udp:2222:1");
    assert_card (FORWARDS, "forward=udp:10-20:30",
                 "forward=tcp:22:22 forward=tcp:80-90:8080 forward=udp:10-20:30");
    assert_card (FORWARDS, "unforward=tcp:22 forward=tcp:80-90:80", "forward=tcp:80-90:80");
    assert_card (FORWARDS, "unforward=tcp:22 unforward=tcp:80-90", "");
    assert_card ("<portForward proto='udp'/>", "forward=tcp:1:1",
                 "forward=udp:all forward=tcp:1:1");
    assert_card ("", "restricted=yes ipv6=no", "restricted=yes ipv6=no");
    assert_card ("", "restricted=yes ipv6=no restricted=no ipv6=yes", "");
    assert_card (FORWARDS, "unforward=tcp:80-90 restricted=yes",
                 "forward=tcp:22:22 restricted=yes");
    assert_card_refused ("net0", "restricted=1", "restricted is yes or no, not “1”");
    assert_card_refused ("net1", "ipv6=no",
                         "A card on the network “user” is restricted, or without IPv6; elsewhere "
                         "that is the network’s to say: an isolated one, or one without an IPv6 "
                         "subnet");
    assert_card_refused ("net0", "unforward=tcp:85",
                         "There is no forward of tcp:85 to be taken away");
    assert_card_refused (
        "net0", "forward=tcp:85:1",
        "“tcp:85:1” shares ports with the forward of tcp:80-90; take that away first");
    assert_card_refused ("net2", "forward=tcp:1:1", "“n” has no network card or disk “net2”");
    assert_card_refused ("net1", "forward=tcp:1:1",
                         "Ports are forwarded to a card on the network “user”; on a bridge or "
                         "network the guest has an address of its own");
}

static void
test_what_passes_a_card (void)
{
    assert_card_of (1, "", "filter=no-mac-spoofing", "filter=no-mac-spoofing");
    assert_card_of (
        1, "",
        "filter=clean-traffic/192.0.2.9/2001:db8::9 inbound=1000,5000,1024 outbound=128,,256",
        "filter=clean-traffic/192.0.2.9/2001:db8::9 inbound=1000,5000,1024 "
        "outbound=128,0,256");
    assert_card_of (1, "", "filter=clean-traffic/192.0.2.9 inbound=5 inbound=none filter=none", "");
    assert_card_refused ("net1", "filter=dirty",
                         "A filter is no-mac-spoofing, clean-traffic or none, not “dirty”");
    assert_card_refused ("net1", "filter=clean-traffic/1.2.3",
                         "A filter’s address must be an IP address, not “1.2.3”");
    assert_card_refused ("net1", "filter=clean-traffic/::1/::2/::3/::4/::5",
                         "Vitrine cannot filter more than 4 addresses of a family");
    assert_card_refused ("net1", "filter=no-mac-spoofing/::1",
                         "Only the filter clean-traffic looks at IP addresses");
    assert_card_refused ("net1", "inbound=fast",
                         "inbound must be a number from 0 to 2097151, not “fast”");
    assert_card_refused ("net1", "inbound=,5", "<inbound> has no average: that is what is kept to");
    assert_card_refused ("net1", "inbound=5,4",
                         "<inbound> has a peak that is no more than its average");
    assert_card_refused (
        "net1", "outbound=5,6",
        "Vitrine cannot do <outbound peak>: what a guest sends has an average and a "
        "burst");
    assert_card_refused ("net0", "inbound=5",
                         "Vitrine filters and limits only what passes a bridge or a network");
}

static void
test_processors (void)
{
    g_autoptr (VitrineDefinition) before = parse (XML);
    g_autoptr (VitrineDefinition) four = vitrine_definition_with_vcpus (before, 1, 4, NULL);
    g_autoptr (GError) error = NULL;

    assert_vcpus (before, 2, 0, 2, 2);
    assert_vcpus (before, 1, 4, 1, 4);
    assert_vcpus (four, 2, 0, 2, 4);
    assert_vcpus (four, 4, 0, 4, 4);
    assert_vcpus (four, 8, 0, 8, 8);
    assert_vcpus (four, 1, 1, 1, 1);
    g_assert_null (vitrine_definition_with_vcpus (four, 3, 2, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_null (vitrine_definition_with_vcpus (four, 1, 256, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

/* MiB each: what is said; what there is to begin with, what the guest has at first, what there may be. */
static void
assert_memory (const VitrineDefinition *before, guint64 bytes, guint64 max, guint64 base,
               guint64 first, guint64 all)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) after =
        vitrine_definition_with_memory (before, bytes << 20, max << 20, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (vitrine_definition_get_memory_bytes (after), ==, base << 20);
    g_assert_cmpuint (vitrine_definition_get_first_memory_bytes (after), ==, first << 20);
    g_assert_cmpuint (vitrine_definition_get_max_memory_bytes (after), ==, all << 20);
    g_assert_true ((vitrine_definition_get_pluggable (after) != NULL) == (base != all));
    assert_kept (after);
}

static void
test_memory (void)
{
    g_autoptr (VitrineDefinition) plain = parse (XML);
    g_autoptr (VitrineDefinition) grows =
        vitrine_definition_with_memory (plain, 0, 128 << 20, NULL);
    g_autoptr (VitrineDefinition) more = vitrine_definition_with_memory (grows, 96 << 20, 0, NULL);
    g_autoptr (VitrineDefinition) ballooned =
        vitrine_definition_with_device (grows, "<memballoon model='virtio'/>", -1, NULL);
    g_autoptr (GError) error = NULL;

    assert_memory (plain, 96, 0, 96, 96, 96);
    assert_memory (plain, 0, 0, 64, 64, 64);
    assert_memory (plain, 0, 127, 64, 64, 128); /* whole blocks */
    assert_memory (plain, 32, 128, 32, 32, 128);
    assert_memory (grows, 96, 0, 64, 96, 128);
    assert_memory (grows, 95, 0, 64, 96, 128);
    assert_memory (grows, 128, 0, 64, 128, 128);
    assert_memory (grows, 0, 64, 64, 64, 64);
    assert_memory (more, 64, 0, 64, 64, 128);
    assert_memory (more, 0, 256, 64, 96, 256);
    assert_memory (more, 80, 256, 80, 80, 256);
    assert_memory (ballooned, 48, 0, 64, 48, 128);
    g_assert_nonnull (strstr (vitrine_definition_get_xml (grows),
                              "<maxMemory slots=\"1\" unit=\"KiB\">131072</maxMemory>"));
    g_assert_null (vitrine_definition_with_memory (grows, 129 << 20, 0, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_cmpstr (error->message, ==, "“n” can have at most 128 MiB of memory");
    g_clear_error (&error);
    g_assert_null (vitrine_definition_with_memory (more, 0, 80 << 20, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_null (vitrine_definition_with_memory (grows, 48 << 20, 0, &error)); /* no balloon */
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_null (vitrine_definition_with_memory (plain, G_MAXUINT64, 0, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_null (vitrine_definition_with_memory (plain, 1 << 20, 0, &error)); /* too little */
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

/* Its size is of the domain's memory. */
static void
test_a_memory_device_brings_its_size (void)
{
    g_autoptr (VitrineDefinition) before = parse (XML);
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) with = vitrine_definition_with_device (
        before, "<memory model='virtio-mem'><target><size unit='MiB'>32</size></target></memory>",
        -1, &error);
    g_autoptr (VitrineDefinition) without =
        vitrine_definition_without_device (with, "virtiomem0", &error);

    g_assert_no_error (error);
    g_assert_cmpuint (vitrine_definition_get_memory_bytes (with), ==, 64 << 20);
    g_assert_cmpuint (vitrine_definition_get_max_memory_bytes (with), ==, 96 << 20);
    assert_kept (with);
    g_assert_cmpuint (vitrine_definition_get_memory_bytes (without), ==, 64 << 20);
    g_assert_cmpuint (vitrine_definition_get_max_memory_bytes (without), ==, 64 << 20);
    assert_kept (without);
    g_assert_null (vitrine_definition_with_device (
        with, "<memory model='virtio-mem'><target><size unit='MiB'>32</size></target></memory>", -1,
        &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/edit/a-device-finds-its-place", test_a_device_finds_its_place);
    g_test_add_func ("/definition/edit/a-gap-is-filled", test_a_gap_is_filled);
    g_test_add_func ("/definition/edit/a-second-vsock-is-refused", test_a_second_vsock_is_refused);
    g_test_add_func ("/definition/edit/what-is-no-device-is-refused",
                     test_what_is_no_device_is_refused);
    g_test_add_func ("/definition/edit/a-device-is-put-in-and-taken-out",
                     test_a_device_is_put_in_and_taken_out);
    g_test_add_func ("/definition/edit/each-device-can-be-taken-out",
                     test_each_device_can_be_taken_out);
    g_test_add_func ("/definition/edit/a-device-that-is-not-there",
                     test_a_device_that_is_not_there);
    g_test_add_func ("/definition/edit/a-device-without-an-element",
                     test_a_device_without_an_element);
    g_test_add_func ("/definition/edit/none-makes-way-for-one", test_none_makes_way_for_one);
    g_test_add_func ("/definition/edit/a-machine-without-devices", test_a_machine_without_devices);
    g_test_add_func ("/definition/edit/a-medium-is-changed", test_a_medium_is_changed);
    g_test_add_func ("/definition/edit/forwards-of-a-card", test_forwards);
    g_test_add_func ("/definition/edit/what-passes-a-card", test_what_passes_a_card);
    g_test_add_func ("/definition/edit/limits-of-a-disk", test_limits_of_a_disk);
    g_test_add_func ("/definition/edit/processors", test_processors);
    g_test_add_func ("/definition/edit/memory", test_memory);
    g_test_add_func ("/definition/edit/a-memory-device-brings-its-size",
                     test_a_memory_device_brings_its_size);
    return g_test_run ();
}
