/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-stats.c - figures that move as those of machines that have something to do.
 *
 * What a machine does goes up and down, each in its own time; its counters are what comes together while it runs, so
 * they depend on how long that was and on nothing else.
 */
#include "fake-stats.h"

#include <glib/gstdio.h>
#include <stdio.h>

#include "fake-machine-private.h"

#define PERIOD_S   40.0
#define BASE_LOAD  25 /* percent, where nothing is said */
#define HOST_EXTRA 1.1
#define PAGE_BYTES 4096

/* How long MACHINE ran while somebody looked. */
typedef struct {
    gint64 last_us; /* 0: nobody has looked yet */
    double run_s;
    guint n_asked;
} Meter;

static Meter *
get_meter (FakeMachine *machine)
{
    Meter *meter = g_object_get_data (G_OBJECT (machine), "fake-meter");

    if (meter == NULL) {
        meter = g_new0 (Meter, 1);
        meter->run_s = 100;
        g_object_set_data_full (G_OBJECT (machine), "fake-meter", meter, g_free);
    }
    return meter;
}

static double
advance (FakeMachine *machine, Meter *meter, gint64 now_us)
{
    gboolean runs = vitrine_machine_get_state (VITRINE_MACHINE (machine)) != VITRINE_MACHINE_PAUSED;

    if (meter->last_us > 0 && runs)
        meter->run_s += (double) (now_us - meter->last_us) / G_USEC_PER_SEC;
    meter->last_us = now_us;
    meter->n_asked++;
    return meter->run_s;
}

/* What comes together in AT periods of something that goes from 0 up to 2 and back in each. */
static double
sum_up (double at)
{
    double whole = (double) (guint64) at, part = at - whole;

    return whole + (part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) * (1 - part));
}

/* What comes together in SECONDS of something that is MEAN on average, and between none and twice that; PHASE tells
 * one from the other. */
static guint64
count (double mean, double seconds, guint phase)
{
    double period_s = PERIOD_S / (1 + phase % 5), begin = phase % 10 / 10.0;

    return (guint64) (mean * period_s * (sum_up (begin + seconds / period_s) - sum_up (begin)));
}

static void
add_devices (VitrineStats *stats, VitrineMachine *machine, double seconds, guint phase, double load)
{
    g_autoptr (GPtrArray) devices = vitrine_machine_dup_devices (machine);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (devices, i);

        if (g_str_equal (device->kind, "disk")) {
            VitrineDiskStats *disk = vitrine_stats_add_disk (stats, device->alias);

            disk->read_bytes = count (load * 4e6, seconds, phase + i) / PAGE_BYTES * PAGE_BYTES;
            disk->read_requests = disk->read_bytes / PAGE_BYTES / 4;
            disk->written_bytes =
                count (load * 2e6, seconds, phase + i + 2) / PAGE_BYTES * PAGE_BYTES;
            disk->write_requests = disk->written_bytes / PAGE_BYTES / 2;
            disk->flush_requests = disk->write_requests / 10;
        } else if (g_str_equal (device->kind, "interface") || g_str_equal (device->kind, "nic")) {
            VitrineNicStats *nic = vitrine_stats_add_nic (stats, device->alias);

            nic->received_bytes = count (load * 1e6, seconds, phase + i + 1);
            nic->received_packets = nic->received_bytes / 900;
            nic->sent_bytes = count (load * 1e5, seconds, phase + i + 3);
            nic->sent_packets = nic->sent_bytes / 200;
            nic->dropped_packets = 0;
        }
    }
}

static void
add_memory (VitrineStats *stats, VitrineMachine *machine, double seconds, guint phase)
{
    guint64 bytes = vitrine_machine_get_memory_bytes (machine);
    double used = 0.4 + 0.005 * (((guint) seconds + phase) % 20);

    stats->memory_bytes = stats->guest_total_bytes = bytes;
    stats->guest_available_bytes = (guint64) ((double) bytes * (1 - used));
    stats->guest_free_bytes = stats->guest_available_bytes / 2;
    stats->host_memory_bytes = (guint64) ((double) bytes * (used + 0.2));
}

static void
add_processors (VitrineStats *stats, VitrineMachine *machine, double seconds, guint phase,
                double load)
{
    stats->n_vcpus = vitrine_machine_get_vcpus (machine);
    stats->guest_cpu_ns = 0;
    for (guint i = 0; i < stats->n_vcpus; i++) {
        guint64 ns = count (load * 1e9, seconds, phase + i);

        g_array_append_val (stats->vcpu_ns, ns);
        stats->guest_cpu_ns += ns;
    }
    stats->cpu_ns = (guint64) ((double) stats->guest_cpu_ns * HOST_EXTRA);
}

/* What no machine ever did. */
static void
make_nonsense (VitrineStats *stats, guint n_asked)
{
    guint64 value = n_asked % 2 == 0 ? 0 : G_MAXUINT64 - 1;

    stats->cpu_ns = stats->guest_cpu_ns = value;
    stats->guest_available_bytes = value;
    stats->n_vcpus = 0;
    for (guint i = 0; i < stats->vcpu_ns->len; i++)
        g_array_index (stats->vcpu_ns, guint64, i) = value;
    for (guint i = 0; i < stats->disks->len; i++)
        ((VitrineDiskStats *) g_ptr_array_index (stats->disks, i))->read_bytes = value;
    for (guint i = 0; i < stats->nics->len; i++)
        ((VitrineNicStats *) g_ptr_array_index (stats->nics, i))->received_bytes = value;
}

static VitrineStats *
make_stats (FakeMachine *self)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    VitrineStats *stats = vitrine_stats_new ();
    Meter *meter = get_meter (self);
    guint phase = g_str_hash (vitrine_machine_get_name (machine)) % 97;
    double load = fake_faults_get_uint (self->faults, self->group, "load", BASE_LOAD) / 100.0;
    double seconds = advance (self, meter, stats->time_us);

    stats->uptime_us = (guint64) (seconds * G_USEC_PER_SEC);
    add_processors (stats, machine, seconds, phase, load);
    add_memory (stats, machine, seconds, phase);
    add_devices (stats, machine, seconds, phase, load);
    if (fake_faults_get_boolean (self->faults, self->group, "nonsense-stats"))
        make_nonsense (stats, meter->n_asked);
    return stats;
}

/* A line for each question: how many machines it is about. */
static void
write_log (FakeFaults *faults, guint n_machines)
{
    g_autofree char *path = fake_faults_dup_string (faults, "host", "stats-log");
    FILE *log = path != NULL ? g_fopen (path, "a") : NULL;

    if (log == NULL)
        return;
    fprintf (log, "%u\n", n_machines);
    fclose (log);
}

static void
answer (GTask *task)
{
    GPtrArray *machines = g_task_get_task_data (task);
    GHashTable *found =
        g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) vitrine_stats_unref);

    for (guint i = 0; i < machines->len; i++) {
        FakeMachine *machine = g_ptr_array_index (machines, i);

        g_hash_table_insert (found, g_object_ref (machine), make_stats (machine));
    }
    g_task_return_pointer (task, found, (GDestroyNotify) g_hash_table_unref);
}

void
fake_stats_get_async (VitrineHost *host, FakeFaults *faults, GPtrArray *machines,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    write_log (faults, machines->len);
    g_task_set_task_data (task, g_ptr_array_ref (machines), (GDestroyNotify) g_ptr_array_unref);
    fake_faults_run (faults, NULL, "stats", task, answer, NULL);
}
