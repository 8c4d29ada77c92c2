/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-statistics.c - live figures: the VMM's are passed on as far as they make sense, and the kernel's of the
 * machine's processes are put beside them. */
#include "keeper-fixture.h"
#include "vitrine-error.h"

static guint64
look_up (GVariant *figures, const char *name)
{
    guint64 value = 0;

    g_assert_true (g_variant_lookup (figures, name, "t", &value));
    return value;
}

static void
ask (Fixture *f, GVariant **figures, GVariant **vcpus, GVariant **devices)
{
    g_autoptr (GError) error = NULL;

    vitrine_control_machine1_call_get_statistics_sync (f->machine, figures, vcpus, devices, NULL,
                                                       &error);
    g_assert_no_error (error);
}

static void
set_up (Fixture *f, const char *mode)
{
    fixture_set_up (f);
    fixture_set_env (f, "FAKE_VMM", mode);
    fixture_run (f);
}

static void
test_what_the_vmm_counts (void)
{
    Fixture f;
    g_autoptr (GVariant) figures = NULL;
    g_autoptr (GVariant) vcpus = NULL;
    g_autoptr (GVariant) devices = NULL;
    g_autoptr (GVariant) disk = NULL;
    const guint64 *ns;
    gsize n;

    set_up (&f, "figures");
    ask (&f, &figures, &vcpus, &devices);
    g_assert_cmpuint (look_up (figures, "vcpu-ns"), ==, 5);
    g_assert_false (g_variant_lookup (figures, "guest-free-bytes", "t", NULL));
    ns = g_variant_get_fixed_array (vcpus, &n, sizeof (guint64));
    g_assert_cmpuint (n, ==, 3);
    g_assert_cmpuint (ns[0], ==, 2);
    g_assert_cmpuint (ns[1], ==, 0);
    g_assert_cmpuint (ns[2], ==, 3);

    g_assert_cmpuint (g_variant_n_children (devices), ==, 1);
    disk = g_variant_lookup_value (devices, "virtio-disk0", G_VARIANT_TYPE ("a{st}"));
    g_assert_nonnull (disk);
    g_assert_cmpuint (look_up (disk, "read-requests"), ==, 1);
    g_assert_cmpuint (look_up (disk, "read-bytes"), ==, 2);
    g_assert_cmpuint (look_up (disk, "write-requests"), ==, 3);
    g_assert_cmpuint (look_up (disk, "written-bytes"), ==, 4);
    g_assert_cmpuint (look_up (disk, "flush-requests"), ==, 5);
    fixture_tear_down (&f);
}

static void
test_what_the_processes_take (void)
{
    Fixture f;
    guint64 clock_us = 0, uptime_us = 0, cpu_ns = 0;

    set_up (&f, "figures");
    for (guint i = 0; i < 3; i++) {
        g_autoptr (GVariant) figures = NULL;

        ask (&f, &figures, NULL, NULL);
        g_assert_cmpuint (look_up (figures, "clock-us"), >, clock_us);
        g_assert_cmpuint (look_up (figures, "uptime-us"), >, uptime_us);
        g_assert_cmpuint (look_up (figures, "cpu-ns"), >, cpu_ns); /* to answer takes some */
        g_assert_cmpuint (look_up (figures, "host-memory-bytes"), >, 64 << 10);
        g_assert_cmpuint (look_up (figures, "host-memory-bytes"), <, 1 << 30);
        clock_us = look_up (figures, "clock-us");
        uptime_us = look_up (figures, "uptime-us");
        cpu_ns = look_up (figures, "cpu-ns");
    }
    g_assert_cmpuint (clock_us, <=, (guint64) g_get_monotonic_time ());
    g_assert_cmpuint (uptime_us, <, 600 * (guint64) G_USEC_PER_SEC);
    fixture_tear_down (&f);
}

/* MODE: a VMM whose answer is not as large as its numbers say, or says absurd ones. */
static void
test_a_vmm_that_lies (gconstpointer mode)
{
    Fixture f;
    g_autoptr (GError) error = NULL;

    set_up (&f, mode);
    g_assert_false (vitrine_control_machine1_call_get_statistics_sync (f.machine, NULL, NULL, NULL,
                                                                       NULL, &error));
    g_assert_nonnull (error);
    fixture_wait_end (&f);
    fixture_tear_down (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/statistics/what-the-vmm-counts", test_what_the_vmm_counts);
    g_test_add_func ("/keeper/statistics/what-the-processes-take", test_what_the_processes_take);
    g_test_add_data_func ("/keeper/statistics/ends-a-vmm-whose-size-is-wrong", "figures-wrong",
                          test_a_vmm_that_lies);
    g_test_add_data_func ("/keeper/statistics/ends-a-vmm-whose-numbers-are-absurd",
                          "figures-absurd", test_a_vmm_that_lies);
    return g_test_run ();
}
