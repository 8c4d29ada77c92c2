/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-resource-spec.c - what forms and options say of networks, pools and volumes, as libvirt's XML. */
#include <string.h>

#include "await.h"

/* --- networks --------------------------------------------------------------------------------- */

static void
test_subnets_overlap_when_they_have_an_address_in_common (void)
{
    static const struct {
        const char *a, *b;
        gboolean overlap;
    } cases[] = {
        { "192.168.150.1/24", "192.168.150.200/25", TRUE },
        { "192.168.150.1/24", "192.168.151.1/24", FALSE },
        { "10.0.0.1/8", "10.255.3.1/30", TRUE },
        { "192.168.0.1/25", "192.168.0.129/25", FALSE },
        { "0.0.0.0/0", "10.1.2.3/32", TRUE },
        { "fd00:1::1/64", "fd00:1::ff/120", TRUE },
        { "fd00:1::1/64", "fd00:1:0:1::1/64", FALSE },
        { "fd00:1::1/64", "192.168.150.1/24", FALSE },
        { "", "192.168.150.1/24", FALSE },
        { "nonsense/24", "192.168.150.1/24", FALSE },
        { "192.168.150.1/33", "192.168.150.1/24", FALSE },
        { "192.168.150.1", "192.168.150.1/24", FALSE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_test_message ("%s %s", cases[i].a, cases[i].b);
        g_assert_cmpint (vitrine_subnet_overlaps (cases[i].a, cases[i].b), ==, cases[i].overlap);
        g_assert_cmpint (vitrine_subnet_overlaps (cases[i].b, cases[i].a), ==, cases[i].overlap);
    }
}

static void
test_a_range_is_all_of_a_subnet_but_our_own_address (void)
{
    static const char *const cases[][2] = {
        { "192.168.150.1/24", "192.168.150.2-192.168.150.254" },
        { "192.168.150.254/24", "192.168.150.1-192.168.150.253" },
        { "10.0.0.1/30", "10.0.0.2-10.0.0.2" },
        { "10.0.0.1/31", NULL },
        { "10.0.0.1/0", NULL },
        { "fd00::1/64", NULL },
        { "x", NULL },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *range = vitrine_subnet_dup_range (cases[i][0]);

        g_assert_cmpstr (range, ==, cases[i][1]);
    }
}

#define RICH                                                                                       \
    "<network>\n  <name>lab</name>\n  <forward mode='nat'><nat ipv6='yes'/></forward>\n"           \
    "  <bridge name='virbr7'/>\n  <domain name='old'/>\n  <portgroup name='fast'/>\n"              \
    "  <ip address='192.168.150.1' netmask='255.255.255.0'>\n    <dhcp>\n"                         \
    "      <range start='192.168.150.2' end='192.168.150.9'/>\n"                                   \
    "      <host mac='52:54:00:00:00:01' ip='192.168.150.50'/>\n    </dhcp>\n  </ip>\n"             \
    "</network>\n"

static char *
edit (VitrineNetworkSpec spec)
{
    g_autoptr (GError) error = NULL;
    char *xml = vitrine_network_edit_xml (RICH, &spec, &error);

    g_assert_no_error (error);
    g_test_message ("%s", xml);
    return xml;
}

static void
assert_has (const char *xml, const char *what)
{
    if (strstr (xml, what) == NULL)
        g_error ("no %s in %s", what, xml);
}

static void
assert_lacks (const char *xml, const char *what)
{
    if (strstr (xml, what) != NULL)
        g_error ("%s in %s", what, xml);
}

static void
test_an_edit_keeps_what_it_does_not_say (void)
{
    g_autofree char *same = edit ((VitrineNetworkSpec){ 0 });
    g_autofree char *domain = edit ((VitrineNetworkSpec){ .domain = "new" });
    g_autofree char *range = edit ((VitrineNetworkSpec){ .dhcp = "192.168.150.3-192.168.150.4" });
    g_autofree char *none = edit ((VitrineNetworkSpec){ .dhcp = "none", .domain = "" });
    g_autofree char *other =
        edit ((VitrineNetworkSpec){ .subnet = "10.9.0.1/16", .ipv6 = "fd00:9::1/64" });

    g_assert_cmpstr (same, ==, RICH);
    assert_has (domain, "<domain name='new'/>");
    assert_has (domain, "<portgroup name='fast'/>");
    assert_has (range, "<range start='192.168.150.3' end='192.168.150.4'/>");
    assert_has (range, "ip='192.168.150.50'");
    assert_lacks (none, "<dhcp>");
    assert_lacks (none, "<domain");
    assert_has (other, "address='10.9.0.1'");
    assert_has (other, "prefix='16'");
    assert_lacks (other, "netmask");
    assert_has (other, "<range start='10.9.0.2' end='10.9.255.254'/>");
    assert_has (other, "<ip family='ipv6' address='fd00:9::1' prefix='64'/>");
}

static void
test_a_mode_takes_with_it_what_the_other_cannot_have (void)
{
    g_autofree char *isolated = edit ((VitrineNetworkSpec){ .mode = "isolated" });
    g_autofree char *routed = edit ((VitrineNetworkSpec){ .mode = "routed" });
    g_autofree char *bridged = edit ((VitrineNetworkSpec){ .mode = "bridged", .bridge = "br0" });
    g_autofree char *card = edit ((VitrineNetworkSpec){ .mode = "bridged", .uplink = "eth0" });

    assert_lacks (isolated, "<forward");
    assert_has (routed, "mode='route'");
    assert_lacks (routed, "<nat");
    assert_has (bridged, "<bridge name='br0'/>");
    assert_lacks (bridged, "<ip");
    assert_lacks (bridged, "<domain");
    assert_has (bridged, "<portgroup name='fast'/>");
    assert_has (card, "<interface dev='eth0'/>");
    assert_lacks (card, "<bridge");
}

static void
refuse_edit (const char *xml, VitrineNetworkSpec spec, const char *mention)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_network_edit_xml (xml, &spec, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, mention));
}

static void
test_what_is_no_subnet_is_refused (void)
{
    refuse_edit (RICH, (VitrineNetworkSpec){ .subnet = "nonsense" }, "“nonsense”");
    refuse_edit (RICH, (VitrineNetworkSpec){ .subnet = "fd00::1/64" }, "“fd00::1/64”");
    refuse_edit (RICH, (VitrineNetworkSpec){ .ipv6 = "10.0.0.1/8" }, "“10.0.0.1/8”");
    refuse_edit (RICH, (VitrineNetworkSpec){ .subnet = "10.0.0.1/99" }, "“10.0.0.1/99”");
    refuse_edit (RICH, (VitrineNetworkSpec){ .dhcp = "all" }, "“all”");
    refuse_edit ("<network><name>x</name></network>",
                 (VitrineNetworkSpec){ .dhcp = "10.0.0.1-10.0.0.2" }, "say which");
    refuse_edit ("no XML", (VitrineNetworkSpec){ 0 }, "");
}

static void
test_a_mode_is_one_of_four (void)
{
    g_autofree char *as_in_a_definition =
        edit ((VitrineNetworkSpec){ .mode = "bridge", .uplink = "eth0" });
    g_autoptr (GError) error = NULL;
    const VitrineNetworkSpec other_card = { .uplink = "eth1" };
    g_autofree char *moved = vitrine_network_edit_xml (as_in_a_definition, &other_card, &error);

    refuse_edit (RICH, (VitrineNetworkSpec){ .mode = "brigded" }, "“brigded”");
    assert_has (as_in_a_definition, "mode='bridge'");
    assert_has (as_in_a_definition, "<interface dev='eth0'/>");
    g_assert_no_error (error);
    assert_has (moved, "<interface dev='eth1'/>");
    assert_lacks (moved, "eth0");
}

/* --- pools ------------------------------------------------------------------------------------ */

static void
test_a_pool_of_each_kind_is_written (void)
{
    static const struct {
        VitrinePoolSpec spec;
        const char *xml;
    } cases[] = {
        { { .path = "/a&b" }, "<pool type='dir'><name>p</name><target><path>/a&amp;b</path></target></pool>" },
        { { .type = "fs", .device = "/dev/sdb1", .path = "/srv", .format = "ext4" },
          "<pool type='fs'><name>p</name><source><device path='/dev/sdb1'/><format type='ext4'/>"
          "</source><target><path>/srv</path></target></pool>" },
        { { .type = "netfs", .host = "nas:2049", .folder = "/export", .path = "/mnt" },
          "<pool type='netfs'><name>p</name><source><host name='nas' port='2049'/><dir path='/export'/>"
          "</source><target><path>/mnt</path></target></pool>" },
        { { .type = "logical", .group = "vg0" },
          "<pool type='logical'><name>p</name><source><name>vg0</name></source><target>"
          "<path>/dev/vg0</path></target></pool>" },
        { { .type = "disk", .device = "/dev/sdb" },
          "<pool type='disk'><name>p</name><source><device path='/dev/sdb'/><format type='gpt'/>"
          "</source><target><path>/dev</path></target></pool>" },
        { { .type = "iscsi", .host = "[fd00::1]:3260", .device = "iqn.2020-01.example:x" },
          "<pool type='iscsi'><name>p</name><source><host name='fd00::1' port='3260'/>"
          "<device path='iqn.2020-01.example:x'/></source><target><path>/dev/disk/by-path</path>"
          "</target></pool>" },
        { { .type = "rbd", .host = "fd00::1", .group = "rbd" },
          "<pool type='rbd'><name>p</name><source><host name='fd00::1'/><name>rbd</name></source></pool>" },
        { { .type = "gluster", .host = "brick", .group = "vol" },
          "<pool type='gluster'><name>p</name><source><host name='brick'/><dir path='/'/>"
          "<name>vol</name></source></pool>" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        VitrinePoolSpec spec = cases[i].spec;
        g_autoptr (GError) error = NULL;
        g_autofree char *xml = NULL;

        spec.name = "p";
        xml = vitrine_pool_spec_to_xml (&spec, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (xml, ==, cases[i].xml);
    }
}

static void
test_a_pool_that_lacks_something_is_refused_by_its_name (void)
{
    static const struct {
        VitrinePoolSpec spec;
        VitrineError code;
        const char *mention;
    } cases[] = {
        { { .path = "/a" }, VITRINE_ERROR_INVALID, "needs a name" },
        { { .name = "p" }, VITRINE_ERROR_INVALID, "Folder" },
        { { .name = "p", .path = "relative" }, VITRINE_ERROR_INVALID, "“relative”" },
        { { .name = "p", .path = "/a", .host = "x" }, VITRINE_ERROR_INVALID, "“x”" },
        { { .name = "p", .type = "netfs", .folder = "/e", .path = "/m" },
          VITRINE_ERROR_INVALID,
          "Server" },
        { { .name = "p", .type = "netfs", .folder = "/e", .path = "/m", .host = "h:x" },
          VITRINE_ERROR_INVALID,
          "“h:x”" },
        { { .name = "p", .type = "disk", .device = "sdb" }, VITRINE_ERROR_INVALID, "“sdb”" },
        { { .name = "p", .type = "zfs" }, VITRINE_ERROR_UNSUPPORTED, "“zfs”" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_pool_spec_to_xml (&cases[i].spec, &error));
        g_test_message ("%s", error->message);
        g_assert_error (error, VITRINE_ERROR, (int) cases[i].code);
        g_assert_nonnull (strstr (error->message, cases[i].mention));
    }
}

/* --- volumes ---------------------------------------------------------------------------------- */

static void
test_a_volume_is_written_or_refused (void)
{
    static const VitrineVolumeSpec bad[] = {
        { .size_bytes = 1 },
        { .name = "a/b", .size_bytes = 1 },
        { .name = "..", .size_bytes = 1 },
        { .name = "a" },
        { .name = "a", .size_bytes = 1, .allocation_bytes = 2 },
        { .name = "a", .size_bytes = 1, .backing = "/b", .format = "raw" },
    };
    const VitrineVolumeSpec good = { .name = "a<b",
                                     .size_bytes = 4096,
                                     .allocation_bytes = 512,
                                     .format = "qcow2",
                                     .backing = "/base.raw",
                                     .backing_format = "raw" };
    g_autofree char *xml = vitrine_volume_spec_to_xml (&good, NULL);

    g_assert_cmpstr (xml, ==,
                     "<volume><name>a&lt;b</name><allocation unit='bytes'>512</allocation>"
                     "<capacity unit='bytes'>4096</capacity><target><format type='qcow2'/></target>"
                     "<backingStore><path>/base.raw</path><format type='raw'/></backingStore>"
                     "</volume>");
    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_volume_spec_to_xml (&bad[i], &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/resource-spec/subnets-overlap-when-they-have-an-address-in-common",
                     test_subnets_overlap_when_they_have_an_address_in_common);
    g_test_add_func ("/resource-spec/a-range-is-all-of-a-subnet-but-our-own-address",
                     test_a_range_is_all_of_a_subnet_but_our_own_address);
    g_test_add_func ("/resource-spec/an-edit-keeps-what-it-does-not-say",
                     test_an_edit_keeps_what_it_does_not_say);
    g_test_add_func ("/resource-spec/a-mode-takes-with-it-what-the-other-cannot-have",
                     test_a_mode_takes_with_it_what_the_other_cannot_have);
    g_test_add_func ("/resource-spec/what-is-no-subnet-is-refused",
                     test_what_is_no_subnet_is_refused);
    g_test_add_func ("/resource-spec/a-mode-is-one-of-four", test_a_mode_is_one_of_four);
    g_test_add_func ("/resource-spec/a-pool-of-each-kind-is-written",
                     test_a_pool_of_each_kind_is_written);
    g_test_add_func ("/resource-spec/a-pool-that-lacks-something-is-refused-by-its-name",
                     test_a_pool_that_lacks_something_is_refused_by_its_name);
    g_test_add_func ("/resource-spec/a-volume-is-written-or-refused",
                     test_a_volume_is_written_or_refused);
    return g_test_run ();
}
