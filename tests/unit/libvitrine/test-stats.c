/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-stats.c - figures a second, how they were lately, and who asks for them when.  Built with little patience. */
#include <math.h>
#include <string.h>

#include "await.h"

#define S  ((gint64) G_USEC_PER_SEC)
#define NS G_GINT64_CONSTANT (1000000000)

/* What a machine of two processors, a disk and a card used after SECONDS. */
static VitrineStats *
make (double seconds)
{
    VitrineStats *stats = vitrine_stats_new ();
    VitrineDiskStats *disk = vitrine_stats_add_disk (stats, "vda");
    VitrineNicStats *nic = vitrine_stats_add_nic (stats, "net0");
    guint64 ns = (guint64) (seconds * NS);

    stats->time_us = (gint64) (seconds * S) + S;
    stats->uptime_us = (guint64) stats->time_us;
    stats->n_vcpus = 2;
    stats->guest_cpu_ns = ns;
    stats->cpu_ns = ns + ns / 2;
    g_array_append_val (stats->vcpu_ns, ns);
    disk->read_bytes = (guint64) (seconds * 4096);
    disk->read_requests = (guint64) seconds;
    disk->written_bytes = disk->write_requests = 7;
    nic->received_bytes = (guint64) (seconds * 1000);
    nic->sent_bytes = 0;
    return stats;
}

/* --- figures a second ------------------------------------------------------------------------- */

static void
test_rates (void)
{
    g_autoptr (VitrineStats) before = make (10);
    g_autoptr (VitrineStats) now = make (12);
    double rates[VITRINE_RATE_N];

    now->guest_total_bytes = 100;
    now->guest_available_bytes = 30;
    vitrine_stats_get_rates (before, now, rates);
    g_assert_cmpfloat_with_epsilon (rates[VITRINE_RATE_CPU], 50, 0.01);
    g_assert_cmpfloat_with_epsilon (rates[VITRINE_RATE_HOST_CPU], 150, 0.01);
    g_assert_cmpfloat_with_epsilon (rates[VITRINE_RATE_READ], 4096, 0.01);
    g_assert_cmpfloat_with_epsilon (rates[VITRINE_RATE_READ_REQUESTS], 1, 0.01);
    g_assert_cmpfloat (rates[VITRINE_RATE_WRITTEN], ==, 0);
    g_assert_cmpfloat_with_epsilon (rates[VITRINE_RATE_RECEIVED], 1000, 0.01);
    g_assert_cmpfloat (rates[VITRINE_RATE_GUEST_MEMORY], ==, 70);
    g_assert_true (isnan (rates[VITRINE_RATE_HOST_MEMORY]));
    g_assert_cmpfloat_with_epsilon (vitrine_stats_get_vcpu_rate (before, now, 0), 100, 0.01);
    g_assert_true (isnan (vitrine_stats_get_vcpu_rate (before, now, 1)));
    vitrine_stats_get_rates (NULL, now, rates);
    g_assert_true (isnan (rates[VITRINE_RATE_CPU]));
    g_assert_true (isnan (rates[VITRINE_RATE_READ]));
    g_assert_cmpfloat (rates[VITRINE_RATE_GUEST_MEMORY], ==, 70);
}

static void
assert_possible (const double rates[VITRINE_RATE_N])
{
    for (guint i = 0; i < VITRINE_RATE_N; i++)
        g_assert_true (isnan (rates[i]) || (rates[i] >= 0 && rates[i] < 1e13));
    g_assert_true (isnan (rates[VITRINE_RATE_CPU]) || rates[VITRINE_RATE_CPU] <= 100);
}

/* A counter begins anew with the machine, a medium or a card. */
static void
test_resets (void)
{
    g_autoptr (VitrineStats) before = make (100);
    g_autoptr (VitrineStats) reset = make (1);
    g_autoptr (VitrineStats) other = make (102);
    double rates[VITRINE_RATE_N];

    reset->time_us = before->time_us + 2 * S;
    vitrine_stats_get_rates (before, reset, rates); /* started anew: the uptime says so */
    g_assert_true (isnan (rates[VITRINE_RATE_CPU]));
    reset->uptime_us = VITRINE_STATS_UNKNOWN;
    vitrine_stats_get_rates (before, reset, rates); /* nobody says */
    assert_possible (rates);
    g_assert_cmpfloat (rates[VITRINE_RATE_CPU], ==, 0);
    g_assert_cmpfloat (rates[VITRINE_RATE_READ], ==, 0);

    ((VitrineDiskStats *) g_ptr_array_index (other->disks, 0))->name[2] = 'b'; /* another disk */
    vitrine_stats_get_rates (before, other, rates);
    g_assert_cmpfloat (rates[VITRINE_RATE_READ], ==, 0);
    g_assert_cmpfloat_with_epsilon (rates[VITRINE_RATE_RECEIVED], 1000, 0.01);
}

static void
test_nonsense (void)
{
    g_autoptr (VitrineStats) before = make (10);
    g_autoptr (VitrineStats) now = make (12);
    double rates[VITRINE_RATE_N];

    now->n_vcpus = 0;
    now->guest_cpu_ns = now->cpu_ns = G_MAXUINT64 - 1;
    now->guest_total_bytes = 1;
    now->guest_available_bytes = 2;
    ((VitrineDiskStats *) g_ptr_array_index (now->disks, 0))->read_bytes = G_MAXUINT64 - 1;
    vitrine_stats_get_rates (before, now, rates);
    assert_possible (rates);
    g_assert_cmpfloat (rates[VITRINE_RATE_READ], ==, 0);
    g_assert_true (isnan (rates[VITRINE_RATE_GUEST_MEMORY]));
    now->time_us = before->time_us; /* in no time at all, and backwards */
    vitrine_stats_get_rates (before, now, rates);
    g_assert_true (isnan (rates[VITRINE_RATE_CPU]));
    now->time_us = before->time_us - S;
    vitrine_stats_get_rates (before, now, rates);
    g_assert_true (isnan (rates[VITRINE_RATE_READ]));
    g_ptr_array_set_size (now->disks, 0); /* a machine without any has no rates of them */
    now->time_us = before->time_us + S;
    vitrine_stats_get_rates (before, now, rates);
    g_assert_true (isnan (rates[VITRINE_RATE_READ]));
    g_assert_false (isnan (rates[VITRINE_RATE_SENT]));
}

/* --- how it was lately ------------------------------------------------------------------------ */

static void
add (VitrineStatsHistory *history, gint64 time_us, double cpu_seconds)
{
    g_autoptr (VitrineStats) stats = make (cpu_seconds);

    stats->time_us = time_us;
    stats->uptime_us = VITRINE_STATS_UNKNOWN;
    vitrine_stats_history_add (history, stats);
}

static void
count_cb (VitrineStatsHistory *history, guint *n)
{
    (*n)++;
}

static void
test_history (void)
{
    g_autoptr (VitrineStatsHistory) history = vitrine_stats_history_new ();
    const gint64 step = 50 * 1000; /* as often as is asked here */
    double values[4];
    guint n = 0;

    g_signal_connect (history, "changed", G_CALLBACK (count_cb), &n);
    g_assert_true (isnan (vitrine_stats_history_get_last (history, VITRINE_RATE_CPU)));
    for (guint i = 0; i < 5; i++) /* each step half of it on one of two processors: 25 % */
        add (history, S + i * step, i * 0.025);
    add (history, S + 4 * step, 99); /* nothing comes twice, or before what was */
    g_assert_cmpuint (n, ==, 5);
    g_assert_cmpfloat_with_epsilon (vitrine_stats_history_get_last (history, VITRINE_RATE_CPU), 25,
                                    0.01);
    vitrine_stats_history_read (history, VITRINE_RATE_CPU, S + 5 * step, 8 * step, values, 4);
    g_assert_true (isnan (values[0]));
    g_assert_true (isnan (values[1]) || fabs (values[1] - 25) < 0.01);
    g_assert_cmpfloat_with_epsilon (values[2], 25, 0.01);
    g_assert_cmpfloat_with_epsilon (values[3], 25, 0.01);
    vitrine_stats_history_break (history);
    g_assert_true (isnan (vitrine_stats_history_get_last (history, VITRINE_RATE_CPU)));
    g_assert_null (vitrine_stats_history_get_stats (history));
}

/* While nobody looked there is nothing, and no mean over all of that time. */
static void
test_gap (void)
{
    g_autoptr (VitrineStatsHistory) history = vitrine_stats_history_new ();

    add (history, S, 0);
    add (history, S + 50 * 1000, 0.05);
    g_assert_cmpfloat_with_epsilon (vitrine_stats_history_get_last (history, VITRINE_RATE_CPU), 50,
                                    0.01);
    add (history, 60 * S, 30);
    g_assert_true (isnan (vitrine_stats_history_get_last (history, VITRINE_RATE_CPU)));
    g_assert_true (isnan (vitrine_stats_history_get_last_vcpu (history, 0)));
}

static void
test_an_hour_is_kept (void)
{
    g_autoptr (VitrineStatsHistory) history = vitrine_stats_history_new ();
    double values[2];

    for (guint i = 0; i < 8000; i++)
        add (history, S + i * S, i);
    vitrine_stats_history_read (history, VITRINE_RATE_GUEST_MEMORY, 8001 * S, 2 * 3600 * S, values,
                                2);
    vitrine_stats_history_read (history, VITRINE_RATE_RECEIVED, 8001 * S, 3600 * S, values, 2);
    g_assert_cmpfloat (vitrine_stats_history_get_stats (history)->time_us, ==, 8000.0 * S);
}

/* --- who asks --------------------------------------------------------------------------------- */

typedef struct {
    char *folder, *log;
    VitrineHost *host;
    VitrineMachine *alpha, *beta, *off;
    VitrineStatsSampler *sampler;
} Fixture;

static void
set_up (Fixture *f, gconstpointer faults)
{
    g_autofree char *text = NULL;
    g_autofree char *uri = NULL;

    f->folder = test_folder_new ();
    f->log = g_build_filename (f->folder, "log", NULL);
    text =
        g_strdup_printf ("[host]\nstats-log=%s\n[machine alpha]\nstate=running\nvcpus=2\nload=50\n"
                         "[machine beta]\nstate=running\n[machine off]\nstart-ms=1\n[faults]\n%s",
                         f->log, (const char *) faults);
    g_assert_true (g_file_set_contents (f->log, "", 0, NULL));
    uri = test_fake_uri (f->folder, text);
    f->host = await_host (uri);
    f->alpha = vitrine_host_find (f->host, "alpha");
    f->beta = vitrine_host_find (f->host, "beta");
    f->off = vitrine_host_find (f->host, "off");
    f->sampler = vitrine_stats_sampler_new ();
}

static void
tear_down (Fixture *f, gconstpointer faults)
{
    await_gone (f->sampler);
    g_object_unref (f->alpha);
    g_object_unref (f->beta);
    g_object_unref (f->off);
    await_gone (f->host);
    g_free (f->log);
    test_folder_remove (f->folder);
}

/* How many questions there were; *LAST is of how many machines the last was. */
static guint
count_questions (Fixture *f, guint *last)
{
    g_autofree char *text = NULL;
    g_auto (GStrv) lines = NULL;
    guint n;

    g_assert_true (g_file_get_contents (f->log, &text, NULL, NULL));
    lines = g_strsplit (g_strstrip (text), "\n", -1);
    n = *text != '\0' ? g_strv_length (lines) : 0;
    if (last != NULL)
        *last = n > 0 ? (guint) g_ascii_strtoull (lines[n - 1], NULL, 10) : 0;
    return n;
}

static gboolean
over_cb (gpointer is_over)
{
    *(gboolean *) is_over = TRUE;
    return G_SOURCE_REMOVE;
}

/* Lets six intervals go by: that nothing happens in them is what is looked at. */
static void
let_time_pass (void)
{
    gboolean is_over = FALSE;

    g_timeout_add (6 * VITRINE_STATS_INTERVAL_MS, over_cb, &is_over);
    while (!is_over)
        g_main_context_iteration (NULL, TRUE);
}

/* No timer is left that would wake anybody up. */
static void
assert_asleep (void)
{
    GMainContext *context = g_main_context_default ();
    GPollFD fds[16];
    int timeout_ms, priority, n;

    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_true (g_main_context_acquire (context));
    g_main_context_prepare (context, &priority);
    n = g_main_context_query (context, G_MAXINT, &timeout_ms, fds, G_N_ELEMENTS (fds));
    g_main_context_check (context, G_MAXINT, fds, MIN (n, (int) G_N_ELEMENTS (fds)));
    g_main_context_release (context);
    g_assert_cmpint (timeout_ms, ==, -1);
}

static gboolean
has_load (gpointer machine)
{
    return !isnan (
        vitrine_stats_history_get_last (vitrine_stats_get_history (machine), VITRINE_RATE_CPU));
}

static void
test_one_question_for_all (Fixture *f, gconstpointer faults)
{
    guint n, last;

    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    vitrine_stats_sampler_watch (f->sampler, f->beta);
    vitrine_stats_sampler_watch (f->sampler, f->off);
    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    await_until (has_load, f->alpha);
    g_assert_true (has_load (f->beta));
    n = count_questions (f, &last);
    g_assert_cmpuint (n, <=, 4);
    g_assert_cmpuint (last, ==, 2);

    vitrine_stats_sampler_unwatch (f->sampler, f->beta);
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha); /* watched twice */
    let_time_pass ();
    g_assert_cmpuint (count_questions (f, &last), >, n + 2);
    g_assert_cmpuint (last, ==, 1);
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha);
    vitrine_stats_sampler_unwatch (f->sampler, f->off);
}

static void
test_nobody_watches (Fixture *f, gconstpointer faults)
{
    guint n;

    let_time_pass ();
    g_assert_cmpuint (count_questions (f, NULL), ==, 0);
    vitrine_stats_sampler_watch (f->sampler, f->off);
    let_time_pass ();
    g_assert_cmpuint (count_questions (f, NULL), ==, 0);
    g_assert_true (await_act (f->off, VITRINE_ACTION_START, NULL));
    await_until (has_load, f->off);
    g_assert_true (await_act (f->off, VITRINE_ACTION_POWER_OFF, NULL));
    g_assert_false (has_load (f->off));
    n = count_questions (f, NULL);
    assert_asleep ();
    let_time_pass ();
    g_assert_cmpuint (count_questions (f, NULL), ==, n);
    vitrine_stats_sampler_unwatch (f->sampler, f->off);
    assert_asleep ();
}

static void
test_looks_away_at_once (Fixture *f, gconstpointer faults)
{
    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha);
    let_time_pass ();
    g_assert_cmpuint (count_questions (f, NULL), ==, 0);
}

/* It is asked again, but not before it was given up. */
static void
test_one_that_hangs (Fixture *f, gconstpointer faults)
{
    guint n;

    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    let_time_pass ();
    let_time_pass ();
    n = count_questions (f, NULL);
    g_assert_cmpuint (n, >=, 2);
    g_assert_cmpuint (n, <=, 4);
    g_assert_false (has_load (f->alpha));
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha);
}

static void
test_one_that_talks_nonsense (Fixture *f, gconstpointer faults)
{
    VitrineStatsHistory *history = vitrine_stats_get_history (f->alpha);

    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    await_until (has_load, f->alpha);
    for (guint i = 0; i < 6; i++) {
        double rates[VITRINE_RATE_N];

        let_time_pass ();
        for (guint k = 0; k < VITRINE_RATE_N; k++)
            rates[k] = vitrine_stats_history_get_last (history, k);
        assert_possible (rates);
    }
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha);
}

/* An answer that comes when nobody waits for it any more. */
static void
test_one_that_is_late (Fixture *f, gconstpointer faults)
{
    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    while (count_questions (f, NULL) == 0)
        g_main_context_iteration (NULL, TRUE);
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha);
    let_time_pass ();
    g_assert_null (vitrine_stats_history_get_stats (vitrine_stats_get_history (f->alpha)));
}

static void
look_away_cb (VitrineStatsHistory *history, Fixture *f)
{
    if (vitrine_machine_runs (f->alpha))
        return;
    g_signal_handlers_disconnect_by_func (history, look_away_cb, f);
    vitrine_stats_sampler_unwatch (f->sampler, f->alpha);
}

static void
test_looks_away_at_its_end (Fixture *f, gconstpointer faults)
{
    VitrineStatsHistory *history = vitrine_stats_get_history (f->alpha);

    vitrine_stats_sampler_watch (f->sampler, f->alpha);
    await_until (has_load, f->alpha);
    g_signal_connect (history, "changed", G_CALLBACK (look_away_cb), f);
    g_assert_true (await_act (f->alpha, VITRINE_ACTION_POWER_OFF, NULL));
    g_assert_cmpuint (
        g_signal_handler_find (history, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, look_away_cb, NULL), ==,
        0);
    assert_asleep ();
}

static void
add_sampler (const char *path, const char *faults, void (*test) (Fixture *f, gconstpointer faults))
{
    g_test_add (path, Fixture, faults, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/stats/rates-are-what-is-between-two", test_rates);
    g_test_add_func ("/stats/rates-survive-resets", test_resets);
    g_test_add_func ("/stats/rates-survive-nonsense", test_nonsense);
    g_test_add_func ("/stats/history-has-means-and-gaps", test_history);
    g_test_add_func ("/stats/history-does-not-mix-before-and-after-a-gap", test_gap);
    g_test_add_func ("/stats/history-keeps-an-hour", test_an_hour_is_kept);
    add_sampler ("/stats/sampler-asks-one-question-for-all", "", test_one_question_for_all);
    add_sampler ("/stats/sampler-asks-nothing-while-nobody-watches", "", test_nobody_watches);
    add_sampler ("/stats/sampler-asks-nothing-of-who-looks-away", "", test_looks_away_at_once);
    add_sampler ("/stats/sampler-survives-who-looks-away-when-it-hears-of-the-end", "",
                 test_looks_away_at_its_end);
    add_sampler ("/stats/sampler-gives-a-host-up-that-hangs", "hang-stats=true\n",
                 test_one_that_hangs);
    add_sampler ("/stats/sampler-survives-nonsense", "nonsense-stats=true\n",
                 test_one_that_talks_nonsense);
    add_sampler ("/stats/sampler-drops-late-answers", "slow-ms=100\n", test_one_that_is_late);
    return g_test_run ();
}
