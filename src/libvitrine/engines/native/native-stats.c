/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-stats.c - live figures, as each machine's keeper tells them: all are asked at once. */
#include <glib/gi18n-lib.h>

#include "native-host-private.h"
#include "native-machine-private.h"
#include "vitrine-private.h"
#include "vitrine-stats.h"

#define ANSWER_TYPE "(a{st}ata{sa{st}})"

/* --- one answer ------------------------------------------------------------------------------- */

static guint64
look_up (GVariant *figures, const char *name)
{
    guint64 value;

    return g_variant_lookup (figures, name, "t", &value) ? value : VITRINE_STATS_UNKNOWN;
}

/* BYTES without what the guest gave back of them. */
static guint64
get_memory (GVariant *figures)
{
    guint64 bytes = look_up (figures, "memory-bytes");
    guint64 plugged = look_up (figures, "plugged-bytes");
    guint64 given = look_up (figures, "balloon-bytes");

    if (bytes == VITRINE_STATS_UNKNOWN)
        return bytes;
    if (plugged != VITRINE_STATS_UNKNOWN)
        bytes += plugged;
    return given != VITRINE_STATS_UNKNOWN && given <= bytes ? bytes - given : bytes;
}

/* When the keeper read them, which is nearer to the truth than when they came; nothing it says makes it later. */
static void
read_clock (VitrineStats *stats, GVariant *figures)
{
    guint64 clock_us = look_up (figures, "clock-us");

    if (clock_us < (guint64) stats->time_us)
        stats->time_us = (gint64) clock_us;
}

static void
read_devices (VitrineStats *stats, GVariant *devices)
{
    GVariantIter iter;
    const char *alias;
    GVariant *counters;

    g_variant_iter_init (&iter, devices);
    while (g_variant_iter_loop (&iter, "{&s@a{st}}", &alias, &counters)) {
        if (g_variant_lookup (counters, "read-bytes", "t", NULL)) {
            VitrineDiskStats *disk = vitrine_stats_add_disk (stats, alias);

            disk->read_requests = look_up (counters, "read-requests");
            disk->read_bytes = look_up (counters, "read-bytes");
            disk->write_requests = look_up (counters, "write-requests");
            disk->written_bytes = look_up (counters, "written-bytes");
            disk->flush_requests = look_up (counters, "flush-requests");
        } else {
            VitrineNicStats *nic = vitrine_stats_add_nic (stats, alias);

            nic->received_packets = look_up (counters, "received-frames");
            nic->received_bytes = look_up (counters, "received-bytes");
            nic->sent_packets = look_up (counters, "sent-frames");
            nic->sent_bytes = look_up (counters, "sent-bytes");
            nic->dropped_packets = look_up (counters, "dropped-frames");
        }
    }
}

static VitrineStats *
read_answer (VitrineMachine *machine, GVariant *answer)
{
    VitrineStats *stats = vitrine_stats_new ();
    g_autoptr (GVariant) figures = NULL;
    g_autoptr (GVariant) vcpus = NULL;
    g_autoptr (GVariant) devices = NULL;
    const guint64 *ns;
    gsize n;

    g_variant_get (answer, "(@a{st}@at@a{sa{st}})", &figures, &vcpus, &devices);
    read_clock (stats, figures);
    ns = g_variant_get_fixed_array (vcpus, &n, sizeof (guint64));
    g_array_append_vals (stats->vcpu_ns, ns, (guint) n);
    stats->n_vcpus = vitrine_machine_get_vcpus (machine);
    stats->uptime_us = look_up (figures, "uptime-us");
    stats->cpu_ns = look_up (figures, "cpu-ns");
    stats->guest_cpu_ns = look_up (figures, "vcpu-ns");
    stats->memory_bytes = get_memory (figures);
    stats->host_memory_bytes = look_up (figures, "host-memory-bytes");
    stats->guest_total_bytes = look_up (figures, "guest-total-bytes");
    stats->guest_available_bytes = look_up (figures, "guest-available-bytes");
    stats->guest_free_bytes = look_up (figures, "guest-free-bytes");
    read_devices (stats, devices);
    return stats;
}

/* --- all of them ------------------------------------------------------------------------------ */

typedef struct {
    GHashTable *found; /* VitrineMachine to VitrineStats */
    GError *error;     /* the first; NULL: none */
    guint n_waiting;
} Round;

static void
round_free (gpointer data)
{
    Round *round = data;

    g_hash_table_unref (round->found);
    g_clear_error (&round->error);
    g_free (round);
}

static void
take_error (Round *round, GError *error)
{
    if (round->error == NULL)
        round->error = error;
    else
        g_error_free (error);
}

/* One answer less to wait for; TASK is answered after the last. */
static void
count_down (GTask *task)
{
    Round *round = g_task_get_task_data (task);

    if (--round->n_waiting > 0 || g_task_return_error_if_cancelled (task))
        return;
    if (g_hash_table_size (round->found) == 0 && round->error != NULL)
        g_task_return_error (task, g_steal_pointer (&round->error));
    else
        g_task_return_pointer (task, g_hash_table_ref (round->found),
                               (GDestroyNotify) g_hash_table_unref);
}

typedef struct {
    GTask *task;
    NativeMachine *machine;
} Question;

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Question *question = user_data;
    g_autoptr (GTask) task = question->task;
    g_autoptr (NativeMachine) machine = question->machine;
    Round *round = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GVariant) answer =
        g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

    if (answer == NULL)
        take_error (round, native_machine_map_error (machine, error));
    else if (!g_variant_is_of_type (answer, G_VARIANT_TYPE (ANSWER_TYPE)))
        take_error (round, g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                        _ ("“%s” was started by another version of Vitrine, which "
                                           "tells other figures; start it anew"),
                                        vitrine_machine_get_name (VITRINE_MACHINE (machine))));
    else
        g_hash_table_insert (round->found, g_object_ref (machine),
                             read_answer (VITRINE_MACHINE (machine), answer));
    count_down (task);
}

static void
ask (GTask *task, NativeMachine *machine)
{
    Round *round = g_task_get_task_data (task);
    GError *error = NULL;
    Question *question;

    round->n_waiting++;
    if (machine->proxy == NULL) {
        native_set_silent_error (machine, &error);
        take_error (round, error);
        count_down (task);
        return;
    }
    question = g_new0 (Question, 1);
    *question = (Question){ g_object_ref (task), g_object_ref (machine) };
    /* Past the proxy, which refuses what another version answers in words for nobody. */
    g_dbus_connection_call (g_dbus_proxy_get_connection (G_DBUS_PROXY (machine->proxy)), NULL,
                            g_dbus_proxy_get_object_path (G_DBUS_PROXY (machine->proxy)),
                            g_dbus_proxy_get_interface_name (G_DBUS_PROXY (machine->proxy)),
                            "GetStatistics", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, NATIVE_CALL_MS,
                            g_task_get_cancellable (task), answered_cb, question);
}

void
native_host_get_stats_async (VitrineHost *host, GPtrArray *machines, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    Round *round = g_new0 (Round, 1);

    round->found =
        g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) vitrine_stats_unref);
    round->n_waiting = 1; /* this function, so that the last is the last */
    g_task_set_task_data (task, round, round_free);
    for (guint i = 0; i < machines->len; i++)
        ask (task, g_ptr_array_index (machines, i));
    count_down (task);
}
