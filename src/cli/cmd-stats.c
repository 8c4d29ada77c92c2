/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-stats.c - vitrinectl stats: what machines use now. */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "json.h"
#include "table.h"

#define ONCE_MS   1000
#define WATCH_MS  2000
#define MIN_S     0.1
#define MAX_S     3600.0
#define CLEAR_ALL "\033[H\033[J" /* of a terminal */

static gboolean is_watching;
static double watch_s; /* 0: as usual */

static gboolean
watch_cb (const char *name, const char *value, gpointer data, GError **error)
{
    char *end = NULL;

    is_watching = TRUE;
    if (value == NULL)
        return TRUE;
    watch_s = g_ascii_strtod (value, &end);
    if (end != value && *end == '\0' && watch_s >= MIN_S && watch_s <= MAX_S)
        return TRUE;
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("“--watch=%s”: say a number of seconds, 0.1 to 3600"), value);
    return FALSE;
}

const GOptionEntry cmd_stats_options[] = {
    CLI_JSON_OPTION,
    { "watch", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (gpointer) watch_cb,
      N_ ("Go on, every 2 seconds or so many"), N_ ("SECONDS") },
    { NULL },
};

/* One machine and what was read of it. */
struct measured {
    VitrineMachine *machine;
    VitrineStats *before, *now; /* owned by the rounds */
    double rates[VITRINE_RATE_N];
};

/* --- JSON ------------------------------------------------------------------------------------- */

static void
add_known (struct json *json, const char *key, guint64 value)
{
    json_key (json, key);
    if (value == VITRINE_STATS_UNKNOWN)
        json_string (json, NULL);
    else
        json_uint (json, value);
}

static void
add_decimal (struct json *json, const char *key, double value)
{
    json_key (json, key);
    json_decimal (json, value);
}

static void
add_vcpus_json (struct json *json, const struct measured *m)
{
    json_key (json, "vcpus");
    json_begin_array (json);
    for (guint i = 0; i < m->now->vcpu_ns->len; i++) {
        json_begin_object (json);
        json_member_uint (json, "time_ns", g_array_index (m->now->vcpu_ns, guint64, i));
        add_decimal (json, "cpu_percent", vitrine_stats_get_vcpu_rate (m->before, m->now, i));
        json_end_object (json);
    }
    json_end_array (json);
}

static void
add_disks_json (struct json *json, const VitrineStats *stats)
{
    json_key (json, "disks");
    json_begin_array (json);
    for (guint i = 0; i < stats->disks->len; i++) {
        const VitrineDiskStats *disk = g_ptr_array_index (stats->disks, i);

        json_begin_object (json);
        json_member_string (json, "name", disk->name);
        add_known (json, "read_requests", disk->read_requests);
        add_known (json, "read_bytes", disk->read_bytes);
        add_known (json, "write_requests", disk->write_requests);
        add_known (json, "written_bytes", disk->written_bytes);
        add_known (json, "flush_requests", disk->flush_requests);
        json_end_object (json);
    }
    json_end_array (json);
}

static void
add_nics_json (struct json *json, const VitrineStats *stats)
{
    json_key (json, "nics");
    json_begin_array (json);
    for (guint i = 0; i < stats->nics->len; i++) {
        const VitrineNicStats *nic = g_ptr_array_index (stats->nics, i);

        json_begin_object (json);
        json_member_string (json, "name", nic->name);
        add_known (json, "received_packets", nic->received_packets);
        add_known (json, "received_bytes", nic->received_bytes);
        add_known (json, "sent_packets", nic->sent_packets);
        add_known (json, "sent_bytes", nic->sent_bytes);
        add_known (json, "dropped_packets", nic->dropped_packets);
        json_end_object (json);
    }
    json_end_array (json);
}

static void
add_rates_json (struct json *json, const double *rates)
{
    static const struct {
        const char *key;
        VitrineRate rate;
    } keys[] = {
        { "read_bytes", VITRINE_RATE_READ },
        { "written_bytes", VITRINE_RATE_WRITTEN },
        { "read_requests", VITRINE_RATE_READ_REQUESTS },
        { "write_requests", VITRINE_RATE_WRITE_REQUESTS },
        { "flush_requests", VITRINE_RATE_FLUSH_REQUESTS },
        { "received_bytes", VITRINE_RATE_RECEIVED },
        { "sent_bytes", VITRINE_RATE_SENT },
        { "received_packets", VITRINE_RATE_RECEIVED_PACKETS },
        { "sent_packets", VITRINE_RATE_SENT_PACKETS },
        { "dropped_packets", VITRINE_RATE_DROPPED_PACKETS },
    };

    json_key (json, "per_second");
    json_begin_object (json);
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        add_decimal (json, keys[i].key, rates[keys[i].rate]);
    json_end_object (json);
}

static void
add_json (struct json *json, const struct measured *m)
{
    const VitrineStats *s = m->now;

    json_begin_object (json);
    json_member_string (json, "name", vitrine_machine_get_name (m->machine));
    json_member_string (json, "uuid", vitrine_machine_get_uuid (m->machine));
    add_decimal (json, "uptime_seconds",
                 s->uptime_us == VITRINE_STATS_UNKNOWN ? NAN
                                                       : (double) s->uptime_us / G_USEC_PER_SEC);
    add_decimal (json, "cpu_percent", m->rates[VITRINE_RATE_CPU]);
    add_decimal (json, "host_cpu_percent", m->rates[VITRINE_RATE_HOST_CPU]);
    add_known (json, "cpu_ns", s->cpu_ns);
    add_known (json, "guest_cpu_ns", s->guest_cpu_ns);
    add_vcpus_json (json, m);
    add_known (json, "memory_bytes", s->memory_bytes);
    add_known (json, "host_memory_bytes", s->host_memory_bytes);
    add_known (json, "guest_total_bytes", s->guest_total_bytes);
    add_known (json, "guest_available_bytes", s->guest_available_bytes);
    add_known (json, "guest_free_bytes", s->guest_free_bytes);
    add_known (json, "guest_used_bytes", vitrine_stats_get_guest_used (s));
    add_rates_json (json, m->rates);
    add_disks_json (json, s);
    add_nics_json (json, s);
    json_end_object (json);
}

static void
print_json (GArray *all)
{
    struct json json;

    json_init (&json);
    json_begin_array (&json);
    for (guint i = 0; i < all->len; i++)
        add_json (&json, &g_array_index (all, struct measured, i));
    json_end_array (&json);
    json_print (&json);
}

/* --- for people ------------------------------------------------------------------------------- */

static void
add_size (struct table *table, guint64 bytes)
{
    g_autofree char *size = bytes != VITRINE_STATS_UNKNOWN ? cli_format_size (bytes) : NULL;

    table_add (table, size != NULL ? size : "-");
}

static void
add_count (struct table *table, guint64 n)
{
    if (n == VITRINE_STATS_UNKNOWN)
        table_add (table, "-");
    else
        table_add_printf (table, "%" G_GUINT64_FORMAT, n);
}

static void
add_rate (struct table *table, double bytes)
{
    g_autofree char *size = isnan (bytes) ? NULL : cli_format_size ((guint64) bytes);

    if (size != NULL)
        table_add_printf (table, _ ("%s/s"), size);
    else
        table_add (table, "-");
}

static void
add_memory (struct table *table, const VitrineStats *stats)
{
    guint64 used = vitrine_stats_get_guest_used (stats);
    g_autofree char *of = NULL;
    g_autofree char *size = NULL;

    if (used == VITRINE_STATS_UNKNOWN || stats->memory_bytes == VITRINE_STATS_UNKNOWN) {
        add_size (table, stats->host_memory_bytes);
        return;
    }
    size = cli_format_size (used);
    of = cli_format_size (stats->memory_bytes);
    table_add_printf (table, _ ("%s of %s"), size, of);
}

/* "2 d 03:04:05" */
static void
add_uptime (struct table *table, guint64 uptime_us)
{
    guint64 s = uptime_us / G_USEC_PER_SEC;
    guint days = (guint) (s / 86400), hours = (guint) (s / 3600 % 24),
          minutes = (guint) (s / 60 % 60);
    g_autofree char *clock = g_strdup_printf ("%02u:%02u:%02u", hours, minutes, (guint) (s % 60));

    if (uptime_us == VITRINE_STATS_UNKNOWN)
        table_add (table, "-");
    else if (days > 0)
        table_add_printf (table, _ ("%u d %s"), days, clock);
    else
        table_add (table, clock);
}

static void
print_machines (GArray *all)
{
    const char *const heads[] = { _ ("NAME"),    _ ("CPU"),      _ ("MEMORY"), _ ("READ"),
                                  _ ("WRITTEN"), _ ("RECEIVED"), _ ("SENT"),   _ ("UP") };
    struct table table;

    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < all->len; i++) {
        const struct measured *m = &g_array_index (all, struct measured, i);

        table_add (&table, vitrine_machine_get_name (m->machine));
        if (isnan (m->rates[VITRINE_RATE_CPU]))
            table_add (&table, "-");
        else
            table_add_printf (&table, _ ("%.1f %%"), m->rates[VITRINE_RATE_CPU]);
        add_memory (&table, m->now);
        add_rate (&table, m->rates[VITRINE_RATE_READ]);
        add_rate (&table, m->rates[VITRINE_RATE_WRITTEN]);
        add_rate (&table, m->rates[VITRINE_RATE_RECEIVED]);
        add_rate (&table, m->rates[VITRINE_RATE_SENT]);
        add_uptime (&table, m->now->uptime_us);
    }
    table_print (&table);
}

static void
print_disks (const VitrineStats *stats)
{
    const char *const heads[] = { _ ("DISK"),    _ ("READ"),     _ ("REQUESTS"),
                                  _ ("WRITTEN"), _ ("REQUESTS"), _ ("FLUSHES") };
    struct table table;

    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < stats->disks->len; i++) {
        const VitrineDiskStats *disk = g_ptr_array_index (stats->disks, i);

        table_add (&table, disk->name);
        add_size (&table, disk->read_bytes);
        add_count (&table, disk->read_requests);
        add_size (&table, disk->written_bytes);
        add_count (&table, disk->write_requests);
        add_count (&table, disk->flush_requests);
    }
    if (stats->disks->len > 0)
        putchar ('\n');
    table_print (&table);
}

static void
print_nics (const VitrineStats *stats)
{
    const char *const heads[] = { _ ("CARD"), _ ("RECEIVED"), _ ("PACKETS"),
                                  _ ("SENT"), _ ("PACKETS"),  _ ("DROPPED") };
    struct table table;

    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < stats->nics->len; i++) {
        const VitrineNicStats *nic = g_ptr_array_index (stats->nics, i);

        table_add (&table, nic->name);
        add_size (&table, nic->received_bytes);
        add_count (&table, nic->received_packets);
        add_size (&table, nic->sent_bytes);
        add_count (&table, nic->sent_packets);
        add_count (&table, nic->dropped_packets);
    }
    if (stats->nics->len > 0)
        putchar ('\n');
    table_print (&table);
}

static void
print_tables (GArray *all, guint n_asked)
{
    print_machines (all);
    if (n_asked == 1 && all->len == 1) {
        print_disks (g_array_index (all, struct measured, 0).now);
        print_nics (g_array_index (all, struct measured, 0).now);
    }
}

/* --- measuring -------------------------------------------------------------------------------- */

static GHashTable *
ask (struct cli *cli, GPtrArray *machines, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_get_stats_async (cli->host, machines, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_get_stats_finish (cli->host, cli_await (&result), error);
}

static gboolean
over_cb (gpointer is_over)
{
    *(gboolean *) is_over = TRUE;
    return G_SOURCE_REMOVE;
}

/* FALSE when it was cancelled before. */
static gboolean
rest (struct cli *cli, guint ms)
{
    gboolean is_over = FALSE;
    guint source = g_timeout_add (ms, over_cb, &is_over);

    while (!is_over && !g_cancellable_is_cancelled (cli->cancellable))
        g_main_context_iteration (NULL, TRUE);
    if (!is_over)
        g_source_remove (source);
    return is_over;
}

/* In the order they were asked for; those without figures are left out. */
static GArray *
measure (GPtrArray *machines, GHashTable *before, GHashTable *now)
{
    GArray *all = g_array_new (FALSE, TRUE, sizeof (struct measured));

    for (guint i = 0; i < machines->len; i++) {
        struct measured m = { .machine = g_ptr_array_index (machines, i) };

        m.before = g_hash_table_lookup (before, m.machine);
        m.now = g_hash_table_lookup (now, m.machine);
        if (m.now == NULL)
            continue;
        vitrine_stats_get_rates (m.before, m.now, m.rates);
        g_array_append_val (all, m);
    }
    return all;
}

static void
print_round (GPtrArray *machines, GHashTable *before, GHashTable *now, gboolean is_first)
{
    g_autoptr (GArray) all = measure (machines, before, now);

    if (cli_json) {
        print_json (all);
    } else {
        if (is_watching && isatty (STDOUT_FILENO))
            fputs (CLEAR_ALL, stdout);
        else if (!is_first)
            putchar ('\n');
        print_tables (all, machines->len);
    }
    fflush (stdout);
}

static gboolean
any_runs (GPtrArray *machines)
{
    for (guint i = 0; i < machines->len; i++)
        if (vitrine_machine_runs (g_ptr_array_index (machines, i)))
            return TRUE;
    return FALSE;
}

/* MACHINES run, or did just now.  Returns the exit status. */
static int
show (struct cli *cli, GPtrArray *machines)
{
    guint ms = !is_watching ? ONCE_MS : watch_s > 0 ? (guint) (watch_s * 1000) : WATCH_MS;
    g_autoptr (GError) error = NULL;
    g_autoptr (GHashTable) before = ask (cli, machines, &error);
    gboolean is_first = TRUE;

    while (before != NULL && rest (cli, ms)) {
        g_autoptr (GHashTable) now = ask (cli, machines, &error);

        if (now != NULL)
            print_round (machines, before, now, is_first);
        g_hash_table_unref (before);
        before = g_steal_pointer (&now);
        is_first = FALSE;
        if (!is_watching)
            break;
    }
    if (is_watching && (g_cancellable_is_cancelled (cli->cancellable) || !any_runs (machines)))
        return CLI_OK; /* that is how it ends */
    return error != NULL ? cli_fail (error) : before != NULL ? CLI_OK : CLI_FAILED;
}

int
cmd_stats (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GPtrArray) machines = g_ptr_array_new_with_free_func (g_object_unref);
    g_autoptr (GError) error = NULL;

    for (int i = 0; i < argc; i++) {
        VitrineMachine *machine = cli_find (cli, argv[i], &error);

        if (machine == NULL)
            return cli_fail (error);
        if (g_ptr_array_find (machines, machine, NULL))
            g_object_unref (machine);
        else
            g_ptr_array_add (machines, machine);
        if (!vitrine_machine_runs (machine))
            return cli_complain (_ ("“%s” is not running; what does not run has no figures"),
                                 vitrine_machine_get_name (machine));
    }
    return show (cli, machines);
}
