/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-server.c - disks that are a server's: their addresses, their XML, what is refused. */
#include <string.h>

#include "definition-refusal.h"
#include "definition-texts.h"
#include "definition.h"

#define NETWORK(driver, source, inner)                                                             \
    DEVICES ("<disk type='network' device='disk'><driver name='qemu' " driver "/><source " source  \
             ">" inner "</source><target dev='vda'/></disk>")
#define TARGET                                                                                     \
    "An iSCSI target is named like iqn.2026-01.example.tower:disk, and its unit by a number from " \
    "0 to 16383"
#define SECRET                                                                                     \
    "Vitrine cannot do <auth> (in <disk> vda), as it has no place for the password; have the "     \
    "target let this computer in by its initiator's name, iqn.2008-11.org.linux-kvm"
#define HOST "<host name='tower' port='10810'/>"

static const DefinitionRefusal cases[] = {
    { "another-protocol", NETWORK ("", "protocol='rbd' name='x'", HOST), UNSUPPORTED,
      "Vitrine cannot do <source protocol='rbd'> yet (in <disk>), only: nbd, iscsi" },
    { "tls", NETWORK ("", "protocol='nbd' tls='yes'", HOST), UNSUPPORTED,
      "Vitrine cannot do <source tls='yes'> yet (in <disk>), only: no" },
    { "no-protocol", NETWORK ("", "name='x'", HOST), INVALID,
      "<disk type='network'> wants <source protocol='nbd'>, or 'iscsi'" },
    { "no-host", NETWORK ("", "protocol='nbd'", ""), INVALID,
      "The <source> of disk vda wants a <host name='…'>, or a <host transport='unix' "
      "socket='/…'>" },
    { "host-and-socket",
      NETWORK ("", "protocol='nbd'", "<host transport='unix' name='a' socket='/s'/>"), INVALID,
      "The <source> of disk vda wants a <host name='…'>, or a <host transport='unix' "
      "socket='/…'>" },
    { "two-hosts", NETWORK ("", "protocol='nbd'", HOST HOST), INVALID,
      "There is more than one <host> in <source>" },
    { "port-that-is-none", NETWORK ("", "protocol='nbd'", "<host name='tower' port='65536'/>"),
      INVALID, "<host port> must be a number from 1 to 65535, not “65536”" },
    { "host-that-is-an-option", NETWORK ("", "protocol='nbd'", "<host name='-h'/>"), INVALID,
      "“-h” is no name or address of an NBD server" },
    { "relative-socket", NETWORK ("", "protocol='nbd'", "<host transport='unix' socket='s'/>"),
      INVALID, "The socket of an NBD server is an absolute path of less than 108 bytes" },
    { "format", NETWORK ("type='qcow2'", "protocol='nbd'", HOST), UNSUPPORTED,
      "Vitrine cannot do <driver type='qcow2'> for a disk of type 'network', only: raw" },
    { "cd-drive",
      DEVICES ("<disk type='network' device='cdrom'><source protocol='nbd'>" HOST
               "</source><target dev='sda'/></disk>"),
      UNSUPPORTED,
      "Vitrine cannot do a CD drive of type 'network', only a disk, which may be <readonly/>" },
    { "policy-for-writing-alone",
      NETWORK ("error_policy='report' rerror_policy='stop'", "protocol='nbd'", HOST), UNSUPPORTED,
      "Vitrine cannot do an error_policy that is not the rerror_policy, too (in <disk> vda)" },
    { "policy-that-forgets", NETWORK ("error_policy='ignore'", "protocol='nbd'", HOST), UNSUPPORTED,
      "Vitrine cannot do <driver error_policy='ignore'> yet (in <disk>), only: stop, report" },
    { "policy-of-a-file", DEVICES (DISK ("vda", "<driver rerror_policy='report'/>")), UNSUPPORTED,
      "Vitrine cannot do an error_policy for the disk vda, only for one of type 'network'" },
    { "target-without-a-name", NETWORK ("", "protocol='iscsi'", HOST), INVALID, TARGET },
    { "target-of-another-kind", NETWORK ("", "protocol='iscsi' name='disk/1'", HOST), INVALID,
      TARGET },
    { "target-with-a-comma", NETWORK ("", "protocol='iscsi' name='iqn.a,b/1'", HOST), INVALID,
      TARGET },
    { "unit-that-is-none", NETWORK ("", "protocol='iscsi' name='iqn.2026-01.a:b/x'", HOST), INVALID,
      "The <source name> of disk vda is a target's name, a slash and the number of its unit" },
    { "target-at-a-socket",
      NETWORK ("", "protocol='iscsi' name='iqn.2026-01.a:b/1'",
               "<host transport='unix' socket='/s'/>"),
      INVALID, "The <source> of disk vda wants a <host name='…'>" },
    { "secret",
      NETWORK ("", "protocol='iscsi' name='iqn.2026-01.a:b/1'",
               HOST "<auth username='me'><secret type='iscsi' usage='x'/></auth>"),
      UNSUPPORTED, SECRET },
    { "secret-as-it-was-written-once",
      DEVICES ("<disk type='network'><auth username='me'><secret type='iscsi' usage='x'/></auth>"
               "<source protocol='iscsi' name='iqn.2026-01.a:b/1'>" HOST
               "</source><target dev='vda'/></disk>"),
      UNSUPPORTED, SECRET },
    { "initiator",
      NETWORK ("", "protocol='iscsi' name='iqn.2026-01.a:b/1'",
               HOST "<initiator><iqn name='iqn.2026-01.me'/></initiator>"),
      UNSUPPORTED, "Vitrine cannot do <initiator> yet (in <source>)" },
    { "file-with-a-server",
      DEVICES ("<disk type='file'><source file='/d'>" HOST "</source><target dev='vda'/></disk>"),
      INVALID, "The disk vda has a server in its <source>, which only <disk type='network'> has" },
};

static const VitrineDefinitionDevice *
get_disk (const VitrineDefinition *definition)
{
    return g_ptr_array_index (vitrine_definition_get_devices (definition), 0);
}

static void
test_read (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (
        NETWORK ("type='raw' error_policy='report' rerror_policy='report'",
                 "protocol='nbd' name='a b/c' tls='no'", HOST),
        -1, &error);
    const VitrineDefinitionDevice *disk;

    g_assert_no_error (error);
    disk = get_disk (definition);
    g_assert_cmpstr (disk->source, ==, "nbd://tower:10810/a%20b/c");
    g_assert_cmpstr (disk->server->name, ==, "a b/c");
    g_assert_true (disk->reports_errors);
    g_assert_false (vitrine_definition_device_has_image (disk));
}

static void
test_read_socket (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) definition =
        vitrine_definition_parse (NETWORK ("error_policy='stop'", "protocol='nbd'",
                                           "<host transport='unix' socket='/run/a&amp;b'/>"),
                                  -1, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (get_disk (definition)->source, ==, "nbd+unix:///?socket=/run/a%26b");
    g_assert_false (get_disk (definition)->reports_errors);
}

static void
test_read_target (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (
        NETWORK ("", "protocol='iscsi' name='iqn.2026-01.example:disk/12'", "<host name='Tower'/>"),
        -1, &error);
    const VitrineDefinitionDevice *disk;

    g_assert_no_error (error);
    disk = get_disk (definition);
    g_assert_cmpstr (disk->source, ==, "iscsi://tower/iqn.2026-01.example:disk/12");
    g_assert_cmpint (disk->server->protocol, ==, VITRINE_DEFINITION_ISCSI);
    g_assert_cmpstr (disk->server->name, ==, "iqn.2026-01.example:disk");
    g_assert_cmpuint (disk->server->lun, ==, 12);
    g_assert_cmpuint (disk->server->port, ==, VITRINE_DEFINITION_ISCSI_PORT);
}

/* What one URI says is what the next one says of it. */
static void
test_addresses (void)
{
    static const char *const uris[] = {
        "nbd://tower/",
        "nbd://tower/disk",
        "nbd://192.0.2.1:1/a/b",
        "nbd://[2001:db8::1]:10810/disk%20one",
        "nbd://[fe80::1%25eth0]/disk",
        "nbd+unix:///disk?socket=/run/nbd.sock",
        "nbd+unix:///?socket=/a%3Fb%26c",
        "iscsi://tower/iqn.2026-01.example:disk.one/0",
        "iscsi://[2001:db8::1]:3261/naa.0123456789abcdef/16383",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineDefinitionServer) server =
            vitrine_definition_server_parse (uris[i], &error);
        g_autofree char *again = NULL;

        g_assert_no_error (error);
        again = vitrine_definition_server_to_uri (server);
        g_assert_cmpstr (again, ==, uris[i]);
    }
}

/* Two ways to write one export are one when they are compared. */
static void
test_address_in_one_way (void)
{
    static const struct {
        const char *written, *compared;
    } uris[] = {
        { "NBD://Tower.Example:10809/Disk", "nbd://tower.example/Disk" },
        { "nbd://tower", "nbd://tower/" },
        { "nbd://tower/%64isk", "nbd://tower/disk" },
        { "nbd://[FE80::1%25Eth0]/x", "nbd://[fe80::1%25Eth0]/x" },
        { "nbd+unix:///Disk?socket=/Run/%73", "nbd+unix:///Disk?socket=/Run/s" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (VitrineDefinitionServer) server =
            vitrine_definition_server_parse (uris[i].written, &error);
        g_autofree char *compared = NULL;

        g_assert_no_error (error);
        compared = vitrine_definition_server_to_uri (server);
        g_assert_cmpstr (compared, ==, uris[i].compared);
    }
}

static void
test_addresses_that_are_none (void)
{
    static const char *const uris[] = {
        "",
        "tower",
        "http://tower/x",
        "nbd://",
        "nbd:///x",
        "nbd://u@tower/x",
        "nbd://tower:0/x",
        "nbd://tower:99999/x",
        "nbd://-t/x",
        "nbd://tower/x#y",
        "nbd://tower/x?y",
        "nbd://tower/%00",
        "nbd://t/%0a",
        "nbd+unix:///x",
        "nbd+unix://t/x?socket=/s",
        "nbd+unix:///x?socket=s",
        "nbd+unix:///x?sock=/s",
        "nbd://t;r/x",
        "nbd://\xff/x",
        "iscsi://tower",
        "iscsi://tower/",
        "iscsi:///iqn.a/1",
        "iscsi://tower/iqn.a",
        "iscsi://tower/iqn.a/",
        "iscsi://tower/iqn.a/-1",
        "iscsi://tower/iqn.a/16384",
        "iscsi://tower/iqn.a/1/2",
        "iscsi://tower/a/1",
        "iscsi://tower/iqn.a b/1",
        "iscsi://tower/iqn.a%00/1",
        "iscsi://tower/iqn.a/1?x=y",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_definition_server_parse (uris[i], &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
        g_assert_null (strchr (error->message, '\n'));
    }
}

/* It is not repeated, as it may be a secret. */
static void
test_address_with_a_user (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_definition_server_parse ("iscsi://me:pass@tower/iqn.a/1", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_null (strstr (error->message, "me:pass"));
}

static void
test_build (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineDefinitionServer) server =
        vitrine_definition_server_parse ("nbd://[::1]:7/a%22%3Cb", &error);
    const VitrineDefinitionDiskParams disks[] = { { .path = "/d/one" }, { .server = server } };
    const VitrineDefinitionParams params = {
        .name = "one", .vcpus = 1, .memory_bytes = 64 << 20, .disks = disks, .n_disks = 2
    };
    g_autofree char *xml = vitrine_definition_build (&params, &error);
    g_autoptr (VitrineDefinition) definition = NULL;
    const VitrineDefinitionDevice *second;

    g_assert_no_error (error);
    definition = vitrine_definition_parse (xml, -1, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (get_disk (definition)->source, ==, "/d/one");
    second = g_ptr_array_index (vitrine_definition_get_devices (definition), 1);
    g_assert_cmpstr (second->server->name, ==, "a\"<b");
    g_assert_cmpstr (second->server->host, ==, "::1");
    g_assert_cmpuint (second->server->port, ==, 7);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    definition_refusal_add_tests ("/definition/server/refuses", cases, G_N_ELEMENTS (cases));
    g_test_add_func ("/definition/server/reads-an-export", test_read);
    g_test_add_func ("/definition/server/reads-a-socket", test_read_socket);
    g_test_add_func ("/definition/server/reads-a-target", test_read_target);
    g_test_add_func ("/definition/server/address-with-a-user-is-refused", test_address_with_a_user);
    g_test_add_func ("/definition/server/addresses-are-read-as-they-are-written", test_addresses);
    g_test_add_func ("/definition/server/one-export-is-compared-in-one-way",
                     test_address_in_one_way);
    g_test_add_func ("/definition/server/addresses-that-are-none", test_addresses_that_are_none);
    g_test_add_func ("/definition/server/new-definition-has-the-server", test_build);
    return g_test_run ();
}
