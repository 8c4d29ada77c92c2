/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-network.c - libvirt's network XML: what is read, written again, and refused. */
#include "definition-network.h"
#include "vitrine-error.h"

#define NET(inner) "<network><name>lab</name>" inner "</network>"
#define IP         "<ip address='192.168.150.1' netmask='255.255.255.0'/>"
#define DHCP(inner)                                                                                \
    "<ip address='192.168.150.1' prefix='24'><dhcp><range start='192.168.150.10' "                 \
    "end='192.168.150.99'/>" inner "</dhcp></ip>"

static VitrineNetwork *
parse (const char *xml)
{
    g_autoptr (GError) error = NULL;
    VitrineNetwork *network = vitrine_network_parse (xml, -1, &error);

    g_assert_no_error (error);
    return network;
}

static void
test_whole (void)
{
    g_autoptr (VitrineNetwork) first = parse (NET (
        "<uuid>6F1F9D0E-3C67-4f5e-9b6a-8a9f2f1f7c11</uuid><forward mode='nat' dev='eth0'><nat "
        "ipv6='yes'/></forward><bridge name='virbr7' stp='on' delay='0'/><domain "
        "name='lab.example'/><dns "
        "enable='no'/>" DHCP (
            "<host mac='52:54:00:00:00:01' ip='192.168.150.42' name='web'/>") "<ip family='ipv6' "
                                                                              "address='fd00:1::1' "
                                                                              "prefix='64'/>"));
    g_autofree char *xml = vitrine_network_build (first);
    g_autoptr (VitrineNetwork) again = parse (xml);
    g_autofree char *same = vitrine_network_build (again);
    const VitrineNetworkHost *host = g_ptr_array_index (again->hosts, 0);

    g_assert_cmpstr (xml, ==, same);
    g_assert_cmpstr (again->name, ==, "lab");
    g_assert_cmpstr (again->uuid, ==, "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11");
    g_assert_cmpint (again->mode, ==, VITRINE_NETWORK_NAT);
    g_assert_true (again->nat_ipv6 && again->no_dns);
    g_assert_cmpstr (again->uplink, ==, "eth0");
    g_assert_cmpstr (again->bridge, ==, "virbr7");
    g_assert_cmpstr (again->domain, ==, "lab.example");
    g_assert_cmpstr (again->ipv4.address, ==, "192.168.150.1");
    g_assert_cmpuint (again->ipv4.prefix, ==, 24);
    g_assert_cmpstr (again->ipv4.range_end, ==, "192.168.150.99");
    g_assert_cmpstr (again->ipv6.address, ==, "fd00:1::1");
    g_assert_cmpuint (again->ipv6.prefix, ==, 64);
    g_assert_null (again->ipv6.range_start);
    g_assert_cmpstr (host->mac, ==, "52:54:00:00:00:01");
    g_assert_cmpstr (host->address, ==, "192.168.150.42");
    g_assert_cmpstr (host->name, ==, "web");
}

static void
test_modes (void)
{
    static const struct {
        const char *xml;
        VitrineNetworkMode mode;
        const char *uplink;
    } cases[] = {
        { NET (IP), VITRINE_NETWORK_ISOLATED },
        { NET (""), VITRINE_NETWORK_ISOLATED },
        { NET ("<forward/>" IP), VITRINE_NETWORK_NAT },
        { NET ("<forward mode='route'/>" IP), VITRINE_NETWORK_ROUTED },
        { NET ("<forward mode='bridge'/><bridge name='br0'/>"), VITRINE_NETWORK_BRIDGED },
        { NET ("<forward mode='bridge'><interface dev='eth0'/></forward>"), VITRINE_NETWORK_BRIDGED,
          "eth0" },
        { NET ("<forward mode='bridge' dev='eth0'><interface dev='eth0'/></forward>"
               "<bridge name='br7'/>"),
          VITRINE_NETWORK_BRIDGED, "eth0" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (VitrineNetwork) network = parse (cases[i].xml);
        g_autofree char *xml = vitrine_network_build (network);
        g_autoptr (VitrineNetwork) again = parse (xml);

        g_assert_cmpint (network->mode, ==, cases[i].mode);
        g_assert_cmpint (again->mode, ==, cases[i].mode);
        g_assert_cmpstr (again->uplink, ==, cases[i].uplink);
        g_assert_cmpint (vitrine_network_is_given (again), ==,
                         again->mode == VITRINE_NETWORK_BRIDGED && !cases[i].uplink);
    }
}

static void
test_refusals (void)
{
    static const struct {
        const char *xml, *message;
        int code;
    } cases[] = {
        { "<domain/>", "A network’s text is a <network>", VITRINE_ERROR_INVALID },
        { "<network/>",
          "A network’s name has at most 47 letters, digits, “.”, “-” and “_”, the first one a "
          "letter or a "
          "digit: “” is none",
          VITRINE_ERROR_INVALID },
        { "<network><name>../x</name></network>",
          "A network’s name has at most 47 letters, digits, “.”, “-” and “_”, the first one a "
          "letter or a "
          "digit: “../x” is none",
          VITRINE_ERROR_INVALID },
        { NET ("<forward mode='open'/>"),
          "Vitrine cannot do <forward mode='open'> yet (in <network>), only: nat, route, bridge",
          VITRINE_ERROR_UNSUPPORTED },
        { NET ("<bandwidth/>"), "Vitrine cannot do <bandwidth> yet (in <network>)",
          VITRINE_ERROR_UNSUPPORTED },
        { NET ("<bridge name='a234567890123456'/>"),
          "A bridge’s name has at most 15 letters, digits, “.”, “-” and “_”, the first one a "
          "letter or a "
          "digit: “a234567890123456” is none",
          VITRINE_ERROR_INVALID },
        { NET ("<forward mode='nat'/>"), "A network that leads out has addresses: it needs an <ip>",
          VITRINE_ERROR_INVALID },
        { NET ("<forward mode='bridge'/>"),
          "A bridged network has a <bridge name='…'> that is there already, or an <interface "
          "dev='…'> to make one for, and nothing else",
          VITRINE_ERROR_INVALID },
        { NET (IP IP), "Vitrine cannot do a network with two subnets of one family yet",
          VITRINE_ERROR_UNSUPPORTED },
        { NET ("<ip address='x' prefix='24'/>"),
          "<ip address> of a network must be an IPv4 address, not “x”", VITRINE_ERROR_INVALID },
        { NET ("<ip address='10.0.0.1' netmask='255.0.255.0'/>"),
          "<ip prefix> must be a number from 8 to 30, not “0”", VITRINE_ERROR_INVALID },
        { NET ("<ip family='ipv6' address='10.0.0.1' prefix='64'/>"),
          "<ip address> of a network must be an IPv6 address, not “10.0.0.1”",
          VITRINE_ERROR_INVALID },
        { NET ("<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.1.2' "
               "end='10.0.1.9'/></dhcp></ip>"),
          "DHCP’s range from 10.0.1.2 to 10.0.1.9 is not in the network’s subnet",
          VITRINE_ERROR_INVALID },
        { NET (DHCP ("<host mac='x' ip='192.168.150.4'/>")),
          "<host mac> must be the address of one card, like 52:54:00:12:34:56, not “x”",
          VITRINE_ERROR_INVALID },
        { NET (DHCP ("<host mac='52:54:00:00:00:01' ip='10.0.0.4'/>")),
          "10.0.0.4 is not in the network’s subnet", VITRINE_ERROR_INVALID },
        { NET (DHCP ("<host mac='52:54:00:00:00:01' ip='192.168.150.4' name='a,b'/>")),
          "<host name> must be a name of letters, digits, “-” and “.”, not “a,b”",
          VITRINE_ERROR_INVALID },
        { NET ("<domain name='a&#10;b'/>"),
          "<domain name> must be a name of letters, digits, “-” and “.”, not “a b”",
          VITRINE_ERROR_INVALID },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_network_parse (cases[i].xml, -1, &error));
        g_assert_error (error, VITRINE_ERROR, cases[i].code);
        g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/network/whole-text-is-read-and-written", test_whole);
    g_test_add_func ("/definition/network/modes", test_modes);
    g_test_add_func ("/definition/network/refusals-name-what-is-wrong", test_refusals);
    return g_test_run ();
}
