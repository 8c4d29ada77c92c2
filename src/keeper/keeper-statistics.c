/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-statistics.c - live figures: the VMM's, and what the kernel says of the machine's processes.
 *
 * Nothing is read before somebody asks, and nothing is kept.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "keeper-private.h"
#include "vitrine-error.h"

#define KIB 1024

/* --- the machine's processes ----------------------------------------------------------------- */

/* Of a child of ours that was not reaped, or of ourselves; so PID is nobody else's by now. */
static guint64
process_ns (guint32 pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid ((pid_t) pid, &clock) != 0 || clock_gettime (clock, &used) != 0)
        return 0;
    return (guint64) used.tv_sec * G_USEC_PER_SEC * 1000 + (guint64) used.tv_nsec;
}

/* With what those used that have ended, so that it does not go back when one does. */
static guint64
all_processes_ns (GArray *pids)
{
    struct rusage ended = { 0 };
    guint64 ns = 0;

    getrusage (RUSAGE_CHILDREN, &ended);
    ns += (guint64) (ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) * G_USEC_PER_SEC * 1000;
    ns += (guint64) (ended.ru_utime.tv_usec + ended.ru_stime.tv_usec) * 1000;
    for (guint i = 0; i < pids->len; i++)
        ns += process_ns (g_array_index (pids, guint32, i));
    return ns;
}

static guint64
status_kib (const char *status, const char *name)
{
    const char *line = strstr (status, name);

    return line ? g_ascii_strtoull (line + strlen (name), NULL, 10) : 0;
}

/* The memory of PIDS that is theirs alone, and what they share with each other, which is the VMM's; not the pages of
 * program files, which all machines share.  VMM_UNKNOWN where the kernel does not tell of the VMM. */
static guint64
memory_bytes (GArray *pids, guint32 vmm_pid)
{
    guint64 kib = 0;
    gboolean knows_vmm = FALSE;

    for (guint i = 0; i < pids->len; i++) {
        guint32 pid = g_array_index (pids, guint32, i);
        g_autofree char *path = g_strdup_printf ("/proc/%u/status", pid);
        g_autofree char *status = NULL;

        if (!g_file_get_contents (path, &status, NULL, NULL))
            continue;
        kib += status_kib (status, "\nRssAnon:");
        if (pid == vmm_pid) {
            knows_vmm = TRUE;
            kib += status_kib (status, "\nRssShmem:");
        }
    }
    return knows_vmm ? kib * KIB : VMM_UNKNOWN;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* What is not known is left out. */
static void
add (GVariantBuilder *builder, const char *name, guint64 value)
{
    if (value != VMM_UNKNOWN)
        g_variant_builder_add (builder, "{st}", name, value);
}

static GVariant *
make_figures (Keeper *self, const struct vmm_statistics *s)
{
    g_autoptr (GArray) pids = keeper_list_processes (self);
    guint64 now_us = (guint64) g_get_monotonic_time ();
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
    add (&builder, "clock-us", now_us);
    add (&builder, "uptime-us", now_us - (guint64) self->start_us);
    add (&builder, "vcpu-ns", s->vcpu_ns);
    add (&builder, "cpu-ns", all_processes_ns (pids));
    add (&builder, "host-memory-bytes",
         memory_bytes (pids, self->vmm ? (guint32) keeper_vmm_get_pid (self->vmm) : 0));
    add (&builder, "read-bytes", s->read_bytes);
    add (&builder, "written-bytes", s->written_bytes);
    add (&builder, "exits", s->exits);
    add (&builder, "memory-bytes", s->memory_bytes);
    add (&builder, "balloon-bytes", s->balloon_bytes);
    add (&builder, "balloon-target-bytes", s->balloon_target_bytes);
    add (&builder, "plugged-bytes", s->plugged_bytes);
    add (&builder, "plug-target-bytes", s->plug_target_bytes);
    add (&builder, "guest-free-bytes", s->guest_free_bytes);
    add (&builder, "guest-available-bytes", s->guest_available_bytes);
    add (&builder, "guest-total-bytes", s->guest_total_bytes);
    return g_variant_builder_end (&builder);
}

static GVariant *
make_vcpus (const guint64 *ns, guint n)
{
    GVariantBuilder builder;

    while (n > 0 && ns[n - 1] == VMM_UNKNOWN)
        n--;
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("at"));
    for (guint i = 0; i < n; i++)
        g_variant_builder_add (&builder, "t", ns[i] == VMM_UNKNOWN ? (guint64) 0 : ns[i]);
    return g_variant_builder_end (&builder);
}

/* The device that the VMM calls ALIAS, VMM_ALIAS_BYTES of anything, once; else NULL. */
static const VitrineDefinitionDevice *
take_device (Keeper *self, GHashTable *seen, const char *alias)
{
    g_autofree char *name = g_strndup (alias, VMM_ALIAS_BYTES);
    const VitrineDefinitionDevice *device = keeper_find_device (self, name);

    return device && g_hash_table_add (seen, device->alias) ? device : NULL;
}

/* One counter of an interface of this computer's. */
static void
read_interface (const char *interface, const char *counter, guint64 *value)
{
    g_autofree char *path = g_strdup_printf ("/sys/class/net/%s/statistics/%s", interface, counter);
    g_autofree char *text = NULL;

    if (g_file_get_contents (path, &text, NULL, NULL))
        *value = g_ascii_strtoull (text, NULL, 10);
}

/* The guest of a tap receives what this computer transmits. */
static void
count_bypass (Keeper *self, const VitrineDefinitionDevice *device, struct vmm_card_statistics *card)
{
    const char *interface = self->net ? keeper_net_get_bypass (self->net, device) : NULL;

    if (!interface)
        return;
    read_interface (interface, "tx_packets", &card->received_frames);
    read_interface (interface, "tx_bytes", &card->received_bytes);
    read_interface (interface, "rx_packets", &card->sent_frames);
    read_interface (interface, "rx_bytes", &card->sent_bytes);
}

static void
add_disk (GVariantBuilder *builder, const char *alias, const struct vmm_disk_statistics *disk)
{
    g_variant_builder_open (builder, G_VARIANT_TYPE ("{sa{st}}"));
    g_variant_builder_add (builder, "s", alias);
    g_variant_builder_open (builder, G_VARIANT_TYPE ("a{st}"));
    add (builder, "read-requests", disk->read_requests);
    add (builder, "read-bytes", disk->read_bytes);
    add (builder, "write-requests", disk->write_requests);
    add (builder, "written-bytes", disk->written_bytes);
    add (builder, "flush-requests", disk->flush_requests);
    g_variant_builder_close (builder);
    g_variant_builder_close (builder);
}

static void
add_card (GVariantBuilder *builder, const char *alias, const struct vmm_card_statistics *card)
{
    g_variant_builder_open (builder, G_VARIANT_TYPE ("{sa{st}}"));
    g_variant_builder_add (builder, "s", alias);
    g_variant_builder_open (builder, G_VARIANT_TYPE ("a{st}"));
    add (builder, "received-frames", card->received_frames);
    add (builder, "received-bytes", card->received_bytes);
    add (builder, "sent-frames", card->sent_frames);
    add (builder, "sent-bytes", card->sent_bytes);
    add (builder, "dropped-frames", card->dropped_frames);
    g_variant_builder_close (builder);
    g_variant_builder_close (builder);
}

static GVariant *
make_devices (Keeper *self, const struct vmm_statistics *s, const struct vmm_disk_statistics *disks,
              const struct vmm_card_statistics *cards)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    const VitrineDefinitionDevice *device;
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{st}}"));
    for (guint i = 0; i < s->n_disks; i++) {
        device = take_device (self, seen, disks[i].alias);
        if (device)
            add_disk (&builder, device->alias, &disks[i]);
    }
    for (guint i = 0; i < s->n_cards; i++) {
        struct vmm_card_statistics card = cards[i];

        device = take_device (self, seen, card.alias);
        if (device && device->network) {
            count_bypass (self, device, &card);
            add_card (&builder, device->alias, &card);
        }
    }
    return g_variant_builder_end (&builder);
}

/* --- the question ------------------------------------------------------------------------------ */

typedef struct {
    Keeper *keeper;
    KeeperStatisticsDone done;
    gpointer user_data;
} Question;

/* REPLY has the size that its numbers make it. */
static void
statistics_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    g_autofree Question *question = user_data;
    const struct vmm_statistics *s = reply;
    const guint64 *vcpus;
    const struct vmm_disk_statistics *disks;

    if (error) {
        question->done (NULL, error, question->user_data);
        return;
    }
    vcpus = (const guint64 *) (s + 1);
    disks = (const struct vmm_disk_statistics *) (vcpus + s->n_vcpus);
    question->done (g_variant_new ("(@a{st}@at@a{sa{st}})", make_figures (question->keeper, s),
                                   make_vcpus (vcpus, s->n_vcpus),
                                   make_devices (question->keeper, s, disks,
                                                 (const void *) (disks + s->n_disks))),
                    NULL, question->user_data);
}

void
keeper_get_statistics (Keeper *self, KeeperStatisticsDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    Question *question;

    if (problem) {
        done (NULL, problem, user_data);
        return;
    }
    question = g_new0 (Question, 1);
    *question = (Question){ self, done, user_data };
    keeper_vmm_request_plain (self->vmm, VMM_STATISTICS, statistics_cb, question);
}
