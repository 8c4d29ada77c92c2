/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-interface.c - network cards: what a definition may say of them, and what not. */
#include <string.h>

#include "definition-refusal.h"
#include "definition-texts.h"
#include "definition.h"

#define PASST       "<backend type='passt'/>"
#define USER(inner) "<interface type='user'>" PASST inner "</interface>"
#define TAP(inner)                                                                                 \
    "<interface type='ethernet'><target dev='tap0' managed='no'/>" inner "</interface>"
#define BRIDGE(inner) "<interface type='bridge'><source bridge='br0'/>" inner "</interface>"
#define FOUR_VCPUS(inner) WITH ("<vcpu current='2'>4</vcpu><devices>" inner "</devices>")
#define MAC(address) "<mac address='" address "'/>"

static VitrineDefinition *
parse (const char *xml)
{
    g_autoptr (GError) error = NULL;
    VitrineDefinition *definition = vitrine_definition_parse (xml, -1, &error);

    g_assert_no_error (error);
    g_assert_true (vitrine_definition_has_network (definition));
    return definition;
}

static const VitrineDefinitionDevice *
card_at (VitrineDefinition *definition, guint index)
{
    const VitrineDefinitionDevice *card =
        g_ptr_array_index (vitrine_definition_get_devices (definition), index);

    g_assert_cmpint (card->kind, ==, VITRINE_DEFINITION_INTERFACE);
    g_assert_nonnull (card->network);
    return card;
}

static void
test_user (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (USER (MAC (
        "52:54:00:AB:cd:01") "<portForward proto='tcp' address='127.0.0.1' dev='eth0'>"
                             "<range start='2222' to='22'/><range start='8000' end='8010' to='80'/>"
                             "<range start='8005' exclude='yes'/></portForward><portForward "
                             "proto='udp'/>"
                             "<model type='e1000e'/><link state='down'/>"
                             "<alias name='ua-lan'/><rom enabled='no'/>"
                             "<address type='pci' domain='0x0000' bus='0x00' slot='0x07' "
                             "function='0x0'/>")));
    const VitrineDefinitionDevice *card = card_at (d, 0);
    const VitrineDefinitionForward *forward;
    const VitrineDefinitionPorts *ports;

    g_assert_cmpstr (card->alias, ==, "ua-lan");
    g_assert_cmpstr (card->model, ==, "e1000e");
    g_assert_cmpuint (card->slot, ==, 7);
    g_assert_cmpint (card->network->kind, ==, VITRINE_DEFINITION_NETWORK_USER);
    g_assert_cmpstr (card->network->mac, ==, "52:54:00:ab:cd:01");
    g_assert_true (card->network->link_down);
    g_assert_cmpuint (card->network->forwards->len, ==, 2);
    forward = g_ptr_array_index (card->network->forwards, 0);
    g_assert_false (forward->udp);
    g_assert_cmpstr (forward->address, ==, "127.0.0.1");
    g_assert_cmpstr (forward->dev, ==, "eth0");
    g_assert_cmpuint (forward->ranges->len, ==, 3);
    ports = &g_array_index (forward->ranges, VitrineDefinitionPorts, 1);
    g_assert_cmpuint (ports->start, ==, 8000);
    g_assert_cmpuint (ports->end, ==, 8010);
    g_assert_cmpuint (ports->to, ==, 80);
    g_assert_false (ports->exclude);
    g_assert_true (ports[1].exclude);
    forward = g_ptr_array_index (card->network->forwards, 1);
    g_assert_true (forward->udp);
    g_assert_null (forward->address);
    g_assert_cmpuint (forward->ranges->len, ==, 0);
}

static void
test_tap (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (DEVICES (TAP ("<model type='virtio'/><mtu size='9000'/>")));
    const VitrineDefinitionDevice *card = card_at (d, 0);
    g_autofree char *text = vitrine_definition_device_describe (card);
    g_autofree char *wanted = g_strdup_printf ("tap0 %s", card->network->mac);

    g_assert_cmpstr (card->alias, ==, "net0");
    g_assert_cmpint (card->network->kind, ==, VITRINE_DEFINITION_NETWORK_TAP);
    g_assert_cmpstr (card->network->source, ==, "tap0");
    g_assert_cmpuint (card->network->mtu, ==, 9000);
    g_assert_false (card->network->link_down);
    g_assert_cmpstr (text, ==, wanted);
}

static void
test_bridge_and_network (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (DEVICES (BRIDGE (MAC (
            "52:54:00:01:02:03") "<model type='virtio'/><link state='down'/>") "<interface "
                                                                               "type='network'><"
                                                                               "source "
                                                                               "network='lab.1'/"
                                                                               ">" MAC (
                                                                                   "52:54:00:01:02:"
                                                                                   "04") "</"
                                                                                         "interface"
                                                                                         ">"));
    const VitrineDefinitionDevice *bridge = card_at (d, 0), *network = card_at (d, 1);
    g_autofree char *first = vitrine_definition_device_describe (bridge);
    g_autofree char *second = vitrine_definition_device_describe (network);

    g_assert_cmpint (bridge->network->kind, ==, VITRINE_DEFINITION_NETWORK_BRIDGE);
    g_assert_cmpstr (bridge->network->source, ==, "br0");
    g_assert_true (bridge->network->link_down);
    g_assert_cmpint (network->network->kind, ==, VITRINE_DEFINITION_NETWORK_NAMED);
    g_assert_cmpstr (network->network->source, ==, "lab.1");
    g_assert_cmpstr (first, ==, "bridge br0 52:54:00:01:02:03");
    g_assert_cmpstr (second, ==, "network lab.1 52:54:00:01:02:04");
}

static void
test_direct (void)
{
    static const struct {
        const char *xml;
        VitrineDefinitionDirectMode mode;
    } cases_of_mode[] = {
        { DEVICES ("<interface type='direct'><source dev='eth0' mode='bridge'/></interface>"),
          VITRINE_DEFINITION_DIRECT_BRIDGE },
        { DEVICES ("<interface type='direct'><source dev='eth0'/></interface>"),
          VITRINE_DEFINITION_DIRECT_VEPA },
        { DEVICES ("<interface type='direct'><source dev='eth0' mode='private'/></interface>"),
          VITRINE_DEFINITION_DIRECT_PRIVATE },
        { DEVICES ("<interface type='direct'><source dev='eth0' mode='passthrough'/></interface>"),
          VITRINE_DEFINITION_DIRECT_PASSTHROUGH },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases_of_mode); i++) {
        g_autoptr (VitrineDefinition) d = parse (cases_of_mode[i].xml);
        const VitrineDefinitionDevice *card = card_at (d, 0);
        g_autofree char *text = vitrine_definition_device_describe (card);

        g_assert_cmpint (card->network->kind, ==, VITRINE_DEFINITION_NETWORK_DIRECT);
        g_assert_cmpint (card->network->direct_mode, ==, cases_of_mode[i].mode);
        g_assert_cmpstr (card->network->source, ==, "eth0");
        g_assert_true (g_str_has_prefix (text, "macvtap eth0 52:54:00:"));
    }
}

/* libvirt's own default, so that the same text is the same machine to both. */
static void
test_default_model (void)
{
    g_autoptr (VitrineDefinition) d = parse (DEVICES (USER ("")));

    g_assert_cmpstr (card_at (d, 0)->model, ==, "rtl8139");
}

static void
test_addresses_are_made (void)
{
    const char *xml = DEVICES (USER ("") USER (MAC ("52:54:00:01:02:03")) USER (""));
    g_autoptr (VitrineDefinition) d = parse (xml);
    g_autoptr (VitrineDefinition) again = parse (xml);
    const char *first = card_at (d, 0)->network->mac, *third = card_at (d, 2)->network->mac;

    g_assert_true (g_str_has_prefix (first, "52:54:00:"));
    g_assert_cmpuint (strlen (first), ==, 17);
    g_assert_cmpstr (first, !=, third);
    g_assert_cmpstr (card_at (d, 1)->network->mac, ==, "52:54:00:01:02:03");
    g_assert_cmpstr (card_at (again, 0)->network->mac, ==, first);
    g_assert_cmpstr (card_at (again, 2)->network->mac, ==, third);
}

static void
test_boot (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (DEVICES (USER ("<boot order='3'/>") USER ("<rom file='/x y.rom' bar='on'/>")
                            USER ("<rom bar='off'/>") USER ("<rom enabled='no'/>")));

    g_assert_cmpuint (card_at (d, 0)->boot_index, ==, 3);
    g_assert_null (card_at (d, 0)->network->rom_file);
    g_assert_false (card_at (d, 0)->network->no_rom);
    g_assert_cmpuint (card_at (d, 1)->boot_index, ==, 0);
    g_assert_cmpstr (card_at (d, 1)->network->rom_file, ==, "/x y.rom");
    g_assert_true (card_at (d, 2)->network->no_rom);
    g_assert_true (card_at (d, 3)->network->no_rom);
}

/* What Vitrine writes for a new machine. */
static void
test_built (void)
{
    const VitrineDefinitionForwardParams forwards[] = { { FALSE, 2222, 22 }, { TRUE, 53, 5353 } };
    const VitrineDefinitionNicParams nics[] = {
        { .forwards = forwards, .n_forwards = 2 },
        { .model = "rtl8139", .mac = "52:54:00:01:02:03" },
        { .bridge = "br0" },
        { .network = "lab" },
        { .macvtap = "eth0" },
    };
    const VitrineDefinitionParams params = {
        .name = "one", .vcpus = 1, .memory_bytes = 64 << 20, .nics = nics, .n_nics = 5
    };
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = vitrine_definition_build (&params, &error);
    g_autoptr (VitrineDefinition) d = NULL;
    const VitrineDefinitionForward *forward;
    GPtrArray *devices;
    guint n = 0;

    g_assert_no_error (error);
    g_assert_nonnull (strstr (xml, "<mac address=\"52:54:00:"));
    d = parse (xml);
    devices = vitrine_definition_get_devices (d);
    while (((VitrineDefinitionDevice *) g_ptr_array_index (devices, n))->network == NULL)
        n++;
    g_assert_cmpstr (card_at (d, n)->model, ==, "virtio");
    forward = g_ptr_array_index (card_at (d, n)->network->forwards, 1);
    g_assert_true (forward->udp);
    g_assert_cmpuint (g_array_index (forward->ranges, VitrineDefinitionPorts, 0).start, ==, 53);
    g_assert_cmpuint (g_array_index (forward->ranges, VitrineDefinitionPorts, 0).to, ==, 5353);
    g_assert_cmpstr (card_at (d, n + 1)->model, ==, "rtl8139");
    g_assert_cmpstr (card_at (d, n + 1)->network->mac, ==, "52:54:00:01:02:03");
    g_assert_cmpstr (card_at (d, n + 2)->network->source, ==, "br0");
    g_assert_cmpint (card_at (d, n + 2)->network->kind, ==, VITRINE_DEFINITION_NETWORK_BRIDGE);
    g_assert_cmpstr (card_at (d, n + 3)->network->source, ==, "lab");
    g_assert_cmpint (card_at (d, n + 3)->network->kind, ==, VITRINE_DEFINITION_NETWORK_NAMED);
    g_assert_cmpstr (card_at (d, n + 4)->network->source, ==, "eth0");
    g_assert_cmpint (card_at (d, n + 4)->network->direct_mode, ==,
                     VITRINE_DEFINITION_DIRECT_BRIDGE);
}

/* --- refusals -------------------------------------------------------------------------------- */

static const DefinitionRefusal cases[] = {
    { "direct", DEVICES ("<interface type='direct'/>"), UNSUPPORTED,
      "Vitrine cannot do <interface type='direct'> without <source dev='…'> yet" },
    { "direct-on-a-bridge",
      DEVICES ("<interface type='direct'><source dev='eth0' bridge='br0'/></interface>"), INVALID,
      "<interface type='direct'> has no use for <source bridge>" },
    { "direct-mode",
      DEVICES ("<interface type='direct'><source dev='eth0' mode='hub'/></interface>"), UNSUPPORTED,
      "Vitrine cannot do <source mode='hub'> yet (in <interface>), only: bridge, vepa, private, "
      "passthrough" },
    { "direct-forwards",
      DEVICES (
          "<interface type='direct'><source dev='eth0'/><portForward proto='tcp'/></interface>"),
      INVALID, "<interface type='direct'> has no use for <portForward>" },
    { "direct-filter",
      DEVICES ("<interface type='direct'><source dev='eth0'/><filterref "
               "filter='no-mac-spoofing'/></interface>"),
      UNSUPPORTED, "Vitrine filters and limits only what passes a bridge or a network" },
    { "bridge-beside-a-card",
      DEVICES ("<interface type='bridge'><source bridge='br0' dev='eth0'/></interface>"), INVALID,
      "<interface type='bridge'> has no use for <source dev>" },
    { "bridge-without-one", DEVICES ("<interface type='bridge'/>"), UNSUPPORTED,
      "Vitrine cannot do <interface type='bridge'> without <source bridge='…'> yet" },
    { "bridge-with-a-network",
      DEVICES ("<interface type='bridge'><source bridge='br0' network='lab'/></interface>"),
      INVALID, "<interface type='bridge'> has no use for <source network>" },
    { "bridge-name-too-long",
      DEVICES ("<interface type='bridge'><source bridge='a234567890123456'/></interface>"), INVALID,
      "<source bridge> must be a network interface, not “a234567890123456”" },
    { "bridge-name-with-more",
      DEVICES ("<interface type='bridge'><source bridge='br0;x'/></interface>"), INVALID,
      "<source bridge> must be a network interface, not “br0;x”" },
    { "bridge-with-target", DEVICES (BRIDGE ("<target dev='x'/>")), INVALID,
      "<interface type='bridge'> has no use for <target>" },
    { "bridge-with-passt", DEVICES (BRIDGE (PASST)), INVALID,
      "<interface type='bridge'> has no use for <backend>" },
    { "bridge-with-ports", DEVICES (BRIDGE ("<portForward proto='tcp'/>")), INVALID,
      "<interface type='bridge'> has no use for <portForward>" },
    { "network-without-one", DEVICES ("<interface type='network'/>"), UNSUPPORTED,
      "Vitrine cannot do <interface type='network'> without <source network='…'> yet" },
    { "network-that-is-a-path",
      DEVICES ("<interface type='network'><source network='../lab'/></interface>"), INVALID,
      "A network’s name has at most 47 letters, digits, “.”, “-” and “_”, the first one a letter "
      "or "
      "a digit: “../lab” is none" },
    { "user-with-a-bridge", DEVICES (USER ("<source bridge='br0'/>")), INVALID,
      "<interface type='user'> has no use for <source>" },
    { "user-without-passt", DEVICES ("<interface type='user'/>"), UNSUPPORTED,
      "Vitrine cannot do <interface type='user'> without <backend type='passt'> yet" },
    { "slirp", DEVICES ("<interface type='user'><backend type='default'/></interface>"),
      UNSUPPORTED, "Vitrine cannot do <backend type='default'> yet (in <interface>), only: passt" },
    { "user-with-target", DEVICES (USER ("<target dev='x'/>")), INVALID,
      "<interface type='user'> has no use for <target>" },
    { "ethernet-without-target", DEVICES ("<interface type='ethernet'/>"), UNSUPPORTED,
      "Vitrine cannot do <interface type='ethernet'> without <target dev='…' managed='no'> yet" },
    { "tap-to-be-made", DEVICES ("<interface type='ethernet'><target dev='t0'/></interface>"),
      UNSUPPORTED,
      "Vitrine cannot do <interface type='ethernet'> without <target dev='…' managed='no'> yet" },
    { "managed-tap",
      DEVICES ("<interface type='ethernet'><target dev='t0' managed='yes'/></interface>"),
      UNSUPPORTED, "Vitrine cannot do <target managed='yes'> yet (in <interface>), only: no" },
    { "tap-with-a-name-that-is-none",
      DEVICES ("<interface type='ethernet'><target dev='a/b' managed='no'/></interface>"), INVALID,
      "<target dev> must be a network interface, not “a/b”" },
    { "ports-of-a-tap", DEVICES (TAP ("<portForward proto='tcp'/>")), INVALID,
      "<interface type='ethernet'> has no use for <portForward>" },
    { "passt-of-a-tap", DEVICES (TAP (PASST)), INVALID,
      "<interface type='ethernet'> has no use for <backend>" },
    { "model", DEVICES (USER ("<model type='ne2k_pci'/>")), UNSUPPORTED,
      "Vitrine cannot do <model type='ne2k_pci'> yet (in <interface>), only: virtio, e1000e, "
      "rtl8139" },
    { "mac-too-short", DEVICES (USER (MAC ("52:54:00:01:02"))), INVALID,
      "<mac address> must be the address of one card, like 52:54:00:12:34:56, not "
      "“52:54:00:01:02”" },
    { "mac-of-many", DEVICES (USER (MAC ("01:00:5e:00:00:01"))), INVALID,
      "<mac address> must be the address of one card, like 52:54:00:12:34:56, not "
      "“01:00:5e:00:00:01”" },
    { "mac-of-nobody", DEVICES (USER (MAC ("00:00:00:00:00:00"))), INVALID,
      "<mac address> must be the address of one card, like 52:54:00:12:34:56, not "
      "“00:00:00:00:00:00”" },
    { "mac-twice", DEVICES (USER (MAC ("52:54:00:01:02:0a")) TAP (MAC ("52:54:00:01:02:0A"))),
      INVALID, "Two network cards have the address 52:54:00:01:02:0a" },
    { "mtu-of-another-model", DEVICES (USER ("<mtu size='1400'/><model type='e1000e'/>")),
      UNSUPPORTED,
      "Vitrine cannot do <mtu> for the model 'e1000e': only virtio cards tell it to the guest" },
    { "mtu-too-small", DEVICES (USER ("<mtu size='67'/><model type='virtio'/>")), INVALID,
      "<mtu size> must be a number from 68 to 65535, not “67”" },
    { "port-0", DEVICES (USER ("<portForward proto='tcp'><range start='0'/></portForward>")),
      INVALID, "<range start> must be a number from 1 to 65535, not “0”" },
    { "ports-backwards",
      DEVICES (USER ("<portForward proto='tcp'><range start='9' end='8'/></portForward>")), INVALID,
      "A <range> of ports (in <portForward>) must not end before it starts, nor beyond port "
      "65535" },
    { "ports-beyond-the-last",
      DEVICES (
          USER ("<portForward proto='tcp'><range start='1' end='9' to='65530'/></portForward>")),
      INVALID,
      "A <range> of ports (in <portForward>) must not end before it starts, nor beyond port "
      "65535" },
    { "excluded-ports-that-lead-somewhere",
      DEVICES (
          USER ("<portForward proto='tcp'><range start='1' to='2' exclude='yes'/></portForward>")),
      INVALID, "A <range> that is excluded goes nowhere: it takes no 'to'" },
    { "port-address", DEVICES (USER ("<portForward proto='tcp' address='--help'/>")), INVALID,
      "<portForward address> must be an IP address, not “--help”" },
    { "port-device", DEVICES (USER ("<portForward proto='tcp' dev='a/1'/>")), INVALID,
      "<portForward dev> must be a network interface, not “a/1”" },
    { "rom-without-a-root", DEVICES (USER ("<rom file='x.rom'/>")), INVALID,
      "<rom file> must be a path from the root (“/…”), not “x.rom”" },
    { "rom-that-is-switched-off", DEVICES (USER ("<rom bar='off' file='/x'/>")), INVALID,
      "<rom> of a network card that is switched off takes no 'file'" },
    { "boot-order-zero", DEVICES (USER ("<boot order='0'/>")), INVALID,
      "<boot order> must be a number from 1 to 1000, not “0”" },
    { "boot-order-twice", DEVICES (USER ("<boot order='1'/>") USER ("<boot order='1'/>")), INVALID,
      "Two devices have the <boot order='1'>" },
    { "filter", DEVICES (USER ("<filterref filter='clean-traffic'/>")), UNSUPPORTED,
      "Vitrine filters and limits only what passes a bridge or a network" },
    { "vhost-of-passt", DEVICES (USER ("<driver name='vhost'/>")), INVALID,
      "<driver name='vhost'> is for virtio cards on a tap, a bridge or a network" },
    { "queues-of-passt", FOUR_VCPUS (USER ("<model type='virtio'/><driver queues='2'/>")),
      UNSUPPORTED,
      "A card on the network “user” has one queue, as passt has; several (<driver queues>) are for "
      "cards on "
      "a bridge, a network or a tap, or beside a card of this computer’s" },
    { "queues-of-another-model", FOUR_VCPUS (BRIDGE ("<model type='e1000e'/><driver queues='2'/>")),
      UNSUPPORTED,
      "A network card of the model 'e1000e' has one queue; only virtio cards have several (<driver "
      "queues>)" },
    { "no-queues", FOUR_VCPUS (BRIDGE ("<model type='virtio'/><driver queues='0'/>")), INVALID,
      "<driver queues> must be a number from 1 to 8, not “0”" },
    { "too-many-queues", FOUR_VCPUS (BRIDGE ("<model type='virtio'/><driver queues='9'/>")),
      INVALID, "<driver queues> must be a number from 1 to 8, not “9”" },
    { "queues-that-are-no-number",
      FOUR_VCPUS (BRIDGE ("<model type='virtio'/><driver queues='-1'/>")), INVALID,
      "<driver queues> must be a number from 1 to 8, not “-1”" },
    { "more-queues-than-processors",
      FOUR_VCPUS (BRIDGE ("<model type='virtio'/><driver queues='5'/>")), INVALID,
      "A network card has no more queues than its machine may have processors, and “one” has at "
      "most 4: "
      "<driver queues='5'> is too much" },
    { "filter-of-another-name", DEVICES (BRIDGE ("<filterref filter='mine'/>")), UNSUPPORTED,
      "Vitrine cannot do <filterref filter='mine'> yet (in <interface>), only: no-mac-spoofing, "
      "clean-traffic" },
    { "filter-of-a-name",
      DEVICES (BRIDGE (
          "<filterref filter='clean-traffic'><parameter name='IP' value='web'/></filterref>")),
      INVALID, "A filter’s address must be an IP address, not “web”" },
    { "bandwidth-without-end",
      DEVICES (BRIDGE ("<bandwidth><inbound average='4294967296'/></bandwidth>")), INVALID,
      "<inbound> must be a number from 0 to 2097151, not “4294967296”" },
    { "restricted-bridge", DEVICES (BRIDGE ("<backend type='passt' restricted='yes'/>")), INVALID,
      "<interface type='bridge'> has no use for <backend>" },
    { "source", DEVICES (USER ("<source dev='eth0'/>")), INVALID,
      "<interface type='user'> has no use for <source>" },
    { "driver", DEVICES (BRIDGE ("<driver name='mine'/>")), UNSUPPORTED,
      "Vitrine cannot do <driver name='mine'> yet (in <interface>), only: vhost, qemu" },
};

static void
test_queues (void)
{
    g_autoptr (VitrineDefinition) d =
        parse (FOUR_VCPUS (BRIDGE ("<model type='virtio'/><driver queues='4'/>")
                               TAP ("<model type='virtio'/><driver name='vhost' queues='2'/>")
                                   USER ("<model type='virtio'/><driver name='qemu' queues='1'/>")
                                       BRIDGE ("<model type='virtio'/>")));
    static const guint queues[] = { 4, 2, 1, 1 };
    g_autoptr (VitrineDefinitionNetwork) copy = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (queues); i++)
        g_assert_cmpuint (card_at (d, i)->network->queues, ==, queues[i]);
    g_assert_true (card_at (d, 1)->network->wants_vhost);
    copy = vitrine_definition_network_copy (card_at (d, 0)->network);
    g_assert_cmpuint (copy->queues, ==, 4);
}

/* One that comes to a machine is measured by that. */
static void
test_queues_of_one_that_comes (void)
{
    g_autoptr (VitrineDefinition) d = parse (FOUR_VCPUS (BRIDGE ("")));
    static const char *const elements[] = { BRIDGE ("<model type='virtio'/><driver queues='4'/>"),
                                            BRIDGE ("<model type='virtio'/><driver queues='5'/>") };

    for (guint i = 0; i < G_N_ELEMENTS (elements); i++) {
        g_autoptr (GError) error = NULL;
        VitrineDefinitionDevice *card = vitrine_definition_read_device (
            elements[i], -1, vitrine_definition_get_devices (d), &error);

        g_assert_no_error (error);
        g_assert_cmpint (vitrine_definition_check_queues (d, card, &error), ==, i == 0);
        vitrine_definition_device_free (card);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/interface/user", test_user);
    g_test_add_func ("/definition/interface/tap", test_tap);
    g_test_add_func ("/definition/interface/bridge-and-network", test_bridge_and_network);
    g_test_add_func ("/definition/interface/direct", test_direct);
    g_test_add_func ("/definition/interface/default-model", test_default_model);
    g_test_add_func ("/definition/interface/addresses-are-made", test_addresses_are_made);
    g_test_add_func ("/definition/interface/boot", test_boot);
    g_test_add_func ("/definition/interface/built", test_built);
    g_test_add_func ("/definition/interface/queues", test_queues);
    g_test_add_func ("/definition/interface/queues-of-one-that-comes",
                     test_queues_of_one_that_comes);
    definition_refusal_add_tests ("/definition/interface/refuses", cases, G_N_ELEMENTS (cases));
    return g_test_run ();
}
