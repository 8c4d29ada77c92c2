/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-native-stats.c - live figures of this computer's own machines, as their keepers tell them.  Built with little
 * patience. */
#include <math.h>
#include <string.h>

#include "native-fixture.h"

typedef struct {
    VitrineHost *host;
    VitrineMachine *alpha, *beta;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
    native_fixture_clear ();
    f->host = await_host (NULL);
    f->alpha = native_fixture_create (f->host, "alpha");
    f->beta = native_fixture_create (f->host, "beta");
}

static void
end (VitrineMachine *machine)
{
    if (vitrine_machine_can (machine, VITRINE_ACTION_POWER_OFF))
        await_act (machine, VITRINE_ACTION_POWER_OFF, NULL);
    g_object_unref (machine);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    end (f->alpha);
    end (f->beta);
    await_gone (f->host);
}

static void
start (VitrineMachine *machine, const char *script)
{
    g_autoptr (GError) error = NULL;

    native_fixture_script (machine, script);
    await_act (machine, VITRINE_ACTION_START, &error);
    g_assert_no_error (error);
}

static void
test_figures_are_read (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineStats) stats = NULL;
    const VitrineDiskStats *disk;
    const VitrineNicStats *nic;

    start (f->alpha, "");
    stats = await_stats (f->host, f->alpha, &error);
    g_assert_no_error (error);
    g_assert_cmpint (stats->time_us, <=, g_get_monotonic_time ());
    g_assert_cmpuint (stats->uptime_us, ==, 1000000);
    g_assert_cmpuint (stats->guest_cpu_ns, ==, 1000000000);
    g_assert_cmpuint (stats->cpu_ns, ==, 2000000000);
    g_assert_cmpuint (stats->vcpu_ns->len, ==, 2);
    g_assert_cmpuint (stats->memory_bytes, ==, (64 + 32 - 16) << 20);
    g_assert_cmpuint (stats->host_memory_bytes, ==, 300 << 20);
    g_assert_cmpuint (vitrine_stats_get_guest_used (stats), ==, 40 << 20);
    g_assert_cmpuint (stats->guest_free_bytes, ==, VITRINE_STATS_UNKNOWN);
    g_assert_cmpuint (stats->disks->len, ==, 1);
    disk = g_ptr_array_index (stats->disks, 0);
    g_assert_cmpstr (disk->name, ==, "virtio-disk0");
    g_assert_cmpuint (disk->read_bytes, ==, 4096);
    g_assert_cmpuint (disk->flush_requests, ==, 1);
    g_assert_cmpuint (stats->nics->len, ==, 1);
    nic = g_ptr_array_index (stats->nics, 0);
    g_assert_cmpstr (nic->name, ==, "net0");
    g_assert_cmpuint (nic->sent_bytes, ==, 200);
}

/* One that does not answer keeps nobody from the figures of the other. */
static void
test_one_that_hangs (Fixture *f, gconstpointer data)
{
    g_autoptr (GPtrArray) machines = g_ptr_array_new ();
    g_autoptr (GHashTable) all = NULL;
    g_autoptr (VitrineStats) none = NULL;
    g_autoptr (GError) error = NULL;

    start (f->alpha, "");
    start (f->beta, "hang-on=GetStatistics\n");
    g_ptr_array_add (machines, f->alpha);
    g_ptr_array_add (machines, f->beta);
    all = await_all_stats (f->host, machines, &error);
    g_assert_no_error (error);
    g_assert_nonnull (g_hash_table_lookup (all, f->alpha));
    g_assert_null (g_hash_table_lookup (all, f->beta));
    none = await_stats (f->host, f->beta, &error);
    g_assert_null (none);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE);
    g_assert_nonnull (strstr (error->message, "does not answer"));
}

static void
test_another_version (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineStats) none = NULL;

    start (f->alpha, "old-statistics=true\n");
    none = await_stats (f->host, f->alpha, &error);
    g_assert_null (none);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "“alpha” was started by another version"));
}

static void
test_what_does_not_run (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineStats) none = await_stats (f->host, f->alpha, &error);

    g_assert_null (none);
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    g_assert_nonnull (strstr (error->message, "“alpha” is not running"));
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
    g_autoptr (GPtrArray) machines = g_ptr_array_new ();
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    GAsyncResult *slot = NULL;

    start (f->alpha, "hang-on=GetStatistics\n");
    g_ptr_array_add (machines, f->alpha);
    vitrine_host_get_stats_async (f->host, machines, cancellable, await_cb, &slot);
    g_cancellable_cancel (cancellable);
    result = await_result (&slot);
    g_assert_null (vitrine_host_get_stats_finish (f->host, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
add (const char *path, void (*test) (Fixture *f, gconstpointer data))
{
    g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    int status;

    native_fixture_init ();
    g_test_init (&argc, &argv, NULL);
    add ("/native/stats/figures-are-read", test_figures_are_read);
    add ("/native/stats/one-that-hangs-holds-up-no-other", test_one_that_hangs);
    add ("/native/stats/another-version-is-said", test_another_version);
    add ("/native/stats/what-does-not-run-has-none", test_what_does_not_run);
    add ("/native/stats/can-be-cancelled", test_cancel);
    status = g_test_run ();
    native_fixture_end ();
    return status;
}
