/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-detail.c - what can be set of a machine's parts, and what becomes of the definition by it. */
#include <string.h>

#include "await.h"
#include "vitrine-detail-private.h"

typedef struct {
    char *folder;
    VitrineHost *host;
    VitrineMachine *machine;
} Fixture;

static void
set_up (Fixture *f, gconstpointer script)
{
    g_autofree char *text = NULL;
    g_autofree char *uri = NULL;

    f->folder = test_folder_new ();
    text =
        g_strdup_printf ("[machine alpha]\ndisks=/d/a.raw|10\nnics=user,mac=52:54:00:00:00:01\n%s",
                         (const char *) script);
    uri = test_fake_uri (f->folder, text);
    f->host = await_host (uri);
    f->machine = vitrine_host_find (f->host, "alpha");
}

static void
tear_down (Fixture *f, gconstpointer script)
{
    g_object_unref (f->machine);
    await_gone (f->host);
    test_folder_remove (f->folder);
}

static gboolean
set (Fixture *f, const char *part, const char *key, const char *value, GError **error)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_set_detail_async (f->machine, part, key, value, NULL, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_machine_set_detail_finish (f->machine, result, error);
}

/* KEY of PART; its value is the caller's. */
static char *
get (Fixture *f, const char *part, const char *key, VitrineScope *scope)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) details = vitrine_machine_dup_details (f->machine, part, &error);

    g_assert_no_error (error);
    for (guint i = 0; i < details->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (details, i);

        if (!g_str_equal (detail->setting.key, key))
            continue;
        if (scope != NULL)
            *scope = vitrine_detail_get_scope (detail, detail->value);
        return g_strdup (detail->value);
    }
    return NULL;
}

static void
assert_value (Fixture *f, const char *part, const char *key, const char *wanted)
{
    g_autofree char *value = get (f, part, key, NULL);

    g_assert_cmpstr (value, ==, wanted);
}

static void
assert_sets (Fixture *f, const char *part, const char *key, const char *value, const char *text)
{
    g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = NULL;

    set (f, part, key, value, &error);
    g_assert_no_error (error);
    xml = vitrine_machine_dup_xml (f->machine, NULL);
    if (strstr (xml, quoted) == NULL)
        g_error ("“%s” is not in %s", quoted, xml);
}

static void
assert_refuses (Fixture *f, const char *part, const char *key, const char *value, const char *words)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *before = vitrine_machine_dup_xml (f->machine, NULL);
    g_autofree char *after = NULL;

    g_assert_false (set (f, part, key, value, &error));
    g_assert_cmpint (error->domain, ==, VITRINE_ERROR);
    if (strstr (error->message, words) == NULL)
        g_error ("“%s” is not in “%s”", words, error->message);
    after = vitrine_machine_dup_xml (f->machine, NULL);
    g_assert_cmpstr (before, ==, after);
}

static void
test_every_value_can_be_set_to_what_it_is (Fixture *f, gconstpointer script)
{
    g_autoptr (GPtrArray) devices =
        vitrine_machine_dup_devices_of (f->machine, VITRINE_SCOPE_CONFIG);
    g_autoptr (GPtrArray) parts = g_ptr_array_new ();

    g_ptr_array_add (parts, (gpointer) VITRINE_PART_OVERVIEW);
    g_ptr_array_add (parts, (gpointer) VITRINE_PART_PROCESSORS);
    g_ptr_array_add (parts, (gpointer) VITRINE_PART_MEMORY);
    g_ptr_array_add (parts, (gpointer) VITRINE_PART_BOOT);
    for (guint i = 0; i < devices->len; i++)
        if (((VitrineDeviceInfo *) g_ptr_array_index (devices, i))->element > 0)
            g_ptr_array_add (parts, ((VitrineDeviceInfo *) g_ptr_array_index (devices, i))->alias);
    for (guint i = 0; i < parts->len; i++) {
        const char *part = g_ptr_array_index (parts, i);
        g_autoptr (GPtrArray) details = vitrine_machine_dup_details (f->machine, part, NULL);

        for (guint j = 0; j < details->len; j++) {
            const VitrineDetail *detail = g_ptr_array_index (details, j);
            g_autoptr (GError) error = NULL;

            if (g_str_equal (detail->setting.key, "size"))
                continue;
            set (f, part, detail->setting.key, detail->value, &error);
            g_assert_no_error (error);
            if (!g_str_equal (detail->setting.key, "order")) /* of <os>, then of each device */
                assert_value (f, part, detail->setting.key, detail->value);
        }
    }
}

static void
test_processors (Fixture *f, gconstpointer script)
{
    assert_value (f, VITRINE_PART_PROCESSORS, "vcpus", "2");
    assert_sets (f, VITRINE_PART_PROCESSORS, "vcpus", "4", "<vcpu>4</vcpu>");
    assert_sets (f, VITRINE_PART_PROCESSORS, "max-vcpus", "8", "<vcpu current='4'>8</vcpu>");
    assert_sets (f, VITRINE_PART_PROCESSORS, "max-vcpus", "2", "<vcpu>2</vcpu>");
    assert_sets (f, VITRINE_PART_PROCESSORS, "topology", "1:4:2", "<vcpu current='2'>8</vcpu>");
    assert_value (f, VITRINE_PART_PROCESSORS, "topology", "1:4:2");
    assert_sets (f, VITRINE_PART_PROCESSORS, "topology", "", "8</vcpu>");
    assert_value (f, VITRINE_PART_PROCESSORS, "topology", "");
    assert_sets (f, VITRINE_PART_PROCESSORS, "model", "host-passthrough",
                 "mode='host-passthrough'");
    assert_refuses (f, VITRINE_PART_PROCESSORS, "vcpus", "0", "makes no sense");
    assert_refuses (f, VITRINE_PART_PROCESSORS, "vcpus", "some", "makes no sense");
    assert_refuses (f, VITRINE_PART_PROCESSORS, "topology", "1:4", "1:4:2");
    assert_refuses (f, VITRINE_PART_PROCESSORS, "topology", "70000:70000:70000", "1:4:2");
    assert_refuses (f, VITRINE_PART_PROCESSORS, "model", "Nonesuch", "Nonesuch");
}

static void
test_memory (Fixture *f, gconstpointer script)
{
    assert_value (f, VITRINE_PART_MEMORY, "memory", "2048");
    assert_sets (f, VITRINE_PART_MEMORY, "memory", "4096", ">4194304</memory>");
    assert_value (f, VITRINE_PART_MEMORY, "max-memory", "4096");
    assert_sets (f, VITRINE_PART_MEMORY, "max-memory", "8192", "virtio-mem");
    assert_value (f, VITRINE_PART_MEMORY, "max-memory", "8192");
    assert_value (f, VITRINE_PART_MEMORY, "memory", "4096");
    assert_sets (f, VITRINE_PART_MEMORY, "memory", "6144", "virtio-mem");
    assert_value (f, VITRINE_PART_MEMORY, "memory", "6144");
    assert_refuses (f, VITRINE_PART_MEMORY, "memory", "9000", "8192");
    assert_refuses (f, VITRINE_PART_MEMORY, "memory", "-1", "makes no sense");
}

static void
test_boot_order (Fixture *f, gconstpointer script)
{
    assert_value (f, VITRINE_PART_BOOT, "order", "virtio-disk0,sata0-0-0");
    assert_sets (f, VITRINE_PART_BOOT, "order", "net0,virtio-disk0", "<boot order='2'/>");
    assert_value (f, VITRINE_PART_BOOT, "order", "net0,virtio-disk0");
    assert_sets (f, VITRINE_PART_BOOT, "menu", "menu", "<bootmenu enable='yes'/>");
    assert_sets (f, VITRINE_PART_BOOT, "menu", "", "<bootmenu enable='no'/>");
    assert_refuses (f, VITRINE_PART_BOOT, "order", "net0,serial0", "serial0");
}

static void
test_disk (Fixture *f, gconstpointer script)
{
    assert_value (f, "virtio-disk0", "cache", "default");
    assert_sets (f, "virtio-disk0", "cache", "none", "cache='none'");
    assert_sets (f, "virtio-disk0", "serial", "A & B", "<serial>A &amp; B</serial>");
    assert_sets (f, "virtio-disk0", "readonly", "readonly", "<readonly/>");
    assert_value (f, "virtio-disk0", "readonly", "readonly");
    assert_sets (f, "virtio-disk0", "readonly", "", "");
    assert_value (f, "virtio-disk0", "readonly", "");
    assert_sets (f, "virtio-disk0", "iops", "500", "<total_iops_sec>500</total_iops_sec>");
    assert_refuses (f, "virtio-disk0", "read-iops", "5", "not both");
    assert_refuses (f, "virtio-disk0", "iops", "many", "many");
    assert_refuses (f, "virtio-disk0", "size", "large", "20G");
    assert_refuses (f, "virtio-disk0", "nothing", "x", "nothing");
    assert_refuses (f, "virtio-disk9", "cache", "none", "virtio-disk9");
    assert_sets (f, "virtio-disk0", "bus", "sata", "dev='sdb' bus='sata'");
    assert_value (f, "sata0-0-1", "iops", "500");
}

static gboolean
change_text (Fixture *f, const char *old, const char *new, GError **error)
{
    g_autofree char *xml = vitrine_machine_dup_xml (f->machine, NULL);
    GString *text = g_string_new (xml);
    VitrineChange change = { .kind = VITRINE_CHANGE_DEFINITION,
                             .scope = VITRINE_SCOPE_CONFIG,
                             .base = xml };
    gboolean done;

    g_assert_cmpuint (g_string_replace (text, old, new, 1), ==, 1);
    change.what = text->str;
    done = await_change (f->machine, &change, error);
    g_string_free (text, TRUE);
    return done;
}

/* What a disk is made of is said where it is added; only a file or a device has a path. */
static void
test_disk_of_a_server (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;

    change_text (f, "</devices>",
                 "<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
                 "<source protocol='nbd' name='x'><host name='tower' port='10809'/></source>"
                 "<target dev='vdb' bus='virtio'/></disk></devices>",
                 &error);
    g_assert_no_error (error);
    assert_value (f, "virtio-disk0", "path", "/d/a.raw");
    assert_value (f, "virtio-disk0", "server", NULL);
    assert_value (f, "virtio-disk1", "path", NULL);
    assert_value (f, "virtio-disk1", "server", NULL);
    assert_value (f, "virtio-disk1", "cache", "default");
}

/* "default" is the engine's word for a choice; as a text it is the user's own. */
static void
test_default_is_a_text (Fixture *f, gconstpointer script)
{
    assert_sets (f, VITRINE_PART_OVERVIEW, "description", "default",
                 "<description>default</description>");
    assert_sets (f, "virtio-disk0", "serial", "default", "<serial>default</serial>");
    assert_sets (f, "virtio-disk0", "cache", "none", "cache='none'");
    assert_sets (f, "virtio-disk0", "cache", "default", "<driver");
    assert_value (f, "virtio-disk0", "cache", "default");
}

/* As libvirt lets it be written. */
static void
test_topology_that_says_less (Fixture *f, gconstpointer script)
{
    g_autoptr (VitrineXml) document =
        vitrine_xml_parse ("<domain><cpu><topology cores='2'/></cpu></domain>", NULL);
    const VitrinePart part = { .domain = vitrine_xml_get_root (document) };
    g_autofree char *topology = vitrine_part_dup_topology (&part);

    g_assert_cmpstr (topology, ==, "1:2:1");
}

/* Without its name it is no definition: told, and the old one stays. */
static void
test_host_that_drops_too_much (Fixture *f, gconstpointer script)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *before = vitrine_machine_dup_xml (f->machine, NULL);
    g_autofree char *after = NULL;

    g_assert_false (change_text (f, "</name>", "</name><title>x</title>", &error));
    g_assert_nonnull (error);
    after = vitrine_machine_dup_xml (f->machine, NULL);
    g_assert_cmpstr (before, ==, after);
}

static void
test_card (Fixture *f, gconstpointer script)
{
    assert_value (f, "net0", "plug", "user");
    assert_value (f, "net0", "queues", "1");
    assert_sets (f, "net0", "forwards", "tcp:2222:22 udp:53:53", "<range start='2222' to='22'/>");
    assert_value (f, "net0", "forwards", "tcp:2222:22 udp:53:53");
    assert_sets (f, "net0", "forwards", "tcp:2222:23", "to='23'");
    assert_value (f, "net0", "forwards", "tcp:2222:23");
    assert_refuses (f, "net0", "forwards", "nonsense", "nonsense");
    assert_sets (f, "net0", "forwards", "tcp:2222:23 udp:53:53", "to='23'");
    assert_sets (f, "net0", "forwards", "udp:53:53 tcp:2222:23", "to='23'");
    assert_sets (f, "net0", "forwards", "tcp:2222:23", "to='23'");
    assert_refuses (f, "net0", "plug", "bridge=", "called");
    assert_refuses (f, "net0", "plug", "elsewhere", "network=");
    assert_refuses (f, "net0", "mac", "01:00:00:00:00:00", "01:00:00:00:00:00");
    assert_sets (f, "net0", "plug", "bridge=br0", "<source bridge='br0'/>");
    assert_value (f, "net0", "forwards", NULL);
    assert_sets (f, "net0", "queues", "2", "<driver queues='2'/>");
    assert_value (f, "net0", "queues", "2");
    assert_sets (f, "net0", "queues", "1", "<driver queues='1'/>");
    assert_sets (f, "net0", "plug", "macvtap=eth0", "mode='bridge'");
    assert_sets (f, "net0", "link", "", "<link state='down'/>");
    assert_sets (f, "net0", "plug", "user", "<backend type='passt'/>");
    assert_value (f, "net0", "plug", "user");
}

static void
test_firmware_and_name (Fixture *f, gconstpointer script)
{
    assert_sets (f, VITRINE_PART_OVERVIEW, "firmware", "uefi", "firmware='efi'");
    assert_value (f, VITRINE_PART_OVERVIEW, "firmware", "uefi");
    assert_sets (f, VITRINE_PART_OVERVIEW, "firmware", "bios", "");
    assert_value (f, VITRINE_PART_OVERVIEW, "firmware", "bios");
    assert_sets (f, VITRINE_PART_OVERVIEW, "name", "beta", "<name>beta</name>");
    g_assert_cmpstr (vitrine_machine_get_name (f->machine), ==, "beta");
    assert_refuses (f, VITRINE_PART_OVERVIEW, "name", "a/b", "a/b");
}

static void
test_what_runs (Fixture *f, gconstpointer script)
{
    VitrineScope scope;
    const VitrineScope both = VITRINE_SCOPE_LIVE | VITRINE_SCOPE_CONFIG;

    g_free (get (f, VITRINE_PART_OVERVIEW, "name", &scope));
    g_assert_cmpint (scope, ==, 0);
    g_free (get (f, VITRINE_PART_PROCESSORS, "vcpus", &scope));
    g_assert_cmpint (scope, ==, both);
    g_free (get (f, "net0", "link", &scope));
    g_assert_cmpint (scope, ==, both);
    g_free (get (f, "net0", "mac", &scope));
    g_assert_cmpint (scope, ==, VITRINE_SCOPE_CONFIG);
    assert_sets (f, VITRINE_PART_PROCESSORS, "vcpus", "1", "<vcpu current='1'>2</vcpu>");
    g_assert_cmpuint (vitrine_machine_get_vcpus (f->machine), ==, 1);
    assert_refuses (f, VITRINE_PART_OVERVIEW, "name", "beta", "only while it is off");
}

static void
test_definition_that_is_another_is_not_replaced (Fixture *f, gconstpointer script)
{
    g_autofree char *base = vitrine_machine_dup_xml (f->machine, NULL);
    const VitrineChange change = {
        .kind = VITRINE_CHANGE_DEFINITION, .scope = VITRINE_SCOPE_CONFIG, .what = base, .base = base
    };
    g_autoptr (GError) error = NULL;

    assert_sets (f, VITRINE_PART_MEMORY, "memory", "1024", "1048576");
    g_assert_false (await_change (f->machine, &change, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    assert_value (f, VITRINE_PART_MEMORY, "memory", "1024");
}

static void
test_lines (Fixture *f, gconstpointer script)
{
    g_autofree char *xml = vitrine_machine_dup_xml (f->machine, NULL);
    g_auto (GStrv) lines = g_strsplit (xml, "\n", -1);
    guint line = vitrine_machine_find_line (f->machine, "virtio-disk0");

    g_assert_cmpuint (line, >, 0);
    g_assert_nonnull (strstr (lines[line - 1], "<disk"));
    g_assert_cmpuint (vitrine_machine_find_line (f->machine, "nothing"), ==, 0);
}

#define ADD(name, script, function) g_test_add (name, Fixture, script, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_test_init (&argc, &argv, NULL);
    ADD ("/detail/every-value-can-be-set-to-what-it-is", "",
         test_every_value_can_be_set_to_what_it_is);
    ADD ("/detail/processors", "", test_processors);
    ADD ("/detail/memory", "", test_memory);
    ADD ("/detail/boot-order", "", test_boot_order);
    ADD ("/detail/disk", "", test_disk);
    ADD ("/detail/disk-of-a-server", "", test_disk_of_a_server);
    ADD ("/detail/default-is-a-text", "", test_default_is_a_text);
    ADD ("/detail/topology-that-says-less", "", test_topology_that_says_less);
    ADD ("/detail/host-that-drops-too-much", "drops=domain/name\n", test_host_that_drops_too_much);
    ADD ("/detail/card", "", test_card);
    ADD ("/detail/firmware-and-name", "", test_firmware_and_name);
    ADD ("/detail/what-runs", "state=running\n", test_what_runs);
    ADD ("/detail/definition-that-is-another-is-not-replaced", "",
         test_definition_that_is_another_is_not_replaced);
    ADD ("/detail/lines", "", test_lines);
    return g_test_run ();
}
