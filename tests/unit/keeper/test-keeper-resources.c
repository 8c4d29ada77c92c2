/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-resources.c - processors and memory that come to a running machine and go. */
#include "keeper-fixture-devices.h"
#include "vitrine-error.h"

/* --- processors ------------------------------------------------------------------------------ */

static gboolean
has_vcpus (Fixture *f, gconstpointer n)
{
    return vitrine_control_machine1_get_vcpus (f->machine) == GPOINTER_TO_UINT (n);
}

static void
test_processors (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;
    g_autoptr (GError) too_many = NULL;

    fixture_set_up (&f);
    fixture_define_xml (&f, "<domain type='kvm'><name>tester</name><uuid>" FIXTURE_UUID "</uuid>"
                            "<memory unit='MiB'>64</memory><vcpu current='1'>4</vcpu><os>"
                            "<type>hvm</type></os></domain>");
    fixture_run (&f);
    g_assert_cmpuint (vitrine_control_machine1_get_vcpus (f.machine), ==, 1);
    g_assert_cmpuint (vitrine_control_machine1_get_max_vcpus (f.machine), ==, 4);
    g_assert_true (vitrine_control_machine1_call_set_vcpus_sync (f.machine, 4, NULL, NULL));
    fixture_wait (&f, has_vcpus, GUINT_TO_POINTER (4));
    g_assert_false (vitrine_control_machine1_call_set_vcpus_sync (f.machine, 3, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_false (vitrine_control_machine1_call_set_vcpus_sync (f.machine, 9, NULL, &too_many));
    g_assert_error (too_many, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_true (vitrine_control_machine1_call_set_vcpus_sync (f.machine, 1, NULL, NULL));
    fixture_wait (&f, has_vcpus, GUINT_TO_POINTER (1));
    fixture_tear_down (&f);
}

/* --- memory ---------------------------------------------------------------------------------- */

static const char *
memory_source (Fixture *f)
{
    static char *source;
    GVariantIter iter;
    const char *alias, *text;

    g_clear_pointer (&source, g_free);
    g_variant_iter_init (&iter, vitrine_control_machine1_get_devices (f->machine));
    while (g_variant_iter_next (&iter, "(&s&s&s&s)", &alias, NULL, NULL, &text))
        if (g_str_equal (alias, "virtiomem0"))
            source = g_strdup (text);
    return source;
}

static gboolean
has_memory (Fixture *f, gconstpointer source)
{
    return g_strcmp0 (memory_source (f), source) == 0;
}

static void
test_memory (void)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    fixture_set_up (&f);
    fixture_define_xml (&f, "<domain type='kvm'><name>tester</name><uuid>" FIXTURE_UUID "</uuid>"
                            "<memory unit='MiB'>80</memory><os><type>hvm</type></os><devices>"
                            "<serial type='pty'/><memory model='virtio-mem'><target>"
                            "<size unit='MiB'>16</size></target></memory></devices></domain>");
    fixture_run (&f);
    g_assert_cmpuint (vitrine_control_machine1_get_memory (f.machine), ==, 64 << 20);
    g_assert_cmpuint (vitrine_control_machine1_get_max_memory (f.machine), ==, 80 << 20);
    g_assert_true (vitrine_control_machine1_call_set_memory_sync (f.machine, 72 << 20, NULL, NULL));
    fixture_wait (&f, has_memory, "8 of 16 MiB");
    g_assert_cmpuint (vitrine_control_machine1_get_memory (f.machine), ==, 72 << 20);
    g_assert_true (vitrine_control_machine1_call_set_memory_sync (f.machine, 80 << 20, NULL, NULL));
    fixture_wait (&f, has_memory, "8 of 16 MiB, 16 requested");
    g_assert_false (
        vitrine_control_machine1_call_set_memory_sync (f.machine, (80 << 20) + 1, NULL, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    fixture_type (&f, "!endless-memory"); /* whatever the VMM says */
    fixture_wait (&f, has_memory, "16 of 16 MiB");
    g_assert_cmpuint (vitrine_control_machine1_get_memory (f.machine), ==, 80 << 20);
    fixture_tear_down (&f);
}

/* A VMM that speaks of memory that nobody may plug is passed over. */
static void
test_memory_of_nobody (void)
{
    Fixture f;

    fixture_set_up (&f);
    fixture_run (&f);
    fixture_type (&f, "!endless-memory");
    fixture_type (&f, "!eject");
    fixture_wait (&f, fixture_has_no_device, "virtio-disk0");
    g_assert_cmpuint (vitrine_control_machine1_get_memory (f.machine), ==, 64 << 20);
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    vitrine_error_quark (); /* known to D-Bus */
    g_test_add_func ("/keeper/resources/processors", test_processors);
    g_test_add_func ("/keeper/resources/memory", test_memory);
    g_test_add_func ("/keeper/resources/memory-of-nobody", test_memory_of_nobody);
    return g_test_run ();
}
