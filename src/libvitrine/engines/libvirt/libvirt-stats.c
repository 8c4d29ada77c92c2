/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-stats.c - live figures: one call for all machines of a host, or for the only one that is asked for.
 *
 * libvirt says each figure as a name and a value of a type of its own.  What a driver does not know it leaves out, and
 * what it says is not believed: numbers of things are bounded, and only the types that are expected are read.
 */
#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdio.h>

#include "libvirt-error.h"
#include "libvirt-host-private.h"
#include "libvirt-machine-private.h"
#include "vitrine-private.h"
#include "vitrine-stats.h"

#define WANTED                                                                                     \
    (VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_VCPU                 \
     | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK)
#define MAX_VCPUS   4096
#define MAX_DEVICES 1024
#define KIB         1024

/* --- one machine ------------------------------------------------------------------------------ */

/* An unsigned number called by FORMAT with INDEX, or VITRINE_STATS_UNKNOWN. */
static guint64 look_up (virDomainStatsRecordPtr record, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

static guint64
look_up (virDomainStatsRecordPtr record, const char *format, ...)
{
    char name[VIR_TYPED_PARAM_FIELD_LENGTH];
    virTypedParameterPtr found;
    va_list args;

    va_start (args, format);
    vsnprintf (name, sizeof name, format, args);
    va_end (args);
    found = virTypedParamsGet (record->params, record->nparams, name);
    if (found == NULL)
        return VITRINE_STATS_UNKNOWN;
    switch (found->type) {
    case VIR_TYPED_PARAM_ULLONG:
        return found->value.ul;
    case VIR_TYPED_PARAM_UINT:
        return found->value.ui;
    case VIR_TYPED_PARAM_LLONG:
        return found->value.l >= 0 ? (guint64) found->value.l : VITRINE_STATS_UNKNOWN;
    case VIR_TYPED_PARAM_INT:
        return found->value.i >= 0 ? (guint64) found->value.i : VITRINE_STATS_UNKNOWN;
    default:
        return VITRINE_STATS_UNKNOWN;
    }
}

static guint
look_up_count (virDomainStatsRecordPtr record, const char *name, guint max)
{
    guint64 n = look_up (record, "%s", name);

    return n == VITRINE_STATS_UNKNOWN ? 0 : (guint) MIN (n, max);
}

static const char *
look_up_name (virDomainStatsRecordPtr record, const char *group, guint index)
{
    g_autofree char *name = g_strdup_printf ("%s.%u.name", group, index);
    const char *value = NULL;

    if (virTypedParamsGetString (record->params, record->nparams, name, &value) != 1
        || !g_utf8_validate (value, -1, NULL))
        return NULL;
    return value;
}

static guint64
from_kib (guint64 kib)
{
    return kib <= G_MAXUINT64 / KIB ? kib * KIB : VITRINE_STATS_UNKNOWN;
}

/* "vcpu.N" has a gap where a processor is that is not there. */
static void
read_vcpus (VitrineStats *stats, virDomainStatsRecordPtr record)
{
    guint n = look_up_count (record, "vcpu.maximum", MAX_VCPUS);

    stats->n_vcpus = look_up_count (record, "vcpu.current", MAX_VCPUS);
    for (guint i = 0; i < n; i++) {
        guint64 ns = look_up (record, "vcpu.%u.time", i);

        if (ns == VITRINE_STATS_UNKNOWN)
            continue;
        if (stats->guest_cpu_ns == VITRINE_STATS_UNKNOWN)
            stats->guest_cpu_ns = 0;
        stats->guest_cpu_ns += ns;
        g_array_append_val (stats->vcpu_ns, ns);
    }
}

static void
read_disks (VitrineStats *stats, virDomainStatsRecordPtr record)
{
    guint n = look_up_count (record, "block.count", MAX_DEVICES);

    for (guint i = 0; i < n; i++) {
        const char *name = look_up_name (record, "block", i);
        VitrineDiskStats *disk;

        if (name == NULL || look_up (record, "block.%u.rd.bytes", i) == VITRINE_STATS_UNKNOWN)
            continue;
        disk = vitrine_stats_add_disk (stats, name);
        disk->read_requests = look_up (record, "block.%u.rd.reqs", i);
        disk->read_bytes = look_up (record, "block.%u.rd.bytes", i);
        disk->write_requests = look_up (record, "block.%u.wr.reqs", i);
        disk->written_bytes = look_up (record, "block.%u.wr.bytes", i);
        disk->flush_requests = look_up (record, "block.%u.fl.reqs", i);
    }
}

static guint64
add_known (guint64 a, guint64 b)
{
    if (a == VITRINE_STATS_UNKNOWN)
        return b;
    return b == VITRINE_STATS_UNKNOWN ? a : a + b;
}

static void
read_nics (VitrineStats *stats, virDomainStatsRecordPtr record)
{
    guint n = look_up_count (record, "net.count", MAX_DEVICES);

    for (guint i = 0; i < n; i++) {
        const char *name = look_up_name (record, "net", i);
        VitrineNicStats *nic;

        if (name == NULL || look_up (record, "net.%u.rx.bytes", i) == VITRINE_STATS_UNKNOWN)
            continue;
        nic = vitrine_stats_add_nic (stats, name);
        nic->received_packets = look_up (record, "net.%u.rx.pkts", i);
        nic->received_bytes = look_up (record, "net.%u.rx.bytes", i);
        nic->sent_packets = look_up (record, "net.%u.tx.pkts", i);
        nic->sent_bytes = look_up (record, "net.%u.tx.bytes", i);
        nic->dropped_packets = add_known (look_up (record, "net.%u.rx.drop", i),
                                          look_up (record, "net.%u.tx.drop", i));
    }
}

static VitrineStats *
read_record (virDomainStatsRecordPtr record)
{
    VitrineStats *stats = vitrine_stats_new ();

    stats->cpu_ns = look_up (record, "cpu.time");
    stats->memory_bytes = from_kib (look_up (record, "balloon.current"));
    stats->host_memory_bytes = from_kib (look_up (record, "balloon.rss"));
    stats->guest_total_bytes = from_kib (look_up (record, "balloon.available"));
    stats->guest_available_bytes = from_kib (look_up (record, "balloon.usable"));
    stats->guest_free_bytes = from_kib (look_up (record, "balloon.unused"));
    read_vcpus (stats, record);
    read_disks (stats, record);
    read_nics (stats, record);
    return stats;
}

/* Who is asked for. */
typedef struct {
    GPtrArray *uuids;
    char *object; /* the machine or host, for sentences */
} Question;

static void
question_free (gpointer data)
{
    Question *question = data;

    g_ptr_array_unref (question->uuids);
    g_free (question->object);
    g_free (question);
}

/* --- the call, in a thread -------------------------------------------------------------------- */

static int
get_one (virConnectPtr connection, const char *uuid, virDomainStatsRecordPtr **records)
{
    virDomainPtr domain = virDomainLookupByUUIDString (connection, uuid);
    virDomainPtr domains[] = { domain, NULL };
    int n;

    if (domain == NULL)
        return -1;
    n = virDomainListGetStats (domains, WANTED, records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    virDomainFree (domain);
    return n;
}

/* Answers with a table of UUIDs and their figures. */
static void
stats_thread (virConnectPtr connection, GTask *answer, gpointer data)
{
    const Question *question = data;
    GPtrArray *uuids = question->uuids;
    virDomainStatsRecordPtr *records = NULL;
    GHashTable *found;
    GError *error = NULL;
    int n;

    if (connection == NULL) {
        g_task_return_new_error (answer, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("The host is not connected"));
        return;
    }
    if (uuids->len == 1)
        n = get_one (connection, g_ptr_array_index (uuids, 0), &records);
    else
        n = virConnectGetAllDomainStats (connection, WANTED, &records,
                                         VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE
                                             | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (n < 0) {
        libvirt_error_take (question->object, &error);
        g_task_return_error (answer, error);
        return;
    }
    found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                   (GDestroyNotify) vitrine_stats_unref);
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN];

        if (virDomainGetUUIDString (records[i]->dom, uuid) == 0)
            g_hash_table_replace (found, g_strdup (uuid), read_record (records[i]));
    }
    virDomainStatsRecordListFree (records);
    g_task_return_pointer (answer, found, (GDestroyNotify) g_hash_table_unref);
}

/* --- the main thread -------------------------------------------------------------------------- */

/* Those of MACHINES that are among FOUND. */
static GHashTable *
match (GPtrArray *machines, GHashTable *found)
{
    GHashTable *stats =
        g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) vitrine_stats_unref);

    for (guint i = 0; i < machines->len; i++) {
        VitrineMachine *machine = g_ptr_array_index (machines, i);
        VitrineStats *one = g_hash_table_lookup (found, vitrine_machine_get_uuid (machine));

        if (one == NULL)
            continue;
        if (one->n_vcpus == 0)
            one->n_vcpus = vitrine_machine_get_vcpus (machine);
        g_hash_table_insert (stats, g_object_ref (machine), vitrine_stats_ref (one));
    }
    return stats;
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    g_autoptr (GHashTable) found = g_task_propagate_pointer (G_TASK (result), &error);

    if (found == NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, match (g_task_get_task_data (task), found),
                               (GDestroyNotify) g_hash_table_unref);
}

static void
ask (GTask *task)
{
    GPtrArray *machines = g_task_get_task_data (task);
    VitrineMachine *first = g_ptr_array_index (machines, 0);
    VitrineHost *host = g_task_get_source_object (task);
    Question *question = g_new0 (Question, 1);

    question->uuids = g_ptr_array_new_with_free_func (g_free);
    question->object = g_strdup (machines->len == 1 ? vitrine_machine_get_name (first)
                                                    : vitrine_host_get_title (host));
    for (guint i = 0; i < machines->len; i++) {
        VitrineMachine *machine = g_ptr_array_index (machines, i);

        g_ptr_array_add (question->uuids, g_strdup (vitrine_machine_get_uuid (machine)));
    }
    libvirt_host_run (LIBVIRT_HOST (host), task, LIBVIRT_STATS_S, stats_thread, question,
                      question_free, answered_cb);
}

void
libvirt_host_get_stats_async (VitrineHost *host, GPtrArray *machines, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);

    g_task_set_task_data (task, g_ptr_array_ref (machines), (GDestroyNotify) g_ptr_array_unref);
    libvirt_host_with_link (LIBVIRT_HOST (host), task, ask);
}
