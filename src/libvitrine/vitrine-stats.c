/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-stats.c - figures of machines, and what is between two of them. */
#include "vitrine-stats.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "vitrine-private.h"

#define NS_PER_S   1e9
#define US_PER_S   1e6
#define MIN_GAP_US 20000 /* between two figures; less says nothing */
#define MAX_RATE   1e12  /* a second: no computer does that */

/* --- figures ---------------------------------------------------------------------------------- */

static void
disk_free (gpointer data)
{
    VitrineDiskStats *disk = data;

    g_free (disk->name);
    g_free (disk);
}

static void
nic_free (gpointer data)
{
    VitrineNicStats *nic = data;

    g_free (nic->name);
    g_free (nic);
}

VitrineStats *
vitrine_stats_new (void)
{
    VitrineStats *self = g_new (VitrineStats, 1);

    *self = (VitrineStats){
        .time_us = g_get_monotonic_time (),
        .uptime_us = VITRINE_STATS_UNKNOWN,
        .cpu_ns = VITRINE_STATS_UNKNOWN,
        .guest_cpu_ns = VITRINE_STATS_UNKNOWN,
        .vcpu_ns = g_array_new (FALSE, FALSE, sizeof (guint64)),
        .memory_bytes = VITRINE_STATS_UNKNOWN,
        .host_memory_bytes = VITRINE_STATS_UNKNOWN,
        .guest_total_bytes = VITRINE_STATS_UNKNOWN,
        .guest_available_bytes = VITRINE_STATS_UNKNOWN,
        .guest_free_bytes = VITRINE_STATS_UNKNOWN,
        .disks = g_ptr_array_new_with_free_func (disk_free),
        .nics = g_ptr_array_new_with_free_func (nic_free),
    };
    g_atomic_ref_count_init (&self->ref_count);
    return self;
}

VitrineStats *
vitrine_stats_ref (VitrineStats *self)
{
    g_atomic_ref_count_inc (&self->ref_count);
    return self;
}

void
vitrine_stats_unref (VitrineStats *self)
{
    if (!g_atomic_ref_count_dec (&self->ref_count))
        return;
    g_array_unref (self->vcpu_ns);
    g_ptr_array_unref (self->disks);
    g_ptr_array_unref (self->nics);
    g_free (self);
}

VitrineDiskStats *
vitrine_stats_add_disk (VitrineStats *self, const char *name)
{
    const guint64 unknown = VITRINE_STATS_UNKNOWN;
    VitrineDiskStats *disk = g_new (VitrineDiskStats, 1);

    *disk = (VitrineDiskStats){ g_strdup (name), unknown, unknown, unknown, unknown, unknown };
    g_ptr_array_add (self->disks, disk);
    return disk;
}

VitrineNicStats *
vitrine_stats_add_nic (VitrineStats *self, const char *name)
{
    const guint64 unknown = VITRINE_STATS_UNKNOWN;
    VitrineNicStats *nic = g_new (VitrineNicStats, 1);

    *nic = (VitrineNicStats){ g_strdup (name), unknown, unknown, unknown, unknown, unknown };
    g_ptr_array_add (self->nics, nic);
    return nic;
}

guint64
vitrine_stats_get_guest_used (const VitrineStats *self)
{
    guint64 unused = self->guest_available_bytes != VITRINE_STATS_UNKNOWN
                         ? self->guest_available_bytes
                         : self->guest_free_bytes;

    if (self->guest_total_bytes == VITRINE_STATS_UNKNOWN || unused > self->guest_total_bytes)
        return VITRINE_STATS_UNKNOWN;
    return self->guest_total_bytes - unused;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* Those of MACHINES that run. */
static GPtrArray *
pick_running (GPtrArray *machines)
{
    GPtrArray *running = g_ptr_array_new_with_free_func (g_object_unref);

    for (guint i = 0; i < machines->len; i++)
        if (vitrine_machine_runs (g_ptr_array_index (machines, i)))
            g_ptr_array_add (running, g_object_ref (g_ptr_array_index (machines, i)));
    return running;
}

void
vitrine_host_get_stats_async (VitrineHost *self, GPtrArray *machines, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GPtrArray) running = NULL;

    g_return_if_fail (VITRINE_IS_HOST (self));
    g_return_if_fail (machines != NULL && machines->len > 0);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    running = pick_running (machines);
    if (running->len == 0)
        g_task_report_new_error (self, callback, user_data, vitrine_host_get_stats_async,
                                 VITRINE_ERROR, VITRINE_ERROR_BUSY,
                                 _ ("“%s” is not running; what does not run has no figures"),
                                 vitrine_machine_get_name (g_ptr_array_index (machines, 0)));
    else
        VITRINE_HOST_GET_CLASS (self)->get_stats_async (self, running, cancellable, callback,
                                                        user_data);
}

GHashTable *
vitrine_host_get_stats_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_HOST (self), NULL);
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- differences ------------------------------------------------------------------------------ */

/* How much a counter grew; one that went back begins anew. */
static double
grown (guint64 before, guint64 now)
{
    if (before == VITRINE_STATS_UNKNOWN || now == VITRINE_STATS_UNKNOWN)
        return NAN;
    return now > before ? (double) (now - before) : 0;
}

/* Seconds from BEFORE to NOW; NAN when they have nothing to do with each other. */
static double
get_gap (const VitrineStats *before, const VitrineStats *now)
{
    gboolean was_restarted;

    if (before == NULL || now->time_us - before->time_us < MIN_GAP_US)
        return NAN;
    was_restarted = before->uptime_us != VITRINE_STATS_UNKNOWN
                    && now->uptime_us != VITRINE_STATS_UNKNOWN
                    && now->uptime_us < before->uptime_us;
    return was_restarted ? NAN : (double) (now->time_us - before->time_us) / US_PER_S;
}

static double
per_second (double amount, double gap_s)
{
    double rate = amount / gap_s;

    return rate <= MAX_RATE ? rate : NAN;
}

/* Percent of N processors. */
static double
get_share (guint64 before, guint64 now, double gap_s, guint n)
{
    double share = 100 * grown (before, now) / NS_PER_S / gap_s / MAX (n, 1);

    return isnan (share) ? NAN : MIN (share, 100);
}

/* A thing with a name and counters, for disks and cards alike. */
typedef struct {
    const char *name;
    const guint64 *counters;
} Counted;

#define N_COUNTERS 5

G_STATIC_ASSERT (sizeof (VitrineDiskStats) == sizeof (char *) + N_COUNTERS * sizeof (guint64));
G_STATIC_ASSERT (sizeof (VitrineNicStats) == sizeof (VitrineDiskStats));
G_STATIC_ASSERT (G_STRUCT_OFFSET (VitrineDiskStats, read_requests) == sizeof (char *));
G_STATIC_ASSERT (G_STRUCT_OFFSET (VitrineNicStats, received_packets) == sizeof (char *));

static Counted
get_counted (GPtrArray *devices, guint i)
{
    const VitrineDiskStats *device = g_ptr_array_index (devices, i);

    return (Counted){ device->name, &device->read_requests };
}

static const guint64 *
find_counters (GPtrArray *devices, const char *name)
{
    for (guint i = 0; i < devices->len; i++) {
        Counted counted = get_counted (devices, i);

        if (g_str_equal (counted.name, name))
            return counted.counters;
    }
    return NULL;
}

/* What all of the devices of NOW did since BEFORE; one that was not there then is not known to have done anything, and
 * nothing is known where there are none. */
static void
add_up (GPtrArray *before, GPtrArray *now, double gap_s, double rates[N_COUNTERS])
{
    gboolean knows = !isnan (gap_s) && now->len > 0;

    for (guint k = 0; k < N_COUNTERS; k++)
        rates[k] = knows ? 0 : NAN;
    for (guint i = 0; knows && i < now->len; i++) {
        Counted counted = get_counted (now, i);
        const guint64 *earlier = find_counters (before, counted.name);

        for (guint k = 0; earlier != NULL && k < N_COUNTERS; k++) {
            double rate = per_second (grown (earlier[k], counted.counters[k]), gap_s);

            rates[k] += isnan (rate) ? 0 : rate;
        }
    }
}

static double
to_double (guint64 value)
{
    return value == VITRINE_STATS_UNKNOWN ? NAN : (double) value;
}

void
vitrine_stats_get_rates (const VitrineStats *before, const VitrineStats *now,
                         double rates[VITRINE_RATE_N])
{
    double gap_s = get_gap (before, now), disks[N_COUNTERS], nics[N_COUNTERS], cpu = NAN;
    gboolean knows_guest = now->guest_cpu_ns != VITRINE_STATS_UNKNOWN;

    add_up (before != NULL ? before->disks : NULL, now->disks, gap_s, disks);
    add_up (before != NULL ? before->nics : NULL, now->nics, gap_s, nics);
    if (!isnan (gap_s) && knows_guest)
        cpu = get_share (before->guest_cpu_ns, now->guest_cpu_ns, gap_s, now->n_vcpus);
    else if (!isnan (gap_s))
        cpu = get_share (before->cpu_ns, now->cpu_ns, gap_s, now->n_vcpus);
    rates[VITRINE_RATE_CPU] = cpu;
    rates[VITRINE_RATE_HOST_CPU] =
        isnan (gap_s) ? NAN
                      : 100 * per_second (grown (before->cpu_ns, now->cpu_ns), gap_s) / NS_PER_S;
    rates[VITRINE_RATE_GUEST_MEMORY] = to_double (vitrine_stats_get_guest_used (now));
    rates[VITRINE_RATE_HOST_MEMORY] = to_double (now->host_memory_bytes);
    rates[VITRINE_RATE_READ_REQUESTS] = disks[0];
    rates[VITRINE_RATE_READ] = disks[1];
    rates[VITRINE_RATE_WRITE_REQUESTS] = disks[2];
    rates[VITRINE_RATE_WRITTEN] = disks[3];
    rates[VITRINE_RATE_FLUSH_REQUESTS] = disks[4];
    rates[VITRINE_RATE_RECEIVED_PACKETS] = nics[0];
    rates[VITRINE_RATE_RECEIVED] = nics[1];
    rates[VITRINE_RATE_SENT_PACKETS] = nics[2];
    rates[VITRINE_RATE_SENT] = nics[3];
    rates[VITRINE_RATE_DROPPED_PACKETS] = nics[4];
}

double
vitrine_stats_get_vcpu_rate (const VitrineStats *before, const VitrineStats *now, guint index)
{
    double gap_s = get_gap (before, now);

    if (isnan (gap_s) || index >= before->vcpu_ns->len || index >= now->vcpu_ns->len)
        return NAN;
    return get_share (g_array_index (before->vcpu_ns, guint64, index),
                      g_array_index (now->vcpu_ns, guint64, index), gap_s, 1);
}
