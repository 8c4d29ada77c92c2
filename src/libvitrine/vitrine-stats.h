/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-stats.h - live figures of machines that run: what they used so far, how much that is a second, and how that
 * was lately.
 *
 * Nobody measures by himself: figures are read when they are asked for, and a sampler asks while somebody watches.
 * Everything here is the main thread's.
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

/* What an engine, or the guest, does not tell. */
#define VITRINE_STATS_UNKNOWN G_MAXUINT64

/* Since the disk, or a drive's medium, is there. */
typedef struct {
    char *name; /* the device's alias; with libvirt its target ("vda") */
    guint64 read_requests, read_bytes;
    guint64 write_requests, written_bytes;
    guint64 flush_requests;
} VitrineDiskStats;

/* Since the card is there; received is what the guest received. */
typedef struct {
    char *name; /* the device's alias; with libvirt the interface's of the host ("vnet0") */
    guint64 received_packets, received_bytes;
    guint64 sent_packets, sent_bytes;
    guint64 dropped_packets; /* both ways */
} VitrineNicStats;

/* What a machine used until one moment.  Read-only but for who makes it. */
typedef struct {
    gatomicrefcount ref_count;
    gint64 time_us;            /* when, by g_get_monotonic_time() */
    guint64 uptime_us;         /* since it was started */
    guint64 cpu_ns;            /* processor time of all its processes on the host */
    guint64 guest_cpu_ns;      /* of that, its guest's processors */
    guint n_vcpus;             /* how many processors the guest has */
    GArray *vcpu_ns;           /* of guint64: each one's time, as many as the engine tells */
    guint64 memory_bytes;      /* the guest has, without what it gave back */
    guint64 host_memory_bytes; /* its processes take */
    guint64 guest_total_bytes, guest_available_bytes, guest_free_bytes; /* as the guest says */
    GPtrArray *disks;                                                   /* of VitrineDiskStats */
    GPtrArray *nics;                                                    /* of VitrineNicStats */
} VitrineStats;

/* Everything unknown, no disks, no cards, the time now. (transfer full) */
VitrineStats *vitrine_stats_new (void);
VitrineStats *vitrine_stats_ref (VitrineStats *stats);
void vitrine_stats_unref (VitrineStats *stats);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineStats, vitrine_stats_unref)

/* Borrowed, NAME copied, everything unknown. */
VitrineDiskStats *vitrine_stats_add_disk (VitrineStats *stats, const char *name);
VitrineNicStats *vitrine_stats_add_nic (VitrineStats *stats, const char *name);

/* What the guest uses of its memory, in bytes: without what it could use at once; VITRINE_STATS_UNKNOWN where it does not
 * say. */
guint64 vitrine_stats_get_guest_used (const VitrineStats *stats);

/* Reads the figures of those of MACHINES (of VitrineMachine, SELF's) that run, with one call to a libvirt host however
 * many they are. */
void vitrine_host_get_stats_async (VitrineHost *self, GPtrArray *machines,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);

/* (transfer full): VitrineMachine to VitrineStats, without those that do not run or did not answer.  NULL with the first
 * one's error when none did: BUSY when none runs. */
GHashTable *vitrine_host_get_stats_finish (VitrineHost *self, GAsyncResult *result, GError **error);

/* --- figures a second ------------------------------------------------------------------------- */

typedef enum {
    VITRINE_RATE_CPU,          /* percent of the guest's processors, 0 to 100 */
    VITRINE_RATE_HOST_CPU,     /* percent of one of the host's processors, of all its processes */
    VITRINE_RATE_GUEST_MEMORY, /* bytes that the guest uses */
    VITRINE_RATE_HOST_MEMORY,  /* bytes that its processes take */
    VITRINE_RATE_READ,         /* bytes a second, of all disks */
    VITRINE_RATE_WRITTEN,
    VITRINE_RATE_READ_REQUESTS, /* a second, of all disks */
    VITRINE_RATE_WRITE_REQUESTS,
    VITRINE_RATE_FLUSH_REQUESTS,
    VITRINE_RATE_RECEIVED, /* bytes a second, of all cards */
    VITRINE_RATE_SENT,
    VITRINE_RATE_RECEIVED_PACKETS, /* a second, of all cards */
    VITRINE_RATE_SENT_PACKETS,
    VITRINE_RATE_DROPPED_PACKETS,
    VITRINE_RATE_N
} VitrineRate;

/* What is between BEFORE and NOW, two figures of one machine, in RATES; NAN for what is not known.  A counter that went
 * back, as with a machine that was started anew, a disk that was changed and a peer that errs, counts as one that
 * begins: there is nothing negative, and nothing that no computer does.  All but the memory is unknown when BEFORE is
 * NULL. */
void vitrine_stats_get_rates (const VitrineStats *before, const VitrineStats *now,
                              double rates[VITRINE_RATE_N]);

/* The same for processor INDEX alone: percent, or NAN. */
double vitrine_stats_get_vcpu_rate (const VitrineStats *before, const VitrineStats *now,
                                    guint index);

/* --- how it was lately ------------------------------------------------------------------------ */

#define VITRINE_STATS_HISTORY_S 3600 /* seconds that are kept */

/* What was sampled of one machine.  Signal "changed": there is more of it. */
#define VITRINE_TYPE_STATS_HISTORY (vitrine_stats_history_get_type ())
G_DECLARE_FINAL_TYPE (VitrineStatsHistory, vitrine_stats_history, VITRINE, STATS_HISTORY, GObject)

VitrineStatsHistory *vitrine_stats_history_new (void);

/* STATS comes after all that was added; a reference is kept. */
void vitrine_stats_history_add (VitrineStatsHistory *self, VitrineStats *stats);

/* Whatever comes next has nothing to do with what was. */
void vitrine_stats_history_break (VitrineStatsHistory *self);

/* The last of each, NAN when it is not known; what was added last, or NULL, borrowed until more is added. */
double vitrine_stats_history_get_last (VitrineStatsHistory *self, VitrineRate rate);
VitrineStats *vitrine_stats_history_get_stats (VitrineStatsHistory *self);

/* The percentage of processor INDEX lately, or NAN. */
double vitrine_stats_history_get_last_vcpu (VitrineStatsHistory *self, guint index);

/* Fills VALUES with N means of RATE, each of the same part of SPAN_US up to END_US (monotonic), the oldest first; NAN
 * where nothing was sampled. */
void vitrine_stats_history_read (VitrineStatsHistory *self, VitrineRate rate, gint64 end_us,
                                 gint64 span_us, double *values, guint n);

/* --- who watches ------------------------------------------------------------------------------ */

#ifndef VITRINE_STATS_INTERVAL_MS /* tests are less patient */
#define VITRINE_STATS_INTERVAL_MS 2000
#endif

/* Asks for the figures of the machines that are watched, every VITRINE_STATS_INTERVAL_MS, while any of them runs; nothing
 * wakes up for it otherwise.  A host is asked with one question for all of its machines, and not again while that is
 * not answered; one that does not answer for long is given up, and asked anew.  */
#define VITRINE_TYPE_STATS_SAMPLER (vitrine_stats_sampler_get_type ())
G_DECLARE_FINAL_TYPE (VitrineStatsSampler, vitrine_stats_sampler, VITRINE, STATS_SAMPLER, GObject)

VitrineStatsSampler *vitrine_stats_sampler_new (void);

/* MACHINE, which a host lists, is watched until unwatch was called as often.  Its history is kept as long as the
 * machine. */
void vitrine_stats_sampler_watch (VitrineStatsSampler *self, VitrineMachine *machine);
void vitrine_stats_sampler_unwatch (VitrineStatsSampler *self, VitrineMachine *machine);

/* Of MACHINE, empty when it was never watched; borrowed, as long as the machine. */
VitrineStatsHistory *vitrine_stats_get_history (VitrineMachine *machine);

G_END_DECLS
