/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-libvirt-detail.c - details and definitions of machines of a real libvirt daemon.  One story, in its order. */
#include <string.h>
#include <unistd.h>

#include "libvirt-daemon.h"

#define UUID "c0ffee00-0000-4000-8000-00000000dddd"
#define MAC  "52:54:00:00:00:01"
#define MIB  (G_GUINT64_CONSTANT (1) << 20)

static VitrineHost *host;
static VitrineMachine *machine;

static gboolean
set (const char *part, const char *key, const char *value, GError **error)
{
    GAsyncResult *slot = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_set_detail_async (machine, part, key, value, NULL, await_cb, &slot);
    result = await_result (&slot);
    return vitrine_machine_set_detail_finish (machine, result, error);
}

static void
assert_sets (const char *part, const char *key, const char *value, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = NULL;

    set (part, key, value, &error);
    g_assert_no_error (error);
    xml = vitrine_machine_dup_xml (machine, NULL);
    if (strstr (xml, text) == NULL)
        g_error ("“%s” is not in %s", text, xml);
}

static void
assert_refuses (const char *part, const char *key, const char *value)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (set (part, key, value, &error));
    g_assert_cmpint (error->domain, ==, VITRINE_ERROR);
    g_test_message ("%s", error->message);
}

static gboolean
define (const char *text, const char *base, GError **error)
{
    const VitrineChange change = {
        .kind = VITRINE_CHANGE_DEFINITION, .scope = VITRINE_SCOPE_CONFIG, .what = text, .base = base
    };

    return await_change (machine, &change, error);
}

/* When VALUE of KEY of PART would hold. */
static VitrineScope
get_scope (const char *part, const char *key, const char *value)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) details = vitrine_machine_dup_details (machine, part, &error);

    g_assert_no_error (error);
    for (guint i = 0; i < details->len; i++) {
        const VitrineDetail *detail = g_ptr_array_index (details, i);

        if (g_str_equal (detail->setting.key, key))
            return vitrine_detail_get_scope (detail, value);
    }
    g_error ("%s has no %s", part, key);
}

/* XML with OLD once replaced by NEW. */
static char *
replace (const char *xml, const char *old, const char *new)
{
    GString *text = g_string_new (xml);

    g_assert_cmpuint (g_string_replace (text, old, new, 1), ==, 1);
    return g_string_free (text, FALSE);
}

static void
test_details_of_what_is_off (void)
{
    g_autofree char *image = g_build_filename (libvirt_daemon_folder (), "a.raw", NULL);
    g_autofree char *zeros = g_malloc0 (MIB);
    g_autofree char *devices = g_strdup_printf (
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>"
        "<target dev='vda' bus='virtio'/></disk>"
        "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>"
        "<interface type='user'><mac address='" MAC "'/><model type='virtio'/></interface>",
        image);
    g_autofree char *xml = libvirt_daemon_make_xml ("delta", UUID, devices);
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (image, zeros, MIB, NULL));
    host = vitrine_host_new ("qemu:///session", NULL);
    await_connect (host, &error);
    g_assert_no_error (error);
    machine = await_define (host, xml, &error);
    g_assert_no_error (error);
    assert_sets (VITRINE_PART_PROCESSORS, "max-vcpus", "4", ">4</vcpu>");
    assert_sets (VITRINE_PART_PROCESSORS, "vcpus", "2", "current='2'");
    assert_sets (VITRINE_PART_OVERVIEW, "description", "for <all>", "for &lt;all&gt;");
    assert_sets (VITRINE_PART_BOOT, "order", "sata0-0-0,virtio-disk0", "<boot order='2'/>");
    assert_sets ("virtio-disk0", "cache", "none", "cache='none'");
    assert_sets ("virtio-disk0", "serial", "s1", "<serial>s1</serial>");
    assert_sets ("virtio-disk0", "iops", "500", "<total_iops_sec>500</total_iops_sec>");
    assert_refuses ("virtio-disk0", "iops", "many");
    assert_refuses ("virtio-disk0", "cache", "colour");
}

static void
test_another_name (void)
{
    assert_sets (VITRINE_PART_OVERVIEW, "name", "epsilon", "<name>epsilon</name>");
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "epsilon");
    assert_refuses (VITRINE_PART_OVERVIEW, "name", "a/b");
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "epsilon");
}

static void
test_definition_as_a_text (void)
{
    g_autofree char *base = vitrine_machine_dup_xml (machine, NULL);
    g_autofree char *titled = replace (base, "</name>", "</name><title>A title</title>");
    g_autofree char *unknown = replace (base, "</name>", "</name><colour/>");
    g_autofree char *other = replace (base, UUID, "c0ffee00-0000-4000-8000-00000000eeee");
    g_autofree char *after = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_false (define (unknown, base, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    g_assert_false (define (other, base, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_clear_error (&error);
    define (titled, base, &error);
    g_assert_no_error (error);
    after = vitrine_machine_dup_xml (machine, NULL);
    g_assert_nonnull (strstr (after, "<title>A title</title>"));
    g_assert_false (define (base, base, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
}

static void
test_details_of_what_runs (void)
{
    g_autoptr (GError) error = NULL;

    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
    assert_sets ("virtio-disk0", "iops", "800", "<total_iops_sec>800</total_iops_sec>");
    assert_sets ("virtio-disk0", "iops", "", "<serial>s1</serial>");
    assert_sets (VITRINE_PART_OVERVIEW, "description", "runs", ">runs<");
    assert_refuses (VITRINE_PART_OVERVIEW, "name", "zeta");
    g_assert_cmpstr (vitrine_machine_get_name (machine), ==, "epsilon");
}

/* The definition's first card is another one than that of the run. */
static void
test_card_that_does_not_run (void)
{
    g_autofree char *base = vitrine_machine_dup_xml (machine, NULL);
    g_autofree char *other = replace (base, MAC, "52:54:00:00:00:02");
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (get_scope ("net0", "link", "down"), ==,
                     VITRINE_SCOPE_CONFIG | VITRINE_SCOPE_LIVE);
    define (other, base, &error);
    g_assert_no_error (error);
    g_assert_cmpint (get_scope ("net0", "link", "down"), ==, VITRINE_SCOPE_CONFIG);
    await_act (machine, VITRINE_ACTION_POWER_OFF, &error);
    g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
    int status;

    if (!libvirt_daemon_begin ())
        return 0;
    libvirt_daemon_link_modules ();
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/libvirt/detail/of-what-is-off", test_details_of_what_is_off);
    g_test_add_func ("/libvirt/detail/another-name", test_another_name);
    g_test_add_func ("/libvirt/detail/definition-as-a-text", test_definition_as_a_text);
    g_test_add_func ("/libvirt/detail/of-what-runs", test_details_of_what_runs);
    g_test_add_func ("/libvirt/detail/card-that-does-not-run-is-not-changed-in-what-runs",
                     test_card_that_does_not_run);
    status = g_test_run ();
    g_clear_object (&machine);
    g_clear_object (&host);
    libvirt_daemon_end ();
    return status;
}
